//! Whose word counts (F6): what a device may say hangs on where the log enrolled it, never on what it writes of itself.

use hefu_core::{
    access::Role,
    card::Cause,
    ids::{BatchId, CardId, CouponId, DeviceId, LogId, MemberId, ProductId, RefundId, RuleId, StaffId, StoreId},
    money::{Fen, Points},
    op::{
        BatchClosed, Body, CardOpened, CardRefunded, CardReissued, ChainStarted, CouponsIssued, Draft, IssuedCoupon, MemberChanged,
        Operation, Part, Refund, RuleUsed, StaffPerson, StaffSet, Stamp, StoreSet, Weight, Writers, write_head,
    },
    posting::{Account, Ledger},
    rules::{Rule, shipped},
    seal::PersonKey,
};
use hefu_replica::{RefusedWhy, Replica, Writing};
use serde_json::{Value, json};

use crate::common::{Chain, NOW, Rng, STORE_A, STORE_B, book_of, by, code, found, goods, identity, person, register};

const HQ: Option<StoreId> = None;
const OTHER: LogId = LogId(uuid::Uuid::from_bytes([0x44; 16]));

fn stamp(seq: u64, store: Option<StoreId>) -> Stamp {
    let day = "2026-06-01".to_owned();
    Stamp { log: OTHER, seq, device: DeviceId::from_bytes([0x45; 16]), store, who: None, at: NOW, ahead: 0, day }
}

fn bare(head: Vec<u8>) -> Operation {
    Operation { head, detail: Part::NONE, sealed: Part::NONE }
}

/// A chain founded at HQ, and what its log holds.
fn founded() -> (tempfile::TempDir, Replica, Chain) {
    let (folder, hq) = book_of(identity(1, HQ));
    found(&hq);
    let mut chain = Chain::default();
    chain.take_all(&hq);
    (folder, hq, chain)
}

/// The word of each kind from head office, from a store, and from a store in another's name. A kind that is not here fails.
#[test]
fn every_kind_counts_from_where_it_may() {
    const ROWS: &[(&str, [bool; 3])] = &[
        // kind               HQ    store  store that names another
        ("chain.started", [true, false, false]),
        ("store.set", [true, false, false]),
        ("device.set", [true, false, false]),
        ("device.revoked", [true, false, false]),
        ("staff.set", [true, false, false]),
        // Of goods that head office says nothing of.
        ("product.set", [true, true, false]),
        ("rule.set", [true, false, false]),
        ("member.registered", [true, true, false]),
        ("member.changed", [true, true, false]),
        ("sale", [true, true, false]),
        ("refund", [true, true, false]),
        ("exchange", [true, true, false]),
        ("buyer.recorded", [true, true, false]),
        ("card.opened", [true, true, false]),
        ("card.topped_up", [true, true, false]),
        ("card.bonus_due", [true, false, false]),
        ("card.changed", [true, true, false]),
        ("card.reissued", [true, true, false]),
        ("card.refunded", [true, true, false]),
        ("coupons.issued", [true, true, false]),
        // Of a batch that another device issued.
        ("batch.closed", [true, false, false]),
        ("points.expired", [true, false, false]),
        ("points.adjusted", [true, false, false]),
        ("tier.reviewed", [true, false, false]),
        ("lease.sealed", [true, true, false]),
        // What nobody knows yet may be any store's to say.
        ("kind.of_tomorrow", [true, true, false]),
    ];
    let known: Vec<&str> = Body::KINDS.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(ROWS.iter().map(|(kind, _)| *kind).filter(|kind| known.contains(kind)).collect::<Vec<_>>(), known);
    for (kind, expect) in ROWS {
        for (place, written, expect) in
            [(HQ, HQ, expect[0]), (Some(STORE_A), Some(STORE_A), expect[1]), (Some(STORE_A), Some(STORE_B), expect[2])]
        {
            let (_folder, hq, mut chain) = founded();
            chain.places.insert(OTHER, place);
            let before = hq.digest().unwrap();
            // What is decided by other facts is written as it should be; the rest is judged by its kind, before it is read.
            let body: Value = match *kind {
                "product.set" => serde_json::to_value(goods(70, "土产", 100, &["6900000000070"])).unwrap(),
                "batch.closed" => json!({ "batch": STORE_A, "keep": true, "name": "周年庆" }),
                _ => json!({}),
            };
            chain.put_foreign(OTHER, bare(write_head(&stamp(1, written), kind, 1, Weight::Critical, Some(STORE_B.0), &body).unwrap()));
            chain.bring_up_to_date(&hq, &mut Rng(1));
            let refused = hq.read(|book| book.refused(None, 9)).unwrap();
            let differing = before.differing(&hq.digest().unwrap());
            let row = format!("{kind} at {place:?} in the name of {written:?}: {differing:?}");
            assert_eq!(refused.is_empty(), expect, "{row}");
            assert_eq!(differing == ["refused"], !expect, "{row}");
            let told = (refused.len() == 1).then(|| (refused[0].kind.as_str(), refused[0].store, refused[0].log, refused[0].seq));
            assert_eq!(told, (!expect).then_some((*kind, place, OTHER, 1)), "{row}");
            let why = match (*kind, Body::writers_of(kind), written == place) {
                ("batch.closed", _, true) => RefusedWhy::Overruled,
                (_, Some(Writers::Hq), _) => RefusedWhy::HeadOffice,
                _ => RefusedWhy::OtherPlace,
            };
            assert!(refused.iter().all(|refused| refused.why == why), "{row}: {refused:?}");
            assert!(hq.verify().unwrap().ok(), "{row}");
        }
    }
}

#[test]
fn a_till_does_not_even_write_what_is_not_its_to_say() {
    let (_hq_folder, _hq, chain) = founded();
    let (_folder, till) = book_of(identity(2, Some(STORE_A)));
    chain.bring_up_to_date(&till, &mut Rng(1));
    let before = till.digest().unwrap();
    let rule = Rule { rule: RuleId::from_bytes([1; 16]), version: 2, valid_from: 0, body: shipped().remove(0) };
    assert_eq!(code(till.write(|book| book.append(by(NOW), &Draft::new(rule)))), hefu_core::error::Code::NotPermitted);
    assert_eq!(till.digest().unwrap(), before);
}

/// What would fill a card that nothing was paid for.
fn fillings() -> Vec<(&'static str, Body)> {
    let (card, other, amount) = (CardId::from_bytes([6; 16]), CardId::from_bytes([7; 16]), Fen::constant(100_000));
    let filled = |beside: Option<(Account, Account)>| {
        let mut ledger = Ledger::new();
        ledger.fen(Account::CardsIssued, Account::CardPrincipal(other), amount).unwrap();
        if let Some((from, to)) = beside {
            ledger.fen(from, to, amount).unwrap();
        }
        ledger.done()
    };
    let (receipt_no, number, till_no) = ("HB-01-000009".to_owned(), 9, 1);
    let refunded = CardRefunded {
        card,
        receipt_no: receipt_no.clone(),
        number,
        till_no,
        cause: Cause::Customer,
        refund_fen: Fen::ZERO,
        principal_fen: Fen::ZERO,
        bonus_fen: Fen::ZERO,
        approved_by: None,
        postings: filled(None),
    };
    let of_no_sale = Refund {
        refund: RefundId::from_bytes([9; 16]),
        receipt_no,
        number,
        till_no,
        sale: None,
        member: None,
        lines: Vec::new(),
        quantity_milli: 0,
        total_fen: Fen::ZERO,
        points_taken: Points::ZERO,
        points_restored: Points::ZERO,
        parts: Vec::new(),
        taxes: Vec::new(),
        coupons: Vec::new(),
        gifts: Vec::new(),
        postings: filled(Some((Account::Prepaid(STORE_A), Account::Turnover(STORE_A)))),
    };
    let reissued = CardReissued { card, to: other, approved_by: None, postings: filled(None) };
    vec![("card.reissued", Body::from(reissued)), ("card.refunded", Body::from(refunded)), ("refund", Body::from(of_no_sale))]
}

/// A till that somebody else has taken over fills no card out of nothing: what is no move of its kind folds to nothing, whoever
/// says it, and is listed.
#[test]
fn what_is_no_move_of_its_kind_counts_from_nowhere() {
    for (kind, filling) in fillings() {
        for place in [HQ, Some(STORE_A)] {
            let (_folder, hq, mut chain) = founded();
            chain.places.insert(OTHER, place);
            let before = hq.digest().unwrap();
            chain.put_foreign(OTHER, bare(filling.write(&stamp(1, place)).unwrap()));
            chain.bring_up_to_date(&hq, &mut Rng(1));
            assert_eq!(before.differing(&hq.digest().unwrap()), ["refused"], "{kind} {place:?}");
            assert_eq!(
                hq.read(|book| book.refused(None, 9)).unwrap().first().map(|row| (row.kind.clone(), row.why)),
                Some((kind.to_owned(), RefusedWhy::NoMove))
            );
            assert!(hq.verify().unwrap().ok());
        }
        let (_hq_folder, _hq, chain) = founded();
        let (_folder, till) = book_of(identity(2, Some(STORE_A)));
        chain.bring_up_to_date(&till, &mut Rng(1));
        let before = till.digest().unwrap();
        let own = Draft::new(filling);
        assert_eq!(code(till.write(|book| book.append(by(NOW), &own))), hefu_core::error::Code::NotPermitted, "{kind}: nor is it written");
        assert_eq!(till.digest().unwrap(), before);
    }
}

/// A chain that was started at a till has no other head office; beside one that began before it, its word is a till's.
#[test]
fn the_log_that_began_the_chain_speaks_for_it() {
    let (_hq_folder, hq, chain) = founded();
    let (_folder, till) = book_of(identity(2, Some(STORE_A)));
    found(&till);
    till.write(|book| {
        book.append(
            by(NOW),
            &Draft::new(StoreSet { store: STORE_B, code: "ZZ".to_owned(), name: "自开店".to_owned(), city: String::new() }),
        )
    })
    .unwrap();
    let name = |book: &Replica| book.read(|book| Ok(book.store(STORE_B)?.map(|store| store.name))).unwrap();
    assert_eq!((name(&till).as_deref(), till.read(|book| book.refused(None, 9)).unwrap().len()), (Some("自开店"), 0));
    let mut alone = Chain::default();
    alone.take_all(&till);
    let (_other_folder, other) = book_of(identity(3, Some(STORE_B)));
    alone.bring_up_to_date(&other, &mut Rng(1));
    assert_eq!(name(&other).as_deref(), Some("自开店"), "elsewhere too");

    let (_late_folder, late) = book_of(identity(2, Some(STORE_A)));
    found(&late);
    chain.bring_up_to_date(&late, &mut Rng(1));
    let mut chain = chain;
    chain.take_all(&late);
    for node in [&late, &hq] {
        chain.bring_up_to_date(node, &mut Rng(2));
        assert_eq!(name(node).as_deref(), Some("BB店"));
        assert!(node.verify().unwrap().ok());
    }
    let (late, hq) = (late.digest().unwrap(), hq.digest().unwrap());
    assert_eq!((late.differing(&hq), late.operations), (Vec::new(), hq.operations));
    drop(till);
}

#[test]
fn a_log_stays_where_its_device_was_enrolled() {
    let (_folder, hq, mut chain) = founded();
    let set = |seq| bare(Body::from(goods(70, "土产", 100, &[])).write(&stamp(seq, Some(STORE_A))).unwrap());
    chain.put_foreign(OTHER, set(1));
    chain.places.insert(OTHER, HQ);
    chain.put_foreign(OTHER, set(2));
    let before = hq.digest().unwrap();
    assert_eq!(code(hq.apply(&chain.frame(&hq, usize::MAX))), hefu_core::error::Code::ServerRubbish);
    assert_eq!(hq.digest().unwrap(), before, "nothing of the frame");
}

/// Goods are head office's, whoever named them first; else the store's that was the first in the sequence.
#[test]
fn goods_are_head_offices_or_the_first_stores() {
    let (_hq_folder, hq, mut chain) = founded();
    let books: Vec<_> = [(2, STORE_A), (3, STORE_B)].map(|(n, store)| book_of(identity(n, Some(store)))).into();
    let [a, b] = [&books[0].1, &books[1].1];
    let set = |book: &Replica, at, price| {
        book.write(|book| book.append(by(at), &Draft::new(goods(70, "土产", price, &["6900000000001"])))).unwrap()
    };
    let price = |book: &Replica| book.read(|book| Ok(book.product(ProductId::from_bytes([70; 16]))?.unwrap().price_fen.get())).unwrap();
    let meet = |chain: &mut Chain| {
        [a, b, &hq].into_iter().for_each(|node| chain.take_all(node));
        [a, b, &hq].into_iter().for_each(|node| chain.bring_up_to_date(node, &mut Rng(1)));
        [a, b, &hq].into_iter().for_each(|node| assert!(node.verify().unwrap().ok()));
        [price(a), price(b), price(&hq)]
    };
    // B wrote earlier by its clock and reaches the log later.
    set(b, NOW, 200);
    set(a, NOW + 1, 100);
    assert_eq!((price(a), price(b)), (100, 200));
    assert_eq!(meet(&mut chain), [100; 3]);
    set(b, NOW + 9, 1);
    set(a, NOW + 2, 110);
    assert_eq!(meet(&mut chain), [110; 3], "the first store's latest");
    assert_eq!(hq.read(|book| book.refused(None, 9)).unwrap().len(), 2);
    let scanned = |book: &Replica| book.read(|book| Ok(book.products_by_code("6900000000001")?.len())).unwrap();
    let first = ProductId::from_bytes([1; 16]);
    let found = a.read(|book| book.products_by_code("6900000000001")).unwrap();
    assert_eq!((found.len(), found[0].product), (1, first), "a scan rings up what head office gave the code to");
    set(&hq, NOW - 50, 300);
    assert_eq!(meet(&mut chain), [300; 3], "head office says it, however early its clock");
    assert_eq!((hq.read(|book| book.refused(None, 9)).unwrap().len(), scanned(&hq)), (4, 2));
    assert_eq!(a.digest().unwrap().differing(&hq.digest().unwrap()), [""; 0]);
}

/// A batch is closed by head office, or by the device that issued it, whichever of the two operations arrives first.
#[test]
fn a_batch_is_its_issuers_to_close() {
    let batch = BatchId::from_bytes([0xba; 16]);
    let template = RuleUsed { rule: RuleId::from_bytes([1; 16]), version: 1 };
    let issue = |n: u8| {
        let coupons = vec![IssuedCoupon { coupon: CouponId::from_bytes([n; 16]), code: format!("{n:016}"), member: None }];
        Draft::new(CouponsIssued { batch: Some(batch), template, from: 0, until: NOW * 2, coupons })
    };
    let close = |keep| Draft::new(BatchClosed { batch, keep, name: "周年庆".to_owned() });
    let write = |book: &Replica, draft: &Draft| book.write(|book| book.append(by(NOW), draft)).unwrap();
    let closed = |book: &Replica| book.read(|book| book.batch_closed(batch)).unwrap();
    for (closer_first, expect) in [(false, Some(true)), (true, Some(true))] {
        let (_hq_folder, hq, mut chain) = founded();
        let (_a_folder, a) = book_of(identity(2, Some(STORE_A)));
        let (_b_folder, b) = book_of(identity(3, Some(STORE_B)));
        // Head office's campaign; one till would void it, and claims to have issued of it.
        write(&hq, &issue(1));
        write(&hq, &close(true));
        write(&b, &close(false));
        write(&b, &issue(2));
        assert_eq!(closed(&b), Some(false), "alone, it knows no other issuer");
        chain.take_all(&hq);
        chain.take_all(&b);
        for node in if closer_first { [&b, &a, &hq] } else { [&hq, &a, &b] } {
            chain.bring_up_to_date(node, &mut Rng(1));
            assert_eq!(closed(node), expect);
            assert_eq!(node.read(|book| Ok(book.refused(None, 9)?.len())).unwrap(), 1);
            assert!(node.verify().unwrap().ok());
        }
    }
    // A till's own, closed before anything of it was read here.
    let (_hq_folder, hq, mut chain) = founded();
    let own = Stamp { log: OTHER, ..stamp(1, Some(STORE_A)) };
    chain.put_foreign(OTHER, bare(close(true).body.write(&own).unwrap()));
    chain.bring_up_to_date(&hq, &mut Rng(1));
    assert_eq!((closed(&hq), hq.read(|book| Ok(book.refused(None, 9)?.len())).unwrap()), (None, 1));
    chain.put_foreign(OTHER, bare(issue(1).body.write(&Stamp { seq: 2, ..own }).unwrap()));
    chain.bring_up_to_date(&hq, &mut Rng(1));
    assert_eq!((closed(&hq), hq.read(|book| Ok(book.refused(None, 9)?.len())).unwrap()), (Some(true), 0));
    assert!(hq.verify().unwrap().ok());
}

/// What a store writes that nobody knows stops its member or card, and nothing that the whole chain sells by.
#[test]
fn a_store_freezes_members_and_cards_alone() {
    let (_folder, hq, mut chain) = founded();
    let member = register(&hq, &mut Rng(1), by(NOW), &person("王小明", "13812341234"));
    let card = CardId::from_bytes([0xca; 16]);
    let kind = RuleUsed { rule: RuleId::from_bytes([1; 16]), version: 1 };
    hq.write(|book| book.append(by(NOW), &Draft::new(CardOpened { card, card_no: "62000001".to_owned(), kind, member: None }))).unwrap();
    chain.take_all(&hq);
    chain.places.insert(OTHER, Some(STORE_A));
    let (goods, rule) = (ProductId::from_bytes([1; 16]).0, RuleId::from_bytes([1; 16]).0);
    let entities = [(member.0, true), (card.0, true), (goods, false), (rule, false), (STORE_B.0, false)];
    // A member nobody knows yet: frozen once they are here.
    let later = MemberId::from_bytes([0x3e; 16]);
    for (seq, entity) in (1..).zip(entities.iter().map(|(entity, _)| *entity).chain([later.0])) {
        let kind = if seq % 2 == 0 { "kind.of_tomorrow" } else { "card.opened" };
        chain
            .put_foreign(OTHER, bare(write_head(&stamp(seq, Some(STORE_A)), kind, 1, Weight::Critical, Some(entity), &json!({})).unwrap()));
    }
    chain.bring_up_to_date(&hq, &mut Rng(1));
    let frozen = |entity| hq.read(|book| book.is_frozen(entity)).unwrap();
    for (entity, expect) in entities {
        assert_eq!(frozen(entity), expect, "{entity}");
    }
    assert!(!frozen(later.0));
    crate::common::register_as(&hq, &mut Rng(2), by(NOW), (later, None), &person("李雷", "13900001111"));
    assert!(frozen(later.0));
    // Head office stops whatever it must.
    let at_hq = LogId::from_bytes([0x55; 16]);
    let by_hq = Stamp { log: at_hq, ..stamp(1, HQ) };
    chain.take_all(&hq);
    chain.put_foreign(at_hq, bare(write_head(&by_hq, "kind.of_tomorrow", 1, Weight::Critical, Some(goods), &json!({})).unwrap()));
    chain.bring_up_to_date(&hq, &mut Rng(1));
    assert!(frozen(goods) && hq.verify().unwrap().ok());
}

fn hire(book: &mut Writing<'_>, n: u8, login: &str, at: i64) -> Result<(), hefu_replica::Error> {
    let (id, key) = (StaffId::from_bytes([n; 16]), PersonKey::new([n; 32]));
    let told = StaffPerson { name: format!("同事{n}"), login: Some(login.to_owned()) };
    book.put_key(id.0, &key)?;
    let set = StaffSet { staff: id, store: HQ, role: Role::Admin, active: true };
    book.append(by(at), &Draft::new(set).with_sealed(&key, id.0, [n; 24], &told)?).map(drop)
}

/// A login is theirs whose claim is the first in the sequence: not the lower id's, not the earlier clock's, and no till's.
#[test]
fn a_login_is_the_first_claims() {
    let (_folder, hq, mut chain) = founded();
    let (_other_folder, other) = book_of(identity(5, HQ));
    let login = |book: &Replica| book.read(|book| Ok(book.staff_by_login("admin")?.map(|staff| staff.name))).unwrap();
    hq.write(|book| hire(book, 9, "admin", NOW + 50)).unwrap();
    chain.take_all(&hq);
    // Elsewhere at HQ, at the same time: a lower id and an earlier clock.
    other.write(|book| hire(book, 3, "admin", NOW)).unwrap();
    other.write(|book| hire(book, 4, "boss", NOW)).unwrap();
    chain.take_all(&other);
    for node in [&hq, &other] {
        chain.bring_up_to_date(node, &mut Rng(1));
        assert_eq!(login(node).as_deref(), Some("同事9"));
    }
    // One who was hired before takes the name of another: the claim is later than the other's.
    hq.write(|book| hire(book, 9, "chief", NOW + 60)).unwrap();
    hq.write(|book| hire(book, 9, "admin", NOW + 70)).unwrap();
    chain.take_all(&hq);
    for node in [&hq, &other] {
        chain.bring_up_to_date(node, &mut Rng(1));
        assert_eq!(login(node).as_deref(), Some("同事3"));
        assert!(node.verify().unwrap().ok());
    }
    // A till has everyone's key, and may speak of members: of this id too, which is no member's.
    let (_till_folder, till) = book_of(identity(2, Some(STORE_A)));
    chain.bring_up_to_date(&till, &mut Rng(1));
    let (id, key) = (StaffId::from_bytes([4; 16]), PersonKey::new([4; 32]));
    let told = StaffPerson { name: "冒名".to_owned(), login: Some("admin".to_owned()) };
    let draft = Draft::new(MemberChanged { member: MemberId(id.0) }).with_sealed(&key, id.0, [7; 24], &told).unwrap();
    till.write(|book| book.append(by(NOW + 99), &draft)).unwrap();
    chain.take_all(&till);
    for node in [&hq, &other, &till] {
        chain.bring_up_to_date(node, &mut Rng(1));
        let staff = node.read(|book| book.staff(id)).unwrap().unwrap();
        assert_eq!((staff.name.as_str(), staff.login.as_deref(), staff.store), ("同事4", Some("boss"), HQ));
        assert_eq!(hq.digest().unwrap().differing(&node.digest().unwrap()), [""; 0]);
    }
}

/// A book of an older program knows no places: they are read from what every program wrote first into its log.
#[test]
fn an_older_book_learns_where_its_logs_stand() {
    let (_hq_folder, hq, mut chain) = founded();
    let (_folder, till) = book_of(identity(2, Some(STORE_A)));
    chain.bring_up_to_date(&till, &mut Rng(1));
    register(&till, &mut Rng(1), by(NOW), &person("王小明", "13812341234"));
    chain.take_all(&till);
    let (folder, reader) = book_of(identity(3, Some(STORE_B)));
    chain.bring_up_to_date(&reader, &mut Rng(1));
    let digest = reader.digest().unwrap();
    drop(reader);
    crate::common::raw(&folder.path().join("book.db"))
        .execute_batch(
            "ALTER TABLE log DROP COLUMN place; ALTER TABLE log DROP COLUMN founder; DROP TABLE refused; DROP TABLE batch_issuer;
             ALTER TABLE product DROP COLUMN store; ALTER TABLE staff DROP COLUMN login_op; ALTER TABLE frozen DROP COLUMN hq;
             ALTER TABLE store DROP COLUMN city; DROP INDEX member_own_by_phone; DROP INDEX member_own_by_card;
             DROP TABLE buyer; DROP INDEX card_money_of_buyer; ALTER TABLE card_money DROP COLUMN buyer;
             DROP INDEX card_money_of_day; DROP VIEW movement; DROP TABLE posting_new; DROP TABLE sale_gift; DROP TABLE gift_taken;
             PRAGMA user_version = 2; UPDATE meta SET value = 3 WHERE name = 'fold'",
        )
        .unwrap();
    let mut told = Vec::new();
    let reader = Replica::open_telling(&crate::common::place(folder.path()), &mut |done, total| told.push((done, total))).unwrap();
    assert_eq!(told.first(), Some(&(0, digest.operations)), "how much is folded again is told");
    assert_eq!(reader.digest().unwrap(), digest);
    assert!(reader.verify().unwrap().ok());
    // And goes on from there.
    register(&till, &mut Rng(2), by(NOW), &person("李雷", "13900001111"));
    hq.write(|book| hire(book, 9, "admin", NOW)).unwrap();
    chain.take_all(&till);
    chain.take_all(&hq);
    chain.bring_up_to_date(&hq, &mut Rng(1));
    chain.bring_up_to_date(&reader, &mut Rng(1));
    assert_eq!(reader.digest().unwrap().differing(&hq.digest().unwrap()), [""; 0]);
}

/// The first of the sequence that starts another chain makes nobody its head office.
#[test]
fn a_till_that_comes_first_is_no_head_office() {
    let mut chain = Chain::default();
    let (_folder, till) = book_of(identity(2, Some(STORE_A)));
    let started = ChainStarted { chain: hefu_core::ids::ChainId::from_bytes([0x66; 16]), name: "别人的".to_owned(), demo: false };
    chain.put_foreign(OTHER, bare(Body::from(started).write(&stamp(1, Some(STORE_B))).unwrap()));
    chain.bring_up_to_date(&till, &mut Rng(1));
    till.read(|book| {
        assert_eq!((book.chain()?, book.refused(None, 9)?.len()), (None, 1));
        Ok(())
    })
    .unwrap();
}
