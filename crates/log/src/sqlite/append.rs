//! Taking a segment: compare, append, or keep apart.

use hefu_core::{
    ids::{DeviceId, LogId},
    op::{Hash, Operation},
    wire::{Beside, Push},
};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Deserialize;

use super::{
    beside, devices,
    rows::{columns, count, int},
};
use crate::{KeptFor, LogError};

/// What the log reads of a head. It stays readable in every later format of the head.
#[derive(Deserialize)]
struct Place {
    log: LogId,
    seq: u64,
    device: DeviceId,
}

/// A pushed segment whose operations stand where they say, with the hash after each.
pub struct Run {
    device: DeviceId,
    push: Push,
    hashes: Vec<Hash>,
    received_at: i64,
}

/// The row of a replica's log.
struct Row {
    no: i64,
    device: DeviceId,
    seq: u64,
    hash: Hash,
    stopped: bool,
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
        Ok(Self { device, push, hashes, received_at })
    }

    /// The outer result is the transaction's: a refusal that keeps bytes is committed.
    pub fn append(self, to: &Transaction<'_>) -> Result<Result<u64, LogError>, LogError> {
        let Some(device) = devices::find(to, self.device)? else { return Ok(Err(LogError::DeviceUnknown)) };
        let row = self.row(to)?;
        if row.as_ref().is_some_and(|row| row.device != self.device) {
            return Ok(Err(LogError::NotYours));
        }
        let held = row.as_ref().map_or(0, |row| row.seq);
        let stopped = row.as_ref().is_some_and(|row| row.stopped);
        let gap = self.push.segment.from_seq > held + 1;
        // What is refused for good is kept wherever it stands; a push of nothing only asks, and is told what is missing.
        if gap && (self.is_question() || (device.revoked_at.is_none() && !stopped)) {
            return Ok(Err(LogError::Gap { expected: held + 1 }));
        }
        let same = if gap { None } else { self.same_as_held(to, row.as_ref())? };
        if device.revoked_at.is_some() {
            self.keep(to, same.unwrap_or(0), KeptFor::Revoked)?;
            return Ok(Err(LogError::Revoked));
        }
        let new = self.push.segment.ops.len().saturating_sub(same.unwrap_or(0));
        let forked = same.is_none_or(|same| same < self.overlap(held));
        if forked || (stopped && (new > 0 || !self.push.beside.is_empty() || self.push.segment.ops.is_empty())) {
            self.stop(to)?;
            self.keep(to, same.unwrap_or(0), KeptFor::Fork)?;
            return Ok(Err(LogError::Fork));
        }
        beside::put(to, &self.push.beside, device.store, self.received_at)?;
        let held = if new > 0 { self.write(to, row, new)? } else { held };
        devices::note_met(to, self.device, self.received_at)?;
        Ok(Ok(held))
    }

    /// Nothing to keep is in it.
    fn is_question(&self) -> bool {
        self.push.segment.ops.is_empty() && self.push.beside.is_empty()
    }

    fn row(&self, to: &Transaction<'_>) -> Result<Option<Row>, LogError> {
        let mut query = to.prepare_cached("SELECT no, device, seq, hash, stopped_at IS NOT NULL FROM log WHERE log = ?1")?;
        let row = query.query_row([self.push.segment.log.as_bytes()], |row| {
            Ok((row.get(0)?, DeviceId::from_bytes(row.get(1)?), row.get(2)?, Hash(row.get(3)?), row.get(4)?))
        });
        let Some((no, device, seq, hash, stopped)) = row.optional()? else { return Ok(None) };
        Ok(Some(Row { no, device, seq: count(seq)?, hash, stopped }))
    }

    /// How many of the operations stand in places that are taken.
    fn overlap(&self, held: u64) -> usize {
        let taken = (held + 1).saturating_sub(self.push.segment.from_seq);
        usize::try_from(taken).unwrap_or(usize::MAX).min(self.push.segment.ops.len())
    }

    /// How many of the operations are here already, from the first; `None` when what they follow is not what is here.
    fn same_as_held(&self, to: &Transaction<'_>, row: Option<&Row>) -> Result<Option<usize>, LogError> {
        let segment = &self.push.segment;
        let Some(row) = row else { return Ok(Some(0)) };
        let before = segment.from_seq - 1;
        let prev = match before {
            0 => Some(segment.prev),
            before if before == row.seq => Some(row.hash),
            before => self.hash_at(to, row.no, before)?,
        };
        if prev != Some(segment.prev) {
            return Ok(None);
        }
        for (same, (hash, seq)) in self.hashes.iter().zip(segment.from_seq..).take(self.overlap(row.seq)).enumerate() {
            if self.hash_at(to, row.no, seq)? != Some(*hash) {
                return Ok(Some(same));
            }
        }
        Ok(Some(self.overlap(row.seq)))
    }

    fn hash_at(&self, to: &Transaction<'_>, log_no: i64, seq: u64) -> Result<Option<Hash>, LogError> {
        let mut query = to.prepare_cached("SELECT hash FROM op WHERE log_no = ?1 AND seq = ?2")?;
        Ok(query.query_row(params![log_no, int(seq)?], |row| row.get(0).map(Hash)).optional()?)
    }

    /// Appends the last `new` operations. Taking numbers of the chain's sequence is the last thing before the inserts,
    /// so that with several writers the row is locked for the shortest time.
    fn write(&self, to: &Transaction<'_>, row: Option<Row>, new: usize) -> Result<u64, LogError> {
        let segment = &self.push.segment;
        let skip = segment.ops.len() - new;
        let last = segment.from_seq + segment.ops.len() as u64 - 1;
        let hash = self.hashes.last().copied().unwrap_or(segment.prev);
        let log_no = match row {
            Some(row) => {
                to.prepare_cached("UPDATE log SET seq = ?2, hash = ?3 WHERE no = ?1")?.execute(params![row.no, int(last)?, hash.0])?;
                row.no
            }
            None => to
                .prepare_cached("INSERT INTO log (log, device, seq, hash) VALUES (?1, ?2, ?3, ?4) RETURNING no")?
                .query_row(params![segment.log.as_bytes(), self.device.as_bytes(), int(last)?, hash.0], |row| row.get(0))?,
        };
        to.prepare_cached("INSERT OR IGNORE INTO segment (log_no, from_seq, ops, signature, received_at) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![log_no, int(segment.from_seq)?, int(segment.ops.len() as u64)?, self.push.signature, self.received_at])?;
        let end: i64 =
            to.prepare_cached("UPDATE head SET seq = seq + ?1 RETURNING seq")?.query_row([int(new as u64)?], |row| row.get(0))?;
        let first = end - int(new as u64)? + 1;
        let mut insert = to.prepare_cached(
            "INSERT INTO op (gseq, log_no, seq, hash, received_at, head, detail, detail_hash, sealed, sealed_hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        for (at, op) in segment.ops.iter().enumerate().skip(skip) {
            let (detail, detail_hash) = columns(&op.detail);
            let (sealed, sealed_hash) = columns(&op.sealed);
            let (seq, gseq) = (int(segment.from_seq + at as u64)?, first + int((at - skip) as u64)?);
            let hash = self.hashes[at].0;
            insert.execute(params![gseq, log_no, seq, hash, self.received_at, op.head, detail, detail_hash, sealed, sealed_hash])?;
        }
        Ok(last)
    }

    fn stop(&self, to: &Transaction<'_>) -> Result<(), LogError> {
        let mut update = to.prepare_cached("UPDATE log SET stopped_at = coalesce(stopped_at, ?2) WHERE log = ?1")?;
        update.execute(params![self.push.segment.log.as_bytes(), self.received_at])?;
        Ok(())
    }

    /// Keeps what is not in the log already, each operation once.
    fn keep(&self, to: &Transaction<'_>, skip: usize, why: KeptFor) -> Result<(), LogError> {
        let segment = &self.push.segment;
        let mut insert = to.prepare_cached(
            "INSERT OR IGNORE INTO branch
             (log, seq, hash, prev, device, why, received_at, head, detail, detail_hash, sealed, sealed_hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?;
        for (at, op) in segment.ops.iter().enumerate().skip(skip) {
            let Operation { head, detail, sealed } = op;
            let (detail, detail_hash) = columns(detail);
            let (sealed, sealed_hash) = columns(sealed);
            let prev = if at == 0 { segment.prev } else { self.hashes[at - 1] };
            insert.execute(params![
                segment.log.as_bytes(),
                int(segment.from_seq + at as u64)?,
                self.hashes[at].0,
                prev.0,
                self.device.as_bytes(),
                why.as_str(),
                self.received_at,
                head,
                detail,
                detail_hash,
                sealed,
                sealed_hash
            ])?;
        }
        self.keep_beside(to)
    }

    fn keep_beside(&self, to: &Transaction<'_>) -> Result<(), LogError> {
        let mut insert =
            to.prepare_cached("INSERT OR IGNORE INTO branch_beside (log, item_hash, item, received_at) VALUES (?1, ?2, ?3, ?4)")?;
        for item in &self.push.beside {
            let bytes = item_bytes(item)?;
            insert.execute(params![self.push.segment.log.as_bytes(), Hash::of(&bytes).0, bytes, self.received_at])?;
        }
        Ok(())
    }
}

fn item_bytes(item: &Beside) -> Result<Vec<u8>, LogError> {
    serde_json::to_vec(item).map_err(|_| LogError::Damaged)
}

impl KeptFor {
    fn as_str(self) -> &'static str {
        match self {
            KeptFor::Fork => "fork",
            KeptFor::Revoked => "revoked",
        }
    }

    pub(super) fn read(text: &str) -> Result<Self, LogError> {
        match text {
            "fork" => Ok(KeptFor::Fork),
            "revoked" => Ok(KeptFor::Revoked),
            _ => Err(LogError::FileDamaged),
        }
    }
}
