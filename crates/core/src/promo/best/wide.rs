//! The promotions on most of the cart, apart from the rest: 满减 on the whole, a member day's price, coupons. They tie everything
//! together, and are few; without them a cart falls into *parts* that know nothing of each other: a department, an item's models.
//!
//! Each set of them that can apply together is a *way*. Of a way, what it takes off single items ([`Reach::Each`]) is taken
//! within each part, and what it takes off a sum of goods ([`Reach::Sum`]) after all parts. So every part can be searched for itself,
//! and once for all ways that mean the same to it. No choice of a way costs less than its parts at their best and the most that
//! its sums could take off ([`lowest`]); a way that reaches that is decided, and one whose least is above the best choice needs no
//! more looking at. What remains is for the search of the whole.

use std::collections::BTreeMap;

use super::{
    Sizes,
    apply::{Plan, shared_off},
    cart::{ItemSet, Pieces, SHUT, TOUCHED},
    clusters::split,
    components,
    live::Candidate,
    search::{self, Budget, Found},
    sums::{Sum, lowest},
    tail::Choice,
};
use crate::{error::Code, promo::Kind};

/// Sets of wide promotions that are looked at.
const WAYS_MOST: usize = 512;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// Takes of each item what it would take of it alone.
    Each,
    /// Looks at what all its goods cost, and nothing that comes later sees what each of them then costs.
    Sum,
}

#[derive(Clone, Copy, Debug)]
struct Wide {
    place: usize,
    reach: Reach,
}

/// The best choice of a component.
pub fn search(pieces: &Pieces, candidates: &[Candidate<'_>], order: &[usize], sizes: Sizes, budget: &mut Budget) -> Result<Found, Code> {
    let wides = if order.len() < sizes.apart_least { Vec::new() } else { wides(candidates, order) };
    if wides.is_empty() {
        return search::search(pieces, candidates, order, sizes.cluster_most, budget);
    }
    let mut by_ways = ByWays { pieces, candidates, order, wides, sizes, parts: BTreeMap::new() };
    // Not all of what is left, so that the search of the whole has some where this one comes to no end.
    let mut own = Budget { steps: 0, most: (budget.most - budget.steps) / 4 * 3 };
    let found = by_ways.best(&mut own)?;
    budget.spend(usize::try_from(own.steps).unwrap_or(usize::MAX));
    if let Some((choice, true)) = found {
        return Ok(Found { chosen: choice.chosen, total: choice.total, proved: true });
    }
    let whole = search::search(pieces, candidates, order, sizes.cluster_most, budget)?;
    let of_whole = Choice { total: whole.total, chosen: whole.chosen };
    let best = match found {
        Some((choice, _)) if !of_whole.is_better_than(&choice) => choice,
        _ => of_whole,
    };
    Ok(Found { chosen: best.chosen, total: best.total, proved: whole.proved })
}

/// Those that can be set apart, in canonical order. None where a promotion is exclusive: it looks at what others have taken.
fn wides(candidates: &[Candidate<'_>], order: &[usize]) -> Vec<Wide> {
    if order.iter().any(|place| candidates[*place].promotion.exclusive) {
        return Vec::new();
    }
    let Some(all) = union(candidates, order) else { return Vec::new() };
    let is_wide = |place: &usize| candidates[*place].reach.len() * 3 > all.len();
    let reach_of = |place: usize| reach(&candidates[place]).map(|reach| Wide { place, reach });
    let mut wides: Vec<Wide> = order.iter().filter(|place| is_wide(place)).filter_map(|place| reach_of(*place)).collect();
    // What is seen by one that stays, or by a price of single items, stays too; and so what that one sees.
    loop {
        let sums: Vec<usize> = wides.iter().filter(|wide| wide.reach == Reach::Sum).map(|wide| wide.place).collect();
        let is_seen = |wide: &Wide| {
            let sees = |later: &&usize| {
                !sums.contains(later)
                    && candidates[**later].reach.meets(&candidates[wide.place].own)
                    && !excludes(&candidates[wide.place], &candidates[**later])
            };
            wide.reach == Reach::Sum && order.iter().filter(|later| **later > wide.place).any(|later| sees(&later))
        };
        let before = wides.len();
        let seen: Vec<usize> = wides.iter().filter(|wide| is_seen(wide)).map(|wide| wide.place).collect();
        wides.retain(|wide| !seen.contains(&wide.place));
        if wides.len() == before {
            return wides;
        }
    }
}

fn reach(candidate: &Candidate<'_>) -> Option<Reach> {
    if candidate.pieces_most < i64::MAX {
        return None;
    }
    match &candidate.promotion.kind {
        Kind::Price { .. } | Kind::FixedPrice { .. } | Kind::Reduce { .. } => Some(Reach::Each),
        Kind::Off { .. } | Kind::Percent { .. } => Some(Reach::Sum),
        _ => None,
    }
}

/// Whether what one takes is not free for the other.
fn excludes(one: &Candidate<'_>, other: &Candidate<'_>) -> bool {
    one.marks & other.blocked_by & !(TOUCHED | SHUT) != 0
}

fn union(candidates: &[Candidate<'_>], places: &[usize]) -> Option<ItemSet> {
    let mut all = candidates[*places.first()?].reach.clone();
    places.iter().for_each(|place| all.add(&candidates[*place].reach));
    Some(all)
}

/// What a choice cannot fall below: its total, and of equal totals the number of its promotions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Least {
    total: i64,
    promotions: usize,
}

impl Least {
    fn of(choice: &Choice) -> Self {
        Self { total: choice.total, promotions: choice.chosen.len() }
    }
}

struct ByWays<'s, 'a> {
    pieces: &'s Pieces,
    candidates: &'s [Candidate<'a>],
    order: &'s [usize],
    wides: Vec<Wide>,
    sizes: Sizes,
    /// By those of a way that mean something to the parts.
    parts: BTreeMap<Vec<usize>, Parts>,
}

/// All parts at their best.
#[derive(Debug)]
struct Parts {
    chosen: Vec<usize>,
    /// Of each: its goods, and what they then cost.
    of: Vec<(ItemSet, i64)>,
    proved: bool,
}

impl ByWays<'_, '_> {
    /// The best choice that was found, and whether there is no better one. None where there are too many ways.
    fn best(&mut self, budget: &mut Budget) -> Result<Option<(Choice, bool)>, Code> {
        let Some(ways) = self.ways() else { return Ok(None) };
        let mut leasts: Vec<(Least, Vec<Wide>)> = Vec::with_capacity(ways.len());
        let mut proved = true;
        for way in ways {
            proved &= budget.spend(1);
            proved &= self.search_parts(&way, budget)?;
            leasts.push((self.least(&way)?, way));
        }
        leasts.sort_by_key(|(least, _)| *least);
        let mut best: Option<Choice> = None;
        let mut open: Option<Least> = None;
        for (least, way) in leasts {
            if best.as_ref().is_some_and(|best| least > Least::of(best)) {
                break;
            }
            if !budget.spend(self.order.len() / 4) {
                proved = false;
                if best.is_some() {
                    break;
                }
            }
            let choice = self.at_its_best(&way)?;
            if choice.as_ref().is_none_or(|choice| Least::of(choice) > least) {
                open = open.or(Some(least));
            }
            if let Some(choice) = choice
                && best.as_ref().is_none_or(|best| choice.is_better_than(best))
            {
                best = Some(choice);
            }
        }
        Ok(best.map(|best| {
            let decided = proved && open.is_none_or(|least| least > Least::of(&best));
            (best, decided)
        }))
    }

    /// Sets of wide promotions that can apply together: of one group none takes what another took before it.
    fn ways(&self) -> Option<Vec<Vec<Wide>>> {
        let mut ways: Vec<Vec<Wide>> = vec![Vec::new()];
        for wide in &self.wides {
            for at in 0..ways.len() {
                if self.can_apply(&ways[at], *wide) {
                    let with = ways[at].iter().copied().chain([*wide]).collect();
                    ways.push(with);
                }
            }
            if ways.len() > WAYS_MOST {
                return None;
            }
        }
        Some(ways)
    }

    /// Whether the sums before it leave it any goods, and its threshold is not out of reach of all that there is of them.
    fn can_apply(&self, way: &[Wide], wide: Wide) -> bool {
        let (free, candidate) = (self.free_of(way, wide.place), &self.candidates[wide.place]);
        let count = || free.iter().flat_map(|item| self.pieces.runs(item)).map(|(_, run)| run.count).sum();
        let reaches = || shared_off(candidate, self.pieces.total_of(&free), count()).is_ok_and(|(off, _)| off > 0);
        !free.is_empty() && (wide.reach == Reach::Each || reaches())
    }

    /// The goods of a promotion that the sums before it leave.
    fn free_of(&self, way: &[Wide], place: usize) -> ItemSet {
        let mut free = self.candidates[place].own.clone();
        self.taking_from(way, place).for_each(|taken| free.remove(&self.candidates[taken].own));
        free
    }

    /// Sums of the way that leave nothing of their goods to the promotion.
    fn taking_from<'w>(&'w self, way: &'w [Wide], place: usize) -> impl Iterator<Item = usize> + 'w {
        let takes = move |wide: &&Wide| {
            wide.reach == Reach::Sum && wide.place < place && excludes(&self.candidates[wide.place], &self.candidates[place])
        };
        way.iter().filter(takes).map(|wide| wide.place)
    }

    fn is_wide(&self, place: usize) -> bool {
        self.wides.iter().any(|wide| wide.place == place)
    }

    /// Those of the way that a part can tell.
    fn key(&self, way: &[Wide]) -> Vec<usize> {
        let takes = |wide: &Wide| {
            let own = &self.candidates[wide.place].own;
            let from = |later: &&usize| {
                **later > wide.place
                    && excludes(&self.candidates[wide.place], &self.candidates[**later])
                    && self.candidates[**later].reach.meets(own)
                    && !self.wides.iter().any(|other| other.place == **later && other.reach == Reach::Sum)
            };
            wide.reach == Reach::Each || self.order.iter().any(|later| from(&later))
        };
        way.iter().filter(|wide| takes(wide)).map(|wide| wide.place).collect()
    }

    /// False where the cap was met: then the parts are no more than what was found by then.
    fn search_parts(&mut self, way: &[Wide], budget: &mut Budget) -> Result<bool, Code> {
        let key = self.key(way);
        if let Some(parts) = self.parts.get(&key) {
            return Ok(parts.proved);
        }
        let mut candidates = self.candidates.to_vec();
        let each: Vec<usize> = way.iter().filter(|wide| wide.reach == Reach::Each).map(|wide| wide.place).collect();
        let mut local: Vec<usize> = self.order.iter().copied().filter(|place| !self.is_wide(*place)).collect();
        for place in local.iter().chain(&each) {
            for taken in self.taking_from(way, *place) {
                candidates[*place].leave(&self.candidates[taken].own);
            }
        }
        local.retain(|place| !candidates[*place].is_idle());
        let Some(mut rest) = union(self.candidates, self.order) else { return Ok(true) };
        let mut parts = Parts { chosen: Vec::new(), of: Vec::new(), proved: true };
        let mut regions: Vec<(ItemSet, Vec<usize>)> = Vec::new();
        for places in components(&candidates, &local) {
            let Some(items) = union(&candidates, &places) else { continue };
            rest.remove(&items);
            regions.push((items, places));
        }
        regions.push((rest, Vec::new()));
        for (items, places) in regions {
            let (of_part, from) = self.of_part(&candidates, &items, &places, &each);
            let order: Vec<usize> = (0..of_part.len()).collect();
            let found = search::search(self.pieces, &of_part, &order, self.sizes.cluster_most, budget)?;
            parts.proved &= found.proved;
            let cost = self.pieces.total_of(&items) - (self.pieces.total() - found.total);
            parts.chosen.extend(found.chosen.iter().filter_map(|at| from.get(*at)));
            parts.of.push((items, cost));
        }
        let proved = parts.proved;
        self.parts.insert(key, parts);
        Ok(proved)
    }

    /// The candidates of a part, and their places among all. What takes of each item is there once for each of its clusters, so
    /// that it does not tie them together.
    fn of_part<'c>(
        &self,
        candidates: &[Candidate<'c>],
        items: &ItemSet,
        places: &[usize],
        each: &[usize],
    ) -> (Vec<Candidate<'c>>, Vec<usize>) {
        let mut rest = items.clone();
        let mut classes: Vec<ItemSet> = Vec::new();
        for cluster in split(candidates, places, self.sizes.cluster_most).0 {
            rest.remove(&cluster.items);
            classes.push(cluster.items);
        }
        classes.push(rest);
        let mut order: Vec<usize> = places.iter().chain(each).copied().collect();
        order.sort_unstable();
        let (mut of_part, mut from) = (Vec::with_capacity(order.len()), Vec::with_capacity(order.len()));
        for place in order {
            let candidate = &candidates[place];
            if !each.contains(&place) {
                of_part.push(candidate.clone());
                from.push(place);
                continue;
            }
            for within in classes.iter().map(|class| candidate.own.common(class)).filter(|within| !within.is_empty()) {
                of_part.push(Candidate { own: within.clone(), reach: within, must: true, ..candidate.clone() });
                from.push(place);
            }
        }
        (of_part, from)
    }

    /// The lowest total that a way can have. Parts that waste something leave as much more to the sums, of their goods no more
    /// than these cost at first; between two thresholds more waste is only waste.
    fn least(&self, way: &[Wide]) -> Result<Least, Code> {
        let Some(parts) = self.parts.get(&self.key(way)) else { return Ok(Least { total: i64::MIN, promotions: 0 }) };
        let mut sums = Vec::new();
        for wide in way.iter().filter(|wide| wide.reach == Reach::Sum) {
            let free = self.free_of(way, wide.place);
            let base = |(items, cost): &(ItemSet, i64)| (*cost).min(self.pieces.total_of(&items.common(&free)));
            let count = free.iter().flat_map(|item| self.pieces.runs(item)).map(|(_, run)| run.count).sum::<i64>();
            sums.push(Sum {
                candidate: &self.candidates[wide.place],
                base: parts.of.iter().map(base).sum(),
                most: self.pieces.total_of(&free),
                count,
            });
        }
        let in_parts: i64 = parts.of.iter().map(|(items, _)| self.pieces.total_of(items)).sum();
        let cost: i64 = parts.of.iter().map(|(_, cost)| cost).sum();
        let (lowest, by_waste) = lowest(&sums)?;
        // Without waste every part is at its best, which is with the fewest promotions too.
        let in_parts_chosen = if by_waste { 0 } else { parts.chosen.len() };
        Ok(Least { total: self.pieces.total() - in_parts + cost + lowest, promotions: in_parts_chosen + way.len() })
    }

    /// The way with all parts at their best; none where one of its promotions then takes nothing off.
    fn at_its_best(&self, way: &[Wide]) -> Result<Option<Choice>, Code> {
        let Some(parts) = self.parts.get(&self.key(way)) else { return Ok(None) };
        let mut chosen: Vec<usize> = parts.chosen.iter().copied().chain(way.iter().map(|wide| wide.place)).collect();
        chosen.sort_unstable();
        let (mut pieces, mut plan) = (self.pieces.clone(), Plan::default());
        for place in &chosen {
            if !plan.make(&pieces, &self.candidates[*place])? {
                return Ok(None);
            }
            pieces.take(&plan.cuts, self.candidates[*place].marks);
        }
        Ok(Some(Choice { total: pieces.total(), chosen }))
    }
}
