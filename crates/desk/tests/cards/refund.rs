//! A card given back for money: the law's reckonings, who may, and what moves.

use hefu_core::{
    card::{CardLaw, CardType, SpendOrder},
    error::Code,
    ids::{RuleId, TenderId},
    money::Fen,
    posting::Account,
    rules::RuleBody,
    tax::{TaxMode, TaxRule},
};
use serde_json::{Value, json};

use crate::shop::{BANK, CUP, DAY, GIFT, GOLD, Till, bank, by_card, cash, gold};

const NONE: Value = Value::Null;
const TISSUE: &str = "6901234567908";

fn quote(till: &Till, card: &Value, cause: &str) -> Value {
    till.ok("card.refund_quote", json!({ "card_id": card, "cause": cause }))
}

fn refund(card: &Value, cause: &str, refund_fen: i64) -> Value {
    let by = json!({ "kind": "cash" });
    json!({ "card_id": card, "cause": cause, "reason": "顾客退卡", "refund_fen": refund_fen, "by": by, "approval": null })
}

fn to_account(card: &Value, cause: &str, refund_fen: i64) -> Value {
    let mut request = refund(card, cause, refund_fen);
    request["by"] = json!({ "kind": "named", "tender_id": BANK, "reference": " 6222 0001 " });
    request
}

/// What has gone through the drawer and through the bank.
fn money(till: &Till) -> (i64, i64) {
    (till.cash(), till.balance(Account::Tender(BANK)))
}

/// 300 and 50 on a card, a cup bought with it at list price.
fn with_a_cup(order: SpendOrder) -> (Till, Value) {
    let till = Till::new();
    till.spend(order);
    let card = till.gold_card();
    till.ring(&[CUP], &NONE);
    till.pay(json!([by_card(&card, 5_990)])).unwrap();
    (till, card)
}

#[test]
fn within_seven_days_the_unused_principal() {
    let (till, card) = with_a_cup(SpendOrder::PrincipalFirst);
    till.pass(7 * DAY);
    let found = quote(&till, &card, "cooling");
    assert_eq!(
        (&found["refund_fen"], &found["basis"], &found["article"]),
        (&json!(24_010), &json!("unused_within_cooling_period"), &json!("cooling_off"))
    );
    assert_eq!((&found["paid_fen"], &found["gift_fen"], &found["used_fen"]), (&json!(30_000), &json!(5_000), &json!(5_990)));
    assert_eq!(
        (&found["cooling_fen"], &found["discounted_fen"], &found["list_price_fen"]),
        (&json!(24_010), &json!(24_866), &json!(24_010))
    );
    till.pass(DAY);
    assert_eq!(till.refused("card.refund_quote", json!({ "card_id": card, "cause": "cooling" })), Code::CardCoolingOver);
    assert_eq!(quote(&till, &card, "customer")["cooling_fen"], NONE);
}

#[test]
fn paid_out_and_closed() {
    let (till, card) = with_a_cup(SpendOrder::PrincipalFirst);
    let member = till.card(&card)["member_id"].clone();
    let request = refund(&card, "cooling", 24_010);
    let done = till.ok("card.refund", request.clone());
    assert_eq!((&done["receipt_no"], &done["change_fen"]), (&json!("HB-01-000003"), &json!(0)));
    assert_eq!((&done["principal_fen"], &done["bonus_fen"]), (&json!(-24_010), &json!(-5_000)));
    assert_eq!(done["tenders"], json!([{ "kind": "cash", "given_fen": 0, "change_fen": 24_010 }]));
    assert_eq!((&done["card"]["state"], &done["card"]["why_not"]), (&json!("closed"), &json!("card.closed")));
    assert_eq!((till.on(&card), till.accounts(&card)), ((0, 0, 0), (0, 0)));
    assert_eq!((till.cash(), till.of_store()), (5_990, (0, 0, 0, -5_990)));
    till.sound(&[&card]);
    // Sent again it is the same; another figure is not.
    till.pass(30 * DAY);
    assert_eq!(till.ok("card.refund", request), done);
    assert_eq!(till.refused("card.refund", refund(&card, "cooling", 24_011)), Code::CardClosed);
    for (name, request) in [
        ("card.refund_quote", json!({ "card_id": card, "cause": "customer" })),
        ("card.change", json!({ "card_id": card, "change": { "to": "lost" }, "reason": "" })),
        (
            "card.change",
            json!({ "card_id": card, "change": { "to": "member", "member_id": till.member("13912341234", "王") }, "reason": "转让" }),
        ),
        ("card.reissue", json!({ "card_id": card, "new_card_id": till.id(), "card_no": null, "reason": "坏", "approval": null })),
        ("card.top_up", till.plan(&card, "充300送50", cash(30_000))),
    ] {
        assert_eq!(till.refused(name, request), Code::CardClosed, "{name}");
    }
    assert_eq!(till.ok("card.of_member", json!({ "member_id": member }))["cards"], json!([]));
    till.ring(&[CUP], &NONE);
    assert_eq!(till.pay(json!([by_card(&card, 5_990)])), Err(Code::CardClosed));
}

#[test]
fn by_whose_cause_it_is() {
    // Bonus first: 5,000 of bonus and 990 of principal bought the cup.
    for (cause, refund_fen, basis, store) in [
        // 30,000 − 5,990 × 6/7; the principal left is 29,010: the rest is the house's gain.
        ("merchant", 24_866, "discounted", (0, 5_000, 0, -5_990 - (29_010 - 24_866))),
        ("customer", 24_010, "list_price", (0, 5_000, 0, -5_990 - (29_010 - 24_010))),
    ] {
        let (till, card) = with_a_cup(SpendOrder::BonusFirst);
        till.pass(8 * DAY);
        let found = quote(&till, &card, cause);
        assert_eq!(
            (&found["refund_fen"], &found["basis"], &found["charged_fen"]),
            (&json!(refund_fen), &json!(basis), &json!(5_990)),
            "{cause}"
        );
        till.ok("card.refund", to_account(&card, cause, refund_fen));
        assert_eq!((money(&till), till.of_store()), ((30_000, -refund_fen), store), "{cause}");
        till.sound(&[&card]);
    }
    // Principal first, the house's cause: 24,866 is more than the principal left, and the rest of it is bonus.
    let (till, card) = with_a_cup(SpendOrder::PrincipalFirst);
    till.pass(8 * DAY);
    till.ok("card.refund", to_account(&card, "merchant", 24_866));
    assert_eq!((money(&till), till.of_store()), ((30_000, -24_866), (0, 856, 0, -5_990)));
    till.sound(&[&card]);
}

#[test]
fn what_was_bought_at_a_discount_counts_at_list_price() {
    let till = Till::new();
    let card = till.gold_card();
    till.pass(8 * DAY);
    // 5,990 and 2 × 1,280 at list; 1,550 off by hand; 3,000 by the card, 4,000 in cash.
    till.ring(&[CUP, &format!("2*{TISSUE}")], &NONE);
    till.ok("cart.discount", json!({ "off_fen": 1_550, "reason": "老客", "approval": null }));
    till.pay(json!([by_card(&card, 3_000), cash(4_000)])).unwrap();
    let found = quote(&till, &card, "customer");
    // 8,550 × 3,000/7,000.
    assert_eq!((&found["used_fen"], &found["charged_fen"], &found["refund_fen"]), (&json!(3_664), &json!(3_000), &json!(26_336)));
    assert_eq!(quote(&till, &card, "merchant")["refund_fen"], 27_429);
}

#[test]
fn promised_parts_count_as_the_type_says() {
    for (counts, gift, refund_fen) in [("promised", 20_000, 95_008), ("given", 5_000, 94_295)] {
        let till = Till::new();
        let gift_counts = serde_json::from_value(json!(counts)).unwrap();
        till.put(GOLD, 2, RuleBody::CardType(CardType { gift_counts, ..gold() }));
        let card = till.open(GOLD, &till.member("13812341234", "张小明"));
        till.top_up(&card, "充1000分四月送200", cash(100_000));
        till.ring(&[CUP], &NONE);
        till.pay(json!([by_card(&card, 5_990)])).unwrap();
        till.pass(8 * DAY);
        let found = quote(&till, &card, "merchant");
        assert_eq!((&found["gift_fen"], &found["refund_fen"]), (&json!(gift), &json!(refund_fen)), "{counts}");
        till.ok("card.refund", to_account(&card, "merchant", refund_fen));
        // What was promised is paid for: it comes no more.
        assert_eq!(till.on(&card), (0, 0, 0));
        assert_eq!(till.desk.replica().read(|book| book.bonus_parts_due("2030-01-01", None, 100)).unwrap(), []);
        till.sound(&[&card]);
    }
}

#[test]
fn follows_the_card_that_took_its_place() {
    let (till, card) = with_a_cup(SpendOrder::PrincipalFirst);
    let new = till.id();
    till.ok("card.reissue", json!({ "card_id": card, "new_card_id": new, "card_no": null, "reason": "磁条坏", "approval": null }));
    till.ok("card.top_up", till.free(&new, 10_000, json!([cash(10_000)])));
    let found = quote(&till, &new, "cooling");
    assert_eq!((&found["paid_fen"], &found["gift_fen"], &found["used_fen"]), (&json!(40_000), &json!(5_000), &json!(5_990)));
    assert_eq!(found["refund_fen"], 34_010);
    till.ok("card.refund", refund(&new, "cooling", 34_010));
    assert_eq!((till.cash(), till.of_store()), (5_990, (0, 0, 0, -5_990)));
    till.sound(&[&card, &new]);
}

/// Measures 2012, article 21: to an account, in cash when it is little; within the week, cash for cash.
#[test]
fn cash_for_little_or_for_what_was_cash_a_week_ago() {
    let till = Till::new();
    let by_bank = till.open(GOLD, &till.member("13812341234", "张小明"));
    till.top_up(&by_bank, "充300送50", bank(30_000));
    assert_eq!(quote(&till, &by_bank, "cooling")["may_pay_cash"], false, "money of a bank account is no cash");
    assert_eq!(till.refused("card.refund", refund(&by_bank, "cooling", 30_000)), Code::CardAccountNeeded);
    assert_eq!(till.accounts(&by_bank), (30_000, 5_000), "nothing was written");
    let done = till.ok("card.refund", to_account(&by_bank, "cooling", 30_000));
    let tender = json!({ "kind": "named", "tender_id": BANK, "name": "银行卡", "amount_fen": 30_000, "reference": "6222 0001" });
    assert_eq!((&done["tenders"], money(&till)), (&json!([tender]), (0, 0)));

    let both = till.open(GOLD, &till.member("13912341234", "王小红"));
    till.ok("card.top_up", till.free(&both, 30_000, json!([bank(20_000), cash(10_000)])));
    assert_eq!(quote(&till, &both, "cooling")["may_pay_cash"], false);
    let by_cash = till.open(GIFT, &NONE);
    till.ok("card.top_up", till.free(&by_cash, 10_000, json!([cash(10_000)])));
    assert_eq!(quote(&till, &by_cash, "customer")["may_pay_cash"], true);
    till.pass(8 * DAY);
    assert_eq!(quote(&till, &by_cash, "customer")["may_pay_cash"], false);
    assert_eq!(till.refused("card.refund", refund(&by_cash, "customer", 10_000)), Code::CardAccountNeeded);
    till.ring(&[TISSUE], &NONE);
    till.pay(json!([by_card(&by_cash, 1_280)])).unwrap();
    till.ok("card.refund", refund(&by_cash, "customer", 10_000 - 1_280));
    assert_eq!(money(&till), (10_000 + 1_280, 20_000));

    // A city that pays nothing in cash.
    let law = CardLaw { refund_cash_below_fen: Fen::ZERO, ..CardLaw::shipped() };
    till.put(RuleId::from_bytes([0x35; 16]), 2, RuleBody::CardLaw(law.into()));
    assert_eq!(quote(&till, &both, "customer")["may_pay_cash"], false);
    for (by, expect) in [
        (json!({ "kind": "named", "tender_id": TenderId::from_bytes([9; 16]), "reference": null }), Code::TenderUnknown),
        (json!({ "kind": "named", "tender_id": BANK, "reference": "长".repeat(41) }), Code::TextTooLong),
        (json!({ "kind": "points" }), Code::RequestInvalid),
    ] {
        let mut request = to_account(&both, "customer", 30_000);
        request["by"] = by;
        assert_eq!(till.refused("card.refund", request), expect);
    }
    till.sound(&[&by_bank, &both, &by_cash]);
}

#[test]
fn an_empty_card_and_a_card_that_only_spent() {
    let till = Till::new();
    let empty = till.open(GIFT, &NONE);
    let found = quote(&till, &empty, "customer");
    assert_eq!((&found["refund_fen"], &found["basis"]), (&json!(0), &json!("nothing")));
    assert_eq!(till.ok("card.refund", refund(&empty, "customer", 0))["tenders"], json!([]));
    let used_up = till.open(GIFT, &NONE);
    till.ok("card.top_up", till.free(&used_up, 5_990, json!([cash(5_990)])));
    till.ring(&[CUP], &NONE);
    till.pay(json!([by_card(&used_up, 5_990)])).unwrap();
    assert_eq!(quote(&till, &used_up, "cooling")["refund_fen"], 0);
    till.ok("card.refund", refund(&used_up, "cooling", 0));
    assert_eq!((till.cash(), till.card(&used_up)["state"].clone()), (5_990, json!("closed")));
    till.sound(&[&empty, &used_up]);
}

#[test]
fn is_refused() {
    let till = Till::new();
    let card = till.gold_card();
    let mut silent = refund(&card, "cooling", 30_000);
    silent["reason"] = json!("");
    for (request, expect) in [
        (silent, Code::ReasonNeeded),
        (refund(&card, "cooling", 29_999), Code::CartChanged),
        (refund(&card, "cooling", -1), Code::CartChanged),
        (refund(&card, "cooling", i64::from(i32::MAX)), Code::CartChanged),
        (refund(&till.id(), "cooling", 0), Code::CardUnknown),
        (refund(&card, "whim", 30_000), Code::RequestInvalid),
    ] {
        assert_eq!(till.refused("card.refund", request.clone()), expect, "{request}");
    }
    // The figure moved between the screen and the key.
    till.top_up(&card, "充300送50", cash(30_000));
    assert_eq!(till.refused("card.refund", refund(&card, "cooling", 30_000)), Code::CartChanged);
    assert_eq!(till.accounts(&card), (60_000, 10_000));
}

/// What the card paid bore the tax that was added; so does the list price that it counts at.
#[test]
fn the_list_price_bears_the_tax_that_was_added() {
    let till = Till::new();
    let tax = TaxRule { mode: TaxMode::Added, default_bp: 1300, categories: Default::default() };
    till.put(RuleId::from_bytes([0x35; 16]), 1, RuleBody::Tax(tax));
    let card = till.gold_card();
    till.ring(&[CUP], &NONE);
    till.ok("cart.price", json!({ "line_no": 1, "price_fen": 4_792, "reason": "样品", "approval": null }));
    // 47.92 and 6.23 of tax, four fifths of the list price.
    till.pay(json!([by_card(&card, 5_415)])).unwrap();
    till.pass(30 * DAY);
    let used = 5_990 * 5_415 / 4_792;
    let found = quote(&till, &card, "customer");
    assert_eq!((&found["used_fen"], &found["refund_fen"]), (&json!(used), &json!(30_000 - used)));
}
