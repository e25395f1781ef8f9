//! Lending: the log is the authority of every account that a customer can spend from (E3, DESIGN §4).
//!
//! Each account is a `core::lease::Escrow`, kept as rows. It changes in the transaction that appends the operations it reads, or that
//! answers a request; so what is free is never lent twice, whatever is lost, doubled or done at once (I7). A fact is never refused:
//! what it breaks is noted once, in the transaction that takes it (I9).

use async_trait::async_trait;
use hefu_core::{
    ids::{LeaseId, LogId, StaffId},
    lease::{Amount, Answer, Ask, Escrow, Exception, Holder, Lendable, Recall, Release, Statement},
};

use crate::LogError;

/// On whose word a lease is freed without a seal, and when (milliseconds since 1970).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freed {
    pub word: Release,
    /// Who books the risk; nobody where a quarantine is over.
    pub by: Option<StaffId>,
    pub at: i64,
}

/// A breach, where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breached {
    /// The operation's place in the chain's sequence.
    pub gseq: u64,
    /// From 0: one operation can break several things.
    pub no: u32,
    pub received_at: i64,
    /// Whose operation it is.
    pub by: Holder,
    pub account: Lendable,
    pub exception: Exception,
}

#[async_trait]
pub trait Leases: Send + Sync {
    /// Answers the requests of one device's log, in their order and all in one transaction. An answer is for ever: asked again, it is the
    /// same. A device that is revoked, and a log that is stopped, are lent nothing.
    ///
    /// Errors: `DeviceUnknown`; `NotYours` for another device's log, or a request that names another holder.
    async fn lend(&self, to: Holder, asks: Vec<Ask>) -> Result<Vec<Answer>, LogError>;

    /// Calls back as few allotments as make `amount` of an account free for `asker`, and says whom that asks: all that are called back
    /// and not sealed yet, so that doing it again changes nothing.
    async fn call_back(&self, asker: Holder, account: Lendable, amount: Amount) -> Result<Vec<Recall>, LogError>;

    /// Calls one lease back. One that was never granted is denied from now on. `None` also for one that is lost or at its end.
    async fn recall(&self, lease: LeaseId, account: Lendable) -> Result<Option<Recall>, LogError>;

    /// What is called back from a log and not sealed, by lease.
    async fn recalls(&self, log: LogId) -> Result<Vec<Recall>, LogError>;

    /// Frees a lease that is in doubt without a seal and books the risk; says how much. The same word again says the same. Errors with
    /// `NotInDoubt`.
    async fn release(&self, lease: LeaseId, freed: Freed) -> Result<i64, LogError>;

    /// The disk that held `log` was read to its end and writes no more: what it holds in doubt comes back without a risk.
    async fn disk_read(&self, log: LogId) -> Result<(), LogError>;

    /// How accounts stand, all at one moment, for whoever writes `log`.
    async fn statements(&self, log: LogId, accounts: Vec<Lendable>) -> Result<Vec<Statement>, LogError>;

    /// One account with every lease there ever was of it.
    async fn escrow(&self, account: Lendable) -> Result<Escrow, LogError>;

    /// What was broken, in the order of the sequence, after a place in it: at most so many.
    async fn breaches(&self, after: (u64, u32), most: u32) -> Result<Vec<Breached>, LogError>;
}
