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
    windows::Windows,
};
use crate::error::Code;

/// Promotions of a cluster.
pub const CLUSTER_MOST: usize = 10;

/// The best choice of one component.
#[derive(Debug)]
pub struct Found {
    /// Places in the candidates, in canonical order.
    pub chosen: Vec<usize>,
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
    #[cfg(test)]
    if std::env::var("DBG").is_ok() {
        let mut kinds = std::collections::BTreeMap::new();
        for p in &tail { *kinds.entry(format!("{:?}", candidates[*p].promotion.kind).split(' ').next().unwrap().to_owned()).or_insert(0) += 1; }
        let mut sizes: Vec<_> = clusters.iter().map(|c| (c.places.len(), c.outcomes.len())).collect(); sizes.sort(); sizes.reverse();
        eprintln!("order {} clusters {} {:?} tail {} {kinds:?} steps {}", order.len(), clusters.len(), &sizes[..sizes.len().min(12)], tail.len(), budget.steps);
    }
    let tail = Tail::of(candidates, &tail);
    // Those that have something nearly as good come last, where changing one's mind is cheap.
    clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.outcomes.get(1).map_or(i64::MAX, |next| next.total - cluster.least())));
    let mut search = Search { candidates, clusters: &clusters, tail: &tail, windows: None, plan, head: Vec::new(), best: None, proved };
    search.leaf_of_the_best(&mut pieces, budget)?;
    #[cfg(test)]
    if std::env::var("DBG").is_ok() { eprintln!("  leaf steps {} proved {} total {:?}", budget.steps, search.proved, search.best.as_ref().map(|b| b.total)); }
    if !search.clusters.is_empty() && !tail.members.is_empty() && search.proved {
        let windows = Windows::of(&pieces, candidates, &clusters, &tail, &mut search.plan)?;
        #[cfg(test)]
        if std::env::var("DBG").is_ok() { eprintln!("  {windows:?}"); }
        search.windows = Some(windows);
        search.from(0, 0, &mut pieces, budget)?;
    }
    Ok(Found { chosen: search.best.map(|best| best.chosen).unwrap_or_default(), proved: search.proved })
}

struct Search<'s, 'a> {
    candidates: &'s [Candidate<'a>],
    clusters: &'s [Cluster],
    tail: &'s Tail,
    windows: Option<Windows>,
    plan: Plan,
    /// What is chosen of the clusters so far.
    head: Vec<usize>,
    best: Option<Choice>,
    proved: bool,
}

impl Search<'_, '_> {
    /// Every cluster at its best.
    fn leaf_of_the_best(&mut self, pieces: &mut Pieces, budget: &mut Budget) -> Result<(), Code> {
        let mark = pieces.mark();
        for cluster in self.clusters {
            let chosen = cluster.outcomes.first().map_or(&[][..], |outcome| &outcome.chosen);
            self.take(chosen, pieces)?;
        }
        self.leaf(pieces, budget)?;
        self.head.clear();
        pieces.undo(mark);
        Ok(())
    }

    fn take(&mut self, chosen: &[usize], pieces: &mut Pieces) -> Result<(), Code> {
        for place in chosen {
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

    /// Decides the clusters from `at` on, of which those before have wasted so much.
    fn from(&mut self, at: usize, waste: i64, pieces: &mut Pieces, budget: &mut Budget) -> Result<(), Code> {
        let Some(cluster) = self.clusters.get(at) else { return self.leaf(pieces, budget) };
        for outcome in &cluster.outcomes {
            let waste = waste + outcome.total - cluster.least();
            if self.cannot_win(at + 1, waste, outcome.chosen.len()) {
                continue;
            }
            if !budget.spend(1 + outcome.chosen.len()) {
                self.proved = false;
                return Ok(());
            }
            let (mark, head) = (pieces.mark(), self.head.len());
            self.take(&outcome.chosen, pieces)?;
            self.from(at + 1, waste, pieces, budget)?;
            self.head.truncate(head);
            pieces.undo(mark);
        }
        Ok(())
    }

    fn cannot_win(&self, at: usize, waste: i64, more: usize) -> bool {
        let (Some(best), Some(windows)) = (&self.best, &self.windows) else { return false };
        let least = windows.least(at, waste);
        least > best.total || (least == best.total && self.head.len() + more + windows.fewest(at) > best.chosen.len())
    }
}
