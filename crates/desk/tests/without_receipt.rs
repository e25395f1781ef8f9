//! Refunds that no sale is shown for: a right of its own, cash, no points (A4).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;
mod counter;

use common::Shop;
use counter::*;
use hefu_core::{
    error::Code,
    ids::{ProductId, RefundId},
    posting::{Account, Unit},
    rules::{RefundRule, RuleBody},
};
use serde_json::{Value, json};

fn goods(lines: &[(u8, i64, i64)]) -> Value {
    let line = |(product, milli, price): &(u8, i64, i64)| json!({ "product_id": ProductId::from_bytes([*product; 16]), "quantity_milli": milli, "price_fen": price });
    lines.iter().map(line).collect()
}

fn request(n: u8, lines: &[(u8, i64, i64)]) -> Value {
    json!({ "refund_id": RefundId::from_bytes([n; 16]), "goods": goods(lines), "member_id": null, "reason": "小票丢失", "approval": null })
}

fn drawer(shop: &Shop) -> i64 {
    money(shop, Account::Cash(shop.desk.replica().device()))
}

#[test]
fn cash_goes_out_and_goods_come_in_once() {
    let shop = counter();
    let member = member(&shop, "13812341234");
    let mut asked = request(1, &[(1, 2000, 5000), (2, 500, 1280)]);
    asked["member_id"] = json!(member);
    let done = shop.ok("refund.without_receipt", asked.clone());
    assert_eq!(
        (&done["total_fen"], &done["tenders"]),
        (&json!(10_640), &json!([{ "kind": "cash", "given_fen": 0, "change_fen": 10_640 }]))
    );
    assert_eq!(
        (&done["receipt_no"], &done["sale_receipt_no"], &done["reason"]),
        (&json!("HB-01-000001"), &Value::Null, &json!("小票丢失"))
    );
    assert_eq!((&done["lines"][1]["name"], &done["lines"][1]["amount_fen"]), (&json!("抽纸 3层120抽"), &json!(640)));
    assert_eq!((&done["points_taken"], &done["member"]["points"]), (&json!(0), &json!(0)));
    for _ in 0..2 {
        assert_eq!(shop.ok("refund.without_receipt", asked.clone()), done);
    }
    assert_eq!(shop.ok("refund.get", json!({ "id": done["id"] })), done);
    assert_eq!((drawer(&shop), money(&shop, Account::Turnover(STORE_A))), (-10_640, 10_640));
    assert_eq!(balance(&shop, Account::Stock(STORE_A, ProductId::from_bytes([1; 16])), Unit::Milli), 2000);
    let page = shop.ok("member.get", json!({ "id": member, "after": null }));
    assert_eq!((&page["spend_fen"], &page["visits"]), (&json!(0), &json!(0)), "nobody knows that it was the member who bought it");
    enter(&shop, CUP);
    assert_eq!(pay(&shop, &[cash(6000)]).unwrap()["receipt_no"], "HB-01-000002");
    sound(&shop);
}

#[test]
fn what_is_refused() {
    let shop = counter();
    let most = (1i64 << 53) - 1;
    let many = vec![(1, 1000, 1); 501];
    for (case, lines, code) in [
        ("nothing", &[][..], Code::RefundNothing),
        ("no such product", &[(9, 1000, 100)], Code::ProductUnknown),
        ("none of it", &[(1, 0, 100)], Code::QuantityInvalid),
        ("less than none", &[(1, -1000, 100)], Code::QuantityInvalid),
        ("too many", &[(1, 100_000_000, 100)], Code::QuantityInvalid),
        ("for nothing", &[(1, 1000, 0)], Code::AmountInvalid),
        ("for less", &[(1, 1000, -100)], Code::AmountInvalid),
        ("above its list price", &[(1, 1000, CUP_FEN + 1)], Code::RefundAboveList),
        ("one of two above it", &[(1, 1000, CUP_FEN), (2, 1, TISSUE_FEN + 1)], Code::RefundAboveList),
        ("enormous", &[(1, 99_999_000, most)], Code::RefundAboveList),
        ("past the cap", &[(1, 9000, CUP_FEN)], Code::RefundAboveCap),
        ("past the cap together", &[(1, 8000, CUP_FEN), (2, 2000, TISSUE_FEN)], Code::RefundAboveCap),
        ("a whole shop", &many, Code::CartFull),
    ] {
        assert_eq!(shop.refused("refund.without_receipt", request(1, lines)), code, "{case}");
    }
    let with = |field: &str, value: Value| {
        let mut asked = request(1, &[(1, 1000, 100)]);
        asked[field] = value;
        shop.refused("refund.without_receipt", asked)
    };
    assert_eq!(with("reason", json!(" ")), Code::ReasonNeeded);
    assert_eq!(with("reason", json!("长".repeat(101))), Code::TextTooLong);
    assert_eq!(with("member_id", json!(RefundId::from_bytes([7; 16]))), Code::MemberUnknown);
    assert_eq!(
        with("goods", json!([{ "product_id": RefundId::from_bytes([1; 16]), "quantity_milli": 1, "price_fen": 1u64 << 60 }])),
        Code::RequestInvalid
    );
    assert_eq!((drawer(&shop), money(&shop, Account::Turnover(STORE_A))), (0, 0));
    sound(&shop);
}

#[test]
fn a_chain_sets_how_much_is_paid_out_without_a_receipt() {
    let shop = counter();
    let at_list = request(1, &[(1, 8000, CUP_FEN)]);
    let cap = |version: u32, most: i64| {
        let rule = RefundRule { without_receipt_most_fen: fen(most), ..RefundRule::default() };
        counter::rule(&shop, 0x33, version, i64::from(version), RuleBody::Refunds(rule));
    };
    cap(1, 8 * CUP_FEN - 1);
    assert_eq!(shop.refused("refund.without_receipt", at_list.clone()), Code::RefundAboveCap);
    cap(2, 0);
    assert_eq!(shop.refused("refund.without_receipt", request(1, &[(2, 1000, 1)])), Code::RefundAboveCap);
    assert_eq!(drawer(&shop), 0);
    cap(3, 8 * CUP_FEN);
    shop.ok("refund.without_receipt", at_list);
    assert_eq!(drawer(&shop), -8 * CUP_FEN);
    sound(&shop);
}

/// Once made, nobody is asked again, whatever came with the second request.
#[test]
fn the_answer_to_a_lost_one_wants_no_second_approval() {
    let shop = counter();
    let (good, wrong) = (approval(&shop, "1357"), approval(&shop, "1358"));
    shop.sign_in_as("cashier");
    let asked = |approval: Value| {
        let mut asked = request(1, &[(1, 1000, 5990)]);
        asked["approval"] = approval;
        asked
    };
    let done = shop.ok("refund.without_receipt", asked(good));
    assert_eq!((&done["cashier"]["name"], &done["approved_by"]["name"]), (&json!("李小红"), &json!("王店长")));
    for again in [Value::Null, wrong] {
        assert_eq!(shop.ok("refund.without_receipt", asked(again)), done);
    }
    assert_eq!(drawer(&shop), -5990);
}
