//! A fixed set of seeds, the same at every commit, and those that once did not hold.

#![allow(clippy::panic, reason = "a test")]

use std::ops::RangeInclusive;

use hefu_sim::{Plan, run};

fn hold(seeds: impl Iterator<Item = u64>) {
    for seed in seeds {
        if let Err(failure) = run(seed, Plan::of(seed), false) {
            let last = failure.last.join("\n  ");
            panic!("seed {seed}: {}\n  {last}\nagain: cargo xtask sim --seeds 1 --seed {seed} --trace", failure.breach);
        }
    }
}

/// In eight parts, so that every core has some.
fn part(seeds: RangeInclusive<u64>) {
    hold(seeds);
}

#[test]
fn seeds_1_to_25() {
    part(1..=25);
}

#[test]
fn seeds_26_to_50() {
    part(26..=50);
}

#[test]
fn seeds_51_to_75() {
    part(51..=75);
}

#[test]
fn seeds_76_to_100() {
    part(76..=100);
}

#[test]
fn seeds_101_to_125() {
    part(101..=125);
}

#[test]
fn seeds_126_to_150() {
    part(126..=150);
}

#[test]
fn seeds_151_to_175() {
    part(151..=175);
}

#[test]
fn seeds_176_to_200() {
    part(176..=200);
}

/// A line is a seed and what it found.
#[test]
fn what_once_failed_holds() {
    let corpus = include_str!("corpus.txt");
    let seeds = corpus.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_whitespace().next());
    hold(seeds.map(|seed| seed.parse().unwrap_or_else(|_| panic!("{seed} is no seed"))));
}
