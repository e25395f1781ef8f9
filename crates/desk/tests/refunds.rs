//! Refunds against a sale and without a receipt (A4): what comes back, how, once, and never more than was paid.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;
mod counter;

use common::Shop;
use counter::*;
use hefu_core::{
    catalogue::Product,
    error::Code,
    ids::{CardId, CouponId, MemberId, ProductId, SaleId},
    op::{CardChange, CardChanged, CardRefunded, CardReissued, Draft},
    posting::{Account, Ledger, Unit},
    refund::RefundPolicy,
    rules::{RefundRule, RuleBody},
    tax::{TaxMode, TaxRule},
};
use serde_json::{Value, json};

const PHONE: &str = "13812341234";

struct Sold {
    shop: Shop,
    member: MemberId,
    card: CardId,
    coupon: CouponId,
    sale: SaleId,
    view: Value,
}

/// Two cups and three packs of tissue, ten yuan off by coupon, paid by card, points, bank and cash: 148.20 due.
fn sold() -> Sold {
    let shop = counter();
    rule(&shop, 0x20, 1, 1, redeeming(|_| {}));
    let member = member(&shop, PHONE);
    give_points(&shop, member, 1000);
    let card = card(&shop, 1, Some(member), 3000, 500);
    let coupon = coupon(&shop, 1, Some(member));
    enter(&shop, &format!("2*{CUP}"));
    enter(&shop, &format!("3*{TISSUE}"));
    shop.ok("cart.member", json!({ "member_id": member }));
    shop.ok("cart.coupon", json!({ "code": null, "coupon_id": coupon }));
    let view = pay(&shop, &[by_card(card, 3200), by_points(500), bank(4000), cash(10_000)]).unwrap();
    assert_eq!(view["totals"]["due_fen"], 2 * CUP_FEN + 3 * TISSUE_FEN - 1000);
    Sold { sale: sale_id(&view), shop, member, card, coupon, view }
}

#[test]
fn all_at_once_puts_everything_back() {
    let Sold { shop, member, card, coupon, sale, view } = sold();
    shop.pass(1000);
    let done = give_back(&shop, sale, &[(1, 2000), (2, 3000)]).unwrap();
    assert_eq!(done["total_fen"], view["totals"]["due_fen"]);
    assert_eq!(
        done["tenders"],
        json!([
            { "kind": "points", "points": 500, "amount_fen": 500 },
            { "kind": "card", "card_id": card, "card_no": view["tenders"][0]["card_no"], "principal_fen": 3000, "bonus_fen": 200 },
            { "kind": "named", "tender_id": BANK, "name": "银行卡", "amount_fen": 4000, "reference": "T0042" },
            { "kind": "cash", "given_fen": 0, "change_fen": 14_820 - 3200 - 500 - 4000 },
        ])
    );
    assert_eq!((&done["points_taken"], &done["points_restored"]), (&view["totals"]["points_earned"], &json!(500)));
    assert_eq!((&done["coupons"], &done["points_owed"], &done["reason"]), (&json!(["新客立减10元"]), &json!(0), &json!("尺寸不合")));
    assert_eq!((&done["sale_receipt_no"], &done["receipt_no"]), (&json!("HB-01-000002"), &json!("HB-01-000003")));
    assert_eq!(
        (&done["cashier"]["name"], &done["approved_by"], &done["member"]["name"]),
        (&json!("王店长"), &Value::Null, &json!("张小明"))
    );
    as_before(&shop, member, card, coupon);
    assert_eq!(money(&shop, Account::Refundable(sale)), 0);
    let now = shop.ok("sale.get", json!({ "id": sale }));
    assert_eq!(now["refunds"], json!([{ "id": done["id"], "receipt_no": "HB-01-000003", "at": done["at"], "total_fen": 14_820 }]));
    let page = shop.ok("member.get", json!({ "id": member, "after": null }));
    assert_eq!((&page["spend_fen"], &page["timeline"][0]["refunded_fen"]), (&json!(0), &json!(14_820)));
    assert_eq!(shop.ok("refund.get", json!({ "id": done["id"] })), done);
    sound(&shop);
}

/// The member, the card, the coupon and every account of the store as they were before the sale.
#[track_caller]
fn as_before(shop: &Shop, member: MemberId, card: CardId, coupon: CouponId) {
    assert_eq!(points(shop, member), 1000);
    assert_eq!((money(shop, Account::CardPrincipal(card)), money(shop, Account::CardBonus(card))), (3000, 500));
    assert_eq!(balance(shop, Account::Coupon(coupon), Unit::Coupons), 1);
    assert_eq!(money(shop, Account::Cash(shop.desk.replica().device())), 3000);
    assert_eq!((money(shop, Account::Tender(BANK)), money(shop, Account::Turnover(STORE_A))), (0, 0));
    assert_eq!((money(shop, Account::BonusGiven(STORE_A)), money(shop, Account::PointsGiven(STORE_A))), (0, 0));
    assert_eq!((money(shop, Account::Prepaid(STORE_A)), money(shop, Account::RefundRights)), (-3000, 0));
}

#[test]
fn piece_by_piece_gives_the_same() {
    let Sold { shop, member, card, coupon, sale, .. } = sold();
    let mut paid = 0;
    for step in [&[(2, 1000)][..], &[(1, 1000)], &[(2, 500)], &[(2, 1500), (1, 500)], &[(1, 500)]] {
        shop.pass(1000);
        let view = shop.ok("refund.start", json!({ "sale_id": sale }));
        let left = view["left_fen"].as_i64().unwrap();
        let done = give_back(&shop, sale, step).unwrap();
        paid += done["total_fen"].as_i64().unwrap();
        assert_eq!(money(&shop, Account::Refundable(sale)), left - done["total_fen"].as_i64().unwrap());
        assert_eq!(
            done["coupons"].as_array().unwrap().len(),
            usize::from(paid == 14_820),
            "the coupon comes back with the last of its goods"
        );
    }
    assert_eq!(paid, 14_820);
    as_before(&shop, member, card, coupon);
    assert_eq!(give_back(&shop, sale, &[(1, 1)]), Err(Code::RefundTooMuch));
    sound(&shop);
}

#[test]
fn what_is_left_of_each_line() {
    let Sold { shop, sale, .. } = sold();
    let of = |view: &Value| -> Vec<(i64, i64)> {
        let lines = view["lines"].as_array().unwrap().iter();
        lines.map(|line| (line["left_milli"].as_i64().unwrap(), line["left_fen"].as_i64().unwrap())).collect()
    };
    let view = shop.ok("refund.start", json!({ "sale_id": sale }));
    // 10.00 off is spread by price: 7.57 on the cups, 2.43 on the tissue.
    assert_eq!((of(&view), &view["left_fen"]), (vec![(2000, 11_223), (3000, 3597)], &json!(14_820)));
    assert_eq!((&view["lines"][1]["name"], &view["lines"][1]["sold_milli"]), (&json!("抽纸 3层120抽"), &json!(3000)));
    give_back(&shop, sale, &[(2, 1000)]).unwrap();
    shop.pass(1000);
    let view = shop.ok("refund.start", json!({ "sale_id": sale }));
    assert_eq!((of(&view), &view["left_fen"]), (vec![(2000, 11_223), (2000, 2398)], &json!(14_820 - 1199)));
    give_back(&shop, sale, &[(2, 2000), (1, 2000)]).unwrap();
    shop.pass(1000);
    let view = shop.ok("refund.start", json!({ "sale_id": sale }));
    assert_eq!((of(&view), &view["left_fen"]), (vec![(0, 0), (0, 0)], &json!(0)));
}

#[test]
fn a_receipt_however_it_is_typed() {
    let Sold { shop, sale, view, member, .. } = sold();
    let find = |text: &str| -> Vec<Value> {
        let found = shop.ok("refund.find", json!({ "text": text, "member_id": null }));
        found["sales"].as_array().unwrap().iter().map(|sale| sale["sale_id"].clone()).collect()
    };
    assert_eq!(view["receipt_no"], "HB-01-000002");
    for text in
        ["HB-01-000002", "hb-01-000002", "  HB-01-000002 ", "ＨＢ－０１－０００００２", "HB 01 000002", "hb01000002", "HB—01—000002"]
    {
        assert_eq!(find(text), [json!(sale)], "{text}");
    }
    for text in ["HB-01-000003", "HB-02-000002", "XX-01-000002", "2", "%", "张小明"] {
        assert_eq!(find(text), [Value::Null; 0], "{text}");
    }
    shop.pass(1000);
    let done = give_back(&shop, sale, &[(1, 1000)]).unwrap();
    assert_eq!(find(done["receipt_no"].as_str().unwrap()), [json!(sale)], "the refund's own receipt leads to the sale");
    let found = shop.ok("refund.find", json!({ "text": "hb01000002", "member_id": member }));
    let left = 14_820 - done["total_fen"].as_i64().unwrap();
    assert_eq!((&found["sales"][0]["total_fen"], &found["sales"][0]["left_fen"]), (&json!(14_820), &json!(left)));
    let stranger = counter::member(&shop, "13900001111");
    assert_eq!(shop.ok("refund.find", json!({ "text": "hb01000002", "member_id": stranger }))["sales"], json!([]));
    for (request, code) in [
        (json!({ "text": null, "member_id": null }), Code::RequestInvalid),
        (json!({ "text": " ", "member_id": null }), Code::RequestInvalid),
        (json!({ "text": "长".repeat(101), "member_id": null }), Code::TextTooLong),
        (json!({ "text": null, "member_id": sale }), Code::MemberUnknown),
    ] {
        assert_eq!(shop.refused("refund.find", request), code);
    }
}

#[test]
fn a_members_latest_twenty_as_the_cashier_may_see_them() {
    let shop = counter();
    let member = member(&shop, PHONE);
    for _ in 0..22 {
        shop.pass(1000);
        enter(&shop, TISSUE);
        shop.ok("cart.member", json!({ "member_id": member }));
        pay(&shop, &[cash(TISSUE_FEN)]).unwrap();
    }
    cashier(&shop);
    let found = shop.ok("refund.find", json!({ "text": null, "member_id": member }));
    let sales = found["sales"].as_array().unwrap();
    assert_eq!((sales.len(), &sales[0]["receipt_no"], &sales[19]["receipt_no"]), (20, &json!("HB-01-000022"), &json!("HB-01-000003")));
    assert_eq!((&sales[0]["member_name"], &sales[0]["left_fen"]), (&json!("张**"), &json!(TISSUE_FEN)));
}

#[test]
fn what_cannot_come_back_is_refused_and_writes_nothing() {
    let Sold { shop, sale, member, .. } = sold();
    let unknown = SaleId::from_bytes([0xee; 16]);
    type Case<'a> = (&'a str, SaleId, &'a [(u32, i64)], Code);
    let cases: &[Case<'_>] = &[
        ("nothing", sale, &[], Code::RefundNothing),
        ("no such line", sale, &[(3, 1000)], Code::LineUnknown),
        ("line zero", sale, &[(0, 1000)], Code::LineUnknown),
        ("none of it", sale, &[(1, 0)], Code::QuantityInvalid),
        ("less than none", sale, &[(1, -1000)], Code::QuantityInvalid),
        ("too much", sale, &[(1, 2001)], Code::RefundTooMuch),
        ("too much of one line in two", sale, &[(1, 1500), (1, 501)], Code::RefundTooMuch),
        ("enormous", sale, &[(1, i64::MAX)], Code::RefundTooMuch),
        ("enormous in two", sale, &[(1, i64::MAX), (1, i64::MAX)], Code::RefundTooMuch),
        ("one good, one bad", sale, &[(2, 1000), (1, 9000)], Code::RefundTooMuch),
        ("no such sale", unknown, &[(1, 1000)], Code::SaleUnknown),
    ];
    let view = shop.ok("refund.start", json!({ "sale_id": sale }));
    let refund = |sale, of, shown: &Value| json!({ "of": refund_of(&view["refund_id"], sale, of), "shown": shown });
    for (case, sale, of, code) in cases {
        assert_eq!(quote(&shop, *sale, of), Err(*code), "{case}");
        assert_eq!(shop.refused("refund.pay", refund(*sale, of, &shown(0))), *code, "{case}");
        assert_eq!(shop.refused("cart.exchange", json!({ "exchange": refund_of(&view["refund_id"], *sale, of) })), *code, "{case}");
    }
    let good = quote(&shop, sale, &[(1, 1000)]).unwrap();
    let fen = good["total_fen"].as_i64().unwrap();
    for total in [0, -fen, fen - 1, fen + 1, 14_820] {
        let mut shown = good.clone();
        shown["total_fen"] = json!(total);
        assert_eq!(shop.refused("refund.pay", refund(sale, &[(1, 1000)], &shown)), Code::CartChanged, "{total}");
    }
    // The same total, and anything else not as it is.
    for (part, other) in [
        ("lines", json!([])),
        ("tenders", json!([{ "kind": "cash", "given_fen": 0, "change_fen": fen }])),
        ("taxes", json!([{ "rate_bp": 1300, "net_fen": fen, "tax_fen": 0 }])),
        ("points_taken", json!(1)),
        ("points_restored", json!(1)),
        ("coupons", json!(["新客立减10元"])),
        ("gifts_taken", json!(["新客立减10元"])),
        ("points_owed", json!(1)),
    ] {
        let mut shown = good.clone();
        assert_ne!(shown[part], other);
        shown[part] = other;
        assert_eq!(shop.refused("refund.pay", refund(sale, &[(1, 1000)], &shown)), Code::CartChanged, "{part}");
    }
    for (reason, code) in [("", Code::ReasonNeeded), (" 　", Code::ReasonNeeded), (&*"长".repeat(101), Code::TextTooLong)] {
        let mut request = refund(sale, &[(1, 1000)], &good);
        request["of"]["reason"] = json!(reason);
        assert_eq!(shop.refused("refund.pay", request), code);
    }
    assert_eq!(shop.refused("refund.start", json!({ "sale_id": unknown })), Code::SaleUnknown);
    assert_eq!(shop.refused("refund.get", json!({ "id": view["refund_id"] })), Code::RefundUnknown);
    assert_eq!(
        (money(&shop, Account::Refundable(sale)), shop.ok("sale.get", json!({ "id": sale }))["refunds"].clone()),
        (14_820, json!([]))
    );
    assert_eq!(shop.ok("member.get", json!({ "id": member, "after": null }))["spend_fen"], 14_820);
}

#[test]
fn one_id_is_one_refund_for_ever() {
    let Sold { shop, sale, .. } = sold();
    let view = shop.ok("refund.start", json!({ "sale_id": sale }));
    let quoted = quote(&shop, sale, &[(1, 1000)]).unwrap();
    let request = json!({ "of": refund_of(&view["refund_id"], sale, &[(1, 1000)]), "shown": quoted });
    let done = shop.ok("refund.pay", request.clone());
    shop.pass(400 * 86_400_000);
    // Again after a year, and with whatever else the screen may have got wrong.
    let mut other = request.clone();
    (other["shown"], other["of"]["lines"], other["of"]["reason"]) = (shown(1), lines(&[(2, 3000)]), json!(""));
    for again in [request, other] {
        assert_eq!(shop.ok("refund.pay", again), done);
    }
    assert_eq!(shop.ok("sale.get", json!({ "id": sale }))["refunds"].as_array().unwrap().len(), 1);
    // An id that names another refund is no answer to this one.
    enter(&shop, TISSUE);
    let second = pay(&shop, &[cash(2000)]).unwrap();
    let foreign = json!({ "of": refund_of(&view["refund_id"], sale_id(&second), &[(1, 1000)]), "shown": shown(TISSUE_FEN) });
    assert_eq!(shop.refused("refund.pay", foreign.clone()), Code::RefundDone);
    assert_eq!(shop.refused("cart.exchange", json!({ "exchange": foreign["of"] })), Code::RefundDone);
    let blind = json!({ "refund_id": view["refund_id"], "goods": [], "member_id": null, "reason": "无票", "approval": null });
    assert_eq!(shop.refused("refund.without_receipt", blind), Code::RefundDone);
    sound(&shop);
}

#[test]
fn points_spent_before_they_are_taken_back_are_owed() {
    let shop = counter();
    rule(&shop, 0x20, 1, 1, redeeming(|_| {}));
    let member = member(&shop, PHONE);
    let buy = |text: &str, tenders: &[Value]| {
        shop.pass(1000);
        enter(&shop, text);
        shop.ok("cart.member", json!({ "member_id": member }));
        pay(&shop, tenders)
    };
    let first = buy(&format!("4*{CUP}"), &[cash(23_960)]).unwrap();
    assert_eq!(points(&shop, member), 239);
    let second = buy(TISSUE, &[by_points(200), cash(1080)]).unwrap();
    assert_eq!(points(&shop, member), 39 + 10);
    let quoted = quote(&shop, sale_id(&first), &[(1, 4000)]).unwrap();
    assert_eq!((&quoted["points_taken"], &quoted["points_owed"]), (&json!(239), &json!(190)));
    shop.pass(1000);
    let done = give_back(&shop, sale_id(&first), &[(1, 4000)]).unwrap();
    assert_eq!((&done["points_owed"], &done["member"]["points"]), (&json!(190), &json!(-190)));
    assert_eq!(shop.ok("member.get", json!({ "id": member, "after": null }))["card"]["points"], -190);
    // They pay for nothing and are offered for nothing; what is earned next pays them first.
    assert_eq!(buy(CUP, &[by_points(100), cash(6000)]), Err(Code::PointsShort));
    assert_eq!(shop.ok("pay.suggest", json!({}))["points"], Value::Null);
    assert_eq!(cart(&shop)["wallet"]["points_fen"], 0);
    let third = pay(&shop, &[cash(6000)]).unwrap();
    assert_eq!((&third["totals"]["points_earned"], &third["member"]["points"]), (&json!(59), &json!(-131)));
    shop.pass(1000);
    let restored = give_back(&shop, sale_id(&second), &[(1, 1000)]).unwrap();
    assert_eq!((&restored["points_restored"], &restored["points_owed"]), (&json!(200), &json!(0)));
    assert_eq!(points(&shop, member), -131 + 200 - 10);
    sound(&shop);
}

#[test]
fn card_money_follows_the_card() {
    let Sold { shop, member, card, sale, .. } = sold();
    let next = counter::card(&shop, 2, Some(member), 100, 0);
    let mut ledger = Ledger::new();
    ledger.fen(Account::CardBonus(card), Account::CardBonus(next), fen(300)).unwrap();
    append(&shop, Draft::new(CardReissued { card, to: next, approved_by: None, postings: ledger.done() }));
    shop.pass(1000);
    let done = give_back(&shop, sale, &[(1, 2000)]).unwrap();
    let onto = done["tenders"].as_array().unwrap().iter().find(|tender| tender["kind"] == "card").unwrap();
    assert_eq!(onto["card_id"], json!(next));
    let back = onto["principal_fen"].as_i64().unwrap() + onto["bonus_fen"].as_i64().unwrap();
    assert_eq!(money(&shop, Account::CardPrincipal(next)) + money(&shop, Account::CardBonus(next)), 100 + 300 + back);
    assert_eq!(money(&shop, Account::CardPrincipal(card)) + money(&shop, Account::CardBonus(card)), 0);

    // Lost keeps its money; paid out, it takes none, and no other tender does in its place. The rest goes back as it would have.
    append(&shop, Draft::new(CardChanged { card: next, change: CardChange::Lost, approved_by: None }));
    let quoted = quote(&shop, sale, &[(2, 3000)]).unwrap();
    assert!(quoted["tenders"].as_array().unwrap().iter().any(|tender| tender["card_id"] == json!(next)));
    append(
        &shop,
        Draft::new(CardRefunded {
            card: next,
            receipt_no: "HB-01-900001".into(),
            number: 1,
            till_no: 1,
            cause: hefu_core::card::Cause::Customer,
            refund_fen: fen(0),
            principal_fen: fen(0),
            bonus_fen: fen(0),
            approved_by: None,
            postings: Vec::new(),
        }),
    );
    shop.pass(1000);
    let device = shop.desk.replica().device();
    let before = money(&shop, Account::Cash(device));
    let done = give_back(&shop, sale, &[(2, 3000)]).unwrap();
    let part = |refund: &Value, kind: &str, field: &str| -> i64 {
        let found = refund["tenders"].as_array().unwrap().iter().find(|tender| tender["kind"] == kind);
        found.and_then(|tender| tender[field].as_i64()).unwrap_or(0)
    };
    let of_card = part(&quoted, "card", "principal_fen") + part(&quoted, "card", "bonus_fen");
    assert!(of_card > 0);
    assert_eq!((part(&done, "settled", "settled_fen"), part(&done, "card", "principal_fen")), (of_card, 0));
    assert_eq!(done["total_fen"].as_i64().unwrap(), quoted["total_fen"].as_i64().unwrap() - of_card);
    assert_eq!(before - money(&shop, Account::Cash(device)), part(&quoted, "cash", "change_fen"));
    assert_eq!(part(&done, "named", "amount_fen"), part(&quoted, "named", "amount_fen"));
    assert_eq!(money(&shop, Account::Refundable(sale)), 0);
    sound(&shop);
}

/// I16: in one step or in several, the other tenders come back whole, and what the card gave is said and not paid.
#[test]
fn what_a_paid_out_card_gave_is_said_and_not_paid() {
    let in_steps: [&[&[(u32, i64)]]; 2] = [&[&[(1, 2000), (2, 3000)]], &[&[(2, 1000)], &[(1, 500)], &[(1, 1500), (2, 2000)]]];
    for steps in in_steps {
        let Sold { shop, card, sale, .. } = sold();
        let closing =
            json!({ "card_id": card, "cause": "customer", "reason": "退卡", "refund_fen": 0, "by": { "kind": "cash" }, "approval": null });
        shop.ok("card.refund", closing);
        let drawer = || money(&shop, Account::Cash(shop.desk.replica().device()));
        let (held, bank) = (drawer(), money(&shop, Account::Tender(BANK)));
        let view = shop.ok("refund.start", json!({ "sale_id": sale }));
        assert_eq!(view["left_fen"], 14_820 - 3200, "what the customer will get");
        let (mut paid, mut settled) = (0, 0);
        for step in steps {
            shop.pass(1000);
            let done = give_back(&shop, sale, step).unwrap();
            let worth: i64 = done["lines"].as_array().unwrap().iter().map(|line| line["amount_fen"].as_i64().unwrap()).sum();
            let tenders = done["tenders"].as_array().unwrap();
            let not_paid: i64 = tenders.iter().filter_map(|tender| tender["settled_fen"].as_i64()).sum();
            let total = done["total_fen"].as_i64().unwrap();
            assert_eq!(worth, total + not_paid);
            (paid, settled) = (paid + total, settled + not_paid);
        }
        assert_eq!((paid, settled), (14_820 - 3200, 3200));
        assert_eq!((held - drawer(), bank - money(&shop, Account::Tender(BANK))), (14_820 - 3200 - 500 - 4000, 4000));
        assert_eq!((money(&shop, Account::CardPrincipal(card)), money(&shop, Account::CardBonus(card))), (0, 0));
        assert_eq!((money(&shop, Account::Refundable(sale)), money(&shop, Account::RefundRights)), (0, 0));
        assert_eq!(give_back(&shop, sale, &[(1, 1)]), Err(Code::RefundTooMuch));
        sound(&shop);
    }
}

#[test]
fn each_payment_by_one_tender_gets_back_what_it_paid() {
    let shop = counter();
    let swipe = |reference: &str, amount: i64| json!({ "kind": "named", "tender_id": BANK, "amount_fen": amount, "reference": reference });
    enter(&shop, &format!("2*{CUP}"));
    let sale = sale_id(&pay(&shop, &[swipe("A1", 4000), swipe("B2", 6000), swipe("A1", 1980)]).unwrap());
    let mut given = std::collections::BTreeMap::<String, i64>::new();
    for step in [&[(1, 500)][..], &[(1, 1500)]] {
        shop.pass(1000);
        for tender in give_back(&shop, sale, step).unwrap()["tenders"].as_array().unwrap() {
            *given.entry(tender["reference"].as_str().unwrap().to_owned()).or_default() += tender["amount_fen"].as_i64().unwrap();
        }
        assert!(given["A1"] <= 5980 && given["B2"] <= 6000, "{given:?}");
    }
    assert_eq!((given["A1"], given["B2"], money(&shop, Account::Tender(BANK))), (5980, 6000, 0));
    sound(&shop);
}

#[test]
fn a_time_for_refunds() {
    let shop = counter();
    let within = |days: u32| RuleBody::Refunds(RefundRule { days_most: Some(days), ..RefundRule::default() });
    rule(&shop, 0x33, 1, 0, within(7));
    enter(&shop, CUP);
    let sale = sale_id(&pay(&shop, &[cash(6000)]).unwrap());
    // What was promised with the sale is kept, however the next customers are told.
    rule(&shop, 0x33, 2, 1, within(3));
    let begin = |shop: &Shop| shop.call("refund.start", json!({ "sale_id": sale })).map(drop).map_err(|error| error.code);
    let ask = |shop: &Shop| quote(shop, sale, &[(1, 1000)]).map(drop);
    let give = |shop: &Shop| give_back(shop, sale, &[(1, 1000)]).map(drop);
    type Act<'a> = &'a dyn Fn(&Shop) -> Result<(), Code>;
    let cases: &[(i64, &str, Act<'_>, Result<(), Code>)] = &[
        (7, "begun on the last day", &begin, Ok(())),
        (0, "asked on the last day", &ask, Ok(())),
        (1, "begun a day late", &begin, Err(Code::RefundTooOld)),
        (0, "asked a day late", &ask, Err(Code::RefundTooOld)),
        (0, "given a day late", &give, Err(Code::RefundTooOld)),
        (365, "given a year late", &give, Err(Code::RefundTooOld)),
    ];
    for (days, case, act, expect) in cases {
        shop.pass(days * 86_400_000);
        assert_eq!(act(&shop), *expect, "{case}");
    }
}

#[test]
fn the_other_policy_takes_off_what_the_rest_costs_alone() {
    let shop = counter();
    rule(&shop, 0x33, 1, 0, RuleBody::Refunds(RefundRule { policy: RefundPolicy::Repriced, ..RefundRule::default() }));
    rule(&shop, 0x61, 1, 0, RuleBody::Promotion(off("满80减20", 8000, 2000)));
    enter(&shop, CUP);
    enter(&shop, BIG);
    let sale = sale_id(&pay(&shop, &[cash(6570)]).unwrap());
    // The promotion ends; the sale keeps the rules it was made by.
    rule(&shop, 0x61, 2, 1, RuleBody::Promotion(hefu_core::promo::Promotion { enabled: false, ..off("满80减20", 8000, 2000) }));
    shop.pass(1000);
    // Alone the cup is 59.90: the tissue gives back 65.70 - 59.90, not its share of 19.78.
    let view = shop.ok("refund.start", json!({ "sale_id": sale }));
    assert_eq!((&view["lines"][0]["left_fen"], &view["lines"][1]["left_fen"]), (&json!(6570 - BIG_FEN), &json!(6570 - CUP_FEN)));
    let done = give_back(&shop, sale, &[(2, 1000)]).unwrap();
    assert_eq!(done["total_fen"], 6570 - CUP_FEN);
    shop.pass(1000);
    assert_eq!(give_back(&shop, sale, &[(1, 1000)]).unwrap()["total_fen"], CUP_FEN);
    assert_eq!((money(&shop, Account::Refundable(sale)), money(&shop, Account::Turnover(STORE_A))), (0, 0));
    sound(&shop);
}

/// A9: a book bears no tax, and takes none of the cup's with it.
#[test]
fn goods_take_their_own_tax_with_them() {
    let shop = counter();
    let categories = std::collections::BTreeMap::from([("图书".to_owned(), 0)]);
    rule(&shop, 0x34, 1, 0, RuleBody::Tax(TaxRule { mode: TaxMode::Included, default_bp: 1300, categories }));
    let book = Product {
        product: ProductId::from_bytes([9; 16]),
        name: "棋谱".into(),
        category: "图书".into(),
        unit: "本".into(),
        price_fen: fen(10_000),
        brand: String::new(),
        tags: Vec::new(),
        barcodes: vec!["9787500000006".into()],
    };
    append(&shop, Draft::new(book));
    enter(&shop, "9787500000006");
    enter(&shop, &format!("3*{CUP}"));
    let sale = sale_id(&pay(&shop, &[cash(30_000)]).unwrap());
    let tax = || money(&shop, Account::Tax(STORE_A));
    let whole = tax();
    assert_eq!(whole.abs(), 2067, "of 179.70");
    let row = |rate_bp: u32, net: i64, tax: i64| json!({ "rate_bp": rate_bp, "net_fen": net, "tax_fen": tax });
    shop.pass(1000);
    assert_eq!(give_back(&shop, sale, &[(1, 1000)]).unwrap()["taxes"], json!([row(0, 10_000, 0)]));
    assert_eq!(tax(), whole);
    for (milli, expect, left) in [(1000, row(1300, 5301, 689), 1378), (500, row(1300, 2651, 344), 1034), (1500, row(1300, 7951, 1034), 0)] {
        shop.pass(1000);
        let done = give_back(&shop, sale, &[(2, milli)]).unwrap();
        assert_eq!((&done["taxes"], tax().abs()), (&json!([expect]), left));
    }
    assert_eq!(money(&shop, Account::Turnover(STORE_A)), 0);
    sound(&shop);
}
