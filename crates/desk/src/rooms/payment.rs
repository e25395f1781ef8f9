//! The payment column: what tenders come to, and what to offer. The same code settles the sale (A3, A9).

use std::collections::BTreeSet;

use hefu_core::{
    card,
    checkout::{Counter, Draw, Drawn, SaleParts},
    error::Code,
    ids::{CardId, TenderId},
    money::{Fen, Points},
    op::{CreditFrom, SaleGift},
    promo::Promotion,
    quote::quote,
    rules::RulesInForce,
    settle::{self, CashRounding, Given, Paid, PaidBy, Settled, settle},
};
use hefu_replica::Reading;

use super::{
    card as cards,
    gift::{self, Gifts},
    price::{self, Priced},
    shown,
};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    rulebook::RuleBook,
    sessions::OpenCart,
    wire::{CardOffer, CouponOffer, NamedTender, PayPreview, PaySuggest, PaySuggestions, PointsOffer, Settlement, TenderGiven, TenderView},
};

/// Kinds of coupon that are weighed for an offer, and offered.
const KINDS_WEIGHED: usize = 20;
const KINDS_OFFERED: usize = 5;

/// A cart with tenders that were looked at.
pub(crate) struct Settling {
    pub settled: Settled,
    pub drawn: Drawn,
    /// What had paid for the goods brought back that pay for these.
    pub credit_from: Vec<CreditFrom>,
    pub points_earned: Points,
    pub gifts: Gifts,
    /// Paid out in money where goods brought back are worth more than those taken.
    pub back_fen: Fen,
}

/// Works out what `tenders` come to for a cart. Errors: those of [`settle`], `tender.unknown`, `member.unknown`, `member.frozen`, and
/// those of points and cards.
pub(crate) fn work_out(
    desk: &Desk,
    book: &Reading<'_>,
    priced: &Priced,
    open: &OpenCart,
    tenders: &[TenderGiven],
) -> Result<Settling, hefu_replica::Error> {
    // What changed them may have come since they were put on the cart.
    if let Some(buyer) = &priced.buyer
        && book.person_is_frozen(&buyer.person)?
    {
        return Err(Code::MemberFrozen.into());
    }
    let due = priced.quote.due_fen;
    let mut given = Vec::with_capacity(tenders.len() + 1);
    let credit = priced.exchange.as_ref().map_or(Fen::ZERO, |worked| worked.in_money.min(due));
    if credit > Fen::ZERO {
        given.push(Given::Credit { amount_fen: credit });
    }
    for tender in tenders {
        given.push(given_of(priced, tender, due)?);
    }
    let rounding = priced.rules.rounding.as_ref().map_or(CashRounding::NONE, |rule| rule.body);
    let settled = settle(due, &given, rounding)?;
    let drawn = draw(book, priced, open, &settled.tenders)?;
    let by_points = gift::by_points(&settled)?;
    let by_bonus = Fen::sum(drawn.values().map(|drawn| drawn.bonus_fen))?;
    let points_earned = priced.with_cart(desk, open, |cart| priced.quote.points_earned(cart, by_points, by_bonus))?;
    let back_fen = priced.exchange.as_ref().map_or(Ok(Fen::ZERO), |worked| worked.in_money.minus(credit))?;
    let credit_from = priced.exchange.as_ref().map_or(Ok(Vec::new()), |worked| worked.credit_from(credit))?;
    let gifts = gift::of_payment(book, priced, open, &settled, by_points, by_bonus)?;
    Ok(Settling { settled, drawn, credit_from, points_earned, gifts, back_fen })
}

/// The cashier counts on what lies on the cart: a price without it is not paid unseen. Errors: `coupon.used`, `coupon.taken_back`.
pub(crate) fn coupons_stand(book: &Reading<'_>, open: &OpenCart) -> Result<(), hefu_replica::Error> {
    for id in &open.coupons {
        book.coupon(*id)?.map_or(Ok(()), |coupon| coupon.unspent())?;
    }
    Ok(())
}

fn given_of(priced: &Priced, tender: &TenderGiven, due: Fen) -> Result<Given, Code> {
    Ok(match tender {
        TenderGiven::Cash { given_fen } => Given::Cash { given_fen: *given_fen },
        TenderGiven::Card { card_id, amount_fen } => Given::Card { card: *card_id, amount_fen: *amount_fen },
        TenderGiven::Points { points } => {
            priced.buyer.as_ref().ok_or(Code::MemberUnknown)?;
            let rule = priced.rules.points.as_ref().and_then(|rule| rule.body.redeem.as_ref()).ok_or(Code::RuleMissing)?;
            Given::Points { points: *points, value_fen: rule.pay(*points, priced.points_free()?, due)? }
        }
        TenderGiven::Named { tender_id, amount_fen, reference } => named(&priced.rules, *tender_id, *amount_fen, reference.as_deref())?,
    })
}

/// A named tender as the chain knows it. Errors: `tender.unknown` (also for one that is not enabled), those of
/// [`settle::reference`].
pub(crate) fn named(rules: &RulesInForce, tender: TenderId, amount_fen: Fen, reference: Option<&str>) -> Result<Given, Code> {
    let known = rules.tenders.as_ref().and_then(|rule| rule.body.tenders.iter().find(|kind| kind.tender == tender));
    let kind = known.filter(|kind| kind.enabled).ok_or(Code::TenderUnknown)?;
    let reference = reference.map(settle::reference).transpose()?.flatten();
    Ok(Given::Named { tender, name: kind.name.clone(), amount_fen, reference })
}

/// What each card gives of its principal and its bonus.
fn draw(book: &Reading<'_>, priced: &Priced, open: &OpenCart, tenders: &[Paid]) -> Result<Drawn, hefu_replica::Error> {
    let mut drawn = Drawn::new();
    for paid in tenders {
        if let PaidBy::Card { card } = paid.by {
            let (principal_fen, bonus_fen) = draw_on(book, priced, card, paid.amount_fen)?;
            let approved_by = shown::allowed_by(book, priced, open, card)?;
            drawn.insert(card, Draw { principal_fen, bonus_fen, approved_by });
        }
    }
    Ok(drawn)
}

/// A card pays for whoever brings it, and that it was brought is [`shown::check`]'s to say; it must be able to.
fn draw_on(book: &Reading<'_>, priced: &Priced, id: CardId, amount: Fen) -> Result<(Fen, Fen), hefu_replica::Error> {
    let row = book.card(id)?.ok_or(Code::CardUnknown)?;
    let kind = cards::kind_of(&priced.book, &row)?;
    cards::usable(book, &priced.book, &row, kind, priced.at)?;
    let (principal, bonus) = cards::free(&book.on_card(id)?)?;
    Ok(card::split(principal, bonus, amount, kind.spend_order)?)
}

/// The parts of the sale that this cart would be.
#[expect(clippy::too_many_arguments, reason = "each is a thing of its own, and there is one caller that pays and one that measures")]
pub(crate) fn sale_parts<'a>(
    desk: &Desk,
    priced: &'a Priced,
    open: &'a OpenCart,
    settled: &'a Settled,
    drawn: &'a Drawn,
    credit_from: &'a [CreditFrom],
    points_earned: Points,
    gifts: &'a [SaleGift],
    store_code: &'a str,
    number: u64,
) -> Result<SaleParts<'a>, Code> {
    let identity = desk.replica.identity();
    let store = identity.store.ok_or(Code::NotHere)?;
    Ok(SaleParts {
        sale: open.id,
        at: Counter { store, store_code, device: identity.device, till_no: identity.till_no, number },
        member: priced.buyer.as_ref().map(|buyer| buyer.person.lead.id),
        tier: priced.buyer.as_ref().and_then(|buyer| buyer.level()).map(|level| level.name.as_str()),
        items: &open.items,
        quote: &priced.quote,
        rules: &priced.rules,
        clock_frozen: priced.clock_frozen,
        used: &priced.used,
        settled,
        drawn,
        credit_from,
        points_earned,
        gifts,
    })
}

pub(crate) fn preview(desk: &Desk, caller: &Caller, request: PayPreview) -> Result<Settlement, ErrorBody> {
    let session = caller.session()?;
    let open = session.cart.as_ref().filter(|open| open.id == request.cart_id && open.revision == request.revision);
    let open = open.ok_or(Code::CartChanged)?;
    let moment = desk.moment(caller);
    let settlement = desk.replica.read(|book| {
        coupons_stand(book, open)?;
        let priced = desk.price(book, moment, open)?;
        priced.as_shown(open)?;
        shown::check(caller, book, &priced, open, &request.tenders)?;
        let settling = work_out(desk, book, &priced, open, &request.tenders)?;
        let mut settlement = settlement(book, &priced.book, priced.quote.due_fen, &settling)?;
        settlement.enough &= !open.items.is_empty();
        Ok(settlement)
    })?;
    Ok(settlement)
}

pub(crate) fn settlement(
    book: &Reading<'_>,
    rules: &RuleBook,
    due_fen: Fen,
    settling: &Settling,
) -> Result<Settlement, hefu_replica::Error> {
    let settled = &settling.settled;
    let mut paid = Vec::with_capacity(settled.tenders.len());
    for tender in &settled.tenders {
        paid.push(paid_view(book, tender, &settling.drawn)?);
    }
    Ok(Settlement {
        due_fen,
        paid,
        paid_fen: Fen::sum(settled.tenders.iter().map(|paid| paid.amount_fen))?,
        left_fen: settled.left_in_cash_fen,
        change_fen: settled.change_fen,
        rounding_fen: settled.rounding_fen,
        back_fen: settling.back_fen,
        points_earned: settling.points_earned,
        gifts: settling.gifts.names(rules),
        gifts_taken: gift::names_taken(book, rules, &settling.gifts.taken)?,
        enough: settled.left_fen == Fen::ZERO,
    })
}

fn paid_view(book: &Reading<'_>, paid: &Paid, drawn: &Drawn) -> Result<TenderView, hefu_replica::Error> {
    let amount_fen = paid.amount_fen;
    Ok(match &paid.by {
        PaidBy::Cash { given_fen, change_fen } => TenderView::Cash { given_fen: *given_fen, change_fen: *change_fen },
        PaidBy::Card { card } => {
            let Draw { principal_fen, bonus_fen, .. } = drawn.get(card).copied().unwrap_or_default();
            TenderView::Card { card_id: *card, card_no: cards::masked_no(book, *card)?, principal_fen, bonus_fen }
        }
        PaidBy::Points { points } => TenderView::Points { points: *points, amount_fen },
        PaidBy::Named { tender, name, reference } => {
            TenderView::Named { tender_id: *tender, name: name.clone(), amount_fen, reference: reference.clone() }
        }
        PaidBy::Credit => TenderView::Credit { amount_fen },
    })
}

/// What may still be taken beside the tenders that were entered. What of those is wrong is the preview's to say.
pub(crate) fn suggest(desk: &Desk, caller: &Caller, request: PaySuggest) -> Result<PaySuggestions, ErrorBody> {
    let session = caller.session()?;
    let moment = desk.moment(caller);
    let suggestions = desk.replica.read(|book| {
        let none = OpenCart::new(hefu_core::ids::SaleId::from_bytes([0; 16]));
        let open = session.cart.as_ref().unwrap_or(&none);
        let priced = desk.price(book, moment, open)?;
        let credit = priced.exchange.as_ref().map_or(Fen::ZERO, |worked| worked.in_money.min(priced.quote.due_fen));
        let left = left_of(&priced, priced.quote.due_fen.minus(credit)?, &request.tenders);
        let rounding = priced.rules.rounding.as_ref().map_or(CashRounding::NONE, |rule| rule.body);
        let in_cash = settle(left, &[], rounding)?.left_in_cash_fen;
        let kinds = priced.rules.tenders.iter().flat_map(|rule| &rule.body.tenders).filter(|kind| kind.enabled);
        Ok(PaySuggestions {
            cash_fen: cash(in_cash)?,
            points: points_offer(&priced, left)?,
            cards: card_offers(book, &priced, left)?,
            coupons: coupon_offers(desk, book, &priced, open)?,
            tenders: kinds
                .map(|kind| NamedTender { tender_id: kind.tender, name: kind.name.clone(), wants_reference: kind.reference })
                .collect(),
        })
    })?;
    Ok(suggestions)
}

/// What is left of `due` beside tenders.
fn left_of(priced: &Priced, due: Fen, tenders: &[TenderGiven]) -> Fen {
    let redeem = priced.rules.points.as_ref().and_then(|rule| rule.body.redeem.as_ref());
    let pays = |tender: &TenderGiven| match tender {
        TenderGiven::Cash { given_fen } => *given_fen,
        TenderGiven::Card { amount_fen, .. } | TenderGiven::Named { amount_fen, .. } => *amount_fen,
        TenderGiven::Points { points } => redeem.and_then(|redeem| redeem.value(*points).ok()).unwrap_or_default(),
    };
    tenders.iter().map(pays).fold(due, |left, pays| left.minus(pays.max(Fen::ZERO).min(left)).unwrap_or_default())
}

/// The exact amount, then what whole notes a customer is likely to hand over: the next 5, 10, 20, 50 and 100 yuan.
fn cash(due: Fen) -> Result<Vec<Fen>, Code> {
    let mut given = vec![due];
    for note in [500, 1000, 2000, 5000, 10_000] {
        let rounded = Fen::new((due.get() + note - 1) / note * note)?;
        if !given.contains(&rounded) {
            given.push(rounded);
        }
    }
    given.truncate(5);
    Ok(given)
}

/// `left` of what is due is not paid otherwise; the order and its share that points may pay are of all that is due.
fn points_offer(priced: &Priced, left: Fen) -> Result<Option<PointsOffer>, Code> {
    let (Some(_), Some(rule)) = (&priced.buyer, priced.rules.points.as_ref().and_then(|rule| rule.body.redeem.as_ref())) else {
        return Ok(None);
    };
    let (balance, due) = (priced.points_free()?, priced.quote.due_fen);
    let Some(range) = rule.range(balance, due, left) else { return Ok(None) };
    let round_points = rule.round_total(balance, due, left).unwrap_or(range.most);
    Ok(Some(PointsOffer {
        balance,
        round_points,
        round_fen: rule.value(round_points)?,
        most_points: range.most,
        most_fen: rule.value(range.most)?,
        step: range.step,
    }))
}

fn card_offers(book: &Reading<'_>, priced: &Priced, left: Fen) -> Result<Vec<CardOffer>, hefu_replica::Error> {
    let Some(buyer) = &priced.buyer else { return Ok(Vec::new()) };
    let mut offers = Vec::new();
    for row in book.cards_of_person(&buyer.person)? {
        // A card of a type that only a newer program reads is no reason to offer nothing.
        let Ok(kind) = cards::kind_of(&priced.book, &row) else { continue };
        let (principal, bonus) = cards::free(&book.on_card(row.card)?)?;
        let available_fen = principal.plus(bonus)?;
        if available_fen > Fen::ZERO && cards::usable(book, &priced.book, &row, kind, priced.at).is_ok() {
            offers.push(CardOffer {
                card_id: row.card,
                card_no: cards::masked_no(book, row.card)?,
                type_name: kind.name.clone(),
                available_fen,
                pays_fen: available_fen.min(left),
            });
        }
    }
    Ok(offers)
}

/// Coupons of the member that would lower the total, each tried alone beside those on the cart, the best first. Those of one kind
/// save the same: the one that ends first stands for all, so that a handful of a kind hides no better one.
fn coupon_offers(desk: &Desk, book: &Reading<'_>, priced: &Priced, open: &OpenCart) -> Result<Vec<CouponOffer>, hefu_replica::Error> {
    let Some(buyer) = &priced.buyer else { return Ok(Vec::new()) };
    let mut offers: Vec<CouponOffer> = Vec::new();
    let mut weighed = BTreeSet::new();
    for coupon in book.coupons_of_person(&buyer.person, priced.at, usize::MAX)? {
        let kind = (coupon.template, coupon.version);
        let usable = coupon.usable(&buyer.ids(), priced.at, priced.clock_frozen).is_ok();
        if !usable || open.coupons.contains(&coupon.coupon) || weighed.contains(&kind) {
            continue;
        }
        let Some(template) = price::template(&priced.book, &coupon) else { continue };
        if weighed.len() == KINDS_WEIGHED {
            break;
        }
        weighed.insert(kind);
        let mut with: Vec<_> = priced.coupons.iter().map(|(id, promotion)| (*id, promotion)).collect::<Vec<(_, &Promotion)>>();
        with.push((coupon.coupon, &template.effect));
        let due = priced.with_coupons(desk, open, &with, |cart| Ok(quote(cart)?.due_fen))?;
        let saves_fen = priced.quote.due_fen.minus(due)?;
        if saves_fen > Fen::ZERO {
            offers.push(CouponOffer { coupon_id: coupon.coupon, name: template.name().to_owned(), until: coupon.until, saves_fen });
        }
    }
    offers.sort_by_key(|offer| (std::cmp::Reverse(offer.saves_fen), offer.until));
    offers.truncate(KINDS_OFFERED);
    Ok(offers)
}
