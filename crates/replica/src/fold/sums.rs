//! Sums that many operations add to: balances, figures, numbers. They are added up in memory and written once, at the end of what is
//! folded in one transaction: a frame of sales then touches the row of its store, till and day once, and not with every sale.
//!
//! Nothing that folds reads them: what is read meanwhile are the operations' own rows. One of them is no sum: `last_at` is the latest of a
//! member's sales, and an own sale's mark may make it earlier (`figures::move_to`), in the table. That is so because what waits here when a
//! mark comes is of others' sales, which bear their final moment from the first: marks and folding of own operations never share `Sums`.

use std::collections::BTreeMap;

use hefu_core::posting::AccountKey;
use rusqlite::Connection;

use crate::Error;

type Id = [u8; 16];

#[derive(Default)]
pub(crate) struct Sums {
    /// By account and unit.
    balances: BTreeMap<(AccountKey, i64), i64>,
    /// By store and day.
    days: BTreeMap<(Id, String), Day>,
    members: BTreeMap<Id, Member>,
    /// By member and month.
    months: BTreeMap<(Id, String), Month>,
    /// By member, the empty id for all, and rule.
    uses: BTreeMap<(Id, Id), Uses>,
    /// The largest number of each device.
    receipts: BTreeMap<Id, i64>,
}

/// What was sold and given back in a store on a day.
#[derive(Clone, Copy, Default)]
pub(super) struct Day {
    pub sales: i64,
    pub amount_fen: i64,
    pub member_sales: i64,
    pub refunds: i64,
    pub refund_fen: i64,
}

#[derive(Default)]
struct Member {
    visits: i64,
    spend_fen: i64,
    last_at: i64,
}

#[derive(Default)]
struct Month {
    visits: i64,
    spend_fen: i64,
}

#[derive(Default)]
struct Uses {
    times: i64,
    pieces: i64,
}

/// Adds up what is folded in one transaction, and writes it when all of it is.
pub(crate) fn adding_up<T>(connection: &Connection, fold: impl FnOnce(&mut Sums) -> Result<T, Error>) -> Result<T, Error> {
    let mut sums = Sums::default();
    let folded = fold(&mut sums)?;
    sums.write(connection)?;
    Ok(folded)
}

impl Sums {
    pub(super) fn balance(&mut self, account: AccountKey, unit: i64, amount: i64) {
        *self.balances.entry((account, unit)).or_default() += amount;
    }

    /// Adds `times` what `day` says.
    pub(super) fn store_day(&mut self, store: &Id, day: &str, times: i64, figures: Day) {
        let sum = self.days.entry((*store, day.to_owned())).or_default();
        sum.sales += times * figures.sales;
        sum.amount_fen += times * figures.amount_fen;
        sum.member_sales += times * figures.member_sales;
        sum.refunds += times * figures.refunds;
        sum.refund_fen += times * figures.refund_fen;
    }

    /// What a member did in all; `last_at` is 0 where nothing was bought.
    pub(super) fn member(&mut self, member: &Id, visits: i64, spend_fen: i64, last_at: i64) {
        let sum = self.members.entry(*member).or_default();
        sum.visits += visits;
        sum.spend_fen += spend_fen;
        sum.last_at = sum.last_at.max(last_at);
    }

    /// What a member did in a month, `YYYY-MM`.
    pub(super) fn month(&mut self, member: &Id, month: &str, visits: i64, spend_fen: i64) {
        let sum = self.months.entry((*member, month.to_owned())).or_default();
        sum.visits += visits;
        sum.spend_fen += spend_fen;
    }

    pub(super) fn used(&mut self, member: &Id, rule: &Id, times: i64, pieces: i64) {
        let sum = self.uses.entry((*member, *rule)).or_default();
        sum.times += times;
        sum.pieces += pieces;
    }

    /// A till's running number of a receipt, of whatever kind.
    pub(super) fn receipt(&mut self, device: &Id, number: u64) {
        let last = self.receipts.entry(*device).or_default();
        *last = (*last).max(number.cast_signed());
    }

    /// Writes what was added up since the last time.
    pub fn write(&mut self, connection: &Connection) -> Result<(), Error> {
        let sums = std::mem::take(self);
        write_balances(connection, sums.balances)?;
        write_days(connection, sums.days)?;
        write_members(connection, sums.members)?;
        write_months(connection, sums.months)?;
        write_uses(connection, sums.uses)?;
        write_receipts(connection, sums.receipts)
    }
}

fn write_balances(connection: &Connection, balances: BTreeMap<(AccountKey, i64), i64>) -> Result<(), Error> {
    let mut add = connection.prepare_cached(
        "INSERT INTO balance (account, unit, amount) VALUES (?1, ?2, ?3)
         ON CONFLICT (account, unit) DO UPDATE SET amount = amount + excluded.amount",
    )?;
    for ((account, unit), amount) in balances {
        add.execute((account.as_slice(), unit, amount))?;
    }
    Ok(())
}

fn write_days(connection: &Connection, days: BTreeMap<(Id, String), Day>) -> Result<(), Error> {
    let mut add = connection.prepare_cached(
        "INSERT INTO store_day (store, day, sales, amount_fen, member_sales, refunds, refund_fen)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (store, day) DO UPDATE SET sales = sales + excluded.sales, amount_fen = amount_fen + excluded.amount_fen,
            member_sales = member_sales + excluded.member_sales, refunds = refunds + excluded.refunds,
            refund_fen = refund_fen + excluded.refund_fen",
    )?;
    // A day that all of it was moved away from stands for nothing. Only a sum that takes away, or nothing at all, can leave it so.
    let mut clear = connection.prepare_cached("DELETE FROM store_day WHERE store = ?1 AND day = ?2 AND sales = 0 AND refunds = 0")?;
    for ((store, day), sum) in days {
        add.execute((store.as_slice(), &day, sum.sales, sum.amount_fen, sum.member_sales, sum.refunds, sum.refund_fen))?;
        if sum.sales + sum.refunds <= 0 {
            clear.execute((store.as_slice(), &day))?;
        }
    }
    Ok(())
}

fn write_members(connection: &Connection, members: BTreeMap<Id, Member>) -> Result<(), Error> {
    let mut add = connection.prepare_cached(
        "INSERT INTO member_stat (member, visits, spend_fen, last_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (member) DO UPDATE SET visits = visits + excluded.visits, spend_fen = spend_fen + excluded.spend_fen,
            last_at = max(last_at, excluded.last_at)",
    )?;
    for (member, sum) in members {
        add.execute((member.as_slice(), sum.visits, sum.spend_fen, sum.last_at))?;
    }
    Ok(())
}

fn write_months(connection: &Connection, months: BTreeMap<(Id, String), Month>) -> Result<(), Error> {
    let mut add = connection.prepare_cached(
        "INSERT INTO member_month (member, month, visits, spend_fen) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (member, month) DO UPDATE SET visits = visits + excluded.visits, spend_fen = spend_fen + excluded.spend_fen",
    )?;
    // A month in which nothing is left stands for nothing.
    let mut clear =
        connection.prepare_cached("DELETE FROM member_month WHERE member = ?1 AND month = ?2 AND visits = 0 AND spend_fen = 0")?;
    for ((member, month), sum) in months {
        add.execute((member.as_slice(), &month, sum.visits, sum.spend_fen))?;
        clear.execute((member.as_slice(), &month))?;
    }
    Ok(())
}

fn write_uses(connection: &Connection, uses: BTreeMap<(Id, Id), Uses>) -> Result<(), Error> {
    let mut add = connection.prepare_cached(
        "INSERT INTO promotion_use (member, rule, times, pieces) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (member, rule) DO UPDATE SET times = times + excluded.times, pieces = pieces + excluded.pieces",
    )?;
    for ((member, rule), sum) in uses {
        add.execute((member.as_slice(), rule.as_slice(), sum.times, sum.pieces))?;
    }
    Ok(())
}

fn write_receipts(connection: &Connection, receipts: BTreeMap<Id, i64>) -> Result<(), Error> {
    let mut add = connection.prepare_cached(
        "INSERT INTO receipt (device, number) VALUES (?1, ?2)
         ON CONFLICT (device) DO UPDATE SET number = max(number, excluded.number)",
    )?;
    for (device, number) in receipts {
        add.execute((device.as_slice(), number))?;
    }
    Ok(())
}
