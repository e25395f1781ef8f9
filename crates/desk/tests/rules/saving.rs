//! Rules put in force, and what is refused (G3, C5).

use hefu_core::error::Code;
use serde_json::{Value, json};

use crate::{common::MORNING, shop::*};

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
fn who_may() {
    let (till, console) = shops();
    assert_eq!(till.refused("hq.rules", json!({})), Code::NotHere);
    let request = json!({ "rule_id": null, "body": off("满减", 5000, 500), "valid_from": null });
    assert_eq!(till.refused("hq.rule_save", request.clone()), Code::NotHere);
    console.ok("session.sign_out", json!({}));
    assert_eq!(console.refused("hq.rule_save", request), Code::SignInNeeded);
}
