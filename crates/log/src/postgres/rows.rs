//! How values stand in PostgreSQL's columns.

use std::{error::Error, fmt};

use hefu_core::op::{Hash, Operation, Part};
use tokio_postgres::{
    Row,
    types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};

use crate::{LogError, run::Placed, values::int};

/// A parameter that is not shown: what the client writes down at its most talkative would be people's keys and purchases.
pub struct Quiet<T>(pub T);

impl<T> fmt::Debug for Quiet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }
}

impl<T: ToSql> ToSql for Quiet<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.0.to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        T::accepts(ty)
    }

    to_sql_checked!();
}

/// Exactly 32 bytes.
pub fn bytes32(row: &Row, at: usize) -> Result<[u8; 32], LogError> {
    row.try_get::<_, &[u8]>(at)?.try_into().map_err(|_| LogError::FileDamaged)
}

pub fn hash(row: &Row, at: usize) -> Result<Hash, LogError> {
    bytes32(row, at).map(Hash)
}

fn part(row: &Row, bytes_at: usize) -> Result<Part, LogError> {
    match row.try_get::<_, Option<Vec<u8>>>(bytes_at)? {
        Some(bytes) => Ok(Part::Here(bytes)),
        None => hash(row, bytes_at + 1).map(Part::Absent),
    }
}

/// An operation from five columns: head, detail, its hash, sealed, its hash.
pub fn operation(row: &Row, head_at: usize) -> Result<Operation, LogError> {
    Ok(Operation { head: row.try_get(head_at)?, detail: part(row, head_at + 1)?, sealed: part(row, head_at + 3)? })
}

/// Operations as columns, to be sent in one statement.
#[derive(Default)]
pub struct Columns<'a> {
    pub seqs: Vec<i64>,
    pub prevs: Vec<Vec<u8>>,
    pub hashes: Vec<Vec<u8>>,
    pub heads: Quiets<'a>,
    pub details: Quiets<'a>,
    pub detail_hashes: Vec<Option<Vec<u8>>>,
    pub sealed: Quiets<'a>,
    pub sealed_hashes: Vec<Option<Vec<u8>>>,
}

pub type Quiets<'a> = Quiet<Vec<Option<&'a [u8]>>>;

impl<T: Default> Default for Quiet<T> {
    fn default() -> Self {
        Self(T::default())
    }
}

impl<'a> Columns<'a> {
    pub fn of(ops: impl Iterator<Item = Placed<'a>>) -> Result<Self, LogError> {
        let mut columns = Self::default();
        for Placed { seq, prev, hash, op } in ops {
            columns.seqs.push(int(seq)?);
            columns.prevs.push(prev.0.to_vec());
            columns.hashes.push(hash.0.to_vec());
            columns.heads.0.push(Some(&op.head));
            let (detail, detail_hash) = pair(&op.detail);
            columns.details.0.push(detail);
            columns.detail_hashes.push(detail_hash);
            let (sealed, sealed_hash) = pair(&op.sealed);
            columns.sealed.0.push(sealed);
            columns.sealed_hashes.push(sealed_hash);
        }
        Ok(columns)
    }
}

fn pair(part: &Part) -> (Option<&[u8]>, Option<Vec<u8>>) {
    match part {
        Part::Here(bytes) => (Some(bytes), None),
        Part::Absent(hash) => (None, Some(hash.0.to_vec())),
    }
}
