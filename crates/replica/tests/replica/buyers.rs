//! Buyers of cards, as their documents say (C3): whatever order records and keys come in, and what a buyer bought by all of them.

use hefu_core::{
    buyer::{Agent, BuyerRecord, Document, DocumentKind},
    card::Buyer,
    ids::{BuyerId, MemberId},
    op::{BuyerRecorded, CardToppedUp, Draft},
    phone::Phone,
    seal::PersonKey,
};
use hefu_replica::{BuyerRow, By, Replica};

use crate::{
    cards::{card, opened, reissue, sound, topped_up, write},
    common::{Chain, NOW, Rng, STORE_A, STORE_B, book, book_of, by, found, identity, person, place, raw, register_as},
};

const DAY: &str = "2026-06-01";
const ZHANG: &str = "11010519491231002X";
const LI: &str = "440524188001010014";
const COMPANY: &str = "91350100M000100Y43";

/// No member's id: one id has one key.
fn id(n: u8) -> BuyerId {
    BuyerId::from_bytes([0xb0 | n; 16])
}

fn document(number: &str) -> Document {
    let kind = if number == COMPANY { DocumentKind::CreditCode } else { DocumentKind::ResidentId };
    Document::read(kind, number).unwrap()
}

fn record(name: &str, number: &str) -> BuyerRecord {
    let agent = (number == COMPANY).then(|| Agent::read("李秀英", document(LI)).unwrap());
    BuyerRecord::read(name, document(number), Phone::parse("13812341234").ok(), agent).unwrap()
}

fn key(n: u8) -> PersonKey {
    PersonKey::new([n; 32])
}

fn draft(rng: &mut Rng, n: u8, member: Option<u8>, record: &BuyerRecord) -> Draft {
    let member = member.map(|n| MemberId::from_bytes([n; 16]));
    Draft::new(BuyerRecorded { buyer: id(n), member }).with_sealed(&key(n), id(n).0, rng.bytes(), record).unwrap()
}

fn recorded(replica: &Replica, rng: &mut Rng, by: By, n: u8, member: Option<u8>, record: &BuyerRecord) {
    let draft = draft(rng, n, member, record);
    replica
        .write(|book| {
            book.put_key(id(n).0, &key(n))?;
            book.append(by, &draft)
        })
        .unwrap();
}

fn row(replica: &Replica, n: u8) -> BuyerRow {
    replica.read(|book| book.buyer(id(n))).unwrap().unwrap()
}

fn name(replica: &Replica, n: u8) -> Option<String> {
    row(replica, n).record.map(|record| record.name)
}

/// A top-up that names a buyer.
fn bought(id_of: u8, n: u8, principal: i64, buyer: Option<u8>) -> CardToppedUp {
    CardToppedUp { buyer: buyer.map(id), ..topped_up(id_of, n, principal, 0, &[]) }
}

#[test]
fn a_buyer_is_read_back_as_recorded() {
    let (_folder, till) = book();
    found(&till);
    let mut rng = Rng(3);
    let company = record("湖滨贸易", COMPANY);
    recorded(&till, &mut rng, by(NOW), 1, Some(5), &record("张小明", ZHANG));
    recorded(&till, &mut rng, by(NOW + 1), 2, None, &company);
    let one = row(&till, 1);
    assert_eq!((one.member, one.at, one.party()), (Some(MemberId::from_bytes([5; 16])), NOW, Some(Buyer::Person)));
    assert!(one.record == Some(record("张小明", ZHANG)));
    assert!(row(&till, 2).record == Some(company));
    assert!(till.read(|book| book.buyer(id(3))).unwrap().is_none());
    recorded(&till, &mut rng, by(NOW + 2), 3, None, &record("张小明", ZHANG));
    let latest = till.read(|book| book.buyer_by_document(&document(ZHANG))).unwrap().unwrap();
    assert_eq!(latest.id, id(3));
    let all = till.read(|book| book.buyers_by_document(&document(ZHANG))).unwrap();
    assert_eq!(all.iter().map(|row| row.id).collect::<Vec<_>>(), [id(3), id(1)]);
    assert!(till.read(|book| book.buyer_by_document(&document(LI))).unwrap().is_none());
    sound(&till);
}

#[test]
fn the_first_that_can_be_read_holds() {
    let (_folder, till) = book();
    found(&till);
    let mut rng = Rng(3);
    // Another program's mistake, what nobody wrote with this key, and a record with no name to it.
    let bare = Draft::new(BuyerRecorded { buyer: id(1), member: Some(MemberId::from_bytes([9; 16])) });
    let rubbish = bare.clone().with_sealed(&key(1), id(1).0, rng.bytes(), &"not a record").unwrap();
    let foreign = bare.clone().with_sealed(&key(2), id(1).0, rng.bytes(), &record("王小红", LI)).unwrap();
    let nameless =
        bare.clone().with_sealed(&key(1), id(1).0, rng.bytes(), &BuyerRecord { name: "\u{0}".into(), ..record("王", LI) }).unwrap();
    for draft in [bare, rubbish, foreign, nameless] {
        till.write(|book| book.append(by(NOW), &draft)).unwrap();
    }
    assert_eq!((name(&till, 1), row(&till, 1).member), (None, Some(MemberId::from_bytes([9; 16]))));
    recorded(&till, &mut rng, by(NOW + 1), 1, None, &record("张小明", ZHANG));
    // Later in the log, whatever its clock says.
    recorded(&till, &mut rng, by(NOW - 9), 1, None, &record("王小红", LI));
    assert_eq!((name(&till, 1).as_deref(), row(&till, 1).member), (Some("张小明"), None));
    sound(&till);
}

#[test]
fn a_key_that_comes_late_and_one_that_never_does() {
    let mut rng = Rng(4);
    let (_hq_folder, hq) = book_of(identity(1, None));
    found(&hq);
    write(&hq, by(NOW), opened(1, "881", Some(5)));
    for (n, principal, number) in [(1, 100, COMPANY), (2, 200, LI)] {
        let written = draft(&mut rng, n, None, &record("某某", number));
        hq.write(|book| book.append(by(NOW + 1), &written)).unwrap();
        write(&hq, by(NOW + 2), bought(n, 1, principal, Some(n)));
    }
    let sum = |book: &Replica| book.read(|book| book.bought_on(&book.card(card(1))?.unwrap(), None, DAY)).unwrap().get();
    // Whether it was a company nobody here can say: the stricter reading.
    assert!((name(&hq, 1), name(&hq, 2), sum(&hq)) == (None, None, 300));
    let mut chain = Chain::default();
    chain.take_all(&hq);
    let (_folder, till) = book_of(identity(2, Some(STORE_A)));
    chain.bring_up_to_date(&till, &mut rng);
    assert_eq!(sum(&till), 300);
    // Two tills that hold the same keys say the same, whichever came first.
    for (book, expect) in [(&hq, 200), (&till, 200)] {
        book.write(|book| book.put_key(id(1).0, &key(1))).unwrap();
        assert_eq!((name(book, 1).as_deref(), name(book, 2), sum(book)), (Some("某某"), None, expect));
        sound(book);
    }
    assert_eq!(hq.digest().unwrap().differing(&till.digest().unwrap()), Vec::<&str>::new());
}

#[test]
fn who_is_forgotten_is_told_of_nowhere() {
    let mut rng = Rng(8);
    let (folder, till) = book();
    found(&till);
    write(&till, by(NOW), opened(1, "881", Some(5)));
    recorded(&till, &mut rng, by(NOW), 1, Some(5), &record("湖滨贸易", COMPANY));
    write(&till, by(NOW + 1), bought(1, 1, 100, Some(1)));
    drop(till);
    let destroyed = raw(&folder.path().join("book.db")).execute("DELETE FROM person_key WHERE person = ?1", [id(1).as_bytes().as_slice()]);
    assert_eq!(destroyed, Ok(1));
    let till = Replica::open(&place(folder.path())).unwrap();
    till.rebuild().unwrap();
    assert_eq!((name(&till, 1), row(&till, 1).member), (None, Some(MemberId::from_bytes([5; 16]))));
    assert!(till.read(|book| book.buyer_by_document(&document(COMPANY))).unwrap().is_none());
    // The money is what it was.
    let sum = till.read(|book| book.bought_on(&book.card(card(1))?.unwrap(), None, DAY)).unwrap();
    assert_eq!(sum.get(), 100);
    sound(&till);
}

#[test]
fn two_tills_that_record_one_buyer_agree() {
    let mut rng = Rng(5);
    let (_hq_folder, hq) = book_of(identity(1, None));
    found(&hq);
    let mut chain = Chain::default();
    chain.take_all(&hq);
    let books: Vec<_> = [(2, STORE_A), (3, STORE_B)].into_iter().map(|(n, store)| book_of(identity(n, Some(store)))).collect();
    for ((_, till), (at, name, number)) in books.iter().zip([(NOW, "张小明", ZHANG), (NOW - 1, "王小红", LI)]) {
        chain.bring_up_to_date(till, &mut rng);
        // Under one id, each its own; which of them holds is the sequence's to say.
        recorded(till, &mut rng, by(at), 1, None, &record(name, number));
    }
    for (_, till) in &books {
        chain.take_all(till);
    }
    for book in books.iter().map(|(_, till)| till).chain([&hq]) {
        chain.bring_up_to_date(book, &mut rng);
        assert_eq!(name(book, 1).as_deref(), Some("张小明"));
        sound(book);
    }
}

#[test]
fn a_persons_own_document_is_the_latest_of_any_registration() {
    let (_folder, till) = book();
    found(&till);
    let mut rng = Rng(6);
    for (n, phone) in [(5, "13812341234"), (6, "13812341234"), (7, "13912341234")] {
        register_as(&till, &mut rng, by(NOW), (MemberId::from_bytes([n; 16]), None), &person("张小明", phone));
    }
    let own = |n: u8| {
        let person = till.read(|book| book.person(MemberId::from_bytes([n; 16]))).unwrap().unwrap();
        till.read(|book| book.buyer_of_person(&person)).unwrap().map(|row| row.id)
    };
    assert_eq!((own(5), own(7)), (None, None));
    recorded(&till, &mut rng, by(NOW + 3), 1, Some(6), &record("张小明", ZHANG));
    recorded(&till, &mut rng, by(NOW + 2), 2, Some(5), &record("张小明", LI));
    // A company is nobody's own, and what cannot be read says nothing.
    recorded(&till, &mut rng, by(NOW + 4), 3, Some(5), &record("湖滨贸易", COMPANY));
    let unread = draft(&mut rng, 4, Some(5), &record("张小明", LI));
    till.write(|book| book.append(by(NOW + 5), &unread)).unwrap();
    assert_eq!((own(5), own(6), own(7)), (Some(id(1)), Some(id(1)), None));
}

/// All that was bought in a day, for each who buys now onto each card.
#[test]
fn what_a_buyer_bought_by_all_records_of_the_document() {
    let (_folder, till) = book();
    found(&till);
    let mut rng = Rng(7);
    // 5 and 6 are one person, of the first document; 7 is another.
    for (n, phone) in [(5, "13812341234"), (6, "13812341234"), (7, "13912341234")] {
        register_as(&till, &mut rng, by(NOW), (MemberId::from_bytes([n; 16]), None), &person("张小明", phone));
    }
    for (n, member, number) in [(1, Some(5), ZHANG), (2, None, ZHANG), (3, None, LI), (4, None, COMPANY), (5, None, COMPANY)] {
        recorded(&till, &mut rng, by(NOW), n, member, &record("某某", number));
    }
    for (n, member) in [(1, Some(5)), (2, Some(6)), (3, Some(7)), (4, None), (5, None)] {
        write(&till, by(NOW), opened(n, &format!("88{n}"), member));
    }
    for (n, (onto, principal, buyer)) in (1..).zip([
        (1, 1, Some(1)),
        // The same document, recorded at another till, onto anybody's card.
        (3, 2, Some(2)),
        (2, 4, None),
        (1, 8, Some(4)),
        (4, 16, Some(5)),
        (3, 32, Some(3)),
        (3, 64, None),
        (4, 128, None),
        (4, 256, Some(3)),
        // A record that never came.
        (1, 512, Some(9)),
    ]) {
        write(&till, by(NOW + 1), bought(n, onto, principal, buyer));
    }
    write(&till, by(NOW + 86_400_000), bought(90, 1, 1_024, Some(1)));
    let check = |onto: u8, buyer: Option<u8>, day: &str, expect: i64| {
        let sum = till.read(|book| {
            let buyer = buyer.map(|n| book.buyer(id(n))).transpose()?.flatten();
            book.bought_on(&book.card(card(onto))?.unwrap(), buyer.as_ref(), day)
        });
        assert_eq!(sum.unwrap().get(), expect, "card {onto} by {buyer:?} on {day}");
    };
    let own = 1 + 2 + 4 + 512;
    for (onto, buyer, expect) in [
        (1, Some(1), own),
        (1, Some(2), own),
        (3, Some(1), own),
        // What names nobody on an anonymous card may have been whoever buys onto it now.
        (4, Some(1), own + 128),
        (5, Some(1), own),
        (1, Some(3), 32 + 256),
        (4, Some(3), 32 + 256 + 128),
        (1, Some(4), 8 + 16),
        (5, Some(5), 8 + 16),
        (4, Some(5), 8 + 16),
        // Nobody named: the card's member by all that no company bought, and an anonymous card alone.
        (1, None, 1 + 4 + 512),
        (2, None, 1 + 4 + 512),
        (3, None, 2 + 32 + 64),
        (4, None, 128 + 256),
        (5, None, 0),
    ] {
        check(onto, buyer, DAY, expect);
    }
    check(5, Some(1), "2026-06-02", 1_024);
    check(5, Some(3), "2026-06-02", 0);
    // With the cards whose place one took.
    reissue(&till, by(NOW + 2), 4, 8);
    check(8, Some(1), DAY, own + 128);
    check(8, None, DAY, 128 + 256);
    sound(&till);
}
