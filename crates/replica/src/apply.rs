//! Frames: other nodes' operations and the marks of own ones, applied with their cursor in one transaction (I13).

use hefu_core::{
    error::Code,
    ids::LogId,
    op::{Body, Hash, Operation, Part},
    wire::{Entry, Frame},
};
use rusqlite::{Connection, OptionalExtension};

use crate::{
    Error, Replica,
    fold::{self, body_of, entity_of, head_of},
    meta,
};

/// One log as it stands here.
pub(crate) struct LogRow {
    pub id: i64,
    pub seq: u64,
    pub hash: Hash,
}

/// The row of a log, made when it is met first.
pub(crate) fn log_row(connection: &Connection, log: LogId) -> Result<LogRow, Error> {
    let found = connection
        .prepare_cached("SELECT id, head_seq, head_hash FROM log WHERE log = ?1")?
        .query_row([log.as_bytes().as_slice()], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?, row.get::<_, Vec<u8>>(2)?)))
        .optional()?;
    if let Some((id, seq, hash)) = found {
        return Ok(LogRow { id, seq: seq.unsigned_abs(), hash: Hash::read(&hash).ok_or(Error::Stored("log head"))? });
    }
    let hash = Hash::start_of(log);
    connection.execute("INSERT INTO log (log, head_seq, head_hash) VALUES (?1, 0, ?2)", (log.as_bytes().as_slice(), hash.0.as_slice()))?;
    Ok(LogRow { id: connection.last_insert_rowid(), seq: 0, hash })
}

pub(crate) fn set_log_head(connection: &Connection, log_row: i64, seq: u64, hash: &Hash) -> Result<(), Error> {
    connection.prepare_cached("UPDATE log SET head_seq = ?2, head_hash = ?3 WHERE id = ?1")?.execute((
        log_row,
        seq.cast_signed(),
        hash.0.as_slice(),
    ))?;
    Ok(())
}

/// The bytes and the hash column of a part: the hash is kept only where the bytes are not.
fn columns(part: &Part) -> (Option<&[u8]>, Option<&[u8]>) {
    match part {
        Part::Here(_) => (part.bytes(), None),
        Part::Absent(hash) => (None, Some(hash.0.as_slice())),
    }
}

pub(crate) fn insert_op(
    connection: &Connection,
    log_row: i64,
    seq: u64,
    mark: Option<(u64, i64)>,
    body: &Body,
    hash: &Hash,
    op: &Operation,
) -> Result<i64, Error> {
    let (detail, detail_hash) = columns(&op.detail);
    let (sealed, sealed_hash) = columns(&op.sealed);
    let entity = entity_of(body);
    connection
        .prepare_cached(
            "INSERT INTO op (log, seq, gseq, received_at, entity, hash, head, detail, detail_hash, sealed, sealed_hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute((
            log_row,
            seq.cast_signed(),
            mark.map(|(gseq, _)| gseq.cast_signed()),
            mark.map(|(_, received_at)| received_at),
            entity.as_ref().map(|id| id.as_bytes().as_slice()),
            hash.0.as_slice(),
            &op.head,
            detail,
            detail_hash,
            sealed,
            sealed_hash,
        ))?;
    Ok(connection.last_insert_rowid())
}

impl Replica {
    /// Applies a frame and moves the cursors, or does nothing. Errors: `sync.gap` for a frame that does not follow the
    /// cursor, `sync.damaged` for bytes that are not what their hash says, `sync.fork` when an own operation comes back
    /// with another hash.
    pub fn apply(&self, frame: &Frame) -> Result<(), Error> {
        self.write(|writing| {
            let connection = writing.connection();
            let cursor = meta::number(connection, meta::CURSOR)?;
            check_sequence(frame, cursor)?;
            for item in &frame.beside {
                fold::beside(connection, item)?;
            }
            let own = log_row(connection, self.log())?;
            let mut held = meta::number(connection, meta::HELD)?;
            for entry in &frame.entries {
                if entry.log == self.log() {
                    mark_own(connection, own.id, entry)?;
                    held = held.max(entry.seq);
                } else {
                    take(connection, entry)?;
                }
            }
            meta::set_number(connection, meta::HELD, held)?;
            meta::set_number(connection, meta::CURSOR, frame.upto)?;
            if frame.beside_upto > meta::number(connection, meta::BESIDE_CURSOR)? {
                meta::set_number(connection, meta::BESIDE_CURSOR, frame.beside_upto)?;
            }
            Ok(())
        })
    }
}

/// The frame begins right after the cursor and has no hole (I4).
fn check_sequence(frame: &Frame, cursor: u64) -> Result<(), Error> {
    let follows = frame.entries.iter().zip(cursor + 1..).all(|(entry, gseq)| entry.gseq == gseq);
    let upto = frame.entries.last().map_or(cursor, |entry| entry.gseq);
    if follows && frame.upto == upto { Ok(()) } else { Err(Code::SyncGap.into()) }
}

/// Another log's operation: chained onto what is held of that log, kept as it is, folded if its kind is known.
fn take(connection: &Connection, entry: &Entry) -> Result<(), Error> {
    let op = entry.op.as_ref().ok_or(Code::ServerRubbish)?;
    let log = log_row(connection, entry.log)?;
    if entry.seq != log.seq + 1 || op.hash(log.hash) != entry.hash {
        return Err(Code::SyncDamaged.into());
    }
    let head = head_of(&op.head, entry.log, entry.seq);
    let body = head.as_ref().map_or(Body::Unknown, body_of);
    let mark = (entry.gseq, entry.received_at);
    let id = insert_op(connection, log.id, entry.seq, Some(mark), &body, &entry.hash, op)?;
    set_log_head(connection, log.id, entry.seq, &entry.hash)?;
    match head {
        None => Ok(()),
        Some(head) if body == Body::Unknown => fold::unknown(connection, &head),
        Some(head) => fold::fold(connection, &fold::Folding { id, stamp: &head.stamp, body: &body, op }),
    }
}

/// An own operation come back: it was folded when it was made, and is only marked. Where several operations make one
/// row, the mark can change which is the latest, so that row is folded again.
fn mark_own(connection: &Connection, own: i64, entry: &Entry) -> Result<(), Error> {
    let held: Option<(i64, Vec<u8>, Option<Vec<u8>>)> = connection
        .prepare_cached("SELECT id, hash, entity FROM op WHERE log = ?1 AND seq = ?2")?
        .query_row((own, entry.seq.cast_signed()), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (id, hash, entity) = held.ok_or(Code::SyncFork)?;
    if hash != entry.hash.0 {
        return Err(Code::SyncFork.into());
    }
    connection.prepare_cached("UPDATE op SET gseq = ?2, received_at = ?3 WHERE id = ?1")?.execute((
        id,
        entry.gseq.cast_signed(),
        entry.received_at,
    ))?;
    match entity.and_then(|bytes| uuid::Uuid::from_slice(&bytes).ok()) {
        Some(entity) => fold::again_if_shared(connection, entity),
        None => Ok(()),
    }
}
