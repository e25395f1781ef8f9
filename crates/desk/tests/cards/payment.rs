//! Paying with a card in a sale: in which order it is drawn on, and when it does not pay.

use hefu_core::{card::SpendOrder, error::Code};
use serde_json::{Value, json};

use crate::shop::{CUP, DAY, GIFT, GOLD, Till, bank, by_card, cash};

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
    till.ok("card.change", json!({ "card_id": card, "change": { "to": "lost" }, "reason": "", "approval": null }));
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
    till.ok("card.change", json!({ "card_id": card, "change": { "to": "lost" }, "reason": "", "approval": null }));
    assert_eq!(till.pay(json!([by_card(&card, 30_000), cash(5_940)])), Err(Code::CardLost));
    let new = till.id();
    till.ok("card.reissue", json!({ "card_id": card, "new_card_id": new, "card_no": null, "reason": "挂失", "approval": null }));
    assert_eq!(till.pay(json!([by_card(&card, 30_000), cash(5_940)])), Err(Code::CardReplaced));
    assert_eq!((till.accounts(&new), till.accounts(&gift)), ((30_000, 5_000), (10_000, 0)));
    // Two cards together pay; nobody need be on the cart for a card in hand.
    till.pay(json!([by_card(&new, 27_000), by_card(&gift, 8_940)])).unwrap();
    assert_eq!((till.accounts(&new), till.accounts(&gift)), ((3_000, 5_000), (1_060, 0)));
    till.sound(&[&card, &new, &gift]);
}

#[test]
fn what_a_newer_program_changed_waits_for_an_update() {
    let till = Till::new();
    let card = till.gold_card();
    let member = till.card(&card)["member_id"].clone();
    let (other, to) = (till.open(GOLD, &member), till.member("13912341234", "王小红"));
    till.ring(&[CUP], &member);
    till.freeze(&[&card, &to]);
    assert_eq!(till.card(&card)["why_not"], "card.frozen");
    assert_eq!(till.pay(json!([by_card(&card, 5_990)])), Err(Code::CardFrozen));
    let change = |card: &Value, change: Value| json!({ "card_id": card, "change": change, "reason": "本人到店", "approval": null });
    for (command, request, expect) in [
        ("card.top_up", till.plan(&card, "充300送50", cash(30_000)), Code::CardFrozen),
        ("card.change", change(&card, json!({ "to": "lost" })), Code::CardFrozen),
        (
            "card.reissue",
            json!({ "card_id": card, "new_card_id": till.id(), "card_no": null, "reason": "坏", "approval": null }),
            Code::CardFrozen,
        ),
        ("card.refund_quote", json!({ "card_id": card, "cause": "customer" }), Code::CardFrozen),
        ("card.change", change(&other, json!({ "to": "member", "member_id": to })), Code::MemberFrozen),
        ("card.open", json!({ "card_id": till.id(), "type_id": GOLD, "member_id": to, "card_no": null }), Code::MemberFrozen),
        ("cart.member", json!({ "member_id": to }), Code::MemberFrozen),
    ] {
        assert_eq!(till.refused(command, request.clone()), expect, "{command} {request}");
    }
    // A card that is frozen is no reason to refuse its member, or their cash.
    till.pay(json!([cash(5_990)])).unwrap();
}

#[test]
fn a_member_frozen_while_on_the_cart_is_not_sold_to() {
    let till = Till::new();
    let member = till.member("13812341234", "张小明");
    till.ring(&[CUP], &member);
    till.freeze(&[&member]);
    assert_eq!(till.refused("pay.preview", till.paid(json!([cash(5_990)]))), Code::MemberFrozen);
    assert_eq!(till.pay(json!([cash(5_990)])), Err(Code::MemberFrozen));
    // Cash is never blocked: without them it is a sale like any other.
    till.ok("cart.member", json!({ "member_id": null }));
    till.pay(json!([cash(5_990)])).unwrap();
}

const TISSUE: &str = "6901234567908";

/// Lays goods of a sale on the cart to come back.
fn bring_back(till: &Till, sale: &Value, lines: &[i64]) {
    let lines: Vec<Value> = lines.iter().map(|no| json!({ "no": no, "quantity_milli": 1000 })).collect();
    let exchange = json!({ "refund_id": till.id(), "sale_id": sale["id"], "lines": lines, "reason": "换货", "approval": null });
    till.ok("cart.exchange", json!({ "exchange": exchange }));
}

fn reissued(till: &Till, card: &Value) -> Value {
    let new = till.id();
    till.ok("card.reissue", json!({ "card_id": card, "new_card_id": new, "card_no": null, "reason": "挂失", "approval": null }));
    new
}

fn used(till: &Till, card: &Value) -> (Value, Value, Value) {
    let quote = till.ok("card.refund_quote", json!({ "card_id": card, "cause": "customer" }));
    (quote["charged_fen"].clone(), quote["used_fen"].clone(), quote["refund_fen"].clone())
}

#[test]
fn what_comes_back_goes_onto_the_card_that_lives() {
    let till = Till::new();
    till.spend(SpendOrder::BonusFirst);
    let card = till.gold_card();
    till.ring(&[CUP], &NONE);
    let sale = till.pay(json!([by_card(&card, 5_990)])).unwrap();
    assert_eq!(till.accounts(&card), (29_010, 0));
    let new = reissued(&till, &card);
    till.ring(&[TISSUE], &NONE);
    bring_back(&till, &sale, &[1]);
    till.pay(json!([by_card(&new, 1_280)])).unwrap();
    // Bonus comes back as bonus: 990 and 5,000 came, 1,280 went, which found no bonus yet.
    assert_eq!((till.accounts(&new), till.accounts(&card)), ((28_720, 5_000), (0, 0)));
    till.pass(8 * DAY);
    assert_eq!(used(&till, &new), (json!(1_280), json!(1_280), json!(28_720)));
    till.sound(&[&card, &new]);
}

#[test]
fn an_even_exchange_is_seen_though_nothing_moves_on_the_card() {
    let till = Till::new();
    let card = till.gold_card();
    till.ring(&[CUP], &NONE);
    till.ok("cart.discount", json!({ "off_fen": 990, "reason": "老客", "approval": null }));
    let sale = till.pay(json!([by_card(&card, 5_000)])).unwrap();
    till.pass(8 * DAY);
    assert_eq!(used(&till, &card), (json!(5_000), json!(5_990), json!(24_010)));
    till.ring(&[CUP], &NONE);
    till.ok("cart.discount", json!({ "off_fen": 990, "reason": "老客", "approval": null }));
    bring_back(&till, &sale, &[1]);
    till.pay(json!([by_card(&card, 5_000)])).unwrap();
    assert_eq!(till.accounts(&card), (25_000, 5_000));
    assert_eq!(used(&till, &card), (json!(5_000), json!(5_990), json!(24_010)));
    till.sound(&[&card]);
}

#[test]
fn what_is_kept_counts_and_not_what_came_back() {
    let till = Till::new();
    let card = till.gold_card();
    // The cup at half its price, the tissues at theirs.
    till.ring(&[CUP, TISSUE], &NONE);
    till.ok("cart.price", json!({ "line_no": 1, "price_fen": 2_995, "reason": "样品", "approval": null }));
    let sale = till.pay(json!([by_card(&card, 4_275)])).unwrap();
    till.pass(8 * DAY);
    assert_eq!(used(&till, &card), (json!(4_275), json!(7_270), json!(22_730)));
    // The cup goes back: what is left cost its list price.
    till.ring(&[TISSUE], &NONE);
    bring_back(&till, &sale, &[1]);
    till.pay(json!([cash(1_280)])).unwrap();
    assert_eq!(till.accounts(&card), (30_000 - 1_280, 5_000));
    assert_eq!(used(&till, &card), (json!(1_280), json!(1_280), json!(28_720)));
    till.sound(&[&card]);
}

#[test]
fn what_is_late_for_a_replaced_card_is_its_successors() {
    use hefu_core::{
        ids::{DeviceId, StoreId},
        money::Fen,
        op::{CardToppedUp, Draft, TenderDetail},
        posting::{Account, Ledger},
    };
    let till = Till::new();
    let card = till.gold_card();
    let new = reissued(&till, &card);
    // Another till had not heard of it, and topped the old one up.
    let (id, store) = (crate::shop::card_id(&card), StoreId::from_bytes([6; 16]));
    let mut ledger = Ledger::new();
    ledger.fen(Account::Prepaid(store), Account::Cash(DeviceId::from_bytes([8; 16])), Fen::constant(10_000)).unwrap();
    ledger.fen(Account::CardsIssued, Account::CardPrincipal(id), Fen::constant(10_000)).unwrap();
    let late = CardToppedUp {
        top_up: hefu_core::ids::TopUpId::from_bytes([0x77; 16]),
        card: id,
        receipt_no: "HB-02-000001".into(),
        number: 1,
        till_no: 2,
        plan: String::new(),
        principal_fen: Fen::constant(10_000),
        bonus_fen: Fen::ZERO,
        parts: Vec::new(),
        buyer: None,
        postings: ledger.done(),
    };
    let by = hefu_replica::By { who: None, at: crate::common::MORNING, ahead: 0 };
    let draft = Draft::new(late).with_detail(&TenderDetail { tenders: Vec::new() }).unwrap();
    till.desk.replica().write(|book| book.append(by, &draft)).unwrap();
    assert_eq!((till.on(&new), till.on(&card)), ((40_000, 5_000, 0), (0, 0, 0)));
    till.ring(&[&format!("7*{CUP}")], &NONE);
    till.pay(json!([by_card(&new, 41_930)])).unwrap();
    assert_eq!(till.on(&new), (0, 3_070, 0));
    assert_eq!((till.accounts(&card), till.accounts(&new)), ((10_000, 0), (-10_000, 3_070)));
    till.sound(&[&card, &new]);
    let quote = till.ok("card.refund_quote", json!({ "card_id": new, "cause": "cooling" }));
    assert_eq!((&quote["paid_fen"], &quote["refund_fen"]), (&json!(40_000), &json!(0)));
    let refund =
        json!({ "card_id": new, "cause": "cooling", "reason": "退卡", "refund_fen": 0, "by": { "kind": "cash" }, "approval": null });
    till.ok("card.refund", refund);
    assert_eq!((till.accounts(&card), till.accounts(&new)), ((0, 0), (0, 0)));
    till.sound(&[&card, &new]);
}
