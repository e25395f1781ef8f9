//! Movements of value into the accounts they move: one row for each account of an operation, and its balance.

use hefu_core::{
    ids::{ProductId, StoreId},
    op::{RefundLine, SaleLine},
    posting::{Account, AccountKey, Posting, Unit},
};
use rusqlite::Connection;

use super::{Folding, Sums, shelf};
use crate::Error;

/// The unit of goods, as a column: movements of them wait before they come to their accounts.
pub(super) const GOODS: i64 = unit_column(Unit::Milli);

pub(crate) const fn unit_column(unit: Unit) -> i64 {
    match unit {
        Unit::Fen => 1,
        Unit::Points => 2,
        Unit::Milli => 3,
        Unit::Coupons => 4,
    }
}

/// What each account gains in all, by its key. Accounts that gain nothing are left out, but for a member's points: what a sale earned
/// is younger than what it was paid with, also where the two are as much.
fn gains(legs: impl Iterator<Item = (Account, Unit, i64)>) -> Vec<(AccountKey, i64, i64)> {
    let mut gains = all_gains(legs);
    let (points, issued) = (unit_column(Unit::Points), Account::PointsIssued.key());
    gains.retain(|(key, unit, amount)| *amount != 0 || (*unit == points && *key != issued));
    gains
}

/// The same with all that an operation speaks of.
fn all_gains(legs: impl Iterator<Item = (Account, Unit, i64)>) -> Vec<(AccountKey, i64, i64)> {
    let mut gains: Vec<(AccountKey, i64, i64)> = legs.map(|(account, unit, amount)| (account.key(), unit_column(unit), amount)).collect();
    gains.sort_unstable();
    gains.dedup_by(|next, kept| {
        let same = (next.0, next.1) == (kept.0, kept.1);
        if same {
            kept.2 += next.2;
        }
        same
    });
    gains
}

/// Both legs of every posting of a head into statements and balances.
pub(super) fn add(connection: &Connection, sums: &mut Sums, folding: &Folding<'_>, postings: &[Posting]) -> Result<(), Error> {
    write(connection, sums, folding.id, folding.when.at, &gains(legs(postings)))
}

/// Takes some of what an operation moved out of its statements and of the balances: it is found not to count.
pub(super) fn take_out(connection: &Connection, sums: &mut Sums, op: i64, at: i64, postings: &[Posting]) -> Result<(), Error> {
    let undone = all_gains(legs(postings).map(|(account, unit, amount)| (account, unit, -amount)));
    write(connection, sums, op, at, &undone)?;
    let mut empty =
        connection.prepare_cached("DELETE FROM posting WHERE account = ?1 AND unit = ?2 AND at = ?3 AND op = ?4 AND amount = 0")?;
    for (key, unit, _) in &undone {
        empty.execute((key.as_slice(), unit, at, op))?;
    }
    Ok(())
}

/// The goods that an operation moves, `(product, thousandths)` into its store (out of it below zero). The lines of its detail say
/// them, once, and head postings never do; here they become postings like any other. All lines of an operation come together: an
/// exchange may bring back and take away the same goods, and an account has one row for each operation.
pub(super) fn goods(
    connection: &Connection,
    sums: &mut Sums,
    folding: &Folding<'_>,
    moved: impl Iterator<Item = (ProductId, i64)>,
) -> Result<(), Error> {
    let Some(store) = folding.stamp.store else { return Ok(()) };
    write(connection, sums, folding.id, folding.when.at, &gains(goods_legs(store, moved)))
}

fn goods_legs(store: StoreId, moved: impl Iterator<Item = (ProductId, i64)>) -> impl Iterator<Item = (Account, Unit, i64)> {
    moved.flat_map(move |(product, milli)| {
        [(Account::Stock(store, product), Unit::Milli, milli), (Account::StockOut(store), Unit::Milli, -milli)]
    })
}

/// Moves the statements of an operation to another moment; balances know none.
pub(super) fn move_to(connection: &Connection, op: i64, postings: &[Posting], from: i64, to: i64) -> Result<(), Error> {
    // Where a coupon's return does not count, an account has gained by it all the same, or the other way round.
    move_gains(connection, op, &all_gains(legs(postings)), from, to)
}

/// And those of the goods that it moved.
pub(super) fn move_goods(
    connection: &Connection,
    op: i64,
    store: StoreId,
    moved: impl Iterator<Item = (ProductId, i64)>,
    from: i64,
    to: i64,
) -> Result<(), Error> {
    move_gains(connection, op, &gains(goods_legs(store, moved)), from, to)
}

fn move_gains(connection: &Connection, op: i64, gains: &[(AccountKey, i64, i64)], from: i64, to: i64) -> Result<(), Error> {
    let mut change = connection.prepare_cached("UPDATE posting SET at = ?5 WHERE account = ?1 AND unit = ?2 AND at = ?3 AND op = ?4")?;
    for (key, unit, _) in gains {
        if *unit != GOODS || !shelf::move_to(connection, op, key.as_slice(), to)? {
            change.execute((key.as_slice(), unit, from, op, to))?;
        }
    }
    Ok(())
}

fn legs(postings: &[Posting]) -> impl Iterator<Item = (Account, Unit, i64)> {
    postings.iter().flat_map(|posting| posting.legs().map(|(account, amount)| (account, posting.unit, amount)))
}

pub(super) fn out_of_store(lines: &[SaleLine]) -> impl Iterator<Item = (ProductId, i64)> {
    lines.iter().map(|line| (line.product, -line.quantity_milli))
}

/// Goods stay in the store that took them back.
pub(super) fn into_store(lines: &[RefundLine]) -> impl Iterator<Item = (ProductId, i64)> {
    lines.iter().map(|line| (line.product, line.quantity_milli))
}

fn write(connection: &Connection, sums: &mut Sums, op: i64, at: i64, gains: &[(AccountKey, i64, i64)]) -> Result<(), Error> {
    if gains.is_empty() {
        return Ok(());
    }
    // Another program may say in a head what its lines say too: that is added up, and stops nobody.
    let mut insert = connection.prepare_cached(
        "INSERT INTO posting (account, unit, at, op, amount) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (account, unit, at, op) DO UPDATE SET amount = amount + excluded.amount",
    )?;
    for (key, unit, amount) in gains {
        if *unit == GOODS {
            shelf::lay(connection, op, key.as_slice(), at, *amount)?;
        } else {
            insert.execute((key.as_slice(), unit, at, op, amount))?;
        }
        sums.balance(*key, *unit, *amount);
    }
    Ok(())
}
