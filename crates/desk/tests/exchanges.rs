//! Goods back and other goods out as one act (A4): equal, cheaper, dearer, and when another till was faster.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;
mod counter;

use common::Shop;
use counter::*;
use hefu_core::{error::Code, ids::SaleId, posting::Account};
use serde_json::{Value, json};

fn sell(shop: &Shop, text: &str, tenders: &[Value]) -> SaleId {
    shop.pass(1000);
    enter(shop, text);
    sale_id(&pay(shop, tenders).unwrap())
}

/// The cart with lines of a sale that come back with it.
#[track_caller]
fn bring(shop: &Shop, sale: SaleId, of: &[(u32, i64)]) -> Value {
    let view = shop.ok("refund.start", json!({ "sale_id": sale }));
    shop.ok("cart.exchange", json!({ "exchange": refund_of(&view["refund_id"], sale, of) }))
}

fn drawer(shop: &Shop) -> i64 {
    money(shop, Account::Cash(shop.desk.replica().device()))
}

#[track_caller]
fn level(shop: &Shop, turnover: i64) {
    assert_eq!(money(shop, Account::Exchange(STORE_A)), 0, "the account between the halves");
    assert_eq!(money(shop, Account::Turnover(STORE_A)), -turnover);
    sound(shop);
}

#[test]
fn equal_goods_move_no_money() {
    let shop = counter();
    let old = sell(&shop, CUP, &[cash(6000)]);
    shop.pass(1000);
    enter(&shop, CUP);
    let cart = bring(&shop, old, &[(1, 1000)]);
    let exchange = json!({ "receipt_no": "HB-01-000001", "line_count": 1, "total_fen": CUP_FEN, "credit_fen": CUP_FEN, "why_not": null });
    assert_eq!(cart["exchange"], exchange);
    assert_eq!(shop.ok("pay.suggest", json!({}))["cash_fen"][0], 0);
    let request = paying(&shop, &[]);
    let sale = pay(&shop, &[]).unwrap();
    assert_eq!(sale["tenders"], json!([{ "kind": "credit", "amount_fen": CUP_FEN }]));
    assert_eq!(
        (&sale["receipt_no"], &sale["exchanged"]["receipt_no"]),
        (&json!("HB-01-000002"), &json!("HB-01-000002")),
        "one receipt for both halves"
    );
    assert_eq!(shop.ok("sale.pay", request), sale, "sent twice it is one exchange");
    let back = shop.ok("refund.get", json!({ "id": sale["exchanged"]["id"] }));
    assert_eq!(
        (&back["sale_receipt_no"], &back["tenders"]),
        (&json!("HB-01-000001"), &json!([{ "kind": "credit", "amount_fen": CUP_FEN }]))
    );
    assert_eq!((drawer(&shop), money(&shop, Account::Refundable(old))), (CUP_FEN, 0));
    level(&shop, CUP_FEN);
    assert_eq!(give_back(&shop, old, &[(1, 1000)]), Err(Code::RefundTooMuch));
    assert_eq!(sell(&shop, TISSUE, &[cash(2000)]), sale_id(&shop.ok("sale.today", json!({ "after": null }))["sales"][0]));
}

#[test]
fn cheaper_goods_pay_the_rest_out() {
    let shop = counter();
    let old = sell(&shop, CUP, &[cash(6000)]);
    shop.pass(1000);
    enter(&shop, BIG);
    bring(&shop, old, &[(1, 1000)]);
    let said = shop.ok("pay.preview", paying(&shop, &[]));
    assert_eq!((&said["back_fen"], &said["enough"]), (&json!(CUP_FEN - BIG_FEN), &json!(true)));
    assert_eq!(pay(&shop, &[bank(100)]), Err(Code::TenderOver), "nothing is to be paid");
    let sale = pay(&shop, &[]).unwrap();
    let back = shop.ok("refund.get", json!({ "id": sale["exchanged"]["id"] }));
    assert_eq!(
        back["tenders"],
        json!([{ "kind": "credit", "amount_fen": BIG_FEN }, { "kind": "cash", "given_fen": 0, "change_fen": CUP_FEN - BIG_FEN }])
    );
    assert_eq!(drawer(&shop), BIG_FEN);
    level(&shop, BIG_FEN);
    // The new goods come back too: their credit was money once, and is again.
    shop.pass(1000);
    give_back(&shop, sale_id(&sale), &[(1, 1000)]).unwrap();
    assert_eq!(drawer(&shop), 0);
    level(&shop, 0);
}

#[test]
fn dearer_goods_are_paid_for() {
    let shop = counter();
    let old = sell(&shop, &format!("3*{TISSUE}"), &[cash(4000)]);
    shop.pass(1000);
    enter(&shop, CUP);
    bring(&shop, old, &[(1, 2000)]);
    let rest = CUP_FEN - 2 * TISSUE_FEN;
    assert_eq!(pay(&shop, &[]), Err(Code::TenderNone));
    assert_eq!(pay(&shop, &[cash(rest - 1)]), Err(Code::TenderShort));
    assert_eq!(pay(&shop, &[bank(rest + 1)]), Err(Code::TenderOver));
    let sale = pay(&shop, &[cash(5000)]).unwrap();
    assert_eq!(
        (&sale["change_fen"], &sale["tenders"][0]),
        (&json!(5000 - rest), &json!({ "kind": "credit", "amount_fen": 2 * TISSUE_FEN }))
    );
    assert_eq!(drawer(&shop), 3 * TISSUE_FEN + rest);
    level(&shop, TISSUE_FEN + CUP_FEN);
    // What is left of the first sale, and the second whole.
    shop.pass(1000);
    assert_eq!(give_back(&shop, old, &[(1, 1000)]).unwrap()["total_fen"], TISSUE_FEN);
    shop.pass(1000);
    assert_eq!(give_back(&shop, sale_id(&sale), &[(1, 1000)]).unwrap()["total_fen"], CUP_FEN);
    assert_eq!((drawer(&shop), money(&shop, Account::RefundRights)), (0, 0));
    level(&shop, 0);
}

#[test]
fn what_points_and_card_paid_goes_back_there_and_only_money_is_credit() {
    let shop = counter();
    rule(&shop, 0x20, 1, 1, redeeming(|_| {}));
    let member = member(&shop, "13812341234");
    give_points(&shop, member, 1000);
    let card = card(&shop, 1, Some(member), 3000, 500);
    let coupon = coupon(&shop, 1, Some(member));
    enter(&shop, CUP);
    shop.ok("cart.member", json!({ "member_id": member }));
    shop.ok("cart.coupon", json!({ "code": null, "coupon_id": coupon }));
    // 49.90: card 32.00, points 5.00, bank 10.00, cash 2.90.
    let old = sale_id(&pay(&shop, &[by_card(card, 3200), by_points(500), bank(1000), cash(290)]).unwrap());
    let held = points(&shop, member);
    shop.pass(1000);
    enter(&shop, TISSUE);
    shop.ok("cart.member", json!({ "member_id": member }));
    let cart = bring(&shop, old, &[(1, 1000)]);
    assert_eq!((&cart["exchange"]["total_fen"], &cart["exchange"]["credit_fen"]), (&json!(4990), &json!(1290)));
    // Cash pays for the new goods first, so that the bank gets back what it can.
    let said = shop.ok("pay.preview", paying(&shop, &[]));
    assert_eq!((&said["back_fen"], &said["points_earned"]), (&json!(10), &json!(12)));
    let sale = pay(&shop, &[]).unwrap();
    let back = shop.ok("refund.get", json!({ "id": sale["exchanged"]["id"] }));
    let kinds: Vec<&str> = back["tenders"].as_array().unwrap().iter().map(|tender| tender["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["points", "card", "named", "credit"]);
    assert_eq!((&back["tenders"][2]["amount_fen"], &back["tenders"][2]["reference"]), (&json!(10), &json!("T0042")));
    assert_eq!(back["coupons"], json!(["新客立减10元"]));
    assert_eq!((money(&shop, Account::CardPrincipal(card)), money(&shop, Account::CardBonus(card))), (3000, 500));
    assert_eq!(points(&shop, member), held - back["points_taken"].as_i64().unwrap() + 500 + 12);
    assert_eq!(points(&shop, member), 1000 + 12);
    level(&shop, TISSUE_FEN);
    shop.pass(1000);
    give_back(&shop, sale_id(&sale), &[(1, 1000)]).unwrap();
    assert_eq!(points(&shop, member), 1000);
    assert_eq!((drawer(&shop), money(&shop, Account::Tender(BANK))), (3000, 0), "the top-up alone");
    level(&shop, 0);
}

#[test]
fn bank_money_goes_back_to_the_bank_through_any_number_of_exchanges() {
    let shop = counter();
    let mut sale = sell(&shop, CUP, &[bank(CUP_FEN)]);
    let mut exchange = |goods: &str, tenders: &[Value]| {
        shop.pass(1000);
        enter(&shop, goods);
        bring(&shop, sale, &[(1, 1000)]);
        let sold = pay(&shop, tenders).unwrap();
        sale = sale_id(&sold);
        (sold, (drawer(&shop), money(&shop, Account::Tender(BANK))))
    };
    // For equal goods, for cheaper ones, for dearer ones with cash on top.
    assert_eq!(exchange(CUP, &[]).1, (0, CUP_FEN));
    let (sold, held) = exchange(BIG, &[]);
    assert_eq!(held, (0, BIG_FEN));
    let back = shop.ok("refund.get", json!({ "id": sold["exchanged"]["id"] }));
    assert_eq!((&back["tenders"][0]["kind"], &back["tenders"][0]["reference"]), (&json!("named"), &json!("T0042")));
    assert_eq!(exchange(CUP, &[cash(CUP_FEN - BIG_FEN)]).1, (CUP_FEN - BIG_FEN, BIG_FEN));
    shop.pass(1000);
    let done = give_back(&shop, sale, &[(1, 1000)]).unwrap();
    assert_eq!(
        done["tenders"],
        json!([
            { "kind": "named", "tender_id": BANK, "name": "银行卡", "amount_fen": BIG_FEN, "reference": "T0042" },
            { "kind": "cash", "given_fen": 0, "change_fen": CUP_FEN - BIG_FEN },
        ])
    );
    assert_eq!((drawer(&shop), money(&shop, Account::Tender(BANK)), money(&shop, Account::RefundRights)), (0, 0, 0));
    level(&shop, 0);
}

#[test]
fn credit_of_cash_and_two_payments_goes_back_to_each() {
    let shop = counter();
    let swipe = |reference: &str, amount: i64| json!({ "kind": "named", "tender_id": BANK, "amount_fen": amount, "reference": reference });
    let old = sell(&shop, CUP, &[swipe("A1", 1000), swipe("B2", 4000), cash(990)]);
    shop.pass(1000);
    enter(&shop, BIG);
    bring(&shop, old, &[(1, 1000)]);
    let sold = pay(&shop, &[]).unwrap();
    // 9.90 of the 25.80 is cash, then A1's 10.00, then 5.90 of B2's 40.00.
    assert_eq!((drawer(&shop), money(&shop, Account::Tender(BANK))), (990, 1590));
    let back = shop.ok("refund.get", json!({ "id": sold["exchanged"]["id"] }));
    assert_eq!((&back["tenders"][0]["reference"], &back["tenders"][0]["amount_fen"]), (&json!("B2"), &json!(3410)));
    shop.pass(1000);
    let done = give_back(&shop, sale_id(&sold), &[(1, 1000)]).unwrap();
    let named = |tender: &Value| (tender["reference"].as_str().map(str::to_owned), tender["amount_fen"].as_i64());
    let found: Vec<_> = done["tenders"].as_array().unwrap().iter().map(named).collect();
    assert_eq!(found, [(Some("A1".to_owned()), Some(1000)), (Some("B2".to_owned()), Some(590)), (None, None)]);
    assert_eq!(done["tenders"][2]["change_fen"], 990);
    assert_eq!((drawer(&shop), money(&shop, Account::Tender(BANK))), (0, 0));
    level(&shop, 0);
}

#[test]
fn an_exchange_is_taken_off_the_cart_again() {
    let shop = counter();
    let old = sell(&shop, CUP, &[cash(6000)]);
    shop.pass(1000);
    enter(&shop, TISSUE);
    bring(&shop, old, &[(1, 1000)]);
    let cart = shop.ok("cart.exchange", json!({ "exchange": null }));
    assert_eq!((&cart["exchange"], &cart["totals"]["due_fen"]), (&Value::Null, &json!(TISSUE_FEN)));
    pay(&shop, &[cash(2000)]).unwrap();
    assert_eq!(money(&shop, Account::Refundable(old)), CUP_FEN);
    // Without new goods it is a refund, not an exchange.
    bring(&shop, old, &[(1, 1000)]);
    assert_eq!(pay(&shop, &[]), Err(Code::CartEmpty));
    shop.ok("cart.clear", json!({}));
    level(&shop, CUP_FEN + TISSUE_FEN);
}

#[test]
fn when_another_till_was_faster() {
    let mut pair = Pair::new();
    let [shop, _] = &pair.tills;
    let old = sell(shop, &format!("3*{TISSUE}"), &[cash(4000)]);
    pair.meet();
    let [shop, other] = &pair.tills;
    shop.pass(1000);
    enter(shop, CUP);
    bring(shop, old, &[(1, 3000)]);
    let request = paying(shop, &[cash(6000)]);
    shop.ok("pay.preview", request.clone());
    let refund = shop.ok("refund.start", json!({ "sale_id": old }));
    // The other store, which never saw the goods go out, takes two of three back.
    other.pass(1000);
    let done = give_back(other, old, &[(1, 2000)]).unwrap();
    assert_eq!(
        (&done["store"]["code"], &done["receipt_no"], &done["sale_receipt_no"]),
        (&json!("XH"), &json!("XH-01-000001"), &json!("HB-01-000001"))
    );
    pair.meet();
    let [shop, _] = &pair.tills;
    assert_eq!(shop.refused("pay.preview", request.clone()), Code::CartChanged);
    assert_eq!(shop.refused("sale.pay", request.clone()), Code::CartChanged);
    let shown = cart(shop);
    assert_eq!(
        (&shown["lines"].as_array().unwrap().len(), &shown["exchange"]["why_not"]),
        (&1, &json!("refund.too_much")),
        "nothing is lost"
    );
    assert_eq!((&shown["exchange"]["credit_fen"], &shown["exchange"]["receipt_no"]), (&json!(0), &json!("HB-01-000001")));
    assert_eq!(pay(shop, &[cash(6000)]), Err(Code::RefundTooMuch));
    // The same of a plain refund that was begun before.
    let late = |of: &[(u32, i64)], fen: i64| json!({ "of": refund_of(&refund["refund_id"], old, of), "shown": counter::shown(fen) });
    assert_eq!(shop.refused("refund.pay", late(&[(1, 3000)], 3 * TISSUE_FEN)), Code::RefundTooMuch);
    assert_eq!(shop.refused("refund.pay", late(&[(1, 1000)], 3 * TISSUE_FEN)), Code::CartChanged);
    // With what is left it goes through.
    bring(shop, old, &[(1, 1000)]);
    pay(shop, &[cash(CUP_FEN - TISSUE_FEN)]).unwrap();
    assert_eq!((money(shop, Account::Refundable(old)), money(shop, Account::Exchange(STORE_A))), (0, 0));
    pair.meet();
    let [shop, other] = &pair.tills;
    assert_eq!(money(other, Account::Turnover(STORE_B)), 2 * TISSUE_FEN);
    for till in [shop, other] {
        sound(till);
    }
}

#[test]
fn two_tills_that_did_not_know_of_each_other_both_paid() {
    let mut pair = Pair::new();
    let old = sell(&pair.tills[0], CUP, &[cash(6000)]);
    pair.meet();
    for till in &pair.tills {
        till.pass(1000);
        give_back(till, old, &[(1, 1000)]).unwrap();
    }
    pair.meet();
    for till in &pair.tills {
        // What was done cannot be undone: it shows as below zero, for HQ to see, and stops here.
        assert_eq!(money(till, Account::Refundable(old)), -CUP_FEN);
        let view = till.ok("refund.start", json!({ "sale_id": old }));
        assert_eq!((&view["left_fen"], &view["lines"][0]["left_milli"]), (&json!(0), &json!(0)));
        assert_eq!(view["sale"]["refunds"].as_array().unwrap().len(), 2);
        assert_eq!(quote(till, old, &[(1, 1)]), Err(Code::RefundTooMuch));
        sound(till);
    }
}

#[test]
fn a_sale_of_which_only_the_head_is_here_is_seen_and_not_refunded() {
    let mut pair = Pair::new();
    let old = sell(&pair.tills[0], &format!("2*{CUP}"), &[cash(12_000)]);
    pair.tills[0].pass(1000);
    let done = give_back(&pair.tills[0], old, &[(1, 1000)]).unwrap();
    pair.tell_heads();
    let far = &pair.tills[1];
    let found = far.ok("refund.find", json!({ "text": "hb 01 000001", "member_id": null }));
    assert_eq!((&found["sales"][0]["sale_id"], &found["sales"][0]["left_fen"]), (&json!(old), &json!(CUP_FEN)));
    assert_eq!(far.refused("refund.start", json!({ "sale_id": old })), Code::RefundElsewhere);
    assert_eq!(give_back(far, old, &[(1, 1000)]), Err(Code::RefundElsewhere));
    let seen = far.ok("refund.get", json!({ "id": done["id"] }));
    assert_eq!((&seen["lines"], &seen["total_fen"], &seen["receipt_no"]), (&Value::Null, &json!(CUP_FEN), &done["receipt_no"]));
}

/// What the goods that come back had earned goes with them, and pays for nothing on its way.
#[test]
fn points_that_are_taken_back_pay_for_nothing() {
    let shop = counter();
    rule(&shop, 0x20, 1, 1, redeeming(|_| {}));
    let member = member(&shop, "13812341234");
    enter(&shop, &format!("2*{CUP}"));
    shop.ok("cart.member", json!({ "member_id": member }));
    let sale = sale_id(&pay(&shop, &[cash(12_000)]).unwrap());
    let earned = points(&shop, member);
    assert!(earned >= 100, "{earned}");
    shop.pass(1000);
    enter(&shop, &format!("3*{CUP}"));
    shop.ok("cart.member", json!({ "member_id": member }));
    assert_eq!(shop.ok("pay.suggest", json!({}))["points"]["most_points"], 100);
    bring(&shop, sale, &[(1, 2000)]);
    assert_eq!(shop.ok("pay.suggest", json!({}))["points"], Value::Null);
    assert_eq!(pay(&shop, &[by_points(100), cash(6000)]), Err(Code::PointsShort));
    // What was there before pays, and no more.
    give_points(&shop, member, 250);
    assert_eq!(shop.ok("pay.suggest", json!({}))["points"]["balance"], 250);
    assert_eq!(pay(&shop, &[by_points(300), cash(6000)]), Err(Code::PointsShort));
    pay(&shop, &[by_points(200), cash(6000)]).unwrap();
    assert!(points(&shop, member) >= 50);
    sound(&shop);
}

/// The order and the share that points may pay are of all that is due, whether goods that come back pay for some of it or not.
#[test]
fn an_exchange_offers_the_points_that_it_takes() {
    let shop = counter();
    rule(&shop, 0x20, 1, 1, redeeming(|redeem| (redeem.order_at_least, redeem.most_permille) = (fen(2 * CUP_FEN), 500)));
    let member = member(&shop, "13812341234");
    give_points(&shop, member, 100_000);
    let sale = sell(&shop, CUP, &[cash(6000)]);
    shop.pass(1000);
    enter(&shop, &format!("2*{CUP}"));
    shop.ok("cart.member", json!({ "member_id": member }));
    bring(&shop, sale, &[(1, 1000)]);
    let most = shop.ok("pay.suggest", json!({}))["points"]["most_points"].as_i64().unwrap();
    let left = shop.ok("pay.suggest", json!({ "tenders": [by_points(most)] }))["cash_fen"][0].as_i64().unwrap();
    pay(&shop, &[by_points(most), cash(left)]).unwrap();
    sound(&shop);
}
