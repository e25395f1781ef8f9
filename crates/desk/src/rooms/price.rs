//! What the open cart costs now: the one way from a session's cart to a quote, for the screen, the payment column and the sale.

use std::sync::Arc;

use hefu_core::{
    coupon::CouponTemplate,
    error::Code,
    ids::{CouponId, MemberId},
    money::{Fen, Points},
    points::EarnPoints,
    promo::{Promotion, Source},
    quote::{Cart, Member, Quote, quote},
    rules::{Level, RuleBody, RulesInForce},
    tiers::Held,
};
use hefu_replica::{PersonRow, Reading, Standing};

use super::{member, refund, rewards};
use crate::{
    Desk,
    desk::Caller,
    rulebook::RuleBook,
    sessions::{OpenCart, Shown},
    wire::{CartCoupon, CartExchange, CartLine, CartView, Reason, TaxView, Totals, Wallet},
};

/// A clock that is known to be further off than this tells no time of promotions and coupons.
const CLOCK_OFF_MS: i64 = 24 * 3600 * 1000;

/// The member on a cart, with the level held now.
pub(crate) struct Buyer {
    pub person: PersonRow,
    pub standing: Standing,
    /// Points that pay: those that have lapsed do not, taken by HQ or not yet.
    pub points: Points,
    pub facts: Member,
}

impl Buyer {
    pub fn ids(&self) -> Vec<MemberId> {
        self.person.ids().collect()
    }

    pub fn level(&self) -> Option<&Level> {
        self.facts.level.as_ref()
    }
}

/// A cart as it is priced now.
pub(crate) struct Priced {
    pub quote: Quote,
    pub rules: Arc<RulesInForce>,
    pub book: Arc<RuleBook>,
    pub buyer: Option<Buyer>,
    /// Coupons on the cart that may be used, with their names.
    pub coupons: Vec<(CouponId, Promotion)>,
    pub used: std::collections::BTreeMap<hefu_core::ids::RuleId, hefu_core::promo::Used>,
    pub exchange: Option<refund::Worked>,
    /// Why goods that were to come back cannot any more.
    pub exchange_refused: Option<Code>,
    pub at: i64,
    pub clock_frozen: bool,
}

/// The level a person holds at a moment.
pub(crate) fn held<'a>(rules: &'a RulesInForce, standing: &Standing, at: i64) -> Option<Held<'a>> {
    let month = hefu_core::time::business_day(at);
    let month = month.get(..7).unwrap_or_default();
    rules.held(&standing.months, standing.review.as_ref(), month)
}

fn buyer(
    book: &Reading<'_>,
    rules: &RulesInForce,
    rule_book: &RuleBook,
    id: MemberId,
    at: i64,
) -> Result<Option<Buyer>, hefu_replica::Error> {
    let Some(person) = book.person(id)? else { return Ok(None) };
    let standing = book.standing(&person)?;
    let level = held(rules, &standing, at).and_then(|held| held.level).cloned();
    let members: Vec<MemberId> = person.ids().collect();
    let points = standing.points.minus(rewards::expiries_at(book, rule_book, &members, at)?.expired)?;
    let facts = Member { level, tags: Vec::new(), birthday: person.lead.birthday.clone() };
    Ok(Some(Buyer { person, standing, points, facts }))
}

impl Desk {
    /// Whether the clock is known to be wrong by more than a day.
    pub(crate) fn clock_frozen(&self) -> bool {
        self.ahead().unsigned_abs() > CLOCK_OFF_MS.unsigned_abs()
    }

    /// The cart at the rules of a moment.
    pub(crate) fn price(&self, book: &Reading<'_>, at: i64, cart: &OpenCart) -> Result<Priced, hefu_replica::Error> {
        let (rules, rule_book) = self.rules.at(book, at)?;
        let clock_frozen = self.clock_frozen();
        let buyer = match cart.member {
            Some(id) => buyer(book, &rules, &rule_book, id, at)?,
            None => None,
        };
        let members = buyer.as_ref().map(Buyer::ids).unwrap_or_default();
        let mut coupons = Vec::with_capacity(cart.coupons.len());
        for id in &cart.coupons {
            // One that may no longer be used takes nothing off; the cart still shows it.
            let coupon = book.coupon(*id)?.filter(|coupon| coupon.usable(&members, at, clock_frozen).is_ok());
            if let Some(template) = coupon.as_ref().and_then(|coupon| template(&rule_book, coupon)) {
                coupons.push((*id, template.effect.clone()));
            }
        }
        let limited = rules.promotions.values().any(|rule| {
            let limits = rule.body.limits;
            limits.per_member_times.is_some() || limits.in_all_pieces.is_some()
        });
        let mut used = if limited { book.promotion_uses(buyer.as_ref().map(|buyer| &buyer.person))? } else { Default::default() };
        let (exchange, exchange_refused) = match cart.exchange.as_ref().map(|of| refund::work_out(self, book, of, at)) {
            // Another till was faster: the cart says so instead of failing, and can be a plain sale again.
            Some(Err(hefu_replica::Error::Refused(why))) => (None, Some(why)),
            worked => (worked.transpose()?, None),
        };
        if let Some(worked) = &exchange {
            worked.give_back_uses(&members, &mut used);
        }
        let mut priced =
            Priced { quote: Quote::default(), rules, book: rule_book, buyer, coupons, used, exchange, exchange_refused, at, clock_frozen };
        priced.quote = priced.with_cart(self, cart, quote)?;
        Ok(priced)
    }
}

/// What a coupon takes off, by the version of its template that it was issued under.
pub(crate) fn template<'a>(book: &'a RuleBook, coupon: &hefu_core::coupon::Coupon) -> Option<&'a CouponTemplate> {
    match book.version(coupon.template, coupon.version) {
        Some(RuleBody::Coupon(template)) => Some(template),
        _ => None,
    }
}

impl Priced {
    pub fn shown(&self) -> Shown {
        let back = match (&self.exchange, self.exchange_refused) {
            (_, Some(why)) => Err(why),
            (Some(worked), None) => Ok((worked.total_fen, worked.in_money)),
            (None, None) => Ok((Fen::ZERO, Fen::ZERO)),
        };
        Shown { due_fen: self.quote.due_fen, back }
    }

    /// Whether it can be paid as the screen was told. Errors: `cart.changed` when it has come to something else since, else why
    /// its exchange cannot be made.
    pub fn as_shown(&self, cart: &OpenCart) -> Result<(), Code> {
        match self.exchange_refused {
            _ if cart.shown != Some(self.shown()) => Err(Code::CartChanged),
            Some(why) => Err(why),
            None => Ok(()),
        }
    }

    /// The cart as the core prices it, to ask something of it.
    pub fn with_cart<T>(&self, desk: &Desk, open: &OpenCart, ask: impl FnOnce(&Cart<'_>) -> Result<T, Code>) -> Result<T, Code> {
        let coupons: Vec<(CouponId, &Promotion)> = self.coupons.iter().map(|(id, promotion)| (*id, promotion)).collect();
        self.with_coupons(desk, open, &coupons, ask)
    }

    /// As [`Priced::with_cart`], with other coupons on it.
    pub fn with_coupons<T>(
        &self,
        desk: &Desk,
        open: &OpenCart,
        coupons: &[(CouponId, &Promotion)],
        ask: impl FnOnce(&Cart<'_>) -> Result<T, Code>,
    ) -> Result<T, Code> {
        ask(&Cart {
            items: &open.items,
            coupons,
            discount: open.discount.as_ref(),
            member: self.buyer.as_ref().map(|buyer| &buyer.facts),
            store: desk.replica.identity().store.ok_or(Code::NotHere)?,
            at: self.at,
            clock_frozen: self.clock_frozen,
            used: &self.used,
            rules: &self.rules,
            held: false,
        })
    }

    /// The points that may pay for this cart: goods that come back in the same act take theirs with them.
    pub fn points_free(&self) -> Result<Points, Code> {
        let Some(buyer) = &self.buyer else { return Ok(Points::ZERO) };
        let own = |worked: &&refund::Worked| worked.case.sale.member.is_some_and(|member| buyer.ids().contains(&member));
        match self.exchange.as_ref().filter(own) {
            Some(worked) => buyer.points.minus(worked.refunded.points_taken),
            None => Ok(buyer.points),
        }
    }

    fn redeem(&self) -> Option<&hefu_core::points::Redeem> {
        self.rules.points.as_ref().and_then(|rule: &hefu_core::rules::InForce<EarnPoints>| rule.body.redeem.as_ref())
    }
}

/// The cart as the screen shows it, and what it was so told. `fits` looks at it once it is priced, and may refuse it.
pub(crate) fn view(
    desk: &Desk,
    caller: &Caller,
    cart: &OpenCart,
    fits: impl FnOnce(&Priced) -> Result<(), Code>,
) -> Result<(CartView, Shown), crate::ErrorBody> {
    let moment = desk.moment(caller);
    let view = desk.replica.read(|book| {
        let priced = desk.price(book, moment, cart)?;
        fits(&priced)?;
        let points = priced.with_cart(desk, cart, |cart| priced.quote.points_earned(cart, Fen::ZERO, Fen::ZERO))?;
        let wallet = priced.buyer.as_ref().map(|buyer| wallet(book, &priced, buyer)).transpose()?;
        let quote = &priced.quote;
        let view = CartView {
            id: cart.id,
            revision: cart.revision,
            lines: lines(cart, quote)?,
            member: priced.buyer.as_ref().map(|buyer| member::card_of(caller, buyer)),
            wallet,
            coupons: coupons_on(book, &priced, cart)?,
            exchange: exchange_on(book, &priced, cart)?,
            totals: Totals {
                quantity_milli: quote.quantity_milli,
                goods_fen: quote.goods_fen,
                off_fen: quote.off_fen,
                added_tax_fen: quote.added_tax_fen,
                due_fen: quote.due_fen,
                points_earned: points,
            },
            taxes: quote.taxes.iter().map(tax_view).collect(),
            unproved: !quote.proved,
        };
        Ok((view, priced.shown()))
    })?;
    Ok(view)
}

/// The return half of an exchange, with what it is worth now.
fn exchange_on(book: &Reading<'_>, priced: &Priced, cart: &OpenCart) -> Result<Option<CartExchange>, hefu_replica::Error> {
    let Some(of) = &cart.exchange else { return Ok(None) };
    let (total_fen, credit_fen) = priced.shown().back.unwrap_or_default();
    Ok(Some(CartExchange {
        receipt_no: book.sale(of.sale)?.map(|sale| sale.receipt_no).unwrap_or_default(),
        line_count: i64::try_from(of.lines.len()).unwrap_or(i64::MAX),
        total_fen,
        credit_fen,
        why_not: priced.exchange_refused,
    }))
}

pub(crate) fn tax_view(tax: &hefu_core::tax::TaxAtRate) -> TaxView {
    TaxView { rate_bp: tax.rate_bp, net_fen: tax.net_fen, tax_fen: tax.tax_fen }
}

fn lines(cart: &OpenCart, quote: &Quote) -> Result<Vec<CartLine>, Code> {
    let line = |(item, quoted): (&hefu_core::quote::CartItem, &hefu_core::quote::QuotedLine)| {
        Ok(CartLine {
            no: item.no,
            product_id: item.product.product,
            name: item.product.name.clone(),
            barcode: item.barcode.clone(),
            unit: item.product.unit.clone(),
            list_price_fen: item.product.price_fen,
            quantity_milli: item.quantity_milli,
            off_fen: quoted.off_fen()?,
            amount_fen: quoted.amount_fen,
            reasons: quoted.off.iter().map(|off| Reason { label: off.label.clone(), off_fen: off.off_fen }).collect(),
            by_hand: item.by_hand.is_some(),
        })
    };
    cart.items.iter().zip(&quote.lines).map(line).collect()
}

/// What a member could pay with besides money.
fn wallet(book: &Reading<'_>, priced: &Priced, buyer: &Buyer) -> Result<Wallet, hefu_replica::Error> {
    let mut cards = Fen::ZERO;
    for card in book.cards_of_person(&buyer.person)? {
        if card.state == hefu_core::card::CardState::Active {
            let on = book.on_card(card.card)?;
            cards = cards.plus(on.principal)?.plus(on.bonus)?;
        }
    }
    let coupons = book.coupons_of_person(&buyer.person, priced.at, 1000)?;
    let count = coupons.iter().filter(|coupon| coupon.usable(&buyer.ids(), priced.at, priced.clock_frozen).is_ok()).count();
    let any = Fen::new(hefu_core::money::LARGEST / 2)?;
    let most = priced.redeem().and_then(|redeem| redeem.range(buyer.points, any, any));
    let points_fen = match (priced.redeem(), most) {
        (Some(redeem), Some(range)) => redeem.value(range.most)?,
        _ => Fen::ZERO,
    };
    Ok(Wallet { cards_fen: cards, coupon_count: i64::try_from(count).unwrap_or(i64::MAX), points_fen })
}

/// The coupons that lie on the cart, with what each takes off; one that cannot be used takes nothing.
fn coupons_on(book: &Reading<'_>, priced: &Priced, cart: &OpenCart) -> Result<Vec<CartCoupon>, hefu_replica::Error> {
    let mut shown = Vec::with_capacity(cart.coupons.len());
    for id in &cart.coupons {
        let name = match priced.coupons.iter().find(|(held, _)| held == id) {
            Some((_, promotion)) => promotion.name.clone(),
            None => {
                let coupon = book.coupon(*id)?;
                let template = coupon.as_ref().and_then(|coupon| template(&priced.book, coupon));
                template.map(|template| template.name().to_owned()).unwrap_or_default()
            }
        };
        let used = priced.quote.uses.iter().filter(|used| used.source == Source::Coupon(*id));
        shown.push(CartCoupon { coupon_id: *id, name, off_fen: Fen::sum(used.map(|used| used.off_fen))? });
    }
    Ok(shown)
}
