//! A sale into its tables: the sale, its lines and tenders, the legs of its postings and every sum it adds to.

use hefu_core::{
    op::{Sale, SaleDetail, Tender},
    posting::{Posting, Unit},
};
use rusqlite::Connection;

use super::Folding;
use crate::Error;

/// The most that a sale or a part of one may come to, in fen, points or thousandths of a unit: ten thousand million yuan. A
/// sum of nine thousand of the greatest is still exact.
const MOST: i64 = 1_000_000_000_000;
/// The greatest running number of a receipt.
pub(crate) const NUMBER_MOST: u64 = (1 << 40) - 1;

/// Whether the head says what a sale can be.
pub(super) fn fits(sale: &Sale) -> bool {
    let amounts = [sale.quantity_milli, sale.goods_fen.get(), sale.off_fen.get(), sale.total_fen.get(), sale.points.get()];
    let legs = sale.postings.iter().flat_map(Posting::legs).map(|(_, amount)| amount.abs());
    sale.number <= NUMBER_MOST && amounts.into_iter().chain(legs).all(in_bounds)
}

fn detail_fits(detail: &SaleDetail) -> bool {
    let lines = detail.lines.iter().flat_map(|line| {
        let off = line.off.iter().map(|off| off.off_fen.get());
        [line.list_price_fen.get(), line.quantity_milli, line.amount_fen.get()].into_iter().chain(off)
    });
    let tenders = detail.tenders.iter().flat_map(|Tender::Cash { given_fen, change_fen }| [given_fen.get(), change_fen.get()]);
    lines.chain(tenders).all(in_bounds)
}

fn in_bounds(amount: i64) -> bool {
    (0..=MOST).contains(&amount)
}

pub(super) fn fold(connection: &Connection, folding: &Folding<'_>, sale: &Sale) -> Result<(), Error> {
    insert_sale(connection, folding, sale)?;
    // A detail that does not read here, such as one with a newer kind of tender, or that says what cannot be, is as if it were
    // elsewhere: the money is in the head.
    let detail = folding.op.detail.bytes().and_then(|bytes| serde_json::from_slice::<SaleDetail>(bytes).ok());
    if let Some(detail) = detail.filter(detail_fits) {
        insert_detail(connection, folding.id, &detail)?;
    }
    insert_postings(connection, folding.id, &sale.postings)?;
    add_up(connection, folding, sale)
}

fn insert_sale(connection: &Connection, folding: &Folding<'_>, sale: &Sale) -> Result<(), Error> {
    let stamp = folding.stamp;
    connection
        .prepare_cached(
            "INSERT INTO sale (op, sale, receipt_no, number, store, device, till_no, cashier, member, at, day, line_count,
                               quantity_milli, goods_fen, off_fen, total_fen, points, tier)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
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
            stamp.corrected_at(),
            stamp.day,
            sale.line_count,
            sale.quantity_milli,
            sale.goods_fen.get(),
            sale.off_fen.get(),
            sale.total_fen.get(),
            sale.points.get(),
            sale.tier,
        ])?;
    Ok(())
}

fn insert_detail(connection: &Connection, op: i64, detail: &SaleDetail) -> Result<(), Error> {
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO sale_line (op, no, product, name, barcode, unit, list_price_fen, quantity_milli, amount_fen, off)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
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
        ))?;
    }
    let mut insert = connection.prepare_cached("INSERT INTO tender (op, n, kind, given_fen, change_fen) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (n, tender) in (0i64..).zip(&detail.tenders) {
        match tender {
            Tender::Cash { given_fen, change_fen } => insert.execute((op, n, "cash", given_fen.get(), change_fen.get()))?,
        };
    }
    Ok(())
}

pub(super) const fn unit_column(unit: Unit) -> i64 {
    match unit {
        Unit::Fen => 1,
        Unit::Points => 2,
    }
}

fn insert_postings(connection: &Connection, op: i64, postings: &[Posting]) -> Result<(), Error> {
    let mut insert = connection.prepare_cached("INSERT INTO posting (op, n, account, unit, amount) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let mut add = connection.prepare_cached(
        "INSERT INTO balance (account, unit, amount) VALUES (?1, ?2, ?3)
         ON CONFLICT (account, unit) DO UPDATE SET amount = amount + excluded.amount",
    )?;
    let legs = postings.iter().flat_map(|posting| posting.legs().map(|(account, amount)| (account, posting.unit, amount)));
    for (n, (account, unit, amount)) in (0i64..).zip(legs) {
        let key = account.key();
        insert.execute((op, n, key.as_slice(), unit_column(unit), amount))?;
        add.execute((key.as_slice(), unit_column(unit), amount))?;
    }
    Ok(())
}

/// The sums that screens read instead of adding up: by store and day, by member, and the till's running number.
fn add_up(connection: &Connection, folding: &Folding<'_>, sale: &Sale) -> Result<(), Error> {
    let stamp = folding.stamp;
    if let Some(store) = &stamp.store {
        connection
            .prepare_cached(
                "INSERT INTO store_day (store, day, sales, amount_fen, member_sales) VALUES (?1, ?2, 1, ?3, ?4)
                 ON CONFLICT (store, day) DO UPDATE SET sales = sales + 1, amount_fen = amount_fen + excluded.amount_fen,
                    member_sales = member_sales + excluded.member_sales",
            )?
            .execute((store.as_bytes().as_slice(), &stamp.day, sale.total_fen.get(), i64::from(sale.member.is_some())))?;
    }
    if let Some(member) = &sale.member {
        connection
            .prepare_cached(
                "INSERT INTO member_stat (member, visits, spend_fen, last_at) VALUES (?1, 1, ?2, ?3)
                 ON CONFLICT (member) DO UPDATE SET visits = visits + 1, spend_fen = spend_fen + excluded.spend_fen,
                    last_at = max(last_at, excluded.last_at)",
            )?
            .execute((member.as_bytes().as_slice(), sale.total_fen.get(), stamp.corrected_at()))?;
    }
    connection
        .prepare_cached(
            "INSERT INTO receipt (device, number) VALUES (?1, ?2)
             ON CONFLICT (device) DO UPDATE SET number = max(number, excluded.number)",
        )?
        .execute((stamp.device.as_bytes().as_slice(), sale.number.cast_signed()))?;
    Ok(())
}
