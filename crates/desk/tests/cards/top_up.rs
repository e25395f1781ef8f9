//! Money onto a card: plans and free amounts, limits, tenders, receipts.

use hefu_core::{
    card::{CardLaw, CardLaws, CardType},
    error::Code,
    ids::RuleId,
    money::Fen,
    posting::Account,
    rules::RuleBody,
};
use serde_json::{Value, json};

use crate::shop::{BANK, DAY, GIFT, GOLD, Till, bank, by_card, cash, gift, gold, old_voucher};

const NONE: Value = Value::Null;

#[test]
fn three_hundred_get_fifty() {
    let till = Till::new();
    let card = till.open(GOLD, &till.member("13812341234", "张小明"));
    let request = till.plan(&card, "充300送50", cash(40_000));
    let preview = till.ok("card.top_up_preview", request.clone());
    assert_eq!(
        (&preview["principal_after_fen"], &preview["bonus_after_fen"], &preview["parts"]),
        (&json!(30_000), &json!(5_000), &json!([]))
    );
    assert_eq!((&preview["settlement"]["change_fen"], &preview["settlement"]["enough"]), (&json!(10_000), &json!(true)));
    assert_eq!(till.accounts(&card), (0, 0), "a preview writes nothing");
    let done = till.ok("card.top_up", request.clone());
    assert_eq!((&done["receipt_no"], &done["change_fen"], &done["plan"]), (&json!("HB-01-000001"), &json!(10_000), &json!("充300送50")));
    assert_eq!((&done["principal_fen"], &done["bonus_fen"], &done["sent"]), (&json!(30_000), &json!(5_000), &json!(false)));
    assert_eq!((&done["cashier"]["name"], &done["store"]["code"]), (&json!("王店长"), &json!("HB")));
    assert_eq!(done["tenders"], json!([{ "kind": "cash", "given_fen": 40_000, "change_fen": 10_000 }]));
    assert_eq!((&done["card"]["principal_fen"], &done["card"]["bonus_fen"]), (&json!(30_000), &json!(5_000)));
    assert_eq!((till.cash(), till.of_store()), (30_000, (-30_000, 0, 0, 0)));
    // Sent again it is the same, for ever.
    till.pass(40 * DAY);
    assert_eq!(till.ok("card.top_up", request.clone()), done);
    let mut stolen = request;
    stolen["card_id"] = till.open(GIFT, &NONE);
    assert_eq!(till.refused("card.top_up", stolen), Code::RequestInvalid);
    assert_eq!(till.on(&card), (30_000, 5_000, 0));
    till.sound(&[&card]);
}

#[test]
fn a_bonus_in_monthly_parts() {
    let till = Till::new();
    let card = till.open(GOLD, &till.member("13812341234", "张小明"));
    let request = till.plan(&card, "充1000分四月送200", json!(bank(60_000)));
    let mut both = request;
    both["tenders"] = json!([bank(60_000), cash(40_000)]);
    let parts = json!([
        { "day": "2026-04-02", "bonus_fen": 5_000 },
        { "day": "2026-05-02", "bonus_fen": 5_000 },
        { "day": "2026-06-02", "bonus_fen": 5_000 },
    ]);
    assert_eq!(till.ok("card.top_up_preview", both.clone())["parts"], parts);
    let done = till.ok("card.top_up", both);
    assert_eq!((&done["bonus_fen"], &done["parts"]), (&json!(5_000), &parts));
    assert_eq!(till.on(&card), (100_000, 5_000, 15_000));
    assert_eq!((till.cash(), till.balance(Account::Tender(BANK))), (40_000, 60_000));
    assert_eq!(till.desk.replica().read(|book| book.bonus_parts_due("2026-04-01", None, 100)).unwrap(), []);
    assert_eq!(till.desk.replica().read(|book| book.bonus_parts_due("2026-05-02", None, 100)).unwrap().len(), 2);
    till.sound(&[&card]);
}

#[test]
fn what_is_put_on_a_card_is_paid_to_the_fen() {
    let till = Till::new();
    till.round_to(10);
    let card = till.open(GIFT, &NONE);
    assert_eq!(till.refused("card.top_up", till.free(&card, 10_007, json!([cash(10_000)]))), Code::TenderShort);
    assert_eq!((till.cash(), till.accounts(&card)), (0, (0, 0)), "no fen of principal comes out of rounding");
    let request = till.free(&card, 10_007, json!([cash(10_010)]));
    let settlement = till.ok("card.top_up_preview", request.clone())["settlement"].clone();
    assert_eq!((&settlement["rounding_fen"], &settlement["change_fen"], &settlement["enough"]), (&json!(0), &json!(3), &json!(true)));
    let done = till.ok("card.top_up", request);
    assert_eq!((&done["rounding_fen"], &done["principal_fen"]), (&json!(0), &json!(10_007)));
    assert_eq!((till.cash(), till.of_store()), (10_007, (-10_007, 0, 0, 0)));
    till.sound(&[&card]);
}

#[test]
fn is_refused() {
    let till = Till::new();
    let gold_card = till.open(GOLD, &till.member("13812341234", "张小明"));
    let gift_card = till.open(GIFT, &NONE);
    let top_up = |card: &Value, plan: Value, amount: Value, tenders: Value| json!({ "top_up_id": till.id(), "card_id": card, "plan": plan, "amount_fen": amount, "tenders": tenders });
    let free = |card: &Value, amount: i64| top_up(card, NONE, json!(amount), json!([cash(amount)]));
    let three = json!("充300送50");
    for (request, expect) in [
        (free(&gold_card, 0), Code::AmountInvalid),
        (free(&gold_card, -1), Code::AmountInvalid),
        (free(&gold_card, i64::from(i32::MIN)), Code::AmountInvalid),
        (free(&gold_card, 99), Code::CardNotOffered),
        (free(&gold_card, 500_001), Code::CardNotOffered),
        (free(&gold_card, (1 << 53) - 1), Code::CardNotOffered),
        (free(&gold_card, i64::MAX), Code::RequestInvalid),
        (free(&gift_card, 100_001), Code::CardNotOffered),
        (free(&till.id(), 1_000), Code::CardUnknown),
        (top_up(&gold_card, three.clone(), json!(30_000), json!([cash(30_000)])), Code::RequestInvalid),
        (top_up(&gold_card, NONE, NONE, json!([cash(30_000)])), Code::RequestInvalid),
        (top_up(&gold_card, json!("充1送1"), NONE, json!([cash(30_000)])), Code::CardPlanUnknown),
        (top_up(&gift_card, three.clone(), NONE, json!([cash(30_000)])), Code::CardPlanUnknown),
        (top_up(&gold_card, three.clone(), NONE, json!([])), Code::TenderNone),
        (top_up(&gold_card, three.clone(), NONE, json!([cash(29_999)])), Code::TenderShort),
        (top_up(&gold_card, three.clone(), NONE, json!([cash(0)])), Code::AmountInvalid),
        (top_up(&gold_card, three.clone(), NONE, json!([cash(-30_000)])), Code::AmountInvalid),
        (top_up(&gold_card, three.clone(), NONE, json!([cash(10_000_000_000)])), Code::AmountTooLarge),
        (top_up(&gold_card, three.clone(), NONE, json!([bank(30_001)])), Code::TenderOver),
        (top_up(&gold_card, three.clone(), NONE, json!([bank(20_000)])), Code::TenderShort),
        (top_up(&gold_card, three.clone(), NONE, json!([old_voucher(30_000)])), Code::TenderUnknown),
        (top_up(&gold_card, three.clone(), NONE, json!([by_card(&gift_card, 30_000)])), Code::TenderUnknown),
        (top_up(&gold_card, three, NONE, json!([{ "kind": "points", "points": 100 }])), Code::TenderUnknown),
    ] {
        assert_eq!(till.refused("card.top_up", request.clone()), expect, "{request}");
    }
    assert_eq!((till.accounts(&gold_card), till.accounts(&gift_card), till.cash()), ((0, 0), (0, 0), 0));
}

#[test]
fn limits_are_of_what_the_card_then_holds() {
    let till = Till::new();
    let card = till.open(GOLD, &till.member("13812341234", "张小明"));
    let other = till.open(GIFT, &NONE);
    let free =
        |card: &Value, amount: i64| till.call("card.top_up", till.free(card, amount, json!([cash(amount)]))).map(drop).map_err(|e| e.code);
    till.top_up(&card, "充1000分四月送200", cash(100_000));
    // 1,000 and 50 are there, 150 are promised.
    for (amount, expect) in [(380_001, Err(Code::CardLimitRegistered)), (380_000, Ok(())), (100, Err(Code::CardLimitRegistered))] {
        assert_eq!(free(&card, amount), expect, "{amount}");
    }
    for (amount, expect) in
        [(60_000, Ok(())), (40_001, Err(Code::CardLimitAnonymous)), (40_000, Ok(())), (100, Err(Code::CardLimitAnonymous))]
    {
        assert_eq!(free(&other, amount), expect, "{amount}");
    }
    till.sound(&[&card, &other]);
}

#[test]
fn a_registered_card_wants_a_document_on_record() {
    let till = Till::new();
    let nameless = till.member("13812341234", "");
    let card = till.open(GOLD, &nameless);
    let request = till.plan(&card, "充300送50", cash(30_000));
    assert_eq!(till.refused("card.top_up", request.clone()), Code::CardIdentityNeeded);
    // A name is no document.
    till.ok("member.change", json!({ "id": nameless, "name": "张小明", "sex": null, "birthday": null, "card_no": null }));
    assert_eq!(till.refused("card.top_up", request.clone()), Code::CardIdentityNeeded);
    till.shows("passport", "E12345678", "张小明", &nameless);
    till.ok("card.top_up", request);
    // A city that asks only for large ones.
    let law = CardLaw { city: "杭州".into(), identity_registered_from_fen: Fen::constant(10_000), ..CardLaw::shipped() };
    till.put(RuleId::from_bytes([0x35; 16]), 2, RuleBody::CardLaw(law.into()));
    let other = till.open(GOLD, &till.member("13912341234", ""));
    till.ok("card.top_up", till.free(&other, 9_999, json!([cash(9_999)])));
    assert_eq!(till.refused("card.top_up", till.free(&other, 10_000, json!([cash(10_000)]))), Code::CardIdentityNeeded);
}

#[test]
fn a_store_goes_by_the_law_of_its_city() {
    let till = Till::new();
    let hangzhou = CardLaw { city: "杭州".into(), anonymous_most_fen: Fen::constant(50_000), ..CardLaw::shipped() };
    let laws = CardLaws { cities: vec![hangzhou], ..CardLaws::shipped() };
    till.put(RuleId::from_bytes([0x35; 16]), 2, RuleBody::CardLaw(laws));
    let card = till.open(GIFT, &NONE);
    let request = till.free(&card, 60_000, json!([cash(60_000)]));
    let beyond = Err(Code::CardLimitAnonymous);
    for (after, city, expect) in [(1, "杭州", beyond), (2, "上海", Ok(())), (3, " 杭州", beyond), (4, "", Ok(()))] {
        till.stands_in(city, after);
        assert_eq!(till.call("card.top_up_preview", request.clone()).map(drop).map_err(|e| e.code), expect, "{city}");
    }
}

#[test]
fn a_large_one_is_paid_by_transfer() {
    let till = Till::new();
    let law = CardLaw { transfer_person_from_fen: Fen::constant(200_000), ..CardLaw::shipped() };
    till.put(RuleId::from_bytes([0x35; 16]), 2, RuleBody::CardLaw(law.into()));
    let card = till.open(GOLD, &till.member("13812341234", "张小明"));
    let mixed = json!([bank(199_999), cash(1)]);
    assert_eq!(till.refused("card.top_up", till.free(&card, 200_000, mixed)), Code::CardBankTransferNeeded);
    till.ok("card.top_up", till.free(&card, 200_000, json!([bank(200_000)])));
    assert_eq!(till.refused("card.top_up", till.free(&card, 100, json!([cash(100)]))), Code::CardBankTransferNeeded, "the same day");
    till.pass(DAY);
    till.ok("card.top_up", till.free(&card, 199_999, json!([cash(200_000)])));
    till.sound(&[&card]);
}

#[test]
fn what_is_on_offer_is_the_type_as_it_is_now() {
    let till = Till::new();
    let card = till.gold_card();
    let plans = vec![hefu_core::card::TopUpPlan {
        name: "充500送100".into(),
        pay_fen: Fen::constant(50_000),
        bonus_fen: Fen::constant(10_000),
        parts: 1,
    }];
    till.put(GOLD, 2, RuleBody::CardType(CardType { plans, ..gold() }));
    assert_eq!(till.refused("card.top_up", till.plan(&card, "充300送50", cash(30_000))), Code::CardPlanUnknown);
    till.top_up(&card, " 充500送100 ", cash(50_000));
    assert_eq!(till.on(&card), (80_000, 15_000, 0));
    till.put(GOLD, 3, RuleBody::CardType(CardType { enabled: false, ..gold() }));
    assert_eq!(till.refused("card.top_up", till.plan(&card, "充300送50", cash(30_000))), Code::CardNotOffered);
    assert_eq!(till.card(&card)["why_not"], NONE, "its cards pay as before");
    till.put(GIFT, 2, RuleBody::CardType(CardType { free_amount: None, ..gift() }));
    let plain = till.open(GIFT, &NONE);
    assert_eq!(till.refused("card.top_up", till.free(&plain, 1_000, json!([cash(1_000)]))), Code::CardNotOffered);
}
