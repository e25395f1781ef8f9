//! Goods as they are entered, and what a promotion can name of them and of members (A8, C5).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;

use common::Shop;
use hefu_core::error::Code;
use serde_json::{Value, json};

const CUP: &str = "6901234567892";
const TISSUE: &str = "6901234567908";

/// A till with the chain's console over the same book.
fn shops() -> (Shop, Shop) {
    let till = Shop::till();
    till.sign_in();
    let console = till.console();
    (till, console)
}

/// 满减.
fn off(name: &str, at_least_fen: i64, off_fen: i64) -> Value {
    let kind = json!({ "kind": "off", "steps": [{ "at_least_fen": at_least_fen, "off_fen": off_fen }] });
    json!({ "rule": "promotion", "name": name, "enabled": true, "kind": kind })
}

fn coupon(name: &str, off_fen: i64) -> Value {
    let mut effect = off(name, 0, off_fen);
    effect.as_object_mut().unwrap().remove("rule");
    json!({ "rule": "coupon", "effect": effect, "validity": { "validity": "days", "days": 30 } })
}

fn with(mut body: Value, key: &str, value: Value) -> Value {
    body[key] = value;
    body
}

fn save(console: &Shop, body: Value) -> Result<Value, Code> {
    console.call("hq.rule_save", json!({ "rule_id": null, "body": body, "valid_from": null })).map_err(|error| error.code)
}

/// Brand and tags are entered, at a till and at head office, and a promotion that names them takes off.
#[test]
fn goods_are_found_by_the_brand_and_tags_they_were_given() {
    let (till, console) = shops();
    let scoped = |name: &str, scope: Value| with(off(name, 0, 300), "scope", scope);
    save(&console, scoped("品牌减3", json!({ "brands": ["和家"] }))).unwrap();
    save(&console, scoped("标签减3", json!({ "tags": ["清仓"] }))).unwrap();
    let due = |text: &str| {
        let entered = till.ok("cart.enter", json!({ "text": text }));
        till.ok("cart.clear", json!({}));
        entered["cart"]["totals"]["due_fen"].as_i64().unwrap()
    };
    assert_eq!((due(CUP), due(TISSUE)), (5990, 1280), "of no brand and without a tag");

    let bowl = json!({ "barcode": "6999999999997", "name": "陶瓷碗", "category": "", "brand": " 和家 ", "tags": ["清仓", "", " 清仓 "], "unit": "", "price_fen": 990 });
    let bowl = till.ok("product.add", bowl);
    assert_eq!((&bowl["brand"], &bowl["tags"]), (&json!("和家"), &json!(["清仓"])));
    assert_eq!(due("6999999999997"), 390, "both");

    let found = console.ok("product.search", json!({ "text": CUP }))["products"][0].clone();
    let mut set = json!({ "product_id": found["id"], "name": found["name"], "category": found["category"], "brand": "和家", "tags": [],
                          "unit": found["unit"], "price_fen": 5000, "barcodes": found["barcodes"] });
    let cup = console.ok("hq.product_set", set.clone());
    assert_eq!((&cup["brand"], &cup["barcodes"]), (&json!("和家"), &json!([CUP, "TEA*01"])));
    assert_eq!(due(CUP), 4700);
    // Sent again it is set once; a code of other goods is refused; a fresh id is new goods.
    let seq = || console.desk.replica().digest().unwrap().operations;
    let before = seq();
    assert_eq!(console.ok("hq.product_set", set.clone()), cup);
    assert_eq!(seq(), before);
    set["barcodes"] = json!([CUP, TISSUE]);
    assert_eq!(console.refused("hq.product_set", set.clone()), Code::BarcodeTaken);
    set["barcodes"] = json!(["6999999999991"]);
    assert_eq!(console.refused("hq.product_set", set.clone()), Code::BarcodeDamaged);
    set["barcodes"] = json!([]);
    set["name"] = json!(" ");
    assert_eq!(console.refused("hq.product_set", set.clone()), Code::NameInvalid);
    set["name"] = json!("新品");
    set["product_id"] = json!("77777777-7777-7777-7777-777777777777");
    assert_eq!(console.ok("hq.product_set", set)["barcode"], "");
    assert_eq!(due("新品"), 4700);
}

/// No member has tags yet: what asks for some would be saved, shown, and given to nobody.
#[test]
fn a_promotion_for_members_with_a_tag_is_refused_while_nobody_has_one() {
    let (_till, console) = shops();
    let who = |tags: Value| json!({ "members_only": true, "tiers": [], "tags": tags });
    let tagged = with(off("妈妈减3", 0, 300), "who", who(json!(["宝妈"])));
    assert_eq!(save(&console, tagged.clone()), Err(Code::RuleMemberTags));
    assert_eq!(console.refused("hq.rule_preview", json!({ "rule_id": null, "body": tagged })), Code::RuleMemberTags);
    let mut gift = coupon("妈妈券", 300);
    gift["effect"]["who"] = who(json!(["宝妈"]));
    assert_eq!(save(&console, gift), Err(Code::RuleMemberTags));
    // One that is there can still be switched off.
    save(&console, with(tagged, "enabled", json!(false))).unwrap();
    save(&console, with(off("会员减3", 0, 300), "who", who(json!([])))).unwrap();
}
