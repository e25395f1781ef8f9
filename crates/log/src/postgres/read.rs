//! Reading: frames for replicas, and what is held of a log.

use deadpool_postgres::Transaction;
use hefu_core::{
    ids::{DeviceId, LogId, StoreId},
    op::Hash,
    wire::{Entry, Frame},
};
use tokio_postgres::Row;

use super::{
    beside,
    rows::{hash, operation},
};
use crate::{
    Ask, ENTRY_BYTES, Kept, KeptFor, LogError, LogHead, Tip,
    values::{count, int},
};

pub const TIP: &str = "SELECT seq, beside_seq, recall_seq FROM head";

pub async fn tip(from: &Transaction<'_>) -> Result<Tip, LogError> {
    let statement = from.prepare_cached(TIP).await?;
    tip_of(&from.query_one(&statement, &[]).await?)
}

pub fn tip_of(row: &Row) -> Result<Tip, LogError> {
    Ok(Tip { head: count(row.try_get(0)?)?, beside: count(row.try_get(1)?)?, recalls: count(row.try_get(2)?)? })
}

/// While more goes beside than fits, a frame holds nothing else: an operation is never seen before what it needs.
pub async fn frame(from: &Transaction<'_>, ask: Ask) -> Result<Frame, LogError> {
    let tip = tip(from).await?;
    if ask.after > tip.head || ask.beside_after > tip.beside {
        return Err(LogError::Gap { expected: tip.head + 1 });
    }
    let page = beside::page(from, &ask, tip.beside).await?;
    let entries = if page.full || ask.after == tip.head { Vec::new() } else { entries(from, &ask).await? };
    let upto = entries.last().map_or(ask.after, |entry| entry.gseq);
    Ok(Frame { upto, head: tip.head, beside: page.items, beside_upto: page.upto, entries })
}

/// Cut to size where the bytes are, so that a reader far behind makes nobody hold more than a frame of them. The sequence has no
/// gaps, so a count of operations is a stretch of it. Of the reader's own operations the bytes are not even read.
const ENTRIES: &str = "
    WITH run AS (
        SELECT op.*, log.log, device.store, log.log = $2 AS own,
               sum($3::int + CASE WHEN log.log = $2 THEN 0
                   ELSE octet_length(op.head) + coalesce(octet_length(op.detail), 0) + coalesce(octet_length(op.sealed), 0) END)
                   OVER (ORDER BY op.gseq) AS bytes
        FROM op JOIN log ON log.no = op.log_no JOIN device ON device.device = log.device
        WHERE op.gseq > $1 AND op.gseq <= $4
    )
    SELECT gseq, log, seq, received_at, store, hash, own,
           CASE WHEN NOT own THEN head END, CASE WHEN NOT own THEN detail END, detail_hash, CASE WHEN NOT own THEN sealed END, sealed_hash
    FROM run WHERE bytes <= $5 OR gseq = $1 + 1 ORDER BY gseq";

async fn entries(from: &Transaction<'_>, ask: &Ask) -> Result<Vec<Entry>, LogError> {
    let statement = from.prepare_cached(ENTRIES).await?;
    let each = i32::try_from(ENTRY_BYTES).unwrap_or(i32::MAX);
    let (after, most) = (int(ask.after)?, int(ask.most.entries.max(1) as u64)?);
    let bytes_most = i64::try_from(ask.bytes_most).unwrap_or(i64::MAX);
    let rows = from.query(&statement, &[&after, &ask.own.0, &each, &after.saturating_add(most), &bytes_most]).await?;
    rows.iter().map(entry).collect()
}

fn entry(row: &Row) -> Result<Entry, LogError> {
    let own: bool = row.try_get(6)?;
    Ok(Entry {
        gseq: count(row.try_get(0)?)?,
        log: LogId(row.try_get(1)?),
        seq: count(row.try_get(2)?)?,
        received_at: row.try_get(3)?,
        store: row.try_get::<_, Option<_>>(4)?.map(StoreId),
        hash: hash(row, 5)?,
        op: if own { None } else { Some(operation(row, 7)?) },
    })
}

pub async fn log_head(from: &Transaction<'_>, log: LogId, seq: u64) -> Result<Option<LogHead>, LogError> {
    let statement = from.prepare_cached("SELECT no, device, seq, stopped_at IS NOT NULL FROM log WHERE log = $1").await?;
    let Some(row) = from.query_opt(&statement, &[&log.0]).await? else { return Ok(None) };
    let (no, held): (i64, u64) = (row.try_get(0)?, count(row.try_get(2)?)?);
    let hash_at = match seq {
        0 => Some(Hash::start_of(log)),
        seq if seq > held => None,
        seq => {
            let statement = from.prepare_cached("SELECT hash FROM op WHERE log_no = $1 AND seq = $2").await?;
            from.query_opt(&statement, &[&no, &int(seq)?]).await?.map(|row| hash(&row, 0)).transpose()?
        }
    };
    Ok(Some(LogHead { device: DeviceId(row.try_get(1)?), seq: held, stopped: row.try_get(3)?, hash_at }))
}

const KEPT: &str =
    "SELECT seq, prev, hash, why, head, detail, detail_hash, sealed, sealed_hash FROM branch WHERE log = $1 ORDER BY seq, no";

pub async fn kept(from: &Transaction<'_>, log: LogId) -> Result<Vec<Kept>, LogError> {
    let statement = from.prepare_cached(KEPT).await?;
    let rows = from.query(&statement, &[&log.0]).await?;
    rows.iter().map(kept_row).collect()
}

fn kept_row(row: &Row) -> Result<Kept, LogError> {
    Ok(Kept {
        seq: count(row.try_get(0)?)?,
        prev: hash(row, 1)?,
        hash: hash(row, 2)?,
        why: KeptFor::read(row.try_get(3)?)?,
        op: operation(row, 4)?,
    })
}
