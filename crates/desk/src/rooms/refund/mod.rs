//! Refunds and exchanges at the counter (A4).

mod worked;

use hefu_core::{
    access::Permission,
    checkout::{Counter, RefundParts},
    error::Code,
    money::Fen,
    op::{Draft, Exchange, ExchangeDetail, Refund, RefundDetail, Sale, SaleDetail},
};
use hefu_replica::Reading;

pub(crate) use worked::{Worked, work_out};

use super::{approval, cart};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    sessions::Returning,
    wire::*,
};

/// Lines that come back, as the counter says, allowed and with a reason.
pub(crate) fn returning(desk: &Desk, caller: &Caller, of: RefundOf) -> Result<Returning, ErrorBody> {
    let reason = cart::reason(&of.reason)?;
    let allowed_by = approval::allow(desk, caller, Permission::Refund, of.approval.as_ref())?;
    let own = caller.staff.as_ref().map(|staff| staff.id);
    Ok(Returning {
        refund: of.refund_id,
        sale: of.sale_id,
        lines: of.lines.iter().map(|line| (line.no, line.quantity_milli)).collect(),
        reason,
        approved_by: Some(allowed_by).filter(|by| Some(*by) != own),
    })
}

/// The refund of a return, as the till's receipt of `at`.
pub(crate) fn draft_parts(
    book: &Reading<'_>,
    at: Counter<'_>,
    returning: &Returning,
    worked: &Worked,
    credit: Fen,
) -> Result<(Refund, RefundDetail), hefu_replica::Error> {
    let tenders = worked.tenders(book, credit)?;
    let parts = RefundParts {
        refund: returning.refund,
        at,
        sale: worked.sale.id,
        member: worked.sale.member,
        refunded: &worked.refunded,
        tenders: &tenders,
        tax_fen: worked.sale.tax_fen,
        paid_fen: worked.paid_fen,
        paid_back_fen: worked.before.paid_back()?,
    };
    let refund = parts.refund()?;
    let lines = worked.refund_lines();
    Ok((refund, RefundDetail { lines, tenders, reason: returning.reason.clone(), approved_by: returning.approved_by }))
}

/// Both halves as one operation. They share one receipt and its number.
pub(crate) fn exchange(
    book: &Reading<'_>,
    at: Counter<'_>,
    returning: &Returning,
    worked: &Worked,
    sale: Sale,
    detail: SaleDetail,
) -> Result<Draft, hefu_replica::Error> {
    let credit = worked.in_money.min(sale.total_fen);
    let (refund, refund_detail) = draft_parts(book, at, returning, worked, credit)?;
    let detail = ExchangeDetail { refund: refund_detail, sale: detail };
    Ok(Draft::new(Box::new(Exchange { refund, sale })).with_detail(&detail)?)
}

pub(crate) fn find(_: &Desk, _: &Caller, _: RefundFind) -> Result<RefundFound, ErrorBody> {
    Err(Code::Internal.into())
}
pub(crate) fn start(_: &Desk, _: &Caller, _: RefundStart) -> Result<RefundView, ErrorBody> {
    Err(Code::Internal.into())
}
pub(crate) fn ask(_: &Desk, _: &Caller, _: RefundAsk) -> Result<RefundQuote, ErrorBody> {
    Err(Code::Internal.into())
}
pub(crate) fn pay(_: &Desk, _: &Caller, _: RefundPay) -> Result<RefundDone, ErrorBody> {
    Err(Code::Internal.into())
}
pub(crate) fn blind(_: &Desk, _: &Caller, _: RefundBlind) -> Result<RefundDone, ErrorBody> {
    Err(Code::Internal.into())
}
pub(crate) fn get(_: &Desk, _: &Caller, _: RefundGet) -> Result<RefundDone, ErrorBody> {
    Err(Code::Internal.into())
}
