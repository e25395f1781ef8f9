use hefu_core::{
    ids::{BatchId, MemberId},
    money::Points,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Points that lapse by the rule in force, up to today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HqExpiry {
    /// `false` counts only; `true` writes.
    pub write: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HqExpired {
    pub day: String,
    pub members: u64,
    pub points: Points,
    pub written: bool,
}

/// A review of tiers: the only way down; it also gives the gifts that have not come (C2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HqReview {
    pub write: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HqReviewed {
    pub month: String,
    pub reviewed: u64,
    pub moves: Vec<TierMove>,
    /// Gifts of levels that members hold and had not been given.
    pub gifts: u64,
    pub written: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TierMove {
    pub from: String,
    /// Empty for none.
    pub to: String,
    pub members: u64,
}

/// Monthly parts of card bonuses that are due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HqBonusParts {
    pub write: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HqBonusPartsDone {
    pub cards: u64,
    pub bonus_fen: hefu_core::money::Fen,
    pub written: bool,
}

/// Points given (positive) or taken (negative) by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PointsAdjust {
    /// Names the act, so that sending it twice moves the points once. Without one every call is an act of its own.
    #[serde(default)]
    #[ts(optional)]
    pub act_id: Option<BatchId>,
    pub member_id: MemberId,
    pub points: Points,
    pub reason: String,
}
