//! The chain's one ordered log, behind one narrow trait (DESIGN §3).
//!
//! It takes what tills push and gives each operation its place in one sequence for the chain, without gaps and in the
//! order of commits (I4). It promises that what it acknowledged is there for ever and is there once (I2, I3), that a
//! fork is found within one push (I5), and that it never refuses a fact for what the fact says: it reads a head only
//! far enough to see whose it is and where it belongs. Beside the log it holds keys and credentials, and the list of
//! devices, and of what the operations say of cards, points and coupons the accounts that it lends from ([`Leases`]). It folds nothing else.
//!
//! Time and randomness are arguments. There are two implementations: a SQLite file for a chain whose server is one process,
//! and a PostgreSQL database (feature `postgres`) for one whose server is several. What a log decides is decided once
//! (`run`, `beside`); [`conformance`] holds both to it.

mod beside;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod devices;
mod error;
mod escrow;
mod leases;
#[cfg(feature = "postgres")]
mod postgres;
mod run;
mod seen;
mod sqlite;
mod values;

use async_trait::async_trait;
use hefu_core::{
    ids::{DeviceId, LogId, StoreId},
    op::{Hash, Operation},
    wire::{Frame, Push},
};
use tokio::sync::watch;

pub use devices::*;
pub use error::{LogError, SqlState};
pub use leases::*;
#[cfg(feature = "postgres")]
pub use postgres::{PgLog, PgPlace};
pub use sqlite::SqliteLog;

/// The last of both sequences, and a count of what was called back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tip {
    pub head: u64,
    pub beside: u64,
    /// Grows whenever something that was lent is called back.
    pub recalls: u64,
}

/// Who reads: it decides which credentials go with what is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Gets the credentials of its own store.
    Store(StoreId),
    /// Gets all.
    Hq,
}

impl From<Option<StoreId>> for Audience {
    fn from(store: Option<StoreId>) -> Self {
        store.map_or(Audience::Hq, Audience::Store)
    }
}

/// What to read: everything after two cursors, as much as fits.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    pub after: u64,
    pub beside_after: u64,
    /// The reader's own log, whose operations come as marks.
    pub own: LogId,
    pub audience: Audience,
    /// Bytes of operations, and again of what goes beside; one item comes whatever its size.
    pub bytes_most: usize,
    pub most: Most,
}

/// How many of each come in one frame: a reader applies it whole, and somebody waits at its till meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Most {
    pub entries: usize,
    pub beside: usize,
}

impl Default for Most {
    fn default() -> Self {
        Self { entries: 300, beside: 600 }
    }
}

/// What an entry takes in a frame besides its operation's bytes.
const ENTRY_BYTES: usize = 112;

/// What the log holds of one replica's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogHead {
    pub device: DeviceId,
    /// Its last sequence number here.
    pub seq: u64,
    /// A fork was found: nothing more is taken until HQ re-admits the branch.
    pub stopped: bool,
    /// The hash after the operation that was asked about; `None` when it is not here.
    pub hash_at: Option<Hash>,
}

/// Why an operation is kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptFor {
    /// Another operation stands in its place.
    Fork,
    /// Its device had been revoked.
    Revoked,
}

/// An operation that was refused and is kept, so that nothing is lost (I2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub seq: u64,
    pub prev: Hash,
    pub hash: Hash,
    pub why: KeptFor,
    pub op: Operation,
}

/// The log of one chain. Every write is durable when its future is ready with `Ok`; a future that is dropped midway has
/// either written everything or nothing.
#[async_trait]
pub trait ChainLog: Devices + Leases {
    /// Takes a segment of `device`'s and what goes beside it, in one transaction, and says the last sequence number now
    /// held of that log. What is there already is compared and acknowledged again, however often.
    ///
    /// Errors: `Gap` with what is expected; `Fork` and `Revoked`, after the bytes were kept apart; `NotYours` for another
    /// device's log; `Damaged` when heads and places disagree; `TooLarge`. The caller has checked the signature.
    async fn append(&self, device: DeviceId, push: Push, received_at: i64) -> Result<u64, LogError>;

    /// One frame, read at one moment: no operation is ever shown before all that had come beside it. Errors with `Gap`
    /// when a cursor is past the end: the reader has met a log that held more.
    async fn read(&self, ask: Ask) -> Result<Frame, LogError>;

    /// What is held of one replica's log, and its hash after `seq` (`seq` 0: the start of any log).
    async fn log_head(&self, log: LogId, seq: u64) -> Result<Option<LogHead>, LogError>;

    /// What was refused of a log and kept, by sequence number.
    async fn kept(&self, log: LogId) -> Result<Vec<Kept>, LogError>;

    /// The end of the sequences; changes coalesce.
    fn tip(&self) -> watch::Receiver<Tip>;
}
