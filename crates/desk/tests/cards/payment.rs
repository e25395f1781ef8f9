//! Paying with a card in a sale: in which order it is drawn on, and when it does not pay.

use hefu_core::{card::SpendOrder, error::Code};
use serde_json::{Value, json};

use crate::shop::{CUP, GIFT, GOLD, Till, bank, by_card, cash};

const NONE: Value = Value::Null;

#[test]
fn draws_on_principal_and_bonus_as_its_type_says() {
    for (order, expect) in [
        (SpendOrder::PrincipalFirst, (30_000, 1_940)),
        (SpendOrder::BonusFirst, (26_940, 5_000)),
        // 31,940 of 35,000, in the ratio of six to one.
        (SpendOrder::Proportional, (27_377, 4_563)),
    ] {
        let till = Till::new();
        till.spend(order);
        let card = till.gold_card();
        till.ring(&[&format!("6*{CUP}")], &NONE);
        let sale = till.pay(json!([by_card(&card, 31_940), cash(4_000)])).unwrap();
        let drawn = &sale["tenders"][0];
        assert_eq!((drawn["principal_fen"].as_i64().unwrap(), drawn["bonus_fen"].as_i64().unwrap()), expect, "{order:?}");
        assert_eq!(drawn["card_no"].as_str().unwrap().get(..14), Some("88** **** ****"));
        assert_eq!(till.accounts(&card), (30_000 - expect.0, 5_000 - expect.1));
        assert_eq!(till.of_store(), (-30_000 + expect.0, expect.1, 0, -35_940));
        till.sound(&[&card]);
    }
}

#[test]
fn is_offered_and_previewed_as_it_is_paid() {
    let till = Till::new();
    let card = till.gold_card();
    let member = till.card(&card)["member_id"].clone();
    let cart = till.ring(&[CUP], &member);
    assert_eq!(cart["wallet"]["cards_fen"], 35_000);
    let offer = till.ok("pay.suggest", json!({}))["cards"].clone();
    assert_eq!((offer.as_array().unwrap().len(), &offer[0]["card_id"]), (1, &card));
    assert_eq!((&offer[0]["available_fen"], &offer[0]["pays_fen"]), (&json!(35_000), &json!(5_990)));
    let preview = till.ok("pay.preview", till.paid(json!([by_card(&card, 5_990)])));
    assert_eq!((&preview["enough"], &preview["left_fen"]), (&json!(true), &json!(0)));
    let sale = till.pay(json!([by_card(&card, 5_990)])).unwrap();
    assert_eq!(sale["tenders"], preview["paid"]);
    assert_eq!(sale["totals"]["points_earned"], preview["points_earned"]);
    assert_eq!((till.on(&card), till.cash()), ((24_010, 5_000, 0), 30_000));
    // A lost card and an empty one are not offered.
    till.ok("card.change", json!({ "card_id": card, "change": { "to": "lost" }, "reason": "" }));
    till.open(GOLD, &member);
    till.ring(&[CUP], &member);
    assert_eq!(till.ok("pay.suggest", json!({}))["cards"], json!([]));
}

#[test]
fn does_not_pay() {
    let till = Till::new();
    let card = till.gold_card();
    let gift = till.open(GIFT, &NONE);
    till.ok("card.top_up", till.free(&gift, 10_000, json!([bank(10_000)])));
    till.ring(&[&format!("6*{CUP}")], &NONE);
    let due = 35_940;
    for (tenders, expect) in [
        (json!([by_card(&card, 35_001), cash(939)]), Code::CardTooLittle),
        (json!([by_card(&card, due)]), Code::CardTooLittle),
        (json!([by_card(&card, due + 1)]), Code::TenderOver),
        (json!([by_card(&card, 10_000), by_card(&card, 10_000), cash(due)]), Code::TenderTwice),
        (json!([by_card(&card, 0), cash(due)]), Code::AmountInvalid),
        (json!([by_card(&card, -1), cash(due)]), Code::AmountInvalid),
        (json!([by_card(&card, 10_000_000_000i64)]), Code::AmountTooLarge),
        (json!([by_card(&card, 35_000)]), Code::TenderShort),
        (json!([by_card(&till.id(), due)]), Code::CardUnknown),
    ] {
        assert_eq!(till.pay(tenders.clone()).map(drop), Err(expect), "{tenders}");
    }
    till.ok("card.change", json!({ "card_id": card, "change": { "to": "lost" }, "reason": "" }));
    assert_eq!(till.pay(json!([by_card(&card, 30_000), cash(5_940)])), Err(Code::CardLost));
    let new = till.id();
    till.ok("card.reissue", json!({ "card_id": card, "new_card_id": new, "card_no": null, "reason": "挂失" }));
    assert_eq!(till.pay(json!([by_card(&card, 30_000), cash(5_940)])), Err(Code::CardReplaced));
    assert_eq!((till.accounts(&new), till.accounts(&gift)), ((30_000, 5_000), (10_000, 0)));
    // Two cards together pay; nobody need be on the cart for a card in hand.
    till.pay(json!([by_card(&new, 27_000), by_card(&gift, 8_940)])).unwrap();
    assert_eq!((till.accounts(&new), till.accounts(&gift)), ((3_000, 5_000), (1_060, 0)));
    till.sound(&[&card, &new, &gift]);
}
