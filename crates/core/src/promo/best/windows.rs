//! How low a total can be for so much waste of the clusters: what the tail takes off at most grows with what is left to pay, in
//! steps at its thresholds. Between two of them more waste is only waste.
//!
//! For each scope of the tail: whatever way a cluster comes out, what it leaves in the scope is no more than some amount plus
//! its waste. So with a waste of `w` in all, the base of a promotion is no more than its lowest plus `w`.

use super::{
    apply::Plan,
    bound::Bound,
    cart::{Pieces, Run},
    clusters::Cluster,
    live::Candidate,
    tail::{Base, Scope, Tail},
};
use crate::{
    error::Code,
    promo::{Kind, Threshold},
};

/// Thresholds of one promotion that are looked at; beyond them it counts as taking off its most.
const THRESHOLDS_MOST: i64 = 64;

#[derive(Debug)]
pub struct Windows {
    /// What all costs with every cluster at its best.
    best: i64,
    /// Rising waste, and what the tail takes off at most from there to the next; the first is zero.
    steps: Vec<(i64, i64)>,
    /// Of each step: the lowest total there or beyond.
    least_from: Vec<i64>,
    /// Of each cluster: the fewest promotions from there on.
    fewest: Vec<usize>,
}

impl Windows {
    /// `pieces` are untouched.
    pub fn of(
        pieces: &Pieces,
        candidates: &[Candidate<'_>],
        clusters: &[Cluster],
        tail: &Tail,
        plan: &mut Plan,
    ) -> Result<Self, Code> {
        let mut untouched = Vec::new();
        tail.bases(pieces, &mut untouched);
        let in_clusters: i64 = clusters.iter().map(|cluster| pieces.total_of(&cluster.items)).sum();
        let best = pieces.total() - in_clusters + clusters.iter().map(Cluster::least).sum::<i64>();
        let (mut lowest, mut least) = (untouched.clone(), untouched.clone());
        for (at, scope) in tail.scopes.iter().enumerate() {
            for cluster in clusters.iter().filter(|cluster| cluster.items.meets(&scope.items)) {
                let before: i64 = free_in(scope, cluster.items.iter().flat_map(|item| pieces.runs(item).map(move |(_, run)| (item, run))));
                let left = |outcome: &super::clusters::Outcome| free_in(scope, outcome.runs.iter().map(|(item, run)| (*item, run)));
                let less_waste = cluster.outcomes.iter().map(|outcome| left(outcome) - (outcome.total - cluster.least())).max();
                lowest[at].amount += less_waste.unwrap_or(before) - before;
                least[at].amount += cluster.outcomes.iter().map(left).min().unwrap_or(before) - before;
            }
        }
        let at = |waste: i64| -> Vec<Base> {
            let raised = lowest.iter().zip(&untouched);
            raised.map(|(low, most)| Base { amount: low.amount.saturating_add(waste).min(most.amount), pieces: most.pieces }).collect()
        };
        let mut most_off = |waste: i64| -> Result<i64, Code> {
            let bases = at(waste);
            let alone = tail.members.iter().map(|member| tail.alone_off(member, &bases, pieces, candidates, plan));
            let offs = alone.collect::<Result<Vec<_>, _>>()?;
            Ok(Bound::of(tail, 0, &offs, &bases, &least, candidates).most_off(0))
        };
        let worth_most = most_off(i64::MAX)?;
        let mut wastes = vec![0];
        for member in &tail.members {
            let Some(scope) = member.scope else { continue };
            let (low, high) = (lowest[scope].amount, untouched[scope].amount.min(lowest[scope].amount.saturating_add(worth_most)));
            thresholds(&candidates[member.place], low, high, &mut wastes);
        }
        wastes.sort_unstable();
        wastes.dedup();
        let mut steps = Vec::with_capacity(wastes.len());
        for (at, waste) in wastes.iter().enumerate() {
            let until = wastes.get(at + 1).map_or(i64::MAX, |next| next - 1);
            steps.push((*waste, most_off(until)?));
        }
        let mut fewest = vec![0; clusters.len() + 1];
        for (at, cluster) in clusters.iter().enumerate().rev() {
            fewest[at] = fewest[at + 1] + cluster.outcomes.iter().map(|outcome| outcome.chosen.len()).min().unwrap_or(0);
        }
        let mut least_from: Vec<i64> = steps.iter().map(|(waste, off)| best + waste - off).collect();
        for at in (1..least_from.len()).rev() {
            least_from[at - 1] = least_from[at - 1].min(least_from[at]);
        }
        Ok(Self { best, steps, least_from, fewest })
    }

    /// The lowest total where the clusters before `at` have wasted so much.
    pub fn least(&self, _at: usize, waste: i64) -> i64 {
        let next = self.steps.partition_point(|(from, _)| *from <= waste);
        let here = self.steps.get(next.saturating_sub(1)).map_or(i64::MIN, |(_, off)| self.best + waste - off);
        self.least_from.get(next).map_or(here, |beyond| here.min(*beyond))
    }

    pub fn fewest(&self, at: usize) -> usize {
        self.fewest.get(at).copied().unwrap_or(0)
    }
}

fn free_in<'r>(scope: &Scope, runs: impl Iterator<Item = (usize, &'r Run)>) -> i64 {
    let free = runs.filter(|(item, run)| run.taken & scope.blocked_by == 0 && scope.items.has(*item));
    free.map(|(_, run)| run.amount * run.count).sum()
}

/// Adds the wastes with which a threshold between `low` and `high` is reached.
fn thresholds(candidate: &Candidate<'_>, low: i64, high: i64, into: &mut Vec<i64>) {
    let mut add = |threshold: i64| {
        if low < threshold && threshold <= high {
            into.push(threshold - low);
        }
    };
    match &candidate.promotion.kind {
        Kind::Off { steps, each, .. } => {
            for at_least in steps.iter().map(|step| step.at_least_fen.get()) {
                if *each && at_least > 0 {
                    (1..=THRESHOLDS_MOST).for_each(|more| add((low / at_least + more).saturating_mul(at_least)));
                } else {
                    add(at_least);
                }
            }
        }
        Kind::Percent { steps, .. } => {
            for step in steps {
                if let Threshold::Fen(at_least) = step.at_least {
                    add(at_least.get());
                }
            }
        }
        _ => {}
    }
}
