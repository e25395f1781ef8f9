//! Coupons as they are issued (C4). Whether one is used is its account's balance; whether a batch counts, its closing.

use hefu_core::op::{Body, CouponsIssued};
use rusqlite::Connection;
use uuid::Uuid;

use super::register::Fact;
use crate::Error;

/// Each coupon once: were one id issued twice, the first to arrive would hang on the order, so the lesser row stays.
pub(super) fn issued(connection: &Connection, issued: &CouponsIssued) -> Result<(), Error> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO coupon (id, code, template, version, member, from_at, until_at, batch) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (id) DO UPDATE SET code = excluded.code, template = excluded.template, version = excluded.version,
            member = excluded.member, from_at = excluded.from_at, until_at = excluded.until_at, batch = excluded.batch
         WHERE (excluded.code, excluded.template, excluded.version, coalesce(excluded.member, x''), excluded.from_at, excluded.until_at,
                coalesce(excluded.batch, x''))
             < (coupon.code, coupon.template, coupon.version, coalesce(coupon.member, x''), coupon.from_at, coupon.until_at,
                coalesce(coupon.batch, x''))",
    )?;
    for coupon in &issued.coupons {
        insert.execute((
            coupon.coupon.as_bytes().as_slice(),
            &coupon.code,
            issued.template.rule.as_bytes().as_slice(),
            issued.template.version,
            coupon.member.as_ref().map(|id| id.as_bytes().as_slice()),
            issued.from,
            issued.until,
            issued.batch.as_ref().map(|id| id.as_bytes().as_slice()),
        ))?;
    }
    Ok(())
}

/// A batch that was given up stays given up.
pub(super) fn set_batch(connection: &Connection, batch: Uuid, facts: &[Fact]) -> Result<(), Error> {
    let closings =
        || facts.iter().filter_map(|fact| if let Body::BatchClosed(closed) = &fact.body { Some((fact.at, closed)) } else { None });
    let Some((at, first)) = closings().next() else { return Ok(()) };
    let keep = closings().all(|(_, closed)| closed.keep);
    connection.prepare_cached("INSERT OR REPLACE INTO batch (id, keep, name, at) VALUES (?1, ?2, ?3, ?4)")?.execute((
        batch.as_bytes().as_slice(),
        keep,
        &first.name,
        at,
    ))?;
    Ok(())
}
