//! Coupons: a member's, by hand, and in bulk (C4).

use hefu_core::error::Code;

use crate::{Desk, ErrorBody, desk::Caller, wire::*};

pub(crate) fn of_member(_: &Desk, _: &Caller, _: CouponsOf) -> Result<CouponList, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn find(_: &Desk, _: &Caller, _: CouponFind) -> Result<CouponView, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn kinds(_: &Desk, _: &Caller, _: Nothing) -> Result<CouponKinds, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn issue(_: &Desk, _: &Caller, _: CouponIssue) -> Result<CouponList, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn batch(_: &Desk, _: &Caller, _: CouponBatch) -> Result<CouponBatchDone, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn batches(_: &Desk, _: &Caller, _: Nothing) -> Result<CouponBatches, ErrorBody> {
    Err(Code::Internal.into())
}
