use hefu_core::{
    card::{Article, Basis, Cause},
    error::Code,
    ids::{BuyerId, CardId, MemberId, RuleId, TenderId, TopUpId},
    money::Fen,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Approval, BuyerView, Settlement, StaffView, StoreView, TenderGiven, TenderView};

/// A stored-value card as the counter sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardView {
    pub card_id: CardId,
    /// In full for who gave it just now, and for who may move its money; else masked.
    pub card_no: String,
    pub type_name: String,
    /// `null` for an anonymous card.
    pub member_id: Option<MemberId>,
    /// Masked where not `member_full` (B9); empty where none was given.
    pub member_name: Option<String>,
    pub member_phone: Option<String>,
    /// Whether the caller sees the member in full.
    pub member_full: bool,
    pub principal_fen: Fen,
    pub bonus_fen: Fen,
    /// Bonus promised in monthly parts and not yet due.
    pub coming_bonus_fen: Fen,
    pub state: CardStateView,
    /// Business day an anonymous card must be woken up after; `null` for a registered one.
    pub valid_until: Option<String>,
    /// `null` when it can pay now; else why not.
    pub why_not: Option<Code>,
    pub opened_at: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CardStateView {
    Active,
    Lost,
    Replaced,
    Closed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardList {
    pub cards: Vec<CardView>,
}

/// By number, as scanned or typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CardFind {
    pub card_no: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CardGet {
    pub card_id: CardId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CardsOf {
    pub member_id: MemberId,
}

/// Kinds of card that can be opened now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardTypes {
    pub types: Vec<CardTypeView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardTypeView {
    pub type_id: RuleId,
    pub name: String,
    pub registered: bool,
    pub plans: Vec<PlanView>,
    /// Any amount between these, without a bonus; `null` when only plans are sold.
    pub free_least_fen: Option<Fen>,
    pub free_most_fen: Option<Fen>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlanView {
    pub name: String,
    pub pay_fen: Fen,
    pub bonus_fen: Fen,
    /// 1 = the bonus at once; more = in so many monthly parts.
    pub parts: u32,
}

/// A new card; `card_no` of a printed one as scanned, or `null` for a new number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CardOpen {
    pub card_id: CardId,
    pub type_id: RuleId,
    pub member_id: Option<MemberId>,
    pub card_no: Option<String>,
}

/// Fresh names for what the counter is about to do, so that sending it twice is once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardIds {
    pub card_id: CardId,
    pub top_up_id: TopUpId,
    pub buyer_id: BuyerId,
}

/// Which plan, by name, or a free amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TopUp {
    pub top_up_id: TopUpId,
    pub card_id: CardId,
    pub plan: Option<String>,
    pub amount_fen: Option<Fen>,
    pub tenders: Vec<TenderGiven>,
    /// Who buys, as recorded; `null` for the card's member, by the document they have on record.
    pub buyer_id: Option<BuyerId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TopUpPreview {
    pub principal_fen: Fen,
    /// At once.
    pub bonus_fen: Fen,
    pub parts: Vec<BonusPartView>,
    pub principal_after_fen: Fen,
    pub bonus_after_fen: Fen,
    pub settlement: Settlement,
    /// Who buys, masked; `null` when nobody is on record.
    pub buyer: Option<BuyerView>,
    /// The law asks for a document first: `card.top_up` refuses without.
    pub identity_needed: bool,
    /// The law asks for a bank transfer: `card.top_up` refuses cash.
    pub transfer_needed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BonusPartView {
    pub day: String,
    pub bonus_fen: Fen,
}

/// Money onto a card or out of it, done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardReceipt {
    pub receipt_no: String,
    pub at: i64,
    pub store: StoreView,
    pub cashier: StaffView,
    pub card: CardView,
    /// The plan's name; empty for a free amount, and for a card paid out.
    pub plan: String,
    /// Signed, from the card's view.
    pub principal_fen: Fen,
    pub bonus_fen: Fen,
    /// Bonus that comes later.
    pub parts: Vec<BonusPartView>,
    /// What was paid for a top-up, or paid out: then cash is its `change_fen`.
    pub tenders: Vec<TenderView>,
    /// Given back to who paid for a top-up.
    pub change_fen: Fen,
    /// Off by cash rounding: `principal_fen` less this was paid.
    pub rounding_fen: Fen,
    pub sent: bool,
}

/// By what the receipt was made: a top-up, or without one the card paid out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CardReceiptGet {
    pub card_id: CardId,
    pub top_up_id: Option<TopUpId>,
}

/// What was done to a card, and to those whose place it took, besides money, the latest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardHistory {
    pub acts: Vec<CardAct>,
    /// Who bought onto it last, or the member by the own document, masked; `null` where nobody is on record.
    pub buyer: Option<BuyerView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardAct {
    pub at: i64,
    pub what: CardActKind,
    /// Whose it became, for `member`.
    pub to_name: Option<String>,
    /// As it was given; empty where none was, or it cannot be read here any more.
    pub reason: String,
    pub store: Option<StoreView>,
    pub by: Option<StaffView>,
    /// Who allowed it on the spot, where that was another.
    pub approved_by: Option<StaffView>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CardActKind {
    Lost,
    Found,
    Reactivated,
    Member,
    Reissued,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CardChange {
    pub card_id: CardId,
    pub change: CardChangeTo,
    /// May be empty for a loss and for waking a card up.
    pub reason: String,
    /// For what puts the money into another hand: a card found again, or another member.
    pub approval: Option<Approval>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum CardChangeTo {
    Lost,
    Found,
    /// An expired anonymous card, woken up.
    Reactivated,
    /// To another member; also registers an anonymous card.
    Member {
        member_id: MemberId,
    },
}

/// All of it onto a new card: the old one is dead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CardReissue {
    pub card_id: CardId,
    pub new_card_id: CardId,
    pub card_no: Option<String>,
    pub reason: String,
    pub approval: Option<Approval>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CardRefundAsk {
    pub card_id: CardId,
    pub cause: Cause,
}

/// What giving the card back pays, with the figures and the article behind them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardRefundQuote {
    pub card: CardView,
    pub cause: Cause,
    pub basis: Basis,
    pub article: Article,
    pub paid_fen: Fen,
    /// The bonus that counts, promised parts included where the card's type says so.
    pub gift_fen: Fen,
    /// At list price.
    pub used_fen: Fen,
    /// The same as charged.
    pub charged_fen: Fen,
    /// What each reckoning would give: the unused principal (`null` when the cooling period is over), by the ratio paid to
    /// given, and at list price.
    pub cooling_fen: Option<Fen>,
    pub discounted_fen: Fen,
    pub list_price_fen: Fen,
    pub refund_fen: Fen,
    /// Whether the law lets it be paid in cash; by a named tender it always may be.
    pub may_pay_cash: bool,
}

/// By what a card is paid out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CardPayOut {
    Cash,
    Named { tender_id: TenderId, reference: Option<String> },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CardRefundPay {
    pub card_id: CardId,
    pub cause: Cause,
    pub reason: String,
    /// The figure on the screen; `cart.changed` when it has become another.
    pub refund_fen: Fen,
    pub by: CardPayOut,
    pub approval: Option<Approval>,
}
