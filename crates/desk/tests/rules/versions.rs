//! When a version begins, and what becomes of one that waits (G3).

use hefu_core::error::Code;
use serde_json::{Value, json};

use crate::{
    common::{MORNING, Shop},
    shop::*,
};

#[test]
fn a_version_begins_when_it_says_and_not_in_the_past() {
    let (till, console) = shops();
    let rule = save(&console, &Value::Null, off("满减", 5000, 500), None).unwrap()["rule_id"].clone();
    let later = MORNING + DAY;
    let saved = save(&console, &rule, off("满减", 5000, 800), Some(later)).unwrap();
    assert_eq!(states(&saved), [(2, "coming".into()), (1, "in_force".into())]);
    let cart = till.ok("cart.enter", json!({ "text": CUP }))["cart"].clone();
    assert_eq!(cart["totals"]["off_fen"], 500);
    for (case, valid_from, code) in [
        ("the past", Some(MORNING - 1), Code::RuleTooEarly),
        ("long ago", Some(i64::MIN), Code::RuleTooEarly),
        ("a slip in the year", Some(MORNING + 732 * DAY), Code::RuleTooLate),
        ("never", Some(i64::MAX), Code::RuleTooLate),
    ] {
        assert_eq!(save(&console, &rule, off("满减", 5000, 900), valid_from), Err((code, None)), "{case}");
    }
    pass(&till, &console, DAY);
    assert_eq!(till.ok("cart.get", json!({}))["totals"]["off_fen"], 800, "the cart is priced by what holds now");
    let rules = of_kind(&console, "promotion");
    assert_eq!(states(&rules[0]), [(2, "in_force".into()), (1, "past".into())]);
}

#[test]
fn sent_again_it_is_the_same_version() {
    let (_, console) = shops();
    let first = save(&console, &Value::Null, off("满减", 5000, 500), None).unwrap();
    let operations = |shop: &Shop| shop.desk.replica().digest().unwrap().operations;
    let before = operations(&console);
    console.pass(5000);
    assert_eq!(save(&console, &Value::Null, off("满减", 5000, 500), None).unwrap(), first, "the answer was lost on its way");
    assert_eq!(save(&console, &first["rule_id"], off("满减", 5000, 500), None).unwrap(), first);
    let coming = Some(MORNING + DAY);
    let second = save(&console, &first["rule_id"], off("满减", 5000, 600), coming).unwrap();
    assert_eq!(save(&console, &first["rule_id"], off("满减", 5000, 600), coming).unwrap(), second);
    later(&console, 2 * DAY);
    let again = save(&console, &first["rule_id"], off("满减", 5000, 600), coming).unwrap();
    assert_eq!(states(&again), [(2, "in_force".into()), (1, "past".into())], "for ever, also when that moment is past");
    assert_eq!(operations(&console), before + 1);
}

/// Versions as the list has them: number, state and what they take off from the 满减 of 50 yuan.
fn said(rule: &Value) -> Vec<(i64, String, i64)> {
    let off = |version: &Value| version["body"]["kind"]["steps"][0]["off_fen"].as_i64().unwrap();
    let versions = rule["versions"].as_array().unwrap();
    states(rule).into_iter().zip(versions).map(|((no, state), version)| (no, state, off(version))).collect()
}

fn off_now(till: &Shop) -> i64 {
    till.ok("cart.get", json!({}))["totals"]["off_fen"].as_i64().unwrap()
}

/// Kinds that the chain was not founded with: their first version waits like any other.
#[test]
fn a_first_version_waits_for_its_moment() {
    let (till, console) = shops();
    till.ok("cart.enter", json!({ "text": CUP }));
    let due = || till.ok("cart.get", json!({}))["totals"]["due_fen"].as_i64().unwrap();
    let before = due();
    let waits = Some(MORNING + 10 * DAY);
    let tax = json!({ "rule": "tax", "mode": "added", "default_bp": 1300, "categories": {} });
    assert_eq!(states(&save(&console, &Value::Null, tax, waits).unwrap()), [(1, "coming".into())]);
    let rounding = json!({ "rule": "rounding", "to_fen": 100 });
    assert_eq!(states(&save(&console, &Value::Null, rounding, waits).unwrap()), [(1, "coming".into())]);
    pass(&till, &console, 1000);
    assert_eq!(due(), before);
    assert_eq!(till.ok("pay.suggest", json!({}))["cash_fen"][0], before, "no fen is rounded off");
    pass(&till, &console, 10 * DAY);
    let taxed = before + (before * 13 + 50) / 100;
    assert_eq!(due(), taxed);
    assert_eq!(till.ok("pay.suggest", json!({}))["cash_fen"][0], taxed / 100 * 100);
    assert_eq!(states(&of_kind(&console, "tax")[0]), [(1, "in_force".into())]);
}

#[test]
fn a_version_that_waits_locks_nothing() {
    let (till, console) = shops();
    let of = |off_fen| off("满减", 5000, off_fen);
    let rule = save(&console, &Value::Null, of(500), None).unwrap()["rule_id"].clone();
    till.ok("cart.enter", json!({ "text": CUP }));
    let waits = MORNING + 10 * DAY;
    save(&console, &rule, of(900), Some(waits)).unwrap();
    // One for today, and one before it.
    pass(&till, &console, 1000);
    let saved = save(&console, &rule, of(600), None).unwrap();
    assert_eq!(said(&saved), [(2, "coming".into(), 900), (3, "in_force".into(), 600), (1, "past".into(), 500)]);
    assert_eq!(off_now(&till), 600);
    save(&console, &rule, of(700), Some(MORNING + 5 * DAY)).unwrap();
    pass(&till, &console, 5 * DAY);
    assert_eq!(off_now(&till), 700);
    pass(&till, &console, 5 * DAY);
    assert_eq!(off_now(&till), 900, "what waited begins when it said it would");
    assert!(till.desk.replica().verify().unwrap().ok());
}

#[test]
fn a_version_at_the_moment_of_another_takes_its_place_and_so_takes_it_back() {
    let (till, console) = shops();
    let of = |off_fen| off("满减", 5000, off_fen);
    let rule = save(&console, &Value::Null, of(500), None).unwrap()["rule_id"].clone();
    till.ok("cart.enter", json!({ "text": CUP }));
    let waits = Some(MORNING + DAY);
    save(&console, &rule, of(900), waits).unwrap();
    let changed = save(&console, &rule, of(700), waits).unwrap();
    assert_eq!(said(&changed), [(3, "coming".into(), 700), (2, "replaced".into(), 900), (1, "in_force".into(), 500)]);
    // What was replaced can be said again, and what stands is not written twice.
    assert_eq!(states(&save(&console, &rule, of(900), waits).unwrap()).len(), 4);
    assert_eq!(states(&save(&console, &rule, of(900), waits).unwrap()).len(), 4);
    // Taken back: from then on what holds until then.
    let back = save(&console, &rule, of(500), waits).unwrap();
    let replaced = |no, off_fen| (no, "replaced".to_owned(), off_fen);
    let stand = [(5, "coming".into(), 500), replaced(4, 900), replaced(3, 700), replaced(2, 900), (1, "in_force".into(), 500)];
    assert_eq!(said(&back), stand);
    pass(&till, &console, DAY);
    assert_eq!(off_now(&till), 500);
    let rules = of_kind(&console, "promotion");
    assert_eq!(said(&rules[0])[0], (5, "in_force".into(), 500));
    assert_eq!(said(&rules[0])[3], replaced(2, 900), "for ever");
}

#[test]
fn a_version_is_weighed_for_as_long_as_it_holds() {
    let (_, console) = shops();
    let first = save(&console, &Value::Null, off("满减", 5000, 500), None).unwrap()["rule_id"].clone();
    // It gives up its name later, to another.
    save(&console, &first, off("满减 改", 5000, 500), Some(MORNING + 10 * DAY)).unwrap();
    save(&console, &Value::Null, off("满减", 9000, 500), Some(MORNING + 10 * DAY)).unwrap();
    // Until then it has its name, also in another version.
    save(&console, &first, off("满减", 6000, 600), Some(MORNING + 5 * DAY)).unwrap();
    let taken = Err((Code::NameTaken, Some("满减".to_owned())));
    assert_eq!(save(&console, &first, off("满减", 6000, 600), Some(MORNING + 10 * DAY)), taken);
    assert_eq!(save(&console, &first, off("满减", 6000, 600), Some(MORNING + 11 * DAY)), taken);
}
