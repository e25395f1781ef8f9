//! A till whose first fetch was cut off starts over, and one that its server has given up joins anew: nothing is lost, and
//! nobody has to touch the folder (I2, E4). A real server over TLS, real folders.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
#![allow(dead_code, reason = "this file uses a part of the ground")]

#[path = "../../sync/tests/ground/mod.rs"]
mod ground;
mod shop;

use ground::{Line, NOW, store};
use hefu_core::{error::Code, wire::Enrolment};
use hefu_log::{ChainLog, Devices};
use serde_json::{Value, json};
use shop::{Shop, chain, never_read_to_its_end};

#[tokio::test(flavor = "multi_thread")]
async fn a_first_fetch_that_stopped_is_retried_or_started_over() {
    let server = chain().await;
    let shop = Shop::joined(&server.code(store(1)).await).await;
    assert_eq!(shop.call("setup.start_over", json!({})).await, Err(Code::NotHere), "a book at work is not put away");
    for device in server.log.devices().await.unwrap() {
        server.log.revoke(device.device, NOW).await.unwrap();
    }
    let shop = shop.restarted(never_read_to_its_end).await;
    let held_up = |setup: &Value| setup["error"]["code"] == "device.revoked";
    let setup = shop.watched("it says why", held_up, "setup.status").await;
    assert_eq!((&setup["stage"]["stage"], &setup["may_start_over"]), (&json!("fetching"), &json!(true)), "progress stays on the screen");
    let again = server.code(store(1)).await.write().unwrap();
    assert_eq!(shop.call("setup.join", json!({ "code": again })).await, Err(Code::AlreadySetUp), "over the book nothing is begun");
    assert_eq!(shop.call("setup.retry", json!({})).await.unwrap()["stage"]["stage"], "fetching");

    let setup = shop.call("setup.start_over", json!({})).await.unwrap();
    assert_eq!((&setup["stage"]["stage"], &setup["error"]), (&json!("fresh"), &Value::Null));
    shop.call("setup.join", json!({ "code": again })).await.unwrap();
    shop.until_ready().await;
    let aside = shop.set_aside();
    assert_eq!(aside.len(), 1, "the unread book is put away, not deleted");
    let status = shop.status().await;
    assert_eq!((&status["sync"]["set_aside"], &status["till_no"]), (&json!([]), &json!(3)), "as a new till, and nothing is missed");
}

/// A book in which something was written is no unread book, whatever the folder says of its first fetch.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_unsent_is_never_started_over() {
    let server = chain().await;
    let (mut line, mut code) = (Line::to(server.address).await, server.code(store(1)).await);
    code.address = format!("https://{}", line.address);
    let shop = Shop::joined(&code).await;
    shop.sign_in().await;
    line.cut().await;
    shop.work("6900000000014").await;
    let shop = shop.restarted(never_read_to_its_end).await;
    let setup = shop.setup().await;
    assert_eq!((&setup["stage"]["stage"], &setup["may_start_over"]), (&json!("fetching"), &json!(false)));
    assert_eq!(shop.call("setup.start_over", json!({})).await, Err(Code::AlreadySetUp));
    assert_eq!(shop.setup().await["stage"]["stage"], "fetching", "the book is open as before");
    assert!(shop.set_aside().is_empty());
    line.mend().await;
    shop.call("setup.retry", json!({})).await.unwrap();
    shop.until_ready().await;
    shop.watched("it is sent", |status| status["sync"]["unsent"] == 0, "status.get").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_till_joins_anew_once_the_server_keeps_its_book() {
    let server = chain().await;
    let (mut line, mut code) = (Line::to(server.address).await, server.code(store(1)).await);
    code.address = format!("https://{}", line.address);
    let shop = Shop::joined(&code).await;
    shop.sign_in().await;
    let anew = |code: &Enrolment, unkept: i64| json!({ "code": code.write().unwrap(), "unkept": unkept });
    assert_eq!(shop.call("sync.rejoin", anew(&code, 0)).await, Err(Code::RejoinNotNeeded), "a till in order keeps its book");

    line.cut().await;
    shop.work("6900000000014").await;
    let devices = server.log.devices().await.unwrap();
    let revoked = devices.iter().find(|device| device.till_no == 2).unwrap().device;
    server.log.revoke(revoked, NOW).await.unwrap();
    line.mend().await;
    shop.until_stopped("revoked").await;
    let status = shop.watched("the server keeps it", |status| status["sync"]["unkept"] == 0, "status.get").await;
    assert_eq!(status["sync"]["unsent"], 1);

    let mut wrong = code.clone();
    wrong.secret = "x".repeat(32);
    assert_eq!(shop.call("sync.rejoin", anew(&wrong, 0)).await, Err(Code::EnrolCodeWrong));
    assert_eq!(shop.call("sync.rejoin", anew(&code, 0)).await, Err(Code::EnrolCodeUsed), "its own code leads back to what was ended");
    assert_eq!((shop.setup().await["stage"]["stage"].clone(), shop.set_aside().len()), (json!("ready"), 0), "nothing was changed");

    let new = server.code(store(1)).await;
    shop.call("sync.rejoin", anew(&new, 0)).await.unwrap();
    shop.until_ready().await;
    let status = shop.watched("at work", |status| status["sync"]["link"]["state"] == "online", "status.get").await;
    assert_eq!((&status["node"], &status["till_no"], &status["session"]["staff"]), (&json!("till"), &json!(3), &Value::Null));
    assert_eq!(status["sync"]["set_aside"], json!([]), "the server keeps all of that book");
    let aside = shop.set_aside();
    assert_eq!((aside.len(), aside[0].unsent().unwrap(), aside[0].device()), (1, 1, revoked));
    assert_eq!(server.log.kept(aside[0].log()).await.unwrap().len(), 1);
    shop.sign_in().await;
    shop.work("6900000000021").await;
    shop.watched("it is sent", |status| status["sync"]["unsent"] == 0, "status.get").await;
}

/// Nothing can be sent to a server that does not know the till: what is on this disk alone is shown, and must be seen.
#[tokio::test(flavor = "multi_thread")]
async fn a_till_nobody_knows_joins_anew_only_when_what_is_on_its_disk_alone_was_seen() {
    let server = chain().await;
    let saved = server.saved();
    let (mut line, mut code) = (Line::to(server.address).await, server.code(store(1)).await);
    code.address = format!("https://{}", line.address);
    let shop = Shop::joined(&code).await;
    shop.sign_in().await;
    line.cut().await;
    shop.work("6900000000014").await;
    let server = server.put_back(saved).await;
    line.mend_to(server.address).await;
    let status = shop.until_stopped("unknown").await;
    assert_eq!((&status["sync"]["unsent"], &status["sync"]["unkept"], &status["node"]), (&json!(1), &json!(1), &json!("till")));

    let mut new = server.code(store(1)).await;
    new.address = code.address.clone();
    let anew = |unkept: i64| json!({ "code": new.write().unwrap(), "unkept": unkept });
    assert_eq!(shop.call("sync.rejoin", anew(0)).await, Err(Code::RejoinUnkept));
    shop.work("6900000000021").await;
    assert_eq!(shop.call("sync.rejoin", anew(1)).await, Err(Code::RejoinUnkept), "more than was seen");
    assert!(shop.set_aside().is_empty());
    shop.call("sync.rejoin", anew(2)).await.unwrap();
    shop.until_ready().await;
    let aside = shop.set_aside();
    assert_eq!((aside.len(), aside[0].unkept().unwrap()), (1, 2), "whole, in the folder");
    let shown = &shop.status().await["sync"]["set_aside"];
    assert_eq!((shown.as_array().unwrap().len(), &shown[0]["unkept"]), (1, &json!(2)), "and on the screen");
    drop(aside);
    let shop = shop.restarted(|_| ()).await;
    assert_eq!(shop.status().await["sync"]["set_aside"][0]["unkept"], 2, "for as long as it lies there");
}

/// A changed PIN is no operation, and is as much this disk's alone until the server has it (F1).
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_pin_is_unsent_until_the_server_has_it() {
    let server = chain().await;
    let saved = server.saved();
    let (mut line, mut code) = (Line::to(server.address).await, server.code(store(1)).await);
    code.address = format!("https://{}", line.address);
    let shop = Shop::joined(&code).await;
    shop.sign_in().await;
    let waiting = |status: &Value| [status["sync"]["unsent"].as_i64().unwrap(), status["sync"]["unkept"].as_i64().unwrap()];
    let change = |old: &str, new: &str| json!({ "old": old, "new": new });
    line.cut().await;
    shop.call("session.change_secret", change("1357", "2468")).await.unwrap();
    assert_eq!(waiting(&shop.status().await), [1, 1]);
    line.mend().await;
    shop.watched("it is sent", |status| waiting(status) == [0, 0], "status.get").await;

    // A server that was put back knows neither this till nor its PIN: nobody joins anew without having seen that.
    line.cut().await;
    shop.call("session.change_secret", change("2468", "8642")).await.unwrap();
    let server = server.put_back(saved).await;
    line.mend_to(server.address).await;
    let status = shop.until_stopped("unknown").await;
    assert_eq!(waiting(&status), [1, 1]);
    let mut new = server.code(store(1)).await;
    new.address = code.address.clone();
    let anew = |unkept: i64| json!({ "code": new.write().unwrap(), "unkept": unkept });
    assert_eq!(shop.call("sync.rejoin", anew(0)).await, Err(Code::RejoinUnkept));
    shop.call("sync.rejoin", anew(1)).await.unwrap();
    shop.until_ready().await;
    let aside = shop.set_aside();
    assert_eq!((aside.len(), aside[0].unsent().unwrap()), (1, 1), "whole, in the folder");
}
