//! What was done to a card without money, with the reasons that were given, and who bought it (C3).

use hefu_core::op::{Body, CardChange};
use hefu_replica::{ActRow, Reading};

use super::{Failed, known};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    rooms::{
        buyer,
        sale::{staff_of, store_of},
        seen::seen,
        store_view,
    },
    wire::{CardAct, CardActKind, CardGet, CardHistory, StaffView},
};

/// Errors with `card.unknown`.
pub(crate) fn history(desk: &Desk, caller: &Caller, request: CardGet) -> Result<CardHistory, ErrorBody> {
    let history = desk.replica.read(|book| {
        let card = known(book, request.card_id)?;
        let acts = book.card_acts(card.card)?.into_iter().map(|act| view(caller, book, act));
        Ok(CardHistory {
            acts: acts.filter_map(Result::transpose).collect::<Result<_, Failed>>()?,
            buyer: book.buyer_of_card(&card)?.map(|row| buyer::view(&row, false)).transpose()?,
        })
    })?;
    Ok(history)
}

/// `None` for what is told by the card's ledger, or by the card itself.
fn view(caller: &Caller, book: &Reading<'_>, act: ActRow) -> Result<Option<CardAct>, Failed> {
    let (what, to, approved_by) = match act.body {
        Body::CardChanged(changed) => {
            let (what, to) = match changed.change {
                CardChange::Lost => (CardActKind::Lost, None),
                CardChange::Found => (CardActKind::Found, None),
                CardChange::Awake => (CardActKind::Reactivated, None),
                CardChange::Member { member } => (CardActKind::Member, Some(member)),
            };
            (what, to, changed.approved_by)
        }
        Body::CardReissued(reissued) => (CardActKind::Reissued, None, reissued.approved_by),
        _ => return Ok(None),
    };
    let to = to.map(|id| book.person(id)).transpose()?.flatten();
    let staff = |id: Option<_>| id.map(|id| staff_of(book, Some(id))).transpose();
    let (by, approved_by): (Option<StaffView>, Option<StaffView>) = (staff(act.who)?, staff(approved_by)?);
    Ok(Some(CardAct {
        at: act.at,
        what,
        to_name: to.map(|person| seen(caller, &person).name),
        reason: act.reason,
        store: act.store.map(|id| store_of(book, Some(id))).transpose()?.map(store_view),
        by,
        approved_by,
    }))
}
