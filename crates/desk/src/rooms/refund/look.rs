//! Looking before a refund: what of a sale may still come back, and what chosen lines would give. Nothing is written.

use hefu_core::{ids::RefundId, money::Fen, op::GiftTaken, refund::Step};
use hefu_replica::Reading;

use super::{
    case::{Case, owed},
    coupon_names, shown,
    worked::{Worked, not_paid},
};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    rooms::{gift, price, sale},
    wire::{RefundAsk, RefundQuote, RefundStart, RefundView, RefundableLine},
};

/// A sale with what of it may still come back, under a fresh name for the refund to come. Errors: those of [`Case::open`].
pub(crate) fn start(desk: &Desk, caller: &Caller, request: RefundStart) -> Result<RefundView, ErrorBody> {
    let refund_id = RefundId::new(caller.now, desk.random()?);
    let moment = desk.moment(caller);
    let view = desk.replica.read(|book| {
        let case = Case::open(desk, book, request.sale_id, moment)?;
        let left_fen = left(book, &case)?;
        let sale = sale::sale_view(desk, book, caller, &case.sale)?;
        Ok(RefundView { refund_id, sale, lines: lines(book, &case)?, left_fen })
    })?;
    Ok(view)
}

/// Each line, and what all that is left of it would give back alone.
fn lines(book: &Reading<'_>, case: &Case) -> Result<Vec<RefundableLine>, hefu_replica::Error> {
    let mut lines = Vec::with_capacity(case.lines.len());
    for line in &case.lines {
        let left_milli = case.left_milli(line);
        let left_fen = match left_milli {
            0 => Fen::ZERO,
            left => gives(book, case, &Step { lines: vec![(line.no, left)] })?,
        };
        lines.push(RefundableLine {
            no: line.no,
            name: line.name.clone(),
            unit: line.unit.clone(),
            sold_milli: line.quantity_milli,
            left_milli,
            left_fen,
        });
    }
    Ok(lines)
}

/// What all that has not come back would give in all.
fn left(book: &Reading<'_>, case: &Case) -> Result<Fen, hefu_replica::Error> {
    let refundable = book.refundable(case.sale.id)?.max(Fen::ZERO);
    let lines = case.lines.iter().map(|line| (line.no, case.left_milli(line))).filter(|(_, left)| *left > 0).collect();
    let step = Step { lines };
    if step.lines.is_empty() || !case.by_card() {
        return Ok(refundable);
    }
    Ok(refundable.min(gives(book, case, &step)?))
}

/// The worth of goods, less what of it a paid-out card settled.
fn gives(book: &Reading<'_>, case: &Case, step: &Step) -> Result<Fen, hefu_replica::Error> {
    let refunded = case.back(book, step)?;
    Ok(refunded.total_fen.minus(not_paid(book, &refunded)?)?)
}

/// What a refund would give. Errors: those of [`Case::open`] and [`Case::back`].
pub(crate) fn ask(desk: &Desk, caller: &Caller, request: RefundAsk) -> Result<RefundQuote, ErrorBody> {
    let step = Step { lines: request.lines.iter().map(|line| (line.no, line.quantity_milli)).collect() };
    let moment = desk.moment(caller);
    let quoted = desk.replica.read(|book| {
        let worked = Worked::of(book, Case::open(desk, book, request.sale_id, moment)?, &step)?;
        let taken = gift::taken_by(book, &worked.case.rule_book, &worked.case, &worked.refunded)?;
        quoted(book, &worked, &taken)
    })?;
    Ok(quoted)
}

/// All that the screen shows of a refund.
pub(super) fn quoted(book: &Reading<'_>, worked: &Worked, taken: &[GiftTaken]) -> Result<RefundQuote, hefu_replica::Error> {
    let (case, refunded) = (&worked.case, &worked.refunded);
    Ok(RefundQuote {
        total_fen: worked.total_fen,
        lines: shown::lines_view(worked.lines()),
        tenders: shown::tenders_view(book, worked.tenders(Fen::ZERO)?)?,
        taxes: refunded.taxes.iter().map(price::tax_view).collect(),
        points_taken: refunded.points_taken,
        points_restored: refunded.points_restored,
        coupons: coupon_names(book, &case.rule_book, &gift::restored(&refunded.coupons, taken))?,
        gifts_taken: gift::names_taken(book, &case.rule_book, taken)?,
        points_owed: owed(case.points_after(book, refunded)?)?,
    })
}
