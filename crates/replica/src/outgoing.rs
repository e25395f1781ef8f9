//! What the server has not confirmed yet, in the order it must be sent.

use hefu_core::{
    error::Code,
    ids::StaffId,
    op::{Hash, Operation, Part},
    seal::PersonKey,
    wire::{Beside, Segment},
};
use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use crate::{Error, Replica, apply::log_row, meta};

/// How far this replica has read of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub after: u64,
    pub beside_after: u64,
}

/// The last operation of the own log that the server confirmed; sequence 0 and the log's start hash before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub seq: u64,
    pub hash: Hash,
}

/// What goes into one push.
#[derive(Clone, Debug)]
pub struct Unsent {
    pub segment: Segment,
    pub beside: Vec<Beside>,
    /// To be given back to [`Replica::pushed`].
    pub beside_upto: u64,
}

const BESIDE_A_PUSH: i64 = 4000;

impl Replica {
    pub fn cursor(&self) -> Result<Cursor, Error> {
        self.inner.files.read(|connection| {
            Ok(Cursor { after: meta::number(connection, meta::CURSOR)?, beside_after: meta::number(connection, meta::BESIDE_CURSOR)? })
        })
    }

    pub fn held(&self) -> Result<Held, Error> {
        self.inner.files.read(|connection| held(connection, self))
    }

    /// How many operations the own log has.
    pub fn length(&self) -> Result<u64, Error> {
        self.inner.files.read(|connection| log_head(connection, self))
    }

    /// Own operations that the server has not confirmed; where there are none, what goes beside by itself: a changed PIN.
    pub fn unsent(&self) -> Result<u64, Error> {
        self.inner.files.read(|connection| match log_head(connection, self)?.saturating_sub(meta::number(connection, meta::HELD)?) {
            0 => waiting_beside(connection, 0),
            operations => Ok(operations),
        })
    }

    /// Own operations of which the server has said neither that they are in the chain nor that it keeps them apart; where there are
    /// none, what goes beside by itself.
    pub fn unkept(&self) -> Result<u64, Error> {
        self.inner.files.read(|connection| {
            let kept = kept(connection)?;
            let beside = if kept.is_some() { meta::number(connection, KEPT_BESIDE)? } else { 0 };
            let held = kept.map_or_else(|| meta::number(connection, meta::HELD), Ok)?;
            match log_head(connection, self)?.saturating_sub(held) {
                0 => waiting_beside(connection, beside),
                operations => Ok(operations),
            }
        })
    }

    /// The next operations to push, at least one and at most about `bytes_most`; `None` when all is confirmed.
    pub fn next_push(&self, bytes_most: usize) -> Result<Option<Unsent>, Error> {
        self.inner.files.read(|connection| {
            let held = held(connection, self)?;
            let (beside, beside_upto) = beside_out(connection, 0)?;
            let ops = ops_after(connection, self, held.seq, bytes_most)?;
            if ops.is_empty() && beside.is_empty() {
                return Ok(None);
            }
            let segment = Segment { log: self.log(), from_seq: held.seq + 1, prev: held.hash, ops };
            Ok(Some(Unsent { segment, beside, beside_upto }))
        })
    }

    /// The server holds this log up to `held`, and what went beside it. Errors with `sync.fork` when that is more than was ever
    /// written here: this file is an older copy of the one that wrote it.
    pub fn pushed(&self, held: u64, beside_upto: u64) -> Result<(), Error> {
        self.write(|writing| {
            let connection = writing.connection();
            if held > log_head(connection, self)? {
                return Err(Code::SyncFork.into());
            }
            if held > meta::number(connection, meta::HELD)? {
                meta::set_number(connection, meta::HELD, held)?;
                forget_kept(connection)?;
            }
            connection.prepare_cached("DELETE FROM beside_out WHERE n <= ?1")?.execute([beside_upto.cast_signed()])?;
            Ok(())
        })
    }
}

/// How far a server that refuses this log for good (a fork, a revoked till) has kept it apart: the last operation plus
/// one; 0 before it was asked to.
const KEPT: &str = "kept";

/// The last of what went beside that is kept so.
const KEPT_BESIDE: &str = "kept_beside";

impl Replica {
    /// Whether the log is being sent to be kept apart.
    pub fn is_being_kept(&self) -> Result<bool, Error> {
        self.inner.files.read(|connection| Ok(kept(connection)?.is_some()))
    }

    /// The server refuses this log for good, and holds of it what comes up to `after`: the rest is sent to be kept.
    pub fn keep_from(&self, after: u64) -> Result<(), Error> {
        self.write(|writing| meta::set_number(writing.connection(), KEPT, after + 1))
    }

    /// The next operations for the server to keep apart, as [`Replica::next_push`], with the keys of the persons that they
    /// are about; `None` when it keeps all.
    pub fn next_to_keep(&self, bytes_most: usize) -> Result<Option<Unsent>, Error> {
        self.inner.files.read(|connection| {
            let Some(kept) = kept(connection)? else { return Ok(None) };
            let after = own_at(connection, self, kept)?;
            let (mut beside, beside_upto) = beside_out(connection, meta::number(connection, KEPT_BESIDE)?)?;
            let ops = ops_after(connection, self, kept, bytes_most)?;
            if ops.is_empty() && beside.is_empty() {
                return Ok(None);
            }
            let own = log_row(connection, self.log())?.id;
            beside.extend(keys_of(connection, own, kept, kept + ops.len() as u64)?);
            let segment = Segment { log: self.log(), from_seq: kept + 1, prev: after.hash, ops };
            Ok(Some(Unsent { segment, beside, beside_upto }))
        })
    }

    /// The server keeps this log apart up to `upto`, and what went beside it.
    pub fn was_kept(&self, upto: u64, beside_upto: u64) -> Result<(), Error> {
        self.write(|writing| {
            let connection = writing.connection();
            meta::set_number(connection, KEPT, upto + 1)?;
            let beside = meta::number(connection, KEPT_BESIDE)?.max(beside_upto);
            meta::set_number(connection, KEPT_BESIDE, beside)
        })
    }
}

fn kept(connection: &Connection) -> Result<Option<u64>, Error> {
    Ok(meta::number(connection, KEPT)?.checked_sub(1))
}

/// A server that takes this log again has let it in, or is another than the one that kept it.
fn forget_kept(connection: &Connection) -> Result<(), Error> {
    connection.prepare_cached("DELETE FROM meta WHERE name IN (?1, ?2)")?.execute([KEPT, KEPT_BESIDE])?;
    Ok(())
}

/// What this file remembers of having read a server that has since lost some of it.
const ASTRAY: &str = "astray";

impl Replica {
    /// The own log at `seq`; sequence 0 is its start.
    pub fn own_at(&self, seq: u64) -> Result<Held, Error> {
        self.inner.files.read(|connection| own_at(connection, self, seq))
    }

    /// The server lost what it had confirmed after `to`: that is unsent again, with the keys of whom it is about and how this
    /// store's colleagues sign in. Where some of it had been read back in the chain's sequence, the cursor is past what is
    /// there now: see [`Replica::is_astray`].
    pub fn unhold(&self, to: u64) -> Result<(), Error> {
        self.write(|writing| {
            let connection = writing.connection();
            if to >= meta::number(connection, meta::HELD)? {
                return Ok(());
            }
            let own = log_row(connection, self.log())?.id;
            let read_back: bool = connection.query_row(
                "SELECT EXISTS (SELECT 1 FROM op WHERE log = ?1 AND seq > ?2 AND gseq IS NOT NULL)",
                (own, to.cast_signed()),
                |row| row.get(0),
            )?;
            if read_back {
                meta::set_number(connection, ASTRAY, 1)?;
            }
            meta::set_number(connection, meta::HELD, to)?;
            forget_kept(connection)?;
            for item in lost_beside(connection, self, own, to)? {
                let body = serde_json::to_string(&item).map_err(|_| Code::Internal)?;
                connection.prepare_cached("INSERT INTO beside_out (body) VALUES (?1)")?.execute([body])?;
            }
            Ok(())
        })
    }

    /// Whether the chain's sequence is not the one that this file read: what it would pull might leave something out.
    pub fn is_astray(&self) -> Result<bool, Error> {
        self.inner.files.read(|connection| Ok(meta::number(connection, ASTRAY)? > 0))
    }

    /// Remembers for ever that the cursor is past the end of the server's sequence, which grows again.
    pub fn go_astray(&self) -> Result<(), Error> {
        self.write(|writing| meta::set_number(writing.connection(), ASTRAY, 1))
    }

    /// The server took what went beside at `now`: no credential counts from later than that, here as there.
    pub fn settle_credentials(&self, now: i64) -> Result<(), Error> {
        let ahead = |connection: &Connection| -> Result<bool, Error> {
            Ok(connection.query_row("SELECT EXISTS (SELECT 1 FROM credential WHERE set_at > ?1)", [now], |row| row.get(0))?)
        };
        if !self.inner.files.read(ahead)? {
            return Ok(());
        }
        self.write(|writing| {
            writing.connection().execute("UPDATE credential SET set_at = ?1 WHERE set_at > ?1", [now])?;
            Ok(())
        })
    }
}

/// What went beside the operations after `to`, in their order.
fn lost_beside(connection: &Connection, replica: &Replica, own: i64, to: u64) -> Result<Vec<Beside>, Error> {
    let mut items = keys_of(connection, own, to, i64::MAX.unsigned_abs())?;
    let store = replica.identity().store;
    let mut credentials = connection.prepare("SELECT staff, phc, set_at FROM credential WHERE store IS ?1 ORDER BY staff")?;
    let mut rows = credentials.query([store.as_ref().map(|store| store.as_bytes().as_slice())])?;
    while let Some(row) = rows.next()? {
        items.push(Beside::Credential { staff: StaffId::from_bytes(row.get(0)?), store, phc: row.get(1)?, set_at: row.get(2)? });
    }
    Ok(items)
}

/// The keys of the persons that the own operations after `after`, up to `upto`, are about.
fn keys_of(connection: &Connection, own: i64, after: u64, upto: u64) -> Result<Vec<Beside>, Error> {
    let mut keys = connection.prepare_cached(
        "SELECT person_key.person, person_key.key FROM op JOIN person_key ON person_key.person = op.entity
         WHERE op.log = ?1 AND op.seq > ?2 AND op.seq <= ?3 GROUP BY person_key.person ORDER BY min(op.seq)",
    )?;
    let mut rows = keys.query((own, after.cast_signed(), upto.cast_signed()))?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.push(Beside::Key { person: Uuid::from_bytes(row.get(0)?), key: PersonKey::new(row.get(1)?) });
    }
    Ok(items)
}

fn log_head(connection: &Connection, replica: &Replica) -> Result<u64, Error> {
    let head: i64 = connection
        .prepare_cached("SELECT head_seq FROM log WHERE log = ?1")?
        .query_row([replica.log().as_bytes().as_slice()], |row| row.get(0))?;
    Ok(head.unsigned_abs())
}

fn held(connection: &Connection, replica: &Replica) -> Result<Held, Error> {
    own_at(connection, replica, meta::number(connection, meta::HELD)?)
}

fn own_at(connection: &Connection, replica: &Replica, seq: u64) -> Result<Held, Error> {
    if seq == 0 {
        return Ok(Held { seq, hash: Hash::start_of(replica.log()) });
    }
    let log = log_row(connection, replica.log())?;
    let hash: Option<Vec<u8>> = connection
        .prepare_cached("SELECT hash FROM op WHERE log = ?1 AND seq = ?2")?
        .query_row((log.id, seq.cast_signed()), |row| row.get(0))
        .optional()?;
    let hash = hash.and_then(|bytes| Hash::read(&bytes)).ok_or(Error::Stored("confirmed operation"))?;
    Ok(Held { seq, hash })
}

/// How many things wait to go beside, after the `after`th.
fn waiting_beside(connection: &Connection, after: u64) -> Result<u64, Error> {
    let mut count = connection.prepare_cached("SELECT count(*) FROM beside_out WHERE n > ?1")?;
    Ok(count.query_row([after.cast_signed()], |row| row.get::<_, i64>(0))?.unsigned_abs())
}

/// What is to go beside after `after`, and the last of it.
fn beside_out(connection: &Connection, after: u64) -> Result<(Vec<Beside>, u64), Error> {
    let mut statement = connection.prepare_cached("SELECT n, body FROM beside_out WHERE n > ?1 ORDER BY n LIMIT ?2")?;
    let mut rows = statement.query([after.cast_signed(), BESIDE_A_PUSH])?;
    let (mut beside, mut upto) = (Vec::new(), after);
    while let Some(row) = rows.next()? {
        upto = row.get::<_, i64>(0)?.unsigned_abs();
        let body: String = row.get(1)?;
        beside.push(serde_json::from_str(&body).map_err(|_| Error::Stored("beside"))?);
    }
    Ok((beside, upto))
}

fn ops_after(connection: &Connection, replica: &Replica, seq: u64, bytes_most: usize) -> Result<Vec<Operation>, Error> {
    let log = log_row(connection, replica.log())?;
    let mut statement = connection
        .prepare_cached("SELECT head, detail, detail_hash, sealed, sealed_hash FROM op WHERE log = ?1 AND seq > ?2 ORDER BY seq")?;
    let mut rows = statement.query((log.id, seq.cast_signed()))?;
    let (mut ops, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let op = read_op(row, 0)?;
        bytes += op.head.len() + op.detail.len() + op.sealed.len();
        if bytes > bytes_most && !ops.is_empty() {
            break;
        }
        ops.push(op);
    }
    Ok(ops)
}

/// Reads head, detail, detail_hash, sealed and sealed_hash from five columns that begin at `from`.
pub(crate) fn read_op(row: &Row<'_>, from: usize) -> Result<Operation, Error> {
    let part = |bytes: Option<Vec<u8>>, hash: Option<Vec<u8>>| match (bytes, hash) {
        (Some(bytes), _) => Ok(Part::Here(bytes)),
        (None, Some(hash)) => Hash::read(&hash).map(Part::Absent).ok_or(Error::Stored("hash of a part")),
        (None, None) => Ok(Part::NONE),
    };
    Ok(Operation {
        head: row.get(from)?,
        detail: part(row.get(from + 1)?, row.get(from + 2)?)?,
        sealed: part(row.get(from + 3)?, row.get(from + 4)?)?,
    })
}
