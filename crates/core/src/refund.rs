//! What comes back when goods come back (A4, I16): money by tender, its tax by rate (A9), points earned and redeemed, coupons.
//!
//! Everything is a function of what has come back *in all*, and a step gives its value after the step less what was given
//! before. So returning everything in any steps and order gives what returning it at once gives, to the fen and the point;
//! nothing is ever negative; and no set of lines is worth more than was paid for it. Nothing here is edited or remembered:
//! the sale and the sum of its earlier refunds are arguments.

mod whole;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use whole::{Whole, share};

use crate::{
    error::Code,
    ids::{CardId, CouponId, TenderId},
    money::{Fen, Points},
    tax::TaxAtRate,
};

/// A sale as far as a refund needs it. Its lines less its rounding are its parts, else `amount.invalid`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sold {
    pub lines: Vec<SoldLine>,
    /// What cash rounding took off (A9). It lessens the worth of every line in proportion.
    pub rounding_fen: Fen,
    /// Several of one kind and place are one. Their order says nothing.
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
    /// The worth of goods that came back in the same exchange, where the operation does not say what had paid for them.
    Credit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    #[serde(flatten)]
    pub kind: PartKind,
    /// Which payment by a named tender, of those that a sale tells apart by their references: a terminal takes back no more than
    /// that one payment. The reference itself stays in the detail.
    #[serde(default, skip_serializing_if = "is_first")]
    pub nth: u32,
    pub amount_fen: Fen,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn is_first(nth: &u32) -> bool {
    *nth == 0
}

/// A payment of a sale: the kind of its part, and which of them.
pub type PartKey = (PartKind, u32);

impl Part {
    /// The one part of a kind, or the first.
    pub const fn of(kind: PartKind, amount_fen: Fen) -> Self {
        Self { kind, nth: 0, amount_fen }
    }

    pub const fn key(&self) -> PartKey {
        (self.kind, self.nth)
    }
}

/// The sum of all refunds of a sale so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Returned {
    /// Thousandths by line.
    pub by_line: BTreeMap<u32, i64>,
    pub parts: BTreeMap<PartKey, Fen>,
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
            let sum = self.parts.entry(part.key()).or_default();
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

#[cfg(test)]
mod tests;
