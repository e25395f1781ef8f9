//! The level that a member holds, from the months in which something was bought, the tiers that were in force in them, and the
//! last review.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Level, TierWindow, Tiers};
use crate::{
    money::{Fen, LARGEST},
    op::RuleUsed,
    time::business_day,
};

/// What a member bought in one month, `YYYY-MM`; below zero when more came back than was bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthStat {
    pub month: String,
    pub spend: Fen,
    pub visits: i64,
}

/// The last review: the level it left, by name, and the version of the tiers it went by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub month: String,
    pub level: Option<String>,
    pub rule: RuleUsed,
}

/// A version of the tiers that was in force before the one that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TiersBefore {
    pub used: RuleUsed,
    /// When the next one took its place, in milliseconds since 1970. It had itself begun where the one before it ended; the
    /// first was in force from the beginning.
    pub until: i64,
    pub body: Tiers,
}

/// The tiers now in force, and those before them, oldest first. A month is judged by the tiers that were in force in it, so
/// that another threshold, measure or window takes no level away: that is for a review.
///
/// Months are the finest that a book counts: in the month of a change both versions are asked, and the higher level holds. Levels
/// of two versions are the same where their names are; one whose name is no more counts as the highest below it whose name still is.
#[derive(Clone, Copy, Debug)]
pub struct TierHistory<'a> {
    pub used: RuleUsed,
    pub now: &'a Tiers,
    pub before: &'a [TiersBefore],
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

impl<'a> TierHistory<'a> {
    /// Where a member stands in the month `now`, `YYYY-MM`. The level is the highest of the one that the last review left
    /// and those reached in the windows that end in each month from the review, or else from the first purchase, through
    /// now, each by the tiers of its month. After a review its version and later ones judge.
    ///
    /// `months` may come in any order, and a month more than once. What cannot be read as a month is left out; a clock
    /// behind the review reads as the review's month.
    pub fn held(&self, months: &[MonthStat], review: Option<&Review>, now: &str) -> Held<'a> {
        let sums = Sums::of(months);
        let reviewed = review.and_then(|review| month_number(&review.month));
        let now = month_number(now).max(reviewed).or(sums.last()).unwrap_or(0);
        let start = reviewed.or(sums.first()).unwrap_or(now);

        let tiers = self.now;
        let since = self.before.last().map_or(start, |last| start.max(month_of(last.until)));
        let measure = tiers.measured(&tiers.booked(&sums, now), now);
        let risen = tiers.highest(&sums, since, now, now);
        let reached = tiers.rank(risen.map_or(measure, |risen| risen.max(measure)));
        let before = self.reached_before(&sums, review, start, now);
        let left = review.and_then(|review| self.left_by(review));

        let (level, next) = tiers.with_next(reached.max(before).max(left));
        let next = next.map(|level| (level, level.from.saturating_sub(measure)));
        Held { level, measure, next, at_review: tiers.of(measure).0 }
    }

    /// The highest place that was reached by tiers before these, each in its own months from `start` through `now`.
    fn reached_before(&self, sums: &Sums, review: Option<&Review>, start: i64, now: i64) -> Option<usize> {
        let judging = review.map_or(0, |review| self.place_of_version(review.rule).unwrap_or(0));
        let reached = self.before.iter().enumerate().skip(judging).map(|(at, version)| {
            let begun = at.checked_sub(1).and_then(|at| self.before.get(at)).map(|earlier| month_of(earlier.until));
            let last = month_of(version.until.saturating_sub(1)).min(now);
            let risen = version.body.highest(sums, begun.map_or(start, |begun| start.max(begun)), last, now);
            self.place_now(&version.body, version.body.rank(risen?)?)
        });
        reached.max().flatten()
    }

    /// The place of the level that a review left. Of a version that is not here, the level must be named now.
    fn left_by(&self, review: &Review) -> Option<usize> {
        let name = review.level.as_deref()?;
        let version = self.place_of_version(review.rule).map(|at| self.before.get(at).map_or(self.now, |version| &version.body));
        let by = version.unwrap_or(self.now);
        self.place_now(by, by.place_named(name)?)
    }

    /// Its place among the versions, the one in force being the last.
    fn place_of_version(&self, used: RuleUsed) -> Option<usize> {
        let all = self.before.iter().map(|version| version.used).chain([self.used]);
        all.enumerate().find_map(|(at, version)| (version == used).then_some(at))
    }

    /// Where a level of other tiers stands now.
    fn place_now(&self, tiers: &Tiers, place: usize) -> Option<usize> {
        tiers.levels.get(..=place)?.iter().rev().find_map(|level| self.now.place_named(&level.name))
    }
}

impl Tiers {
    fn place_named(&self, name: &str) -> Option<usize> {
        self.levels.iter().position(|level| level.name == name)
    }

    /// The sums as these tiers look at them: a lifetime is all there is, so that what a clock ahead of this one has booked
    /// counts now.
    fn booked(&self, sums: &Sums, now: i64) -> Sums {
        if self.window == TierWindow::Lifetime { sums.brought_to(now) } else { sums.clone() }
    }

    /// The highest that the windows which end in the months from `start` through `last` came to; `None` where there is no such month.
    fn highest(&self, sums: &Sums, start: i64, last: i64, now: i64) -> Option<i64> {
        let sums = self.booked(sums, now);
        self.turns(&sums, start, last).map(|month| self.measured(&sums, month)).max()
    }

    /// The months from `start` through `last` in which a window's sum can change: where a month comes in and where it
    /// drops out. In between nothing moves, so no other month need be looked at.
    fn turns<'s>(&self, sums: &'s Sums, start: i64, last: i64) -> impl Iterator<Item = i64> + use<'s> {
        let length = match self.window {
            TierWindow::Lifetime => 0,
            TierWindow::Months { months } => i64::from(months),
        };
        let moves = sums.0.iter().flat_map(move |sum| [sum.month, sum.month + length]);
        std::iter::once(start).chain(moves).filter(move |month| (start..=last).contains(month))
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
#[derive(Clone)]
struct Sums(Vec<SumThrough>);

#[derive(Clone, Copy)]
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
    fn brought_to(&self, month: i64) -> Self {
        let mut sums = self.clone();
        if let Some(all) = sums.0.pop_if(|last| last.month > month) {
            sums.0.retain(|sum| sum.month < month);
            sums.0.push(SumThrough { month, ..all });
        }
        sums
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

/// The month of a moment, in months since year 0.
fn month_of(at: i64) -> i64 {
    month_number(business_day(at).get(..7).unwrap_or_default()).unwrap_or(if at < 0 { i64::MIN } else { i64::MAX })
}

/// Months since year 0 of `YYYY-MM`.
fn month_number(text: &str) -> Option<i64> {
    let digits = text.len() == 7 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let (year, month) = text.split_once('-').filter(|(year, _)| digits && year.len() == 4)?;
    let (year, month): (i64, i64) = (year.parse().ok()?, month.parse().ok()?);
    (1..=12).contains(&month).then_some(year * 12 + month - 1)
}

#[cfg(test)]
mod tests;
