//! What the authority and a till say to each other, and what a till writes into its operations.

use serde::{Deserialize, Serialize};

use super::amount::{Amount, Lendable};
use crate::ids::{DeviceId, LeaseId, LogId};

/// To whom is lent. A lease ends with a seal in the log it was lent to; a file that was restored or copied writes a new log, and
/// so holds none of the leases it still remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Holder {
    pub device: DeviceId,
    pub log: LogId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// For one payment, now. The till counts how long; the authority counts nothing.
    Hold,
    /// Given ahead, until it is sealed.
    Allotment,
}

/// Asks for a part of an account. The till has stored it before it sends it, and may send it any number of times. The authority
/// that gives an allotment ahead makes the same request in the till's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ask {
    pub lease: LeaseId,
    pub account: Lendable,
    pub holder: Holder,
    pub amount: Amount,
    pub term: Term,
}

/// What was asked for is lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Grant {
    pub lease: LeaseId,
    pub account: Lendable,
    pub holder: Holder,
    pub amount: Amount,
    pub term: Term,
}

/// Why an id is denied, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Denial {
    /// Less was free. Asking once more takes another id.
    TooLittle,
    /// Called back, or sealed, before it was asked for.
    Recalled,
    /// The device has no rights any more.
    Revoked,
    /// The id is another request's.
    Taken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Denied {
    pub lease: LeaseId,
    pub account: Lendable,
    pub holder: Holder,
    pub why: Denial,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Granted(Grant),
    Denied(Denied),
}

impl Answer {
    pub(super) fn granted(ask: &Ask) -> Self {
        let Ask { lease, account, holder, amount, term } = *ask;
        Self::Granted(Grant { lease, account, holder, amount, term })
    }

    pub(super) fn denied(ask: &Ask, why: Denial) -> Self {
        let Ask { lease, account, holder, .. } = *ask;
        Self::Denied(Denied { lease, account, holder, why })
    }
}

/// Asks the holder to seal. It may arrive before what it calls back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Recall {
    pub lease: LeaseId,
    pub account: Lendable,
    pub holder: Holder,
}

/// From what something is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Lease(LeaseId),
    /// From no lease: within the floor that policy allows a device.
    Floor,
}

/// A spend, as a part of a sale's operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Use {
    pub account: Lendable,
    pub of: Source,
    pub amount: Amount,
}

/// What of an operation's credits stays lent to the log that writes it, from its first moment: a top-up made offline, or what may be
/// refunded of an own sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Keep {
    pub lease: LeaseId,
    pub account: Lendable,
    pub amount: Amount,
}

/// An operation after which no spend of the lease follows in its log (I10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Seal {
    pub lease: LeaseId,
    pub account: Lendable,
}

/// What one device holds of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HeldAt {
    pub device: DeviceId,
    pub amount: Amount,
    /// The device is lost: no recall reaches it.
    pub in_doubt: bool,
}

/// How an account stands at the authority, for one till. A later one takes the place of an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Statement {
    pub account: Lendable,
    /// The place in the chain's sequence up to which it holds.
    pub as_of: u64,
    pub free: Amount,
    pub owed: Amount,
    /// By device: every lease that is not at its end.
    pub held: Vec<HeldAt>,
    /// What this till's log has spent on its floor that the account has made good since.
    pub made_good: Amount,
}
