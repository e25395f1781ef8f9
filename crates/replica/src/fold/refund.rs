//! Refunds and exchanges (A4): what came back, and what it takes from the sums that the sale added to.

use hefu_core::op::{Exchange, Refund, RefundDetail, in_bounds};
use rusqlite::Connection;

use super::{
    Folding, Sums, gift, posting,
    sale::{self, Half},
};
use crate::Error;

pub(super) fn detail_fits(detail: &RefundDetail) -> bool {
    let lines = detail.lines.iter().flat_map(|line| [line.quantity_milli, line.amount_fen.get()]);
    lines.into_iter().all(in_bounds) && detail.tenders.iter().all(sale::tender_fits)
}

pub(super) fn fold(connection: &Connection, sums: &mut Sums, folding: &Folding<'_>, refund: &Refund) -> Result<(), Error> {
    let detail = folding.op.detail.bytes().and_then(|bytes| serde_json::from_slice::<RefundDetail>(bytes).ok()).filter(detail_fits);
    half(connection, sums, folding, refund, detail.as_ref())?;
    posting::goods(connection, sums, folding, detail.iter().flat_map(|detail| posting::into_store(&detail.lines)))
}

/// Both halves of an exchange; they share the operation's row.
pub(super) fn fold_exchange(connection: &Connection, sums: &mut Sums, folding: &Folding<'_>, exchange: &Exchange) -> Result<(), Error> {
    let detail = sale::exchange_detail(folding);
    let back = detail.as_ref().map(|detail| &detail.refund).filter(|detail| detail_fits(detail));
    let sold = detail.as_ref().map(|detail| &detail.sale).filter(|detail| sale::detail_fits(detail));
    half(connection, sums, folding, &exchange.refund, back)?;
    sale::half(connection, sums, folding, &exchange.sale, sold)?;
    let returned = back.into_iter().flat_map(|detail| posting::into_store(&detail.lines));
    let taken = sold.into_iter().flat_map(|detail| posting::out_of_store(&detail.lines));
    posting::goods(connection, sums, folding, returned.chain(taken))
}

fn half(
    connection: &Connection,
    sums: &mut Sums,
    folding: &Folding<'_>,
    refund: &Refund,
    detail: Option<&RefundDetail>,
) -> Result<(), Error> {
    insert(connection, folding, refund)?;
    // A line that another program names twice has come back with both.
    let mut line = connection.prepare_cached(
        "INSERT INTO refund_line (op, no, quantity_milli) VALUES (?1, ?2, ?3)
         ON CONFLICT (op, no) DO UPDATE SET quantity_milli = quantity_milli + excluded.quantity_milli",
    )?;
    for (no, milli) in &refund.lines {
        line.execute((folding.id, no, milli))?;
    }
    gift::taken(connection, folding, refund)?;
    if let Some(detail) = detail {
        sale::insert_tenders(connection, folding.id, Half::GivenBack, &detail.tenders)?;
    }
    sums.receipt(folding.stamp.device.as_bytes(), refund.number);
    Ok(())
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
            folding.when.at,
            folding.when.day,
            refund.quantity_milli,
            refund.total_fen.get(),
            refund.points_taken.get(),
            refund.points_restored.get(),
        ])?;
    Ok(())
}
