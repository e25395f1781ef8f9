//! Movements of goods that wait to be put to their accounts.
//!
//! `posting` lies by account, so that a statement is one range of it. Of money an operation moves few accounts, and most of them at
//! their end; of goods a frame of sales moves nearly every kind that a shop has, each in a place of its own. Those are laid down in
//! `posting_new` by operation, and a slice of accounts is put away once enough has gathered: one page then takes what
//! many frames brought. Where a movement lies is nobody's concern: `movement` shows all of them.

use rusqlite::{Connection, OptionalExtension, types::Value};

use super::posting::GOODS;
use crate::{Error, meta};

/// So many may wait, some 3,000 sales of five lines; a statement of goods looks through them all.
const WAITING_MOST: i64 = 16_384;
/// So many are put away at a time, so that the book is not held for long while somebody sells.
const SLICE: i64 = 4_096;
/// A book that reads no frames puts them away when it is opened, after so many operations.
const SPAN_MOST: i64 = 65_536;

/// One movement of goods, or more of the same.
pub(super) fn lay(connection: &Connection, op: i64, account: &[u8], at: i64, amount: i64) -> Result<(), Error> {
    connection
        .prepare_cached(
            "INSERT INTO posting_new (op, account, at, amount) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (op, account) DO UPDATE SET amount = amount + excluded.amount",
        )?
        .execute((op, account, at, amount))?;
    Ok(())
}

/// Moves one that still waits to another moment, and says whether there was one.
pub(super) fn move_to(connection: &Connection, op: i64, account: &[u8], to: i64) -> Result<bool, Error> {
    let moved = connection.prepare_cached("UPDATE posting_new SET at = ?3 WHERE op = ?1 AND account = ?2")?.execute((op, account, to))?;
    Ok(moved > 0)
}

/// Puts away as much as it takes for few enough to wait.
pub(crate) fn put_away(connection: &Connection) -> Result<(), Error> {
    let mut count = connection.prepare_cached("SELECT count(*) FROM posting_new")?;
    while count.query_row([], |row| row.get::<_, i64>(0))? > WAITING_MOST {
        put_slice(connection, SLICE)?;
    }
    Ok(())
}

/// Puts everything away in a book that has gathered very much, because no frames come to it.
pub(crate) fn put_away_old(connection: &Connection) -> Result<(), Error> {
    while is_old(connection)? {
        put_slice(connection, i64::MAX)?;
    }
    Ok(())
}

/// Whether very much has gathered. Reads two rows.
pub(crate) fn is_old(connection: &Connection) -> Result<bool, Error> {
    let span: Option<i64> =
        connection.query_row("SELECT (SELECT max(op) FROM posting_new) - (SELECT min(op) FROM posting_new)", [], |row| row.get(0))?;
    Ok(span.is_some_and(|span| span > SPAN_MOST))
}

/// Puts away the accounts that come after those of the last slice, as many as hold `most` movements; the last of them whole.
fn put_slice(connection: &Connection, most: i64) -> Result<(), Error> {
    let after: Vec<u8> = meta::bytes(connection, meta::PUT_AWAY)?.unwrap_or_default();
    let upto: Option<Vec<u8>> = connection
        .prepare_cached("SELECT account FROM posting_new WHERE account > ?1 ORDER BY account LIMIT 1 OFFSET ?2")?
        .query_row((&after, most - 1), |row| row.get(0))
        .optional()?;
    let until = upto.clone().map_or(Value::Null, Value::Blob);
    connection
        .prepare_cached(
            "INSERT INTO posting (account, unit, at, op, amount)
             SELECT account, ?3, at, op, amount FROM posting_new WHERE account > ?1 AND (?2 IS NULL OR account <= ?2)
             ORDER BY account, at, op
             ON CONFLICT (account, unit, at, op) DO UPDATE SET amount = amount + excluded.amount",
        )?
        .execute((&after, &until, GOODS))?;
    connection.prepare_cached("DELETE FROM posting_new WHERE account > ?1 AND (?2 IS NULL OR account <= ?2)")?.execute((&after, &until))?;
    // Behind the last account it begins again with the first.
    meta::set_bytes(connection, meta::PUT_AWAY, &upto.unwrap_or_default())
}
