//! Ringing up and paying, through the table of commands (A1, A8, C1).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;

use common::Shop;
use hefu_core::error::Code;
use serde_json::{Value, json};

const CUP: &str = "6901234567892";
const TISSUE: &str = "6901234567908";

fn enter(shop: &Shop, text: &str) -> Value {
    shop.ok("cart.enter", json!({ "text": text }))
}

fn pay(shop: &Shop, given_fen: i64) -> Result<Value, Code> {
    let cart = shop.ok("cart.get", json!({}));
    let request = json!({ "cart_id": cart["id"], "revision": cart["revision"], "tenders": [{ "kind": "cash", "given_fen": given_fen }] });
    shop.call("sale.pay", request).map_err(|error| error.code)
}

#[test]
fn a_cash_sale_with_change() {
    let shop = Shop::till();
    shop.sign_in();
    enter(&shop, CUP);
    let cart = enter(&shop, &format!("2*{TISSUE}"))["cart"].clone();
    assert_eq!(cart["totals"]["due_fen"], 5990 + 2 * 1280);
    assert_eq!(shop.ok("pay.suggest", json!({}))["cash_fen"], json!([8550, 9000, 10_000]));
    let sale = pay(&shop, 10_000).unwrap();
    assert_eq!((&sale["receipt_no"], &sale["change_fen"]), (&json!("HB-01-000001"), &json!(1450)));
    assert_eq!(sale["lines"].as_array().unwrap().len(), 2);
    assert_eq!(shop.ok("cart.get", json!({}))["lines"], json!([]));
    let today = shop.ok("sale.today", json!({ "after": null }));
    assert_eq!((&today["count"], &today["total_fen"]), (&json!(1), &json!(8550)));
    enter(&shop, TISSUE);
    assert_eq!(pay(&shop, 1280).unwrap()["receipt_no"], "HB-01-000002");
}

#[test]
fn paying_twice_is_one_sale() {
    let shop = Shop::till();
    shop.sign_in();
    let cart = enter(&shop, CUP)["cart"].clone();
    let request = json!({ "cart_id": cart["id"], "revision": cart["revision"], "tenders": [{ "kind": "cash", "given_fen": 6000 }] });
    let first = shop.ok("sale.pay", request.clone());
    enter(&shop, TISSUE);
    assert_eq!(shop.ok("sale.pay", request), first);
    assert_eq!(shop.ok("sale.today", json!({ "after": null }))["count"], 1);
}

#[test]
fn what_the_box_understands() {
    let shop = Shop::till();
    shop.sign_in();
    // The exact code first, even one that holds the sign for quantity.
    assert_eq!(enter(&shop, "TEA*01")["cart"]["lines"][0]["quantity_milli"], 1000);
    assert_eq!(enter(&shop, "３＊TEA*01")["cart"]["lines"][0]["quantity_milli"], 4000);
    assert_eq!(enter(&shop, "保温")["outcome"], "added");
    let choose = enter(&shop, "5*抽纸");
    assert_eq!((&choose["outcome"], &choose["quantity_milli"]), (&json!("choose"), &json!(5000)));
    assert_eq!(choose["products"].as_array().unwrap().len(), 2);
    assert_eq!(enter(&shop, "scbwb")["outcome"], "added");
    assert_eq!(enter(&shop, "1.25*TEA*01")["cart"]["lines"][0]["quantity_milli"], 5250);
    for (text, code) in [
        ("0.000*6901234567892", Code::QuantityInvalid),
        ("1.2345*6901234567892", Code::NothingFound),
        ("牙\u{0}", Code::NothingFound),
        ("6901234567899", Code::BarcodeDamaged),
        ("6999999999997", Code::BarcodeUnknown),
        ("不存在的货", Code::NothingFound),
        ("  ", Code::NothingFound),
        (&"长".repeat(101), Code::TextTooLong),
        (&format!("0*{CUP}"), Code::QuantityInvalid),
        (&format!("99999999999999999999*{CUP}"), Code::QuantityInvalid),
    ] {
        assert_eq!(shop.refused("cart.enter", json!({ "text": text })), code, "{text}");
    }
}

/// Digits in a name are no code: a scan finds codes alone, and typed digits are asked about.
#[test]
fn a_code_is_not_found_in_a_name() {
    let shop = Shop::till();
    shop.sign_in();
    shop.ok("product.add", json!({ "barcode": "", "name": "海鲜酱 8421克", "category": "", "unit": "", "price_fen": 990 }));
    for code in ["842", "8421"] {
        let scanned = json!({ "text": code, "scanned": true });
        assert_eq!(shop.refused("cart.enter", scanned), Code::BarcodeUnknown, "{code}");
        let typed = enter(&shop, code);
        assert_eq!((&typed["outcome"], typed["products"].as_array().map(Vec::len)), (&json!("choose"), Some(1)), "{code}");
    }
    assert_eq!(shop.refused("cart.enter", json!({ "text": "6901234567899", "scanned": true })), Code::BarcodeDamaged);
    assert_eq!(shop.ok("cart.get", json!({}))["lines"], json!([]));
    let three = shop.ok("cart.enter", json!({ "text": format!("3*{CUP}"), "scanned": true }));
    assert_eq!(three["cart"]["lines"][0]["quantity_milli"], 3000);
    assert_eq!(enter(&shop, "海鲜")["outcome"], "added");
}

#[test]
fn an_empty_book_learns_its_first_goods_at_the_till() {
    let shop = Shop::till();
    shop.sign_in();
    let add = |barcode: &str, name: &str, price_fen: i64| {
        let request = json!({ "barcode": barcode, "name": name, "category": "", "unit": "", "price_fen": price_fen });
        shop.call("product.add", request).map_err(|error| error.code)
    };
    assert_eq!(add("6999999999997", "陶瓷碗", 990).unwrap()["unit"], "件");
    assert_eq!(enter(&shop, "6999999999997")["cart"]["totals"]["due_fen"], 990);
    assert_eq!(add("6999999999997", "别的", 990), Err(Code::BarcodeTaken));
    assert_eq!(add("6999999999991", "陶瓷碗", 990), Err(Code::BarcodeDamaged));
    assert_eq!(add("", " ", 990), Err(Code::NameInvalid));
    assert_eq!(add("", "陶瓷碗", -1), Err(Code::AmountInvalid));
    assert_eq!(add(&"9".repeat(49), "陶瓷碗", 1), Err(Code::BarcodeUnknown));
}

#[test]
fn a_cart_that_could_not_be_paid_is_full() {
    let shop = Shop::till();
    shop.sign_in();
    let long = "极其详细的商品名称".repeat(6);
    let mut full = None;
    for n in 0..500 {
        let request = json!({ "barcode": "", "name": format!("{long}{n}"), "category": "", "unit": "", "price_fen": 990 });
        let product = shop.ok("product.add", request);
        match shop.call("cart.add", json!({ "product_id": product["id"], "quantity_milli": 1000 })) {
            Ok(_) => {}
            Err(error) => {
                full = Some(error.code);
                break;
            }
        }
    }
    assert_eq!(full, Some(Code::CartFull));
    let due = shop.ok("cart.get", json!({}))["totals"]["due_fen"].as_i64().unwrap();
    let sale = pay(&shop, due).unwrap();
    assert!(sale["lines"].as_array().unwrap().len() > 40, "what was let on can be paid");
}

#[test]
fn a_clock_before_the_founding_still_earns_points() {
    let shop = Shop::till();
    shop.sign_in();
    let member =
        shop.ok("member.register", json!({ "phone": "13812341234", "name": null, "sex": null, "birthday": null, "card_no": null }));
    shop.pass(-365 * 24 * 3600 * 1000);
    enter(&shop, CUP);
    let cart = shop.ok("cart.member", json!({ "member_id": member["member"]["id"] }));
    assert_eq!((&cart["totals"]["points_earned"], &cart["member"]["tier"]), (&json!(59), &json!("会员")));
}

#[test]
fn lines_change_and_go() {
    let shop = Shop::till();
    shop.sign_in();
    enter(&shop, CUP);
    enter(&shop, TISSUE);
    let cart = shop.ok("cart.set_quantity", json!({ "line_no": 2, "quantity_milli": 3000 }));
    assert_eq!(cart["totals"]["due_fen"], 5990 + 3 * 1280);
    assert_eq!(shop.refused("cart.set_quantity", json!({ "line_no": 2, "quantity_milli": 0 })), Code::QuantityInvalid);
    assert_eq!(shop.refused("cart.set_quantity", json!({ "line_no": 2, "quantity_milli": 100_000_000 })), Code::QuantityInvalid);
    assert_eq!(shop.refused("cart.remove", json!({ "line_no": 9 })), Code::LineUnknown);
    let cart = shop.ok("cart.remove", json!({ "line_no": 1 }));
    assert_eq!(cart["lines"][0]["no"], 2, "a line keeps its number");
    assert_eq!(shop.ok("cart.clear", json!({}))["lines"], json!([]));
    let unknown = json!({ "product_id": "00000000-0000-0000-0000-000000000000", "quantity_milli": 1000 });
    assert_eq!(shop.refused("cart.add", unknown), Code::ProductUnknown);
}

#[test]
fn refusals_at_the_till_lose_nothing() {
    let shop = Shop::till();
    shop.sign_in();
    assert_eq!(pay(&shop, 100), Err(Code::CartEmpty));
    let before = enter(&shop, CUP)["cart"].clone();
    assert_eq!(pay(&shop, 5989), Err(Code::TenderShort));
    assert_eq!(pay(&shop, -1), Err(Code::AmountInvalid));
    let nothing = json!({ "cart_id": before["id"], "revision": before["revision"], "tenders": [] });
    assert_eq!(shop.refused("sale.pay", nothing), Code::TenderNone);
    let stale = json!({ "cart_id": before["id"], "revision": 0, "tenders": [{ "kind": "cash", "given_fen": 6000 }] });
    assert_eq!(shop.refused("sale.pay", stale), Code::CartChanged);
    let foreign = json!({ "cart_id": "00000000-0000-0000-0000-000000000000", "revision": 0, "tenders": [] });
    assert_eq!(shop.refused("sale.pay", foreign), Code::CartChanged);
    let huge = json!({ "cart_id": before["id"], "revision": before["revision"], "tenders": [{ "kind": "cash", "given_fen": 1i64 << 60 }] });
    assert_eq!(shop.refused("sale.pay", huge), Code::RequestInvalid);
    assert_eq!(shop.ok("cart.get", json!({})), before);
    assert_eq!(shop.refused("sale.get", json!({ "id": before["id"] })), Code::SaleUnknown);
    assert_eq!(shop.refused("sale.today", json!({ "after": "x" })), Code::PageUnknown);
    assert_eq!(shop.refused("sale.today", json!({ "surplus": 1, "after": null })), Code::RequestInvalid);
    assert_eq!(shop.refused("no.such", json!({})), Code::CommandUnknown);
}

#[test]
fn a_member_earns_points_and_later_a_tier() {
    let shop = Shop::till();
    shop.sign_in();
    let member =
        shop.ok("member.register", json!({ "phone": "138 1234 1234", "name": "张小明", "sex": "male", "birthday": null, "card_no": null }));
    let id = member["member"]["id"].clone();
    enter(&shop, CUP);
    let cart = shop.ok("cart.member", json!({ "member_id": id }));
    assert_eq!(cart["totals"]["points_earned"], 59);
    let sale = pay(&shop, 5990).unwrap();
    assert_eq!((&sale["member"]["points"], &sale["member"]["name"]), (&json!(59), &json!("张小明")));
    enter(&shop, &format!("90*{CUP}"));
    shop.ok("cart.member", json!({ "member_id": id }));
    pay(&shop, 90 * 5990).unwrap();
    let page = shop.ok("member.get", json!({ "id": id, "after": null }));
    assert_eq!((&page["card"]["tier"], &page["visits"]), (&json!("VIP"), &json!(2)));
    assert_eq!(page["timeline"].as_array().unwrap().len(), 2);
    assert_eq!(page["timeline"][0]["goods"], json!(["双层保温杯 500ml"]));
    enter(&shop, CUP);
    let cart = shop.ok("cart.member", json!({ "member_id": id }));
    assert_eq!(cart["lines"][0]["reasons"], json!([{ "label": "VIP 9.5折", "off_fen": 300 }]));
    assert_eq!(cart["totals"]["due_fen"], 5690);
    let report = shop.ok("status.verify", json!({}));
    assert_eq!((&report["ok"], &report["differing"]), (&json!(true), &json!([])));
}

#[test]
fn a_revoked_till_looks_and_does_not_sell() {
    let shop = Shop::till();
    shop.sign_in();
    enter(&shop, CUP);
    shop.world.revoked.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(shop.refused("cart.enter", json!({ "text": CUP })), Code::DeviceRevoked);
    assert_eq!(shop.ok("status.get", json!({}))["node"], "revoked");
    assert_eq!(shop.ok("sale.today", json!({ "after": null }))["count"], 0);
}

#[test]
fn a_wrong_clock_is_corrected_for() {
    let shop = Shop::till();
    shop.sign_in();
    let ahead = 400 * 24 * 3600 * 1000;
    shop.pass(ahead);
    shop.world.ahead.store(ahead, std::sync::atomic::Ordering::SeqCst);
    enter(&shop, CUP);
    let sale = pay(&shop, 5990).unwrap();
    assert_eq!((&sale["day"], &sale["at"]), (&json!("2026-03-02"), &json!(common::MORNING)));
}
