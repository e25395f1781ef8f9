//! What happens to a stored-value card (C3). Principal and bonus are accounts of their own.

use serde::{Deserialize, Serialize};

use super::{RuleUsed, Tender};
use crate::{
    card::Cause,
    ids::{BuyerId, CardId, MemberId, StaffId, TopUpId},
    money::Fen,
    posting::Posting,
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardOpened {
    pub card: CardId,
    pub card_no: String,
    /// Its type, by the version it was opened under.
    pub kind: RuleUsed,
    /// `None` for an anonymous card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
}

/// Money onto a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardToppedUp {
    pub top_up: TopUpId,
    pub card: CardId,
    pub receipt_no: String,
    pub number: u64,
    pub till_no: u32,
    /// The plan's name; empty for a free amount.
    pub plan: String,
    pub principal_fen: Fen,
    /// Given at once.
    pub bonus_fen: Fen,
    /// To be given later, each by its own operation of HQ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<BonusPart>,
    /// Who bought it, where a document was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<BuyerId>,
    pub postings: Vec<Posting>,
}

/// A buyer's document was shown; whose, and what it says, is sealed. Never changed: another document is another record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuyerRecorded {
    pub buyer: BuyerId,
    /// Whose document it is, where a member shows the own one; none of a company.
    pub member: Option<MemberId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BonusPart {
    /// From 2: the first part was given at once.
    pub part: u32,
    /// Business day from which it is due.
    pub day: String,
    pub bonus_fen: Fen,
}

/// The detail of what takes or gives money at the counter without goods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenderDetail {
    pub tenders: Vec<Tender>,
}

/// A monthly part of a bonus has come due. Written by HQ alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardBonusDue {
    pub card: CardId,
    pub top_up: TopUpId,
    pub part: u32,
    pub bonus_fen: Fen,
    pub postings: Vec<Posting>,
}

/// A change that moves no money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardChanged {
    pub card: CardId,
    pub change: CardChange,
    /// Who allowed it on the spot, when it was not the cashier's own right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<StaffId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum CardChange {
    Lost,
    Found,
    /// To this member; an anonymous card becomes theirs.
    Member {
        member: MemberId,
    },
    /// An expired anonymous card, made valid anew from the operation's business day.
    Awake,
}

/// Everything on one card goes to another, and the first is dead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardReissued {
    pub card: CardId,
    pub to: CardId,
    /// Who allowed it on the spot, when it was not the cashier's own right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<StaffId>,
    pub postings: Vec<Posting>,
}

/// A card given back for money, by the law of prepaid consumption.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardRefunded {
    pub card: CardId,
    pub receipt_no: String,
    pub number: u64,
    pub till_no: u32,
    pub cause: Cause,
    /// Paid out.
    pub refund_fen: Fen,
    /// Taken off the card: all that was on it.
    pub principal_fen: Fen,
    pub bonus_fen: Fen,
    /// Who allowed it on the spot, when it was not the cashier's own right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<StaffId>,
    pub postings: Vec<Posting>,
}
