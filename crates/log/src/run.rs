//! A pushed segment and what is to be done with it: the same judgement whichever database holds the log.

use std::{collections::BTreeMap, ops::RangeInclusive};

use hefu_core::{
    ids::{ChainId, DeviceId, LogId},
    op::{Hash, Operation, Standing},
    wire::{Beside, Push, Segment},
};
use serde::Deserialize;

use crate::{
    Device, KeptFor, LogError,
    escrow::{Fact, Read, begun},
    values::int,
};

/// What the log reads of a head. It stays readable in every later format of the head.
#[derive(Deserialize)]
struct Place {
    log: LogId,
    seq: u64,
    device: DeviceId,
}

/// A pushed segment whose operations stand where they say, with the hash after each.
pub struct Run {
    pub device: DeviceId,
    pub push: Push,
    hashes: Vec<Hash>,
    /// What the operations say of accounts that parts are lent of, each in its place.
    reads: Vec<Option<Read>>,
    /// Which chain the first operation begins.
    begins: Option<ChainId>,
    pub received_at: i64,
}

/// The row of a replica's log.
pub struct Row {
    pub no: i64,
    pub device: DeviceId,
    pub seq: u64,
    pub hash: Hash,
    pub stopped: bool,
    /// It began the chain.
    pub founder: bool,
}

/// What is to be done with a segment.
pub enum Verdict {
    /// Take what goes beside, and the operations from this one on: none when all are here already.
    Take { skip: usize },
    /// Refuse it and keep apart the operations from this one on. A fork stops the log.
    Keep { skip: usize, why: KeptFor },
    /// Refuse it and keep nothing.
    Refuse(LogError),
}

/// An operation of a segment where it stands in its log.
pub struct Placed<'a> {
    pub seq: u64,
    pub prev: Hash,
    pub hash: Hash,
    pub op: &'a Operation,
}

impl Run {
    /// Errors with `Damaged` and `TooLarge`.
    pub fn check(device: DeviceId, push: Push, received_at: i64) -> Result<Self, LogError> {
        let segment = &push.segment;
        if segment.from_seq == 0 || (segment.from_seq == 1 && segment.prev != Hash::start_of(segment.log)) {
            return Err(LogError::Damaged);
        }
        int(segment.from_seq.saturating_add(segment.ops.len() as u64))?;
        for (op, seq) in segment.ops.iter().zip(segment.from_seq..) {
            op.check_size().map_err(|_| LogError::TooLarge)?;
            let place: Place = serde_json::from_slice(&op.head).map_err(|_| LogError::Damaged)?;
            if place.log != segment.log || place.seq != seq || place.device != device {
                return Err(LogError::Damaged);
            }
        }
        let hashes = segment.hashes().collect();
        let reads = segment.ops.iter().map(|op| Read::of(&op.head)).collect();
        let begins = segment.ops.first().filter(|_| segment.from_seq == 1).and_then(|op| begun(&op.head));
        Ok(Self { device, push, hashes, reads, begins, received_at })
    }

    /// Whether its log begins the chain, if nothing stands before it in the sequence. `chain` is the one that this log is of.
    pub fn begins(&self, chain: Option<ChainId>) -> bool {
        self.begins.is_some_and(|begun| chain.is_none_or(|chain| chain == begun))
    }

    /// What the operations from `skip` on do, written by a device of this standing. They are counted from 0.
    pub fn facts(&self, skip: usize, from: Standing) -> Vec<Fact> {
        let reads = self.reads.iter().skip(skip).zip(0..);
        reads.filter_map(|(read, at)| read.as_ref()?.fact(at, from)).collect()
    }

    pub fn segment(&self) -> &Segment {
        &self.push.segment
    }

    /// The sequence number after which the segment stands.
    pub fn before(&self) -> u64 {
        self.segment().from_seq - 1
    }

    /// The sequence number that the segment ends with, and the hash after it.
    pub fn end(&self) -> (u64, Hash) {
        let segment = self.segment();
        (self.before() + segment.ops.len() as u64, self.hashes.last().copied().unwrap_or(segment.prev))
    }

    /// The operations from `skip` on.
    pub fn placed(&self, skip: usize) -> impl Iterator<Item = Placed<'_>> {
        let segment = self.segment();
        let prevs = std::iter::once(segment.prev).chain(self.hashes.iter().copied());
        let all = segment.ops.iter().zip(segment.from_seq..).zip(prevs.zip(&self.hashes));
        all.skip(skip).map(|((op, seq), (prev, hash))| Placed { seq, prev, hash: *hash, op })
    }

    /// The places of the log whose hashes [`Run::judge`] compares with: most often none, for a segment that follows on.
    pub fn compared(&self, row: Option<&Row>) -> RangeInclusive<u64> {
        let held = row.filter(|row| row.device == self.device).map_or(0, |row| row.seq);
        let before = self.before();
        let from = if before == 0 || before >= held { before + 1 } else { before };
        from..=held.min(self.end().0)
    }

    /// `row` is the log's, when there is one; `held` are the hashes at the places that were asked for.
    pub fn judge(&self, device: &Device, row: Option<&Row>, held: &BTreeMap<u64, Hash>) -> Verdict {
        if row.is_some_and(|row| row.device != self.device) {
            return Verdict::Refuse(LogError::NotYours);
        }
        let last = row.map_or(0, |row| row.seq);
        let stopped = row.is_some_and(|row| row.stopped);
        let revoked = device.revoked_at.is_some();
        let gap = self.before() > last;
        // What is refused for good is kept wherever it stands; a push of nothing only asks, and is told what is missing.
        if gap && (self.is_question() || (!revoked && !stopped)) {
            return Verdict::Refuse(LogError::Gap { expected: last + 1 });
        }
        let same = if gap { None } else { self.same_as_held(row, held) };
        let skip = same.unwrap_or(0);
        if revoked {
            return Verdict::Keep { skip, why: KeptFor::Revoked };
        }
        let ops = self.segment().ops.len();
        let forked = same.is_none_or(|same| same < self.overlap(last));
        if forked || (stopped && (skip < ops || !self.push.beside.is_empty() || ops == 0)) {
            return Verdict::Keep { skip, why: KeptFor::Fork };
        }
        Verdict::Take { skip }
    }

    /// Nothing to keep is in it.
    fn is_question(&self) -> bool {
        self.segment().ops.is_empty() && self.push.beside.is_empty()
    }

    /// How many of the operations stand in places that are taken.
    fn overlap(&self, last: u64) -> usize {
        usize::try_from(last.saturating_sub(self.before())).unwrap_or(usize::MAX).min(self.segment().ops.len())
    }

    /// How many of the operations are here already, from the first; `None` when what they follow is not what is here.
    fn same_as_held(&self, row: Option<&Row>, held: &BTreeMap<u64, Hash>) -> Option<usize> {
        let Some(row) = row else { return Some(0) };
        let prev = match self.before() {
            0 => Some(self.segment().prev),
            before if before == row.seq => Some(row.hash),
            before => held.get(&before).copied(),
        };
        if prev != Some(self.segment().prev) {
            return None;
        }
        let overlap = self.placed(0).take(self.overlap(row.seq));
        Some(overlap.take_while(|placed| held.get(&placed.seq) == Some(&placed.hash)).count())
    }
}

/// What goes beside as it is kept with a branch.
pub fn item_bytes(item: &Beside) -> Result<Vec<u8>, LogError> {
    serde_json::to_vec(item).map_err(|_| LogError::Damaged)
}
