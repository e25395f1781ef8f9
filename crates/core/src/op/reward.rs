//! Coupons, and what HQ does with points and tiers: expiry, review, corrections (C1, C2, C4).

use serde::{Deserialize, Serialize};

use super::RuleUsed;
use crate::{
    error::Code,
    ids::{BatchId, CouponId, MemberId},
    posting::{Account, Posting, Unit},
};

/// The most coupons one operation issues, so that it stays within its size.
pub const COUPONS_MOST: usize = 200;
/// The most members whose points one operation lets lapse.
pub const EXPIRY_MOST: usize = 200;

/// Coupons, each of its own. Of a batch they count once its closing operation says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponsIssued {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchId>,
    /// The template, by the version they were issued under: that one stays theirs.
    pub template: RuleUsed,
    /// Milliseconds since 1970; the end is exclusive.
    pub from: i64,
    pub until: i64,
    pub coupons: Vec<IssuedCoupon>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedCoupon {
    pub coupon: CouponId,
    /// What its QR says.
    pub code: String,
    /// `None` for whoever brings the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
}

impl CouponsIssued {
    /// One coupon into each account.
    pub fn postings(&self) -> Result<Vec<Posting>, Code> {
        let issue = |issued: &IssuedCoupon| Posting::new(Account::CouponsIssued, Account::Coupon(issued.coupon), Unit::Coupons, 1);
        self.coupons.iter().map(issue).collect()
    }
}

/// Ends bulk work: from here on all of it counts, or none ever does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchClosed {
    pub batch: BatchId,
    pub keep: bool,
    /// For people.
    pub name: String,
}

/// Points that lapsed, oldest first, by the rule named. Written by HQ alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointsExpired {
    pub rule: RuleUsed,
    /// Business day up to which lapsing was worked out.
    pub until: String,
    pub postings: Vec<Posting>,
}

/// Points given or taken by hand at HQ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointsAdjusted {
    pub member: MemberId,
    /// Names the act, so that sending it twice moves the points once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<BatchId>,
    pub postings: Vec<Posting>,
}

/// What a review left a member with: the only way down (C2). Written by HQ alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierReviewed {
    pub member: MemberId,
    /// `YYYY-MM`.
    pub month: String,
    /// The level's name; `None` for none.
    pub level: Option<String>,
    pub rule: RuleUsed,
}
