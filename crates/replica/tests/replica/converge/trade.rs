//! What the tills do with value, each by what its own book knows: so two that have not heard of each other spend the same points and
//! the same card, use one coupon twice, take one sale back twice. The oracle is shown each receipt.

use hefu_core::{
    card::{CardState, Credit, Holding, reissued},
    coupon::{gift_of_sale, new_code},
    ids::{CardId, CouponId, MemberId, ProductId, RefundId, RuleId, SaleId, TopUpId},
    money::{Fen, Points},
    op::{CardOpened, CouponsIssued, Draft, IssuedCoupon, PointsAdjusted, RuleUsed, Tender},
    posting::{Account, Ledger},
};
use hefu_replica::{By, Reading};

use super::{Clocks, World, oracle::Writer};
use crate::{
    common::{Ids, Rng},
    counter::{COUPON, Paying, bring_back, ring_up, top_up},
};

/// The one till that replaces cards where clocks must not decide which of two took a card's place.
const REPLACES: usize = 1;

/// How often each was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    pub sales: u64,
    pub by_points: u64,
    pub by_card: u64,
    pub by_coupon: u64,
    pub refunds: u64,
    pub coupons_back: u64,
    pub gifts: u64,
    pub gifts_back: u64,
    pub top_ups: u64,
    pub reissued: u64,
    pub adjusted: u64,
}

impl Done {
    pub fn add(&mut self, other: Self) {
        self.sales += other.sales;
        self.by_points += other.by_points;
        self.by_card += other.by_card;
        self.by_coupon += other.by_coupon;
        self.refunds += other.refunds;
        self.coupons_back += other.coupons_back;
        self.gifts += other.gifts;
        self.gifts_back += other.gifts_back;
        self.top_ups += other.top_ups;
        self.reissued += other.reissued;
        self.adjusted += other.adjusted;
    }

    pub fn least(&self) -> u64 {
        let by = [self.by_points, self.by_card, self.by_coupon, self.gifts, self.gifts_back];
        let other = [self.sales, self.refunds, self.coupons_back, self.top_ups, self.reissued, self.adjusted];
        by.into_iter().chain(other).min().unwrap()
    }
}

fn one_of<T: Copy>(rng: &mut Rng, all: &[T]) -> Option<T> {
    if all.is_empty() { None } else { Some(all[rng.below(all.len())]) }
}

impl World {
    fn knows(&self, n: usize, what: impl FnOnce(&Reading<'_>) -> Result<bool, hefu_replica::Error>) -> bool {
        self.nodes[n].replica.read(what).unwrap()
    }

    fn writer(&self, n: usize, seq: u64) -> Writer {
        let identity = self.nodes[n].replica.identity();
        Writer { log: identity.log, seq, device: identity.device, store: identity.store }
    }

    /// Half the time one of a few, whom all know and several tills serve at once.
    pub(super) fn anyone(&mut self) -> Option<MemberId> {
        let known = if self.rng.below(2) > 0 { self.members.len().min(3) } else { self.members.len() };
        one_of(&mut self.rng, &self.members[..known])
    }

    /// A card that lives, as far as this node knows.
    fn a_card(&mut self, n: usize) -> Option<CardId> {
        let card = one_of(&mut self.rng, &self.cards)?;
        self.knows(n, |book| Ok(book.card(card)?.is_some_and(|row| row.state == CardState::Active))).then_some(card)
    }

    fn a_coupon(&mut self, n: usize) -> Option<CouponId> {
        let coupon = one_of(&mut self.rng, &self.coupons)?;
        self.knows(n, |book| Ok(book.coupon(coupon)?.is_some_and(|row| row.left > 0))).then_some(coupon)
    }

    pub(super) fn sell(&mut self, n: usize, by: By) {
        let coupon = self.a_coupon(n);
        self.sell_for(n, by, coupon);
    }

    fn sell_for(&mut self, n: usize, by: By, coupon: Option<CouponId>) {
        let member = self.anyone().filter(|_| self.rng.below(3) > 0);
        let lines: Vec<(u8, i64)> = (1..=5).filter(|_| self.rng.below(2) > 0).map(|n| (n, 1 + i64::from(n))).collect();
        let sale = SaleId(self.rng.id(self.now));
        let points = [0, 300, 50_000][self.rng.below(3)];
        let most = 1 + i64::try_from(self.rng.below(30_000)).unwrap();
        let paying = Paying { coupon, points, card: self.a_card(n).map(|card| (card, most)) };
        let goods = |n: u8| ProductId::from_bytes([n; 16]);
        if lines.is_empty() || !(1..=5).all(|of| self.knows(n, |book| Ok(book.product(goods(of))?.is_some()))) {
            return;
        }
        let written = ring_up(&self.nodes[n].replica, by, sale, member, &lines, &paying).unwrap();
        self.oracle.sold(self.writer(n, written.seq), &written.head, &written.detail);
        let given: Vec<CouponId> = written.head.gifts.iter().map(|gift| gift_of_sale(sale, gift.kind.rule)).collect();
        if !given.is_empty() {
            self.oracle.issued(self.writer(n, written.seq + 1), &given);
            self.done.gifts += 1;
            self.coupons.extend(&given);
            self.given.extend(given.into_iter().map(|coupon| (coupon, sale)));
        }
        // What was bought with a coupon, or for one, comes back more often than other goods, and the coupon with it.
        let weight = if written.head.coupons.is_empty() && written.head.gifts.is_empty() { 1 } else { 4 };
        self.sold.extend([sale; 4].into_iter().take(weight));
        let paid = |of: fn(&Tender) -> bool| u64::from(written.detail.tenders.iter().any(of));
        self.done.sales += 1;
        self.done.by_points += paid(|tender| matches!(tender, Tender::Points { .. }));
        self.done.by_card += paid(|tender| matches!(tender, Tender::Card { .. }));
        self.done.by_coupon += u64::from(!written.head.coupons.is_empty());
    }

    /// Some of a sale that is known here, or all that is left of it.
    pub(super) fn refund(&mut self, n: usize, by: By) {
        let all = self.rng.below(2) > 0;
        if let Some(sale) = one_of(&mut self.rng, &self.sold) {
            self.refund_of(n, by, sale, all);
        }
    }

    /// A coupon that a purchase gave is used at one till, and its purchase comes back at another, and neither knows of the other.
    pub(super) fn cross(&mut self) {
        let (uses, refunds) = [(1, 2), (2, 3), (3, 1), (2, 1), (3, 2), (1, 3)][self.rng.below(6)];
        for n in 1..=3 {
            self.push(n);
            self.push(n);
        }
        for n in [uses, refunds] {
            self.chain.bring_up_to_date(&self.nodes[n].replica, &mut self.rng);
        }
        let unused = |(coupon, _): &&(CouponId, SaleId)| {
            let known = |n| self.knows(n, |book| Ok(book.coupon(*coupon)?.is_some_and(|row| row.left > 0)));
            known(uses) && known(refunds)
        };
        let unused: Vec<(CouponId, SaleId)> = self.given.iter().filter(unused).copied().collect();
        if let Some((coupon, sale)) = one_of(&mut self.rng, &unused) {
            self.sell_for(uses, self.by(uses), Some(coupon));
            self.refund_of(refunds, self.by(refunds), sale, true);
        }
    }

    fn refund_of(&mut self, n: usize, by: By, sale: SaleId, all: bool) {
        let refund = RefundId(self.rng.id(self.now));
        let left = |book: &Reading<'_>| {
            let Some(row) = book.sale(sale)? else { return Ok(Vec::new()) };
            let (lines, back) = (book.sale_lines(&row)?.unwrap(), book.returned(sale)?.by_line);
            let left = lines.iter().map(|line| (line.no, line.quantity_milli - back.get(&line.no).copied().unwrap_or(0)));
            Ok(left.filter(|(_, left)| *left > 0).collect::<Vec<(u32, i64)>>())
        };
        let mut lines = self.nodes[n].replica.read(left).unwrap();
        if !all {
            lines.retain(|_| self.rng.below(2) > 0);
            for (_, left) in &mut lines {
                *left = 1 + i64::try_from(self.rng.below(usize::try_from(*left).unwrap())).unwrap();
            }
        }
        if lines.is_empty() {
            return;
        }
        let written = bring_back(&self.nodes[n].replica, by, refund, sale, &lines).unwrap();
        self.oracle.refunded(self.writer(n, written.seq), &written.head, &written.detail);
        self.done.refunds += 1;
        self.done.coupons_back += written.head.coupons.len() as u64;
        self.done.gifts_back += written.head.gifts.len() as u64;
    }

    /// Any node issues coupons for whoever brings them.
    pub(super) fn issue(&mut self, n: usize, by: By) {
        let issued: Vec<IssuedCoupon> = (0..=self.rng.below(3))
            .map(|_| IssuedCoupon { coupon: CouponId(self.rng.id(self.now)), code: new_code(self.rng.bytes()), member: None })
            .collect();
        let ids: Vec<CouponId> = issued.iter().map(|coupon| coupon.coupon).collect();
        let template = RuleUsed { rule: COUPON, version: 1 };
        let body = CouponsIssued { batch: None, template, from: 0, until: i64::MAX, coupons: issued };
        let written = self.nodes[n].replica.write(|book| book.append(by, &Draft::new(body))).unwrap();
        self.oracle.issued(self.writer(n, written.seq), &ids);
        self.coupons.extend(ids);
    }

    /// Money onto a card, sometimes a new one.
    pub(super) fn top_up(&mut self, n: usize, by: By) {
        let known = self.a_card(n).filter(|_| self.rng.below(3) > 0);
        let (id, new) = (TopUpId(self.rng.id(self.now)), CardId(self.rng.id(self.now)));
        let [principal_fen, first_bonus_fen] = [20_000, 5_000].map(|most| Fen::constant(1 + i32::try_from(self.rng.below(most)).unwrap()));
        let credit = Credit { principal_fen, first_bonus_fen, parts: Vec::new() };
        let replica = &self.nodes[n].replica;
        let card = known.unwrap_or(new);
        if known.is_none() {
            replica.write(|book| book.append(by, &Draft::new(opened(card)))).unwrap();
            self.cards.push(card);
        }
        let written = top_up(replica, by, id, card, &credit).unwrap();
        self.oracle.topped_up(self.writer(n, written.seq), &written.head, &written.detail);
        self.done.top_ups += 1;
    }

    /// Another card in the place of one, with all that this till knows to lie on it.
    pub(super) fn replace(&mut self, n: usize, by: By) {
        let to = CardId(self.rng.id(self.now));
        let may = n == REPLACES || self.clocks == Clocks::Any;
        let Some(card) = self.a_card(n).filter(|_| may) else { return };
        let replica = &self.nodes[n].replica;
        let (line, said) = replica.read(|book| Ok((book.card_line(card)?, book.card_holdings(card)?))).unwrap();
        let held = self.oracle.held(replica, &self.chain);
        let holdings: Vec<Holding> = line.into_iter().map(|card| held.on(card)).collect();
        assert_eq!(said, holdings, "seed {}", self.seed);
        let written = replica.write(|book| {
            book.append(by, &Draft::new(opened(to)))?;
            book.append(by, &Draft::new(reissued(card, to, &said, None)?))
        });
        self.oracle.reissued(self.writer(n, written.unwrap().seq), to, &holdings);
        self.cards.push(to);
        self.done.reissued += 1;
    }

    /// Head office gives a member points, or takes some.
    pub(super) fn adjust(&mut self, n: usize, by: By) {
        let points = i64::try_from(self.rng.below(4_000)).unwrap() - 1_000;
        let Some(member) = self.anyone() else { return };
        let (given, mut ledger) = (Points::new(points.abs()).unwrap(), Ledger::new());
        let (chain, theirs) = (Account::PointsIssued, Account::MemberPoints(member));
        let (from, to) = if points < 0 { (theirs, chain) } else { (chain, theirs) };
        ledger.points(from, to, given).unwrap();
        let body = PointsAdjusted { member, act: None, postings: ledger.done() };
        let written = self.nodes[n].replica.write(|book| book.append(by, &Draft::new(body))).unwrap();
        self.oracle.adjusted(self.writer(n, written.seq), member, points);
        self.done.adjusted += 1;
    }
}

fn opened(card: CardId) -> CardOpened {
    let kind = RuleUsed { rule: RuleId::from_bytes([1; 16]), version: 1 };
    CardOpened { card, card_no: card.to_string(), kind, member: None }
}
