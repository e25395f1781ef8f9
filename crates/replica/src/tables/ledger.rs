//! Accounts: what lies on one, and its statement with a running balance.

use hefu_core::{
    ids::StoreId,
    op::{Body, Head},
    posting::{Account, Unit},
};
use rusqlite::OptionalExtension;

use super::Reading;
use crate::{
    Error,
    fold::{When, folded_body, unit_column},
};

/// One movement of an account, with the operation that made it.
#[derive(Clone, Debug)]
pub struct MovementRow {
    /// Which of the accounts that were asked for, by its place.
    pub account: usize,
    pub at: i64,
    pub op: i64,
    pub store: Option<StoreId>,
    pub day: String,
    pub amount: i64,
    /// The balance of all the accounts after it.
    pub balance: i64,
    pub body: Body,
}

/// Where a statement goes on: strictly before this movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MovementBefore {
    pub at: i64,
    pub op: i64,
    /// The balance before it was made.
    pub balance: i64,
}

/// From a moment on until another: a business day, or whatever else a statement is cut by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub from: i64,
    pub until: i64,
}

/// What a period did to an account: `opening + received − paid = closing`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeriodSums {
    pub opening: i64,
    pub received: i64,
    pub paid: i64,
    pub closing: i64,
}

impl Reading<'_> {
    /// Free less owed.
    pub fn balance(&self, account: &Account, unit: Unit) -> Result<i64, Error> {
        let amount: Option<i64> = self
            .connection
            .prepare_cached("SELECT amount FROM balance WHERE account = ?1 AND unit = ?2")?
            .query_row((account.key().as_slice(), unit_column(unit)), |row| row.get(0))
            .optional()?;
        Ok(amount.unwrap_or(0))
    }

    /// Movements of one or several accounts read as one, newest first, each with the balance after it.
    pub fn statement(
        &self,
        accounts: &[Account],
        unit: Unit,
        before: Option<MovementBefore>,
        most: usize,
    ) -> Result<Vec<MovementRow>, Error> {
        let balance = match before {
            Some(before) => before.balance,
            None => accounts.iter().try_fold(0i64, |sum, account| Ok::<_, Error>(sum.saturating_add(self.balance(account, unit)?)))?,
        };
        let (at, op) = before.map_or((i64::MAX, i64::MAX), |before| (before.at, before.op));
        self.movement_rows(accounts, unit, i64::MIN, MovementBefore { at, op, balance }, most)
    }

    /// What a period did to one account. Counted back from the balance now: the nearer the period, the less is read.
    pub fn period_sums(&self, account: &Account, unit: Unit, period: Period) -> Result<PeriodSums, Error> {
        let (received, paid, later): (i64, i64, i64) = self
            .connection
            .prepare_cached(
                "SELECT coalesce(sum(CASE WHEN at < ?4 AND amount > 0 THEN amount END), 0),
                        coalesce(sum(CASE WHEN at < ?4 AND amount < 0 THEN -amount END), 0),
                        coalesce(sum(CASE WHEN at >= ?4 THEN amount END), 0)
                 FROM movement WHERE account = ?1 AND unit = ?2 AND at >= ?3",
            )?
            .query_row((account.key().as_slice(), unit_column(unit), period.from, period.until), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        let closing = self.balance(account, unit)?.saturating_sub(later);
        Ok(PeriodSums { opening: closing.saturating_sub(received).saturating_add(paid), received, paid, closing })
    }

    /// The movements of one account in a period, newest first, each with the balance after it; the period closes with `closing`.
    pub fn period_statement(
        &self,
        account: &Account,
        unit: Unit,
        (period, closing): (Period, i64),
        before: Option<MovementBefore>,
        most: usize,
    ) -> Result<Vec<MovementRow>, Error> {
        let before = before.filter(|before| before.at < period.until);
        let before = before.unwrap_or(MovementBefore { at: period.until, op: i64::MIN, balance: closing });
        self.movement_rows(std::slice::from_ref(account), unit, period.from, before, most)
    }

    /// Movements since a moment and strictly before a mark, newest first.
    fn movement_rows(
        &self,
        accounts: &[Account],
        unit: Unit,
        since: i64,
        MovementBefore { at, op, mut balance }: MovementBefore,
        most: usize,
    ) -> Result<Vec<MovementRow>, Error> {
        let mut moved = Vec::new();
        for (place, account) in accounts.iter().enumerate() {
            moved.extend(self.movements(account, unit, since, (at, op), most)?.into_iter().map(|(at, op, amount)| (at, op, place, amount)));
        }
        moved.sort_unstable_by(|a, b| b.cmp(a));
        // One operation may move several of the accounts: it is not torn between two pages.
        if let Some(last) = moved.get(most.saturating_sub(1)).map(|row| (row.0, row.1)) {
            moved.retain(|row| (row.0, row.1) >= last);
        }
        let mut rows = Vec::with_capacity(moved.len());
        for (at, op, account, amount) in moved {
            let (head, when) = self.head_of_op(op)?;
            rows.push(MovementRow { account, at, op, store: head.stamp.store, day: when.day, amount, balance, body: folded_body(&head) });
            balance = balance.saturating_sub(amount);
        }
        Ok(rows)
    }

    fn movements(&self, account: &Account, unit: Unit, since: i64, before: (i64, i64), most: usize) -> Result<Vec<(i64, i64, i64)>, Error> {
        let limit = i64::try_from(most.saturating_add(1)).unwrap_or(i64::MAX);
        let mut statement = self.connection.prepare_cached(
            "SELECT at, op, amount FROM movement WHERE account = ?1 AND unit = ?2 AND at >= ?6 AND (at, op) < (?3, ?4)
             ORDER BY at DESC, op DESC LIMIT ?5",
        )?;
        let rows = statement.query_map((account.key().as_slice(), unit_column(unit), before.0, before.1, limit, since), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The head of an operation by its row, and when it counts as done.
    fn head_of_op(&self, op: i64) -> Result<(Head, When), Error> {
        let (head, received_at): (Vec<u8>, Option<i64>) = self
            .connection
            .prepare_cached("SELECT head, received_at FROM op WHERE id = ?1")?
            .query_row([op], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let head = Head::read(&head)?;
        let when = When::of(&head.stamp, received_at);
        Ok((head, when))
    }

    /// Body and detail of an operation by its row; the detail is `None` where it is absent or does not read as `T`.
    pub(crate) fn operation<T: serde::de::DeserializeOwned>(&self, op: i64) -> Result<(Body, Option<T>), Error> {
        let (head, detail): (Vec<u8>, Option<Vec<u8>>) = self
            .connection
            .prepare_cached("SELECT head, detail FROM op WHERE id = ?1")?
            .query_row([op], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let detail = detail.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok((folded_body(&Head::read(&head)?), detail))
    }

    /// Whether the chain's log has an operation.
    pub(crate) fn is_sequenced(&self, op: i64) -> Result<bool, Error> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT gseq IS NOT NULL OR seq <= (SELECT coalesce(max(value), 0) FROM meta WHERE name = 'held') FROM op WHERE id = ?1",
            )?
            .query_row([op], |row| row.get(0))?)
    }
}
