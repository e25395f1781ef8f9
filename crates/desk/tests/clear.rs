//! What people put into words about an act may name somebody: it is read back where it belongs, and stands in clear in nothing that
//! is stored or sent (F5).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;
mod counter;
#[path = "common/facts.rs"]
mod facts;

use common::Shop;
use counter::*;
use hefu_core::{
    ids::{CardId, DeviceId, ProductId, RefundId},
    op::{Body, Head, Operation},
    wire::Push,
};
use hefu_desk::DeviceRecord;
use serde_json::{Value, json};

const DOCUMENT: &str = "11010519491231002X";
const WORDS: &str = "李秀英 13987654321 说不要了";

/// Everything of the own log, as it would be sent.
fn ops(shop: &Shop) -> Vec<Operation> {
    shop.desk.replica().next_push(usize::MAX).unwrap().unwrap().segment.ops
}

/// That no part of an operation, and no byte of what is sent, has the words or a piece of them; how many operations of each kind
/// bear something sealed.
#[track_caller]
fn nothing_in_clear(shop: &Shop) -> std::collections::BTreeMap<String, usize> {
    let pieces = ["李秀英", "13987654321", "说不要了", DOCUMENT];
    let tells = |bytes: &[u8]| pieces.iter().any(|piece| bytes.windows(piece.len()).any(|part| part == piece.as_bytes()));
    assert!(tells(json!({ "reason": WORDS }).to_string().as_bytes()), "the search itself finds");
    let mut sealed = std::collections::BTreeMap::new();
    for op in ops(shop) {
        let head = Head::read(&op.head).unwrap();
        for part in [Some(op.head.as_slice()), op.detail.bytes(), op.sealed.bytes()].into_iter().flatten() {
            assert!(!tells(part), "{}", head.kind);
        }
        *sealed.entry(head.kind).or_default() += usize::from(op.sealed.bytes().is_some());
    }
    let unsent = shop.desk.replica().next_push(usize::MAX).unwrap().unwrap();
    let push = Push { segment: unsent.segment, signature: [0; 64], beside: unsent.beside };
    assert!(!tells(&push.write().unwrap()));
    sealed
}

#[track_caller]
fn sell(shop: &Shop, text: &str) -> Value {
    shop.pass(1000);
    enter(shop, text);
    pay(shop, &[cash(60_000)]).unwrap()
}

fn labels(sale: &Value) -> Vec<&str> {
    let lines = sale["lines"].as_array().unwrap().iter();
    lines.flat_map(|line| line["reasons"].as_array().unwrap()).map(|reason| reason["label"].as_str().unwrap()).collect()
}

#[test]
fn prices_and_discounts_by_hand() {
    let shop = counter();
    let member = member(&shop, "13812341234");
    for buyer in [None, Some(member)] {
        shop.pass(1000);
        enter(&shop, CUP);
        enter(&shop, TISSUE);
        shop.ok("cart.member", json!({ "member_id": buyer }));
        let price = json!({ "line_no": 1, "price_fen": 5000, "reason": WORDS, "approval": null });
        shop.ok("cart.price", price);
        shop.ok("cart.discount", json!({ "off_fen": 100, "reason": format!("{WORDS}。"), "approval": null }));
        let cart = cart(&shop);
        let said = [WORDS, "李秀英 13987654321 说不要了。", "李秀英 13987654321 说不要了。"];
        assert_eq!(labels(&cart), said);
        let sale = pay(&shop, &[cash(10_000)]).unwrap();
        assert_eq!(labels(&sale), said);
        assert_eq!(labels(&shop.ok("sale.get", json!({ "id": sale["id"] }))), said);
        // Goods that a hand was on come back for what they cost.
        let back = give_back(&shop, sale_id(&sale), &[(1, 1000)]).unwrap();
        assert!((4800..5000).contains(&back["total_fen"].as_i64().unwrap()), "{back}");
    }
    let sealed = nothing_in_clear(&shop);
    assert_eq!((sealed["sale"], sealed["refund"]), (2, 2));
    sound(&shop);
}

#[test]
fn a_sale_of_which_nothing_was_said_seals_nothing() {
    let shop = counter();
    sell(&shop, CUP);
    assert_eq!(nothing_in_clear(&shop)["sale"], 0);
}

#[test]
fn refunds_and_exchanges() {
    let shop = counter();
    let sale = sale_id(&sell(&shop, &format!("3*{CUP}")));
    let asked = |id: &Value| {
        let mut of = refund_of(id, sale, &[(1, 1000)]);
        of["reason"] = json!(WORDS);
        of
    };
    let id = shop.ok("refund.start", json!({ "sale_id": sale }))["refund_id"].clone();
    let done = shop.ok("refund.pay", json!({ "of": asked(&id), "shown": quote(&shop, sale, &[(1, 1000)]).unwrap() }));
    assert_eq!((&done["reason"], &shop.ok("refund.get", json!({ "id": id }))["reason"]), (&json!(WORDS), &json!(WORDS)));

    let blind = RefundId::from_bytes([1; 16]);
    let goods = json!([{ "product_id": ProductId::from_bytes([1; 16]), "quantity_milli": 1000, "price_fen": 5000 }]);
    let request = json!({ "refund_id": blind, "goods": goods, "member_id": null, "reason": WORDS, "approval": null });
    assert_eq!(shop.ok("refund.without_receipt", request)["reason"], WORDS);

    shop.pass(1000);
    enter(&shop, CUP);
    let id = shop.ok("refund.start", json!({ "sale_id": sale }))["refund_id"].clone();
    shop.ok("cart.exchange", json!({ "exchange": asked(&id) }));
    shop.ok("cart.price", json!({ "line_no": 1, "price_fen": 5000, "reason": "李秀英 压坏", "approval": null }));
    let sold = pay(&shop, &[]).unwrap();
    assert_eq!(labels(&sold), ["李秀英 压坏"]);
    assert_eq!(shop.ok("refund.get", json!({ "id": id }))["reason"], WORDS);
    let sealed = nothing_in_clear(&shop);
    assert_eq!((sealed["refund"], sealed["exchange"]), (2, 1));
    sound(&shop);
}

#[test]
fn cards_and_points() {
    let shop = counter();
    let (one, other) = (member(&shop, "13812341234"), member(&shop, "13812341235"));
    let (first, anonymous) = (card(&shop, 1, Some(one), 10_000, 500), card(&shop, 2, None, 3000, 0));
    let change = |card: CardId, to: Value| {
        shop.ok("card.change", json!({ "card_id": card, "change": to, "reason": WORDS, "approval": null }));
    };
    change(first, json!({ "to": "lost" }));
    change(first, json!({ "to": "found" }));
    change(anonymous, json!({ "to": "member", "member_id": other }));
    let new = CardId::from_bytes([0x99; 16]);
    shop.ok("card.reissue", json!({ "card_id": first, "new_card_id": new, "card_no": null, "reason": WORDS, "approval": null }));
    let rows = shop.ok("statement.card", json!({ "card_id": new, "after": null }));
    assert_eq!((&rows["rows"][0]["what"], &rows["rows"][0]["note"]), (&json!("reissue"), &json!(WORDS)));

    let quote = shop.ok("card.refund_quote", json!({ "card_id": new, "cause": "customer" }));
    let by = json!({ "kind": "named", "tender_id": BANK, "reference": "T0042" });
    let pay =
        json!({ "card_id": new, "cause": "customer", "refund_fen": quote["refund_fen"], "by": by, "reason": WORDS, "approval": null });
    shop.ok("card.refund", pay);
    let rows = shop.ok("statement.card", json!({ "card_id": new, "after": null }));
    let note = rows["rows"][0]["note"].as_str().unwrap();
    assert!(note.ends_with(WORDS), "{note}");

    let hq = shop.console();
    hq.ok("hq.adjust_points", json!({ "member_id": one, "act_id": null, "points": 50, "reason": WORDS }));
    let rows = shop.ok("statement.points", json!({ "member_id": one, "after": null }));
    assert_eq!((&rows["rows"][0]["what"], &rows["rows"][0]["note"]), (&json!("adjusted"), &json!(WORDS)));

    let sealed = nothing_in_clear(&shop);
    let counts = ["card.changed", "card.reissued", "card.refunded", "points.adjusted"].map(|kind| sealed[kind]);
    assert_eq!(counts, [3, 1, 1, 1]);
    sound(&shop);
}

/// Who buys a card, by what document and by whose hand, is under the buyer's own key (C3).
#[test]
fn buyers_of_cards() {
    let shop = counter();
    let member = member(&shop, "13812341234");
    let card = card(&shop, 1, Some(member), 1000, 0);
    let agent = json!({ "name": "李秀英", "kind": "resident_id", "number": DOCUMENT });
    for (n, kind, number, name, agent, member) in [
        (0x91, "resident_id", DOCUMENT, "李秀英", Value::Null, json!(member)),
        (0x92, "credit_code", "91350100M000100Y43", "李秀英商行", agent, Value::Null),
    ] {
        let request = json!({
            "buyer_id": CardId::from_bytes([n; 16]), "kind": kind, "number": number, "name": name, "phone": "13987654321", "agent": agent,
            "member_id": member,
        });
        let buyer = shop.ok("buyer.record", request)["buyer_id"].clone();
        let top_up = json!({
            "top_up_id": CardId::from_bytes([n + 8; 16]), "card_id": card, "plan": null, "amount_fen": 10_000, "tenders": [cash(10_000)],
            "buyer_id": buyer,
        });
        shop.ok("card.top_up", top_up);
    }
    let sealed = nothing_in_clear(&shop);
    assert_eq!((sealed["buyer.recorded"], sealed["card.topped_up"]), (2, 0));
    let recorded = ops(&shop).into_iter().filter_map(|op| Some((Head::read(&op.head).ok()?.about?, op)));
    let open = |(about, op): (uuid::Uuid, Operation)| {
        let key = shop.desk.replica().read(|book| book.person_key(about)).unwrap()?;
        hefu_core::seal::open::<hefu_core::buyer::BuyerRecord>(&key, about, op.sealed.bytes()?)
    };
    assert_eq!(recorded.filter_map(open).map(|record| record.name).collect::<Vec<_>>(), ["李秀英", "李秀英商行"]);
}

/// A member's words go with the member's key: who has it destroyed is named nowhere any more.
#[test]
fn words_about_a_member_are_under_that_members_key() {
    let shop = counter();
    let member = member(&shop, "13812341234");
    let card = card(&shop, 1, Some(member), 1000, 0);
    let lost = json!({ "card_id": card, "change": { "to": "lost" }, "reason": WORDS, "approval": null });
    shop.ok("card.change", lost);
    let changed = ops(&shop).into_iter().find(|op| {
        let head = Head::read(&op.head).unwrap();
        matches!(Body::read(&head).unwrap(), Body::CardChanged(_))
    });
    assert_eq!(hefu_core::seal::named(changed.unwrap().sealed.bytes().unwrap()), Some(member.0));
}

/// The goods may come back with whoever brings them: what is said about it is about who had bought them.
#[test]
fn why_goods_were_exchanged_is_under_the_key_of_who_had_bought_them() {
    let shop = counter();
    let member = member(&shop, "13812341234");
    shop.pass(1000);
    enter(&shop, CUP);
    shop.ok("cart.member", json!({ "member_id": member }));
    let sold = pay(&shop, &[cash(60_000)]).unwrap();
    shop.pass(1000);
    enter(&shop, CUP);
    let lines = json!([{ "no": 1, "quantity_milli": 1000 }]);
    let refund_id = RefundId::from_bytes([0x77; 16]);
    let exchange = json!({ "refund_id": refund_id, "sale_id": sold["id"], "lines": lines, "reason": WORDS, "approval": null });
    shop.ok("cart.exchange", json!({ "exchange": exchange }));
    pay(&shop, &[]).unwrap();
    let exchanged = ops(&shop).into_iter().find(|op| Head::read(&op.head).unwrap().kind == "exchange").unwrap();
    assert_eq!(hefu_core::seal::named(exchanged.sealed.bytes().unwrap()), Some(member.0));
    let shown = shop.ok("refund.get", json!({ "id": refund_id }));
    assert_eq!(shown["reason"], WORDS);
    nothing_in_clear(&shop);
}

#[test]
fn why_a_tills_rights_ended() {
    let hq = facts::hq();
    let (id, store) = (DeviceId::from_bytes([0x55; 16]), Some(facts::STORE));
    let (enrolled_at, last_seen_at) = (common::MORNING, None);
    let till = DeviceRecord { id, store, till_no: 9, enrolled_at, last_seen_at, unsent: None, revoked: false, stopped: None };
    hq.world.devices.lock().unwrap().push(till);
    hq.ok("hq.revoke", json!({ "device_id": id, "reason": WORDS }));
    assert_eq!(nothing_in_clear(&hq)["device.revoked"], 1);
}
