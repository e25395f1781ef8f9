//! Rules that are for some levels, and the tiers that have them; rules that are for some stores (C2, C5, G3).

use hefu_core::error::Code;
use serde_json::{Value, json};

use crate::{common::MORNING, shop::*};

fn tiers(names: &[&str]) -> Value {
    let levels = names.iter().enumerate().map(|(at, name)| json!({ "name": name, "from": at * 1000, "price_permille": 1000 }));
    json!({ "rule": "tiers", "levels": levels.collect::<Vec<_>>() })
}

fn who(tiers: &[&str]) -> Value {
    json!({ "members_only": true, "tiers": tiers, "tags": [] })
}

fn for_levels(levels: &[&str]) -> [Value; 3] {
    let mut kind = coupon("老友券", 1000);
    kind["effect"]["who"] = who(levels);
    let multipliers = json!([{ "name": "老友双倍", "permille": 2000, "tiers": levels }]);
    [with(off("老友满减", 5000, 500), "who", who(levels)), kind, with(points(100), "multipliers", multipliers)]
}

#[test]
fn a_rule_is_for_levels_there_are() {
    for place in 0..3 {
        let (_, console) = shops();
        save(&console, &Value::Null, tiers(&["会员", "老友"]), Some(MORNING + DAY)).unwrap();
        let [known, unknown] = [&["VIP"][..], &["VIP", "老友"]].map(|levels| for_levels(levels)[place].clone());
        let refused = Err((Code::TierUnknown, Some("老友".to_owned())));
        assert_eq!(save(&console, &Value::Null, unknown.clone(), None), refused, "not there yet");
        assert_eq!(preview(&console, &Value::Null, unknown)["conflict"], json!({ "code": "tier.unknown", "with": "老友" }));
        let gone = Err((Code::TierUnknown, Some("VIP".to_owned())));
        assert_eq!(save(&console, &Value::Null, known, None), gone, "from tomorrow there is none");
        save(&console, &Value::Null, for_levels(&["会员", "老友"])[place].clone(), Some(MORNING + DAY)).unwrap();
    }
}

#[test]
fn a_level_that_a_rule_is_for_stays() {
    for (place, name) in ["老友满减", "老友券", "老友双倍"].into_iter().enumerate() {
        let (_, console) = shops();
        let rule = save(&console, &Value::Null, for_levels(&[" VIP "])[place].clone(), Some(MORNING + DAY)).unwrap()["rule_id"].clone();
        let refused = Err((Code::TierNamed, Some(name.to_owned())));
        let (without, more) = (tiers(&["会员", "老友"]), tiers(&["会员", "老友", "VIP"]));
        assert_eq!(save(&console, &Value::Null, without.clone(), None), refused, "it waits");
        assert_eq!(save(&console, &Value::Null, without.clone(), Some(MORNING + 2 * DAY)), refused);
        save(&console, &Value::Null, more, None).unwrap();
        // For another level, the first may go.
        save(&console, &rule, for_levels(&["老友"])[place].clone(), Some(MORNING + DAY)).unwrap();
        save(&console, &Value::Null, without, Some(MORNING + DAY)).unwrap();
    }
}

#[test]
fn what_is_over_or_switched_off_keeps_no_level() {
    let (_, console) = shops();
    let [promotion, ..] = for_levels(&["VIP"]);
    save(&console, &Value::Null, with(promotion.clone(), "window", json!({ "until": MORNING + DAY })), None).unwrap();
    let without = tiers(&["会员", "老友"]);
    assert_eq!(save(&console, &Value::Null, without.clone(), None), Err((Code::TierNamed, Some("老友满减".to_owned()))));
    save(&console, &Value::Null, without, Some(MORNING + DAY)).unwrap();
    let off = with(with(promotion, "name", json!("停用的")), "enabled", json!(false));
    save(&console, &Value::Null, off, Some(MORNING + DAY)).unwrap();
}

#[test]
fn a_rule_is_for_stores_there_are() {
    let (_, console) = shops();
    let nowhere = json!(["00000000-0000-0000-0000-000000000001"]);
    let mut kind = coupon("门店券", 1000);
    kind["effect"]["stores"] = nowhere.clone();
    for body in [with(off("门店满减", 5000, 500), "stores", nowhere), kind] {
        assert_eq!(save(&console, &Value::Null, body.clone(), None), Err((Code::StoreUnknown, None)));
        assert_eq!(console.refused("hq.rule_preview", json!({ "rule_id": null, "body": body })), Code::StoreUnknown);
    }
    let here = json!([hefu_core::ids::StoreId::from_bytes([6; 16])]);
    save(&console, &Value::Null, with(off("门店满减", 5000, 500), "stores", here), None).unwrap();
}
