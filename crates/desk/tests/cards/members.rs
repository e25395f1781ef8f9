//! One rule says what of a member a person sees (B9), on every screen that names one.

use serde_json::{Value, json};

use crate::shop::{CUP, GOLD, Till};

/// Name and phone by every command that tells them of a member: in lists, on the cart, the page, the card, the receipt.
fn told(till: &Till, member: &Value, card: &Value, phone: &str) -> Vec<(&'static str, Value, Option<Value>)> {
    let hit = till.ok("member.search", json!({ "text": phone }))["hits"][0]["member"].clone();
    let by_phone = till.ok("member.by_phone", json!({ "phone": phone }));
    let cart = till.ring(&[CUP], member)["member"].clone();
    let page = till.ok("member.get", json!({ "id": member, "after": null }));
    let shown = till.card(card);
    let due = till.ok("cart.get", json!({}))["totals"]["due_fen"].clone();
    let sale = till.pay(json!([{ "kind": "cash", "given_fen": due }])).unwrap();
    let row = till.ok("sale.today", json!({ "after": null }))["sales"][0]["member_name"].clone();
    let found = till.ok("refund.find", json!({ "text": null, "member_id": member }))["sales"][0]["member_name"].clone();
    let both = |of: &Value| (of["name"].clone(), Some(of["phone"].clone()));
    [
        ("search", both(&hit)),
        ("by phone", both(&by_phone)),
        ("cart", both(&cart)),
        ("page", both(&page["card"])),
        ("card of the page", (page["cards"][0]["member_name"].clone(), Some(page["cards"][0]["member_phone"].clone()))),
        ("card", (shown["member_name"].clone(), Some(shown["member_phone"].clone()))),
        ("receipt", both(&sale["member"])),
        ("list of sales", (row, None)),
        ("sales to refund", (found, None)),
    ]
    .into_iter()
    .map(|(place, (name, phone))| (place, name, phone))
    .collect()
}

#[test]
fn is_seen_alike_everywhere() {
    let till = Till::new();
    let phone = "13812341234";
    // The manager registers one, the cashier another.
    let strangers = till.undocumented(phone, "张小明");
    let of_stranger = till.open(GOLD, &strangers);
    till.sign_in_as("cashier");
    let own = till.undocumented("13900001111", "李雷雷");
    let of_own = till.open(GOLD, &own);

    let check = |member: &Value, card: &Value, phone: &str, name: &str, shown: &str, full: bool| {
        for (place, told_name, told_phone) in told(&till, member, card, phone) {
            assert_eq!(told_name, name, "{place}");
            assert!(told_phone.is_none_or(|told| told == shown), "{place}");
        }
        assert_eq!(till.card(card)["member_full"], full);
    };
    check(&strangers, &of_stranger, phone, "张**", "138****1234", false);
    check(&own, &of_own, "13900001111", "李雷雷", "13900001111", true);
    till.sign_in_as("assistant");
    check(&own, &of_own, "13900001111", "李**", "139****1111", false);
    till.sign_in();
    check(&strangers, &of_stranger, phone, "张小明", phone, true);
    check(&own, &of_own, "13900001111", "李雷雷", "13900001111", true);
}

#[test]
fn of_a_card_that_is_nobodys_there_is_nothing_to_see() {
    let till = Till::new();
    let gift = till.open(crate::shop::GIFT, &Value::Null);
    let shown = till.card(&gift);
    assert_eq!((&shown["member_name"], &shown["member_phone"], &shown["member_full"]), (&Value::Null, &Value::Null, &json!(false)));
}
