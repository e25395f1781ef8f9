//! The search: for each part of the cart whose promotions have nothing to do with the rest, the choice with the lowest total.
//!
//! The promotions that come first and have few neighbours are tried out in clusters ([`super::clusters`]); what every way of
//! coming out costs beyond the cluster's best is its *waste*. The rest is the tail ([`super::tail`]). With every cluster at its
//! best and the tail searched through, mostly that is it: some waste pays only where the tail takes off more for it, when more
//! money is left to reach a threshold. [`Windows`] knows how much of it could be worth what, and the clusters are searched
//! for such a sum.

use super::{
    apply::Plan,
    cart::Pieces,
    clusters::{Cluster, split},
    live::Candidate,
    tail::{Choice, Tail, TailSearch},
    windows::{Wasted, Windows},
};
use crate::error::Code;

/// Promotions of a cluster.
pub const CLUSTER_MOST: usize = 10;

/// The best choice of one component.
#[derive(Debug)]
pub struct Found {
    /// Places in the candidates, in canonical order.
    pub chosen: Vec<usize>,
    /// What the whole cart then costs.
    pub total: i64,
    pub proved: bool,
}

/// Steps of all components together: one for each promotion that is applied, and some for weighing what is left.
#[derive(Debug)]
pub struct Budget {
    pub steps: u32,
    pub most: u32,
}

impl Budget {
    /// False where the cap is met.
    pub fn spend(&mut self, steps: usize) -> bool {
        let after = self.steps.saturating_add(u32::try_from(steps).unwrap_or(u32::MAX));
        self.steps = after.min(self.most);
        after <= self.most
    }
}

pub fn search(
    pieces: &Pieces,
    candidates: &[Candidate<'_>],
    order: &[usize],
    cluster_most: usize,
    budget: &mut Budget,
) -> Result<Found, Code> {
    let mut pieces = pieces.clone();
    let mut plan = Plan::default();
    let mut proved = true;
    let (mut clusters, tail) = split(candidates, order, cluster_most);
    for cluster in &mut clusters {
        proved &= cluster.try_out(&mut pieces, candidates, &mut plan, budget)?;
    }
    let tail = Tail::of(candidates, &tail);
    let mut search = Search { candidates, tail: &tail, plan, head: Vec::new(), best: None, proved };
    search.leaf_of_the_best(&clusters, &mut pieces, budget)?;
    if !clusters.is_empty() && !tail.members.is_empty() && search.proved {
        search.beyond_the_best(clusters, &mut pieces, budget)?;
    }
    let best = search.best.unwrap_or_else(|| Choice { total: pieces.total(), chosen: Vec::new() });
    Ok(Found { chosen: best.chosen, total: best.total, proved: search.proved })
}

struct Search<'s, 'a> {
    candidates: &'s [Candidate<'a>],
    tail: &'s Tail,
    plan: Plan,
    /// What is chosen of the clusters so far.
    head: Vec<usize>,
    best: Option<Choice>,
    proved: bool,
}

/// The clusters in the order in which they are decided, and what is known of them.
struct Course {
    clusters: Vec<Cluster>,
    windows: Windows,
    /// Of each cluster: the fewest promotions from there on.
    fewest: Vec<usize>,
}

impl Search<'_, '_> {
    /// Every cluster at its best.
    fn leaf_of_the_best(&mut self, clusters: &[Cluster], pieces: &mut Pieces, budget: &mut Budget) -> Result<(), Code> {
        let mark = pieces.mark();
        for cluster in clusters {
            let chosen = cluster.outcomes.first().map_or(&[][..], |outcome| &outcome.chosen);
            self.take(cluster, chosen, pieces)?;
        }
        self.leaf(pieces, budget)?;
        self.head.clear();
        pieces.undo(mark);
        Ok(())
    }

    fn take(&mut self, cluster: &Cluster, chosen: &[usize], pieces: &mut Pieces) -> Result<(), Code> {
        for place in cluster.places.iter().filter(|place| self.candidates[**place].must || chosen.contains(place)) {
            if self.plan.make(pieces, &self.candidates[*place])? {
                pieces.take(&self.plan.cuts, self.candidates[*place].marks);
            }
        }
        self.head.extend(chosen);
        Ok(())
    }

    fn leaf(&mut self, pieces: &mut Pieces, budget: &mut Budget) -> Result<(), Code> {
        let mut tail = TailSearch {
            tail: self.tail,
            candidates: self.candidates,
            head: &self.head,
            found_here: false,
            chosen: Vec::new(),
            best: &mut self.best,
            capped: false,
        };
        tail.run(pieces, &mut self.plan, budget)?;
        self.proved &= !tail.capped;
        Ok(())
    }

    /// Every other way in which the clusters can come out, where it can be better.
    fn beyond_the_best(&mut self, mut clusters: Vec<Cluster>, pieces: &mut Pieces, budget: &mut Budget) -> Result<(), Code> {
        let windows = Windows::of(pieces, self.candidates, &clusters, self.tail, &mut self.plan)?;
        if self.cannot_win(windows.least(&windows.nothing_wasted()), 0) {
            return Ok(());
        }
        // Regions whose waste could pay come last, where changing one's mind is cheap.
        let mut order: Vec<usize> = (0..clusters.len()).collect();
        order.sort_by_key(|at| (windows.is_promising(*at), windows.region_of[*at], *at));
        let mut sorted: Vec<Option<Cluster>> = clusters.drain(..).map(Some).collect();
        let clusters: Vec<Cluster> = order.iter().filter_map(|at| sorted[*at].take()).collect();
        let windows = windows.in_order(&order);
        let mut fewest = vec![0; clusters.len() + 1];
        for (at, cluster) in clusters.iter().enumerate().rev() {
            fewest[at] = fewest[at + 1] + cluster.outcomes.iter().map(|outcome| outcome.chosen.len()).min().unwrap_or(0);
        }
        let mut wasted = windows.nothing_wasted();
        self.from(0, &Course { clusters, windows, fewest }, &mut wasted, pieces, budget)
    }

    /// Decides the clusters from `at` on.
    fn from(&mut self, at: usize, course: &Course, wasted: &mut Wasted, pieces: &mut Pieces, budget: &mut Budget) -> Result<(), Code> {
        let Some(cluster) = course.clusters.get(at) else { return self.leaf(pieces, budget) };
        for outcome in &cluster.outcomes {
            if !budget.spend(1) {
                self.proved = false;
                return Ok(());
            }
            let waste = outcome.total - cluster.least();
            course.windows.waste(wasted, at, waste);
            let count = self.head.len() + outcome.chosen.len() + course.fewest[at + 1];
            if !self.cannot_win(course.windows.least(wasted), count) {
                self.proved &= budget.spend(2 * outcome.chosen.len());
                let (mark, head) = (pieces.mark(), self.head.len());
                self.take(cluster, &outcome.chosen, pieces)?;
                self.from(at + 1, course, wasted, pieces, budget)?;
                self.head.truncate(head);
                pieces.undo(mark);
            }
            course.windows.waste(wasted, at, -waste);
        }
        Ok(())
    }

    fn cannot_win(&self, least: i64, fewest: usize) -> bool {
        self.best.as_ref().is_some_and(|best| least > best.total || (least == best.total && fewest > best.chosen.len()))
    }
}
