//! What the node at HQ does every day by itself (C1, C2, C3): once a day, whatever is pressed, turned or cut off.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;
#[path = "common/facts.rs"]
mod facts;

use std::sync::atomic::Ordering;

use common::{MORNING, Shop};
use facts::{DAY_MS, check_book, hq, ids, many_points, member, next_day, noon, points_of, rule, sale};
use hefu_core::{
    ids::{CardId, MemberId},
    money::{Fen, Points},
    op::Head,
    points::{EarnPoints, Expiry},
    posting::{Account, Unit},
    rules::{Level, Measure, RuleBody, TierWindow, Tiers},
};
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

fn rules(shop: &Shop) {
    let points = EarnPoints { expiry: Expiry::Rolling { months: 12 }, ..EarnPoints::plain(Fen::constant(100), Points::constant(1)) };
    rule(shop, 60, 1, RuleBody::Points(points));
    let levels = vec![Level::plain("会员", 0, 1000), Level::plain("VIP", 500_000, 950)];
    rule(shop, 61, 1, RuleBody::Tiers(Tiers { by: Measure::Spend, window: TierWindow::Months { months: 6 }, levels }));
}

fn bonus_on(hq: &Shop, card: CardId) -> i64 {
    facts::balance(hq, Account::CardBonus(card), Unit::Fen)
}

fn daily(hq: &Shop) -> Value {
    hq.ok("hq.daily", json!({}))
}

/// Operations of this kind in the book, and whether each was nobody's act.
fn written(hq: &Shop, kind: &str) -> Vec<bool> {
    let unsent = hq.desk.replica().next_push(usize::MAX).unwrap().unwrap();
    let heads = unsent.segment.ops.iter().map(|op| Head::read(&op.head).unwrap());
    heads.filter(|head| head.kind == kind).map(|head| head.stamp.who.is_none()).collect()
}

#[test]
fn what_is_due_comes_without_anybody_and_once() {
    let hq = hq();
    rules(&hq);
    let someone = member(&hq, 1, "13812340001");
    facts::points(&hq, someone, "2025-01-10", 100);
    sale(&hq, 1, someone, "2025-06-01", 600_000);
    let card = facts::card(&hq, 2, someone, &["2026-03-02", "2026-03-05"]);
    assert_eq!(daily(&hq), json!({ "expiry": null, "review": null, "bonus": null }));
    let before = points_of(&hq, someone);

    assert_eq!(hq.chores(), 3);
    assert_eq!((points_of(&hq, someone), bonus_on(&hq, card)), (before - 100, 4000));
    let page = hq.ok("member.get", json!({ "id": someone, "after": null }));
    assert_eq!(page["card"]["tier"], "会员");
    let expect = json!({
        "expiry": { "at": MORNING, "outcome": { "what": "expired", "members": 1, "points": 100 } },
        "review": { "at": MORNING, "outcome": { "what": "reviewed", "members": 1, "fallen": 1 } },
        "bonus": { "at": MORNING, "outcome": { "what": "given", "cards": 1, "bonus_fen": 2000 } },
    });
    assert_eq!(daily(&hq), expect);
    assert_eq!((written(&hq, "points.expired"), written(&hq, "card.bonus_due")), (vec![true], vec![true]), "acts of nobody");

    assert_eq!(hq.chores(), 0, "once a day");
    let hq = hq.restart();
    assert_eq!((hq.chores(), daily(&hq)), (0, expect), "and over a restart");
    check_book(&hq);
}

#[test]
fn a_node_that_was_off_for_days_catches_up_and_a_month_is_reviewed_once() {
    let hq = hq();
    rules(&hq);
    let someone = member(&hq, 1, "13812340001");
    let card = facts::card(&hq, 2, someone, &["2026-03-04", "2026-03-06", "2026-03-12"]);
    hq.chores();
    assert_eq!(bonus_on(&hq, card), 2000);
    let hq = hq.restart();
    hq.world.now.store(noon("2026-03-09"), Ordering::SeqCst);
    assert_eq!((hq.chores(), bonus_on(&hq, card)), (2, 6000), "both parts, and no second review");
    hq.world.now.store(noon("2026-04-01"), Ordering::SeqCst);
    assert_eq!((hq.chores(), bonus_on(&hq, card)), (3, 8000));
    assert_eq!(hq.chores(), 0);
}

#[test]
fn a_day_begins_at_four_for_the_night_s_work() {
    let hq = hq();
    rules(&hq);
    let someone = member(&hq, 1, "13812340001");
    let card = facts::card(&hq, 2, someone, &["2026-03-03"]);
    hq.chores();
    hq.pass(17 * HOUR_MS);
    assert_eq!((hq.chores(), bonus_on(&hq, card)), (0, 2000), "at three in the night");
    hq.pass(HOUR_MS);
    assert_eq!((hq.chores(), bonus_on(&hq, card)), (2, 4000), "at four");
}

#[test]
fn one_that_was_cut_off_half_way_takes_what_is_left_and_nothing_twice() {
    let hq = hq();
    rules(&hq);
    let members = ids(900);
    facts::members(&hq, &members, "");
    let given: Vec<(MemberId, i64)> = members.iter().map(|id| (*id, 10)).collect();
    many_points(&hq, "2025-01-10", &given);
    // The look for work, then two steps of it.
    hq.world.steps_left.store(3, Ordering::SeqCst);
    assert_eq!(hq.chores(), 0, "nothing is done that was cut off");
    let left = |hq: &Shop| members.iter().filter(|id| points_of(hq, **id) > 0).count();
    assert_eq!(left(&hq), 500);

    let hq = hq.restart();
    hq.chores();
    assert_eq!(left(&hq), 0);
    assert_eq!(members.iter().map(|id| points_of(&hq, *id)).sum::<i64>(), 0);
    assert_eq!(daily(&hq)["expiry"]["outcome"], json!({ "what": "expired", "members": 500, "points": 5000 }));
    check_book(&hq);
}

#[test]
fn what_is_refused_is_shown_and_tried_again() {
    let hq = hq();
    rules(&hq);
    let someone = member(&hq, 1, "13812340001");
    facts::points(&hq, someone, "2025-01-10", 100);
    hq.world.ahead.store(-2 * DAY_MS, Ordering::SeqCst);
    assert_eq!(hq.chores(), 3);
    assert_eq!(daily(&hq)["expiry"]["outcome"], json!({ "what": "refused", "why": "clock.frozen" }));
    assert_eq!((hq.chores(), points_of(&hq, someone)), (0, 100), "not at once");
    hq.world.ahead.store(0, Ordering::SeqCst);
    hq.pass(15 * 60_000);
    assert_eq!((hq.chores(), points_of(&hq, someone)), (3, 0));
    next_day(&hq);
    assert_eq!(daily(&hq)["expiry"]["outcome"]["what"], "expired");
}
