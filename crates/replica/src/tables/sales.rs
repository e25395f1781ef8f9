//! Sales: one, those of a store's day, those of a person.

use hefu_core::{
    ids::{DeviceId, MemberId, ProductId, SaleId, StaffId, StoreId},
    money::{Fen, Points},
    op::{SaleLine, Tender},
    tax::TaxAtRate,
};
use rusqlite::{OptionalExtension, Row, types::Value};

use super::{PersonRow, Reading, fen, id_column, maybe_id, points};
use crate::{Error, fold::Half};

/// A sale's head, as any store holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleRow {
    /// The row of its operation in this file.
    pub op: i64,
    pub id: SaleId,
    pub receipt_no: String,
    pub store: Option<StoreId>,
    pub device: DeviceId,
    pub till_no: u32,
    pub cashier: Option<StaffId>,
    pub member: Option<MemberId>,
    pub at: i64,
    pub day: String,
    pub line_count: i64,
    pub quantity_milli: i64,
    pub goods_fen: Fen,
    pub off_fen: Fen,
    pub total_fen: Fen,
    pub points: Points,
    pub rounding_fen: Fen,
    pub tax_fen: Fen,
    /// Whether the chain's log has it.
    pub sequenced: bool,
}

/// Where a list goes on: strictly before this moment and row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    pub at: i64,
    pub op: i64,
}

const SALE: &str = "SELECT sale.op, sale, receipt_no, store, device, till_no, cashier, member, at, day, line_count, quantity_milli,
    goods_fen, off_fen, total_fen, points, rounding_fen, tax_fen, op.gseq IS NOT NULL OR op.seq <= (SELECT coalesce(max(value), 0) FROM meta WHERE name = 'held')
    FROM sale JOIN op ON op.id = sale.op";

impl Reading<'_> {
    pub fn sale(&self, id: SaleId) -> Result<Option<SaleRow>, Error> {
        let found = self
            .connection
            .prepare_cached(&format!("{SALE} WHERE sale = ?1 ORDER BY sale.op LIMIT 1"))?
            .query_row([id.as_bytes().as_slice()], |row| Ok(sale_row(row)))
            .optional()?;
        found.transpose()
    }

    /// The lines of a sale, with what was said about them where that opens; `None` where only its head is here.
    pub fn sale_lines(&self, sale: &SaleRow) -> Result<Option<Vec<SaleLine>>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT no, product, name, barcode, unit, list_price_fen, quantity_milli, amount_fen, off,
                    category, brand, added_tax_fen
             FROM sale_line WHERE op = ?1 ORDER BY no",
        )?;
        let mut rows = statement.query([sale.op])?;
        let mut lines = Vec::new();
        while let Some(row) = rows.next()? {
            let off: Option<String> = row.get(8)?;
            lines.push(SaleLine {
                no: row.get(0)?,
                product: ProductId::from_bytes(id_column(row, 1)?),
                name: row.get(2)?,
                barcode: row.get(3)?,
                unit: row.get(4)?,
                list_price_fen: fen(row.get(5)?)?,
                quantity_milli: row.get(6)?,
                amount_fen: fen(row.get(7)?)?,
                category: row.get(9)?,
                brand: row.get(10)?,
                added_tax_fen: fen(row.get(11)?)?,
                off: off.map(|off| serde_json::from_str(&off)).transpose().map_err(|_| Error::Stored("reasons"))?.unwrap_or_default(),
            });
        }
        if lines.iter().flat_map(|line| &line.off).any(|off| off.said.is_some()) {
            let said = self.said(sale.op)?;
            lines.iter_mut().flat_map(|line| &mut line.off).for_each(|off| off.unseal(&said));
        }
        Ok((!lines.is_empty()).then_some(lines))
    }

    /// By what it was paid; none where only its head is here.
    pub fn sale_tenders(&self, sale: &SaleRow) -> Result<Vec<Tender>, Error> {
        self.tenders_of(sale.op, Half::Taken)
    }

    pub(super) fn tenders_of(&self, op: i64, half: Half) -> Result<Vec<Tender>, Error> {
        let mut statement = self.connection.prepare_cached("SELECT body FROM tender WHERE op = ?1 AND half = ?2 ORDER BY n")?;
        let mut rows = statement.query((op, half as i64))?;
        let mut tenders = Vec::new();
        while let Some(row) = rows.next()? {
            let body = row.get_ref(0)?.as_str().map_err(|_| Error::Stored("tender"))?;
            tenders.push(serde_json::from_str(body).map_err(|_| Error::Stored("tender"))?);
        }
        Ok(tenders)
    }

    /// Tax by rate, lowest first.
    pub fn sale_taxes(&self, sale: &SaleRow) -> Result<Vec<TaxAtRate>, Error> {
        let mut statement =
            self.connection.prepare_cached("SELECT rate_bp, net_fen, tax_fen FROM sale_tax WHERE op = ?1 ORDER BY rate_bp")?;
        let mut rows = statement.query([sale.op])?;
        let mut taxes = Vec::new();
        while let Some(row) = rows.next()? {
            taxes.push(TaxAtRate { rate_bp: row.get(0)?, net_fen: fen(row.get(1)?)?, tax_fen: fen(row.get(2)?)? });
        }
        Ok(taxes)
    }

    /// By receipt number. Two sales can bear one where a till's file was restored: newest first.
    pub fn sales_by_receipt(&self, receipt_no: &str, most: usize) -> Result<Vec<SaleRow>, Error> {
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let mut statement =
            self.connection.prepare_cached(&format!("{SALE} WHERE receipt_no = ?1 ORDER BY at DESC, sale.op DESC LIMIT ?2"))?;
        collect(&mut statement.query((receipt_no, limit))?)
    }

    /// The latest sales of all stores that are held with their lines, newest first; `before` is a row of an earlier answer.
    pub fn latest_sales(&self, before: Option<i64>, most: usize) -> Result<Vec<SaleRow>, Error> {
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let mut statement = self.connection.prepare_cached(&format!(
            "{SALE} WHERE sale.op IN (SELECT DISTINCT op FROM sale_line WHERE op < ?1 ORDER BY op DESC LIMIT ?2) ORDER BY sale.op DESC"
        ))?;
        collect(&mut statement.query((before.unwrap_or(i64::MAX), limit))?)
    }

    /// The first goods of a sale by name; `None` where only its head is here.
    pub fn sale_goods(&self, sale: &SaleRow, most: u32) -> Result<Option<Vec<String>>, Error> {
        let mut statement = self.connection.prepare_cached("SELECT name FROM sale_line WHERE op = ?1 ORDER BY no LIMIT ?2")?;
        let names: Vec<String> = statement.query_map((sale.op, most), |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok((!names.is_empty()).then_some(names))
    }

    /// Sales of a store and day, newest first.
    pub fn sales_of_day(&self, store: StoreId, day: &str, before: Option<Before>, most: usize) -> Result<Vec<SaleRow>, Error> {
        let before = before.unwrap_or(Before { at: i64::MAX, op: i64::MAX });
        let mut statement = self.connection.prepare_cached(&format!(
            "{SALE} WHERE store = ?1 AND day = ?2 AND (at, sale.op) < (?3, ?4) ORDER BY at DESC, sale.op DESC LIMIT ?5"
        ))?;
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        collect(&mut statement.query((store.as_bytes().as_slice(), day, before.at, before.op, limit))?)
    }

    /// A person's purchases in every store, newest first.
    pub fn sales_of_person(&self, person: &PersonRow, before: Option<Before>, most: usize) -> Result<Vec<SaleRow>, Error> {
        let before = before.unwrap_or(Before { at: i64::MAX, op: i64::MAX });
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let mut sales = Vec::new();
        for id in person.ids() {
            let mut statement = self.connection.prepare_cached(&format!(
                "{SALE} WHERE member = ?1 AND (at, sale.op) < (?2, ?3) ORDER BY at DESC, sale.op DESC LIMIT ?4"
            ))?;
            let values = [Value::from(id.as_bytes().to_vec()), before.at.into(), before.op.into(), limit.into()];
            sales.extend(collect(&mut statement.query(rusqlite::params_from_iter(values))?)?);
        }
        sales.sort_by_key(|sale| std::cmp::Reverse((sale.at, sale.op)));
        sales.truncate(most);
        Ok(sales)
    }
}

fn collect(rows: &mut rusqlite::Rows<'_>) -> Result<Vec<SaleRow>, Error> {
    let mut sales = Vec::new();
    while let Some(row) = rows.next()? {
        sales.push(sale_row(row)?);
    }
    Ok(sales)
}

fn sale_row(row: &Row<'_>) -> Result<SaleRow, Error> {
    Ok(SaleRow {
        op: row.get(0)?,
        id: SaleId::from_bytes(id_column(row, 1)?),
        receipt_no: row.get(2)?,
        store: maybe_id(row, 3)?.map(StoreId::from_bytes),
        device: DeviceId::from_bytes(id_column(row, 4)?),
        till_no: row.get(5)?,
        cashier: maybe_id(row, 6)?.map(StaffId::from_bytes),
        member: maybe_id(row, 7)?.map(MemberId::from_bytes),
        at: row.get(8)?,
        day: row.get(9)?,
        line_count: row.get(10)?,
        quantity_milli: row.get(11)?,
        goods_fen: fen(row.get(12)?)?,
        off_fen: fen(row.get(13)?)?,
        total_fen: fen(row.get(14)?)?,
        points: points(row.get(15)?)?,
        rounding_fen: fen(row.get(16)?)?,
        tax_fen: fen(row.get(17)?)?,
        sequenced: row.get(18)?,
    })
}
