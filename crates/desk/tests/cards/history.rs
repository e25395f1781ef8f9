//! What was done to a card and why, who bought it, and its receipts later on.

use hefu_core::error::Code;
use serde_json::{Value, json};

use crate::{
    common::{MORNING, Shop},
    shop::{GIFT, GOLD, Till, bank, cash},
};

const NONE: Value = Value::Null;

fn history(till: &Till, card: &Value) -> Value {
    till.ok("card.history", json!({ "card_id": card }))
}

/// What and why of each act, the latest first.
fn acts(till: &Till, card: &Value) -> Vec<(String, String)> {
    let text = |act: &Value, name: &str| act[name].as_str().unwrap().to_owned();
    history(till, card)["acts"].as_array().unwrap().iter().map(|act| (text(act, "what"), text(act, "reason"))).collect()
}

fn change(till: &Till, card: &Value, to: &Value, reason: &str) {
    till.pass(1000);
    till.ok("card.change", json!({ "card_id": card, "change": to, "reason": reason, "approval": null }));
}

fn told(acts: &[(&str, &str)]) -> Vec<(String, String)> {
    acts.iter().map(|(what, reason)| ((*what).to_owned(), (*reason).to_owned())).collect()
}

#[test]
fn every_act_with_its_reason() {
    let till = Till::new();
    let card = till.gold_card();
    assert_eq!(acts(&till, &card), []);
    change(&till, &card, &json!({ "to": "lost" }), "顾客电话挂失");
    change(&till, &card, &json!({ "to": "found" }), "本人找回");
    let to = till.member("13912341234", "王小红");
    change(&till, &card, &json!({ "to": "member", "member_id": to }), "转给家人");
    let whole = told(&[("member", "转给家人"), ("found", "本人找回"), ("lost", "顾客电话挂失")]);
    assert_eq!(acts(&till, &card), whole);
    let first = history(&till, &card)["acts"][0].clone();
    assert_eq!((&first["to_name"], &first["by"]["name"], &first["store"]["code"]), (&json!("王小红"), &json!("王店长"), &json!("HB")));
    assert_eq!((&first["at"], &first["approved_by"]), (&json!(MORNING + 3000), &NONE));

    // The card in its place has the past of both; the dead one its own.
    let new = till.id();
    till.pass(1000);
    till.ok("card.reissue", json!({ "card_id": card, "new_card_id": new, "card_no": null, "reason": "消磁", "approval": null }));
    let all = [told(&[("reissued", "消磁")]), whole].concat();
    assert_eq!((acts(&till, &new), acts(&till, &card)), (all.clone(), all));

    // Without a word, and for eyes that see the member masked.
    change(&till, &new, &json!({ "to": "lost" }), "");
    till.sign_in_as("cashier");
    let shown = history(&till, &new)["acts"].clone();
    assert_eq!((&shown[0]["what"], &shown[0]["reason"], &shown[2]["to_name"]), (&json!("lost"), &json!(""), &json!("王**")));
    assert_eq!(till.refused("card.history", json!({ "card_id": till.id() })), Code::CardUnknown);
}

#[test]
fn who_allowed_it_is_named() {
    let till = Till::new();
    let card = till.gold_card();
    let manager = till.ok("status.get", json!({}))["session"]["staff"]["id"].clone();
    till.sign_in_as("cashier");
    let approval = json!({ "staff_id": manager, "pin": "1357" });
    change(&till, &card, &json!({ "to": "lost" }), "");
    till.pass(1000);
    till.ok("card.change", json!({ "card_id": card, "change": { "to": "found" }, "reason": "找回", "approval": approval }));
    let act = history(&till, &card)["acts"][0].clone();
    assert_eq!((&act["by"]["name"], &act["approved_by"]["name"]), (&json!("李小红"), &json!("王店长")));
}

#[test]
fn who_bought_it_last_masked() {
    let till = Till::new();
    let gift = till.open(GIFT, &NONE);
    assert_eq!(history(&till, &gift)["buyer"], NONE);
    let company = till.company();
    till.ok("card.top_up", till.bought_by(&company, &gift, 10_000, json!([cash(10_000)])));
    let buyer = history(&till, &gift)["buyer"].clone();
    assert_eq!((&buyer["buyer_id"], &buyer["number"], &buyer["full"]), (&company, &json!("9*************0Y43"), &json!(false)));
    // A top-up that names nobody changes nothing of it; one that names another does.
    till.pass(1000);
    till.ok("card.top_up", till.bought_by(&NONE, &gift, 10_000, json!([cash(10_000)])));
    assert_eq!(history(&till, &gift)["buyer"], buyer);
    let person = till.shows("passport", "E87654321", "李雷", &NONE);
    till.pass(1000);
    till.ok("card.top_up", till.bought_by(&person, &gift, 10_000, json!([cash(10_000)])));
    assert_eq!(history(&till, &gift)["buyer"]["name"], "李*");

    // Of a member's card that nobody has bought onto yet, the member's own document; a card in its place keeps its buyer.
    let member = till.member("13812341234", "张小明");
    let gold = till.open(GOLD, &member);
    assert_eq!((&history(&till, &gold)["buyer"]["name"], &history(&till, &gold)["buyer"]["kind"]), (&json!("张**"), &json!("passport")));
    till.ok("card.top_up", till.bought_by(&person, &gold, 10_000, json!([cash(10_000)])));
    let new = till.id();
    till.ok("card.reissue", json!({ "card_id": gold, "new_card_id": new, "card_no": null, "reason": "坏", "approval": null }));
    assert_eq!((&history(&till, &new)["buyer"]["buyer_id"], &history(&till, &gold)["buyer"]["buyer_id"]), (&person, &person));
}

#[test]
fn a_receipt_says_that_it_was_sent_once_it_was() {
    let till = Till::new();
    let card = till.gold_card();
    let request = till.plan(&card, "充300送50", bank(30_000));
    let receipt = till.ok("card.top_up", request.clone());
    assert_eq!(receipt["sent"], false);
    let ask = json!({ "card_id": card, "top_up_id": request["top_up_id"] });
    assert_eq!(till.ok("card.receipt", ask.clone()), receipt);
    let unknown = [json!({ "card_id": card, "top_up_id": till.id() }), json!({ "card_id": till.id(), "top_up_id": request["top_up_id"] })];
    for ask in unknown.into_iter().chain([json!({ "card_id": card, "top_up_id": null })]) {
        assert_eq!(till.refused("card.receipt", ask), Code::CardUnknown);
    }
    // The log has all that was written here.
    till.freeze(&[&till.id()]);
    assert_eq!(till.ok("card.receipt", ask)["sent"], true);

    let quote = till.ok("card.refund_quote", json!({ "card_id": card, "cause": "cooling" }));
    let pay = json!({
        "card_id": card, "cause": "cooling", "reason": "不用了", "refund_fen": quote["refund_fen"],
        "by": { "kind": "named", "tender_id": crate::shop::BANK, "reference": null }, "approval": null,
    });
    let paid = till.ok("card.refund", pay);
    assert_eq!(till.ok("card.receipt", json!({ "card_id": card, "top_up_id": null })), paid);
}

#[test]
fn head_office_counts_what_cards_took_by_store() {
    let till = Till::new();
    let card = till.gold_card();
    let console = Shop::console(&till);
    let today = || console.ok("hq.today", json!({ "day": null }));
    let figures = |of: &Value| {
        [of["sales"].as_i64(), of["amount_fen"].as_i64(), of["top_ups"].as_i64(), of["top_up_fen"].as_i64()].map(Option::unwrap)
    };
    assert_eq!(figures(&today()["stores"][0]["today"]), [0, 0, 1, 30_000], "what is put on a card is no sale");
    till.pass(60_000);
    till.ok("card.top_up", till.free(&card, 12_345, json!([bank(12_345)])));
    // Given back, it was taken all the same.
    let quote = till.ok("card.refund_quote", json!({ "card_id": card, "cause": "merchant" }));
    let by = json!({ "kind": "named", "tender_id": crate::shop::BANK, "reference": null });
    till.ok(
        "card.refund",
        json!({ "card_id": card, "cause": "merchant", "reason": "退", "refund_fen": quote["refund_fen"], "by": by, "approval": null }),
    );
    let now = today();
    assert_eq!((figures(&now["stores"][0]["today"]), figures(&now["total"])), ([0, 0, 2, 42_345], [0, 0, 2, 42_345]));
    assert_eq!(figures(&now["total_day_before"]), [0, 0, 0, 0]);

    // Tomorrow at the hour of the first, the second does not stand against it; the whole day later does.
    let sign_in = || console.ok("session.password", json!({ "login": "admin", "password": "a-long-password" }));
    console.pass(crate::shop::DAY + 30_000);
    sign_in();
    assert_eq!(figures(&today()["stores"][0]["day_before"]), [0, 0, 1, 30_000]);
    console.pass(crate::shop::DAY);
    sign_in();
    let next = console.ok("hq.today", json!({ "day": "2026-03-03" }));
    assert_eq!(figures(&next["total_day_before"]), [0, 0, 2, 42_345]);
}
