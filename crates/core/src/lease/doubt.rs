//! A device that is lost: its leases are in doubt until somebody who may says what becomes of them.
//!
//! No clock does. Quarantine is a rule of head office about devices that it has revoked by name; what it frees is booked as a risk
//! like that of a manager who does not wait.

use serde::{Deserialize, Serialize};

use super::escrow::{Ending, Escrow, Lease, Stage, within};
use crate::{
    error::Code,
    ids::{DeviceId, LeaseId, LogId},
};

/// Who writes no more, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// Revoked by head office.
    Device(DeviceId),
    /// Its device has begun another log: this one's file was restored from an older image, or is gone.
    Log(LogId),
}

impl Lost {
    fn holds(self, lease: &Lease) -> bool {
        match self {
            Self::Device(device) => lease.holder.device == device,
            Self::Log(log) => lease.holder.log == log,
        }
    }
}

/// On whose word a lease is freed without a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    /// A manager does not wait, and books the risk.
    Manager,
    /// So long ago was it lost, in milliseconds of the authority's clock, `at` being now.
    Quarantine { at: i64, lasts: i64 },
}

impl Escrow {
    /// What it held is in doubt from `at` (milliseconds since 1970) on, and no recall is sent for it; says how much that is.
    pub fn revoke(&mut self, lost: Lost, at: i64) -> i64 {
        let mut doubtful = 0;
        for lease in self.leases.values_mut().filter(|lease| lost.holds(lease)) {
            if matches!(lease.stage, Stage::Lent | Stage::Recalled) {
                lease.stage = Stage::InDoubt { since: at };
                doubtful += lease.remaining();
            }
        }
        doubtful
    }

    /// The disk that held `log` was read to its end, and all of it was taken in: nothing of that log can follow. What was in doubt
    /// comes back, and what was freed before is at risk no more. Says how much came back.
    pub fn disk_read(&mut self, log: LogId) -> i64 {
        let lost = Lost::Log(log);
        let (mut back, mut lapsing) = (0, 0);
        for lease in self.leases.values_mut().filter(|lease| lost.holds(lease)) {
            if matches!(lease.stage, Stage::InDoubt { .. } | Stage::Released { .. }) {
                back += lease.remaining();
                lapsing += lease.lapsing.min(lease.remaining());
                lease.stage = Stage::Ended(Ending::DiskRead);
            }
        }
        self.comes_back(back, lapsing);
        back
    }

    /// Frees a lease that is in doubt without a seal, and books what remained as a risk (R); says how much. Errors with
    /// `lease.not_in_doubt` for any other, and for one whose quarantine is not over.
    pub fn release(&mut self, id: LeaseId, word: Release) -> Result<i64, Code> {
        let lease = self.leases.get_mut(&id).ok_or(Code::LeaseNotInDoubt)?;
        let Stage::InDoubt { since } = lease.stage else {
            return Err(Code::LeaseNotInDoubt);
        };
        if let Release::Quarantine { at, lasts } = word
            && at.saturating_sub(since) < lasts
        {
            return Err(Code::LeaseNotInDoubt);
        }
        let (back, lapsing) = (lease.remaining(), lease.lapsing);
        self.released = within(self.released + back)?;
        lease.stage = Stage::Released { at_risk: back };
        self.comes_back(back, lapsing);
        Ok(back)
    }
}
