//! What each kind takes off, once more: over single pieces, slowly, with [`allocate`] itself. Only which promotion may take
//! which piece is shared with the engine.

use std::collections::BTreeSet;

use crate::{
    money::{Rounding, allocate, scale},
    promo::{
        Kind, Threshold,
        best::{cart::Item, live::Candidate},
    },
};

#[derive(Clone, Debug)]
pub struct Piece {
    pub item: usize,
    pub amount: i64,
    pub taken: u64,
}

/// Every piece of the cart for itself.
pub fn pieces(items: &[Item]) -> Vec<Piece> {
    let of = |(item, goods): (usize, &Item)| {
        let amounts = allocate(goods.amount, &vec![1; usize::try_from(goods.pieces).unwrap()]).unwrap();
        amounts.into_iter().map(move |amount| Piece { item, amount, taken: 0 })
    };
    items.iter().enumerate().flat_map(of).collect()
}

fn rebate(amount: i64, permille: i64) -> i64 {
    scale(amount, 1000 - permille, 1000, Rounding::HalfUp).unwrap()
}

fn size(number: i64) -> usize {
    usize::try_from(number).unwrap()
}

/// What it takes off each piece that it takes. `pieces` are in order of item, then the dearest first.
fn offs(pieces: &[Piece], candidate: &Candidate<'_>) -> Vec<(usize, i64)> {
    let free = |place: &usize| pieces[*place].taken & candidate.blocked_by == 0;
    let amount = |place: &usize| pieces[*place].amount;
    let own: Vec<usize> = (0..pieces.len()).filter(free).filter(|place| candidate.own.has(pieces[*place].item)).collect();
    let of: Vec<usize> = match candidate.others.first() {
        Some((of, _)) => (0..pieces.len()).filter(free).filter(|place| of.has(pieces[*place].item)).collect(),
        None => Vec::new(),
    };
    // Sorting keeps what is equal in its order.
    let from_the_dearest = |mut places: Vec<usize>| {
        places.sort_by_key(|place| -amount(place));
        places
    };
    let pieces_most = usize::try_from(candidate.pieces_most).unwrap();
    let limited = if own.len() > pieces_most { from_the_dearest(own.clone()).into_iter().take(pieces_most).collect() } else { own.clone() };
    let base: i64 = limited.iter().map(amount).sum();
    let spread = |places: Vec<usize>, off: i64| {
        let weights: Vec<i64> = places.iter().map(amount).collect();
        let parts = if off > 0 { allocate(off, &weights).unwrap() } else { vec![0; places.len()] };
        places.into_iter().zip(parts).collect::<Vec<_>>()
    };
    match &candidate.promotion.kind {
        Kind::Price { permille } => {
            let items: BTreeSet<usize> = limited.iter().map(|place| pieces[*place].item).collect();
            let of = |item| limited.iter().copied().filter(move |place| pieces[*place].item == item).collect::<Vec<_>>();
            let off = |places: &[usize]| rebate(places.iter().map(amount).sum(), *permille);
            items
                .into_iter()
                .map(of)
                .flat_map(|places| {
                    let off = off(&places);
                    spread(places, off)
                })
                .collect()
        }
        Kind::Off { steps, each, cap_fen } => {
            let mut off = 0;
            for step in steps.iter().filter(|step| step.at_least_fen.get() <= base) {
                let times = if *each { (base / step.at_least_fen.get()).min(candidate.times_most) } else { 1 };
                off = off.max(step.off_fen.get() * times);
            }
            spread(limited, off.min(base).min(cap_fen.map_or(i64::MAX, |cap| cap.get())))
        }
        Kind::Percent { steps, cap_fen } => {
            let reached = |threshold: Threshold| match threshold {
                Threshold::Fen(fen) => base >= fen.get(),
                Threshold::Pieces(pieces) => limited.len() >= pieces as usize,
            };
            let off = steps.iter().filter(|step| reached(step.at_least)).map(|step| rebate(base, step.permille)).max();
            spread(limited, off.unwrap_or(0).min(cap_fen.map_or(i64::MAX, |cap| cap.get())))
        }
        Kind::FixedPrice { price_fen } => {
            let dearer = from_the_dearest(own).into_iter().filter(|place| amount(place) > price_fen.get());
            dearer.take(pieces_most).map(|place| (place, amount(&place) - price_fen.get())).collect()
        }
        Kind::Reduce { off_fen } => {
            let dear = from_the_dearest(own).into_iter().take(pieces_most);
            dear.map(|place| (place, amount(&place).min(off_fen.get()))).filter(|(_, off)| *off > 0).collect()
        }
        Kind::NthAt { n, permille } => cycle(from_the_dearest(own), *n as usize, 1, *permille, pieces, candidate),
        Kind::BuyGet { buy, get, of: None, permille } => {
            cycle(from_the_dearest(own), (buy + get) as usize, *get as usize, *permille, pieces, candidate)
        }
        Kind::BuyGet { buy, get, of: Some(_), permille } => {
            let mut gifts: Vec<usize> = of.into_iter().filter(|place| rebate(amount(place), *permille) > 0).collect();
            gifts.sort_by_key(amount);
            let most = gifts.len().min(pieces_most);
            let mut best = Vec::new();
            for times in 1..=most.div_ceil(*get as usize).min(usize::try_from(candidate.times_most).unwrap()) {
                let given = &gifts[..(times * *get as usize).min(most)];
                let bought: Vec<usize> = from_the_dearest(own.clone()).into_iter().filter(|place| !given.contains(place)).collect();
                if bought.len() >= times * *buy as usize {
                    let given = given.iter().map(|place| (*place, rebate(amount(place), *permille)));
                    best = given.chain(bought[..times * *buy as usize].iter().map(|place| (*place, 0))).collect();
                }
            }
            best
        }
        Kind::AddOn { at_least_fen, price_fen, most, .. } => {
            if own.iter().map(amount).sum::<i64>() < at_least_fen.get() {
                return Vec::new();
            }
            let most = size(i64::from(*most).min(candidate.times_most).min(candidate.pieces_most));
            let dearer = from_the_dearest(of).into_iter().filter(|place| amount(place) > price_fen.get());
            dearer.take(most).map(|place| (place, amount(&place) - price_fen.get())).collect()
        }
        Kind::Bundle { price_fen, .. } => {
            let all = from_the_dearest((0..pieces.len()).filter(free).collect());
            let (mut taken, mut off) = (Vec::new(), 0);
            let one: i64 = candidate.others.iter().map(|(_, pieces)| *pieces).sum();
            for _ in 0..candidate.times_most.min(candidate.pieces_most / one) {
                let mut bundle: Vec<usize> = Vec::new();
                for (part, wanted) in &candidate.others {
                    let left = all.iter().filter(|place| part.has(pieces[**place].item));
                    let left = left.filter(|place| !taken.contains(*place) && !bundle.contains(*place));
                    let more: Vec<usize> = left.take(size(*wanted)).copied().collect();
                    bundle.extend(more);
                }
                let cost: i64 = bundle.iter().map(amount).sum();
                if bundle.len() < size(one) || cost <= price_fen.get() {
                    break;
                }
                off += cost - price_fen.get();
                taken.extend(bundle);
            }
            // In the order from the dearest down, as the engine spreads it.
            spread(all.into_iter().filter(|place| taken.contains(place)).collect(), off)
        }
    }
}

fn cycle(own: Vec<usize>, of: usize, last: usize, permille: i64, pieces: &[Piece], candidate: &Candidate<'_>) -> Vec<(usize, i64)> {
    let mut taken = Vec::new();
    for group in own.chunks_exact(of).take(size((candidate.pieces_most / last as i64).min(candidate.times_most))) {
        let off = |(at, place): (usize, &usize)| (*place, if at >= of - last { rebate(pieces[*place].amount, permille) } else { 0 });
        let group: Vec<(usize, i64)> = group.iter().enumerate().map(off).collect();
        if group.iter().any(|(_, off)| *off > 0) {
            taken.extend(group);
        }
    }
    taken
}

/// What it takes off in all, and has taken off.
pub fn apply(pieces: &mut [Piece], candidate: &Candidate<'_>) -> i64 {
    pieces.sort_by_key(|piece| (piece.item, -piece.amount, piece.taken));
    let offs = offs(pieces, candidate);
    let off = offs.iter().map(|(_, off)| off).sum();
    if off > 0 {
        for (place, off) in offs {
            pieces[place].amount -= off;
            pieces[place].taken |= candidate.marks;
        }
    }
    off
}
