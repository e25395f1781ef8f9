//! Visits (C2): a purchase is one for as long as the customer keeps something of it, or of what its goods were exchanged for. An
//! exchange is none of its own. So buying and bringing back raises nobody's level, however often.
//!
//! The figures add a visit with the sale, in its month; when the last of the goods is back it is taken away there, whenever that was,
//! by whatever refund arrives last.

use std::collections::BTreeMap;

use hefu_core::op::Body;
use rusqlite::Connection;

use super::{Folding, Sums};
use crate::Error;

type Id = [u8; 16];

/// Of the purchases that an operation is about, whether all of each is back.
pub(super) struct Visits(BTreeMap<Id, bool>);

impl Visits {
    /// Before the operation is in the tables.
    pub fn before(connection: &Connection, body: &Body) -> Result<Self, Error> {
        let about: Vec<Id> = match body {
            // Of most sales nothing has come back yet, and their own visit is all there is to say.
            Body::Sale(sale) if is_first_of(connection, *sale.sale.as_bytes())? => Vec::new(),
            Body::Sale(sale) => vec![*sale.sale.as_bytes()],
            Body::Refund(refund) => refund.sale.iter().map(|id| *id.as_bytes()).collect(),
            Body::Exchange(exchange) => {
                let of = exchange.refund.sale.iter().map(|id| *id.as_bytes());
                of.chain([*exchange.sale.sale.as_bytes()]).collect()
            }
            _ => Vec::new(),
        };
        let mut purchases = BTreeMap::new();
        for id in about {
            for id in line_of(connection, id)? {
                let back = is_back(connection, id)?;
                purchases.insert(id, back);
            }
        }
        Ok(Self(purchases))
    }

    /// After it: takes away the visits of what came back, and gives back those of what turns out to be kept.
    pub fn after(self, connection: &Connection, sums: &mut Sums, folding: &Folding<'_>) -> Result<(), Error> {
        for (id, was_back) in self.0 {
            let back = is_back(connection, id)?;
            let purchases = purchases(connection, id)?;
            for Purchase { op, member, month } in purchases {
                // Its own operation has just added its visit.
                let was_back = was_back && op != folding.id;
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

/// Whether nothing here speaks of the sale yet: no refund came before it, and nobody has used its id.
fn is_first_of(connection: &Connection, sale: Id) -> Result<bool, Error> {
    let mut spoken_of = connection.prepare_cached("SELECT 1 FROM refund WHERE sale = ?1 UNION ALL SELECT 1 FROM sale WHERE sale = ?1")?;
    Ok(!spoken_of.exists([sale.as_slice()])?)
}

/// Whether all of a purchase is back, and of what its goods were exchanged for.
pub(super) fn is_back(connection: &Connection, sale: Id) -> Result<bool, Error> {
    // Most purchases nothing ever comes back of.
    if !connection.prepare_cached("SELECT 1 FROM refund WHERE sale = ?1")?.exists([sale.as_slice()])? {
        return Ok(false);
    }
    let kept = connection
        .prepare_cached(
            "WITH RECURSIVE family (id) AS (
                SELECT ?1 UNION SELECT sale.sale FROM family JOIN refund ON refund.sale = family.id JOIN sale ON sale.op = refund.op)
             SELECT 1 FROM family JOIN sale ON sale.sale = family.id
             WHERE sale.quantity_milli > (SELECT coalesce(sum(quantity_milli), 0) FROM refund WHERE refund.sale = family.id)",
        )?
        .exists([sale.as_slice()])?;
    Ok(!kept)
}

/// A sale, and those whose goods it was exchanged for.
fn line_of(connection: &Connection, sale: Id) -> Result<Vec<Id>, Error> {
    let mut statement = connection.prepare_cached(
        "WITH RECURSIVE line (id) AS (
            SELECT ?1 UNION SELECT refund.sale FROM line JOIN sale ON sale.sale = line.id JOIN refund ON refund.op = sale.op
            WHERE refund.sale IS NOT NULL)
         SELECT id FROM line",
    )?;
    let rows = statement.query_map([sale.as_slice()], |row| row.get(0))?;
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
