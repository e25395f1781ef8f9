//! Where the law asks for an identity or a bank transfer: what one buyer buys in a day counts together (C3).

use hefu_core::{
    card::{CardLaw, CardLaws},
    error::Code,
    ids::RuleId,
    money::Fen,
    rules::RuleBody,
};
use serde_json::{Value, json};

use crate::shop::{DAY, GIFT, GOLD, Till, bank, cash};

const NONE: Value = Value::Null;

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
    till.stands_in(city, 1);
    till
}

fn pay(till: &Till, card: &Value, amount: i64, tender: Value) -> Result<(), Code> {
    till.call("card.top_up", till.free(card, amount, json!([tender]))).map(drop).map_err(|error| error.code)
}

#[test]
fn on_both_sides_of_every_threshold() {
    let (identity, transfer) = (Err(Code::CardIdentityNeeded), Err(Code::CardBankTransferNeeded));
    let named = Some("张小明");
    // City, name of the member (none: an anonymous card), what was bought that day by transfer in equal steps, and then.
    for (city, name, (steps, each), (amount, tender), expect) in [
        ("", named, (9, 500_000), (499_999, cash as fn(i64) -> Value), Ok(())),
        ("", named, (9, 500_000), (500_000, cash), transfer),
        ("", named, (9, 500_000), (500_000, bank), Ok(())),
        ("上海", named, (3, 500_000), (499_999, cash), Ok(())),
        ("上海", named, (3, 500_000), (500_000, cash), transfer),
        ("上海", named, (3, 500_000), (500_000, bank), Ok(())),
        ("", Some(""), (0, 0), (100, cash), identity),
        ("", named, (0, 0), (100, cash), Ok(())),
        ("上海", Some(""), (1, 6_000), (3_999, cash), Ok(())),
        ("上海", Some(""), (1, 6_000), (4_000, cash), identity),
        ("上海", Some(""), (1, 6_000), (4_000, bank), identity),
        ("上海", named, (1, 6_000), (4_000, cash), Ok(())),
        ("上海", None, (2, 20_000), (9_999, cash), Ok(())),
        ("上海", None, (2, 20_000), (10_000, cash), identity),
        ("成都", None, (9, 100_000), (99_999, cash), Ok(())),
        ("成都", None, (9, 100_000), (100_000, cash), identity),
    ] {
        let till = till_in(city);
        let member = name.map_or(NONE, |name| till.member("13812341234", name));
        let anonymous = till.open(GIFT, &NONE);
        let card = || if name.is_some() { till.open(GOLD, &member) } else { anonymous.clone() };
        for _ in 0..steps {
            assert_eq!(pay(&till, &card(), each, bank(each)), Ok(()));
        }
        let found = pay(&till, &card(), amount, tender(amount));
        assert_eq!(found, expect, "{city} {name:?}, {amount} after {steps} of {each}");
    }
}

#[test]
fn a_buyer_is_one_person_on_one_day() {
    let till = till_in("上海");
    let nameless = till.member("13812341234", "");
    let (one, two) = (till.open(GOLD, &nameless), till.open(GOLD, &nameless));
    let needed = Err(Code::CardIdentityNeeded);
    assert_eq!(pay(&till, &one, 10_000, cash(10_000)), needed);
    assert_eq!(pay(&till, &one, 9_900, cash(9_900)), Ok(()), "what was refused was not bought");
    assert_eq!(pay(&till, &two, 100, cash(100)), needed);
    assert_eq!(till.refused("card.top_up_preview", till.free(&two, 100, json!([]))), Code::CardIdentityNeeded);
    let other = till.open(GOLD, &till.member("13912341234", ""));
    assert_eq!(pay(&till, &other, 9_999, cash(9_999)), Ok(()));
    // Nobody knows who holds two anonymous cards.
    let (gift, another) = (till.open(GIFT, &NONE), till.open(GIFT, &NONE));
    assert_eq!(pay(&till, &gift, 49_999, cash(49_999)), Ok(()));
    assert_eq!(pay(&till, &gift, 100, cash(100)), needed);
    assert_eq!(pay(&till, &another, 49_999, cash(49_999)), Ok(()));
    till.pass(DAY);
    assert_eq!(pay(&till, &two, 9_999, cash(9_999)), Ok(()));
    assert_eq!(pay(&till, &gift, 100, cash(100)), Ok(()));
    till.sound(&[&one, &two, &other, &gift, &another]);
}
