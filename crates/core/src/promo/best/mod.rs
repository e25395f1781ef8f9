//! The best price (I17): which promotions hold (`live`), the cart as they see it (`cart`), what each takes off (`apply`), the
//! search over choices (`wide`, which takes the cart apart, and `search` for each part), and what the choice means for each line
//! (`explain`).
//!
//! Refinements of the meaning in the module above:
//! - The layers are: unit prices (`Price`, `FixedPrice`, `Reduce`), the tier's price, `NthAt` with `BuyGet` and `Bundle`, `AddOn`,
//!   `Off` with `Percent`. The tier comes after other unit prices so that it takes what those of its group leave.
//! - A line of goods by weight is one piece. `AddOn` does not take what was spent to have it. A limit of pieces makes the
//!   dearest so many of the scope the scope; what has a limit per member holds for no cart without one.
//! - Gifts of `BuyGet` and goods of `AddOn` are those that would become cheaper: the cheapest gifts, the dearest goods. The last
//!   gift may be fewer pieces than `get`. A bundle takes the dearest pieces of its parts, the part of the fewest goods first.

mod apply;
mod bound;
mod cart;
mod clusters;
mod explain;
mod live;
mod search;
mod spread;
mod sums;
mod sure;
mod tail;
#[cfg(test)]
mod tests;
mod wide;
mod windows;

use std::collections::BTreeMap;

use self::{
    cart::{FIRST_GROUP, GROUPS_MOST, ItemSet, Pieces, SHUT, TOUCHED},
    live::Candidate,
    search::{Budget, CLUSTER_MOST},
};
use super::{Best, Context, Goods, Live};
use crate::{error::Code, money::Fen};

/// The lowest total that the promotions allow, and why. `steps_most` caps the search; where it is met the result is the best
/// that was found by then, and not `proved`. Errors: `amount.*`, and `quantity.invalid` for a line of no quantity.
pub fn best(goods: &[Goods<'_>], live: &[Live<'_>], context: &Context<'_>, steps_most: u32) -> Result<Best, Code> {
    best_with(goods, live, context, steps_most, Sizes::SHIPPED)
}

/// How the search divides its work; the result does not hang on it, unless the cap is met.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    /// Promotions of a cluster, at most.
    cluster_most: usize,
    /// Promotions of a component from which on those on most of the cart are set apart.
    apart_least: usize,
}

impl Sizes {
    const SHIPPED: Self = Self { cluster_most: CLUSTER_MOST, apart_least: 12 };
}

/// The same for any sizes.
fn best_with(goods: &[Goods<'_>], live: &[Live<'_>], context: &Context<'_>, steps_most: u32, sizes: Sizes) -> Result<Best, Code> {
    let total = Fen::sum(goods.iter().map(|line| line.amount_fen))?;
    let items = cart::items(goods)?;
    let pieces = Pieces::of(&items);
    let mut candidates = live::candidates(goods, &items, live, context);
    sure::note_reached(&pieces, &mut candidates)?;
    let all: Vec<usize> = (0..candidates.len()).collect();
    let components = components(&candidates, &all);
    let mut budget = Budget { steps: 0, most: steps_most };
    let mut proved = true;
    let mut chosen = Vec::new();
    for mut component in components {
        proved &= mark_groups(&mut candidates, &mut component, items.len());
        sure::leave_out_twins(&candidates, &mut component);
        let found = wide::search(&pieces, &candidates, &component, sizes, &mut budget)?;
        proved &= found.proved;
        chosen.extend(found.chosen);
    }
    chosen.sort_unstable();
    let (offs, uses) = explain::explain(goods, &items, pieces, &candidates, &chosen)?;
    let off = Fen::sum(uses.iter().map(|used| used.off_fen))?;
    let candidates = candidates.iter().map(|candidate| candidate.source).collect();
    Ok(Best { offs, uses, candidates, total_fen: total.minus(off)?, proved, steps: budget.steps })
}

/// Of the candidates those of these places, in sets that share no item, each in canonical order.
fn components(candidates: &[Candidate<'_>], places: &[usize]) -> Vec<Vec<usize>> {
    let mut components: Vec<(ItemSet, Vec<usize>)> = Vec::new();
    for place in places {
        let candidate = &candidates[*place];
        let mut joined = (candidate.reach.clone(), vec![*place]);
        components.retain_mut(|(reach, places)| {
            let meets = reach.meets(&candidate.reach);
            if meets {
                joined.0.add(reach);
                joined.1.append(places);
            }
            !meets
        });
        joined.1.sort_unstable();
        components.push(joined);
    }
    components.into_iter().map(|(_, places)| places).collect()
}

/// Gives each group of the component a bit, the same to groups without a common item. False where more groups than there are
/// bits meet on one item: the promotions of those beyond are then left out.
fn mark_groups(candidates: &mut [Candidate<'_>], component: &mut Vec<usize>, items: usize) -> bool {
    let mut groups: BTreeMap<&str, (ItemSet, Vec<usize>)> = BTreeMap::new();
    for place in component.iter() {
        let candidate = &candidates[*place];
        if !candidate.promotion.group.is_empty() {
            let (reach, members) = groups.entry(&candidate.promotion.group).or_insert_with(|| (ItemSet::none(items), Vec::new()));
            reach.add(&candidate.reach);
            members.push(*place);
        }
    }
    let touched = if component.iter().any(|place| candidates[*place].promotion.exclusive) { TOUCHED } else { 0 };
    for place in component.iter() {
        let candidate = &mut candidates[*place];
        let exclusive = candidate.promotion.exclusive;
        candidate.blocked_by = SHUT | if exclusive { TOUCHED } else { 0 };
        candidate.marks = touched | if exclusive { SHUT } else { 0 };
    }
    let mut bits: Vec<ItemSet> = Vec::new();
    let mut without = Vec::new();
    for (reach, members) in groups.into_values().filter(|(_, members)| members.len() > 1) {
        let bit = bits.iter().position(|taken| !taken.meets(&reach)).unwrap_or(bits.len());
        if bit == GROUPS_MOST {
            without.extend(members);
            continue;
        }
        if bit == bits.len() {
            bits.push(ItemSet::none(items));
        }
        bits[bit].add(&reach);
        for place in members {
            let candidate = &mut candidates[place];
            candidate.blocked_by |= FIRST_GROUP << bit;
            candidate.marks |= FIRST_GROUP << bit;
        }
    }
    component.retain(|place| !without.contains(place));
    without.is_empty()
}
