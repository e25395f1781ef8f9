//! The tail: promotions on goods of many clusters, above all 满减 and coupons on the whole cart. Here is what it looks at, and the search through it once the clusters are decided.

use super::{
    apply::{Plan, most_off, shared_off},
    bound::Bound,
    cart::{ItemSet, Pieces},
    live::Candidate,
    search::Budget,
};
use crate::{error::Code, promo::Kind};

/// Goods that promotions of the tail look at: items, and marks that must not be on the pieces.
#[derive(Debug)]
pub struct Scope {
    pub items: ItemSet,
    pub blocked_by: u64,
}

/// One promotion of the tail.
#[derive(Debug)]
pub struct Member {
    pub place: usize,
    /// Of `Price`, `Off` and `Percent`: the goods in scope.
    pub scope: Option<usize>,
    /// What only it takes of its group, covers aside; of what has no limit of pieces.
    pub alone: Option<usize>,
    pub group: Option<usize>,
    /// It takes every piece that any of its group looks at.
    pub is_cover: bool,
}

#[derive(Debug)]
pub struct Tail {
    pub members: Vec<Member>,
    pub scopes: Vec<Scope>,
    pub groups: usize,
    /// Whether one of the members is applied in any case.
    pub has_must: bool,
}

/// What there is of a scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Base {
    pub amount: i64,
    pub pieces: i64,
}

impl Tail {
    pub fn of(candidates: &[Candidate<'_>], places: &[usize]) -> Self {
        let has_must = places.iter().any(|place| candidates[*place].must);
        let mut tail = Self { members: Vec::with_capacity(places.len()), scopes: Vec::new(), groups: 0, has_must };
        let mut names: Vec<&str> = Vec::new();
        for place in places {
            let candidate = &candidates[*place];
            let shared = matches!(candidate.promotion.kind, Kind::Price { .. } | Kind::Off { .. } | Kind::Percent { .. });
            let scope = shared.then(|| tail.scope(&candidate.own, candidate.blocked_by));
            // An exclusive promotion takes less than what is free for its group.
            let group = Some(candidate.promotion.group.as_str()).filter(|name| !name.is_empty() && !candidate.promotion.exclusive);
            let group = group.map(|name| {
                names.iter().position(|known| *known == name).unwrap_or_else(|| {
                    names.push(name);
                    names.len() - 1
                })
            });
            tail.members.push(Member { place: *place, scope, alone: None, group, is_cover: false });
        }
        tail.groups = names.len();
        for group in 0..tail.groups {
            tail.find_covers(candidates, group);
        }
        tail
    }

    fn scope(&mut self, items: &ItemSet, blocked_by: u64) -> usize {
        let known = self.scopes.iter().position(|scope| scope.blocked_by == blocked_by && scope.items == *items);
        known.unwrap_or_else(|| {
            self.scopes.push(Scope { items: items.clone(), blocked_by });
            self.scopes.len() - 1
        })
    }

    fn find_covers(&mut self, candidates: &[Candidate<'_>], group: usize) {
        let of_group: Vec<usize> = (0..self.members.len()).filter(|member| self.members[*member].group == Some(group)).collect();
        let Some(first) = of_group.first().map(|member| &candidates[self.members[*member].place].reach) else { return };
        let (mut all, mut once, mut twice) = (first.clone(), ItemSet::none_like(first), ItemSet::none_like(first));
        of_group.iter().for_each(|member| all.add(&candidates[self.members[*member].place].reach));
        for member in &of_group {
            let candidate = &candidates[self.members[*member].place];
            let whole = self.members[*member].scope.is_some() && candidate.pieces_most == i64::MAX;
            if whole && all.within(&candidate.own) {
                self.members[*member].is_cover = true;
            } else {
                twice.add(&once.common(&candidate.reach));
                once.add(&candidate.reach);
            }
        }
        for member in of_group {
            let candidate = &candidates[self.members[member].place];
            if !self.members[member].is_cover && self.members[member].scope.is_some() && candidate.pieces_most == i64::MAX {
                let mut alone = candidate.own.clone();
                alone.remove(&twice);
                self.members[member].alone = Some(self.scope(&alone, candidate.blocked_by));
            }
        }
    }

    /// What is free now in each scope.
    pub fn bases(&self, pieces: &Pieces, into: &mut Vec<Base>) {
        into.clear();
        into.extend(self.scopes.iter().map(|scope| {
            let free = scope.items.iter().flat_map(|item| pieces.runs(item)).filter(|(_, run)| run.taken & scope.blocked_by == 0);
            free.fold(Base::default(), |base, (_, run)| Base {
                amount: base.amount + run.amount * run.count,
                pieces: base.pieces + run.count,
            })
        }));
    }

    /// What a member takes off at most, where so much is free.
    pub fn alone_off(
        &self,
        member: &Member,
        bases: &[Base],
        pieces: &Pieces,
        candidates: &[Candidate<'_>],
        plan: &mut Plan,
    ) -> Result<i64, Code> {
        let candidate = &candidates[member.place];
        match member.scope.and_then(|scope| bases.get(scope)) {
            Some(base) if candidate.pieces_most == i64::MAX => Ok(shared_off(candidate, base.amount, base.pieces)?.0.max(0)),
            _ => Ok(most_off(plan, pieces, candidate)?.max(0)),
        }
    }
}

/// A complete choice: total, and places of the promotions in canonical order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub total: i64,
    pub chosen: Vec<usize>,
}

impl Choice {
    pub fn is_better_than(&self, other: &Self) -> bool {
        (self.total, self.chosen.len(), &self.chosen) < (other.total, other.chosen.len(), &other.chosen)
    }
}

/// The search through the tail for one way the clusters come out.
pub struct TailSearch<'s, 'a> {
    pub tail: &'s Tail,
    pub candidates: &'s [Candidate<'a>],
    /// What was chosen of the clusters.
    pub head: &'s [usize],
    /// Whether `best` is of the same head: then of equal choices the one found first is the first in canonical order.
    pub found_here: bool,
    pub chosen: Vec<usize>,
    pub best: &'s mut Option<Choice>,
    pub capped: bool,
}

impl TailSearch<'_, '_> {
    pub fn run(&mut self, pieces: &mut Pieces, plan: &mut Plan, budget: &mut Budget) -> Result<(), Code> {
        let offs = vec![i64::MAX; self.tail.members.len()];
        self.from(0, &offs, pieces, plan, budget)
    }

    fn from(&mut self, from: usize, above: &[i64], pieces: &mut Pieces, plan: &mut Plan, budget: &mut Budget) -> Result<(), Code> {
        let members = &self.tail.members;
        let mut offs = above.to_vec();
        let mut bases = Vec::new();
        if from < members.len() {
            if !budget.spend(1 + self.tail.scopes.len() / 4) {
                self.capped = true;
                self.offer(pieces.total());
                return Ok(());
            }
            self.tail.bases(pieces, &mut bases);
            // What took nothing off further up takes nothing off here.
            for (at, member) in members.iter().enumerate().skip(from).filter(|(at, _)| above[*at] > 0) {
                offs[at] = self.tail.alone_off(member, &bases, pieces, self.candidates, plan)?;
            }
        }
        let mut bound = Bound::of(self.tail, from, &offs, &bases, &bases, self.candidates);
        for (at, member) in members.iter().enumerate().skip(from) {
            if offs[at] == 0 {
                continue;
            }
            let most = bound.most_off(at);
            let weighed = budget.spend(bound.weighed());
            if self.cannot_win(pieces.total(), most) {
                return Ok(());
            }
            if !weighed || !budget.spend(1) {
                self.capped = true;
                break;
            }
            let candidate = &self.candidates[member.place];
            if plan.make(pieces, candidate)? {
                let mark = pieces.mark();
                pieces.take(&plan.cuts, candidate.marks);
                if !candidate.must {
                    self.chosen.push(member.place);
                }
                self.from(at + 1, &offs, pieces, plan, budget)?;
                pieces.undo(mark);
                if candidate.must {
                    return Ok(());
                }
                self.chosen.pop();
            }
        }
        self.offer(pieces.total());
        Ok(())
    }

    fn cannot_win(&self, total: i64, most: i64) -> bool {
        let Some(best) = &*self.best else { return false };
        // To cost less takes one more, unless it is one that is no part of the choice.
        let more = total > best.total && !self.tail.has_must;
        let count = self.head.len() + self.chosen.len() + usize::from(more);
        let least = total - most;
        let tied = if self.found_here { count >= best.chosen.len() } else { count > best.chosen.len() };
        least > best.total || (least == best.total && tied)
    }

    fn offer(&mut self, total: i64) {
        if self.cannot_win(total, 0) {
            return;
        }
        let mut chosen: Vec<usize> = self.head.iter().chain(&self.chosen).copied().collect();
        chosen.sort_unstable();
        let choice = Choice { total, chosen };
        if self.best.as_ref().is_none_or(|best| choice.is_better_than(best)) {
            *self.best = Some(choice);
            self.found_here = true;
        }
    }
}
