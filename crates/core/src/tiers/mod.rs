//! Tiers (C2): which level a member holds. Up at once, down only at a review, and both are computed: the level is a pure
//! function of what a member bought in each month and of the last review, so every till finds the same one, with or
//! without a line. A review is an operation that names the level it leaves; nothing else takes a level away, and least of all a
//! new version of the tiers: every month is judged by those that were in force in it.
//!
//! A refund lowers the sums of the month it is booked in, and may so lower the level that those sums reached. Sums below
//! zero count as zero.

mod held;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use held::{Held, MonthStat, Review, TierHistory, TiersBefore};

use crate::{
    error::Code,
    ids::RuleId,
    money::{Fen, LARGEST, Rounding, scale},
};

const WINDOW_MONTHS_MOST: u32 = 1200;
/// The most a level may make of points, in thousandths.
const POINTS_PERMILLE_MOST: i64 = 100_000;

/// C2: levels, lowest first, by a measure taken in a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Tiers {
    #[serde(default)]
    pub by: Measure,
    #[serde(default)]
    pub window: TierWindow,
    pub levels: Vec<Level>,
}

/// What raises a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// In fen.
    #[default]
    Spend,
    Visits,
    /// 成长值: one for every whole `per_fen` spent in the window, and `per_visit` for every visit.
    Growth {
        per_fen: Fen,
        per_visit: i64,
    },
}

/// The time that counts: calendar months, the month that is looked at being the last of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TierWindow {
    #[default]
    Lifetime,
    Months {
        months: u32,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Level {
    pub name: String,
    /// Reached at this much of the measure: fen, visits or growth.
    pub from: i64,
    /// What a member of this level pays of the list price, in thousandths: 950 is 9.5 折.
    pub price_permille: i64,
    /// What this level makes of points, in thousandths: 1000 is one for one.
    #[serde(default = "one_for_one")]
    pub points_permille: i64,
    /// What the house does for this level, in its own words: free delivery, a lounge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// The coupon that is given on reaching it (C4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gift: Option<RuleId>,
}

fn one_for_one() -> i64 {
    1000
}

impl Level {
    /// A level with a price and nothing else.
    pub fn plain(name: &str, from: i64, price_permille: i64) -> Self {
        let points_permille = one_for_one();
        Self { name: name.to_owned(), from, price_permille, points_permille, services: Vec::new(), gift: None }
    }
}

impl Tiers {
    /// What spend and visits come to, in the unit of [`Level::from`].
    pub fn measure(&self, spend: Fen, visits: i64) -> i64 {
        let (spend, visits) = (spend.get().max(0), visits.clamp(0, LARGEST));
        match self.by {
            Measure::Spend => spend,
            Measure::Visits => visits,
            Measure::Growth { per_fen, per_visit } => {
                let by_spend = scale(spend, 1, per_fen.get(), Rounding::Down).unwrap_or(0);
                visits.saturating_mul(per_visit.max(0)).saturating_add(by_spend).min(LARGEST)
            }
        }
    }

    /// The level a measure has reached, and the one after it.
    pub fn of(&self, measure: i64) -> (Option<&Level>, Option<&Level>) {
        self.with_next(self.rank(measure))
    }

    fn rank(&self, measure: i64) -> Option<usize> {
        self.levels.iter().rposition(|level| level.from <= measure)
    }

    fn with_next(&self, rank: Option<usize>) -> (Option<&Level>, Option<&Level>) {
        let next = rank.map_or(0, |rank| rank + 1);
        (rank.and_then(|rank| self.levels.get(rank)), self.levels.get(next))
    }

    /// Whether the rule can be put in force. Errors: `tier.not_rising`, `amount.too_large`, `tier.price_invalid`,
    /// `tier.points_invalid`, `name.invalid`, `tier.name_twice`, `tier.window_invalid`, `tier.growth_invalid`.
    pub fn check(&self) -> Result<(), Code> {
        if let TierWindow::Months { months } = self.window
            && !(1..=WINDOW_MONTHS_MOST).contains(&months)
        {
            return Err(Code::TierWindowInvalid);
        }
        if let Measure::Growth { per_fen, per_visit } = self.by
            && (per_fen <= Fen::ZERO || per_visit < 0)
        {
            return Err(Code::TierGrowthInvalid);
        }
        let mut below = -1;
        for (at, level) in self.levels.iter().enumerate() {
            level.check()?;
            if level.from <= below {
                return Err(Code::TierNotRising);
            }
            below = level.from;
            if self.levels.iter().take(at).any(|lower| lower.name == level.name) {
                return Err(Code::TierNameTwice);
            }
        }
        Ok(())
    }
}

impl Level {
    fn check(&self) -> Result<(), Code> {
        if self.name.trim().is_empty() || self.services.iter().any(|service| service.trim().is_empty()) {
            return Err(Code::NameInvalid);
        }
        if self.from > LARGEST {
            return Err(Code::AmountTooLarge);
        }
        if !(0..=1000).contains(&self.price_permille) {
            return Err(Code::TierPriceInvalid);
        }
        if (0..=POINTS_PERMILLE_MOST).contains(&self.points_permille) { Ok(()) } else { Err(Code::TierPointsInvalid) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 会员 from the start, VIP from 5,000 yuan, 黑卡 from 20,000; or as many visits or growth.
    fn tiers(by: Measure, window: TierWindow) -> Tiers {
        let levels = vec![Level::plain("会员", 0, 1000), Level::plain("VIP", 500_000, 950), Level::plain("黑卡", 2_000_000, 880)];
        Tiers { by, window, levels }
    }

    #[test]
    fn a_measure_reaches_a_level() {
        let tiers = tiers(Measure::Spend, TierWindow::Lifetime);
        let name = |level: Option<&Level>| level.map_or(String::new(), |level| level.name.clone());
        for (measure, level, next) in
            [(-1, "", "会员"), (0, "会员", "VIP"), (499_999, "会员", "VIP"), (500_000, "VIP", "黑卡"), (9_000_000, "黑卡", "")]
        {
            assert_eq!((name(tiers.of(measure).0), name(tiers.of(measure).1)), (level.to_owned(), next.to_owned()), "{measure}");
        }
        assert_eq!(Tiers { levels: vec![], ..tiers }.of(5), (None, None));
    }

    #[test]
    fn measures() {
        let growth = |per_fen, per_visit| Measure::Growth { per_fen: Fen::constant(per_fen), per_visit };
        for (by, spend, visits, expect) in [
            (Measure::Spend, 12_345, 3, 12_345),
            (Measure::Spend, -1, 3, 0),
            (Measure::Visits, 12_345, 3, 3),
            (Measure::Visits, 12_345, -3, 0),
            (growth(1000, 5), 12_345, 3, 27),
            (growth(1000, 0), 999, 3, 0),
            (growth(1000, 5), -5000, 3, 15),
            (growth(1, i64::MAX), LARGEST, LARGEST, LARGEST),
        ] {
            let tiers = tiers(by, TierWindow::Lifetime);
            assert_eq!(tiers.measure(Fen::new(spend).unwrap(), visits), expect, "{by:?} of {spend} and {visits}");
        }
    }

    #[test]
    fn refuses_rules_that_make_no_sense() {
        let good = || Level::plain("会员", 5, 900);
        let of = |levels: Vec<Level>| Tiers { by: Measure::Spend, window: TierWindow::Lifetime, levels };
        let over = |level: Level| of(vec![good(), level]);
        let vip = |from: i64, price_permille: i64| Level::plain("VIP", from, price_permille);
        let window = |months: u32| tiers(Measure::Spend, TierWindow::Months { months });
        let growth = |fen: i32, per_visit: i64| tiers(Measure::Growth { per_fen: Fen::constant(fen), per_visit }, TierWindow::Lifetime);
        for (case, tiers, expect) in [
            ("none", of(vec![]), Ok(())),
            ("one", of(vec![good()]), Ok(())),
            ("two", over(vip(6, 900)), Ok(())),
            ("as high", over(vip(5, 900)), Err(Code::TierNotRising)),
            ("lower", over(vip(4, 900)), Err(Code::TierNotRising)),
            ("below nothing", of(vec![Level::plain("会员", -1, 900)]), Err(Code::TierNotRising)),
            ("one name", over(Level::plain("会员", 6, 900)), Err(Code::TierNameTwice)),
            ("a blank name", over(Level::plain(" ", 6, 900)), Err(Code::NameInvalid)),
            ("a blank service", over(Level { services: vec![String::new()], ..vip(6, 900) }), Err(Code::NameInvalid)),
            ("dearer than the list", over(vip(6, 1001)), Err(Code::TierPriceInvalid)),
            ("less than nothing", over(vip(6, -1)), Err(Code::TierPriceInvalid)),
            ("points below nothing", over(Level { points_permille: -1, ..vip(6, 900) }), Err(Code::TierPointsInvalid)),
            ("too many points", over(Level { points_permille: POINTS_PERMILLE_MOST + 1, ..vip(6, 900) }), Err(Code::TierPointsInvalid)),
            ("out of reach", over(vip(LARGEST + 1, 900)), Err(Code::AmountTooLarge)),
            ("the longest window", window(WINDOW_MONTHS_MOST), Ok(())),
            ("no window", window(0), Err(Code::TierWindowInvalid)),
            ("too long a window", window(WINDOW_MONTHS_MOST + 1), Err(Code::TierWindowInvalid)),
            ("growth by spend alone", growth(100, 0), Ok(())),
            ("growth of nothing spent", growth(0, 1), Err(Code::TierGrowthInvalid)),
            ("visits that shrink", growth(100, -1), Err(Code::TierGrowthInvalid)),
        ] {
            assert_eq!(tiers.check(), expect, "{case}");
        }
    }

    #[test]
    fn what_a_rule_leaves_out_is_as_shipped() {
        let read: Tiers = serde_json::from_str(r#"{"levels":[{"name":"VIP","from":500000,"price_permille":950}]}"#).unwrap();
        let levels = vec![Level::plain("VIP", 500_000, 950)];
        assert_eq!(read, Tiers { by: Measure::Spend, window: TierWindow::Lifetime, levels });
    }
}
