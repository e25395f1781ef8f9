//! Buyers of cards: what is sealed of one is opened with the buyer's key, if it is here (C3, F5).

use hefu_core::{
    buyer::BuyerRecord,
    card::Buyer,
    op::{Body, BuyerRecorded},
    seal,
};
use rusqlite::Connection;
use uuid::Uuid;

use super::{key_of, register::Fact};
use crate::Error;

/// A record is not changed: the first in the sequence that can be read holds, whatever was written under its id since, so that a
/// top-up goes on naming who bought it. Where none can be read, the first holds, and says nothing of whom.
pub(super) fn set(connection: &Connection, buyer: Uuid, facts: &[Fact]) -> Result<(), Error> {
    let key = key_of(connection, buyer)?;
    let open = |fact: &Fact| seal::open::<BuyerRecord>(key.as_ref()?, buyer, fact.op.sealed.bytes()?)?.sane();
    let mut found: Option<(&Fact, &BuyerRecorded, Option<BuyerRecord>)> = None;
    for fact in facts {
        let Body::BuyerRecorded(recorded) = &fact.body else { continue };
        let record = open(fact);
        let place = |fact: &Fact, read: bool| (!read, fact.sequence());
        let before = found.as_ref().map(|(first, _, held)| place(first, held.is_some()));
        if before.is_none_or(|before| place(fact, record.is_some()) < before) {
            found = Some((fact, recorded, record));
        }
    }
    match found {
        Some((fact, recorded, record)) => put(connection, buyer, fact.when.at, recorded, record.as_ref()),
        None => Ok(()),
    }
}

fn put(connection: &Connection, buyer: Uuid, at: i64, recorded: &BuyerRecorded, record: Option<&BuyerRecord>) -> Result<(), Error> {
    let agent = record.and_then(|record| record.agent.as_ref());
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO buyer (id, member, at, party, document_kind, document, name, phone, agent_name, agent_document_kind,
                                           agent_document)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute((
            buyer.as_bytes().as_slice(),
            recorded.member.as_ref().map(|id| id.as_bytes().as_slice()),
            at,
            record.map(|record| if record.party() == Buyer::Company { "company" } else { "person" }),
            record.map(|record| record.document.kind().as_str()),
            record.map(|record| record.document.number()),
            record.map(|record| &record.name),
            record.and_then(|record| record.phone.as_ref()).map(|phone| phone.as_str()),
            agent.map(|agent| &agent.name),
            agent.map(|agent| agent.document.kind().as_str()),
            agent.map(|agent| agent.document.number()),
        ))?;
    Ok(())
}
