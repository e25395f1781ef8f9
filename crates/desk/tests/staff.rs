//! Who works here: hired, moved, let go, locked out, let in again (F1, F6).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;
#[path = "common/facts.rs"]
mod facts;

use std::net::IpAddr;

use common::{Shop, WINDOW};
use facts::{STORE, append, hq};
use hefu_core::{
    access::Role,
    error::Code,
    ids::{StaffId, StoreId},
    op::{Draft, StaffSet, StoreSet},
};
use hefu_desk::{Arg, SessionKey};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse 1";

fn head_office(login: &str) -> Value {
    json!({ "at": "head_office", "login": login })
}

fn at(store: StoreId) -> Value {
    json!({ "at": "store", "store_id": store })
}

fn hire(hq: &Shop, name: &str, role: &str, place: Value, secret: &str) -> Result<Value, Code> {
    let request = json!({ "name": name, "role": role, "place": place, "secret": secret });
    hq.call("hq.staff_add", request).map(|added| added["id"].clone()).map_err(|error| error.code)
}

fn set(hq: &Shop, id: &Value, role: &str, place: Value, active: bool, secret: Option<&str>) -> Result<(), Code> {
    let request = json!({ "staff_id": id, "name": "林经理", "role": role, "place": place, "active": active, "secret": secret });
    hq.call("hq.staff_set", request).map(drop).map_err(|error| error.code)
}

/// Signs in in a browser of its own.
fn sign_in(hq: &Shop, browser: u8, login: &str, password: &str) -> Result<Value, Code> {
    let request = json!({ "login": login, "password": password });
    hq.call_as(SessionKey([browser; 32]), "session.password", request).map_err(|error| error.code)
}

fn myself(hq: &Shop) -> Value {
    hq.ok("status.get", json!({}))["session"]["staff"]["id"].clone()
}

#[test]
fn head_office_has_more_than_one() {
    let hq = hq();
    let second = hire(&hq, "林经理", "admin", head_office("lin"), "another horse 2").unwrap();
    hire(&hq, "分析员", "analyst", head_office("an.alyst"), "another horse 3").unwrap();
    assert_eq!(sign_in(&hq, 2, "lin", "another horse 2").unwrap()["staff"]["role"], "admin");
    assert_eq!(sign_in(&hq, 3, "an.alyst", "another horse 3").unwrap()["staff"]["role"], "analyst");
    for (case, role, place, secret, expect) in [
        ("a role of a store", "cashier", head_office("x.y.z"), "another horse 4", Code::RoleInvalid),
        ("a role of head office", "admin", at(STORE), "2468", Code::RoleInvalid),
        ("somebody's login", "admin", head_office("lin"), "another horse 4", Code::LoginTaken),
        ("no login", "admin", head_office("l"), "another horse 4", Code::LoginInvalid),
        ("a PIN", "admin", head_office("li.xi"), "2468", Code::PasswordWeak),
        ("a password", "cashier", at(STORE), "another horse 4", Code::PinInvalid),
    ] {
        assert_eq!(hire(&hq, "某人", role, place, secret), Err(expect), "{case}");
    }
    let rows = hq.ok("hq.staff", json!({}))["staff"].clone();
    let row = rows.as_array().unwrap().iter().find(|row| row["id"] == second).unwrap();
    assert_eq!((&row["login"], &row["store"]), (&json!("lin"), &json!(null)));
}

#[test]
fn the_last_administrator_stays_one() {
    let hq = hq();
    let me = myself(&hq);
    assert_eq!(set(&hq, &me, "admin", head_office("admin"), false, None), Err(Code::StaffLastAdmin));
    assert_eq!(set(&hq, &me, "analyst", head_office("admin"), true, None), Err(Code::StaffLastAdmin));
    assert_eq!(set(&hq, &me, "manager", at(STORE), true, Some("2468")), Err(Code::StaffLastAdmin));
    let second = hire(&hq, "林经理", "admin", head_office("lin"), "another horse 2").unwrap();
    set(&hq, &second, "admin", head_office("lin"), false, None).unwrap();
    assert_eq!(set(&hq, &me, "admin", head_office("admin"), false, None), Err(Code::StaffLastAdmin), "who was let go runs nothing");
    assert_eq!(sign_in(&hq, 2, "lin", "another horse 2"), Err(Code::PasswordWrong));
    set(&hq, &second, "admin", head_office("lin"), true, None).unwrap();
    set(&hq, &me, "admin", head_office("admin"), false, None).unwrap();
    assert_eq!(hq.refused("hq.stores", json!({})), Code::SignInNeeded, "gone at once");
    assert!(sign_in(&hq, 2, "lin", "another horse 2").is_ok());
}

#[test]
fn a_new_password_ends_what_the_old_one_opened() {
    let hq = hq();
    let second = hire(&hq, "林经理", "admin", head_office("lin"), "another horse 2").unwrap();
    sign_in(&hq, 2, "lin", "another horse 2").unwrap();
    set(&hq, &second, "admin", head_office("lin.new"), true, Some("another horse 3")).unwrap();
    assert_eq!(hq.call_as(SessionKey([2; 32]), "hq.stores", json!({})).unwrap_err().code, Code::SignInNeeded);
    assert_eq!(sign_in(&hq, 2, "lin.new", "another horse 2"), Err(Code::PasswordWrong));
    assert!(sign_in(&hq, 2, "lin.new", "another horse 3").is_ok());
    // By oneself, from one of two browsers.
    sign_in(&hq, 3, "lin.new", "another horse 3").unwrap();
    let change = |old: &str, new: &str| {
        let request = json!({ "old": old, "new": new });
        hq.call_as(SessionKey([3; 32]), "session.change_secret", request).map(drop).map_err(|error| error.code)
    };
    assert_eq!(change("another horse 2", "another horse 4"), Err(Code::PasswordWrong));
    assert_eq!(change("another horse 3", "2468"), Err(Code::PasswordWeak));
    assert_eq!(change("another horse 3", "another horse 4"), Ok(()));
    assert_eq!(hq.call_as(SessionKey([2; 32]), "hq.stores", json!({})).unwrap_err().code, Code::SignInNeeded, "the other browser");
    assert!(hq.call_as(SessionKey([3; 32]), "hq.stores", json!({})).is_ok(), "this one goes on");
    assert!(sign_in(&hq, 4, "lin.new", "another horse 4").is_ok());
}

#[test]
fn a_move_takes_the_pin_along_and_needs_no_new_one() {
    let hq = hq();
    let other = StoreId::from_bytes([16; 16]);
    append(&hq, common::MORNING, &Draft::new(StoreSet { store: other, code: "QN".into(), name: "城西店".into(), city: String::new() }));
    let id = hire(&hq, "林经理", "cashier", at(STORE), "2468").unwrap();
    let staff: StaffId = id.as_str().unwrap().parse().unwrap();
    let credential = || hq.desk.replica().read(|book| book.credential(staff)).unwrap().unwrap();
    let before = credential();
    set(&hq, &id, "manager", at(other), true, None).unwrap();
    assert!(credential().phc == before.phc && credential().store == Some(other) && credential().set_at > before.set_at);
    assert_eq!(set(&hq, &id, "analyst", head_office("lin"), true, None), Err(Code::PasswordWeak), "a PIN is no password");
    set(&hq, &id, "analyst", head_office("lin"), true, Some("another horse 2")).unwrap();
    assert!(sign_in(&hq, 2, "lin", "another horse 2").is_ok());
    assert_eq!(set(&hq, &id, "cashier", at(other), true, None), Err(Code::PinInvalid));
    assert_eq!(set(&hq, &json!(StaffId::from_bytes([9; 16])), "cashier", at(other), true, Some("2468")), Err(Code::StaffUnknown));
}

/// At a till, whose book learns it from HQ in the middle of a shift.
#[test]
fn who_moved_away_or_to_head_office_sells_here_no_more() {
    for (case, role, store, active, expect) in [
        ("as before", Role::Manager, Some(STORE), true, Ok(())),
        ("to another store", Role::Manager, Some(StoreId::from_bytes([16; 16])), true, Err(Code::SignInNeeded)),
        ("to head office", Role::Admin, None, true, Err(Code::SignInNeeded)),
        ("to head office, with a store by mistake", Role::Admin, Some(STORE), true, Err(Code::SignInNeeded)),
        ("away", Role::Manager, Some(STORE), false, Err(Code::SignInNeeded)),
    ] {
        let shop = Shop::till();
        shop.sign_in();
        let staff: StaffId = myself(&shop).as_str().unwrap().parse().unwrap();
        append(&shop, common::MORNING + 1, &Draft::new(StaffSet { staff, store, role, active }));
        assert_eq!(shop.call_as(WINDOW, "cart.get", json!({})).map(drop).map_err(|error| error.code), expect, "{case}");
    }
}

#[test]
fn a_pin_is_changed_by_who_knows_the_old_one() {
    let shop = Shop::till();
    shop.sign_in();
    assert_eq!(shop.refused("session.change_secret", json!({ "old": "0000", "new": "8642" })), Code::PinWrong);
    assert_eq!(shop.refused("session.change_secret", json!({ "old": "1357", "new": "1111" })), Code::PinInvalid);
    shop.ok("session.change_secret", json!({ "old": "1357", "new": "8642" }));
    let id = myself(&shop);
    assert_eq!(shop.refused("session.sign_in", json!({ "staff_id": id, "pin": "1357" })), Code::PinWrong);
    shop.ok("session.sign_in", json!({ "staff_id": id, "pin": "8642" }));
}

fn try_from(hq: &Shop, from: [u8; 4], password: &str) -> Result<(), (Code, Option<Arg>)> {
    let request = json!({ "login": "admin", "password": password }).to_string();
    let browser = SessionKey([from[3]; 32]);
    let done = hq.desk.call_from(Some(IpAddr::from(from)), browser, "session.password", request.as_bytes());
    done.map(drop).map_err(|error| (error.code, error.args.get("seconds").cloned()))
}

#[test]
fn a_stranger_shuts_out_nobody_but_himself() {
    let hq = hq();
    let (stranger, owner) = ([192, 0, 2, 1], [192, 0, 2, 2]);
    for _ in 0..4 {
        assert_eq!(try_from(&hq, stranger, "wrong horse 1"), Err((Code::PasswordWrong, None)));
    }
    for seconds in [30, 60, 120, 240, 480, 900, 900] {
        assert_eq!(try_from(&hq, stranger, "wrong horse 1"), Err((Code::SignInLocked, Some(Arg::Number(seconds)))));
        assert_eq!(try_from(&hq, stranger, PASSWORD), Err((Code::SignInLocked, Some(Arg::Number(seconds)))), "nor a right guess");
        assert_eq!(try_from(&hq, owner, PASSWORD), Ok(()), "the owner comes in as ever");
        hq.pass(seconds * 1000);
    }
}

#[test]
fn many_strangers_cost_the_owner_five_seconds() {
    let hq = hq();
    for address in 1..=20 {
        assert_eq!(try_from(&hq, [198, 51, 100, address], "wrong horse 1"), Err((Code::PasswordWrong, None)));
    }
    let (put_off, owner) = (Err((Code::SignInLocked, Some(Arg::Number(5)))), [192, 0, 2, 2]);
    assert_eq!(try_from(&hq, [198, 51, 100, 21], PASSWORD), put_off, "a right guess is no more than put off, like a wrong one");
    assert_eq!(try_from(&hq, owner, PASSWORD), put_off);
    hq.pass(5_000);
    // They go on all the while: one try each, then the long wait, and more of them come.
    let wait = Err((Code::SignInLocked, Some(Arg::Number(30))));
    assert_eq!(try_from(&hq, [198, 51, 100, 21], "wrong horse 1"), wait);
    for address in 22..=99 {
        assert_eq!(try_from(&hq, [198, 51, 100, address], "wrong horse 1"), put_off);
    }
    assert_eq!(try_from(&hq, owner, PASSWORD), Ok(()));
    assert_eq!(try_from(&hq, owner, "wrong horse 1"), Err((Code::PasswordWrong, None)), "the attack is over by a right one");
}

#[test]
fn a_code_printed_over_the_data_brings_an_administrator_back() {
    let hq = hq();
    let id = myself(&hq);
    sign_in(&hq, 2, "admin", PASSWORD).unwrap();
    let with = |code: &str, login: &str| {
        let request = json!({ "code": code, "login": login, "name": "周掌柜", "password": "another horse 2" });
        hq.call_as(SessionKey([3; 32]), "session.admin_code", request).map_err(|error| error.code)
    };
    assert_eq!(with("printed", "admin"), Err(Code::FirstAdminCodeWrong), "none was printed");
    *hq.world.admin_code.lock().unwrap() = Some("printed".into());
    assert_eq!(with("guessed", "admin"), Err(Code::FirstAdminCodeWrong));
    let armed = with("printed", "admin").unwrap();
    assert_eq!((&armed["staff"]["id"], &armed["staff"]["name"]), (&id, &json!("周掌柜")), "the same person, armed anew");
    assert_eq!(hq.call_as(SessionKey([2; 32]), "hq.stores", json!({})).unwrap_err().code, Code::SignInNeeded);
    assert_eq!(sign_in(&hq, 2, "admin", PASSWORD), Err(Code::PasswordWrong));
    assert!(sign_in(&hq, 2, "admin", "another horse 2").is_ok());
    assert_eq!(with("printed", "admin"), Err(Code::FirstAdminCodeWrong), "once");
    *hq.world.admin_code.lock().unwrap() = Some("printed again".into());
    assert_eq!(with("printed again", "new.admin").unwrap()["staff"]["role"], "admin");
    let staff = hq.desk.replica().read(|book| book.staff_of(None)).unwrap();
    assert_eq!(staff.len(), 2);
}
