use hefu_core::{
    ids::{CardId, MemberId, ProductId, StoreId},
    money::Fen,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::StoreView;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MemberStatement {
    pub member_id: MemberId,
    pub after: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CardStatement {
    pub card_id: CardId,
    pub after: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct DrawerStatement {
    /// A business day; `null` for today.
    pub day: Option<String>,
    pub after: Option<String>,
}

/// Goods of one kind in one store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct StockStatement {
    pub product_id: ProductId,
    /// `null` for the store this till stands in.
    pub store_id: Option<StoreId>,
    pub after: Option<String>,
}

/// A business day of this till's drawer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DrawerDay {
    pub day: String,
    pub day_before: String,
    /// `null` for today.
    pub day_after: Option<String>,
    pub cash: CashStatement,
}

/// Cash over a period, however that is cut: what was there, each movement newest first, and what is there after them.
/// `opening + received − paid = closing`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CashStatement {
    pub from_at: i64,
    /// The first moment that is no longer of the period.
    pub until_at: i64,
    pub opening_fen: Fen,
    pub received_fen: Fen,
    pub paid_fen: Fen,
    pub closing_fen: Fen,
    pub rows: Vec<StatementRow>,
    pub next: Option<String>,
}

/// Movements of one account, newest first, each with the balance after it: in points, in fen, or in thousandths of the goods' unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Statement {
    /// Free less owed.
    pub balance: i64,
    /// What the next credit pays first. Goods are never owed: a store that sold what it had not booked shows a balance below zero.
    pub owed: i64,
    pub rows: Vec<StatementRow>,
    pub next: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StatementRow {
    pub at: i64,
    pub what: Movement,
    /// Receipt number, reason or name of what moved it; may be empty.
    pub note: String,
    pub store: Option<StoreView>,
    /// Of a card: which of its two accounts.
    pub bonus: bool,
    pub amount: i64,
    pub balance: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Movement {
    Sale,
    Refund,
    Exchange,
    TopUp,
    BonusDue,
    CardRefund,
    Reissue,
    Expired,
    Adjusted,
    /// Of a kind newer than this program.
    Other,
}
