//! What promotions say together.
//!
//! Two contradict each other where both could hold for one buyer at one moment in one store, and
//!
//! - do the very same to the same goods for the same people, in one group or both exclusive (`promotion.twice`): only one of
//!   them would ever take a piece, and nobody could say which. Outside of groups equal promotions stack, and an offer on top of
//!   another of the same size is a fair one; so there only what agrees in window and limits too is taken for entered twice.
//! - give each other's goods for nothing, and may share pieces (`promotion.circle`): the gift of the one buys the gift of the
//!   other, and both go for nothing. In one group, or where one is exclusive, a gift cannot be used a second time.
//!
//! It is no contradiction that promotions of one group, or exclusive ones, agree in order, goods and window: the search gives
//! the customer the better of them, and between equals the canonical order decides.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use serde::Serialize;

use super::window;
use crate::{
    error::Code,
    ids::RuleId,
    promo::{Kind, Promotion, Scope, Who, Window},
};

type Rule<'a> = (RuleId, &'a Promotion);
type Key = [u8; 32];
type Refusal = (RuleId, RuleId, Code);

/// Whether promotions can be in force together: of each rule the version that would be. Each has passed [`super::check`]; what is
/// switched off contradicts nothing. The first contradiction in the order of the list is named, the earlier rule first. Errors:
/// `promotion.twice`, `promotion.circle`.
pub fn check_set(all: &[(RuleId, &Promotion)]) -> Result<(), (RuleId, RuleId, Code)> {
    let mut effects: HashMap<Key, Vec<Rule<'_>>> = HashMap::new();
    let mut gifts: HashMap<(Key, Key), Vec<Rule<'_>>> = HashMap::new();
    for (rule, promotion) in all.iter().copied().filter(|(_, promotion)| promotion.enabled) {
        let refusal = |earlier: RuleId, code| -> Refusal { (earlier, rule, code) };
        let same = met(effects.entry(effect(promotion, rule)?), (rule, promotion), is_twice);
        same.map_or(Ok(()), |earlier| Err(refusal(earlier, Code::PromotionTwice)))?;
        if let Some(of) = gift(promotion) {
            let (bought, given) = (goods(&promotion.scope, rule)?, goods(of, rule)?);
            let mut back = gifts.get(&(given, bought)).into_iter().flatten();
            let circle = back.find(|(earlier, other)| *earlier != rule && is_circle(other, promotion));
            circle.map_or(Ok(()), |(earlier, _)| Err(refusal(*earlier, Code::PromotionCircle)))?;
            gifts.entry((bought, given)).or_default().push((rule, promotion));
        }
    }
    Ok(())
}

/// The first rule of an entry that contradicts a later one, which is added to it.
fn met<'a>(
    entry: Entry<'_, Key, Vec<Rule<'a>>>,
    (rule, promotion): Rule<'a>,
    contradicts: impl Fn(&Promotion, &Promotion) -> bool,
) -> Option<RuleId> {
    let held = entry.or_default();
    let found = held.iter().find(|(earlier, other)| *earlier != rule && contradicts(other, promotion)).map(|(earlier, _)| *earlier);
    held.push((rule, promotion));
    found
}

/// Of two with the same [`effect`].
fn is_twice(one: &Promotion, other: &Promotion) -> bool {
    if (one.exclusive && other.exclusive) || share_group(one, other) {
        return window::meet(&one.window, &other.window);
    }
    let stack = one.group.is_empty() && other.group.is_empty() && one.exclusive == other.exclusive;
    stack && sorted_window(&one.window) == sorted_window(&other.window) && one.limits == other.limits
}

/// Of two of which each gives what the other asks for.
fn is_circle(one: &Promotion, other: &Promotion) -> bool {
    let share_pieces = !one.exclusive && !other.exclusive && !share_group(one, other);
    share_pieces && window::meet(&one.window, &other.window) && meet(&one.stores, &other.stores) && meet(&one.who.tiers, &other.who.tiers)
}

fn share_group(one: &Promotion, other: &Promotion) -> bool {
    !one.group.is_empty() && one.group == other.group
}

/// Whether two lists have something in common; an empty one means all. Not for tags of members, who have many.
fn meet<T: Eq + std::hash::Hash>(some: &[T], others: &[T]) -> bool {
    let held: HashSet<&T> = some.iter().collect();
    some.is_empty() || others.is_empty() || others.iter().any(|one| held.contains(one))
}

/// What is given for nothing to who buys in scope.
fn gift(promotion: &Promotion) -> Option<&Scope> {
    match &promotion.kind {
        Kind::AddOn { of, price_fen, .. } if price_fen.is_zero() => Some(of),
        Kind::BuyGet { of: Some(of), permille: 0, .. } => Some(of),
        _ => None,
    }
}

/// What a promotion does to which goods for whom, in one way whatever the order of its lists: equal for equal effects.
fn effect(promotion: &Promotion, rule: RuleId) -> Result<Key, Refusal> {
    let who = Who { tiers: sorted(&promotion.who.tiers), tags: sorted(&promotion.who.tags), ..promotion.who };
    let kind = sorted_kind(&promotion.kind);
    key(&(kind, sorted_scope(&promotion.scope), who, sorted(&promotion.stores)), rule)
}

fn goods(scope: &Scope, rule: RuleId) -> Result<Key, Refusal> {
    key(&sorted_scope(scope), rule)
}

/// Nothing of a promotion fails to be written down.
fn key(of: &impl Serialize, rule: RuleId) -> Result<Key, Refusal> {
    serde_json::to_vec(of).map(|bytes| *blake3::hash(&bytes).as_bytes()).map_err(|_| (rule, rule, Code::Internal))
}

fn sorted<T: Ord + Clone>(list: &[T]) -> Vec<T> {
    let mut list = list.to_vec();
    list.sort_unstable();
    list.dedup();
    list
}

fn sorted_scope(scope: &Scope) -> Scope {
    Scope {
        products: sorted(&scope.products),
        categories: sorted(&scope.categories),
        brands: sorted(&scope.brands),
        tags: sorted(&scope.tags),
        except_products: sorted(&scope.except_products),
        except_categories: sorted(&scope.except_categories),
    }
}

fn sorted_window(window: &Window) -> Window {
    let mut hours = window.hours.clone();
    hours.sort_unstable_by_key(|hours| (hours.from_min, hours.until_min));
    hours.dedup();
    Window { weekdays: sorted(&window.weekdays), month_days: sorted(&window.month_days), hours, ..*window }
}

fn sorted_kind(kind: &Kind) -> Kind {
    let mut kind = kind.clone();
    match &mut kind {
        Kind::AddOn { of, .. } | Kind::BuyGet { of: Some(of), .. } => *of = sorted_scope(of),
        Kind::Bundle { parts, .. } => {
            parts.iter_mut().for_each(|part| part.scope = sorted_scope(&part.scope));
            parts.sort_by_cached_key(|part| serde_json::to_vec(part).unwrap_or_default());
        }
        _ => {}
    }
    kind
}
