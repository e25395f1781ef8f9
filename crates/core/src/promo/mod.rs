//! Promotions as data (C5), and the search for the best price a customer can have of them (I17).
//!
//! # Meaning
//!
//! The *candidates* are the promotions that are live for a cart: enabled, in their window, for this buyer and store, within
//! their limits, with something of the cart in scope. A *choice* is a subset of them. A choice is priced by applying its
//! members in canonical order (`order`, then layer of the kind, then source), each to the amounts as they then stand:
//!
//! - A piece of goods can be taken once within a non-empty `group`. An `exclusive` promotion takes only pieces that nothing has
//!   taken, and nothing takes them after it. Goods whose price was set by hand are never taken.
//! - `Price`, `FixedPrice`, `Reduce`, `Off` and `Percent` take every free piece in scope; a threshold looks at what those pieces
//!   cost at that moment. `NthAt`, `BuyGet`, `AddOn` and `Bundle` take only the pieces they use. Weighed goods (a quantity that
//!   is no whole number of units) count for `Price`, `Off` and `Percent` alone.
//! - A promotion that would take nothing off takes no piece either. No amount falls below zero.
//!
//! The result is the choice with the lowest total; of several, the one with the fewest promotions, then the first in canonical
//! order. The search runs over a canonical cart (equal goods merged, sorted by what they are), so that it cannot depend on the
//! order of scanning; it is capped in steps, and a result that met the cap says so.

mod best;
mod check;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use best::best;
pub(crate) use check::{BYTES_MOST, check_amount, check_scope};
pub use check::{check, check_set};

use crate::{
    ids::{CouponId, ProductId, RuleId, StoreId},
    money::Fen,
};

/// One version of a promotion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Promotion {
    /// What the cashier and the receipt say.
    pub name: String,
    pub enabled: bool,
    /// Earlier first: what comes later sees the amounts that are left.
    #[serde(default)]
    pub order: u16,
    /// Promotions of one group never share a piece; the empty group stacks with all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// Shares no piece with any other promotion.
    #[serde(default)]
    pub exclusive: bool,
    #[serde(default)]
    pub window: Window,
    #[serde(default)]
    pub who: Who,
    /// Empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stores: Vec<StoreId>,
    #[serde(default)]
    pub scope: Scope,
    pub kind: Kind,
    #[serde(default)]
    pub limits: Limits,
}

impl Promotion {
    /// For everybody, always, on everything, stacking with all.
    pub fn plain(name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            enabled: true,
            order: 0,
            group: String::new(),
            exclusive: false,
            window: Window::default(),
            who: Who::default(),
            stores: Vec::new(),
            scope: Scope::default(),
            kind,
            limits: Limits::default(),
        }
    }
}

/// When it holds, in the store's local time. Everything that is given must hold; what is empty always does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Window {
    /// Milliseconds since 1970; the end is exclusive.
    pub from: Option<i64>,
    pub until: Option<i64>,
    /// 1 is Monday.
    pub weekdays: Vec<u8>,
    /// 会员日: days of the month.
    pub month_days: Vec<u8>,
    pub hours: Vec<Hours>,
    pub birthday: Option<BirthdayWindow>,
}

impl Window {
    /// Whether it says anything about the time: such a promotion waits while the clock is known to be wrong.
    pub fn is_timed(&self) -> bool {
        *self != Self::default()
    }
}

/// Minutes since midnight, the end exclusive; an end before the beginning runs over midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Hours {
    pub from_min: u16,
    pub until_min: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BirthdayWindow {
    Day,
    Month,
}

/// For whom: any of the tiers, and any of the tags, where they are given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Who {
    pub members_only: bool,
    pub tiers: Vec<String>,
    pub tags: Vec<String>,
}

/// Which goods: those that any of the including lists names, or all where none is given; less those that are excepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Scope {
    pub products: Vec<ProductId>,
    pub categories: Vec<String>,
    pub brands: Vec<String>,
    pub tags: Vec<String>,
    pub except_products: Vec<ProductId>,
    pub except_categories: Vec<String>,
}

impl Scope {
    /// Whether goods are of it.
    pub fn takes(&self, product: ProductId, category: &str, brand: &str, tags: &[String]) -> bool {
        let has = |names: &[String], name: &str| names.iter().any(|held| held == name);
        let everything = self.products.is_empty() && self.categories.is_empty() && self.brands.is_empty() && self.tags.is_empty();
        let named = || {
            self.products.contains(&product)
                || has(&self.categories, category)
                || has(&self.brands, brand)
                || tags.iter().any(|tag| has(&self.tags, tag))
        };
        (everything || named()) && !self.except_products.contains(&product) && !has(&self.except_categories, category)
    }
}

/// What it takes off. `permille` is what remains to be paid: 950 is 9.5 折, 0 is free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// A share of the price: tier price, member day, flash sale. Worked out for each item, all its pieces together, half a fen to
    /// the customer.
    Price { permille: i64 },
    /// Another price for a unit; dearer goods alone.
    FixedPrice { price_fen: Fen },
    /// So much off each unit, never more than it costs.
    Reduce { off_fen: Fen },
    /// 满减: the highest step that is reached; with `each`, the one step for every full threshold. At most `cap_fen`.
    Off {
        steps: Vec<OffStep>,
        #[serde(default)]
        each: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cap_fen: Option<Fen>,
    },
    /// 满折: the highest step that is reached. At most `cap_fen` off.
    Percent {
        steps: Vec<PercentStep>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cap_fen: Option<Fen>,
    },
    /// 第 N 件: of the pieces from the dearest down, every full group of `n` pays `permille` for its last.
    NthAt { n: u32, permille: i64 },
    /// 买 X 送 Y: with `of`, the cheapest pieces of that scope go with every `buy` pieces of the promotion's own; without, every
    /// full group of `buy + get` pieces from the dearest down pays `permille` for its last `get`.
    BuyGet {
        buy: u32,
        get: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<Scope>,
        permille: i64,
    },
    /// 换购: who spends so much in scope, the goods of `of` themselves not counted, has up to `most` pieces of `of` at a price.
    AddOn { at_least_fen: Fen, of: Scope, price_fen: Fen, most: u32 },
    /// So many pieces of each part together at one price.
    Bundle { parts: Vec<BundlePart>, price_fen: Fen },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OffStep {
    pub at_least_fen: Fen,
    pub off_fen: Fen,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PercentStep {
    pub at_least: Threshold,
    pub permille: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", content = "at_least", rename_all = "snake_case")]
pub enum Threshold {
    Fen(Fen),
    Pieces(u32),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BundlePart {
    pub scope: Scope,
    pub pieces: u32,
}

/// How often. A time is one step of `Off`, one group of `NthAt` or `BuyGet`, one piece of `AddOn`, one bundle; a piece is one that
/// became cheaper. Limits per member and in all count what this replica knows, of promotions alone: a coupon has neither. What is
/// limited per member is for members, as if it said so: left off the cart, a member would have it again and again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Limits {
    pub per_cart_times: Option<u32>,
    pub per_cart_pieces: Option<u32>,
    pub per_member_times: Option<u32>,
    #[ts(type = "number | null")]
    pub in_all_pieces: Option<u64>,
}

impl Limits {
    /// Whether uses of other carts count.
    pub fn is_counted(&self) -> bool {
        self.per_member_times.is_some() || self.in_all_pieces.is_some()
    }
}

/// Where an amount off comes from; also what names a promotion among others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The price of the member's tier.
    Tier,
    Rule {
        rule: RuleId,
        version: u32,
    },
    Coupon(CouponId),
}

/// A promotion that could apply.
#[derive(Clone, Copy, Debug)]
pub struct Live<'a> {
    pub source: Source,
    pub promotion: &'a Promotion,
}

/// A line of the cart as promotions see it.
#[derive(Clone, Copy, Debug)]
pub struct Goods<'a> {
    pub product: ProductId,
    pub category: &'a str,
    pub brand: &'a str,
    pub tags: &'a [String],
    pub quantity_milli: i64,
    pub unit_price_fen: Fen,
    /// What the line costs before promotions.
    pub amount_fen: Fen,
    /// Its price was set by hand.
    pub closed: bool,
}

/// The member who buys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buyer {
    pub tier: Option<String>,
    pub tags: Vec<String>,
    /// Month and day.
    pub birthday: Option<(u32, u32)>,
}

/// How often a promotion was used before this cart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    #[serde(default, skip_serializing_if = "is_zero")]
    pub by_member_times: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub in_all_pieces: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn is_zero(times: &u64) -> bool {
    *times == 0
}

#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Milliseconds since 1970.
    pub at: i64,
    /// The clock is known to be wrong by more than a day: promotions that ask for a time wait.
    pub clock_frozen: bool,
    pub store: StoreId,
    pub buyer: Option<&'a Buyer>,
    pub used: &'a BTreeMap<RuleId, Used>,
    /// The promotions are those that held for a sale which is priced again: windows, buyers and stores were looked at then, and what
    /// is known of them by now does not matter.
    pub held: bool,
}

/// Some of an amount off, on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineOff {
    /// Place in the goods that were asked about.
    pub line: usize,
    pub source: Source,
    pub label: String,
    /// Above zero.
    pub off_fen: Fen,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    pub source: Source,
    pub times: u32,
    pub pieces: u32,
    pub off_fen: Fen,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Best {
    /// In the order in which they were applied.
    pub offs: Vec<LineOff>,
    /// The promotions of the choice, in canonical order.
    pub uses: Vec<Use>,
    /// All that the choice was from, in canonical order.
    pub candidates: Vec<Source>,
    pub total_fen: Fen,
    /// Whether no better choice exists; false where the cap was met.
    pub proved: bool,
    pub steps: u32,
}
