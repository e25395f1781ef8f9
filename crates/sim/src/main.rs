//! `cargo xtask sim`: runs seeds one after another, and says which do not hold.

use std::{
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use clap::Parser;
use hefu_sim::{Failure, Plan, Report, run, terminal};

/// Runs the simulator.
#[derive(Parser)]
#[command(name = "cargo xtask sim", bin_name = "cargo xtask sim")]
struct Args {
    /// How many.
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// The first.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Prints every event.
    #[arg(long)]
    trace: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let began = Instant::now();
    let failed = if args.trace { traced(&args) } else { all(&args) };
    let seconds = began.elapsed().as_secs();
    if args.seeds > 1 {
        terminal::line(&format!("{seconds} s"));
    }
    terminal::line(&format!("{} seeds, {failed} failed", args.seeds));
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One after another, so that their events do not mix.
fn traced(args: &Args) -> u64 {
    (0..args.seeds).map(|n| one(args.seed.saturating_add(n), true)).sum()
}

/// Seeds on every core; each is one thread of control.
fn all(args: &Args) -> u64 {
    let (next, done, failed) = (AtomicU64::new(args.seed), AtomicU64::new(0), AtomicU64::new(0));
    let end = args.seed.saturating_add(args.seeds);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return;
            }
            failed.fetch_add(one(seed, false), Ordering::Relaxed);
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if done.is_multiple_of(10) || done == args.seeds {
                terminal::progress(&format!("{done} of {} seeds, {} failed ", args.seeds, failed.load(Ordering::Relaxed)));
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    terminal::progress("\n");
    failed.into_inner()
}

/// Runs one, and says how to run it again if it fails: 1 then.
fn one(seed: u64, trace: bool) -> u64 {
    let ran = std::panic::catch_unwind(|| run(seed, Plan::of(seed), trace));
    match ran {
        Ok(Ok(report)) => {
            if trace {
                told(&report);
            }
            0
        }
        Ok(Err(failure)) => {
            fell(seed, &failure);
            1
        }
        Err(_) => {
            terminal::line(&format!("seed {seed} fell over: cargo xtask sim --seeds 1 --seed {seed} --trace"));
            1
        }
    }
}

fn told(report: &Report) {
    let hash: String = report.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    terminal::line(&format!("{} lines, {} acts, {} operations, trace {hash}", report.lines, report.acts, report.operations));
}

fn fell(seed: u64, failure: &Failure) {
    let last: String = failure.last.iter().map(|line| format!("    {line}\n")).collect();
    terminal::line(&format!("seed {seed} failed: {}\n{last}    again: cargo xtask sim --seeds 1 --seed {seed} --trace", failure.breach));
}
