//! What can be read of a book: a file a subject, each with its rows and queries. Writing is for the fold alone.

mod acts;
mod buyers;
mod cards;
mod coupons;
mod figures;
mod gifts;
mod ledger;
mod members;
mod notes;
mod people;
mod places;
#[cfg(test)]
mod plans;
mod products;
mod purchases;
mod refunds;
mod rewards;
mod sales;
mod search;

use hefu_core::money::{Fen, LARGEST, Points};
use rusqlite::Connection;

pub use acts::*;
pub use buyers::*;
pub use cards::*;
pub use coupons::*;
pub use figures::*;
pub use gifts::*;
pub use ledger::*;
pub use members::*;
pub use people::*;
pub use places::*;
pub use refunds::*;
pub use rewards::*;
pub use sales::*;
pub use search::*;

use crate::Error;

/// A read of the book: every query inside sees the same state.
pub struct Reading<'a> {
    connection: &'a Connection,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    pub(crate) fn connection(&self) -> &'a Connection {
        self.connection
    }
}

/// A stored id.
pub(crate) fn id_column(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<[u8; 16]> {
    row.get(column)
}

pub(crate) fn maybe_id(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Option<[u8; 16]>> {
    row.get(column)
}

/// Amounts were checked when they were folded; a sum of them that is past the largest is shown as the largest.
pub(crate) fn fen(amount: i64) -> Result<Fen, Error> {
    Ok(Fen::new(amount.clamp(-LARGEST, LARGEST))?)
}

pub(crate) fn points(amount: i64) -> Result<Points, Error> {
    Ok(Points::new(amount.clamp(-LARGEST, LARGEST))?)
}

/// Each character a word of its own.
pub(crate) fn spaced(text: &str) -> String {
    let mut words = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        words.push(c);
        words.push(' ');
    }
    words
}

/// The least text that is greater than every text that begins with `prefix`.
pub(crate) fn after_prefix(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}
