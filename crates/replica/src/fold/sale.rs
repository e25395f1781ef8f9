//! A sale into its tables: the sale, its lines and tenders, and every sum it adds to but its postings and figures.

use hefu_core::{
    ids::ProductId,
    op::{Body, CreditFrom, ExchangeDetail, Sale, SaleDetail, Tender, in_bounds},
};
use rusqlite::Connection;
use serde::de::DeserializeOwned;

use super::{Folding, Sums, gift, posting, refund};
use crate::Error;

pub(super) fn detail_fits(detail: &SaleDetail) -> bool {
    let lines = detail.lines.iter().flat_map(|line| {
        let off = line.off.iter().map(|off| off.off_fen.get().abs());
        [line.list_price_fen.get(), line.quantity_milli, line.amount_fen.get(), line.added_tax_fen.get()].into_iter().chain(off)
    });
    let taxes = detail.taxes.iter().flat_map(|tax| [tax.net_fen.get(), tax.tax_fen.get()]);
    lines.chain(taxes).all(in_bounds) && detail.tenders.iter().all(tender_fits)
}

pub(super) fn tender_fits(tender: &Tender) -> bool {
    match tender {
        Tender::Cash { given_fen, change_fen } => in_bounds(given_fen.get()) && in_bounds(change_fen.get()),
        Tender::Card { principal_fen, bonus_fen, settled_fen, .. } => {
            [principal_fen, bonus_fen, settled_fen].into_iter().all(|amount| in_bounds(amount.get()))
        }
        Tender::Points { points, amount_fen } => in_bounds(points.get()) && in_bounds(amount_fen.get()),
        Tender::Named { amount_fen, .. } => in_bounds(amount_fen.get()),
        Tender::Credit { amount_fen, from } => in_bounds(amount_fen.get()) && from.iter().all(credit_fits),
    }
}

fn credit_fits(from: &CreditFrom) -> bool {
    match from {
        CreditFrom::Cash { amount_fen } | CreditFrom::Named { amount_fen, .. } => in_bounds(amount_fen.get()),
    }
}

pub(super) fn fold(connection: &Connection, sums: &mut Sums, folding: &Folding<'_>, sale: &Sale) -> Result<(), Error> {
    // A detail that does not read here, such as one with a newer kind of tender, or that says what cannot be, is as if it were
    // elsewhere: the money is in the head.
    let detail = folding.op.detail.bytes().and_then(|bytes| serde_json::from_slice::<SaleDetail>(bytes).ok()).filter(detail_fits);
    half(connection, sums, folding, sale, detail.as_ref())?;
    posting::goods(connection, sums, folding, detail.iter().flat_map(|detail| posting::out_of_store(&detail.lines)))
}

/// The goods that an operation moves, into its store, as far as its detail says.
pub(super) fn goods_of(body: &Body, detail: &[u8]) -> Vec<(ProductId, i64)> {
    match body {
        Body::Sale(_) => read(detail).filter(detail_fits).iter().flat_map(|detail| posting::out_of_store(&detail.lines)).collect(),
        Body::Refund(_) => read(detail).filter(refund::detail_fits).iter().flat_map(|detail| posting::into_store(&detail.lines)).collect(),
        Body::Exchange(_) => {
            let Some(ExchangeDetail { refund, sale }) = read(detail) else { return Vec::new() };
            let (back, sold) = (Some(refund).filter(refund::detail_fits), Some(sale).filter(detail_fits));
            let back = back.iter().flat_map(|detail| posting::into_store(&detail.lines));
            back.chain(sold.iter().flat_map(|detail| posting::out_of_store(&detail.lines))).collect()
        }
        _ => Vec::new(),
    }
}

fn read<T: DeserializeOwned>(detail: &[u8]) -> Option<T> {
    serde_json::from_slice(detail).ok()
}

/// The detail of an exchange, as far as it reads.
pub(super) fn exchange_detail(folding: &Folding<'_>) -> Option<ExchangeDetail> {
    folding.op.detail.bytes().and_then(|bytes| serde_json::from_slice(bytes).ok())
}

/// A sale, alone or as half of an exchange; the goods are moved by whoever has the whole operation.
pub(super) fn half(
    connection: &Connection,
    sums: &mut Sums,
    folding: &Folding<'_>,
    sale: &Sale,
    detail: Option<&SaleDetail>,
) -> Result<(), Error> {
    insert_sale(connection, folding, sale)?;
    if let Some(detail) = detail {
        insert_detail(connection, folding.id, detail)?;
    }
    add_up(connection, sums, folding, sale)
}

fn insert_sale(connection: &Connection, folding: &Folding<'_>, sale: &Sale) -> Result<(), Error> {
    let stamp = folding.stamp;
    connection
        .prepare_cached(
            "INSERT INTO sale (op, sale, receipt_no, number, store, device, till_no, cashier, member, at, day, line_count,
                               quantity_milli, goods_fen, off_fen, total_fen, points, tier, rounding_fen, tax_fen)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
        )?
        .execute(rusqlite::params![
            folding.id,
            sale.sale.as_bytes().as_slice(),
            sale.receipt_no,
            sale.number.cast_signed(),
            stamp.store.as_ref().map(|id| id.as_bytes().as_slice()),
            stamp.device.as_bytes().as_slice(),
            sale.till_no,
            stamp.who.as_ref().map(|id| id.as_bytes().as_slice()),
            sale.member.as_ref().map(|id| id.as_bytes().as_slice()),
            folding.when.at,
            folding.when.day,
            sale.line_count,
            sale.quantity_milli,
            sale.goods_fen.get(),
            sale.off_fen.get(),
            sale.total_fen.get(),
            sale.points.get(),
            sale.tier,
            sale.rounding_fen.get(),
            sale.tax_fen.get(),
        ])?;
    Ok(())
}

fn insert_detail(connection: &Connection, op: i64, detail: &SaleDetail) -> Result<(), Error> {
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO sale_line (op, no, product, name, barcode, unit, list_price_fen, quantity_milli, amount_fen, off,
                                          category, brand, added_tax_fen)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    for line in &detail.lines {
        let off = if line.off.is_empty() { None } else { serde_json::to_string(&line.off).ok() };
        insert.execute((
            op,
            line.no,
            line.product.as_bytes().as_slice(),
            &line.name,
            &line.barcode,
            &line.unit,
            line.list_price_fen.get(),
            line.quantity_milli,
            line.amount_fen.get(),
            off,
            &line.category,
            &line.brand,
            line.added_tax_fen.get(),
        ))?;
    }
    insert_tenders(connection, op, Half::Taken, &detail.tenders)?;
    let mut insert = connection.prepare_cached("INSERT OR IGNORE INTO sale_tax (op, rate_bp, net_fen, tax_fen) VALUES (?1, ?2, ?3, ?4)")?;
    for tax in &detail.taxes {
        insert.execute((op, tax.rate_bp, tax.net_fen.get(), tax.tax_fen.get()))?;
    }
    Ok(())
}

/// Which way the money of an operation went.
#[derive(Clone, Copy)]
pub(crate) enum Half {
    Taken = 0,
    GivenBack = 1,
}

pub(super) fn insert_tenders(connection: &Connection, op: i64, half: Half, tenders: &[Tender]) -> Result<(), Error> {
    let mut insert = connection.prepare_cached("INSERT INTO tender (op, half, n, body) VALUES (?1, ?2, ?3, ?4)")?;
    for (n, tender) in (0i64..).zip(tenders) {
        let body = serde_json::to_string(tender).map_err(|_| Error::Stored("tender"))?;
        insert.execute((op, half as i64, n, body))?;
    }
    Ok(())
}

/// The coupons that hang on it, and the receipt's number. What hangs on the day is in `figures`, what on its refunds in `visit` and `uses`.
fn add_up(connection: &Connection, sums: &mut Sums, folding: &Folding<'_>, sale: &Sale) -> Result<(), Error> {
    gift::given(connection, folding, sale)?;
    sums.receipt(folding.stamp.device.as_bytes(), sale.number);
    Ok(())
}
