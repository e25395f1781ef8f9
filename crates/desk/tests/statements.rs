//! Statements: points, cards and the drawer, page by page with a running balance (C1, C3, A6).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;
#[path = "common/facts.rs"]
mod facts;

use common::{MORNING, Shop};
use facts::{append, check_book, member, points};
use hefu_core::{
    card::CardType,
    error::Code,
    ids::{CardId, MemberId},
    money::Fen,
    op::{CardReissued, Draft},
    posting::{Account, Ledger},
    rules::RuleBody,
};
use serde_json::{Value, json};

const CUP: &str = "6901234567892";
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

fn shop() -> (Shop, MemberId) {
    let shop = Shop::till();
    shop.sign_in();
    let member = member(&shop, 1, "13812340001");
    (shop, member)
}

fn buy(shop: &Shop, member: Option<MemberId>, tenders: &Value) -> Value {
    shop.ok("cart.enter", json!({ "text": CUP }));
    let cart = shop.ok("cart.member", json!({ "member_id": member }));
    shop.pass(1000);
    shop.ok("sale.pay", json!({ "cart_id": cart["id"], "revision": cart["revision"], "tenders": tenders }))
}

/// All rows of a statement, page by page; each balance is that before it and the amount.
#[track_caller]
fn read_all(shop: &Shop, name: &str, request: &Value) -> (i64, Vec<Value>) {
    let (mut rows, mut after, mut balance): (Vec<Value>, Value, Option<i64>) = (Vec::new(), Value::Null, None);
    loop {
        let mut request = request.clone();
        request["after"] = after;
        let page = shop.ok(name, request);
        let now = page["balance"].as_i64().unwrap();
        assert_eq!(page["owed"], (-now).max(0));
        let mut at = balance.unwrap_or(now);
        for row in page["rows"].as_array().unwrap() {
            assert_eq!(row["balance"], at);
            at -= row["amount"].as_i64().unwrap();
            rows.push(row.clone());
        }
        balance = Some(at);
        after = page["next"].clone();
        if after.is_null() {
            assert_eq!(at, 0, "an account begins with nothing");
            return (now, rows);
        }
    }
}

#[test]
fn points_of_all_registrations_as_one() {
    let (shop, member) = shop();
    let again = facts::member(&shop, 2, "13812340001");
    points(&shop, again, "2026-02-01", 1000);
    for _ in 0..53 {
        buy(&shop, Some(again), &json!([{ "kind": "cash", "given_fen": 5990 }]));
    }
    let paid = json!([{ "kind": "points", "points": 900 }, { "kind": "cash", "given_fen": 5090 }]);
    let last = buy(&shop, Some(member), &paid);
    let request = json!({ "member_id": again });
    let (balance, rows) = read_all(&shop, "statement.points", &request);
    assert_eq!(json!(balance), shop.ok("member.get", json!({ "id": member, "after": null }))["card"]["points"]);
    assert_eq!(rows.len(), 55);
    assert_eq!((&rows[0]["what"], &rows[0]["note"]), (&json!("sale"), &last["receipt_no"]));
    assert_eq!((&rows[0]["store"]["code"], &rows[0]["bonus"]), (&json!("HB"), &json!(false)));
    assert_eq!((&rows[54]["what"], &rows[54]["note"], &rows[54]["amount"]), (&json!("adjusted"), &json!("旧系统"), &json!(1000)));
    assert_eq!(read_all(&shop, "statement.points", &json!({ "member_id": member })), (balance, rows), "either id is the person");
    check_book(&shop);
}

#[test]
fn a_card_has_principal_and_bonus_on_one_statement() {
    let (shop, member) = shop();
    facts::rule(
        &shop,
        200,
        1,
        RuleBody::CardType(CardType { spend_order: hefu_core::card::SpendOrder::Proportional, ..CardType::shipped() }),
    );
    let card = facts::card(&shop, 1, member, &[]);
    // Each sale draws on both: a page never tears the two rows of one apart.
    for _ in 0..5 {
        let sale = buy(&shop, Some(member), &json!([{ "kind": "card", "card_id": card, "amount_fen": 5990 }]));
        assert_eq!(sale["change_fen"], 0);
    }
    let (balance, rows) = read_all(&shop, "statement.card", &json!({ "card_id": card }));
    assert_eq!(balance, 32_000 - 5 * 5990);
    let top_up: Vec<&Value> = rows.iter().filter(|row| row["what"] == "top_up").collect();
    let of = |bonus: bool| top_up.iter().find(|row| row["bonus"] == bonus).unwrap()["amount"].clone();
    assert_eq!((of(false), of(true), &top_up[0]["note"]), (json!(30_000), json!(2000), &json!("HB-01-000001 充300送60")));
    let drawn: i64 = rows.iter().filter(|row| row["what"] == "sale").map(|row| row["amount"].as_i64().unwrap()).sum();
    assert_eq!(drawn, -5 * 5990);

    // The rest goes to another card.
    let to = facts::card(&shop, 2, member, &[]);
    let mut ledger = Ledger::new();
    ledger.fen(Account::CardPrincipal(card), Account::CardPrincipal(to), Fen::constant(50)).unwrap();
    append(
        &shop,
        MORNING + 600_000,
        &Draft::new(CardReissued { card, to, reason: "丢失".into(), approved_by: None, postings: ledger.done() }),
    );
    let (_, rows) = read_all(&shop, "statement.card", &json!({ "card_id": to }));
    assert_eq!((&rows[0]["what"], &rows[0]["note"], &rows[0]["amount"]), (&json!("reissue"), &json!("丢失"), &json!(50)));
    check_book(&shop);
}

#[test]
fn many_rows_of_two_accounts_are_never_torn() {
    let (shop, member) = shop();
    facts::rule(&shop, 200, 1, RuleBody::CardType(CardType::shipped()));
    let card = facts::card(&shop, 1, member, &[]);
    let mut ledger = Ledger::new();
    ledger.fen(Account::CardPrincipal(card), Account::CardsIssued, Fen::constant(3)).unwrap();
    ledger.fen(Account::CardBonus(card), Account::CardsIssued, Fen::constant(2)).unwrap();
    let postings = ledger.done();
    for n in 0..60 {
        // Several at the same moment, and each of both accounts.
        let moved = CardReissued {
            card: CardId::from_bytes([99; 16]),
            to: card,
            reason: n.to_string(),
            approved_by: None,
            postings: postings.clone(),
        };
        append(&shop, MORNING + 1 + n / 7, &Draft::new(moved));
    }
    let (balance, rows) = read_all(&shop, "statement.card", &json!({ "card_id": card }));
    assert_eq!((balance, rows.len()), (32_000 - 300, 2 + 120));
    assert_eq!(rows.iter().filter(|row| row["bonus"] == true).count(), 61);
}

#[test]
fn the_drawer_of_this_till() {
    let (shop, member) = shop();
    for _ in 0..3 {
        buy(&shop, Some(member), &json!([{ "kind": "cash", "given_fen": 10_000 }]));
    }
    facts::card(&shop, 1, member, &[]);
    // Cash of another till is not in this drawer.
    facts::sale(&shop, 9, member, "2026-03-02", 777);
    let (balance, rows) = read_all(&shop, "statement.drawer", &json!({}));
    assert_eq!((balance, rows.len()), (3 * 5990 + 30_000, 4));
    let kinds: Vec<&str> = rows.iter().map(|row| row["what"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["sale", "sale", "sale", "top_up"]);
    assert_eq!(rows[0]["note"], "HB-01-000003");
    check_book(&shop);
}

#[test]
fn what_a_statement_refuses() {
    let (shop, member) = shop();
    let unknown = [("statement.points", "member_id", Code::MemberUnknown), ("statement.card", "card_id", Code::CardUnknown)];
    for (name, field, expect) in unknown {
        assert_eq!(shop.refused(name, json!({ field: NOBODY, "after": null })), expect, "{name}");
    }
    for after in ["", "1", "1.2", "1.2.3.4", "a.b.c", "1.2.", "99999999999999999999.1.1"] {
        assert_eq!(shop.refused("statement.points", json!({ "member_id": member, "after": after })), Code::PageUnknown, "{after}");
    }
    let empty = shop.ok("statement.points", json!({ "member_id": member, "after": null }));
    assert_eq!(empty, json!({ "balance": 0, "owed": 0, "rows": [], "next": null }));
    shop.ok("statement.points", json!({ "member_id": member, "after": format!("{}.{}.{}", i64::MIN, i64::MIN, i64::MIN) }));
}
