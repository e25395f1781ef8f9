//! Refunds: one, those of a sale, and what of a sale has come back in all (A4).

use hefu_core::{
    ids::{DeviceId, MemberId, RefundId, SaleId, StaffId, StoreId},
    money::{Fen, Points},
    op::{Body, ExchangeDetail, PricedBy, Refund, RefundDetail, Sale, SaleDetail, Tender},
    refund::{Refunded, RefundedLine, Returned},
};
use rusqlite::{OptionalExtension, Row};

use super::{Reading, SaleRow, fen, id_column, maybe_id, points};
use crate::{Error, fold::Half};

/// A refund's head, as any store holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundRow {
    /// The row of its operation in this file.
    pub op: i64,
    pub id: RefundId,
    pub receipt_no: String,
    pub store: Option<StoreId>,
    pub device: DeviceId,
    pub cashier: Option<StaffId>,
    /// `None` without a receipt.
    pub sale: Option<SaleId>,
    pub member: Option<MemberId>,
    pub at: i64,
    pub day: String,
    pub total_fen: Fen,
    pub points_taken: Points,
    pub points_restored: Points,
    /// Whether the chain's log has it.
    pub sequenced: bool,
}

const REFUND: &str = "SELECT refund.op, refund, receipt_no, store, device, cashier, sale, member, at, day, total_fen, points_taken,
    points_restored,
    op.gseq IS NOT NULL OR op.seq <= (SELECT coalesce(max(value), 0) FROM meta WHERE name = 'held')
    FROM refund JOIN op ON op.id = refund.op";

impl Reading<'_> {
    pub fn refund(&self, id: RefundId) -> Result<Option<RefundRow>, Error> {
        let found = self
            .connection
            .prepare_cached(&format!("{REFUND} WHERE refund = ?1 ORDER BY refund.op LIMIT 1"))?
            .query_row([id.as_bytes().as_slice()], |row| Ok(refund_row(row)))
            .optional()?;
        found.transpose()
    }

    /// Oldest first.
    pub fn refunds_of_sale(&self, sale: SaleId) -> Result<Vec<RefundRow>, Error> {
        let mut statement = self.connection.prepare_cached(&format!("{REFUND} WHERE sale = ?1 ORDER BY at, refund.op"))?;
        collect(&mut statement.query([sale.as_bytes().as_slice()])?)
    }

    /// By the number on the refund's own receipt, newest first.
    pub fn refunds_by_receipt(&self, receipt_no: &str, most: usize) -> Result<Vec<RefundRow>, Error> {
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let mut statement =
            self.connection.prepare_cached(&format!("{REFUND} WHERE receipt_no = ?1 ORDER BY at DESC, refund.op DESC LIMIT ?2"))?;
        collect(&mut statement.query((receipt_no, limit))?)
    }

    /// The half of an exchange that gave goods back, where this sale is the other half.
    pub fn exchanged_with(&self, sale: &SaleRow) -> Result<Option<RefundRow>, Error> {
        let found = self
            .connection
            .prepare_cached(&format!("{REFUND} WHERE refund.op = ?1"))?
            .query_row([sale.op], |row| Ok(refund_row(row)))
            .optional()?;
        found.transpose()
    }

    /// What of a sale has come back in all refunds of it that this replica knows, wherever they were.
    pub fn returned(&self, sale: SaleId) -> Result<Returned, Error> {
        let mut returned = Returned::default();
        for row in self.refunds_of_sale(sale)? {
            if let Some(refund) = self.refund_head(row.op)? {
                returned.add(&as_refunded(&refund))?;
            }
        }
        Ok(returned)
    }

    fn refund_head(&self, op: i64) -> Result<Option<Refund>, Error> {
        Ok(match self.operation::<serde::de::IgnoredAny>(op)?.0 {
            Body::Refund(refund) => Some(refund),
            Body::Exchange(exchange) => Some(exchange.refund),
            _ => None,
        })
    }

    /// The head and the detail of a refund; the detail is `None` where only its head is here.
    pub fn refund_whole(&self, refund: &RefundRow) -> Result<(Refund, Option<RefundDetail>), Error> {
        match self.operation::<RefundDetail>(refund.op)? {
            (Body::Refund(refund), detail) => Ok((refund, detail)),
            (Body::Exchange(exchange), _) => {
                let detail = self.operation::<ExchangeDetail>(refund.op)?.1;
                Ok((exchange.refund, detail.map(|detail| detail.refund)))
            }
            _ => Err(Error::Stored("refund")),
        }
    }

    /// By what a refund was paid out; none where only its head is here.
    pub fn refund_tenders(&self, refund: &RefundRow) -> Result<Vec<Tender>, Error> {
        self.tenders_of(refund.op, Half::GivenBack)
    }

    /// The head of a sale as it was written: the rules, promotions and coupons it used.
    pub fn sale_head(&self, sale: &SaleRow) -> Result<Sale, Error> {
        match self.operation::<serde::de::IgnoredAny>(sale.op)?.0 {
            Body::Sale(sale) => Ok(sale),
            Body::Exchange(exchange) => Ok(exchange.sale),
            _ => Err(Error::Stored("sale")),
        }
    }

    /// What a sale was priced by beside the rules its head names; `None` where only its head is here, or it did not say.
    pub fn sale_priced_by(&self, sale: &SaleRow) -> Result<Option<PricedBy>, Error> {
        Ok(match self.operation::<SaleDetail>(sale.op)? {
            (Body::Exchange(_), _) => self.operation::<ExchangeDetail>(sale.op)?.1.and_then(|detail| detail.sale.priced_by),
            (_, detail) => detail.and_then(|detail| detail.priced_by),
        })
    }

    /// What of a sale may still be refunded, by its account. Below zero where two tills refunded it and did not know of each other.
    pub fn refundable(&self, sale: SaleId) -> Result<Fen, Error> {
        fen(self.balance(&hefu_core::posting::Account::Refundable(sale), hefu_core::posting::Unit::Fen)?)
    }
}

fn as_refunded(refund: &Refund) -> Refunded {
    Refunded {
        lines: refund
            .lines
            .iter()
            .map(|(no, quantity_milli)| RefundedLine { no: *no, quantity_milli: *quantity_milli, amount_fen: Fen::ZERO })
            .collect(),
        total_fen: refund.total_fen,
        parts: refund.parts.clone(),
        taxes: refund.taxes.clone(),
        points_taken: refund.points_taken,
        points_restored: refund.points_restored,
        coupons: refund.coupons.clone(),
    }
}

fn collect(rows: &mut rusqlite::Rows<'_>) -> Result<Vec<RefundRow>, Error> {
    let mut refunds = Vec::new();
    while let Some(row) = rows.next()? {
        refunds.push(refund_row(row)?);
    }
    Ok(refunds)
}

fn refund_row(row: &Row<'_>) -> Result<RefundRow, Error> {
    Ok(RefundRow {
        op: row.get(0)?,
        id: RefundId::from_bytes(id_column(row, 1)?),
        receipt_no: row.get(2)?,
        store: maybe_id(row, 3)?.map(StoreId::from_bytes),
        device: DeviceId::from_bytes(id_column(row, 4)?),
        cashier: maybe_id(row, 5)?.map(StaffId::from_bytes),
        sale: maybe_id(row, 6)?.map(SaleId::from_bytes),
        member: maybe_id(row, 7)?.map(MemberId::from_bytes),
        at: row.get(8)?,
        day: row.get(9)?,
        total_fen: fen(row.get(10)?)?,
        points_taken: points(row.get(11)?)?,
        points_restored: points(row.get(12)?)?,
        sequenced: row.get(13)?,
    })
}
