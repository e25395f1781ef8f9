//! What two tills did that did not know of each other, and what their books say of it when they have met (E2, I6, I9).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;
mod counter;

use common::Shop;
use counter::*;
use hefu_core::{
    card::{CardType, SpendOrder},
    error::Code,
    ids::{CardId, CouponId, MemberId, SaleId},
    posting::{Account, Unit},
    rules::RuleBody,
};
use serde_json::{Value, json};

const PHONE: &str = "13812341234";

fn left(shop: &Shop, coupon: CouponId) -> i64 {
    balance(shop, Account::Coupon(coupon), Unit::Coupons)
}

fn use_it(shop: &Shop, member: MemberId, coupon: CouponId) -> Result<Value, Code> {
    shop.pass(1000);
    enter(shop, CUP);
    shop.ok("cart.member", json!({ "member_id": member }));
    let put = shop.call("cart.coupon", json!({ "code": null, "coupon_id": coupon }));
    if let Err(refused) = put {
        shop.ok("cart.clear", json!({}));
        return Err(refused.code);
    }
    pay(shop, &[cash(CUP_FEN - 1000)])
}

/// A cup that a coupon paid ten yuan of, known at both tills.
fn sold_with_coupon() -> (Pair, MemberId, CouponId, SaleId) {
    let mut pair = Pair::new();
    let member = member(&pair.tills[0], PHONE);
    let coupon = coupon(&pair.tills[0], 0x73, Some(member));
    let sale = sale_id(&use_it(&pair.tills[0], member, coupon).unwrap());
    pair.meet();
    (pair, member, coupon, sale)
}

#[test]
fn a_coupon_comes_back_once_from_a_sale_that_two_tills_refunded() {
    let (mut pair, member, coupon, sale) = sold_with_coupon();
    for till in &pair.tills {
        till.pass(1000);
        give_back(till, sale, &[(1, 1000)]).unwrap();
        assert_eq!(left(till, coupon), 1, "as far as it knows");
    }
    pair.meet();
    for till in &pair.tills {
        assert_eq!(left(till, coupon), 1);
        sound(till);
    }
    let again = sale_id(&use_it(&pair.tills[0], member, coupon).unwrap());
    assert_eq!(use_it(&pair.tills[0], member, coupon), Err(Code::CouponUsed), "one coupon, one sale");
    pair.meet();
    // From another sale it comes back again.
    pair.tills[1].pass(5000);
    give_back(&pair.tills[1], again, &[(1, 1000)]).unwrap();
    pair.meet();
    for till in &pair.tills {
        assert_eq!(left(till, coupon), 1);
        sound(till);
    }
}

/// The till whose refund is the later in the sequence has used what came back already: then the coupon is overdrawn, and not made anew.
#[test]
fn what_came_back_later_and_was_used_is_owed() {
    let (mut pair, member, coupon, sale) = sold_with_coupon();
    for till in &pair.tills {
        till.pass(1000);
        give_back(till, sale, &[(1, 1000)]).unwrap();
        use_it(till, member, coupon).unwrap();
    }
    pair.meet();
    for till in &pair.tills {
        assert_eq!(left(till, coupon), -1);
        assert_eq!(use_it(till, member, coupon), Err(Code::CouponUsed));
        sound(till);
    }
}

/// A refund in an exchange counts like any other, and gives way like any other.
#[test]
fn an_exchange_and_a_refund_of_one_sale_give_one_coupon() {
    for first in [0, 1] {
        let (mut pair, _, coupon, sale) = sold_with_coupon();
        let [exchanges, refunds] = [&pair.tills[first], &pair.tills[1 - first]];
        for till in &pair.tills {
            till.pass(1000);
        }
        enter(exchanges, CUP);
        let view = exchanges.ok("refund.start", json!({ "sale_id": sale }));
        exchanges.ok("cart.exchange", json!({ "exchange": refund_of(&view["refund_id"], sale, &[(1, 1000)]) }));
        pay(exchanges, &[cash(1000)]).unwrap();
        give_back(refunds, sale, &[(1, 1000)]).unwrap();
        pair.meet();
        for till in &pair.tills {
            assert_eq!(left(till, coupon), 1);
            sound(till);
        }
    }
}

/// Money that reaches a replaced card late is the new card's, on its statement as on its page.
#[test]
fn a_statement_is_the_balance_of_the_card() {
    let mut pair = Pair::new();
    let member = member(&pair.tills[0], PHONE);
    let old = card(&pair.tills[0], 0x21, Some(member), 30_000, 0);
    pair.meet();
    let new = CardId::from_bytes([0x22; 16]);
    pair.tills[0].pass(1000);
    let reissue = json!({ "card_id": old, "new_card_id": new, "card_no": null, "reason": "坏", "approval": null });
    pair.tills[0].ok("card.reissue", reissue);
    pair.tills[1].pass(2000);
    enter(&pair.tills[1], CUP);
    pay(&pair.tills[1], &[by_card(old, CUP_FEN)]).unwrap();
    pair.meet();
    for till in &pair.tills {
        let page = till.ok("card.get", json!({ "card_id": new }))["principal_fen"].clone();
        let statement = till.ok("statement.card", json!({ "card_id": new, "after": null }));
        assert_eq!((&page, &statement["balance"]), (&json!(30_000 - CUP_FEN), &json!(30_000 - CUP_FEN)));
        let rows: Vec<(&str, i64, i64)> = statement["rows"].as_array().unwrap().iter().map(row).collect();
        let expect =
            [("sale", -CUP_FEN, 30_000 - CUP_FEN), ("reissue", 30_000, 30_000), ("reissue", -30_000, 0), ("top_up", 30_000, 30_000)];
        assert_eq!(rows, expect);
    }
}

fn row(row: &Value) -> (&str, i64, i64) {
    (row["what"].as_str().unwrap(), row["amount"].as_i64().unwrap(), row["balance"].as_i64().unwrap())
}

/// Two tills spend one bonus: what is owed of it comes off the principal, by each of the law's reckonings.
#[test]
fn a_card_whose_bonus_is_owed_is_paid_out() {
    let mut pair = Pair::new();
    let member = member(&pair.tills[0], PHONE);
    let kind = CardType { spend_order: SpendOrder::BonusFirst, ..CardType::shipped() };
    rule(&pair.tills[0], CARD_KIND, 1, 0, RuleBody::CardType(kind));
    let card = card(&pair.tills[0], 0x23, Some(member), 30_000, 2000);
    pair.meet();
    for till in &pair.tills {
        till.pass(1000);
        enter(till, BIG);
        pay(till, &[by_card(card, 2000), cash(580)]).unwrap();
    }
    pair.meet();
    let till = &pair.tills[0];
    assert_eq!((money(till, Account::CardPrincipal(card)), money(till, Account::CardBonus(card))), (30_000, -2000));
    let quote = |cause: &str| till.ok("card.refund_quote", json!({ "card_id": card, "cause": cause }))["refund_fen"].clone();
    // Today it is within the seven days: the better of two rights.
    assert_eq!(["cooling", "merchant", "customer"].map(quote), [json!(28_000), json!(28_000), json!(28_000)]);
    let by = json!({ "kind": "named", "tender_id": BANK, "reference": "6222 0001" });
    let request = json!({ "card_id": card, "cause": "cooling", "reason": "顾客退卡", "refund_fen": 28_000, "by": by, "approval": null });
    till.ok("card.refund", request);
    pair.meet();
    for till in &pair.tills {
        assert_eq!((money(till, Account::CardPrincipal(card)), money(till, Account::CardBonus(card))), (0, 0));
        sound(till);
    }
}

/// More than there was of both: it is topped up first.
#[test]
fn a_card_that_owes_more_than_it_has_is_topped_up_first() {
    let mut pair = Pair::new();
    let member = member(&pair.tills[0], PHONE);
    let card = card(&pair.tills[0], 0x24, Some(member), CUP_FEN, 0);
    pair.meet();
    for till in &pair.tills {
        till.pass(1000);
        enter(till, CUP);
        pay(till, &[by_card(card, CUP_FEN)]).unwrap();
    }
    pair.meet();
    assert_eq!(pair.tills[0].refused("card.refund_quote", json!({ "card_id": card, "cause": "merchant" })), Code::CardOwes);
}

/// Buying and bringing back is no visit, in whatever steps and wherever, and an exchange is none of its own.
#[test]
fn a_visit_stands_while_something_is_kept() {
    let mut pair = Pair::new();
    let member = member(&pair.tills[0], PHONE);
    pair.meet();
    let visits = |shop: &Shop| shop.ok("member.get", json!({ "id": member, "after": null }))["visits"].as_i64().unwrap();
    let buy = |shop: &Shop| {
        shop.pass(1000);
        enter(shop, &format!("2*{CUP}"));
        shop.ok("cart.member", json!({ "member_id": member }));
        sale_id(&pay(shop, &[cash(2 * CUP_FEN)]).unwrap())
    };
    let back = |shop: &Shop, sale, milli| {
        shop.pass(1000);
        give_back(shop, sale, &[(1, milli)]).unwrap();
    };
    let till = &pair.tills[0];
    for _ in 0..3 {
        back(till, buy(till), 2000);
    }
    assert_eq!(visits(till), 0);
    let sale = buy(till);
    back(till, sale, 1000);
    assert_eq!(visits(till), 1);
    enter(till, CUP);
    till.ok("cart.member", json!({ "member_id": member }));
    let view = till.ok("refund.start", json!({ "sale_id": sale }));
    till.ok("cart.exchange", json!({ "exchange": refund_of(&view["refund_id"], sale, &[(1, 1000)]) }));
    let exchanged = sale_id(&pay(till, &[]).unwrap());
    assert_eq!(visits(till), 1, "what it was exchanged for is kept");
    back(till, exchanged, 1000);
    assert_eq!(visits(till), 0);
    // Each till brings half back, and neither knows of the other.
    let sale = buy(till);
    pair.meet();
    for till in &pair.tills {
        back(till, sale, 1000);
        assert_eq!(visits(till), 1);
    }
    pair.meet();
    assert_eq!(pair.tills.each_ref().map(visits), [0, 0]);
    // One brings all of it back, and the other exchanges it: the customer has something.
    let sale = buy(&pair.tills[0]);
    pair.meet();
    back(&pair.tills[0], sale, 2000);
    let other = &pair.tills[1];
    other.pass(1000);
    enter(other, CUP);
    let view = other.ok("refund.start", json!({ "sale_id": sale }));
    other.ok("cart.exchange", json!({ "exchange": refund_of(&view["refund_id"], sale, &[(1, 2000)]) }));
    pay(other, &[]).unwrap();
    pair.meet();
    assert_eq!(pair.tills.each_ref().map(visits), [1, 1]);
    pair.tills.iter().for_each(sound);
}

/// What came back stands in the day of the store that took it back, beside its sales and not among them (A4, E6).
#[test]
fn head_office_counts_what_came_back_where_it_came_back() {
    let mut pair = Pair::new();
    let console = pair.tills[0].console();
    let figures = |today: &Value| -> Vec<[i64; 4]> {
        let number = |of: &Value, name: &str| of[name].as_i64().unwrap();
        let row = |day: &Value, refunds: &Value| {
            [number(day, "sales"), number(day, "amount_fen"), number(refunds, "count"), number(refunds, "amount_fen")]
        };
        let stores = today["stores"].as_array().unwrap().iter().map(|store| row(&store["today"], &store["refunds"]));
        stores.chain([row(&today["total"], &today["total_refunds"])]).collect()
    };
    let today = |day: Value| figures(&console.ok("hq.today", json!({ "day": day })));
    assert_eq!(today(Value::Null), [[0; 4]; 3]);

    enter(&pair.tills[0], &format!("3*{CUP}"));
    let sale = sale_id(&pay(&pair.tills[0], &[cash(3 * CUP_FEN)]).unwrap());
    pair.meet();
    pair.tills[1].pass(1000);
    give_back(&pair.tills[1], sale, &[(1, 1000)]).unwrap();
    pair.meet();
    let (sold, cup) = ([1, 3 * CUP_FEN], CUP_FEN);
    assert_eq!(today(Value::Null), [[sold[0], sold[1], 0, 0], [0, 0, 1, cup], [sold[0], sold[1], 1, cup]]);

    // An exchange is both: what came back, and a sale of what was taken for it.
    let till = &pair.tills[0];
    till.pass(2000);
    enter(till, BIG);
    let view = till.ok("refund.start", json!({ "sale_id": sale }));
    till.ok("cart.exchange", json!({ "exchange": refund_of(&view["refund_id"], sale, &[(1, 1000)]) }));
    pay(till, &[]).unwrap();
    let both = [2, 3 * CUP_FEN + BIG_FEN];
    let expect = [[both[0], both[1], 1, cup], [0, 0, 1, cup], [both[0], both[1], 2, 2 * cup]];
    assert_eq!(today(Value::Null), expect);
    assert_eq!(today(json!("2026-03-02")), expect, "the day by its name");
    assert_eq!(today(json!("2026-03-01")), [[0; 4]; 3], "and no other");
    sound(till);
}
