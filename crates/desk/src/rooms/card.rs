//! Stored-value cards at the counter (C3).

use hefu_core::{
    card::{self, CardLaw, CardNo, CardType},
    error::Code,
    ids::CardId,
    rules::{RuleBody, RulesInForce},
    time::business_day,
};
use hefu_replica::{CardRow, Reading};

use crate::{Desk, ErrorBody, desk::Caller, rulebook::RuleBook, wire::*};

pub(crate) fn types(_: &Desk, _: &Caller, _: Nothing) -> Result<CardTypes, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn ids(_: &Desk, _: &Caller, _: Nothing) -> Result<CardIds, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn find(_: &Desk, _: &Caller, _: CardFind) -> Result<CardView, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn get(_: &Desk, _: &Caller, _: CardGet) -> Result<CardView, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn of_member(_: &Desk, _: &Caller, _: CardsOf) -> Result<CardList, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn open(_: &Desk, _: &Caller, _: CardOpen) -> Result<CardView, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn top_up_preview(_: &Desk, _: &Caller, _: TopUp) -> Result<TopUpPreview, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn top_up(_: &Desk, _: &Caller, _: TopUp) -> Result<CardReceipt, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn change(_: &Desk, _: &Caller, _: CardChange) -> Result<CardView, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn reissue(_: &Desk, _: &Caller, _: CardReissue) -> Result<CardView, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn refund_quote(_: &Desk, _: &Caller, _: CardRefundAsk) -> Result<CardRefundQuote, ErrorBody> {
    Err(Code::Internal.into())
}

pub(crate) fn refund(_: &Desk, _: &Caller, _: CardRefundPay) -> Result<CardReceipt, ErrorBody> {
    Err(Code::Internal.into())
}

/// The type of a card, by the version it was opened under.
pub(crate) fn kind_of<'a>(rules: &'a RuleBook, card: &CardRow) -> Result<&'a CardType, Code> {
    match rules.version(card.kind, card.kind_version) {
        Some(RuleBody::CardType(kind)) => Ok(kind),
        _ => Err(Code::CardTypeUnknown),
    }
}

/// Whether a card pays now. Errors: those of [`hefu_core::card::usable`], `card.frozen` for one that a newer program changed.
pub(crate) fn usable(
    _desk: &Desk,
    book: &Reading<'_>,
    rules: &RulesInForce,
    card: &CardRow,
    kind: &CardType,
    at: i64,
) -> Result<(), hefu_replica::Error> {
    if book.is_frozen(card.card.0)? {
        return Err(Code::CardFrozen.into());
    }
    let shipped = CardLaw::shipped();
    let law = rules.card_law.as_ref().map_or(&shipped, |rule| &rule.body);
    let registered = kind.registered || card.member.is_some();
    let validity = card::validity(registered, &card.awake_day, law, &business_day(at))?;
    Ok(card::usable(card.state, &validity)?)
}

/// `**** 1234`, as a receipt names it.
pub(crate) fn masked_no(book: &Reading<'_>, card: CardId) -> Result<String, hefu_replica::Error> {
    let row = book.card(card)?;
    Ok(row.and_then(|row| CardNo::read(&row.card_no).ok()).map(|no| no.masked()).unwrap_or_default())
}
