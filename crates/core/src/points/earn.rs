//! What a sale earns.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    Combine, Expiry, Multiplier, Redeem,
    multiplier::{self, Circumstances, ONE},
};
use crate::{
    error::Code,
    money::{Fen, Points, Rounding, scale},
    posting::MOST,
    tiers::Level,
    time::business_day,
};

/// The most points that a fen may earn, before multipliers: ten thousand a yuan. More is a slip of the pen.
const PER_FEN_MOST: i64 = 100;

/// C1: `points` for every whole `per_fen` of what a sale brings in, multiplied by what holds for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EarnPoints {
    pub per_fen: Fen,
    pub points: Points,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub multipliers: Vec<Multiplier>,
    #[serde(default)]
    pub combine: Combine,
    /// Whether what is paid with points earns points.
    #[serde(default)]
    pub on_points: bool,
    /// Whether what is paid with a card's bonus earns points.
    #[serde(default)]
    pub on_bonus: bool,
    /// `None`: points are not taken as money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redeem: Option<Redeem>,
    #[serde(default)]
    pub expiry: Expiry,
}

/// One line of a sale as it is paid, promotions taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EarnLine<'a> {
    pub category: &'a str,
    pub amount_fen: Fen,
}

/// What is due for a sale, and what of it is paid by means that may not earn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paid {
    pub due: Fen,
    pub by_points: Fen,
    pub by_bonus: Fen,
}

/// Who earns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earner<'a> {
    /// The name of the level held.
    pub tier: Option<&'a str>,
    /// What that level itself makes of points, in thousandths; it is one more multiplier among those that hold, unless
    /// it is 1000.
    pub tier_permille: i64,
    /// `YYYY-MM-DD` or `MM-DD`; empty when it is not known.
    pub birthday: &'a str,
}

impl<'a> Earner<'a> {
    pub fn of(level: Option<&'a Level>, birthday: &'a str) -> Self {
        let tier_permille = level.map_or(1000, |level| level.points_permille);
        Self { tier: level.map(|level| level.name.as_str()), tier_permille, birthday }
    }
}

impl EarnPoints {
    /// A base without multipliers, redemption or expiry.
    pub fn plain(per_fen: Fen, points: Points) -> Self {
        Self {
            per_fen,
            points,
            multipliers: Vec::new(),
            combine: Combine::Best,
            on_points: false,
            on_bonus: false,
            redeem: None,
            expiry: Expiry::Never,
        }
    }

    /// The points of one sale. `at` is milliseconds since 1970, its day read in China; under `clock_frozen` that day is
    /// not believed and multipliers of days and birthdays do not hold.
    ///
    /// Each line counts times its multipliers; of the whole, the share of `paid.due` that does not earn is taken out; the
    /// exact result is rounded down once to whole `per_fen`. More points than an operation holds are that many: what a rule has
    /// wrong holds up no sale (I11). Errors: `amount.invalid` for a negative amount or parts beyond what is due, `amount.too_large`.
    pub fn earned(&self, lines: &[EarnLine<'_>], paid: &Paid, who: &Earner<'_>, at: i64, clock_frozen: bool) -> Result<Points, Code> {
        if self.per_fen <= Fen::ZERO {
            return Err(Code::AmountInvalid);
        }
        let earning = self.earning(paid)?;
        let holding = self.holding(paid.due, who, at, clock_frozen);
        let mut weighed = 0i128;
        for line in lines {
            if line.amount_fen < Fen::ZERO {
                return Err(Code::AmountInvalid);
            }
            let amount = i128::from(line.amount_fen.get());
            let factor = self.factor(&holding, line.category, who.tier_permille);
            weighed = amount.checked_mul(factor).and_then(|part| weighed.checked_add(part)).ok_or(Code::AmountTooLarge)?;
        }
        if earning == Fen::ZERO {
            return Ok(Points::ZERO);
        }
        let steps = self.whole_steps(weighed, earning, paid.due).ok_or(Code::AmountTooLarge)?;
        match scale(steps, self.points.get(), 1, Rounding::Down) {
            Err(Code::AmountTooLarge) => Points::new(MOST),
            points => Points::new(points?.min(MOST)),
        }
    }

    /// What of the due amount earns.
    fn earning(&self, paid: &Paid) -> Result<Fen, Code> {
        if paid.by_points < Fen::ZERO || paid.by_bonus < Fen::ZERO || paid.by_points.plus(paid.by_bonus)? > paid.due {
            return Err(Code::AmountInvalid);
        }
        let by_points = if self.on_points { Fen::ZERO } else { paid.by_points };
        let by_bonus = if self.on_bonus { Fen::ZERO } else { paid.by_bonus };
        paid.due.minus(by_points)?.minus(by_bonus)
    }

    fn holding(&self, due: Fen, who: &Earner<'_>, at: i64, clock_frozen: bool) -> Vec<&Multiplier> {
        let today = if clock_frozen { None } else { NaiveDate::parse_from_str(&business_day(at), "%Y-%m-%d").ok() };
        let of = Circumstances { due, tier: who.tier, birthday: month_and_day(who.birthday), today };
        self.multipliers.iter().filter(|multiplier| multiplier.holds(&of)).collect()
    }

    fn factor(&self, holding: &[&Multiplier], category: &str, tier_permille: i64) -> i128 {
        let tier = (tier_permille != 1000).then_some(tier_permille);
        let of_line = holding.iter().filter(|multiplier| multiplier.is_for(category)).map(|multiplier| multiplier.permille);
        self.combine.factor(of_line.chain(tier))
    }

    /// `weighed ÷ ONE × earning ÷ due` in whole `per_fen`. The fraction `earning ÷ due` is brought to its lowest terms
    /// first, so that a sale that is paid in money alone stays far from the end of the integers.
    fn whole_steps(&self, weighed: i128, earning: Fen, due: Fen) -> Option<i64> {
        let (earning, due) = (i128::from(earning.get()), i128::from(due.get()));
        let common = common_divisor(earning, due);
        let over = weighed.checked_mul(earning.checked_div(common)?)?;
        let under = ONE.checked_mul(due.checked_div(common)?)?.checked_mul(i128::from(self.per_fen.get()))?;
        i64::try_from(over.checked_div(under)?).ok()
    }

    /// Whether the rule can be put in force. Errors: `amount.invalid` for the base, `points.rate` for more than a hundred points a
    /// fen, else those of multipliers, redemption and expiry.
    pub fn check(&self) -> Result<(), Code> {
        if self.per_fen <= Fen::ZERO || self.points < Points::ZERO {
            return Err(Code::AmountInvalid);
        }
        if i128::from(self.points.get()) > i128::from(self.per_fen.get()) * i128::from(PER_FEN_MOST) {
            return Err(Code::PointsRate);
        }
        multiplier::check(&self.multipliers)?;
        self.redeem.as_ref().map_or(Ok(()), Redeem::check)?;
        self.expiry.check()
    }
}

fn common_divisor(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Of `YYYY-MM-DD` or `MM-DD`.
pub fn month_and_day(birthday: &str) -> Option<(u32, u32)> {
    let (month, day) = birthday.get(birthday.len().checked_sub(5)?..)?.split_once('-')?;
    Some((month.parse().ok()?, day.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::points::Birthday;
    use proptest::prelude::*;

    /// A Wednesday, 2026-03-04, at noon in China.
    const WEDNESDAY: i64 = 1_772_596_800_000;
    const NOBODY: Earner<'_> = Earner { tier: None, tier_permille: 1000, birthday: "" };

    fn fen(amount: i64) -> Fen {
        Fen::new(amount).unwrap()
    }

    fn point_a_yuan(multipliers: Vec<Multiplier>) -> EarnPoints {
        EarnPoints { multipliers, ..EarnPoints::plain(fen(100), Points::constant(1)) }
    }

    fn times(permille: i64) -> Multiplier {
        Multiplier { name: "x".into(), permille, ..Multiplier::default() }
    }

    fn lines<'a>(of: &[(&'a str, i64)]) -> Vec<EarnLine<'a>> {
        of.iter().map(|(category, amount)| EarnLine { category, amount_fen: fen(*amount) }).collect()
    }

    /// The points of a sale that is paid in money, on a Wednesday.
    #[track_caller]
    fn check(rule: &EarnPoints, of: &[(&str, i64)], who: &Earner<'_>, expect: i64) {
        let paid = Paid { due: fen(of.iter().map(|(_, amount)| amount).sum()), ..Paid::default() };
        assert_eq!(rule.earned(&lines(of), &paid, who, WEDNESDAY, false), Points::new(expect));
    }

    #[test]
    fn earns_for_whole_amounts_only() {
        let rule = EarnPoints::plain(fen(100), Points::constant(2));
        for (due, expect) in [(0, 0), (99, 0), (100, 2), (12_345, 246)] {
            check(&rule, &[("茶", due)], &NOBODY, expect);
        }
        check(&rule, &[], &NOBODY, 0);
        check(&rule, &[("茶", 50), ("酒", 50)], &NOBODY, 2);
    }

    #[test]
    fn an_order_of_two_hundred_doubles() {
        let rule = point_a_yuan(vec![Multiplier { order_at_least: Some(fen(20_000)), ..times(2000) }]);
        for (due, expect) in [(19_999, 199), (20_000, 400), (20_050, 401)] {
            check(&rule, &[("茶", due)], &NOBODY, expect);
        }
        check(&rule, &[("茶", 10_000), ("酒", 10_000)], &NOBODY, 400);
    }

    #[test]
    fn categories_tiers_and_days_multiply() {
        let category = |permille| Multiplier { categories: vec!["茶".into()], ..times(permille) };
        check(&point_a_yuan(vec![category(3000)]), &[("茶", 1000), ("酒", 1050)], &NOBODY, 40);
        check(&point_a_yuan(vec![category(0)]), &[("茶", 1000), ("酒", 1050)], &NOBODY, 10);

        let vip = Earner { tier: Some("VIP"), ..NOBODY };
        let tier = point_a_yuan(vec![Multiplier { tiers: vec!["VIP".into()], ..times(1500) }]);
        check(&tier, &[("茶", 1000)], &vip, 15);
        check(&tier, &[("茶", 1000)], &NOBODY, 10);
        let by_level = Earner { tier_permille: 1200, ..vip };
        check(&tier, &[("茶", 1000)], &by_level, 15);
        check(&EarnPoints { combine: Combine::Multiply, ..tier }, &[("茶", 1000)], &by_level, 18);

        let day = |weekdays: &[u8]| point_a_yuan(vec![Multiplier { weekdays: weekdays.to_vec(), ..times(2000) }]);
        check(&day(&[3]), &[("茶", 1000)], &NOBODY, 20);
        check(&day(&[4]), &[("茶", 1000)], &NOBODY, 10);
        for (birthday, expect) in [("1990-03-04", 20), ("03-04", 20), ("1990-03-05", 10), ("", 10), ("三月四日", 10)] {
            let rule = point_a_yuan(vec![Multiplier { birthday: Some(Birthday::Day), ..times(2000) }]);
            check(&rule, &[("茶", 1000)], &Earner { birthday, ..NOBODY }, expect);
        }
    }

    #[test]
    fn all_conditions_of_one_multiplier_must_hold() {
        let rule = point_a_yuan(vec![Multiplier {
            categories: vec!["茶".into()],
            tiers: vec!["VIP".into(), "金卡".into()],
            weekdays: vec![3],
            order_at_least: Some(fen(2000)),
            ..times(2000)
        }]);
        let gold = Earner { tier: Some("金卡"), ..NOBODY };
        check(&rule, &[("茶", 1000), ("酒", 1000)], &gold, 30);
        check(&rule, &[("茶", 1000), ("酒", 999)], &gold, 19);
        check(&rule, &[("茶", 1000), ("酒", 1000)], &NOBODY, 20);
    }

    #[test]
    fn multipliers_combine_as_the_rule_says() {
        let rule = |combine| EarnPoints { combine, ..point_a_yuan(vec![times(2000), times(1500), times(1500)]) };
        for (combine, expect) in [(Combine::Best, 20), (Combine::Multiply, 45), (Combine::Add, 30)] {
            check(&rule(combine), &[("茶", 1000)], &NOBODY, expect);
        }
    }

    #[test]
    fn a_frozen_clock_turns_days_off_and_nothing_else() {
        let day = Multiplier { weekdays: vec![3], ..times(3000) };
        let rule = EarnPoints { combine: Combine::Multiply, ..point_a_yuan(vec![day, times(2000)]) };
        let paid = Paid { due: fen(1000), ..Paid::default() };
        let earned = |frozen| rule.earned(&lines(&[("茶", 1000)]), &paid, &NOBODY, WEDNESDAY, frozen);
        assert_eq!((earned(false), earned(true)), (Ok(Points::constant(60)), Ok(Points::constant(20))));
    }

    #[test]
    fn what_is_paid_by_points_or_bonus_earns_only_if_the_rule_says_so() {
        let paid = Paid { due: fen(30_000), by_points: fen(5000), by_bonus: fen(10_000) };
        for (on_points, on_bonus, expect) in [(false, false, 150), (true, false, 200), (false, true, 250), (true, true, 300)] {
            let rule = EarnPoints { on_points, on_bonus, ..point_a_yuan(vec![]) };
            assert_eq!(rule.earned(&lines(&[("茶", 30_000)]), &paid, &NOBODY, 0, false), Ok(Points::constant(expect)));
        }
        // A third goes from each line, so also from the one that counts double; once rounded, at the end.
        let rule = point_a_yuan(vec![Multiplier { categories: vec!["茶".into()], ..times(2000) }]);
        let paid = Paid { due: fen(300), by_points: fen(100), by_bonus: fen(0) };
        assert_eq!(rule.earned(&lines(&[("茶", 150), ("酒", 150)]), &paid, &NOBODY, 0, false), Ok(Points::constant(3)));
        // Nothing but points: nothing.
        let paid = Paid { due: fen(300), by_points: fen(300), by_bonus: fen(0) };
        assert_eq!(rule.earned(&lines(&[("茶", 300)]), &paid, &NOBODY, 0, false), Ok(Points::ZERO));
    }

    #[test]
    fn refuses_amounts_that_no_sale_has() {
        let rule = point_a_yuan(vec![]);
        let paid = |due, by_points, by_bonus| Paid { due: fen(due), by_points: fen(by_points), by_bonus: fen(by_bonus) };
        for (line, paid, expect) in [
            (100, paid(100, 60, 40), Ok(Points::ZERO)),
            (100, paid(100, 60, 41), Err(Code::AmountInvalid)),
            (100, paid(100, -1, 0), Err(Code::AmountInvalid)),
            (100, paid(100, 0, -1), Err(Code::AmountInvalid)),
            (-1, paid(100, 0, 0), Err(Code::AmountInvalid)),
            (crate::money::LARGEST, paid(crate::money::LARGEST - 1, 1, 0), Err(Code::AmountTooLarge)),
        ] {
            assert_eq!(rule.earned(&lines(&[("茶", line)]), &paid, &NOBODY, 0, false), expect, "{paid:?}");
        }
        // The most that there can be, in money alone, is no trouble.
        check(&rule, &[("茶", 100 * MOST)], &NOBODY, MOST);
        check(&rule, &[("茶", crate::money::LARGEST)], &NOBODY, MOST);
    }

    /// What was put in force before there was a bound.
    #[test]
    fn a_slip_of_the_pen_earns_no_more_than_an_operation_holds() {
        for points in [999_999_999, crate::money::LARGEST] {
            let rule = EarnPoints { points: Points::new(points).unwrap(), ..point_a_yuan(vec![times(100_000)]) };
            let paid = Paid { due: fen(119_800), ..Paid::default() };
            assert_eq!(rule.earned(&lines(&[("茶", 119_800)]), &paid, &NOBODY, 0, false), Points::new(MOST));
        }
    }

    #[test]
    fn refuses_rules_that_make_no_sense() {
        let good = || point_a_yuan(vec![times(2000)]);
        assert_eq!(good().check(), Ok(()));
        for (rule, expect) in [
            (EarnPoints { per_fen: Fen::ZERO, ..good() }, Code::AmountInvalid),
            (EarnPoints { points: Points::constant(-1), ..good() }, Code::AmountInvalid),
            (EarnPoints { points: Points::constant(10_001), ..good() }, Code::PointsRate),
            (EarnPoints { points: Points::new(crate::money::LARGEST).unwrap(), ..good() }, Code::PointsRate),
            (point_a_yuan(vec![times(-1)]), Code::MultiplierInvalid),
            (EarnPoints { expiry: Expiry::Rolling { months: 0 }, ..good() }, Code::ExpiryInvalid),
        ] {
            assert_eq!(rule.check(), Err(expect));
        }
        assert_eq!(EarnPoints { points: Points::constant(10_000), ..good() }.check(), Ok(()));
        let rule = EarnPoints { per_fen: Fen::ZERO, ..good() };
        assert_eq!(rule.earned(&[], &Paid::default(), &NOBODY, 0, false), Err(Code::AmountInvalid));
    }

    #[test]
    fn what_a_rule_leaves_out_is_as_shipped() {
        let read: EarnPoints = serde_json::from_str(r#"{"per_fen":100,"points":1}"#).unwrap();
        assert_eq!(read, point_a_yuan(vec![]));
    }

    proptest! {
        #[test]
        fn neither_order_nor_splitting_of_lines_matters(
            parts in prop::collection::vec((prop::sample::select(vec!["茶", "酒", "碗"]), 0..5_000_000i64, 0..100i64), 1..12),
            permilles in prop::collection::vec(1..5000i64, 3),
            combine in prop::sample::select(vec![Combine::Best, Combine::Multiply, Combine::Add]),
            by_points in 0..100i64,
            shuffle in any::<prop::sample::Index>(),
        ) {
            let mut multipliers: Vec<Multiplier> = permilles.iter().map(|permille| times(*permille)).collect();
            multipliers[1].categories = vec!["茶".into()];
            multipliers[2].categories = vec!["茶".into(), "酒".into()];
            let rule = EarnPoints { combine, ..point_a_yuan(multipliers) };
            let due: i64 = parts.iter().map(|(_, amount, _)| amount).sum();
            let paid = Paid { due: fen(due), by_points: fen(due * by_points / 100), by_bonus: Fen::ZERO };

            let whole: Vec<(&str, i64)> = parts.iter().map(|(category, amount, _)| (*category, *amount)).collect();
            let mut split: Vec<(&str, i64)> = parts
                .iter()
                .flat_map(|(category, amount, cut)| [(*category, amount * cut / 100), (*category, amount - amount * cut / 100)])
                .collect();
            split.rotate_left(shuffle.index(parts.len()));
            split.reverse();
            let earned = |of: &[(&str, i64)]| rule.earned(&lines(of), &paid, &NOBODY, WEDNESDAY, false);
            prop_assert!(earned(&whole).is_ok());
            prop_assert_eq!(earned(&whole), earned(&split));
        }

        #[test]
        fn paying_more_by_points_never_earns_more(due in 1..10_000_000i64, a in 0..=1000i64, b in 0..=1000i64) {
            let rule = point_a_yuan(vec![]);
            let earned = |part: i64| {
                let paid = Paid { due: fen(due), by_points: fen(due * part / 1000), by_bonus: Fen::ZERO };
                rule.earned(&lines(&[("茶", due)]), &paid, &NOBODY, 0, false).unwrap()
            };
            prop_assert!(earned(a.max(b)) <= earned(a.min(b)));
        }
    }
}
