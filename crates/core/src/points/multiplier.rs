//! What makes points count more or less than one for one: an order of 200 yuan, a category, a tier, a day, a birthday.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{error::Code, money::Fen};

/// The most a multiplier may say, in thousandths: a hundredfold.
pub const PERMILLE_MOST: i64 = 100_000;
/// Multipliers that one rule may have.
const MULTIPLIERS_MOST: usize = 64;

/// One for one, in the unit that factors are worked out in: three multipliers in thousandths multiply exactly.
pub const ONE: i128 = 1_000_000_000;
/// Whatever is multiplied, more than a thousandfold is a slip of the pen and counts as a thousandfold.
const FACTOR_MOST: i128 = 1000 * ONE;

/// C1: under these conditions the base counts `permille` thousandths. All conditions that are given must hold; an empty
/// list is no condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Multiplier {
    pub name: String,
    /// Thousandths: 2000 doubles, 0 takes out of earning whatever else holds.
    pub permille: i64,
    /// Categories of goods: the lines of one of these are multiplied and no others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Names of levels (C2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<String>,
    /// 1 is Monday, 7 Sunday.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weekdays: Vec<u8>,
    /// 1 to 31; a month without such a day has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub month_days: Vec<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birthday: Option<Birthday>,
    /// What is due for the whole order is at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_at_least: Option<Fen>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Birthday {
    /// On the day. Who was born on 29 February has it on the 28th in a common year.
    Day,
    /// In the month.
    Month,
}

/// What several multipliers make that hold for one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// The highest counts.
    #[default]
    Best,
    /// One after the other: 2× and 1.5× are 3×.
    Multiply,
    /// What each adds to one: 2× and 1.5× are 2.5×.
    Add,
}

/// What the conditions of a multiplier look at, of one sale.
pub(super) struct Circumstances<'a> {
    pub due: Fen,
    pub tier: Option<&'a str>,
    /// Month and day.
    pub birthday: Option<(u32, u32)>,
    /// `None` when the clock cannot be believed.
    pub today: Option<NaiveDate>,
}

impl Multiplier {
    /// Whether it holds for a sale, leaving open for which of its lines.
    pub(super) fn holds(&self, of: &Circumstances<'_>) -> bool {
        let order = self.order_at_least.is_none_or(|least| of.due >= least);
        let tier = self.tiers.is_empty() || of.tier.is_some_and(|tier| self.tiers.iter().any(|name| name == tier));
        order && tier && self.holds_on(of)
    }

    fn holds_on(&self, of: &Circumstances<'_>) -> bool {
        if self.weekdays.is_empty() && self.month_days.is_empty() && self.birthday.is_none() {
            return true;
        }
        let Some(today) = of.today else { return false };
        let among = |days: &[u8], day: u32| days.is_empty() || days.iter().any(|one| u32::from(*one) == day);
        among(&self.weekdays, today.weekday().number_from_monday())
            && among(&self.month_days, today.day())
            && self.birthday.is_none_or(|when| of.birthday.is_some_and(|born| when.is_on(today, born)))
    }

    pub(super) fn is_for(&self, category: &str) -> bool {
        self.categories.is_empty() || self.categories.iter().any(|name| name == category)
    }

    fn check(&self) -> Result<(), Code> {
        let empty = |names: &[String]| names.iter().any(|name| name.trim().is_empty());
        if self.name.trim().is_empty() || empty(&self.categories) || empty(&self.tiers) {
            return Err(Code::NameInvalid);
        }
        if !(0..=PERMILLE_MOST).contains(&self.permille) {
            return Err(Code::MultiplierInvalid);
        }
        let among = |days: &[u8], last: u8| days.iter().all(|day| (1..=last).contains(day));
        if !among(&self.weekdays, 7) || !among(&self.month_days, 31) {
            return Err(Code::MultiplierDayInvalid);
        }
        if self.order_at_least.is_some_and(|least| least < Fen::ZERO) { Err(Code::AmountInvalid) } else { Ok(()) }
    }
}

/// Errors with `name.invalid`, `multiplier.invalid`, `multiplier.day_invalid`, `multiplier.too_many` or `amount.invalid`.
pub(super) fn check(multipliers: &[Multiplier]) -> Result<(), Code> {
    if multipliers.len() > MULTIPLIERS_MOST {
        return Err(Code::MultiplierTooMany);
    }
    multipliers.iter().try_for_each(Multiplier::check)
}

impl Birthday {
    fn is_on(self, today: NaiveDate, (month, day): (u32, u32)) -> bool {
        let day = if (month, day) == (2, 29) && !today.leap_year() { 28 } else { day };
        today.month() == month && (self == Birthday::Month || today.day() == day)
    }
}

impl Combine {
    /// The factor, in parts of [`ONE`], of multipliers in thousandths that hold together. A zero among them is zero.
    pub(super) fn factor(self, permilles: impl Iterator<Item = i64> + Clone) -> i128 {
        let mut each = permilles.map(i128::from);
        if each.clone().any(|permille| permille <= 0) {
            return 0;
        }
        let factor = match self {
            Combine::Best => each.max().map_or(ONE, |permille| permille * (ONE / 1000)),
            Combine::Multiply => each.fold(ONE, |factor, permille| (factor * permille / 1000).min(FACTOR_MOST)),
            Combine::Add => (each.try_fold(1000i128, |sum, permille| sum.checked_add(permille - 1000)).unwrap_or(0)) * (ONE / 1000),
        };
        factor.clamp(0, FACTOR_MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combines() {
        for (permilles, best, multiply, add) in [
            (&[][..], 1000, 1000, 1000),
            (&[2000], 2000, 2000, 2000),
            (&[2000, 1500], 2000, 3000, 2500),
            (&[500], 500, 500, 500),
            (&[2000, 500], 2000, 1000, 1500),
            (&[500, 400], 500, 200, 0),
            (&[2000, 0], 0, 0, 0),
            (&[100_000, 100_000], 100_000, 1_000_000, 199_000),
        ] {
            let of = |combine: Combine| combine.factor(permilles.iter().copied());
            let expect = [best, multiply, add].map(|permille: i128| permille * (ONE / 1000));
            assert_eq!([of(Combine::Best), of(Combine::Multiply), of(Combine::Add)], expect, "{permilles:?}");
        }
        let fine = Combine::Multiply.factor([1001, 1001, 1001].into_iter());
        assert_eq!(fine, 1_003_003_001, "three multiply exactly");
        assert_eq!(Combine::Multiply.factor(std::iter::repeat_n(PERMILLE_MOST, 64)), FACTOR_MOST);
    }

    /// `2026-03-04` is a Wednesday.
    #[test]
    fn holds_under_its_conditions() {
        let when = |weekdays: &[u8], month_days: &[u8], birthday| Multiplier {
            weekdays: weekdays.to_vec(),
            month_days: month_days.to_vec(),
            birthday,
            ..Multiplier::default()
        };
        let (day, month) = (Some(Birthday::Day), Some(Birthday::Month));
        for (multiplier, today, born, expect) in [
            (when(&[], &[], None), "2026-03-04", None, true),
            (when(&[3], &[], None), "2026-03-04", None, true),
            (when(&[1, 7], &[], None), "2026-03-04", None, false),
            (when(&[7], &[], None), "2026-03-08", None, true),
            (when(&[], &[4, 18], None), "2026-03-04", None, true),
            (when(&[], &[18], None), "2026-03-04", None, false),
            (when(&[3], &[18], None), "2026-03-04", None, false),
            (when(&[], &[], day), "2026-03-04", Some((3, 4)), true),
            (when(&[], &[], day), "2026-03-04", Some((4, 3)), false),
            (when(&[], &[], day), "2026-03-04", None, false),
            (when(&[], &[], month), "2026-03-04", Some((3, 31)), true),
            (when(&[], &[], month), "2026-03-04", Some((4, 4)), false),
            (when(&[], &[], day), "2026-02-28", Some((2, 29)), true),
            (when(&[], &[], day), "2028-02-28", Some((2, 29)), false),
            (when(&[], &[], day), "2028-02-29", Some((2, 29)), true),
            (when(&[], &[4], month), "2026-03-04", Some((3, 9)), true),
        ] {
            let today = today.parse().ok();
            let of = Circumstances { due: Fen::ZERO, tier: None, birthday: born, today };
            assert_eq!(multiplier.holds(&of), expect, "{multiplier:?} on {today:?}");
            let plain = multiplier == when(&[], &[], None);
            assert_eq!(multiplier.holds(&Circumstances { today: None, ..of }), plain, "a clock that is not believed");
        }
    }

    #[test]
    fn refuses_what_makes_no_sense() {
        let good = || Multiplier { name: "会员日".into(), permille: 2000, ..Multiplier::default() };
        let day = |weekdays: &[u8], month_days: &[u8]| {
            let (weekdays, month_days) = (weekdays.to_vec(), month_days.to_vec());
            Multiplier { weekdays, month_days, ..good() }
        };
        let with = |bad: Multiplier| vec![good(), bad];
        for (case, multipliers, expect) in [
            ("none", Vec::new(), Ok(())),
            ("one", vec![good()], Ok(())),
            ("as many as there may be", vec![good(); MULTIPLIERS_MOST], Ok(())),
            ("one more", vec![good(); MULTIPLIERS_MOST + 1], Err(Code::MultiplierTooMany)),
            ("a blank name", with(Multiplier { name: " ".into(), ..good() }), Err(Code::NameInvalid)),
            ("a blank level", with(Multiplier { tiers: vec![String::new()], ..good() }), Err(Code::NameInvalid)),
            ("a blank category", with(Multiplier { categories: vec![String::new()], ..good() }), Err(Code::NameInvalid)),
            ("below nothing", with(Multiplier { permille: -1, ..good() }), Err(Code::MultiplierInvalid)),
            ("too much", with(Multiplier { permille: PERMILLE_MOST + 1, ..good() }), Err(Code::MultiplierInvalid)),
            ("day 0 of the week", with(day(&[0], &[])), Err(Code::MultiplierDayInvalid)),
            ("day 8 of the week", with(day(&[8], &[])), Err(Code::MultiplierDayInvalid)),
            ("day 32 of the month", with(day(&[], &[32])), Err(Code::MultiplierDayInvalid)),
            ("an order below nothing", with(Multiplier { order_at_least: Some(Fen::constant(-1)), ..good() }), Err(Code::AmountInvalid)),
        ] {
            assert_eq!(check(&multipliers), expect, "{case}");
        }
    }
}
