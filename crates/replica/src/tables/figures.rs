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

/// Goods that came back: a day of sales is not made less by them, since they are mostly of other days' sales.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefundFigures {
    pub refunds: i64,
    pub amount: Fen,
}

/// Money taken for cards: no sale, and in the drawer all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TopUpFigures {
    pub top_ups: i64,
    pub amount: Fen,
}

/// Top-ups are few beside sales: a day of them is counted, not kept as a sum.
const TOP_UPS: &str = "SELECT count(*), coalesce(sum(principal_fen), 0) FROM card_money
    WHERE store = ?1 AND day = ?2 AND at < ?3 AND top_up IS NOT NULL";

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

    /// What came back in a store on a day, goods of an exchange included.
    pub fn refund_figures(&self, store: StoreId, day: &str) -> Result<RefundFigures, Error> {
        let found: Option<(i64, i64)> = self
            .connection
            .prepare_cached("SELECT refunds, refund_fen FROM store_day WHERE store = ?1 AND day = ?2")?
            .query_row((store.as_bytes().as_slice(), day), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (refunds, amount) = found.unwrap_or_default();
        Ok(RefundFigures { refunds, amount: Fen::new(amount)? })
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

    /// A store's top-ups of a day, up to a moment or all of them. Cards paid out are not taken off: they are no top-ups.
    pub fn top_up_figures(&self, store: StoreId, day: &str, until: Option<i64>) -> Result<TopUpFigures, Error> {
        let (top_ups, amount): (i64, i64) = self
            .connection
            .prepare_cached(TOP_UPS)?
            .query_row((store.as_bytes().as_slice(), day, until.unwrap_or(i64::MAX)), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(TopUpFigures { top_ups, amount: fen(amount)? })
    }
}

fn figures(row: &rusqlite::Row<'_>) -> rusqlite::Result<(i64, i64, i64)> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

fn read((sales, amount, member_sales): (i64, i64, i64)) -> Result<DayFigures, Error> {
    Ok(DayFigures { sales, amount: fen(amount)?, member_sales })
}

#[cfg(test)]
mod tests {
    use super::{super::plans, *};

    #[test]
    fn a_day_of_top_ups_is_one_range() {
        plans::check(TOP_UPS, &["card_money_of_day"]).unwrap();
    }
}
