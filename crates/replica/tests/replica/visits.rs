//! What a refund takes from its sale, and from no other: visits (C2) and uses of promotions (C5), whatever ids were written twice, and in
//! any order of arrival (I6).

use std::collections::{BTreeMap, BTreeSet};

use hefu_core::{
    ids::{MemberId, RuleId},
    money::Fen,
    op::{Body, Draft, Exchange, Head, PromotionUsed, Refund, Sale},
};
use hefu_replica::Replica;
use proptest::prelude::*;
use tempfile::TempDir;

use crate::{
    common::{Chain, NOW, Rng, STORE_A, STORE_B, by, found, identity, person, quick_book, register},
    rewards,
};

const RULE: RuleId = RuleId(uuid::Uuid::from_bytes([0xaa; 16]));

/// What somebody writes: sales of pieces of one line, and how many of them come back. Ids and members are few, so they meet.
#[derive(Clone, Copy, Debug)]
enum Said {
    Sale(Goods),
    Refund(Goods),
    /// What came back, and what was taken for it.
    Exchange(Goods, Goods),
}

#[derive(Clone, Copy, Debug)]
struct Goods {
    sale: u8,
    /// One of two members, or nobody.
    member: usize,
    milli: i64,
}

const fn goods(sale: u8, member: usize, pieces: i64) -> Goods {
    Goods { sale, member, milli: pieces * 1000 }
}

/// A chain with two members, a till in each store and a third that has sent nothing yet.
struct Shops {
    tills: Vec<(TempDir, Replica)>,
    chain: Chain,
    members: [MemberId; 2],
    written: u8,
}

impl Shops {
    fn new() -> Self {
        let stores = [Some(STORE_A), Some(STORE_B), Some(STORE_A)];
        let tills: Vec<_> = (1..).zip(stores).map(|(n, store)| quick_book(identity(n, store))).collect();
        let (first, mut rng) = (&tills[0].1, Rng(1));
        found(first);
        let members = ["13812341234", "13900001111"].map(|phone| register(first, &mut rng, by(NOW), &person("王小明", phone)));
        let mut chain = Chain { now: NOW, ..Chain::default() };
        chain.take_all(first);
        tills.iter().for_each(|(_, till)| chain.bring_up_to_date(till, &mut rng));
        Self { tills, chain, members, written: 0 }
    }

    fn sale(&self, of: Goods) -> Sale {
        let used = PromotionUsed { rule: RULE, version: 1, times: 1, pieces: 9, off_fen: Fen::ZERO, goods: vec![(1, of.milli)] };
        let plain = rewards::sale(of.sale, self.members.get(of.member).copied(), 100, 0, Vec::new());
        Sale { number: u64::from(self.written), quantity_milli: of.milli, promotions: vec![used], ..plain }
    }

    fn refund(&self, of: Goods) -> Refund {
        let plain = rewards::refund(self.written, of.sale, self.members[0], 0, 0, 0, Vec::new());
        let member = self.members.get(of.member).copied();
        Refund { member, lines: vec![(1, of.milli)], quantity_milli: of.milli, ..plain }
    }

    fn write(&mut self, till: usize, said: Said) {
        self.written += 1;
        let body: Body = match said {
            Said::Sale(of) => self.sale(of).into(),
            Said::Refund(of) => self.refund(of).into(),
            Said::Exchange(back, taken) => Box::new(Exchange { refund: self.refund(back), sale: self.sale(taken) }).into(),
        };
        let at = NOW + i64::from(self.written);
        self.tills[till].1.write(|book| book.append(by(at), &Draft::new(body))).unwrap();
    }

    fn push(&mut self, till: usize) {
        self.chain.take_all(&self.tills[till].1);
    }

    fn pull(&mut self, till: usize) {
        self.chain.bring_up_to_date(&self.tills[till].1, &mut Rng(3));
    }

    /// Everyone hears everything, and one more who hears it all at once; what all of them then say.
    fn meet(&mut self) -> Figures {
        (0..self.tills.len()).for_each(|till| self.push(till));
        (0..self.tills.len()).for_each(|till| self.pull(till));
        let late = quick_book(identity(9, None));
        self.chain.bring_up_to_date(&late.1, &mut Rng(4));
        let truth = late.1.digest().unwrap();
        for (_, replica) in self.tills.iter().chain([&late]) {
            let digest = replica.digest().unwrap();
            assert_eq!(digest.differing(&truth), [""; 0], "till {}", replica.identity().till_no);
            let verified = replica.verify().unwrap();
            assert!(verified.ok(), "{verified:?}");
            replica.rebuild().unwrap();
            assert_eq!(replica.digest().unwrap().tables, digest.tables, "a rebuild");
        }
        self.figures(&late.1)
    }

    fn figures(&self, replica: &Replica) -> Figures {
        let read = |book: &hefu_replica::Reading<'_>| {
            let mut figures = Figures::default();
            for (member, visits) in self.members.iter().zip(&mut figures.visits) {
                let standing = book.standing(&book.person(*member)?.unwrap())?;
                *visits = standing.visits;
                let of_months: i64 = standing.months.iter().map(|month| month.visits).sum();
                assert_eq!(*visits, of_months);
            }
            let used = book.promotion_uses(None)?.get(&RULE).copied().unwrap_or_default();
            figures.pieces = used.in_all_pieces;
            Ok(figures)
        };
        replica.read(read).unwrap()
    }

    /// The same from the chain's sequence alone.
    fn counted(&self) -> Figures {
        let entries = self.chain.entries.iter();
        let heads = entries.filter_map(|entry| Head::read(&entry.op.as_ref()?.head).ok());
        let (mut sales, mut refunds, mut exchanged) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (at, head) in heads.enumerate() {
            match Body::read(&head).unwrap() {
                Body::Sale(sale) => sales.push((at, sale)),
                Body::Refund(refund) => refunds.push((at, refund)),
                Body::Exchange(exchange) => {
                    refunds.push((at, exchange.refund));
                    sales.push((at, exchange.sale));
                    exchanged.insert(at);
                }
                _ => {}
            }
        }
        // To the first sale that it can be of, each refund.
        let mut back: BTreeMap<usize, Vec<(usize, i64)>> = BTreeMap::new();
        for (at, refund) in &refunds {
            let of = sales.iter().find(|(_, sale)| (Some(sale.sale), sale.member) == (refund.sale, refund.member));
            if let Some((sold_at, _)) = of {
                back.entry(*sold_at).or_default().push((*at, refund.quantity_milli));
            }
        }
        let mut figures = Figures::default();
        for (at, sale) in &sales {
            let left = (sale.quantity_milli - back_of(&back, *at)).max(0);
            figures.pieces += u64::try_from((left + 999) / 1000).unwrap().min(9);
            let visitor = self.members.iter().position(|member| sale.member == Some(*member)).filter(|_| !exchanged.contains(at));
            if let Some(member) = visitor {
                figures.visits[member] += i64::from(is_kept(&sales, &back, *at));
            }
        }
        figures
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Figures {
    visits: [i64; 2],
    /// Of the promotion, that still count.
    pieces: u64,
}

type Back = BTreeMap<usize, Vec<(usize, i64)>>;

fn back_of(back: &Back, at: usize) -> i64 {
    back.get(&at).into_iter().flatten().map(|(_, milli)| milli).sum()
}

/// Whether anything is kept of a sale, or of what came of it by exchange.
fn is_kept(sales: &[(usize, Sale)], back: &Back, at: usize) -> bool {
    let (mut family, mut next) = (vec![at], 0);
    while let Some(of) = family.get(next).copied() {
        let came_of = back.get(&of).into_iter().flatten().map(|(at, _)| *at);
        let new: Vec<usize> = came_of.filter(|at| !family.contains(at)).collect();
        family.extend(new);
        next += 1;
    }
    let is_in = |at: &usize| family.contains(at);
    sales.iter().filter(|(at, _)| is_in(at)).any(|(at, sale)| sale.quantity_milli > back_of(back, *at))
}

/// Writes each at its till, in one line that all hear.
fn told(said: &[(usize, Said)]) -> Shops {
    let mut shops = Shops::new();
    for (till, said) in said {
        shops.write(*till, *said);
        shops.push(*till);
        (0..3).for_each(|till| shops.pull(till));
    }
    shops
}

#[track_caller]
fn check(said: &[(usize, Said)], visits: [i64; 2], pieces: u64) {
    let mut shops = told(said);
    assert_eq!(shops.meet(), Figures { visits, pieces });
    assert_eq!(shops.counted(), Figures { visits, pieces }, "and who only counts says so too");
}

const A: usize = 0;
const B: usize = 1;

#[test]
fn of_two_sales_of_one_id_a_refund_is_of_the_first() {
    let twice = [(A, Said::Sale(goods(1, 0, 2))), (B, Said::Sale(goods(1, 0, 2)))];
    check(&twice, [2, 0], 4);
    check(&[twice[0], twice[1], (B, Said::Refund(goods(1, 0, 2)))], [1, 0], 2);
    // More than that is nobody's.
    check(&[twice[0], twice[1], (B, Said::Refund(goods(1, 0, 4)))], [1, 0], 2);
    // Before either is here, and between them.
    check(&[(B, Said::Refund(goods(1, 0, 2))), twice[0], twice[1]], [1, 0], 2);
    check(&[twice[0], (B, Said::Refund(goods(1, 0, 2))), twice[1]], [1, 0], 2);
}

#[test]
fn a_refund_of_one_members_goods_takes_nothing_from_another() {
    let both = [(A, Said::Sale(goods(1, 0, 1))), (B, Said::Sale(goods(1, 1, 1)))];
    check(&[both[0], both[1], (A, Said::Refund(goods(1, 1, 1)))], [1, 0], 1);
    check(&[both[0], both[1], (A, Said::Refund(goods(1, 0, 1)))], [0, 1], 1);
    // It names a sale that was never that member's.
    check(&[both[0], (B, Said::Refund(goods(1, 1, 1)))], [1, 0], 1);
    check(&[both[0], (B, Said::Refund(goods(1, 2, 1)))], [1, 0], 1);
}

#[test]
fn an_exchange_stands_for_the_sale_that_it_is_of() {
    let bought = [(A, Said::Sale(goods(1, 0, 1))), (A, Said::Exchange(goods(1, 0, 1), goods(2, 0, 1)))];
    check(&bought, [1, 0], 1);
    check(&[bought[0], bought[1], (A, Said::Refund(goods(2, 0, 1)))], [0, 0], 0);
    // Somebody sold under the exchange's id before: what comes back is that.
    let before = (B, Said::Sale(goods(2, 0, 1)));
    check(&[before, bought[0], bought[1], (A, Said::Refund(goods(2, 0, 1)))], [1, 0], 1);
    // It takes another's goods away, and these come back.
    let for_two = (A, Said::Exchange(goods(1, 0, 1), goods(2, 1, 1)));
    check(&[bought[0], for_two, (A, Said::Refund(goods(2, 1, 1)))], [0, 0], 0);
    // An exchange under the id of the sale that it is of, which no desk writes.
    check(&[bought[0], (A, Said::Exchange(goods(1, 0, 1), goods(1, 0, 1)))], [1, 0], 1);
}

/// A till's own sale counts before it is sent, and steps back for the one that turns out to be first.
#[test]
fn a_sale_that_arrives_late_may_be_the_first() {
    let mut shops = Shops::new();
    shops.write(B, Said::Sale(goods(1, 0, 1)));
    shops.write(B, Said::Refund(goods(1, 0, 1)));
    assert_eq!(shops.figures(&shops.tills[B].1), Figures { visits: [0, 0], pieces: 0 });
    shops.write(A, Said::Sale(goods(1, 0, 2)));
    shops.push(A);
    shops.pull(B);
    assert_eq!(shops.figures(&shops.tills[B].1), Figures { visits: [2, 0], pieces: 2 });
    assert_eq!(shops.meet(), shops.counted());
}

fn any_goods() -> impl Strategy<Value = Goods> {
    (1u8..4, 0usize..3, 1i64..4).prop_map(|(sale, member, halves)| Goods { sale, member, milli: halves * 500 })
}

fn anything() -> impl Strategy<Value = Said> {
    prop_oneof![
        3 => any_goods().prop_map(Said::Sale),
        3 => any_goods().prop_map(Said::Refund),
        2 => (any_goods(), any_goods()).prop_map(|(back, taken)| Said::Exchange(back, taken)),
    ]
}

/// Somebody writes, sends what they wrote, or hears what is there.
#[derive(Clone, Copy, Debug)]
enum Step {
    Write(usize, Said),
    Push(usize),
    Pull(usize),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0usize..3, anything()).prop_map(|(till, said)| Step::Write(till, said)),
        1 => (0usize..3).prop_map(Step::Push),
        1 => (0usize..3).prop_map(Step::Pull),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_arrival_gives_what_the_sequence_says(steps in prop::collection::vec(any_step(), 4..24)) {
        let mut shops = Shops::new();
        for step in steps {
            match step {
                Step::Write(till, said) => shops.write(till, said),
                Step::Push(till) => shops.push(till),
                Step::Pull(till) => shops.pull(till),
            }
        }
        prop_assert_eq!(shops.meet(), shops.counted());
    }
}
