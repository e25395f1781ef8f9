//! Split tender, change, rounding, tax, and what the payment column offers (A3, A9): each on real books.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;
mod counter;

use common::{MORNING, Shop};
use counter::*;
use hefu_core::{
    error::Code,
    ids::{CardId, MemberId, RuleId},
    money::Points,
    op::Draft,
    points::{EarnPoints, Expiry},
    posting::{Account, Unit},
    promo::Window,
    rules::{Rule, RuleBody},
    settle::CashRounding,
    tax::{TaxMode, TaxRule},
};
use serde_json::{Value, json};

const PHONE: &str = "13812341234";

/// A till with a member who has points and a card, and two cups on the cart.
fn two_cups() -> (Shop, MemberId, CardId) {
    let shop = counter();
    let member = member(&shop, PHONE);
    rule(&shop, 0x20, 1, 1, redeeming(|_| {}));
    give_points(&shop, member, 1000);
    let card = card(&shop, 1, Some(member), 3000, 500);
    enter(&shop, &format!("2*{CUP}"));
    shop.ok("cart.member", json!({ "member_id": member }));
    (shop, member, card)
}

#[test]
fn everything_in_one_sale() {
    let (shop, member, card) = two_cups();
    let coupon = coupon(&shop, 1, Some(member));
    shop.ok("cart.coupon", json!({ "code": null, "coupon_id": coupon }));
    assert_eq!(cart(&shop)["totals"]["due_fen"], 2 * CUP_FEN - 1000);
    let sale = pay(&shop, &[cash(5000), by_card(card, 3200), by_points(500), bank(4000)]).unwrap();
    // 109.80 due: 32.00 + 5.00 + 40.00, and 32.80 in cash of which 50.00 was given.
    assert_eq!(
        sale["tenders"],
        json!([
            { "kind": "card", "card_id": card, "card_no": sale["tenders"][0]["card_no"], "principal_fen": 3000, "bonus_fen": 200 },
            { "kind": "points", "points": 500, "amount_fen": 500 },
            { "kind": "named", "tender_id": BANK, "name": "银行卡", "amount_fen": 4000, "reference": "T0042" },
            { "kind": "cash", "given_fen": 5000, "change_fen": 1720 },
        ])
    );
    assert_eq!((&sale["change_fen"], &sale["totals"]["off_fen"]), (&json!(1720), &json!(1000)));
    assert!(sale["tenders"][0]["card_no"].as_str().unwrap().contains("****"), "a receipt shows no whole card number");
    let device = shop.desk.replica().device();
    assert_eq!(money(&shop, Account::Cash(device)), 3000 + 3280, "the top-up's and the sale's");
    assert_eq!(money(&shop, Account::Tender(BANK)), 4000);
    assert_eq!((money(&shop, Account::CardPrincipal(card)), money(&shop, Account::CardBonus(card))), (0, 300));
    assert_eq!((money(&shop, Account::BonusGiven(STORE_A)), money(&shop, Account::PointsGiven(STORE_A))), (200, 500));
    assert_eq!(money(&shop, Account::Turnover(STORE_A)), -10_980);
    assert_eq!(money(&shop, Account::Refundable(sale_id(&sale))), 10_980);
    assert_eq!(balance(&shop, Account::Coupon(coupon), Unit::Coupons), 0);
    // What points and bonus paid earns nothing: 109.80 - 5.00 - 2.00.
    assert_eq!(sale["totals"]["points_earned"], 102);
    assert_eq!(points(&shop, member), 1000 - 500 + 102);
    assert_eq!(sale["member"]["points"], 602);
    sound(&shop);
}

#[test]
fn what_cannot_pay_is_refused_and_nothing_is_lost() {
    let (shop, member, card) = two_cups();
    let other = counter::card(&shop, 2, None, 100, 0);
    let due = 2 * CUP_FEN;
    let named = |id: &Value, reference: &str| json!({ "kind": "named", "tender_id": id, "amount_fen": 100, "reference": reference });
    let (gone, unknown) = (json!(GONE), json!("00000000-0000-0000-0000-000000000001"));
    let missing: CardId = CardId::from_bytes([9; 16]);
    let before = cart(&shop);
    let cases: &[(&str, Vec<Value>, Code)] = &[
        ("nothing", vec![], Code::TenderNone),
        ("too little", vec![cash(due - 1)], Code::TenderShort),
        ("too little of several", vec![cash(5000), bank(1000)], Code::TenderShort),
        ("zero cash", vec![cash(0)], Code::AmountInvalid),
        ("negative cash", vec![cash(-5)], Code::AmountInvalid),
        ("enormous cash", vec![cash(10_000_000_000)], Code::AmountTooLarge),
        ("zero by bank", vec![bank(0), cash(due)], Code::AmountInvalid),
        ("negative by bank", vec![bank(-1), cash(due)], Code::AmountInvalid),
        ("bank gives no change", vec![bank(due + 1)], Code::TenderOver),
        ("several over", vec![bank(due), by_card(card, 1)], Code::TenderOver),
        ("card twice", vec![by_card(card, 100), by_card(card, 100), cash(due)], Code::TenderTwice),
        ("points twice", vec![by_points(100), by_points(100), cash(due)], Code::TenderTwice),
        ("card too little", vec![by_card(card, 3501), cash(due)], Code::CardTooLittle),
        ("another card too little", vec![by_card(other, 101), cash(due)], Code::CardTooLittle),
        ("no such card", vec![by_card(missing, 100), cash(due)], Code::CardUnknown),
        ("no such tender", vec![named(&unknown, ""), cash(due)], Code::TenderUnknown),
        ("a tender no longer taken", vec![named(&gone, ""), cash(due)], Code::TenderUnknown),
        ("a long reference", vec![named(&json!(BANK), &"长".repeat(41)), cash(due)], Code::TextTooLong),
        ("too few points", vec![by_points(99), cash(due)], Code::PointsTooFew),
        ("no points", vec![by_points(0), cash(due)], Code::PointsTooFew),
        ("negative points", vec![by_points(-100), cash(due)], Code::PointsTooFew),
        ("points between steps", vec![by_points(150), cash(due)], Code::PointsStep),
        ("more points than there are", vec![by_points(1100), cash(due)], Code::PointsShort),
    ];
    for (case, tenders, code) in cases {
        assert_eq!(pay(&shop, tenders), Err(*code), "{case}");
        assert_eq!(cart(&shop), before, "{case}");
    }
    assert_eq!((money(&shop, Account::Turnover(STORE_A)), points(&shop, member)), (0, 1000));
    pay(&shop, &[cash(due)]).unwrap();
    sound(&shop);
}

#[test]
fn points_by_the_rule_in_force() {
    let (shop, _, _) = two_cups();
    // Later versions take the place of the first.
    rule(&shop, 0x20, 2, MORNING + 1000, redeeming(|redeem| redeem.most_permille = 50));
    rule(&shop, 0x20, 3, MORNING + 2000, redeeming(|redeem| redeem.order_at_least = fen(20_000)));
    rule(
        &shop,
        0x20,
        4,
        MORNING + 3000,
        RuleBody::Points(hefu_core::points::EarnPoints::plain(fen(100), hefu_core::money::Points::constant(1))),
    );
    let due = 2 * CUP_FEN;
    for (case, later, points, expect) in [
        ("more than a twentieth", 1000, 600, Code::PointsTooMany),
        ("of too small an order", 1000, 500, Code::PointsOrderSmall),
        ("by a rule that takes none", 1000, 500, Code::RuleMissing),
    ] {
        shop.pass(later);
        assert_eq!(pay(&shop, &[by_points(points), cash(due)]), Err(expect), "{case}");
    }
    assert_eq!(shop.ok("pay.suggest", json!({}))["points"], Value::Null);
    shop.ok("cart.member", json!({ "member_id": null }));
    assert_eq!(pay(&shop, &[by_points(500), cash(due)]), Err(Code::MemberUnknown));
}

#[test]
fn cash_rounds_in_the_customers_favour_alone() {
    let shop = counter();
    rule(&shop, 0x31, 1, 0, RuleBody::Rounding(CashRounding { to_fen: fen(10) }));
    let add = |price: i64| {
        let request = json!({ "barcode": "", "name": format!("杯垫{price}"), "category": "", "unit": "", "price_fen": price });
        let product = shop.ok("product.add", request);
        shop.ok("cart.add", json!({ "product_id": product["id"], "quantity_milli": 1000 }))
    };
    // (price, tenders) → (change, rounding)
    let cases: &[(i64, Vec<Value>, (i64, i64))] = &[
        (1289, vec![cash(1280)], (0, 9)),
        (1288, vec![cash(2000)], (720, 8)),
        (1280, vec![cash(1280)], (0, 0)),
        (1287, vec![bank(1287)], (0, 0)),
        (1286, vec![bank(1000), cash(280)], (0, 6)),
        (1285, vec![bank(1281), cash(0)], (0, 4)),
        (9, vec![cash(0)], (0, 9)),
    ];
    let mut rounded = 0;
    for (price, tenders, (change, rounding)) in cases {
        add(*price);
        shop.pass(1000);
        let sale = pay(&shop, tenders).unwrap();
        assert_eq!((&sale["change_fen"], &sale["rounding_fen"]), (&json!(change), &json!(rounding)), "{price}");
        let seen = shop.ok("sale.get", json!({ "id": sale["id"] }));
        assert_eq!(seen, sale);
        rounded += rounding;
        assert_eq!(money(&shop, Account::Refundable(sale_id(&sale))), price - rounding);
    }
    assert_eq!(money(&shop, Account::Rounding(STORE_A)), rounded);
    add(1289);
    assert_eq!(pay(&shop, &[cash(1279)]), Err(Code::TenderShort));
    assert_eq!(shop.ok("pay.suggest", json!({}))["cash_fen"][0], 1280, "the exact amount is what cash has to pay");
    sound(&shop);
}

#[test]
fn tax_in_the_price_and_on_top_of_it() {
    for (mode, due, taxes, added) in [
        (TaxMode::Included, CUP_FEN, json!([{ "rate_bp": 1300, "net_fen": 5301, "tax_fen": 689 }]), 0),
        (TaxMode::Added, CUP_FEN + 779, json!([{ "rate_bp": 1300, "net_fen": CUP_FEN, "tax_fen": 779 }]), 779),
    ] {
        let shop = counter();
        rule(&shop, 0x32, 1, 0, RuleBody::Tax(TaxRule { mode, default_bp: 1300, categories: Default::default() }));
        enter(&shop, CUP);
        let cart = cart(&shop);
        assert_eq!((&cart["totals"]["due_fen"], &cart["taxes"], &cart["totals"]["added_tax_fen"]), (&json!(due), &taxes, &json!(added)));
        let sale = pay(&shop, &[cash(due)]).unwrap();
        assert_eq!((&sale["taxes"], &sale["totals"]["added_tax_fen"], &sale["totals"]["due_fen"]), (&taxes, &json!(added), &json!(due)));
        let tax = taxes[0]["tax_fen"].as_i64().unwrap();
        assert_eq!((money(&shop, Account::Tax(STORE_A)), money(&shop, Account::Turnover(STORE_A))), (-tax, -(due - tax)));
        give_back(&shop, sale_id(&sale), &[(1, 1000)]).unwrap();
        assert_eq!((money(&shop, Account::Tax(STORE_A)), money(&shop, Account::Turnover(STORE_A))), (0, 0));
        sound(&shop);
    }
}

#[test]
fn what_the_column_offers() {
    let (shop, member, card) = two_cups();
    let [good, _twin] = [coupon(&shop, 1, Some(member)), coupon(&shop, 2, Some(member))];
    let stranger = counter::member(&shop, "13900001111");
    coupon(&shop, 3, Some(stranger));
    counter::card(&shop, 2, Some(stranger), 5000, 0);
    counter::card(&shop, 3, Some(member), 0, 0);
    let offers = shop.ok("pay.suggest", json!({}));
    assert_eq!(offers["cash_fen"], json!([11_980, 12_000, 15_000, 20_000]));
    // 119.80: nothing makes it a round ten or a round yuan, so the most is proposed.
    assert_eq!(
        offers["points"],
        json!({ "balance": 1000, "round_points": 1000, "round_fen": 1000, "most_points": 1000, "most_fen": 1000, "step": 100 })
    );
    let [offered] = offers["cards"].as_array().unwrap().as_slice() else { panic!("one card: {offers}") };
    assert_eq!((&offered["card_id"], &offered["available_fen"], &offered["pays_fen"]), (&json!(card), &json!(3500), &json!(3500)));
    let coupons = offers["coupons"].as_array().unwrap();
    assert_eq!(coupons.len(), 1, "one offer a kind");
    assert_eq!((&coupons[0]["coupon_id"], &coupons[0]["saves_fen"]), (&json!(good), &json!(1000)));
    let names: Vec<&str> = offers["tenders"].as_array().unwrap().iter().map(|tender| tender["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["银行卡", "微信支付"]);

    // Ten yuan in points bring 109.00 to 99.00; nine to a round hundred.
    shop.ok("cart.discount", json!({ "off_fen": 1080, "reason": "老客", "approval": null }));
    let offers = shop.ok("pay.suggest", json!({}));
    assert_eq!((&offers["points"]["round_points"], &offers["points"]["round_fen"]), (&json!(900), &json!(900)));

    // Everything that is offered can be taken, together.
    shop.ok("cart.coupon", json!({ "code": null, "coupon_id": good }));
    let offers = shop.ok("pay.suggest", json!({}));
    assert_eq!(offers["coupons"].as_array().unwrap().len(), 1, "the one on the cart is not offered again");
    let points = offers["points"]["round_points"].as_i64().unwrap();
    let rest = 10_900 - 1000 - points - 3500;
    pay(&shop, &[by_points(points), by_card(card, 3500), cash(rest)]).unwrap();

    assert_eq!(shop.ok("pay.suggest", json!({}))["cash_fen"][0], 0, "an empty cart offers nothing and does not fail");
}

#[test]
fn a_discount_by_hand_never_makes_a_smaller_cart_worth_less_than_nothing() {
    let shop = Shop::till();
    shop.sign_in_as("manager");
    shop.ok("cart.enter", json!({ "text": "6901234567892" }));
    shop.ok("cart.enter", json!({ "text": "6901234567908" }));
    let discount = |off: i64| json!({ "off_fen": off, "reason": "店庆", "approval": null });
    assert_eq!(shop.refused("cart.discount", discount(5990 + 1280 + 1)), Code::AmountTooLarge);
    assert_eq!(shop.ok("cart.discount", discount(5000))["totals"]["due_fen"], 2270);
    let cart = shop.ok("cart.remove", json!({ "line_no": 1 }));
    assert_eq!(cart["totals"]["due_fen"], 1280, "a discount was allowed for the cart as it was");
    // So was a price by hand for so many pieces.
    shop.ok("cart.price", json!({ "line_no": 2, "price_fen": 1, "reason": "破损", "approval": null }));
    assert_eq!(shop.ok("cart.get", json!({}))["totals"]["due_fen"], 1);
    let cart = shop.ok("cart.set_quantity", json!({ "line_no": 2, "quantity_milli": 9000 }));
    assert_eq!((&cart["totals"]["due_fen"], &cart["lines"][0]["by_hand"]), (&json!(9 * 1280), &json!(false)));
}

#[test]
fn a_price_that_moves_before_it_is_paid_is_shown_first() {
    let shop = counter();
    let window = Window { until: Some(MORNING + 60_000), ..Window::default() };
    rule(&shop, 0x60, 1, 0, RuleBody::Promotion(hefu_core::promo::Promotion { window, ..off("限时立减", 0, 990) }));
    enter(&shop, CUP);
    let request = paying(&shop, &[cash(5000)]);
    assert_eq!(shop.ok("pay.preview", request.clone())["enough"], true);
    shop.pass(60_000);
    assert_eq!(shop.refused("pay.preview", request.clone()), Code::CartChanged);
    assert_eq!(shop.refused("sale.pay", request.clone()), Code::CartChanged);
    let moved = cart(&shop);
    assert_eq!((&moved["id"], &moved["totals"]["due_fen"]), (&request["cart_id"], &json!(CUP_FEN)));
    assert_ne!(moved["revision"], request["revision"]);
    assert_eq!(shop.refused("sale.pay", request), Code::CartChanged, "what the old screen sent stays refused");
    assert_eq!(pay(&shop, &[cash(5000)]), Err(Code::TenderShort));
    pay(&shop, &[cash(6000)]).unwrap();
}

#[test]
fn a_change_that_cannot_be_priced_changes_nothing() {
    let shop = counter();
    let before = enter(&shop, CUP)["cart"].clone();
    let most = (1i64 << 53) - 1;
    let price = |price_fen: i64| json!({ "line_no": 1, "price_fen": price_fen, "reason": "手误", "approval": null });
    shop.ok("cart.set_quantity", json!({ "line_no": 1, "quantity_milli": 90_000_000 }));
    assert_eq!(shop.refused("cart.price", price(most)), Code::AmountTooLarge);
    let after = cart(&shop);
    assert_eq!((&after["id"], &after["lines"][0]["by_hand"]), (&before["id"], &json!(false)));
    let discount = |off: i64| json!({ "off_fen": off, "reason": "手误", "approval": null });
    assert_eq!(shop.refused("cart.discount", discount(most)), Code::AmountTooLarge);
    assert_eq!(shop.refused("cart.discount", discount(-1)), Code::AmountInvalid);
    assert_eq!(cart(&shop), after);
}

#[test]
fn what_is_offered_fits_beside_what_was_entered() {
    let (shop, member, card) = two_cups();
    give_points(&shop, member, 20_000);
    let before = shop.ok("pay.suggest", json!({ "tenders": [] }));
    assert_eq!(before, shop.ok("pay.suggest", json!({})));
    assert_eq!(before["points"]["most_points"], 11_900);
    let entered = json!([by_card(card, 3500), bank(7480)]);
    let beside = shop.ok("pay.suggest", json!({ "tenders": entered }));
    assert_eq!((&beside["points"]["most_points"], &beside["cash_fen"][0]), (&json!(1000), &json!(1000)));
    assert_eq!(beside["cards"][0]["pays_fen"], 1000);
    let most = beside["points"]["most_points"].as_i64().unwrap();
    // What is wrong is the preview's to say: nothing is left, and nothing fails.
    for over in [json!([bank(20_000)]), json!([bank(-5)]), json!([by_points(1)]), json!([bank((1i64 << 53) - 1), bank((1i64 << 53) - 1)])] {
        shop.ok("pay.suggest", json!({ "tenders": over }));
    }
    pay(&shop, &[by_card(card, 3500), bank(7480), by_points(most)]).unwrap();
    sound(&shop);
}

#[test]
fn a_cart_takes_twenty_coupons() {
    let (shop, member, _) = two_cups();
    let put = |n: u8| shop.call("cart.coupon", json!({ "code": null, "coupon_id": coupon(&shop, n, Some(member)) }));
    for n in 1..=20 {
        put(n).unwrap();
    }
    assert_eq!(put(21).map_err(|refused| refused.code).map(drop), Err(Code::CouponTooMany));
    assert_eq!(cart(&shop)["coupons"].as_array().unwrap().len(), 20);
}

/// What is rung up can be paid: no cart comes to more than one operation holds, and no rule of points makes one that does.
#[test]
fn what_the_preview_calls_enough_is_paid() {
    let shop = counter();
    let price = 9_999_999_999_i64;
    let goods = json!({ "name": "大", "category": "", "brand": "", "tags": [], "unit": "件", "price_fen": price, "barcode": "X1" });
    shop.ok("product.add", goods);
    assert_eq!(shop.refused("cart.enter", json!({ "text": "200*X1" })), Code::AmountTooLarge);
    let lines = cart(&shop)["lines"].clone();
    assert_eq!(lines, json!([]));
    enter(&shop, "100*X1");
    assert_eq!(shop.refused("cart.enter", json!({ "text": "X1" })), Code::AmountTooLarge);
    let request = paying(&shop, &[cash(100 * price)]);
    assert_eq!(shop.ok("pay.preview", request.clone())["enough"], true);
    shop.ok("sale.pay", request);

    let earn = EarnPoints::plain(fen(100), Points::new(999_999_999).unwrap());
    assert_eq!(earn.check(), Err(Code::PointsRate));
    // Put in force before there was a bound.
    append(&shop, Draft::new(Rule { rule: RuleId::from_bytes([0x20; 16]), version: 1, valid_from: 1, body: RuleBody::Points(earn) }));
    let member = member(&shop, PHONE);
    enter(&shop, &format!("20*{CUP}"));
    shop.ok("cart.member", json!({ "member_id": member }));
    let request = paying(&shop, &[cash(20 * CUP_FEN)]);
    let preview = shop.ok("pay.preview", request.clone());
    shop.ok("sale.pay", request);
    assert_eq!(preview["points_earned"].as_i64(), Some(points(&shop, member)));
    sound(&shop);
}

/// Points that a sale earns are as young as the sale, also where it was paid with as many: the account shows their sum.
#[test]
fn a_sale_that_earns_what_it_takes_is_seen() {
    const DAY: i64 = 86_400_000;
    for price in [10_100, 10_200] {
        let shop = counter();
        let RuleBody::Points(earn) = redeeming(|_| {}) else { panic!() };
        rule(&shop, 0x20, 1, 1, RuleBody::Points(EarnPoints { expiry: Expiry::Rolling { months: 1 }, ..earn }));
        let member = member(&shop, PHONE);
        give_points(&shop, member, 100);
        shop.pass(20 * DAY);
        shop.sign_in();
        let line = enter(&shop, CUP)["cart"]["lines"][0]["no"].clone();
        shop.ok("cart.price", json!({ "line_no": line, "price_fen": price, "reason": "调价", "approval": null }));
        shop.ok("cart.member", json!({ "member_id": member }));
        let sold = pay(&shop, &[by_points(100), cash(price - 100)]).unwrap();
        assert_eq!(sold["totals"]["points_earned"], price / 100 - 1);
        let rows = shop.ok("statement.points", json!({ "member_id": member, "after": null }))["rows"].clone();
        let of_sale = (&rows[0]["what"], &rows[0]["note"], &rows[0]["amount"]);
        assert_eq!(of_sale, (&json!("sale"), &sold["receipt_no"], &json!(price / 100 - 101)));
        // The hundred that were given are gone by now, paid with before they lapsed.
        shop.pass(20 * DAY);
        shop.sign_in();
        enter(&shop, CUP);
        shop.ok("cart.member", json!({ "member_id": member }));
        assert_eq!(shop.ok("pay.suggest", json!({}))["points"]["balance"], price / 100 - 1);
        sound(&shop);
    }
}
