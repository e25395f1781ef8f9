//! Taking a segment: compare, append, or keep apart.

use std::collections::BTreeMap;

use deadpool_postgres::Transaction;
use hefu_core::{
    ids::{ChainId, DeviceId},
    op::{Hash, Standing},
};

use super::{
    beside, devices, escrow, leases, read,
    rows::{Columns, Quiet, hash},
};
use crate::{
    Device, KeptFor, LogError, Tip,
    escrow::{Losing, Noted},
    run::{Row, Run, Verdict, item_bytes},
    values::{self, count, int},
};

/// The outer result is the transaction's: a refusal that keeps bytes is committed.
///
/// The device's row is locked from the first statement to the commit, so that what is compared stays as it is: a log is its
/// first device's, and one device's pushes stand in a line whichever processes they come through.
pub async fn append(run: &Run, to: &Transaction<'_>) -> Result<(Result<u64, LogError>, Tip), LogError> {
    let Some(device) = devices::find_locked(to, run.device).await? else { return refused(LogError::DeviceUnknown) };
    let row = row(run, to).await?;
    let held = held(run, to, row.as_ref()).await?;
    match run.judge(&device, row.as_ref(), &held) {
        Verdict::Refuse(why) => refused(why),
        Verdict::Keep { skip, why: KeptFor::Revoked } => {
            keep(run, to, skip, KeptFor::Revoked).await?;
            refused(LogError::Revoked)
        }
        Verdict::Keep { skip, why: KeptFor::Fork } => {
            stop(run, to).await?;
            keep(run, to, skip, KeptFor::Fork).await?;
            refused(LogError::Fork)
        }
        Verdict::Take { skip } => {
            devices::note_met(to, run.device, run.received_at).await?;
            let last = row.as_ref().map_or(0, |row| row.seq);
            let new = skip < run.segment().ops.len();
            // Before the head's row is locked, so that it is locked for the shortest time, and after all accounts.
            let ready = if new { Some(prepare(run, to, &device, row, skip).await?) } else { None };
            beside::put(to, &run.push.beside, device.store, run.received_at).await?;
            match ready {
                Some((log_no, noted)) => Ok((Ok(run.end().0), write(run, to, log_no, skip, &noted).await?)),
                // Also when it is done again after a commit whose answer was lost: who waits is to hear of it.
                None => Ok((Ok(last), read::tip(to).await?)),
            }
        }
    }
}

fn refused(why: LogError) -> Result<(Result<u64, LogError>, Tip), LogError> {
    Ok((Err(why), Tip::default()))
}

async fn row(run: &Run, to: &Transaction<'_>) -> Result<Option<Row>, LogError> {
    let statement = to.prepare_cached("SELECT no, device, seq, hash, stopped_at IS NOT NULL, founder FROM log WHERE log = $1").await?;
    let Some(row) = to.query_opt(&statement, &[&run.segment().log.0]).await? else { return Ok(None) };
    let (no, device) = (row.try_get(0)?, DeviceId(row.try_get(1)?));
    Ok(Some(Row { no, device, seq: count(row.try_get(2)?)?, hash: hash(&row, 3)?, stopped: row.try_get(4)?, founder: row.try_get(5)? }))
}

/// The hashes that the segment is compared with.
async fn held(run: &Run, to: &Transaction<'_>, row: Option<&Row>) -> Result<BTreeMap<u64, Hash>, LogError> {
    let places = run.compared(row);
    let Some(row) = row.filter(|_| !places.is_empty()) else { return Ok(BTreeMap::new()) };
    let statement = to.prepare_cached("SELECT seq, hash FROM op WHERE log_no = $1 AND seq BETWEEN $2 AND $3").await?;
    let rows = to.query(&statement, &[&row.no, &int(*places.start())?, &int(*places.end())?]).await?;
    rows.iter().map(|row| Ok((count(row.try_get(0)?)?, hash(row, 1)?))).collect()
}

/// Everything but the sequence: the log's row, whose number it says, and what the operations do to accounts, with what they broke.
async fn prepare(run: &Run, to: &Transaction<'_>, device: &Device, row: Option<Row>, skip: usize) -> Result<(i64, Vec<Noted>), LogError> {
    let founder = match &row {
        Some(row) => row.founder,
        None => is_first(run, to).await?,
    };
    // A device that begins another file writes the one before it no more, as far as is known.
    let losing = match &row {
        Some(_) => Losing::default(),
        None => leases::other_logs(to, run.device, run.segment().log, run.received_at).await?,
    };
    let log_no = log_row(run, to, row, founder).await?;
    let noted = escrow::take(to, &losing, &run.facts(skip, Standing { store: device.store, founder })).await?;
    Ok((log_no, noted))
}

/// Whether this log begins the chain. Only for the first push of a chain the head's row is locked before everything else.
async fn is_first(run: &Run, to: &Transaction<'_>) -> Result<bool, LogError> {
    if !run.begins(chain(to).await?) || read::tip(to).await?.head > 0 {
        return Ok(false);
    }
    let statement = to.prepare_cached("SELECT seq, beside_seq, recall_seq FROM head FOR UPDATE").await?;
    Ok(read::tip_of(&to.query_one(&statement, &[]).await?)?.head == 0)
}

/// Which chain the log is of, where that was written down.
pub async fn chain(from: &Transaction<'_>) -> Result<Option<ChainId>, LogError> {
    let statement = from.prepare_cached("SELECT value FROM setting WHERE name = $1").await?;
    let setting = from.query_opt(&statement, &[&values::CHAIN]).await?.map(|row| row.try_get(0)).transpose()?;
    Ok(values::chain(setting))
}

/// Moves the log's row on, or makes it, and stores what the device signed. The row's number.
async fn log_row(run: &Run, to: &Transaction<'_>, row: Option<Row>, founder: bool) -> Result<i64, LogError> {
    let segment = run.segment();
    let (last, hash) = (int(run.end().0)?, run.end().1.0);
    let log_no = match row {
        Some(row) => {
            let statement = to.prepare_cached("UPDATE log SET seq = $2, hash = $3 WHERE no = $1").await?;
            to.execute(&statement, &[&row.no, &last, &hash.as_slice()]).await?;
            row.no
        }
        None => {
            let sql = "INSERT INTO log (log, device, seq, hash, founder) VALUES ($1, $2, $3, $4, $5)
                       ON CONFLICT (log) DO NOTHING RETURNING no";
            let statement = to.prepare_cached(sql).await?;
            let made = to.query_opt(&statement, &[&segment.log.0, &run.device.0, &last, &hash.as_slice(), &founder]).await?;
            made.ok_or_else(LogError::raced)?.try_get(0)?
        }
    };
    let sql = "INSERT INTO segment (log_no, from_seq, ops, signature, received_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let statement = to.prepare_cached(sql).await?;
    let (from_seq, ops) = (int(segment.from_seq)?, int(segment.ops.len() as u64)?);
    to.execute(&statement, &[&log_no, &from_seq, &ops, &run.push.signature.as_slice(), &run.received_at]).await?;
    Ok(log_no)
}

/// Locks the one row of the chain's sequence, takes numbers and stores the operations, in one statement: nothing but the commit
/// comes after it, and what breaches there are.
const WRITE: &str = "
    WITH numbered AS (UPDATE head SET seq = seq + $1, escrowed = escrowed + $1, returned = returned + $1 RETURNING seq, beside_seq, recall_seq),
    stored AS (
        INSERT INTO op (gseq, log_no, seq, hash, received_at, head, detail, detail_hash, sealed, sealed_hash)
        SELECT numbered.seq - $1 + given.at, $2, given.seq, given.hash, $3, given.head, given.detail, given.detail_hash, given.sealed,
               given.sealed_hash
        FROM numbered, unnest($4::bigint[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[], $9::bytea[], $10::bytea[])
             WITH ORDINALITY AS given (seq, hash, head, detail, detail_hash, sealed, sealed_hash, at)
    )
    SELECT seq, beside_seq, recall_seq FROM numbered";

/// Appends the operations from `skip` on, and says where the sequences end now.
async fn write(run: &Run, to: &Transaction<'_>, log_no: i64, skip: usize, noted: &[Noted]) -> Result<Tip, LogError> {
    let columns = Columns::of(run.placed(skip))?;
    let new = int(columns.seqs.len() as u64)?;
    let statement = to.prepare_cached(WRITE).await?;
    let Columns { seqs, hashes, heads, details, detail_hashes, sealed, sealed_hashes, .. } = &columns;
    let end = to
        .query_one(&statement, &[&new, &log_no, &run.received_at, seqs, hashes, heads, details, detail_hashes, sealed, sealed_hashes])
        .await?;
    let tip = read::tip_of(&end)?;
    escrow::note(to, noted, tip.head - count(new)? + 1, run.received_at).await?;
    Ok(tip)
}

/// A fork was found: nothing of this log is taken any more, so what it was lent is in doubt.
async fn stop(run: &Run, to: &Transaction<'_>) -> Result<(), LogError> {
    let statement = to.prepare_cached("UPDATE log SET stopped_at = coalesce(stopped_at, $2) WHERE log = $1").await?;
    to.execute(&statement, &[&run.segment().log.0, &run.received_at]).await?;
    leases::lose_log(to, run.segment().log, run.received_at).await
}

const KEEP: &str = "
    INSERT INTO branch (log, seq, hash, prev, device, why, received_at, head, detail, detail_hash, sealed, sealed_hash)
    SELECT $1, given.seq, given.hash, given.prev, $2, $3, $4, given.head, given.detail, given.detail_hash, given.sealed, given.sealed_hash
    FROM unnest($5::bigint[], $6::bytea[], $7::bytea[], $8::bytea[], $9::bytea[], $10::bytea[], $11::bytea[], $12::bytea[])
         WITH ORDINALITY AS given (seq, hash, prev, head, detail, detail_hash, sealed, sealed_hash, at)
    ORDER BY given.at
    ON CONFLICT (log, seq, hash) DO NOTHING";

/// Keeps what is not in the log already, each operation once.
async fn keep(run: &Run, to: &Transaction<'_>, skip: usize, why: KeptFor) -> Result<(), LogError> {
    let columns = Columns::of(run.placed(skip))?;
    let statement = to.prepare_cached(KEEP).await?;
    let Columns { seqs, prevs, hashes, heads, details, detail_hashes, sealed, sealed_hashes } = &columns;
    let (log, device, at) = (run.segment().log.0, run.device.0, run.received_at);
    to.execute(&statement, &[&log, &device, &why.as_str(), &at, seqs, hashes, prevs, heads, details, detail_hashes, sealed, sealed_hashes])
        .await?;
    keep_beside(run, to).await
}

async fn keep_beside(run: &Run, to: &Transaction<'_>) -> Result<(), LogError> {
    if run.push.beside.is_empty() {
        return Ok(());
    }
    let items = run.push.beside.iter().map(item_bytes).collect::<Result<Vec<_>, _>>()?;
    let hashes: Vec<Vec<u8>> = items.iter().map(|item| Hash::of(item).0.to_vec()).collect();
    let sql = "INSERT INTO branch_beside (log, item_hash, item, received_at)
               SELECT $1, given.item_hash, given.item, $2 FROM unnest($3::bytea[], $4::bytea[]) AS given (item_hash, item)
               ON CONFLICT DO NOTHING";
    let statement = to.prepare_cached(sql).await?;
    to.execute(&statement, &[&run.segment().log.0, &run.received_at, &hashes, &Quiet(items)]).await?;
    Ok(())
}
