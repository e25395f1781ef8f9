//! Stored-value cards at the counter (C3): found and shown here; opened, changed and replaced, topped up, paid out, and their past
//! told in the files below.
//!
//! A card keeps the version of its type that it was opened under: in which order it is spent, whether it may pass to another
//! member and what its refund counts. What is on offer for it is the type as it is now.

mod history;
mod keep;
mod refund;
mod top_up;

use hefu_core::{
    access::Permission,
    card::{self, CardLaw, CardNo, CardState, CardType, Shown, Validity},
    error::Code,
    ids::{BuyerId, CardId, StoreId, TopUpId},
    money::Fen,
    op::Tender,
    rules::{self, RuleBody, RulesInForce},
    time::{business_day, day_after, day_before, start_of_day},
};
use hefu_replica::{CardMoneyRow, CardRow, OnCard, PersonRow, Reading};

pub(crate) use history::history;
pub(crate) use keep::{change, open, reissue};
pub(crate) use refund::{refund, refund_quote};
pub(crate) use top_up::{top_up, top_up_preview};

use super::{
    sale::{staff_of, store_of, tender_view},
    seen::seen,
    store_view,
};
use crate::{Desk, ErrorBody, desk::Caller, rulebook::RuleBook, wire::*};

type Failed = hefu_replica::Error;

/// Types that are offered, by name.
pub(crate) fn types(desk: &Desk, caller: &Caller, _: Nothing) -> Result<CardTypes, ErrorBody> {
    let moment = desk.moment(caller);
    let (rules, _) = desk.replica.read(|book| desk.rules.at(book, moment))?;
    let enabled = rules.card_types.values().filter(|kind| kind.body.enabled);
    let mut types: Vec<CardTypeView> = enabled
        .map(|kind| CardTypeView {
            type_id: kind.rule,
            name: kind.body.name.clone(),
            registered: kind.body.registered,
            plans: kind
                .body
                .plans
                .iter()
                .map(|plan| PlanView { name: plan.name.clone(), pay_fen: plan.pay_fen, bonus_fen: plan.bonus_fen, parts: plan.parts })
                .collect(),
            free_least_fen: kind.body.free_amount.map(|free| free.least_fen),
            free_most_fen: kind.body.free_amount.map(|free| free.most_fen),
        })
        .collect();
    types.sort_by(|one, other| (&one.name, one.type_id).cmp(&(&other.name, other.type_id)));
    Ok(CardTypes { types })
}

pub(crate) fn ids(desk: &Desk, caller: &Caller, _: Nothing) -> Result<CardIds, ErrorBody> {
    Ok(CardIds {
        card_id: CardId::new(caller.now, desk.random()?),
        top_up_id: TopUpId::new(caller.now, desk.random()?),
        buyer_id: BuyerId::new(caller.now, desk.random()?),
    })
}

/// Errors: `card.number_invalid`, `card.number_damaged`, `card.unknown`.
pub(crate) fn find(desk: &Desk, caller: &Caller, request: CardFind) -> Result<CardView, ErrorBody> {
    let no = CardNo::read(&request.card_no)?;
    let view = desk.replica.read(|book| {
        let row = book.card_by_no(no.as_str())?.ok_or(Code::CardUnknown)?;
        in_full(desk, caller, book, &row)
    })?;
    Ok(view)
}

pub(crate) fn get(desk: &Desk, caller: &Caller, request: CardGet) -> Result<CardView, ErrorBody> {
    Ok(desk.replica.read(|book| view(desk, caller, book, &known(book, request.card_id)?))?)
}

pub(crate) fn of_member(desk: &Desk, caller: &Caller, request: CardsOf) -> Result<CardList, ErrorBody> {
    let cards = desk.replica.read(|book| {
        let person = book.person(request.member_id)?.ok_or(Code::MemberUnknown)?;
        of_person(desk, caller, book, &person)
    })?;
    Ok(CardList { cards })
}

/// The cards of a person by all registrations, oldest first; those that were replaced or paid out are left out.
pub(crate) fn of_person(desk: &Desk, caller: &Caller, book: &Reading<'_>, person: &PersonRow) -> Result<Vec<CardView>, Failed> {
    book.cards_of_person(person)?.iter().map(|row| view(desk, caller, book, row)).collect()
}

fn known(book: &Reading<'_>, id: CardId) -> Result<CardRow, Failed> {
    Ok(book.card(id)?.ok_or(Code::CardUnknown)?)
}

/// As [`known`], for an act on the card. Errors with `card.frozen` too.
fn for_change(book: &Reading<'_>, id: CardId) -> Result<CardRow, Failed> {
    let row = known(book, id)?;
    if book.is_frozen(row.card.0)? { Err(Code::CardFrozen.into()) } else { Ok(row) }
}

/// The type of a card, by the version it was opened under. Errors with `card.type_unknown` where only a newer program reads it.
pub(crate) fn kind_of<'a>(rules: &'a RuleBook, card: &CardRow) -> Result<&'a CardType, Code> {
    match rules.version(card.kind, card.kind_version) {
        Some(RuleBody::CardType(kind)) => Ok(kind),
        _ => Err(Code::CardTypeUnknown),
    }
}

/// What must be shown before a card pays: as its type says now, or said last, where a newer program's version cannot be read.
pub(crate) fn shown(rules: &RulesInForce, book: &RuleBook, card: &CardRow) -> Shown {
    let now = rules.card_types.get(&card.kind).map(|kind| kind.body.shown);
    now.or_else(|| kind_of(book, card).ok().map(|kind| kind.shown)).unwrap_or_default()
}

/// Whether the law's rules for registered cards hold: an anonymous card that became a member's counts as one.
fn is_registered(kind: &CardType, card: &CardRow) -> bool {
    kind.registered || card.member.is_some()
}

/// The type of a card as its states know it.
fn as_held(kind: &CardType, card: &CardRow) -> CardType {
    CardType { registered: is_registered(kind, card), ..kind.clone() }
}

/// The law of prepaid cards in force in a store's city; the national pack where the chain has put none.
fn law(book: &Reading<'_>, rules: &RulesInForce, store: Option<StoreId>) -> Result<CardLaw, Failed> {
    let Some(rule) = &rules.card_law else { return Ok(CardLaw::shipped()) };
    Ok(rule.body.of(&city(book, store)?).clone())
}

fn city(book: &Reading<'_>, store: Option<StoreId>) -> Result<String, Failed> {
    let store = store.map(|id| book.store(id)).transpose()?.flatten();
    Ok(store.map(|store| store.city).unwrap_or_default())
}

/// By the law of the city that sold the card: it ends on one day, wherever it is shown. The period that held on the day it counts
/// from was promised, and no later law shortens it; a longer one since is the holder's too.
fn validity(book: &Reading<'_>, rule_book: &RuleBook, card: &CardRow, kind: &CardType, at: i64) -> Result<Validity, Failed> {
    let city = city(book, card.opened_store)?;
    let first = start_of_day(&card.awake_day).unwrap_or(at);
    let day = first..start_of_day(&day_after(&card.awake_day)).unwrap_or(first);
    let of_law = rule_book.rules().iter().filter(|rule| matches!(rule.body, RuleBody::CardLaw(_)));
    let changed = of_law.map(|rule| rule.valid_from).filter(|from| day.contains(from));
    let laws = changed
        .chain([first, at])
        .map(|at| rules::card_laws(rule_book.rules(), at).map_or_else(CardLaw::shipped, |laws| laws.of(&city).clone()));
    let law = laws.max_by_key(|law| law.anonymous_valid_months).unwrap_or_else(CardLaw::shipped);
    Ok(card::validity(is_registered(kind, card), &card.awake_day, &law, &business_day(at))?)
}

/// Whether a card pays now. Errors: those of [`hefu_core::card::usable`], `card.frozen` for one that a newer program changed.
pub(crate) fn usable(book: &Reading<'_>, rule_book: &RuleBook, card: &CardRow, kind: &CardType, at: i64) -> Result<(), Failed> {
    if book.is_frozen(card.card.0)? {
        return Err(Code::CardFrozen.into());
    }
    Ok(card::usable(card.state, &validity(book, rule_book, card, kind, at)?)?)
}

/// What a card can pay, principal and bonus. What one of the two owes, the other pays first.
pub(crate) fn free(on: &OnCard) -> Result<(Fen, Fen), Code> {
    let owed = on.principal.min(Fen::ZERO).plus(on.bonus.min(Fen::ZERO))?;
    let left = |held: Fen| if held > Fen::ZERO { Ok(held.plus(owed)?.max(Fen::ZERO)) } else { Ok(Fen::ZERO) };
    Ok((left(on.principal)?, left(on.bonus)?))
}

/// `88** **** **** 1234`, as a receipt names it.
pub(crate) fn masked_no(book: &Reading<'_>, card: CardId) -> Result<String, Failed> {
    Ok(book.card(card)?.map(|row| masked(&row.card_no)).unwrap_or_default())
}

fn masked(card_no: &str) -> String {
    CardNo::read(card_no).map(|no| no.masked()).unwrap_or_default()
}

/// As [`view`], for who has just given its number, or puts it on a new card.
fn in_full(desk: &Desk, caller: &Caller, book: &Reading<'_>, row: &CardRow) -> Result<CardView, Failed> {
    Ok(CardView { card_no: row.card_no.clone(), ..view(desk, caller, book, row)? })
}

/// A card as this caller may see it: its number in full for those who may move its money without it, its member as
/// [`seen`] shows one.
pub(crate) fn view(desk: &Desk, caller: &Caller, book: &Reading<'_>, row: &CardRow) -> Result<CardView, Failed> {
    let moment = desk.moment(caller);
    let (_, rule_book) = desk.rules.at(book, moment)?;
    let moves = caller.staff.as_ref().is_some_and(|staff| staff.role.may(Permission::MoveCards));
    let person = row.member.map(|id| book.person(id)).transpose()?.flatten();
    let holder = person.as_ref().map(|person| seen(caller, person));
    let on = book.on_card(row.card)?;
    let kind = kind_of(&rule_book, row).ok();
    let valid_until = match kind.map(|kind| validity(book, &rule_book, row, kind, moment)).transpose()? {
        Some(Validity::Valid { until }) => Some(until),
        Some(Validity::Expired { since }) => Some(day_before(&since)),
        Some(Validity::Unlimited) | None => None,
    };
    let why_not = match kind.map(|kind| usable(book, &rule_book, row, kind, moment)) {
        None => Some(Code::CardTypeUnknown),
        Some(Ok(())) => None,
        Some(Err(Failed::Refused(code))) => Some(code),
        Some(Err(error)) => return Err(error),
    };
    Ok(CardView {
        card_id: row.card,
        card_no: if moves { row.card_no.clone() } else { masked(&row.card_no) },
        type_name: kind.map(|kind| kind.name.clone()).unwrap_or_default(),
        member_id: row.member.map(|id| person.as_ref().map_or(id, |person| person.lead.id)),
        member_full: holder.as_ref().is_some_and(|seen| seen.full),
        member_name: holder.as_ref().map(|seen| seen.name.clone()),
        member_phone: holder.map(|seen| seen.phone),
        principal_fen: on.principal,
        bonus_fen: on.bonus,
        coming_bonus_fen: on.to_come,
        state: match row.state {
            CardState::Active => CardStateView::Active,
            CardState::Lost => CardStateView::Lost,
            CardState::Replaced { .. } => CardStateView::Replaced,
            CardState::Closed => CardStateView::Closed,
        },
        valid_until,
        why_not,
        opened_at: row.opened_at,
    })
}

/// The receipt of what was done, as it stands now: it may have been sent since. Errors: `card.unknown` where this card has seen no
/// such money.
pub(crate) fn receipt_get(desk: &Desk, caller: &Caller, request: CardReceiptGet) -> Result<CardReceipt, ErrorBody> {
    let found = desk.replica.read(|book| {
        let money = match request.top_up_id {
            Some(id) => book.top_up(id)?.filter(|money| money.card == request.card_id),
            None => book.card_paid_out(request.card_id)?.map(|(money, _)| money),
        };
        receipt(desk, caller, book, &money.ok_or(Code::CardUnknown)?)
    })?;
    Ok(found)
}

/// What was put on a card or paid out of it, as its receipt says.
fn receipt(desk: &Desk, caller: &Caller, book: &Reading<'_>, money: &CardMoneyRow) -> Result<CardReceipt, Failed> {
    let tenders = book.card_tenders(money)?;
    let change = |tender: &Tender| if let Tender::Cash { change_fen, .. } = tender { *change_fen } else { Fen::ZERO };
    let (mut change_fen, mut rounding_fen, mut parts) = (Fen::ZERO, Fen::ZERO, Vec::new());
    if let Some(top_up) = money.top_up {
        change_fen = Fen::sum(tenders.iter().map(change))?;
        let paid = tenders.iter().map(Tender::amount).try_fold(Fen::ZERO, |sum, amount| sum.plus(amount?))?;
        // Without the detail, which may be elsewhere, nothing is known of how it was paid.
        rounding_fen = if tenders.is_empty() { Fen::ZERO } else { money.principal_fen.minus(paid)? };
        parts = book.bonus_parts(top_up)?.into_iter().map(|part| BonusPartView { day: part.day, bonus_fen: part.bonus_fen }).collect();
    }
    Ok(CardReceipt {
        receipt_no: money.receipt_no.clone(),
        at: money.at,
        store: store_view(store_of(book, money.store)?),
        cashier: staff_of(book, money.cashier)?,
        card: view(desk, caller, book, &known(book, money.card)?)?,
        plan: money.plan.clone(),
        principal_fen: money.principal_fen,
        bonus_fen: money.bonus_fen,
        parts,
        tenders: tenders.into_iter().map(|tender| tender_view(book, tender)).collect::<Result<_, _>>()?,
        change_fen,
        rounding_fen,
        sent: money.sequenced,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_account_owes_the_other_pays_first() {
        for (principal, bonus, expect) in
            [(300, 50, (300, 50)), (0, 0, (0, 0)), (-10, 50, (0, 40)), (300, -50, (250, 0)), (-60, 50, (0, 0)), (-1, -1, (0, 0))]
        {
            let on = OnCard { principal: Fen::constant(principal), bonus: Fen::constant(bonus), to_come: Fen::constant(7) };
            assert_eq!(free(&on), Ok((Fen::constant(expect.0), Fen::constant(expect.1))), "{principal} {bonus}");
        }
    }
}
