//! What an operation does to the accounts that parts are lent of, by its postings and what its head says of leases; and what an
//! account makes of it. The authority does this with every operation that counts (`op::Standing`), in the order of the sequence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    amount::{Amount, Lendable},
    escrow::Escrow,
    read::{Breach, Reading},
    talk::{Holder, Seal, Source, Use},
};
use crate::{
    error::Code,
    ids::{LeaseId, SaleId},
    op::{Body, Leased, Refund},
    posting::Posting,
};

/// One change of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Of the credit these parts stay lent to the log it stands in.
    Credit {
        amount: Amount,
        keeps: Vec<(LeaseId, Amount)>,
    },
    /// A credit to a coupon that a refund of this sale gives back. It comes back once from each sale, however many tills refund it: where
    /// an earlier act of the sequence is the same, this one is nothing (C4, I9).
    Return {
        sale: SaleId,
        amount: Amount,
        keeps: Vec<(LeaseId, Amount)>,
    },
    /// Taken from where it says in turn, and what that does not come to from what is free.
    Spend {
        amount: Amount,
        uses: Vec<Use>,
    },
    ClawBack(Amount),
    Lapse(Amount),
    Seal(Seal),
}

/// What happened that should not have, for head office's queue (E5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    NeverLent,
    NotTheHolder,
    AfterItsEnd,
    RiskCameTrue,
    TooMuch,
    /// No lease was broken, and the account did not hold it.
    Overspent,
    /// A claw-back found too little.
    ClawedBack,
    /// The sums would leave what can be counted: the account does not show this.
    Uncounted,
}

impl From<Breach> for What {
    fn from(breach: Breach) -> Self {
        match breach {
            Breach::NeverLent => Self::NeverLent,
            Breach::NotTheHolder => Self::NotTheHolder,
            Breach::AfterItsEnd => Self::AfterItsEnd,
            Breach::RiskCameTrue => Self::RiskCameTrue,
            Breach::TooMuch => Self::TooMuch,
        }
    }
}

/// A breach, with what is at stake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exception {
    pub what: What,
    /// The lease that was named.
    pub lease: Option<LeaseId>,
    /// What was moved.
    pub amount: i64,
    /// What of it nothing was there for.
    pub owed: i64,
}

/// What an operation that counts does, account by account, in the order in which it is to be read: what is spent before what is
/// credited, since nobody spends what the same act gives; the half of an exchange that brings goods back before the other.
pub fn acts(body: &Body, leased: &Leased) -> Vec<(Lendable, Act)> {
    let mut said = Said::new(leased);
    let mut acts = Vec::new();
    match body {
        Body::Exchange(exchange) => {
            half(Kind::of(&exchange.refund), &exchange.refund.postings, &mut said, &mut acts);
            half(Kind::Counter, &exchange.sale.postings, &mut said, &mut acts);
        }
        Body::LeaseSealed(sealed) => {
            acts.extend(sealed.seals.iter().map(|seal| (seal.account, Act::Seal(*seal))));
        }
        other => {
            let kind = match other {
                Body::Refund(refund) => Kind::of(refund),
                Body::PointsExpired(_) => Kind::Lapse,
                Body::PointsAdjusted(_) => Kind::Taken,
                _ => Kind::Counter,
            };
            half(kind, &other.postings().unwrap_or_default(), &mut said, &mut acts);
        }
    }
    acts
}

/// What it means that an account gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A customer spends it.
    Counter,
    /// The right to a refund is spent; points that were earned are taken back. Of which sale, where there is a receipt.
    Refund(Option<SaleId>),
    Lapse,
    /// Head office takes it back.
    Taken,
}

impl Kind {
    const fn of(refund: &Refund) -> Self {
        Self::Refund(refund.sale)
    }
}

/// What is left of what a head says.
struct Said {
    uses: BTreeMap<Lendable, Vec<(Source, Amount)>>,
    keeps: BTreeMap<Lendable, Vec<(LeaseId, Amount)>>,
}

impl Said {
    /// Points alone have a floor: another account's is nobody's word, and counts as free.
    fn new(leased: &Leased) -> Self {
        let (mut uses, mut keeps) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        let has_it = |used: &&Use| used.of != Source::Floor || matches!(used.account, Lendable::Points(_));
        for used in leased.uses.iter().filter(has_it) {
            uses.entry(used.account).or_default().push((used.of, used.amount));
        }
        for keep in &leased.keeps {
            keeps.entry(keep.account).or_default().push((keep.lease, keep.amount));
        }
        Self { uses, keeps }
    }
}

/// Takes from the front as much as comes to `amount`.
fn draw<T: Copy>(from: Option<&mut Vec<(T, Amount)>>, amount: Amount) -> Vec<(T, Amount)> {
    let (mut missing, mut drawn) = (amount, Vec::new());
    let Some(from) = from else { return drawn };
    for (of, left) in from.iter_mut() {
        let taken = (*left).min(missing);
        if !taken.is_none() {
            drawn.push((*of, taken));
            (*left, missing) = (left.less(taken), missing.less(taken));
        }
    }
    from.retain(|(_, left)| !left.is_none());
    drawn
}

fn half(kind: Kind, postings: &[Posting], said: &mut Said, acts: &mut Vec<(Lendable, Act)>) {
    let (mut spent, mut credited, mut taken) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for posting in postings {
        let [(from, _), (to, amount)] = posting.legs();
        let amount = Amount::new(amount).unwrap_or_default();
        if let Ok(from) = Lendable::try_from(from) {
            let is_spend = match kind {
                Kind::Counter => true,
                Kind::Refund(_) => matches!(from, Lendable::Refundable(_)),
                Kind::Lapse | Kind::Taken => false,
            };
            add(if is_spend { &mut spent } else { &mut taken }, from, amount);
        }
        if let Ok(to) = Lendable::try_from(to) {
            add(&mut credited, to, amount);
        }
    }
    for (account, amount) in spent {
        let uses = draw(said.uses.get_mut(&account), amount).into_iter().map(|(of, amount)| Use { account, of, amount });
        acts.push((account, Act::Spend { amount, uses: uses.collect() }));
    }
    for (account, amount) in credited {
        let keeps = draw(said.keeps.get_mut(&account), amount);
        let act = match (kind, account) {
            (Kind::Refund(Some(sale)), Lendable::Coupon(_)) => Act::Return { sale, amount, keeps },
            _ => Act::Credit { amount, keeps },
        };
        acts.push((account, act));
    }
    for (account, amount) in taken {
        acts.push((account, if kind == Kind::Lapse { Act::Lapse(amount) } else { Act::ClawBack(amount) }));
    }
}

fn add(to: &mut BTreeMap<Lendable, Amount>, account: Lendable, amount: Amount) {
    if !amount.is_none() {
        let sum = to.entry(account).or_default();
        *sum = sum.with(amount);
    }
}

impl Escrow {
    /// Reads an act in an operation of `by`. It is a fact and is never refused; what is wrong with it is told. `elsewhere` says which
    /// lease ids are another account's.
    pub fn read(&mut self, by: Holder, act: &Act, elsewhere: impl Fn(LeaseId) -> bool) -> Vec<Exception> {
        match act {
            Act::Credit { amount, keeps } | Act::Return { amount, keeps, .. } => self.read_credit(by, *amount, keeps, elsewhere),
            Act::Spend { amount, uses } => self.read_spend(by, *amount, uses),
            Act::ClawBack(amount) => {
                let before = self.owed();
                let owed = self.claw_back(*amount).map(|()| self.owed() - before);
                told(What::ClawedBack, None, *amount, owed).into_iter().collect()
            }
            Act::Lapse(amount) => {
                self.lapse(*amount);
                Vec::new()
            }
            Act::Seal(seal) => {
                if !elsewhere(seal.lease) {
                    self.seal(by, seal);
                }
                Vec::new()
            }
        }
    }

    /// An id that is known already keeps nothing: what it names is a credit like any other.
    fn read_credit(
        &mut self,
        by: Holder,
        amount: Amount,
        keeps: &[(LeaseId, Amount)],
        elsewhere: impl Fn(LeaseId) -> bool,
    ) -> Vec<Exception> {
        let (mut exceptions, mut rest) = (Vec::new(), amount);
        for (id, kept) in keeps {
            if !elsewhere(*id) && !self.knows(*id) {
                rest = rest.less(*kept);
                let born = self.born(*id, by, *kept).map(|()| 0);
                exceptions.extend(told(What::Uncounted, Some(*id), *kept, born));
            }
        }
        let credited = self.credit(rest).map(|()| 0);
        exceptions.extend(told(What::Uncounted, None, rest, credited));
        exceptions
    }

    fn read_spend(&mut self, by: Holder, amount: Amount, uses: &[Use]) -> Vec<Exception> {
        let (mut exceptions, mut rest) = (Vec::new(), amount);
        for used in uses {
            rest = rest.less(used.amount);
            let lease = if let Source::Lease(id) = used.of { Some(id) } else { None };
            exceptions.extend(spent(lease, used.amount, self.spend(by, used)));
        }
        exceptions.extend(spent(None, rest, self.spend_free(rest)));
        exceptions
    }
}

fn spent(lease: Option<LeaseId>, amount: Amount, read: Result<Reading, Code>) -> Option<Exception> {
    match read {
        Ok(Reading { owed, breach: Some(breach), .. }) => Some(Exception { what: breach.into(), lease, amount: amount.get(), owed }),
        other => told(What::Overspent, lease, amount, other.map(|reading| reading.owed)),
    }
}

/// Of a change that broke no lease: an exception where it made something owed, or could not be counted.
fn told(what: What, lease: Option<LeaseId>, amount: Amount, owed: Result<i64, Code>) -> Option<Exception> {
    let amount = amount.get();
    match owed {
        Ok(0) => None,
        Ok(owed) => Some(Exception { what, lease, amount, owed }),
        Err(_) => Some(Exception { what: What::Uncounted, lease, amount, owed: 0 }),
    }
}
