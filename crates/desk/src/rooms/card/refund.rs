//! A card given back for money, by the law of prepaid consumption (C3). The quote and the payment are one reckoning.

use std::sync::Arc;

use hefu_core::{
    access::Permission,
    card::{CardEvent, CardFacts, CardRefund, CardRefundParts, Cause, PaidOutBy},
    checkout::Counter,
    error::Code,
    ids::CardId,
    money::{Fen, Rounding, scale},
    op::{Draft, Said, SaleLine, Tender},
    refund::Returned,
    rules::RulesInForce,
    settle::Given,
    time::business_day,
};
use hefu_replica::{CardUse, Reading};

use super::{as_held, for_change, kind_of, known, law, receipt, view};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    rooms::{approval, cart, payment, said, sale::store_of},
    wire::{CardPayOut, CardReceipt, CardRefundAsk, CardRefundPay, CardRefundQuote},
};

type Failed = hefu_replica::Error;

/// A card given back, worked out and not yet written.
struct Worked {
    worth: CardRefund,
    /// Whether the law lets it be paid in cash.
    may_pay_cash: bool,
    rules: Arc<RulesInForce>,
}

/// What giving a card back pays now. Errors: `card.unknown`, `card.frozen`, `card.closed`, `card.replaced`, `card.owes` for
/// a card that owes more than bonus that its principal pays, and those of [`CardFacts::refund`].
fn work_out(desk: &Desk, book: &Reading<'_>, id: CardId, cause: Cause, at: i64) -> Result<Worked, Failed> {
    let row = for_change(book, id)?;
    let (rules, rule_book) = desk.rules.at(book, at)?;
    let kind = kind_of(&rule_book, &row)?;
    row.state.after(CardEvent::Close, &as_held(kind, &row))?;
    let on = book.on_card(id)?;
    if on.principal.plus(on.bonus.min(Fen::ZERO))? < Fen::ZERO {
        return Err(Code::CardOwes.into());
    }
    let law = law(book, &rules, desk.replica.identity().store)?;
    let worth = facts(book, id, on.to_come, cause, at)?.refund(&law, kind.gift_counts)?;
    let may_pay_cash = law.may_pay_cash(&worth, paid_in_cash(book, id)?);
    Ok(Worked { worth, may_pay_cash, rules })
}

/// What of a card's money was paid in cash. A top-up whose detail is elsewhere counts as paid into an account: that is always right.
fn paid_in_cash(book: &Reading<'_>, id: CardId) -> Result<Fen, Failed> {
    let mut paid = Fen::ZERO;
    for card in book.card_line(id)? {
        for money in book.card_money(card)?.into_iter().filter(|money| money.top_up.is_some()) {
            for tender in book.card_tenders(&money)?.iter().filter(|tender| matches!(tender, Tender::Cash { .. })) {
                paid = paid.plus(tender.amount()?)?;
            }
        }
    }
    Ok(paid)
}

/// By what a card is paid out. Errors: `tender.unknown`, `text.too_long`; `card.account_needed` for cash that the law does not let
/// be paid.
fn paid_out_by(worked: &Worked, by: &CardPayOut) -> Result<PaidOutBy, Code> {
    let (tender_id, reference) = match by {
        CardPayOut::Cash if worked.may_pay_cash => return Ok(PaidOutBy::Cash),
        CardPayOut::Cash => return Err(Code::CardAccountNeeded),
        CardPayOut::Named { tender_id, reference } => (*tender_id, reference.as_deref()),
    };
    match payment::named(&worked.rules, tender_id, worked.worth.refund_fen, reference)? {
        Given::Named { tender, name, reference, .. } => Ok(PaidOutBy::Named { tender, name, reference }),
        _ => Err(Code::Internal),
    }
}

fn facts(book: &Reading<'_>, id: CardId, gift_to_come_fen: Fen, cause: Cause, at: i64) -> Result<CardFacts, Failed> {
    let mut facts = CardFacts {
        paid_fen: Fen::ZERO,
        gift_fen: book.bonus_parts_given(id)?,
        gift_to_come_fen,
        used_list_fen: Fen::ZERO,
        used_principal_fen: Fen::ZERO,
        used_bonus_fen: Fen::ZERO,
        first_paid_day: None,
        today: business_day(at),
        cause,
    };
    for card in book.card_line(id)? {
        for money in book.card_money(card)?.into_iter().filter(|money| money.top_up.is_some()) {
            facts.paid_fen = facts.paid_fen.plus(money.principal_fen)?;
            facts.gift_fen = facts.gift_fen.plus(money.bonus_fen)?;
            let earlier = facts.first_paid_day.as_ref().is_none_or(|day| money.day < *day);
            facts.first_paid_day = if earlier { Some(money.day) } else { facts.first_paid_day };
        }
    }
    for used in book.card_uses(id)? {
        facts.used_principal_fen = facts.used_principal_fen.plus(used.principal)?;
        facts.used_bonus_fen = facts.used_bonus_fen.plus(used.bonus)?;
        facts.used_list_fen = facts.used_list_fen.plus(at_list_price(book, &used)?)?;
    }
    Ok(facts)
}

/// The card's share of the list price of what the customer kept of a sale: by its part of what they cost. Where tax was added to what
/// goods cost, it is added to their list price too. Where only the sale's head is here, its goods are taken to have come back in
/// proportion. Fractions of a fen are the customer's.
fn at_list_price(book: &Reading<'_>, used: &CardUse) -> Result<Fen, Failed> {
    let drawn = used.principal.plus(used.bonus)?;
    let Some(sale) = book.sale(used.sale)?.filter(|_| drawn > Fen::ZERO) else { return Ok(drawn.max(Fen::ZERO)) };
    let returned = book.returned(sale.id)?;
    let kept = sale.total_fen.minus(returned.paid_back()?)?;
    if kept <= Fen::ZERO {
        return Ok(drawn);
    }
    let taxed = sale.goods_fen.minus(sale.off_fen)?;
    let goods = match book.sale_lines(&sale)? {
        _ if returned.by_line.is_empty() && taxed == sale.total_fen => sale.goods_fen,
        None => {
            let kept = Fen::new(scale(sale.goods_fen.get(), kept.get(), sale.total_fen.get(), Rounding::Down)?)?;
            with_tax(kept, taxed, sale.total_fen)?
        }
        Some(lines) => Fen::sum(lines.iter().map(|line| list_kept(line, &returned)).collect::<Result<Vec<_>, _>>()?)?,
    };
    Ok(Fen::new(scale(drawn.get(), goods.get(), kept.get(), Rounding::Down)?)?)
}

/// The list price of what is kept of a line, with the tax that was added to it.
fn list_kept(line: &SaleLine, returned: &Returned) -> Result<Fen, Code> {
    let milli = line.quantity_milli - returned.by_line.get(&line.no).copied().unwrap_or(0);
    let list = Fen::new(scale(line.list_price_fen.get(), milli.max(0), 1000, Rounding::Down)?)?;
    with_tax(list, line.amount_fen, line.amount_fen.plus(line.added_tax_fen)?)
}

/// An amount as much larger as `net` became by its tax. What was given for nothing bore none.
fn with_tax(amount: Fen, net: Fen, gross: Fen) -> Result<Fen, Code> {
    if net <= Fen::ZERO { Ok(amount) } else { Fen::new(scale(amount.get(), gross.get(), net.get(), Rounding::Down)?) }
}

pub(crate) fn refund_quote(desk: &Desk, caller: &Caller, request: CardRefundAsk) -> Result<CardRefundQuote, ErrorBody> {
    let moment = desk.moment(caller);
    let quote = desk.replica.read(|book| {
        let Worked { worth, may_pay_cash, .. } = work_out(desk, book, request.card_id, request.cause, moment)?;
        let figures = worth.explained;
        Ok(CardRefundQuote {
            card: view(desk, caller, book, &known(book, request.card_id)?)?,
            cause: request.cause,
            basis: worth.basis,
            article: worth.article,
            paid_fen: figures.paid_fen,
            gift_fen: figures.gift_fen,
            used_fen: figures.used_list_fen,
            charged_fen: figures.charged_fen,
            cooling_fen: figures.cooling_fen,
            discounted_fen: figures.discounted_fen,
            list_price_fen: figures.list_price_fen,
            refund_fen: worth.refund_fen,
            may_pay_cash,
        })
    })?;
    Ok(quote)
}

/// Pays a card out and closes it. A card gives its money once, so that the card itself says whether it was sent before.
/// Errors: `reason.needed`, those of an approval and of the quote, `cart.changed` when the figure on the screen is another now,
/// those of [`paid_out_by`].
pub(crate) fn refund(desk: &Desk, caller: &Caller, request: CardRefundPay) -> Result<CardReceipt, ErrorBody> {
    let reason = cart::reason(&request.reason)?;
    let allowed_by = approval::allow(desk, caller, Permission::RefundCards, request.approval.as_ref())?;
    let own = caller.staff.as_ref().map(|staff| staff.id);
    let (by, moment, nonce) = (desk.by(caller), desk.moment(caller), desk.random()?);
    let identity = desk.replica.identity();
    let store_id = identity.store.ok_or(Code::NotHere)?;
    let id = request.card_id;
    let done = desk.replica.write(|book| {
        if let Some((money, refund_fen)) = book.card_paid_out(id)? {
            let same = refund_fen == request.refund_fen;
            return if same { receipt(desk, caller, book, &money) } else { Err(Code::CardClosed.into()) };
        }
        let worked = work_out(desk, book, id, request.cause, moment)?;
        let worth = &worked.worth;
        if worth.refund_fen != request.refund_fen {
            return Err(Code::CartChanged.into());
        }
        let store = store_of(book, Some(store_id))?;
        let number = book.next_receipt_number()?;
        let parts = CardRefundParts {
            card: id,
            at: Counter { store: store_id, store_code: &store.code, device: identity.device, till_no: identity.till_no, number },
            cause: request.cause,
            worth,
            holdings: &book.card_holdings(id)?,
            by: paid_out_by(&worked, &request.by)?,
            approved_by: Some(allowed_by).filter(|by| Some(*by) != own),
        };
        let (refunded, detail) = parts.refund()?;
        let (member, draft) = (book.card(id)?.and_then(|row| row.member), Draft::new(refunded).with_detail(&detail)?);
        book.append(by, &said::sealed(book, by, draft, member, nonce, &Said::reason(&reason))?)?;
        let (money, _) = book.card_paid_out(id)?.ok_or(Code::Internal)?;
        receipt(desk, caller, book, &money)
    })?;
    Ok(done)
}
