//! Money onto a card: a plan or a free amount, within the law's limits, paid in cash or by a named tender (C3).
//!
//! The law asks for the buyer's identity: whoever has a document on record that can be read here is identified, and nobody else. Who
//! buys is said with the request, or is the card's member; the operation names whoever it was. Thresholds look at what the same
//! buyer buys in one business day, this top-up included: nobody passes under one in several steps.

use hefu_core::{
    card::{self, Buyer, CardType, Chosen, Credit, Held, Purchase, TopUpParts, Wanted},
    checkout::{Counter, Drawn},
    error::Code,
    money::{Fen, Points},
    op::Draft,
    rules::RulesInForce,
    settle::{CashRounding, Given, Settled, settle},
    time::business_day,
};
use hefu_replica::{BuyerRow, CardRow, OnCard, Reading};

use super::{for_change, is_registered, kind_of, law, receipt, usable};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    rooms::{
        buyer,
        gift::Gifts,
        payment::{self, Settling},
        sale::store_of,
    },
    wire::{BonusPartView, CardReceipt, TenderGiven, TopUp, TopUpPreview},
};

type Failed = hefu_replica::Error;

/// A top-up that may be made, and what its tenders come to.
struct Worked {
    on: OnCard,
    plan: String,
    credit: Credit,
    settled: Settled,
    /// Who buys, where that is on record.
    buyer: Option<BuyerRow>,
    wanted: Wanted,
}

/// Whether it is looked at, with what it still lacks, or done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Preview,
    Payment,
}

/// Errors: `card.unknown`, `card.frozen`, those of a card that may not be used, `request.invalid` (a plan and an amount, or
/// neither), `card.plan_unknown`, `amount.invalid`, `buyer.unknown`, those of [`card::top_up`], of which a preview passes over
/// `card.identity_needed`, those of [`settle`], and `tender.unknown` for what is neither cash nor a named tender.
fn work_out(desk: &Desk, book: &Reading<'_>, request: &TopUp, at: i64, what_for: For) -> Result<Worked, Failed> {
    let row = for_change(book, request.card_id)?;
    let (rules, rule_book) = desk.rules.at(book, at)?;
    let opened_as = kind_of(&rule_book, &row)?;
    usable(book, &rule_book, &row, opened_as, at)?;
    let offered = rules.card_types.get(&row.kind).ok_or(Code::CardNotOffered)?;
    let kind = CardType { registered: is_registered(opened_as, &row), ..offered.body.clone() };
    let (chosen, plan) = chosen(&kind, request)?;
    let given = request.tenders.iter().map(|tender| given(&rules, tender)).collect::<Result<Vec<_>, _>>()?;
    let paid_fen = match chosen {
        Chosen::Plan(plan) => plan.pay_fen,
        Chosen::Free(amount) => amount,
    };
    let buyer = buyer_of(book, request, &row)?;
    let purchase = Purchase {
        total_fen: book.bought_on(&row, buyer.as_ref(), &business_day(at))?.plus(paid_fen)?,
        buyer: buyer.as_ref().and_then(BuyerRow::party).unwrap_or(Buyer::Person),
        identified: buyer.is_some() || what_for == For::Preview,
        cash: given.iter().any(|given| matches!(given, Given::Cash { .. })),
    };
    let on = book.on_card(row.card)?;
    // What a card owes is paid by the next credit; the limit looks at what it then holds.
    let held = Held { principal_fen: on.principal.max(Fen::ZERO), bonus_fen: on.bonus.max(Fen::ZERO), to_come_fen: on.to_come };
    let law = law(book, &rules, desk.replica.identity().store)?;
    let credit = card::top_up(&kind, chosen, &law, held, purchase)?;
    let wanted = purchase.wants(kind.registered, &law);
    // Not rounded: what is on the card is paid back to the fen.
    let settled = settle(credit.principal_fen, &given, CashRounding::NONE)?;
    Ok(Worked { on, plan, credit, settled, buyer, wanted })
}

fn chosen<'a>(kind: &'a CardType, request: &TopUp) -> Result<(Chosen<'a>, String), Code> {
    match (&request.plan, request.amount_fen) {
        (Some(name), None) => {
            let plan = kind.plans.iter().find(|plan| plan.name.trim() == name.trim()).ok_or(Code::CardPlanUnknown)?;
            Ok((Chosen::Plan(plan), plan.name.clone()))
        }
        (None, Some(amount)) if amount <= Fen::ZERO => Err(Code::AmountInvalid),
        (None, Some(amount)) => Ok((Chosen::Free(amount), String::new())),
        (Some(_), Some(_)) | (None, None) => Err(Code::RequestInvalid),
    }
}

fn given(rules: &RulesInForce, tender: &TenderGiven) -> Result<Given, Code> {
    match tender {
        TenderGiven::Cash { given_fen } => Ok(Given::Cash { given_fen: *given_fen }),
        TenderGiven::Named { tender_id, amount_fen, reference } => payment::named(rules, *tender_id, *amount_fen, reference.as_deref()),
        TenderGiven::Card { .. } | TenderGiven::Points { .. } => Err(Code::TenderUnknown),
    }
}

/// Who buys: whom the request names, else the card's member by the document they showed last; of those alone whose record can be read
/// here. Errors with `buyer.unknown` for one who was named.
fn buyer_of(book: &Reading<'_>, request: &TopUp, row: &CardRow) -> Result<Option<BuyerRow>, Failed> {
    if let Some(id) = request.buyer_id {
        let named = book.buyer(id)?.filter(|buyer| buyer.record.is_some());
        return Ok(Some(named.ok_or(Code::BuyerUnknown)?));
    }
    match row.member.map(|id| book.person(id)).transpose()?.flatten() {
        Some(person) => book.buyer_of_person(&person),
        None => Ok(None),
    }
}

pub(crate) fn top_up_preview(desk: &Desk, caller: &Caller, request: TopUp) -> Result<TopUpPreview, ErrorBody> {
    let moment = desk.moment(caller);
    let preview = desk.replica.read(|book| {
        let Worked { on, credit, settled, buyer, wanted, .. } = work_out(desk, book, &request, moment, For::Preview)?;
        let parts = card::dated(&credit, &business_day(moment))?;
        let settling = Settling {
            settled,
            drawn: Drawn::new(),
            credit_from: Vec::new(),
            points_earned: Points::ZERO,
            gifts: Gifts::default(),
            back_fen: Fen::ZERO,
        };
        let (_, rules) = desk.rules.at(book, moment)?;
        Ok(TopUpPreview {
            principal_fen: credit.principal_fen,
            bonus_fen: credit.first_bonus_fen,
            parts: parts.into_iter().map(|part| BonusPartView { day: part.day, bonus_fen: part.bonus_fen }).collect(),
            principal_after_fen: on.principal.plus(credit.principal_fen)?,
            bonus_after_fen: on.bonus.plus(credit.first_bonus_fen)?,
            settlement: payment::settlement(book, &rules, credit.principal_fen, &settling)?,
            identity_needed: wanted.identity && buyer.is_none(),
            transfer_needed: wanted.transfer,
            buyer: buyer.map(|row| buyer::view(&row, false)).transpose()?,
        })
    })?;
    Ok(preview)
}

/// Sent again with its id, it answers with the top-up that exists. Errors: those of the preview, `card.identity_needed`, `tender.none`,
/// `tender.short`, `request.invalid` for an id under which another card was topped up.
pub(crate) fn top_up(desk: &Desk, caller: &Caller, request: TopUp) -> Result<CardReceipt, ErrorBody> {
    let (by, moment) = (desk.by(caller), desk.moment(caller));
    let identity = desk.replica.identity();
    let store_id = identity.store.ok_or(Code::NotHere)?;
    let done = desk.replica.write(|book| {
        if let Some(money) = book.top_up(request.top_up_id)? {
            let same = money.card == request.card_id;
            return if same { receipt(desk, caller, book, &money) } else { Err(Code::RequestInvalid.into()) };
        }
        let worked = work_out(desk, book, &request, moment, For::Payment)?;
        if request.tenders.is_empty() {
            return Err(Code::TenderNone.into());
        }
        let store = store_of(book, Some(store_id))?;
        let number = book.next_receipt_number()?;
        let parts = TopUpParts {
            top_up: request.top_up_id,
            card: request.card_id,
            buyer: worked.buyer.as_ref().map(|buyer| buyer.id),
            at: Counter { store: store_id, store_code: &store.code, device: identity.device, till_no: identity.till_no, number },
            day: &business_day(moment),
            plan: &worked.plan,
            credit: &worked.credit,
            settled: &worked.settled,
        };
        let (top_up, detail) = parts.top_up()?;
        book.append(by, &Draft::new(top_up).with_detail(&detail)?)?;
        let money = book.top_up(request.top_up_id)?.ok_or(Code::Internal)?;
        receipt(desk, caller, book, &money)
    })?;
    Ok(done)
}
