//! Movements of value into the accounts they move: one row for each account of an operation, and the balance.

use hefu_core::{
    op::{RefundLine, SaleLine},
    posting::{Account, AccountKey, Posting, Unit},
};
use rusqlite::Connection;

use super::Folding;
use crate::Error;

/// The most that an operation or a part of one may come to, in fen, points or thousandths of a unit: ten thousand million
/// yuan. A sum of nine thousand of the greatest is still exact.
const MOST: i64 = 1_000_000_000_000;
/// The greatest running number of a receipt.
pub(crate) const NUMBER_MOST: u64 = (1 << 40) - 1;

pub(super) fn in_bounds(amount: i64) -> bool {
    (0..=MOST).contains(&amount)
}

pub(super) fn fit(postings: &[Posting]) -> bool {
    postings.iter().flat_map(Posting::legs).all(|(_, amount)| in_bounds(amount.abs()))
}

pub(crate) const fn unit_column(unit: Unit) -> i64 {
    match unit {
        Unit::Fen => 1,
        Unit::Points => 2,
        Unit::Milli => 3,
        Unit::Coupons => 4,
    }
}

/// What each account gains in all, by its key. Accounts that gain nothing are left out.
fn gains(legs: impl Iterator<Item = (Account, Unit, i64)>) -> Vec<(AccountKey, i64, i64)> {
    let mut gains: Vec<(AccountKey, i64, i64)> = legs.map(|(account, unit, amount)| (account.key(), unit_column(unit), amount)).collect();
    gains.sort_unstable();
    gains.dedup_by(|next, kept| {
        let same = (next.0, next.1) == (kept.0, kept.1);
        if same {
            kept.2 += next.2;
        }
        same
    });
    gains.retain(|(_, _, amount)| *amount != 0);
    gains
}

/// Both legs of every posting into statements and balances.
pub(super) fn add(connection: &Connection, folding: &Folding<'_>, postings: &[Posting]) -> Result<(), Error> {
    if postings.is_empty() {
        return Ok(());
    }
    let gains = gains(legs(postings));
    let mut insert = connection.prepare_cached("INSERT INTO posting (account, unit, at, op, amount) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (key, unit, amount) in &gains {
        insert.execute((key.as_slice(), unit, folding.when.at, folding.id, amount))?;
    }
    add_balances(connection, &gains)
}

/// Moves the statements of an operation to another moment; balances know none.
pub(super) fn move_to(connection: &Connection, op: i64, postings: &[Posting], from: i64, to: i64) -> Result<(), Error> {
    let mut change = connection.prepare_cached("UPDATE posting SET at = ?5 WHERE account = ?1 AND unit = ?2 AND at = ?3 AND op = ?4")?;
    for (key, unit, _) in gains(legs(postings)) {
        change.execute((key.as_slice(), unit, from, op, to))?;
    }
    Ok(())
}

fn legs(postings: &[Posting]) -> impl Iterator<Item = (Account, Unit, i64)> {
    postings.iter().flat_map(|posting| posting.legs().map(|(account, amount)| (account, posting.unit, amount)))
}

fn add_balances(connection: &Connection, gains: &[(AccountKey, i64, i64)]) -> Result<(), Error> {
    let mut add = connection.prepare_cached(
        "INSERT INTO balance (account, unit, amount) VALUES (?1, ?2, ?3)
         ON CONFLICT (account, unit) DO UPDATE SET amount = amount + excluded.amount",
    )?;
    for (key, unit, amount) in gains {
        add.execute((key.as_slice(), unit, amount))?;
    }
    Ok(())
}

/// Goods out of a store, line by line. The lines are the statement; here they change what is left.
pub(super) fn goods_out(connection: &Connection, folding: &Folding<'_>, lines: &[SaleLine]) -> Result<(), Error> {
    move_goods(connection, folding, lines.iter().map(|line| (line.product, -line.quantity_milli)))
}

/// Goods back into the store that took them.
pub(super) fn goods_in(connection: &Connection, folding: &Folding<'_>, lines: &[RefundLine]) -> Result<(), Error> {
    move_goods(connection, folding, lines.iter().map(|line| (line.product, line.quantity_milli)))
}

fn move_goods(
    connection: &Connection,
    folding: &Folding<'_>,
    goods: impl Iterator<Item = (hefu_core::ids::ProductId, i64)>,
) -> Result<(), Error> {
    let Some(store) = folding.stamp.store else { return Ok(()) };
    let legs = goods.flat_map(|(product, milli)| {
        [(Account::Stock(store, product), Unit::Milli, milli), (Account::StockOut(store), Unit::Milli, -milli)]
    });
    add_balances(connection, &gains(legs))
}

/// The till's running number of receipts, of whatever kind.
pub(super) fn receipt(connection: &Connection, folding: &Folding<'_>, number: u64) -> Result<(), Error> {
    connection
        .prepare_cached(
            "INSERT INTO receipt (device, number) VALUES (?1, ?2)
             ON CONFLICT (device) DO UPDATE SET number = max(number, excluded.number)",
        )?
        .execute((folding.stamp.device.as_bytes().as_slice(), number.cast_signed()))?;
    Ok(())
}
