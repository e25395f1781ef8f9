//! How often promotions were used (C5): what their limits count. A use comes back with its goods, and what then still counts is a
//! pure function of the sale and of all that has come back of it: the same whether a refund arrives before its sale, or two
//! refunds of two tills in this order or the other.

use std::collections::BTreeMap;

use hefu_core::{
    ids::{MemberId, SaleId},
    op::{Body, PromotionUsed, Refund, Sale},
};
use rusqlite::Connection;

use super::{Folding, Sums, folded_body};
use crate::Error;

/// What a sale uses, less what has come back of it already.
pub(super) fn add(connection: &Connection, sums: &mut Sums, sale: &Sale) -> Result<(), Error> {
    let counted = sale.promotions.iter().any(|used| !used.goods.is_empty());
    let back = if counted { back(connection, sale.sale, None)? } else { BTreeMap::new() };
    for used in &sale.promotions {
        let (times, pieces) = used.kept(&back);
        count(sums, sale.member, used, i64::from(times), i64::from(pieces));
    }
    Ok(())
}

/// What a refund, whose lines are in their table, gives back of what its sale used.
pub(super) fn give_back(connection: &Connection, sums: &mut Sums, folding: &Folding<'_>, refund: &Refund) -> Result<(), Error> {
    let Some(id) = refund.sale else { return Ok(()) };
    let (before, after) = (back(connection, id, Some(folding.id))?, back(connection, id, None)?);
    for sale in sales(connection, id, folding.id)? {
        for used in sale.promotions.iter().filter(|used| !used.goods.is_empty()) {
            let ((times_then, pieces_then), (times, pieces)) = (used.kept(&before), used.kept(&after));
            let (times, pieces) = (i64::from(times) - i64::from(times_then), i64::from(pieces) - i64::from(pieces_then));
            count(sums, sale.member, used, times, pieces);
        }
    }
    Ok(())
}

/// Thousandths by line that have come back of a sale, of all refunds here but one.
fn back(connection: &Connection, sale: SaleId, but: Option<i64>) -> Result<BTreeMap<u32, i64>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT no, refund_line.quantity_milli FROM refund JOIN refund_line ON refund_line.op = refund.op WHERE refund.sale = ?1 AND refund.op IS NOT ?2",
    )?;
    let mut rows = statement.query((sale.as_bytes().as_slice(), but))?;
    let mut back: BTreeMap<u32, i64> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let sum = back.entry(row.get(0)?).or_default();
        *sum = sum.saturating_add(row.get(1)?);
    }
    Ok(back)
}

/// The sales of this id that are folded already; that of the operation which is being folded comes after its refund.
fn sales(connection: &Connection, id: SaleId, folding: i64) -> Result<Vec<Sale>, Error> {
    let mut statement =
        connection.prepare_cached("SELECT head FROM sale JOIN op ON op.id = sale.op WHERE sale.sale = ?1 AND sale.op <> ?2")?;
    let mut rows = statement.query((id.as_bytes().as_slice(), folding))?;
    let mut sales = Vec::new();
    while let Some(row) = rows.next()? {
        let head: Vec<u8> = row.get(0)?;
        match folded_body(&hefu_core::op::Head::read(&head)?) {
            Body::Sale(sale) => sales.push(sale),
            Body::Exchange(exchange) => sales.push(exchange.sale),
            _ => {}
        }
    }
    Ok(sales)
}

/// Counts for the member, and for all under the empty id.
fn count(sums: &mut Sums, member: Option<MemberId>, used: &PromotionUsed, times: i64, pieces: i64) {
    let everyone = [0; 16];
    for member in member.iter().map(MemberId::as_bytes).chain([&everyone]) {
        sums.used(member, used.rule.as_bytes(), times, pieces);
    }
}
