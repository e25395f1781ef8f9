//! Stored-value cards (C3): what a card is, from the acts of people with it, and the money that went onto and out of it.

use hefu_core::{
    card::{CardEvent, CardState, CardType},
    ids::{MemberId, StoreId},
    op::{Body, CardBonusDue, CardChange, CardOpened, CardRefunded, CardToppedUp, TenderDetail},
};
use rusqlite::Connection;
use uuid::Uuid;

use super::{
    Folding, Sums,
    register::Fact,
    sale::{self, Half},
};
use crate::Error;

/// A card as the acts about it leave it, in the order of their corrected time.
struct Card<'a> {
    opened: &'a CardOpened,
    at: i64,
    store: Option<StoreId>,
    member: Option<MemberId>,
    state: CardState,
    awake_day: &'a str,
}

/// The desk that wrote an act looked at the card's type; two tills that did not know of each other may have written acts
/// that do not follow: then what cannot be undone holds, and the rest is passed over.
pub(super) fn set(connection: &Connection, card: Uuid, facts: &[Fact]) -> Result<(), Error> {
    let opened = facts.iter().find_map(|fact| match &fact.body {
        Body::CardOpened(opened) => Some((fact, opened)),
        _ => None,
    });
    let Some((fact, opened)) = opened else { return Ok(()) };
    let mut held = Card {
        opened,
        at: fact.when.at,
        store: fact.stamp.store,
        member: opened.member,
        state: CardState::Active,
        awake_day: &fact.when.day,
    };
    let any = CardType { registered: true, transferable: true, ..CardType::shipped() };
    for fact in facts {
        let event = match &fact.body {
            Body::CardChanged(changed) => match changed.change {
                CardChange::Lost => CardEvent::ReportLost,
                CardChange::Found => CardEvent::Found,
                CardChange::Member { member } => {
                    if held.state == CardState::Active {
                        held.member = Some(member);
                    }
                    continue;
                }
                CardChange::Awake => {
                    held.awake_day = held.awake_day.max(fact.when.day.as_str());
                    continue;
                }
            },
            Body::CardReissued(reissued) => CardEvent::Reissue { by: reissued.to },
            Body::CardRefunded(_) => CardEvent::Close,
            _ => continue,
        };
        held.state = held.state.after(event, &any).unwrap_or(held.state);
    }
    put(connection, card, &held)
}

fn put(connection: &Connection, card: Uuid, held: &Card<'_>) -> Result<(), Error> {
    let (state, replaced_by) = match held.state {
        CardState::Active => ("active", None),
        CardState::Lost => ("lost", None),
        CardState::Replaced { by } => ("replaced", Some(by)),
        CardState::Closed => ("closed", None),
    };
    connection
        .prepare_cached(
            "INSERT INTO card (id, card_no, kind, kind_version, member, state, replaced_by, opened_at, opened_store, awake_day)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (id) DO UPDATE SET card_no = excluded.card_no, kind = excluded.kind, kind_version = excluded.kind_version,
                member = excluded.member, state = excluded.state, replaced_by = excluded.replaced_by, opened_at = excluded.opened_at,
                opened_store = excluded.opened_store, awake_day = excluded.awake_day",
        )?
        .execute((
            card.as_bytes().as_slice(),
            &held.opened.card_no,
            held.opened.kind.rule.as_bytes().as_slice(),
            held.opened.kind.version,
            held.member.as_ref().map(|id| id.as_bytes().as_slice()),
            state,
            replaced_by.as_ref().map(|id| id.as_bytes().as_slice()),
            held.at,
            held.store.as_ref().map(|id| id.as_bytes().as_slice()),
            held.awake_day,
        ))?;
    Ok(())
}

/// What a row of `card_money` says besides the operation's own stamp.
struct Money<'a> {
    card: &'a [u8],
    top_up: Option<&'a [u8]>,
    buyer: Option<&'a [u8]>,
    receipt_no: &'a str,
    number: u64,
    plan: &'a str,
    /// From the card's view.
    principal: i64,
    bonus: i64,
}

fn put_money(connection: &Connection, sums: &mut Sums, folding: &Folding<'_>, money: &Money<'_>) -> Result<(), Error> {
    let stamp = folding.stamp;
    connection
        .prepare_cached(
            "INSERT INTO card_money (op, card, top_up, receipt_no, number, store, device, cashier, at, day, plan, principal_fen, bonus_fen,
                                     buyer)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute((
            folding.id,
            money.card,
            money.top_up,
            money.receipt_no,
            money.number.cast_signed(),
            stamp.store.as_ref().map(|id| id.as_bytes().as_slice()),
            stamp.device.as_bytes().as_slice(),
            stamp.who.as_ref().map(|id| id.as_bytes().as_slice()),
            folding.when.at,
            &folding.when.day,
            money.plan,
            money.principal,
            money.bonus,
            money.buyer,
        ))?;
    let detail = folding.op.detail.bytes().and_then(|bytes| serde_json::from_slice::<TenderDetail>(bytes).ok());
    if let Some(detail) = detail.filter(|detail| detail.tenders.iter().all(sale::tender_fits)) {
        let half = if money.top_up.is_some() { Half::Taken } else { Half::GivenBack };
        sale::insert_tenders(connection, folding.id, half, &detail.tenders)?;
    }
    sums.receipt(folding.stamp.device.as_bytes(), money.number);
    Ok(())
}

pub(super) fn top_up(connection: &Connection, sums: &mut Sums, folding: &Folding<'_>, top_up: &CardToppedUp) -> Result<(), Error> {
    // Were one part promised twice, the same of the two holds whichever came first.
    let mut part = connection.prepare_cached(
        "INSERT INTO bonus_part (top_up, part, card, day, bonus_fen) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (top_up, part) DO UPDATE SET card = excluded.card, day = excluded.day, bonus_fen = excluded.bonus_fen
         WHERE (excluded.day, excluded.card, excluded.bonus_fen) < (bonus_part.day, bonus_part.card, bonus_part.bonus_fen)",
    )?;
    for due in &top_up.parts {
        part.execute((top_up.top_up.as_bytes().as_slice(), due.part, top_up.card.as_bytes().as_slice(), &due.day, due.bonus_fen.get()))?;
    }
    put_money(
        connection,
        sums,
        folding,
        &Money {
            card: top_up.card.as_bytes(),
            top_up: Some(top_up.top_up.as_bytes()),
            buyer: top_up.buyer.as_ref().map(|id| id.as_bytes().as_slice()),
            receipt_no: &top_up.receipt_no,
            number: top_up.number,
            plan: &top_up.plan,
            principal: top_up.principal_fen.get(),
            bonus: top_up.bonus_fen.get(),
        },
    )
}

pub(super) fn bonus_due(connection: &Connection, due: &CardBonusDue) -> Result<(), Error> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO bonus_given (top_up, part) VALUES (?1, ?2)")?
        .execute((due.top_up.as_bytes().as_slice(), due.part))?;
    Ok(())
}

pub(super) fn refunded(connection: &Connection, sums: &mut Sums, folding: &Folding<'_>, refunded: &CardRefunded) -> Result<(), Error> {
    put_money(
        connection,
        sums,
        folding,
        &Money {
            card: refunded.card.as_bytes(),
            top_up: None,
            buyer: None,
            receipt_no: &refunded.receipt_no,
            number: refunded.number,
            plan: "",
            principal: -refunded.principal_fen.get(),
            bonus: -refunded.bonus_fen.get(),
        },
    )
}
