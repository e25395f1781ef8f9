//! The level that a member holds, from the months in which something was bought and the last review.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Level, TierWindow, Tiers};
use crate::money::{Fen, LARGEST};

/// What a member bought in one month, `YYYY-MM`; below zero when more came back than was bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthStat {
    pub month: String,
    pub spend: Fen,
    pub visits: i64,
}

/// The last review: the level it left, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub month: String,
    pub level: Option<String>,
}

/// Where a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held<'a> {
    pub level: Option<&'a Level>,
    /// In the window that ends now.
    pub measure: i64,
    /// The level above the one held, and what is missing to it in the window that ends now.
    pub next: Option<(&'a Level, i64)>,
    /// What a review now would leave: never more than is held.
    pub at_review: Option<&'a Level>,
}

impl Tiers {
    /// Where a member stands in the month `now`, `YYYY-MM`. The level is the highest of the one that the last review left
    /// and those reached in the windows that end in each month from the review, or else from the first purchase, through
    /// now.
    ///
    /// `months` may come in any order, and a month more than once. What cannot be read as a month is left out; a clock
    /// behind the review reads as the review's month. A level that a review left and that these tiers no longer name is none.
    pub fn held<'a>(&'a self, months: &[MonthStat], review: Option<&Review>, now: &str) -> Held<'a> {
        let sums = Sums::of(months);
        let reviewed = review.and_then(|review| month_number(&review.month));
        let now = month_number(now).max(reviewed).or(sums.last()).unwrap_or(0);
        // A lifetime is all there is: what a clock ahead of this one has booked counts now.
        let sums = if self.window == TierWindow::Lifetime { sums.brought_to(now) } else { sums };
        let start = reviewed.or(sums.first()).unwrap_or(now);

        let measure = self.measured(&sums, now);
        let risen = self.turns(&sums, start, now).map(|month| self.measured(&sums, month)).max();
        let reached = self.rank(risen.map_or(measure, |risen| risen.max(measure)));
        let left = review.and_then(|review| review.level.as_deref());
        let left = left.and_then(|name| self.levels.iter().position(|level| level.name == name));

        let (level, next) = self.with_next(reached.max(left));
        let next = next.map(|level| (level, level.from.saturating_sub(measure)));
        Held { level, measure, next, at_review: self.of(measure).0 }
    }

    /// The months from `start` through `now` in which a window's sum can change: where a month comes in and where it
    /// drops out. In between nothing moves, so no other month need be looked at.
    fn turns<'s>(&self, sums: &'s Sums, start: i64, now: i64) -> impl Iterator<Item = i64> + use<'s> {
        let length = match self.window {
            TierWindow::Lifetime => 0,
            TierWindow::Months { months } => i64::from(months),
        };
        let moves = sums.0.iter().flat_map(move |sum| [sum.month, sum.month + length]);
        std::iter::once(start).chain(moves).filter(move |month| (start..=now).contains(month))
    }

    /// Of the window that ends in `month`.
    fn measured(&self, sums: &Sums, month: i64) -> i64 {
        let (spend, visits) = sums.through(month);
        let (before_spend, before_visits) = match self.window {
            TierWindow::Lifetime => (0, 0),
            TierWindow::Months { months } => sums.through(month - i64::from(months)),
        };
        let within = |sum: i128| i64::try_from(sum.clamp(0, i128::from(LARGEST))).unwrap_or(LARGEST);
        let spend = Fen::new(within(spend - before_spend)).unwrap_or_default();
        self.measure(spend, within(visits - before_visits))
    }
}

/// What was bought from the beginning through each month in which something was.
struct Sums(Vec<SumThrough>);

struct SumThrough {
    month: i64,
    spend: i128,
    visits: i128,
}

impl Sums {
    fn of(months: &[MonthStat]) -> Self {
        let mut by_month: BTreeMap<i64, (i128, i128)> = BTreeMap::new();
        for stat in months {
            if let Some(month) = month_number(&stat.month) {
                let sum = by_month.entry(month).or_default();
                *sum = (sum.0 + i128::from(stat.spend.get()), sum.1 + i128::from(stat.visits));
            }
        }
        let running = by_month.into_iter().scan((0, 0), |sum, (month, (spend, visits))| {
            *sum = (sum.0 + spend, sum.1 + visits);
            Some(SumThrough { month, spend: sum.0, visits: sum.1 })
        });
        Self(running.collect())
    }

    /// With everything after a month booked in it.
    fn brought_to(mut self, month: i64) -> Self {
        if let Some(all) = self.0.pop_if(|last| last.month > month) {
            self.0.retain(|sum| sum.month < month);
            self.0.push(SumThrough { month, ..all });
        }
        self
    }

    fn first(&self) -> Option<i64> {
        self.0.first().map(|sum| sum.month)
    }

    fn last(&self) -> Option<i64> {
        self.0.last().map(|sum| sum.month)
    }

    /// Spend and visits through the end of a month.
    fn through(&self, month: i64) -> (i128, i128) {
        let later = self.0.partition_point(|sum| sum.month <= month);
        later.checked_sub(1).and_then(|at| self.0.get(at)).map_or((0, 0), |sum| (sum.spend, sum.visits))
    }
}

/// Months since year 0 of `YYYY-MM`.
fn month_number(text: &str) -> Option<i64> {
    let digits = text.len() == 7 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let (year, month) = text.split_once('-').filter(|(year, _)| digits && year.len() == 4)?;
    let (year, month): (i64, i64) = (year.parse().ok()?, month.parse().ok()?);
    (1..=12).contains(&month).then_some(year * 12 + month - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tiers::Measure;
    use proptest::prelude::*;

    /// 会员 from the start, VIP from 5,000 yuan, 黑卡 from 20,000; or as many visits or growth.
    fn tiers(by: Measure, window: TierWindow) -> Tiers {
        let levels = vec![Level::plain("会员", 0, 1000), Level::plain("VIP", 500_000, 950), Level::plain("黑卡", 2_000_000, 880)];
        Tiers { by, window, levels }
    }

    fn half_year() -> Tiers {
        tiers(Measure::Spend, TierWindow::Months { months: 6 })
    }

    fn stat(month: &str, spend: i64, visits: i64) -> MonthStat {
        MonthStat { month: month.to_owned(), spend: Fen::new(spend).unwrap(), visits }
    }

    fn name(level: Option<&Level>) -> &str {
        level.map_or("", |level| level.name.as_str())
    }

    /// Level held, measure now, next level and what is missing, and what a review would leave.
    #[track_caller]
    fn check(tiers: &Tiers, spent: &[(&str, i64)], review: Option<(&str, &str)>, now: &str, expect: (&str, i64, &str, i64, &str)) {
        let months: Vec<MonthStat> = spent.iter().map(|(month, spend)| stat(month, *spend, 1)).collect();
        let review = review.map(|(month, level)| Review { month: month.into(), level: (!level.is_empty()).then(|| level.into()) });
        let held = tiers.held(&months, review.as_ref(), now);
        let (next, missing) = held.next.map_or(("", 0), |(level, missing)| (level.name.as_str(), missing));
        assert_eq!((name(held.level), held.measure, next, missing, name(held.at_review)), expect);
    }

    #[test]
    fn up_at_once() {
        let lifetime = tiers(Measure::Spend, TierWindow::Lifetime);
        check(&lifetime, &[], None, "2026-03", ("会员", 0, "VIP", 500_000, "会员"));
        check(&lifetime, &[("2020-01", 400_000), ("2026-03", 99_999)], None, "2026-03", ("会员", 499_999, "VIP", 1, "会员"));
        check(&lifetime, &[("2020-01", 400_000), ("2026-03", 100_000)], None, "2026-03", ("VIP", 500_000, "黑卡", 1_500_000, "VIP"));
        check(&half_year(), &[("2026-03", 2_000_000)], None, "2026-03", ("黑卡", 2_000_000, "", 0, "黑卡"));
    }

    #[test]
    fn a_window_forgets_and_a_level_stays_until_a_review() {
        let bought = [("2025-10", 300_000), ("2026-03", 200_000)];
        check(&half_year(), &bought, None, "2026-03", ("VIP", 500_000, "黑卡", 1_500_000, "VIP"));
        check(&half_year(), &bought, None, "2026-04", ("VIP", 200_000, "黑卡", 1_800_000, "会员"));
        check(&half_year(), &bought, None, "2030-01", ("VIP", 0, "黑卡", 2_000_000, "会员"));
        check(&half_year(), &bought, Some(("2026-04", "会员")), "2026-04", ("会员", 200_000, "VIP", 300_000, "会员"));
        // Six months apart they never met in a window.
        check(&half_year(), &[("2025-09", 300_000), ("2026-03", 200_000)], None, "2026-03", ("会员", 200_000, "VIP", 300_000, "会员"));
    }

    #[test]
    fn a_review_leaves_its_level_and_one_rises_from_there() {
        let bought = [("2025-01", 600_000), ("2026-05", 500_000)];
        check(&half_year(), &bought, Some(("2025-12", "会员")), "2026-04", ("会员", 0, "VIP", 500_000, "会员"));
        check(&half_year(), &bought, Some(("2025-12", "会员")), "2026-05", ("VIP", 500_000, "黑卡", 1_500_000, "VIP"));
        check(&half_year(), &bought, Some(("2025-12", "黑卡")), "2026-04", ("黑卡", 0, "", 0, "会员"));
        // Bought in the month of the review, after it.
        check(&half_year(), &bought, Some(("2026-05", "会员")), "2026-05", ("VIP", 500_000, "黑卡", 1_500_000, "VIP"));
        check(&half_year(), &bought, Some(("2025-12", "")), "2026-01", ("会员", 0, "VIP", 500_000, "会员"));
        // A level of that name is no more.
        check(&half_year(), &bought, Some(("2025-12", "白金")), "2026-01", ("会员", 0, "VIP", 500_000, "会员"));
        // A clock behind the review.
        check(&half_year(), &bought, Some(("2025-12", "会员")), "2025-01", ("会员", 0, "VIP", 500_000, "会员"));
    }

    #[test]
    fn a_refund_lowers_the_sums() {
        let vip = ("VIP", 500_000, "黑卡", 1_500_000, "VIP");
        check(&half_year(), &[("2026-03", 600_000), ("2026-03", -100_000)], None, "2026-03", vip);
        let plain = ("会员", 499_999, "VIP", 1, "会员");
        check(&half_year(), &[("2026-03", 600_000), ("2026-03", -100_001)], None, "2026-03", plain);
        // Booked in a later month, it waits for the review.
        let bought = [("2026-03", 500_000), ("2026-04", -500_000)];
        check(&half_year(), &bought, None, "2026-04", ("VIP", 0, "黑卡", 2_000_000, "会员"));
        // A month below zero that drops out of the window lets the sum rise.
        let bought = [("2026-01", -100_000), ("2026-02", 500_000)];
        check(&half_year(), &bought, None, "2026-06", ("会员", 400_000, "VIP", 100_000, "会员"));
        check(&half_year(), &bought, None, "2026-07", vip);
        check(&half_year(), &bought, None, "2027-01", ("VIP", 0, "黑卡", 2_000_000, "会员"));
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        for (month, expect) in [
            ("2026-01", Some(24_312)),
            ("2026-12", Some(24_323)),
            ("2026-13", None),
            ("2026-00", None),
            ("2026-1", None),
            ("+202-01", None),
            ("20261-1", None),
            ("", None),
        ] {
            assert_eq!(month_number(month), expect, "{month}");
        }
        check(&half_year(), &[("2026-03", 500_000), ("", 900)], None, "", ("VIP", 500_000, "黑卡", 1_500_000, "VIP"));
        check(&half_year(), &[], None, "", ("会员", 0, "VIP", 500_000, "会员"));
        // Booked by a clock ahead: a lifetime has it at once, a window when its month comes.
        let ahead = [("2026-09", 500_000)];
        check(&half_year(), &ahead, None, "2026-03", ("会员", 0, "VIP", 500_000, "会员"));
        check(&tiers(Measure::Spend, TierWindow::Lifetime), &ahead, None, "2026-03", ("VIP", 500_000, "黑卡", 1_500_000, "VIP"));
    }

    #[test]
    fn by_visits_and_growth() {
        let levels = vec![Level::plain("常客", 3, 1000), Level::plain("老友", 10, 980)];
        let by_visits = Tiers { by: Measure::Visits, window: TierWindow::Months { months: 3 }, levels: levels.clone() };
        let months = [stat("2026-01", 0, 5), stat("2026-02", 0, 5), stat("2026-04", 0, 1)];
        let held = by_visits.held(&months, None, "2026-04");
        assert_eq!((name(held.level), held.measure, held.next, name(held.at_review)), ("老友", 6, None, "常客"));

        let by = Measure::Growth { per_fen: Fen::constant(1000), per_visit: 1 };
        let by_growth = Tiers { by, window: TierWindow::Lifetime, levels };
        let months = [stat("2026-01", 1500, 1), stat("2026-02", 1500, 1)];
        let held = by_growth.held(&months, None, "2026-02");
        assert_eq!((name(held.level), held.measure, held.next.map(|(_, missing)| missing)), ("常客", 5, Some(5)));
    }

    /// Month number `n` from 2025-01 on.
    fn month(n: i64) -> String {
        format!("{}-{:02}", 2025 + n / 12, n % 12 + 1)
    }

    fn any_tiers() -> impl Strategy<Value = Tiers> {
        let by = prop::sample::select(vec![Measure::Spend, Measure::Visits, Measure::Growth { per_fen: Fen::constant(70), per_visit: 3 }]);
        let window = prop_oneof![Just(TierWindow::Lifetime), (1..15u32).prop_map(|months| TierWindow::Months { months })];
        (by, window, prop::collection::vec(1..80i64, 1..5)).prop_map(|(by, window, steps)| {
            let mut from = 0;
            let levels = steps.iter().enumerate().map(|(at, step)| {
                from += step;
                Level::plain(&format!("L{at}"), from, 1000)
            });
            Tiers { by, window, levels: levels.collect() }
        })
    }

    fn rank(tiers: &Tiers, level: Option<&Level>) -> Option<usize> {
        level.and_then(|level| tiers.levels.iter().position(|other| other == level))
    }

    proptest! {
        #[test]
        fn only_a_review_takes_a_level_away(
            tiers in any_tiers(),
            spent in prop::collection::vec((0..30i64, -60..120i64, -1..4i64), 0..20),
            (now, more, more_in) in (0..40i64, 0..200i64, 0..30i64),
        ) {
            let mut months: Vec<MonthStat> = spent.iter().map(|(n, spend, visits)| stat(&month(*n), *spend, *visits)).collect();
            let held_at = |months: &[MonthStat], now: i64| {
                let held = tiers.held(months, None, &month(now));
                (rank(&tiers, held.level), rank(&tiers, held.at_review))
            };
            let (level, at_review) = held_at(&months, now);
            prop_assert!(at_review <= level);
            prop_assert!(level <= held_at(&months, now + 1).0, "months pass");

            // The level is the highest of all windows that ended by then, looked at one by one. To a lifetime what a clock ahead
            // has booked, bought or brought back, is of this month.
            let through = spent.iter().map(|(n, ..)| *n).min().unwrap_or(now).min(now);
            let booked = |n: i64| if tiers.window == TierWindow::Lifetime { n.min(now) } else { n };
            let booked: Vec<MonthStat> = spent.iter().map(|(n, spend, visits)| stat(&month(booked(*n)), *spend, *visits)).collect();
            let each = (through..=now).map(|month| {
                let sums = Sums::of(&booked);
                rank(&tiers, tiers.of(tiers.measured(&sums, 2025 * 12 + month)).0)
            });
            prop_assert_eq!(level, each.max().unwrap_or(None).max(at_review));

            let review = Review { month: month(now), level: at_review.and_then(|at| tiers.levels.get(at)).map(|level| level.name.clone()) };
            let after = tiers.held(&months, Some(&review), &month(now));
            prop_assert_eq!((rank(&tiers, after.level), rank(&tiers, after.at_review)), (at_review, at_review), "a review");

            let reviewed_later = rank(&tiers, tiers.held(&months, Some(&review), &month(now + 3)).level);
            months.push(stat(&month(more_in), more, 1));
            prop_assert!(level <= held_at(&months, now).0, "buying more");
            prop_assert!(reviewed_later <= rank(&tiers, tiers.held(&months, Some(&review), &month(now + 3)).level));
            if let Some((_, missing)) = tiers.held(&months, None, &month(now)).next {
                prop_assert!(missing > 0);
            }
        }
    }
}
