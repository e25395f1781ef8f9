//! How values stand in columns.

use hefu_core::{
    ids::StoreId,
    op::{Hash, Operation, Part},
};
use rusqlite::Row;

use crate::LogError;

pub fn store(value: Option<[u8; 16]>) -> Option<StoreId> {
    value.map(StoreId::from_bytes)
}

/// A part as its two columns.
pub fn columns(part: &Part) -> (Option<&[u8]>, Option<[u8; 32]>) {
    match part {
        Part::Here(bytes) => (Some(bytes), None),
        Part::Absent(hash) => (None, Some(hash.0)),
    }
}

fn part(row: &Row<'_>, bytes_at: usize) -> Result<Part, LogError> {
    match row.get::<_, Option<Vec<u8>>>(bytes_at)? {
        Some(bytes) => Ok(Part::Here(bytes)),
        None => Ok(Part::Absent(Hash(row.get(bytes_at + 1)?))),
    }
}

/// An operation from five columns: head, detail, its hash, sealed, its hash.
pub fn operation(row: &Row<'_>, head_at: usize) -> Result<Operation, LogError> {
    Ok(Operation { head: row.get(head_at)?, detail: part(row, head_at + 1)?, sealed: part(row, head_at + 3)? })
}
