//! A seed is a schedule: run twice it goes the same way, and clocks change nothing that is counted (I15).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use hefu_sim::{Faults, Plan, run};

#[test]
fn a_seed_run_twice_leaves_one_trace() {
    for seed in 900..904 {
        let [first, second] =
            [(); 2].map(|()| run(seed, Plan::of(seed), false).unwrap_or_else(|failure| panic!("{seed}: {}", failure.breach)));
        assert_eq!(first, second, "seed {seed}");
        let other = run(seed + 100, Plan::of(seed), false).unwrap();
        assert_ne!(first.hash, other.hash, "another seed goes another way");
    }
}

/// The same plan under clocks that are right and clocks that jump by up to 400 days: every account comes to the same.
#[test]
fn other_clocks_come_to_the_same_balances() {
    for seed in 920..926 {
        let plan = |skewed: bool| {
            let faults = Faults { clock: 60, newer: 10, partition: 20, ..Faults::default() };
            Plan { faults, loss: 150, doubled: 200, skewed, coupons: false, ..Plan::of(seed) }
        };
        let [right, wrong] =
            [false, true].map(|skewed| run(seed, plan(skewed), false).unwrap_or_else(|failure| panic!("{seed}: {}", failure.breach)));
        assert_eq!(right.balances, wrong.balances, "seed {seed}");
        assert!(right.acts > 20, "{right:?}");
        assert_ne!(right.hash, wrong.hash, "clocks did jump");
    }
}
