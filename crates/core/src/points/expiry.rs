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
mod tests {
    use super::*;
    use proptest::prelude::*;

    const YEAR: Expiry = Expiry::Rolling { months: 12 };
    const NEXT_YEAR_END: Expiry = Expiry::YearEnd { years: 1 };

    fn entries<'a>(of: &[(&'a str, i64)]) -> Vec<Entry<'a>> {
        of.iter().map(|(day, points)| Entry { day, points: *points, of: MovedBy::Other }).collect()
    }

    /// In force since ever.
    fn always(rule: Expiry) -> Lapsing {
        Lapsing { rule, since: String::new() }
    }

    fn sale(n: u8) -> SaleId {
        SaleId::from_bytes([n; 16])
    }

    #[track_caller]
    fn check(rule: Expiry, of: &[(&str, i64)], today: &str, expired: i64, coming: &[(&str, i64)]) {
        check_moved(&always(rule), &entries(of), today, expired, coming);
    }

    #[track_caller]
    fn check_moved(lapsing: &Lapsing, of: &[Entry<'_>], today: &str, expired: i64, coming: &[(&str, i64)]) {
        let found = expiring(of, lapsing, today).unwrap();
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
    }

    #[test]
    fn a_refund_makes_no_points_younger() {
        use MovedBy::{Earned, Other, Paid, PutBack, TakenBack};
        let entry = |day, points, of| Entry { day, points, of };
        let bought = [
            entry("2025-01-10", 100, Other),
            entry("2025-03-10", 50, Other),
            entry("2026-01-10", -120, Paid(sale(1))),
            entry("2026-01-10", 7, Earned(sale(1))),
        ];
        let with = |more: &[Entry<'static>]| [&bought[..], more].concat();
        let year = always(YEAR);
        check_moved(&year, &bought, "2026-01-11", 0, &[("2026-03-10", 30), ("2027-01-10", 7)]);
        let put_back = |points| entry("2026-01-11", points, PutBack(sale(1)));
        // In one step or in two: what lapsed last night has lapsed.
        for steps in [&[put_back(120)][..], &[put_back(20), put_back(100)], &[put_back(99), put_back(21)]] {
            check_moved(&year, &with(steps), "2026-01-11", 100, &[("2026-03-10", 50), ("2027-01-10", 7)]);
        }
        // A part goes back to the younger of the two first.
        check_moved(&year, &with(&[put_back(30)]), "2026-01-11", 10, &[("2026-03-10", 50), ("2027-01-10", 7)]);
        // What was earned goes with the sale, and leaves the others as old as they are.
        let whole = [entry("2026-01-11", -7, TakenBack(sale(1))), put_back(120)];
        check_moved(&year, &with(&whole), "2026-01-11", 100, &[("2026-03-10", 50)]);
        // A debt is paid first; what the sale took from nothing is as young as the sale.
        let owing = [entry("2025-12-01", -10, Paid(sale(2))), entry("2025-12-02", 4, Other), entry("2025-12-03", 10, PutBack(sale(2)))];
        check_moved(&year, &owing, "2025-12-04", 0, &[("2026-12-01", 4)]);
        // A refund of a sale that is not there is a credit of its own day.
        check_moved(&year, &[put_back(5)], "2026-01-11", 0, &[("2027-01-11", 5)]);
    }

    #[test]
    fn what_has_lapsed_pays_for_nothing() {
        let entry = |day, points, of| Entry { day, points, of };
        let of = [
            entry("2025-01-10", 100, MovedBy::Other),
            entry("2025-12-01", 60, MovedBy::Other),
            entry("2026-02-01", -50, MovedBy::Paid(sale(1))),
        ];
        check_moved(&always(YEAR), &of, "2026-02-02", 100, &[("2026-12-01", 10)]);
        // Taken by HQ, the lapsed ones are gone and no others.
        let swept = [&of[..], &[entry("2026-02-02", -100, MovedBy::Other)]].concat();
        check_moved(&always(YEAR), &swept, "2026-02-02", 0, &[("2026-12-01", 10)]);
        // A rule that came later does not say of what was paid before that it took other points.
        let later = Lapsing { rule: YEAR, since: "2026-02-02".into() };
        check_moved(&later, &of, "2026-02-02", 50, &[("2026-12-01", 60)]);
        // A till that had not heard pays with them where there are no others.
        let beyond = [&of[..2], &[entry("2026-02-01", -130, MovedBy::Paid(sale(1)))]].concat();
        check_moved(&always(YEAR), &beyond, "2026-02-02", 30, &[]);
    }

    #[test]
    fn what_is_owed_is_paid_by_the_next_credit() {
        let of = [("2025-01-10", 100), ("2025-02-01", -100), ("2025-02-02", -40), ("2025-03-10", 30), ("2025-04-10", 50)];
        check(YEAR, &of[..3], "2027-01-01", 0, &[]);
        assert_eq!(lots(&entries(&of[..3]), &always(YEAR)).unwrap().owed, Points::constant(40));
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
        assert_eq!(lots(&[Entry { day: "2025-01-01", points: i64::MIN, of: MovedBy::Other }], &always(YEAR)), Err(Code::AmountTooLarge));
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
            // Every third is of a sale, or of a refund of one.
            let by = |place: usize, points: i64| match (place % 3, points < 0) {
                (0, true) => MovedBy::Paid(sale(u8::try_from(place % 4).unwrap())),
                (0, false) => MovedBy::PutBack(sale(u8::try_from(place % 4).unwrap())),
                (1, true) => MovedBy::TakenBack(sale(u8::try_from(place % 4).unwrap())),
                (1, false) => MovedBy::Earned(sale(u8::try_from(place % 4).unwrap())),
                _ => MovedBy::Other,
            };
            let both = days.iter().zip(&moves).enumerate();
            let mut of: Vec<Entry<'_>> = both.map(|(at, (day, (_, points)))| Entry { day, points: *points, of: by(at, *points) }).collect();
            let rule = always(rule);
            let balance: i64 = moves.iter().map(|(_, points)| points).sum();
            let today = day(today);

            let found = lots(&of, &rule).unwrap();
            let held: i64 = found.lots.iter().map(|lot| lot.points.get()).sum();
            prop_assert_eq!(held - found.owed.get(), balance);
            prop_assert!(held == 0 || found.owed == Points::ZERO);

            let first = expiring(&of, &rule, &today).unwrap();
            let coming: i64 = first.coming.iter().map(|(_, points)| points.get()).sum();
            prop_assert_eq!(first.expired.get() + coming, balance.max(0));
            prop_assert!(first.coming.iter().all(|(last, _)| *last >= today));

            of.push(Entry { day: &today, points: -first.expired.get(), of: MovedBy::Other });
            prop_assert_eq!(expiring(&of, &rule, &today).unwrap(), Expiring { expired: Points::ZERO, coming: first.coming });
        }
    }
}
