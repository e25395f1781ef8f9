//! Rules as versioned data, edited by business staff and tried on real sales before they hold (G3).

use hefu_core::error::Code;

use crate::{Desk, ErrorBody, desk::Caller, wire::*};

pub(crate) fn list(_: &Desk, _: &Caller, _: Nothing) -> Result<HqRules, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn preview(_: &Desk, _: &Caller, _: RulePreview) -> Result<RulePreviewed, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn save(_: &Desk, _: &Caller, _: RuleSave) -> Result<RuleView, ErrorBody> {
    Err(Code::Internal.into())
}
