//! Refunds and exchanges (A4): what came back, and what it takes from the sums that the sale added to.

use hefu_core::op::{Exchange, Refund, RefundDetail};
use rusqlite::Connection;

use super::{
    Folding,
    posting::{self, NUMBER_MOST, in_bounds},
    sale::{self, Half},
    uses,
};
use crate::Error;

pub(super) fn fits(refund: &Refund) -> bool {
    let amounts = [refund.quantity_milli, refund.total_fen.get(), refund.points_taken.get(), refund.points_restored.get()];
    let lines = refund.lines.iter().map(|(_, milli)| *milli);
    // The parts are in no posting, but later refunds of the sale add them up.
    let parts = refund.parts.iter().map(|part| part.amount_fen.get());
    let taxes = refund.taxes.iter().flat_map(|tax| [tax.net_fen.get().abs(), tax.tax_fen.get()]);
    refund.number <= NUMBER_MOST && amounts.into_iter().chain(lines).chain(parts).chain(taxes).all(in_bounds)
}

fn detail_fits(detail: &RefundDetail) -> bool {
    let lines = detail.lines.iter().flat_map(|line| [line.quantity_milli, line.amount_fen.get()]);
    lines.into_iter().all(in_bounds) && detail.tenders.iter().all(sale::tender_fits)
}

pub(super) fn fold(connection: &Connection, folding: &Folding<'_>, refund: &Refund) -> Result<(), Error> {
    let detail = folding.op.detail.bytes().and_then(|bytes| serde_json::from_slice::<RefundDetail>(bytes).ok());
    half(connection, folding, refund, detail.as_ref())
}

/// Both halves of an exchange; they share the operation's row.
pub(super) fn fold_exchange(connection: &Connection, folding: &Folding<'_>, exchange: &Exchange) -> Result<(), Error> {
    let detail = sale::exchange_detail(folding);
    half(connection, folding, &exchange.refund, detail.as_ref().map(|detail| &detail.refund))?;
    sale::half(connection, folding, &exchange.sale, detail.as_ref().map(|detail| &detail.sale))
}

fn half(connection: &Connection, folding: &Folding<'_>, refund: &Refund, detail: Option<&RefundDetail>) -> Result<(), Error> {
    insert(connection, folding, refund)?;
    let mut line = connection.prepare_cached("INSERT OR IGNORE INTO refund_line (op, no, quantity_milli) VALUES (?1, ?2, ?3)")?;
    for (no, milli) in &refund.lines {
        line.execute((folding.id, no, milli))?;
    }
    uses::give_back(connection, folding, refund)?;
    if let Some(detail) = detail.filter(|detail| detail_fits(detail)) {
        sale::insert_tenders(connection, folding.id, Half::GivenBack, &detail.tenders)?;
        posting::goods_in(connection, folding, &detail.lines)?;
    }
    if let Some(store) = &folding.stamp.store {
        connection
            .prepare_cached(
                "INSERT INTO store_day (store, day, sales, amount_fen, member_sales, refunds, refund_fen) VALUES (?1, ?2, 0, 0, 0, 1, ?3)
                 ON CONFLICT (store, day) DO UPDATE SET refunds = refunds + 1, refund_fen = refund_fen + excluded.refund_fen",
            )?
            .execute((store.as_bytes().as_slice(), &folding.stamp.day, refund.total_fen.get()))?;
    }
    // Without a receipt nobody knows that it was the member who spent it.
    if let (Some(member), Some(_)) = (refund.member, refund.sale) {
        sale::add_visit(connection, folding, member, 0, -refund.total_fen.get())?;
    }
    posting::receipt(connection, folding, refund.number)
}

fn insert(connection: &Connection, folding: &Folding<'_>, refund: &Refund) -> Result<(), Error> {
    let stamp = folding.stamp;
    connection
        .prepare_cached(
            "INSERT INTO refund (op, refund, receipt_no, number, store, device, till_no, cashier, sale, member, at, day, quantity_milli,
                                 total_fen, points_taken, points_restored)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        )?
        .execute(rusqlite::params![
            folding.id,
            refund.refund.as_bytes().as_slice(),
            refund.receipt_no,
            refund.number.cast_signed(),
            stamp.store.as_ref().map(|id| id.as_bytes().as_slice()),
            stamp.device.as_bytes().as_slice(),
            refund.till_no,
            stamp.who.as_ref().map(|id| id.as_bytes().as_slice()),
            refund.sale.as_ref().map(|id| id.as_bytes().as_slice()),
            refund.member.as_ref().map(|id| id.as_bytes().as_slice()),
            stamp.corrected_at(),
            stamp.day,
            refund.quantity_milli,
            refund.total_fen.get(),
            refund.points_taken.get(),
            refund.points_restored.get(),
        ])?;
    Ok(())
}
