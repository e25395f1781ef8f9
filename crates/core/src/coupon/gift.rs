//! Coupons given with a purchase (C4): what of a sale counts towards one, and by which id it is known.
//!
//! What counts is money that was paid for goods of the kind's scope and is not paid back. Points and the bonus of cards are no
//! money of the customer's: their share goes off all goods alike. It is a pure function of the sale and of what has come back of
//! it in all, so that neither steps nor their order matter (I16).
//!
//! The id of such a coupon is worked out from the sale and the kind. Whoever has the sale so knows the coupon, whether or not its
//! issue has come: a sale that is sent twice gives one, and a refund takes back none but those of the sales it names.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    error::Code,
    ids::{CouponId, RuleId, SaleId},
    money::{Fen, Rounding, apportion, scale},
    promo::{self, Scope},
    refund::{PartKind, Returned, Sold},
};

/// Who buys for so much is given one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OnSale {
    /// Above zero.
    pub at_least_fen: Fen,
    /// The goods that count.
    #[serde(default)]
    pub scope: Scope,
}

impl OnSale {
    /// Errors: `coupon.gift_least` for nothing that would have to be paid, `coupon.gift_goods` for goods that cannot be, `amount.too_large`,
    /// `rule.too_long`.
    pub(super) fn check(&self) -> Result<(), Code> {
        if self.at_least_fen <= Fen::ZERO {
            return Err(Code::CouponGiftLeast);
        }
        promo::check_amount(self.at_least_fen)?;
        promo::check_scope(&self.scope).map_err(|code| if code == Code::RuleTooLong { code } else { Code::CouponGiftGoods })
    }
}

/// What became of a coupon whose purchase came back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Recall {
    /// Nobody took it back.
    #[default]
    Never,
    /// It is taken back, and was not used.
    Done,
    /// It was used before it was taken back, at a till that did not know: it stays used, and a coupon is owed.
    TooLate,
    /// It was taken back before it was used, at a till that did not know: a coupon is owed.
    UsedAfter,
}

/// The coupon of a kind that a sale gives. Its id is of UUID's version 8, as no other coupon's is.
pub fn gift_of_sale(sale: SaleId, kind: RuleId) -> CouponId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"hefu gift of a sale").update(sale.as_bytes()).update(kind.as_bytes());
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    CouponId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// What of a sale is kept, and how much of it was money of the customer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Paid for the whole sale, in money and by whatever tender.
    money: Fen,
    paid: Fen,
    /// Not paid back of it.
    left: Fen,
    /// What was paid for what is kept of each line. Where refunds go in proportion these come to what is left; where they are
    /// re-priced, more stays with the shop for the same goods.
    lines: BTreeMap<u32, Fen>,
}

impl Kept {
    /// All of a sale: the money among what pays for it, and each line by what it costs, tax and all.
    pub fn whole(money: Fen, paid: Fen, lines: &[(u32, Fen)]) -> Result<Self, Code> {
        let weights: Vec<i64> = lines.iter().map(|(_, costs)| costs.get()).collect();
        // Cash rounding lessens every line alike.
        let shares = apportion(paid.get(), &weights)?.into_iter().map(Fen::new);
        let lines = lines.iter().zip(shares).map(|((no, _), paid)| Ok((*no, paid?))).collect::<Result<_, Code>>()?;
        Ok(Self { money, paid, left: paid, lines })
    }

    /// What is left of a sale of which `back` has come back in all. Errors: `amount.invalid` for a sale that does not add up.
    pub fn of(sold: &Sold, back: &Returned) -> Result<Self, Code> {
        let money = sold.parts.iter().filter(|part| !matches!(part.kind, PartKind::Points | PartKind::Bonus(_)));
        let money = Fen::sum(money.map(|part| part.amount_fen))?;
        let paid = Fen::sum(sold.parts.iter().map(|part| part.amount_fen))?;
        let costs: Vec<(u32, Fen)> = sold.lines.iter().map(|line| (line.no, line.paid_fen)).collect();
        let mut kept = Self::whole(money, paid, &costs)?;
        kept.left = paid.minus(back.paid_back()?)?.max(Fen::ZERO);
        for line in &sold.lines {
            let milli = back.by_line.get(&line.no).copied().unwrap_or(0).clamp(0, line.quantity_milli);
            if let Some(paid) = kept.lines.get_mut(&line.no) {
                *paid = paid.minus(Fen::new(scale(paid.get(), milli, line.quantity_milli, Rounding::Down)?)?)?;
            }
        }
        Ok(kept)
    }

    /// What of the money was paid for what is kept of these lines. A part of a fen is the customer's: nobody loses a coupon by one.
    pub fn counted(&self, lines: &[u32]) -> Result<Fen, Code> {
        let these = self.lines.iter().filter(|(no, _)| lines.contains(no)).map(|(_, paid)| *paid);
        let (these, all) = (Fen::sum(these)?, Fen::sum(self.lines.values().copied())?);
        if these.is_zero() || self.paid.is_zero() {
            return Ok(Fen::ZERO);
        }
        let these = if self.left == all { these.get() } else { scale(these.get(), self.left.get(), all.get(), Rounding::Up)? };
        Fen::new(scale(these, self.money.get(), self.paid.get(), Rounding::Up)?)
    }
}

#[cfg(test)]
mod tests;
