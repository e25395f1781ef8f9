//! A card's life apart from money paid: opened, lost and found, woken up, passed on, replaced.

use hefu_core::{
    access::Permission,
    card::{self, CardEvent, CardNo, CardType, Validity},
    error::Code,
    ids::{CardId, MemberId, StaffId},
    op::{self, CardOpened, Draft, RuleUsed, Said},
};
use hefu_replica::{CardRow, Reading, Writing};

use super::{as_held, for_change, in_full, kind_of, validity, view};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    rooms::{approval, cart, said},
    wire::{Approval, CardChange, CardChangeTo, CardOpen, CardReissue, CardView},
};

type Failed = hefu_replica::Error;

/// How often chance is asked for a number that no card bears; two in a row were a broken generator.
const TRIES: usize = 8;

/// Opens a card. Sent again with its id, it answers with the card that exists. Errors: `card.type_unknown`, `card.not_offered`
/// (a type that is not enabled), `card.member_needed`, `card.anonymous` (a member for an anonymous card: it is opened first, and
/// then becomes theirs by `card.change`), `member.unknown`, `member.frozen`, `card.number_invalid`, `card.number_damaged`, `card.number_taken`.
pub(crate) fn open(desk: &Desk, caller: &Caller, request: CardOpen) -> Result<CardView, ErrorBody> {
    let printed = request.card_no.as_deref().map(CardNo::read).transpose()?;
    let (by, moment) = (desk.by(caller), desk.moment(caller));
    let opened = desk.replica.write(|book| {
        if let Some(row) = book.card(request.card_id)? {
            return in_full(desk, caller, book, &row);
        }
        let (rules, _) = desk.rules.at(book, moment)?;
        let kind = rules.card_types.get(&request.type_id).ok_or(Code::CardTypeUnknown)?;
        if !kind.body.enabled {
            return Err(Code::CardNotOffered.into());
        }
        let member = match (kind.body.registered, request.member_id) {
            (true, None) => return Err(Code::CardMemberNeeded.into()),
            (false, Some(_)) => return Err(Code::CardAnonymous.into()),
            (true, Some(id)) => Some(holder(book, id)?),
            (false, None) => None,
        };
        let no = number(desk, book, printed.as_ref())?;
        let card_no = no.as_str().to_owned();
        book.append(by, &Draft::new(CardOpened { card: request.card_id, card_no, kind: kind.used(), member }))?;
        in_full(desk, caller, book, &for_change(book, request.card_id)?)
    })?;
    Ok(opened)
}

/// The leading registration of whoever is to hold a card.
fn holder(book: &Reading<'_>, id: MemberId) -> Result<MemberId, Failed> {
    let person = book.person(id)?.ok_or(Code::MemberUnknown)?;
    if book.person_is_frozen(&person)? { Err(Code::MemberFrozen.into()) } else { Ok(person.lead.id) }
}

/// The printed number, or a new one. A number that any card ever bore is taken.
fn number(desk: &Desk, book: &Reading<'_>, printed: Option<&CardNo>) -> Result<CardNo, Failed> {
    if let Some(no) = printed {
        return if book.card_by_no(no.as_str())?.is_some() { Err(Code::CardNumberTaken.into()) } else { Ok(no.clone()) };
    }
    for _ in 0..TRIES {
        let no = CardNo::new(u64::from_be_bytes(desk.random()?));
        if book.card_by_no(no.as_str())?.is_none() {
            return Ok(no);
        }
    }
    Err(Code::Internal.into())
}

/// Changes a card without moving money. What is so already is not written again. A loss blocks the card and is anybody's to
/// report; what puts its money into another hand, a found card's too, is allowed, and says why. Errors: those of
/// [`card::CardState::after`], `card.unknown`, `card.frozen`, `card.type_unknown`, `member.unknown`, `member.frozen`,
/// `text.too_long`, and for the latter `reason.needed` and those of an approval.
pub(crate) fn change(desk: &Desk, caller: &Caller, request: CardChange) -> Result<CardView, ErrorBody> {
    let (reason, approved_by) = match request.change {
        CardChangeTo::Found | CardChangeTo::Member { .. } => allowed(desk, caller, &request.reason, request.approval.as_ref())?,
        // A loss reported says why by itself; a word more is kept.
        CardChangeTo::Lost | CardChangeTo::Reactivated if request.reason.trim().is_empty() => (String::new(), None),
        CardChangeTo::Lost | CardChangeTo::Reactivated => (cart::reason(&request.reason)?, None),
    };
    let (by, moment, nonce) = (desk.by(caller), desk.moment(caller), desk.random()?);
    let changed = desk.replica.write(|book| {
        let row = for_change(book, request.card_id)?;
        let (_, rule_book) = desk.rules.at(book, moment)?;
        let kind = as_held(kind_of(&rule_book, &row)?, &row);
        let change = match request.change {
            CardChangeTo::Lost => marked(&row, &kind, CardEvent::ReportLost)?.then_some(op::CardChange::Lost),
            CardChangeTo::Found => marked(&row, &kind, CardEvent::Found)?.then_some(op::CardChange::Found),
            CardChangeTo::Reactivated => {
                let expired = matches!(validity(book, &rule_book, &row, &kind, moment)?, Validity::Expired { .. });
                row.state.after(CardEvent::Found, &kind)?;
                expired.then_some(op::CardChange::Awake)
            }
            CardChangeTo::Member { member_id } => passed_to(book, &row, &kind, member_id)?,
        };
        if let Some(change) = change {
            let draft = Draft::new(op::CardChanged { card: row.card, change, approved_by });
            book.append(by, &said::sealed(book, by, draft, row.member, nonce, &Said::reason(&reason))?)?;
        }
        view(desk, caller, book, &for_change(book, row.card)?)
    })?;
    Ok(changed)
}

/// The reason for moving a card's money, and who allowed it where that is another. Errors: `reason.needed`, `text.too_long`, those
/// of an approval.
fn allowed(desk: &Desk, caller: &Caller, reason: &str, approval: Option<&Approval>) -> Result<(String, Option<StaffId>), ErrorBody> {
    let reason = cart::reason(reason)?;
    let by = approval::allow(desk, caller, Permission::MoveCards, approval)?;
    let own = caller.staff.as_ref().map(|staff| staff.id);
    Ok((reason, Some(by).filter(|by| Some(*by) != own)))
}

/// Whether an event makes another state of this one.
fn marked(row: &CardRow, kind: &CardType, event: CardEvent) -> Result<bool, Code> {
    Ok(row.state.after(event, kind)? != row.state)
}

/// A member's card passes on as its type allows; an anonymous one is registered by whoever has it in hand.
fn passed_to(book: &Reading<'_>, row: &CardRow, kind: &CardType, to: MemberId) -> Result<Option<op::CardChange>, Failed> {
    let person = book.person(to)?.ok_or(Code::MemberUnknown)?;
    if row.member.is_some_and(|held| person.ids().any(|id| id == held)) {
        return Ok(None);
    }
    let registering = row.member.is_none();
    let kind = CardType { registered: true, transferable: kind.transferable || registering, ..kind.clone() };
    row.state.after(CardEvent::Transfer, &kind)?;
    Ok(Some(op::CardChange::Member { member: holder(book, to)? }))
}

/// Puts another card in the place of one, under the same version of its type, with all its money, and the parts of bonuses
/// still to come follow it. Sent again with the new card's id, it answers with that card. Errors: `reason.needed`, those of an approval,
/// `card.closed`, `card.replaced`, `card.unknown`, `card.frozen`, `request.invalid` for an id that another card has, and those
/// of a number.
pub(crate) fn reissue(desk: &Desk, caller: &Caller, request: CardReissue) -> Result<CardView, ErrorBody> {
    let (reason, approved_by) = allowed(desk, caller, &request.reason, request.approval.as_ref())?;
    let printed = request.card_no.as_deref().map(CardNo::read).transpose()?;
    let (by, moment, nonce) = (desk.by(caller), desk.moment(caller), desk.random()?);
    let new = request.new_card_id;
    let issued = desk.replica.write(|book| {
        let row = for_change(book, request.card_id)?;
        if let Some(held) = book.card(new)? {
            let is_it = row.state == card::CardState::Replaced { by: new };
            return if is_it { in_full(desk, caller, book, &held) } else { Err(Code::RequestInvalid.into()) };
        }
        let (_, rule_book) = desk.rules.at(book, moment)?;
        row.state.after(CardEvent::Reissue { by: new }, &as_held(kind_of(&rule_book, &row)?, &row))?;
        let no = number(desk, book, printed.as_ref())?;
        open_in_place(book, by, &row, new, &no)?;
        let holdings = book.card_holdings(row.card)?;
        let draft = Draft::new(card::reissued(row.card, new, &holdings, approved_by)?);
        book.append(by, &said::sealed(book, by, draft, row.member, nonce, &Said::reason(&reason))?)?;
        in_full(desk, caller, book, &for_change(book, new)?)
    })?;
    Ok(issued)
}

fn open_in_place(book: &mut Writing<'_>, by: hefu_replica::By, old: &CardRow, new: CardId, no: &CardNo) -> Result<(), Failed> {
    let kind = RuleUsed { rule: old.kind, version: old.kind_version };
    book.append(by, &Draft::new(CardOpened { card: new, card_no: no.as_str().to_owned(), kind, member: old.member }))?;
    Ok(())
}
