use hefu_core::{
    coupon::Recall,
    error::Code,
    ids::{BatchId, CouponId, MemberId, RuleId},
    money::Fen,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A coupon as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CouponView {
    pub coupon_id: CouponId,
    pub name: String,
    /// What its QR says; empty for eyes that may not use it.
    pub code: String,
    pub from: i64,
    /// Exclusive.
    pub until: i64,
    /// What it is worth, for a coupon of a fixed amount.
    pub face_fen: Option<Fen>,
    /// Least that must be bought; zero for none.
    pub at_least_fen: Fen,
    /// Whether the purchase that it was given with came back, and what then came first.
    pub recall: Recall,
    /// `null` when it can be used now; else why not.
    pub why_not: Option<Code>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CouponList {
    pub coupons: Vec<CouponView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CouponsOf {
    pub member_id: MemberId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CouponFind {
    pub code: String,
}

/// Kinds of coupon in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CouponKinds {
    pub kinds: Vec<CouponKind>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CouponKind {
    pub template_id: RuleId,
    pub name: String,
    pub face_fen: Option<Fen>,
    pub at_least_fen: Fen,
}

/// Gives coupons of one kind to a member by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CouponIssue {
    /// Names the act, so that sending it twice gives the coupons once.
    pub batch_id: BatchId,
    pub template_id: RuleId,
    pub member_id: MemberId,
    pub count: u32,
}

/// Many coupons at once: codes for whoever brings them, or one for every member of a tier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CouponBatch {
    pub batch_id: BatchId,
    pub name: String,
    pub template_id: RuleId,
    pub to: CouponsTo,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum CouponsTo {
    /// So many codes that belong to nobody.
    Codes { count: u32 },
    /// One for every member, or those of one tier.
    Members { tier: Option<String> },
}

/// The batches that are open, those that began first first; and those that count, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CouponBatches {
    pub open: Vec<CouponBatchOpen>,
    pub batches: Vec<CouponBatchRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CouponBatchOpen {
    pub batch_id: BatchId,
    /// Empty for one that an earlier book of this node left behind.
    pub name: String,
    pub template_name: String,
    pub at: i64,
    pub state: BatchState,
    /// `false` where nobody knows for whom it was: it can be given up.
    pub can_go_on: bool,
    pub issued: u64,
    /// Codes made of those asked for, or members looked at of all.
    pub done: u64,
    pub of: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum BatchState {
    Running,
    Stopped,
    /// It stopped by itself. What was issued is kept, and it can go on.
    Refused {
        why: Code,
    },
}

/// Says to an open batch what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CouponBatchTell {
    pub batch_id: BatchId,
    pub told: BatchTold,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BatchTold {
    Stop,
    GoOn,
    /// For ever: nothing that it issued will ever count.
    GiveUp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CouponBatchOf {
    pub batch_id: BatchId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CouponCodes {
    pub codes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CouponBatchRow {
    pub batch_id: BatchId,
    pub name: String,
    pub template_name: String,
    pub at: i64,
    pub issued: u64,
    pub used: u64,
    /// Its codes belong to whoever brings them.
    pub for_bearers: bool,
}
