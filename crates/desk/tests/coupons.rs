//! Coupons: given by hand and in bulk, found, laid on a cart and used once (C4, E3).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;
#[path = "common/facts.rs"]
mod facts;

use std::{collections::BTreeSet, sync::atomic::Ordering};

use common::{MORNING, Shop};
use facts::{DAY_MS, append, balance, batch_id, begun, check_book, hq, member, rule, template, ten_off_fifty};
use hefu_core::{
    coupon::{Validity, new_code},
    error::Code,
    ids::{CouponId, MemberId, RuleId},
    op::{BatchClosed, Draft},
    posting::{Account, Unit},
    rules::{Level, Measure, RuleBody, TierWindow, Tiers},
};
use hefu_desk::SessionKey;
use serde_json::{Value, json};

const CUP: &str = "6901234567892";
const TISSUE: &str = "6901234567908";
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// A till with its manager, a member on its cart, and the kind of coupon.
fn shop() -> (Shop, RuleId, MemberId) {
    let shop = Shop::till();
    shop.sign_in();
    let kind = template(&shop, 50, |_| {});
    let member = member(&shop, 1, "13812341234");
    (shop, kind, member)
}

fn issue(shop: &Shop, n: u8, kind: RuleId, member: MemberId, count: u32) -> Result<Value, Code> {
    let request = json!({ "batch_id": batch_id(n), "template_id": kind, "member_id": member, "count": count });
    shop.call("coupon.issue", request).map_err(|error| error.code)
}

fn lay(shop: &Shop, code: &Value) -> Result<Value, Code> {
    shop.call("cart.coupon", json!({ "code": code, "coupon_id": null })).map_err(|error| error.code)
}

fn pay(shop: &Shop, given_fen: i64) -> Result<Value, Code> {
    let cart = shop.ok("cart.get", json!({}));
    let request = json!({ "cart_id": cart["id"], "revision": cart["revision"], "tenders": [{ "kind": "cash", "given_fen": given_fen }] });
    shop.call("sale.pay", request).map_err(|error| error.code)
}

fn left(shop: &Shop, coupon: &Value) -> i64 {
    let id: CouponId = coupon["coupon_id"].as_str().unwrap().parse().unwrap();
    balance(shop, Account::Coupon(id), Unit::Coupons)
}

fn of_member(shop: &Shop, member: MemberId) -> Vec<Value> {
    shop.ok("coupon.of_member", json!({ "member_id": member }))["coupons"].as_array().unwrap().clone()
}

fn why_nots(coupons: &[Value]) -> Vec<Option<&str>> {
    coupons.iter().map(|coupon| coupon["why_not"].as_str()).collect()
}

#[test]
fn given_by_hand_laid_on_the_cart_and_used_once() {
    let (shop, kind, member) = shop();
    let kinds = shop.ok("coupon.kinds", json!({}));
    let expect = json!([{ "template_id": kind, "name": "满50减10", "face_fen": 1000, "at_least_fen": 5000 }]);
    assert_eq!(kinds["kinds"], expect);
    let given = issue(&shop, 1, kind, member, 2).unwrap();
    assert_eq!(issue(&shop, 1, kind, member, 2).unwrap(), given, "sent again, the same two");
    let coupon = given["coupons"][0].clone();
    assert_eq!((left(&shop, &coupon), &coupon["why_not"]), (1, &Value::Null));
    assert_eq!(of_member(&shop, member).len(), 2);

    shop.ok("cart.enter", json!({ "text": CUP }));
    shop.ok("cart.member", json!({ "member_id": member }));
    let found = shop.ok("coupon.find", json!({ "code": coupon["code"] }));
    assert_eq!(found, coupon);
    assert_eq!(shop.ok("cart.get", json!({}))["wallet"]["coupon_count"], 2);
    let offers = shop.ok("pay.suggest", json!({}))["coupons"].clone();
    assert_eq!((offers.as_array().unwrap().len(), &offers[0]["saves_fen"]), (1, &json!(1000)), "one offer a kind");
    let cart = lay(&shop, &coupon["code"]).unwrap();
    assert_eq!((&cart["coupons"][0]["off_fen"], &cart["totals"]["due_fen"]), (&json!(1000), &json!(4990)));
    let sale = pay(&shop, 5000).unwrap();
    assert_eq!((&sale["totals"]["due_fen"], &sale["change_fen"]), (&json!(4990), &json!(10)));
    assert_eq!(left(&shop, &coupon), 0);

    let coupons = of_member(&shop, member);
    assert_eq!(why_nots(&coupons), [None, Some("coupon.used")], "what can be used comes first");
    let page = shop.ok("member.get", json!({ "id": member, "after": null }));
    assert_eq!(page["coupons"], json!([coupons[0]]), "a page shows what waits to be used");
    shop.ok("cart.member", json!({ "member_id": member }));
    assert_eq!(lay(&shop, &coupon["code"]), Err(Code::CouponUsed));
    check_book(&shop);
}

#[test]
fn a_handful_of_one_kind_hides_no_better_one() {
    use hefu_core::{
        money::Fen,
        promo::{Kind, OffStep},
    };
    let (shop, _, member) = shop();
    let kind = template(&shop, 52, |template| template.per_member_most = None);
    // Twenty that end first save 10 yuan each; the one that ends last saves 20.
    issue(&shop, 1, kind, member, 20).unwrap();
    let better = template(&shop, 51, |template| {
        let step = OffStep { at_least_fen: Fen::constant(5000), off_fen: Fen::constant(2000) };
        template.effect.name = "满50减20".into();
        template.effect.kind = Kind::Off { steps: vec![step], each: false, cap_fen: None };
        template.validity = Validity::Days { days: 365 };
    });
    let best = issue(&shop, 2, better, member, 1).unwrap()["coupons"][0].clone();
    shop.ok("cart.enter", json!({ "text": CUP }));
    shop.ok("cart.member", json!({ "member_id": member }));
    let offers = shop.ok("pay.suggest", json!({}))["coupons"].clone();
    let saves: Vec<_> = offers.as_array().unwrap().iter().map(|offer| offer["saves_fen"].as_i64().unwrap()).collect();
    assert_eq!((saves.as_slice(), &offers[0]["coupon_id"]), (&[2000, 1000][..], &best["coupon_id"]));
}

#[test]
fn a_coupon_that_does_not_help_is_not_used() {
    let (shop, kind, member) = shop();
    let coupon = issue(&shop, 1, kind, member, 1).unwrap()["coupons"][0].clone();
    shop.ok("cart.enter", json!({ "text": TISSUE }));
    shop.ok("cart.member", json!({ "member_id": member }));
    let cart = lay(&shop, &coupon["code"]).unwrap();
    assert_eq!((&cart["coupons"][0]["off_fen"], &cart["totals"]["due_fen"]), (&json!(0), &json!(1280)));
    pay(&shop, 1280).unwrap();
    assert_eq!(left(&shop, &coupon), 1);
    check_book(&shop);
}

#[test]
fn what_a_cart_refuses() {
    let (shop, kind, member) = shop();
    let other = facts::member(&shop, 2, "13900001111");
    let soon = template(&shop, 51, |kind| kind.validity = Validity::Fixed { from: MORNING + DAY_MS, until: MORNING + 2 * DAY_MS });
    let code = |issued: Result<Value, Code>| issued.unwrap()["coupons"][0]["code"].clone();
    let mine = code(issue(&shop, 1, kind, member, 1));
    let theirs = code(issue(&shop, 2, kind, other, 1));
    let later = code(issue(&shop, 3, soon, member, 1));
    shop.ok("cart.enter", json!({ "text": CUP }));
    assert_eq!(lay(&shop, &mine), Err(Code::CouponNotYours), "nobody is on the cart");
    shop.ok("cart.member", json!({ "member_id": member }));
    let mut damaged = mine.as_str().unwrap().to_owned();
    let last = if damaged.ends_with('0') { "1" } else { "0" };
    damaged.replace_range(damaged.len() - 1.., last);
    let laid = lay(&shop, &mine).unwrap()["coupons"][0]["coupon_id"].clone();
    let spaced = json!(format!(" {}", mine.as_str().unwrap().to_lowercase()));
    for (scene, text, expect) in [
        ("another's", theirs.clone(), Code::CouponNotYours),
        ("of tomorrow", later.clone(), Code::CouponNotYet),
        ("a wrong letter", json!(damaged), Code::CouponDamaged),
        ("nobody's", json!(new_code([3; 10])), Code::CouponUnknown),
        ("goods", json!(CUP), Code::CouponUnknown),
        ("nothing", json!(""), Code::CouponUnknown),
        ("on the cart already", mine.clone(), Code::CouponTwice),
        ("on the cart already, typed", spaced, Code::CouponTwice),
    ] {
        assert_eq!(lay(&shop, &text), Err(expect), "{scene}");
        // Whether it lies on a cart is for that cart to say.
        let why_not = if expect == Code::CouponTwice { Value::Null } else { json!(expect.as_str()) };
        let found = shop.call("coupon.find", json!({ "code": text })).map_err(|error| error.code);
        match found {
            Ok(found) => assert_eq!(found["why_not"], why_not, "{scene}"),
            Err(code) => assert_eq!(code, expect, "{scene}"),
        }
    }
    shop.ok("cart.coupon_remove", json!({ "coupon_id": laid }));
    // A clock that is known to be wrong by more than a day tells no time.
    shop.world.now.fetch_add(2 * DAY_MS, Ordering::SeqCst);
    shop.world.ahead.store(2 * DAY_MS, Ordering::SeqCst);
    assert_eq!(lay(&shop, &mine), Err(Code::ClockFrozen));
    assert_eq!(why_nots(&of_member(&shop, member)), [Some("clock.frozen"); 2]);
    shop.world.ahead.store(0, Ordering::SeqCst);
    assert_eq!(lay(&shop, &later), Err(Code::CouponExpired));
    shop.pass(28 * DAY_MS);
    assert_eq!(lay(&shop, &mine), Err(Code::CouponExpired));
    assert_eq!(why_nots(&of_member(&shop, member)), [Some("coupon.expired"); 2]);
    assert_eq!(shop.ok("cart.get", json!({}))["coupons"], json!([]));
}

#[test]
fn who_may_give_what_to_whom() {
    let (shop, kind, member) = shop();
    let off = template(&shop, 51, |kind| kind.effect.enabled = false);
    let over = template(&shop, 52, |kind| kind.validity = Validity::Fixed { from: 0, until: MORNING });
    let nobody: MemberId = NOBODY.parse().unwrap();
    assert_eq!(shop.ok("coupon.kinds", json!({}))["kinds"].as_array().unwrap().len(), 1);
    for (case, kind, member, count, expect) in [
        ("none", kind, member, 0, Code::QuantityInvalid),
        ("more than an operation holds", kind, member, 201, Code::QuantityInvalid),
        ("enormous", kind, member, u32::MAX, Code::QuantityInvalid),
        ("more than one is given", kind, member, 4, Code::CouponsEnough),
        ("a kind that is off", off, member, 1, Code::RuleUnknown),
        ("no such kind", RuleId::from_bytes([9; 16]), member, 1, Code::RuleUnknown),
        ("a kind whose time is over", over, member, 1, Code::CouponExpired),
        ("nobody", kind, nobody, 1, Code::MemberUnknown),
    ] {
        assert_eq!(issue(&shop, 9, kind, member, count), Err(expect), "{case}");
    }
    let negative = json!({ "batch_id": batch_id(9), "template_id": kind, "member_id": member, "count": -1 });
    assert_eq!(shop.refused("coupon.issue", negative), Code::RequestInvalid);
    assert_eq!(of_member(&shop, member), [] as [Value; 0], "a refusal gives nothing");

    // The limit counts all that was ever given, used or not, under any registration of the phone.
    issue(&shop, 1, kind, member, 2).unwrap();
    shop.ok("cart.enter", json!({ "text": CUP }));
    shop.ok("cart.member", json!({ "member_id": member }));
    let coupon = of_member(&shop, member)[0].clone();
    lay(&shop, &coupon["code"]).unwrap();
    pay(&shop, 5000).unwrap();
    let again = facts::member(&shop, 2, "13812341234");
    issue(&shop, 2, kind, again, 1).unwrap();
    assert_eq!(issue(&shop, 3, kind, again, 1), Err(Code::CouponsEnough));
    assert_eq!(issue(&shop, 3, kind, member, 1), Err(Code::CouponsEnough));
    assert_eq!(issue(&shop, 2, kind, member, 1).unwrap()["coupons"].as_array().unwrap().len(), 1, "what was done stays done");

    // An id answers for its own act alone.
    let other = facts::member(&shop, 3, "13900001111");
    assert_eq!(issue(&shop, 1, kind, other, 1), Err(Code::RequestInvalid));
    check_book(&shop);
    shop.sign_in_as("cashier");
    assert_eq!(issue(&shop, 4, kind, other, 1), Err(Code::NotPermitted));
    assert_eq!(of_member(&shop, member)[0]["code"].as_str().unwrap().len(), 20, "who sells may see what is used");
}

#[test]
fn two_carts_cannot_use_one_coupon() {
    let (shop, kind, member) = shop();
    let coupon = issue(&shop, 1, kind, member, 1).unwrap()["coupons"][0].clone();
    let second = SessionKey([2; 32]);
    let staff = shop.call_as(second, "session.staff", json!({})).unwrap()["staff"][0]["id"].clone();
    shop.call_as(second, "session.sign_in", json!({ "staff_id": staff, "pin": "1357" })).unwrap();
    let mut pays = Vec::new();
    for key in [common::WINDOW, second] {
        shop.call_as(key, "cart.enter", json!({ "text": CUP })).unwrap();
        shop.call_as(key, "cart.member", json!({ "member_id": member })).unwrap();
        let cart = shop.call_as(key, "cart.coupon", json!({ "code": null, "coupon_id": coupon["coupon_id"] })).unwrap();
        assert_eq!(cart["totals"]["due_fen"], 4990);
        let tenders = json!([{ "kind": "cash", "given_fen": 6000 }]);
        pays.push((key, json!({ "cart_id": cart["id"], "revision": cart["revision"], "tenders": tenders })));
    }
    let first = shop.call_as(pays[0].0, "sale.pay", pays[0].1.clone()).unwrap();
    assert_eq!(shop.call_as(pays[0].0, "sale.pay", pays[0].1.clone()).unwrap(), first);
    for command in ["pay.preview", "sale.pay"] {
        assert_eq!(shop.call_as(second, command, pays[1].1.clone()).unwrap_err().code, Code::CouponUsed, "{command}");
    }
    assert_eq!(left(&shop, &coupon), 0);
    let cart = shop.call_as(second, "cart.coupon_remove", json!({ "coupon_id": coupon["coupon_id"] })).unwrap();
    assert_eq!(cart["totals"]["due_fen"], 5990, "without it the sale goes on");
    check_book(&shop);
}

fn ask_batch(hq: &Shop, n: u8, kind: RuleId, to: Value) -> Result<Value, Code> {
    let request = json!({ "batch_id": batch_id(n), "name": "周年庆", "template_id": kind, "to": to });
    hq.call("hq.coupon_batch", request).map_err(|error| error.code)
}

/// Asks for a batch, lets the node do it, and answers what it came to.
fn batch(hq: &Shop, n: u8, kind: RuleId, to: Value) -> Result<Value, Code> {
    ask_batch(hq, n, kind, to)?;
    hq.chores();
    let issued = hq.desk.replica().read(|book| book.batch_size(batch_id(n))).unwrap();
    let codes = hq.ok("hq.coupon_codes", json!({ "batch_id": batch_id(n) }))["codes"].clone();
    Ok(json!({ "issued": issued, "codes": codes }))
}

#[test]
fn codes_for_whoever_brings_them() {
    let hq = hq();
    let kind = template(&hq, 50, |_| {});
    let done = batch(&hq, 1, kind, json!({ "to": "codes", "count": 1100 })).unwrap();
    assert_eq!(done["issued"], 1100);
    let codes: BTreeSet<&str> = done["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    assert_eq!(codes.len(), 1100);
    assert_eq!(batch(&hq, 1, kind, json!({ "to": "codes", "count": 1100 })).unwrap(), done, "sent again, what was done");
    let held = hq.desk.replica().read(|book| book.coupons_of_batch(batch_id(1))).unwrap();
    assert!(held.iter().all(|coupon| coupon.counts && coupon.left == 1 && coupon.member.is_none() && coupon.version == 1));
    let rows = hq.ok("hq.coupon_batches", json!({}))["batches"].clone();
    let expect = json!([{
        "batch_id": batch_id(1), "name": "周年庆", "template_name": "满50减10", "at": MORNING, "issued": 1100, "used": 0, "for_bearers": true,
    }]);
    assert_eq!(rows, expect);
    check_book(&hq);
}

#[test]
fn a_batch_goes_on_where_it_stopped_and_counts_when_it_is_closed() {
    let hq = hq();
    let kind = template(&hq, 50, |_| {});
    let codes = begun(&hq, 1, kind, &[None; 200]);
    let seen = hq.desk.replica().read(|book| book.coupon_by_code(&codes[0])).unwrap().unwrap();
    assert_eq!(seen.usable(&[], MORNING, false), Err(Code::CouponUnknown), "not before it is closed");
    assert_eq!(hq.ok("hq.coupon_batches", json!({}))["batches"], json!([]));
    // A newer version of the kind does not change what was begun.
    let mut newer = ten_off_fifty();
    newer.effect.name = "满50减20".into();
    rule(&hq, 50, 2, RuleBody::Coupon(newer));
    let done = batch(&hq, 1, kind, json!({ "to": "codes", "count": 450 })).unwrap();
    let all: Vec<&str> = done["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    assert_eq!((all.len(), &done["issued"]), (450, &json!(450)));
    assert!(codes.iter().all(|code| all.contains(&code.as_str())));
    let held = hq.desk.replica().read(|book| book.coupons_of_batch(batch_id(1))).unwrap();
    assert!(held.iter().all(|coupon| coupon.counts && coupon.version == 1 && coupon.until == MORNING + DAY_MS));
    check_book(&hq);
}

#[test]
fn a_batch_that_was_given_up_stays_so() {
    let hq = hq();
    let kind = template(&hq, 50, |_| {});
    let member = member(&hq, 1, "13812341234");
    begun(&hq, 1, kind, &[Some(member); 3]);
    append(&hq, MORNING, &Draft::new(BatchClosed { batch: batch_id(1), keep: false, name: "周年庆".into() }));
    let done = batch(&hq, 1, kind, json!({ "to": "members", "tier": null })).unwrap();
    assert_eq!(done["codes"], json!([]));
    assert_eq!(of_member(&hq, member), [] as [Value; 0]);
    assert_eq!(hq.ok("hq.coupon_batches", json!({}))["batches"], json!([]));
    issue(&hq, 2, kind, member, 3).unwrap();
    assert_eq!(of_member(&hq, member).len(), 3, "what nobody has got is no limit");
    check_book(&hq);
}

#[test]
fn one_for_every_member_of_a_tier() {
    let hq = hq();
    let kind = template(&hq, 50, |kind| kind.per_member_most = Some(2));
    let members: Vec<MemberId> = (1..=9).map(|n| member(&hq, n, &format!("1381234000{n}"))).collect();
    // The second registration of one phone, a VIP by both together, and one who has had enough.
    let again = member(&hq, 20, "13812340001");
    for (n, member, fen) in [(1, members[0], 300_000), (2, again, 200_000), (3, members[4], 500_000), (4, members[6], 499_999)] {
        facts::sale(&hq, n, member, "2026-02-01", fen);
    }
    issue(&hq, 90, kind, members[8], 2).unwrap();

    let done = batch(&hq, 1, kind, json!({ "to": "members", "tier": "VIP" })).unwrap();
    assert_eq!((&done["issued"], &done["codes"]), (&json!(2), &json!([])));
    assert_eq!((of_member(&hq, again).len(), of_member(&hq, members[4]).len(), of_member(&hq, members[6]).len()), (1, 1, 0));
    let all = json!({ "to": "members", "tier": null });
    assert_eq!(batch(&hq, 2, kind, all.clone()).unwrap()["issued"], 8, "once a person, none past the limit");
    assert_eq!(batch(&hq, 2, kind, all.clone()).unwrap()["issued"], 8);
    assert_eq!((of_member(&hq, members[0]).len(), of_member(&hq, members[8]).len()), (2, 2));

    // Stopped after the first three; none of them gets a second.
    let third = template(&hq, 51, |_| {});
    begun(&hq, 3, third, &[Some(members[0]), Some(members[1]), Some(members[2])]);
    assert_eq!(batch(&hq, 3, third, all).unwrap()["issued"], 9);
    let held = hq.desk.replica().read(|book| book.coupons_of_batch(batch_id(3))).unwrap();
    assert_eq!(held.iter().map(|coupon| coupon.member).collect::<BTreeSet<_>>().len(), 9);
    check_book(&hq);
}

#[test]
fn many_members_are_many_operations() {
    let hq = hq();
    let kind = template(&hq, 50, |_| {});
    facts::members(&hq, &facts::ids(1203), "");
    let before = hq.desk.replica().digest().unwrap().operations;
    assert_eq!(batch(&hq, 1, kind, json!({ "to": "members", "tier": null })).unwrap()["issued"], 1203);
    assert_eq!(hq.desk.replica().digest().unwrap().operations - before, 4 + 3 + 1);
    check_book(&hq);
}

#[test]
fn what_a_batch_refuses() {
    let hq = hq();
    let kind = template(&hq, 50, |_| {});
    let over = template(&hq, 52, |kind| kind.validity = Validity::Fixed { from: 0, until: MORNING });
    let codes = |count: i64| json!({ "to": "codes", "count": count });
    batch(&hq, 1, kind, codes(2)).unwrap();
    for (case, n, kind, to, expect) in [
        ("none", 2, kind, codes(0), Code::QuantityInvalid),
        ("too many", 2, kind, codes(10_001), Code::QuantityInvalid),
        ("negative", 2, kind, codes(-1), Code::RequestInvalid),
        ("no such kind", 2, RuleId::from_bytes([9; 16]), codes(1), Code::RuleUnknown),
        ("a kind whose time is over", 2, over, codes(1), Code::CouponExpired),
        ("no such tier", 2, kind, json!({ "to": "members", "tier": "钻石" }), Code::RuleUnknown),
        ("the id of another kind's", 1, over, codes(2), Code::RequestInvalid),
        ("the id of a batch of codes", 1, kind, json!({ "to": "members", "tier": null }), Code::RequestInvalid),
    ] {
        assert_eq!(batch(&hq, n, kind, to), Err(expect), "{case}");
    }
    let nameless = json!({ "batch_id": batch_id(3), "name": " ", "template_id": kind, "to": codes(1) });
    assert_eq!(hq.refused("hq.coupon_batch", nameless), Code::NameInvalid);
    // Nobody reads the codes of a campaign by the id of it.
    let member = member(&hq, 1, "13812341234");
    assert_eq!(issue(&hq, 1, kind, member, 1), Err(Code::RequestInvalid));
    assert_eq!(hq.ok("hq.coupon_batches", json!({}))["batches"].as_array().unwrap().len(), 1);
}

#[test]
fn a_bearer_code_is_used_by_whoever_brings_it_and_the_batch_says_so() {
    let (shop, kind, member) = shop();
    let codes = begun(&shop, 1, kind, &[None, None]);
    shop.ok("cart.enter", json!({ "text": CUP }));
    assert_eq!(lay(&shop, &json!(codes[0])), Err(Code::CouponUnknown));
    assert_eq!(shop.refused("coupon.find", json!({ "code": codes[0] })), Code::CouponUnknown);
    append(&shop, MORNING, &Draft::new(BatchClosed { batch: batch_id(1), keep: true, name: "周年庆".into() }));
    assert_eq!(shop.ok("coupon.find", json!({ "code": codes[0].to_lowercase() }))["why_not"], Value::Null);
    lay(&shop, &json!(codes[0])).unwrap();
    pay(&shop, 5000).unwrap();
    let batches = shop.desk.replica().read(|book| book.batches(9)).unwrap();
    assert_eq!((batches[0].issued, batches[0].used), (2, 1));
    shop.ok("cart.enter", json!({ "text": CUP }));
    shop.ok("cart.member", json!({ "member_id": member }));
    assert_eq!(lay(&shop, &json!(codes[0])), Err(Code::CouponUsed));
    lay(&shop, &json!(codes[1])).unwrap();
    check_book(&shop);
}

/// C4, by rule: at sign-up, and with a new tier. Sent again, nothing is given twice.
#[test]
fn given_by_rule() {
    let shop = Shop::till();
    shop.sign_in();
    let welcome = template(&shop, 50, |kind| kind.on_sign_up = true);
    let gift = template(&shop, 51, |kind| kind.effect.name = "金卡礼".into());
    let level = |name: &str, from: i64, gift: Option<RuleId>| Level { gift, ..Level::plain(name, from, 1000) };
    let levels = vec![level("会员", 0, Some(welcome)), level("银卡", 5_000, None), level("金卡", 5_900, Some(gift))];
    rule(&shop, 52, 9, RuleBody::Tiers(Tiers { by: Measure::Spend, window: TierWindow::Lifetime, levels }));
    let request = json!({ "phone": "13912341234", "name": null, "sex": null, "birthday": null, "card_no": null });
    let made = shop.ok("member.register", request.clone());
    assert_eq!(shop.ok("member.register", request)["created"], false);
    let member: MemberId = made["member"]["id"].as_str().unwrap().parse().unwrap();
    let names = || -> Vec<String> { of_member(&shop, member).iter().map(|coupon| coupon["name"].as_str().unwrap().to_owned()).collect() };
    assert_eq!(names(), ["满50减10"], "the first level came with the registration, not with a sale");
    shop.ok("cart.member", json!({ "member_id": member }));
    for (code, expect) in [(TISSUE, 1), (CUP, 2), (CUP, 2)] {
        shop.ok("cart.member", json!({ "member_id": member }));
        shop.ok("cart.enter", json!({ "text": code }));
        pay(&shop, 10_000).unwrap();
        assert_eq!(names().len(), expect, "after {code}");
    }
    assert!(names().contains(&"金卡礼".to_owned()), "two levels in one leap, the gift of the second");
    check_book(&shop);
}

/// Tiers whose second level, from so much on, has a gift.
fn with_gift(shop: &Shop, version: u32, from: i64, gift: RuleId) {
    let level = |name: &str, from: i64, gift: Option<RuleId>| Level { gift, ..Level::plain(name, from, 1000) };
    let levels = vec![level("会员", 0, None), level("金卡", from, Some(gift))];
    rule(shop, 52, version, RuleBody::Tiers(Tiers { by: Measure::Spend, window: TierWindow::Lifetime, levels }));
}

/// Two sales that did not know of each other reach a level together: its gift comes with the next one, and once. That such a coupon
/// was given by hand before is another matter.
#[test]
fn a_level_that_was_reached_elsewhere_gives_its_gift_too() {
    let (shop, _, member) = shop();
    shop.ok("cart.clear", json!({}));
    let gift = template(&shop, 51, |kind| kind.effect.name = "金卡礼".into());
    with_gift(&shop, 9, 500_000, gift);
    let gifts = || of_member(&shop, member).iter().filter(|coupon| coupon["name"] == "金卡礼").count();
    let issue = json!({ "batch_id": batch_id(77), "member_id": member, "template_id": gift, "count": 1 });
    shop.ok("coupon.issue", issue);
    for n in [1, 2] {
        facts::sale(&shop, n, member, "2026-02-20", 300_000);
    }
    assert_eq!(gifts(), 1);
    for _ in 0..2 {
        shop.ok("cart.enter", json!({ "text": TISSUE }));
        shop.ok("cart.member", json!({ "member_id": member }));
        pay(&shop, 10_000).unwrap();
        assert_eq!(gifts(), 2);
    }
    check_book(&shop);
}

/// A threshold that is lowered lifts members who buy nothing that day: HQ's review gives them what they wait for.
#[test]
fn a_review_gives_the_gifts_that_have_not_come() {
    let hq = hq();
    let gift = template(&hq, 51, |kind| kind.effect.name = "金卡礼".into());
    with_gift(&hq, 9, 500_000, gift);
    let members: Vec<MemberId> = (1..=3).map(|n| member(&hq, n, &format!("1381234000{n}"))).collect();
    for (n, (member, fen)) in (1..).zip(members.iter().zip([600_000, 300_000, 100_000])) {
        facts::sale(&hq, n, *member, "2026-02-20", fen);
    }
    let review = |write: bool| hq.ok("hq.review_tiers", json!({ "write": write }))["gifts"].as_u64().unwrap();
    assert_eq!([review(false), review(true), review(true)], [1, 1, 0]);
    with_gift(&hq, 10, 200_000, gift);
    assert_eq!([review(false), review(true), review(false)], [1, 1, 0]);
    let held: Vec<usize> = members.iter().map(|member| of_member(&hq, *member).len()).collect();
    assert_eq!(held, [1, 1, 0]);
    check_book(&hq);
}
