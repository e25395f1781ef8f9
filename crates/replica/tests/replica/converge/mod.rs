//! Convergence (I6, I13): whatever order operations were made, sent and read in, every replica folds the same book.

mod lies;
mod oracle;
mod trade;

use hefu_core::{
    ids::{CardId, CouponId, DeviceId, MemberId, SaleId, StaffId, StoreId},
    member::PersonChange,
    op::{DeviceRevoked, DeviceSet, Draft, StaffPerson, StoreSet},
    phone::Phone,
    seal::PersonKey,
    wire::Frame,
};
use hefu_replica::{By, Digest, Replica, Unsent};
use tempfile::TempDir;

use crate::{
    common::{Chain, Ids, NOW, Rng, STORE_A, STORE_B, by, change, found, goods, identity, place, quick_place, raw, register_as, staff},
    counter::{coupon_rule, gift_rule},
};
use oracle::Oracle;
use trade::Done;

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
    seed: u64,
    clocks: Clocks,
    rng: Rng,
    now: i64,
    chain: Chain,
    nodes: Vec<Node>,
    members: Vec<MemberId>,
    sold: Vec<SaleId>,
    coupons: Vec<CouponId>,
    /// Those that purchases gave.
    given: Vec<(CouponId, SaleId)>,
    cards: Vec<CardId>,
    oracle: Oracle,
    done: Done,
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
        nodes[0]
            .replica
            .write(|book| {
                book.append(by(5), &Draft::new(coupon_rule()))?;
                book.append(by(5), &Draft::new(gift_rule()))
            })
            .unwrap();
        let mut chain = Chain { now: NOW, ..Chain::default() };
        chain.places = nodes.iter().map(|node| (node.replica.log(), node.replica.identity().store)).collect();
        chain.take_all(&nodes[0].replica);
        let (members, sold, coupons, given, cards) = Default::default();
        let (oracle, done) = Default::default();
        Self { seed, clocks, rng, now: NOW, chain, nodes, members, sold, coupons, given, cards, oracle, done }
    }

    fn step(&mut self) {
        self.now += i64::try_from(self.rng.below(5_000_000)).unwrap();
        self.chain.now = self.chain.now.max(self.now);
        let (n, till) = (self.rng.below(self.nodes.len()), 1 + self.rng.below(3));
        match self.rng.below(30) {
            0..=13 if n >= LIARS_FROM => self.lie(n, self.by(n)),
            0 => self.register(n, self.by(n)),
            1 | 2 => self.change(n, self.by(n)),
            3..=6 => self.sell(till, self.by(till)),
            7 => self.set_something(n, self.by(n)),
            8 => self.issue(n, self.by(n)),
            9 => self.top_up(till, self.by(till)),
            10 => self.replace(till, self.by(till)),
            11 => self.adjust(0, self.by(0)),
            12 | 13 => self.refund(till, self.by(till)),
            14..=16 => self.push(n),
            17 => self.send_unheard(n),
            18 => self.crash(n),
            19 => self.set_clock(n),
            29 => self.cross(),
            _ => self.pull(n),
        }
    }

    /// Somebody at a node, now by its clock.
    fn by(&self, n: usize) -> By {
        By { who: Some(StaffId::from_bytes([7; 16])), at: self.now + self.nodes[n].skew, ahead: self.nodes[n].ahead }
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

    fn change(&mut self, n: usize, by: By) {
        if let Some(member) = self.anyone() {
            let words = self.words();
            change(&self.nodes[n].replica, &mut self.rng, by, member, &words);
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
                    1 => Draft::new(StoreSet { store: STORE_B, code: "BB".to_owned(), name: format!("{price}店"), city: String::new() }),
                    2 => Draft::new(DeviceSet { device, store: Some(STORE_A), till_no: u32::try_from(price).unwrap() }),
                    3 => Draft::new(DeviceRevoked { device }),
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
        self.check_money(n);
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
        self.check_money(n);
    }

    /// At any moment a replica holds what it wrote itself and what it has read (I13).
    fn check_money(&self, n: usize) {
        self.oracle.check(&self.nodes[n].replica, &self.chain, &self.members, &format!("seed {}", self.seed));
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

    fn check(&mut self) {
        let what = format!("seed {}", self.seed);
        let truth = self.nodes[0].replica.digest().unwrap();
        assert_eq!(truth.unsent, 0, "{what}");
        // Two more who read it all late: one with every key before, one with every key after.
        let [early, late] = [(8, None), (9, Some(STORE_B))].map(|(n, store)| {
            let folder = tempfile::tempdir().unwrap();
            let replica = Replica::create(&quick_place(folder.path()), identity(n, store)).unwrap();
            (folder, replica)
        });
        self.chain.bring_up_to_date(&early.1, &mut self.rng);
        late.1.apply(&self.chain.frame_alone(&late.1, usize::MAX)).unwrap();
        late.1.apply(&self.chain.frame(&late.1, 0)).unwrap();
        let nodes = self.nodes.iter().map(|node| (&node.folder, &node.replica));
        for (folder, replica) in nodes.chain([&early, &late].map(|(folder, replica)| (folder, replica))) {
            let digest = replica.digest().unwrap();
            assert_eq!(truth.differing(&digest), Vec::<&str>::new(), "{what}, till {}", replica.identity().till_no);
            assert_eq!((digest.whole(), digest.operations), (truth.whole(), truth.operations), "{what}");
            let verified = replica.verify().unwrap();
            assert!(verified.ok(), "{what}: {verified:?}");
            replica.rebuild().unwrap();
            assert_eq!(replica.digest().unwrap(), digest, "{what}: a rebuild");
            self.oracle.check(replica, &self.chain, &self.members, &what);
            for (coupon, _) in &self.given {
                let found = replica.read(|book| book.coupon(*coupon)).unwrap().unwrap().recall;
                assert_eq!(found, self.oracle.recall(*coupon, &self.chain), "{what}: {coupon}");
            }
            // And no account besides.
            let sql = "SELECT count(*) FROM balance WHERE amount <> 0";
            let accounts: u32 = raw(place(folder.path()).path()).query_row(sql, [], |row| row.get(0)).unwrap();
            assert_eq!(accounts as usize, self.oracle.held(replica, &self.chain).accounts(), "{what}");
        }
    }
}

/// A run of steps in which everything is heard in the end.
fn run(seed: u64, clocks: Clocks) -> World {
    let mut world = World::new(seed, clocks);
    for _ in 0..280 {
        world.step();
    }
    world.heal();
    world.check();
    world
}

#[test]
fn replicas_meet_whatever_the_order() {
    let (mut done, mut owed, mut refused, mut crossed) = (Done::default(), 0, 0, [0; 4]);
    for seed in 0..14 {
        let world = run(seed, Clocks::Any);
        refused += world.check_lies();
        world.given.iter().for_each(|(coupon, _)| crossed[world.oracle.recall(*coupon, &world.chain) as usize] += 1);
        owed += world.oracle.held(&world.nodes[0].replica, &world.chain).owed();
        done.add(world.done);
    }
    let enough = done.sales > 50 && done.least() > 5 && owed > 20 && refused > 200 && crossed.into_iter().min() > Some(1);
    assert!(enough, "{done:?}, {owed} spent twice, {refused} lies, gifts taken back {crossed:?}: the schedule does nothing");
}

/// I15: what moves value hangs on the sequence, and the clocks of the tills have no part in it.
#[test]
fn the_same_schedule_under_other_clocks_gives_the_same_balances() {
    let (mut done, mut apart) = (Done::default(), 0);
    for seed in 100..106 {
        let [right, wrong] = [Clocks::True, Clocks::Off].map(|clocks| run(seed, clocks));
        let [right, wrong] = [&right, &wrong].map(|world| (world.nodes[0].replica.digest().unwrap(), world.done));
        assert_eq!(right.1, wrong.1, "seed {seed}");
        let sums = |digest: &Digest| -> Vec<(&str, [u8; 32])> {
            digest.tables.iter().filter(|(table, _)| ["balance", "promotion_use", "receipt"].contains(table)).copied().collect()
        };
        assert_eq!((sums(&right.0).len(), sums(&right.0)), (3, sums(&wrong.0)), "seed {seed}");
        apart += usize::from(right.0.differing(&wrong.0).contains(&"sale"));
        done.add(right.1);
    }
    assert!(done.sales > 20 && done.least() > 0 && apart > 2, "{done:?}, {apart} runs with other clocks: the schedule does nothing");
}
