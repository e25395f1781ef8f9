//! What the log says was spent and sealed. It is a fact and is never refused: what no lease covers is taken from what is free, the
//! rest is owed, and a breach is for head office's queue (E5).

use super::{
    amount::Amount,
    escrow::{Ending, Escrow, Stage, within},
    parts::Floored,
    talk::{Holder, Seal, Source, Use},
};
use crate::{error::Code, ids::LeaseId};

/// What a spend did that its lease does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breach {
    /// Of a lease that was never granted.
    NeverLent,
    /// Of a lease that was lent to another log.
    NotTheHolder,
    /// After the lease's end (I10).
    AfterItsEnd,
    /// Of a lease that was freed without a seal: the risk that was booked has come true.
    RiskCameTrue,
    /// More than the lease had.
    TooMuch,
}

/// Where a spend was taken from; the parts sum to what was spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    pub leased: i64,
    pub free: i64,
    /// What nothing was there for: the money at stake.
    pub owed: i64,
    pub breach: Option<Breach>,
}

impl Escrow {
    /// Reads a spend in an operation of `by`. Errors with `amount.too_large` where the sums would leave what can be counted.
    pub fn spend(&mut self, by: Holder, used: &Use) -> Result<Reading, Code> {
        let amount = used.amount.get();
        let (leased, breach) = match used.of {
            Source::Floor => (0, None),
            Source::Lease(id) => self.covers(by, id, amount),
        };
        let (free, owed) = self.take(amount, leased)?;
        match used.of {
            Source::Lease(id) => self.draw(id, by, leased, amount),
            Source::Floor => {
                let floor = self.floors.entry(by.log).or_insert(Floored { read: 0, good: 0 });
                floor.read += amount;
                self.make_good();
            }
        }
        Ok(Reading { leased, free, owed, breach })
    }

    /// Reads a spend that says nothing of a lease, of a program that knows none: out of what is free. Errors as [`Escrow::spend`].
    pub fn spend_free(&mut self, amount: Amount) -> Result<Reading, Code> {
        let (free, owed) = self.take(amount.get(), 0)?;
        Ok(Reading { leased: 0, free, owed, breach: None })
    }

    /// Counts a spend of which so much is leased; says what of the rest was free, and what is owed. Nothing has changed on an error.
    fn take(&mut self, amount: i64, leased: i64) -> Result<(i64, i64), Code> {
        let free = (amount - leased).min(self.free);
        let owed = amount - leased - free;
        // What was not there was advanced: credited, and owed.
        let (spent, all_owed, credited) = (within(self.spent + amount)?, within(self.owed + owed)?, within(self.credited + owed)?);
        (self.spent, self.owed, self.credited) = (spent, all_owed, credited);
        self.free -= free;
        Ok((free, owed))
    }

    /// How much of a spend its lease covers, and what is wrong with it.
    fn covers(&self, by: Holder, id: LeaseId, amount: i64) -> (i64, Option<Breach>) {
        let Some(lease) = self.leases.get(&id) else {
            return (0, Some(Breach::NeverLent));
        };
        if lease.holder != by {
            return (0, Some(Breach::NotTheHolder));
        }
        match lease.stage {
            Stage::Ended(_) => (0, Some(Breach::AfterItsEnd)),
            Stage::Released { at_risk } if amount > at_risk => (0, Some(Breach::TooMuch)),
            Stage::Released { .. } => (0, Some(Breach::RiskCameTrue)),
            Stage::Lent | Stage::Recalled | Stage::InDoubt { .. } if amount > lease.remaining() => {
                (lease.remaining(), Some(Breach::TooMuch))
            }
            Stage::Lent | Stage::Recalled | Stage::InDoubt { .. } => (amount, None),
        }
    }

    fn draw(&mut self, id: LeaseId, by: Holder, leased: i64, amount: i64) {
        let Some(lease) = self.leases.get_mut(&id).filter(|lease| lease.holder == by) else {
            return;
        };
        lease.spent += leased;
        if let Stage::Released { at_risk } = &mut lease.stage {
            *at_risk -= amount.min(*at_risk);
        }
    }

    /// Reads a seal in an operation of `by`: what remains is free again, and comes back. Sealing again changes nothing, nor does a
    /// seal of another's lease; one of a lease that was never granted denies it for ever, since a recall may overtake its grant.
    pub fn seal(&mut self, by: Holder, seal: &Seal) -> i64 {
        let Some(lease) = self.leases.get_mut(&seal.lease) else {
            self.denied.entry(seal.lease).or_insert(super::Denial::Recalled);
            return 0;
        };
        if lease.holder != by || matches!(lease.stage, Stage::Ended(_)) {
            return 0;
        }
        let (back, lapsing) = (lease.remaining(), lease.lapsing);
        lease.stage = Stage::Ended(Ending::Sealed);
        self.comes_back(back, lapsing);
        back
    }
}
