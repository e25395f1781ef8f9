//! Who bought cards, as their documents say (C3): one record, those of one document, and a member's own.

use hefu_core::{
    buyer::{Agent, BuyerRecord, Document, DocumentKind},
    card::Buyer,
    ids::{BuyerId, MemberId},
    phone::Phone,
};
use rusqlite::{OptionalExtension, Row};

use super::{PersonRow, Reading, id_column, maybe_id};
use crate::Error;

/// A buyer as recorded once.
#[derive(Clone, PartialEq, Eq)]
pub struct BuyerRow {
    pub id: BuyerId,
    /// Whose document it is, where a member showed the own one.
    pub member: Option<MemberId>,
    pub at: i64,
    /// `None` where the buyer's key is not here: not yet, or no more.
    pub record: Option<BuyerRecord>,
}

impl BuyerRow {
    /// `None` where nobody can say.
    pub fn party(&self) -> Option<Buyer> {
        self.record.as_ref().map(BuyerRecord::party)
    }
}

const BUYER: &str =
    "SELECT id, member, at, document_kind, document, name, phone, agent_name, agent_document_kind, agent_document FROM buyer";
pub(super) const BY_ID: &str = "WHERE id = ?1";
pub(super) const BY_DOCUMENT: &str = "WHERE document_kind = ?1 AND document = ?2 ORDER BY at DESC, id DESC";
pub(super) const OF_MEMBER: &str = "WHERE member = ?1";

impl Reading<'_> {
    pub fn buyer(&self, id: BuyerId) -> Result<Option<BuyerRow>, Error> {
        let mut statement = self.connection.prepare_cached(&format!("{BUYER} {BY_ID}"))?;
        Ok(statement.query_row([id.as_bytes().as_slice()], buyer_row).optional()?)
    }

    /// Every record of a document, the latest first: two tills may have recorded one before they knew of each other.
    pub fn buyers_by_document(&self, document: &Document) -> Result<Vec<BuyerRow>, Error> {
        let mut statement = self.connection.prepare_cached(&format!("{BUYER} {BY_DOCUMENT}"))?;
        let rows = statement.query_map((document.kind().as_str(), document.number()), buyer_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The latest record of a document.
    pub fn buyer_by_document(&self, document: &Document) -> Result<Option<BuyerRow>, Error> {
        Ok(self.buyers_by_document(document)?.into_iter().next())
    }

    /// The latest document that the person showed as their own, by any registration, and that can be read.
    pub fn buyer_of_person(&self, person: &PersonRow) -> Result<Option<BuyerRow>, Error> {
        let mut latest: Option<BuyerRow> = None;
        for id in person.ids() {
            let mut statement = self.connection.prepare_cached(&format!("{BUYER} {OF_MEMBER}"))?;
            for row in statement.query_map([id.as_bytes().as_slice()], buyer_row)? {
                let row = row?;
                if row.party() == Some(Buyer::Person) && latest.as_ref().is_none_or(|held| (held.at, held.id) < (row.at, row.id)) {
                    latest = Some(row);
                }
            }
        }
        Ok(latest)
    }
}

fn buyer_row(row: &Row<'_>) -> rusqlite::Result<BuyerRow> {
    Ok(BuyerRow {
        id: BuyerId::from_bytes(id_column(row, 0)?),
        member: maybe_id(row, 1)?.map(MemberId::from_bytes),
        at: row.get(2)?,
        record: record(row)?,
    })
}

fn record(row: &Row<'_>) -> rusqlite::Result<Option<BuyerRecord>> {
    let (Some(shown), Some(name)) = (document(row, 3)?, row.get(5)?) else { return Ok(None) };
    let phone: Option<String> = row.get(6)?;
    let agent = match (row.get(7)?, document(row, 8)?) {
        (Some(name), Some(document)) => Some(Agent { name, document }),
        _ => None,
    };
    Ok(Some(BuyerRecord { name, document: shown, phone: phone.and_then(|phone| Phone::parse(&phone).ok()), agent }))
}

/// Kind and number, in two columns that begin at `from`.
fn document(row: &Row<'_>, from: usize) -> rusqlite::Result<Option<Document>> {
    let (kind, number): (Option<String>, Option<String>) = (row.get(from)?, row.get(from + 1)?);
    let read = |(kind, number): (String, String)| Document::read(DocumentKind::named(&kind)?, &number).ok();
    Ok(kind.zip(number).and_then(read))
}
