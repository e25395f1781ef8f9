//! Opened, found, shown, lost and found, passed on, replaced.

use hefu_core::{
    card::{CardLaw, CardLaws, CardType},
    error::Code,
    ids::RuleId,
    rules::RuleBody,
};
use serde_json::{Value, json};

use crate::shop::{CUP, DAY, GIFT, GOLD, Till, by_card, cash, gold};

const NONE: Value = Value::Null;
const PRINTED: &str = "8800 0000 0000 0013";

#[test]
fn types_in_force_and_enabled() {
    let till = Till::new();
    let types = till.ok("card.types", json!({}))["types"].clone();
    let names: Vec<&str> = types.as_array().unwrap().iter().map(|kind| kind["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["礼品卡", "金卡"], "by name");
    assert_eq!(types[1]["plans"][0], json!({ "name": "充300送50", "pay_fen": 30_000, "bonus_fen": 5_000, "parts": 1 }));
    assert_eq!((&types[1]["free_least_fen"], &types[0]["free_most_fen"]), (&json!(100), &json!(100_000)));
    till.put(GOLD, 2, RuleBody::CardType(CardType { enabled: false, ..gold() }));
    let types = till.ok("card.types", json!({}))["types"].clone();
    assert_eq!((types.as_array().unwrap().len(), &types[0]["name"]), (1, &json!("礼品卡")));
}

#[test]
fn opened_with_a_number_of_its_own_or_a_printed_one() {
    let till = Till::new();
    let member = till.member("13812341234", "张小明");
    let own = till.open(GOLD, &member);
    let shown = till.card(&own);
    let no = shown["card_no"].as_str().unwrap();
    assert!(no.len() == 16 && no.starts_with("88"), "{no}");
    assert_eq!((&shown["type_name"], &shown["member_name"], &shown["state"]), (&json!("金卡"), &json!("张小明"), &json!("active")));
    assert_eq!((&shown["valid_until"], &shown["why_not"]), (&NONE, &NONE));
    assert_eq!(till.ok("card.find", json!({ "card_no": no }))["card_id"], own);

    let printed = till.id();
    let request = json!({ "card_id": printed, "type_id": GIFT, "member_id": null, "card_no": PRINTED });
    let opened = till.ok("card.open", request.clone());
    assert_eq!((&opened["card_no"], &opened["member_id"]), (&json!("8800000000000013"), &NONE));
    assert_eq!(opened["valid_until"], "2029-03-02");
    assert_eq!(till.ok("card.find", json!({ "card_no": "８８００-0000-0000-0013" })), opened);
    // Sent again, it is the card that exists, whatever else it says.
    till.pass(DAY);
    assert_eq!(till.ok("card.open", request), opened);
    let cards = till.ok("card.of_member", json!({ "member_id": member }))["cards"].clone();
    assert_eq!(cards.as_array().unwrap().len(), 1);
    assert_eq!(till.ok("member.get", json!({ "id": member, "after": null }))["cards"], cards);
    till.sound(&[&own, &printed]);
}

#[test]
fn opening_is_refused() {
    let till = Till::new();
    let member = till.member("13812341234", "张小明");
    till.ok("card.open", json!({ "card_id": till.id(), "type_id": GIFT, "member_id": null, "card_no": PRINTED }));
    let off = hefu_core::ids::RuleId::from_bytes([0x39; 16]);
    till.put(off, 1, RuleBody::CardType(CardType { enabled: false, ..gold() }));
    let later = hefu_core::ids::RuleId::from_bytes([0x3a; 16]);
    till.desk
        .replica()
        .write(|book| {
            let rule = hefu_core::rules::Rule { rule: later, version: 1, valid_from: i64::MAX, body: RuleBody::CardType(gold()) };
            book.append(hefu_replica::By { who: None, at: 1, ahead: 0 }, &hefu_core::op::Draft::new(rule))
        })
        .unwrap();
    for (kind, member, no, expect) in [
        (json!(GOLD), NONE, NONE, Code::CardMemberNeeded),
        (json!(GIFT), member.clone(), NONE, Code::CardAnonymous),
        (json!(GOLD), till.id(), NONE, Code::MemberUnknown),
        (till.id(), member.clone(), NONE, Code::CardTypeUnknown),
        (json!(later), member.clone(), NONE, Code::CardTypeUnknown),
        (json!(off), member.clone(), NONE, Code::CardNotOffered),
        (json!(GOLD), member.clone(), json!(PRINTED), Code::CardNumberTaken),
        (json!(GOLD), member.clone(), json!("8800000000000014"), Code::CardNumberDamaged),
        (json!(GOLD), member.clone(), json!("4111111111111111"), Code::CardNumberInvalid),
        (json!(GOLD), member.clone(), json!(""), Code::CardNumberInvalid),
    ] {
        let request = json!({ "card_id": till.id(), "type_id": kind, "member_id": member, "card_no": no });
        assert_eq!(till.refused("card.open", request.clone()), expect, "{request}");
    }
    for (no, expect) in
        [("8800000000000021", Code::CardUnknown), ("88", Code::CardNumberInvalid), ("8800000000000031", Code::CardNumberDamaged)]
    {
        assert_eq!(till.refused("card.find", json!({ "card_no": no })), expect, "{no}");
    }
    assert_eq!(till.refused("card.get", json!({ "card_id": till.id() })), Code::CardUnknown);
    assert_eq!(till.refused("card.of_member", json!({ "member_id": till.id() })), Code::MemberUnknown);
}

#[test]
fn ids_are_fresh_and_of_now() {
    let till = Till::new();
    let (one, two) = (till.ok("card.ids", json!({})), till.ok("card.ids", json!({})));
    let ids = [&one["card_id"], &one["top_up_id"], &two["card_id"], &two["top_up_id"]];
    for (place, id) in ids.iter().enumerate() {
        assert!(!ids[..place].contains(id));
    }
}

fn change(till: &Till, card: &Value, to: Value) -> Result<Value, Code> {
    till.call("card.change", json!({ "card_id": card, "change": to, "reason": "本人到店", "approval": null })).map_err(|error| error.code)
}

fn operations(till: &Till) -> u64 {
    till.desk.replica().digest().unwrap().operations
}

#[test]
fn lost_and_found() {
    let till = Till::new();
    let card = till.gold_card();
    let lost = change(&till, &card, json!({ "to": "lost" })).unwrap();
    assert_eq!((&lost["state"], &lost["why_not"]), (&json!("lost"), &json!("card.lost")));
    let before = operations(&till);
    assert_eq!(change(&till, &card, json!({ "to": "lost" })).unwrap(), lost);
    assert_eq!(operations(&till), before, "what is so already is not written again");
    assert_eq!(till.refused("card.top_up", till.plan(&card, "充300送50", cash(30_000))), Code::CardLost);
    let member = till.member("13912341234", "王小红");
    assert_eq!(change(&till, &card, json!({ "to": "member", "member_id": member })), Err(Code::CardLost));
    let found = change(&till, &card, json!({ "to": "found" })).unwrap();
    assert_eq!((&found["state"], &found["why_not"]), (&json!("active"), &NONE));
    assert_eq!(till.on(&card), (30_000, 5_000, 0));
    // Whose hand an anonymous card is in, whose money it is.
    let gift = till.open(GIFT, &NONE);
    assert_eq!(change(&till, &gift, json!({ "to": "lost" })), Err(Code::CardAnonymous));
    assert_eq!(change(&till, &till.id(), json!({ "to": "lost" })), Err(Code::CardUnknown));
    let long = json!({ "card_id": card, "change": { "to": "lost" }, "reason": "长".repeat(101) });
    assert_eq!(till.refused("card.change", long), Code::TextTooLong);
    till.sound(&[&card, &gift]);
}

#[test]
fn an_expired_card_wakes_up() {
    let till = Till::new();
    let gift = till.open(GIFT, &NONE);
    till.ok("card.top_up", till.free(&gift, 10_000, json!([cash(10_000)])));
    let before = operations(&till);
    let valid = change(&till, &gift, json!({ "to": "reactivated" })).unwrap();
    assert_eq!((operations(&till), &valid["valid_until"]), (before, &json!("2029-03-02")), "it is awake");
    till.pass(3 * 365 * DAY + 2 * DAY);
    let asleep = till.card(&gift);
    assert_eq!((&asleep["why_not"], &asleep["valid_until"]), (&json!("card.expired"), &json!("2029-03-02")));
    assert_eq!(till.refused("card.top_up", till.free(&gift, 100, json!([cash(100)]))), Code::CardExpired);
    till.ring(&[CUP], &NONE);
    assert_eq!(till.pay(json!([by_card(&gift, 5_990)])), Err(Code::CardExpired));
    let awake = change(&till, &gift, json!({ "to": "reactivated" })).unwrap();
    assert_eq!((&awake["why_not"], &awake["valid_until"]), (&NONE, &json!("2032-03-03")));
    assert_eq!(till.on(&gift), (10_000, 0, 0));
    assert!(till.pay(json!([by_card(&gift, 5_990)])).is_ok());
    till.sound(&[&gift]);
}

#[test]
fn a_later_law_shortens_no_card_and_may_lengthen_it() {
    let law = |months| {
        let pack = CardLaw { city: "全国".into(), anonymous_valid_months: months, ..CardLaw::shipped() };
        RuleBody::CardLaw(CardLaws { elsewhere: pack, cities: Vec::new() })
    };
    let rule = RuleId::from_bytes([0x35; 16]);
    let now = |till: &Till| till.world.now.load(std::sync::atomic::Ordering::SeqCst);
    for (case, before, after, opened_before, opened_after) in
        [("shortened", 60, 36, "2031-03-02", "2029-03-03"), ("lengthened", 36, 60, "2031-03-02", "2031-03-03")]
    {
        let till = Till::new();
        till.put_from(rule, 1, now(&till), law(before));
        till.pass(1000);
        let old = till.open(GIFT, &NONE);
        // The law changes within the day: what was promised in the morning holds.
        till.pass(1000);
        till.put_from(rule, 2, now(&till), law(after));
        assert_eq!(till.card(&old)["valid_until"], opened_before, "{case}");
        till.pass(DAY);
        let new = till.open(GIFT, &NONE);
        assert_eq!(
            (&till.card(&old)["valid_until"], &till.card(&new)["valid_until"]),
            (&json!(opened_before), &json!(opened_after)),
            "{case}"
        );
        // Between the two ends only the promise lets it pay.
        till.ok("card.top_up", till.free(&old, 10_000, json!([cash(10_000)])));
        till.pass(4 * 365 * DAY);
        assert_eq!(till.card(&old)["why_not"], NONE, "{case}");
        till.ring(&[CUP], &NONE);
        assert!(till.pay(json!([by_card(&old, 5_990)])).is_ok(), "{case}");
        till.sound(&[&old, &new]);
    }
}

#[test]
fn passed_on_and_registered() {
    let till = Till::new();
    let card = till.gold_card();
    let to = till.member("13912341234", "王小红");
    let before = operations(&till);
    let own = till.card(&card)["member_id"].clone();
    change(&till, &card, json!({ "to": "member", "member_id": own })).unwrap();
    assert_eq!(operations(&till), before, "it is theirs already");
    assert_eq!(change(&till, &card, json!({ "to": "member", "member_id": to })).unwrap()["member_name"], "王小红");
    assert_eq!(till.ok("card.of_member", json!({ "member_id": own }))["cards"], json!([]));
    assert_eq!(change(&till, &card, json!({ "to": "member", "member_id": till.id() })), Err(Code::MemberUnknown));
    // An anonymous card becomes its bearer's, and from then on is a registered one: no end, and it can be lost.
    let gift = till.open(GIFT, &NONE);
    let theirs = change(&till, &gift, json!({ "to": "member", "member_id": to })).unwrap();
    assert_eq!((&theirs["member_name"], &theirs["valid_until"]), (&json!("王小红"), &NONE));
    assert_eq!(till.ok("card.of_member", json!({ "member_id": to }))["cards"].as_array().unwrap().len(), 2);
    till.ok("card.top_up", till.free(&gift, 100_000, json!([cash(100_000)])));
    till.ok("card.top_up", till.free(&gift, 100_000, json!([cash(100_000)])));
    assert_eq!(change(&till, &gift, json!({ "to": "lost" })).unwrap()["state"], "lost");
    // A type that forbids it.
    till.put(GOLD, 2, RuleBody::CardType(CardType { transferable: false, ..gold() }));
    let bound = till.open(GOLD, &own);
    assert_eq!(change(&till, &bound, json!({ "to": "member", "member_id": to })), Err(Code::CardNotTransferable));
    assert!(change(&till, &card, json!({ "to": "member", "member_id": own })).is_ok(), "a card keeps the terms it was opened under");
    till.sound(&[&card, &gift, &bound]);
}

fn reissue(old: &Value, new: &Value) -> Value {
    json!({ "card_id": old, "new_card_id": new, "card_no": null, "reason": "挂失补卡", "approval": null })
}

#[test]
fn another_card_takes_its_place_with_all_that_is_promised() {
    let till = Till::new();
    let member = till.member("13812341234", "张小明");
    let old = till.open(GOLD, &member);
    till.top_up(&old, "充1000分四月送200", cash(100_000));
    change(&till, &old, json!({ "to": "lost" })).unwrap();
    let new = till.id();
    let moved = till.ok("card.reissue", reissue(&old, &new));
    assert_eq!((&moved["card_id"], &moved["member_name"], &moved["type_name"]), (&new, &json!("张小明"), &json!("金卡")));
    assert_eq!((till.on(&new), till.on(&old)), ((100_000, 5_000, 15_000), (0, 0, 0)));
    assert_eq!((till.accounts(&new), till.accounts(&old)), ((100_000, 5_000), (0, 0)));
    let dead = till.card(&old);
    assert_eq!((&dead["state"], &dead["why_not"]), (&json!("replaced"), &json!("card.replaced")));
    let before = operations(&till);
    assert_eq!(till.ok("card.reissue", reissue(&old, &new)), moved);
    assert_eq!(operations(&till), before, "sent again it is the same card");
    let due = till.desk.replica().read(|book| book.bonus_parts_due("2026-04-02", None, 100)).unwrap();
    assert_eq!(due.iter().map(|part| (json!(part.card), part.part, part.bonus_fen.get())).collect::<Vec<_>>(), [(new.clone(), 2, 5_000)]);
    // And once more, through two.
    let newest = till.id();
    till.ok("card.reissue", reissue(&new, &newest));
    assert_eq!(till.on(&newest), (100_000, 5_000, 15_000));
    let cards = till.ok("card.of_member", json!({ "member_id": member }))["cards"].clone();
    assert_eq!((cards.as_array().unwrap().len(), &cards[0]["card_id"]), (1, &newest));
    till.sound(&[&old, &new, &newest]);
}

#[test]
fn replacing_is_refused() {
    let till = Till::new();
    let card = till.gold_card();
    let other = till.open(GIFT, &NONE);
    let no = till.card(&card)["card_no"].clone();
    for (request, expect) in [
        (json!({ "card_id": card, "new_card_id": till.id(), "card_no": null, "reason": " " }), Code::ReasonNeeded),
        (json!({ "card_id": card, "new_card_id": till.id(), "card_no": no, "reason": "坏" }), Code::CardNumberTaken),
        (json!({ "card_id": card, "new_card_id": till.id(), "card_no": "12", "reason": "坏" }), Code::CardNumberInvalid),
        (reissue(&card, &other), Code::RequestInvalid),
        (reissue(&card, &card), Code::RequestInvalid),
        (reissue(&till.id(), &till.id()), Code::CardUnknown),
    ] {
        assert_eq!(till.refused("card.reissue", request.clone()), expect, "{request}");
    }
    let new = till.id();
    till.ok("card.reissue", reissue(&card, &new));
    assert_eq!(till.refused("card.reissue", reissue(&card, &till.id())), Code::CardReplaced);
    for to in [json!({ "to": "lost" }), json!({ "to": "found" }), json!({ "to": "reactivated" })] {
        assert_eq!(change(&till, &card, to), Err(Code::CardReplaced));
    }
    assert_eq!(till.refused("card.refund_quote", json!({ "card_id": card, "cause": "customer" })), Code::CardReplaced);
    assert_eq!(till.refused("card.top_up", till.plan(&card, "充300送50", cash(30_000))), Code::CardReplaced);
    till.sound(&[&card, &other, &new]);
}

#[test]
fn a_cards_number_is_for_who_has_the_card() {
    let till = Till::new();
    let card = till.gold_card();
    let no = till.card(&card)["card_no"].clone();
    let member = till.card(&card)["member_id"].clone();
    till.sign_in_as("cashier");
    let shown = till.card(&card);
    assert_eq!(shown["member_name"], "张**");
    let masked = format!("88** **** **** {}", &no.as_str().unwrap()[12..]);
    assert_eq!(shown["card_no"], masked);
    assert_eq!(till.ok("card.of_member", json!({ "member_id": member }))["cards"][0]["card_no"], masked);
    assert_eq!(till.ok("card.find", json!({ "card_no": no }))["card_no"], no);
    let opened = till.ok("card.open", json!({ "card_id": till.id(), "type_id": GIFT, "member_id": null, "card_no": PRINTED }));
    assert_eq!(opened["card_no"], "8800000000000013");
}
