//! What must be shown before a card pays, and what a manager allows without (C3, F4).

use hefu_core::error::Code;
use serde_json::{Value, json};

use crate::shop::{CUP, GOLD, Till, by_card, cash};

const TISSUE: &str = "6901234567908";

/// A gold card whose member has a member card too, at a cashier's window.
fn at_a_cashiers() -> (Till, Value, Value, Value) {
    let till = Till::new();
    let card = till.gold_card();
    let shown = till.card(&card);
    let member = shown["member_id"].clone();
    till.ok("member.change", json!({ "id": member, "name": null, "sex": null, "birthday": null, "card_no": "VIP0001" }));
    till.sign_in_as("cashier");
    (till, card, shown["card_no"].clone(), member)
}

/// A member on the cart, found by what was typed.
fn found(till: &Till, member: &Value, said: &str) {
    till.ok("cart.enter", json!({ "text": CUP }));
    till.ok("cart.member", json!({ "member_id": member, "said": said }));
}

#[test]
fn a_card_from_the_list_pays_when_its_member_is_here() {
    let (till, card, no, member) = at_a_cashiers();
    let other = till.member("13912341234", "王小红");
    for (said, on_cart, expect) in [
        ("张小明", &member, Err(Code::CardNotShown)),
        ("1234", &member, Err(Code::CardNotShown)),
        // What the screen shows of the phone is not the phone.
        ("138****1234", &member, Err(Code::CardNotShown)),
        ("13912341234", &member, Err(Code::CardNotShown)),
        ("13912341234", &other, Err(Code::CardNotShown)),
        ("13812341234", &member, Ok(())),
        ("+86 138 1234 1234", &member, Ok(())),
        ("VIP0001", &member, Ok(())),
    ] {
        found(&till, on_cart, said);
        let pay = till.paid(json!([by_card(&card, 5_990)]));
        let preview = till.call("pay.preview", pay).map(drop).map_err(|error| error.code);
        assert_eq!(preview, expect, "{said}");
        assert_eq!(till.pay(json!([by_card(&card, 5_990)])).map(drop), expect, "{said}");
        till.ok("cart.clear", json!({}));
    }
    // Found by the phone and then once more by the name, they are still here; another member is not.
    found(&till, &member, "13812341234");
    found(&till, &member, "张小明");
    till.ok("pay.preview", till.paid(json!([by_card(&card, 100)])));
    found(&till, &other, "王小红");
    found(&till, &member, "张小明");
    assert_eq!(till.pay(json!([by_card(&card, 100)])).map(drop), Err(Code::CardNotShown));
    // The card itself pays for anybody, in this cart alone.
    let number = json!({ "shown": { "by": "number", "card_no": no } });
    till.ok("cart.member", json!({ "member_id": null }));
    assert_eq!(till.ok("pay.card", number.clone())["card_id"], card);
    till.pay(json!([by_card(&card, 10_000), cash(13_960)])).unwrap();
    found(&till, &member, "张小明");
    assert_eq!(till.pay(json!([by_card(&card, 5_990)])).map(drop), Err(Code::CardNotShown));
    till.ok("cart.clear", json!({}));
    till.sign_in();
    found(&till, &member, "张小明");
    till.pay(json!([by_card(&card, 5_990)])).unwrap();
    till.sound(&[&card]);
}

#[test]
fn a_card_is_shown_later_or_allowed_by_a_manager() {
    let (till, card, no, member) = at_a_cashiers();
    let manager =
        till.ok("session.staff", json!({}))["staff"].as_array().unwrap().iter().find(|each| each["role"] == "manager").unwrap()["id"]
            .clone();
    let said = |said: &str| json!({ "shown": { "by": "member", "card_id": card, "said": said } });
    let allowed = |pin: &str| json!({ "shown": { "by": "approval", "card_id": card, "approval": { "staff_id": manager, "pin": pin } } });
    assert_eq!(till.refused("pay.card", json!({ "shown": { "by": "number", "card_no": no } })), Code::CartEmpty);
    for (request, expect) in [
        (said("1234"), Code::CardNotShown),
        (said("138****1234"), Code::CardNotShown),
        (allowed("0000"), Code::PinWrong),
        (json!({ "shown": { "by": "number", "card_no": "88" } }), Code::CardNumberInvalid),
        (json!({ "shown": { "by": "member", "card_id": till.id(), "said": "13812341234" } }), Code::CardUnknown),
    ] {
        found(&till, &member, "张小明");
        assert_eq!(till.refused("pay.card", request.clone()), expect, "{request}");
        assert_eq!(till.pay(json!([by_card(&card, 5_990)])).map(drop), Err(Code::CardNotShown), "{request}");
    }
    till.ok("cart.clear", json!({}));
    for request in [said("13812341234"), allowed("1357"), json!({ "shown": { "by": "number", "card_no": no } })] {
        found(&till, &member, "张小明");
        till.ok("pay.card", request);
        till.pay(json!([by_card(&card, 5_990)])).unwrap();
    }
    till.sound(&[&card]);
}

/// Somebody looked at a cart and let a card pay for it: for no more than it came to then, and not for the next one.
#[test]
fn what_a_manager_allowed_is_for_the_cart_they_saw() {
    let (till, card, no, member) = at_a_cashiers();
    let staff = till.ok("session.staff", json!({}))["staff"].clone();
    let manager = staff.as_array().unwrap().iter().find(|each| each["role"] == "manager").unwrap()["id"].clone();
    let allowed = json!({ "shown": { "by": "approval", "card_id": card, "approval": { "staff_id": manager, "pin": "1357" } } });
    let by_whom = || {
        let last = till.desk.replica().next_push(1 << 20).unwrap().unwrap().segment.ops.pop().unwrap();
        let detail: Value = serde_json::from_slice(last.detail.bytes().unwrap()).unwrap();
        detail["tenders"][0].get("approved_by").cloned()
    };
    found(&till, &member, "张小明");
    till.ok("pay.card", allowed.clone());
    till.ok("cart.enter", json!({ "text": CUP }));
    let grown = json!([by_card(&card, 11_980)]);
    assert_eq!(till.refused("pay.preview", till.paid(grown.clone())), Code::CardNotShown);
    assert_eq!(till.pay(grown.clone()).map(drop), Err(Code::CardNotShown));
    // As much as was allowed is still allowed; the rest is paid otherwise.
    till.pay(json!([by_card(&card, 5_990), cash(5_990)])).unwrap();
    assert_eq!(by_whom(), Some(manager.clone()), "the sale says who allowed it");
    found(&till, &member, "张小明");
    assert_eq!(till.pay(json!([by_card(&card, 5_990)])).map(drop), Err(Code::CardNotShown), "one cart, not the next");
    // The manager looks again, or the card comes after all, and then it was nobody's to allow.
    till.ok("cart.enter", json!({ "text": CUP }));
    till.ok("pay.card", allowed.clone());
    assert_eq!(till.ok("pay.preview", till.paid(grown.clone()))["enough"], true);
    till.ok("pay.card", json!({ "shown": { "by": "number", "card_no": no } }));
    till.pay(grown).unwrap();
    assert_eq!(by_whom(), None);
    // A member who then says their whole phone needs nobody's leave either.
    found(&till, &member, "张小明");
    till.ok("pay.card", allowed);
    found(&till, &member, "13812341234");
    till.pay(json!([by_card(&card, 11_980)])).unwrap();
    assert_eq!(by_whom(), None);
    till.sound(&[&card]);
}

/// Once the cart is about something else, nobody has allowed anything.
#[test]
fn what_a_manager_allowed_ends_with_what_they_saw() {
    let (till, card, _, member) = at_a_cashiers();
    let staff = till.ok("session.staff", json!({}))["staff"].clone();
    let manager = staff.as_array().unwrap().iter().find(|each| each["role"] == "manager").unwrap()["id"].clone();
    let allow = || {
        let approval = json!({ "staff_id": manager, "pin": "1357" });
        till.ok("pay.card", json!({ "shown": { "by": "approval", "card_id": card, "approval": approval } }));
    };
    let pays = |fen: i64| till.call("pay.preview", till.paid(json!([by_card(&card, fen)]))).map(drop).map_err(|error| error.code);
    found(&till, &member, "张小明");
    let sale = till.pay(json!([cash(6_000)])).unwrap()["id"].clone();
    let other = till.member("13712341234", "李大力");
    let lines = json!([{ "no": 1, "quantity_milli": 1000 }]);
    let of = json!({ "refund_id": till.id(), "sale_id": sale, "lines": lines, "reason": "换货", "approval": null });
    for (change, request) in [
        ("cart.remove", json!({ "line_no": 1 })),
        ("cart.set_quantity", json!({ "line_no": 2, "quantity_milli": 1000 })),
        ("cart.member", json!({ "member_id": other })),
        ("cart.exchange", json!({ "exchange": of })),
    ] {
        till.ok("cart.clear", json!({}));
        found(&till, &member, "张小明");
        till.ok("cart.enter", json!({ "text": TISSUE }));
        till.ok("cart.set_quantity", json!({ "line_no": 2, "quantity_milli": 2000 }));
        allow();
        assert_eq!(pays(100), Ok(()), "{change}");
        till.ok(change, request);
        assert_eq!(pays(100), Err(Code::CardNotShown), "{change}");
    }
    // What comes back pays its part: no more than the rest was allowed, whatever happens to the exchange.
    till.ok("cart.enter", json!({ "text": CUP }));
    allow();
    till.ok("cart.exchange", json!({ "exchange": null }));
    assert_eq!(pays(100), Err(Code::CardNotShown));
}

#[test]
fn what_must_be_shown_is_policy() {
    use hefu_core::{
        card::{CardType, Shown},
        rules::RuleBody,
    };
    for (shown, by_name, by_phone) in [(Shown::Card, false, false), (Shown::Member, false, true), (Shown::Nothing, true, true)] {
        let (till, card, no, member) = at_a_cashiers();
        till.put(GOLD, 2, RuleBody::CardType(CardType { shown, ..crate::shop::gold() }));
        for (said, pays) in [("张小明", by_name), ("13812341234", by_phone)] {
            found(&till, &member, said);
            let expect = if pays { Ok(()) } else { Err(Code::CardNotShown) };
            assert_eq!(till.pay(json!([by_card(&card, 5_990)])).map(drop), expect, "{shown:?} {said}");
            till.ok("cart.clear", json!({}));
        }
        found(&till, &member, "张小明");
        let said = till.call("pay.card", json!({ "shown": { "by": "member", "card_id": card, "said": "13812341234" } }));
        assert_eq!(said.is_ok(), shown != Shown::Card);
        till.ok("pay.card", json!({ "shown": { "by": "number", "card_no": no } }));
        till.pay(json!([by_card(&card, 5_990)])).unwrap();
    }
}
