//! Rules at the console: listed with their versions, tried on sales that were made, put in force (G3, C5).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;

use common::{MORNING, Shop};
use hefu_core::{
    error::Code,
    ids::StoreId,
    posting::{Account, Unit},
};
use serde_json::{Value, json};

const CUP: &str = "6901234567892";
const TISSUE: &str = "6901234567908";
const HOUR: i64 = 3600 * 1000;
const DAY: i64 = 24 * HOUR;

/// A till with the chain's console over the same book.
fn shops() -> (Shop, Shop) {
    let till = Shop::till();
    till.sign_in();
    let console = till.console();
    (till, console)
}

/// The console's clock goes on, past the hour after which it asks who is there.
fn later(console: &Shop, ms: i64) {
    console.pass(ms);
    if ms > HOUR {
        console.ok("session.password", json!({ "login": "admin", "password": "a-long-password" }));
    }
}

/// Both clocks go on.
fn pass(till: &Shop, console: &Shop, ms: i64) {
    till.pass(ms);
    later(console, ms);
}

/// Pays the cart in cash, to the fen.
fn pay(till: &Shop) -> Value {
    let cart = till.ok("cart.get", json!({}));
    let tenders = json!([{ "kind": "cash", "given_fen": cart["totals"]["due_fen"] }]);
    till.ok("sale.pay", json!({ "cart_id": cart["id"], "revision": cart["revision"], "tenders": tenders }))
}

fn sell(till: &Shop, texts: &[&str]) -> Value {
    for text in texts {
        till.ok("cart.enter", json!({ "text": text }));
    }
    pay(till)
}

/// 满减.
fn off(name: &str, at_least_fen: i64, off_fen: i64) -> Value {
    let kind = json!({ "kind": "off", "steps": [{ "at_least_fen": at_least_fen, "off_fen": off_fen }] });
    json!({ "rule": "promotion", "name": name, "enabled": true, "kind": kind })
}

fn points(per_fen: i64) -> Value {
    json!({ "rule": "points", "per_fen": per_fen, "points": 1 })
}

fn card_type(name: &str) -> Value {
    json!({ "rule": "card_type", "name": name, "enabled": true, "registered": true, "plans": [], "free_amount": null,
            "spend_order": "principal_first", "transferable": true, "gift_counts": "promised" })
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

fn save(console: &Shop, rule: &Value, body: Value, valid_from: Option<i64>) -> Result<Value, (Code, Option<String>)> {
    let request = json!({ "rule_id": rule, "body": body, "valid_from": valid_from });
    console.call("hq.rule_save", request).map_err(|error| {
        let with = error.args.get("with").map(|with| serde_json::to_value(with).unwrap().as_str().unwrap().to_owned());
        (error.code, with)
    })
}

fn preview(console: &Shop, rule: &Value, body: Value) -> Value {
    console.ok("hq.rule_preview", json!({ "rule_id": rule, "body": body }))
}

fn of_kind(console: &Shop, kind: &str) -> Vec<Value> {
    let rules = console.ok("hq.rules", json!({}));
    rules["rules"].as_array().unwrap().iter().filter(|rule| rule["versions"][0]["body"]["rule"] == kind).cloned().collect()
}

fn states(rule: &Value) -> Vec<(i64, String)> {
    let versions = rule["versions"].as_array().unwrap().iter();
    versions.map(|version| (version["version"].as_i64().unwrap(), version["state"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn a_saved_promotion_takes_off_at_the_next_scan() {
    let (till, console) = shops();
    let saved = save(&console, &Value::Null, off(" 满50  减10 ", 5000, 1000), None).unwrap();
    assert_eq!((&saved["name"], states(&saved)), (&json!("满50 减10"), vec![(1, "in_force".into())]));
    let cart = till.ok("cart.enter", json!({ "text": CUP }))["cart"].clone();
    assert_eq!(cart["totals"]["due_fen"], 4990);
    assert_eq!(cart["lines"][0]["reasons"], json!([{ "label": "满50 减10", "off_fen": 1000 }]));
    let sale = pay(&till);
    assert_eq!(sale["totals"]["due_fen"], 4990);
    let switched_off = with(off("满50 减10", 5000, 1000), "enabled", json!(false));
    pass(&till, &console, 1);
    save(&console, &saved["rule_id"], switched_off, None).unwrap();
    assert_eq!(till.ok("cart.enter", json!({ "text": CUP }))["cart"]["totals"]["due_fen"], 5990);
    assert_eq!(till.ok("sale.get", json!({ "id": sale["id"] }))["totals"]["due_fen"], 4990, "what was sold stays");
    assert_eq!(till.ok("status.verify", json!({}))["ok"], true);
}

#[test]
fn versions_begin_one_after_the_other() {
    let (till, console) = shops();
    let rule = save(&console, &Value::Null, off("满减", 5000, 500), None).unwrap()["rule_id"].clone();
    let later = MORNING + DAY;
    let saved = save(&console, &rule, off("满减", 5000, 800), Some(later)).unwrap();
    assert_eq!(states(&saved), [(2, "coming".into()), (1, "in_force".into())]);
    let cart = till.ok("cart.enter", json!({ "text": CUP }))["cart"].clone();
    assert_eq!(cart["totals"]["off_fen"], 500);
    for (case, valid_from, code) in [
        ("the past", Some(MORNING - 1), Code::RuleTooEarly),
        ("long ago", Some(i64::MIN), Code::RuleTooEarly),
        ("with the one before", Some(later), Code::RuleTooEarly),
        ("before the one before", Some(later - 1), Code::RuleTooEarly),
        ("now, before the one that is coming", None, Code::RuleTooEarly),
        ("a slip in the year", Some(MORNING + 732 * DAY), Code::RuleTooLate),
        ("never", Some(i64::MAX), Code::RuleTooLate),
    ] {
        assert_eq!(save(&console, &rule, off("满减", 5000, 900), valid_from), Err((code, None)), "{case}");
    }
    pass(&till, &console, DAY);
    assert_eq!(till.ok("cart.get", json!({}))["totals"]["off_fen"], 800, "the cart is priced by what holds now");
    let rules = of_kind(&console, "promotion");
    assert_eq!(states(&rules[0]), [(2, "in_force".into()), (1, "past".into())]);
}

#[test]
fn sent_again_it_is_the_same_version() {
    let (_, console) = shops();
    let first = save(&console, &Value::Null, off("满减", 5000, 500), None).unwrap();
    let operations = |shop: &Shop| shop.desk.replica().digest().unwrap().operations;
    let before = operations(&console);
    console.pass(5000);
    assert_eq!(save(&console, &Value::Null, off("满减", 5000, 500), None).unwrap(), first, "the answer was lost on its way");
    assert_eq!(save(&console, &first["rule_id"], off("满减", 5000, 500), None).unwrap(), first);
    let coming = Some(MORNING + DAY);
    let second = save(&console, &first["rule_id"], off("满减", 5000, 600), coming).unwrap();
    assert_eq!(save(&console, &first["rule_id"], off("满减", 5000, 600), coming).unwrap(), second);
    later(&console, 2 * DAY);
    let again = save(&console, &first["rule_id"], off("满减", 5000, 600), coming).unwrap();
    assert_eq!(states(&again), [(2, "in_force".into()), (1, "past".into())], "for ever, also when that moment is past");
    assert_eq!(operations(&console), before + 1);
}

#[test]
fn of_those_with_one_in_force_there_is_one_rule() {
    let (till, console) = shops();
    let shipped = of_kind(&console, "points");
    assert_eq!((shipped.len(), states(&shipped[0])), (1, vec![(1, "in_force".into())]));
    console.pass(1);
    let saved = save(&console, &Value::Null, points(200), None).unwrap();
    assert_eq!((&saved["rule_id"], states(&saved)[0].0), (&shipped[0]["rule_id"], 2), "without an id it is the one there is");
    till.pass(1);
    let member =
        till.ok("member.register", json!({ "phone": "13812341234", "name": null, "sex": null, "birthday": null, "card_no": null }));
    till.ok("cart.member", json!({ "member_id": member["member"]["id"] }));
    assert_eq!(till.ok("cart.enter", json!({ "text": CUP }))["cart"]["totals"]["points_earned"], 29);
    // A kind that was never there begins with its first version.
    let rounding = save(&console, &Value::Null, json!({ "rule": "rounding", "to_fen": 10 }), None).unwrap();
    assert_eq!(states(&rounding), [(1, "in_force".into())]);
    // Another kind's id is none of this kind.
    assert_eq!(save(&console, &rounding["rule_id"], points(300), None), Err((Code::RuleUnknown, None)));
    let nobody = json!("00000000-0000-0000-0000-000000000000");
    assert_eq!(save(&console, &nobody, off("满减", 5000, 500), None), Err((Code::RuleUnknown, None)));
}

#[test]
fn what_makes_no_sense_is_refused_and_writes_nothing() {
    let (_, console) = shops();
    let before = console.ok("hq.rules", json!({}));
    let gift = json!([{ "name": "会员", "from": 0, "price_permille": 1000, "gift": "00000000-0000-0000-0000-000000000001" }]);
    let tender = |name: &str| json!({ "tender": "00000000-0000-0000-0000-000000000001", "name": name, "enabled": true });
    for (case, body, code) in [
        ("a negative threshold", off("满减", -1, 100), Code::AmountInvalid),
        ("nothing off", off("满减", 5000, 0), Code::PromotionNoEffect),
        ("more off than it takes", off("满减", 100, 101), Code::PromotionPaysOut),
        ("enormous", off("满减", 10_000_000_000, 100), Code::AmountTooLarge),
        ("no name", off("  ", 5000, 100), Code::NameInvalid),
        ("a name without end", off(&"长".repeat(61), 5000, 100), Code::TextTooLong),
        ("points for nothing", points(0), Code::AmountInvalid),
        (
            "a coupon that never begins",
            with(coupon("券", 1000), "validity", json!({ "validity": "days", "days": 0 })),
            Code::CouponValidity,
        ),
        ("rounding to the customer's loss", json!({ "rule": "rounding", "to_fen": 0 }), Code::AmountInvalid),
        ("a gift that is no coupon", json!({ "rule": "tiers", "levels": gift }), Code::RuleUnknown),
        ("one tender twice", json!({ "rule": "tenders", "tenders": [tender("银行卡"), tender("微信")] }), Code::NameTaken),
    ] {
        assert_eq!(save(&console, &Value::Null, body, None), Err((code, None)), "{case}");
    }
    let rubbish = json!({ "rule_id": null, "body": { "rule": "wishes" }, "valid_from": null });
    assert_eq!(console.refused("hq.rule_save", rubbish), Code::RequestInvalid);
    assert_eq!(console.ok("hq.rules", json!({})), before);
}

/// The national pack with changes of a city.
fn law(city: &str, change: impl FnOnce(&mut hefu_core::card::CardLaw)) -> Value {
    let mut law = hefu_core::card::CardLaw { city: city.into(), ..hefu_core::card::CardLaw::shipped() };
    change(&mut law);
    with(serde_json::to_value(law).unwrap(), "rule", json!("card_law"))
}

#[test]
fn card_types_and_the_law_are_weighed_by_what_is_saved() {
    use hefu_core::money::Fen;
    let (_, console) = shops();
    let plan = |pay: i64, bonus: i64| json!([{ "name": "大额", "pay_fen": pay, "bonus_fen": bonus, "parts": 1 }]);
    let beyond = |with: &str| Err((Code::CardLimitRegistered, Some(with.to_owned())));
    let big = with(card_type("大卡"), "plans", plan(500_000, 50_000));
    assert_eq!(save(&console, &Value::Null, with(card_type("大卡"), "plans", plan(600_000, 0)), None), beyond("全国"));
    assert_eq!(save(&console, &Value::Null, big.clone(), None), beyond("全国"), "as shipped, bonus counts");
    assert_eq!(preview(&console, &Value::Null, big.clone())["conflict"], json!({ "code": "card.limit_registered", "with": "全国" }));
    // Where the city's law does not count the bonus, 5,000 get 500.
    let lenient = save(&console, &Value::Null, law("上海", |law| law.bonus_counts = false), None).unwrap()["rule_id"].clone();
    console.pass(1);
    let saved = save(&console, &Value::Null, big.clone(), None).unwrap()["rule_id"].clone();
    // A stricter pack would forbid what is on offer, and says what.
    console.pass(1);
    let strict = law("北京", |law| law.registered_most_fen = Fen::constant(300_000));
    assert_eq!(save(&console, &lenient, law("全国", |_| {}), None), beyond("大卡"));
    assert_eq!(save(&console, &lenient, strict.clone(), None), beyond("大卡"));
    // Taken off the offer first, it stands in nobody's way.
    save(&console, &saved, with(big.clone(), "enabled", json!(false)), None).unwrap();
    console.pass(1);
    save(&console, &lenient, strict, None).unwrap();
    console.pass(1);
    assert_eq!(save(&console, &saved, big.clone(), None), beyond("北京"));
    // A pack of one city weighs as much as that of all others, and is named.
    console.pass(1);
    let mut packs = law("全国", |law| law.bonus_counts = false);
    let mut city = law("杭州", |law| law.registered_most_fen = Fen::constant(300_000));
    city.as_object_mut().unwrap().remove("rule");
    packs["cities"] = json!([city]);
    save(&console, &lenient, packs.clone(), None).unwrap();
    console.pass(1);
    assert_eq!(save(&console, &saved, big.clone(), None), beyond("杭州"));
    save(&console, &lenient, law("全国", |law| law.bonus_counts = false), None).unwrap();
    console.pass(1);
    save(&console, &saved, big, None).unwrap();
    console.pass(1);
    assert_eq!(save(&console, &lenient, packs, None), beyond("大卡"));
}

#[test]
fn names_are_one_each_among_the_living() {
    let (_, console) = shops();
    let taken = |name: &str| Err((Code::NameTaken, Some(name.to_owned())));
    let first = save(&console, &Value::Null, off("满减 A", 5000, 500), None).unwrap()["rule_id"].clone();
    assert_eq!(save(&console, &Value::Null, off("满减ａ", 8000, 900), None), taken("满减 A"), "narrowed and without spaces");
    save(&console, &Value::Null, coupon("满减 A", 1000), None).unwrap();
    assert_eq!(save(&console, &Value::Null, coupon("满减 A", 2000), None), taken("满减 A"));
    save(&console, &Value::Null, card_type("金卡"), None).unwrap();
    let other = with(card_type("金卡"), "registered", json!(false));
    assert_eq!(save(&console, &Value::Null, other, None), taken("金卡"));
    // A name that is to come is taken; one that is switched off is free.
    console.pass(1);
    save(&console, &first, off("满减 B", 5000, 500), Some(MORNING + DAY)).unwrap();
    assert_eq!(save(&console, &Value::Null, off("满减 B", 8000, 900), None), taken("满减 B"));
    later(&console, 2 * DAY);
    save(&console, &first, with(off("满减 B", 5000, 500), "enabled", json!(false)), None).unwrap();
    let second = save(&console, &Value::Null, off("满减 B", 8000, 900), None).unwrap()["rule_id"].clone();
    console.pass(1);
    assert_eq!(save(&console, &first, off("满减 B", 5000, 500), None), taken("满减 B"));
    save(&console, &second, off("满减 B", 8000, 950), None).unwrap();
}

#[test]
fn promotions_that_contradict_each_other_are_named() {
    let (_, console) = shops();
    let grouped = |name: &str| with(off(name, 5000, 500), "group", json!("满减"));
    save(&console, &Value::Null, grouped("春促"), None).unwrap();
    let conflict = (Code::PromotionTwice, Some("春促".to_owned()));
    assert_eq!(save(&console, &Value::Null, grouped("再来一次"), None), Err(conflict));
    let tried = preview(&console, &Value::Null, grouped("再来一次"));
    assert_eq!(tried["conflict"], json!({ "code": "promotion.twice", "with": "春促" }));
    assert_eq!(preview(&console, &Value::Null, off("春促", 9000, 100))["conflict"], json!({ "code": "name.taken", "with": "春促" }));
    // Where the other has ended first, both can be.
    let window = json!({ "from": MORNING + 10 * DAY, "until": MORNING + 20 * DAY });
    let ended = save(&console, &Value::Null, with(with(off("夏促", 6000, 700), "group", json!("满减")), "window", window), None).unwrap();
    let twice =
        with(with(off("夏促二", 6000, 700), "group", json!("满减")), "window", json!({ "from": MORNING + 20 * DAY, "until": null }));
    save(&console, &Value::Null, twice, None).unwrap();
    assert_eq!(states(&ended), [(1, "in_force".into())]);
}

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
    let levels = json!([{ "name": "会员", "from": 0, "price_permille": 1000 }, { "name": "VIP", "from": 100, "price_permille": 900 }]);
    for (case, body, changed, after, points) in [
        ("points twice as dear", points(200), 1, 9830 + 1280, 49),
        ("a tier within reach", json!({ "rule": "tiers", "levels": levels }), 1, 8847 + 1280, 88),
        ("whole yuan in cash", json!({ "rule": "rounding", "to_fen": 100 }), 2, 9800 + 1200, 98),
        ("tax on top", json!({ "rule": "tax", "mode": "added", "default_bp": 1000 }), 2, 10_813 + 1408, 98),
        ("a card type", card_type("金卡"), 0, 9830 + 1280, 98),
        ("refunds", json!({ "rule": "refunds", "policy": "repriced", "days_most": 7 }), 0, 9830 + 1280, 98),
        ("a coupon nobody has", coupon("十元券", 1000), 0, 9830 + 1280, 98),
    ] {
        let tried = preview(&console, &Value::Null, body);
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
fn who_may() {
    let (till, console) = shops();
    assert_eq!(till.refused("hq.rules", json!({})), Code::NotHere);
    let request = json!({ "rule_id": null, "body": off("满减", 5000, 500), "valid_from": null });
    assert_eq!(till.refused("hq.rule_save", request.clone()), Code::NotHere);
    console.ok("session.sign_out", json!({}));
    assert_eq!(console.refused("hq.rule_save", request), Code::SignInNeeded);
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
