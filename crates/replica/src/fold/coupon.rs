//! Coupons as they are issued (C4). Whether one is used is its account's balance; whether a batch counts, its closing.

use hefu_core::{
    ids::{DeviceId, LogId},
    op::{Body, CouponsIssued},
};
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::{
    Folding, again,
    register::{Fact, Sequence},
    set_refused,
};
use crate::Error;

/// Each coupon once: were one id issued twice, the first to arrive would hang on the order, so the lesser row stays.
pub(super) fn issued(connection: &Connection, folding: &Folding<'_>, issued: &CouponsIssued) -> Result<(), Error> {
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
    match &issued.batch {
        Some(batch) => note_issuer(connection, folding, batch.0),
        None => Ok(()),
    }
}

/// Remembers who issued the first coupons of a batch in the sequence. Closings that came before are judged again.
fn note_issuer(connection: &Connection, folding: &Folding<'_>, batch: Uuid) -> Result<(), Error> {
    let held: Option<i64> = connection
        .prepare_cached("SELECT op FROM batch_issuer WHERE batch = ?1")?
        .query_row([batch.as_bytes().as_slice()], |row| row.get(0))
        .optional()?;
    // An own operation's later mark changes nothing: whatever stands before it in the sequence came before its mark.
    if let Some(held) = held
        && sequence_of(connection, held)? <= sequence_of(connection, folding.id)?
    {
        return Ok(());
    }
    connection.prepare_cached("INSERT OR REPLACE INTO batch_issuer (batch, device, op) VALUES (?1, ?2, ?3)")?.execute((
        batch.as_bytes().as_slice(),
        folding.stamp.device.as_bytes().as_slice(),
        folding.id,
    ))?;
    again(connection, batch)
}

pub(super) fn sequence_of(connection: &Connection, op: i64) -> Result<Sequence, Error> {
    Ok(connection
        .prepare_cached("SELECT gseq, log.log, seq FROM op JOIN log ON log.id = op.log WHERE op.id = ?1")?
        .query_row([op], |row| Ok(Sequence::new(row.get(0)?, LogId::from_bytes(row.get(1)?), row.get::<_, i64>(2)?.unsigned_abs())))?)
}

/// A batch that was given up stays given up. Head office closes any, and a device what it issued.
pub(super) fn set_batch(connection: &Connection, batch: Uuid, facts: &[Fact]) -> Result<(), Error> {
    let issuer: Option<[u8; 16]> = connection
        .prepare_cached("SELECT device FROM batch_issuer WHERE batch = ?1")?
        .query_row([batch.as_bytes().as_slice()], |row| row.get(0))
        .optional()?;
    let issuer = issuer.map(DeviceId::from_bytes);
    let mut closings = Vec::new();
    for fact in facts {
        let Body::BatchClosed(closed) = &fact.body else { continue };
        let counts = fact.from.is_hq() || issuer == Some(fact.stamp.device);
        set_refused(connection, fact.id, !counts)?;
        if counts {
            closings.push((fact.when.at, closed));
        }
    }
    let Some((at, first)) = closings.first() else {
        connection.prepare_cached("DELETE FROM batch WHERE id = ?1")?.execute([batch.as_bytes().as_slice()])?;
        return Ok(());
    };
    let keep = closings.iter().all(|(_, closed)| closed.keep);
    connection.prepare_cached("INSERT OR REPLACE INTO batch (id, keep, name, at) VALUES (?1, ?2, ?3, ?4)")?.execute((
        batch.as_bytes().as_slice(),
        keep,
        &first.name,
        at,
    ))?;
    Ok(())
}
