//! When points lapse. The entries of a member's statement are read as lots: every credit is a lot of its own day, and
//! whatever is taken comes from the oldest lot first. So what lapses is never more than what is there, and an expiry that
//! was written is a debit like any other: it takes just the lots that had lapsed.
//!
//! What has lapsed and is not yet taken pays for nothing: a sale takes its points from lots that can still be used. A refund
//! makes no points younger: what it puts back goes into the lots that the sale took it from, and what it takes back it takes
//! first from the lot that the sale made.

use std::collections::{BTreeMap, VecDeque};

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{error::Code, ids::SaleId, money::Points};

const MONTHS_MOST: u32 = 1200;
const YEARS_MOST: u32 = 100;

/// C1: how long points can be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Expiry {
    #[default]
    Never,
    /// Through the day `months` months on that has the same number, or the last day of a month that has no such day
    /// (Civil Code articles 201 and 202: the first day does not count, the corresponding day is the last).
    Rolling { months: u32 },
    /// Through 31 December of the `years`-th year after the year of the credit; 0 is that year itself.
    YearEnd { years: u32 },
}

/// A rule of expiry and the first day, `YYYY-MM-DD`, on which it was in force: what was paid before took the oldest points there
/// were, as nobody had told them lapsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lapsing {
    pub rule: Expiry,
    pub since: String,
}

/// One line of a member's points statement: `YYYY-MM-DD`, and points credited (positive) or taken (negative).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    pub day: &'a str,
    pub points: i64,
    pub of: MovedBy,
}

/// What moved points, as far as it decides which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MovedBy {
    /// A gift, a correction, an expiry.
    #[default]
    Other,
    /// A sale took them as money.
    Paid(SaleId),
    /// A refund of that sale gives such points back.
    PutBack(SaleId),
    Earned(SaleId),
    /// A refund of that sale takes back what it earned.
    TakenBack(SaleId),
}

/// What is left of the credit of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lot<'a> {
    pub day: &'a str,
    pub points: Points,
    /// That earned it.
    pub sale: Option<SaleId>,
}

/// Of what a balance is made. There are lots or there is a debt, never both: the balance is their sum less `owed`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lots<'a> {
    /// Oldest first, none empty.
    pub lots: VecDeque<Lot<'a>>,
    /// Taken beyond what was there, as when a refund takes back points that were spent; the next credit pays it.
    pub owed: Points,
    /// What each sale took from which lots and has not been put back, oldest first.
    paid_from: BTreeMap<SaleId, Vec<Lot<'a>>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiring {
    /// Has lapsed and is still in the balance: due to be taken now.
    pub expired: Points,
    /// What can be used through which day, soonest first; what never lapses is not among them.
    pub coming: Vec<(String, Points)>,
}

impl Expiry {
    /// The last day on which a credit of `day` can be used; `None` when it never lapses.
    pub fn last_day(&self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Expiry::Never => None,
            Expiry::Rolling { months } => day.checked_add_months(Months::new(*months)),
            Expiry::YearEnd { years } => NaiveDate::from_ymd_opt(day.year().checked_add(i32::try_from(*years).ok()?)?, 12, 31),
        }
    }

    /// Whether it can be put in force: 1 to 1,200 months, 0 to 100 years. Errors: `expiry.invalid`.
    pub fn check(&self) -> Result<(), Code> {
        let fits = match self {
            Expiry::Never => true,
            Expiry::Rolling { months } => (1..=MONTHS_MOST).contains(months),
            Expiry::YearEnd { years } => *years <= YEARS_MOST,
        };
        if fits { Ok(()) } else { Err(Code::ExpiryInvalid) }
    }
}

impl Lapsing {
    /// Whether a lot cannot be used on a day any more. A day that is none lapses nothing.
    fn has_lapsed(&self, lot: &Lot<'_>, on: &str) -> bool {
        on >= self.since.as_str()
            && read_day(lot.day).and_then(|day| self.rule.last_day(day)).zip(read_day(on)).is_some_and(|(last, on)| last < on)
    }
}

impl<'a> Lots<'a> {
    fn credit(&mut self, entry: &Entry<'a>, points: Points) -> Result<(), Code> {
        let paid = points.min(self.owed);
        self.owed = self.owed.minus(paid)?;
        let points = points.minus(paid)?;
        if let MovedBy::PutBack(sale) = entry.of {
            return self.put_back(sale, entry.day, points);
        }
        let sale = if let MovedBy::Earned(sale) = entry.of { Some(sale) } else { None };
        self.insert(Lot { day: entry.day, points, sale });
        Ok(())
    }

    /// Into the lots that the sale took them from, the youngest first; what it took from none is as young as this.
    fn put_back(&mut self, sale: SaleId, day: &'a str, mut points: Points) -> Result<(), Code> {
        let mut from = self.paid_from.remove(&sale).unwrap_or_default();
        while points > Points::ZERO {
            let Some(mut lot) = from.pop() else { break };
            let part = points.min(lot.points);
            points = points.minus(part)?;
            self.insert(Lot { points: part, ..lot });
            lot.points = lot.points.minus(part)?;
            if lot.points > Points::ZERO {
                from.push(lot);
            }
        }
        self.insert(Lot { day, points, sale: None });
        self.paid_from.insert(sale, from);
        Ok(())
    }

    fn insert(&mut self, lot: Lot<'a>) {
        if lot.points > Points::ZERO {
            let at = self.lots.partition_point(|held| held.day <= lot.day);
            self.lots.insert(at, lot);
        }
    }

    fn debit(&mut self, entry: &Entry<'a>, points: Points, lapsing: &Lapsing) -> Result<(), Code> {
        let left = match entry.of {
            MovedBy::Paid(sale) => {
                let (fresh, left) = self.take(points, |lot| !lapsing.has_lapsed(lot, entry.day))?;
                let (mut from, left) = self.take(left, |_| true).map(|(stale, left)| ([stale, fresh].concat(), left))?;
                // What was not there is taken from what comes next: as young as the sale, were it put back.
                from.push(Lot { day: entry.day, points: left, sale: None });
                from.retain(|lot| lot.points > Points::ZERO);
                self.paid_from.entry(sale).or_default().extend(from);
                left
            }
            MovedBy::TakenBack(sale) => {
                let (_, left) = self.take(points, |lot| lot.sale == Some(sale))?;
                self.take(left, |_| true)?.1
            }
            _ => self.take(points, |_| true)?.1,
        };
        self.owed = self.owed.plus(left)?;
        Ok(())
    }

    /// From the oldest of these lots on: what each gave, and what was not there.
    fn take(&mut self, mut points: Points, of: impl Fn(&Lot<'a>) -> bool) -> Result<(Vec<Lot<'a>>, Points), Code> {
        let mut taken = Vec::new();
        for lot in self.lots.iter_mut().filter(|lot| of(lot)) {
            if points == Points::ZERO {
                break;
            }
            let part = points.min(lot.points);
            (lot.points, points) = (lot.points.minus(part)?, points.minus(part)?);
            taken.push(Lot { points: part, ..*lot });
        }
        self.lots.retain(|lot| lot.points > Points::ZERO);
        Ok((taken, points))
    }
}

/// Reads a statement, in its order, as lots. Errors: `amount.too_large`.
pub fn lots<'a>(entries: &[Entry<'a>], lapsing: &Lapsing) -> Result<Lots<'a>, Code> {
    let mut lots = Lots::default();
    for entry in entries {
        let size = Points::new(entry.points.checked_abs().ok_or(Code::AmountTooLarge)?)?;
        if entry.points < 0 { lots.debit(entry, size, lapsing)? } else { lots.credit(entry, size)? }
    }
    Ok(lots)
}

/// What of a balance has lapsed by `today` and what will lapse when. After `expired` was taken by an entry of today, asking
/// again gives zero and the same `coming`. A `today` or a day of a lot that is not a calendar day lapses nothing.
/// Errors: `amount.too_large`.
pub fn expiring(entries: &[Entry<'_>], lapsing: &Lapsing, today: &str) -> Result<Expiring, Code> {
    let today = read_day(today);
    let mut expired = Points::ZERO;
    let mut coming: BTreeMap<NaiveDate, Points> = BTreeMap::new();
    for lot in lots(entries, lapsing)?.lots {
        let Some(last) = read_day(lot.day).and_then(|day| lapsing.rule.last_day(day)) else { continue };
        if today.is_some_and(|today| last < today) {
            expired = expired.plus(lot.points)?;
        } else {
            let sum = coming.entry(last).or_default();
            *sum = sum.plus(lot.points)?;
        }
    }
    let coming = coming.into_iter().map(|(day, points)| (day.format("%Y-%m-%d").to_string(), points)).collect();
    Ok(Expiring { expired, coming })
}

fn read_day(day: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()
}

#[cfg(test)]
mod tests;
