//! Who buys stored-value cards: recorded by the document shown, found again by it, and shown masked (C3, F5).
//!
//! What the law wants kept of a buyer is for those who may see it, and for nobody at the counter once it is written down: a
//! cashier sees that it is the same document by its last characters.

use hefu_core::{
    buyer::{self, Agent, Document},
    card::Buyer,
    error::Code,
    ids::MemberId,
    name::masked,
    op::{BuyerRecorded, Draft},
    phone::Phone,
    seal::PersonKey,
};
use hefu_replica::{BuyerRow, PersonRow, Reading};

use crate::{
    Desk, ErrorBody,
    desk::Caller,
    wire::{BuyerAgent, BuyerAgentView, BuyerFind, BuyerFound, BuyerGet, BuyerRecord, BuyerView},
};

type Failed = hefu_replica::Error;

/// Records a buyer's document. Sent again with its id, or the same buyer with the same document found again, it answers with
/// what is on record. Errors: `document.invalid`, `phone.invalid`, `name.invalid`, `text.too_long`, `buyer.agent_needed`,
/// `member.unknown`, `member.frozen`, `request.invalid` for a company that is a member's, or an id under which another buyer is on record.
pub(crate) fn record(desk: &Desk, caller: &Caller, request: BuyerRecord) -> Result<BuyerView, ErrorBody> {
    let record = read(&request)?;
    if request.member_id.is_some() && record.party() == Buyer::Company {
        return Err(Code::RequestInvalid.into());
    }
    let (by, id) = (desk.by(caller), request.buyer_id);
    let (key, nonce) = (PersonKey::new(desk.random()?), desk.random()?);
    let recorded = desk.replica.write(|book| {
        let person = request.member_id.map(|id| member(book, id)).transpose()?;
        if let Some(row) = book.buyer(id)? {
            let same = row.record.as_ref().is_some_and(|held| held.is_same(&record));
            return if same { view(&row, false) } else { Err(Code::RequestInvalid.into()) };
        }
        let known = book.buyers_by_document(&record.document)?;
        if let Some(row) = known.iter().find(|row| tells(row, &record, person.as_ref())) {
            return view(row, false);
        }
        let body = BuyerRecorded { buyer: id, member: person.map(|person| person.lead.id) };
        book.put_key(id.0, &key)?;
        book.append(by, &Draft::new(body).with_sealed(&key, id.0, nonce, &record)?)?;
        view(&book.buyer(id)?.ok_or(Code::Internal)?, false)
    })?;
    Ok(recorded)
}

fn read(request: &BuyerRecord) -> Result<buyer::BuyerRecord, Code> {
    let document = Document::read(request.kind, &request.number)?;
    let phone = request.phone.as_deref().filter(|text| !text.trim().is_empty()).map(Phone::parse).transpose()?;
    let agent = |agent: &BuyerAgent| Agent::read(&agent.name, Document::read(agent.kind, &agent.number)?);
    buyer::BuyerRecord::read(&request.name, document, phone, request.agent.as_ref().map(agent).transpose()?)
}

fn member(book: &Reading<'_>, id: MemberId) -> Result<PersonRow, Failed> {
    let person = book.person(id)?.ok_or(Code::MemberUnknown)?;
    if book.person_is_frozen(&person)? { Err(Code::MemberFrozen.into()) } else { Ok(person) }
}

/// Whether a record says already all that this one would.
fn tells(row: &BuyerRow, record: &buyer::BuyerRecord, person: Option<&PersonRow>) -> bool {
    let Some(held) = &row.record else { return false };
    let reached = record.phone.is_none() || record.phone == held.phone;
    let theirs = person.is_none_or(|person| person.ids().any(|id| row.member == Some(id)));
    held.is_same(record) && reached && theirs
}

/// Errors with `document.invalid`.
pub(crate) fn find(desk: &Desk, _: &Caller, request: BuyerFind) -> Result<BuyerFound, ErrorBody> {
    let document = Document::read(request.kind, &request.number)?;
    let buyer = desk.replica.read(|book| book.buyer_by_document(&document)?.map(|row| view(&row, false)).transpose())?;
    Ok(BuyerFound { buyer })
}

/// In full, for whoever may see members so. Errors with `buyer.unknown`.
pub(crate) fn get(desk: &Desk, _: &Caller, request: BuyerGet) -> Result<BuyerView, ErrorBody> {
    Ok(desk.replica.read(|book| view(&book.buyer(request.buyer_id)?.ok_or(Code::BuyerUnknown)?, true))?)
}

/// A buyer on record. Errors with `buyer.unknown` where nobody can read it any more.
pub(crate) fn view(row: &BuyerRow, full: bool) -> Result<BuyerView, Failed> {
    let record = row.record.as_ref().ok_or(Code::BuyerUnknown)?;
    let name = |name: &str, party: Buyer| if full || party == Buyer::Company { name.to_owned() } else { masked(name) };
    let number = |document: &Document| if full { document.number().to_owned() } else { document.masked() };
    let agent = |agent: &Agent| BuyerAgentView {
        name: name(&agent.name, Buyer::Person),
        kind: agent.document.kind(),
        number: number(&agent.document),
    };
    Ok(BuyerView {
        buyer_id: row.id,
        party: record.party(),
        name: name(&record.name, record.party()),
        kind: record.document.kind(),
        number: number(&record.document),
        phone: record.phone.as_ref().map(|phone| if full { phone.as_str().to_owned() } else { phone.masked() }),
        agent: record.agent.as_ref().map(agent),
        member_id: row.member,
        recorded_at: row.at,
        full,
    })
}
