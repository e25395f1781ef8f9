//! A small shop to test with, a random number or two, and a chain's log in memory.

use std::{
    collections::HashMap,
    path::Path,
    sync::{LazyLock, OnceLock},
};

use hefu_core::{
    catalogue::Product,
    error::Code,
    ids::{ChainId, DeviceId, LogId, MemberId, ProductId, RuleId, SaleId, StaffId, StoreId},
    member::PersonChange,
    money::Fen,
    op::{ChainStarted, Draft, Hash, Head, MemberChanged, MemberRegistered, Operation, StaffPerson, StaffSet, StoreSet},
    phone::Phone,
    posting::{Account, Unit},
    rules::{Rule, shipped},
    seal::PersonKey,
    wire::{Beside, Entry, Frame, Segment},
};
use hefu_demo_book::LoadPlan;
use hefu_failing_disk::Disk;
use hefu_fixtures::{Demo, Scale};
use hefu_replica::{By, Error, Identity, Place, Replica, Secret, Writing};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::counter::{Paying, ring_up};

pub const NOW: i64 = 1_780_300_000_000;
pub const STORE_A: StoreId = StoreId(uuid::Uuid::from_bytes([0xa0; 16]));
pub const STORE_B: StoreId = StoreId(uuid::Uuid::from_bytes([0xb0; 16]));
const KEY: [u8; 32] = [0x5a; 32];

pub use hefu_failing_disk::Rng;

pub trait Ids {
    /// A version 7 id of about this moment.
    fn id(&mut self, at: i64) -> uuid::Uuid;
}

impl Ids for Rng {
    fn id(&mut self, at: i64) -> uuid::Uuid {
        MemberId::new(at, self.bytes()).0
    }
}

pub fn key() -> Secret {
    Secret::new(KEY)
}

pub fn place(folder: &Path) -> Place {
    Place::new(folder.join("book.db"), key())
}

/// Till `n` of a store, or HQ.
pub fn identity(n: u8, store: Option<StoreId>) -> Identity {
    Identity {
        chain: ChainId::from_bytes([0xcc; 16]),
        device: DeviceId::from_bytes([n; 16]),
        store,
        till_no: u32::from(n),
        log: LogId::from_bytes([0x10 + n; 16]),
    }
}

/// A new, empty book of till 1.
pub fn book() -> (TempDir, Replica) {
    book_of(identity(1, Some(STORE_A)))
}

pub fn book_of(identity: Identity) -> (TempDir, Replica) {
    let folder = tempfile::tempdir().unwrap();
    let replica = Replica::create(&place(folder.path()), identity).unwrap();
    (folder, replica)
}

/// Where no test cuts the power, waiting for the real disk at each of thousands of commits proves nothing: this one does
/// not wait.
pub fn quick_place(folder: &Path) -> Place {
    static DISK: LazyLock<Disk> = LazyLock::new(Disk::mount);
    place(folder).through(DISK.name())
}

pub fn quick_book(identity: Identity) -> (TempDir, Replica) {
    let folder = tempfile::tempdir().unwrap();
    let replica = Replica::create(&quick_place(folder.path()), identity).unwrap();
    (folder, replica)
}

/// The file's own SQL, past the replica.
pub fn raw(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    let hex: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    connection.execute_batch(&format!("PRAGMA key = \"x'{hex}'\"")).unwrap();
    connection
}

pub fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> Code {
    result.unwrap_err().code()
}

pub fn by(at: i64) -> By {
    By { who: Some(StaffId::from_bytes([0x77; 16])), at, ahead: 0 }
}

pub fn goods(n: u8, name: &str, price: i32, barcodes: &[&str]) -> Product {
    Product {
        product: ProductId::from_bytes([n; 16]),
        name: name.to_owned(),
        category: "厨房".to_owned(),
        unit: "只".to_owned(),
        price_fen: Fen::constant(price),
        brand: String::new(),
        tags: Vec::new(),
        barcodes: barcodes.iter().map(|code| (*code).to_owned()).collect(),
    }
}

/// A chain with two stores, its rules and five goods.
pub fn found(replica: &Replica) {
    replica
        .write(|book| {
            let chain = replica.chain();
            book.append(by(1), &Draft::new(ChainStarted { chain, name: "和福".to_owned(), demo: false }))?;
            for (store, code) in [(STORE_A, "AA"), (STORE_B, "BB")] {
                book.append(by(2), &Draft::new(StoreSet { store, code: code.to_owned(), name: format!("{code}店"), city: String::new() }))?;
            }
            for (n, body) in (1..).zip(shipped()) {
                book.append(by(3), &Draft::new(Rule { rule: RuleId::from_bytes([n; 16]), version: 1, valid_from: 0, body }))?;
            }
            for n in 1..=5 {
                book.append(by(4), &Draft::new(goods(n, &format!("碗{n}"), 1_000 * i32::from(n) + 90, &[&format!("690000000000{n}")])))?;
            }
            Ok(())
        })
        .unwrap();
}

pub fn person(name: &str, phone: &str) -> PersonChange {
    PersonChange { phone: Phone::parse(phone).ok(), name: Some(name.to_owned()), ..PersonChange::default() }
}

pub fn register(replica: &Replica, rng: &mut Rng, by: By, change: &PersonChange) -> MemberId {
    register_for(replica, rng, by, None, change)
}

/// A member of this person's.
pub fn register_for(replica: &Replica, rng: &mut Rng, by: By, owner: Option<StaffId>, change: &PersonChange) -> MemberId {
    let member = MemberId(rng.id(by.at));
    register_as(replica, rng, by, (member, owner), change);
    member
}

/// A member under an id of the caller's.
pub fn register_as(replica: &Replica, rng: &mut Rng, by: By, (member, owner): (MemberId, Option<StaffId>), change: &PersonChange) {
    let key = PersonKey::new(rng.bytes());
    let nonce = rng.bytes();
    replica
        .write(|book| {
            let draft = Draft::new(MemberRegistered { member, owner }).with_sealed(&key, member.0, nonce, change)?;
            book.put_key(member.0, &key)?;
            book.append(by, &draft)
        })
        .unwrap();
}

/// Changes a member where their key is here.
pub fn change(replica: &Replica, rng: &mut Rng, by: By, member: MemberId, change: &PersonChange) -> bool {
    let nonce = rng.bytes();
    replica
        .write(|book| {
            let Some(key) = book.person_key(member.0)? else { return Ok(false) };
            book.append(by, &Draft::new(MemberChanged { member }).with_sealed(&key, member.0, nonce, change)?)?;
            Ok(true)
        })
        .unwrap()
}

pub fn staff(book: &mut Writing<'_>, staff: StaffId, key: &PersonKey, nonce: [u8; 24], told: &StaffPerson) -> Result<(), Error> {
    let set = StaffSet { staff, store: Some(STORE_A), role: hefu_core::access::Role::Cashier, active: true };
    book.put_key(staff.0, key)?;
    book.append(by(NOW), &Draft::new(set).with_sealed(key, staff.0, nonce, told)?).map(drop)
}

/// A sale of `(product, pieces)` for cash; the receipt's number.
pub fn sell(replica: &Replica, by: By, sale: SaleId, member: Option<MemberId>, lines: &[(u8, i64)]) -> Result<u64, Error> {
    Ok(ring_up(replica, by, sale, member, lines, &Paying::default())?.head.number)
}

/// What an account is counted in.
pub fn unit_of(account: &Account) -> Unit {
    match account {
        Account::PointsIssued | Account::MemberPoints(_) => Unit::Points,
        Account::CouponsIssued | Account::Coupon(_) => Unit::Coupons,
        Account::Stock(..) | Account::StockOut(_) => Unit::Milli,
        _ => Unit::Fen,
    }
}

/// The demo chain at its shown scale, loaded once for all tests that only read.
pub struct DemoBook {
    pub demo: Demo,
    pub folder: TempDir,
    pub replica: Replica,
}

pub fn demo_book() -> &'static DemoBook {
    static BOOK: OnceLock<DemoBook> = OnceLock::new();
    BOOK.get_or_init(|| {
        let demo = Demo::new(Scale::demo(), 1);
        let (folder, replica) = book_of(Identity { chain: hefu_demo_book::chain_id(&demo), ..identity(9, None) });
        let plan = LoadPlan { today_start_ms: NOW, seed: 1, phc: &|_| "$argon2id$test".to_owned(), progress: &mut |_, _| {} };
        hefu_demo_book::load(&replica, &demo, plan).unwrap();
        DemoBook { demo, folder, replica }
    })
}

/// The chain's log, in memory: what is pushed gets its place in the order of arrival.
pub struct Chain {
    pub entries: Vec<Entry>,
    pub beside: Vec<Beside>,
    pub heads: HashMap<LogId, (u64, Hash)>,
    /// Where the device of each log was enrolled. One that nobody named here is where its first head says, or at HQ.
    pub places: HashMap<LogId, Option<StoreId>>,
    pub now: i64,
}

impl Default for Chain {
    /// A log that receives everything after it was written.
    fn default() -> Self {
        let (entries, beside, heads, places) = Default::default();
        Self { entries, beside, heads, places, now: NOW + 86_400_000 }
    }
}

impl Chain {
    /// Takes all that a replica has not yet had confirmed.
    pub fn take_all(&mut self, from: &Replica) {
        self.places.insert(from.log(), from.identity().store);
        while let Some(unsent) = from.next_push(8 * 1024).unwrap() {
            let held = self.take(&unsent.segment);
            self.beside.extend(unsent.beside);
            from.pushed(held, unsent.beside_upto).unwrap();
        }
    }

    /// Takes a segment and says how far it holds that log.
    pub fn take(&mut self, segment: &Segment) -> u64 {
        let (held, hash) = self.heads.get(&segment.log).copied().unwrap_or((0, Hash::start_of(segment.log)));
        assert_eq!((segment.from_seq, segment.prev), (held + 1, hash), "a push follows what is held");
        for (op, hash) in segment.ops.iter().zip(segment.hashes()) {
            let seq = self.heads.get(&segment.log).map_or(0, |head| head.0) + 1;
            self.put(segment.log, seq, hash, op.clone());
        }
        self.heads.get(&segment.log).map_or(0, |head| head.0)
    }

    fn put(&mut self, log: LogId, seq: u64, hash: Hash, op: Operation) {
        self.now += 1;
        self.heads.insert(log, (seq, hash));
        let gseq = self.entries.len() as u64 + 1;
        let store = *self.places.entry(log).or_insert_with(|| Head::read(&op.head).ok().and_then(|head| head.stamp.store));
        self.entries.push(Entry { gseq, log, seq, received_at: self.now, store, hash, op: Some(op) });
    }

    /// Puts an operation of another device, as `ops[0..]` of a log of its own.
    pub fn put_foreign(&mut self, log: LogId, op: Operation) {
        let (seq, prev) = self.heads.get(&log).copied().unwrap_or((0, Hash::start_of(log)));
        let hash = op.hash(prev);
        self.put(log, seq + 1, hash, op);
    }

    /// What comes after a replica's cursors, at most `most` operations; what goes beside comes first, as a server gives it.
    pub fn frame(&self, to: &Replica, most: usize) -> Frame {
        let cursor = to.cursor().unwrap();
        let after = usize::try_from(cursor.after).unwrap();
        let entries: Vec<Entry> = self.entries[after..].iter().take(most).cloned().map(|entry| mark_of(entry, to.log())).collect();
        Frame {
            upto: entries.last().map_or(cursor.after, |entry| entry.gseq),
            head: self.entries.len() as u64,
            beside: self.beside[usize::try_from(cursor.beside_after).unwrap()..].to_vec(),
            beside_upto: self.beside.len() as u64,
            entries,
        }
    }

    /// The same without what goes beside.
    pub fn frame_alone(&self, to: &Replica, most: usize) -> Frame {
        Frame { beside: Vec::new(), beside_upto: 0, ..self.frame(to, most) }
    }

    pub fn bring_up_to_date(&self, replica: &Replica, rng: &mut Rng) {
        while replica.cursor().unwrap().after < self.entries.len() as u64 {
            replica.apply(&self.frame(replica, 1 + rng.below(9))).unwrap();
        }
    }
}

fn mark_of(entry: Entry, own: LogId) -> Entry {
    if entry.log == own { Entry { op: None, ..entry } } else { entry }
}

/// Every stored operation's head, detail and sealed part, as they lie in the file.
pub fn stored_ops(path: &Path) -> Vec<[Option<Vec<u8>>; 3]> {
    let connection = raw(path);
    let mut statement = connection.prepare("SELECT head, detail, sealed FROM op ORDER BY id").unwrap();
    statement.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?])).unwrap().collect::<Result<_, _>>().unwrap()
}

/// This test program again, to run one of its ignored tests as another process.
pub static MYSELF: LazyLock<std::path::PathBuf> = LazyLock::new(|| std::env::current_exe().unwrap());
