//! A sale that adds up, and what of it has come back in all: the arithmetic behind a refund.

use std::collections::{BTreeMap, BTreeSet};

use super::{Part, PartKey, PartKind, RefundedLine, Returned, Sold, SoldLine, Step, Worth};
use crate::{
    error::Code,
    ids::CouponId,
    money::{Fen, Points, Rounding, allocate, apportion, scale},
    tax::TaxAtRate,
};

/// A sale that adds up. Amounts in fen.
pub(super) struct Whole<'a> {
    pub(super) lines: Vec<Line<'a>>,
    parts: BTreeMap<PartKey, i64>,
    pub(super) paid: i64,
}

/// A line and what was really paid for it: its share of the rounding is off.
pub(super) struct Line<'a> {
    sold: &'a SoldLine,
    paid: i64,
}

impl Line<'_> {
    fn back(&self, by_line: &BTreeMap<u32, i64>) -> i64 {
        by_line.get(&self.sold.no).copied().unwrap_or(0).clamp(0, self.sold.quantity_milli)
    }

    pub(super) fn back_whole(&self, by_line: &BTreeMap<u32, i64>) -> bool {
        self.back(by_line) == self.sold.quantity_milli
    }

    /// What was paid for as much of it as has come back, rounded down until it is all back.
    fn worth_of(&self, by_line: &BTreeMap<u32, i64>) -> Result<i64, Code> {
        scale(self.paid, self.back(by_line), self.sold.quantity_milli, Rounding::Down)
    }
}

/// What of a sale is taxed at one rate: what was paid for it, how much of that the goods that came back were worth, and the tax.
#[derive(Default)]
struct AtRate {
    paid: i64,
    worth: i64,
    tax: Fen,
}

impl AtRate {
    /// The tax in so much of what was paid, rounded down until it is all back.
    fn tax_when(&self, back: i64, all_back: bool) -> Result<Fen, Code> {
        if all_back || (self.paid > 0 && back >= self.paid) {
            return Ok(self.tax);
        }
        if self.paid == 0 { Ok(Fen::ZERO) } else { Fen::new(scale(self.tax.get(), back, self.paid, Rounding::Down)?) }
    }
}

impl<'a> Whole<'a> {
    pub(super) fn of(sold: &'a Sold) -> Result<Self, Code> {
        let negative = sold.rounding_fen < Fen::ZERO
            || sold.points_earned < Points::ZERO
            || sold.points_redeemed < Points::ZERO
            || sold.parts.iter().any(|part| part.amount_fen < Fen::ZERO)
            || sold.taxes.iter().any(|row| row.tax_fen < Fen::ZERO)
            || sold.lines.iter().any(|line| line.quantity_milli <= 0);
        let numbers: BTreeSet<u32> = sold.lines.iter().map(|line| line.no).collect();
        let paid = Fen::sum(sold.parts.iter().map(|part| part.amount_fen))?;
        let goods = Fen::sum(sold.lines.iter().map(|line| line.paid_fen))?;
        if negative || numbers.len() != sold.lines.len() || goods.minus(sold.rounding_fen)? != paid {
            return Err(Code::AmountInvalid);
        }
        let mut parts: BTreeMap<PartKey, i64> = BTreeMap::new();
        for part in &sold.parts {
            *parts.entry(part.key()).or_default() += part.amount_fen.get();
        }
        let weights: Vec<i64> = sold.lines.iter().map(|line| line.paid_fen.get()).collect();
        let shares = apportion(paid.get(), &weights)?;
        let lines = sold.lines.iter().zip(shares).map(|(sold, paid)| Line { sold, paid }).collect();
        Ok(Self { lines, parts, paid: paid.get() })
    }

    /// How much of each line is asked back, each line once.
    pub(super) fn asked(&self, before: &Returned, step: &Step) -> Result<BTreeMap<u32, i64>, Code> {
        if step.lines.is_empty() {
            return Err(Code::RefundNothing);
        }
        let mut asked: BTreeMap<u32, i64> = BTreeMap::new();
        for (no, quantity) in &step.lines {
            let line = self.lines.iter().find(|line| line.sold.no == *no).ok_or(Code::LineUnknown)?;
            if *quantity <= 0 {
                return Err(Code::QuantityInvalid);
            }
            let sum = asked.entry(*no).or_default();
            *sum = sum.checked_add(*quantity).ok_or(Code::RefundTooMuch)?;
            if *sum > line.sold.quantity_milli - line.back(&before.by_line) {
                return Err(Code::RefundTooMuch);
            }
        }
        Ok(asked)
    }

    /// What `by_line` is worth in all: never more than was paid, and all of it when everything is back.
    pub(super) fn worth_of(&self, by_line: &BTreeMap<u32, i64>, all_back: bool, worth: Worth) -> Result<i64, Code> {
        match worth {
            Worth::Repriced { rest_worth } if rest_worth < Fen::ZERO => Err(Code::AmountInvalid),
            _ if all_back => Ok(self.paid),
            Worth::Proportional => self.lines.iter().try_fold(0, |sum, line| Ok(sum + line.worth_of(by_line)?)),
            Worth::Repriced { rest_worth } => Ok((self.paid - rest_worth.get()).max(0)),
        }
    }

    /// `total` by tender: up to what each should have had when `reached` is back.
    pub(super) fn parts_of(&self, before: &Returned, reached: i64, total: i64) -> Result<Vec<Part>, Code> {
        let amounts: Vec<i64> = self.parts.values().copied().collect();
        let due = apportion(reached.min(self.paid), &amounts)?;
        let had = self.parts.keys().map(|key| before.parts.get(key).map_or(0, |amount| amount.get()));
        let missing: Vec<i64> = due.iter().zip(had).map(|(due, had)| (due - had).max(0)).collect();
        // When earlier refunds knew of each other, what is missing is the total, and this changes nothing.
        let given = apportion(total, &missing)?;
        let part = |((kind, nth), amount): (&PartKey, i64)| Ok(Part { kind: *kind, nth: *nth, amount_fen: Fen::new(amount)? });
        self.parts.keys().zip(given).map(part).collect()
    }

    /// How much of the part that was paid in points is back after a step that gives `parts`, and how much it is.
    pub(super) fn through_points(&self, before: &Returned, parts: &[Part]) -> Result<(i64, i64), Code> {
        let now = parts.iter().find(|part| part.kind == PartKind::Points).map_or(Fen::ZERO, |part| part.amount_fen);
        let had = before.parts.get(&(PartKind::Points, 0)).copied().unwrap_or_default();
        Ok((had.plus(now)?.get(), self.parts.get(&(PartKind::Points, 0)).copied().unwrap_or(0)))
    }

    /// `total` over the lines that come back, by what was paid for them: under the proportional policy exactly that.
    pub(super) fn refunded_lines(
        &self,
        before: &Returned,
        after: &BTreeMap<u32, i64>,
        asked: &BTreeMap<u32, i64>,
        total: i64,
    ) -> Result<Vec<RefundedLine>, Code> {
        let back: Vec<(&Line, i64)> = self.lines.iter().filter_map(|line| Some((line, *asked.get(&line.sold.no)?))).collect();
        let worth = |(line, _): &(&Line, i64)| Ok(line.worth_of(after)? - line.worth_of(&before.by_line)?);
        let weights = back.iter().map(worth).collect::<Result<Vec<i64>, Code>>()?;
        let amounts = allocate(total, &weights)?;
        let lines = back
            .into_iter()
            .zip(amounts)
            .map(|((line, quantity_milli), amount)| Ok(RefundedLine { no: line.sold.no, quantity_milli, amount_fen: Fen::new(amount)? }));
        lines.collect()
    }

    /// `total` by rate of tax, and the tax in it: what the goods of a rate that have come back in all were paid with, less what is
    /// back of that before, bears the tax of the rate in proportion.
    pub(super) fn taxes_of(
        &self,
        taxes: &[TaxAtRate],
        before: &Returned,
        after: &BTreeMap<u32, i64>,
        all_back: bool,
        total: i64,
    ) -> Result<Vec<TaxAtRate>, Code> {
        if taxes.is_empty() {
            return Ok(Vec::new());
        }
        let mut rates: BTreeMap<u32, AtRate> = BTreeMap::new();
        for line in &self.lines {
            let at = rates.entry(line.sold.rate_bp).or_default();
            (at.paid, at.worth) = (at.paid + line.paid, at.worth + line.worth_of(after)?);
        }
        for row in taxes {
            rates.entry(row.rate_bp).or_default().tax = row.tax_fen;
        }
        let had = |rate: &u32| before.taxes.get(rate).copied().unwrap_or_default();
        let (mut missing, mut room) = (Vec::with_capacity(rates.len()), Vec::with_capacity(rates.len()));
        for (rate, at) in &rates {
            let (net, tax) = had(rate);
            let had = net.plus(tax)?.get();
            missing.push((at.worth - had).max(0));
            room.push((at.paid - had).max(0) - (at.worth - had).max(0));
        }
        // A step that gives more than its goods were paid with, as the other policy may, takes the rest from what is kept.
        let first = total.min(missing.iter().sum());
        let more = (total - first).min(room.iter().sum());
        let given = apportion(first, &missing)?.into_iter().zip(apportion(more, &room)?).map(|(first, more)| first + more);
        let mut rows = Vec::new();
        for ((rate_bp, at), given) in rates.iter().zip(given) {
            let (net, tax) = had(rate_bp);
            let now = at.tax_when(net.plus(tax)?.get() + given, all_back)?.minus(tax)?.max(Fen::ZERO);
            if given > 0 || now > Fen::ZERO {
                rows.push(TaxAtRate { rate_bp: *rate_bp, net_fen: Fen::new(given)?.minus(now)?, tax_fen: now });
            }
        }
        Ok(rows)
    }

    pub(super) fn coupons_of(&self, before: &Returned, after: &BTreeMap<u32, i64>) -> Vec<CouponId> {
        let used = |back: bool| {
            let lines = self.lines.iter().filter(move |line| line.back_whole(after) == back);
            lines.flat_map(|line| line.sold.coupons.iter().copied()).collect::<BTreeSet<CouponId>>()
        };
        let kept = used(false);
        used(true).into_iter().filter(|coupon| !kept.contains(coupon) && !before.coupons.contains(coupon)).collect()
    }
}

/// The points that `reached` of `paid` stands for, rounded down until all is back, less those given before. Where nothing was
/// paid, points go with the last of the goods.
pub(super) fn share(points: Points, reached: i64, paid: i64, all_back: bool, before: Points) -> Result<Points, Code> {
    let in_all = if all_back {
        points.get()
    } else if paid == 0 {
        0
    } else {
        scale(points.get(), reached.min(paid), paid, Rounding::Down)?
    };
    Points::new((in_all - before.get()).max(0))
}
