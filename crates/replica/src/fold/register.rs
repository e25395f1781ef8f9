//! Rows that the latest fact decides: stores, devices, staff, products, rules, members.
//!
//! The order of facts is their corrected time (the device's clock less its known offset, never later than the log
//! received it), ties by sequence, what is not yet sequenced last, then by log and place in it.

use std::cmp::Ordering;

use hefu_core::{
    ids::{LogId, StoreId},
    op::{Body, Head, Operation, Stamp},
};
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::{Folding, Standing, When, body_of, buyer, card, coupon, person, set_refused, standing};
use crate::{Error, meta, outgoing::read_op};

/// A place in the chain's sequence; what is not yet sequenced comes last, by log and place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sequence {
    unsequenced: bool,
    gseq: i64,
    log: LogId,
    seq: u64,
}

impl Sequence {
    pub fn new(gseq: Option<i64>, log: LogId, seq: u64) -> Self {
        Self { unsequenced: gseq.is_none(), gseq: gseq.unwrap_or(0), log, seq }
    }
}

/// One fact about an entity, with what orders it and whose it is.
pub(super) struct Fact {
    /// Its operation's row.
    pub id: i64,
    pub when: When,
    gseq: Option<i64>,
    pub from: Standing,
    pub stamp: Stamp,
    pub body: Body,
    pub op: Operation,
}

impl Fact {
    pub fn sequence(&self) -> Sequence {
        Sequence::new(self.gseq, self.stamp.log, self.stamp.seq)
    }

    fn order(&self, other: &Self) -> Ordering {
        (self.when.at, self.sequence()).cmp(&(other.when.at, other.sequence()))
    }
}

/// A new operation about `entity`. The first one needs no look at others.
pub(super) fn take(connection: &Connection, entity: Uuid, folding: &Folding<'_>) -> Result<(), Error> {
    if count(connection, entity)? > 1 {
        return again(connection, entity);
    }
    let fact = Fact {
        id: folding.id,
        when: folding.when.clone(),
        gseq: None,
        from: folding.from,
        stamp: folding.stamp.clone(),
        body: folding.body.clone(),
        op: folding.op.clone(),
    };
    set(connection, entity, &[fact])
}

/// Folds an entity again when more than one operation decides its row.
pub(crate) fn again_if_shared(connection: &Connection, entity: Uuid) -> Result<(), Error> {
    if count(connection, entity)? > 1 { again(connection, entity) } else { Ok(()) }
}

/// Folds an entity from all operations about it.
pub(crate) fn again(connection: &Connection, entity: Uuid) -> Result<(), Error> {
    let mut facts = Vec::new();
    let mut statement = connection.prepare_cached(
        "SELECT head, detail, detail_hash, sealed, sealed_hash, gseq, received_at, op.id, log.place, log.founder
         FROM op JOIN log ON log.id = op.log WHERE entity = ?1",
    )?;
    let mut rows = statement.query([entity.as_bytes().as_slice()])?;
    while let Some(row) = rows.next()? {
        let op = read_op(row, 0)?;
        // Only what reads, and counts, is about anything.
        let Ok(head) = Head::read(&op.head) else { continue };
        let from = standing(row, 8)?;
        let Ok(body) = body_of(&head, from) else { continue };
        let when = When::of(&head.stamp, row.get(6)?);
        facts.push(Fact { id: row.get(7)?, when, gseq: row.get(5)?, from, stamp: head.stamp, body, op });
    }
    facts.sort_by(Fact::order);
    if facts.is_empty() { Ok(()) } else { set(connection, entity, &facts) }
}

fn count(connection: &Connection, entity: Uuid) -> Result<i64, Error> {
    Ok(connection
        .prepare_cached("SELECT count(*) FROM (SELECT 1 FROM op WHERE entity = ?1 LIMIT 2)")?
        .query_row([entity.as_bytes().as_slice()], |row| row.get(0))?)
}

/// Writes the rows that these facts make, earliest first. Were one id used for a store and for a product, each would get its
/// row, whichever came last: what is folded must not hang on the order of arrival.
fn set(connection: &Connection, entity: Uuid, facts: &[Fact]) -> Result<(), Error> {
    let any = |of: fn(&Body) -> bool| facts.iter().any(|fact| of(&fact.body));
    let bodies = || facts.iter().rev().map(|fact| &fact.body);
    if let Some(chain) = bodies().find_map(|body| if let Body::ChainStarted(chain) = body { Some(chain) } else { None }) {
        let mut put = connection.prepare_cached("INSERT OR REPLACE INTO chain (chain, name, demo) VALUES (?1, ?2, ?3)")?;
        put.execute((entity.as_bytes().as_slice(), &chain.name, chain.demo))?;
    }
    if let Some(store) = bodies().find_map(|body| if let Body::StoreSet(store) = body { Some(store) } else { None }) {
        let mut put = connection.prepare_cached("INSERT OR REPLACE INTO store (id, code, name, city) VALUES (?1, ?2, ?3, ?4)")?;
        put.execute((entity.as_bytes().as_slice(), &store.code, &store.name, &store.city))?;
    }
    if any(|body| matches!(body, Body::ProductSet(_))) {
        set_goods(connection, facts)?;
    }
    if any(|body| matches!(body, Body::DeviceSet(_) | Body::DeviceRevoked(_))) {
        set_device(connection, entity, facts)?;
    }
    if any(|body| matches!(body, Body::StaffSet(_))) {
        person::set_staff(connection, entity, facts)?;
    }
    if any(|body| matches!(body, Body::RuleSet(_))) {
        set_rules(connection, facts)?;
    }
    if any(|body| matches!(body, Body::MemberRegistered(_) | Body::MemberChanged(_))) {
        person::set_member(connection, entity, facts)?;
    }
    if any(|body| matches!(body, Body::TierReviewed(_))) {
        person::set_review(connection, entity, facts)?;
    }
    if any(|body| matches!(body, Body::BuyerRecorded(_))) {
        buyer::set(connection, entity, facts)?;
    }
    if any(|body| matches!(body, Body::CardOpened(_))) {
        card::set(connection, entity, facts)?;
    }
    if any(|body| matches!(body, Body::BatchClosed(_))) {
        coupon::set_batch(connection, entity, facts)?;
    }
    Ok(())
}

/// The latest place; an end of rights is never taken back.
fn set_device(connection: &Connection, device: Uuid, facts: &[Fact]) -> Result<(), Error> {
    let mut place = (None, 0);
    for fact in facts {
        if let Body::DeviceSet(set) = &fact.body {
            place = (set.store, set.till_no);
        }
    }
    // Why is sealed with the operation; the row says that it is so.
    let revoked = facts.iter().any(|fact| matches!(fact.body, Body::DeviceRevoked(_))).then_some("");
    connection.prepare_cached("INSERT OR REPLACE INTO device (id, store, till_no, revoked) VALUES (?1, ?2, ?3, ?4)")?.execute((
        device.as_bytes().as_slice(),
        place.0.as_ref().map(|id| id.as_bytes().as_slice()),
        place.1,
        revoked,
    ))?;
    Ok(())
}

fn set_rules(connection: &Connection, facts: &[Fact]) -> Result<(), Error> {
    for fact in facts {
        if let Body::RuleSet(rule) = &fact.body {
            let body = serde_json::to_string(&rule.body).map_err(|_| Error::Stored("rule"))?;
            connection.prepare_cached("INSERT OR REPLACE INTO rule (id, version, valid_from, body) VALUES (?1, ?2, ?3, ?4)")?.execute((
                rule.rule.as_bytes().as_slice(),
                rule.version,
                rule.valid_from,
                body,
            ))?;
        }
    }
    meta::set_number(connection, meta::RULES_REVISION, meta::number(connection, meta::RULES_REVISION)? + 1)
}

/// The latest of what counts: all that head office said of these goods; where it said nothing, all that came from the store
/// which was the first in the sequence to name them.
fn set_goods(connection: &Connection, facts: &[Fact]) -> Result<(), Error> {
    let about = || facts.iter().filter(|fact| matches!(fact.body, Body::ProductSet(_)));
    let by_hq = about().any(|fact| fact.from.is_hq());
    let first = about().min_by_key(|fact| fact.sequence()).and_then(|fact| fact.from.store);
    let counts = |fact: &Fact| if by_hq { fact.from.is_hq() } else { fact.from.store == first };
    if facts.len() > 1 {
        about().try_for_each(|fact| set_refused(connection, fact.id, !counts(fact)))?;
    }
    match about().rfind(|fact| counts(fact)).map(|fact| &fact.body) {
        Some(Body::ProductSet(product)) => set_product(connection, product, first.filter(|_| !by_hq)),
        _ => Ok(()),
    }
}

fn set_product(connection: &Connection, product: &hefu_core::catalogue::Product, store: Option<StoreId>) -> Result<(), Error> {
    let id = product.product.as_bytes().as_slice();
    let keys = hefu_core::name::keys(&product.name);
    let barcodes = serde_json::to_string(&product.barcodes).map_err(|_| Error::Stored("barcodes"))?;
    let tags = (!product.tags.is_empty()).then(|| serde_json::to_string(&product.tags)).transpose().map_err(|_| Error::Stored("tags"))?;
    let before: Option<(i64, String)> = connection
        .prepare_cached("SELECT n, barcodes FROM product WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((n, codes)) = before {
        let codes: Vec<String> = serde_json::from_str(&codes).map_err(|_| Error::Stored("barcodes"))?;
        for code in codes {
            connection.prepare_cached("DELETE FROM barcode WHERE code = ?1 AND product = ?2")?.execute((code, n))?;
        }
    }
    let n: i64 = connection
        .prepare_cached(
            "INSERT INTO product (id, name, category, unit, price_fen, barcodes, name_key, pinyin, brand, tags, store)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, category = excluded.category, unit = excluded.unit,
                price_fen = excluded.price_fen, barcodes = excluded.barcodes, name_key = excluded.name_key, pinyin = excluded.pinyin,
                brand = excluded.brand, tags = excluded.tags, store = excluded.store
             RETURNING n",
        )?
        .query_row(
            (
                id,
                &product.name,
                &product.category,
                &product.unit,
                product.price_fen.get(),
                barcodes,
                &keys.name,
                &keys.pinyin,
                &product.brand,
                tags,
                store.as_ref().map(|id| id.as_bytes().as_slice()),
            ),
            |row| row.get(0),
        )?;
    for code in &product.barcodes {
        connection.prepare_cached("INSERT OR IGNORE INTO barcode (code, product) VALUES (?1, ?2)")?.execute((code, n))?;
    }
    connection.prepare_cached("INSERT OR REPLACE INTO product_words (rowid, name, initials) VALUES (?1, ?2, ?3)")?.execute((
        n,
        crate::tables::spaced(&keys.name),
        crate::tables::spaced(&keys.initials),
    ))?;
    Ok(())
}
