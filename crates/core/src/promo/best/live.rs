//! Which promotions hold for a cart, and on which of its items: the candidates of the search, in canonical order.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate};

use super::cart::{Item, ItemSet};
use crate::{
    ids::ProductId,
    promo::{BirthdayWindow, Buyer, Context, Goods, Kind, Limits, Live, Promotion, Scope, Source, Used, Window},
    time,
};

/// A promotion with its scopes as sets of items.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    pub source: Source,
    pub promotion: &'a Promotion,
    /// What it takes, or what its threshold looks at: of `AddOn` without the goods of `of`.
    pub own: ItemSet,
    /// `of`, or the parts of a bundle with their pieces, the narrowest first.
    pub others: Vec<(ItemSet, i64)>,
    /// Every item that it looks at.
    pub reach: ItemSet,
    pub times_most: i64,
    pub pieces_most: i64,
    /// Pieces with any of these marks are not free for it.
    pub blocked_by: u64,
    /// What it marks pieces with that it takes.
    pub marks: u64,
    /// Its threshold is reached whatever else applies.
    pub reached: bool,
    /// It is applied wherever it takes anything off, and is no part of the choice.
    pub must: bool,
}

impl Candidate<'_> {
    /// Goods that are never free for it.
    pub fn leave(&mut self, items: &ItemSet) {
        self.own.remove(items);
        self.others.iter_mut().for_each(|(set, _)| set.remove(items));
        self.reach.remove(items);
    }

    /// Whether a set of goods that it needs is empty.
    pub fn is_idle(&self) -> bool {
        self.reach.is_empty() || self.others.iter().any(|(set, _)| set.is_empty())
    }
}

/// The candidates in canonical order.
pub fn candidates<'a>(goods: &[Goods<'_>], items: &[Item], live: &[Live<'a>], context: &Context<'_>) -> Vec<Candidate<'a>> {
    let moment = Moment::of(context);
    let index = Index::of(goods, items);
    let mut found: Vec<Candidate<'a>> =
        live.iter().filter(|live| holds(live.promotion, &moment, context)).filter_map(|live| candidate(*live, &index, context)).collect();
    found.sort_by_key(|candidate| (candidate.promotion.order, layer(candidate), candidate.source));
    found
}

/// Prices of units come first, then what asks for certain pieces, then what goods are worth together. The tier's price is the
/// last of the unit prices: so it takes what the others leave, and a choice of those is a choice for each of the goods.
fn layer(candidate: &Candidate<'_>) -> u8 {
    match candidate.promotion.kind {
        Kind::Price { .. } | Kind::FixedPrice { .. } | Kind::Reduce { .. } => u8::from(candidate.source == Source::Tier),
        Kind::NthAt { .. } | Kind::BuyGet { .. } | Kind::Bundle { .. } => 2,
        Kind::AddOn { .. } => 3,
        Kind::Off { .. } | Kind::Percent { .. } => 4,
    }
}

fn candidate<'a>(live: Live<'a>, index: &Index<'_>, context: &Context<'_>) -> Option<Candidate<'a>> {
    let promotion = live.promotion;
    let (times_most, pieces_most) = left(&promotion.limits, live.source, context)?;
    let whole_only = !matches!(promotion.kind, Kind::Price { .. } | Kind::Off { .. } | Kind::Percent { .. });
    let in_scope = |scope: &Scope| {
        let mut set = index.in_scope(scope);
        if whole_only {
            set.remove(&index.weighed);
        }
        set
    };
    let mut own = in_scope(&promotion.scope);
    let mut others: Vec<(ItemSet, i64)> = match &promotion.kind {
        Kind::BuyGet { of: Some(of), .. } => vec![(in_scope(of), 1)],
        Kind::AddOn { of, .. } => {
            let of = in_scope(of);
            own.remove(&of);
            vec![(of, 1)]
        }
        Kind::Bundle { parts, .. } => parts.iter().map(|part| (in_scope(&part.scope), i64::from(part.pieces))).collect(),
        _ => Vec::new(),
    };
    // So that a part within another one finds its goods still there.
    others.sort_by_key(|(set, _)| set.len());
    if matches!(promotion.kind, Kind::Bundle { .. }) {
        own = ItemSet::none(index.items);
    }
    let mut reach = own.clone();
    others.iter().for_each(|(set, _)| reach.add(set));
    let candidate = Candidate {
        source: live.source,
        promotion,
        own,
        others,
        reach,
        times_most,
        pieces_most,
        blocked_by: 0,
        marks: 0,
        reached: false,
        must: false,
    };
    (!candidate.is_idle()).then_some(candidate)
}

/// How many times and pieces its limits leave; none where one of them is used up.
fn left(limits: &Limits, source: Source, context: &Context<'_>) -> Option<(i64, i64)> {
    let used = match source {
        Source::Rule { rule, .. } => context.used.get(&rule).copied().unwrap_or_default(),
        Source::Tier | Source::Coupon(_) => Used::default(),
    };
    let less = |most: u64, used: u64| i64::try_from(most.saturating_sub(used)).unwrap_or(i64::MAX);
    let per_cart = |most: Option<u32>| most.map_or(i64::MAX, i64::from);
    let by_member = limits.per_member_times.map_or(i64::MAX, |most| less(u64::from(most), used.by_member_times));
    let in_all = limits.in_all_pieces.map_or(i64::MAX, |most| less(most, used.in_all_pieces));
    let (times, pieces) = (per_cart(limits.per_cart_times).min(by_member), per_cart(limits.per_cart_pieces).min(in_all));
    (times > 0 && pieces > 0).then_some((times, pieces))
}

/// The moment of the quote on the store's calendar.
struct Moment {
    at: i64,
    day: NaiveDate,
    minute: i64,
}

impl Moment {
    fn of(context: &Context<'_>) -> Self {
        let day = NaiveDate::parse_from_str(&time::business_day(context.at), "%Y-%m-%d").unwrap_or(DateTime::UNIX_EPOCH.date_naive());
        Self { at: context.at, day, minute: time::since_midnight_ms(context.at) / 60_000 }
    }
}

fn holds(promotion: &Promotion, moment: &Moment, context: &Context<'_>) -> bool {
    if context.held {
        return true;
    }
    promotion.enabled
        && !(context.clock_frozen && promotion.window.is_timed())
        && (promotion.stores.is_empty() || promotion.stores.contains(&context.store))
        && is_for(promotion, context.buyer)
        && is_in(&promotion.window, moment, context.buyer)
}

/// What is limited per member needs one, or leaving the member off the cart would undo the limit.
fn is_for(promotion: &Promotion, buyer: Option<&Buyer>) -> bool {
    let who = &promotion.who;
    let Some(buyer) = buyer else {
        let for_members = who.members_only || promotion.limits.per_member_times.is_some();
        return !for_members && who.tiers.is_empty() && who.tags.is_empty();
    };
    (who.tiers.is_empty() || buyer.tier.as_ref().is_some_and(|tier| who.tiers.contains(tier)))
        && (who.tags.is_empty() || who.tags.iter().any(|tag| buyer.tags.contains(tag)))
}

fn is_in(window: &Window, moment: &Moment, buyer: Option<&Buyer>) -> bool {
    let listed = |days: &[u8], day: u32| days.is_empty() || days.iter().any(|one| u32::from(*one) == day);
    let in_hours = window.hours.is_empty()
        || window.hours.iter().any(|hours| {
            let (from, until) = (i64::from(hours.from_min), i64::from(hours.until_min));
            if from <= until { from <= moment.minute && moment.minute < until } else { from <= moment.minute || moment.minute < until }
        });
    window.from.is_none_or(|from| from <= moment.at)
        && window.until.is_none_or(|until| moment.at < until)
        && listed(&window.weekdays, moment.day.weekday().number_from_monday())
        && listed(&window.month_days, moment.day.day())
        && in_hours
        && window.birthday.is_none_or(|kind| buyer.and_then(|buyer| buyer.birthday).is_some_and(|born| is_birthday(kind, born, moment.day)))
}

/// Who was born on 29 February has the 28th in the years between.
fn is_birthday(kind: BirthdayWindow, (month, day): (u32, u32), today: NaiveDate) -> bool {
    let day = if (month, day) == (2, 29) && !today.leap_year() { 28 } else { day };
    today.month() == month && (kind == BirthdayWindow::Month || today.day() == day)
}

/// The items by what scopes name.
struct Index<'a> {
    items: usize,
    weighed: ItemSet,
    all: ItemSet,
    by_product: BTreeMap<ProductId, Vec<usize>>,
    by_category: BTreeMap<&'a str, Vec<usize>>,
    by_brand: BTreeMap<&'a str, Vec<usize>>,
    by_tag: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Index<'a> {
    fn of(goods: &[Goods<'a>], items: &[Item]) -> Self {
        let mut index = Self {
            items: items.len(),
            weighed: ItemSet::none(items.len()),
            all: ItemSet::all(items.len()),
            by_product: BTreeMap::new(),
            by_category: BTreeMap::new(),
            by_brand: BTreeMap::new(),
            by_tag: BTreeMap::new(),
        };
        for (place, item) in items.iter().enumerate() {
            let Some(line) = item.lines.first().and_then(|line| goods.get(*line)) else { continue };
            index.by_product.entry(line.product).or_default().push(place);
            index.by_category.entry(line.category).or_default().push(place);
            index.by_brand.entry(line.brand).or_default().push(place);
            for tag in line.tags.iter().map(String::as_str).collect::<BTreeSet<_>>() {
                index.by_tag.entry(tag).or_default().push(place);
            }
            if item.weighed {
                index.weighed.insert(place);
            }
        }
        index
    }

    fn in_scope(&self, scope: &Scope) -> ItemSet {
        let everything = scope.products.is_empty() && scope.categories.is_empty() && scope.brands.is_empty() && scope.tags.is_empty();
        let mut set = if everything { self.all.clone() } else { ItemSet::none(self.items) };
        self.products(&scope.products, &mut set);
        for (map, names) in [(&self.by_category, &scope.categories), (&self.by_brand, &scope.brands), (&self.by_tag, &scope.tags)] {
            named(map, names, &mut set);
        }
        if !scope.except_products.is_empty() || !scope.except_categories.is_empty() {
            let mut excepted = ItemSet::none(self.items);
            self.products(&scope.except_products, &mut excepted);
            named(&self.by_category, &scope.except_categories, &mut excepted);
            set.remove(&excepted);
        }
        set
    }

    fn products(&self, products: &[ProductId], into: &mut ItemSet) {
        products.iter().filter_map(|product| self.by_product.get(product)).flatten().for_each(|item| into.insert(*item));
    }
}

fn named(map: &BTreeMap<&str, Vec<usize>>, names: &[String], into: &mut ItemSet) {
    names.iter().filter_map(|name| map.get(name.as_str())).flatten().for_each(|item| into.insert(*item));
}
