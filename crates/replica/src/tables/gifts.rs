//! Coupons given with a purchase (C4): which hang on a sale, and on which goods.

use std::collections::BTreeMap;

use hefu_core::{
    ids::{CouponId, RuleId, SaleId},
    op::{GiftTaken, RuleUsed},
};

use super::{Reading, id_column};
use crate::Error;

/// A coupon that was given with a purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GiftRow {
    pub coupon: CouponId,
    pub given_by: SaleId,
    pub kind: RuleUsed,
    /// The lines that count, by sale.
    pub goods: BTreeMap<SaleId, Vec<u32>>,
}

impl GiftRow {
    /// As a refund says that it takes it back.
    pub const fn taken(&self) -> GiftTaken {
        GiftTaken { sale: self.given_by, kind: self.kind.rule }
    }
}

impl Reading<'_> {
    /// Those that hang on a sale and were not taken back, used or not.
    pub fn gifts_of_sale(&self, sale: SaleId) -> Result<Vec<GiftRow>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT DISTINCT coupon FROM sale_gift
             WHERE sale = ?1 AND NOT EXISTS (SELECT 1 FROM gift_taken WHERE gift_taken.coupon = sale_gift.coupon) ORDER BY coupon",
        )?;
        let ids = statement.query_map([sale.as_bytes().as_slice()], |row| Ok(CouponId::from_bytes(id_column(row, 0)?)))?;
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        ids.into_iter().filter_map(|coupon| self.gift(coupon).transpose()).collect()
    }

    /// `None` for a coupon that no purchase gave, as far as is known here.
    pub fn gift(&self, coupon: CouponId) -> Result<Option<GiftRow>, Error> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT sale, lines, given_by, rule, version FROM sale_gift WHERE coupon = ?1 ORDER BY sale, lines")?;
        let mut rows = statement.query([coupon.as_bytes().as_slice()])?;
        let mut found: Option<GiftRow> = None;
        while let Some(row) = rows.next()? {
            let sale = SaleId::from_bytes(id_column(row, 0)?);
            let lines: Vec<u32> =
                serde_json::from_str(row.get_ref(1)?.as_str().unwrap_or_default()).map_err(|_| Error::Stored("sale_gift"))?;
            let kind = RuleUsed { rule: RuleId::from_bytes(id_column(row, 3)?), version: row.get(4)? };
            let given_by = SaleId::from_bytes(id_column(row, 2)?);
            let gift = found.get_or_insert_with(|| GiftRow { coupon, given_by, kind, goods: BTreeMap::new() });
            gift.goods.entry(sale).or_insert(lines);
        }
        Ok(found)
    }

    /// Whether any refund took it back.
    pub fn is_gift_taken(&self, coupon: CouponId) -> Result<bool, Error> {
        let mut statement = self.connection.prepare_cached("SELECT 1 FROM gift_taken WHERE coupon = ?1 LIMIT 1")?;
        Ok(statement.exists([coupon.as_bytes().as_slice()])?)
    }
}
