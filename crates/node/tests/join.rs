//! Codes that let no till in any more, pasted at first run: what is wrong with each is said, and the next code works (F6, G1).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
#![allow(dead_code, reason = "this file uses a part of the ground")]

#[path = "../../sync/tests/ground/mod.rs"]
mod ground;
mod shop;

use ground::{NOW, Server, store};
use hefu_core::wire::Enrolment;
use hefu_log::{Devices, Invitation};
use serde_json::json;
use shop::{Shop, chain};

/// A code that was good until just before the server's now.
async fn old(server: &Server) -> Enrolment {
    let code = server.code(store(1)).await;
    let secret = "old".repeat(9);
    let invitation = Invitation { secret: secret.clone(), store: store(1), issued_at: NOW - 2, expires_at: NOW - 1 };
    server.log.invite(invitation).await.unwrap();
    Enrolment { secret, ..code }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_old_or_used_says_so_and_the_next_one_works() {
    let server = chain().await;
    let used = server.code(store(1)).await;
    let first = Shop::joined(&used).await;
    let shop = Shop::open();
    for (code, why) in [(old(&server).await, "enrol.old"), (used, "enrol.used")] {
        shop.call("setup.join", json!({ "code": code.write().unwrap() })).await.unwrap();
        let setup = shop.watched(why, |setup| setup["stage"]["stage"] != "enrolling", "setup.status").await;
        assert_eq!((&setup["stage"]["stage"], &setup["error"]["code"]), (&json!("fresh"), &json!(why)));
    }
    assert!(!shop.folder.path().join("book.db").exists(), "nothing was begun");
    let next = server.code(store(1)).await;
    shop.call("setup.join", json!({ "code": next.write().unwrap() })).await.unwrap();
    shop.until_ready().await;
    assert_eq!((first.status().await["till_no"].clone(), shop.status().await["till_no"].clone()), (json!(2), json!(3)));
}
