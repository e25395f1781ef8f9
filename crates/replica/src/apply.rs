//! Frames: other nodes' operations and the marks of own ones, applied with their cursor in one transaction (I13).

use std::collections::{BTreeMap, btree_map};

use hefu_core::{
    error::Code,
    ids::{ChainId, LogId, StoreId},
    op::{Hash, Operation, Part},
    wire::{Entry, Frame},
};
use rusqlite::Connection;

use crate::{
    Error, Replica,
    fold::{self, Lying, Standing, Sums, begins, body_of, entity_of, head_of, standing},
    meta,
    verify::refold,
};

/// One log as it stands here.
#[derive(Clone, Copy)]
pub(crate) struct LogRow {
    pub id: i64,
    pub seq: u64,
    pub hash: Hash,
    pub from: Standing,
}

/// The row of a log, if it was met before.
fn find_log(connection: &Connection, log: LogId) -> Result<Option<LogRow>, Error> {
    let mut statement = connection.prepare_cached("SELECT id, head_seq, head_hash, place, founder FROM log WHERE log = ?1")?;
    let mut rows = statement.query([log.as_bytes().as_slice()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let hash = Hash::read(&row.get::<_, Vec<u8>>(2)?).ok_or(Error::Stored("log head"))?;
    Ok(Some(LogRow { id: row.get(0)?, seq: row.get::<_, i64>(1)?.unsigned_abs(), hash, from: standing(row, 3)? }))
}

/// The row of the own log, which is there from the first.
pub(crate) fn log_row(connection: &Connection, log: LogId) -> Result<LogRow, Error> {
    find_log(connection, log)?.ok_or(Error::Stored("log"))
}

/// A log met for the first time, of a device that was enrolled at this store, or as an HQ node.
pub(crate) fn add_log(connection: &Connection, log: LogId, store: Option<StoreId>) -> Result<LogRow, Error> {
    let hash = Hash::start_of(log);
    connection.execute(
        "INSERT INTO log (log, head_seq, head_hash, place) VALUES (?1, 0, ?2, ?3)",
        (log.as_bytes().as_slice(), hash.0.as_slice(), store.as_ref().map(|id| id.as_bytes().as_slice())),
    )?;
    Ok(LogRow { id: connection.last_insert_rowid(), seq: 0, hash, from: Standing { store, founder: false } })
}

pub(crate) fn set_founder(connection: &Connection, log_row: i64, founder: bool) -> Result<(), Error> {
    connection.execute("UPDATE log SET founder = ?2 WHERE id = ?1", (log_row, founder))?;
    Ok(())
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
    entity: Option<uuid::Uuid>,
    hash: &Hash,
    op: &Operation,
) -> Result<i64, Error> {
    let (detail, detail_hash) = columns(&op.detail);
    let (sealed, sealed_hash) = columns(&op.sealed);
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
    /// cursor, `sync.damaged` for bytes that are not what their hash says, `server.rubbish` when a log has moved to another store,
    /// `sync.fork` when an own operation comes back with another hash.
    pub fn apply(&self, frame: &Frame) -> Result<(), Error> {
        self.write(|writing| {
            let connection = writing.connection();
            let cursor = meta::number(connection, meta::CURSOR)?;
            check_sequence(frame, cursor)?;
            for item in &frame.beside {
                fold::beside(connection, item)?;
            }
            let own = log_row(connection, self.log())?;
            // A chain that was begun here gives way to one that its log says began before.
            let gives_way = own.from.founder && frame.entries.first().is_some_and(|first| first.gseq == 1 && first.log != self.log());
            if gives_way {
                set_founder(connection, own.id, false)?;
            }
            let mut held = meta::number(connection, meta::HELD)?;
            let mut logs = Logs::default();
            fold::adding_up(connection, |sums| {
                for entry in &frame.entries {
                    if entry.log == self.log() {
                        mark_own(connection, sums, &own, entry)?;
                        held = held.max(entry.seq);
                    } else {
                        take(connection, sums, &mut logs, self.chain(), entry)?;
                    }
                }
                Ok(())
            })?;
            logs.write_heads(connection)?;
            if gives_way {
                refold(connection)?;
            }
            fold::put_away(connection)?;
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

/// The logs of a frame as they stand after each of its entries. Their heads are written when all of it is taken.
#[derive(Default)]
struct Logs(BTreeMap<LogId, LogRow>);

impl Logs {
    /// The log of an entry. Errors with `server.rubbish` when it has moved to another store.
    fn of(&mut self, connection: &Connection, entry: &Entry) -> Result<&mut LogRow, Error> {
        let log = match self.0.entry(entry.log) {
            btree_map::Entry::Occupied(met) => met.into_mut(),
            btree_map::Entry::Vacant(new) => {
                let row = find_log(connection, entry.log)?;
                new.insert(row.map_or_else(|| add_log(connection, entry.log, entry.store), Ok)?)
            }
        };
        if log.from.store == entry.store { Ok(log) } else { Err(Code::ServerRubbish.into()) }
    }

    fn write_heads(&self, connection: &Connection) -> Result<(), Error> {
        self.0.values().try_for_each(|log| set_log_head(connection, log.id, log.seq, &log.hash))
    }
}

/// Another log's operation: chained onto what is held of that log, kept as it is, folded if its kind is known and its writer's
/// to say.
fn take(connection: &Connection, sums: &mut Sums, logs: &mut Logs, chain: ChainId, entry: &Entry) -> Result<(), Error> {
    let op = entry.op.as_ref().ok_or(Code::ServerRubbish)?;
    let log = logs.of(connection, entry)?;
    if entry.seq != log.seq + 1 || op.hash(log.hash) != entry.hash {
        return Err(Code::SyncDamaged.into());
    }
    let head = head_of(&op.head, entry.log, entry.seq);
    if entry.gseq == 1 && head.as_ref().is_some_and(|head| begins(head, chain)) {
        set_founder(connection, log.id, true)?;
        log.from.founder = true;
    }
    let said = head.as_ref().map(|head| body_of(head, log.from));
    let entity = said.as_ref().and_then(|said| said.as_ref().ok()).and_then(entity_of);
    let id = insert_op(connection, log.id, entry.seq, Some((entry.gseq, entry.received_at)), entity, &entry.hash, op)?;
    (log.seq, log.hash) = (entry.seq, entry.hash);
    match (&head, &said) {
        (Some(head), Some(said)) => {
            fold::take(connection, sums, &Lying { id, from: log.from, received_at: Some(entry.received_at), op }, head, said)
        }
        _ => Ok(()),
    }
}

/// An own operation come back: it was folded when it was made, and is only marked.
fn mark_own(connection: &Connection, sums: &mut Sums, own: &LogRow, entry: &Entry) -> Result<(), Error> {
    if own.from.store != entry.store {
        return Err(Code::ServerRubbish.into());
    }
    let mut statement = connection.prepare_cached("SELECT id, hash, head FROM op WHERE log = ?1 AND seq = ?2")?;
    let mut rows = statement.query((own.id, entry.seq.cast_signed()))?;
    let row = rows.next()?.ok_or(Code::SyncFork)?;
    let (id, hash, head): (i64, Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
    if hash != entry.hash.0 {
        return Err(Code::SyncFork.into());
    }
    connection.prepare_cached("UPDATE op SET gseq = ?2, received_at = ?3 WHERE id = ?1")?.execute((
        id,
        entry.gseq.cast_signed(),
        entry.received_at,
    ))?;
    match head_of(&head, entry.log, entry.seq) {
        Some(head) => fold::marked(connection, sums, id, &head, &body_of(&head, own.from), entry.received_at),
        None => Ok(()),
    }
}
