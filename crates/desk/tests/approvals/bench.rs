//! A till with somebody of each role at a window of their own, and colleagues who may not allow anything here.

use std::collections::BTreeSet;

use hefu_core::{
    access::Role,
    ids::{StaffId, StoreId},
    op::{Draft, StaffSet},
};
use hefu_desk::{ErrorBody, SessionKey};
use hefu_replica::By;
use serde_json::{Value, json};

use crate::{
    acts::OTHER,
    approval,
    common::{MORNING, WINDOW},
    shop::Till,
};

pub const PIN: &str = "1357";
const STORE: StoreId = StoreId(uuid::Uuid::from_bytes([6; 16]));
const ELSEWHERE: StoreId = StoreId(uuid::Uuid::from_bytes([0x66; 16]));

pub struct Bench {
    pub till: Till,
    /// 王店长, by id.
    pub manager: String,
}

/// What a refusal must leave as it was.
#[derive(Debug, PartialEq)]
pub struct Seen {
    operations: u64,
    tables: Vec<(&'static str, [u8; 32])>,
    cart: Value,
}

fn colleague(n: u8) -> StaffId {
    StaffId::from_bytes([n; 16])
}

const CASHIER: u8 = 0xa1;
const ASSISTANT: u8 = 0xa2;
const FROM_ELSEWHERE: u8 = 0xa3;
const GONE: u8 = 0xa4;

pub const fn window(role: Role) -> SessionKey {
    match role {
        Role::Cashier => SessionKey([0x31; 32]),
        Role::Assistant => SessionKey([0x32; 32]),
        // The manager signed in when the till was set up.
        _ => WINDOW,
    }
}

impl Bench {
    pub fn new() -> Self {
        let till = Till::new();
        let manager = till.ok("session.staff", json!({}))["staff"][0]["id"].as_str().unwrap().to_owned();
        for (n, role, store) in [
            (CASHIER, Role::Cashier, STORE),
            (ASSISTANT, Role::Assistant, STORE),
            (FROM_ELSEWHERE, Role::Manager, ELSEWHERE),
            (GONE, Role::Manager, STORE),
        ] {
            till.person(colleague(n), role, Some(store), PIN);
        }
        let gone = StaffSet { staff: colleague(GONE), store: Some(STORE), role: Role::Manager, active: false };
        till.desk.replica().write(|book| book.append(By { who: None, at: MORNING + 1, ahead: 0 }, &Draft::new(gone))).unwrap();
        let bench = Self { till, manager };
        bench.till.member(OTHER, "王小红");
        for (n, role) in [(CASHIER, Role::Cashier), (ASSISTANT, Role::Assistant)] {
            bench.call(role, "session.sign_in", approval(&json!(colleague(n)), PIN)).unwrap();
        }
        bench
    }

    pub fn approval(&self, brought: &str) -> Value {
        match brought {
            "none" => Value::Null,
            "right" | "no reason" => approval(&json!(self.manager), PIN),
            "wrong" => approval(&json!(self.manager), "0000"),
            "cashier's" => approval(&json!(colleague(CASHIER)), PIN),
            "elsewhere's" => approval(&json!(colleague(FROM_ELSEWHERE)), PIN),
            "gone's" => approval(&json!(colleague(GONE)), PIN),
            other => panic!("{other}"),
        }
    }

    /// The id of whoever is at the window of a role.
    fn at(&self, role: Role) -> String {
        match role {
            Role::Cashier => colleague(CASHIER).to_string(),
            Role::Assistant => colleague(ASSISTANT).to_string(),
            _ => self.manager.clone(),
        }
    }

    pub fn call(&self, role: Role, name: &str, request: Value) -> Result<Value, ErrorBody> {
        self.till.call_as(window(role), name, request)
    }

    #[track_caller]
    pub fn ok(&self, role: Role, name: &str, request: Value) -> Value {
        self.call(role, name, request).unwrap_or_else(|error| panic!("{name}: {error:?}"))
    }

    /// The cart of a window with these goods on it and nothing else.
    pub fn ring(&self, role: Role, barcode: &str) -> Value {
        self.ok(role, "cart.clear", json!({}));
        self.ok(role, "cart.enter", json!({ "text": barcode }))["cart"].clone()
    }

    pub fn pay(&self, role: Role, tenders: Value) -> Result<Value, ErrorBody> {
        let cart = self.ok(role, "cart.get", json!({}));
        self.call(role, "sale.pay", json!({ "cart_id": cart["id"], "revision": cart["revision"], "tenders": tenders }))
    }

    pub fn seen(&self, role: Role) -> Seen {
        let digest = self.till.desk.replica().digest().unwrap();
        Seen { operations: digest.operations, tables: digest.tables, cart: self.ok(role, "cart.get", json!({})) }
    }

    /// Who is named as having allowed what was written since, by whoever is at the window of `role`, besides themselves.
    pub fn written_since(&self, before: &Seen, role: Role) -> BTreeSet<String> {
        let ops = self.till.desk.replica().next_push(1 << 20).unwrap().unwrap().segment.ops;
        let new = &ops[usize::try_from(before.operations).unwrap()..];
        assert!(!new.is_empty());
        let mut named = BTreeSet::new();
        for op in new {
            let head: Value = serde_json::from_slice(&op.head).unwrap();
            assert_eq!(head["who"], json!(self.at(role)), "{head}");
            collect(&head["body"], &mut named);
            if let Some(detail) = op.detail.bytes() {
                collect(&serde_json::from_slice(detail).unwrap(), &mut named);
            }
        }
        named.remove(&self.at(role));
        named
    }

    /// How often the manager's PIN was wrong since it was last right.
    pub fn guesses(&self) -> u32 {
        let manager = self.manager.parse().unwrap();
        self.till.desk.replica().read(|book| book.attempts(manager)).unwrap().failures
    }

    #[track_caller]
    pub fn sound(&self) {
        let report = self.till.desk.replica().verify().unwrap();
        assert!(report.ok(), "{:?}", report.differing);
    }
}

/// Everybody whom a part of an operation names as having allowed it.
fn collect(part: &Value, named: &mut BTreeSet<String>) {
    match part {
        Value::Array(parts) => parts.iter().for_each(|part| collect(part, named)),
        Value::Object(fields) => {
            for (field, value) in fields {
                match value.as_str() {
                    Some(person) if field == "approved_by" || field == "hand" => drop(named.insert(person.to_owned())),
                    _ => collect(value, named),
                }
            }
        }
        _ => {}
    }
}
