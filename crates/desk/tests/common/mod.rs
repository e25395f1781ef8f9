//! A till and an HQ in memory of nothing: real encrypted books in a temporary folder, a clock that tests turn.

#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "tests use parts of it")]

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use hefu_core::{
    access::Role,
    error::Code,
    ids::{ChainId, DeviceId, LogId, StaffId, StoreId},
    op::{Draft, StaffPerson, StaffSet},
    seal::PersonKey,
};
use hefu_desk::{
    Authority, Desk, DeviceRecord, ErrorBody, NodeKind, SessionKey, Start, Surroundings, start_chain,
    wire::{EnrolCode, Link, SetupStart, Stopped, SyncView},
};
use hefu_replica::{Identity, Place, Replica, Secret};
use serde_json::{Value, json};

/// 2026-03-02 10:00 in China.
pub const MORNING: i64 = 1_772_416_800_000;

pub struct World {
    pub now: AtomicI64,
    pub ahead: AtomicI64,
    pub revoked: std::sync::atomic::AtomicBool,
    /// Whether the till has a server, that is away.
    pub served: std::sync::atomic::AtomicBool,
    seed: AtomicU64,
    pub devices: Mutex<Vec<DeviceRecord>>,
    pub first_admin: Mutex<Option<String>>,
    /// Printed over the data folder.
    pub admin_code: Mutex<Option<String>>,
    /// How many more steps of long work the node has before it ends.
    pub steps_left: AtomicI64,
    hq: bool,
}

impl Surroundings for World {
    fn now(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), Code> {
        // SplitMix64: the same in every run, and thousands of ids and codes that all differ.
        for some in bytes.chunks_mut(8) {
            let mut z = self.seed.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            some.copy_from_slice(&(z ^ (z >> 31)).to_be_bytes()[..some.len()]);
        }
        Ok(())
    }

    fn sync(&self) -> SyncView {
        let link = match (self.revoked.load(Ordering::SeqCst), self.served.load(Ordering::SeqCst)) {
            (true, _) => Link::Stopped { why: Stopped::Revoked },
            (false, true) => Link::Offline,
            (false, false) => Link::NoServer,
        };
        let ahead = self.ahead.load(Ordering::SeqCst);
        SyncView { clock_ahead_ms: Some(ahead), ..SyncView::of(link) }
    }

    fn other_digest(&self, _: u64) -> Option<String> {
        None
    }

    fn closing(&self) -> bool {
        self.steps_left.fetch_sub(1, Ordering::SeqCst) <= 0
    }

    fn authority(&self) -> Option<&dyn Authority> {
        self.hq.then_some(self)
    }
}

impl Authority for World {
    fn devices(&self) -> Result<Vec<DeviceRecord>, Code> {
        Ok(self.devices.lock().unwrap().clone())
    }

    fn issue(&self, store: StoreId, now: i64) -> Result<EnrolCode, Code> {
        Ok(EnrolCode { code: format!("HEFU-{store}"), expires_at: now + 1 })
    }

    fn revoke(&self, device: DeviceId, _: i64) -> Result<(), Code> {
        for held in self.devices.lock().unwrap().iter_mut().filter(|held| held.id == device) {
            held.revoked = true;
        }
        Ok(())
    }

    fn is_first_admin_code(&self, code: &str) -> Result<bool, Code> {
        Ok(self.first_admin.lock().unwrap().as_deref() == Some(code))
    }

    fn is_admin_code(&self, code: &str, _: i64) -> Result<bool, Code> {
        Ok(self.admin_code.lock().unwrap().as_deref() == Some(code))
    }

    fn use_up_admin_code(&self) -> Result<(), Code> {
        *self.admin_code.lock().unwrap() = None;
        Ok(())
    }

    fn use_up_first_admin_code(&self) -> Result<(), Code> {
        *self.first_admin.lock().unwrap() = None;
        Ok(())
    }
}

pub struct Shop {
    pub desk: Arc<Desk>,
    pub world: Arc<World>,
    folder: tempfile::TempDir,
}

pub const WINDOW: SessionKey = SessionKey([1; 32]);

fn world(hq: bool) -> Arc<World> {
    Arc::new(World {
        now: AtomicI64::new(MORNING),
        ahead: AtomicI64::new(0),
        revoked: false.into(),
        served: false.into(),
        seed: AtomicU64::new(1),
        devices: Mutex::default(),
        first_admin: Mutex::new(Some("first-code".into())),
        admin_code: Mutex::default(),
        steps_left: AtomicI64::new(i64::MAX),
        hq,
    })
}

fn identity(store: Option<StoreId>) -> Identity {
    Identity {
        chain: ChainId::from_bytes([9; 16]),
        device: DeviceId::from_bytes([8; 16]),
        store,
        till_no: 1,
        log: LogId::from_bytes([7; 16]),
    }
}

impl Shop {
    /// A till that started its chain: 湖滨店 (HB), manager 王店长 with PIN 1357, three goods.
    pub fn till() -> Self {
        Self::till_through(|place| place)
    }

    /// The same, its book on a disk of the test's.
    pub fn till_through(mount: impl FnOnce(Place) -> Place) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = world(false);
        let place = mount(Place::new(folder.path().join("book.db"), Secret::new([3; 32])));
        let identity = identity(Some(StoreId::from_bytes([6; 16])));
        let replica = Replica::create(&place, identity).unwrap();
        let request = SetupStart {
            chain_name: "和福家居".into(),
            store_name: "湖滨店".into(),
            store_code: "HB".into(),
            manager_name: "王店长".into(),
            pin: "1357".into(),
        };
        let start = Start::read(&request, &identity).unwrap();
        let random = |bytes: &mut [u8]| world.random(bytes);
        start_chain(&replica, &start, MORNING, &random).unwrap();
        add_goods(&replica);
        Self { desk: Arc::new(Desk::new(NodeKind::Till, replica, world.clone())), world, folder }
    }

    /// A till that has joined a chain and read nothing of it yet.
    pub fn empty_till(device: DeviceId, store: StoreId) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = world(false);
        let place = Place::new(folder.path().join("book.db"), Secret::new([3; 32]));
        let identity = Identity { device, log: LogId(device.0), ..identity(Some(store)) };
        let replica = Replica::create(&place, identity).unwrap();
        Self { desk: Arc::new(Desk::new(NodeKind::Till, replica, world.clone())), world, folder }
    }

    pub fn hq() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = world(true);
        let place = Place::new(folder.path().join("hq.db"), Secret::new([3; 32]));
        let replica = Replica::create(&place, identity(None)).unwrap();
        let random = |bytes: &mut [u8]| world.random(bytes);
        hefu_desk::hq_node(&replica, "和福家居", MORNING, &random).unwrap();
        Self { desk: Arc::new(Desk::new(NodeKind::Hq, replica, world.clone())), world, folder }
    }

    /// The chain's console over this same book, with its administrator signed in: what is saved there holds here at once.
    pub fn console(&self) -> Self {
        let (world, folder) = (world(true), tempfile::tempdir().unwrap());
        world.seed.store(150, Ordering::SeqCst);
        world.now.store(self.world.now.load(Ordering::SeqCst), Ordering::SeqCst);
        let desk = Arc::new(Desk::new(NodeKind::Hq, self.desk.replica().clone(), world.clone()));
        let console = Self { desk, world, folder };
        let admin = json!({ "code": "first-code", "name": "总部", "login": "admin", "password": "a-long-password" });
        console.ok("session.first_admin", admin);
        console
    }

    /// The same book and world with a new desk, as after a restart of the node, its administrator signed in again.
    pub fn restart(self) -> Self {
        self.world.steps_left.store(i64::MAX, Ordering::SeqCst);
        let desk = Arc::new(Desk::new(NodeKind::Hq, self.desk.replica().clone(), self.world.clone()));
        desk.begin_chores().unwrap();
        let again = Self { desk, ..self };
        again.ok("session.password", json!({ "login": "admin", "password": "correct horse 1" }));
        again
    }

    /// All that the node has to do by itself now; how many pieces it was.
    pub fn chores(&self) -> usize {
        std::iter::from_fn(|| self.desk.chore().unwrap().then_some(())).count()
    }

    pub fn call(&self, name: &str, request: Value) -> Result<Value, ErrorBody> {
        self.call_as(WINDOW, name, request)
    }

    pub fn call_as(&self, key: SessionKey, name: &str, request: Value) -> Result<Value, ErrorBody> {
        let reply = self.desk.call(key, name, request.to_string().as_bytes())?;
        Ok(serde_json::from_slice(&reply).unwrap())
    }

    #[track_caller]
    pub fn ok(&self, name: &str, request: Value) -> Value {
        self.call(name, request).unwrap_or_else(|error| panic!("{name}: {error:?}"))
    }

    /// The code a command is refused with.
    #[track_caller]
    pub fn refused(&self, name: &str, request: Value) -> Code {
        match self.call(name, request) {
            Err(error) => error.code,
            Ok(reply) => panic!("{name} was not refused: {reply}"),
        }
    }

    pub fn sign_in(&self) {
        let staff = self.ok("session.staff", json!({}));
        let id = staff["staff"][0]["id"].clone();
        self.ok("session.sign_in", json!({ "staff_id": id, "pin": "1357" }));
    }

    /// A colleague of this role with PIN 2468, signed in at this window instead.
    pub fn sign_in_as(&self, role: &str) -> Value {
        let id = StaffId::from_bytes([u8::try_from(role.len()).unwrap(); 16]);
        self.person(id, serde_json::from_value(json!(role)).unwrap(), Some(StoreId::from_bytes([6; 16])), "2468");
        self.ok("session.sign_in", json!({ "staff_id": id, "pin": "2468" }))
    }

    /// 李小红, who works at a store or at head office from now on, with a PIN or password for where this node stands.
    pub fn person(&self, staff: StaffId, role: Role, store: Option<StoreId>, secret: &str) {
        let key = PersonKey::new([1; 32]);
        // Where people sign in by login, each has one: that alone lets nobody in.
        let at_hq = store.is_none() || self.desk.replica().identity().store.is_none();
        let person = StaffPerson { name: "李小红".into(), login: at_hq.then(|| login(staff)) };
        let set = StaffSet { staff, store, role, active: true };
        let phc = hefu_desk::hash_secret(secret, [4; 16]).unwrap();
        let draft = Draft::new(set).with_sealed(&key, staff.0, [5; 24], &person).unwrap();
        let replica = self.desk.replica();
        replica
            .write(|book| {
                book.put_key(staff.0, &key)?;
                book.put_credential(staff, replica.identity().store, phc, MORNING)?;
                book.append(hefu_replica::By { who: None, at: MORNING, ahead: 0 }, &draft)
            })
            .unwrap();
    }

    pub fn pass(&self, ms: i64) {
        self.world.now.fetch_add(ms, Ordering::SeqCst);
    }
}

/// Under what a person signs in at head office.
pub fn login(staff: StaffId) -> String {
    staff.to_string().replace('-', "")
}

/// Three goods.
pub fn add_goods(replica: &Replica) {
    use hefu_core::{catalogue::Product, ids::ProductId, money::Fen};
    let goods = [
        ("双层保温杯 500ml", 5990, vec!["6901234567892", "TEA*01"]),
        ("抽纸 3层120抽", 1280, vec!["6901234567908"]),
        ("抽纸 大包装", 2580, vec!["6901234567915"]),
    ];
    replica
        .write(|book| {
            for (n, (name, price, codes)) in (1u8..).zip(goods) {
                let product = Product {
                    product: ProductId::from_bytes([n; 16]),
                    name: name.into(),
                    category: "家居".into(),
                    unit: "件".into(),
                    price_fen: Fen::constant(price),
                    brand: String::new(),
                    tags: Vec::new(),
                    barcodes: codes.into_iter().map(str::to_owned).collect(),
                };
                book.append(hefu_replica::By { who: None, at: MORNING, ahead: 0 }, &Draft::new(product))?;
            }
            Ok(())
        })
        .unwrap();
}
