//! Coupons that a refund gives back (C4, I9). Two tills that do not know of each other may both refund one sale: that is a breach of
//! its own, and makes no second coupon of one. A coupon comes back once from each sale, by the first refund in the sequence that gives
//! it back, whatever the order in which they arrive.

use hefu_core::{
    ids::{LogId, SaleId},
    op::{Body, Head, Refund},
    posting::{Account, Posting},
};
use rusqlite::Connection;

use super::{Folding, Sums, coupon::sequence_of, folded_body, posting, register::Sequence};
use crate::Error;

/// An earlier refund of the same sale, as it lies in the tables.
struct Other {
    op: i64,
    at: i64,
    sequence: Sequence,
    returns: Vec<Posting>,
}

/// What an operation moves. A coupon that another refund of the sale gives back is left out of the one that comes later in the
/// sequence; where that one is folded already, it is taken out of it.
pub(super) fn counted(connection: &Connection, sums: &mut Sums, folding: &Folding<'_>) -> Result<Vec<Posting>, Error> {
    let mut postings = folding.body.postings()?;
    let Some((sale, mut returns)) = returns_of(folding.body).filter(|(_, returns)| !returns.is_empty()) else { return Ok(postings) };
    // Another program may name a coupon twice: what the other refund gave back is taken out once all the same.
    returns.sort_unstable_by_key(|posting| posting.to.key());
    returns.dedup_by_key(|posting| posting.to);
    let others = others(connection, folding.id, sale)?;
    let own = sequence_of(connection, folding.id)?;
    for returned in returns {
        let same = |other: &&Other| other.returns.iter().any(|posting| posting.to == returned.to);
        match others.iter().filter(same).min_by_key(|other| other.sequence) {
            Some(first) if own < first.sequence => {
                let theirs: Vec<Posting> = first.returns.iter().filter(|posting| posting.to == returned.to).copied().collect();
                posting::take_out(connection, sums, first.op, first.at, &theirs)?;
            }
            Some(_) => postings.retain(|posting| !is_return(posting) || posting.to != returned.to),
            None => {}
        }
    }
    Ok(postings)
}

fn is_return(posting: &Posting) -> bool {
    matches!((posting.from, posting.to), (Account::CouponsIssued, Account::Coupon(_)))
}

/// The sale that goods came back of, and the coupons that came back with them.
fn returns_of(body: &Body) -> Option<(SaleId, Vec<Posting>)> {
    let of = |refund: &Refund| Some((refund.sale?, refund.postings.iter().filter(|posting| is_return(posting)).copied().collect()));
    match body {
        Body::Refund(refund) => of(refund),
        Body::Exchange(exchange) => of(&exchange.refund),
        _ => None,
    }
}

fn others(connection: &Connection, op: i64, sale: SaleId) -> Result<Vec<Other>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT op.id, op.head, refund.at, op.gseq, log.log, op.seq
         FROM refund JOIN op ON op.id = refund.op JOIN log ON log.id = op.log WHERE refund.sale = ?1 AND refund.op <> ?2",
    )?;
    let mut rows = statement.query((sale.as_bytes().as_slice(), op))?;
    let mut others = Vec::new();
    while let Some(row) = rows.next()? {
        let head = Head::read(&row.get::<_, Vec<u8>>(1)?)?;
        let sequence = Sequence::new(row.get(3)?, LogId::from_bytes(row.get(4)?), row.get::<_, i64>(5)?.unsigned_abs());
        let returns = returns_of(&folded_body(&head)).map(|(_, returns)| returns).unwrap_or_default();
        others.push(Other { op: row.get(0)?, at: row.get(2)?, sequence, returns });
    }
    Ok(others)
}
