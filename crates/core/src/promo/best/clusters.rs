//! The promotions of a component that come first and have few neighbours, in clusters that share no item: each cluster can
//! be tried out completely for itself. What is left, *the tail*, sees their results.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use super::{
    apply::Plan,
    cart::{ItemSet, Pieces, Run},
    live::Candidate,
    search::Budget,
};
use crate::{error::Code, promo::Kind};

/// A way in which a cluster can come out. Of the choices that leave the same pieces at the same amounts only the best is kept:
/// the fewest promotions, then the first in canonical order.
#[derive(Debug)]
pub struct Outcome {
    pub chosen: Vec<usize>,
    /// What the cluster's goods then cost.
    pub total: i64,
    /// The runs of the cluster's items.
    pub runs: Vec<(usize, Run)>,
}

#[derive(Debug)]
pub struct Cluster {
    pub items: ItemSet,
    pub places: Vec<usize>,
    /// The lowest total first.
    pub outcomes: Vec<Outcome>,
}

impl Cluster {
    pub fn least(&self) -> i64 {
        self.outcomes.first().map_or(0, |outcome| outcome.total)
    }
}

/// Splits the component: a promotion belongs to the tail when it shares an item with one of the tail before it, would make
/// a cluster of more than `most` promotions, or competes with 满减 on most of the cart: whether it takes its goods away from
/// that one is not for its cluster to say.
pub fn split(candidates: &[Candidate<'_>], order: &[usize], most: usize) -> (Vec<Cluster>, Vec<usize>) {
    let mut clusters: Vec<Cluster> = Vec::new();
    let mut tail: Vec<usize> = Vec::new();
    let mut of_tail: Option<ItemSet> = None;
    let wide = wide_groups(candidates, order);
    for place in order {
        let reach = &candidates[*place].reach;
        let met = clusters.iter().filter(|cluster| cluster.items.meets(reach)).map(|cluster| cluster.places.len()).sum::<usize>();
        let is_wide = wide.contains(candidates[*place].promotion.group.as_str());
        if is_wide || met >= most || of_tail.as_ref().is_some_and(|items| items.meets(reach)) {
            of_tail.get_or_insert_with(|| reach.clone()).add(reach);
            tail.push(*place);
            continue;
        }
        let mut joined = Cluster { items: reach.clone(), places: vec![*place], outcomes: Vec::new() };
        clusters.retain_mut(|cluster| {
            let meets = cluster.items.meets(reach);
            if meets {
                joined.items.add(&cluster.items);
                joined.places.append(&mut cluster.places);
            }
            !meets
        });
        joined.places.sort_unstable();
        clusters.push(joined);
    }
    (clusters, tail)
}

/// Groups of nothing but `Off` and `Percent`, one of them on more than half of the component's items.
fn wide_groups<'c>(candidates: &[Candidate<'c>], order: &[usize]) -> BTreeSet<&'c str> {
    let mut all: Option<ItemSet> = None;
    for place in order {
        let reach = &candidates[*place].reach;
        all.get_or_insert_with(|| reach.clone()).add(reach);
    }
    let items = all.map_or(0, |all| all.len());
    let (mut wide, mut other) = (BTreeSet::from([]), BTreeSet::from([""]));
    for candidate in order.iter().map(|place| &candidates[*place]) {
        let group = candidate.promotion.group.as_str();
        if !matches!(candidate.promotion.kind, Kind::Off { .. } | Kind::Percent { .. }) {
            other.insert(group);
        } else if candidate.reach.len() * 2 > items {
            wide.insert(group);
        }
    }
    wide.retain(|group| !other.contains(group));
    wide
}

impl Cluster {
    /// Tries every choice out; false where the cap was met before the end.
    pub fn try_out(
        &mut self,
        pieces: &mut Pieces,
        candidates: &[Candidate<'_>],
        plan: &mut Plan,
        budget: &mut Budget,
    ) -> Result<bool, Code> {
        let mut found = BTreeMap::new();
        let mut chosen = Vec::new();
        let all = self.try_from(0, pieces, candidates, plan, budget, &mut chosen, &mut found)?;
        self.outcomes = found
            .into_iter()
            .map(|(runs, chosen): (Vec<(usize, Run)>, Vec<usize>)| {
                let total = runs.iter().map(|(_, run)| run.amount * run.count).sum();
                Outcome { chosen, total, runs }
            })
            .collect();
        self.outcomes.sort_by(|a, b| (a.total, a.chosen.len(), &a.chosen).cmp(&(b.total, b.chosen.len(), &b.chosen)));
        Ok(all)
    }

    #[expect(clippy::too_many_arguments, reason = "the state of one recursion")]
    fn try_from(
        &self,
        at: usize,
        pieces: &mut Pieces,
        candidates: &[Candidate<'_>],
        plan: &mut Plan,
        budget: &mut Budget,
        chosen: &mut Vec<usize>,
        found: &mut BTreeMap<Vec<(usize, Run)>, Vec<usize>>,
    ) -> Result<bool, Code> {
        let mut all = true;
        for (at, place) in self.places.iter().enumerate().skip(at) {
            if !budget.spend(1) {
                all = false;
                break;
            }
            if plan.make(pieces, &candidates[*place])? {
                let mark = pieces.mark();
                pieces.take(&plan.cuts, candidates[*place].marks);
                let must = candidates[*place].must;
                if !must {
                    chosen.push(*place);
                }
                all &= self.try_from(at + 1, pieces, candidates, plan, budget, chosen, found)?;
                pieces.undo(mark);
                if must {
                    return Ok(all);
                }
                chosen.pop();
            }
        }
        let runs = self.items.iter().flat_map(|item| pieces.runs(item).map(move |(_, run)| (item, *run))).collect();
        match found.entry(runs) {
            Entry::Vacant(entry) => {
                entry.insert(chosen.clone());
            }
            Entry::Occupied(mut entry) => {
                if (chosen.len(), &*chosen) < (entry.get().len(), entry.get()) {
                    entry.insert(chosen.clone());
                }
            }
        }
        Ok(all)
    }
}
