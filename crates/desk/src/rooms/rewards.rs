//! What HQ does with points, tiers and bonuses: expiry, review, parts due, corrections (C1, C2, C3).

use hefu_core::error::Code;

use crate::{Desk, ErrorBody, desk::Caller, wire::*};

pub(crate) fn expire(_: &Desk, _: &Caller, _: HqExpiry) -> Result<HqExpired, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn review(_: &Desk, _: &Caller, _: HqReview) -> Result<HqReviewed, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn bonus_parts(_: &Desk, _: &Caller, _: HqBonusParts) -> Result<HqBonusPartsDone, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn adjust(_: &Desk, _: &Caller, _: PointsAdjust) -> Result<MemberPage, ErrorBody> {
    Err(Code::Internal.into())
}
