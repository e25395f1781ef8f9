//! One account at its authority, and what is lent of it.
//!
//! At every moment
//!
//! ```text
//! free + what remains of leases + spent + lapsed = credited        free, owed ≥ 0, one of them 0        (I7)
//! ```
//!
//! A claw-back takes what is free, and the rest is owed; whatever comes in next pays that first. `credited` is net of what was
//! clawed back and holds what is owed as if it had been advanced, so `credited − owed` is what the account was ever given. A
//! customer is shown free − owed.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    amount::{Amount, Lendable},
    parts::Floored,
    talk::{Answer, Ask, Denial, HeldAt, Holder, Statement, Term},
};
use crate::{
    error::Code,
    ids::{DeviceId, LeaseId, LogId},
    money::LARGEST,
};

/// How a lease stands at the authority. Stages only move forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Lent,
    /// A seal was asked for.
    Recalled,
    /// The holder is lost, since this moment of the authority's clock (milliseconds since 1970). Counted as lent.
    InDoubt {
        since: i64,
    },
    /// Freed without a seal: so much may still turn out to be spent (R).
    Released {
        at_risk: i64,
    },
    /// No spend follows.
    Ended(Ending),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    Sealed,
    /// The holder's disk was read to its end, and writes no more.
    DiskRead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lease {
    pub holder: Holder,
    pub term: Term,
    pub granted: i64,
    pub spent: i64,
    /// What of the remainder has outlived its term and lapses when it comes back (C1).
    pub lapsing: i64,
    pub stage: Stage,
}

impl Lease {
    pub(super) const fn new(holder: Holder, term: Term, granted: i64) -> Self {
        Self { holder, term, granted, spent: 0, lapsing: 0, stage: Stage::Lent }
    }

    pub const fn remaining(&self) -> i64 {
        match self.stage {
            Stage::Lent | Stage::Recalled | Stage::InDoubt { .. } => self.granted - self.spent,
            Stage::Released { .. } | Stage::Ended(_) => 0,
        }
    }
}

/// Whether a device has its rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Enrolled,
    Revoked,
}

/// One account at its authority.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Escrow {
    pub(super) credited: i64,
    pub(super) spent: i64,
    pub(super) lapsed: i64,
    pub(super) free: i64,
    pub(super) owed: i64,
    /// All that was ever freed without a seal (R).
    pub(super) released: i64,
    /// For ever, so that a request that comes again gets the same answer.
    pub(super) leases: BTreeMap<LeaseId, Lease>,
    /// Denied, or called back before they were granted: they stay denied.
    pub(super) denied: BTreeMap<LeaseId, Denial>,
    pub(super) floors: BTreeMap<LogId, Floored>,
}

impl Serialize for Escrow {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, to)
    }
}

impl<'de> Deserialize<'de> for Escrow {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let read = Self::deserialize(from)?;
        if read.adds_up() { Ok(read) } else { Err(serde::de::Error::custom("the account does not add up")) }
    }
}

impl Escrow {
    pub const fn free(&self) -> i64 {
        self.free
    }

    pub const fn owed(&self) -> i64 {
        self.owed
    }

    /// What a customer is shown: below zero while something is owed.
    pub const fn balance(&self) -> i64 {
        self.free - self.owed
    }

    pub const fn spent(&self) -> i64 {
        self.spent
    }

    pub const fn lapsed(&self) -> i64 {
        self.lapsed
    }

    /// R: all that was ever freed without a seal.
    pub const fn released(&self) -> i64 {
        self.released
    }

    /// What the account was given in all, less what was clawed back.
    pub const fn given(&self) -> i64 {
        self.credited - self.owed
    }

    /// What remains of leases, those in doubt included.
    pub fn lent(&self) -> i64 {
        self.leases.values().map(Lease::remaining).sum()
    }

    pub fn lease(&self, id: LeaseId) -> Option<&Lease> {
        self.leases.get(&id)
    }

    pub fn leases(&self) -> impl Iterator<Item = (LeaseId, &Lease)> {
        self.leases.iter().map(|(id, lease)| (*id, lease))
    }

    /// More in it: what is owed is paid first. Errors with `amount.too_large`.
    pub fn credit(&mut self, amount: Amount) -> Result<(), Code> {
        let pays = amount.get().min(self.owed);
        self.credited = within(self.credited + amount.get() - pays)?;
        self.owed -= pays;
        self.free += amount.get() - pays;
        self.make_good();
        Ok(())
    }

    /// Takes a credit back: what is free at once, the rest is owed. Errors with `amount.too_large`.
    pub fn claw_back(&mut self, amount: Amount) -> Result<(), Code> {
        let taken = amount.get().min(self.free);
        self.owed = within(self.owed + amount.get() - taken)?;
        self.free -= taken;
        self.credited -= taken;
        Ok(())
    }

    /// Lets as much lapse as there is (C1): what is free at once, and says how much; the rest out of what is lent now, oldest lease
    /// first, when it comes back. What is spent of those leases meanwhile does not lapse.
    pub fn lapse(&mut self, amount: Amount) -> i64 {
        let now = amount.get().min(self.free);
        self.free -= now;
        self.lapsed += now;
        let mut rest = amount.get() - now;
        for lease in self.leases.values_mut() {
            let takes = rest.min(lease.remaining() - lease.lapsing).max(0);
            lease.lapsing += takes;
            rest -= takes;
        }
        now
    }

    /// Lends, or denies for ever; asked again it says the same. The lease is bound to the log that asks.
    pub fn ask(&mut self, ask: &Ask, standing: Standing) -> Answer {
        if let Some(lease) = self.leases.get(&ask.lease) {
            let same = (lease.holder, lease.term, lease.granted) == (ask.holder, ask.term, ask.amount.get());
            return if same { Answer::granted(ask) } else { Answer::denied(ask, Denial::Taken) };
        }
        if let Some(why) = self.denied.get(&ask.lease) {
            return Answer::denied(ask, *why);
        }
        let why = match standing {
            Standing::Revoked => Denial::Revoked,
            Standing::Enrolled if ask.amount.get() > self.free => Denial::TooLittle,
            Standing::Enrolled => {
                self.free -= ask.amount.get();
                self.leases.insert(ask.lease, Lease::new(ask.holder, ask.term, ask.amount.get()));
                return Answer::granted(ask);
            }
        };
        self.denied.insert(ask.lease, why);
        Answer::denied(ask, why)
    }

    /// A credit that a till made offline, lent to it from the start: a top-up, or what may be refunded of its own sale. What is owed
    /// waits for the seal, since the till may have spent of it before anybody could know. Of an id that is known already it is
    /// a plain credit. Read from a till that is lost it is to be put in doubt, by [`Escrow::revoke`]. Errors with
    /// `amount.too_large`.
    pub fn born(&mut self, id: LeaseId, holder: Holder, amount: Amount) -> Result<(), Code> {
        if self.leases.contains_key(&id) {
            return self.credit(amount);
        }
        self.credited = within(self.credited + amount.get())?;
        self.leases.insert(id, Lease::new(holder, Term::Allotment, amount.get()));
        Ok(())
    }

    /// Wants a lease back, and says whom to ask. One that was never granted is denied from now on: the recall has overtaken its
    /// request. `None` also for one that is lost or at its end.
    pub fn recall(&mut self, id: LeaseId) -> Option<Holder> {
        let Some(lease) = self.leases.get_mut(&id) else {
            self.denied.entry(id).or_insert(Denial::Recalled);
            return None;
        };
        match lease.stage {
            Stage::Lent | Stage::Recalled => {
                lease.stage = Stage::Recalled;
                Some(lease.holder)
            }
            Stage::InDoubt { .. } | Stage::Released { .. } | Stage::Ended(_) => None,
        }
    }

    /// Which allotments to call back so that `amount` more is free for `asker`: the largest first, as few as do. Holds are at a
    /// counter in use and are left; what is on its way back already counts.
    pub fn worth_recalling(&self, amount: Amount, asker: Holder) -> Vec<LeaseId> {
        let coming: i64 = self.leases.values().filter(|lease| lease.stage == Stage::Recalled).map(Lease::remaining).sum();
        let mut missing = amount.get() - self.free - coming;
        let others = self.leases.iter().filter(|(_, lease)| {
            lease.stage == Stage::Lent && lease.term == Term::Allotment && lease.holder.log != asker.log && lease.remaining() > 0
        });
        let mut largest: Vec<_> = others.collect();
        largest.sort_by_key(|(id, lease)| (-lease.remaining(), **id));
        let mut recalled = Vec::new();
        for (id, lease) in largest {
            if missing <= 0 {
                break;
            }
            missing -= lease.remaining();
            recalled.push(*id);
        }
        recalled
    }

    /// How it stands, for the till that writes `log`. Errors with `amount.*` where a figure is none that can be shown.
    pub fn statement(&self, account: Lendable, as_of: u64, log: LogId) -> Result<Statement, Code> {
        let mut held: BTreeMap<(DeviceId, bool), i64> = BTreeMap::new();
        for lease in self.leases.values().filter(|lease| lease.remaining() > 0) {
            let in_doubt = matches!(lease.stage, Stage::InDoubt { .. });
            *held.entry((lease.holder.device, in_doubt)).or_default() += lease.remaining();
        }
        let held = held.into_iter().map(|((device, in_doubt), amount)| Ok(HeldAt { device, amount: Amount::new(amount)?, in_doubt }));
        let made_good = Amount::new(self.floors.get(&log).map_or(0, |floor| floor.good))?;
        let (free, owed) = (Amount::new(self.free)?, Amount::new(self.owed)?);
        Ok(Statement { account, as_of, free, owed, held: held.collect::<Result<_, Code>>()?, made_good })
    }

    /// What a lease no longer holds: of it lapses what was to, the rest pays what is owed, and is free.
    pub(super) fn comes_back(&mut self, amount: i64, lapsing: i64) {
        let lapses = amount.min(lapsing);
        let pays = (amount - lapses).min(self.owed);
        self.lapsed += lapses;
        self.owed -= pays;
        self.credited -= pays;
        self.free += amount - lapses - pays;
        self.make_good();
    }

    /// Once nothing is owed, everything that was spent on floors has been paid for.
    pub(super) fn make_good(&mut self) {
        if self.owed == 0 {
            for floor in self.floors.values_mut() {
                floor.good = floor.read;
            }
        }
    }

    /// The account equation (I7), and that every part of it can be.
    pub fn adds_up(&self) -> bool {
        let parts = [self.free, self.owed, self.spent, self.lapsed, self.released];
        let sound = |lease: &Lease| lease.spent >= 0 && lease.remaining() >= 0 && lease.lapsing >= 0;
        parts.iter().all(|part| (0..=LARGEST).contains(part))
            && (self.free == 0 || self.owed == 0)
            && self.leases.values().all(sound)
            && self.floors.values().all(|floor| (0..=floor.read).contains(&floor.good))
            && self.free + self.lent() + self.spent + self.lapsed == self.credited
    }
}

pub(super) fn within(sum: i64) -> Result<i64, Code> {
    if sum > LARGEST { Err(Code::AmountTooLarge) } else { Ok(sum) }
}
