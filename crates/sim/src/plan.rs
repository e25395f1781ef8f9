//! How a run goes: how many tills and steps, what may go wrong and how often. Drawn from the seed, or set by a test.

use crate::dice::Dice;

/// Known-wrong programs, each wrapped around the right one (DESIGN §5): the simulator must catch every one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrong {
    #[default]
    Nothing,
    /// Numbers of the sequence are drawn before the commit that they belong to: two pushes that overlap show one behind the other.
    SequenceBeforeCommit,
    /// A reader's cursor is written in a transaction of its own, before the frame is: a crash comes between.
    CursorApart,
    /// What is pushed a second time is appended a second time.
    PushedTwice,
    /// A push is acknowledged before it is written.
    AcknowledgedEarly,
    /// A till's disk says that it has synced, and has not.
    DiskThatLies,
}

/// The faults of one run, in thousandths of their chances, or as weights beside each other.
#[derive(Clone, Debug)]
pub struct Plan {
    pub tills: usize,
    pub stores: usize,
    pub steps: usize,
    /// Requests and answers that are lost, and requests that come twice.
    pub loss: usize,
    pub doubled: usize,
    /// Whose caller gave up, and that arrive all the same.
    pub late: usize,
    /// Whether clocks that jump do, or only would have.
    pub skewed: bool,
    /// Whether coupons are brought: a clock that is known to be wrong takes none, so they hang on clocks.
    pub coupons: bool,
    pub faults: Faults,
    pub wrong: Wrong,
}

/// Weights of what happens in a step, beside those of acts and of the network.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    pub partition: usize,
    pub clock: usize,
    pub kill: usize,
    pub power: usize,
    pub full: usize,
    pub image: usize,
    pub restore: usize,
    pub lost: usize,
    pub revoked: usize,
    pub server: usize,
    pub newer: usize,
    pub downgrade: usize,
}

impl Faults {
    pub fn sum(&self) -> usize {
        let Self { partition, clock, kill, power, full, image, restore, lost, revoked, server, newer, downgrade } = self;
        partition + clock + kill + power + full + image + restore + lost + revoked + server + newer + downgrade
    }
}

impl Plan {
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::of(seed, "plan", 0);
        let tills = dice.between(2, 5);
        // In some runs a kind of fault is left out, so that the others come through.
        let mut often = |weight: usize| if dice.permille(750) { weight } else { 0 };
        let faults = Faults {
            partition: often(25),
            clock: often(16),
            kill: often(14),
            power: often(36),
            full: often(16),
            image: often(16),
            restore: often(16),
            lost: often(4),
            revoked: often(3),
            server: often(28),
            newer: often(14),
            downgrade: often(8),
        };
        Self {
            tills,
            stores: dice.between(2, 3).min(tills),
            steps: dice.between(240, 420),
            loss: dice.between(0, 300),
            doubled: dice.between(0, 500),
            late: dice.between(0, 80),
            skewed: true,
            coupons: true,
            faults,
            wrong: Wrong::Nothing,
        }
    }

    /// A good day: nothing goes wrong, and clocks are right.
    pub fn calm(seed: u64) -> Self {
        Self { loss: 0, doubled: 0, late: 0, faults: Faults::default(), ..Self::of(seed) }
    }

    pub fn with(self, wrong: Wrong) -> Self {
        Self { wrong, ..self }
    }
}
