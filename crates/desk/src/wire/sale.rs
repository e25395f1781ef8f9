use hefu_core::{
    ids::{CardId, CouponId, SaleId, TenderId},
    money::{Fen, Points},
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Approval, CartLine, DayRefunds, RefundRow, StaffView, StoreView, TaxView, Totals};

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TenderGiven {
    Cash { given_fen: Fen },
    Card { card_id: CardId, amount_fen: Fen },
    Points { points: Points },
    Named { tender_id: TenderId, amount_fen: Fen, reference: Option<String> },
}

/// What a sale kept of a tender, or a refund gave back by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TenderView {
    Cash {
        given_fen: Fen,
        change_fen: Fen,
    },
    /// `card_no` masked as on a receipt.
    Card {
        card_id: CardId,
        card_no: String,
        principal_fen: Fen,
        bonus_fen: Fen,
    },
    Points {
        points: Points,
        amount_fen: Fen,
    },
    Named {
        tender_id: TenderId,
        name: String,
        amount_fen: Fen,
        reference: Option<String>,
    },
    Credit {
        amount_fen: Fen,
    },
    /// What of a refund is not paid: the card that gave it was paid out, and the goods counted as used.
    Settled {
        card_id: CardId,
        card_no: String,
        settled_fen: Fen,
    },
}

/// The payment column asks what the tenders so far come to; nothing is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PayPreview {
    pub cart_id: SaleId,
    pub revision: u64,
    pub tenders: Vec<TenderGiven>,
}

/// The payment column asks what may be taken beside the tenders so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PaySuggest {
    #[serde(default)]
    pub tenders: Vec<TenderGiven>,
}

/// A stored-value card that is to pay for this cart, and by what right: the card, its member, or somebody who allows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PayCard {
    pub shown: CardShown,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum CardShown {
    /// As scanned or typed.
    Number {
        card_no: String,
    },
    /// The member's whole phone number, or their member card.
    Member {
        card_id: CardId,
        said: String,
    },
    Approval {
        card_id: CardId,
        approval: Approval,
    },
}

/// Neither a card's number nor a phone is printed.
impl std::fmt::Debug for CardShown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number { .. } => f.debug_struct("Number").finish_non_exhaustive(),
            Self::Member { card_id, .. } => f.debug_struct("Member").field("card_id", card_id).finish_non_exhaustive(),
            Self::Approval { card_id, approval } => {
                f.debug_struct("Approval").field("card_id", card_id).field("approval", approval).finish()
            }
        }
    }
}

/// What tenders come to: the payment column shows this and computes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Settlement {
    pub due_fen: Fen,
    /// Every tender and what it pays, in the order of the request; an exchange's credit first.
    pub paid: Vec<TenderView>,
    pub paid_fen: Fen,
    /// Still to be paid.
    pub left_fen: Fen,
    pub change_fen: Fen,
    pub rounding_fen: Fen,
    /// Paid out where goods brought back are worth more than those taken.
    pub back_fen: Fen,
    pub points_earned: Points,
    /// Names of coupons that the member would be given.
    pub gifts: Vec<String>,
    /// Names of coupons that would go back with goods brought back.
    pub gifts_taken: Vec<String>,
    /// Whether `sale.pay` with these would go through.
    pub enough: bool,
}

/// What the payment column offers: one key each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PaySuggestions {
    /// Exact first, then the notes a customer is likely to hand over.
    pub cash_fen: Vec<Fen>,
    /// Redeemable at once: what makes a round total, and the most. `null` without a member, a rule or enough points.
    pub points: Option<PointsOffer>,
    /// Cards of the member on the cart that have money, with what they would pay.
    pub cards: Vec<CardOffer>,
    /// Coupons of the member that would lower the total, best first.
    pub coupons: Vec<CouponOffer>,
    pub tenders: Vec<NamedTender>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PointsOffer {
    pub balance: Points,
    pub round_points: Points,
    pub round_fen: Fen,
    pub most_points: Points,
    pub most_fen: Fen,
    /// Redeemed in whole steps.
    pub step: Points,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardOffer {
    pub card_id: CardId,
    pub card_no: String,
    pub type_name: String,
    pub available_fen: Fen,
    /// Of what is left to pay, what it would pay.
    pub pays_fen: Fen,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CouponOffer {
    pub coupon_id: CouponId,
    pub name: String,
    pub until: i64,
    /// What the total would fall by.
    pub saves_fen: Fen,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NamedTender {
    pub tender_id: TenderId,
    pub name: String,
    pub wants_reference: bool,
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
    /// Off by cash rounding: `due_fen` less this was paid.
    pub rounding_fen: Fen,
    pub taxes: Vec<TaxView>,
    /// What came back of it since, oldest first.
    pub refunds: Vec<RefundRow>,
    /// Of an exchange: the half that gave goods back.
    pub exchanged: Option<RefundRow>,
    pub member: Option<SaleMember>,
    /// Coupons that it gave the member.
    pub gifts: Vec<SaleGiftView>,
    /// The search for the best price was cut short: a lower one may have existed.
    pub unproved: bool,
    /// Whether the server has it.
    pub sent: bool,
}

/// A coupon given with a purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SaleGiftView {
    pub coupon_id: CouponId,
    pub name: String,
    /// What it is worth, for a coupon of a fixed amount.
    pub face_fen: Option<Fen>,
    /// Exclusive.
    pub until: i64,
    /// Goods came back since, and it with them.
    pub taken: bool,
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
    pub refunds: DayRefunds,
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
