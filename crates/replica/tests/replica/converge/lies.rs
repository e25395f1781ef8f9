//! What two tills write that someone else has taken over: kept by everyone, and nothing that anybody reads hangs on it (F6).

use hefu_core::{
    access::Role,
    ids::{BatchId, CardId, CouponId, DeviceId, LogId, MemberId, RuleId, StaffId, StoreId, TopUpId},
    money::{Fen, Points},
    op::{
        BatchClosed, Body, CardBonusDue, CardReissued, CardToppedUp, ChainStarted, CouponsIssued, DeviceRevoked, DeviceSet, Draft,
        IssuedCoupon, MemberRegistered, PointsAdjusted, PointsExpired, RuleUsed, StaffSet, Stamp, StoreSet, TierReviewed, Writers,
    },
    posting::{Account, Ledger, Posting},
    rules::{Rule, shipped},
    time::business_day,
    wire::Entry,
};
use hefu_replica::By;

use super::{LIARS_FROM, World};
use crate::common::{Chain, STORE_A, STORE_B, book_of, goods, identity};

impl World {
    /// One of the taken-over tills writes what is not its to say, under its own store's name or another's.
    pub(super) fn lie(&mut self, n: usize, by: By) {
        let member = self.anyone().unwrap_or(MemberId::from_bytes([1; 16]));
        let replica = &self.nodes[n].replica;
        let honest = replica.identity().store;
        let mut lies = lies(member);
        let others = lies.len();
        lies.extend(false_moves(replica.device(), honest));
        let told = self.rng.below(lies.len());
        let body = lies[told].clone();
        // A store's word may name any store where it counts for nothing; where it would count, it names another.
        let anywhere = [honest, None, Some(STORE_A), Some(STORE_B)];
        let elsewhere = [None, Some(if honest == Some(STORE_A) { STORE_B } else { STORE_A })];
        let store = if told >= others {
            honest
        } else if body.writers() == Some(Writers::Any) {
            elsewhere[self.rng.below(2)]
        } else {
            anywhere[self.rng.below(4)]
        };
        let stamp = Stamp {
            log: replica.log(),
            seq: 0,
            device: replica.device(),
            store,
            who: by.who,
            at: by.at,
            ahead: by.ahead,
            day: business_day(by.at),
        };
        replica.write(|book| book.append_stamped(&stamp, &Draft::new(body))).unwrap();
    }

    /// What the taken-over tills wrote is kept by everyone, and the chain is as if they had been silent. Says how much it was.
    pub(super) fn check_lies(&self) -> usize {
        let liars: Vec<LogId> = self.nodes[LIARS_FROM..].iter().map(|node| node.replica.log()).collect();
        let told = self.chain.entries.iter().filter(|entry| !liars.contains(&entry.log)).cloned();
        let entries: Vec<Entry> = (1..).zip(told).map(|(gseq, entry)| Entry { gseq, ..entry }).collect();
        let silent = Chain { entries, beside: self.chain.beside.clone(), ..Chain::default() };
        let (_folder, other) = book_of(identity(9, None));
        other.apply(&silent.frame(&other, usize::MAX)).unwrap();
        let (truth, silent) = (self.nodes[0].replica.digest().unwrap(), other.digest().unwrap());
        let lies = usize::try_from(truth.operations - silent.operations).unwrap();
        let differing = truth.differing(&silent);
        assert!(differing.is_empty() && lies == 0 || differing == ["refused"], "seed {}: {lies} lies changed {differing:?}", self.seed);
        let refused = self.nodes[0].replica.read(|book| book.refused(None, 1_000)).unwrap();
        assert_eq!(refused.iter().filter(|row| liars.contains(&row.log)).count(), lies, "seed {}", self.seed);
        lies
    }
}

/// One of each kind that a store has no right to, as someone with a till's key would write it, and two that any till may write.
fn lies(member: MemberId) -> Vec<Body> {
    let used = RuleUsed { rule: RuleId::from_bytes([1; 16]), version: 1 };
    let card = CardId::from_bytes([0xca; 16]);
    let mut minted = Ledger::new();
    minted.points(Account::PointsIssued, Account::MemberPoints(member), Points::constant(90_000)).unwrap();
    let mut bonus = Ledger::new();
    bonus.fen(Account::CardsIssued, Account::CardBonus(card), Fen::constant(90_000)).unwrap();
    let (points, bonus_fen) = (minted.done(), Fen::constant(90_000));
    let admin = StaffId::from_bytes([0x99; 16]);
    let till = DeviceId::from_bytes([2; 16]);
    let of_mine = IssuedCoupon { coupon: CouponId::from_bytes([0xc0; 16]), code: String::from("ABCDEFGHJKMNPQRS"), member: Some(member) };
    vec![
        ChainStarted { chain: identity(1, None).chain, name: "别人的".to_owned(), demo: true }.into(),
        StoreSet { store: STORE_A, code: "ZZ".to_owned(), name: "不算数".to_owned(), city: String::new() }.into(),
        DeviceSet { device: till, store: None, till_no: 9 }.into(),
        DeviceRevoked { device: till }.into(),
        StaffSet { staff: admin, store: Some(STORE_A), role: Role::Cashier, active: false }.into(),
        goods(2, "一分钱", 1, &["6900000000001"]).into(),
        Rule { rule: used.rule, version: 2, valid_from: 0, body: shipped().remove(0) }.into(),
        PointsExpired { rule: used, until: "2026-05-01".to_owned(), postings: points.clone() }.into(),
        PointsAdjusted { member, act: None, postings: points }.into(),
        TierReviewed { member, month: "2026-05".to_owned(), level: Some("VIP".to_owned()), rule: used }.into(),
        CardBonusDue { card, top_up: TopUpId::from_bytes([0xca; 16]), part: 2, bonus_fen, postings: bonus.done() }.into(),
        BatchClosed { batch: BatchId::from_bytes([0xba; 16]), keep: false, name: "不算数".to_owned() }.into(),
        // These count from any till, and not in another store's name.
        MemberRegistered { member: MemberId::from_bytes([0xee; 16]), owner: None }.into(),
        CouponsIssued { batch: None, template: used, from: 0, until: i64::MAX, coupons: vec![of_mine] }.into(),
    ]
}

/// In the till's own name, and of accounts that its kind does not move so: money onto a card for which nobody paid, or too little, or
/// at another store's counter; one card made of nothing.
fn false_moves(device: DeviceId, store: Option<StoreId>) -> Vec<Body> {
    let Some(store) = store else { return Vec::new() };
    let (card, far) = (CardId::from_bytes([0xca; 16]), if store == STORE_A { STORE_B } else { STORE_A });
    let (amount, drawer) = (Fen::constant(90_000), Account::Cash(device));
    let onto = |ledger: &mut Ledger| ledger.fen(Account::CardsIssued, Account::CardPrincipal(card), amount).unwrap();
    let paid = |from: StoreId, fen: i32| {
        let mut ledger = Ledger::new();
        ledger.fen(Account::Prepaid(from), drawer, Fen::constant(fen)).unwrap();
        onto(&mut ledger);
        ledger.done()
    };
    let mut nothing = Ledger::new();
    onto(&mut nothing);
    let nothing = nothing.done();
    let top_up = |postings: Vec<Posting>| CardToppedUp {
        top_up: TopUpId::from_bytes([0xee; 16]),
        card,
        receipt_no: String::from("HB-01-000999"),
        number: 999,
        till_no: 1,
        plan: String::new(),
        principal_fen: amount,
        bonus_fen: Fen::ZERO,
        parts: Vec::new(),
        buyer: None,
        postings,
    };
    vec![
        top_up(nothing.clone()).into(),
        top_up(paid(store, 89_999)).into(),
        top_up(paid(far, 90_000)).into(),
        CardReissued { card: CardId::from_bytes([0xcb; 16]), to: card, approved_by: None, postings: nothing }.into(),
    ]
}
