//! What one promotion takes off the pieces as they stand. The only place that knows what each kind means; it changes nothing
//! itself, but says which pieces it would cut and by how much.
//!
//! # Never more later
//!
//! [`most_off`] is no less than what the promotion takes off in any state that is further down the search, where amounts are
//! the same or lower and fewer pieces are free. For most kinds that is what it takes off now, since it never falls as amounts
//! rise or pieces become free: sums, the dearest so many of a pool, and every n-th from the dearest down are all of that
//! kind, and so is a share of them, rounded. Goods that are *the cheapest* of a scope are not (without the cheapest, another
//! is it), nor are bundles whose parts share goods: for these it counts the dearest, each part for itself. Nor is a share of
//! the dearest so many pieces that is rounded item by item, since the dearest may become pieces of more items: for that it counts a
//! fen more for each piece.

use std::cmp::Reverse;

use super::{
    cart::{Cut, Pieces},
    live::Candidate,
    spread::spread,
};
use crate::{
    error::Code,
    money::{Rounding, scale},
    promo::{Kind, OffStep, PercentStep, Threshold},
};

/// What a promotion would do. Kept from one use to the next for its memory alone.
#[derive(Debug, Default)]
pub struct Plan {
    /// The pieces it takes, sorted by item and run; some of them may stay as dear as they were.
    pub cuts: Vec<Cut>,
    pub off: i64,
    pub times: i64,
    pool: Vec<Cut>,
    other: Vec<Cut>,
}

impl Plan {
    /// Pieces that become cheaper.
    pub fn cheaper(&self) -> i64 {
        self.cuts.iter().filter(|cut| cut.off > 0).map(|cut| cut.count).sum()
    }

    /// Works out what the promotion takes; false where it would take nothing off.
    pub fn make(&mut self, pieces: &Pieces, candidate: &Candidate<'_>) -> Result<bool, Code> {
        self.cuts.clear();
        self.off = 0;
        self.times = 1;
        match &candidate.promotion.kind {
            Kind::Price { permille } => self.share_by_item(pieces, candidate, *permille)?,
            Kind::Off { .. } | Kind::Percent { .. } => self.share(pieces, candidate)?,
            Kind::FixedPrice { price_fen } => self.each(pieces, candidate, |amount| amount - price_fen.get().max(0)),
            Kind::Reduce { off_fen } => self.each(pieces, candidate, |amount| amount.min(off_fen.get())),
            Kind::NthAt { n, permille } => self.cycle(pieces, candidate, i64::from(*n), 1, *permille)?,
            Kind::BuyGet { buy, get, of: None, permille } => {
                self.cycle(pieces, candidate, i64::from(*buy) + i64::from(*get), i64::from(*get), *permille)?;
            }
            Kind::BuyGet { buy, get, of: Some(_), permille } => {
                self.gifts(pieces, candidate, i64::from(*buy), i64::from(*get), *permille)?;
            }
            Kind::AddOn { at_least_fen, price_fen, most, .. } => {
                self.add_on(pieces, candidate, at_least_fen.get(), price_fen.get().max(0), i64::from(*most));
            }
            Kind::Bundle { price_fen, .. } => self.bundle(pieces, candidate, price_fen.get().max(0))?,
        }
        self.cuts.sort_unstable_by_key(|cut| (cut.item, cut.run, cut.off));
        self.off = self.cuts.iter().map(|cut| cut.off * cut.count).sum();
        Ok(self.off > 0)
    }

    /// A sum off everything that is free, in proportion.
    fn share(&mut self, pieces: &Pieces, candidate: &Candidate<'_>) -> Result<(), Code> {
        gather(pieces, candidate, candidate.own.iter(), &mut self.pool);
        dearest(&mut self.pool, candidate.pieces_most);
        let (off, times) = shared_off(candidate, cost(&self.pool), count(&self.pool))?;
        self.times = times;
        if off > 0 {
            spread(off, &mut self.pool, &mut self.cuts)?;
        }
        Ok(())
    }

    /// A share off each item for itself, so that no item's fen hang on what else lies in the cart.
    fn share_by_item(&mut self, pieces: &Pieces, candidate: &Candidate<'_>, permille: i64) -> Result<(), Code> {
        gather(pieces, candidate, candidate.own.iter(), &mut self.pool);
        dearest(&mut self.pool, candidate.pieces_most);
        self.pool.sort_by_key(|cut| cut.item);
        for of_item in self.pool.chunk_by_mut(|one, other| one.item == other.item) {
            // Goods of which nothing comes off are taken all the same: the whole scope is sold at this price.
            spread(rebate(cost(of_item), permille)?, of_item, &mut self.cuts)?;
        }
        Ok(())
    }

    /// So much off each piece for itself.
    fn each(&mut self, pieces: &Pieces, candidate: &Candidate<'_>, off: impl Fn(i64) -> i64) {
        gather(pieces, candidate, candidate.own.iter(), &mut self.pool);
        self.pool.retain_mut(|cut| {
            cut.off = off(cut.amount);
            cut.off > 0
        });
        dearest(&mut self.pool, candidate.pieces_most);
        self.cuts.append(&mut self.pool);
    }

    /// From the dearest down, the last pieces of every full group.
    fn cycle(&mut self, pieces: &Pieces, candidate: &Candidate<'_>, size: i64, last: i64, permille: i64) -> Result<(), Code> {
        if last <= 0 || size < last {
            return Ok(());
        }
        gather(pieces, candidate, candidate.own.iter(), &mut self.pool);
        from_the_dearest(&mut self.pool);
        // What comes off falls along the pool: a group whose first such piece gives nothing is no group, nor is any after it.
        let mut giving = 0;
        for cut in &mut self.pool {
            cut.off = rebate(cut.amount, permille)?;
            giving += if cut.off > 0 { cut.count } else { 0 };
        }
        let worth_it = parts_of((giving - (size - last)).max(0), size);
        let full = count(&self.pool) / size;
        let groups = full.min(worth_it).min(candidate.times_most).min(candidate.pieces_most / last);
        let lasts_before = |piece: i64| piece / size * last + (piece % size - (size - last)).max(0);
        self.times = groups;
        let mut at = 0;
        for cut in &self.pool {
            let end = (at + cut.count).min(groups * size);
            if at >= end {
                break;
            }
            let cheaper = lasts_before(end) - lasts_before(at);
            self.cuts.push(Cut { count: cheaper, ..*cut });
            self.cuts.push(Cut { count: end - at - cheaper, off: 0, ..*cut });
            at = end;
        }
        self.cuts.retain(|cut| cut.count > 0);
        Ok(())
    }

    /// The cheapest of one scope with the dearest of another. No piece is both.
    fn gifts(&mut self, pieces: &Pieces, candidate: &Candidate<'_>, buy: i64, get: i64, permille: i64) -> Result<(), Code> {
        let Some((of, _)) = candidate.others.first() else { return Ok(()) };
        if buy <= 0 || get <= 0 {
            return Ok(());
        }
        gather(pieces, candidate, candidate.own.iter(), &mut self.pool);
        gather_gifts(pieces, candidate, permille, &mut self.other)?;
        self.other.sort_unstable_by_key(|cut| (cut.amount, cut.item, cut.run));
        let (bought, gifts) = (count(&self.pool), count(&self.other).min(candidate.pieces_most));
        let given = |times: i64| times.saturating_mul(get).min(gifts);
        let fits = |times: i64| {
            let shared: i64 = first(&self.other, given(times)).filter(|cut| candidate.own.has(cut.item)).map(|cut| cut.count).sum();
            bought - shared >= times.saturating_mul(buy)
        };
        // More times never leave more to buy: the most that fit are found by halving.
        let (mut times, mut beyond) = (0, (bought / buy).min(parts_of(gifts, get)).min(candidate.times_most).saturating_add(1));
        while beyond - times > 1 {
            let middle = times + (beyond - times) / 2;
            if fits(middle) { times = middle } else { beyond = middle }
        }
        self.times = times;
        self.cuts.extend(first(&self.other, given(times)));
        let given: Vec<Cut> = self.cuts.iter().filter(|cut| candidate.own.has(cut.item) && of.has(cut.item)).copied().collect();
        for cut in &mut self.pool {
            cut.count -= given.iter().filter(|gift| gift.run == cut.run).map(|gift| gift.count).sum::<i64>();
        }
        dearest(&mut self.pool, times * buy);
        self.cuts.extend(self.pool.iter().filter(|cut| cut.count > 0));
        Ok(())
    }

    /// The dearest pieces of `of` at a price. What was spent to have them is not taken.
    fn add_on(&mut self, pieces: &Pieces, candidate: &Candidate<'_>, at_least: i64, price: i64, most: i64) {
        let Some((of, _)) = candidate.others.first() else { return };
        gather(pieces, candidate, candidate.own.iter(), &mut self.pool);
        if !candidate.reached && cost(&self.pool) < at_least {
            return;
        }
        gather(pieces, candidate, of.iter(), &mut self.other);
        self.other.retain_mut(|cut| {
            cut.off = cut.amount - price;
            cut.off > 0
        });
        dearest(&mut self.other, most.min(candidate.times_most).min(candidate.pieces_most));
        self.times = count(&self.other);
        self.cuts.append(&mut self.other);
    }

    /// Bundles of the dearest pieces of each part, as long as they cost more than the bundle does; what comes off them all is
    /// spread over them all.
    fn bundle(&mut self, pieces: &Pieces, candidate: &Candidate<'_>, price: i64) -> Result<(), Code> {
        gather(pieces, candidate, candidate.reach.iter(), &mut self.pool);
        from_the_dearest(&mut self.pool);
        // Of each run: how many are left, and how many one more bundle uses.
        let mut left: Vec<(i64, i64)> = self.pool.iter().map(|cut| (cut.count, 0)).collect();
        let one: i64 = candidate.others.iter().fold(0, |sum, (_, pieces)| sum.saturating_add(*pieces));
        let most = if one > 0 { candidate.times_most.min(candidate.pieces_most / one) } else { 0 };
        let (mut bundles, mut off) = (0, 0_i64);
        while bundles < most {
            let Some(cost) = one_bundle(&self.pool, candidate, &mut left) else { break };
            if cost <= price {
                break;
            }
            let same = left.iter().filter(|(_, used)| *used > 0).map(|(left, used)| left / used).min().unwrap_or(0);
            let same = same.min(most - bundles).max(1);
            left.iter_mut().for_each(|(left, used)| *left -= *used * same);
            bundles += same;
            off += (cost - price) * same;
        }
        self.times = bundles;
        for (cut, (left, _)) in self.pool.iter_mut().zip(&left) {
            cut.count -= left;
        }
        self.pool.retain(|cut| cut.count > 0);
        spread(off, &mut self.pool, &mut self.cuts)
    }
}

/// What one more bundle costs now, its pieces noted in `left`; none where a part has too few.
fn one_bundle(pool: &[Cut], candidate: &Candidate<'_>, left: &mut [(i64, i64)]) -> Option<i64> {
    left.iter_mut().for_each(|(_, used)| *used = 0);
    let mut cost = 0;
    for (part, pieces) in &candidate.others {
        let mut wanted = *pieces;
        for (cut, (left, used)) in pool.iter().zip(left.iter_mut()) {
            if wanted == 0 {
                break;
            }
            if part.has(cut.item) {
                let taken = wanted.min(*left - *used);
                *used += taken;
                wanted -= taken;
                cost += taken * cut.amount;
            }
        }
        if wanted > 0 {
            return None;
        }
    }
    Some(cost)
}

/// No less than what the promotion takes off now or in any state further down.
pub fn most_off(plan: &mut Plan, pieces: &Pieces, candidate: &Candidate<'_>) -> Result<i64, Code> {
    match &candidate.promotion.kind {
        // A limit of pieces may later fall on others, which are rounded one by one.
        Kind::Price { .. } if candidate.pieces_most == i64::MAX => plan.make(pieces, candidate).map(|_| plan.off),
        Kind::Price { .. } | Kind::Off { .. } | Kind::Percent { .. } => {
            gather(pieces, candidate, candidate.own.iter(), &mut plan.pool);
            dearest(&mut plan.pool, candidate.pieces_most);
            Ok(shared_off(candidate, cost(&plan.pool), count(&plan.pool))?.0)
        }
        Kind::BuyGet { buy, get, of: Some(_), permille } if *buy > 0 && *get > 0 => {
            gather(pieces, candidate, candidate.own.iter(), &mut plan.pool);
            let times = (count(&plan.pool) / i64::from(*buy)).min(candidate.times_most);
            gather_gifts(pieces, candidate, *permille, &mut plan.other)?;
            dearest(&mut plan.other, times.saturating_mul(i64::from(*get)).min(candidate.pieces_most));
            Ok(plan.other.iter().map(|cut| cut.off * cut.count).sum())
        }
        Kind::Bundle { price_fen, .. } => Ok(most_off_bundle(plan, pieces, candidate, price_fen.get().max(0))),
        _ => plan.make(pieces, candidate).map(|_| plan.off),
    }
}

/// As if no part stood in the way of another: what the dearest of each part cost beyond the price, for the number of bundles
/// for which that is the most, which is where one more would cost no more than its price.
fn most_off_bundle(plan: &mut Plan, pieces: &Pieces, candidate: &Candidate<'_>, price: i64) -> i64 {
    let mut parts: Vec<(Vec<Cut>, i64)> = Vec::with_capacity(candidate.others.len());
    for (part, wanted) in candidate.others.iter().filter(|(_, wanted)| *wanted > 0) {
        gather(pieces, candidate, part.iter(), &mut plan.pool);
        from_the_dearest(&mut plan.pool);
        parts.push((plan.pool.clone(), *wanted));
    }
    let most = parts.iter().map(|(pool, wanted)| count(pool) / wanted).min().unwrap_or(0).min(candidate.times_most);
    let cost_of = |bundles: i64| {
        let part = |(pool, wanted): &(Vec<Cut>, i64)| first(pool, bundles * wanted).map(|cut| cut.amount * cut.count).sum::<i64>();
        parts.iter().map(part).sum::<i64>()
    };
    // What one more bundle costs falls as there are more: the last that costs more than the price is found by halving.
    let (mut bundles, mut beyond) = (0, most + 1);
    while beyond - bundles > 1 {
        let middle = bundles + (beyond - bundles) / 2;
        if cost_of(middle) - cost_of(middle - 1) > price { bundles = middle } else { beyond = middle }
    }
    cost_of(bundles) - price.saturating_mul(bundles)
}

/// What `Off` and `Percent` take off so many pieces that cost so much, and how many times; of `Price` the most that it could,
/// however many items they are. Never less for more.
pub fn shared_off(candidate: &Candidate<'_>, base: i64, pieces: i64) -> Result<(i64, i64), Code> {
    match &candidate.promotion.kind {
        Kind::Price { permille } => Ok((rebate(base, *permille)?.saturating_add(pieces).min(base), 1)),
        Kind::Off { steps, each, cap_fen } => {
            let reached = steps.iter().filter(|step| step.at_least_fen.get() <= base);
            let time = |step: &OffStep| match step.at_least_fen.get() {
                at_least if *each && at_least > 0 => (base / at_least).min(candidate.times_most),
                _ => 1,
            };
            let best = reached.map(|step| (step.off_fen.get().saturating_mul(time(step)), time(step))).max();
            Ok(best.map_or((0, 0), |(off, times)| (capped(off, *cap_fen).min(base), times)))
        }
        Kind::Percent { steps, cap_fen } => {
            let reached = |step: &&PercentStep| match step.at_least {
                Threshold::Fen(at_least) => at_least.get() <= base,
                Threshold::Pieces(at_least) => i64::from(at_least) <= pieces,
            };
            let Some(permille) = steps.iter().filter(reached).map(|step| step.permille).min() else { return Ok((0, 0)) };
            Ok((capped(rebate(base, permille)?, *cap_fen), 1))
        }
        _ => Ok((0, 0)),
    }
}

fn capped(off: i64, cap: Option<crate::money::Fen>) -> i64 {
    cap.map_or(off, |cap| off.min(cap.get()))
}

/// What comes off an amount of which `permille` remains to be paid, half a fen to the customer.
fn rebate(amount: i64, permille: i64) -> Result<i64, Code> {
    scale(amount, 1000 - permille.clamp(0, 1000), 1000, Rounding::HalfUp)
}

fn gather(pieces: &Pieces, candidate: &Candidate<'_>, items: impl Iterator<Item = usize>, into: &mut Vec<Cut>) {
    into.clear();
    for item in items {
        for (place, run) in pieces.runs(item) {
            if run.taken & candidate.blocked_by == 0 {
                into.push(Cut { item, run: place, count: run.count, amount: run.amount, off: 0 });
            }
        }
    }
}

/// The free pieces of `of` from which something would come off.
fn gather_gifts(pieces: &Pieces, candidate: &Candidate<'_>, permille: i64, into: &mut Vec<Cut>) -> Result<(), Code> {
    into.clear();
    let Some((of, _)) = candidate.others.first() else { return Ok(()) };
    gather(pieces, candidate, of.iter(), into);
    for cut in into.iter_mut() {
        cut.off = rebate(cut.amount, permille)?;
    }
    into.retain(|cut| cut.off > 0);
    Ok(())
}

fn count(pool: &[Cut]) -> i64 {
    pool.iter().map(|cut| cut.count).sum()
}

fn cost(pool: &[Cut]) -> i64 {
    pool.iter().map(|cut| cut.count * cut.amount).sum()
}

/// The first so many pieces.
fn first(pool: &[Cut], most: i64) -> impl Iterator<Item = Cut> {
    let mut left = most.max(0);
    pool.iter().map_while(move |cut| {
        let taken = cut.count.min(left);
        left -= taken;
        (taken > 0).then_some(Cut { count: taken, ..*cut })
    })
}

fn from_the_dearest(pool: &mut [Cut]) {
    pool.sort_unstable_by_key(|cut| (Reverse(cut.amount), cut.item, cut.run));
}

/// Keeps the dearest so many pieces.
fn dearest(pool: &mut Vec<Cut>, most: i64) {
    if count(pool) <= most {
        return;
    }
    from_the_dearest(pool);
    let mut left = most.max(0);
    for cut in pool.iter_mut() {
        cut.count = cut.count.min(left);
        left -= cut.count;
    }
    pool.retain(|cut| cut.count > 0);
}

/// Neither number is negative, `by` not zero.
fn parts_of(number: i64, by: i64) -> i64 {
    number / by + i64::from(number % by > 0)
}
