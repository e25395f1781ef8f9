//! Visits (C2): a purchase is one for as long as the customer keeps something of it, or of what its goods were exchanged for. An
//! exchange is none of its own. So buying and bringing back raises nobody's level, however often.
//!
//! The figures add a visit with the sale, in its month; when the last of the goods is back it is taken away there, whenever that was,
//! by whatever refund arrives last. What is back of a purchase is what its own refunds say ([`super::of_sale`]).

use std::collections::{BTreeMap, BTreeSet};

use hefu_core::ids::SaleId;
use rusqlite::{Connection, OptionalExtension};

use super::{Sums, of_sale::Named};
use crate::Error;

type Id = [u8; 16];

/// The purchases that an operation is about: their ids, and of those that were here before it, whether all is back.
pub(super) struct Visits {
    ids: BTreeSet<Id>,
    were_back: BTreeMap<i64, bool>,
}

impl Visits {
    /// Before the operation, which is about these sales, is in the tables.
    pub fn before(connection: &Connection, about: &[SaleId]) -> Result<Self, Error> {
        let (mut ids, mut were_back) = (BTreeSet::new(), BTreeMap::new());
        for id in about {
            ids.extend(line_of(connection, *id)?);
        }
        for id in &ids {
            for purchase in purchases(connection, *id)? {
                were_back.insert(purchase.op, is_back(connection, purchase.op)?);
            }
        }
        Ok(Self { ids, were_back })
    }

    /// After it: takes away the visits of what came back, and gives back those of what turns out to be kept.
    pub fn after(self, connection: &Connection, sums: &mut Sums) -> Result<(), Error> {
        for id in &self.ids {
            for Purchase { op, member, month } in purchases(connection, *id)? {
                // One that is new has just added its visit.
                let was_back = self.were_back.get(&op).copied().unwrap_or(false);
                let back = is_back(connection, op)?;
                if was_back != back {
                    let visits = if back { -1 } else { 1 };
                    sums.member(&member, visits, 0, 0);
                    sums.month(&member, &month, visits, 0);
                }
            }
        }
        Ok(())
    }
}

/// Whether all is back of the purchase at `op`, and of what its goods were exchanged for.
pub(super) fn is_back(connection: &Connection, op: i64) -> Result<bool, Error> {
    let (mut todo, mut seen, mut any) = (vec![op], BTreeSet::new(), false);
    while let Some(op) = todo.pop() {
        if !seen.insert(op) {
            continue;
        }
        // A refund that was no exchange gave nothing that could be kept.
        let Some(sold) = Sold::at(connection, op)? else { continue };
        let refunds = sold.refunds(connection, op)?;
        if sold.quantity_milli > quantity_of(connection, &refunds)? {
            return Ok(false);
        }
        any |= !refunds.is_empty();
        todo.extend(refunds);
    }
    Ok(any)
}

struct Sold {
    named: Named,
    quantity_milli: i64,
}

impl Sold {
    fn at(connection: &Connection, op: i64) -> Result<Option<Self>, Error> {
        let mut statement = connection.prepare_cached("SELECT sale, member, quantity_milli FROM sale WHERE op = ?1")?;
        let sold = statement
            .query_row([op], |row| Ok(Self { named: Named { sale: row.get(0)?, member: row.get(1)? }, quantity_milli: row.get(2)? }));
        Ok(sold.optional()?)
    }

    fn refunds(&self, connection: &Connection, op: i64) -> Result<Vec<i64>, Error> {
        let refunds = self.named.refunds(connection)?;
        // Nothing ever comes back of most purchases.
        if refunds.is_empty() || self.named.is_at(connection, op)? { Ok(refunds) } else { Ok(Vec::new()) }
    }
}

fn quantity_of(connection: &Connection, refunds: &[i64]) -> Result<i64, Error> {
    let mut statement = connection.prepare_cached("SELECT quantity_milli FROM refund WHERE op = ?1")?;
    let mut sum = 0i64;
    for op in refunds {
        sum = sum.saturating_add(statement.query_row([op], |row| row.get(0))?);
    }
    Ok(sum)
}

/// The ids of a sale and of those whose goods it was exchanged for, whoever wrote them.
fn line_of(connection: &Connection, sale: SaleId) -> Result<Vec<Id>, Error> {
    let mut statement = connection.prepare_cached(
        "WITH RECURSIVE line (id) AS (
            SELECT ?1 UNION SELECT refund.sale FROM line JOIN sale ON sale.sale = line.id JOIN refund ON refund.op = sale.op
            WHERE refund.sale IS NOT NULL)
         SELECT id FROM line",
    )?;
    let rows = statement.query_map([sale.as_bytes().as_slice()], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

struct Purchase {
    op: i64,
    member: Id,
    month: String,
}

/// The members' purchases of an id that are no exchange; one, unless somebody has written an id twice.
fn purchases(connection: &Connection, sale: Id) -> Result<Vec<Purchase>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT op, member, substr(day, 1, 7) FROM sale
         WHERE sale = ?1 AND member IS NOT NULL AND NOT EXISTS (SELECT 1 FROM refund WHERE refund.op = sale.op)",
    )?;
    let rows = statement.query_map([sale.as_slice()], |row| Ok(Purchase { op: row.get(0)?, member: row.get(1)?, month: row.get(2)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
