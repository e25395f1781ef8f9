//! `verify`: is what is folded what the operations say? And `rebuild`: make it so.

use std::sync::PoisonError;

use hefu_core::{error::Code, ids::LogId, op::Hash, wire::Beside};
use rusqlite::Connection;

use crate::{
    Digest, Error, Replica, digest,
    file::{Connections, Place, remove_scratch},
    fold::{self, Lying, Sums, body_of, entity_of, head_of, standing},
    meta,
    outgoing::read_op,
};

/// The folded tables, emptied before a rebuild. `op` and `log` are what they are folded from.
const FOLDED: &[&str] = &[
    "chain",
    "store",
    "device",
    "staff",
    "rule",
    "frozen",
    "refused",
    "product",
    "barcode",
    "product_words",
    "member",
    "member_stat",
    "joined_day",
    "sale",
    "sale_line",
    "tender",
    "sale_tax",
    "refund",
    "refund_line",
    "store_day",
    "member_month",
    "tier_review",
    "promotion_use",
    "coupon",
    "sale_gift",
    "gift_taken",
    "batch",
    "batch_issuer",
    "card",
    "card_money",
    "buyer",
    "bonus_part",
    "bonus_given",
    "receipt",
    "posting",
    "posting_new",
    "balance",
];

/// What a fresh fold of the same operations says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub digest: Digest,
    /// Tables that differ from a fresh fold: a bug of the fold, or a damaged file. Not looked at where a chain is broken.
    pub differing: Vec<&'static str>,
    /// Whether every log's chain of hashes holds.
    pub chain_holds: bool,
    /// Whether postings and balances sum to zero in each unit (I1).
    pub sums_to_zero: bool,
}

impl Verified {
    pub fn ok(&self) -> bool {
        self.differing.is_empty() && self.chain_holds && self.sums_to_zero
    }
}

impl Replica {
    /// Folds every operation again into a file beside this one, and compares. Selling goes on meanwhile. Errors with
    /// `disk.full` before anything is written where that file might not leave the book room to grow.
    pub fn verify(&self) -> Result<Verified, Error> {
        let _one = self.inner.verifying.lock().unwrap_or_else(PoisonError::into_inner);
        let book = self.inner.files.place();
        let path = book.scratch_path();
        remove_scratch(&path)?;
        if book.room().is_some_and(|room| !is_room(room, book.size())) {
            return Err(Code::DiskFull.into());
        }
        let mut key = crate::Secret::default();
        getrandom::fill(&mut *key).map_err(|error| Error::KeyStore(error.to_string()))?;
        let verified = self.verify_in(&Place::new(&path, key));
        remove_scratch(&path)?;
        verified
    }

    fn verify_in(&self, place: &Place) -> Result<Verified, Error> {
        let scratch = Connections::scratch(place)?;
        self.inner.files.read(|connection| {
            let digest = digest::take(connection, self.log())?;
            let sums_to_zero = sums_to_zero(connection)?;
            let chain_holds = chain_holds(connection)?;
            if !chain_holds {
                // Operations that are not what was written fold to nothing worth comparing, or do not read at all.
                return Ok(Verified { digest, differing: Vec::new(), chain_holds, sums_to_zero });
            }
            let fresh = scratch.write(|tx| {
                copy_keys(connection, tx)?;
                copy_ops(connection, tx)?;
                fold_all(tx, &mut |_, _| ())?;
                digest::tables(tx)
            })?;
            let differing = digest.tables.iter().zip(&fresh).filter(|(a, b)| a != b).map(|(a, _)| a.0).collect();
            Ok(Verified { digest, differing, chain_holds, sums_to_zero })
        })
    }

    /// Empties the folded tables and folds every operation again, in one transaction.
    pub fn rebuild(&self) -> Result<(), Error> {
        self.rebuild_telling(&mut |_, _| ())
    }

    pub(crate) fn rebuild_telling(&self, tell: &mut dyn FnMut(u64, u64)) -> Result<(), Error> {
        self.write(|writing| {
            refold_telling(writing.connection(), tell)?;
            meta::set_fold_version(writing.connection())
        })
    }
}

/// Empties the folded tables and folds every operation of this file again.
pub(crate) fn refold(connection: &Connection) -> Result<(), Error> {
    refold_telling(connection, &mut |_, _| ())
}

fn refold_telling(connection: &Connection, tell: &mut dyn FnMut(u64, u64)) -> Result<(), Error> {
    for table in FOLDED {
        connection.execute(&format!("DELETE FROM {table}"), [])?;
    }
    fold_all(connection, tell)
}

/// Whether a second book fits, with its write-ahead log and half a book to spare for selling.
fn is_room(room: u64, book: u64) -> bool {
    room.saturating_mul(2) >= book.saturating_mul(5)
}

fn copy_keys(from: &Connection, to: &Connection) -> Result<(), Error> {
    let mut statement = from.prepare("SELECT person, key FROM person_key")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (person, key): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let person = uuid::Uuid::from_slice(&person).map_err(|_| Error::Stored("person"))?;
        let key = hefu_core::seal::PersonKey::new(key.try_into().map_err(|_| Error::Stored("key"))?);
        fold::beside(to, &Beside::Key { person, key })?;
    }
    Ok(())
}

const OP_COLUMNS: &str = "id, log, seq, gseq, received_at, entity, hash, head, detail, detail_hash, sealed, sealed_hash";

fn copy_ops(from: &Connection, to: &Connection) -> Result<(), Error> {
    copy_rows(from, to, "log", "id, log, head_seq, head_hash, place, founder")?;
    copy_rows(from, to, "op", OP_COLUMNS)
}

fn copy_rows(from: &Connection, to: &Connection, table: &str, columns: &str) -> Result<(), Error> {
    let count = columns.split(',').count();
    let marks = vec!["?"; count].join(", ");
    let mut insert = to.prepare(&format!("INSERT INTO {table} ({columns}) VALUES ({marks})"))?;
    let mut statement = from.prepare(&format!("SELECT {columns} FROM {table}"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let values = (0..count).map(|column| row.get::<_, rusqlite::types::Value>(column)).collect::<Result<Vec<_>, _>>()?;
        insert.execute(rusqlite::params_from_iter(values))?;
    }
    Ok(())
}

/// Says anew which entity each operation is about: an operation of a kind that was unknown when it came may be known now.
fn name_entities(connection: &Connection) -> Result<(), Error> {
    let mut statement =
        connection.prepare("SELECT op.id, head, entity, log.log, seq, log.place, log.founder FROM op JOIN log ON log.id = op.log")?;
    let mut rows = statement.query([])?;
    let mut other = Vec::new();
    while let Some(row) = rows.next()? {
        let head: Vec<u8> = row.get(1)?;
        let held: Option<Vec<u8>> = row.get(2)?;
        let (log, seq) = place_of(row, 3)?;
        let from = standing(row, 5)?;
        let body = head_of(&head, log, seq).and_then(|head| body_of(&head, from).ok());
        let entity = body.as_ref().and_then(entity_of).map(|id| id.as_bytes().to_vec());
        if entity != held {
            other.push((row.get::<_, i64>(0)?, entity));
        }
    }
    let mut put = connection.prepare("UPDATE op SET entity = ?2 WHERE id = ?1")?;
    for (id, entity) in other {
        put.execute((id, entity))?;
    }
    Ok(())
}

/// A log and the place in it, from two columns that begin at `from`.
fn place_of(row: &rusqlite::Row<'_>, from: usize) -> Result<(LogId, u64), Error> {
    Ok((LogId::from_bytes(row.get(from)?), row.get::<_, i64>(from + 1)?.unsigned_abs()))
}

/// After so many operations the sums are written and what gathered is put away, as after a frame, and it is told how far this is.
const PUT_AWAY_EVERY: u64 = 300;

/// Folds every operation of this file, in the order of its rows.
fn fold_all(connection: &Connection, tell: &mut dyn FnMut(u64, u64)) -> Result<(), Error> {
    let total: i64 = connection.query_row("SELECT count(*) FROM op", [], |row| row.get(0))?;
    tell(0, total.unsigned_abs());
    name_entities(connection)?;
    let mut statement = connection.prepare(
        "SELECT op.id, head, detail, detail_hash, sealed, sealed_hash, log.log, seq, log.place, log.founder, received_at
         FROM op JOIN log ON log.id = op.log ORDER BY op.id",
    )?;
    let mut rows = statement.query([])?;
    let (mut sums, mut folded) = (Sums::default(), 0u64);
    while let Some(row) = rows.next()? {
        let op = read_op(row, 1)?;
        let (log, seq) = place_of(row, 6)?;
        let Some(head) = head_of(&op.head, log, seq) else { continue };
        let from = standing(row, 8)?;
        let said = body_of(&head, from);
        fold::take(connection, &mut sums, &Lying { id: row.get(0)?, from, received_at: row.get(10)?, op: &op }, &head, &said)?;
        folded += 1;
        if folded.is_multiple_of(PUT_AWAY_EVERY) {
            sums.write(connection)?;
            fold::put_away(connection)?;
            tell(folded, total.unsigned_abs());
        }
    }
    sums.write(connection)?;
    fold::put_away(connection)
}

/// I5: every stored hash follows from the one before it and the parts, present or absent, and each log ends where its row
/// says.
fn chain_holds(connection: &Connection) -> Result<bool, Error> {
    let ends_off: i64 = connection.query_row(
        "SELECT count(*) FROM log LEFT JOIN op ON op.log = log.id AND op.seq = log.head_seq
         WHERE log.head_seq > 0 AND log.head_hash IS NOT op.hash
            OR log.head_seq <> (SELECT coalesce(max(seq), 0) FROM op WHERE op.log = log.id)",
        [],
        |row| row.get(0),
    )?;
    if ends_off > 0 {
        return Ok(false);
    }
    let mut statement = connection.prepare(
        "SELECT log.log, op.seq, op.hash, op.head, op.detail, op.detail_hash, op.sealed, op.sealed_hash
         FROM op JOIN log ON log.id = op.log ORDER BY op.log, op.seq",
    )?;
    let mut rows = statement.query([])?;
    let mut at: Option<(Vec<u8>, i64, Hash)> = None;
    while let Some(row) = rows.next()? {
        let (log, seq, stored): (Vec<u8>, i64, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let prev = match &at {
            Some((same, last, hash)) if *same == log && last + 1 == seq => *hash,
            _ if seq == 1 => {
                let id: [u8; 16] = log.as_slice().try_into().map_err(|_| Error::Stored("log id"))?;
                Hash::start_of(hefu_core::ids::LogId::from_bytes(id))
            }
            _ => return Ok(false),
        };
        let hash = read_op(row, 3)?.hash(prev);
        if hash.0.as_slice() != stored {
            return Ok(false);
        }
        at = Some((log, seq, hash));
    }
    Ok(true)
}

fn sums_to_zero(connection: &Connection) -> Result<bool, Error> {
    let off: i64 = connection.query_row(
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM movement GROUP BY op, unit HAVING sum(amount) <> 0))
              + (SELECT count(*) FROM (SELECT 1 FROM balance GROUP BY unit HAVING sum(amount) <> 0))",
        [],
        |row| row.get(0),
    )?;
    Ok(off == 0)
}

#[cfg(test)]
mod tests {
    use super::is_room;

    #[test]
    fn two_books_and_a_half_must_fit() {
        for (room, book, expect) in [(250, 100, true), (249, 100, false), (0, 0, true), (u64::MAX, 1 << 40, true), (0, 1, false)] {
            assert_eq!(is_room(room, book), expect, "{book} in {room}");
        }
    }
}
