//! What really happened: every operation that was committed somewhere, and what it should have done to every account.
//!
//! It knows nothing of the product's tables. Effects are said by the act that the simulator itself asked for, out of prices and rules
//! that it set, by arithmetic of its own; the product's names of accounts are used as names alone.

use std::collections::{BTreeMap, BTreeSet};

use hefu_core::{
    ids::{CardId, CouponId, LogId, MemberId, SaleId},
    op::Hash,
    posting::{Account, Unit},
};
use uuid::Uuid;

use crate::{
    acts::Paid,
    breach::{Checked, ensure},
};

/// What an operation does to an account, in the account's own unit.
pub type Effects = BTreeMap<Account, i64>;

/// What an operation says, as far as later acts depend on it.
#[derive(Clone, Debug)]
pub enum Fact {
    /// Nothing that another act looks at.
    Plain,
    Sale(Sold),
    Refund {
        sale: SaleId,
        lines: Vec<(u32, i64)>,
        whole: bool,
    },
    Member {
        member: MemberId,
        phone: String,
    },
    Card {
        card: CardId,
        member: MemberId,
    },
    Coupon {
        coupon: CouponId,
        code: String,
    },
    /// A kind that no program here knows, and that freezes what it is about.
    Freeze(Uuid),
    /// A kind that no program here knows, and that may be passed over.
    Ignored,
}

/// A sale as it was asked for.
#[derive(Clone, Debug)]
pub struct Sold {
    pub sale: SaleId,
    /// Goods by their number, and pieces; lines count from 1.
    pub lines: Vec<(usize, i64)>,
    pub paid: Paid,
    /// Paid in cash and nothing else, without a coupon: any of its lines can come back at its price.
    pub is_plain: bool,
}

/// An operation that was committed.
#[derive(Clone, Debug)]
pub struct Done {
    pub log: LogId,
    pub seq: u64,
    pub hash: Hash,
    pub fact: Fact,
    pub effects: Effects,
}

/// A place among [`Oracle::done`].
pub type At = usize;

#[derive(Default)]
pub struct Oracle {
    pub done: Vec<Done>,
    by_hash: BTreeMap<[u8; 32], At>,
    /// The chain as its log gave it out, in its sequence.
    pub chain: Vec<At>,
    /// The last of each log in the chain.
    heads: BTreeMap<LogId, (u64, Hash)>,
}

impl Oracle {
    pub fn commit(&mut self, done: Done) -> At {
        let at = self.done.len();
        self.by_hash.insert(done.hash.0, at);
        self.done.push(done);
        at
    }

    /// The log says that this is the next of the chain (I3, I4, I5).
    pub fn sequenced(&mut self, gseq: u64, log: LogId, seq: u64, hash: Hash) -> Checked {
        let next = self.chain.len() as u64 + 1;
        ensure(gseq == next, "I4 SEQ-GAPLESS", || format!("operation {gseq} comes where {next} is due"))?;
        let last = self.heads.get(&log).map_or(0, |head| head.0);
        ensure(seq == last + 1, "I3 NO-DUP", || format!("{log}/{seq} is number {gseq}, after {last} of its log"))?;
        let known = self.by_hash.get(&hash.0).copied();
        let at = known.filter(|at| (self.done[*at].log, self.done[*at].seq) == (log, seq));
        let Some(at) = at else {
            return ensure(false, "I5 CHAIN", || format!("number {gseq}, {log}/{seq}, is nothing that was committed anywhere"));
        };
        self.heads.insert(log, (seq, hash));
        self.chain.push(at);
        Ok(())
    }

    /// The chain is read from its beginning again.
    pub fn read_again(&mut self) {
        self.chain.clear();
        self.heads.clear();
    }

    /// What the chain holds of a log, in order.
    pub fn of_log(&self, log: LogId) -> impl Iterator<Item = At> + '_ {
        self.chain.iter().copied().filter(move |at| self.done[*at].log == log)
    }

    /// What a book holds that has read the chain up to `cursor` and wrote `own` itself.
    pub fn seen(&self, cursor: u64, own: &[At]) -> Seen<'_> {
        let upto = usize::try_from(cursor).unwrap_or(usize::MAX).min(self.chain.len());
        let all: BTreeSet<At> = self.chain[..upto].iter().chain(own).copied().collect();
        Seen { oracle: self, all }
    }
}

/// The operations that one book holds.
pub struct Seen<'a> {
    oracle: &'a Oracle,
    all: BTreeSet<At>,
}

impl Seen<'_> {
    pub fn len(&self) -> usize {
        self.all.len()
    }

    fn done(&self) -> impl Iterator<Item = &Done> + '_ {
        self.all.iter().map(|at| &self.oracle.done[*at])
    }

    fn facts(&self) -> impl Iterator<Item = &Fact> + '_ {
        self.done().map(|done| &done.fact)
    }

    /// Every account that anything moved, with its balance.
    pub fn balances(&self) -> Effects {
        let mut sums = Effects::new();
        for (account, amount) in self.moves() {
            *sums.entry(account).or_default() += amount;
        }
        sums
    }

    pub fn balance(&self, account: &Account) -> i64 {
        self.moves().filter(|(moved, _)| moved == account).map(|(_, amount)| amount).sum()
    }

    /// All effects. A sale gets a coupon back once, however many tills refund it; whose refund it is makes no difference to any sum.
    fn moves(&self) -> impl Iterator<Item = (Account, i64)> + '_ {
        let mut back = BTreeSet::new();
        self.done().flat_map(move |done| {
            let mut again = 0;
            let mut moves: Vec<(Account, i64)> = Vec::with_capacity(done.effects.len() + 1);
            for (account, amount) in &done.effects {
                match (&done.fact, account) {
                    (Fact::Refund { sale, .. }, Account::Coupon(coupon)) if *amount > 0 && !back.insert((*sale, *coupon)) => {
                        again += amount
                    }
                    _ => moves.push((*account, *amount)),
                }
            }
            moves.push((Account::CouponsIssued, again));
            moves
        })
    }

    pub fn members(&self) -> Vec<(MemberId, &str)> {
        let member = |fact| if let &Fact::Member { member, ref phone } = fact { Some((member, phone.as_str())) } else { None };
        self.facts().filter_map(member).collect()
    }

    /// Everybody with that phone: of several the lowest id leads.
    pub fn with_phone(&self, phone: &str) -> BTreeSet<MemberId> {
        self.members().into_iter().filter(|(_, other)| *other == phone).map(|(member, _)| member).collect()
    }

    /// Everybody who reads as one with this member.
    pub fn same_person(&self, member: MemberId) -> BTreeSet<MemberId> {
        let phone = self.members().into_iter().find(|(other, _)| *other == member).map(|(_, phone)| phone);
        phone.map(|phone| self.with_phone(phone)).unwrap_or_default()
    }

    pub fn cards(&self) -> Vec<(CardId, MemberId)> {
        self.facts().filter_map(|fact| if let Fact::Card { card, member } = fact { Some((*card, *member)) } else { None }).collect()
    }

    /// Coupons that are not used, as far as this book knows.
    pub fn coupons(&self) -> Vec<(CouponId, &str)> {
        let open = |fact| match fact {
            &Fact::Coupon { coupon, ref code } if self.balance(&Account::Coupon(coupon)) > 0 => Some((coupon, code.as_str())),
            _ => None,
        };
        self.facts().filter_map(open).collect()
    }

    pub fn sales(&self) -> Vec<&Sold> {
        self.facts().filter_map(|fact| if let Fact::Sale(sold) = fact { Some(sold) } else { None }).collect()
    }

    /// What has come back of a sale, and whether all of it at once.
    pub fn returned(&self, sale: SaleId) -> (BTreeMap<u32, i64>, bool) {
        let (mut lines, mut all) = (BTreeMap::new(), false);
        for fact in self.facts() {
            let Fact::Refund { sale: of, lines: back, whole, .. } = fact else { continue };
            if *of == sale {
                all |= *whole;
                back.iter().for_each(|(no, pieces)| *lines.entry(*no).or_default() += pieces);
            }
        }
        (lines, all)
    }

    pub fn is_frozen(&self, members: &BTreeSet<MemberId>) -> bool {
        self.facts().any(|fact| matches!(fact, Fact::Freeze(entity) if members.contains(&MemberId(*entity))))
    }
}

/// In what an account counts.
pub fn unit_of(account: &Account) -> Unit {
    match account {
        Account::PointsIssued | Account::MemberPoints(_) => Unit::Points,
        Account::CouponsIssued | Account::Coupon(_) => Unit::Coupons,
        Account::Stock(..) | Account::StockOut(_) => Unit::Milli,
        _ => Unit::Fen,
    }
}
