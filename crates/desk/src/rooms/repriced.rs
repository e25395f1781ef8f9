//! A sale that was made, as a cart again: to price what is kept of it (A4), and to try other rules on it (G3).
//!
//! What a person decided stays decided: goods whose price was changed by hand, or that a discount by hand came down on, cost
//! again what they cost then. Limits per member and in all count what had been used before the sale, where it says so; what this
//! replica has counted since is no matter of its own, the sale being among it.

use std::collections::BTreeMap;

use hefu_core::{
    catalogue::Product,
    error::Code,
    ids::{CouponId, RuleId, StoreId},
    money::{Fen, Rounding, scale},
    op::{Sale, SaleLine, Why},
    promo::{Promotion, Used},
    quote::{Cart, CartItem, HandPrice, Member},
    rules::{Level, RuleBody, RulesInForce},
};
use hefu_replica::{Reading, SaleRow};

use crate::rulebook::RuleBook;

/// A sale's goods, buyer and coupons.
pub(crate) struct Repriced {
    pub items: Vec<CartItem>,
    pub coupons: Vec<(CouponId, Promotion)>,
    /// Birthday and tags of the member, who had the level `tier` then.
    pub member: Option<Member>,
    pub tier: Option<String>,
    pub store: StoreId,
    pub at: i64,
    pub clock_frozen: bool,
    pub used: BTreeMap<RuleId, Used>,
    /// Whether the rules it is asked by are those that held for the sale, as the sale itself names them.
    pub held: bool,
}

impl Repriced {
    /// The sale with so much of each line. Coupons take off what the version they were issued under says.
    pub fn of(
        book: &Reading<'_>,
        sale: &SaleRow,
        head: &Sale,
        lines: &[(&SaleLine, i64)],
        rules: &RuleBook,
    ) -> Result<Self, hefu_replica::Error> {
        let items = lines.iter().map(|(line, quantity)| item(book, line, *quantity)).collect::<Result<_, _>>()?;
        let mut coupons = Vec::new();
        for id in &head.coupons {
            if let Some(coupon) = book.coupon(*id)?
                && let Some(RuleBody::Coupon(template)) = rules.version(coupon.template, coupon.version)
            {
                coupons.push((*id, template.effect.clone()));
            }
        }
        let member = match head.member {
            Some(id) => {
                let person = book.person(id)?;
                Some(Member { birthday: person.map(|person| person.lead.birthday).unwrap_or_default(), ..Member::default() })
            }
            None => None,
        };
        let store = sale.store.ok_or(Code::StoreUnknown)?;
        let (tier, used) = (head.tier.clone(), BTreeMap::new());
        Ok(Self { items, coupons, member, tier, store, at: sale.at, clock_frozen: false, used, held: false })
    }

    /// The level that these rules have under the name of the one held then.
    pub fn level<'a>(&self, rules: &'a RulesInForce) -> Option<&'a Level> {
        let name = self.tier.as_ref()?;
        rules.tiers.as_ref()?.body.levels.iter().find(|level| level.name == *name)
    }

    /// The cart under these rules, bought by a member of this level at the moment of the sale.
    pub fn with_cart<T>(
        &self,
        rules: &RulesInForce,
        level: Option<&Level>,
        ask: impl FnOnce(&Cart<'_>) -> Result<T, Code>,
    ) -> Result<T, Code> {
        let coupons: Vec<(CouponId, &Promotion)> = self.coupons.iter().map(|(id, promotion)| (*id, promotion)).collect();
        let member = self.member.as_ref().map(|member| Member { level: level.cloned(), ..member.clone() });
        ask(&Cart {
            items: &self.items,
            coupons: &coupons,
            discount: None,
            member: member.as_ref(),
            store: self.store,
            at: self.at,
            clock_frozen: self.clock_frozen,
            used: &self.used,
            rules,
            held: self.held,
        })
    }
}

/// A line again. One that a hand was on is a single piece at what it cost.
fn item(book: &Reading<'_>, line: &SaleLine, quantity_milli: i64) -> Result<CartItem, hefu_replica::Error> {
    // A sale keeps no tags of its goods: those they have now stand for them.
    let tags = book.product(line.product)?.map(|product| product.tags).unwrap_or_default();
    let mut product = Product {
        product: line.product,
        name: line.name.clone(),
        category: line.category.clone(),
        unit: line.unit.clone(),
        price_fen: line.list_price_fen,
        brand: line.brand.clone(),
        tags,
        barcodes: Vec::new(),
    };
    let (no, barcode) = (line.no, line.barcode.clone());
    let hand = line.off.iter().find_map(|off| match off.why {
        Some(Why::Hand(by)) => Some((by, off.label.clone())),
        _ => None,
    });
    let Some((by, reason)) = hand else {
        return Ok(CartItem { no, product, barcode, quantity_milli, by_hand: None });
    };
    let share = |amount: Fen| Fen::new(scale(amount.get(), quantity_milli, line.quantity_milli, Rounding::HalfUp)?);
    let list = scale(line.list_price_fen.get(), quantity_milli, 1000, Rounding::HalfUp)?;
    product.price_fen = Fen::new(list)?;
    let by_hand = Some(HandPrice { price_fen: share(line.amount_fen)?, by, reason });
    Ok(CartItem { no, product, barcode, quantity_milli: 1000, by_hand })
}
