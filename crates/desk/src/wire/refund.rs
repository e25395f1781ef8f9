use hefu_core::{
    ids::{MemberId, ProductId, RefundId, SaleId},
    money::{Fen, Points},
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Approval, SaleMember, SaleView, StaffView, StoreView, TaxView, TenderView};

/// Sales to refund from: by receipt number as typed or scanned, or a member's latest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RefundFind {
    pub text: Option<String>,
    pub member_id: Option<MemberId>,
}

/// Newest first, twenty at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefundFound {
    pub sales: Vec<RefundableSale>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefundableSale {
    pub sale_id: SaleId,
    pub receipt_no: String,
    pub at: i64,
    pub store: StoreView,
    pub member_name: Option<String>,
    pub total_fen: Fen,
    /// What may still be refunded.
    pub left_fen: Fen,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RefundStart {
    pub sale_id: SaleId,
}

/// A sale with what of it may still come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefundView {
    /// Names the refund to come, so that sending it twice is one refund.
    pub refund_id: RefundId,
    pub sale: SaleView,
    pub lines: Vec<RefundableLine>,
    pub left_fen: Fen,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefundableLine {
    pub no: u32,
    pub name: String,
    pub unit: String,
    pub sold_milli: i64,
    pub left_milli: i64,
    /// What all that is left of it would give back.
    pub left_fen: Fen,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RefundLine {
    pub no: u32,
    pub quantity_milli: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RefundAsk {
    pub sale_id: SaleId,
    pub lines: Vec<RefundLine>,
}

/// What a refund would give; nothing is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefundQuote {
    pub total_fen: Fen,
    pub lines: Vec<RefundedLine>,
    /// How it goes back: where it came from.
    pub tenders: Vec<TenderView>,
    /// The tax in the total, by rate.
    pub taxes: Vec<TaxView>,
    /// Earned points that go.
    pub points_taken: Points,
    /// Redeemed points that come back.
    pub points_restored: Points,
    /// Names of coupons that come back.
    pub coupons: Vec<String>,
    /// Names of coupons that were given with the goods and go back to the chain.
    pub gifts_taken: Vec<String>,
    /// Points the member would owe after it.
    pub points_owed: Points,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefundedLine {
    pub no: u32,
    pub name: String,
    pub unit: String,
    pub quantity_milli: i64,
    pub amount_fen: Fen,
}

/// Lines of a sale that come back, why, and who allowed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RefundOf {
    pub refund_id: RefundId,
    pub sale_id: SaleId,
    pub lines: Vec<RefundLine>,
    pub reason: String,
    pub approval: Option<Approval>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RefundPay {
    pub of: RefundOf,
    /// All that the screen shows of it; `cart.changed` when any of it has become another.
    pub shown: RefundQuote,
}

/// A refund with no sale to show for it: its own right (A4). Paid out in cash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RefundBlind {
    pub refund_id: RefundId,
    pub goods: Vec<BlindLine>,
    pub member_id: Option<MemberId>,
    pub reason: String,
    pub approval: Option<Approval>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BlindLine {
    pub product_id: ProductId,
    pub quantity_milli: i64,
    /// For one unit; its list price at most.
    pub price_fen: Fen,
}

/// A committed refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefundDone {
    pub id: RefundId,
    pub receipt_no: String,
    pub at: i64,
    pub store: StoreView,
    pub cashier: StaffView,
    /// Who allowed it on the spot, when it was not the cashier's own right.
    pub approved_by: Option<StaffView>,
    /// The receipt it refunds; `null` without one.
    pub sale_receipt_no: Option<String>,
    /// `null` where this device holds only its head.
    pub lines: Option<Vec<RefundedLine>>,
    pub total_fen: Fen,
    pub tenders: Vec<TenderView>,
    /// The tax in the total, by rate.
    pub taxes: Vec<TaxView>,
    pub points_taken: Points,
    pub points_restored: Points,
    /// Names of coupons that came back.
    pub coupons: Vec<String>,
    /// Names of coupons that were given with the goods and went back to the chain.
    pub gifts_taken: Vec<String>,
    pub member: Option<SaleMember>,
    /// What the member owes now: points that were spent before they were taken back. The next earning pays it.
    pub points_owed: Points,
    pub reason: String,
    pub sent: bool,
}

/// A refund in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefundRow {
    pub id: RefundId,
    pub receipt_no: String,
    pub at: i64,
    pub total_fen: Fen,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RefundGet {
    pub id: RefundId,
}
