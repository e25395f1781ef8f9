//! Why nobody is in at a window that had somebody (F1, F6), and why a device is in no more.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;
#[path = "common/facts.rs"]
mod facts;

use common::{MORNING, Shop, WINDOW};
use hefu_core::{
    access::Role,
    error::Code,
    ids::{DeviceId, StaffId},
    op::{Draft, StaffSet},
};
use hefu_desk::{DeviceRecord, SessionKey};
use serde_json::{Value, json};

const OTHER: SessionKey = SessionKey([2; 32]);
const HOUR_MS: i64 = 60 * 60_000;

/// Whether somebody is in at a window, and else why not.
fn at(shop: &Shop, key: SessionKey) -> (bool, Value) {
    let session = shop.call_as(key, "status.get", json!({})).unwrap()["session"].clone();
    (!session["staff"].is_null(), session["ended"].clone())
}

#[test]
fn a_pin_changed_elsewhere_says_so_at_the_other_window() {
    let shop = Shop::till();
    assert_eq!(at(&shop, WINDOW), (false, Value::Null), "nobody was here yet");
    shop.sign_in();
    let staff = shop.ok("status.get", json!({}))["session"]["staff"]["id"].clone();
    let sign_in = |pin: &str| shop.call_as(OTHER, "session.sign_in", json!({ "staff_id": staff, "pin": pin }));
    sign_in("1357").unwrap();
    assert_eq!((at(&shop, WINDOW), at(&shop, OTHER)), ((true, Value::Null), (true, Value::Null)));
    let before = shop.desk.version();
    shop.ok("session.change_secret", json!({ "old": "1357", "new": "8642" }));
    assert!(shop.desk.version() > before, "windows that wait are woken");
    assert_eq!((at(&shop, WINDOW), at(&shop, OTHER)), ((true, Value::Null), (false, json!("secret_changed"))));
    assert_eq!(shop.call_as(OTHER, "cart.get", json!({})).unwrap_err().code, Code::SignInNeeded);
    // Whoever comes in again is told of it no more, and whoever leaves by hand is told that.
    sign_in("8642").unwrap();
    assert_eq!(at(&shop, OTHER), (true, Value::Null));
    assert_eq!(shop.ok("session.sign_out", json!({}))["ended"], "signed_out");
    assert_eq!(at(&shop, WINDOW), (false, json!("signed_out")));
}

#[test]
fn who_works_here_no_more_is_told() {
    let shop = Shop::till();
    let staff: StaffId = serde_json::from_value(shop.sign_in_as("cashier")["staff"]["id"].clone()).unwrap();
    shop.pass(1);
    let set = StaffSet { staff, store: Some(facts::STORE), role: Role::Cashier, active: false };
    facts::append(&shop, MORNING + 1, &Draft::new(set));
    assert_eq!(at(&shop, WINDOW), (false, json!("not_here")));
}

#[test]
fn head_office_waits_an_hour() {
    let hq = facts::hq();
    assert_eq!(at(&hq, WINDOW), (true, Value::Null));
    hq.pass(HOUR_MS);
    assert_eq!(at(&hq, WINDOW), (true, Value::Null));
    // Looking at the status keeps nobody in.
    hq.pass(1);
    assert_eq!(at(&hq, WINDOW), (false, json!("idle")));
    // It is forgotten after a day, as if nobody had been there.
    hq.pass(25 * HOUR_MS);
    let login = hq.desk.replica().read(|book| book.staff_of(None)).unwrap()[0].login.clone();
    for _ in 0..2 {
        hq.call_as(OTHER, "session.password", json!({ "login": login, "password": "correct horse 1" })).unwrap();
        hq.call_as(OTHER, "session.sign_out", json!({})).unwrap();
    }
    assert_eq!((at(&hq, WINDOW), at(&hq, OTHER)), ((false, Value::Null), (false, json!("signed_out"))));
}

#[test]
fn why_a_tills_rights_were_ended_is_shown() {
    let hq = facts::hq();
    let record = |n: u8| DeviceRecord {
        id: DeviceId::from_bytes([n; 16]),
        store: Some(facts::STORE),
        till_no: u32::from(n),
        enrolled_at: MORNING,
        last_seen_at: None,
        unsent: None,
        revoked: false,
        stopped: None,
    };
    *hq.world.devices.lock().unwrap() = vec![record(1), record(2), record(3)];
    let rows = |reply: Value| reply["devices"].as_array().unwrap().iter().map(|row| row["revocation"].clone()).collect::<Vec<_>>();
    assert_eq!(rows(hq.ok("hq.devices", json!({}))), [Value::Null, Value::Null, Value::Null]);
    hq.pass(1000);
    let at = MORNING + 1000;
    let by = hq.ok("status.get", json!({}))["session"]["staff"]["name"].clone();
    hq.ok("hq.revoke", json!({ "device_id": record(2).id, "reason": "平板被盗" }));
    // Said again later, the first word stands.
    hq.pass(1000);
    hq.ok("hq.revoke", json!({ "device_id": record(2).id, "reason": "再说一次" }));
    let shown = rows(hq.ok("hq.revoke", json!({ "device_id": record(3).id, "reason": "" })));
    let ended = |at: i64, reason: &str| json!({ "at": at, "by_name": by, "reason": reason });
    assert_eq!(shown, [Value::Null, ended(at, "平板被盗"), ended(at + 1000, "")]);
}
