//! Statements: points, cards and the drawer, page by page with a running balance (C1, C3, A6), and goods (A13).

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
    op::{CardReissued, Draft, Said},
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
        &Draft::new(CardReissued { card, to, approved_by: None, postings: ledger.done() })
            .with_said(&facts::key(), member.0, [8; 24], &Said::reason("丢失"))
            .unwrap(),
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
    ledger.fen(Account::CardPrincipal(card), Account::CardPrincipal(CardId::from_bytes([99; 16])), Fen::constant(3)).unwrap();
    ledger.fen(Account::CardBonus(card), Account::CardBonus(CardId::from_bytes([99; 16])), Fen::constant(2)).unwrap();
    let postings = ledger.done();
    for n in 0..60 {
        // Several at the same moment, and each of both accounts.
        let moved = CardReissued { card: CardId::from_bytes([99; 16]), to: card, approved_by: None, postings: postings.clone() };
        append(&shop, MORNING + 1 + n / 7, &Draft::new(moved));
    }
    let (balance, rows) = read_all(&shop, "statement.card", &json!({ "card_id": card }));
    assert_eq!((balance, rows.len()), (32_000 - 300, 2 + 120));
    assert_eq!(rows.iter().filter(|row| row["bonus"] == true).count(), 61);
}

/// All rows of a business day of the drawer: its pages say the same of the day, and its balances run from closing to opening.
#[track_caller]
fn drawer_day(shop: &Shop, day: Option<&str>) -> (Value, Vec<Value>) {
    let first = shop.ok("statement.drawer", json!({ "day": day, "after": null }));
    let (mut rows, mut page) = (Vec::new(), first.clone());
    let fen = |field: &str| first["cash"][field].as_i64().unwrap();
    let mut at = fen("closing_fen");
    loop {
        for field in ["opening_fen", "received_fen", "paid_fen", "closing_fen"] {
            assert_eq!(page["cash"][field], first["cash"][field], "{field}");
        }
        for row in page["cash"]["rows"].as_array().unwrap() {
            assert_eq!(row["balance"], at);
            at -= row["amount"].as_i64().unwrap();
            rows.push(row.clone());
        }
        if page["cash"]["next"].is_null() {
            break;
        }
        page = shop.ok("statement.drawer", json!({ "day": day, "after": page["cash"]["next"] }));
    }
    assert_eq!(at, fen("opening_fen"));
    assert_eq!(fen("opening_fen") + fen("received_fen") - fen("paid_fen"), fen("closing_fen"));
    (first, rows)
}

#[test]
fn the_drawer_of_this_till_day_by_day() {
    let (shop, member) = shop();
    for _ in 0..60 {
        buy(&shop, Some(member), &json!([{ "kind": "cash", "given_fen": 10_000 }]));
    }
    facts::card(&shop, 1, member, &[]);
    // Cash of another till is not in this drawer.
    facts::sale(&shop, 9, member, "2026-03-02", 777);
    let first_day = 60 * 5990 + 30_000;
    let (today, rows) = drawer_day(&shop, None);
    assert_eq!((&today["day"], &today["day_before"], &today["day_after"]), (&json!("2026-03-02"), &json!("2026-03-01"), &Value::Null));
    assert_eq!((&today["cash"]["opening_fen"], &today["cash"]["closing_fen"]), (&json!(0), &json!(first_day)));
    assert_eq!(rows.len(), 61, "more than a page");
    assert_eq!((&rows[0]["what"], &rows[0]["note"]), (&json!("sale"), &json!("HB-01-000060")));
    assert_eq!((&rows[60]["what"], &rows[60]["amount"]), (&json!("top_up"), &json!(30_000)));

    shop.pass(facts::DAY_MS);
    let id = "12121212-1212-1212-1212-121212121212";
    let goods = json!([{ "product_id": "01010101-0101-0101-0101-010101010101", "quantity_milli": 1000, "price_fen": 990 }]);
    shop.ok("refund.without_receipt", json!({ "refund_id": id, "member_id": null, "goods": goods, "reason": "不合适", "approval": null }));
    buy(&shop, None, &json!([{ "kind": "cash", "given_fen": 5990 }]));
    let (today, rows) = drawer_day(&shop, None);
    let what: Vec<&str> = rows.iter().map(|row| row["what"].as_str().unwrap()).collect();
    assert_eq!((&today["day"], what.as_slice()), (&json!("2026-03-03"), &["sale", "refund"][..]));
    let cash = &today["cash"];
    assert_eq!((&cash["opening_fen"], &cash["received_fen"], &cash["paid_fen"]), (&json!(first_day), &json!(5990), &json!(990)));
    assert_eq!(cash["until_at"].as_i64().unwrap() - cash["from_at"].as_i64().unwrap(), facts::DAY_MS);

    // The day before closed with what this one began with, and a day with nothing closes as it opened.
    let (before, rows) = drawer_day(&shop, Some("2026-03-02"));
    assert_eq!((&before["cash"]["closing_fen"], &before["day_after"], rows.len()), (&json!(first_day), &json!("2026-03-03"), 61));
    let (empty, rows) = drawer_day(&shop, Some("2026-03-01"));
    assert_eq!((&empty["cash"]["opening_fen"], &empty["cash"]["closing_fen"], rows.len()), (&json!(0), &json!(0), 0));
    for day in ["2026-02-30", "soon", "9999-12-32"] {
        assert_eq!(shop.refused("statement.drawer", json!({ "day": day, "after": null })), Code::RequestInvalid, "{day}");
    }
    assert_eq!(shop.refused("statement.drawer", json!({ "day": null, "after": "1.2" })), Code::PageUnknown);
    // A mark of a later day reads this day from its end.
    let far = shop.ok("statement.drawer", json!({ "day": "2026-03-02", "after": format!("{}.1.5", i64::MAX) }));
    assert_eq!(far["cash"]["rows"][0]["balance"], json!(first_day));
    check_book(&shop);
}

#[test]
fn goods_of_a_store_have_a_statement() {
    let (shop, member) = shop();
    let cup = "01010101-0101-0101-0101-010101010101";
    let request = |store: Value| json!({ "product_id": cup, "store_id": store, "after": null });
    let first = buy(&shop, Some(member), &json!([{ "kind": "cash", "given_fen": 5990 }]));
    let id = "12121212-1212-1212-1212-121212121212";
    let goods = json!([{ "product_id": cup, "quantity_milli": 2000, "price_fen": 990 }]);
    shop.pass(1000);
    shop.ok("refund.without_receipt", json!({ "refund_id": id, "member_id": null, "goods": goods, "reason": "不合适", "approval": null }));
    for _ in 0..55 {
        buy(&shop, None, &json!([{ "kind": "cash", "given_fen": 5990 }]));
    }
    let mut page = shop.ok("statement.stock", request(Value::Null));
    assert_eq!((&page["balance"], &page["owed"]), (&json!(-54_000), &json!(0)), "goods are not owed");
    let (mut rows, mut at) = (Vec::new(), -54_000);
    loop {
        for row in page["rows"].as_array().unwrap() {
            assert_eq!(row["balance"], at);
            at -= row["amount"].as_i64().unwrap();
            rows.push(row.clone());
        }
        if page["next"].is_null() {
            break;
        }
        page = shop.ok("statement.stock", json!({ "product_id": cup, "store_id": null, "after": page["next"] }));
    }
    assert_eq!((rows.len(), at), (57, 0));
    assert_eq!((&rows[55]["what"], &rows[55]["amount"]), (&json!("refund"), &json!(2000)));
    assert_eq!((&rows[56]["note"], &rows[56]["amount"], &rows[56]["store"]["code"]), (&first["receipt_no"], &json!(-1000), &json!("HB")));

    // Head office names the store.
    let console = shop.console();
    assert_eq!(console.ok("statement.stock", request(json!(facts::STORE)))["balance"], -54_000);
    assert_eq!(facts::hq().refused("statement.stock", request(Value::Null)), Code::StoreUnknown);
    assert_eq!(console.refused("statement.stock", request(json!(NOBODY))), Code::StoreUnknown);
    assert_eq!(shop.refused("statement.stock", json!({ "product_id": NOBODY, "store_id": null, "after": null })), Code::ProductUnknown);
    assert_eq!(shop.refused("statement.stock", json!({ "product_id": cup, "store_id": null, "after": "x" })), Code::PageUnknown);
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
