//! Coupons of a member, by code, and of a batch (C4).

use hefu_core::{
    coupon::{Coupon, Recall},
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
    /// `None` for a batch in which nobody was given anything.
    pub template: Option<(RuleId, u32)>,
    pub issued: u64,
    pub used: u64,
    /// Its coupons belong to whoever brings the code.
    pub for_bearers: bool,
}

/// What is left of a coupon is its account's balance; whether it counts, its batch's closing. Two blobs joined by `||` are a
/// text to SQLite, and no text equals a blob: hence the cast.
///
/// A level's gift (`gift_batch`, of UUID's version 8) that two tills gave is one: until one of them is used the lesser counts, and
/// then that one alone.
///
/// A coupon that a purchase gave may be taken back by a refund (`Recall`). What its account holds beyond the takings says whether it
/// was used as well, and then the first in the sequence wins; an own act that is not marked yet comes after all that are.
const COUPON: &str = "SELECT id, code, template, version, member, from_at, until_at,
    batch IS NULL OR (
        EXISTS (SELECT 1 FROM batch WHERE batch.id = coupon.batch AND keep)
        AND NOT (
            hex(substr(batch, 7, 1)) LIKE '8%'
            AND (SELECT amount FROM balance WHERE account = CAST(x'0f' || coupon.id AS BLOB) AND unit = 4) > 0
            AND EXISTS (
                SELECT 1 FROM coupon AS other JOIN balance ON account = CAST(x'0f' || other.id AS BLOB) AND unit = 4
                WHERE other.batch = coupon.batch AND other.id <> coupon.id AND (amount <= 0 OR other.id < coupon.id)
            )
        )
    ),
    (SELECT amount FROM balance WHERE account = CAST(x'0f' || coupon.id AS BLOB) AND unit = 4),
    CASE
        WHEN NOT EXISTS (SELECT 1 FROM gift_taken AS taken WHERE taken.coupon = coupon.id) THEN 0
        WHEN (SELECT amount FROM balance WHERE account = CAST(x'0f' || coupon.id AS BLOB) AND unit = 4)
             >= 1 - (SELECT count(*) FROM gift_taken AS taken WHERE taken.coupon = coupon.id) THEN 1
        WHEN (
            SELECT EXISTS (SELECT 1 FROM gift_taken AS taken WHERE taken.coupon = coupon.id AND taken.op = posting.op)
            FROM posting JOIN op ON op.id = posting.op
            WHERE account = CAST(x'0f' || coupon.id AS BLOB) AND unit = 4 AND amount < 0
            ORDER BY gseq IS NULL, gseq, seq LIMIT 1
        ) THEN 3
        ELSE 2
    END
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
            let mut statement =
                self.connection.prepare_cached(&format!("{COUPON} WHERE member = ?1 AND until_at > ?2 ORDER BY until_at"))?;
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

    /// A person's coupons that are used or ended by `at`, those that ended last first.
    pub fn past_coupons_of_person(&self, person: &PersonRow, at: i64, most: usize) -> Result<Vec<Coupon>, Error> {
        let mut found = Vec::new();
        for id in person.ids() {
            let mut statement = self.connection.prepare_cached(&format!("{COUPON} WHERE member = ?1 ORDER BY until_at DESC, id"))?;
            let rows = statement.query_map([id.as_bytes().as_slice()], coupon_row)?;
            let is_past = |coupon: &Coupon| coupon.counts && (coupon.left <= 0 || coupon.until <= at);
            let past = rows.filter(|coupon| coupon.as_ref().map_or(true, is_past)).take(most);
            found.extend(past.collect::<Result<Vec<_>, _>>()?);
        }
        found.sort_by_key(|coupon| (std::cmp::Reverse(coupon.until), coupon.coupon));
        found.truncate(most);
        Ok(found)
    }

    /// How many of a template a person was ever given. Those of a batch in the making count, for they will; those of one that
    /// was given up do not, nor do those that went back with their purchase unused.
    pub fn coupons_given(&self, person: &PersonRow, template: RuleId) -> Result<u64, Error> {
        let mut given = 0;
        for id in person.ids() {
            given += self
                .connection
                .prepare_cached(
                    "SELECT count(*) FROM coupon WHERE member = ?1 AND template = ?2
                     AND NOT EXISTS (SELECT 1 FROM batch WHERE batch.id = coupon.batch AND NOT keep)
                     AND NOT (
                        EXISTS (SELECT 1 FROM gift_taken WHERE gift_taken.coupon = coupon.id)
                        AND (SELECT amount FROM balance WHERE account = CAST(x'0f' || coupon.id AS BLOB) AND unit = 4)
                            >= 1 - (SELECT count(*) FROM gift_taken WHERE gift_taken.coupon = coupon.id)
                     )",
                )?
                .query_row((id.as_bytes().as_slice(), template.as_bytes().as_slice()), |row| row.get::<_, i64>(0))?
                .unsigned_abs();
        }
        Ok(given)
    }

    /// The first coupon of a batch, closed or not: what all of them are.
    pub fn batch_first(&self, batch: BatchId) -> Result<Option<Coupon>, Error> {
        Ok(self
            .connection
            .prepare_cached(&format!("{COUPON} WHERE batch = ?1 ORDER BY n LIMIT 1"))?
            .query_row([batch.as_bytes().as_slice()], coupon_row)
            .optional()?)
    }

    /// How many coupons of a batch are here, closed or not.
    pub fn batch_size(&self, batch: BatchId) -> Result<u64, Error> {
        let size: i64 = self
            .connection
            .prepare_cached("SELECT count(*) FROM coupon WHERE batch = ?1")?
            .query_row([batch.as_bytes().as_slice()], |row| row.get(0))?;
        Ok(size.unsigned_abs())
    }

    /// The highest member that a batch has reached.
    pub fn batch_reached(&self, batch: BatchId) -> Result<Option<MemberId>, Error> {
        let reached = self
            .connection
            .prepare_cached("SELECT max(member) FROM coupon WHERE batch = ?1")?
            .query_row([batch.as_bytes().as_slice()], |row| maybe_id(row, 0))?;
        Ok(reached.map(MemberId::from_bytes))
    }

    /// Whether a person has a coupon of a batch, closed or not.
    pub fn is_in_batch(&self, person: &PersonRow, batch: BatchId) -> Result<bool, Error> {
        let mut statement = self.connection.prepare_cached("SELECT 1 FROM coupon WHERE member = ?1 AND +batch = ?2 LIMIT 1")?;
        for id in person.ids() {
            if statement.exists((id.as_bytes().as_slice(), batch.as_bytes().as_slice()))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Coupons of one batch, in the order of their making.
    pub fn coupons_of_batch(&self, batch: BatchId) -> Result<Vec<Coupon>, Error> {
        let mut statement = self.connection.prepare_cached(&format!("{COUPON} WHERE batch = ?1 ORDER BY id"))?;
        let rows = statement.query_map([batch.as_bytes().as_slice()], coupon_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Batches that count and have a name, newest first. What a person was given by hand is a batch without one.
    pub fn batches(&self, most: usize) -> Result<Vec<BatchRow>, Error> {
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let mut statement = self.connection.prepare_cached(
            "SELECT id, name, at, (SELECT template FROM coupon WHERE batch = batch.id ORDER BY n LIMIT 1),
                    (SELECT version FROM coupon WHERE batch = batch.id ORDER BY n LIMIT 1),
                    (SELECT count(*) FROM coupon WHERE batch = batch.id),
                    (SELECT count(*) FROM coupon JOIN balance ON account = CAST(x'0f' || coupon.id AS BLOB) AND unit = 4
                     WHERE batch = batch.id AND amount <= 0),
                    coalesce((SELECT member IS NULL FROM coupon WHERE batch = batch.id ORDER BY n LIMIT 1), 0)
             FROM batch WHERE keep AND name <> '' ORDER BY at DESC, id LIMIT ?1",
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
                for_bearers: row.get(7)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Batches of which there are coupons and no closing. Looks at every coupon.
    pub fn batches_open(&self) -> Result<Vec<BatchId>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT DISTINCT batch FROM coupon
             WHERE batch IS NOT NULL AND NOT EXISTS (SELECT 1 FROM batch WHERE batch.id = coupon.batch)",
        )?;
        let rows = statement.query_map([], |row| Ok(BatchId::from_bytes(id_column(row, 0)?)))?;
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
        recall: match row.get(9)? {
            1 => Recall::Done,
            2 => Recall::TooLate,
            3 => Recall::UsedAfter,
            _ => Recall::Never,
        },
    })
}
