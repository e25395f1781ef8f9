//! Figures of stores and days.

use hefu_core::{ids::StoreId, money::Fen};
use rusqlite::OptionalExtension;

use super::{Reading, fen};
use crate::Error;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayFigures {
    pub sales: i64,
    pub amount: Fen,
    pub member_sales: i64,
}

impl Reading<'_> {
    /// A whole day of a store, from the running sums.
    pub fn day_figures(&self, store: StoreId, day: &str) -> Result<DayFigures, Error> {
        let found = self
            .connection
            .prepare_cached("SELECT sales, amount_fen, member_sales FROM store_day WHERE store = ?1 AND day = ?2")?
            .query_row((store.as_bytes().as_slice(), day), figures)
            .optional()?;
        found.map_or(Ok(DayFigures::default()), read)
    }

    /// A store's day up to a moment, from its sales: for comparing the same hours of two days.
    pub fn day_figures_until(&self, store: StoreId, day: &str, until: i64) -> Result<DayFigures, Error> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT count(*), coalesce(sum(total_fen), 0), count(member) FROM sale WHERE store = ?1 AND day = ?2 AND at < ?3",
            )?
            .query_row((store.as_bytes().as_slice(), day, until), figures)?;
        read(found)
    }
}

fn figures(row: &rusqlite::Row<'_>) -> rusqlite::Result<(i64, i64, i64)> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

fn read((sales, amount, member_sales): (i64, i64, i64)) -> Result<DayFigures, Error> {
    Ok(DayFigures { sales, amount: fen(amount)?, member_sales })
}
