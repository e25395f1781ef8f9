//! Keys and credentials travel beside the log, in any order, or never.

use hefu_core::{
    ids::{SaleId, StaffId},
    op::StaffPerson,
    phone::Phone,
    seal::PersonKey,
    wire::{Beside, Frame},
};

use crate::common::{Chain, NOW, Rng, STORE_A, STORE_B, book, book_of, by, change, found, identity, person, register, sell, staff};

#[test]
fn a_key_that_comes_after_opens_what_came_before_and_one_that_never_comes_does_not() {
    let (mut chain, mut rng, (_a, till)) = (Chain::default(), Rng(2), book());
    found(&till);
    let member = register(&till, &mut rng, by(NOW), &person("王小明", "13812341234"));
    assert!(change(&till, &mut rng, by(NOW + 1), member, &person("王大明", "13812341234")));
    sell(&till, by(NOW + 2), SaleId::from_bytes([1; 16]), Some(member), &[(3, 2)]).unwrap();
    let colleague = StaffId::from_bytes([0x99; 16]);
    let (key, nonce, told) = (PersonKey::new([4; 32]), [5; 24], StaffPerson { name: "张三".to_owned(), login: None });
    till.write(|book| staff(book, colleague, &key, nonce, &told)).unwrap();
    chain.take_all(&till);

    let (_b, reader) = book_of(identity(2, Some(STORE_B)));
    reader.apply(&chain.frame_alone(&reader, usize::MAX)).unwrap();
    let phone = Phone::parse("13812341234").unwrap();
    let sealed = reader
        .read(|book| {
            let person = book.person(member)?.unwrap();
            assert_eq!((person.lead.name.as_str(), person.lead.phone.as_deref()), ("", None));
            assert_eq!(book.staff(colleague)?.unwrap().name, "");
            assert_eq!(book.person_by_phone(&phone)?, None);
            for text in ["王", "wang", "1234", "13812341234"] {
                assert_eq!(book.search_members(text, 20, None)?.people, [], "{text}");
            }
            book.standing(&person)
        })
        .unwrap();
    let open = till.read(|book| book.standing(&book.person(member)?.unwrap())).unwrap();
    assert_eq!(sealed, open, "money adds up without the name");
    assert!(sealed.spend.get() > 0 && sealed.points.get() > 0);
    assert!(reader.verify().unwrap().ok());

    // Another person's key, and a wrong one for a third: neither opens anything.
    let entries = || Frame { entries: Vec::new(), ..chain.frame(&reader, 0) };
    reader.apply(&entries()).unwrap();
    reader
        .read(|book| {
            let person = book.person_by_phone(&phone)?.unwrap();
            assert_eq!((person.lead.id, person.lead.name.as_str()), (member, "王大明"));
            assert_eq!(book.staff(colleague)?.unwrap().name, "张三");
            Ok(())
        })
        .unwrap();
    assert_eq!(reader.digest().unwrap().whole(), till.digest().unwrap().whole());
}

#[test]
fn a_wrong_key_opens_nothing_and_the_first_key_stands() {
    let (mut chain, mut rng, (_a, till)) = (Chain::default(), Rng(2), book());
    let member = register(&till, &mut rng, by(NOW), &person("王小明", "13812341234"));
    chain.take_all(&till);
    let (_b, reader) = book_of(identity(2, Some(STORE_A)));
    let mut frame = chain.frame(&reader, usize::MAX);
    frame.beside = vec![Beside::Key { person: member.0, key: PersonKey::new([1; 32]) }];
    reader.apply(&frame).unwrap();
    assert_eq!(reader.read(|book| Ok(book.person(member)?.unwrap().lead.name)).unwrap(), "");
    assert!(reader.verify().unwrap().ok());
    till.write(|book| book.put_key(member.0, &PersonKey::new([1; 32]))).unwrap();
    assert_eq!(till.read(|book| Ok(book.person(member)?.unwrap().lead.name)).unwrap(), "王小明");
}

#[test]
fn the_latest_credential_stands_whatever_the_order() {
    let (_a, one) = book();
    let (_b, other) = book_of(identity(2, Some(STORE_A)));
    let who = StaffId::from_bytes([3; 16]);
    let credential = |phc: &str, set_at| Beside::Credential { staff: who, store: Some(STORE_A), phc: phc.to_owned(), set_at };
    let all = [credential("a", 5), credential("c", 7), credential("b", 7), credential("d", 6)];
    let frame = |beside: Vec<Beside>| Frame { upto: 0, head: 0, beside_upto: 4, entries: Vec::new(), beside };
    one.apply(&frame(all.to_vec())).unwrap();
    other.apply(&frame(all.iter().rev().cloned().collect())).unwrap();
    for replica in [&one, &other] {
        let held = replica.read(|book| book.credential(who)).unwrap().unwrap();
        assert_eq!((held.phc.as_str(), held.store), ("c", Some(STORE_A)));
    }
    assert_eq!(one.cursor().unwrap().beside_after, 4);
    let attempts = |replica: &hefu_replica::Replica| replica.read(|book| book.attempts(who)).unwrap();
    one.write(|book| book.set_attempt(who, 3, NOW)).unwrap();
    assert_eq!((attempts(&one).failures, attempts(&one).locked_until, attempts(&other).failures), (3, NOW, 0));
}
