//! When points lapse. The entries of a member's statement are read as lots: every credit is a lot of its own day, and
//! whatever is taken comes from the oldest lot first. So what lapses is never more than what is there, and an expiry that
//! was written is a debit like any other: it takes just the lots that had lapsed.

use std::collections::{BTreeMap, VecDeque};

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{error::Code, money::Points};

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

/// One line of a member's points statement: `YYYY-MM-DD`, and points credited (positive) or taken (negative).
///
/// Points that a refund gives back are a credit of the day of the refund: they are not put back into the lot they came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    pub day: &'a str,
    pub points: i64,
}

/// What is left of the credit of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lot<'a> {
    pub day: &'a str,
    pub points: Points,
}

/// Of what a balance is made. There are lots or there is a debt, never both: the balance is their sum less `owed`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lots<'a> {
    /// Oldest first, none empty.
    pub lots: VecDeque<Lot<'a>>,
    /// Taken beyond what was there, as when a refund takes back points that were spent; the next credit pays it.
    pub owed: Points,
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

impl<'a> Lots<'a> {
    fn credit(&mut self, day: &'a str, points: Points) -> Result<(), Code> {
        let paid = points.min(self.owed);
        self.owed = self.owed.minus(paid)?;
        let points = points.minus(paid)?;
        if points > Points::ZERO {
            let at = self.lots.partition_point(|lot| lot.day <= day);
            self.lots.insert(at, Lot { day, points });
        }
        Ok(())
    }

    fn debit(&mut self, mut points: Points) -> Result<(), Code> {
        while points > Points::ZERO {
            let Some(oldest) = self.lots.front_mut() else { break };
            let taken = points.min(oldest.points);
            oldest.points = oldest.points.minus(taken)?;
            points = points.minus(taken)?;
            if oldest.points == Points::ZERO {
                self.lots.pop_front();
            }
        }
        self.owed = self.owed.plus(points)?;
        Ok(())
    }
}

/// Reads a statement, in its order, as lots. Errors: `amount.too_large`.
pub fn lots<'a>(entries: &[Entry<'a>]) -> Result<Lots<'a>, Code> {
    let mut lots = Lots::default();
    for entry in entries {
        let size = Points::new(entry.points.checked_abs().ok_or(Code::AmountTooLarge)?)?;
        if entry.points < 0 { lots.debit(size)? } else { lots.credit(entry.day, size)? }
    }
    Ok(lots)
}

/// What of a balance has lapsed by `today` and what will lapse when. After `expired` was taken by an entry of today, asking
/// again gives zero and the same `coming`. A `today` or a day of a lot that is not a calendar day lapses nothing.
/// Errors: `amount.too_large`.
pub fn expiring(entries: &[Entry<'_>], rule: Expiry, today: &str) -> Result<Expiring, Code> {
    let today = read_day(today);
    let mut expired = Points::ZERO;
    let mut coming: BTreeMap<NaiveDate, Points> = BTreeMap::new();
    for lot in lots(entries)?.lots {
        let Some(last) = read_day(lot.day).and_then(|day| rule.last_day(day)) else { continue };
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    const YEAR: Expiry = Expiry::Rolling { months: 12 };
    const NEXT_YEAR_END: Expiry = Expiry::YearEnd { years: 1 };

    fn entries<'a>(of: &[(&'a str, i64)]) -> Vec<Entry<'a>> {
        of.iter().map(|(day, points)| Entry { day, points: *points }).collect()
    }

    #[track_caller]
    fn check(rule: Expiry, of: &[(&str, i64)], today: &str, expired: i64, coming: &[(&str, i64)]) {
        let found = expiring(&entries(of), rule, today).unwrap();
        let found_coming: Vec<(&str, i64)> = found.coming.iter().map(|(day, points)| (day.as_str(), points.get())).collect();
        assert_eq!((found.expired.get(), found_coming.as_slice()), (expired, coming));
    }

    #[test]
    fn a_credit_can_be_used_through_its_last_day() {
        for (rule, day, expect) in [
            (Expiry::Never, "2025-03-15", None),
            (YEAR, "2025-03-15", Some("2026-03-15")),
            (Expiry::Rolling { months: 1 }, "2025-01-31", Some("2025-02-28")),
            (YEAR, "2024-02-29", Some("2025-02-28")),
            (Expiry::Rolling { months: 24 }, "2025-12-31", Some("2027-12-31")),
            (Expiry::YearEnd { years: 0 }, "2025-03-15", Some("2025-12-31")),
            (NEXT_YEAR_END, "2025-01-01", Some("2026-12-31")),
            (NEXT_YEAR_END, "2025-12-31", Some("2026-12-31")),
        ] {
            let last = rule.last_day(day.parse().unwrap()).map(|day| day.to_string());
            assert_eq!(last.as_deref(), expect, "{day} {rule:?}");
        }
    }

    #[test]
    fn rolling() {
        let of = [("2025-01-10", 100), ("2025-03-10", 50), ("2025-03-10", 5)];
        check(YEAR, &of, "2026-01-10", 0, &[("2026-01-10", 100), ("2026-03-10", 55)]);
        check(YEAR, &of, "2026-01-11", 100, &[("2026-03-10", 55)]);
        check(YEAR, &of, "2026-03-11", 155, &[]);
        check(Expiry::Never, &of, "2099-01-01", 0, &[]);
    }

    #[test]
    fn year_end() {
        let of = [("2024-12-31", 7), ("2025-01-01", 10), ("2025-12-31", 20), ("2026-02-01", 30)];
        check(NEXT_YEAR_END, &of, "2025-12-31", 0, &[("2025-12-31", 7), ("2026-12-31", 30), ("2027-12-31", 30)]);
        check(NEXT_YEAR_END, &of, "2026-01-01", 7, &[("2026-12-31", 30), ("2027-12-31", 30)]);
        check(NEXT_YEAR_END, &of, "2027-01-01", 37, &[("2027-12-31", 30)]);
    }

    #[test]
    fn the_oldest_are_used_first() {
        let of = [("2025-01-10", 100), ("2025-03-10", 50), ("2025-06-01", -120)];
        check(YEAR, &of, "2025-12-01", 0, &[("2026-03-10", 30)]);
        // A credit that arrived late is as old as its day says.
        check(YEAR, &[("2025-03-10", 50), ("2025-01-10", 100), ("2025-06-01", -120)], "2025-12-01", 0, &[("2026-03-10", 30)]);
        // Points that a refund gave back begin anew.
        let of = [("2025-01-10", 100), ("2025-06-01", -100), ("2025-06-08", 100)];
        check(YEAR, &of, "2026-01-11", 0, &[("2026-06-08", 100)]);
    }

    #[test]
    fn what_is_owed_is_paid_by_the_next_credit() {
        let of = [("2025-01-10", 100), ("2025-02-01", -100), ("2025-02-02", -40), ("2025-03-10", 30), ("2025-04-10", 50)];
        check(YEAR, &of[..3], "2027-01-01", 0, &[]);
        assert_eq!(lots(&entries(&of[..3])).unwrap().owed, Points::constant(40));
        check(YEAR, &of[..4], "2025-04-01", 0, &[]);
        check(YEAR, &of, "2025-05-01", 0, &[("2026-04-10", 40)]);
    }

    #[test]
    fn an_expiry_that_was_written_is_not_written_again() {
        let of = [("2025-01-10", 100), ("2025-03-10", 50), ("2026-01-11", -100)];
        check(YEAR, &of[..2], "2026-01-11", 100, &[("2026-03-10", 50)]);
        check(YEAR, &of, "2026-01-11", 0, &[("2026-03-10", 50)]);
    }

    #[test]
    fn refuses_rules_that_make_no_sense() {
        for (rule, fits) in [
            (Expiry::Never, true),
            (Expiry::Rolling { months: 1 }, true),
            (Expiry::Rolling { months: 0 }, false),
            (Expiry::Rolling { months: MONTHS_MOST + 1 }, false),
            (Expiry::YearEnd { years: 0 }, true),
            (Expiry::YearEnd { years: YEARS_MOST + 1 }, false),
        ] {
            assert_eq!(rule.check().err(), (!fits).then_some(Code::ExpiryInvalid), "{rule:?}");
        }
        assert_eq!(lots(&[Entry { day: "2025-01-01", points: i64::MIN }]), Err(Code::AmountTooLarge));
    }

    fn day(number: u64) -> String {
        NaiveDate::from_ymd_opt(2024, 1, 1).unwrap().checked_add_days(chrono::Days::new(number)).unwrap().to_string()
    }

    proptest! {
        #[test]
        fn nothing_lapses_that_is_not_there(
            mut moves in prop::collection::vec((0..1500u64, -500..500i64), 0..60),
            today in 0..2500u64,
            months in 1..30u32,
            by_year in any::<bool>(),
        ) {
            moves.sort_by_key(|(day, _)| *day);
            let rule = if by_year { Expiry::YearEnd { years: months % 3 } } else { Expiry::Rolling { months } };
            let days: Vec<String> = moves.iter().map(|(number, _)| day(*number)).collect();
            let mut of: Vec<Entry<'_>> = days.iter().zip(&moves).map(|(day, (_, points))| Entry { day, points: *points }).collect();
            let balance: i64 = moves.iter().map(|(_, points)| points).sum();
            let today = day(today);

            let found = lots(&of).unwrap();
            let held: i64 = found.lots.iter().map(|lot| lot.points.get()).sum();
            prop_assert_eq!(held - found.owed.get(), balance);
            prop_assert!(held == 0 || found.owed == Points::ZERO);

            let first = expiring(&of, rule, &today).unwrap();
            let coming: i64 = first.coming.iter().map(|(_, points)| points.get()).sum();
            prop_assert_eq!(first.expired.get() + coming, balance.max(0));
            prop_assert!(first.coming.iter().all(|(last, _)| *last >= today));

            of.push(Entry { day: &today, points: -first.expired.get() });
            prop_assert_eq!(expiring(&of, rule, &today).unwrap(), Expiring { expired: Points::ZERO, coming: first.coming });
        }
    }
}
