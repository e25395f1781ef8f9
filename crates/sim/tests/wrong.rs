//! Known-wrong programs are caught, each by the invariant that it breaks; on the same seed the right one holds (DESIGN §5).

#![allow(clippy::panic, reason = "a test")]

use hefu_sim::{Plan, Wrong, run};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=60;

/// One of the seeds fails with `wrong`, by one of these invariants, and passes without.
fn caught(wrong: Wrong, by: &[&str]) {
    let found = SEEDS.into_iter().find_map(|seed| run(seed, Plan::of(seed).with(wrong), false).err().map(|failure| (seed, failure)));
    let Some((seed, failure)) = found else { panic!("{wrong:?} is not caught") };
    let told = failure.breach.to_string();
    assert!(by.iter().any(|by| failure.breach.invariant.starts_with(by)), "{wrong:?}, seed {seed}: {told}");
    if let Err(failure) = run(seed, Plan::of(seed), false) {
        panic!("seed {seed} does not hold as it is: {}", failure.breach);
    }
}

#[test]
fn numbers_drawn_before_the_commit_are_caught() {
    caught(Wrong::SequenceBeforeCommit, &["I4"]);
}

#[test]
fn a_cursor_outside_the_transaction_is_caught() {
    caught(Wrong::CursorApart, &["I13"]);
}

#[test]
fn what_is_pushed_twice_and_appended_twice_is_caught() {
    caught(Wrong::PushedTwice, &["I3"]);
}

#[test]
fn an_acknowledgement_before_the_disk_has_it_is_caught() {
    caught(Wrong::AcknowledgedEarly, &["I2"]);
}

#[test]
fn a_disk_that_lies_about_its_syncs_is_caught() {
    caught(Wrong::DiskThatLies, &["I2"]);
}
