//! What every account must hold, from receipts alone: a plain book of its own, kept beside the replicas by whoever hands the acts to
//! them. It reads no posting and folds nothing, and knows of an act what the paper in the customer's hand says of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hefu_core::{
    card::Holding,
    coupon::Recall,
    ids::{CardId, CouponId, DeviceId, LogId, MemberId, SaleId, StoreId},
    money::Fen,
    op::{CardToppedUp, GiftTaken, Refund, RefundDetail, Sale, SaleDetail, Tender, TenderDetail},
    posting::Account,
};
use hefu_replica::{Reading, Replica};

use crate::common::{Chain, unit_of};

/// Who wrote an act: a till, and its place in the till's log.
#[derive(Clone, Copy)]
pub struct Writer {
    pub log: LogId,
    pub seq: u64,
    pub device: DeviceId,
    /// `None` at head office.
    pub store: Option<StoreId>,
}

/// What one act moves, and what a member has spent by it.
#[derive(Default)]
struct Act {
    moves: Vec<(Account, i64)>,
    spent: Option<(MemberId, i64)>,
    /// Coupons that went back with their purchase.
    took: Vec<CouponId>,
    /// Coupons that a sale gets back: once, however many tills refund it.
    returned: Vec<(SaleId, CouponId)>,
}

#[derive(Default)]
pub struct Oracle {
    acts: HashMap<(LogId, u64), Act>,
}

/// Balances as a replica has to have them, and what members have spent.
#[derive(Default)]
pub struct Held {
    balances: BTreeMap<Account, i64>,
    spent: HashMap<MemberId, i64>,
}

impl Act {
    /// From one account to another, as an accountant writes it.
    fn post(&mut self, from: Account, to: Account, amount: i64) {
        assert_eq!(unit_of(&from), unit_of(&to));
        self.moves.extend([(from, -amount), (to, amount)]);
    }
}

impl Oracle {
    pub fn sold(&mut self, by: Writer, sale: &Sale, detail: &SaleDetail) {
        let total = sale.total_fen.get();
        let paid: i64 = detail.tenders.iter().map(|tender| tender.amount().unwrap().get()).sum();
        let goods: i64 = detail.lines.iter().map(|line| line.amount_fen.get()).sum();
        assert_eq!((goods, paid, sale.goods_fen.get() - sale.off_fen.get()), (total, total, total), "a receipt that does not add up");
        let mut act = Act { spent: sale.member.map(|member| (member, total)), ..Act::default() };
        let store = by.store.unwrap();
        let turnover = Account::Turnover(store);
        for tender in &detail.tenders {
            match tender {
                Tender::Cash { given_fen, change_fen } => {
                    act.post(turnover, Account::Cash(by.device), given_fen.get() - change_fen.get());
                }
                Tender::Card { card, principal_fen, bonus_fen, .. } => {
                    act.post(turnover, Account::Prepaid(store), principal_fen.get());
                    act.post(turnover, Account::BonusGiven(store), bonus_fen.get());
                    act.post(Account::CardPrincipal(*card), Account::CardsIssued, principal_fen.get());
                    act.post(Account::CardBonus(*card), Account::CardsIssued, bonus_fen.get());
                }
                Tender::Points { points, amount_fen } => {
                    act.post(turnover, Account::PointsGiven(store), amount_fen.get());
                    act.post(Account::MemberPoints(sale.member.unwrap()), Account::PointsIssued, points.get());
                }
                Tender::Named { .. } | Tender::Credit { .. } => panic!("nobody pays so here"),
            }
        }
        if let Some(member) = sale.member {
            act.post(Account::PointsIssued, Account::MemberPoints(member), sale.points.get());
        }
        for coupon in &sale.coupons {
            act.post(Account::Coupon(*coupon), Account::CouponsIssued, 1);
        }
        act.post(Account::RefundRights, Account::Refundable(sale.sale), total);
        for line in &detail.lines {
            act.post(Account::Stock(store, line.product), Account::StockOut(store), line.quantity_milli);
        }
        self.note(by, act);
    }

    pub fn refunded(&mut self, by: Writer, refund: &Refund, detail: &RefundDetail) {
        let total = refund.total_fen.get();
        let goods: i64 = detail.lines.iter().map(|line| line.amount_fen.get()).sum();
        let mut act = Act { spent: refund.member.map(|member| (member, -total)), ..Act::default() };
        let store = by.store.unwrap();
        let turnover = Account::Turnover(store);
        let mut paid = 0;
        for tender in &detail.tenders {
            paid += match tender {
                Tender::Cash { change_fen, .. } => {
                    act.post(Account::Cash(by.device), turnover, change_fen.get());
                    change_fen.get()
                }
                Tender::Card { card, principal_fen, bonus_fen, .. } => {
                    act.post(Account::Prepaid(store), turnover, principal_fen.get());
                    act.post(Account::BonusGiven(store), turnover, bonus_fen.get());
                    act.post(Account::CardsIssued, Account::CardPrincipal(*card), principal_fen.get());
                    act.post(Account::CardsIssued, Account::CardBonus(*card), bonus_fen.get());
                    principal_fen.get() + bonus_fen.get()
                }
                Tender::Points { points, amount_fen } => {
                    act.post(Account::PointsGiven(store), turnover, amount_fen.get());
                    assert_eq!(*points, refund.points_restored);
                    amount_fen.get()
                }
                Tender::Named { .. } | Tender::Credit { .. } => panic!("nobody pays so here"),
            };
        }
        assert_eq!((goods, paid), (total, total), "a receipt that does not add up");
        if let Some(member) = refund.member {
            act.post(Account::PointsIssued, Account::MemberPoints(member), refund.points_restored.get());
            act.post(Account::MemberPoints(member), Account::PointsIssued, refund.points_taken.get());
        }
        act.returned.extend(refund.coupons.iter().map(|coupon| (refund.sale.unwrap(), *coupon)));
        for coupon in refund.gifts.iter().map(GiftTaken::coupon) {
            act.post(Account::Coupon(coupon), Account::CouponsIssued, 1);
            act.took.push(coupon);
        }
        act.post(Account::Refundable(refund.sale.unwrap()), Account::RefundRights, total);
        for line in &detail.lines {
            act.post(Account::StockOut(store), Account::Stock(store, line.product), line.quantity_milli);
        }
        self.note(by, act);
    }

    /// What became of a coupon that a purchase gave, in the eyes of who reads the chain's sequence from its beginning.
    pub fn recall(&self, coupon: CouponId, chain: &Chain) -> Recall {
        let account = Account::Coupon(coupon);
        let (mut uses, mut takings, mut first) = (0, 0, None);
        let mut returned = BTreeSet::new();
        for act in chain.entries.iter().filter_map(|entry| self.acts.get(&(entry.log, entry.seq))) {
            let took = act.took.contains(&coupon);
            let issued = act.moves.iter().any(|(account, _)| *account == Account::CouponsIssued) && act.moves.len() == 2;
            let moved: i64 = act.moves.iter().filter(|(moved, _)| *moved == account).map(|(_, amount)| amount).sum();
            let back = act.returned.iter().filter(|(_, of)| *of == coupon).filter(|(sale, _)| returned.insert(*sale)).count();
            let moved = moved + i64::try_from(back).unwrap();
            if moved < 0 {
                first.get_or_insert(took);
            }
            takings += i64::from(took);
            if !(issued && moved > 0) {
                uses -= moved + i64::from(took);
            }
        }
        match (takings, uses, first) {
            (0, ..) => Recall::Never,
            (_, ..=0, _) => Recall::Done,
            (.., Some(true)) => Recall::UsedAfter,
            _ => Recall::TooLate,
        }
    }

    pub fn topped_up(&mut self, by: Writer, top_up: &CardToppedUp, detail: &TenderDetail) {
        let mut act = Act::default();
        for tender in &detail.tenders {
            act.post(Account::Prepaid(by.store.unwrap()), Account::Cash(by.device), tender.amount().unwrap().get());
        }
        act.post(Account::CardsIssued, Account::CardPrincipal(top_up.card), top_up.principal_fen.get());
        act.post(Account::CardsIssued, Account::CardBonus(top_up.card), top_up.bonus_fen.get());
        self.note(by, act);
    }

    /// All that lay on these cards, owed or held, lies on another.
    pub fn reissued(&mut self, by: Writer, to: CardId, held: &[Holding]) {
        let mut act = Act::default();
        for from in held {
            act.post(Account::CardPrincipal(from.card), Account::CardPrincipal(to), from.principal.get());
            act.post(Account::CardBonus(from.card), Account::CardBonus(to), from.bonus.get());
        }
        self.note(by, act);
    }

    pub fn issued(&mut self, by: Writer, coupons: &[CouponId]) {
        let mut act = Act::default();
        coupons.iter().for_each(|coupon| act.post(Account::CouponsIssued, Account::Coupon(*coupon), 1));
        self.note(by, act);
    }

    pub fn adjusted(&mut self, by: Writer, member: MemberId, points: i64) {
        let mut act = Act::default();
        act.post(Account::PointsIssued, Account::MemberPoints(member), points);
        self.note(by, act);
    }

    fn note(&mut self, by: Writer, act: Act) {
        assert!(self.acts.insert((by.log, by.seq), act).is_none(), "two acts in one place of a log");
    }

    /// What a replica has to hold now: what it wrote itself, and what it has read of the chain's sequence (I13).
    pub fn held(&self, replica: &Replica, chain: &Chain) -> Held {
        let own = replica.log();
        let read = usize::try_from(replica.cursor().unwrap().after).unwrap();
        let others = chain.entries[..read].iter().map(|entry| (entry.log, entry.seq)).filter(|(log, _)| *log != own);
        let of_others = others.filter_map(|place| self.acts.get(&place));
        let mut held = Held::default();
        let mut returned = BTreeSet::new();
        for act in self.acts.iter().filter(|((log, _), _)| *log == own).map(|(_, act)| act).chain(of_others) {
            for (account, amount) in &act.moves {
                *held.balances.entry(*account).or_default() += amount;
            }
            for (sale, coupon) in &act.returned {
                if returned.insert((*sale, *coupon)) {
                    *held.balances.entry(Account::CouponsIssued).or_default() -= 1;
                    *held.balances.entry(Account::Coupon(*coupon)).or_default() += 1;
                }
            }
            if let Some((member, amount)) = act.spent {
                *held.spent.entry(member).or_default() += amount;
            }
        }
        held
    }

    /// Every account that anything was ever put into or taken from.
    fn accounts(&self) -> BTreeSet<Account> {
        self.acts.values().flat_map(|act| act.moves.iter().map(|(account, _)| *account)).collect()
    }

    /// Whether a replica holds what it has to, account by account and member by member.
    pub fn check(&self, replica: &Replica, chain: &Chain, members: &[MemberId], what: &str) {
        let held = self.held(replica, chain);
        let check = |book: &Reading<'_>| {
            for account in self.accounts() {
                let found = book.balance(&account, unit_of(&account))?;
                assert_eq!(found, held.balance(&account), "{what}, till {}: {account}", replica.identity().till_no);
            }
            for member in members {
                let Some(person) = book.person(*member)? else { continue };
                let standing = book.standing(&person)?;
                let sum = |of: &dyn Fn(MemberId) -> i64| person.ids().map(of).sum::<i64>();
                let spent = sum(&|id| held.spent.get(&id).copied().unwrap_or_default());
                let points = sum(&|id| held.balance(&Account::MemberPoints(id)));
                assert_eq!((standing.spend.get(), standing.points.get()), (spent, points), "{what}: {member}");
            }
            Ok(())
        };
        replica.read(check).unwrap();
    }
}

impl Held {
    pub fn balance(&self, account: &Account) -> i64 {
        self.balances.get(account).copied().unwrap_or_default()
    }

    /// How many accounts hold or owe anything.
    pub fn accounts(&self) -> usize {
        self.balances.values().filter(|amount| **amount != 0).count()
    }

    /// How many accounts of customers were taken more from than was in them.
    pub fn owed(&self) -> usize {
        let of_customers = self.balances.iter().filter(|(account, _)| {
            use Account::{CardBonus, CardPrincipal, Coupon, MemberPoints, Refundable};
            matches!(account, MemberPoints(_) | CardPrincipal(_) | CardBonus(_) | Coupon(_) | Refundable(_))
        });
        of_customers.filter(|(_, amount)| **amount < 0).count()
    }

    pub fn on(&self, card: CardId) -> Holding {
        let fen = |account| Fen::new(self.balance(&account)).unwrap();
        Holding { card, principal: fen(Account::CardPrincipal(card)), bonus: fen(Account::CardBonus(card)) }
    }
}
