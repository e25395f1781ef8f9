//! Where the law asks for an identity or a bank transfer: what one buyer buys in a day counts together (C3).

use hefu_core::{
    buyer::{BuyerRecord, Document, DocumentKind},
    card::{CardLaw, CardLaws, CardType, FreeAmount},
    error::Code,
    ids::{BuyerId, RuleId},
    money::Fen,
    op::{BuyerRecorded, Draft},
    rules::RuleBody,
    seal::PersonKey,
};
use hefu_replica::By;
use serde_json::{Value, json};

use crate::{
    common::MORNING,
    shop::{DAY, GIFT, GOLD, Till, bank, cash, gift},
};

const NONE: Value = Value::Null;
const ZHANG: &str = "11010519491231002X";
const NEEDED: Result<(), Code> = Err(Code::CardIdentityNeeded);
const TRANSFER: Result<(), Code> = Err(Code::CardBankTransferNeeded);

/// The national pack; 上海 with thresholds of its own; 成都, whose anonymous cards hold enough to reach the national threshold.
fn laws() -> CardLaws {
    let shanghai = CardLaw {
        city: "上海".into(),
        identity_registered_from_fen: Fen::constant(10_000),
        identity_anonymous_from_fen: Fen::constant(50_000),
        transfer_person_from_fen: Fen::constant(2_000_000),
        ..CardLaw::shipped()
    };
    let chengdu = CardLaw { city: "成都".into(), anonymous_most_fen: Fen::constant(2_000_000), ..CardLaw::shipped() };
    CardLaws { cities: vec![shanghai, chengdu], ..CardLaws::shipped() }
}

fn till_in(city: &str) -> Till {
    let till = Till::new();
    till.put(RuleId::from_bytes([0x35; 16]), 2, RuleBody::CardLaw(laws()));
    let any = FreeAmount { least_fen: Fen::constant(100), most_fen: Fen::constant(2_000_000) };
    till.put(GIFT, 2, RuleBody::CardType(CardType { free_amount: Some(any), ..gift() }));
    till.stands_in(city, 1);
    till
}

fn pay(till: &Till, card: &Value, amount: i64, tender: Value) -> Result<(), Code> {
    pay_as(till, &NONE, card, amount, tender)
}

fn pay_as(till: &Till, buyer: &Value, card: &Value, amount: i64, tender: Value) -> Result<(), Code> {
    till.call("card.top_up", till.bought_by(buyer, card, amount, json!([tender]))).map(drop).map_err(|error| error.code)
}

/// Who buys, and onto which cards: a new one each time, but for an anonymous card that nobody is known for.
#[derive(Clone, Copy, Debug)]
enum Buys {
    /// A member who has shown a document, onto own cards.
    Member,
    /// One with a name and none shown.
    Undocumented,
    /// Nobody known, onto one anonymous card.
    Nobody,
    /// Somebody who shows a document, onto anonymous cards.
    Shown,
    /// A company, onto a member's cards.
    Company,
    /// A company, onto anonymous cards.
    CompanyAnonymous,
}

#[test]
fn on_both_sides_of_every_threshold() {
    use Buys::*;
    let (none, cash, bank) = ((0, 0), cash as fn(i64) -> Value, bank as fn(i64) -> Value);
    // City, who, what was bought that day by transfer in equal steps, and then.
    for (city, who, (steps, each), (amount, tender), expect) in [
        ("", Member, none, (100, cash), Ok(())),
        ("", Member, (9, 500_000), (499_999, cash), Ok(())),
        ("", Member, (9, 500_000), (500_000, cash), TRANSFER),
        ("", Member, (9, 500_000), (500_000, bank), Ok(())),
        ("上海", Member, (3, 500_000), (499_999, cash), Ok(())),
        ("上海", Member, (3, 500_000), (500_000, cash), TRANSFER),
        ("上海", Member, (3, 500_000), (500_000, bank), Ok(())),
        ("上海", Member, (1, 6_000), (4_000, cash), Ok(())),
        ("", Undocumented, none, (100, cash), NEEDED),
        ("", Undocumented, none, (100, bank), NEEDED),
        ("上海", Undocumented, (1, 6_000), (3_999, cash), Ok(())),
        ("上海", Undocumented, (1, 6_000), (4_000, cash), NEEDED),
        ("上海", Undocumented, (1, 6_000), (4_000, bank), NEEDED),
        ("上海", Nobody, (2, 20_000), (9_999, cash), Ok(())),
        ("上海", Nobody, (2, 20_000), (10_000, cash), NEEDED),
        ("成都", Nobody, (9, 100_000), (99_999, cash), Ok(())),
        ("成都", Nobody, (9, 100_000), (100_000, cash), NEEDED),
        ("成都", Nobody, none, (999_999, cash), Ok(())),
        ("成都", Nobody, none, (1_000_000, bank), NEEDED),
        ("成都", Shown, none, (1_000_000, cash), Ok(())),
        ("成都", Shown, (9, 100_000), (100_000, cash), Ok(())),
        ("成都", Shown, (4, 1_000_000), (999_999, cash), Ok(())),
        ("成都", Shown, (4, 1_000_000), (1_000_000, cash), TRANSFER),
        ("成都", Shown, (4, 1_000_000), (1_000_000, bank), Ok(())),
        ("", Company, none, (499_999, cash), Ok(())),
        ("", Company, none, (500_000, cash), TRANSFER),
        ("", Company, none, (500_000, bank), Ok(())),
        ("", Company, (2, 200_000), (99_999, cash), Ok(())),
        ("", Company, (2, 200_000), (100_000, cash), TRANSFER),
        ("", Company, (2, 200_000), (100_000, bank), Ok(())),
        ("", CompanyAnonymous, (4, 100_000), (99_999, cash), Ok(())),
        ("", CompanyAnonymous, (4, 100_000), (100_000, cash), TRANSFER),
        ("成都", CompanyAnonymous, (4, 100_000), (1_000_000, bank), Ok(())),
    ] {
        let till = till_in(city);
        let (member, buyer) = match who {
            Member => (till.member("13812341234", "张小明"), NONE),
            Undocumented => (till.undocumented("13812341234", "张小明"), NONE),
            Nobody => (NONE, NONE),
            Shown => (NONE, till.shows("resident_id", ZHANG, "张小明", &NONE)),
            Company => (till.undocumented("13812341234", "张小明"), till.company()),
            CompanyAnonymous => (NONE, till.company()),
        };
        let one = till.open(GIFT, &NONE);
        let card = || match who {
            Nobody => one.clone(),
            Shown | CompanyAnonymous => till.open(GIFT, &NONE),
            Member | Undocumented | Company => till.open(GOLD, &member),
        };
        for _ in 0..steps {
            assert_eq!(pay_as(&till, &buyer, &card(), each, bank(each)), Ok(()));
        }
        let found = pay_as(&till, &buyer, &card(), amount, tender(amount));
        assert_eq!(found, expect, "{city} {who:?}, {amount} after {steps} of {each}");
    }
}

#[test]
fn a_buyer_is_one_person_on_one_day() {
    let till = till_in("上海");
    let nameless = till.member("13812341234", "");
    let (one, two) = (till.open(GOLD, &nameless), till.open(GOLD, &nameless));
    assert_eq!(pay(&till, &one, 10_000, cash(10_000)), NEEDED);
    assert_eq!(pay(&till, &one, 9_900, cash(9_900)), Ok(()), "what was refused was not bought");
    assert_eq!(pay(&till, &two, 100, cash(100)), NEEDED);
    let other = till.open(GOLD, &till.member("13912341234", ""));
    assert_eq!(pay(&till, &other, 9_999, cash(9_999)), Ok(()));
    // Nobody knows who holds two anonymous cards.
    let (gift, another) = (till.open(GIFT, &NONE), till.open(GIFT, &NONE));
    assert_eq!(pay(&till, &gift, 49_999, cash(49_999)), Ok(()));
    assert_eq!(pay(&till, &gift, 100, cash(100)), NEEDED);
    assert_eq!(pay(&till, &another, 49_999, cash(49_999)), Ok(()));
    till.pass(DAY);
    assert_eq!(pay(&till, &two, 9_999, cash(9_999)), Ok(()));
    assert_eq!(pay(&till, &gift, 100, cash(100)), Ok(()));
    till.sound(&[&one, &two, &other, &gift, &another]);
}

/// The screen is told what is missing, and the payment refuses.
#[test]
fn a_preview_says_what_the_law_wants() {
    let till = till_in("");
    let member = till.undocumented("13812341234", "张小明");
    let card = till.open(GOLD, &member);
    let asks = |buyer: &Value, amount: i64, tenders: Value| {
        let preview = till.ok("card.top_up_preview", till.bought_by(buyer, &card, amount, tenders));
        let wants = (preview["identity_needed"].as_bool().unwrap(), preview["transfer_needed"].as_bool().unwrap());
        (wants, preview["buyer"]["number"].clone())
    };
    assert_eq!(asks(&NONE, 100, json!([])), ((true, false), NONE));
    assert_eq!(pay(&till, &card, 100, cash(100)), NEEDED);
    let company = till.company();
    assert_eq!(asks(&company, 499_999, json!([cash(499_999)])), ((false, false), json!("9*************0Y43")));
    assert_eq!(asks(&company, 500_000, json!([bank(500_000)])), ((false, true), json!("9*************0Y43")));
    let in_cash = till.bought_by(&company, &card, 500_000, json!([cash(500_000)]));
    assert_eq!(till.refused("card.top_up_preview", in_cash), Code::CardBankTransferNeeded);
    till.shows("resident_id", ZHANG, "张小明", &member);
    assert_eq!(asks(&NONE, 100, json!([])), ((false, false), json!("1*************002X")));
    assert_eq!(pay(&till, &card, 100, cash(100)), Ok(()));
    till.sound(&[&card]);
}

/// A record that another till wrote, its key with it or not.
fn recorded_elsewhere(till: &Till, n: u8, member: &Value, key: Option<&PersonKey>, sealed: &PersonKey) -> Value {
    let buyer = BuyerId::from_bytes([n; 16]);
    let document = Document::read(DocumentKind::ResidentId, ZHANG).unwrap();
    let record = BuyerRecord::read("张小明", document, None, None).unwrap();
    let body = BuyerRecorded { buyer, member: serde_json::from_value(member.clone()).unwrap() };
    let draft = Draft::new(body).with_sealed(sealed, buyer.0, [n; 24], &record).unwrap();
    let by = By { who: None, at: MORNING, ahead: 0 };
    let write = |book: &mut hefu_replica::Writing<'_>| {
        if let Some(key) = key {
            book.put_key(buyer.0, key)?;
        }
        book.append(by, &draft)
    };
    till.desk.replica().write(write).unwrap();
    json!(buyer)
}

#[test]
fn two_records_of_one_document_are_one_buyer() {
    let till = till_in("上海");
    let here = till.shows("resident_id", ZHANG, "张小明", &NONE);
    let there = recorded_elsewhere(&till, 0xe1, &NONE, Some(&PersonKey::new([1; 32])), &PersonKey::new([1; 32]));
    assert_ne!(here, there);
    let cards: Vec<Value> = (0..4).map(|n| till.open(GOLD, &till.undocumented(&format!("1381234123{n}"), "会员"))).collect();
    for (card, buyer) in cards.iter().zip([&here, &there, &here]) {
        assert_eq!(pay_as(&till, buyer, card, 500_000, bank(500_000)), Ok(()));
    }
    assert_eq!(pay_as(&till, &there, &cards[3], 500_000, cash(500_000)), TRANSFER);
    assert_eq!(pay_as(&till, &there, &cards[3], 499_999, cash(499_999)), Ok(()));
    till.sound(&cards.iter().collect::<Vec<_>>());
}

#[test]
fn what_a_company_buys_for_a_member_is_not_the_members() {
    let till = till_in("上海");
    let member = till.member("13812341234", "张小明");
    let company = till.company();
    for _ in 0..4 {
        assert_eq!(pay_as(&till, &company, &till.open(GOLD, &member), 500_000, bank(500_000)), Ok(()));
    }
    assert_eq!(pay(&till, &till.open(GOLD, &member), 500_000, cash(500_000)), Ok(()));
    // And the other way round: by another company nothing was bought yet.
    let agent = json!({ "name": "李秀英", "kind": "passport", "number": "E12345678" });
    let other = till.ok(
        "buyer.record",
        json!({ "buyer_id": till.id(), "kind": "credit_code", "number": "9144030071526726XG", "name": "城西商行", "phone": null, "agent": agent, "member_id": null }),
    );
    assert_eq!(pay_as(&till, &other["buyer_id"], &till.open(GOLD, &member), 499_999, cash(499_999)), Ok(()));
    assert_eq!(pay_as(&till, &company, &till.open(GOLD, &member), 100, cash(100)), TRANSFER);
}

#[test]
fn a_record_that_nobody_can_read_identifies_nobody() {
    let till = till_in("");
    let member = till.undocumented("13812341234", "张小明");
    let card = till.open(GOLD, &member);
    let key = PersonKey::new([1; 32]);
    let buyer = recorded_elsewhere(&till, 0xe1, &member, None, &key);
    assert_eq!(pay(&till, &card, 100, cash(100)), NEEDED);
    assert_eq!(pay_as(&till, &buyer, &card, 100, cash(100)), Err(Code::BuyerUnknown));
    assert_eq!(pay_as(&till, &till.id(), &card, 100, cash(100)), Err(Code::BuyerUnknown));
    // Its key comes late.
    let id: BuyerId = serde_json::from_value(buyer.clone()).unwrap();
    till.desk.replica().write(|book| book.put_key(id.0, &key)).unwrap();
    assert_eq!(pay(&till, &card, 100, cash(100)), Ok(()));
    assert_eq!(pay_as(&till, &buyer, &card, 100, cash(100)), Ok(()));
    // Another's key opens nothing.
    let foreign = recorded_elsewhere(&till, 0xe2, &member, Some(&PersonKey::new([2; 32])), &PersonKey::new([3; 32]));
    assert_eq!(pay_as(&till, &foreign, &card, 100, cash(100)), Err(Code::BuyerUnknown));
    till.sound(&[&card]);
}
