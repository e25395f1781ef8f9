//! A till and the chain's console over one book, and rules as a person would write them.

use hefu_core::error::Code;
use serde_json::{Value, json};

use crate::common::Shop;

pub const CUP: &str = "6901234567892";
pub const TISSUE: &str = "6901234567908";
pub const HOUR: i64 = 3600 * 1000;
pub const DAY: i64 = 24 * HOUR;

/// A till with the chain's console over the same book.
pub fn shops() -> (Shop, Shop) {
    let till = Shop::till();
    till.sign_in();
    let console = till.console();
    (till, console)
}

/// The console's clock goes on, past the hour after which it asks who is there.
pub fn later(console: &Shop, ms: i64) {
    console.pass(ms);
    if ms > HOUR {
        console.ok("session.password", json!({ "login": "admin", "password": "a-long-password" }));
    }
}

/// Both clocks go on.
pub fn pass(till: &Shop, console: &Shop, ms: i64) {
    till.pass(ms);
    later(console, ms);
}

/// Pays the cart in cash, to the fen.
pub fn pay(till: &Shop) -> Value {
    let cart = till.ok("cart.get", json!({}));
    let tenders = json!([{ "kind": "cash", "given_fen": cart["totals"]["due_fen"] }]);
    till.ok("sale.pay", json!({ "cart_id": cart["id"], "revision": cart["revision"], "tenders": tenders }))
}

pub fn sell(till: &Shop, texts: &[&str]) -> Value {
    for text in texts {
        till.ok("cart.enter", json!({ "text": text }));
    }
    pay(till)
}

/// 满减.
pub fn off(name: &str, at_least_fen: i64, off_fen: i64) -> Value {
    let kind = json!({ "kind": "off", "steps": [{ "at_least_fen": at_least_fen, "off_fen": off_fen }] });
    json!({ "rule": "promotion", "name": name, "enabled": true, "kind": kind })
}

pub fn points(per_fen: i64) -> Value {
    json!({ "rule": "points", "per_fen": per_fen, "points": 1 })
}

pub fn card_type(name: &str) -> Value {
    json!({ "rule": "card_type", "name": name, "enabled": true, "registered": true, "plans": [], "free_amount": null,
            "spend_order": "principal_first", "transferable": true, "gift_counts": "promised" })
}

pub fn coupon(name: &str, off_fen: i64) -> Value {
    let mut effect = off(name, 0, off_fen);
    effect.as_object_mut().unwrap().remove("rule");
    json!({ "rule": "coupon", "effect": effect, "validity": { "validity": "days", "days": 30 } })
}

pub fn with(mut body: Value, key: &str, value: Value) -> Value {
    body[key] = value;
    body
}

pub fn save(console: &Shop, rule: &Value, body: Value, valid_from: Option<i64>) -> Result<Value, (Code, Option<String>)> {
    let request = json!({ "rule_id": rule, "body": body, "valid_from": valid_from });
    console.call("hq.rule_save", request).map_err(|error| {
        let with = error.args.get("with").map(|with| serde_json::to_value(with).unwrap().as_str().unwrap().to_owned());
        (error.code, with)
    })
}

pub fn preview(console: &Shop, rule: &Value, body: Value) -> Value {
    console.ok("hq.rule_preview", json!({ "rule_id": rule, "body": body }))
}

pub fn of_kind(console: &Shop, kind: &str) -> Vec<Value> {
    let rules = console.ok("hq.rules", json!({}));
    rules["rules"].as_array().unwrap().iter().filter(|rule| rule["versions"][0]["body"]["rule"] == kind).cloned().collect()
}

pub fn states(rule: &Value) -> Vec<(i64, String)> {
    let versions = rule["versions"].as_array().unwrap().iter();
    versions.map(|version| (version["version"].as_i64().unwrap(), version["state"].as_str().unwrap().to_owned())).collect()
}
