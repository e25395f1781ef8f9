//! What is sure before the search begins, and need not be tried out: thresholds that are reached whatever else applies, and
//! promotions that can do nothing which another one does not do before them.

use super::{
    apply::{Plan, most_off},
    cart::{ItemSet, Pieces},
    live::Candidate,
};
use crate::{error::Code, promo::Kind};

/// Notes of every 换购 whose threshold is sure that it is reached. From then on it looks at no goods but those it makes cheaper,
/// and so no longer ties the whole cart together.
pub fn note_reached(pieces: &Pieces, candidates: &mut [Candidate<'_>]) -> Result<(), Code> {
    // What is exclusive shuts goods, or is shut out from them.
    let any_exclusive = candidates.iter().any(|candidate| candidate.promotion.exclusive);
    let mut plan = Plan::default();
    for place in 0..candidates.len() {
        let (earlier, [candidate, ..]) = candidates.split_at_mut(place) else { continue };
        let Kind::AddOn { at_least_fen, .. } = &candidate.promotion.kind else { continue };
        let at_least = at_least_fen.get();
        if at_least > 0 && (any_exclusive || least_of(pieces, earlier, candidate, &mut plan)? < at_least) {
            continue;
        }
        candidate.reached = true;
        candidate.own = ItemSet::none_like(&candidate.own);
        candidate.reach = candidate.own.clone();
        candidate.others.iter().for_each(|(of, _)| candidate.reach.add(of));
    }
    Ok(())
}

/// No more than what its own goods cost when its turn comes: those that no other of its group could have taken, less all that
/// could have come off.
fn least_of(pieces: &Pieces, earlier: &[Candidate<'_>], candidate: &Candidate<'_>, plan: &mut Plan) -> Result<i64, Code> {
    let group = &candidate.promotion.group;
    let mut free = candidate.own.clone();
    let mut off = 0;
    for other in earlier.iter().filter(|other| other.reach.meets(&candidate.own)) {
        if !group.is_empty() && other.promotion.group == *group {
            free.remove(&other.reach);
        } else {
            off += most_off(plan, pieces, other)?.max(0);
        }
    }
    Ok(pieces.total_of(&free) - off)
}

/// Leaves out every promotion that means the same as an earlier one of its group, where nothing comes between them: with both,
/// the later one finds nothing, and instead of it the earlier one does the same.
pub fn leave_out_twins(candidates: &[Candidate<'_>], component: &mut Vec<usize>) {
    let mut kept: Vec<usize> = Vec::with_capacity(component.len());
    for place in component.iter() {
        let candidate = &candidates[*place];
        // The last one before it with which it shares goods.
        let before = kept.iter().rev().map(|other| &candidates[*other]).find(|other| other.reach.meets(&candidate.reach));
        if !before.is_some_and(|before| takes_all_of(before) && is_twin(before, candidate)) {
            kept.push(*place);
        }
    }
    *component = kept;
}

fn is_twin(one: &Candidate<'_>, other: &Candidate<'_>) -> bool {
    let (a, b) = (one.promotion, other.promotion);
    !a.group.is_empty()
        && a.group == b.group
        && !a.exclusive
        && !b.exclusive
        && a.kind == b.kind
        && one.own == other.own
        && unlimited(other)
}

/// Whether it leaves nothing of its goods from which the same once more would take anything off.
fn takes_all_of(candidate: &Candidate<'_>) -> bool {
    let again = matches!(candidate.promotion.kind, Kind::BuyGet { of: Some(_), .. } | Kind::AddOn { .. } | Kind::Bundle { .. });
    !again && unlimited(candidate)
}

fn unlimited(candidate: &Candidate<'_>) -> bool {
    candidate.times_most == i64::MAX && candidate.pieces_most == i64::MAX
}
