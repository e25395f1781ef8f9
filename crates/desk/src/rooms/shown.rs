//! What was shown before a stored-value card pays in a sale (C3). A member is found by half a name, and their cards are offered
//! at once; their money wants the card itself, or what only they can say. The number of a card, and the middle of a phone, are
//! masked on every screen that did not ask for them by that number.

use hefu_core::{
    access::Permission,
    barcode,
    card::{CardNo, Shown},
    error::Code,
    ids::{CardId, StaffId},
    money::Fen,
    phone::Phone,
};
use hefu_replica::{PersonRow, Reading};

use super::{approval, card as cards, price::Priced};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    sessions::{Allowed, OpenCart},
    wire::{CardShown, CardView, PayCard, TenderGiven},
};

type Failed = hefu_replica::Error;

/// Takes down for this cart that a card was shown, or who allowed it without, and for how much. Errors: `cart.empty`, `card.unknown`,
/// those of a number and of an approval, `card.not_shown` for what does not name its member whole.
pub(crate) fn show(desk: &Desk, caller: &Caller, request: PayCard) -> Result<CardView, ErrorBody> {
    let allowed_by = match &request.shown {
        CardShown::Approval { approval, .. } => Some(approval::allow(desk, caller, Permission::MoveCards, Some(approval))?),
        CardShown::Number { .. } | CardShown::Member { .. } => None,
    };
    let mut session = caller.session()?;
    let open = session.cart.as_mut().ok_or(Code::CartEmpty)?;
    let (card, view) = desk.replica.read(|book| {
        let row = match &request.shown {
            CardShown::Number { card_no } => book.card_by_no(CardNo::read(card_no)?.as_str())?,
            CardShown::Member { card_id, .. } | CardShown::Approval { card_id, .. } => book.card(*card_id)?,
        };
        let row = row.ok_or(Code::CardUnknown)?;
        if let CardShown::Member { said, .. } = &request.shown {
            let person = row.member.map(|id| book.person(id)).transpose()?.flatten();
            let (rules, rule_book) = desk.rules.at(book, desk.moment(caller))?;
            let of_card = cards::shown(&rules, &rule_book, &row) == Shown::Card;
            if of_card || !person.is_some_and(|person| names(&person, said)) {
                return Err(Code::CardNotShown.into());
            }
        }
        Ok((row.card, cards::view(desk, caller, book, &row)?))
    })?;
    match allowed_by {
        None => {
            open.cards_allowed.remove(&card);
            open.cards_shown.insert(card);
        }
        Some(_) if open.cards_shown.contains(&card) => {}
        Some(by) => {
            let own = caller.staff.as_ref().map(|staff| staff.id);
            let most_fen = open.shown.map_or(Ok(Fen::ZERO), |shown| shown.to_pay())?;
            open.cards_allowed.insert(card, Allowed { by: Some(by).filter(|by| Some(*by) != own), most_fen });
        }
    }
    Ok(view)
}

/// Whether `said` is a person's whole phone number or member card.
pub(crate) fn names(person: &PersonRow, said: &str) -> bool {
    let phone = Phone::parse(said).ok();
    let is_phone = phone.is_some_and(|phone| person.lead.phone.as_deref() == Some(phone.as_str()));
    let card = barcode::clean(said);
    is_phone || (!card.is_empty() && person.lead.card_no.as_deref() == Some(card.as_str()))
}

/// Whether every card among `tenders` may pay here. Errors with `card.not_shown`, also for more than was allowed: somebody looked
/// at a cart, and it has grown since.
pub(crate) fn check(caller: &Caller, book: &Reading<'_>, priced: &Priced, open: &OpenCart, tenders: &[TenderGiven]) -> Result<(), Failed> {
    if caller.staff.as_ref().is_some_and(|staff| staff.role.may(Permission::MoveCards)) {
        return Ok(());
    }
    for tender in tenders {
        if let TenderGiven::Card { card_id, amount_fen } = tender
            && !open.cards_shown.contains(card_id)
            && open.cards_allowed.get(card_id).is_none_or(|allowed| *amount_fen > allowed.most_fen)
            && !pays_unshown(book, priced, open, *card_id)?
        {
            return Err(Code::CardNotShown.into());
        }
    }
    Ok(())
}

/// Who allowed a card to pay, where it pays by nothing else.
pub(crate) fn allowed_by(book: &Reading<'_>, priced: &Priced, open: &OpenCart, card: CardId) -> Result<Option<StaffId>, Failed> {
    let by = open.cards_allowed.get(&card).and_then(|allowed| allowed.by);
    if by.is_none() || open.cards_shown.contains(&card) || pays_unshown(book, priced, open, card)? { Ok(None) } else { Ok(by) }
}

/// A card that nobody knows is refused as such, where it is drawn on.
fn pays_unshown(book: &Reading<'_>, priced: &Priced, open: &OpenCart, id: CardId) -> Result<bool, Failed> {
    let Some(row) = book.card(id)? else { return Ok(true) };
    let of_buyer = priced.buyer.as_ref().is_some_and(|buyer| buyer.person.ids().any(|id| row.member == Some(id)));
    Ok(of_buyer
        && match cards::shown(&priced.rules, &priced.book, &row) {
            Shown::Card => false,
            Shown::Member => open.member_said,
            Shown::Nothing => true,
        })
}
