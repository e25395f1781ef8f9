//! What a proposed rule would have done to sales that were really made. Nothing is written, and the book is read in short
//! turns, so that selling and syncing go on beside it.

use std::sync::Arc;

use hefu_core::{
    error::Code,
    ids::{CouponId, RuleId, SaleId},
    money::{Fen, Points},
    op::Tender,
    quote::{Quote, quote},
    rules::{self, InForce, Level, RuleBody, RulesInForce},
    settle::CashRounding,
    tiers::{MonthStat, Review},
    time::business_day,
};
use hefu_replica::{Reading, SaleRow};

use super::{
    super::repriced::Repriced,
    place::{self, Place},
};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    rulebook::RuleBook,
    wire::{PreviewedCart, Reason, RuleConflict, RulePreview, RulePreviewed},
};

/// Sales that are priced again, and how many of them are read in one turn.
const SALES: usize = 200;
const A_READ: usize = 50;
/// Carts that are shown, and goods that are named of each.
const EXAMPLES: usize = 20;
const GOODS: usize = 3;

/// Prices the latest sales by the rules in force now and by those with the proposed body in its place, each sale at its own
/// moment. The first and last day of the rule that is tried are set aside on both sides: it is asked what it does while it
/// holds. A kind of coupon that is new is laid on each of the sales that it could be used in; tiers are tried as though they had
/// always been, and each buyer stands as just before the sale. A rule that no price hangs on is weighed against the others and
/// priced by nobody. Errors: those of [`rules::check`], `rule.member_tags`, `rule.unknown`,
/// `store.unknown`.
pub(crate) fn preview(desk: &Desk, caller: &Caller, request: RulePreview) -> Result<RulePreviewed, ErrorBody> {
    let body = place::cleaned(request.body)?;
    rules::check(&body)?;
    place::can_apply(&body)?;
    let moment = desk.moment(caller);
    let (force, rule_book) = desk.replica.read(|book| {
        place::in_stores(book, &body)?;
        desk.rules.at(book, moment)
    })?;
    let place = Place::of(rule_book.rules(), request.rule_id, &body)?;
    let rule = match place.rule {
        Some(rule) => rule,
        None => RuleId::new(caller.now, desk.random()?),
    };
    let conflict = place::conflict(rule_book.rules(), rule, &body, moment);
    let conflict = conflict.map(|(code, with)| RuleConflict { code, with });
    if !place::prices(&body) {
        return Ok(RulePreviewed { prices: false, conflict, ..nothing() });
    }
    let trial = Trial {
        by_tiers: matches!(body, RuleBody::Tiers(_)),
        template: matches!(body, RuleBody::Coupon(_)).then_some(rule),
        after: undated(with(&force, rule, place.next_version(), body), rule),
        before: undated(RulesInForce::clone(&force), rule),
        book: rule_book,
    };
    Ok(RulePreviewed { conflict, ..trial.run(desk)? })
}

/// Before the first sale is priced.
const fn nothing() -> RulePreviewed {
    RulePreviewed {
        prices: true,
        carts: 0,
        changed: 0,
        unproved: 0,
        before_fen: Fen::ZERO,
        after_fen: Fen::ZERO,
        points_before: Points::ZERO,
        points_after: Points::ZERO,
        examples: Vec::new(),
        conflict: None,
    }
}

/// The rules in force with a body in its place.
fn with(force: &RulesInForce, rule: RuleId, version: u32, body: RuleBody) -> RulesInForce {
    let mut after = force.clone();
    macro_rules! put {
        ($body:expr) => {
            InForce { rule, version, body: $body }
        };
    }
    match body {
        RuleBody::Points(body) => after.points = Some(put!(body)),
        RuleBody::Tiers(body) => after.tiers = Some(put!(body)),
        RuleBody::Tax(body) => after.tax = Some(put!(body)),
        RuleBody::Rounding(body) => after.rounding = Some(put!(body)),
        RuleBody::Refunds(body) => after.refunds = Some(put!(body)),
        RuleBody::CardLaw(body) => after.card_law = Some(put!(body)),
        RuleBody::Tenders(body) => after.tenders = Some(put!(body)),
        RuleBody::Promotion(body) => drop(after.promotions.insert(rule, put!(body))),
        RuleBody::Coupon(body) => drop(after.coupons.insert(rule, put!(body))),
        RuleBody::CardType(body) => drop(after.card_types.insert(rule, put!(body))),
    }
    after
}

/// As though it had always been, and always will be.
fn undated(mut force: RulesInForce, rule: RuleId) -> RulesInForce {
    force.tiers_before.clear();
    let promotion = force.promotions.get_mut(&rule).map(|held| &mut held.body);
    let effect = force.coupons.get_mut(&rule).map(|held| &mut held.body.effect);
    for promotion in promotion.into_iter().chain(effect) {
        (promotion.window.from, promotion.window.until) = (None, None);
    }
    force
}

struct Trial {
    before: RulesInForce,
    after: RulesInForce,
    book: Arc<RuleBook>,
    /// Levels are what is tried: each buyer's is worked out anew under both.
    by_tiers: bool,
    /// A kind of coupon is what is tried: those of it that were used take off what the version of each side says.
    template: Option<RuleId>,
}

/// A sale, read and not yet priced.
struct Made {
    id: SaleId,
    receipt_no: String,
    goods: Vec<String>,
    cart: Repriced,
    tenders: Vec<Tender>,
    /// What the buyer had bought until then, where levels are tried.
    bought: Option<(Vec<MonthStat>, Option<Review>)>,
    /// Which coupons of the cart are of the kind that is tried.
    of_template: Vec<usize>,
}

/// What a sale comes to under one set of rules.
struct Outcome {
    paid_fen: Fen,
    points: Points,
    quote: Quote,
}

impl Trial {
    fn run(&self, desk: &Desk) -> Result<RulePreviewed, ErrorBody> {
        let mut tried = nothing();
        let mut last = None;
        for _ in 0..SALES / A_READ {
            let (made, next) = desk.replica.read(|book| {
                let sales = book.latest_sales(last, A_READ)?;
                let next = sales.last().map(|sale| sale.op);
                let made = sales.iter().map(|sale| self.read(book, sale)).collect::<Result<Vec<_>, _>>()?;
                Ok((made, next))
            })?;
            let whole = made.len() == A_READ;
            for made in made.into_iter().flatten() {
                self.weigh(made, &mut tried)?;
            }
            last = next;
            if !whole {
                break;
            }
        }
        Ok(tried)
    }

    /// `None` for a sale of no store, which no rule of a store is for.
    fn read(&self, book: &Reading<'_>, sale: &SaleRow) -> Result<Option<Made>, hefu_replica::Error> {
        let (Some(lines), Some(_)) = (book.sale_lines(sale)?, sale.store) else { return Ok(None) };
        let head = book.sale_head(sale)?;
        let whole: Vec<_> = lines.iter().map(|line| (line, line.quantity_milli)).collect();
        let cart = Repriced::of(book, sale, &head, &whole, &self.book)?;
        let mut of_template = Vec::new();
        if self.template.is_some() {
            for (place, (id, _)) in cart.coupons.iter().enumerate() {
                if book.coupon(*id)?.map(|coupon| coupon.template) == self.template {
                    of_template.push(place);
                }
            }
        }
        let person = if self.by_tiers { head.member.map(|id| book.person(id)).transpose()?.flatten() } else { None };
        Ok(Some(Made {
            id: sale.id,
            receipt_no: sale.receipt_no.clone(),
            goods: lines.iter().take(GOODS).map(|line| line.name.clone()).collect(),
            cart,
            tenders: book.sale_tenders(sale)?,
            bought: person.map(|person| book.bought_before(&person, sale)).transpose()?,
            of_template,
        }))
    }

    fn weigh(&self, mut made: Made, tried: &mut RulePreviewed) -> Result<(), Code> {
        let before = self.outcome(&mut made, &self.before)?;
        let after = self.outcome(&mut made, &self.after)?;
        tried.carts += 1;
        tried.unproved += u64::from(!before.quote.proved || !after.quote.proved);
        tried.before_fen = tried.before_fen.plus(before.paid_fen)?;
        tried.after_fen = tried.after_fen.plus(after.paid_fen)?;
        tried.points_before = tried.points_before.plus(before.points)?;
        tried.points_after = tried.points_after.plus(after.points)?;
        if (before.paid_fen, before.points) == (after.paid_fen, after.points) {
            return Ok(());
        }
        tried.changed += 1;
        tried.examples.push(PreviewedCart {
            sale_id: made.id,
            receipt_no: made.receipt_no,
            at: made.cart.at,
            goods: made.goods,
            before_fen: before.paid_fen,
            after_fen: after.paid_fen,
            points_before: before.points,
            points_after: after.points,
            reasons: reasons(&after.quote)?,
        });
        // Greatest first; of equals the latest, which comes first already.
        tried.examples.sort_by_key(|cart| {
            let money = cart.after_fen.get().abs_diff(cart.before_fen.get());
            std::cmp::Reverse((money, cart.points_after.get().abs_diff(cart.points_before.get())))
        });
        tried.examples.truncate(EXAMPLES);
        Ok(())
    }

    fn outcome(&self, made: &mut Made, rules: &RulesInForce) -> Result<Outcome, Code> {
        if let Some(template) = self.template.and_then(|rule| rules.coupons.get(&rule)) {
            for place in &made.of_template {
                if let Some((_, effect)) = made.cart.coupons.get_mut(*place) {
                    effect.clone_from(&template.body.effect);
                }
            }
            // Nobody can have one of a new kind: every buyer is given one.
            if !self.before.coupons.contains_key(&template.rule) && made.of_template.is_empty() {
                made.of_template.push(made.cart.coupons.len());
                made.cart.coupons.push((CouponId::from_bytes(*template.rule.as_bytes()), template.body.effect.clone()));
            }
        }
        let month = business_day(made.cart.at);
        let level: Option<&Level> = match &made.bought {
            Some((months, review)) => {
                let held = rules.held(months, review.as_ref(), month.get(..7).unwrap_or_default());
                held.and_then(|held| held.level)
            }
            None => made.cart.level(rules),
        };
        made.cart.with_cart(rules, level, |cart| {
            let quote = quote(cart)?;
            let tendered = Tendered::of(&made.tenders)?;
            let by_points = tendered.points.min(quote.due_fen);
            let by_bonus = tendered.bonus.min(quote.due_fen.minus(by_points)?);
            let points = quote.points_earned(cart, by_points, by_bonus)?;
            let paid_fen = quote.due_fen.minus(tendered.rounding(quote.due_fen, rules)?)?;
            Ok(Outcome { paid_fen, points, quote })
        })
    }
}

/// How a sale was paid, as far as points and rounding ask.
struct Tendered {
    points: Fen,
    bonus: Fen,
    besides_cash: Fen,
    cash: bool,
}

impl Tendered {
    fn of(tenders: &[Tender]) -> Result<Self, Code> {
        let mut paid = Self { points: Fen::ZERO, bonus: Fen::ZERO, besides_cash: Fen::ZERO, cash: false };
        for tender in tenders {
            match tender {
                Tender::Cash { .. } => paid.cash = true,
                Tender::Points { amount_fen, .. } => paid.points = paid.points.plus(*amount_fen)?,
                Tender::Card { bonus_fen, .. } => paid.bonus = paid.bonus.plus(*bonus_fen)?,
                Tender::Named { .. } | Tender::Credit { .. } => {}
            }
            if !matches!(tender, Tender::Cash { .. }) {
                paid.besides_cash = paid.besides_cash.plus(tender.amount()?)?;
            }
        }
        Ok(paid)
    }

    /// What these rules would have let go of, had the rest been paid in cash as it was.
    fn rounding(&self, due: Fen, rules: &RulesInForce) -> Result<Fen, Code> {
        let rest = due.minus(self.besides_cash)?;
        if !self.cash || rest <= Fen::ZERO {
            return Ok(Fen::ZERO);
        }
        let to = rules.rounding.as_ref().map_or(CashRounding::NONE, |rule| rule.body).to_fen;
        Fen::new(rest.get().checked_rem(to.get()).ok_or(Code::AmountInvalid)?)
    }
}

/// What is off and why, each reason once for the whole cart.
fn reasons(quote: &Quote) -> Result<Vec<Reason>, Code> {
    let mut reasons: Vec<Reason> = Vec::new();
    for off in quote.lines.iter().flat_map(|line| &line.off) {
        match reasons.iter_mut().find(|reason| reason.label == off.label) {
            Some(reason) => reason.off_fen = reason.off_fen.plus(off.off_fen)?,
            None => reasons.push(Reason { label: off.label.clone(), off_fen: off.off_fen }),
        }
    }
    Ok(reasons)
}
