//! How often promotions were used (C5): what their limits count. A use comes back with its goods, and what then still counts is a
//! pure function of the sale and of all that has come back of it: the same whether a refund arrives before its sale, or two
//! refunds of two tills in this order or the other.

use std::collections::BTreeMap;

use hefu_core::{
    ids::{MemberId, SaleId},
    op::{Body, Head, PromotionUsed, Sale},
};
use rusqlite::Connection;

use super::{Sums, folded_body, of_sale::Named};
use crate::Error;

/// Times and pieces of each promotion of a sale.
type Counted = Vec<(i64, i64)>;

/// What counted before an operation, of the sales that it is about and that were here already.
pub(super) struct Uses(BTreeMap<i64, Counted>);

impl Uses {
    /// Before the operation, which is about these sales, is in the tables.
    pub fn before(connection: &Connection, about: &[SaleId]) -> Result<Self, Error> {
        let mut counted = BTreeMap::new();
        for id in about {
            for (op, sale) in sales(connection, *id)? {
                counted.insert(op, kept(&sale, &back(connection, op, &sale)?));
            }
        }
        Ok(Self(counted))
    }

    /// After it.
    pub fn after(mut self, connection: &Connection, sums: &mut Sums, about: &[SaleId]) -> Result<(), Error> {
        for id in about {
            for (op, sale) in sales(connection, *id)? {
                let before = self.0.remove(&op).unwrap_or_default();
                let now = kept(&sale, &back(connection, op, &sale)?);
                count(sums, &sale, &before, &now);
            }
        }
        Ok(())
    }
}

/// What a sale uses that nothing here spoke of before.
pub(super) fn add(sums: &mut Sums, sale: &Sale) {
    count(sums, sale, &[], &kept(sale, &BTreeMap::new()));
}

fn kept(sale: &Sale, back: &BTreeMap<u32, i64>) -> Counted {
    let kept = sale.promotions.iter().map(|used| used.kept(back));
    kept.map(|(times, pieces)| (i64::from(times), i64::from(pieces))).collect()
}

/// Thousandths by line that have come back of the sale at `op`.
fn back(connection: &Connection, op: i64, sale: &Sale) -> Result<BTreeMap<u32, i64>, Error> {
    let mut back: BTreeMap<u32, i64> = BTreeMap::new();
    if sale.promotions.iter().all(|used| used.goods.is_empty()) {
        return Ok(back);
    }
    let named = Named::new(sale.sale, sale.member);
    if !named.is_at(connection, op)? {
        return Ok(back);
    }
    let mut statement = connection.prepare_cached("SELECT no, quantity_milli FROM refund_line WHERE op = ?1")?;
    for refund in named.refunds(connection)? {
        let mut rows = statement.query([refund])?;
        while let Some(row) = rows.next()? {
            let sum = back.entry(row.get(0)?).or_default();
            *sum = sum.saturating_add(row.get(1)?);
        }
    }
    Ok(back)
}

/// The sales of an id, by the rows of their operations; one, unless somebody has written an id twice.
fn sales(connection: &Connection, id: SaleId) -> Result<Vec<(i64, Sale)>, Error> {
    let mut statement = connection.prepare_cached("SELECT op.id, head FROM sale JOIN op ON op.id = sale.op WHERE sale.sale = ?1")?;
    let mut rows = statement.query([id.as_bytes().as_slice()])?;
    let mut sales = Vec::new();
    while let Some(row) = rows.next()? {
        let (op, head): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
        match folded_body(&Head::read(&head)?) {
            Body::Sale(sale) => sales.push((op, sale)),
            Body::Exchange(exchange) => sales.push((op, exchange.sale)),
            _ => {}
        }
    }
    Ok(sales)
}

fn count(sums: &mut Sums, sale: &Sale, before: &[(i64, i64)], now: &[(i64, i64)]) {
    let before = before.iter().copied().chain(std::iter::repeat((0, 0)));
    for ((used, (times_then, pieces_then)), (times, pieces)) in sale.promotions.iter().zip(before).zip(now) {
        add_use(sums, sale.member, used, times - times_then, pieces - pieces_then);
    }
}

/// For the member, and for all under the empty id.
fn add_use(sums: &mut Sums, member: Option<MemberId>, used: &PromotionUsed, times: i64, pieces: i64) {
    let everyone = [0; 16];
    for member in member.iter().map(MemberId::as_bytes).chain([&everyone]) {
        sums.used(member, used.rule.as_bytes(), times, pieces);
    }
}
