//! Money, points and quantities as integers, and the one place that rounds, allocates and apportions.
//!
//! `Fen` is a hundredth of a yuan; amounts stay below 2^53 in size, so that they are exact in every screen too. No
//! float comes near either.

use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;

use crate::error::Code;

/// The largest size of an amount of money or points: 2^53 − 1.
pub const LARGEST: i64 = (1 << 53) - 1;

macro_rules! amount {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, TS)]
        #[serde(transparent)]
        #[ts(type = "number")]
        pub struct $name(i64);

        impl $name {
            pub const ZERO: Self = Self(0);

            /// Errors with `amount.too_large` beyond [`LARGEST`].
            pub const fn new(amount: i64) -> Result<Self, Code> {
                if amount > LARGEST || amount < -LARGEST { Err(Code::AmountTooLarge) } else { Ok(Self(amount)) }
            }

            /// For amounts that stand in the source text.
            pub const fn constant(amount: i32) -> Self {
                Self(amount as i64)
            }

            pub const fn get(self) -> i64 {
                self.0
            }

            pub const fn is_zero(&self) -> bool {
                self.0 == 0
            }

            pub fn plus(self, other: Self) -> Result<Self, Code> {
                Self::new(self.0 + other.0)
            }

            pub fn minus(self, other: Self) -> Result<Self, Code> {
                Self::new(self.0 - other.0)
            }

            pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, Code> {
                amounts.into_iter().try_fold(Self::ZERO, Self::plus)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Self::new(i64::deserialize(from)?).map_err(|_| serde::de::Error::custom("amount beyond 2^53"))
            }
        }
    };
}

amount! {
    /// Money: hundredths of a yuan.
    Fen
}
amount! {
    /// Loyalty points, whole.
    Points
}

/// How a fraction of a fen or point becomes a whole one. Numbers are never negative here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    Down,
    /// Half and more upwards.
    HalfUp,
    Up,
}

/// `amount × numerator ÷ denominator`, rounded once. Errors on a negative part, a zero denominator or too large a result.
pub fn scale(amount: i64, numerator: i64, denominator: i64, rounding: Rounding) -> Result<i64, Code> {
    if amount < 0 || numerator < 0 || denominator <= 0 {
        return Err(Code::AmountInvalid);
    }
    let product = i128::from(amount) * i128::from(numerator);
    let divisor = i128::from(denominator);
    let rounded = match rounding {
        Rounding::Down => product / divisor,
        Rounding::HalfUp => (2 * product + divisor) / (2 * divisor),
        Rounding::Up => (product + divisor - 1) / divisor,
    };
    let result = i64::try_from(rounded).map_err(|_| Code::AmountTooLarge)?;
    if result > LARGEST { Err(Code::AmountTooLarge) } else { Ok(result) }
}

/// Splits `amount` over `weights` so that the parts sum to it exactly: each gets its share rounded down, and the fen
/// left over go one each to the largest remainders, the earlier part first on a tie. All weights zero splits nothing:
/// the first part takes all.
pub fn allocate(amount: i64, weights: &[i64]) -> Result<Vec<i64>, Code> {
    if amount < 0 || weights.iter().any(|weight| *weight < 0) {
        return Err(Code::AmountInvalid);
    }
    let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if total == 0 {
        let mut parts = vec![0; weights.len()];
        match parts.first_mut() {
            Some(first) => *first = amount,
            None if amount == 0 => {}
            None => return Err(Code::AmountInvalid),
        }
        return Ok(parts);
    }
    let shares: Vec<(i128, i128)> = weights
        .iter()
        .map(|weight| {
            let product = i128::from(amount) * i128::from(*weight);
            (product / total, product % total)
        })
        .collect();
    let mut parts = Vec::with_capacity(shares.len());
    for (share, _) in &shares {
        parts.push(i64::try_from(*share).map_err(|_| Code::AmountTooLarge)?);
    }
    let mut by_remainder: Vec<usize> = (0..shares.len()).collect();
    by_remainder.sort_by(|a, b| shares[*b].1.cmp(&shares[*a].1).then(a.cmp(b)));
    let left = amount - parts.iter().sum::<i64>();
    for index in by_remainder.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        parts[index] += 1;
    }
    Ok(parts)
}

/// Splits `amount` (at most the sum of the weights) over `weights` in proportion, such that a part never falls as `amount`
/// grows, never exceeds its weight, and the whole sum gives the weights back: what a sum that is given back in steps needs
/// (I16), and [`allocate`] does not promise. Errors with `amount.invalid` for a negative number or more than the sum.
///
/// The method is Sainte-Laguë's (Webster's): the fen are given one by one, the next always to the largest `weight ÷ (2 ×
/// part + 1)`, the earlier part on a tie. A part may so be more than one fen off its exact share.
pub fn apportion(amount: i64, weights: &[i64]) -> Result<Vec<i64>, Code> {
    let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if amount < 0 || weights.iter().any(|weight| *weight < 0) || i128::from(amount) > total {
        return Err(Code::AmountInvalid);
    }
    if amount > LARGEST || weights.iter().any(|weight| *weight > LARGEST) {
        return Err(Code::AmountTooLarge);
    }
    if amount == 0 {
        return Ok(vec![0; weights.len()]);
    }
    // Every share rounded half up is where the one by one stands after some other amount, at most half a fen a part away.
    let mut parts = Vec::with_capacity(weights.len());
    for weight in weights {
        let share = (2 * i128::from(amount) * i128::from(*weight) + total) / (2 * total);
        parts.push(i64::try_from(share).map_err(|_| Code::AmountTooLarge)?);
    }
    let mut given: i64 = parts.iter().sum();
    while given < amount {
        let next = parts.iter_mut().zip(weights).min_by(|a, b| claim(b.1, 2 * *b.0 + 1, a.1, 2 * *a.0 + 1));
        next.into_iter().for_each(|(part, _)| *part += 1);
        given += 1;
    }
    while given > amount {
        let held = parts.iter_mut().zip(weights).filter(|(part, _)| **part > 0);
        let last = held.max_by(|a, b| claim(b.1, 2 * *b.0 - 1, a.1, 2 * *a.0 - 1));
        last.into_iter().for_each(|(part, _)| *part -= 1);
        given -= 1;
    }
    Ok(parts)
}

/// Compares `weight ÷ odd` of two parts.
fn claim(weight: &i64, odd: i64, other_weight: &i64, other_odd: i64) -> std::cmp::Ordering {
    (i128::from(*weight) * i128::from(other_odd)).cmp(&(i128::from(*other_weight) * i128::from(odd)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(amount: i64, weights: &[i64], expect: &[i64]) {
        assert_eq!(allocate(amount, weights).unwrap(), expect);
    }

    #[test]
    fn allocates_published_case() {
        check(299, &[4300, 1400, 2300], &[161, 52, 86]);
    }

    #[test]
    fn a_tie_goes_to_the_earlier_part() {
        check(1, &[1, 1], &[1, 0]);
        check(5, &[1, 1, 1], &[2, 2, 1]);
    }

    #[test]
    fn zero_weights_leave_nothing_over() {
        check(7, &[0, 0], &[7, 0]);
        check(0, &[], &[]);
        assert_eq!(allocate(1, &[]), Err(Code::AmountInvalid));
        assert_eq!(allocate(-1, &[1]), Err(Code::AmountInvalid));
    }

    #[test]
    fn rounds_as_named() {
        for (amount, down, half, up) in [(10, 3, 3, 4), (11, 3, 4, 4), (12, 4, 4, 4), (0, 0, 0, 0)] {
            assert_eq!(scale(amount, 1, 3, Rounding::Down), Ok(down));
            assert_eq!(scale(amount, 1, 3, Rounding::HalfUp), Ok(half));
            assert_eq!(scale(amount, 1, 3, Rounding::Up), Ok(up));
        }
        assert_eq!(scale(1, 1, 2, Rounding::HalfUp), Ok(1));
        assert_eq!(scale(LARGEST, 2, 1, Rounding::Down), Err(Code::AmountTooLarge));
        assert_eq!(scale(1, 1, 0, Rounding::Down), Err(Code::AmountInvalid));
    }

    /// The definition of [`apportion`]: fen by fen.
    fn one_by_one(amount: i64, weights: &[i64]) -> Vec<i64> {
        let mut parts = vec![0; weights.len()];
        for _ in 0..amount {
            let mut best = 0;
            for part in 1..weights.len() {
                if weights[part] * (2 * parts[best] + 1) > weights[best] * (2 * parts[part] + 1) {
                    best = part;
                }
            }
            parts[best] += 1;
        }
        parts
    }

    #[track_caller]
    fn check_apportion(amount: i64, weights: &[i64], expect: Result<&[i64], Code>) {
        assert_eq!(apportion(amount, weights).as_deref(), expect.as_ref().map(|parts| *parts));
    }

    #[test]
    fn apportions() {
        check_apportion(0, &[], Ok(&[]));
        check_apportion(0, &[0, 5], Ok(&[0, 0]));
        check_apportion(1, &[1, 1], Ok(&[1, 0]));
        check_apportion(3, &[0, 1, 1, 1], Ok(&[0, 1, 1, 1]));
        check_apportion(2, &[0, 1, 1, 1], Ok(&[0, 1, 1, 0]));
        check_apportion(5000, &[3000, 7000], Ok(&[1500, 3500]));
        check_apportion(100, &[53, 24, 23], Ok(&[53, 24, 23]));
        // Of 200 the shares are 100.2, 33.3, 33.3, 33.2: the claim of the large one is the greatest.
        check_apportion(200, &[301, 100, 100, 100], Ok(&[101, 33, 33, 33]));
        check_apportion(LARGEST, &[LARGEST, LARGEST], Ok(&[LARGEST / 2 + 1, LARGEST / 2]));
        check_apportion(1, &[], Err(Code::AmountInvalid));
        check_apportion(4, &[1, 2], Err(Code::AmountInvalid));
        check_apportion(-1, &[1, 2], Err(Code::AmountInvalid));
        check_apportion(1, &[3, -2], Err(Code::AmountInvalid));
        check_apportion(1, &[i64::MAX], Err(Code::AmountTooLarge));
    }

    /// The Alabama paradox: with largest remainders the third of these parts falls from 2 to 1 as the whole grows from 10 to 11.
    #[test]
    fn a_part_never_falls_where_largest_remainders_do() {
        let weights = [6, 6, 2];
        assert_eq!((allocate(10, &weights).unwrap()[2], allocate(11, &weights).unwrap()[2]), (2, 1));
        let parts: Vec<i64> = (0..=14).map(|amount| apportion(amount, &weights).unwrap()[2]).collect();
        assert!(parts.is_sorted(), "{parts:?}");
    }

    proptest! {
        #[test]
        fn apportions_as_one_by_one(weights in prop::collection::vec(0..60i64, 1..12), cut in 0..=1000i64) {
            let amount = weights.iter().sum::<i64>() * cut / 1000;
            prop_assert_eq!(apportion(amount, &weights).unwrap(), one_by_one(amount, &weights));
        }

        #[test]
        fn apportioned_parts_are_monotone_within_their_weights_and_whole_at_the_end(
            weights in prop::collection::vec(prop_oneof![0..5i64, 0..100_000i64, 0..1_000_000_000_000i64], 1..40),
            cut in 0..=1_000_000i64,
            more in 0..50i64,
        ) {
            let total: i64 = weights.iter().sum();
            let amount = scale(total, cut, 1_000_000, Rounding::Down).unwrap();
            let parts = apportion(amount, &weights).unwrap();
            let later = apportion((amount + more).min(total), &weights).unwrap();
            prop_assert_eq!(parts.iter().sum::<i64>(), amount);
            for ((part, later), weight) in parts.iter().zip(&later).zip(&weights) {
                prop_assert!(0 <= *part && part <= later && later <= weight);
            }
            prop_assert_eq!(apportion(total, &weights).unwrap(), weights);
        }

        #[test]
        fn parts_sum_and_stay_within_one_of_their_share(
            amount in 0..1_000_000_000i64,
            weights in prop::collection::vec(0..1_000_000i64, 1..40),
        ) {
            let parts = allocate(amount, &weights).unwrap();
            prop_assert_eq!(parts.iter().sum::<i64>(), amount);
            let total: i64 = weights.iter().sum();
            if total > 0 {
                for (part, weight) in parts.iter().zip(&weights) {
                    let exact = i128::from(amount) * i128::from(*weight);
                    prop_assert!((i128::from(*part) * i128::from(total) - exact).abs() < i128::from(total));
                }
            }
        }
    }
}
