//! Monthly parts of card bonuses that have come due (C3).

use std::collections::HashSet;

use hefu_core::{
    card::CardState,
    ids::CardId,
    money::Fen,
    op::{CardBonusDue, Draft},
    posting::{Account, Ledger},
};
use hefu_replica::{PartDue, Reading, Writing};

use super::{AT_ONCE, PAGE, turn};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    wire::{HqBonusParts, HqBonusPartsDone},
};

/// How many re-issues of one card are followed.
const REISSUES_MOST: usize = 100;

/// Counts or gives the parts that are due by today. A part is given once; that of a card which was replaced goes onto the card
/// in its place, and that of one which was paid out is due no more. Errors: `clock.frozen`, `server.busy`.
pub(crate) fn bonus_parts(desk: &Desk, caller: &Caller, request: HqBonusParts) -> Result<HqBonusPartsDone, ErrorBody> {
    let _turn = turn(desk, request.write)?;
    let day = desk.today(caller);
    let (mut cards, mut bonus) = (HashSet::new(), Fen::ZERO);
    let mut after: Option<PartDue> = None;
    loop {
        let due = desk.replica.read(|book| book.bonus_parts_due(&day, after.as_ref(), PAGE))?;
        for some in due.chunks(AT_ONCE) {
            desk.go_on()?;
            let given = if request.write {
                let by = desk.by(caller);
                desk.replica.write(|book| give(book, by, some))?
            } else {
                desk.replica.read(|book| some.iter().map(|part| Ok((card_for(book, part.card)?, part.bonus_fen))).collect())?
            };
            for (card, bonus_fen) in given {
                if let Some(card) = card {
                    cards.insert(card);
                    bonus = bonus.plus(bonus_fen)?;
                }
            }
        }
        if due.len() < PAGE {
            break;
        }
        after = due.into_iter().next_back();
    }
    Ok(HqBonusPartsDone { cards: cards.len() as u64, bonus_fen: bonus, written: request.write })
}

/// The card that a part goes onto; `None` where none can have it.
fn card_for(book: &Reading<'_>, card: CardId) -> Result<Option<CardId>, hefu_replica::Error> {
    let mut at = card;
    for _ in 0..REISSUES_MOST {
        if book.is_frozen(at.0)? {
            return Ok(None);
        }
        match book.card(at)?.map(|card| card.state) {
            Some(CardState::Replaced { by }) => at = by,
            // A lost card's money goes on to the card that replaces it.
            Some(CardState::Active | CardState::Lost) => return Ok(Some(at)),
            Some(CardState::Closed) | None => return Ok(None),
        }
    }
    Ok(None)
}

fn give(book: &mut Writing<'_>, by: hefu_replica::By, parts: &[PartDue]) -> Result<Vec<(Option<CardId>, Fen)>, hefu_replica::Error> {
    let mut given = Vec::with_capacity(parts.len());
    for part in parts {
        let Some(card) = card_for(book, part.card)? else { continue };
        if book.is_bonus_given(part.top_up, part.part)? {
            continue;
        }
        let mut ledger = Ledger::new();
        ledger.fen(Account::CardsIssued, Account::CardBonus(card), part.bonus_fen)?;
        let due = CardBonusDue { card, top_up: part.top_up, part: part.part, bonus_fen: part.bonus_fen, postings: ledger.done() };
        book.append(by, &Draft::new(due))?;
        given.push((Some(card), part.bonus_fen));
    }
    Ok(given)
}
