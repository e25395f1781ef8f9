//! Coupons of a member, by code, and of a batch (C4).

use hefu_core::{
    coupon::Coupon,
    ids::{BatchId, CouponId, MemberId, RuleId},
};
use rusqlite::{OptionalExtension, Row};

use super::{PersonRow, Reading, id_column, maybe_id};
use crate::Error;

/// A batch of coupons that was closed to count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRow {
    pub batch: BatchId,
    pub name: String,
    pub at: i64,
    pub template: Option<(RuleId, u32)>,
    pub issued: u64,
    pub used: u64,
}

/// What is left of a coupon is its account's balance; whether it counts, its batch's closing.
const COUPON: &str = "SELECT id, code, template, version, member, from_at, until_at,
    batch IS NULL OR EXISTS (SELECT 1 FROM batch WHERE batch.id = coupon.batch AND keep),
    (SELECT amount FROM balance WHERE account = x'0f' || coupon.id AND unit = 4)
    FROM coupon";

impl Reading<'_> {
    pub fn coupon(&self, id: CouponId) -> Result<Option<Coupon>, Error> {
        Ok(self
            .connection
            .prepare_cached(&format!("{COUPON} WHERE id = ?1"))?
            .query_row([id.as_bytes().as_slice()], coupon_row)
            .optional()?)
    }

    /// By its code in the one way it is stored.
    pub fn coupon_by_code(&self, code: &str) -> Result<Option<Coupon>, Error> {
        Ok(self
            .connection
            .prepare_cached(&format!("{COUPON} WHERE code = ?1 ORDER BY id LIMIT 1"))?
            .query_row([code], coupon_row)
            .optional()?)
    }

    /// A person's coupons that are not used and do not end before `at`, those that end first first.
    pub fn coupons_of_person(&self, person: &PersonRow, at: i64, most: usize) -> Result<Vec<Coupon>, Error> {
        let mut found = Vec::new();
        for id in person.ids() {
            let mut statement = self.connection.prepare_cached(&format!("{COUPON} WHERE member = ?1 AND until_at > ?2 ORDER BY until_at"))?;
            let rows = statement.query_map((id.as_bytes().as_slice(), at), coupon_row)?;
            for coupon in rows {
                let coupon = coupon?;
                if coupon.counts && coupon.left > 0 {
                    found.push(coupon);
                }
            }
        }
        found.sort_by_key(|coupon| (coupon.until, coupon.coupon));
        found.truncate(most);
        Ok(found)
    }

    /// How many of a template a person was ever given.
    pub fn coupons_given(&self, person: &PersonRow, template: RuleId) -> Result<u64, Error> {
        let mut given = 0;
        for id in person.ids() {
            given += self
                .connection
                .prepare_cached("SELECT count(*) FROM coupon WHERE member = ?1 AND template = ?2")?
                .query_row((id.as_bytes().as_slice(), template.as_bytes().as_slice()), |row| row.get::<_, i64>(0))?
                .unsigned_abs();
        }
        Ok(given)
    }

    /// Whether anything of a batch is here, closed or not.
    pub fn batch_begun(&self, batch: BatchId) -> Result<bool, Error> {
        Ok(self
            .connection
            .prepare_cached("SELECT 1 FROM coupon WHERE batch = ?1 LIMIT 1")?
            .exists([batch.as_bytes().as_slice()])?)
    }

    /// Coupons of one batch, in the order of their making.
    pub fn coupons_of_batch(&self, batch: BatchId) -> Result<Vec<Coupon>, Error> {
        let mut statement = self.connection.prepare_cached(&format!("{COUPON} WHERE batch = ?1 ORDER BY id"))?;
        let rows = statement.query_map([batch.as_bytes().as_slice()], coupon_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Batches that count, newest first.
    pub fn batches(&self, most: usize) -> Result<Vec<BatchRow>, Error> {
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let mut statement = self.connection.prepare_cached(
            "SELECT id, name, at, (SELECT template FROM coupon WHERE batch = batch.id LIMIT 1),
                    (SELECT version FROM coupon WHERE batch = batch.id LIMIT 1),
                    (SELECT count(*) FROM coupon WHERE batch = batch.id),
                    (SELECT count(*) FROM coupon JOIN balance ON account = x'0f' || coupon.id AND unit = 4
                     WHERE batch = batch.id AND amount <= 0)
             FROM batch WHERE keep ORDER BY at DESC, id LIMIT ?1",
        )?;
        let rows = statement.query_map([limit], |row| {
            let template: Option<[u8; 16]> = maybe_id(row, 3)?;
            let version: Option<u32> = row.get(4)?;
            Ok(BatchRow {
                batch: BatchId::from_bytes(id_column(row, 0)?),
                name: row.get(1)?,
                at: row.get(2)?,
                template: template.map(RuleId::from_bytes).zip(version),
                issued: row.get::<_, i64>(5)?.unsigned_abs(),
                used: row.get::<_, i64>(6)?.unsigned_abs(),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The batch of an id that was closed; `Some(false)` when it was given up.
    pub fn batch_closed(&self, batch: BatchId) -> Result<Option<bool>, Error> {
        Ok(self
            .connection
            .prepare_cached("SELECT keep FROM batch WHERE id = ?1")?
            .query_row([batch.as_bytes().as_slice()], |row| row.get(0))
            .optional()?)
    }
}

fn coupon_row(row: &Row<'_>) -> rusqlite::Result<Coupon> {
    Ok(Coupon {
        coupon: CouponId::from_bytes(id_column(row, 0)?),
        code: row.get(1)?,
        template: RuleId::from_bytes(id_column(row, 2)?),
        version: row.get(3)?,
        member: maybe_id(row, 4)?.map(MemberId::from_bytes),
        from: row.get(5)?,
        until: row.get(6)?,
        counts: row.get(7)?,
        left: row.get::<_, Option<i64>>(8)?.unwrap_or(0),
    })
}
