//! What the promotions of a tail take off together at most.
//!
//! Each alone takes off no more than it would of all goods that are free for it. Those of one group share the goods: a *cover*
//! takes every piece that any of its group looks at, so that nothing is left for those after it, and at most one cover of a
//! group takes anything. A cover reaches a threshold only of what those before it leave: which of them may apply is a knapsack,
//! in which each takes off something and takes away the goods that only it looks at, and what they take away together is at
//! most what the cover can spare. Where a cover has no thresholds to speak of, it takes off no more than its rate of the base,
//! and those before it gain what they take off less the rate of what they take away.

use super::{
    live::Candidate,
    tail::{Base, Tail},
};
use crate::promo::{Kind, OffStep, Threshold};

/// Thresholds of a promotion that repeats itself which are looked at one by one.
const THRESHOLDS_MOST: i64 = 64;
/// How far a knapsack is searched; beyond, the fractional one bounds it.
const KNAPSACK_MOST: u32 = 200;

/// One that is no cover: its place, what it takes off and takes away.
#[derive(Clone, Copy, Debug)]
struct Other {
    at: usize,
    off: i64,
    takes: i64,
}

#[derive(Debug)]
struct Cover {
    at: usize,
    base: i64,
    off: i64,
    /// Thresholds that are reached, and what is off there; none where the rate alone counts.
    steps: Vec<(i64, i64)>,
    rate: Option<(i64, i64)>,
}

#[derive(Debug, Default)]
struct Group {
    /// The most off for what is taken away first.
    others: Vec<Other>,
    covers: Vec<Cover>,
}

#[derive(Debug)]
pub struct Bound {
    stacking: Vec<(usize, i64)>,
    groups: Vec<Group>,
    fits: Vec<Other>,
    /// Steps of knapsacks since the caller asked last.
    weighed: usize,
}

impl Bound {
    /// `offs` is what each takes at most, `bases` no less than what is free in each scope, and `least` no more.
    pub fn of(tail: &Tail, from: usize, offs: &[i64], bases: &[Base], least: &[Base], candidates: &[Candidate<'_>]) -> Self {
        let mut bound = Self { stacking: Vec::new(), groups: Vec::new(), fits: Vec::new(), weighed: 0 };
        bound.groups.resize_with(tail.groups, Group::default);
        let of = |scope: Option<usize>, bases: &[Base]| scope.and_then(|scope| bases.get(scope)).map_or(0, |base| base.amount);
        for (at, (member, off)) in tail.members.iter().zip(offs).enumerate().skip(from) {
            if *off == 0 {
                continue;
            }
            match member.group.and_then(|group| bound.groups.get_mut(group)) {
                None => bound.stacking.push((at, *off)),
                Some(group) if member.is_cover => {
                    let (candidate, base) = (&candidates[member.place], of(member.scope, bases));
                    group.covers.push(Cover { at, base, off: *off, steps: steps(candidate, base, *off), rate: rate(candidate) });
                }
                Some(group) => group.others.push(Other { at, off: *off, takes: of(member.alone, least) }),
            }
        }
        for group in &mut bound.groups {
            // What takes nothing away comes first of all, since its product with any other is zero.
            group.others.sort_by(|a, b| {
                let (left, right) = (i128::from(b.off) * i128::from(a.takes), i128::from(a.off) * i128::from(b.takes));
                left.cmp(&right).then(a.takes.cmp(&b.takes)).then(a.at.cmp(&b.at))
            });
        }
        bound
    }

    /// Of those from the place on.
    pub fn most_off(&mut self, from: usize) -> i64 {
        let stacking: i64 = self.stacking.iter().filter(|(at, _)| *at >= from).map(|(_, off)| off).sum();
        let (fits, weighed) = (&mut self.fits, &mut self.weighed);
        stacking + self.groups.iter().map(|group| group.most_off(from, fits, weighed)).sum::<i64>()
    }

    /// What weighing has cost since this was asked last, in steps of the search.
    pub fn weighed(&mut self) -> usize {
        std::mem::take(&mut self.weighed) / 8
    }
}

impl Group {
    fn most_off(&self, from: usize, fits: &mut Vec<Other>, weighed: &mut usize) -> i64 {
        let mut best: i64 = self.others.iter().filter(|other| other.at >= from).map(|other| other.off).sum();
        let mut until = usize::MAX;
        for cover in self.covers.iter().filter(|cover| cover.at >= from) {
            if until != cover.at {
                fits.clear();
                fits.extend(self.others.iter().filter(|other| from <= other.at && other.at < cover.at));
                until = cover.at;
            }
            let plain = cover.off + fits.iter().map(|other| other.off).sum::<i64>();
            let most = cover.rate.map_or(plain, |rate| plain.min(by_rate(rate, cover.base, fits)));
            if most <= best {
                continue;
            }
            if cover.steps.is_empty() {
                best = most;
                continue;
            }
            let mut of_steps = best;
            for (at_least, off) in cover.steps.iter().rev() {
                of_steps = of_steps.max(off + Knapsack::most(fits, cover.base - at_least, of_steps - off, weighed));
            }
            best = best.max(of_steps.min(most));
        }
        best
    }
}

/// The thresholds up to the base, and what is off from each on.
fn steps(candidate: &Candidate<'_>, base: i64, most: i64) -> Vec<(i64, i64)> {
    let Kind::Off { steps, each, .. } = &candidate.promotion.kind else { return Vec::new() };
    let off = |step: &OffStep| step.off_fen.get().clamp(0, most);
    match steps.as_slice() {
        _ if !*each => {
            steps.iter().filter(|step| step.at_least_fen.get() <= base).map(|step| (step.at_least_fen.get(), off(step))).collect()
        }
        [step] if step.at_least_fen.get() > 0 && base / step.at_least_fen.get() <= THRESHOLDS_MOST => {
            let at_least = step.at_least_fen.get();
            let times = |times: i64| (at_least * times, step.off_fen.get().max(0).saturating_mul(times).min(most));
            (1..=base / at_least).map(times).collect()
        }
        _ => Vec::new(),
    }
}

/// The most that it takes off of a fen, as a fraction, what is rounded to the customer aside; none where there is no such
/// rate.
fn rate(candidate: &Candidate<'_>) -> Option<(i64, i64)> {
    let rest = |permille: i64| 1000 - permille.clamp(0, 1000);
    match &candidate.promotion.kind {
        Kind::Off { steps, .. } if steps.iter().all(|step| step.at_least_fen.get() > 0) => {
            let rates = steps.iter().map(|step| (step.off_fen.get().max(0), step.at_least_fen.get()));
            rates.max_by(|a, b| (i128::from(a.0) * i128::from(b.1)).cmp(&(i128::from(b.0) * i128::from(a.1))))
        }
        Kind::Percent { steps, .. } if steps.iter().all(|step| matches!(step.at_least, Threshold::Fen(_))) => {
            steps.iter().map(|step| rest(step.permille)).max().map(|rate| (rate, 1000))
        }
        _ => None,
    }
}

/// A cover's most with those before it, by its rate; a fen more for what was rounded.
fn by_rate(rate: (i64, i64), base: i64, before: &[Other]) -> i64 {
    let gain = before.iter().map(|other| (other.off - share(other.takes, rate)).max(0)).sum::<i64>();
    share(base, rate).saturating_add(1).saturating_add(gain)
}

/// `amount × numerator ÷ denominator`, rounded down, in narrow numbers where they do.
fn share(amount: i64, (numerator, denominator): (i64, i64)) -> i64 {
    match amount.checked_mul(numerator) {
        Some(product) => product / denominator,
        None => i64::try_from(i128::from(amount) * i128::from(numerator) / i128::from(denominator)).unwrap_or(i64::MAX),
    }
}

/// Which of the others fit into what can be spared.
struct Knapsack<'o> {
    others: &'o [Other],
    best: i64,
    steps: u32,
}

impl<'o> Knapsack<'o> {
    /// The most off of a choice that takes away no more than `room`; or `floor`, where that is no more. `others` are sorted.
    fn most(others: &'o [Other], room: i64, floor: i64, weighed: &mut usize) -> i64 {
        let mut sack = Self { others, best: floor, steps: 0 };
        *weighed += 1;
        let fractional = sack.fractional(0, room);
        if fractional > floor {
            sack.from(0, room, 0);
            *weighed += usize::try_from(sack.steps).unwrap_or(usize::MAX);
            if sack.steps > KNAPSACK_MOST {
                return fractional;
            }
        }
        sack.best
    }

    /// What fits if the last may go in part.
    fn fractional(&self, at: usize, mut room: i64) -> i64 {
        let mut off = 0;
        for other in &self.others[at..] {
            if other.takes > room {
                return off + share(room, (other.off, other.takes));
            }
            room -= other.takes;
            off += other.off;
        }
        off
    }

    fn from(&mut self, at: usize, room: i64, off: i64) {
        self.best = self.best.max(off);
        for (at, other) in self.others.iter().enumerate().skip(at) {
            if self.steps > KNAPSACK_MOST || off + self.fractional(at, room) <= self.best {
                return;
            }
            self.steps += 1;
            if other.takes <= room {
                self.from(at + 1, room - other.takes, off + other.off);
            }
        }
    }
}
