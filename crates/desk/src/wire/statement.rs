use hefu_core::ids::{CardId, MemberId};
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
    pub after: Option<String>,
}

/// Movements of one account, newest first, each with the balance after it. In points, or in fen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Statement {
    /// Free less owed.
    pub balance: i64,
    /// What the next credit pays first.
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
