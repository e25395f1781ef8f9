//! The true time, and the clocks that tills have of it.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use hefu_core::{clock::SinceBoot, error::Code};
use hefu_desk::{
    Authority, Surroundings,
    wire::{Link, Stopped, SyncView},
};
use hefu_failing_disk::Rng;
use hefu_sync::{BootClock, Clock, Random, SyncState};
use tokio::sync::watch;

/// 2026-03-02 10:00 in China.
pub const MORNING: i64 = 1_772_416_800_000;
pub const DAY_MS: i64 = 86_400_000;

/// Passes when the run says so. The server's clock is right.
#[derive(Clone)]
pub struct Time(Arc<AtomicI64>);

impl Time {
    pub fn new() -> Self {
        Self(Arc::new(AtomicI64::new(MORNING)))
    }

    pub fn now(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    pub fn pass(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }

    pub fn clock(&self) -> Clock {
        let time = self.clone();
        Arc::new(move || time.now())
    }
}

/// Randomness of one node.
pub fn random(rng: Rng) -> Random {
    let rng = Mutex::new(rng);
    Arc::new(move || Ok(rng.lock().unwrap_or_else(PoisonError::into_inner).bytes()))
}

/// A machine's own clocks: one that can be set, and one that counts from its start.
pub struct Machine {
    time: Time,
    /// What the wall clock shows more than the truth.
    skew: AtomicI64,
    started_at: AtomicI64,
    starts: AtomicU64,
    name: usize,
}

impl Machine {
    pub fn new(name: usize, time: &Time) -> Arc<Self> {
        let now = time.now();
        Arc::new(Self { time: time.clone(), skew: AtomicI64::new(0), started_at: now.into(), starts: AtomicU64::new(1), name })
    }

    pub fn set_skew(&self, ms: i64) {
        self.skew.store(ms, Ordering::Relaxed);
    }

    pub fn skew_ms(&self) -> i64 {
        self.skew.load(Ordering::Relaxed)
    }

    pub fn now(&self) -> i64 {
        self.time.now() + self.skew.load(Ordering::Relaxed)
    }

    pub fn start_anew(&self) {
        self.started_at.store(self.time.now(), Ordering::Relaxed);
        self.starts.fetch_add(1, Ordering::Relaxed);
    }

    fn since_boot(&self) -> SinceBoot {
        let boot = Some(format!("{}-{}", self.name, self.starts.load(Ordering::Relaxed)));
        SinceBoot { boot, ms: self.time.now() - self.started_at.load(Ordering::Relaxed) }
    }

    pub fn clock(self: &Arc<Self>) -> Clock {
        let machine = self.clone();
        Arc::new(move || machine.now())
    }

    pub fn boot_clock(self: &Arc<Self>) -> BootClock {
        let machine = self.clone();
        Arc::new(move || machine.since_boot())
    }
}

/// What a till's desk is given.
pub struct Around {
    pub machine: Arc<Machine>,
    pub random: Random,
    pub state: watch::Receiver<SyncState>,
}

impl Surroundings for Around {
    fn now(&self) -> i64 {
        self.machine.now()
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), Code> {
        for some in bytes.chunks_mut(32) {
            some.copy_from_slice(&(self.random)()?[..some.len()]);
        }
        Ok(())
    }

    fn sync(&self) -> SyncView {
        let state = self.state.borrow().clone();
        let link = match state.link {
            hefu_sync::Link::NoServer => Link::NoServer,
            hefu_sync::Link::Online => Link::Online,
            hefu_sync::Link::Offline => Link::Offline,
            hefu_sync::Link::Stopped(code) => Link::Stopped { why: Stopped::of(code) },
        };
        let ahead = state.heard.map(|heard| heard.ahead_at(self.machine.now(), &self.machine.since_boot()));
        SyncView { last_met_at: state.last_met_at, clock_ahead_ms: ahead, ..SyncView::of(link) }
    }

    fn other_digest(&self, _: u64) -> Option<String> {
        None
    }

    fn authority(&self) -> Option<&dyn Authority> {
        None
    }
}
