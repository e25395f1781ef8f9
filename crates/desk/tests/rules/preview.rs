//! Rules tried on sales that were made (G3).

use hefu_core::{
    error::Code,
    ids::StoreId,
    posting::{Account, Unit},
};
use serde_json::{Value, json};

use crate::{
    common::{MORNING, Shop},
    shop::*,
};

#[test]
fn a_preview_prices_real_sales_by_both() {
    let (till, console) = shops();
    let none = preview(&console, &Value::Null, off("满50减10", 5000, 1000));
    assert_eq!((&none["carts"], &none["before_fen"], &none["examples"]), (&json!(0), &json!(0), &json!([])));
    let member =
        till.ok("member.register", json!({ "phone": "13812341234", "name": null, "sex": null, "birthday": null, "card_no": null }));
    sell(&till, &[TISSUE]);
    till.pass(1000);
    let large = sell(&till, &[CUP, &format!("2*{TISSUE}")]);
    till.pass(1000);
    till.ok("cart.member", json!({ "member_id": member["member"]["id"] }));
    sell(&till, &[&format!("2*{CUP}")]);
    let (before, digest) = (till.ok("sale.today", json!({ "after": null })), till.desk.replica().digest().unwrap());
    let tried = preview(&console, &Value::Null, off("满50减10", 5000, 1000));
    assert_eq!((&tried["carts"], &tried["changed"]), (&json!(3), &json!(2)));
    assert_eq!((&tried["before_fen"], &tried["after_fen"]), (&json!(1280 + 8550 + 11_980), &json!(1280 + 7550 + 10_980)));
    assert_eq!((&tried["points_before"], &tried["points_after"]), (&json!(119), &json!(109)));
    // The member's is the greatest change: as much money, and points with it.
    let examples = tried["examples"].as_array().unwrap();
    assert_eq!(examples.len(), 2);
    assert_eq!((&examples[0]["points_before"], &examples[0]["points_after"]), (&json!(119), &json!(109)));
    let receipt = |n: usize| (&examples[n]["receipt_no"], &examples[n]["sale_id"]);
    assert_eq!(receipt(1), (&large["receipt_no"], &large["id"]));
    assert_eq!(examples[1]["goods"], json!(["双层保温杯 500ml", "抽纸 3层120抽"]));
    assert_eq!(examples[1]["reasons"], json!([{ "label": "满50减10", "off_fen": 1000 }]));
    assert_eq!(tried["conflict"], Value::Null);
    assert_eq!(till.ok("sale.today", json!({ "after": null })), before);
    assert_eq!(till.desk.replica().digest().unwrap(), digest, "nothing is written");
    assert_eq!(console.refused("hq.rule_preview", json!({ "rule_id": null, "body": off("满减", 5000, 0) })), Code::PromotionNoEffect);
}

/// So many 满折 that stack, each with a threshold of its own that the others can push the cart below: more sets of them than
/// can be weighed while a customer waits.
fn too_many_to_weigh(console: &Shop) {
    for n in 0..30 {
        let step = json!({ "at_least": { "by": "fen", "at_least": 3000 + 230 * n }, "permille": 930 - 7 * n });
        let kind = json!({ "kind": "percent", "steps": [step] });
        let body = json!({ "rule": "promotion", "name": format!("满折 {n}"), "enabled": true, "kind": kind });
        save(console, &Value::Null, body, None).unwrap();
    }
}

#[test]
fn a_price_that_was_not_proved_says_so_at_the_till_on_the_sale_and_in_a_preview() {
    let (till, console) = shops();
    let plain = sell(&till, &[TISSUE]);
    assert_eq!(plain["unproved"], json!(false));
    assert_eq!(preview(&console, &Value::Null, off("满50减10", 5000, 1000))["unproved"], json!(0));
    too_many_to_weigh(&console);
    pass(&till, &console, 1000);
    let cart = till.ok("cart.enter", json!({ "text": format!("2*{CUP}") }));
    assert_eq!(cart["cart"]["unproved"], json!(true));
    assert!(cart["cart"]["totals"]["off_fen"].as_i64().unwrap() > 0, "what was found by then is the customer's");
    let sold = pay(&till);
    assert_eq!(sold["unproved"], json!(true));
    assert_eq!(till.ok("sale.get", json!({ "id": sold["id"] }))["unproved"], json!(true));
    assert_eq!(till.ok("sale.get", json!({ "id": plain["id"] }))["unproved"], json!(false));
    let tried = preview(&console, &Value::Null, off("满50减10", 5000, 1000));
    assert_eq!((&tried["carts"], &tried["unproved"]), (&json!(2), &json!(1)));
}

#[test]
fn a_preview_of_a_next_version_is_against_the_one_in_force() {
    let (till, console) = shops();
    let rule = save(&console, &Value::Null, off("满减", 5000, 500), None).unwrap()["rule_id"].clone();
    sell(&till, &[CUP]);
    let tried = preview(&console, &rule, off("满减", 5000, 800));
    assert_eq!((&tried["before_fen"], &tried["after_fen"], &tried["changed"]), (&json!(5490), &json!(5190), &json!(1)));
    let same = preview(&console, &rule, off("满减", 5000, 500));
    assert_eq!((&same["carts"], &same["changed"], &same["examples"]), (&json!(1), &json!(0), &json!([])));
    // Its days are set aside: what it would have done had it held then. Its hours are not.
    let next_week = json!({ "from": MORNING + 7 * DAY, "until": MORNING + 14 * DAY });
    assert_eq!(preview(&console, &rule, with(off("满减", 5000, 800), "window", next_week))["after_fen"], 5190);
    let at_night = json!({ "hours": [{ "from_min": 1200, "until_min": 1320 }] });
    assert_eq!(preview(&console, &rule, with(off("满减", 5000, 800), "window", at_night))["after_fen"], 5990);
}

#[test]
fn every_kind_can_be_tried() {
    let (till, console) = shops();
    let member =
        till.ok("member.register", json!({ "phone": "13812341234", "name": null, "sex": null, "birthday": null, "card_no": null }));
    till.ok("cart.member", json!({ "member_id": member["member"]["id"] }));
    sell(&till, &[CUP, &format!("3*{TISSUE}")]);
    till.pass(1000);
    sell(&till, &[TISSUE]);
    let levels = json!([{ "name": "会员", "from": 0, "price_permille": 900 }]);
    for (case, body, changed, after, points) in [
        ("points twice as dear", points(200), 1, 9830 + 1280, 49),
        ("a price for every member", json!({ "rule": "tiers", "levels": levels }), 1, 8847 + 1280, 88),
        ("whole yuan in cash", json!({ "rule": "rounding", "to_fen": 100 }), 2, 9800 + 1200, 98),
        ("tax on top", json!({ "rule": "tax", "mode": "added", "default_bp": 1000 }), 2, 10_813 + 1408, 98),
        ("a coupon nobody has", coupon("十元券", 1000), 2, 8830 + 280, 88),
    ] {
        let tried = preview(&console, &Value::Null, body);
        assert_eq!((&tried["prices"], &tried["carts"]), (&json!(true), &json!(2)), "{case}");
        let expect = (json!(9830 + 1280), json!(98), json!(changed), json!(after), json!(points));
        let found = ["before_fen", "points_before", "changed", "after_fen", "points_after"].map(|key| tried[key].clone());
        assert_eq!(
            (&found[0], &found[1], &found[2], &found[3], &found[4]),
            (&expect.0, &expect.1, &expect.2, &expect.3, &expect.4),
            "{case}"
        );
    }
}

#[test]
fn a_price_by_hand_stays_what_it_was() {
    let (till, console) = shops();
    till.ok("cart.enter", json!({ "text": format!("3*{TISSUE}") }));
    till.ok("cart.price", json!({ "line_no": 1, "price_fen": 999, "reason": "破包", "approval": null }));
    let sale = sell(&till, &[CUP]);
    assert_eq!(sale["totals"]["due_fen"], 3 * 999 + 5990);
    let tried = preview(&console, &Value::Null, off("满60减10", 6000, 1000));
    assert_eq!((&tried["before_fen"], &tried["changed"]), (&json!(3 * 999 + 5990), &json!(0)), "the cup alone does not reach it");
    let tried = preview(&console, &Value::Null, off("满59减10", 5900, 1000));
    assert_eq!(tried["after_fen"], 3 * 999 + 4990);
    let reasons = json!([{ "label": "破包", "off_fen": 843 }, { "label": "满59减10", "off_fen": 1000 }]);
    assert_eq!(tried["examples"][0]["reasons"], reasons);
}

#[test]
fn the_latest_two_hundred_and_the_twenty_greatest() {
    let (till, console) = shops();
    for n in 0..210 {
        till.pass(1000);
        sell(&till, &[&format!("{}*{TISSUE}", n % 23 + 1)]);
    }
    let tried = preview(&console, &Value::Null, with(off("每减", 1000, 100), "kind", json!({ "kind": "price", "permille": 900 })));
    assert_eq!((&tried["carts"], &tried["changed"]), (&json!(200), &json!(200)));
    let examples = tried["examples"].as_array().unwrap();
    let change = |cart: &Value| cart["before_fen"].as_i64().unwrap() - cart["after_fen"].as_i64().unwrap();
    assert_eq!((examples.len(), change(&examples[0])), (20, 23 * 128));
    assert!(examples.is_sorted_by(|one, other| change(one) >= change(other)));
    assert_eq!(examples[0]["receipt_no"], "HB-01-000207", "of equals the latest first");
    let sold = till.ok("sale.today", json!({ "after": null }))["total_fen"].as_i64().unwrap();
    let turnover = Account::Turnover(StoreId::from_bytes([6; 16]));
    assert_eq!(till.desk.replica().read(|book| book.balance(&turnover, Unit::Fen)).unwrap(), -sold);
    assert!(till.desk.replica().verify().unwrap().ok());
}

#[test]
fn a_kind_of_coupon_is_tried_on_the_sales_it_was_used_in() {
    let (till, console) = shops();
    let member =
        till.ok("member.register", json!({ "phone": "13812341234", "name": null, "sex": null, "birthday": null, "card_no": null }));
    let member = &member["member"]["id"];
    let rule = save(&console, &Value::Null, coupon("十元券", 1000), None).unwrap()["rule_id"].clone();
    let batch = "00000000-0000-7000-8000-000000000001";
    let issued = till.ok("coupon.issue", json!({ "batch_id": batch, "template_id": rule, "member_id": member, "count": 1 }));
    till.ok("cart.member", json!({ "member_id": member }));
    till.ok("cart.enter", json!({ "text": CUP }));
    till.ok("cart.coupon", json!({ "code": null, "coupon_id": issued["coupons"][0]["coupon_id"] }));
    assert_eq!(pay(&till)["totals"]["due_fen"], 4990);
    till.pass(1000);
    sell(&till, &[CUP]);
    let tried = preview(&console, &rule, coupon("十元券", 2000));
    assert_eq!((&tried["carts"], &tried["changed"]), (&json!(2), &json!(1)));
    assert_eq!((&tried["before_fen"], &tried["after_fen"]), (&json!(4990 + 5990), &json!(3990 + 5990)));
    assert_eq!(tried["examples"][0]["reasons"], json!([{ "label": "十元券", "off_fen": 2000 }]));
    assert_eq!(preview(&console, &Value::Null, off("满50减10", 5000, 1000))["after_fen"], 3990 + 4990, "beside the coupon that was used");
}

#[test]
fn a_rule_that_no_price_hangs_on_says_so() {
    let (till, console) = shops();
    sell(&till, &[CUP]);
    let law = with(serde_json::to_value(hefu_core::card::CardLaw::shipped()).unwrap(), "rule", json!("card_law"));
    let tender = json!({ "tender": "00000000-0000-0000-0000-000000000001", "name": "银行卡", "enabled": true });
    for body in [
        card_type("金卡"),
        law,
        json!({ "rule": "refunds", "policy": "repriced", "days_most": 7 }),
        json!({ "rule": "tenders", "tenders": [tender] }),
    ] {
        let tried = preview(&console, &Value::Null, body.clone());
        assert_eq!((&tried["prices"], &tried["carts"], &tried["changed"]), (&json!(false), &json!(0), &json!(0)), "{body}");
    }
    // What it says against other rules is said all the same.
    save(&console, &Value::Null, card_type("金卡"), None).unwrap();
    let tried = preview(&console, &Value::Null, card_type("金卡"));
    assert_eq!((&tried["prices"], &tried["conflict"]["code"]), (&json!(false), &json!("name.taken")));
}

#[test]
fn a_new_kind_of_coupon_is_laid_on_the_sales_it_could_be_used_in() {
    let (till, console) = shops();
    sell(&till, &[TISSUE]);
    till.pass(1000);
    sell(&till, &[CUP]);
    let mut large = coupon("十元券", 1000);
    large["effect"]["kind"]["steps"][0]["at_least_fen"] = json!(5000);
    let tried = preview(&console, &Value::Null, large.clone());
    assert_eq!((&tried["changed"], &tried["before_fen"], &tried["after_fen"]), (&json!(1), &json!(1280 + 5990), &json!(1280 + 4990)));
    assert_eq!(tried["examples"][0]["reasons"], json!([{ "label": "十元券", "off_fen": 1000 }]));
    large["effect"]["who"] = json!({ "members_only": true, "tiers": [], "tags": [] });
    assert_eq!(preview(&console, &Value::Null, large)["changed"], 0, "nobody there was a member");
}

#[test]
fn a_tier_is_tried_on_buyers_as_they_stood_before_each_sale() {
    let (till, console) = shops();
    let member =
        till.ok("member.register", json!({ "phone": "13812341234", "name": null, "sex": null, "birthday": null, "card_no": null }));
    let buy = |text: &str| {
        till.pass(1000);
        till.ok("cart.member", json!({ "member_id": member["member"]["id"] }));
        sell(&till, &[text])
    };
    buy(CUP);
    let levels = json!([{ "name": "会员", "from": 0, "price_permille": 1000 }, { "name": "VIP", "from": 5000, "price_permille": 900 }]);
    let tried = |changed: i64, after: i64| {
        let tried = preview(&console, &Value::Null, json!({ "rule": "tiers", "levels": levels }));
        assert_eq!((&tried["changed"], &tried["after_fen"]), (&json!(changed), &json!(after)));
    };
    tried(0, 5990);
    buy(TISSUE);
    tried(1, 5990 + 1152);
    buy(TISSUE);
    tried(2, 5990 + 1152 + 1152);
    assert_eq!(buy(&format!("2*{CUP}"))["totals"]["due_fen"], 11_980);
    tried(3, 5990 + 1152 + 1152 + 10_782);
}
