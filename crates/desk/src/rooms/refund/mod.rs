//! Refunds and exchanges at the counter (A4): find the sale, choose lines, see what goes back and how, pay it out.
//!
//! A refund is named before it is made, so that sending it twice is one refund for ever. What it gives is worked out again inside
//! the transaction that writes it; where that is no longer what the screen showed, nothing is written.

mod blind;
mod case;
mod find;
mod look;
mod repriced;
mod shown;
mod worked;

use hefu_core::{
    access::Permission,
    checkout::{Counter, RefundParts},
    error::Code,
    ids::{RefundId, SaleId},
    money::Fen,
    op::{Draft, Exchange, ExchangeDetail, GiftTaken, Refund, RefundDetail, Said, Sale, SaleDetail},
};
use hefu_replica::{Reading, RefundRow};

pub(crate) use blind::blind;
pub(crate) use case::{Case, kept_of_sale};
pub(crate) use find::find;
pub(crate) use look::{ask, start};
pub(crate) use shown::get;
pub(crate) use worked::{Worked, work_out};

use super::{approval, cart, gift, said, sale::store_of};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    sessions::Returning,
    wire::{RefundDone, RefundOf, RefundPay},
};

/// Lines that come back, as the counter says, allowed and with a reason. Errors: `reason.needed`, `text.too_long`, those of
/// [`approval::allow`].
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
fn refund_of(
    at: Counter<'_>,
    returning: &Returning,
    worked: &Worked,
    gifts: &[GiftTaken],
    credit: Fen,
) -> Result<(Refund, RefundDetail), Code> {
    let tenders = worked.tenders(credit)?;
    let case = &worked.case;
    let parts = RefundParts {
        refund: returning.refund,
        at,
        sale: case.sale.id,
        member: case.sale.member,
        refunded: &worked.refunded,
        tenders: &tenders,
        rounding_fen: case.sale.rounding_fen,
        paid_fen: case.paid_fen()?,
        paid_back_fen: case.before.paid_back()?,
        all_back: case.all_back(&worked.refunded),
        gifts,
    };
    let refund = parts.refund()?;
    Ok((refund, RefundDetail { lines: worked.lines(), tenders, approved_by: returning.approved_by }))
}

/// Both halves as one operation. They share one receipt and its number.
pub(crate) fn exchange(
    at: Counter<'_>,
    returning: &Returning,
    worked: &Worked,
    gifts: &[GiftTaken],
    sale: Sale,
    detail: SaleDetail,
) -> Result<Draft, Code> {
    let credit = worked.in_money.min(sale.total_fen);
    let (refund, refund_detail) = refund_of(at, returning, worked, gifts, credit)?;
    let detail = ExchangeDetail { refund: refund_detail, sale: detail };
    Draft::new(Box::new(Exchange { refund, sale })).with_detail(&detail)
}

/// Pays a refund out. Errors: those of [`returning`] and [`work_out`]; `cart.changed` when it would give anything else than
/// the screen shows: another till was faster, or a coupon of it was used meanwhile. The same total by other tenders is not the same.
pub(crate) fn pay(desk: &Desk, caller: &Caller, request: RefundPay) -> Result<RefundDone, ErrorBody> {
    let RefundPay { of, shown } = request;
    let (id, sale) = (of.refund_id, of.sale_id);
    if let Some(done) = made(desk, caller, id, Some(sale))? {
        return Ok(done);
    }
    let returning = returning(desk, caller, of)?;
    let (by, moment, nonce) = (desk.by(caller), desk.moment(caller), desk.random()?);
    let done = desk.replica.write(|book| {
        if let Some(row) = book.refund(id)? {
            return shown::done(desk, book, caller, &same(row, Some(sale))?);
        }
        let worked = work_out(desk, book, &returning, moment)?;
        let gifts = gift::taken_by(book, &worked.case.rule_book, &worked.case, &worked.refunded)?;
        if look::quoted(book, &worked, &gifts)? != shown {
            return Err(Code::CartChanged.into());
        }
        let store = desk.replica.identity().store.ok_or(Code::NotHere)?;
        let store_row = store_of(book, Some(store))?;
        let at = counter(desk, &store_row.code, book.next_receipt_number()?)?;
        let (refund, detail) = refund_of(at, &returning, &worked, &gifts, Fen::ZERO)?;
        let (member, draft) = (refund.member, Draft::new(refund).with_detail(&detail)?);
        book.append(by, &said::sealed(book, by, draft, member, nonce, &Said::reason(&returning.reason))?)?;
        let row = book.refund(id)?.ok_or(Code::Internal)?;
        shown::done(desk, book, caller, &row)
    })?;
    Ok(done)
}

/// This till with the number of its next receipt.
fn counter<'a>(desk: &Desk, store_code: &'a str, number: u64) -> Result<Counter<'a>, Code> {
    let identity = desk.replica.identity();
    let store = identity.store.ok_or(Code::NotHere)?;
    Ok(Counter { store, store_code, device: identity.device, till_no: identity.till_no, number })
}

/// A refund that was made before, whose answer was lost on its way. Looked at before anyone is asked to allow it again.
fn made(desk: &Desk, caller: &Caller, id: RefundId, of: Option<SaleId>) -> Result<Option<RefundDone>, ErrorBody> {
    let found = desk.replica.read(|book| match book.refund(id)? {
        Some(row) => shown::done(desk, book, caller, &same(row, of)?).map(Some),
        None => Ok(None),
    })?;
    Ok(found)
}

/// Errors with `refund.done` where the id names a refund of something else: it is no answer to this request.
fn same(row: RefundRow, of: Option<SaleId>) -> Result<RefundRow, Code> {
    if row.sale == of { Ok(row) } else { Err(Code::RefundDone) }
}

/// The names of coupons, for people.
fn coupon_names(
    book: &Reading<'_>,
    rules: &crate::rulebook::RuleBook,
    coupons: &[hefu_core::ids::CouponId],
) -> Result<Vec<String>, hefu_replica::Error> {
    let mut names = Vec::with_capacity(coupons.len());
    for id in coupons {
        let coupon = book.coupon(*id)?;
        let template = coupon.as_ref().and_then(|coupon| super::price::template(rules, coupon));
        names.push(template.map(|template| template.name().to_owned()).unwrap_or_default());
    }
    Ok(names)
}
