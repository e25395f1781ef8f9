//! A refund with no sale to show for it (A4): its own right, paid out in cash, without points.

use hefu_core::{
    access::Permission,
    checkout::{BlindGoods, BlindParts},
    error::Code,
    ids::MemberId,
    op::{Draft, RefundDetail, Said},
    quote::LINES_MOST,
};
use hefu_replica::Reading;

use super::{counter, made, same, shown};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    rooms::{approval, cart, said, sale::store_of},
    wire::{BlindLine, RefundBlind, RefundDone},
};

/// Errors: `reason.needed`, those of [`approval::allow`], `product.unknown`, `member.unknown`, those of [`BlindParts::refund`].
pub(crate) fn blind(desk: &Desk, caller: &Caller, request: RefundBlind) -> Result<RefundDone, ErrorBody> {
    let id = request.refund_id;
    if let Some(done) = made(desk, caller, id, None)? {
        return Ok(done);
    }
    let reason = cart::reason(&request.reason)?;
    let allowed_by = approval::allow(desk, caller, Permission::RefundWithoutReceipt, request.approval.as_ref())?;
    let own = caller.staff.as_ref().map(|staff| staff.id);
    let approved_by = Some(allowed_by).filter(|by| Some(*by) != own);
    let (by, moment, nonce) = (desk.by(caller), desk.moment(caller), desk.random()?);
    let done = desk.replica.write(|book| {
        if let Some(row) = book.refund(id)? {
            return shown::done(desk, book, caller, &same(row, None)?);
        }
        let goods = goods(book, &request.goods)?;
        let member = request.member_id.map(|id| lead(book, id)).transpose()?;
        let store = store_of(book, Some(desk.replica.identity().store.ok_or(Code::NotHere)?))?;
        let at = counter(desk, &store.code, book.next_receipt_number()?)?;
        let (rules, _) = desk.rules.at(book, moment)?;
        let most_fen = rules.refunds.as_ref().map(|rule| rule.body).unwrap_or_default().without_receipt_most_fen;
        let (refund, lines, cash) = BlindParts { refund: id, at, member, goods: &goods, most_fen }.refund()?;
        let detail = RefundDetail { lines, tenders: vec![cash], approved_by };
        let draft = Draft::new(refund).with_detail(&detail)?;
        book.append(by, &said::sealed(book, by, draft, member, nonce, &Said::reason(&reason))?)?;
        let row = book.refund(id)?.ok_or(Code::Internal)?;
        shown::done(desk, book, caller, &row)
    })?;
    Ok(done)
}

fn goods(book: &Reading<'_>, lines: &[BlindLine]) -> Result<Vec<BlindGoods>, hefu_replica::Error> {
    if lines.len() > LINES_MOST {
        return Err(Code::CartFull.into());
    }
    let mut goods = Vec::with_capacity(lines.len());
    for line in lines {
        let product = book.product(line.product_id)?.ok_or(Code::ProductUnknown)?;
        goods.push(BlindGoods { product, quantity_milli: line.quantity_milli, price_fen: line.price_fen });
    }
    Ok(goods)
}

fn lead(book: &Reading<'_>, id: MemberId) -> Result<MemberId, hefu_replica::Error> {
    Ok(book.person(id)?.ok_or(Code::MemberUnknown)?.lead.id)
}
