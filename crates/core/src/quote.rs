//! Cart → quote: what each line costs and why, what is due, what it earns. The same for any order of scanning.
//!
//! Prices are taken off in this order: a price by hand closes its line; promotions, the tier's price and coupons are searched
//! together for the lowest total; a discount by hand on the whole comes last; then tax is worked out or added.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    catalogue::Product,
    error::Code,
    ids::{CouponId, RuleId, StaffId, StoreId},
    money::{Fen, Points, Rounding, allocate, scale},
    op::{Off, Why},
    points::{EarnLine, Earner, Paid},
    posting::MOST,
    promo::{self, Buyer, Goods, Kind, Live, Promotion, Source, Use, Used},
    rules::{Level, RulesInForce},
    tax::{TaxAtRate, taxes},
};

/// Lines a cart may have, and the pieces a line may have.
pub const LINES_MOST: usize = 500;
pub const QUANTITY_MOST_MILLI: i64 = 99_999_000;
/// Steps of the search for the best price: more than the sets of promotions that chains run take, and few enough that a cashier
/// never waits. A cart that meets it says so.
pub const STEPS_MOST: u32 = 20_000;
/// The tier's price and unit-price promotions of this group exclude each other on the same goods.
pub const PRICE_GROUP: &str = "price";

/// One line as it was rung up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CartItem {
    pub no: u32,
    pub product: Product,
    /// The code that was scanned.
    pub barcode: String,
    /// Thousandths of the unit; positive.
    pub quantity_milli: i64,
    pub by_hand: Option<HandPrice>,
}

/// Another unit price, set by someone with the right to (A5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandPrice {
    pub price_fen: Fen,
    pub by: StaffId,
    pub reason: String,
}

/// An amount off the whole, given by someone with the right to (A5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandDiscount {
    pub off_fen: Fen,
    pub by: StaffId,
    pub reason: String,
}

/// The member on the cart, as far as prices and points ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    pub level: Option<Level>,
    pub tags: Vec<String>,
    /// `YYYY-MM-DD` or `MM-DD`; empty when it is not known.
    pub birthday: String,
}

/// A cart and everything its price hangs on.
pub struct Cart<'a> {
    pub items: &'a [CartItem],
    pub coupons: &'a [(CouponId, &'a Promotion)],
    pub discount: Option<&'a HandDiscount>,
    pub member: Option<&'a Member>,
    pub store: StoreId,
    /// Corrected time; not believed where the clock is known to be wrong by more than a day.
    pub at: i64,
    pub clock_frozen: bool,
    /// How often the promotions with limits were used so far, as this replica knows.
    pub used: &'a BTreeMap<RuleId, Used>,
    pub rules: &'a RulesInForce,
    /// The promotions and coupons are those that held for a sale which is priced again: see [`promo::Context`].
    pub held: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotedLine {
    pub no: u32,
    pub list_fen: Fen,
    pub off: Vec<Off>,
    /// After all that is off, without tax that is added.
    pub amount_fen: Fen,
    pub added_tax_fen: Fen,
}

impl QuotedLine {
    pub fn off_fen(&self) -> Result<Fen, Code> {
        Fen::sum(self.off.iter().map(|off| off.off_fen))
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quote {
    pub lines: Vec<QuotedLine>,
    pub quantity_milli: i64,
    /// At list price.
    pub goods_fen: Fen,
    pub off_fen: Fen,
    pub taxes: Vec<TaxAtRate>,
    pub tax_fen: Fen,
    pub added_tax_fen: Fen,
    pub due_fen: Fen,
    pub uses: Vec<Use>,
    /// The promotions that could take something off.
    pub candidates: Vec<Source>,
    /// Whether no lower total exists.
    pub proved: bool,
}

impl Quote {
    /// The coupons that take something off, each once.
    pub fn coupons_used(&self) -> BTreeSet<CouponId> {
        self.uses.iter().filter_map(|used| if let Source::Coupon(id) = used.source { Some(id) } else { None }).collect()
    }
}

/// Prices a cart. Errors: `amount.*`; `amount.too_large` also for more than one operation holds, so that what is rung up can be paid.
pub fn quote(cart: &Cart<'_>) -> Result<Quote, Code> {
    let mut lines = cart.items.iter().map(list_line).collect::<Result<Vec<_>, _>>()?;
    let goods_fen = Fen::sum(lines.iter().map(|line| line.list_fen))?;
    held(goods_fen)?;
    let best = best_price(cart, &lines)?;
    for off in best.offs {
        let line = lines.get_mut(off.line).ok_or(Code::Internal)?;
        take_off(line, Off { label: off.label, off_fen: off.off_fen, why: Some(Why::By(off.source)), said: None })?;
    }
    if let Some(discount) = cart.discount {
        discount_by_hand(&mut lines, discount)?;
    }
    let amount = Fen::sum(lines.iter().map(|line| line.amount_fen))?;
    let (by_rate, tax_fen, added_tax_fen) = tax(cart, &mut lines)?;
    let due_fen = held(amount.plus(added_tax_fen)?)?;
    Ok(Quote {
        quantity_milli: cart.items.iter().map(|item| item.quantity_milli).sum(),
        goods_fen,
        off_fen: goods_fen.minus(amount)?,
        taxes: by_rate,
        tax_fen,
        added_tax_fen,
        due_fen,
        uses: best.uses,
        candidates: best.candidates,
        proved: best.proved,
        lines,
    })
}

fn held(amount: Fen) -> Result<Fen, Code> {
    if amount.get() > MOST { Err(Code::AmountTooLarge) } else { Ok(amount) }
}

impl Quote {
    /// What it earns a member when `paid_points` and `paid_bonus` of what is due are paid by points and by card bonus.
    pub fn points_earned(&self, cart: &Cart<'_>, paid_points: Fen, paid_bonus: Fen) -> Result<Points, Code> {
        let (Some(rule), Some(member)) = (&cart.rules.points, cart.member) else { return Ok(Points::ZERO) };
        let both = cart.items.iter().zip(&self.lines);
        let lines: Vec<_> = both.map(|(item, line)| EarnLine { category: &item.product.category, amount_fen: line.amount_fen }).collect();
        let paid = Paid { due: self.due_fen, by_points: paid_points, by_bonus: paid_bonus };
        rule.body.earned(&lines, &paid, &Earner::of(member.level.as_ref(), &member.birthday), cart.at, cart.clock_frozen)
    }
}

/// A line at its list price, or at the price set by hand.
fn list_line(item: &CartItem) -> Result<QuotedLine, Code> {
    let at = |price: Fen| Fen::new(scale(price.get(), item.quantity_milli, 1000, Rounding::HalfUp)?);
    let list_fen = at(item.product.price_fen)?;
    let mut line = QuotedLine { no: item.no, list_fen, off: Vec::new(), amount_fen: list_fen, added_tax_fen: Fen::ZERO };
    if let Some(hand) = &item.by_hand {
        let off_fen = list_fen.minus(at(hand.price_fen)?)?;
        take_off(&mut line, Off { label: hand.reason.clone(), off_fen, why: Some(Why::Hand(hand.by)), said: None })?;
    }
    Ok(line)
}

fn take_off(line: &mut QuotedLine, off: Off) -> Result<(), Code> {
    line.amount_fen = line.amount_fen.minus(off.off_fen)?;
    line.off.push(off);
    Ok(())
}

/// The lowest total that promotions, the tier's price and the coupons on the cart can make.
fn best_price(cart: &Cart<'_>, lines: &[QuotedLine]) -> Result<promo::Best, Code> {
    let goods: Vec<Goods<'_>> = cart
        .items
        .iter()
        .zip(lines)
        .map(|(item, line)| Goods {
            product: item.product.product,
            category: &item.product.category,
            brand: &item.product.brand,
            tags: &item.product.tags,
            quantity_milli: item.quantity_milli,
            unit_price_fen: item.product.price_fen,
            amount_fen: line.amount_fen,
            closed: item.by_hand.is_some(),
        })
        .collect();
    let level = cart.member.and_then(|member| member.level.as_ref()).filter(|level| level.price_permille < 1000);
    let tier_price = level.map(tier_promotion);
    let mut live: Vec<Live<'_>> = cart
        .rules
        .promotions
        .values()
        .map(|rule| Live { source: Source::Rule { rule: rule.rule, version: rule.version }, promotion: &rule.body })
        .collect();
    live.extend(tier_price.iter().map(|promotion| Live { source: Source::Tier, promotion }));
    live.extend(cart.coupons.iter().map(|(id, promotion)| Live { source: Source::Coupon(*id), promotion }));
    let buyer = cart.member.map(|member| Buyer {
        tier: member.level.as_ref().map(|level| level.name.clone()),
        tags: member.tags.clone(),
        birthday: crate::points::month_and_day(&member.birthday),
    });
    let (store, buyer, used) = (cart.store, buyer.as_ref(), cart.used);
    let context = promo::Context { at: cart.at, clock_frozen: cart.clock_frozen, store, buyer, used, held: cart.held };
    promo::best(&goods, &live, &context, STEPS_MOST)
}

/// What a member of a level pays of the list price, as a promotion like any other: after other unit prices, before what looks at
/// what is really paid.
fn tier_promotion(level: &Level) -> Promotion {
    Promotion { group: PRICE_GROUP.to_owned(), ..Promotion::plain(&level.name, Kind::Price { permille: level.price_permille }) }
}

/// Spread over what the lines then cost, and no more than that: a line that is taken off the cart afterwards must not make
/// the rest worth less than nothing.
fn discount_by_hand(lines: &mut [QuotedLine], discount: &HandDiscount) -> Result<(), Code> {
    let weights: Vec<i64> = lines.iter().map(|line| line.amount_fen.get()).collect();
    let off = discount.off_fen.get().min(weights.iter().sum());
    for (line, part) in lines.iter_mut().zip(allocate(off, &weights)?) {
        if part > 0 {
            let off = Off { label: discount.reason.clone(), off_fen: Fen::new(part)?, why: Some(Why::Hand(discount.by)), said: None };
            take_off(line, off)?;
        }
    }
    Ok(())
}

fn tax(cart: &Cart<'_>, lines: &mut [QuotedLine]) -> Result<(Vec<TaxAtRate>, Fen, Fen), Code> {
    let Some(rule) = &cart.rules.tax else { return Ok((Vec::new(), Fen::ZERO, Fen::ZERO)) };
    let both = cart.items.iter().zip(lines.iter());
    let amounts: Vec<(&str, Fen)> = both.map(|(item, line)| (item.product.category.as_str(), line.amount_fen)).collect();
    let taxed = taxes(&amounts, &rule.body)?;
    if taxed.added_fen > Fen::ZERO {
        for (line, tax) in lines.iter_mut().zip(&taxed.per_line) {
            line.added_tax_fen = *tax;
        }
    }
    let tax_fen = taxed.tax_fen()?;
    Ok((taxed.by_rate, tax_fen, taxed.added_fen))
}

#[cfg(test)]
mod tests;
