//! Convergence (I6, I13): whatever order operations were made, sent and read in, every replica folds the same book.

use std::collections::HashMap;

use hefu_core::{
    access::Role,
    ids::{BatchId, CardId, CouponId, DeviceId, LogId, MemberId, ProductId, RuleId, SaleId, StaffId, StoreId, TopUpId},
    member::PersonChange,
    money::{Fen, Points},
    op::{
        BatchClosed, Body, CardBonusDue, ChainStarted, CouponsIssued, DeviceRevoked, DeviceSet, Draft, IssuedCoupon, MemberRegistered,
        PointsAdjusted, PointsExpired, RuleUsed, StaffPerson, StaffSet, Stamp, StoreSet, TierReviewed, Writers,
    },
    phone::Phone,
    posting::{Account, Ledger},
    rules::{Rule, shipped},
    seal::PersonKey,
    time::business_day,
    wire::{Entry, Frame},
};
use hefu_replica::{By, Digest, Replica, Unsent};
use tempfile::TempDir;

use crate::common::{Chain, NOW, Rng, STORE_A, STORE_B, book_of, change, found, goods, identity, quick_place, register_as, sell, staff};

const DAY_MS: i64 = 86_400_000;
/// Few, so that two tills often register one.
const PHONES: [&str; 4] = ["13812341234", "13900001111", "15012344321", "18888888888"];
const NAMES: [&str; 4] = ["王小明", "欧阳修", "李雷", "吕蒙"];

struct Node {
    folder: TempDir,
    replica: Replica,
    /// What its clock is off by, and what of that it knows.
    skew: i64,
    ahead: i64,
    /// A push whose answer was lost.
    in_flight: Option<Unsent>,
}

/// What the clocks of a run are like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Clocks {
    /// Some of every kind, head office's too, and people whose phones change hands.
    Any,
    True,
    /// Every till's is 400 days off, and head office's is right.
    Off,
}

struct World {
    clocks: Clocks,
    rng: Rng,
    now: i64,
    chain: Chain,
    nodes: Vec<Node>,
    members: Vec<MemberId>,
    /// What every sale came to, as the till said.
    spent: HashMap<MemberId, i64>,
    sales: u64,
}

impl Clocks {
    /// What a node's clock is off by, and what of that it knows.
    fn draw(self, rng: &mut Rng, store: Option<StoreId>) -> (i64, i64) {
        let (drawn, known) = (rng.below(4), rng.below(2));
        let skew = match self {
            Clocks::Any => [0, -400 * DAY_MS, 400 * DAY_MS, 90_000][drawn],
            Clocks::Off if store.is_some() => [-400 * DAY_MS, 400 * DAY_MS][drawn % 2],
            Clocks::True | Clocks::Off => 0,
        };
        (skew, [0, skew][known])
    }
}

/// Two HQ nodes, three tills, and behind them two tills that someone else has taken over.
const STORES: [Option<StoreId>; 7] = [None, Some(STORE_A), Some(STORE_A), Some(STORE_B), None, Some(STORE_A), Some(STORE_B)];
const LIARS_FROM: usize = 5;

impl World {
    fn new(seed: u64, clocks: Clocks) -> Self {
        let mut rng = Rng(seed);
        let nodes: Vec<Node> = (1..)
            .zip(STORES)
            .map(|(n, store)| {
                let folder = tempfile::tempdir().unwrap();
                let replica = Replica::create(&quick_place(folder.path()), identity(n, store)).unwrap();
                let (skew, ahead) = clocks.draw(&mut rng, store);
                Node { folder, replica, skew, ahead, in_flight: None }
            })
            .collect();
        found(&nodes[0].replica);
        let mut chain = Chain { now: NOW, ..Chain::default() };
        chain.places = nodes.iter().map(|node| (node.replica.log(), node.replica.identity().store)).collect();
        chain.take_all(&nodes[0].replica);
        Self { clocks, rng, now: NOW, chain, nodes, members: Vec::new(), spent: HashMap::new(), sales: 0 }
    }

    fn step(&mut self) {
        self.now += i64::try_from(self.rng.below(5_000_000)).unwrap();
        self.chain.now = self.chain.now.max(self.now);
        let n = self.rng.below(self.nodes.len());
        let by = By { who: Some(StaffId::from_bytes([7; 16])), at: self.now + self.nodes[n].skew, ahead: self.nodes[n].ahead };
        match self.rng.below(16) {
            0..=7 if n >= LIARS_FROM => self.lie(n, by),
            0 | 1 => self.register(n, by),
            2 | 3 => self.change(n, by),
            4..=6 => self.sell(n, by),
            7 => self.set_something(n, by),
            8 | 9 => self.push(n),
            10 => self.send_unheard(n),
            11 => self.crash(n),
            12 => self.set_clock(n),
            _ => self.pull(n),
        }
    }

    fn register(&mut self, n: usize, by: By) {
        let change = self.words();
        let member = MemberId(self.rng.id(self.now));
        register_as(&self.nodes[n].replica, &mut self.rng, by, (member, None), &change);
        self.members.push(member);
    }

    fn words(&mut self) -> PersonChange {
        PersonChange {
            // Who has a phone now is for clocks to decide, and with it who is one person, of which level, at which price.
            phone: Phone::parse(PHONES[self.rng.below(4)]).ok().filter(|_| self.rng.below(3) > 0 && self.clocks == Clocks::Any),
            name: Some(NAMES[self.rng.below(4)].to_owned()).filter(|_| self.rng.below(3) > 0),
            birthday: Some("05-06".to_owned()).filter(|_| self.rng.below(2) > 0),
            ..PersonChange::default()
        }
    }

    fn anyone(&mut self) -> Option<MemberId> {
        if self.members.is_empty() { None } else { Some(self.members[self.rng.below(self.members.len())]) }
    }

    fn change(&mut self, n: usize, by: By) {
        if let Some(member) = self.anyone() {
            let words = self.words();
            change(&self.nodes[n].replica, &mut self.rng, by, member, &words);
        }
    }

    fn sell(&mut self, n: usize, by: By) {
        let replica = &self.nodes[n].replica;
        let known = |n: u8| replica.read(|book| book.product(ProductId::from_bytes([n; 16]))).unwrap().is_some();
        if replica.identity().store.is_none() || !(1..=5).all(known) {
            return;
        }
        let member = self.anyone().filter(|_| self.rng.below(3) > 0);
        let lines: Vec<(u8, i64)> = (1..=5).filter(|_| self.rng.below(2) > 0).map(|n| (n, 1 + i64::from(n))).collect();
        let (sale, replica) = (SaleId(self.rng.id(self.now)), &self.nodes[n].replica);
        if !lines.is_empty() {
            sell(replica, by, sale, member, &lines).unwrap();
            self.sales += 1;
            if let Some(member) = member {
                let total = replica.read(|book| Ok(book.sale(sale)?.unwrap().total_fen.get())).unwrap();
                *self.spent.entry(member).or_default() += total;
            }
        }
    }

    /// Registers that several nodes write: the latest stands, and all agree which that is. A till names goods that head office
    /// may not know yet.
    fn set_something(&mut self, n: usize, by: By) {
        let (what, price) = (self.rng.below(6), 100 * i32::try_from(1 + self.rng.below(900)).unwrap());
        let (key, nonce) = (PersonKey::new([9; 32]), self.rng.bytes());
        let device = DeviceId::from_bytes([u8::try_from(0xd0 + self.rng.below(2)).unwrap(); 16]);
        let codes = [&["6900000000001", "69000012"][..], &["6900000000001"]][self.rng.below(2)];
        let local = u8::try_from(7 + self.rng.below(3)).unwrap();
        let is_hq = self.nodes[n].replica.identity().store.is_none();
        self.nodes[n]
            .replica
            .write(|book| {
                let draft = match what {
                    _ if !is_hq => Draft::new(goods(local, &format!("土产{price}"), price, codes)),
                    0 => Draft::new(goods(1, &format!("大碗{price}"), price, codes)),
                    1 => Draft::new(StoreSet { store: STORE_B, code: "BB".to_owned(), name: format!("{price}店") }),
                    2 => Draft::new(DeviceSet { device, store: Some(STORE_A), till_no: u32::try_from(price).unwrap() }),
                    3 => Draft::new(DeviceRevoked { device, reason: format!("{price}") }),
                    4 => Draft::new(goods(local, &format!("特产{price}"), price, codes)),
                    _ => {
                        let told =
                            StaffPerson { name: format!("张{price}"), login: Some(["admin", "boss"][price as usize % 2].to_owned()) };
                        return staff(book, StaffId::from_bytes([0x99 + device.as_bytes()[0] % 2; 16]), &key, nonce, &told);
                    }
                };
                book.append(by, &draft).map(drop)
            })
            .unwrap();
    }

    /// One of the taken-over tills writes what is not its to say, under its own store's name or another's.
    fn lie(&mut self, n: usize, by: By) {
        let member = self.anyone().unwrap_or(MemberId::from_bytes([1; 16]));
        let lies = lies(member);
        let body = lies[self.rng.below(lies.len())].clone();
        let replica = &self.nodes[n].replica;
        let honest = replica.identity().store;
        // A store's word may name any store where it counts for nothing; where it would count, it names another.
        let anywhere = [honest, None, Some(STORE_A), Some(STORE_B)];
        let elsewhere = [None, Some(if honest == Some(STORE_A) { STORE_B } else { STORE_A })];
        let store = if body.writers() == Some(Writers::Any) { elsewhere[self.rng.below(2)] } else { anywhere[self.rng.below(4)] };
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

    /// A push, or again the one whose answer never came.
    fn push(&mut self, n: usize) {
        let node = &mut self.nodes[n];
        if let Some(lost) = node.in_flight.take() {
            let held = lost.segment.from_seq - 1 + lost.segment.ops.len() as u64;
            node.replica.pushed(held, lost.beside_upto).unwrap();
            return;
        }
        self.chain.take_all(&node.replica);
    }

    /// The log takes it, and the till does not hear so: its operations come back before the answer does.
    fn send_unheard(&mut self, n: usize) {
        // How many bytes an operation has hangs on the clock: one at a time goes the same under each.
        let bytes_most = if self.clocks == Clocks::Any { 4_000 } else { 1 };
        let node = &mut self.nodes[n];
        if node.in_flight.is_none()
            && let Some(unsent) = node.replica.next_push(bytes_most).unwrap()
        {
            self.chain.take(&unsent.segment);
            self.chain.beside.extend(unsent.beside.iter().cloned());
            node.in_flight = Some(unsent);
        }
    }

    fn pull(&mut self, n: usize) {
        let most = 1 + self.rng.below(7);
        let node = &self.nodes[n];
        let frame = self.chain.frame(&node.replica, most);
        node.replica.apply(&Frame::read(&frame.write().unwrap()).unwrap()).unwrap();
    }

    fn set_clock(&mut self, n: usize) {
        let (skew, ahead) = self.clocks.draw(&mut self.rng, self.nodes[n].replica.identity().store);
        let node = &mut self.nodes[n];
        (node.skew, node.ahead) = (skew, ahead);
    }

    fn crash(&mut self, n: usize) {
        let node = self.nodes.remove(n);
        let (identity, place) = (node.replica.identity(), quick_place(node.folder.path()));
        let before = node.replica.digest().unwrap();
        drop(node.replica);
        let replica = Replica::open(&place).unwrap();
        assert_eq!((replica.identity(), replica.digest().unwrap()), (identity, before));
        self.nodes.insert(n, Node { replica, ..node });
    }

    fn heal(&mut self) {
        for n in 0..self.nodes.len() {
            self.push(n);
            self.push(n);
        }
        for n in 0..self.nodes.len() {
            self.chain.bring_up_to_date(&self.nodes[n].replica, &mut self.rng);
        }
    }

    fn check(&mut self, seed: u64) {
        let truth = self.nodes[0].replica.digest().unwrap();
        assert_eq!(truth.unsent, 0, "seed {seed}");
        // Two more who read it all late: one with every key before, one with every key after.
        let (_one, early) = book_of(identity(8, None));
        let (_two, late) = book_of(identity(9, Some(STORE_B)));
        self.chain.bring_up_to_date(&early, &mut self.rng);
        late.apply(&self.chain.frame_alone(&late, usize::MAX)).unwrap();
        late.apply(&self.chain.frame(&late, 0)).unwrap();
        for replica in self.nodes.iter().map(|node| &node.replica).chain([&early, &late]) {
            let digest = replica.digest().unwrap();
            assert_eq!(truth.differing(&digest), Vec::<&str>::new(), "seed {seed}, till {}", replica.identity().till_no);
            assert_eq!((digest.whole(), digest.operations), (truth.whole(), truth.operations), "seed {seed}");
            let verified = replica.verify().unwrap();
            assert!(verified.ok(), "seed {seed}: {verified:?}");
            replica.rebuild().unwrap();
            assert_eq!(replica.digest().unwrap(), digest, "seed {seed}: a rebuild");
            self.check_money(replica, seed);
        }
    }

    /// What the taken-over tills wrote is kept by everyone, and the chain is as if they had been silent. Says how much it was.
    fn check_lies(&self, seed: u64) -> usize {
        let liars: Vec<LogId> = self.nodes[LIARS_FROM..].iter().map(|node| node.replica.log()).collect();
        let told = self.chain.entries.iter().filter(|entry| !liars.contains(&entry.log)).cloned();
        let entries: Vec<Entry> = (1..).zip(told).map(|(gseq, entry)| Entry { gseq, ..entry }).collect();
        let silent = Chain { entries, beside: self.chain.beside.clone(), ..Chain::default() };
        let (_folder, other) = book_of(identity(9, None));
        other.apply(&silent.frame(&other, usize::MAX)).unwrap();
        let (truth, silent) = (self.nodes[0].replica.digest().unwrap(), other.digest().unwrap());
        let lies = usize::try_from(truth.operations - silent.operations).unwrap();
        let differing = truth.differing(&silent);
        assert!(differing.is_empty() && lies == 0 || differing == ["refused"], "seed {seed}: {lies} lies changed {differing:?}");
        let refused = self.nodes[0].replica.read(|book| book.refused(1_000)).unwrap();
        assert_eq!(refused.iter().filter(|row| liars.contains(&row.log)).count(), lies, "seed {seed}");
        lies
    }

    fn check_money(&self, replica: &Replica, seed: u64) {
        replica
            .read(|book| {
                for member in &self.members {
                    let person = book.person(*member)?.unwrap();
                    let spent: i64 = person.ids().map(|id| self.spent.get(&id).copied().unwrap_or_default()).sum();
                    assert_eq!(book.standing(&person)?.spend.get(), spent, "seed {seed}");
                }
                Ok(())
            })
            .unwrap();
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
        StoreSet { store: STORE_A, code: "ZZ".to_owned(), name: "不算数".to_owned() }.into(),
        DeviceSet { device: till, store: None, till_no: 9 }.into(),
        DeviceRevoked { device: till, reason: "不算数".to_owned() }.into(),
        StaffSet { staff: admin, store: Some(STORE_A), role: Role::Cashier, active: false }.into(),
        goods(2, "一分钱", 1, &["6900000000001"]).into(),
        Rule { rule: used.rule, version: 2, valid_from: 0, body: shipped().remove(0) }.into(),
        PointsExpired { rule: used, until: "2026-05-01".to_owned(), postings: points.clone() }.into(),
        PointsAdjusted { member, act: None, reason: "不算数".to_owned(), postings: points }.into(),
        TierReviewed { member, month: "2026-05".to_owned(), level: Some("VIP".to_owned()), rule: used }.into(),
        CardBonusDue { card, top_up: TopUpId::from_bytes([0xca; 16]), part: 2, bonus_fen, postings: bonus.done() }.into(),
        BatchClosed { batch: BatchId::from_bytes([0xba; 16]), keep: false, name: "不算数".to_owned() }.into(),
        // These count from any till, and not in another store's name.
        MemberRegistered { member: MemberId::from_bytes([0xee; 16]), owner: None }.into(),
        CouponsIssued { batch: None, template: used, from: 0, until: i64::MAX, coupons: vec![of_mine] }.into(),
    ]
}

#[test]
fn replicas_meet_whatever_the_order() {
    let (mut sales, mut refused) = (0, 0);
    for seed in 0..14 {
        let mut world = World::new(seed, Clocks::Any);
        for _ in 0..170 {
            world.step();
        }
        world.heal();
        world.check(seed);
        refused += world.check_lies(seed);
        sales += world.sales;
    }
    assert!(sales > 50 && refused > 200, "{sales} sales, {refused} lies: the schedule does nothing");
}

/// I15: what moves value hangs on the sequence, and the clocks of the tills have no part in it.
#[test]
fn the_same_schedule_under_other_clocks_gives_the_same_balances() {
    let (mut sales, mut apart) = (0, 0);
    for seed in 100..106 {
        let [right, wrong] = [Clocks::True, Clocks::Off].map(|clocks| {
            let mut world = World::new(seed, clocks);
            for _ in 0..170 {
                world.step();
            }
            world.heal();
            world.check(seed);
            world
        });
        let [right, wrong] = [&right, &wrong].map(|world| (world.nodes[0].replica.digest().unwrap(), world.sales));
        assert_eq!(right.1, wrong.1, "seed {seed}");
        let sums = |digest: &Digest| -> Vec<(&str, [u8; 32])> {
            digest.tables.iter().filter(|(table, _)| ["balance", "promotion_use", "receipt"].contains(table)).copied().collect()
        };
        assert_eq!((sums(&right.0).len(), sums(&right.0)), (3, sums(&wrong.0)), "seed {seed}");
        apart += usize::from(right.0.differing(&wrong.0).contains(&"sale"));
        sales += right.1;
    }
    assert!(sales > 20 && apart > 2, "{sales} sales, {apart} runs with other clocks: the schedule does nothing");
}
