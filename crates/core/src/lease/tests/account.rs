//! The account at its authority.

use proptest::prelude::*;

use super::*;
use crate::error::Code;

/// One step of a table; what it says is in [`check`].
fn step(account: &mut Escrow, words: &[&str]) -> Result<String, Code> {
    let number = |at: usize| words[at].parse::<i64>().unwrap();
    let much = |at: usize| amount(number(at));
    let id = |at: usize| lease(words[at].parse().unwrap());
    let n = |at: usize| words[at].parse::<u8>().unwrap();
    let said = |answer: Answer| match granted(answer) {
        Ok(much) => format!("lent {much}"),
        Err(why) => format!("{why:?}"),
    };
    let spent = |account: &mut Escrow, by: Holder| {
        let of = if words[1] == "floor" { Source::Floor } else { Source::Lease(id(1)) };
        let read = account.spend(by, &Use { account: CARD, of, amount: much(2) })?;
        assert_eq!(read.leased + read.free + read.owed, number(2));
        Ok(read.breach.map_or_else(String::new, |breach| format!("{breach:?}")))
    };
    match words[0] {
        "credit" => account.credit(much(1)).map(|()| String::new()),
        "claw" => account.claw_back(much(1)).map(|()| String::new()),
        "lapse" => Ok(account.lapse(much(1)).to_string()),
        "hold" => Ok(said(account.ask(&ask(n(1), TILL, Term::Hold, number(2)), Standing::Enrolled))),
        "allot" => Ok(said(account.ask(&ask(n(1), TILL, Term::Allotment, number(2)), Standing::Enrolled))),
        "theirs" => Ok(said(account.ask(&ask(n(1), OTHER, Term::Hold, number(2)), Standing::Enrolled))),
        "late" => Ok(said(account.ask(&ask(n(1), TILL, Term::Hold, number(2)), Standing::Revoked))),
        "born" => account.born(id(1), TILL, much(2)).map(|()| String::new()),
        "spend" => spent(account, TILL),
        "they-spend" => spent(account, OTHER),
        "seal" => Ok(account.seal(TILL, &Seal { lease: id(1), account: CARD }).to_string()),
        "they-seal" => Ok(account.seal(OTHER, &Seal { lease: id(1), account: CARD }).to_string()),
        "recall" => Ok(account.recall(id(1)).map_or("nobody", |_| "asked").to_owned()),
        "revoke" => Ok(account.revoke(Lost::Device(TILL.device), number(1)).to_string()),
        "restored" => Ok(account.revoke(Lost::Log(TILL.log), number(1)).to_string()),
        "disk" => Ok(account.disk_read(TILL.log).to_string()),
        "release" => account.release(id(1), Release::Manager).map(|much| much.to_string()),
        "quarantine" => account.release(id(1), Release::Quarantine { at: number(2), lasts: 30 }).map(|much| much.to_string()),
        other => panic!("no step {other}"),
    }
}

/// Steps such as `credit 100, hold 1 60, spend 1 20, seal 1`; what the last one said, if anything, and how the account stands after
/// all; or the code of the step that was refused.
#[track_caller]
fn check(steps: &str, expect: &str) {
    let mut account = Escrow::default();
    let mut said = String::new();
    for each in steps.split(", ") {
        let before = account.clone();
        let done = step(&mut account, &each.split(' ').collect::<Vec<_>>());
        assert!(account.adds_up(), "after {each}: {account:?}");
        match done {
            Ok(word) => said = word,
            Err(code) => {
                assert_eq!(code.as_str(), expect, "{steps}");
                assert_eq!(account, before, "what is refused changes nothing");
                return;
            }
        }
    }
    let stands = format!("free {} lent {} owed {}", account.free(), account.lent(), account.owed());
    let all = if said.is_empty() { stands } else { format!("{said}: {stands}") };
    assert_eq!(all, expect, "{steps}");
    let kept = serde_json::to_string(&account).unwrap();
    assert_eq!(serde_json::from_str::<Escrow>(&kept).unwrap(), account);
}

#[test]
fn lends_spends_and_frees() {
    check("credit 100, hold 1 60", "lent 60: free 40 lent 60 owed 0");
    check("credit 100, hold 1 60, spend 1 20", "free 40 lent 40 owed 0");
    check("credit 100, hold 1 60, spend 1 20, seal 1", "40: free 80 lent 0 owed 0");
    check("credit 100, hold 1 60, seal 1, seal 1", "0: free 100 lent 0 owed 0");
    check("credit 100, hold 1 60, they-seal 1", "0: free 40 lent 60 owed 0");
    check("credit 100, allot 1 60, recall 1", "asked: free 40 lent 60 owed 0");
    check("credit 100, allot 1 60, recall 1, recall 1", "asked: free 40 lent 60 owed 0");
    check("credit 100, allot 1 60, seal 1, recall 1", "nobody: free 100 lent 0 owed 0");
    check("born 1 50, spend 1 20, seal 1", "30: free 30 lent 0 owed 0");
    check("credit 10, hold 1 5, born 1 50", "free 55 lent 5 owed 0");
}

#[test]
fn the_same_request_gets_the_same_answer() {
    check("credit 100, hold 1 60, hold 1 60", "lent 60: free 40 lent 60 owed 0");
    check("credit 100, hold 1 60, spend 1 60, seal 1, hold 1 60", "lent 60: free 40 lent 0 owed 0");
    check("hold 1 10, credit 100, hold 1 10", "TooLittle: free 100 lent 0 owed 0");
    check("hold 1 10, credit 100, hold 2 10", "lent 10: free 90 lent 10 owed 0");
    check("recall 1, credit 100, hold 1 10", "Recalled: free 100 lent 0 owed 0");
    check("seal 1, credit 100, hold 1 10", "Recalled: free 100 lent 0 owed 0");
    check("credit 100, hold 1 60, theirs 1 60", "Taken: free 40 lent 60 owed 0");
    check("credit 100, hold 1 60, hold 1 50", "Taken: free 40 lent 60 owed 0");
    check("credit 100, hold 1 60, allot 1 60", "Taken: free 40 lent 60 owed 0");
    check("credit 100, late 1 10, hold 1 10", "Revoked: free 100 lent 0 owed 0");
    check("credit 100, hold 1 10, late 1 10", "lent 10: free 90 lent 10 owed 0");
}

#[test]
fn owes_what_is_not_there_and_pays_it_first() {
    check("credit 100, hold 1 100, spend 1 100, claw 30", "free 0 lent 0 owed 30");
    check("credit 100, hold 1 100, spend 1 100, claw 30, credit 20", "free 0 lent 0 owed 10");
    check("credit 100, hold 1 100, spend 1 100, claw 30, credit 50", "free 20 lent 0 owed 0");
    check("credit 100, hold 1 100, claw 30, seal 1", "100: free 70 lent 0 owed 0");
    check("claw 30, born 1 50, seal 1", "50: free 20 lent 0 owed 0");
}

#[test]
fn leased_points_lapse_at_their_seal() {
    check("credit 100, lapse 30, hold 1 70", "lent 70: free 0 lent 70 owed 0");
    check("credit 100, lapse 300", "100: free 0 lent 0 owed 0");
    check("credit 100, allot 1 60, lapse 70", "40: free 0 lent 60 owed 0");
    check("credit 100, allot 1 60, lapse 70, seal 1", "60: free 30 lent 0 owed 0");
    // Spent meanwhile, they do not lapse; nor does what is credited and lent after them.
    check("credit 100, allot 1 60, lapse 70, spend 1 50, seal 1", "10: free 0 lent 0 owed 0");
    check("credit 100, allot 1 60, lapse 70, spend 1 60, credit 9, allot 2 9, seal 2", "9: free 9 lent 0 owed 0");
    check("credit 100, allot 1 60, lapse 70, lapse 40, seal 1", "60: free 0 lent 0 owed 0");
}

#[test]
fn what_no_lease_covers_is_a_breach_and_never_refused() {
    check("credit 100, spend 1 30", "NeverLent: free 70 lent 0 owed 0");
    check("credit 100, hold 1 60, they-spend 1 10", "NotTheHolder: free 30 lent 60 owed 0");
    check("credit 100, hold 1 60, seal 1, spend 1 10", "AfterItsEnd: free 90 lent 0 owed 0");
    check("credit 100, hold 1 60, spend 1 70", "TooMuch: free 30 lent 0 owed 0");
    check("credit 60, hold 1 60, spend 1 70", "TooMuch: free 0 lent 0 owed 10");
    check("credit 60, hold 1 60, spend floor 10", "free 0 lent 60 owed 10");
    check("credit 60, hold 1 60, spend floor 10, seal 1", "60: free 50 lent 0 owed 0");
}

#[test]
fn a_lost_till_is_in_doubt_until_somebody_says() {
    let lost = "credit 100, allot 1 60, spend 1 10, revoke 7";
    let check = |more: &str, expect: &str| check(&format!("{lost}{more}"), expect);
    check("", "50: free 40 lent 50 owed 0");
    check(", recall 1", "nobody: free 40 lent 50 owed 0");
    check(", revoke 9", "0: free 40 lent 50 owed 0");
    check(", spend 1 20", "free 40 lent 30 owed 0");
    check(", seal 1", "50: free 90 lent 0 owed 0");
    check(", disk", "50: free 90 lent 0 owed 0");
    check(", spend 1 20, disk", "30: free 70 lent 0 owed 0");
    check(", disk, spend 1 20", "AfterItsEnd: free 70 lent 0 owed 0");
    check(", release 1", "50: free 90 lent 0 owed 0");
    check(", release 1, spend 1 20", "RiskCameTrue: free 70 lent 0 owed 0");
    check(", release 1, spend 1 60", "TooMuch: free 30 lent 0 owed 0");
    check(", release 1, theirs 2 90", "lent 90: free 0 lent 90 owed 0");
    check(", release 1, spend 1 50, disk", "0: free 40 lent 0 owed 0");
    check(", quarantine 1 37", "50: free 90 lent 0 owed 0");
    check(", quarantine 1 36", "lease.not_in_doubt");
    check(", release 1, release 1", "lease.not_in_doubt");
    check(", release 2", "lease.not_in_doubt");
}

#[test]
fn a_restored_file_has_lost_what_its_log_was_lent() {
    check("credit 100, allot 1 60, restored 5", "60: free 40 lent 60 owed 0");
    check("credit 100, allot 1 60, release 1", "lease.not_in_doubt");
}

#[test]
fn counts_no_further_than_it_can() {
    check("credit 9007199254740991, credit 1", "amount.too_large");
    check("claw 9007199254740991, claw 1", "amount.too_large");
    check("credit 9007199254740991, born 1 1", "amount.too_large");
    check("spend 1 9007199254740991, spend 1 1", "amount.too_large");
    assert_eq!(Amount::new(-1), Err(Code::AmountInvalid));
    assert_eq!(Amount::new(1 << 53), Err(Code::AmountTooLarge));
    assert!(serde_json::from_str::<Amount>("-1").is_err());
}

#[test]
fn an_account_that_does_not_add_up_is_not_read() {
    let mut account = Escrow::default();
    account.credit(amount(5)).unwrap();
    let kept = serde_json::to_string(&account).unwrap();
    assert!(serde_json::from_str::<Escrow>(&kept.replace(r#""free":5"#, r#""free":6"#)).is_err());
}

#[test]
fn calls_back_the_largest_and_no_more_than_are_needed() {
    let mut account = Escrow::default();
    account.credit(amount(100)).unwrap();
    for (n, to, term, much) in
        [(1, OTHER, Term::Allotment, 20), (2, OTHER, Term::Allotment, 30), (3, OTHER, Term::Hold, 25), (4, TILL, Term::Allotment, 20)]
    {
        granted(account.ask(&ask(n, to, term, much), Standing::Enrolled)).unwrap();
    }
    assert_eq!(account.worth_recalling(amount(5), TILL), []);
    assert_eq!(account.worth_recalling(amount(6), TILL), [lease(2)]);
    assert_eq!(account.worth_recalling(amount(50), TILL), [lease(2), lease(1)]);
    account.recall(lease(2));
    assert_eq!(account.worth_recalling(amount(35), TILL), []);
    assert_eq!(account.worth_recalling(amount(36), TILL), [lease(1)]);
}

#[test]
fn says_who_holds_what() {
    let mut account = Escrow::default();
    account.credit(amount(100)).unwrap();
    granted(account.ask(&ask(1, OTHER, Term::Allotment, 20), Standing::Enrolled)).unwrap();
    granted(account.ask(&ask(2, OTHER, Term::Hold, 5), Standing::Enrolled)).unwrap();
    granted(account.ask(&ask(3, TILL, Term::Hold, 9), Standing::Enrolled)).unwrap();
    account.revoke(Lost::Device(TILL.device), 0);
    let statement = account.statement(CARD, 4, OTHER.log).unwrap();
    let held = |device, much, in_doubt| HeldAt { device, amount: amount(much), in_doubt };
    assert_eq!(statement.held, [held(TILL.device, 9, true), held(OTHER.device, 25, false)]);
    assert_eq!((statement.free, statement.as_of), (amount(66), 4));
}

proptest! {
    /// I7, and that nothing comes from nowhere: in all, what was given is what is free, lent, spent and lapsed, less what is owed.
    #[test]
    fn the_account_equation_holds_whatever_is_read(
        steps in prop::collection::vec((0..16u8, 1..5u8, 0..1000i64, any::<bool>()), 0..80),
    ) {
        let mut account = Escrow::default();
        let (mut given, mut gone) = (0, 0);
        for (kind, n, much, theirs) in steps {
            let by = if theirs { OTHER } else { TILL };
            match kind {
                0 | 1 => { account.credit(amount(much)).unwrap(); given += much; }
                2 => { account.claw_back(amount(much)).unwrap(); given -= much; }
                3 => drop(account.lapse(amount(much))),
                4 | 5 => drop(account.ask(&ask(n, by, Term::Hold, much), Standing::Enrolled)),
                6 => drop(account.ask(&ask(n, by, Term::Allotment, much), Standing::Enrolled)),
                7 => { account.born(lease(n), by, amount(much)).unwrap(); given += much; }
                8 | 9 => {
                    account.spend(by, &Use { account: CARD, of: Source::Lease(lease(n)), amount: amount(much) }).unwrap();
                    gone += much;
                }
                10 => {
                    account.spend(by, &Use { account: CARD, of: Source::Floor, amount: amount(much) }).unwrap();
                    gone += much;
                }
                11 => drop(account.seal(by, &Seal { lease: lease(n), account: CARD })),
                12 => drop(account.recall(lease(n))),
                13 => drop(account.revoke(Lost::Device(by.device), much)),
                14 => drop(account.release(lease(n), Release::Manager)),
                _ => drop(account.disk_read(by.log)),
            }
            prop_assert!(account.adds_up(), "{account:?}");
            prop_assert_eq!(account.given(), given);
            prop_assert_eq!(account.spent(), gone);
            prop_assert_eq!(account.balance() + account.lent() + account.spent() + account.lapsed(), given);
        }
    }
}
