//! Refunds and exchanges (A4): operations that reverse a part of a sale, of any store. Nothing is edited.

use serde::{Deserialize, Serialize};

use super::{Sale, SaleDetail, Tender};
use crate::{
    coupon::gift_of_sale,
    ids::{CouponId, MemberId, ProductId, RefundId, RuleId, SaleId, StaffId},
    money::{Fen, Points},
    posting::Posting,
    refund::Part,
    tax::TaxAtRate,
};

/// The head's body. It names the lines that came back, since any store must know what may still be refunded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    pub refund: RefundId,
    pub receipt_no: String,
    pub number: u64,
    pub till_no: u32,
    /// `None` without a receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale: Option<SaleId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
    /// Line of the sale and thousandths of its unit.
    pub lines: Vec<(u32, i64)>,
    pub quantity_milli: i64,
    /// Given back in all, by whatever tender.
    pub total_fen: Fen,
    /// Earned points that went back to the chain.
    pub points_taken: Points,
    /// Redeemed points that went back to the member.
    pub points_restored: Points,
    /// How much went back by which of the sale's tenders: what a later refund of it counts on.
    pub parts: Vec<Part>,
    /// The tax in what went back, by rate (A9): what a later refund of it counts on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<TaxAtRate>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<CouponId>,
    /// Coupons that go back to the chain: too little is kept of what they were given with (C4).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gifts: Vec<GiftTaken>,
    pub postings: Vec<Posting>,
}

/// The coupon of a kind that a sale gave, taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GiftTaken {
    pub sale: SaleId,
    pub kind: RuleId,
}

impl GiftTaken {
    pub fn coupon(&self) -> CouponId {
        gift_of_sale(self.sale, self.kind)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundDetail {
    pub lines: Vec<RefundLine>,
    pub tenders: Vec<Tender>,
    /// Who allowed it on the spot, when it was not the cashier's own right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<StaffId>,
}

/// One line come back. Its movement of stock is into the store where it came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundLine {
    pub no: u32,
    pub product: ProductId,
    pub name: String,
    pub unit: String,
    pub quantity_milli: i64,
    pub amount_fen: Fen,
}

/// Goods back and other goods out, as one act: both or neither.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    pub refund: Refund,
    pub sale: Sale,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeDetail {
    pub refund: RefundDetail,
    pub sale: SaleDetail,
}
