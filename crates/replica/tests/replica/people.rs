//! One phone registered at two tills offline: one person everywhere, both ledgers whole (B2); and what a change does.

use hefu_core::{
    ids::{DeviceId, LogId, SaleId, StaffId},
    member::{PersonChange, Sex},
    op::{Operation, Part, Stamp, Weight, write_head},
    phone::Phone,
};
use hefu_replica::{By, FoundBy, Replica};

use crate::common::{Chain, NOW, Rng, STORE_A, STORE_B, book_of, by, change, found, identity, person, register, register_for, sell};

#[test]
fn one_phone_at_two_tills_is_one_person_with_both_ledgers() {
    let (mut rng, mut chain) = (Rng(3), Chain::default());
    let (_a, a) = book_of(identity(1, Some(STORE_A)));
    let (_b, b) = book_of(identity(2, Some(STORE_B)));
    found(&a);
    chain.take_all(&a);
    chain.bring_up_to_date(&b, &mut rng);
    // Both offline. Till B's clock is slow, so that its registration has the lower id.
    let first = register(&a, &mut rng, by(NOW), &person("王小明", "13812341234"));
    let second = register(&b, &mut rng, by(NOW - 60_000), &person("王晓明", "138 1234 1234"));
    assert!(second < first);
    sell(&a, by(NOW + 1), SaleId::from_bytes([1; 16]), Some(first), &[(1, 2)]).unwrap();
    sell(&b, by(NOW + 2), SaleId::from_bytes([2; 16]), Some(second), &[(2, 1), (5, 1)]).unwrap();
    let alone = |till: &Replica, id| till.read(|book| book.standing(&book.person(id)?.unwrap())).unwrap();
    let (at_a, at_b) = (alone(&a, first), alone(&b, second));
    // Arriving in either order.
    chain.take_all(&a);
    chain.take_all(&b);
    for till in [&a, &b] {
        chain.bring_up_to_date(till, &mut rng);
        till.read(|book| {
            for id in [first, second] {
                let person = book.person(id)?.unwrap();
                assert_eq!((person.lead.id, person.also.as_slice(), person.lead.name.as_str()), (second, &[first][..], "王晓明"));
                let held = book.standing(&person)?;
                assert_eq!((held.visits, held.spend.get()), (2, at_a.spend.get() + at_b.spend.get()));
                assert_eq!(held.points.get(), at_a.points.get() + at_b.points.get());
                assert_eq!(held.last_at, Some(NOW + 2));
                let sales = book.sales_of_person(&person, None, 10)?;
                assert_eq!(sales.iter().map(|sale| sale.member).collect::<Vec<_>>(), [Some(second), Some(first)]);
            }
            let person = book.person_by_phone(&Phone::parse("13812341234").unwrap())?.unwrap();
            assert_eq!(person.lead.id, second);
            for text in ["13812341234", "1234", "王", "wang", "小明", "wxm"] {
                let found = book.search_members(text, 20, None)?;
                assert_eq!(found.people.iter().map(|(person, _)| person.lead.id).collect::<Vec<_>>(), [second], "{text}");
            }
            assert_eq!(book.member_count()?, 2, "registrations are counted, not persons");
            Ok(())
        })
        .unwrap();
    }
    assert_eq!(a.digest().unwrap().whole(), b.digest().unwrap().whole());
    // One of them takes another number: two people again, each with their own.
    assert!(change(&a, &mut rng, by(NOW + 9), first, &person("王小明", "13900001111")));
    a.read(|book| {
        let (one, other) = (book.person(first)?.unwrap(), book.person(second)?.unwrap());
        assert_eq!((one.lead.id, one.also.len(), other.lead.id, other.also.len()), (first, 0, second, 0));
        assert_eq!((book.standing(&one)?.spend, book.standing(&other)?.spend), (at_a.spend, at_b.spend));
        Ok(())
    })
    .unwrap();
}

#[test]
fn the_last_word_by_the_corrected_clock_stands_field_by_field() {
    let (_folder, till) = book_of(identity(1, Some(STORE_A)));
    let mut rng = Rng(5);
    let member = register(&till, &mut rng, by(NOW), &person("王小明", "13812341234"));
    let named = |name: &str| PersonChange { name: Some(name.to_owned()), ..PersonChange::default() };
    // A clock a day ahead, known to be: said at NOW + 10.
    let corrected = By { at: NOW + 86_400_010, ahead: 86_400_000, ..by(NOW) };
    assert!(change(&till, &mut rng, corrected, member, &named("王早")));
    assert!(change(&till, &mut rng, by(NOW + 20), member, &named("王晚")));
    // Written last, said between the two.
    let between = PersonChange { birthday: Some("05-06".to_owned()), ..named("王中") };
    assert!(change(&till, &mut rng, by(NOW + 15), member, &between));
    let row = till.read(|book| Ok(book.person(member)?.unwrap().lead)).unwrap();
    assert_eq!((row.name.as_str(), row.birthday.as_str(), row.phone.as_deref()), ("王晚", "05-06", Some("13812341234")));
    let by_old_name = till.read(|book| book.search_members("王中", 20, None)).unwrap();
    assert_eq!(by_old_name.people, []);
    let found = till.read(|book| book.search_members("ww", 20, None)).unwrap();
    assert_eq!(found.people.iter().map(|(person, by)| (person.lead.id, *by)).collect::<Vec<_>>(), [(member, FoundBy::Initials)]);
    assert!(till.verify().unwrap().ok());
}

#[test]
fn a_wrong_clock_that_does_not_know_it_has_the_last_word_only_until_the_log_has_it() {
    let (mut rng, mut chain) = (Rng(7), Chain { now: NOW + 100, ..Chain::default() });
    let (_a, a) = book_of(identity(1, Some(STORE_A)));
    let (_b, b) = book_of(identity(2, Some(STORE_B)));
    let member = register(&a, &mut rng, by(NOW), &person("王小明", "13812341234"));
    assert!(change(&a, &mut rng, by(NOW + 400 * 86_400_000), member, &person("王未来", "13812341234")));
    let name = |till: &Replica| till.read(|book| Ok(book.person(member)?.unwrap().lead.name)).unwrap();
    chain.take_all(&a);
    chain.bring_up_to_date(&b, &mut rng);
    assert!(change(&b, &mut rng, by(NOW + 200_000), member, &person("王现在", "13812341234")));
    assert_eq!((name(&a).as_str(), name(&b).as_str()), ("王未来", "王现在"));
    chain.take_all(&b);
    for till in [&a, &b] {
        chain.bring_up_to_date(till, &mut rng);
        assert_eq!(name(till), "王现在");
        assert!(till.verify().unwrap().ok());
    }
}

#[test]
fn a_mark_can_change_which_word_is_the_last() {
    let (mut rng, mut chain) = (Rng(8), Chain { now: NOW + 100, ..Chain::default() });
    let (_a, a) = book_of(identity(1, Some(STORE_A)));
    let member = register(&a, &mut rng, by(NOW), &person("王小明", "13812341234"));
    assert!(change(&a, &mut rng, by(NOW + 400 * 86_400_000), member, &person("王未来", "13812341234")));
    chain.take_all(&a);
    // The clock was put right, and the log's answer is still on its way.
    assert!(change(&a, &mut rng, by(NOW + 200_000), member, &person("王现在", "13812341234")));
    let name = |till: &Replica| till.read(|book| Ok(book.person(member)?.unwrap().lead.name)).unwrap();
    assert_eq!(name(&a), "王未来");
    chain.bring_up_to_date(&a, &mut rng);
    assert_eq!(name(&a), "王现在");
    assert!(a.verify().unwrap().ok());
}

#[test]
fn members_joined_are_counted_by_day() {
    let (_folder, till) = book_of(identity(1, Some(STORE_A)));
    let mut rng = Rng(6);
    for at in [NOW, NOW + 1, NOW - 86_400_000] {
        register(&till, &mut rng, by(at), &PersonChange::default());
    }
    till.read(|book| {
        assert_eq!(book.members_joined(&hefu_core::time::business_day(NOW))?, 2);
        assert_eq!(book.members_joined(&hefu_core::time::business_day(NOW - 86_400_000))?, 1);
        assert_eq!(book.members_joined("1999-01-01")?, 0);
        assert_eq!(book.member_count()?, 3);
        Ok(())
    })
    .unwrap();
}

#[test]
fn what_another_program_seals_of_a_person_is_made_fit_to_read() {
    let (_folder, till) = book_of(identity(1, Some(STORE_A)));
    let mut rng = Rng(15);
    let told = |birthday: &str, card: &str, name: String| PersonChange {
        birthday: Some(birthday.to_owned()),
        card_no: Some(card.to_owned()),
        name: Some(name),
        ..PersonChange::default()
    };
    let member = register(&till, &mut rng, by(NOW), &told("05-06", "88001234", "王小明".to_owned()));
    assert!(change(&till, &mut rng, by(NOW + 1), member, &told("生日生日生日", "卡", "王".repeat(5_000))));
    let row = till.read(|book| Ok(book.person(member)?.unwrap().lead)).unwrap();
    assert_eq!((row.birthday.as_str(), row.card_no.as_deref(), row.name), ("05-06", Some("88001234"), "王".repeat(60)));
    assert!(till.verify().unwrap().ok());
}

#[test]
fn what_one_registration_leaves_out_another_says() {
    let (_folder, till) = book_of(identity(1, Some(STORE_A)));
    let mut rng = Rng(16);
    let phone = Phone::parse("13812341234").ok();
    let [li, wang] = [1, 2].map(|n| StaffId::from_bytes([n; 16]));
    let told = |name: &str, sex, birthday: &str, card: &str| PersonChange {
        phone: phone.clone(),
        name: Some(name.to_owned()),
        sex,
        birthday: Some(birthday.to_owned()),
        card_no: Some(card.to_owned()),
    };
    let first = told("", None, "", "");
    let second = told("王小明", None, "", "88001234");
    let third = told("王晓明", Some(Sex::Male), "05-06", "88009999");
    let mut ids = Vec::new();
    for (n, (change, owner)) in (0..).zip([(first, None), (second, Some(li)), (third, Some(wang)), (told("", None, "", ""), Some(li))]) {
        ids.push(register_for(&till, &mut rng, by(NOW + n), owner, &change));
    }
    let read = |id| {
        till.read(|book| {
            let person = book.person(id)?.unwrap();
            let frozen = book.person_is_frozen(&person)?;
            Ok((person, frozen))
        })
        .unwrap()
    };
    for id in &ids {
        let (person, frozen) = read(*id);
        let lead = &person.lead;
        assert_eq!((lead.id, person.also.as_slice(), frozen), (ids[0], &ids[1..], false));
        assert_eq!((lead.name.as_str(), lead.sex, lead.birthday.as_str()), ("王小明", Some(Sex::Male), "05-06"));
        assert_eq!((lead.card_no.as_deref(), lead.owner, person.owners), (Some("88001234"), Some(li), vec![li, wang]));
    }
    let by_card = till.read(|book| book.person_by_card("88009999")).unwrap().unwrap();
    assert_eq!(by_card.lead.id, ids[0]);
    // What the lead says for itself stands.
    assert!(change(&till, &mut rng, by(NOW + 9), ids[0], &told("李雷", Some(Sex::Female), "", "")));
    let (person, _) = read(ids[2]);
    assert_eq!((person.lead.name.as_str(), person.lead.sex, person.lead.birthday.as_str()), ("李雷", Some(Sex::Female), "05-06"));
    // Alone again, one says what is its own.
    assert!(change(
        &till,
        &mut rng,
        by(NOW + 10),
        ids[3],
        &PersonChange { phone: Phone::parse("13900001111").ok(), ..PersonChange::default() }
    ));
    let (alone, _) = read(ids[3]);
    assert_eq!((alone.lead.name.as_str(), alone.also.len(), alone.owners), ("", 0, vec![li]));
}

#[test]
fn a_person_is_frozen_with_any_registration() {
    let (mut rng, mut chain) = (Rng(17), Chain::default());
    let (_folder, till) = book_of(identity(1, Some(STORE_A)));
    let ids = [1, 2].map(|n| register(&till, &mut rng, by(NOW + n), &person("王小明", "13812341234")));
    let other = register(&till, &mut rng, by(NOW + 3), &person("李雷", "13900001111"));
    chain.take_all(&till);
    let log = LogId(uuid::Uuid::from_bytes([0x44; 16]));
    let stamp =
        Stamp { log, seq: 1, device: DeviceId::from_bytes([0x45; 16]), store: None, who: None, at: NOW, ahead: 0, day: String::new() };
    let head = write_head(&stamp, "card.opened", 1, Weight::Critical, Some(ids[1].0), &()).unwrap();
    chain.put_foreign(log, Operation { head, detail: Part::NONE, sealed: Part::NONE });
    chain.bring_up_to_date(&till, &mut rng);
    till.read(|book| {
        for (id, expect) in [(ids[0], true), (ids[1], true), (other, false)] {
            let person = book.person(id)?.unwrap();
            assert_eq!(book.person_is_frozen(&person)?, expect);
        }
        assert!(!book.is_frozen(ids[0].0)?);
        Ok(())
    })
    .unwrap();
}
