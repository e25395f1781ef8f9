//! Signing in, members and masking, HQ (B2, B5, B9, F1, F6, E6).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;

use common::{Shop, WINDOW};
use hefu_core::error::Code;
use hefu_desk::SessionKey;
use serde_json::{Value, json};

#[test]
fn pins_lock_out_and_come_back() {
    let shop = Shop::till();
    let staff = shop.ok("session.staff", json!({}));
    let id = staff["staff"][0]["id"].clone();
    let wrong = json!({ "staff_id": id, "pin": "0000" });
    for left in (1..=4).rev() {
        let error = shop.call("session.sign_in", wrong.clone()).unwrap_err();
        assert_eq!((error.code, &error.args["left"]), (Code::PinWrong, &hefu_desk::Arg::Number(left)));
    }
    let error = shop.call("session.sign_in", wrong.clone()).unwrap_err();
    assert_eq!((error.code, &error.args["seconds"]), (Code::SignInLocked, &hefu_desk::Arg::Number(30)));
    let right = json!({ "staff_id": id, "pin": "1357" });
    assert_eq!(shop.refused("session.sign_in", right.clone()), Code::SignInLocked);
    shop.pass(30_001);
    shop.ok("session.sign_in", right);
    assert_eq!(shop.ok("status.get", json!({}))["session"]["staff"]["name"], "王店长");
    shop.ok("session.sign_out", json!({}));
    assert_eq!(shop.refused("cart.get", json!({})), Code::SignInNeeded);
    // A lock set while the clock ran a year ahead does not outlast the clock's correction.
    let year = 365 * 24 * 3600 * 1000;
    shop.pass(year);
    for _ in 0..5 {
        shop.call("session.sign_in", wrong.clone()).unwrap_err();
    }
    shop.pass(-year);
    assert_eq!(shop.refused("session.sign_in", json!({ "staff_id": id, "pin": "1357" })), Code::SignInLocked);
    shop.pass(15 * 60_000 + 1);
    shop.ok("session.sign_in", json!({ "staff_id": id, "pin": "1357" }));
    let nobody = json!({ "staff_id": "00000000-0000-0000-0000-000000000000", "pin": "1357" });
    assert_eq!(shop.refused("session.sign_in", nobody), Code::StaffUnknown);
}

/// A chain that begins at a till is not one person's: colleagues are taken on there, and get another PIN.
#[test]
fn a_till_without_a_server_takes_colleagues_on() {
    let shop = Shop::till();
    shop.sign_in();
    let new = |name: &str, role: &str, pin: &str| json!({ "name": name, "role": role, "pin": pin });
    for (ask, code) in [
        (new(" ", "cashier", "2468"), Code::NameInvalid),
        (new("李梅", "cashier", "1111"), Code::PinInvalid),
        (new("李梅", "admin", "2468"), Code::RoleInvalid),
    ] {
        assert_eq!(shop.refused("staff.add", ask), code);
    }
    let staff = shop.ok("staff.add", new("李梅", "cashier", "2468"));
    let found = staff["staff"].as_array().unwrap().iter().find(|person| person["name"] == "李梅").unwrap()["id"].clone();
    let sign_in = |pin: &str| json!({ "staff_id": found, "pin": pin });
    let at = |n: u8| SessionKey([n; 32]);
    shop.call_as(at(2), "session.sign_in", sign_in("2468")).unwrap();
    let no = shop.call_as(at(2), "staff.add", new("周敏", "cashier", "2468")).unwrap_err();
    assert_eq!(no.code, Code::NotPermitted, "a cashier takes nobody on");

    for _ in 0..5 {
        shop.call_as(at(3), "session.sign_in", sign_in("0000")).unwrap_err();
    }
    // The clock was set back since the first PIN: the new one stands all the same.
    shop.pass(-3_600_000);
    shop.ok("staff.pin", json!({ "staff_id": found, "pin": "8642" }));
    shop.call_as(at(3), "session.sign_in", sign_in("8642")).unwrap();
    assert_eq!(shop.call_as(at(4), "session.sign_in", sign_in("2468")).unwrap_err().code, Code::PinWrong);
    let nobody = json!({ "staff_id": "00000000-0000-0000-0000-000000000000", "pin": "8642" });
    assert_eq!(shop.refused("staff.pin", nobody), Code::StaffUnknown);

    shop.world.served.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(shop.refused("staff.add", new("周敏", "cashier", "2468")), Code::NotHere, "where there is a head office, it does");
    assert_eq!(shop.refused("staff.pin", json!({ "staff_id": found, "pin": "2468" })), Code::NotHere);
}

#[test]
fn a_session_belongs_to_one_window() {
    let shop = Shop::till();
    shop.sign_in();
    let other = SessionKey([2; 32]);
    assert_eq!(shop.call_as(other, "cart.get", json!({})).unwrap_err().code, Code::SignInNeeded);
    shop.desk.rename_session(WINDOW, other);
    assert!(shop.call_as(other, "cart.get", json!({})).is_ok());
    assert_eq!(shop.refused("cart.get", json!({})), Code::SignInNeeded);
}

#[test]
fn members_are_found_once_and_masked() {
    let shop = Shop::till();
    shop.sign_in();
    let new = |phone: &str, name: &str, card_no: Option<&str>| {
        shop.ok("member.register", json!({ "phone": phone, "name": name, "sex": null, "birthday": "1990-05-06", "card_no": card_no }))
    };
    let first = new("13812341234", "张小明", Some("88000001"));
    assert_eq!(first["created"], true);
    let again = new("+86 138-1234-1234", "别人", None);
    assert_eq!((&again["created"], &again["member"]["name"]), (&json!(false), &json!("张小明")));
    shop.sign_in_as("cashier");
    for text in ["13812341234", "1234", "张", "小明", "zxm", "zhangxiaoming", "88000001", "138", "1381234123", "880", "zhangxm"] {
        let found = shop.ok("member.search", json!({ "text": text }));
        // By part of a number only whom she may see in full: else she could read it digit by digit.
        let expect = usize::from(!["138", "1381234123", "880", "zhangxm"].contains(&text));
        assert_eq!(found["hits"].as_array().unwrap().len(), expect, "{text}");
        if expect == 1 {
            let member = &found["hits"][0]["member"];
            assert_eq!((&member["name"], &member["phone"], &member["full"]), (&json!("张**"), &json!("138****1234"), &json!(false)));
            assert_eq!(member["card_no"], "****0001");
        }
    }
    let id = first["member"]["id"].clone();
    let page = shop.ok("member.get", json!({ "id": id, "after": null }));
    assert_eq!(page["birthday"], "05-06", "the year of birth is masked too");
    assert_eq!(
        shop.refused("member.change", json!({ "id": id, "name": "x", "sex": null, "birthday": null, "card_no": null })),
        Code::NotPermitted
    );
    // Nobody changes what he may not read.
    shop.sign_in_as("assistant");
    assert_eq!(
        shop.refused("member.change", json!({ "id": id, "name": "x", "sex": null, "birthday": null, "card_no": null })),
        Code::NotPermitted
    );
    shop.sign_in_as("cashier");
    // A cashier sees whom she registered herself in full.
    let own = shop.ok("member.register", json!({ "phone": "13900001111", "name": "李雷", "sex": null, "birthday": null, "card_no": null }));
    assert_eq!((&own["member"]["name"], &own["member"]["full"]), (&json!("李雷"), &json!(true)));
}

#[test]
fn an_own_member_is_found_behind_many_strangers() {
    let shop = Shop::till();
    shop.sign_in();
    let new = |phone: &str, card_no: &str| {
        shop.ok("member.register", json!({ "phone": phone, "name": "张小明", "sex": null, "birthday": null, "card_no": card_no }))
    };
    for n in 0..60 {
        new(&format!("138000000{n:02}"), &format!("880000{n:02}"));
    }
    shop.sign_in_as("cashier");
    let own = new("13899990000", "88999900");
    for text in ["138", "13899", "88", "8899"] {
        let found = shop.ok("member.search", json!({ "text": text }));
        let hits = found["hits"].as_array().unwrap();
        assert_eq!((hits.len(), &hits[0]["member"]["id"], &found["more"]), (1, &own["member"]["id"], &json!(false)), "{text}");
    }
}

#[test]
fn bad_input_about_members() {
    let shop = Shop::till();
    shop.sign_in();
    let new = |phone: &str, name: &str, birthday: &str, card_no: &str| -> Value {
        json!({ "phone": phone, "name": name, "sex": null, "birthday": birthday, "card_no": card_no })
    };
    let known = shop.ok("member.register", new("13812341236", "", "", "88000001"));
    let with_card = |card_no: &str| json!({ "id": known["member"]["id"], "name": null, "sex": null, "birthday": null, "card_no": card_no });
    shop.ok("member.register", new("13812341237", "", "", "88000002"));
    let nobody = "00000000-0000-0000-0000-000000000000";
    for (scene, command, request, expect) in [
        ("too short", "member.register", new("1381234", "", "", ""), Code::PhoneInvalid),
        ("a control character", "member.register", new("13812341234", "a\u{7}b", "", ""), Code::NameInvalid),
        ("a name without end", "member.register", new("13812341234", &"长".repeat(61), "", ""), Code::TextTooLong),
        ("no such day", "member.register", new("13812341234", "", "2026-02-30", ""), Code::BirthdayInvalid),
        ("no letter or digit", "member.register", new("13812341234", "", "", "!"), Code::CardNoInvalid),
        ("another's card", "member.register", new("13812341234", "", "", "88000001"), Code::CardNoTaken),
        ("changed to another's card", "member.change", with_card("88000002"), Code::CardNoTaken),
        ("a phone nobody has", "member.by_phone", json!({ "phone": "13800000000" }), Code::MemberUnknown),
        ("nobody's page", "member.get", json!({ "id": nobody, "after": null }), Code::MemberUnknown),
        ("nobody on the cart", "cart.member", json!({ "member_id": nobody }), Code::MemberUnknown),
    ] {
        assert_eq!(shop.refused(command, request), expect, "{scene}");
    }
}

#[test]
fn changes_keep_what_they_do_not_name() {
    let shop = Shop::till();
    shop.sign_in();
    let made = shop
        .ok("member.register", json!({ "phone": "13812341234", "name": "张小明", "sex": "male", "birthday": "05-06", "card_no": null }));
    let id = made["member"]["id"].clone();
    let page = shop.ok("member.change", json!({ "id": id, "name": "张晓明", "sex": null, "birthday": "", "card_no": "88000002" }));
    assert_eq!((&page["card"]["name"], &page["sex"], &page["birthday"]), (&json!("张晓明"), &json!("male"), &json!(null)));
    assert_eq!(shop.ok("member.search", json!({ "text": "晓明" }))["hits"].as_array().unwrap().len(), 1);
    assert_eq!(shop.ok("member.search", json!({ "text": "小明" }))["hits"].as_array().unwrap().len(), 0);
}

#[test]
fn hq_begins_with_one_administrator() {
    let hq = Shop::hq();
    assert_eq!(hq.ok("status.get", json!({}))["node"], "hq_unset");
    let first = |code: &str, login: &str, password: &str| {
        hq.call("session.first_admin", json!({ "code": code, "login": login, "name": "总部管理员", "password": password }))
            .map_err(|error| error.code)
    };
    assert_eq!(first("guess", "admin", "correct horse 1"), Err(Code::FirstAdminCodeWrong));
    assert_eq!(first("first-code", "ad", "correct horse 1"), Err(Code::LoginInvalid));
    assert_eq!(first("first-code", "admin", "short"), Err(Code::PasswordWeak));
    assert!(first("first-code", "admin", "correct horse 1").is_ok());
    assert_eq!(first("first-code", "other", "correct horse 1"), Err(Code::NotHere));
    hq.ok("session.sign_out", json!({}));
    let sign_in = |login: &str, password: &str| {
        hq.call("session.password", json!({ "login": login, "password": password })).map_err(|error| error.code)
    };
    // A login that nobody has answers as one that somebody has: word for word, and locked as soon.
    let tries = |login: &str| -> Vec<_> {
        let try_it = || hq.call("session.password", json!({ "login": login, "password": "wrong horse 1" })).unwrap_err();
        std::iter::repeat_with(try_it).take(6).collect()
    };
    assert_eq!(tries("nobody"), tries("admin"));
    assert_eq!(sign_in("admin", "correct horse 1"), Err(Code::SignInLocked));
    hq.pass(60_001);
    assert!(sign_in("admin", "correct horse 1").is_ok());
    hq.pass(59 * 60_000);
    hq.ok("status.get", json!({}));
    hq.pass(2 * 60_000);
    assert_eq!(hq.refused("hq.stores", json!({})), Code::SignInNeeded, "a silent browser signs in again");
}

/// Two browsers send the one code at the same instant: one of them makes the administrator, the other learns that it is done.
#[test]
fn one_code_makes_one_administrator_even_at_once() {
    let hq = Shop::hq();
    let send = |login: &str| {
        let request = json!({ "code": "first-code", "login": login, "name": "总部管理员", "password": "correct horse 1" });
        let key = hefu_desk::SessionKey([u8::try_from(login.len()).unwrap(); 32]);
        hq.call_as(key, "session.first_admin", request).map_err(|error| error.code)
    };
    let answers = std::thread::scope(|scope| {
        let both = ["admin", "another"].map(|login| scope.spawn(move || send(login)));
        both.map(|thread| thread.join().unwrap().map(drop))
    });
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    assert!(answers.contains(&Err(Code::NotHere)), "{answers:?}");
    let staff = hq.desk.replica().read(|book| book.staff_of(None)).unwrap();
    assert_eq!(staff.len(), 1);
}

#[test]
fn a_credential_opens_only_what_it_was_set_for() {
    let hq = Shop::hq();
    hq.ok("session.first_admin", json!({ "code": "first-code", "login": "admin", "name": "管理员", "password": "correct horse 1" }));
    let id = hq.ok("status.get", json!({}))["session"]["staff"]["id"].as_str().unwrap().parse().unwrap();
    // What a store's device could have written, had the log let it.
    let phc = hefu_desk::hash_secret("evil horse 12", [4; 16]).unwrap();
    let store = hefu_core::ids::StoreId::from_bytes([6; 16]);
    hq.desk.replica().write(|book| book.put_credential(id, Some(store), phc, i64::MAX)).unwrap();
    let evil = json!({ "login": "admin", "password": "evil horse 12" });
    assert_eq!(hq.refused("session.password", evil), Code::PasswordWrong);
}

#[test]
fn hq_adds_stores_staff_and_devices() {
    let hq = Shop::hq();
    hq.ok("session.first_admin", json!({ "code": "first-code", "login": "admin", "name": "管理员", "password": "correct horse 1" }));
    let store = hq.ok("hq.store_add", json!({ "code": "hb", "name": "湖滨店" }));
    assert_eq!(store["code"], "HB");
    assert_eq!(hq.refused("hq.store_add", json!({ "code": "HB", "name": "二店" })), Code::StoreCodeTaken);
    assert_eq!(hq.refused("hq.store_add", json!({ "code": "湖滨", "name": "二店" })), Code::StoreCodeInvalid);
    assert_eq!(hq.refused("hq.store_add", json!({ "code": "H2", "name": " " })), Code::NameInvalid);
    let set = |name: &str, city: &str| json!({ "store_id": store["id"], "name": name, "city": city });
    let moved = hq.ok("hq.store_set", set("湖滨银泰店", " 杭州 "));
    assert_eq!(moved, json!({ "id": store["id"], "code": "HB", "name": "湖滨银泰店", "city": "杭州" }));
    assert_eq!(hq.ok("hq.stores", json!({}))["stores"], json!([moved]));
    assert_eq!(hq.refused("hq.store_set", set(" ", "杭州")), Code::NameInvalid);
    assert_eq!(hq.refused("hq.store_set", set("湖滨店", &"城".repeat(61))), Code::TextTooLong);
    let unknown = json!({ "store_id": "00000000-0000-0000-0000-000000000000", "name": "湖滨店", "city": "" });
    assert_eq!(hq.refused("hq.store_set", unknown), Code::StoreUnknown);
    assert_eq!(hq.ok("hq.store_set", set("湖滨店", "")), store, "back as it was");
    let add = |role: &str, pin: &str, store: &serde_json::Value| {
        let place = json!({ "at": "store", "store_id": store });
        hq.call("hq.staff_add", json!({ "name": "李小红", "role": role, "place": place, "secret": pin })).map_err(|error| error.code)
    };
    assert_eq!(add("admin", "2468", &store["id"]), Err(Code::RoleInvalid));
    assert_eq!(add("cashier", "22", &store["id"]), Err(Code::PinInvalid));
    let nowhere = json!("00000000-0000-0000-0000-000000000000");
    assert_eq!(add("cashier", "2468", &nowhere), Err(Code::StoreUnknown));
    assert!(add("cashier", "2468", &store["id"]).is_ok());
    assert_eq!(hq.ok("hq.staff", json!({}))["staff"].as_array().unwrap().len(), 2);
    assert!(hq.ok("hq.enrol", json!({ "store_id": store["id"] }))["code"].as_str().unwrap().starts_with("HEFU-"));
    assert_eq!(hq.refused("hq.enrol", json!({ "store_id": nowhere })), Code::StoreUnknown);
    assert_eq!(hq.refused("hq.revoke", json!({ "device_id": nowhere, "reason": "" })), Code::DeviceUnknown);
    let today = hq.ok("hq.today", json!({ "day": null }));
    assert_eq!((&today["stores"][0]["today"]["sales"], &today["total"]["amount_fen"]), (&json!(0), &json!(0)));
    assert_eq!(hq.refused("hq.today", json!({ "day": "2026-13-01" })), Code::RequestInvalid);
}
