//! Reading: frames for replicas, and what is held of a log.

use hefu_core::{
    ids::{DeviceId, LogId},
    op::Hash,
    wire::{Entry, Frame},
};
use rusqlite::{OptionalExtension, Transaction, params};

use super::{
    beside,
    rows::{operation, store},
};
use crate::{
    Ask, ENTRY_BYTES, Kept, KeptFor, LogError, LogHead, Tip,
    values::{count, int},
};

pub fn tip(from: &Transaction<'_>) -> Result<Tip, LogError> {
    let mut query = from.prepare_cached("SELECT seq, beside_seq, recall_seq FROM head")?;
    let (head, beside, recalls) = query.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(Tip { head: count(head)?, beside: count(beside)?, recalls: count(recalls)? })
}

/// While more goes beside than fits, a frame holds nothing else: an operation is never seen before what it needs.
pub fn frame(from: &Transaction<'_>, ask: &Ask) -> Result<Frame, LogError> {
    let tip = tip(from)?;
    if ask.after > tip.head || ask.beside_after > tip.beside {
        return Err(LogError::Gap { expected: tip.head + 1 });
    }
    let page = beside::page(from, ask, tip.beside)?;
    let entries = if page.full { Vec::new() } else { entries(from, ask)? };
    let upto = entries.last().map_or(ask.after, |entry| entry.gseq);
    Ok(Frame { upto, head: tip.head, beside: page.items, beside_upto: page.upto, entries })
}

fn entries(from: &Transaction<'_>, ask: &Ask) -> Result<Vec<Entry>, LogError> {
    let mut query = from.prepare_cached(
        "SELECT op.gseq, log.log, op.seq, op.received_at, op.hash, op.head, op.detail, op.detail_hash, op.sealed, op.sealed_hash,
                device.store
         FROM op JOIN log ON log.no = op.log_no JOIN device ON device.device = log.device WHERE op.gseq > ?1 ORDER BY op.gseq",
    )?;
    let mut rows = query.query([int(ask.after)?])?;
    let (mut entries, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let log = LogId::from_bytes(row.get(1)?);
        if entries.len() >= ask.most.entries.max(1) {
            break;
        }
        // The reader holds its own operations; their bytes are not even read.
        let op = if log == ask.own { None } else { Some(operation(row, 5)?) };
        bytes += ENTRY_BYTES + op.as_ref().map_or(0, |op| op.head.len() + op.detail.len() + op.sealed.len());
        if bytes > ask.bytes_most && !entries.is_empty() {
            break;
        }
        let (gseq, seq) = (count(row.get(0)?)?, count(row.get(2)?)?);
        entries.push(Entry { gseq, log, seq, received_at: row.get(3)?, store: store(row.get(10)?), hash: Hash(row.get(4)?), op });
    }
    Ok(entries)
}

pub fn log_head(from: &Transaction<'_>, log: LogId, seq: u64) -> Result<Option<LogHead>, LogError> {
    let mut query = from.prepare_cached("SELECT no, device, seq, stopped_at IS NOT NULL FROM log WHERE log = ?1")?;
    let row =
        query.query_row([log.as_bytes()], |row| Ok((row.get::<_, i64>(0)?, DeviceId::from_bytes(row.get(1)?), row.get(2)?, row.get(3)?)));
    let Some((no, device, held, stopped)) = row.optional()? else { return Ok(None) };
    let held = count(held)?;
    let hash_at = match seq {
        0 => Some(Hash::start_of(log)),
        seq if seq > held => None,
        seq => from
            .prepare_cached("SELECT hash FROM op WHERE log_no = ?1 AND seq = ?2")?
            .query_row(params![no, int(seq)?], |row| row.get(0).map(Hash))
            .optional()?,
    };
    Ok(Some(LogHead { device, seq: held, stopped, hash_at }))
}

pub fn kept(from: &Transaction<'_>, log: LogId) -> Result<Vec<Kept>, LogError> {
    let mut query = from.prepare_cached(
        "SELECT seq, prev, hash, why, head, detail, detail_hash, sealed, sealed_hash FROM branch WHERE log = ?1 ORDER BY seq, rowid",
    )?;
    let mut rows = query.query([log.as_bytes()])?;
    let mut kept = Vec::new();
    while let Some(row) = rows.next()? {
        kept.push(Kept {
            seq: count(row.get(0)?)?,
            prev: Hash(row.get(1)?),
            hash: Hash(row.get(2)?),
            why: KeptFor::read(&row.get::<_, String>(3)?)?,
            op: operation(row, 4)?,
        });
    }
    Ok(kept)
}
