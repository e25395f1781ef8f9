//! Whose word counts (F6). An operation's head says what its writer pleases. What decides is what the log knows: the store at
//! which the writing device was enrolled, and whether its log began the chain. The fold of every replica and the log's accounts ask
//! the same here, so that the two never differ over a fact.

use super::{Body, Head, Stamp, Writers, fits};
use crate::ids::{ChainId, LogId, StoreId};

/// Where a log's device stands in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
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

    /// Whether a fact of this kind, stamped so, is for a device of this standing to say. What needs other facts to be decided
    /// (`Goods`, `Issuer`) passes here, and is decided where its entity is folded.
    pub fn may_say(self, writers: Option<Writers>, stamp: &Stamp) -> bool {
        self.is_hq() || (writers != Some(Writers::Hq) && stamp.store == self.store)
    }

    /// Whether it moves value as its kind does, and in a store of that store's accounts alone.
    pub fn may_move(self, body: &Body, stamp: &Stamp) -> bool {
        body.may_move(Some(stamp).filter(|_| !self.is_hq()))
    }

    /// Whether an operation that reads as `body` counts.
    pub fn counts(self, head: &Head, body: &Body) -> bool {
        self.may_say(Body::writers_of(&head.kind), &head.stamp) && self.may_move(body, &head.stamp)
    }
}

/// What was not its writer's to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// The head of the operation that stands at `seq` of `log`; `None` where it does not read, or speaks of another place. Such
/// an operation is kept and forwarded, its hash chain being whole, and says nothing: the log takes any bytes, and one
/// program's mistake must not stop every other replica.
pub fn head_of(bytes: &[u8], log: LogId, seq: u64) -> Option<Head> {
    Head::read(bytes).ok().filter(|head| head.stamp.log == log && head.stamp.seq == seq)
}

/// What an operation says, for a device of this standing: the one door. What moves value as its kind does not, or of accounts
/// that are another store's, is refused as what is not its writer's to say. A body that does not read as its kind, or says
/// what cannot be, is taken like one of a newer kind: the log refuses no fact for what it says, and one program's mistake must
/// not stop every other replica.
pub fn body_of(head: &Head, from: Standing) -> Result<Body, Refused> {
    if !from.may_say(Body::writers_of(&head.kind), &head.stamp) {
        return Err(Refused);
    }
    let body = folded_body(head);
    if from.may_move(&body, &head.stamp) { Ok(body) } else { Err(Refused) }
}

/// What an operation says that is in the tables already, and so passed the door.
pub fn folded_body(head: &Head) -> Body {
    Body::read(head).ok().filter(fits).unwrap_or(Body::Unknown)
}

/// Whether an operation, the first of its log, begins this chain.
pub fn begins(head: &Head, chain: ChainId) -> bool {
    head.stamp.seq == 1 && matches!(folded_body(head), Body::ChainStarted(started) if started.chain == chain)
}
