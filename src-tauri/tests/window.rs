//! The main job in the real window: a store that is cut off registers a member and sells to her; when the line is back
//! the other store shows the purchase and the points, and both books agree with HQ's (A1, E1, E2).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod common;

use common::{Server, window::Window};
use fantoccini::key::Key;

/// The server's demo chain.
const DEMO_SEED: u64 = 1;
const PHONE: &str = "13987654321";

/// First run by pasted code, then the manager's PIN on the keyboard.
async fn join_and_sign_in(window: &Window, code: &str) {
    window.see("enrol-code").await.send_keys(code).await.unwrap();
    window.click("join").await;
    window.see("pin-pad").await;
    window.type_in("1001").await;
    window.key(Key::Enter).await;
    window.see("scan-box").await;
}

/// Folds the book again, compares with the server, and says what is folded as one number.
async fn verified(window: &Window) -> String {
    window.chord(Key::Alt, 's').await;
    window.click("verify").await;
    let report = window.see("verify-report").await;
    let says = async |name: &str| report.attr(name).await.unwrap().unwrap_or_default();
    assert_eq!(
        (says("data-ok").await.as_str(), says("data-agrees").await.as_str()),
        ("true", "true"),
        "{}",
        window.text("verify-report").await
    );
    let digest = says("data-digest").await;
    window.key(Key::Escape).await;
    digest
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_made_offline_appears_in_the_other_store() {
    let server = Server::demo();
    let (line_a, code_a) = server.line("HB");
    let (_line_b, code_b) = server.line("QN");
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    // It stands there, signed in, while all of this happens at A. The one that works is opened last, so that nothing covers it, and
    // closed before the other is looked at.
    let b = Window::open(folders[1].path()).await;
    join_and_sign_in(&b, &code_b).await;
    b.until("link-state", |text| text.contains("在线")).await;
    let a = Window::open(folders[0].path()).await;
    a.picture("first-run").await;
    join_and_sign_in(&a, &code_a).await;
    a.until("unsent", |text| text.contains('0')).await;

    line_a.cut();
    a.until("link-state", |text| text.contains("离线")).await;
    a.key(Key::F3).await;
    a.see("member-box").await;
    a.type_in(PHONE).await;
    a.see("register-row").await;
    a.key(Key::Enter).await;
    a.see("member-card").await;
    let demo = hefu_fixtures::Demo::new(hefu_fixtures::Scale::demo(), DEMO_SEED);
    for (count, product) in (1..).zip(demo.products().take(5)) {
        a.keys(&product.barcode).await;
        a.key(Key::Enter).await;
        a.until("pieces", |text| text.contains(&count.to_string())).await;
    }
    a.picture("cart").await;
    let due = a.text("total-due").await;
    let points = a.text("points-earned").await;
    // The keypad's plus, as WebDriver names it.
    a.keys("\u{e025}").await;
    a.see("payment").await;
    a.picture("paying").await;
    a.key(Key::Enter).await;
    let receipt = a.text("receipt-no").await;
    assert!(receipt.contains("HB-"), "{receipt}");
    a.picture("done").await;
    // The member, her purchase, and the coupon that comes with one of this size.
    a.until("unsent", |text| text.contains('3')).await;

    line_a.mend();
    a.chord(Key::Alt, 's').await;
    a.click("retry").await;
    a.key(Key::Escape).await;
    a.until("unsent", |text| text.contains('0')).await;
    let at_a = verified(&a).await;
    a.close().await;

    b.key(Key::F3).await;
    b.see("member-box").await;
    b.type_in(PHONE).await;
    b.see("hit").await;
    b.key(Key::Enter).await;
    b.click("open-member").await;
    let item = b.text("timeline-item").await;
    assert!(item.contains(demo.store(0).name.as_str()), "the purchase names its store: {item}");
    assert!(item.contains(due.trim_start_matches(['￥', '¥', ' '])), "{due} is on {item}");
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    b.until("page-points", |text| digits(text) == digits(&points)).await;
    b.picture("member-elsewhere").await;
    b.key(Key::Escape).await;

    assert_eq!(at_a, verified(&b).await, "both books say the same");
    b.close().await;
}
