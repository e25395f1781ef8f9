//! Documents of who buys cards: recorded once, found again, shown masked (C3, F5).

use hefu_core::{
    error::Code,
    op::{Body, Head},
};
use serde_json::{Value, json};

use crate::shop::{COMPANY, GOLD, Till, cash};

const NONE: Value = Value::Null;
const ZHANG: &str = "11010519491231002X";

fn asked(till: &Till, kind: &str, number: &str, name: &str) -> Value {
    json!({ "buyer_id": till.id(), "kind": kind, "number": number, "name": name, "phone": null, "agent": null, "member_id": null })
}

fn with(mut request: Value, field: &str, value: Value) -> Value {
    request[field] = value;
    request
}

fn written(till: &Till) -> u64 {
    till.desk.replica().digest().unwrap().operations
}

#[test]
fn a_document_is_recorded_once() {
    let till = Till::new();
    let request = with(asked(&till, "resident_id", "11010519491231002x", " 张  小明 "), "phone", json!("138 1234 1234"));
    let before = written(&till);
    let view = till.ok("buyer.record", request.clone());
    assert_eq!((&view["name"], &view["number"], &view["phone"]), (&json!("张**"), &json!("1*************002X"), &json!("138****1234")));
    assert_eq!((&view["party"], &view["kind"], &view["full"]), (&json!("person"), &json!("resident_id"), &json!(false)));
    let again = asked(&till, "resident_id", "１１０１０５１９４９１２３１００２Ｘ", "张 小明");
    for request in [request.clone(), again.clone(), with(again.clone(), "phone", json!("13812341234"))] {
        assert_eq!(till.ok("buyer.record", request), view);
    }
    assert_eq!(written(&till), before + 1);
    // Another name, phone, hand or member is another record of the same document.
    let agent = json!({ "name": "李秀英", "kind": "taiwan_pass", "number": "12345678" });
    let member = till.undocumented("13812341234", "张小明");
    let before = written(&till);
    for other in [
        with(again.clone(), "name", json!("张晓明")),
        with(again.clone(), "phone", json!("13912341234")),
        with(again.clone(), "agent", agent),
        with(again.clone(), "member_id", member),
    ] {
        let other = with(other, "buyer_id", till.id());
        assert_ne!(till.ok("buyer.record", other)["buyer_id"], view["buyer_id"]);
    }
    assert_eq!(written(&till), before + 4);
    // One id is one buyer's.
    let stolen = with(asked(&till, "passport", "E12345678", "李雷"), "buyer_id", request["buyer_id"].clone());
    assert_eq!(till.refused("buyer.record", stolen), Code::RequestInvalid);
}

#[test]
fn is_found_by_the_document() {
    let till = Till::new();
    let find = |kind: &str, number: &str| till.ok("buyer.find", json!({ "kind": kind, "number": number }))["buyer"].clone();
    assert_eq!(find("resident_id", ZHANG), NONE);
    till.ok("buyer.record", asked(&till, "resident_id", ZHANG, "张小明"));
    till.pass(1);
    let latest = till.ok("buyer.record", asked(&till, "resident_id", ZHANG, "张晓明"));
    assert_eq!(find("resident_id", "11010519491231002x"), latest);
    assert_eq!(find("passport", ZHANG), NONE);
    let wrong = json!({ "kind": "resident_id", "number": "110105194912310021" });
    assert_eq!(till.refused("buyer.find", wrong), Code::DocumentInvalid);
}

#[test]
fn in_full_for_who_may_see_it() {
    let till = Till::new();
    let buyer = till.company();
    let full = till.ok("buyer.get", json!({ "buyer_id": buyer }));
    assert_eq!((&full["name"], &full["number"], &full["phone"]), (&json!("湖滨贸易有限公司"), &json!(COMPANY), &json!("13987654321")));
    assert_eq!(full["agent"], json!({ "name": "李秀英", "kind": "passport", "number": "E12345678" }));
    assert_eq!(full["full"], true);
    let masked = till.ok("buyer.find", json!({ "kind": "credit_code", "number": COMPANY }))["buyer"].clone();
    assert_eq!((&masked["name"], &masked["number"]), (&json!("湖滨贸易有限公司"), &json!("9*************0Y43")));
    assert_eq!(masked["agent"], json!({ "name": "李**", "kind": "passport", "number": "E******78" }));
    assert_eq!(till.refused("buyer.get", json!({ "buyer_id": till.id() })), Code::BuyerUnknown);
}

#[test]
fn is_refused() {
    let till = Till::new();
    let person = asked(&till, "resident_id", ZHANG, "张小明");
    let company = asked(&till, "credit_code", COMPANY, "湖滨贸易");
    let agent = |kind: &str, number: &str, name: &str| json!({ "name": name, "kind": kind, "number": number });
    let by_hand = with(company.clone(), "agent", agent("passport", "E12345678", "李秀英"));
    let member = till.undocumented("13812341234", "张小明");
    let frozen = till.undocumented("13912341234", "王小红");
    till.freeze(&[&frozen]);
    for (request, expect) in [
        (with(person.clone(), "number", json!("11010519491231002")), Code::DocumentInvalid),
        (with(person.clone(), "kind", json!("licence")), Code::RequestInvalid),
        (with(person.clone(), "name", json!(" ")), Code::NameInvalid),
        (with(person.clone(), "name", json!("长".repeat(61))), Code::TextTooLong),
        (with(person.clone(), "phone", json!("12345")), Code::PhoneInvalid),
        (with(person.clone(), "member_id", till.id()), Code::MemberUnknown),
        (with(person.clone(), "member_id", frozen), Code::MemberFrozen),
        (with(person, "agent", agent("credit_code", COMPANY, "湖滨")), Code::BuyerAgentNeeded),
        (company.clone(), Code::BuyerAgentNeeded),
        (with(company.clone(), "agent", agent("passport", "E1", "李秀英")), Code::DocumentInvalid),
        (with(company, "agent", agent("passport", "E12345678", "")), Code::NameInvalid),
        (with(by_hand, "member_id", member), Code::RequestInvalid),
    ] {
        let before = written(&till);
        assert_eq!(till.refused("buyer.record", request.clone()), expect, "{request}");
        assert_eq!(written(&till), before, "{request}");
    }
}

/// The member's own document is used where nobody is named, shown on the member's page, and named by the operation.
#[test]
fn a_members_own_document_goes_with_the_top_up() {
    let till = Till::new();
    let member = till.undocumented("13812341234", "张小明");
    let page = || till.ok("member.get", json!({ "id": member, "after": null }))["buyer"].clone();
    assert_eq!(page(), NONE);
    let own = till.shows("resident_id", ZHANG, "张小明", &member);
    assert_eq!((&page()["buyer_id"], &page()["number"]), (&own, &json!("1*************002X")));
    let company = till.company();
    let card = till.open(GOLD, &member);
    let named = |buyer: &Value| {
        let request = till.bought_by(buyer, &card, 100, json!([cash(100)]));
        let preview = till.ok("card.top_up_preview", request.clone())["buyer"]["buyer_id"].clone();
        till.ok("card.top_up", request);
        let unsent = till.desk.replica().next_push(usize::MAX).unwrap().unwrap();
        let head = Head::read(&unsent.segment.ops.last().unwrap().head).unwrap();
        let Body::CardToppedUp(done) = Body::read(&head).unwrap() else { panic!("no top-up") };
        assert_eq!(json!(done.buyer), preview);
        preview
    };
    assert_eq!((named(&NONE), named(&company), named(&own)), (own.clone(), company, own));
    till.sound(&[&card]);
}
