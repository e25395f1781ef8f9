//! The acts of the table: what lies ready for each, and how it is asked for.

use hefu_core::{access::Role, ids::ProductId};
use hefu_desk::ErrorBody;
use serde_json::{Value, json};

use crate::{
    bench::Bench,
    shop::{CUP, by_card, cash},
};

const CUP_FEN: i64 = 5990;

pub struct Act {
    /// The command, and which of its cases.
    pub name: &'static str,
    /// Something to act upon that nobody has touched, made by the manager or at the window of whoever will ask.
    pub prepare: fn(&Bench, Role) -> Value,
    /// Asks for it with an approval and a reason, and carries it out to the operation that is written.
    pub ask: fn(&Bench, Role, &Value, &Value, &str) -> Result<(), ErrorBody>,
}

pub const ACTS: [Act; 11] = [
    Act { name: "cart.price", prepare: a_cup, ask: price },
    Act { name: "cart.discount", prepare: a_cup, ask: discount },
    Act { name: "cart.exchange", prepare: a_cup_for_one_sold, ask: exchange },
    Act { name: "refund.pay", prepare: sold, ask: refund },
    Act { name: "refund.without_receipt", prepare: an_id, ask: refund_without_receipt },
    Act { name: "card.change found", prepare: lost_card, ask: found },
    Act { name: "card.change member", prepare: card, ask: passed_on },
    Act { name: "card.change lost", prepare: card, ask: lost },
    Act { name: "card.reissue", prepare: card, ask: reissue },
    Act { name: "card.refund", prepare: card, ask: refund_card },
    Act { name: "pay.card not shown", prepare: a_cup_and_a_card, ask: pay_unshown },
];

fn a_cup(bench: &Bench, role: Role) -> Value {
    bench.ring(role, CUP)
}

fn price(bench: &Bench, role: Role, _: &Value, approval: &Value, reason: &str) -> Result<(), ErrorBody> {
    bench.call(role, "cart.price", json!({ "line_no": 1, "price_fen": 4990, "reason": reason, "approval": approval }))?;
    bench.pay(role, json!([cash(5000)])).map(drop)
}

fn discount(bench: &Bench, role: Role, _: &Value, approval: &Value, reason: &str) -> Result<(), ErrorBody> {
    bench.call(role, "cart.discount", json!({ "off_fen": 990, "reason": reason, "approval": approval }))?;
    bench.pay(role, json!([cash(5000)])).map(drop)
}

/// What a refund of the one cup of a sale is asked for with.
fn of(bench: &Bench, sale: &Value, approval: &Value, reason: &str) -> Value {
    let lines = json!([{ "no": 1, "quantity_milli": 1000 }]);
    json!({ "refund_id": bench.till.id(), "sale_id": sale, "lines": lines, "reason": reason, "approval": approval })
}

fn sold(bench: &Bench, _: Role) -> Value {
    bench.ring(Role::Manager, CUP);
    bench.pay(Role::Manager, json!([cash(6000)])).unwrap()["id"].clone()
}

fn a_cup_for_one_sold(bench: &Bench, role: Role) -> Value {
    let sale = sold(bench, role);
    bench.ring(role, CUP);
    sale
}

fn exchange(bench: &Bench, role: Role, sale: &Value, approval: &Value, reason: &str) -> Result<(), ErrorBody> {
    bench.call(role, "cart.exchange", json!({ "exchange": of(bench, sale, approval, reason) }))?;
    bench.pay(role, json!([])).map(drop)
}

fn refund(bench: &Bench, role: Role, sale: &Value, approval: &Value, reason: &str) -> Result<(), ErrorBody> {
    let of = of(bench, sale, approval, reason);
    let shown = bench.call(role, "refund.quote", json!({ "sale_id": sale, "lines": of["lines"] }))?;
    bench.call(role, "refund.pay", json!({ "of": of, "shown": shown })).map(drop)
}

fn an_id(bench: &Bench, _: Role) -> Value {
    bench.till.id()
}

fn refund_without_receipt(bench: &Bench, role: Role, id: &Value, approval: &Value, reason: &str) -> Result<(), ErrorBody> {
    let goods = json!([{ "product_id": ProductId::from_bytes([1; 16]), "quantity_milli": 1000, "price_fen": CUP_FEN }]);
    let request = json!({ "refund_id": id, "goods": goods, "member_id": null, "reason": reason, "approval": approval });
    bench.call(role, "refund.without_receipt", request).map(drop)
}

/// 张小明's, with 300 and 50 on it.
fn card(bench: &Bench, _: Role) -> Value {
    bench.till.gold_card()
}

fn lost_card(bench: &Bench, role: Role) -> Value {
    let card = card(bench, role);
    change(bench, Role::Manager, &card, json!({ "to": "lost" }), &Value::Null, "").unwrap();
    card
}

fn change(bench: &Bench, role: Role, card: &Value, to: Value, approval: &Value, reason: &str) -> Result<(), ErrorBody> {
    bench.call(role, "card.change", json!({ "card_id": card, "change": to, "reason": reason, "approval": approval })).map(drop)
}

fn found(bench: &Bench, role: Role, card: &Value, approval: &Value, reason: &str) -> Result<(), ErrorBody> {
    change(bench, role, card, json!({ "to": "found" }), approval, reason)
}

/// A loss only blocks the card: nobody has to be asked, nor told why.
fn lost(bench: &Bench, role: Role, card: &Value, approval: &Value, reason: &str) -> Result<(), ErrorBody> {
    change(bench, role, card, json!({ "to": "lost" }), approval, reason)
}

fn passed_on(bench: &Bench, role: Role, card: &Value, approval: &Value, reason: &str) -> Result<(), ErrorBody> {
    let to = bench.till.shop.ok("member.by_phone", json!({ "phone": OTHER }))["id"].clone();
    change(bench, role, card, json!({ "to": "member", "member_id": to }), approval, reason)
}

fn reissue(bench: &Bench, role: Role, card: &Value, approval: &Value, reason: &str) -> Result<(), ErrorBody> {
    let new = bench.till.id();
    let request = json!({ "card_id": card, "new_card_id": new, "card_no": null, "reason": reason, "approval": approval });
    bench.call(role, "card.reissue", request).map(drop)
}

fn refund_card(bench: &Bench, role: Role, card: &Value, approval: &Value, reason: &str) -> Result<(), ErrorBody> {
    let by = json!({ "kind": "cash" });
    let request = json!({
        "card_id": card, "cause": "cooling", "reason": reason, "refund_fen": 30_000, "by": by, "approval": approval,
    });
    bench.call(role, "card.refund", request).map(drop)
}

/// Its member was found by half a name, which brings no card to the counter.
fn a_cup_and_a_card(bench: &Bench, role: Role) -> Value {
    let card = card(bench, role);
    bench.ring(role, CUP);
    bench.ok(role, "cart.member", json!({ "member_id": bench.till.card(&card)["member_id"] }));
    card
}

fn pay_unshown(bench: &Bench, role: Role, card: &Value, approval: &Value, _: &str) -> Result<(), ErrorBody> {
    if !approval.is_null() {
        let shown = json!({ "by": "approval", "card_id": card, "approval": approval });
        bench.call(role, "pay.card", json!({ "shown": shown }))?;
    }
    bench.pay(role, json!([by_card(card, CUP_FEN)])).map(drop)
}

/// Whose phone a card is passed on to.
pub const OTHER: &str = "13912341234";
