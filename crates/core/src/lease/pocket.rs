//! What one till's log has been lent: the other half of every lease.
//!
//! It remembers every id for ever. So a grant that arrives twice is one grant, one that arrives after its seal or its recall is
//! none, and an id that was denied is never spent from. A pocket belongs to a log: whoever begins another (a restored file) begins
//! with an empty one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    amount::{Amount, Lendable},
    talk::{Answer, Ask, Grant, Holder, Recall, Seal, Source, Statement, Term, Use},
};
use crate::{clock::SinceBoot, error::Code, ids::LeaseId};

/// How long a hold may be used, counted from sending its request first, on the clock that counts from the machine's start.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Timer {
    pub sent: SinceBoot,
    pub lasts_ms: i64,
}

impl Timer {
    /// Whether the time is over. After another start nobody knows how long it was off: then it is. Nothing hangs on this for
    /// safety; a hold that is over is sealed so that its customer can pay elsewhere.
    pub fn is_over(&self, now: &SinceBoot) -> bool {
        now.since(&self.sent).is_none_or(|ms| ms >= self.lasts_ms)
    }
}

/// What was asked for, and how long it may be used: a hold has a timer, an allotment none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Want {
    pub account: Lendable,
    pub amount: Amount,
    pub hold: Option<Timer>,
}

impl Want {
    const fn term(&self) -> Term {
        if self.hold.is_some() { Term::Hold } else { Term::Allotment }
    }

    fn is_over(&self, now: &SinceBoot) -> bool {
        self.hold.as_ref().is_some_and(|timer| timer.is_over(now))
    }
}

/// What the till knows of one lease. It only moves forward.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slip {
    /// Stored before the request is sent.
    Asked(Want),
    Granted {
        want: Want,
        spent: Amount,
    },
    Denied {
        account: Lendable,
    },
    /// The seal stands in this log. `granted` is `None` for the tombstone of a lease that was called back before its grant came.
    Sealed {
        account: Lendable,
        granted: Option<Amount>,
    },
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Took {
    New,
    /// It came before, or its lease is at its end here: nothing has changed.
    Known,
    /// Not this log's, or not what was asked for: nothing has changed.
    NotOurs,
}

/// A till's own leases by id, and what it was told of the accounts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pocket {
    holder: Holder,
    slips: BTreeMap<LeaseId, Slip>,
    /// All that this log ever spent on the floor.
    pub(super) floored: BTreeMap<Lendable, Amount>,
    pub(super) statements: BTreeMap<Lendable, Statement>,
}

impl Pocket {
    pub fn new(holder: Holder) -> Self {
        Self { holder, slips: BTreeMap::new(), floored: BTreeMap::new(), statements: BTreeMap::new() }
    }

    pub const fn holder(&self) -> Holder {
        self.holder
    }

    pub fn slip(&self, id: LeaseId) -> Option<&Slip> {
        self.slips.get(&id)
    }

    /// Notes a request, to be stored before it is sent. Noted again it is the same request, and its timer runs from the first.
    /// Errors with `lease.denied` where the id is another's.
    pub fn ask(&mut self, id: LeaseId, want: Want) -> Result<Ask, Code> {
        let ask = self.request(id, &want);
        match self.slips.get(&id) {
            None => {
                self.slips.insert(id, Slip::Asked(want));
                Ok(ask)
            }
            Some(Slip::Asked(noted)) if self.request(id, noted) == ask => Ok(ask),
            Some(_) => Err(Code::LeaseDenied),
        }
    }

    fn request(&self, lease: LeaseId, want: &Want) -> Ask {
        Ask { lease, account: want.account, holder: self.holder, amount: want.amount, term: want.term() }
    }

    /// The requests without an answer, to be sent again. A hold whose time is over is not: it is [`Pocket::due`].
    pub fn unanswered(&self, now: &SinceBoot) -> Vec<Ask> {
        let open = self.slips.iter().filter_map(|(id, slip)| match slip {
            Slip::Asked(want) if !want.is_over(now) => Some(self.request(*id, want)),
            _ => None,
        });
        open.collect()
    }

    /// Takes an answer in. An allotment needs no request; a hold that nobody here asked for is not ours.
    pub fn answer(&mut self, answer: &Answer) -> Took {
        match answer {
            Answer::Granted(grant) if grant.holder == self.holder => self.granted(grant),
            Answer::Denied(denied) if denied.holder == self.holder => match self.slips.get_mut(&denied.lease) {
                Some(slip @ Slip::Asked(_)) => {
                    *slip = Slip::Denied { account: denied.account };
                    Took::New
                }
                Some(_) => Took::Known,
                None => Took::NotOurs,
            },
            Answer::Granted(_) | Answer::Denied(_) => Took::NotOurs,
        }
    }

    fn granted(&mut self, grant: &Grant) -> Took {
        let want = match self.slips.get(&grant.lease) {
            None if grant.term == Term::Allotment => Want { account: grant.account, amount: grant.amount, hold: None },
            Some(Slip::Asked(want)) if (want.account, want.amount, want.term()) == (grant.account, grant.amount, grant.term) => {
                want.clone()
            }
            None | Some(Slip::Asked(_)) => return Took::NotOurs,
            Some(Slip::Granted { .. } | Slip::Denied { .. } | Slip::Sealed { .. }) => return Took::Known,
        };
        self.slips.insert(grant.lease, Slip::Granted { want, spent: Amount::NONE });
        Took::New
    }

    /// Notes what an own operation credited and lends this till from the start: a top-up, or what of its sale may be refunded. Errors
    /// with `lease.denied` where the id is another's.
    pub fn born(&mut self, id: LeaseId, account: Lendable, amount: Amount) -> Result<(), Code> {
        if self.slips.contains_key(&id) {
            return Err(Code::LeaseDenied);
        }
        self.slips.insert(id, Slip::Granted { want: Want { account, amount, hold: None }, spent: Amount::NONE });
        Ok(())
    }

    /// Gives a lease back that is wanted, and says what to append to the log. One that is not here yet is sealed all the same: its
    /// grant, when it comes, finds a tombstone. `None` for another log's, and for one that is at its end here.
    pub fn recall(&mut self, recall: &Recall) -> Option<Seal> {
        if recall.holder != self.holder {
            return None;
        }
        let granted = match self.slips.get(&recall.lease) {
            Some(Slip::Denied { .. } | Slip::Sealed { .. }) => return None,
            Some(Slip::Granted { want, .. }) => Some(want.amount),
            None | Some(Slip::Asked(_)) => None,
        };
        self.slips.insert(recall.lease, Slip::Sealed { account: recall.account, granted });
        Some(Seal { lease: recall.lease, account: recall.account })
    }

    /// Gives a lease back by the till's own wish, and says what to append to the log. One without an answer is sealed too. Errors:
    /// `lease.sealed` for one that is, `lease.denied` for one that was denied or never asked for.
    pub fn seal(&mut self, id: LeaseId) -> Result<Seal, Code> {
        let (account, granted) = match self.slips.get(&id) {
            None | Some(Slip::Denied { .. }) => return Err(Code::LeaseDenied),
            Some(Slip::Sealed { .. }) => return Err(Code::LeaseSealed),
            Some(Slip::Asked(want)) => (want.account, None),
            Some(Slip::Granted { want, .. }) => (want.account, Some(want.amount)),
        };
        self.slips.insert(id, Slip::Sealed { account, granted });
        Ok(Seal { lease: id, account })
    }

    /// The holds whose time is over, to be sealed: those that still hold something, and those whose answer never came.
    pub fn due(&self, now: &SinceBoot) -> Vec<LeaseId> {
        let over = self.slips.iter().filter(|(_, slip)| match slip {
            Slip::Asked(want) => want.is_over(now),
            Slip::Granted { want, spent } => *spent < want.amount && want.is_over(now),
            Slip::Denied { .. } | Slip::Sealed { .. } => false,
        });
        over.map(|(id, _)| *id).collect()
    }

    /// What can be spent of an account now, by lease: holds first, since they are for this payment, then what was lent first.
    pub(super) fn usable(&self, account: Lendable, now: &SinceBoot) -> Vec<(LeaseId, Amount)> {
        let of_account = self.slips.iter().filter_map(|(id, slip)| match slip {
            Slip::Granted { want, spent } if want.account == account && !want.is_over(now) && *spent < want.amount => {
                Some((want.hold.is_none(), *id, want.amount.less(*spent)))
            }
            _ => None,
        });
        let mut usable: Vec<_> = of_account.collect();
        usable.sort_unstable();
        usable.into_iter().map(|(_, id, amount)| (id, amount)).collect()
    }

    /// What policy's `floor` still lets this till spend without a lease.
    pub(super) fn floor_left(&self, account: Lendable, floor: Amount) -> Amount {
        let spent = self.floored.get(&account).copied().unwrap_or_default();
        let good = self.statements.get(&account).map_or(Amount::NONE, |statement| statement.made_good);
        floor.less(spent.less(good))
    }

    /// From which leases `amount` would be spent, and what of it on the floor. Changes nothing. Errors with `lease.too_little`.
    pub fn draw(&self, account: Lendable, amount: Amount, floor: Amount, now: &SinceBoot) -> Result<Vec<Use>, Code> {
        let mut missing = amount;
        let mut uses = Vec::new();
        let leases = self.usable(account, now).into_iter().map(|(id, left)| (Source::Lease(id), left));
        for (of, left) in leases.chain([(Source::Floor, self.floor_left(account, floor))]) {
            let taken = left.min(missing);
            if !taken.is_none() {
                missing = missing.less(taken);
                uses.push(Use { account, of, amount: taken });
            }
        }
        if missing.is_none() { Ok(uses) } else { Err(Code::LeaseTooLittle) }
    }

    /// Spends, in the transaction of the sale whose operation carries `uses`; all or nothing. Errors: `lease.denied` for a lease that
    /// is not here, `lease.sealed` for one that was given back or whose time is over since it was drawn, `lease.too_little`.
    pub fn spend(&mut self, uses: &[Use], floor: Amount, now: &SinceBoot) -> Result<(), Code> {
        for (place, used) in uses.iter().enumerate() {
            let same = uses[..=place].iter().filter(|other| (other.of, other.account) == (used.of, used.account));
            let wanted = same.fold(Amount::NONE, |sum, other| sum.with(other.amount));
            if wanted > self.left(used, floor, now)? {
                return Err(Code::LeaseTooLittle);
            }
        }
        for used in uses {
            match used.of {
                Source::Floor => {
                    let spent = self.floored.entry(used.account).or_default();
                    *spent = spent.with(used.amount);
                }
                Source::Lease(id) => {
                    if let Some(Slip::Granted { spent, .. }) = self.slips.get_mut(&id) {
                        *spent = spent.with(used.amount);
                    }
                }
            }
        }
        Ok(())
    }

    fn left(&self, used: &Use, floor: Amount, now: &SinceBoot) -> Result<Amount, Code> {
        let Source::Lease(id) = used.of else {
            return Ok(self.floor_left(used.account, floor));
        };
        match self.slips.get(&id) {
            Some(Slip::Granted { want, .. }) if want.account != used.account => Err(Code::LeaseDenied),
            Some(Slip::Granted { want, .. }) if want.is_over(now) => Err(Code::LeaseSealed),
            Some(Slip::Granted { want, spent }) => Ok(want.amount.less(*spent)),
            Some(Slip::Sealed { .. }) => Err(Code::LeaseSealed),
            Some(Slip::Asked(_) | Slip::Denied { .. }) | None => Err(Code::LeaseDenied),
        }
    }
}
