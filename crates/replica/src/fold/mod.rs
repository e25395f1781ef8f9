//! Operations → tables. Every node folds the same operations to the same rows, whatever order they arrive in (I6).
//!
//! Two ways: what is a sum (sales, postings, figures) is added once, when the operation is first seen; what is a
//! register (a store, a product, a person) is folded anew from all operations about it, in the order of their
//! corrected time, whenever one of them is new or its mark changes. Only what its writer may say is folded at all.

mod buyer;
mod card;
mod coupon;
mod figures;
mod gift;
mod given_back;
mod of_sale;
mod person;
mod posting;
mod refund;
mod register;
mod sale;
mod shelf;
mod standing;
mod sums;
mod uses;
mod visit;

use hefu_core::{
    op::{Body, Head, Operation, Stamp, Weight},
    wire::Beside,
};
use rusqlite::Connection;
use uuid::Uuid;

use crate::Error;

pub(crate) use hefu_core::op::{NUMBER_MOST, Refused, Standing, begins, body_of, fits, folded_body, head_of};
pub(crate) use posting::unit_column;
pub(crate) use register::{again, again_if_shared};
pub(crate) use sale::Half;
pub(crate) use shelf::{is_old, put_away, put_away_old};
pub(crate) use standing::{When, standing};
pub(crate) use sums::{Sums, adding_up};

/// One operation on its way into the tables. `id` is its row.
pub(crate) struct Folding<'a> {
    pub id: i64,
    pub from: Standing,
    pub when: When,
    pub stamp: &'a Stamp,
    pub body: &'a Body,
    pub op: &'a Operation,
}

/// What an operation is about, as the column by which its entity is folded again. What is only a sum needs none.
pub(crate) fn entity_of(body: &Body) -> Option<Uuid> {
    match body {
        Body::Sale(_)
        | Body::Refund(_)
        | Body::Exchange(_)
        | Body::CardToppedUp(_)
        | Body::CardBonusDue(_)
        | Body::CouponsIssued(_)
        | Body::PointsExpired(_)
        | Body::PointsAdjusted(_)
        | Body::LeaseSealed(_)
        | Body::Unknown => None,
        Body::ChainStarted(started) => Some(started.chain.0),
        other => other.about(),
    }
}

/// Adds what is a sum, then folds the register that the operation is about.
pub(crate) fn fold(connection: &Connection, sums: &mut Sums, folding: &Folding<'_>) -> Result<(), Error> {
    let about = of_sale::about(connection, folding.body)?;
    let (visits, uses) = (visit::Visits::before(connection, &about)?, uses::Uses::before(connection, &about)?);
    let postings = given_back::counted(connection, sums, folding)?;
    posting::add(connection, sums, folding, &postings)?;
    figures::Figures::of(folding.body).add(sums, folding.stamp.store, &folding.when);
    match folding.body {
        Body::Sale(sale) => sale::fold(connection, sums, folding, sale)?,
        Body::Refund(refund) => refund::fold(connection, sums, folding, refund)?,
        Body::Exchange(exchange) => refund::fold_exchange(connection, sums, folding, exchange)?,
        Body::CardToppedUp(top_up) => card::top_up(connection, sums, folding, top_up)?,
        Body::CardBonusDue(due) => card::bonus_due(connection, due)?,
        Body::CardRefunded(refunded) => card::refunded(connection, sums, folding, refunded)?,
        Body::CouponsIssued(issued) => coupon::issued(connection, folding, issued)?,
        _ => {}
    }
    visits.after(connection, sums)?;
    uses.after(connection, sums, &about)?;
    if let Body::Sale(sale) = folding.body
        && about.is_empty()
    {
        uses::add(sums, sale);
    }
    match entity_of(folding.body) {
        Some(entity) => register::take(connection, entity, folding),
        None => Ok(()),
    }
}

/// An operation as it lies in a file, on its way to the door.
pub(crate) struct Lying<'a> {
    pub id: i64,
    pub from: Standing,
    pub received_at: Option<i64>,
    pub op: &'a Operation,
}

/// Takes an operation into the tables, by what passed the door: folded, frozen as newer than this program, or refused.
pub(crate) fn take(
    connection: &Connection,
    sums: &mut Sums,
    lying: &Lying<'_>,
    head: &Head,
    said: &Result<Body, Refused>,
) -> Result<(), Error> {
    match said {
        Err(Refused) => set_refused(connection, lying.id, true),
        Ok(Body::Unknown) => unknown(connection, head, lying.from),
        Ok(body) => {
            let when = When::of(&head.stamp, lying.received_at);
            fold(connection, sums, &Folding { id: lying.id, from: lying.from, when, stamp: &head.stamp, body, op: lying.op })
        }
    }
}

/// The mark of an own operation: the moment it was received is the latest that it can count for, and its place may decide
/// between it and others. What it added is moved, and what it is about is folded again.
pub(crate) fn marked(
    connection: &Connection,
    sums: &mut Sums,
    id: i64,
    head: &Head,
    said: &Result<Body, Refused>,
    received_at: i64,
) -> Result<(), Error> {
    let Ok(body) = said else { return Ok(()) };
    let (before, after) = (When::of(&head.stamp, None), When::of(&head.stamp, Some(received_at)));
    if before == after {
        return entity_of(body).map_or(Ok(()), |entity| again_if_shared(connection, entity));
    }
    figures::moved(connection, sums, id, &head.stamp, body, &before, &after)?;
    entity_of(body).map_or(Ok(()), |entity| again(connection, entity))
}

/// Notes that an operation was not its writer's to say, or no longer.
pub(crate) fn set_refused(connection: &Connection, id: i64, refused: bool) -> Result<(), Error> {
    let sql = if refused { "INSERT OR IGNORE INTO refused (op) VALUES (?1)" } else { "DELETE FROM refused WHERE op = ?1" };
    connection.prepare_cached(sql)?.execute([id])?;
    Ok(())
}

/// An operation of a kind newer than this program: kept and forwarded, and, if critical, what it is about is frozen. What a
/// store freezes is frozen where it is a member or a card, which is seen when it is asked for.
fn unknown(connection: &Connection, head: &Head, from: Standing) -> Result<(), Error> {
    if let (Weight::Critical, Some(about)) = (head.weight, head.about) {
        connection
            .prepare_cached("INSERT INTO frozen (entity, hq) VALUES (?1, ?2) ON CONFLICT (entity) DO UPDATE SET hq = max(hq, excluded.hq)")?
            .execute((about.as_bytes().as_slice(), from.is_hq()))?;
    }
    Ok(())
}

/// A key or a credential. A key that comes after what it opens folds that person again.
pub(crate) fn beside(connection: &Connection, item: &Beside) -> Result<(), Error> {
    match item {
        Beside::Key { person, key } => {
            let new = connection
                .prepare_cached("INSERT OR IGNORE INTO person_key (person, key) VALUES (?1, ?2)")?
                .execute((person.as_bytes().as_slice(), key.as_bytes().as_slice()))?;
            if new > 0 { again(connection, *person) } else { Ok(()) }
        }
        Beside::Credential { staff, store, phc, set_at } => {
            connection
                .prepare_cached(
                    "INSERT INTO credential (staff, store, phc, set_at) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (staff) DO UPDATE SET store = excluded.store, phc = excluded.phc, set_at = excluded.set_at
                     WHERE (excluded.set_at, excluded.phc) > (credential.set_at, credential.phc)",
                )?
                .execute((staff.as_bytes().as_slice(), store.as_ref().map(|id| id.as_bytes().as_slice()), phc, set_at))?;
            Ok(())
        }
    }
}

/// The key of a person's sealed data, unless it never came or was destroyed.
pub(crate) fn key_of(connection: &Connection, person: Uuid) -> Result<Option<hefu_core::seal::PersonKey>, Error> {
    use rusqlite::OptionalExtension;
    let bytes: Option<Vec<u8>> = connection
        .prepare_cached("SELECT key FROM person_key WHERE person = ?1")?
        .query_row([person.as_bytes().as_slice()], |row| row.get(0))
        .optional()?;
    Ok(bytes.and_then(|bytes| bytes.try_into().ok()).map(hefu_core::seal::PersonKey::new))
}
