use hefu_core::{
    ids::SaleId,
    money::{Fen, Points},
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{CartLine, StaffView, StoreView, Totals};

/// Pays the open cart. Sent again with the same cart it answers with the sale that exists: nothing is doubled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Pay {
    pub cart_id: SaleId,
    /// The revision on the screen; `cart.changed` when the cart has moved on.
    pub revision: u64,
    pub tenders: Vec<TenderGiven>,
}

/// What the customer hands over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TenderGiven {
    Cash { given_fen: Fen },
}

/// What the sale kept of a tender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TenderView {
    Cash { given_fen: Fen, change_fen: Fen },
}

/// Suggestions for the payment column: the exact amount first, then the notes a customer is likely to hand over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CashSuggestions {
    pub given_fen: Vec<Fen>,
}

/// A committed sale, as the done screen and a receipt show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SaleView {
    pub id: SaleId,
    pub receipt_no: String,
    pub at: i64,
    pub day: String,
    pub store: StoreView,
    pub cashier: StaffView,
    /// `null` where this device holds only the head of a far store's sale.
    pub lines: Option<Vec<CartLine>>,
    pub totals: Totals,
    pub tenders: Vec<TenderView>,
    pub change_fen: Fen,
    pub member: Option<SaleMember>,
    /// Whether the server has it.
    pub sent: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SaleMember {
    pub id: hefu_core::ids::MemberId,
    pub name: String,
    pub phone: String,
    /// The balance now, this sale's points included.
    pub points: Points,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SaleGet {
    pub id: SaleId,
}

/// Where a listing goes on: the `next` of the page before, or `null` for the newest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TodayPage {
    pub after: Option<String>,
}

/// Today's sales of this till's store, newest first, fifty a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TodayView {
    pub day: String,
    pub count: i64,
    pub total_fen: Fen,
    pub member_count: i64,
    pub sales: Vec<SaleRow>,
    pub next: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SaleRow {
    pub id: SaleId,
    pub receipt_no: String,
    pub at: i64,
    pub total_fen: Fen,
    pub member_name: Option<String>,
    pub cashier_name: String,
    pub sent: bool,
}
