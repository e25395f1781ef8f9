//! The till's half.

use super::*;
use crate::{clock::SinceBoot, error::Code};

const LASTS: i64 = 1_000;

fn now(ms: i64) -> SinceBoot {
    SinceBoot { boot: Some("a".to_owned()), ms }
}

fn hold(much: i64, sent: i64) -> Want {
    Want { account: CARD, amount: amount(much), hold: Some(Timer { sent: now(sent), lasts_ms: LASTS }) }
}

fn allotment(n: u8, much: i64) -> Answer {
    Answer::granted(&ask(n, TILL, Term::Allotment, much))
}

fn recall(n: u8) -> Recall {
    Recall { lease: lease(n), account: CARD, holder: TILL }
}

/// Asked for lease 1, a hold of 60, at 0.
fn asked() -> (Pocket, Ask) {
    let mut pocket = Pocket::new(TILL);
    let ask = pocket.ask(lease(1), hold(60, 0)).unwrap();
    (pocket, ask)
}

fn here(pocket: &Pocket, ms: i64) -> i64 {
    pocket.available(CARD, Amount::NONE, &now(ms)).here.get()
}

fn spend(pocket: &mut Pocket, much: i64, floor: i64, ms: i64) -> Result<Vec<Use>, Code> {
    let uses = pocket.draw(CARD, amount(much), amount(floor), &now(ms))?;
    pocket.spend(&uses, amount(floor), &now(ms))?;
    Ok(uses)
}

#[test]
fn a_grant_is_taken_once_however_often_it_arrives() {
    let (mut pocket, ask) = asked();
    assert_eq!(here(&pocket, 0), 0);
    assert_eq!(pocket.answer(&Answer::granted(&ask)), Took::New);
    assert_eq!(pocket.answer(&Answer::granted(&ask)), Took::Known);
    assert_eq!(here(&pocket, 0), 60);
    spend(&mut pocket, 60, 0, 0).unwrap();
    assert_eq!(pocket.answer(&Answer::granted(&ask)), Took::Known);
    assert_eq!(here(&pocket, 0), 0);
    assert_eq!(pocket.seal(lease(1)), Ok(Seal { lease: lease(1), account: CARD }));
    assert_eq!(pocket.answer(&Answer::granted(&ask)), Took::Known);
    assert_eq!(pocket.seal(lease(1)), Err(Code::LeaseSealed));
}

#[test]
fn asking_again_is_the_same_request_and_its_timer_runs_from_the_first() {
    let (mut pocket, first) = asked();
    assert_eq!(pocket.ask(lease(1), hold(60, 900)), Ok(first));
    assert_eq!(pocket.unanswered(&now(999)), [first]);
    assert_eq!(pocket.unanswered(&now(1_000)), []);
    assert_eq!(pocket.ask(lease(1), hold(61, 0)), Err(Code::LeaseDenied));
}

#[test]
fn what_was_denied_stays_denied() {
    let (mut pocket, ask) = asked();
    assert_eq!(pocket.answer(&Answer::denied(&ask, Denial::TooLittle)), Took::New);
    assert_eq!(pocket.answer(&Answer::granted(&ask)), Took::Known);
    assert_eq!(here(&pocket, 0), 0);
    assert_eq!(pocket.recall(&recall(1)), None);
    assert_eq!(pocket.seal(lease(1)), Err(Code::LeaseDenied));
    assert_eq!(pocket.ask(lease(1), hold(60, 0)), Err(Code::LeaseDenied));
}

#[test]
fn a_recall_before_its_grant_leaves_a_tombstone() {
    let (mut pocket, ask) = asked();
    assert!(pocket.recall(&recall(1)).is_some());
    assert_eq!(pocket.recall(&recall(1)), None);
    assert_eq!(pocket.answer(&Answer::granted(&ask)), Took::Known);
    // Of an allotment that was never heard of too.
    assert!(pocket.recall(&recall(2)).is_some());
    assert_eq!(pocket.answer(&allotment(2, 5)), Took::Known);
    assert_eq!(here(&pocket, 0), 0);
    assert_eq!(pocket.recall(&Recall { holder: OTHER, ..recall(3) }), None);
}

#[test]
fn a_recall_between_looking_and_committing_refuses_the_payment() {
    let (mut pocket, ask) = asked();
    pocket.answer(&Answer::granted(&ask));
    let uses = pocket.draw(CARD, amount(10), Amount::NONE, &now(0)).unwrap();
    pocket.recall(&recall(1)).unwrap();
    assert_eq!(pocket.spend(&uses, Amount::NONE, &now(0)), Err(Code::LeaseSealed));
}

#[test]
fn takes_only_what_it_asked_for_or_what_is_given_ahead_to_this_log() {
    let (mut pocket, ask) = asked();
    assert_eq!(pocket.answer(&Answer::granted(&Ask { amount: amount(61), ..ask })), Took::NotOurs);
    assert_eq!(pocket.answer(&Answer::granted(&Ask { holder: OTHER, ..ask })), Took::NotOurs);
    assert_eq!(pocket.answer(&Answer::granted(&Ask { lease: lease(2), ..ask })), Took::NotOurs);
    assert_eq!(pocket.answer(&Answer::denied(&Ask { lease: lease(2), ..ask }, Denial::Recalled)), Took::NotOurs);
    assert_eq!(pocket.answer(&allotment(2, 5)), Took::New);
    assert_eq!(here(&pocket, 0), 5);
}

#[test]
fn a_hold_is_over_after_its_time_and_after_another_start() {
    let (mut pocket, ask) = asked();
    assert_eq!(pocket.due(&now(999)), []);
    assert_eq!(pocket.due(&now(1_000)), [lease(1)]);
    pocket.answer(&Answer::granted(&ask));
    let other_start = SinceBoot { boot: Some("b".to_owned()), ms: 10 };
    assert_eq!(pocket.due(&other_start), [lease(1)]);
    assert_eq!(here(&pocket, 999), 60);
    assert_eq!(here(&pocket, 1_000), 0);
    let uses = pocket.draw(CARD, amount(60), Amount::NONE, &now(0)).unwrap();
    assert_eq!(pocket.spend(&uses, Amount::NONE, &now(1_000)), Err(Code::LeaseSealed));
    pocket.spend(&uses, Amount::NONE, &now(0)).unwrap();
    assert_eq!(pocket.due(&now(1_000)), [], "nothing is left to give back");
    pocket.answer(&allotment(2, 5));
    assert_eq!(pocket.due(&other_start), [], "an allotment has no timer");
}

#[test]
fn spends_holds_first_then_the_oldest_then_the_floor() {
    let (mut pocket, ask) = asked();
    pocket.answer(&allotment(3, 5));
    pocket.answer(&allotment(2, 5));
    pocket.answer(&Answer::granted(&ask));
    pocket.born(lease(4), CARD, amount(1)).unwrap();
    let part = |of, much| Use { account: CARD, of, amount: amount(much) };
    let uses = spend(&mut pocket, 72, 2, 0).unwrap();
    let from = |n| Source::Lease(lease(n));
    assert_eq!(uses, [part(from(1), 60), part(from(2), 5), part(from(3), 5), part(from(4), 1), part(Source::Floor, 1)]);
    assert_eq!(spend(&mut pocket, 2, 2, 0), Err(Code::LeaseTooLittle));
    assert_eq!(spend(&mut pocket, 1, 2, 0), Ok(vec![part(Source::Floor, 1)]));
    assert_eq!(pocket.born(lease(4), CARD, amount(1)), Err(Code::LeaseDenied));
}

#[test]
fn spends_all_or_nothing() {
    let mut pocket = Pocket::new(TILL);
    pocket.answer(&allotment(1, 5));
    let part = |n, much| Use { account: CARD, of: Source::Lease(lease(n)), amount: amount(much) };
    for (uses, code) in [
        (vec![part(1, 6)], Code::LeaseTooLittle),
        (vec![part(1, 3), part(1, 3)], Code::LeaseTooLittle),
        (vec![part(1, 3), part(2, 3)], Code::LeaseDenied),
        (vec![part(1, 3), Use { account: CARD, of: Source::Floor, amount: amount(1) }], Code::LeaseTooLittle),
    ] {
        assert_eq!(pocket.spend(&uses, Amount::NONE, &now(0)), Err(code));
        assert_eq!(here(&pocket, 0), 5);
    }
}

fn statement(as_of: u64, free: i64, elsewhere: i64, in_doubt: bool) -> Statement {
    let held = vec![HeldAt { device: OTHER.device, amount: amount(elsewhere), in_doubt }];
    Statement { account: CARD, as_of, free: amount(free), owed: Amount::NONE, held, made_good: Amount::NONE }
}

#[test]
fn a_floor_is_filled_again_by_what_was_made_good() {
    let mut pocket = Pocket::new(TILL);
    spend(&mut pocket, 3, 3, 0).unwrap();
    assert_eq!(spend(&mut pocket, 1, 3, 0), Err(Code::LeaseTooLittle));
    pocket.hear(&Statement { made_good: amount(2), ..statement(5, 0, 0, false) });
    // An older statement that comes late takes nothing back.
    pocket.hear(&statement(4, 9, 0, false));
    assert_eq!(pocket.available(CARD, amount(3), &now(0)).floor, amount(2));
    assert_eq!(pocket.available(CARD, amount(3), &now(0)).free, amount(0));
}

#[test]
fn says_what_is_where_and_what_to_do() {
    let mut pocket = Pocket::new(TILL);
    pocket.answer(&allotment(1, 5));
    let way = |pocket: &Pocket, much, online| pocket.way(CARD, amount(much), online, amount(1), &now(0));
    let hold = |missing| Way::Hold { missing: amount(missing) };
    let part = Use { account: CARD, of: Source::Lease(lease(1)), amount: amount(4) };
    assert_eq!(way(&pocket, 4, false), Way::Here(vec![part]));
    assert_eq!(way(&pocket, 50, false), Way::AtMost(amount(6)));
    assert_eq!(way(&pocket, 50, true), hold(45), "nothing was heard: the authority knows");
    pocket.hear(&statement(1, 10, 20, false));
    assert_eq!(way(&pocket, 6, true), hold(1));
    assert_eq!(way(&pocket, 15, true), hold(10));
    assert_eq!(way(&pocket, 16, true), Way::Recall { missing: amount(11), from: vec![OTHER.device] });
    assert_eq!(way(&pocket, 36, true), Way::AtMost(amount(15)));
    assert_eq!(pocket.available(CARD, amount(1), &now(0)).elsewhere, statement(1, 10, 20, false).held);
    pocket.hear(&statement(2, 10, 20, true));
    assert_eq!(way(&pocket, 16, true), Way::AtMost(amount(15)), "a lost till gives nothing back");
}

#[test]
fn asks_ahead_again_once_half_is_gone() {
    let policy = Placement { ahead: Some(Ahead { home_share_permille: 500, cap: amount(10) }), auto_recall: true, keeps_own: false };
    let mut pocket = Pocket::new(TILL);
    pocket.hear(&statement(1, 30, 0, false));
    let refill = |pocket: &Pocket| pocket.refill(CARD, &policy, &now(0)).map(Amount::get);
    assert_eq!(refill(&pocket), Some(10));
    pocket.answer(&allotment(1, 10));
    assert_eq!(refill(&pocket), None);
    spend(&mut pocket, 6, 0, 0).unwrap();
    assert_eq!(refill(&pocket), Some(6));
    pocket.ask(lease(2), Want { account: CARD, amount: amount(6), hold: None }).unwrap();
    assert_eq!(refill(&pocket), None);
    assert_eq!(Pocket::new(TILL).refill(CARD, &policy, &now(0)), None, "nothing is known to be free");
}

#[test]
fn is_read_as_it_was_written() {
    let (mut pocket, ask) = asked();
    pocket.answer(&Answer::granted(&ask));
    pocket.recall(&recall(2));
    pocket.hear(&statement(1, 10, 20, false));
    let kept = serde_json::to_string(&pocket).unwrap();
    assert_eq!(serde_json::from_str::<Pocket>(&kept).unwrap(), pocket);
}
