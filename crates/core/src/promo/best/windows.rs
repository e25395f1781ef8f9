//! How low a total can be for so much waste of the clusters. More waste leaves more to pay, and so what the tail takes off may
//! grow, in steps at its thresholds; between two of them more waste is only waste.
//!
//! - With a waste of no more than `w` in all, no cluster wastes more. So what a cluster leaves in a scope of the tail is no less
//!   than the least of its outcomes that waste no more than `w`; and all of them together leave no more than the sum of what
//!   each leaves at most beyond its own waste, plus `w`.
//! - *Regions* are clusters that are tied by a promotion of the tail on part of the cart, say of one department. Such a
//!   promotion gains by the waste of its region alone. What the tail takes off is no more than what it does with no gain, but
//!   all that is wasted left to those on the whole cart, plus what each region gains by its own waste.

use super::{
    apply::Plan,
    bound::Bound,
    cart::{Pieces, Run},
    clusters::{Cluster, Outcome},
    live::Candidate,
    tail::{Base, Scope, Tail},
};
use crate::{
    error::Code,
    promo::{Kind, Threshold},
};

/// Thresholds of one promotion that are looked at; beyond them it counts as taking off its most.
const THRESHOLDS_MOST: i64 = 4;

#[derive(Debug)]
pub struct Windows {
    /// What all costs with every cluster at its best.
    best: i64,
    /// Rising waste, and what the tail takes off at most from there to the next, but for the gains of regions.
    steps: Vec<(i64, i64)>,
    regions: Vec<Region>,
    /// Of each cluster.
    pub region_of: Vec<usize>,
    gains_most: i64,
}

/// Rising waste of a region, and what it gains from there to the next.
#[derive(Debug, Default)]
struct Region {
    members: Vec<usize>,
    gains: Vec<(i64, i64)>,
    /// Of each step: the least waste less gain, there or beyond.
    least_from: Vec<i64>,
}

impl Region {
    /// The least that its waste can come to, less what it gains, when so much is wasted already.
    fn least(&self, waste: i64) -> i64 {
        let next = self.gains.partition_point(|(from, _)| *from <= waste);
        let here = waste - next.checked_sub(1).and_then(|at| self.gains.get(at)).map_or(0, |(_, gain)| *gain);
        self.least_from.get(next).map_or(here, |beyond| here.min(*beyond))
    }
}

/// The wastes of the clusters that are decided.
#[derive(Debug)]
pub struct Wasted {
    all: i64,
    of_region: Vec<i64>,
    /// The least that all regions can come to.
    least: i64,
}

impl Windows {
    /// `pieces` are untouched.
    pub fn of(pieces: &Pieces, candidates: &[Candidate<'_>], clusters: &[Cluster], tail: &Tail, plan: &mut Plan) -> Result<Self, Code> {
        let mut untouched = Vec::new();
        tail.bases(pieces, &mut untouched);
        let in_clusters: i64 = clusters.iter().map(|cluster| pieces.total_of(&cluster.items)).sum();
        let best = pieces.total() - in_clusters + clusters.iter().map(Cluster::least).sum::<i64>();
        let ranges: Vec<Vec<Range>> = tail.scopes.iter().map(|scope| ranges(scope, pieces, clusters)).collect();
        let (region_of, regions) = regions(candidates, clusters, tail);
        let mut windows = Self { best, steps: Vec::new(), regions, region_of, gains_most: 0 };
        let bases = Bases { untouched, ranges };
        let mut off_at = |member: usize, waste: i64| -> Result<i64, Code> {
            tail.alone_off(&tail.members[member], &bases.most(waste), pieces, candidates, plan)
        };
        let lowest = (0..tail.members.len()).map(|member| off_at(member, 0)).collect::<Result<Vec<i64>, _>>()?;
        let highest = (0..tail.members.len()).map(|member| off_at(member, i64::MAX)).collect::<Result<Vec<i64>, _>>()?;
        // Beyond twice what all could gain, more waste is lost in any case.
        let worth_most: i64 = highest.iter().zip(&lowest).map(|(high, low)| high - low).sum();
        let worth_most = worth_most + Bound::of(tail, 0, &highest, &bases.most(i64::MAX), &bases.least(i64::MAX), candidates).most_off(0);
        let all: Vec<usize> = (0..tail.members.len()).collect();
        let wide: Vec<usize> =
            all.into_iter().filter(|member| !windows.regions.iter().any(|region| region.members.contains(member))).collect();
        for region in &mut windows.regions {
            let wastes = wastes(&region.members, worth_most, &bases.most(0), tail, candidates);
            for (at, waste) in wastes.iter().enumerate() {
                let until = wastes.get(at + 1).map_or(i64::MAX, |next| next - 1);
                let gains = region.members.iter().map(|member| Ok(off_at(*member, until)? - lowest[*member]));
                region.gains.push((*waste, gains.sum::<Result<i64, Code>>()?));
            }
            windows.gains_most += region.gains.last().map_or(0, |(_, gain)| *gain);
            region.least_from = region.gains.iter().map(|(waste, gain)| waste - gain).collect();
            fall_back(&mut region.least_from);
        }
        let wastes = wastes(&wide, worth_most, &bases.most(0), tail, candidates);
        for (at, waste) in wastes.iter().enumerate() {
            let until = wastes.get(at + 1).map_or(i64::MAX, |next| next - 1);
            let mut offs = lowest.clone();
            for member in &wide {
                offs[*member] = off_at(*member, until)?;
            }
            let off = Bound::of(tail, 0, &offs, &bases.most(until), &bases.least(until), candidates).most_off(0);
            windows.steps.push((*waste, off));
        }
        Ok(windows)
    }

    /// The same for the clusters in another order.
    pub fn in_order(mut self, order: &[usize]) -> Self {
        self.region_of = order.iter().filter_map(|at| self.region_of.get(*at)).copied().collect();
        self
    }

    pub fn nothing_wasted(&self) -> Wasted {
        let least = self.regions.iter().map(|region| region.least(0)).sum();
        Wasted { all: 0, of_region: vec![0; self.regions.len()], least }
    }

    /// Whether waste in a region could pay.
    pub fn is_promising(&self, cluster: usize) -> bool {
        self.region_of.get(cluster).and_then(|region| self.regions.get(*region)).is_some_and(|region| region.least(0) < 0)
    }

    /// Notes the waste of a cluster, or takes it back when it is below zero.
    pub fn waste(&self, wasted: &mut Wasted, cluster: usize, waste: i64) {
        wasted.all += waste;
        let Some(region) = self.region_of.get(cluster) else { return };
        if let (Some(region), Some(of_region)) = (self.regions.get(*region), wasted.of_region.get_mut(*region)) {
            wasted.least -= region.least(*of_region);
            *of_region += waste;
            wasted.least += region.least(*of_region);
        }
    }

    /// The lowest total that is left.
    pub fn least(&self, wasted: &Wasted) -> i64 {
        let next = self.steps.partition_point(|(from, _)| *from <= wasted.all);
        let here = next.checked_sub(1).and_then(|at| self.steps.get(at)).map_or(0, |(_, off)| wasted.least - off);
        let beyond = self.steps.iter().skip(next).map(|(waste, off)| wasted.least.max(waste - self.gains_most) - off);
        self.best + beyond.fold(here, i64::min)
    }
}

/// From each place on, the least.
fn fall_back(numbers: &mut [i64]) {
    for at in (1..numbers.len()).rev() {
        numbers[at - 1] = numbers[at - 1].min(numbers[at]);
    }
}

/// Which region each cluster is of, and the members of the tail of each region; a promotion that meets more than half of the
/// clusters is of none.
fn regions(candidates: &[Candidate<'_>], clusters: &[Cluster], tail: &Tail) -> (Vec<usize>, Vec<Region>) {
    let mut region_of: Vec<usize> = (0..clusters.len()).collect();
    let mut of_member = Vec::new();
    for (at, member) in tail.members.iter().enumerate().filter(|(_, member)| member.scope.is_some() && !member.is_cover) {
        let own = &candidates[member.place].own;
        let met: Vec<usize> = (0..clusters.len()).filter(|cluster| clusters[*cluster].items.meets(own)).collect();
        let Some(first) = met.first() else { continue };
        if met.len() * 2 > clusters.len() {
            continue;
        }
        of_member.push((at, *first));
        let joined: Vec<usize> = met.iter().map(|cluster| region_of[*cluster]).collect();
        let name = region_of[*first];
        region_of.iter_mut().filter(|region| joined.contains(region)).for_each(|region| *region = name);
    }
    let mut regions: Vec<Region> = Vec::new();
    regions.resize_with(clusters.len(), Region::default);
    for (member, cluster) in of_member {
        regions[region_of[cluster]].members.push(member);
    }
    (region_of, regions)
}

/// What is free in each scope at least and at most, with no more than so much waste.
struct Bases {
    untouched: Vec<Base>,
    ranges: Vec<Vec<Range>>,
}

impl Bases {
    fn least(&self, waste: i64) -> Vec<Base> {
        let change = |ranges: &Vec<Range>| ranges.iter().map(|range| range.within(waste).0).sum::<i64>();
        self.untouched.iter().zip(&self.ranges).map(|(base, ranges)| Base { amount: base.amount + change(ranges), ..*base }).collect()
    }

    fn most(&self, waste: i64) -> Vec<Base> {
        let change = |ranges: &Vec<Range>| ranges.iter().map(|range| range.within(waste).1).sum::<i64>();
        let of_scope = |(base, ranges): (&Base, &Vec<Range>)| {
            let amount = (base.amount + change(ranges)).saturating_add(waste).min(base.amount);
            Base { amount, ..*base }
        };
        self.untouched.iter().zip(&self.ranges).map(of_scope).collect()
    }
}

/// Rising wastes from zero: doubling, and those at which a threshold of one of the members is reached.
fn wastes(members: &[usize], worth_most: i64, lowest: &[Base], tail: &Tail, candidates: &[Candidate<'_>]) -> Vec<i64> {
    let mut wastes = vec![0];
    if members.is_empty() {
        return wastes;
    }
    wastes.extend(std::iter::successors(Some(64), |waste| (*waste < worth_most).then_some(waste * 2)));
    for member in members.iter().map(|member| &tail.members[*member]) {
        let Some(low) = member.scope.and_then(|scope| lowest.get(scope)) else { continue };
        thresholds(&candidates[member.place], low.amount, low.amount.saturating_add(worth_most), &mut wastes);
    }
    wastes.sort_unstable();
    wastes.dedup();
    wastes
}

/// What a cluster leaves in a scope, against what there was: of the outcomes up to each, by rising waste, the least, and the
/// most beyond their waste.
#[derive(Debug)]
struct Range(Vec<(i64, i64, i64)>);

impl Range {
    fn within(&self, waste: i64) -> (i64, i64) {
        let end = self.0.partition_point(|(wasted, ..)| *wasted <= waste);
        self.0.get(end.saturating_sub(1)).map_or((0, 0), |(_, least, most)| (*least, *most))
    }
}

fn ranges(scope: &Scope, pieces: &Pieces, clusters: &[Cluster]) -> Vec<Range> {
    let range = |cluster: &Cluster| {
        let before = free_in(scope, cluster.items.iter().flat_map(|item| pieces.runs(item).map(move |(_, run)| (item, run))));
        let (mut least, mut most) = (i64::MAX, i64::MIN);
        let outcome = |outcome: &Outcome| {
            let waste = outcome.total - cluster.least();
            let change = free_in(scope, outcome.runs.iter().map(|(item, run)| (*item, run))) - before;
            (least, most) = (least.min(change), most.max(change - waste));
            (waste, least, most)
        };
        Range(cluster.outcomes.iter().map(outcome).collect())
    };
    clusters.iter().filter(|cluster| cluster.items.meets(&scope.items)).map(range).collect()
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
