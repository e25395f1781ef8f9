//! A node with a book in which every request of the table finds what it names, and people of every role.

use std::sync::atomic::Ordering;

use hefu_core::{
    access::Role,
    coupon::new_code,
    error::Code,
    ids::{DeviceId, MemberId, ProductId, RuleId, SaleId, StaffId, StoreId},
    member::PersonChange,
    op::{Draft, StaffSet},
    phone::Phone,
};
use hefu_desk::{DeskFront, DeviceRecord, Front, SessionKey, wire::KeyProtection};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    common::{self, MORNING, Shop},
    counter, facts,
};

const PIN: &str = "1357";
const PASSWORD: &str = "correct horse 1";
const NOBODY: StaffId = StaffId(uuid::Uuid::nil());
/// A person of no role in the table, whom others change.
const COLLEAGUE: StaffId = StaffId(uuid::Uuid::from_bytes([0x33; 16]));
const DEVICE: DeviceId = DeviceId(uuid::Uuid::from_bytes([0x55; 16]));
const MEMBER: u8 = 0x21;
const CARD: u8 = 0x22;
const COUPON: u8 = 0x23;
const BUYER: u8 = 0x26;
const SALE: u8 = 0x24;
const SOLD: u8 = 0x25;

pub struct Node {
    pub shop: Shop,
    front: DeskFront,
    runtime: Runtime,
}

/// All that a refused command must leave as it was.
#[derive(Debug, PartialEq)]
pub struct Seen {
    pub operations: u64,
    pub commits: u64,
    tables: Vec<(&'static str, [u8; 32])>,
    devices: Vec<DeviceRecord>,
}

/// The window of a person of a role, or of somebody who never signed in.
pub fn window(role: Option<Role>) -> SessionKey {
    SessionKey([role.map_or(0x99, |role| role as u8 + 2); 32])
}

/// Who signs in as a role.
fn at_home(role: Role) -> StaffId {
    StaffId::from_bytes([role as u8 + 0xa0; 16])
}

impl Node {
    pub fn new(shop: Shop) -> Self {
        let front = DeskFront::new(shop.desk.clone(), KeyProtection::File);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        Self { shop, front, runtime }
    }

    pub fn at_till() -> Self {
        Self::furnished(Shop::till())
    }

    pub fn at_hq() -> Self {
        let shop = facts::hq();
        common::add_goods(shop.desk.replica());
        Self::furnished(shop)
    }

    fn furnished(shop: Shop) -> Self {
        counter::furnish(&shop);
        let member = MemberId::from_bytes([MEMBER; 16]);
        let named = PersonChange { phone: Phone::parse("13812341234").ok(), name: Some("张小明".into()), ..PersonChange::default() };
        // An assistant changes their own members alone (B9).
        facts::registered(&shop, &[member], Some(at_home(Role::Assistant)), &named);
        facts::buyer(&shop, BUYER, member, "G87654321", "张小明");
        counter::card(&shop, CARD, Some(member), 10_000, 0);
        counter::coupon(&shop, COUPON, None);
        for sale in [SALE, SOLD] {
            facts::sale(&shop, sale, member, "2026-03-01", 20_000);
        }
        shop.person(COLLEAGUE, Role::Cashier, Some(facts::STORE), "2468");
        let store = Some(facts::STORE);
        let till = DeviceRecord {
            id: DEVICE,
            store,
            till_no: 9,
            enrolled_at: MORNING,
            last_seen_at: None,
            unsent: None,
            revoked: false,
            stopped: None,
        };
        shop.world.devices.lock().unwrap().push(till);
        Self::new(shop)
    }

    /// The bytes of a row's request, with the ids of this book.
    fn filled(request: &str) -> String {
        let of = |n: u8| MemberId::from_bytes([n; 16]).to_string();
        let ids = [
            ("$nobody", NOBODY.to_string()),
            ("$colleague", COLLEAGUE.to_string()),
            ("$store", facts::STORE.to_string()),
            ("$device", DEVICE.to_string()),
            ("$goods", ProductId::from_bytes([1; 16]).to_string()),
            ("$member", of(MEMBER)),
            ("$sale", SaleId::from_bytes([SALE; 16]).to_string()),
            ("$sold", of(SOLD)),
            ("$coupon_kind", RuleId::from_bytes([counter::TEN_OFF; 16]).to_string()),
            ("$coupon_code", new_code([COUPON; 10])),
            ("$coupon", of(COUPON)),
            ("$card_kind", RuleId::from_bytes([counter::CARD_KIND; 16]).to_string()),
            ("$card_no", hefu_core::card::CardNo::new(u64::from(CARD)).as_str().to_owned()),
            ("$card", of(CARD)),
            ("$buyer", of(BUYER)),
            ("$newest", of(0x68)),
            ("$newer", of(0x67)),
            ("$new", of(0x66)),
        ];
        let filled = ids.iter().fold(request.to_owned(), |text, (name, id)| text.replace(name, id));
        assert!(!filled.contains('$'), "{filled}");
        filled
    }

    pub fn send(&self, key: SessionKey, name: &str, request: &[u8]) -> Result<(), Code> {
        let bytes = std::str::from_utf8(request).map_or_else(|_| request.to_vec(), |text| Self::filled(text).into_bytes());
        self.runtime.block_on(self.front.call(key, name, bytes)).map(drop).map_err(|error| error.code)
    }

    /// A till's own front has answers that a desk has not: for the first run, which is over, and for joining anew.
    pub fn is_answered_before_the_desk(&self, command: &str) -> bool {
        command == "sync.rejoin"
    }

    pub fn commits(&self) -> u64 {
        *self.shop.desk.replica().subscribe().borrow()
    }

    pub fn seen(&self) -> Seen {
        let digest = self.shop.desk.replica().digest().unwrap();
        let devices = self.shop.world.devices.lock().unwrap().clone();
        Seen { operations: digest.operations, commits: self.commits(), tables: digest.tables, devices }
    }

    fn is_hq(&self) -> bool {
        self.shop.desk.replica().identity().store.is_none()
    }

    fn call(&self, key: SessionKey, name: &str, request: &Value) -> Result<(), Code> {
        self.send(key, name, request.to_string().as_bytes())
    }

    /// A new person of this role, put where such a person works, and their attempt to sign in here with the right secret of this
    /// place.
    pub fn sign_in(&self, role: Role) -> Result<(), Code> {
        let place = role.at_till().then_some(facts::STORE);
        let person = at_home(role);
        self.make(person, role, place);
        self.enter(person, window(Some(role)))
    }

    /// Somebody who is at home here signs in, and is moved away while they are.
    pub fn sign_in_and_move_away(&self, role: Role) {
        let person = StaffId::from_bytes([role as u8 + 0xb0; 16]);
        let (home, store) = if self.is_hq() { (Role::Admin, None) } else { (Role::Manager, Some(facts::STORE)) };
        self.make(person, home, store);
        self.enter(person, window(Some(role))).unwrap();
        let away = role.at_till().then_some(facts::STORE);
        let set = StaffSet { staff: person, store: away, role, active: true };
        facts::append(&self.shop, self.later(), &Draft::new(set));
    }

    fn make(&self, person: StaffId, role: Role, store: Option<StoreId>) {
        self.shop.person(person, role, store, if self.is_hq() { PASSWORD } else { PIN });
    }

    fn enter(&self, person: StaffId, key: SessionKey) -> Result<(), Code> {
        match self.is_hq() {
            true => self.call(key, "session.password", &json!({ "login": common::login(person), "password": PASSWORD })),
            false => self.call(key, "session.sign_in", &json!({ "staff_id": person, "pin": PIN })),
        }
    }

    /// What a node says to the two ways of signing in, whoever it is.
    pub fn sign_in_as_nobody_known(&self) -> [Result<(), Code>; 2] {
        let key = window(None);
        [
            self.call(key, "session.password", &json!({ "login": "admin", "password": PASSWORD })),
            self.call(key, "session.sign_in", &json!({ "staff_id": NOBODY, "pin": PIN })),
        ]
    }

    /// What is said of a person later holds.
    fn later(&self) -> i64 {
        self.shop.pass(1);
        self.shop.world.now.load(Ordering::SeqCst)
    }
}
