//! Statements: a member's points, a card's money, a till's drawer, each with a running balance.

use hefu_core::error::Code;

use crate::{Desk, ErrorBody, desk::Caller, wire::*};

pub(crate) fn points(_: &Desk, _: &Caller, _: MemberStatement) -> Result<Statement, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn card(_: &Desk, _: &Caller, _: CardStatement) -> Result<Statement, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn drawer(_: &Desk, _: &Caller, _: DrawerStatement) -> Result<Statement, ErrorBody> {
    Err(Code::Internal.into())
}
