//! What a till can say of an account it does not keep: "¥X available here, ¥Y held at store S", and what to do.

use super::{
    amount::{Amount, Lendable},
    placement::Placement,
    pocket::Pocket,
    talk::{HeldAt, Statement, Use},
};
use crate::{clock::SinceBoot, ids::DeviceId};

/// What is where, as far as this till was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Available {
    /// Lent to this till: spendable with the line down.
    pub here: Amount,
    /// What policy lets it spend besides.
    pub floor: Amount,
    /// Free at the authority: a hold away while the line is up.
    pub free: Amount,
    pub owed: Amount,
    /// Lent to others.
    pub elsewhere: Vec<HeldAt>,
    /// The place in the chain's sequence the last three are of; `None` where nothing was heard of the account.
    pub as_of: Option<u64>,
}

/// What to do to spend an amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// It is here.
    Here(Vec<Use>),
    /// Ask for a hold of what is missing.
    Hold { missing: Amount },
    /// Others hold what is missing: call it back from them, then ask.
    Recall { missing: Amount, from: Vec<DeviceId> },
    /// No more than this for now; the rest by another tender, or where [`Available::elsewhere`] says.
    AtMost(Amount),
}

impl Pocket {
    /// Takes in how an account stands, unless a later statement of it is here.
    pub fn hear(&mut self, statement: &Statement) {
        match self.statements.get_mut(&statement.account) {
            Some(known) if known.as_of > statement.as_of => {}
            Some(known) => {
                let made_good = known.made_good.max(statement.made_good);
                *known = Statement { made_good, ..statement.clone() };
            }
            None => drop(self.statements.insert(statement.account, statement.clone())),
        }
    }

    pub fn available(&self, account: Lendable, floor: Amount, now: &SinceBoot) -> Available {
        let usable = self.usable(account, now).into_iter();
        let here = usable.fold(Amount::NONE, |sum, (_, left)| sum.with(left));
        let floor = self.floor_left(account, floor);
        let Some(told) = self.statements.get(&account) else {
            return Available { here, floor, ..Available::default() };
        };
        let own = self.holder().device;
        let elsewhere = told.held.iter().copied().filter(|held| held.device != own).collect();
        Available { here, floor, free: told.free, owed: told.owed, elsewhere, as_of: Some(told.as_of) }
    }

    /// How to spend `amount`. With the line up a hold is asked for whatever this till was told may be free, since the authority
    /// alone knows; the floor is for when it is down.
    pub fn way(&self, account: Lendable, amount: Amount, online: bool, floor: Amount, now: &SinceBoot) -> Way {
        let floor = if online { Amount::NONE } else { floor };
        if let Ok(uses) = self.draw(account, amount, floor, now) {
            return Way::Here(uses);
        }
        let available = self.available(account, floor, now);
        if !online {
            return Way::AtMost(available.here.with(available.floor));
        }
        let missing = amount.less(available.here);
        if available.as_of.is_none() || missing <= available.free {
            return Way::Hold { missing };
        }
        let reachable: Vec<&HeldAt> = available.elsewhere.iter().filter(|held| !held.in_doubt).collect();
        let held = reachable.iter().fold(Amount::NONE, |sum, held| sum.with(held.amount));
        if missing > available.free.with(held) {
            return Way::AtMost(available.here.with(available.free));
        }
        Way::Recall { missing, from: reachable.iter().map(|held| held.device).collect() }
    }

    /// How much more to ask ahead for, by `policy`, at a till of the member's home store: once half of what may lie here is gone
    /// and no such request waits for its answer.
    pub fn refill(&self, account: Lendable, policy: &Placement, now: &SinceBoot) -> Option<Amount> {
        let ahead = policy.ahead.as_ref()?;
        let available = self.available(account, Amount::NONE, now);
        let waits = self.unanswered(now).iter().any(|ask| ask.account == account);
        if waits || available.here.get() > ahead.cap.get() / 2 {
            return None;
        }
        Some(ahead.amount(available.free, available.here)).filter(|amount| !amount.is_none())
    }
}
