//! The search: for each part of the cart whose promotions have nothing to do with the rest, the choice with the lowest total.
//!
//! Depth first along the canonical order, applying before skipping. What is left to decide can take off no more than the sum
//! of what each of it could take off alone ([`most_off`]), so a branch that cannot reach the best choice known is left out.

use super::{
    apply::{Plan, most_off},
    cart::Pieces,
    live::Candidate,
};
use crate::error::Code;

/// The best choice of one component.
#[derive(Debug)]
pub struct Found {
    /// Places in the candidates, in canonical order.
    pub chosen: Vec<usize>,
    pub proved: bool,
}

/// Steps of all components together.
#[derive(Debug)]
pub struct Budget {
    pub steps: u32,
    pub most: u32,
}

impl Budget {
    pub fn spend(&mut self) -> bool {
        if self.steps >= self.most {
            return false;
        }
        self.steps += 1;
        true
    }
}

struct Search<'s, 'a> {
    candidates: &'s [Candidate<'a>],
    order: &'s [usize],
    /// Of each place in the order: what it and all after it can take off, at most.
    most_after: Vec<i64>,
    pieces: Pieces,
    plan: Plan,
    chosen: Vec<usize>,
    best: Option<(i64, Vec<usize>)>,
    proved: bool,
}

pub fn search(pieces: &Pieces, candidates: &[Candidate<'_>], order: &[usize], budget: &mut Budget) -> Result<Found, Code> {
    let mut plan = Plan::default();
    let mut most_after = vec![0; order.len() + 1];
    for (at, place) in order.iter().enumerate().rev() {
        most_after[at] = most_after[at + 1] + most_off(&mut plan, pieces, &candidates[*place])?.max(0);
    }
    let mut search = Search { candidates, order, most_after, pieces: pieces.clone(), plan, chosen: Vec::new(), best: None, proved: true };
    search.at(0, budget)?;
    Ok(Found { chosen: search.best.map(|(_, chosen)| chosen).unwrap_or_default(), proved: search.proved })
}

impl Search<'_, '_> {
    fn at(&mut self, at: usize, budget: &mut Budget) -> Result<(), Code> {
        if self.cannot_win(at) {
            return Ok(());
        }
        let Some(place) = self.order.get(at).copied() else {
            self.best = Some((self.pieces.total(), self.chosen.clone()));
            return Ok(());
        };
        if !budget.spend() {
            self.proved = false;
            if self.best.is_none() {
                self.best = Some((self.pieces.total(), self.chosen.clone()));
            }
            return Ok(());
        }
        let candidate = &self.candidates[place];
        if self.plan.make(&self.pieces, candidate)? {
            let mark = self.pieces.mark();
            self.pieces.take(&self.plan.cuts, candidate.marks);
            self.chosen.push(place);
            self.at(at + 1, budget)?;
            self.chosen.pop();
            self.pieces.undo(mark);
        }
        self.at(at + 1, budget)
    }

    fn cannot_win(&self, at: usize) -> bool {
        let Some((total, chosen)) = &self.best else { return false };
        let least = self.pieces.total() - self.most_after[at];
        // What was found earlier with as many promotions comes earlier in canonical order.
        let more = usize::from(self.pieces.total() > *total);
        least > *total || (least == *total && self.chosen.len() + more >= chosen.len())
    }
}
