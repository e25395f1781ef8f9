use hefu_core::{
    ids::{MemberId, SaleId},
    member::Sex,
    money::{Fen, Points},
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{BuyerView, CardView, CouponView, StoreView};

/// A member as the cashier's screen shows one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberCard {
    pub id: MemberId,
    /// Empty when none was given; masked as `张**` for eyes without the right (B9).
    pub name: String,
    /// `138****1234` for eyes without the right.
    pub phone: String,
    pub card_no: Option<String>,
    pub tier: String,
    /// Free less owed: negative after a refund of points already spent.
    pub points: Points,
    /// Whether name and phone above are in full.
    pub full: bool,
}

/// By what a search found a member; also the order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    Phone,
    Card,
    LastFour,
    PhonePrefix,
    CardPrefix,
    Name,
    GivenName,
    Pinyin,
    Initials,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberHit {
    pub member: MemberCard,
    pub found_by: FoundBy,
}

/// At most twenty, best first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberHits {
    pub hits: Vec<MemberHit>,
    /// More exist: type another character.
    pub more: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MemberByPhone {
    pub phone: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MemberGet {
    pub id: MemberId,
    /// Timeline page: the `next` of the page before, or `null` for the newest.
    pub after: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MemberRegister {
    pub phone: String,
    pub name: Option<String>,
    pub sex: Option<Sex>,
    /// `YYYY-MM-DD` or `MM-DD`.
    pub birthday: Option<String>,
    pub card_no: Option<String>,
}

/// The new member, or the one whose phone this already is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberRegistered {
    pub member: MemberCard,
    pub created: bool,
}

/// Fields left `null` stay as they are; an empty string clears one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MemberChange {
    pub id: MemberId,
    pub name: Option<String>,
    pub sex: Option<Sex>,
    pub birthday: Option<String>,
    pub card_no: Option<String>,
}

/// Everything about one member on one page (B6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberPage {
    pub card: MemberCard,
    pub sex: Option<Sex>,
    pub birthday: Option<String>,
    pub joined_at: i64,
    pub joined_store: Option<StoreView>,
    pub visits: i64,
    pub spend_fen: Fen,
    pub last_visit_at: Option<i64>,
    /// What is missing to the next tier, if there is one.
    pub next_tier: Option<NextTier>,
    /// What the member's tier gives, in words.
    pub services: Vec<String>,
    /// Of the points, those that have lapsed: they pay for nothing, and HQ takes them.
    pub points_lapsed: Points,
    /// Points that lapse, soonest first.
    pub points_expiring: Vec<PointsExpiring>,
    pub cards: Vec<CardView>,
    /// The document on record for buying cards, masked.
    pub buyer: Option<BuyerView>,
    pub coupons: Vec<CouponView>,
    /// Members that one phone made the same person; their accounts are summed here.
    pub also: Vec<MemberId>,
    pub timeline: Vec<TimelineItem>,
    pub next: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NextTier {
    pub name: String,
    /// In `by`'s unit: fen, visits or growth points.
    pub missing: i64,
    pub by: TierBy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TierBy {
    Spend,
    Visits,
    Growth,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PointsExpiring {
    /// The last business day on which they can be used.
    pub day: String,
    pub points: Points,
    /// Within 90 days.
    pub soon: bool,
}

/// One purchase, in whichever store it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TimelineItem {
    pub sale_id: SaleId,
    pub receipt_no: String,
    pub at: i64,
    pub store: StoreView,
    pub amount_fen: Fen,
    pub points: Points,
    /// First goods of the sale by name, or `null` where only its head is here.
    pub goods: Option<Vec<String>>,
    pub line_count: i64,
    /// Refunded since.
    pub refunded_fen: Fen,
}
