//! Whose word counts (F6), and when it was said (I15).
//!
//! An operation's head says what its writer pleases. What decides is what the log knows: the store at which the writing
//! device was enrolled, and the moment at which the operation was received. Both come with the sequence mark, so what is
//! folded stays a function of operations and marks. An own operation that is not yet marked has this file's own store,
//! which came from the same row, and the till's corrected clock alone.

use hefu_core::{
    ids::{ChainId, StoreId},
    op::{Body, Head, Stamp, Writers},
    time::business_day,
};
use rusqlite::Row;

use super::fits;
use crate::Error;

/// Where a log's device stands in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// `None` for an HQ node.
    pub store: Option<StoreId>,
    /// Its log began the chain: nothing stands before it in the sequence. A chain that was started at a till has no other
    /// head office.
    pub founder: bool,
}

impl Standing {
    pub const fn is_hq(self) -> bool {
        self.store.is_none() || self.founder
    }

    /// From `place` and `founder` of a row of `log`, in two columns that begin at `from`.
    pub fn read(row: &Row<'_>, from: usize) -> Result<Self, Error> {
        let store: Option<[u8; 16]> = row.get(from)?;
        Ok(Self { store: store.map(StoreId::from_bytes), founder: row.get(from + 1)? })
    }

    /// Whether a fact of this kind, stamped so, is for a device of this standing to say. What needs other facts to be decided
    /// (`Goods`, `Issuer`) passes here, and is decided where its entity is folded.
    pub fn may_say(self, writers: Option<Writers>, stamp: &Stamp) -> bool {
        self.is_hq() || (writers != Some(Writers::Hq) && stamp.store == self.store)
    }

    /// Whether it moves value as its kind does, and in a store of that store's accounts alone.
    pub fn may_move(self, body: &Body, stamp: &Stamp) -> bool {
        body.may_move(Some(stamp).filter(|_| !self.is_hq()))
    }
}

/// What was not its writer's to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused;

/// What an operation says, for a device of this standing: the fold's one door. What moves value as its kind does not, or of accounts
/// that are another store's, is refused as what is not its writer's to say. A body that does not read as its kind, or says
/// what cannot be, is taken like one of a newer kind: the log refuses no fact for what it says, and one program's mistake must
/// not stop every other replica.
pub(crate) fn body_of(head: &Head, from: Standing) -> Result<Body, Refused> {
    if !from.may_say(Body::writers_of(&head.kind), &head.stamp) {
        return Err(Refused);
    }
    let body = folded_body(head);
    if from.may_move(&body, &head.stamp) { Ok(body) } else { Err(Refused) }
}

/// What an operation says that is in the tables already, and so passed the door.
pub(crate) fn folded_body(head: &Head) -> Body {
    Body::read(head).ok().filter(fits).unwrap_or(Body::Unknown)
}

/// Whether an operation, the first of its log, begins this chain.
pub(crate) fn begins(head: &Head, chain: ChainId) -> bool {
    head.stamp.seq == 1 && matches!(folded_body(head), Body::ChainStarted(started) if started.chain == chain)
}

/// When an operation counts as done: by its device's corrected clock, and never later than the log received it, so that a
/// fast clock spoils no figure (I15).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct When {
    pub at: i64,
    pub day: String,
}

impl When {
    pub fn of(stamp: &Stamp, received_at: Option<i64>) -> Self {
        let at = stamp.corrected_at();
        match received_at {
            None => Self { at, day: stamp.day.clone() },
            Some(received) => Self { at: at.min(received), day: stamp.day.clone().min(business_day(received)) },
        }
    }

    /// `YYYY-MM`.
    pub fn month(&self) -> &str {
        self.day.get(..7).unwrap_or_default()
    }
}
