//! Whose word counts is decided in `core::op::Standing`, which the log asks too. What it hangs on comes with the sequence mark, so what is
//! folded stays a function of operations and marks. An own operation that is not yet marked has this file's own store,
//! which came from the same row, and the till's corrected clock alone. Here is how a standing lies in a row, and when something
//! was said (I15).

use hefu_core::{
    ids::StoreId,
    op::{Stamp, Standing},
    time::business_day,
};
use rusqlite::Row;

use crate::Error;

/// From `place` and `founder` of a row of `log`, in two columns that begin at `from`.
pub(crate) fn standing(row: &Row<'_>, from: usize) -> Result<Standing, Error> {
    let store: Option<[u8; 16]> = row.get(from)?;
    Ok(Standing { store: store.map(StoreId::from_bytes), founder: row.get(from + 1)? })
}

/// When an operation counts as done: by its device's corrected clock, and never later than the log received it, so that a
/// fast clock spoils no figure (I15).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct When {
    pub at: i64,
    pub day: String,
}

impl When {
    pub fn of(stamp: &Stamp, received_at: Option<i64>) -> Self {
        let at = stamp.corrected_at();
        match received_at {
            None => Self { at, day: stamp.day.clone() },
            Some(received) => Self { at: at.min(received), day: stamp.day.clone().min(business_day(received)) },
        }
    }

    /// `YYYY-MM`.
    pub fn month(&self) -> &str {
        self.day.get(..7).unwrap_or_default()
    }
}
