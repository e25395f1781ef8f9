//! The protocol of leases, explored exhaustively: every schedule of tills, authority and network within finite budgets of what may
//! happen (E2, E3, I7, I8, I10).
//!
//! The model runs the very `Escrow` and `Pocket` of the product. A message that was sent once may arrive at any later moment, any
//! number of times, in any order, or never; the operations of a log are read in their order, at any later moment or never. A bound
//! is a budget of acts (so many requests, payments, recalls, crashes …), never a depth: all that those acts can lead to is seen.
//!
//! A model that cannot fail proves nothing. So the states it is about must be reached, and each known-wrong variant must be caught.

#![allow(clippy::unwrap_used, reason = "a test")]

mod chain;
mod model;
mod oracle;
mod walks;
mod wrong;

use chain::Budget;
use model::Weather;
use oracle::Sight;
use stateright::{Checker, Model};
use wrong::Wrong;

/// Explores all of it; every property must hold and every sight be seen.
#[track_caller]
fn explore(what: &str, weather: Weather) {
    let began = std::time::Instant::now();
    let checker = weather.checker().spawn_bfs().join();
    println!("{what}: {} states, depth {}, {:.1?}", checker.unique_state_count(), checker.max_depth(), began.elapsed());
    checker.assert_properties();
    assert!(checker.is_done());
}

/// The shortest way to break `property`; the check fails when there is none.
#[track_caller]
fn is_caught(wrong: Wrong, weather: Weather, property: &'static str) {
    let checker = Weather { wrong, only: Some(property), sights: &[], ..weather }.checker().spawn_bfs().join();
    let path = checker.assert_any_discovery(property);
    println!("{wrong:?} breaks {property} after {} states:", checker.unique_state_count());
    for action in path.into_actions() {
        println!("    {action:?}");
    }
}

/// Two counters want one card at once; a hold is called back, its time is over, a till crashes.
fn two_counters() -> Weather {
    let budget = Budget { asks: 2, payments: 3, recalls: 1, crashes: 1, ticks: 1, ..Budget::default() };
    Weather { tills: 2, credited: 2, asked: 2, budget, ..Weather::default() }
}

/// A till that was given an allotment is lost, and works on.
fn lost_till() -> Weather {
    let budget = Budget { asks: 1, allotments: 1, payments: 3, recalls: 1, revocations: 1, releases: 1, crashes: 1, ..Budget::default() };
    Weather { tills: 2, credited: 2, asked: 1, allotted: 2, budget, ..Weather::default() }
}

/// The account moves while parts of it are lent: a claw-back, a lapse, a top-up offline.
fn moving_account() -> Weather {
    let budget = Budget { asks: 1, payments: 3, recalls: 2, claw_backs: 1, lapses: 1, top_ups: 1, ..Budget::default() };
    Weather { tills: 2, credited: 1, asked: 1, budget, ..Weather::default() }
}

/// Policy lets each till spend one without a lease.
fn floors() -> Weather {
    let budget = Budget { asks: 1, payments: 4, ticks: 1, statements: 2, ..Budget::default() };
    Weather { tills: 2, credited: 1, asked: 1, floor: 1, budget, ..Weather::default() }
}

fn three_tills() -> Weather {
    let budget = Budget { asks: 3, payments: 2, recalls: 1, ..Budget::default() };
    Weather { tills: 3, credited: 1, asked: 1, budget, ..Weather::default() }
}

/// Enough for every wrong variant to break.
fn two_requests() -> Weather {
    let budget = Budget { asks: 2, payments: 2, recalls: 1, ..Budget::default() };
    Weather { tills: 2, credited: 1, asked: 1, budget, ..Weather::default() }
}

#[test]
fn two_counters_at_once() {
    let sights = &[Sight::Denied, Sight::Tombstone, Sight::SpentInFull, Sight::TimeOver, Sight::PaymentRefused, Sight::LentAgain];
    explore("two counters", Weather { sights, ..two_counters() });
}

#[test]
fn a_till_is_lost() {
    let sights = &[Sight::InDoubt, Sight::RiskCameTrue, Sight::DiskRead, Sight::DoubtSealed];
    explore("a lost till", Weather { sights, ..lost_till() });
}

#[test]
fn an_account_that_moves() {
    let sights = &[Sight::Owed, Sight::LapsedAtSeal, Sight::TopUpSealed];
    explore("an account that moves", Weather { sights, ..moving_account() });
}

#[test]
fn floors_of_two_tills() {
    let sights = &[Sight::Owed, Sight::FloorMadeGood];
    explore("floors", Weather { sights, ..floors() });
}

#[test]
fn three_tills_and_a_recall() {
    explore("three tills", Weather { sights: &[Sight::Denied, Sight::Tombstone, Sight::LentAgain], ..three_tills() });
}

#[test]
fn a_lease_that_ends_by_the_authoritys_clock_is_caught() {
    is_caught(Wrong::AuthorityClock, two_requests(), oracle::BOUND);
    is_caught(Wrong::AuthorityClock, two_requests(), oracle::COVERED);
}

#[test]
fn grants_that_are_not_told_apart_are_caught() {
    is_caught(Wrong::NoDedupe, two_requests(), oracle::BOUND);
}

#[test]
fn a_recall_that_leaves_no_tombstone_is_caught() {
    is_caught(Wrong::NoTombstone, two_requests(), oracle::SEAL_FINAL);
    is_caught(Wrong::NoTombstone, two_requests(), oracle::BOUND);
}

#[test]
fn a_denial_that_is_forgotten_is_caught() {
    is_caught(Wrong::ForgetsDenials, two_requests(), oracle::ONE_ANSWER);
}

#[test]
fn a_revocation_that_counts_as_a_seal_is_caught() {
    is_caught(Wrong::RevokingSeals, lost_till(), oracle::BOUND);
}
