//! Taking a segment: compare, append, or keep apart.

use std::collections::BTreeMap;

use hefu_core::{
    ids::{ChainId, DeviceId},
    op::{Hash, Standing},
};
use rusqlite::{OptionalExtension, Transaction, params};

use super::{beside, devices, escrow, leases, read, rows::columns};
use crate::{
    Device, KeptFor, LogError,
    escrow::Losing,
    run::{Placed, Row, Run, Verdict, item_bytes},
    values::{self, count, int},
};

/// The outer result is the transaction's: a refusal that keeps bytes is committed.
pub fn append(run: &Run, to: &Transaction<'_>) -> Result<Result<u64, LogError>, LogError> {
    let Some(device) = devices::find(to, run.device)? else { return Ok(Err(LogError::DeviceUnknown)) };
    let row = row(run, to)?;
    let held = held(run, to, row.as_ref())?;
    match run.judge(&device, row.as_ref(), &held) {
        Verdict::Refuse(why) => Ok(Err(why)),
        Verdict::Keep { skip, why: KeptFor::Revoked } => {
            keep(run, to, skip, KeptFor::Revoked)?;
            Ok(Err(LogError::Revoked))
        }
        Verdict::Keep { skip, why: KeptFor::Fork } => {
            stop(run, to)?;
            keep(run, to, skip, KeptFor::Fork)?;
            Ok(Err(LogError::Fork))
        }
        Verdict::Take { skip } => {
            beside::put(to, &run.push.beside, device.store, run.received_at)?;
            let last = row.as_ref().map_or(0, |row| row.seq);
            let last = if skip < run.segment().ops.len() { write(run, to, &device, row, skip)? } else { last };
            devices::note_met(to, run.device, run.received_at)?;
            Ok(Ok(last))
        }
    }
}

fn row(run: &Run, to: &Transaction<'_>) -> Result<Option<Row>, LogError> {
    let mut query = to.prepare_cached("SELECT no, device, seq, hash, stopped_at IS NOT NULL, founder FROM log WHERE log = ?1")?;
    let row = query.query_row([run.segment().log.as_bytes()], |row| {
        Ok((row.get(0)?, DeviceId::from_bytes(row.get(1)?), row.get(2)?, Hash(row.get(3)?), row.get(4)?, row.get(5)?))
    });
    let Some((no, device, seq, hash, stopped, founder)) = row.optional()? else { return Ok(None) };
    Ok(Some(Row { no, device, seq: count(seq)?, hash, stopped, founder }))
}

/// The hashes that the segment is compared with.
fn held(run: &Run, to: &Transaction<'_>, row: Option<&Row>) -> Result<BTreeMap<u64, Hash>, LogError> {
    let (mut held, places) = (BTreeMap::new(), run.compared(row));
    let Some(row) = row.filter(|_| !places.is_empty()) else { return Ok(held) };
    let mut query = to.prepare_cached("SELECT seq, hash FROM op WHERE log_no = ?1 AND seq BETWEEN ?2 AND ?3")?;
    let mut rows = query.query(params![row.no, int(*places.start())?, int(*places.end())?])?;
    while let Some(row) = rows.next()? {
        held.insert(count(row.get(0)?)?, Hash(row.get(1)?));
    }
    Ok(held)
}

/// Appends the operations from `skip` on, and reads what they do to accounts. Taking numbers of the chain's sequence is the last thing before the inserts,
/// so that with several writers the row is locked for the shortest time.
fn write(run: &Run, to: &Transaction<'_>, device: &Device, row: Option<Row>, skip: usize) -> Result<u64, LogError> {
    let segment = run.segment();
    let (last, hash) = run.end();
    let founder = match &row {
        Some(row) => row.founder,
        None => read::tip(to)?.head == 0 && run.begins(chain(to)?),
    };
    // A device that begins another file writes the one before it no more, as far as is known.
    let losing = match &row {
        Some(_) => Losing::default(),
        None => leases::other_logs(to, run.device, segment.log, run.received_at)?,
    };
    let noted = escrow::take(to, &losing, &run.facts(skip, Standing { store: device.store, founder }))?;
    let log_no = match row {
        Some(row) => {
            to.prepare_cached("UPDATE log SET seq = ?2, hash = ?3 WHERE no = ?1")?.execute(params![row.no, int(last)?, hash.0])?;
            row.no
        }
        None => to
            .prepare_cached("INSERT INTO log (log, device, seq, hash, founder) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING no")?
            .query_row(params![segment.log.as_bytes(), run.device.as_bytes(), int(last)?, hash.0, founder], |row| row.get(0))?,
    };
    to.prepare_cached("INSERT OR IGNORE INTO segment (log_no, from_seq, ops, signature, received_at) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![log_no, int(segment.from_seq)?, int(segment.ops.len() as u64)?, run.push.signature, run.received_at])?;
    let new = int((segment.ops.len() - skip) as u64)?;
    let end: i64 = to
        .prepare_cached("UPDATE head SET seq = seq + ?1, escrowed = seq + ?1, returned = seq + ?1 RETURNING seq")?
        .query_row([new], |row| row.get(0))?;
    let mut insert = to.prepare_cached(
        "INSERT INTO op (gseq, log_no, seq, hash, received_at, head, detail, detail_hash, sealed, sealed_hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for (Placed { seq, hash, op, .. }, gseq) in run.placed(skip).zip(end - new + 1..) {
        let (detail, detail_hash) = columns(&op.detail);
        let (sealed, sealed_hash) = columns(&op.sealed);
        insert.execute(params![gseq, log_no, int(seq)?, hash.0, run.received_at, op.head, detail, detail_hash, sealed, sealed_hash])?;
    }
    escrow::note(to, &noted, count(end - new + 1)?, run.received_at)?;
    Ok(last)
}

/// Which chain the log is of, where that was written down.
pub fn chain(from: &Transaction<'_>) -> Result<Option<ChainId>, LogError> {
    let setting =
        from.prepare_cached("SELECT value FROM setting WHERE name = ?1")?.query_row([values::CHAIN], |row| row.get(0)).optional()?;
    Ok(values::chain(setting))
}

/// A fork was found: nothing of this log is taken any more, so what it was lent is in doubt.
fn stop(run: &Run, to: &Transaction<'_>) -> Result<(), LogError> {
    let mut update = to.prepare_cached("UPDATE log SET stopped_at = coalesce(stopped_at, ?2) WHERE log = ?1")?;
    update.execute(params![run.segment().log.as_bytes(), run.received_at])?;
    leases::lose_log(to, run.segment().log, run.received_at)
}

/// Keeps what is not in the log already, each operation once.
fn keep(run: &Run, to: &Transaction<'_>, skip: usize, why: KeptFor) -> Result<(), LogError> {
    let mut insert = to.prepare_cached(
        "INSERT OR IGNORE INTO branch
         (log, seq, hash, prev, device, why, received_at, head, detail, detail_hash, sealed, sealed_hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    for Placed { seq, prev, hash, op } in run.placed(skip) {
        let (detail, detail_hash) = columns(&op.detail);
        let (sealed, sealed_hash) = columns(&op.sealed);
        insert.execute(params![
            run.segment().log.as_bytes(),
            int(seq)?,
            hash.0,
            prev.0,
            run.device.as_bytes(),
            why.as_str(),
            run.received_at,
            op.head,
            detail,
            detail_hash,
            sealed,
            sealed_hash
        ])?;
    }
    keep_beside(run, to)
}

fn keep_beside(run: &Run, to: &Transaction<'_>) -> Result<(), LogError> {
    let mut insert =
        to.prepare_cached("INSERT OR IGNORE INTO branch_beside (log, item_hash, item, received_at) VALUES (?1, ?2, ?3, ?4)")?;
    for item in &run.push.beside {
        let bytes = item_bytes(item)?;
        insert.execute(params![run.segment().log.as_bytes(), Hash::of(&bytes).0, bytes, run.received_at])?;
    }
    Ok(())
}
