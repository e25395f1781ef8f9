//! What HQ does with points, tiers and bonuses: expiry, review, parts due, corrections (C1, C2, C3).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;
#[path = "common/facts.rs"]
mod facts;

use std::sync::atomic::Ordering;

use common::Shop;
use facts::{DAY_MS, append, balance, batch_id, check_book, hq, member, next_day, noon, points, points_of, rule, sale};
use hefu_core::{
    error::Code,
    ids::{CardId, MemberId, RuleId},
    money::{Fen, LARGEST, Points},
    op::{CardChange, CardChanged, CardRefunded, CardReissued, Draft},
    points::{EarnPoints, Expiry, Redeem},
    posting::{Account, Unit},
    rules::{Level, Measure, Rule, RuleBody, TierWindow, Tiers},
    time::start_of_day,
};
use serde_json::{Value, json};

/// A point a yuan, a hundred of which are a yuan; they can be used for a year.
fn a_year(shop: &Shop) {
    let redeem = Redeem {
        points: Points::constant(100),
        fen: Fen::constant(100),
        step: Points::constant(100),
        at_least: Points::constant(100),
        most_permille: 1000,
        order_at_least: Fen::ZERO,
    };
    let body = EarnPoints {
        redeem: Some(redeem),
        expiry: Expiry::Rolling { months: 12 },
        ..EarnPoints::plain(Fen::constant(100), Points::constant(1))
    };
    rule(shop, 60, 1, RuleBody::Points(body));
}

/// VIP at 5,000 yuan in half a year, or at more; from the beginning of a day on.
fn half_year(shop: &Shop, version: u32, day: &str, vip: i64) {
    let levels = vec![Level::plain("会员", 0, 1000), Level::plain("VIP", vip, 950), Level::plain("黑卡", 2_000_000, 880)];
    let body = RuleBody::Tiers(Tiers { by: Measure::Spend, window: TierWindow::Months { months: 6 }, levels });
    let valid_from = start_of_day(day).unwrap();
    append(shop, valid_from, &Draft::new(Rule { rule: RuleId::from_bytes([61; 16]), version, valid_from, body }));
}

fn expire(hq: &Shop, write: bool) -> (i64, i64) {
    let done = hq.ok("hq.expire_points", json!({ "write": write }));
    assert_eq!((&done["written"], &done["day"]), (&json!(write), &json!("2026-03-02")));
    (done["members"].as_i64().unwrap(), done["points"].as_i64().unwrap())
}

fn tier(hq: &Shop, member: MemberId) -> String {
    hq.ok("member.get", json!({ "id": member, "after": null }))["card"]["tier"].as_str().unwrap().to_owned()
}

#[test]
fn points_lapse_once() {
    let hq = hq();
    a_year(&hq);
    let members: Vec<MemberId> = (1..=5).map(|n| member(&hq, n, &format!("1381234000{n}"))).collect();
    // The same person as the second, registered elsewhere.
    let again = member(&hq, 20, "13812340002");
    for (member, day, amount) in [
        (members[0], "2025-01-10", 100),
        (members[0], "2025-12-01", 50),
        // Oldest first: of 60 and 40 that lapsed, 30 were used from either account.
        (members[1], "2025-01-10", 60),
        (again, "2025-02-10", 40),
        (again, "2025-06-01", -30),
        // Can be used through today.
        (members[2], "2025-03-02", 70),
        // Owes more than it ever had.
        (members[3], "2025-01-10", 10),
        (members[3], "2025-01-11", -30),
    ] {
        points(&hq, member, day, amount);
    }
    let page = hq.ok("member.get", json!({ "id": members[0], "after": null }));
    assert_eq!(page["points_expiring"], json!([{ "day": "2026-12-01", "points": 50, "soon": false }]), "what has lapsed is not promised");

    assert_eq!(expire(&hq, false), (2, 170));
    assert_eq!(points_of(&hq, members[0]), 150, "counting takes nothing");
    assert_eq!(expire(&hq, true), (2, 170));
    assert_eq!((points_of(&hq, members[0]), points_of(&hq, members[1]), points_of(&hq, again)), (50, 0, 0));
    assert_eq!((points_of(&hq, members[2]), points_of(&hq, members[3])), (70, -20));
    assert_eq!(expire(&hq, true), (0, 0));
    assert_eq!(expire(&hq, false), (0, 0));

    let statement = hq.ok("statement.points", json!({ "member_id": again, "after": null }));
    let first = statement["rows"][0].clone();
    assert_eq!((&first["what"], &first["note"], &statement["balance"]), (&json!("expired"), &json!("2026-03-02"), &json!(0)));
    let page = hq.ok("member.get", json!({ "id": members[0], "after": null }));
    assert_eq!(page["points_expiring"], json!([{ "day": "2026-12-01", "points": 50, "soon": false }]));
    check_book(&hq);
}

#[test]
fn what_lapses_of_one_person_is_taken_where_it_lies() {
    let hq = hq();
    a_year(&hq);
    let lead = member(&hq, 1, "13812340001");
    let again = member(&hq, 2, "13812340001");
    points(&hq, again, "2025-01-10", 100);
    points(&hq, lead, "2025-02-10", -30);
    assert_eq!(expire(&hq, true), (1, 70));
    assert_eq!((points_of(&hq, lead), points_of(&hq, again)), (-30, 30), "their sum is what is there: nothing");
    assert_eq!(expire(&hq, true), (0, 0));
    check_book(&hq);
}

#[test]
fn the_next_three_days_on_which_points_lapse() {
    let hq = hq();
    let member = member(&hq, 1, "13812340001");
    points(&hq, member, "2025-06-01", 10);
    let expiring = || hq.ok("member.get", json!({ "id": member, "after": null }))["points_expiring"].clone();
    assert_eq!(expiring(), json!([]), "points never lapse as shipped");
    assert_eq!(expire(&hq, true), (0, 0));
    a_year(&hq);
    for (day, amount) in [("2025-07-01", 20), ("2025-07-01", 5), ("2025-08-01", 30), ("2025-09-01", 40), ("2025-09-02", -5)] {
        points(&hq, member, day, amount);
    }
    let expect = json!([
        { "day": "2026-06-01", "points": 5, "soon": false },
        { "day": "2026-07-01", "points": 25, "soon": false },
        { "day": "2026-08-01", "points": 30, "soon": false },
    ]);
    assert_eq!(expiring(), expect);
}

#[test]
fn points_of_a_sale_that_was_paid_with_points_are_as_young_as_the_sale() {
    let shop = Shop::till();
    shop.sign_in();
    a_year(&shop);
    let member = member(&shop, 1, "13812340001");
    points(&shop, member, "2025-03-10", 1000);
    shop.ok("cart.enter", json!({ "text": "6901234567892" }));
    let cart = shop.ok("cart.member", json!({ "member_id": member }));
    let tenders = json!([{ "kind": "points", "points": 500 }, { "kind": "cash", "given_fen": 5490 }]);
    let earned = shop.ok("sale.pay", json!({ "cart_id": cart["id"], "revision": cart["revision"], "tenders": tenders }));
    let earned = earned["totals"]["points_earned"].as_i64().unwrap();
    assert!(earned > 0);
    assert_eq!(points_of(&shop, member), 500 + earned);
    let page = shop.ok("member.get", json!({ "id": member, "after": null }));
    let expect = json!([
        { "day": "2026-03-10", "points": 500, "soon": true }, { "day": "2027-03-02", "points": earned, "soon": false },
    ]);
    assert_eq!(page["points_expiring"], expect);
    check_book(&shop);
}

/// Bought with points that lapse tonight and returned tomorrow, they have lapsed: nobody renews points so.
#[test]
fn points_that_a_refund_puts_back_are_as_old_as_they_were() {
    let shop = Shop::till();
    shop.sign_in();
    a_year(&shop);
    let member = member(&shop, 1, "13812340001");
    points(&shop, member, "2025-03-02", 1000);
    points(&shop, member, "2025-04-02", 100);
    let page = || shop.ok("member.get", json!({ "id": member, "after": null }));
    let buy = |tenders: Value| {
        shop.ok("cart.enter", json!({ "text": "6901234567892" }));
        let cart = shop.ok("cart.member", json!({ "member_id": member }));
        shop.call("sale.pay", json!({ "cart_id": cart["id"], "revision": cart["revision"], "tenders": tenders }))
            .map_err(|error| error.code)
    };
    let by_points = |points: i64| json!([{ "kind": "points", "points": points }, { "kind": "cash", "given_fen": 5990 - points }]);
    let sale = buy(by_points(1000)).unwrap();
    shop.pass(DAY_MS);
    let start = shop.ok("refund.start", json!({ "sale_id": sale["id"] }));
    let lines = json!([{ "no": 1, "quantity_milli": 1000 }]);
    let of = json!({ "refund_id": start["refund_id"], "sale_id": sale["id"], "lines": lines, "reason": "尺寸不合", "approval": null });
    let shown = shop.ok("refund.quote", json!({ "sale_id": sale["id"], "lines": lines }));
    assert_eq!(shown["total_fen"], 5990);
    shop.ok("refund.pay", json!({ "of": of, "shown": shown }));
    assert_eq!((points_of(&shop, member), &page()["points_lapsed"]), (1100, &json!(1000)));
    assert_eq!(page()["points_expiring"], json!([{ "day": "2026-04-02", "points": 100, "soon": true }]));
    // They pay for nothing and are offered for nothing, though HQ has not taken them yet; and those that do pay are the others.
    assert_eq!(buy(by_points(200)), Err(Code::PointsShort));
    let wallet = shop.ok("cart.get", json!({}))["wallet"].clone();
    assert_eq!((&wallet["points_fen"], &shop.ok("pay.suggest", json!({}))["points"]["most_points"]), (&json!(100), &json!(100)));
    shop.ok("cart.clear", json!({}));
    buy(by_points(100)).unwrap();
    assert_eq!(page()["points_lapsed"], 1000);
    check_book(&shop);
}

#[test]
fn a_thousand_members_by_pages() {
    let hq = hq();
    a_year(&hq);
    let ids = facts::ids(1001);
    // Of half of them nothing but the points is known here.
    facts::members(&hq, &ids[500..], "");
    let given: Vec<(MemberId, i64)> = ids.iter().copied().zip(1..).collect();
    facts::many_points(&hq, "2025-01-10", &given);
    let before = hq.desk.replica().digest().unwrap().operations;
    assert_eq!(expire(&hq, true), (1001, 1001 * 1002 / 2));
    assert_eq!(hq.desk.replica().digest().unwrap().operations - before, 6, "two hundred members an operation");
    assert_eq!(expire(&hq, true), (0, 0));
    assert_eq!(balance(&hq, Account::PointsIssued, Unit::Points), 0);
    check_book(&hq);
}

#[test]
fn a_review_takes_down_who_fell_behind_and_nobody_else() {
    let hq = hq();
    half_year(&hq, 1, "2025-01-01", 500_000);
    let members: Vec<MemberId> = (1..=6).map(|n| member(&hq, n, &format!("1381234000{n}"))).collect();
    let again = member(&hq, 20, "13812340002");
    for (n, member, day, fen) in [
        (1, members[0], "2025-01-05", 600_000),
        // A VIP by two registrations, still within the window by one.
        (2, members[1], "2025-10-05", 300_000),
        (3, again, "2025-09-05", 300_000),
        (4, members[2], "2025-01-05", 2_500_000),
        (5, members[2], "2026-02-05", 500_000),
        (6, members[3], "2026-02-05", 900_000),
        (7, members[4], "2025-01-05", 100),
    ] {
        sale(&hq, n, member, day, fen);
    }
    let levels = |at: &[usize]| -> Vec<String> { at.iter().map(|n| tier(&hq, members[*n])).collect() };
    assert_eq!(levels(&[0, 1, 2, 3, 4, 5]), ["VIP", "VIP", "黑卡", "VIP", "会员", "会员"]);
    let moves = json!([
        { "from": "VIP", "to": "会员", "members": 2 }, { "from": "黑卡", "to": "VIP", "members": 1 },
    ]);
    let expect = |write: bool| json!({ "month": "2026-03", "reviewed": 5, "moves": moves, "gifts": 0, "written": write });
    assert_eq!(hq.ok("hq.review_tiers", json!({ "write": false })), expect(false));
    assert_eq!(levels(&[0, 2]), ["VIP", "黑卡"], "looking takes nobody down");
    let before = hq.desk.replica().digest().unwrap().operations;
    assert_eq!(hq.ok("hq.review_tiers", json!({ "write": true })), expect(true));
    assert_eq!(hq.desk.replica().digest().unwrap().operations - before, 3, "only who falls is written");
    assert_eq!(levels(&[0, 1, 2, 3, 4]), ["会员", "会员", "VIP", "VIP", "会员"]);
    assert_eq!(tier(&hq, again), "会员");
    let none = json!({ "month": "2026-03", "reviewed": 5, "moves": [], "gifts": 0, "written": true });
    assert_eq!(hq.ok("hq.review_tiers", json!({ "write": true })), none);
    // Up at once, from where the review left them.
    sale(&hq, 8, members[0], "2026-03-02", 500_000);
    assert_eq!(tier(&hq, members[0]), "VIP");
    assert_eq!(hq.ok("hq.review_tiers", json!({ "write": true })), none);
    check_book(&hq);
}

#[test]
fn a_raised_threshold_waits_for_a_review() {
    let hq = hq();
    half_year(&hq, 1, "2025-01-01", 500_000);
    let [held, later] = [1, 2].map(|n| member(&hq, n, &format!("1381234000{n}")));
    sale(&hq, 1, held, "2026-02-05", 600_000);
    half_year(&hq, 2, "2026-03-01", 800_000);
    sale(&hq, 2, later, "2026-03-02", 600_000);
    assert_eq!([tier(&hq, held), tier(&hq, later)], ["VIP", "会员"], "each by the tiers of its month");
    let moves = json!([{ "from": "VIP", "to": "会员", "members": 1 }]);
    assert_eq!(hq.ok("hq.review_tiers", json!({ "write": true }))["moves"], moves);
    assert_eq!(tier(&hq, held), "会员");
    assert_eq!(hq.ok("hq.review_tiers", json!({ "write": true }))["moves"], json!([]));
    check_book(&hq);
}

#[test]
fn a_review_in_the_month_of_a_change_holds() {
    let hq = hq();
    half_year(&hq, 1, "2025-01-01", 500_000);
    let held = member(&hq, 1, "13812340001");
    sale(&hq, 1, held, "2026-03-01", 600_000);
    half_year(&hq, 2, "2026-03-02", 800_000);
    assert_eq!(tier(&hq, held), "VIP");
    assert_eq!(hq.ok("hq.review_tiers", json!({ "write": true }))["moves"].as_array().unwrap().len(), 1);
    assert_eq!(tier(&hq, held), "会员", "the version of the review judges the month from then on");
    assert_eq!(hq.ok("hq.review_tiers", json!({ "write": true }))["moves"], json!([]));
    check_book(&hq);
}

#[test]
fn a_lowest_level_can_be_none() {
    let hq = hq();
    let levels = vec![Level::plain("VIP", 500_000, 950)];
    rule(&hq, 61, 1, RuleBody::Tiers(Tiers { by: Measure::Spend, window: TierWindow::Months { months: 6 }, levels }));
    let member = member(&hq, 1, "13812340001");
    sale(&hq, 1, member, "2025-01-05", 600_000);
    let reviewed = hq.ok("hq.review_tiers", json!({ "write": true }));
    assert_eq!(reviewed["moves"], json!([{ "from": "VIP", "to": "", "members": 1 }]));
    assert_eq!(tier(&hq, member), "");
    check_book(&hq);
}

fn give_parts(hq: &Shop, write: bool) -> Value {
    hq.ok("hq.bonus_parts", json!({ "write": write }))
}

fn bonus_on(hq: &Shop, card: CardId) -> i64 {
    balance(hq, Account::CardBonus(card), Unit::Fen)
}

#[test]
fn parts_of_a_bonus_are_given_once_and_where_the_card_went() {
    let hq = hq();
    let member = member(&hq, 1, "13812340001");
    let days = ["2026-02-28", "2026-03-02", "2026-03-03"];
    let cards: Vec<CardId> = (1..=5).map(|n| facts::card(&hq, n, member, &days)).collect();
    let (plain, lost, moved, closed, new) = (cards[0], cards[1], cards[2], cards[3], cards[4]);
    let now = noon("2026-03-02");
    append(&hq, now, &Draft::new(CardChanged { card: lost, change: CardChange::Lost, approved_by: None }));
    append(&hq, now, &Draft::new(CardReissued { card: moved, to: new, approved_by: None, postings: Vec::new() }));
    let refunded = CardRefunded {
        card: closed,
        receipt_no: String::new(),
        number: 9,
        till_no: 1,
        cause: hefu_core::card::Cause::Customer,
        refund_fen: Fen::ZERO,
        principal_fen: Fen::ZERO,
        bonus_fen: Fen::ZERO,
        approved_by: None,
        postings: Vec::new(),
    };
    append(&hq, now, &Draft::new(refunded));

    // Two parts of four cards, and those of the one that was replaced go to another of them.
    let expect = |write: bool| json!({ "cards": 3, "bonus_fen": 4 * 2 * 2000, "written": write });
    assert_eq!(give_parts(&hq, false), expect(false));
    assert_eq!(bonus_on(&hq, plain), 2000);
    assert_eq!(give_parts(&hq, true), expect(true));
    let on: Vec<i64> = cards.iter().map(|card| bonus_on(&hq, *card)).collect();
    assert_eq!(on, [6000, 6000, 2000, 2000, 10_000]);
    let none = json!({ "cards": 0, "bonus_fen": 0, "written": true });
    assert_eq!(give_parts(&hq, true), none);
    next_day(&hq);
    assert_eq!(give_parts(&hq, true)["bonus_fen"], 4 * 2000);
    assert_eq!(give_parts(&hq, true), none);

    let statement = hq.ok("statement.card", json!({ "card_id": plain, "after": null }));
    let row = &statement["rows"][0];
    assert_eq!((&row["what"], &row["note"], &row["bonus"]), (&json!("bonus_due"), &json!("充300送60 (4)"), &json!(true)));
    check_book(&hq);
}

#[test]
fn more_parts_than_one_page() {
    let hq = hq();
    let member = member(&hq, 1, "13812340001");
    let days: Vec<String> = (0..60).map(|n| hefu_core::time::business_day(noon("2024-03-01") + n * 10 * DAY_MS)).collect();
    let days: Vec<&str> = days.iter().map(String::as_str).collect();
    let cards: Vec<CardId> = (1..=11).map(|n| facts::card(&hq, n, member, &days)).collect();
    assert_eq!(give_parts(&hq, false), json!({ "cards": 11, "bonus_fen": 11 * 60 * 2000, "written": false }));
    assert_eq!(give_parts(&hq, true)["bonus_fen"], 11 * 60 * 2000);
    assert!(cards.iter().all(|card| bonus_on(&hq, *card) == 61 * 2000));
    assert_eq!(give_parts(&hq, true)["cards"], 0);
    check_book(&hq);
}

fn adjust(hq: &Shop, member: MemberId, points: i64, reason: &str, act: Option<u8>) -> Result<Value, Code> {
    let mut request = json!({ "member_id": member, "points": points, "reason": reason });
    if let Some(act) = act {
        request["act_id"] = json!(batch_id(act));
    }
    hq.call("hq.adjust_points", request).map(|page| page["card"]["points"].clone()).map_err(|error| error.code)
}

#[test]
fn points_by_hand() {
    let hq = hq();
    let member = member(&hq, 1, "13812340001");
    assert_eq!(adjust(&hq, member, 100, "补录", None), Ok(json!(100)));
    assert_eq!(adjust(&hq, member, -30, " 录错 ", Some(1)), Ok(json!(70)));
    assert_eq!(adjust(&hq, member, -30, "录错", Some(1)), Ok(json!(70)), "sent again is once");
    assert_eq!(adjust(&hq, member, -30, "又录错", Some(2)), Ok(json!(40)));
    assert_eq!(adjust(&hq, member, -100, "违规", None), Ok(json!(-60)), "what is not there is owed");
    let statement = hq.ok("statement.points", json!({ "member_id": member, "after": null }));
    assert_eq!((&statement["balance"], &statement["owed"]), (&json!(-60), &json!(60)));
    let rows: Vec<(&Value, &Value, &Value)> =
        statement["rows"].as_array().unwrap().iter().map(|row| (&row["note"], &row["amount"], &row["balance"])).collect();
    assert_eq!(rows[0], (&json!("违规"), &json!(-100), &json!(-60)));
    assert_eq!(rows[2], (&json!("录错"), &json!(-30), &json!(70)));
    assert_eq!(rows.len(), 4);

    let nobody = MemberId::from_bytes([9; 16]);
    for (case, member, points, reason, expect) in [
        ("nothing", member, 0, "补录", Code::AmountInvalid),
        ("more than an operation holds", member, 1_000_000_000_001, "补录", Code::AmountTooLarge),
        ("as much less", member, -1_000_000_000_001, "补录", Code::AmountTooLarge),
        ("past what is exact", member, LARGEST + 1, "补录", Code::RequestInvalid),
        ("no reason", member, 1, "  ", Code::ReasonNeeded),
        ("a novel", member, 1, &"长".repeat(101), Code::TextTooLong),
        ("nobody", nobody, 1, "补录", Code::MemberUnknown),
    ] {
        assert_eq!(adjust(&hq, member, points, reason, None), Err(expect), "{case}");
    }
    assert_eq!(points_of(&hq, member), -60);
    check_book(&hq);
}

#[test]
fn a_sent_again_correction_is_found_behind_hundreds_of_movements() {
    let hq = hq();
    let member = member(&hq, 1, "13812340001");
    adjust(&hq, member, 7, "补录", Some(1)).unwrap();
    facts::many_points(&hq, "2026-03-02", &[(member, 1); 450]);
    next_day(&hq);
    assert_eq!(adjust(&hq, member, 7, "补录", Some(1)), Ok(json!(457)));
    check_book(&hq);
}

#[test]
fn a_clock_that_is_off_by_days_takes_nothing() {
    let hq = hq();
    a_year(&hq);
    let member = member(&hq, 1, "13812340001");
    points(&hq, member, "2025-01-10", 100);
    hq.world.ahead.store(-2 * DAY_MS, Ordering::SeqCst);
    for name in ["hq.expire_points", "hq.review_tiers", "hq.bonus_parts"] {
        assert_eq!(hq.refused(name, json!({ "write": true })), Code::ClockFrozen, "{name}");
        hq.ok(name, json!({ "write": false }));
    }
    assert_eq!(points_of(&hq, member), 100);
}

#[test]
fn an_empty_book() {
    let hq = hq();
    a_year(&hq);
    assert_eq!(expire(&hq, true), (0, 0));
    let reviewed = hq.ok("hq.review_tiers", json!({ "write": true }));
    assert_eq!(reviewed, json!({ "month": "2026-03", "reviewed": 0, "moves": [], "gifts": 0, "written": true }));
    assert_eq!(give_parts(&hq, true), json!({ "cards": 0, "bonus_fen": 0, "written": true }));
    check_book(&hq);
}
