//! Coupons in bulk as the node makes them: in pieces, stopped, gone on with, given up, over a restart (C4).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;
#[path = "common/facts.rs"]
mod facts;

use std::collections::BTreeSet;

use common::{MORNING, Shop};
use facts::{DAY_MS, batch_id, begun, check_book, hq, ids, template};
use hefu_core::{
    error::Code,
    ids::{MemberId, RuleId},
};
use hefu_desk::SessionKey;
use serde_json::{Value, json};

const TO_ALL: &str = r#"{ "to": "members", "tier": null }"#;

fn ask(hq: &Shop, n: u8, kind: RuleId, to: &str) -> Result<Value, Code> {
    let to: Value = serde_json::from_str(to).unwrap();
    let request = json!({ "batch_id": batch_id(n), "name": "周年庆", "template_id": kind, "to": to });
    hq.call("hq.coupon_batch", request).map_err(|error| error.code)
}

fn tell(hq: &Shop, n: u8, told: &str) -> Result<Value, Code> {
    hq.call("hq.coupon_batch_tell", json!({ "batch_id": batch_id(n), "told": told })).map_err(|error| error.code)
}

/// State, issued, done and of, of the one batch that is open; null when none is.
fn progress(hq: &Shop) -> Value {
    let open = hq.ok("hq.coupon_batches", json!({}))["open"].clone();
    match open.as_array().unwrap().as_slice() {
        [] => Value::Null,
        [one] => json!([one["state"]["is"], one["issued"], one["done"], one["of"]]),
        more => panic!("{more:?}"),
    }
}

fn closed(hq: &Shop, n: u8) -> Option<bool> {
    hq.desk.replica().read(|book| book.batch_closed(batch_id(n))).unwrap()
}

#[test]
fn a_batch_is_asked_for_at_once_and_made_in_pieces() {
    let hq = hq();
    let kind = template(&hq, 50, |_| {});
    facts::members(&hq, &ids(1203), "");
    let asked = ask(&hq, 1, kind, TO_ALL).unwrap();
    assert_eq!((&asked["open"][0]["name"], &asked["open"][0]["template_name"]), (&json!("周年庆"), &json!("满50减10")));
    assert_eq!(progress(&hq), json!(["running", 0, 0, 1203]));
    assert!(hq.desk.chore().unwrap());
    assert_eq!(progress(&hq), json!(["running", 800, 800, 1203]));
    assert_eq!(ask(&hq, 1, kind, TO_ALL).unwrap()["open"][0]["issued"], 800, "sent again it is the same");
    assert_eq!(ask(&hq, 1, kind, r#"{ "to": "members", "tier": "VIP" }"#), Err(Code::RequestInvalid), "and no other");
    hq.chores();
    assert_eq!((progress(&hq), closed(&hq, 1)), (Value::Null, Some(true)));
    assert_eq!(hq.ok("hq.coupon_batches", json!({}))["batches"][0]["issued"], 1203);
    check_book(&hq);
}

#[test]
fn one_that_was_stopped_goes_on_from_another_browser_after_a_restart() {
    let hq = hq();
    let kind = template(&hq, 50, |_| {});
    facts::members(&hq, &ids(1203), "");
    ask(&hq, 1, kind, TO_ALL).unwrap();
    assert!(hq.desk.chore().unwrap());
    tell(&hq, 1, "stop").unwrap();
    hq.chores();
    assert_eq!(progress(&hq), json!(["stopped", 800, 800, 1203]));

    let hq = hq.restart();
    hq.chores();
    let other = SessionKey([2; 32]);
    hq.call_as(other, "session.password", json!({ "login": "admin", "password": "correct horse 1" })).unwrap();
    let open = hq.call_as(other, "hq.coupon_batches", json!({})).unwrap()["open"][0].clone();
    assert_eq!((&open["state"]["is"], &open["can_go_on"]), (&json!("stopped"), &json!(true)));
    hq.call_as(other, "hq.coupon_batch_tell", json!({ "batch_id": open["batch_id"], "told": "go_on" })).unwrap();
    hq.chores();
    let held = hq.desk.replica().read(|book| book.coupons_of_batch(batch_id(1))).unwrap();
    let members: BTreeSet<Option<MemberId>> = held.iter().map(|coupon| coupon.member).collect();
    assert_eq!((held.len(), members.len(), closed(&hq, 1)), (1203, 1203, Some(true)), "each once");
    check_book(&hq);
}

#[test]
fn one_that_runs_goes_on_by_itself_after_a_restart() {
    let hq = hq();
    let kind = template(&hq, 50, |_| {});
    ask(&hq, 1, kind, r#"{ "to": "codes", "count": 2000 }"#).unwrap();
    hq.world.steps_left.store(1, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(hq.chores(), 1, "the node ends after its first piece");
    assert_eq!(closed(&hq, 1), None);
    let hq = hq.restart();
    hq.chores();
    assert_eq!((closed(&hq, 1), hq.desk.replica().read(|book| book.batch_size(batch_id(1))).unwrap()), (Some(true), 2000));
}

#[test]
fn one_that_is_given_up_says_so_for_ever_and_is_no_limit() {
    let hq = hq();
    let kind = template(&hq, 50, |kind| kind.per_member_most = Some(1));
    let members = ids(900);
    facts::members(&hq, &members, "");
    ask(&hq, 1, kind, TO_ALL).unwrap();
    assert!(hq.desk.chore().unwrap());
    tell(&hq, 1, "give_up").unwrap();
    assert_eq!((closed(&hq, 1), progress(&hq)), (Some(false), Value::Null));
    hq.chores();
    ask(&hq, 1, kind, TO_ALL).unwrap();
    tell(&hq, 1, "go_on").unwrap();
    assert_eq!((hq.chores(), closed(&hq, 1)), (0, Some(false)), "nothing brings it back");
    ask(&hq, 2, kind, TO_ALL).unwrap();
    hq.chores();
    assert_eq!(hq.ok("hq.coupon_batches", json!({}))["batches"][0]["issued"], 900, "everybody has room for one");
    check_book(&hq);
}

/// As after the book was read from the log anew: coupons, no closing, and no note of what was meant.
#[test]
fn one_that_an_earlier_book_left_can_be_given_up() {
    let hq = hq();
    let kind = template(&hq, 50, |kind| kind.per_member_most = Some(3));
    let member = facts::member(&hq, 1, "13812341234");
    begun(&hq, 7, kind, &[Some(member); 3]);
    let hq = hq.restart();
    hq.chores();
    let open = hq.ok("hq.coupon_batches", json!({}))["open"][0].clone();
    assert_eq!((&open["state"]["is"], &open["can_go_on"], &open["issued"]), (&json!("stopped"), &json!(false), &json!(3)));
    assert_eq!(tell(&hq, 7, "go_on"), Err(Code::RequestInvalid));
    tell(&hq, 7, "give_up").unwrap();
    assert_eq!(closed(&hq, 7), Some(false));
    let given = json!({ "batch_id": batch_id(8), "template_id": kind, "member_id": member, "count": 3 });
    assert_eq!(hq.ok("coupon.issue", given)["coupons"].as_array().unwrap().len(), 3);
}

#[test]
fn one_whose_time_is_over_does_not_go_on() {
    let hq = hq();
    let kind = template(&hq, 50, |_| {});
    ask(&hq, 1, kind, r#"{ "to": "codes", "count": 2 }"#).unwrap();
    tell(&hq, 1, "stop").unwrap();
    hq.pass(31 * DAY_MS);
    hq.ok("session.password", json!({ "login": "admin", "password": "correct horse 1" }));
    assert_eq!(tell(&hq, 1, "go_on"), Err(Code::CouponExpired));
    assert_eq!(tell(&hq, 9, "stop"), Err(Code::RequestInvalid), "an id of none");
    assert!(hq.world.now.load(std::sync::atomic::Ordering::SeqCst) > MORNING);
    assert_eq!(tell(&hq, 1, "give_up").unwrap()["open"], json!([]));
}
