//! What a till wrote that was not its to say, as head office sees it (F6).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;
#[path = "common/facts.rs"]
mod facts;

use common::{MORNING, Shop};
use facts::{DAY_MS, ELSEWHERE, STORE, append, hq, sale_draft};
use hefu_core::{
    catalogue::Product,
    error::Code,
    ids::{LogId, MemberId, ProductId, RuleId, StaffId, StoreId},
    money::Fen,
    op::{Body, DeviceSet, Draft, Hash, Operation, Part, Stamp, Weight, write_head},
    rules::{Rule, shipped},
    wire::{Entry, Frame},
};
use serde_json::{Value, json};

const LOG: LogId = LogId(uuid::Uuid::from_bytes([0x44; 16]));
const SALE_DAY: &str = "2026-03-01";
const RECEIVED: i64 = MORNING + 1000;

/// The log of a till of the store, as it comes to head office.
struct TillLog {
    hash: Hash,
    seq: u64,
    who: Option<StaffId>,
}

impl TillLog {
    fn new(who: Option<StaffId>) -> Self {
        Self { hash: Hash::start_of(LOG), seq: 0, who }
    }

    fn stamp(&self, store: Option<StoreId>, at: i64) -> Stamp {
        Stamp { log: LOG, seq: self.seq + 1, device: ELSEWHERE, store, who: self.who, at, ahead: 0, day: SALE_DAY.into() }
    }

    fn says(&mut self, hq: &Shop, head: Vec<u8>) {
        let op = Operation { head, detail: Part::NONE, sealed: Part::NONE };
        self.hash = op.hash(self.hash);
        self.seq += 1;
        let entry =
            Entry { gseq: self.seq, log: LOG, seq: self.seq, received_at: RECEIVED, store: Some(STORE), hash: self.hash, op: Some(op) };
        let frame = Frame { upto: self.seq, head: self.seq, beside: Vec::new(), beside_upto: 0, entries: vec![entry] };
        hq.desk.replica().apply(&frame).unwrap();
    }

    fn says_body(&mut self, hq: &Shop, store: Option<StoreId>, at: i64, body: &Body) {
        let head = body.write(&self.stamp(store, at)).unwrap();
        self.says(hq, head);
    }
}

fn rule(version: u32) -> Body {
    Rule { rule: RuleId::from_bytes([1; 16]), version, valid_from: 0, body: shipped().remove(0) }.into()
}

fn goods(price_fen: i64) -> Product {
    Product {
        product: ProductId::from_bytes([70; 16]),
        name: "土产".into(),
        category: String::new(),
        unit: "件".into(),
        price_fen: Fen::new(price_fen).unwrap(),
        brand: String::new(),
        tags: Vec::new(),
        barcodes: Vec::new(),
    }
}

fn refused(hq: &Shop, after: &Value) -> Value {
    hq.ok("hq.refused", json!({ "after": after }))
}

#[test]
fn what_was_not_a_tills_to_say_is_listed_with_what_is_known_of_it() {
    let hq = hq();
    append(&hq, MORNING, &Draft::new(DeviceSet { device: ELSEWHERE, store: Some(STORE), till_no: 3 }));
    assert_eq!(hq.ok("hq.devices", json!({}))["refused"], 0);
    assert_eq!(refused(&hq, &Value::Null), json!({ "count": 0, "rows": [], "next": null }));
    let place = json!({ "at": "store", "store_id": STORE });
    let hired = hq.ok("hq.staff_add", json!({ "name": "林小燕", "role": "cashier", "place": place, "secret": "2468" }));
    let mut till = TillLog::new(serde_json::from_value(hired["id"].clone()).unwrap());

    let sale = sale_draft(7, MemberId::from_bytes([5; 16]), SALE_DAY, 12_800).body;
    let Body::Sale(sold) = &sale else { panic!("no sale") };
    let receipt_no = sold.receipt_no.clone();
    till.says_body(&hq, Some(STORE), MORNING, &sale);
    till.says_body(&hq, Some(STORE), MORNING, &goods(100).into());
    assert_eq!(hq.ok("hq.devices", json!({}))["refused"], 0, "a sale and goods of its own are its to say");

    // Its clock runs a day ahead.
    till.says_body(&hq, Some(STORE), MORNING + DAY_MS, &rule(2));
    till.says_body(&hq, None, MORNING - DAY_MS, &sale);
    let strange = format!("\u{7}{}", "x".repeat(500));
    till.says(&hq, write_head(&till.stamp(None, MORNING), &strange, 9, Weight::Ignorable, None, &json!({})).unwrap());
    // Of goods that a till named first head office has the last word.
    append(&hq, MORNING, &Draft::new(goods(120)));

    assert_eq!(hq.ok("hq.devices", json!({}))["refused"], 4);
    let told = refused(&hq, &Value::Null);
    assert_eq!((&told["count"], &told["next"]), (&json!(4), &Value::Null));
    let rows: Vec<_> =
        told["rows"].as_array().unwrap().iter().map(|row| (&row["kind"], &row["why"], &row["at"], &row["receipt_no"])).collect();
    let strange = json!("x".repeat(48));
    assert_eq!(
        rows,
        [
            (&strange, &json!("other_place"), &json!(MORNING), &json!("")),
            (&json!("sale"), &json!("other_place"), &json!(MORNING - DAY_MS), &json!(receipt_no)),
            (&json!("rule.set"), &json!("head_office"), &json!(RECEIVED), &json!("")),
            (&json!("product.set"), &json!("overruled"), &json!(MORNING), &json!("")),
        ]
    );
    for row in told["rows"].as_array().unwrap() {
        let known = (&row["store"]["code"], &row["till_no"], &row["who_name"], &row["received_at"], &row["device_id"]);
        assert_eq!(known, (&json!("HB"), &json!(3), &json!("林小燕"), &json!(RECEIVED), &json!(ELSEWHERE)), "{row}");
    }
}

#[test]
fn of_many_each_is_listed_once_the_latest_first() {
    let hq = hq();
    let mut till = TillLog::new(None);
    for n in 0..120 {
        till.says_body(&hq, Some(STORE), MORNING - n, &rule(2));
        // What counts stands between.
        till.says_body(&hq, Some(STORE), MORNING, &goods(n).into());
    }
    let (mut after, mut pages) = (Value::Null, Vec::new());
    loop {
        let page = refused(&hq, &after);
        assert_eq!(page["count"], 120);
        pages.push(page["rows"].as_array().unwrap().iter().map(|row| row["at"].as_i64().unwrap()).collect::<Vec<_>>());
        if pages.len() == 3 {
            assert_eq!(page["next"], Value::Null);
            break;
        }
        after = page["next"].clone();
    }
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20]);
    assert_eq!(pages.concat(), (0..120).rev().map(|n| MORNING - n).collect::<Vec<_>>());
    let first = &refused(&hq, &Value::Null)["rows"][0];
    assert_eq!((&first["till_no"], &first["who_name"]), (&Value::Null, &json!("")), "a device and a person that nobody told of");
    assert_eq!(hq.refused("hq.refused", json!({ "after": "1.2" })), Code::PageUnknown);
}
