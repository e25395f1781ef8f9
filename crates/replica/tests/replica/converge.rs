//! Convergence (I6, I13): whatever order operations were made, sent and read in, every replica folds the same book.

use std::collections::HashMap;

use hefu_core::{
    ids::{DeviceId, MemberId, SaleId, StaffId},
    member::PersonChange,
    op::{DeviceRevoked, DeviceSet, Draft, StaffPerson, StoreSet},
    phone::Phone,
    seal::PersonKey,
    wire::Frame,
};
use hefu_replica::{By, Replica, Unsent};
use tempfile::TempDir;

use crate::common::{Chain, NOW, Rng, STORE_A, STORE_B, book_of, change, found, goods, identity, quick_place, register, sell, staff};

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

fn clock(rng: &mut Rng) -> (i64, i64) {
    let skew = [0, -400 * DAY_MS, 400 * DAY_MS, 90_000][rng.below(4)];
    (skew, [0, skew][rng.below(2)])
}

struct World {
    rng: Rng,
    now: i64,
    chain: Chain,
    nodes: Vec<Node>,
    members: Vec<MemberId>,
    /// What every sale came to, as the till said.
    spent: HashMap<MemberId, i64>,
    sales: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = Rng(seed);
        let stores = [None, Some(STORE_A), Some(STORE_A), Some(STORE_B)];
        let nodes: Vec<Node> = (1..)
            .zip(stores)
            .map(|(n, store)| {
                let folder = tempfile::tempdir().unwrap();
                let replica = Replica::create(&quick_place(folder.path()), identity(n, store)).unwrap();
                let (skew, ahead) = clock(&mut rng);
                Node { folder, replica, skew, ahead, in_flight: None }
            })
            .collect();
        found(&nodes[0].replica);
        let mut chain = Chain { now: NOW, ..Chain::default() };
        chain.take_all(&nodes[0].replica);
        Self { rng, now: NOW, chain, nodes, members: Vec::new(), spent: HashMap::new(), sales: 0 }
    }

    fn step(&mut self) {
        self.now += i64::try_from(self.rng.below(5_000_000)).unwrap();
        self.chain.now = self.chain.now.max(self.now);
        let n = self.rng.below(self.nodes.len());
        let by = By { who: Some(StaffId::from_bytes([7; 16])), at: self.now + self.nodes[n].skew, ahead: self.nodes[n].ahead };
        match self.rng.below(16) {
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
        self.members.push(register(&self.nodes[n].replica, &mut self.rng, by, &change));
    }

    fn words(&mut self) -> PersonChange {
        PersonChange {
            phone: Phone::parse(PHONES[self.rng.below(4)]).ok().filter(|_| self.rng.below(3) > 0),
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
        if replica.identity().store.is_none() || replica.read(|book| book.product_count()).unwrap() < 5 {
            return;
        }
        let member = self.anyone().filter(|_| self.rng.below(3) > 0);
        let lines: Vec<(u8, i64)> = (1..=5).filter(|_| self.rng.below(2) > 0).map(|n| (n, 1 + i64::from(n))).collect();
        let (sale, replica) = (SaleId(self.rng.id(by.at)), &self.nodes[n].replica);
        if !lines.is_empty() {
            sell(replica, by, sale, member, &lines).unwrap();
            self.sales += 1;
            if let Some(member) = member {
                let total = replica.read(|book| Ok(book.sale(sale)?.unwrap().total_fen.get())).unwrap();
                *self.spent.entry(member).or_default() += total;
            }
        }
    }

    /// Registers that several nodes write: the latest stands, and all agree which that is.
    fn set_something(&mut self, n: usize, by: By) {
        let (what, price) = (self.rng.below(5), 100 * i32::try_from(1 + self.rng.below(900)).unwrap());
        let (key, nonce) = (PersonKey::new([9; 32]), self.rng.bytes());
        let device = DeviceId::from_bytes([u8::try_from(0xd0 + self.rng.below(2)).unwrap(); 16]);
        let codes = [&["6900000000001", "69000012"][..], &["6900000000001"]][self.rng.below(2)];
        self.nodes[n]
            .replica
            .write(|book| {
                let draft = match what {
                    0 => Draft::new(goods(1, &format!("大碗{price}"), price, codes)),
                    1 => Draft::new(StoreSet { store: STORE_B, code: "BB".to_owned(), name: format!("{price}店"), city: String::new() }),
                    2 => Draft::new(DeviceSet { device, store: Some(STORE_A), till_no: u32::try_from(price).unwrap() }),
                    3 => Draft::new(DeviceRevoked { device, reason: format!("{price}") }),
                    _ => {
                        let told = StaffPerson { name: format!("张{price}"), login: None };
                        return staff(book, StaffId::from_bytes([0x99; 16]), &key, nonce, &told);
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
        let node = &mut self.nodes[n];
        if node.in_flight.is_none()
            && let Some(unsent) = node.replica.next_push(4_000).unwrap()
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
        let (skew, ahead) = clock(&mut self.rng);
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

#[test]
fn replicas_meet_whatever_the_order() {
    let mut sales = 0;
    for seed in 0..14 {
        let mut world = World::new(seed);
        for _ in 0..130 {
            world.step();
        }
        world.heal();
        world.check(seed);
        sales += world.sales;
    }
    assert!(sales > 50, "{sales} sales: the schedule does nothing");
}
