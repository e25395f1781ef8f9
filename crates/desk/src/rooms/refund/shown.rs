//! A committed refund, as the done screen and its receipt show it.

use hefu_core::{
    error::Code,
    ids::RefundId,
    op::{RefundLine, Tender},
};
use hefu_replica::{Reading, RefundRow};

use super::{
    case::{owed, points_now},
    coupon_names,
};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    rooms::{gift, price, sale, store_view},
    wire::{RefundDone, RefundGet, RefundedLine, TenderView},
};

/// Errors: `refund.unknown`.
pub(crate) fn get(desk: &Desk, caller: &Caller, request: RefundGet) -> Result<RefundDone, ErrorBody> {
    let RefundGet { id } = request;
    let found = desk.replica.read(|book| whole(desk, book, caller, id))?;
    Ok(found.ok_or(Code::RefundUnknown)?)
}

fn whole(desk: &Desk, book: &Reading<'_>, caller: &Caller, id: RefundId) -> Result<Option<RefundDone>, hefu_replica::Error> {
    match book.refund(id)? {
        Some(row) => done(desk, book, caller, &row).map(Some),
        None => Ok(None),
    }
}

pub(super) fn done(desk: &Desk, book: &Reading<'_>, caller: &Caller, row: &RefundRow) -> Result<RefundDone, hefu_replica::Error> {
    let (head, detail) = book.refund_whole(row)?;
    let of = row.sale.map(|id| book.sale(id)).transpose()?.flatten();
    let (_, rules) = desk.rules.at(book, desk.moment(caller))?;
    let (lines, approved_by) = match detail {
        Some(detail) => (Some(lines_view(detail.lines)), detail.approved_by),
        None => (None, None),
    };
    Ok(RefundDone {
        id: row.id,
        receipt_no: row.receipt_no.clone(),
        at: row.at,
        store: store_view(sale::store_of(book, row.store)?),
        cashier: sale::staff_of(book, row.cashier)?,
        approved_by: approved_by.map(|id| sale::staff_of(book, Some(id))).transpose()?,
        sale_receipt_no: of.map(|sale| sale.receipt_no),
        lines,
        total_fen: row.total_fen,
        tenders: tenders_view(book, book.refund_tenders(row)?)?,
        taxes: head.taxes.iter().map(price::tax_view).collect(),
        points_taken: row.points_taken,
        points_restored: row.points_restored,
        coupons: coupon_names(book, &rules, &gift::restored(&head.coupons, &head.gifts))?,
        gifts_taken: gift::names_taken(book, &rules, &head.gifts)?,
        member: sale::member_of(book, caller, row.member)?,
        points_owed: owed(points_now(book, row.member)?)?,
        reason: book.said(row.op)?.reason,
        sent: row.sequenced,
    })
}

pub(super) fn lines_view(lines: Vec<RefundLine>) -> Vec<RefundedLine> {
    let line = |line: RefundLine| RefundedLine {
        no: line.no,
        name: line.name,
        unit: line.unit,
        quantity_milli: line.quantity_milli,
        amount_fen: line.amount_fen,
    };
    lines.into_iter().map(line).collect()
}

pub(super) fn tenders_view(book: &Reading<'_>, tenders: Vec<Tender>) -> Result<Vec<TenderView>, hefu_replica::Error> {
    tenders.into_iter().map(|tender| sale::tender_view(book, tender)).collect()
}
