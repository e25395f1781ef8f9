//! What comes back when goods come back (A4, I16): money by tender, its tax by rate (A9), points earned and redeemed, coupons.
//!
//! Everything is a function of what has come back *in all*, and a step gives its value after the step less what was given
//! before. So returning everything in any steps and order gives what returning it at once gives, to the fen and the point;
//! nothing is ever negative; and no set of lines is worth more than was paid for it. Nothing here is edited or remembered:
//! the sale and the sum of its earlier refunds are arguments.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    error::Code,
    ids::{CardId, CouponId, TenderId},
    money::{Fen, Points, Rounding, allocate, apportion, scale},
    tax::TaxAtRate,
};

/// A sale as far as a refund needs it. Its lines less its rounding are its parts, else `amount.invalid`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sold {
    pub lines: Vec<SoldLine>,
    /// What cash rounding took off (A9). It lessens the worth of every line in proportion.
    pub rounding_fen: Fen,
    /// Several of one kind are one. Their order says nothing.
    pub parts: Vec<Part>,
    /// Its tax, each rate once (A9); empty where there was none.
    pub taxes: Vec<TaxAtRate>,
    pub points_earned: Points,
    /// What [`PartKind::Points`] stands for.
    pub points_redeemed: Points,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoldLine {
    pub no: u32,
    /// Thousandths of the unit; positive.
    pub quantity_milli: i64,
    /// Its amount, and the tax that was added to it.
    pub paid_fen: Fen,
    /// Of its tax; says nothing in a sale without any.
    pub rate_bp: u32,
    /// Those that took something off this line.
    pub coupons: Vec<CouponId>,
}

/// Where money came from, and goes back to. When a fen could go to either of two, it goes to the earlier in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum PartKind {
    Cash,
    Named(TenderId),
    Points,
    Principal(CardId),
    Bonus(CardId),
    /// The worth of goods that came back in the same exchange.
    Credit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    #[serde(flatten)]
    pub kind: PartKind,
    pub amount_fen: Fen,
}

/// The sum of all refunds of a sale so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Returned {
    /// Thousandths by line.
    pub by_line: BTreeMap<u32, i64>,
    pub parts: BTreeMap<PartKind, Fen>,
    /// By rate, without tax and the tax.
    pub taxes: BTreeMap<u32, (Fen, Fen)>,
    pub points_taken: Points,
    pub points_restored: Points,
    pub coupons: BTreeSet<CouponId>,
}

impl Returned {
    pub fn paid_back(&self) -> Result<Fen, Code> {
        Fen::sum(self.parts.values().copied())
    }

    /// Counts one more refund. The order in which refunds are counted says nothing.
    pub fn add(&mut self, refunded: &Refunded) -> Result<(), Code> {
        for line in &refunded.lines {
            let sum = self.by_line.entry(line.no).or_default();
            *sum = sum.checked_add(line.quantity_milli).ok_or(Code::RefundTooMuch)?;
        }
        for part in &refunded.parts {
            let sum = self.parts.entry(part.kind).or_default();
            *sum = sum.plus(part.amount_fen)?;
        }
        for row in &refunded.taxes {
            let (net, tax) = self.taxes.entry(row.rate_bp).or_default();
            (*net, *tax) = (net.plus(row.net_fen)?, tax.plus(row.tax_fen)?);
        }
        self.points_taken = self.points_taken.plus(refunded.points_taken)?;
        self.points_restored = self.points_restored.plus(refunded.points_restored)?;
        self.coupons.extend(&refunded.coupons);
        Ok(())
    }
}

/// What comes back now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// `(line, thousandths)`. A line named twice comes back with both.
    pub lines: Vec<(u32, i64)>,
}

/// What a part of a sale is worth, as the chain decides (A4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RefundPolicy {
    /// What was paid for the goods that come back, in proportion to their quantity. As shipped.
    #[default]
    Proportional,
    /// What was paid less what the goods kept would have cost alone.
    Repriced,
}

/// A [`RefundPolicy`] with the figure it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    Proportional,
    /// What the goods that are still kept after this step would have cost, tax and all, by the sale's own frozen rules.
    Repriced {
        rest_worth: Fen,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refunded {
    /// In the order of the sale; their amounts sum to the total.
    pub lines: Vec<RefundedLine>,
    pub total_fen: Fen,
    /// Those that get something, in the order of [`PartKind`]; they sum to the total.
    pub parts: Vec<Part>,
    /// The tax in the total, by rate, lowest first: each rate's money in proportion, and all of its tax with the last of it (A9).
    pub taxes: Vec<TaxAtRate>,
    /// Of those the sale earned: back to the chain.
    pub points_taken: Points,
    /// Of those it was paid with: back to the member.
    pub points_restored: Points,
    /// Back to the member: all that a coupon took something off has now come back whole.
    pub coupons: Vec<CouponId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundedLine {
    pub no: u32,
    pub quantity_milli: i64,
    pub amount_fen: Fen,
}

/// What `step` gives back of a sale of which `before` has come back. Errors: `refund.nothing`, `line.unknown`,
/// `quantity.invalid` (zero or less), `refund.too_much` (more than is left of a line), `amount.invalid` (a sale that does
/// not add up, a negative worth).
///
/// Refunds that did not know of each other (two tills offline) may together have given a fen too little or too much to a
/// tender: the next step gives what is then missing, and never more in all than was paid.
pub fn refund(sold: &Sold, before: &Returned, step: &Step, worth: Worth) -> Result<Refunded, Code> {
    let sale = Whole::of(sold)?;
    let asked = sale.asked(before, step)?;
    let mut after = before.by_line.clone();
    for (no, quantity) in &asked {
        *after.entry(*no).or_default() += quantity;
    }
    let all_back = sale.lines.iter().all(|line| line.back_whole(&after));

    let paid_back = before.paid_back()?.get();
    let reached = sale.worth_of(&after, all_back, worth)?.max(paid_back);
    let total = reached - paid_back;
    let parts = sale.parts_of(before, reached, total)?;
    let points_taken = share(sold.points_earned, reached, sale.paid, all_back, before.points_taken)?;
    let (in_points, of_points) = sale.through_points(before, &parts)?;
    let points_restored = share(sold.points_redeemed, in_points, of_points, all_back, before.points_restored)?;
    Ok(Refunded {
        lines: sale.refunded_lines(before, &after, &asked, total)?,
        taxes: sale.taxes_of(&sold.taxes, before, &after, all_back, total)?,
        total_fen: Fen::new(total)?,
        parts: parts.into_iter().filter(|part| part.amount_fen > Fen::ZERO).collect(),
        points_taken,
        points_restored,
        coupons: sale.coupons_of(before, &after),
    })
}

/// A sale that adds up. Amounts in fen.
struct Whole<'a> {
    lines: Vec<Line<'a>>,
    parts: BTreeMap<PartKind, i64>,
    paid: i64,
}

/// A line and what was really paid for it: its share of the rounding is off.
struct Line<'a> {
    sold: &'a SoldLine,
    paid: i64,
}

impl Line<'_> {
    fn back(&self, by_line: &BTreeMap<u32, i64>) -> i64 {
        by_line.get(&self.sold.no).copied().unwrap_or(0).clamp(0, self.sold.quantity_milli)
    }

    fn back_whole(&self, by_line: &BTreeMap<u32, i64>) -> bool {
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
    fn of(sold: &'a Sold) -> Result<Self, Code> {
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
        let mut parts: BTreeMap<PartKind, i64> = BTreeMap::new();
        for part in &sold.parts {
            *parts.entry(part.kind).or_default() += part.amount_fen.get();
        }
        let weights: Vec<i64> = sold.lines.iter().map(|line| line.paid_fen.get()).collect();
        let shares = apportion(paid.get(), &weights)?;
        let lines = sold.lines.iter().zip(shares).map(|(sold, paid)| Line { sold, paid }).collect();
        Ok(Self { lines, parts, paid: paid.get() })
    }

    /// How much of each line is asked back, each line once.
    fn asked(&self, before: &Returned, step: &Step) -> Result<BTreeMap<u32, i64>, Code> {
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
    fn worth_of(&self, by_line: &BTreeMap<u32, i64>, all_back: bool, worth: Worth) -> Result<i64, Code> {
        match worth {
            Worth::Repriced { rest_worth } if rest_worth < Fen::ZERO => Err(Code::AmountInvalid),
            _ if all_back => Ok(self.paid),
            Worth::Proportional => self.lines.iter().try_fold(0, |sum, line| Ok(sum + line.worth_of(by_line)?)),
            Worth::Repriced { rest_worth } => Ok((self.paid - rest_worth.get()).max(0)),
        }
    }

    /// `total` by tender: up to what each should have had when `reached` is back.
    fn parts_of(&self, before: &Returned, reached: i64, total: i64) -> Result<Vec<Part>, Code> {
        let amounts: Vec<i64> = self.parts.values().copied().collect();
        let due = apportion(reached.min(self.paid), &amounts)?;
        let had = self.parts.keys().map(|kind| before.parts.get(kind).map_or(0, |amount| amount.get()));
        let missing: Vec<i64> = due.iter().zip(had).map(|(due, had)| (due - had).max(0)).collect();
        // When earlier refunds knew of each other, what is missing is the total, and this changes nothing.
        let given = apportion(total, &missing)?;
        self.parts.keys().zip(given).map(|(kind, amount)| Ok(Part { kind: *kind, amount_fen: Fen::new(amount)? })).collect()
    }

    /// How much of the part that was paid in points is back after a step that gives `parts`, and how much it is.
    fn through_points(&self, before: &Returned, parts: &[Part]) -> Result<(i64, i64), Code> {
        let now = parts.iter().find(|part| part.kind == PartKind::Points).map_or(Fen::ZERO, |part| part.amount_fen);
        let had = before.parts.get(&PartKind::Points).copied().unwrap_or_default();
        Ok((had.plus(now)?.get(), self.parts.get(&PartKind::Points).copied().unwrap_or(0)))
    }

    /// `total` over the lines that come back, by what was paid for them: under the proportional policy exactly that.
    fn refunded_lines(
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
    fn taxes_of(
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

    fn coupons_of(&self, before: &Returned, after: &BTreeMap<u32, i64>) -> Vec<CouponId> {
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
fn share(points: Points, reached: i64, paid: i64, all_back: bool, before: Points) -> Result<Points, Code> {
    let in_all = if all_back {
        points.get()
    } else if paid == 0 {
        0
    } else {
        scale(points.get(), reached.min(paid), paid, Rounding::Down)?
    };
    Points::new((in_all - before.get()).max(0))
}

#[cfg(test)]
mod tests;
