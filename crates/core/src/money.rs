//! Money, points and quantities as integers, and the one place that rounds and allocates.
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

            #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
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

    proptest! {
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
