//! An account as rows: for whoever keeps it in tables, and for no more of it than a change needs.
//!
//! An account may be opened with a part of its leases. What is left out must hold nothing any more and be named by nobody in what
//! follows: leases at their end, and ids that were denied. The equation does not miss them.

use serde::{Deserialize, Serialize};

use super::escrow::{Escrow, Lease};
use super::talk::Denial;
use crate::{
    error::Code,
    ids::{LeaseId, LogId},
};

/// The figures of an account, as [`Escrow`] explains them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub credited: i64,
    pub spent: i64,
    pub lapsed: i64,
    pub free: i64,
    pub owed: i64,
    pub released: i64,
}

impl Sums {
    /// What remains of leases, by the account's equation.
    pub const fn lent(&self) -> i64 {
        self.credited - self.free - self.spent - self.lapsed
    }
}

/// What a log spent on its floor: read of it so far, and of that made good by what the account has got since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Floored {
    pub read: i64,
    pub good: i64,
}

impl Escrow {
    /// Errors with `internal` where it does not add up: the rows are not what was kept.
    pub fn of(
        sums: Sums,
        leases: impl IntoIterator<Item = (LeaseId, Lease)>,
        denied: impl IntoIterator<Item = (LeaseId, Denial)>,
        floors: impl IntoIterator<Item = (LogId, Floored)>,
    ) -> Result<Self, Code> {
        let Sums { credited, spent, lapsed, free, owed, released } = sums;
        let (leases, denied, floors) = (leases.into_iter().collect(), denied.into_iter().collect(), floors.into_iter().collect());
        let read = Self { credited, spent, lapsed, free, owed, released, leases, denied, floors };
        if read.adds_up() { Ok(read) } else { Err(Code::Internal) }
    }

    pub const fn sums(&self) -> Sums {
        let Self { credited, spent, lapsed, free, owed, released, .. } = self;
        Sums { credited: *credited, spent: *spent, lapsed: *lapsed, free: *free, owed: *owed, released: *released }
    }

    /// The ids that stay denied.
    pub fn denied(&self) -> impl Iterator<Item = (LeaseId, Denial)> {
        self.denied.iter().map(|(id, why)| (*id, *why))
    }

    /// What was spent on floors, by log.
    pub fn floors(&self) -> impl Iterator<Item = (LogId, Floored)> {
        self.floors.iter().map(|(log, floored)| (*log, *floored))
    }

    /// Whether the id has an answer here, of whatever kind.
    pub fn knows(&self, id: LeaseId) -> bool {
        self.leases.contains_key(&id) || self.denied.contains_key(&id)
    }
}
