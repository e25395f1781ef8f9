//! Tax on a sale (A9): worked out once for each rate on the sum of what it is charged on, so that neither the order nor the
//! splitting of lines changes it, and then spread over the lines to the fen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    error::Code,
    money::{Fen, Rounding, allocate, scale},
};

/// A rate of the whole price, in basis points.
const WHOLE_BP: u32 = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TaxMode {
    /// Prices have the tax in them, as a retailer's in China do: what is due stays.
    Included,
    /// The tax comes on top: what is due grows by it.
    Added,
}

/// Which rate which goods bear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TaxRule {
    pub mode: TaxMode,
    /// Basis points, of goods whose category is not named below: 1300 is 13 %.
    pub default_bp: u32,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub categories: BTreeMap<String, u32>,
}

impl TaxRule {
    /// Whether it can be put in force. Errors: `amount.invalid` for a rate above 100 %, `name.invalid` for a category without
    /// a name.
    pub fn check(&self) -> Result<(), Code> {
        if self.default_bp > WHOLE_BP || self.categories.values().any(|rate| *rate > WHOLE_BP) {
            return Err(Code::AmountInvalid);
        }
        if self.categories.keys().any(|category| category.trim().is_empty()) { Err(Code::NameInvalid) } else { Ok(()) }
    }

    /// Basis points.
    pub fn rate_of(&self, category: &str) -> u32 {
        self.categories.get(category).copied().unwrap_or(self.default_bp)
    }

    /// Half a fen and more upwards.
    fn tax_on(&self, amount_fen: Fen, rate_bp: u32) -> Result<Fen, Code> {
        let of = match self.mode {
            TaxMode::Included => i64::from(WHOLE_BP) + i64::from(rate_bp),
            TaxMode::Added => i64::from(WHOLE_BP),
        };
        Fen::new(scale(amount_fen.get(), i64::from(rate_bp), of, Rounding::HalfUp)?)
    }
}

/// The tax at one rate. Goods at a rate of zero have their row too, as an invoice wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxAtRate {
    pub rate_bp: u32,
    /// Without tax.
    pub net_fen: Fen,
    pub tax_fen: Fen,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taxed {
    /// Lowest rate first.
    pub by_rate: Vec<TaxAtRate>,
    /// The tax in or on each line, in the order of the lines; their sum is the tax of the sale.
    pub per_line: Vec<Fen>,
    /// By how much what is due grows: zero with prices that include their tax.
    pub added_fen: Fen,
}

impl Taxed {
    pub fn tax_fen(&self) -> Result<Fen, Code> {
        Fen::sum(self.per_line.iter().copied())
    }
}

/// The tax of a sale of lines of `(category, amount)`, the amount being what the line costs after everything off. Errors:
/// `amount.invalid` for a negative line or a rate that no rule may have, `amount.too_large`.
pub fn taxes(lines: &[(&str, Fen)], rule: &TaxRule) -> Result<Taxed, Code> {
    rule.check()?;
    let mut rates: BTreeMap<u32, Vec<(usize, i64)>> = BTreeMap::new();
    for (at, (category, amount_fen)) in lines.iter().enumerate() {
        if *amount_fen < Fen::ZERO {
            return Err(Code::AmountInvalid);
        }
        rates.entry(rule.rate_of(category)).or_default().push((at, amount_fen.get()));
    }
    let mut by_rate = Vec::with_capacity(rates.len());
    let mut shares: Vec<(usize, i64)> = Vec::with_capacity(lines.len());
    for (rate_bp, members) in rates {
        let (places, amounts): (Vec<usize>, Vec<i64>) = members.into_iter().unzip();
        let amount_fen = Fen::sum(amounts.iter().map(|amount| Fen::new(*amount)).collect::<Result<Vec<_>, _>>()?)?;
        let tax_fen = rule.tax_on(amount_fen, rate_bp)?;
        let net_fen = match rule.mode {
            TaxMode::Included => amount_fen.minus(tax_fen)?,
            TaxMode::Added => amount_fen,
        };
        shares.extend(places.into_iter().zip(allocate(tax_fen.get(), &amounts)?));
        by_rate.push(TaxAtRate { rate_bp, net_fen, tax_fen });
    }
    shares.sort_unstable();
    let per_line = shares.into_iter().map(|(_, share)| Fen::new(share)).collect::<Result<Vec<_>, _>>()?;
    let added_fen = match rule.mode {
        TaxMode::Included => Fen::ZERO,
        TaxMode::Added => Fen::sum(per_line.iter().copied())?,
    };
    Ok(Taxed { by_rate, per_line, added_fen })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::LARGEST;
    use TaxMode::{Added, Included};
    use proptest::prelude::*;

    /// 13 %, grain at 9 %, books free of tax.
    fn rule(mode: TaxMode) -> TaxRule {
        let categories = BTreeMap::from([("粮油".to_owned(), 900), ("图书".to_owned(), 0)]);
        TaxRule { mode, default_bp: 1300, categories }
    }

    fn fen(amount: i64) -> Fen {
        Fen::new(amount).unwrap()
    }

    /// Lines of `(category, fen)` → rows of `(rate, net, tax)`, the tax of each line, and what is added.
    #[track_caller]
    fn check(mode: TaxMode, lines: &[(&str, i64)], rows: &[(u32, i64, i64)], per_line: &[i64], added: i64) {
        let lines: Vec<(&str, Fen)> = lines.iter().map(|(category, amount)| (*category, fen(*amount))).collect();
        let found = taxes(&lines, &rule(mode)).unwrap();
        let found_rows: Vec<_> = found.by_rate.iter().map(|row| (row.rate_bp, row.net_fen.get(), row.tax_fen.get())).collect();
        let found_lines: Vec<_> = found.per_line.iter().map(|share| share.get()).collect();
        assert_eq!((&*found_rows, &*found_lines, found.added_fen), (rows, per_line, fen(added)));
    }

    #[test]
    fn included() {
        check(Included, &[], &[], &[], 0);
        check(Included, &[("厨房", 0)], &[(1300, 0, 0)], &[0], 0);
        // 113.00 yuan at 13 % is the textbook's 100.00 + 13.00.
        check(Included, &[("厨房", 11_300)], &[(1300, 10_000, 1300)], &[1300], 0);
        check(Included, &[("粮油", 10_900)], &[(900, 10_000, 900)], &[900], 0);
        check(Included, &[("图书", 5_000)], &[(0, 5_000, 0)], &[0], 0);
        // 29.70 × 13 ÷ 113 is 3.4168.
        check(Included, &[("", 990), ("", 990), ("", 990)], &[(1300, 2628, 342)], &[114, 114, 114], 0);
        // 0.00575 on each line, which would be 0.03 in all; on the sum it is 0.02.
        check(Included, &[("", 5), ("", 5), ("", 5)], &[(1300, 13, 2)], &[1, 1, 0], 0);
        let mixed = [("厨房", 4_520), ("粮油", 3_270), ("图书", 2_000), ("厨房", 6_780)];
        check(Included, &mixed, &[(0, 2_000, 0), (900, 3_000, 270), (1300, 10_000, 1_300)], &[520, 270, 0, 780], 0);
    }

    #[test]
    fn added() {
        check(Added, &[("厨房", 10_000)], &[(1300, 10_000, 1_300)], &[1_300], 1_300);
        // 6.5 fen.
        check(Added, &[("厨房", 50)], &[(1300, 50, 7)], &[7], 7);
        check(
            Added,
            &[("厨房", 10_000), ("粮油", 10_000), ("图书", 1)],
            &[(0, 1, 0), (900, 10_000, 900), (1300, 10_000, 1_300)],
            &[1_300, 900, 0],
            2_200,
        );
    }

    #[test]
    fn refuses_what_no_rule_or_line_may_be() {
        let names = |category: &str, rate| TaxRule { categories: BTreeMap::from([(category.to_owned(), rate)]), ..rule(Included) };
        for (rule, expect) in [
            (rule(Added), Ok(())),
            (TaxRule { default_bp: 10_000, ..rule(Added) }, Ok(())),
            (TaxRule { default_bp: 10_001, ..rule(Added) }, Err(Code::AmountInvalid)),
            (names("酒", 10_001), Err(Code::AmountInvalid)),
            (names(" ", 600), Err(Code::NameInvalid)),
        ] {
            assert_eq!(rule.check(), expect, "{rule:?}");
            assert_eq!(taxes(&[("酒", fen(100))], &rule).map(|_| ()), expect);
        }
        assert_eq!(taxes(&[("", fen(-1)), ("", fen(2))], &rule(Included)), Err(Code::AmountInvalid));
        assert_eq!(taxes(&[("", fen(LARGEST)), ("", fen(1))], &rule(Included)), Err(Code::AmountTooLarge));
    }

    #[test]
    fn reads_as_stored() {
        let stored = r#"{"mode":"included","default_bp":1300,"categories":{"图书":0,"粮油":900}}"#;
        assert_eq!(serde_json::from_str::<TaxRule>(stored).unwrap(), rule(Included));
        assert_eq!(serde_json::to_string(&rule(Included)).unwrap(), stored);
    }

    proptest! {
        #[test]
        fn any_order_bears_the_same_tax_and_lines_sum_to_it(
            lines in prop::collection::vec((0..3usize, 0..1_000_000i64), 0..30),
            added in any::<bool>(),
            turn in any::<prop::sample::Index>(),
        ) {
            let rule = rule(if added { Added } else { Included });
            let lines: Vec<(&str, Fen)> = lines.iter().map(|(at, amount)| (["厨房", "粮油", "图书"][*at], fen(*amount))).collect();
            let mut turned = lines.clone();
            if !lines.is_empty() {
                turned.rotate_left(turn.index(lines.len()));
            }
            let (first, second) = (taxes(&lines, &rule).unwrap(), taxes(&turned, &rule).unwrap());
            prop_assert_eq!(&first.by_rate, &second.by_rate);
            let tax = Fen::sum(first.by_rate.iter().map(|row| row.tax_fen)).unwrap();
            let net = Fen::sum(first.by_rate.iter().map(|row| row.net_fen)).unwrap();
            let goods = Fen::sum(lines.iter().map(|(_, amount)| *amount)).unwrap();
            prop_assert_eq!(first.tax_fen().unwrap(), tax);
            prop_assert_eq!(net.plus(tax).unwrap(), goods.plus(first.added_fen).unwrap());
            prop_assert_eq!(first.added_fen, if added { tax } else { Fen::ZERO });
            for ((_, amount), share) in lines.iter().zip(&first.per_line) {
                prop_assert!(Fen::ZERO <= *share && share <= amount);
            }
        }
    }
}
