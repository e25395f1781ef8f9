//! Facts that other nodes and other years wrote, straight into a book: rules, members, sales, points, cards.

#![allow(dead_code, clippy::unwrap_used, reason = "tests use parts of it")]

use hefu_core::{
    card::CardType,
    checkout::{CashSale, Counter},
    ids::{BatchId, CardId, DeviceId, MemberId, ProductId, RuleId, SaleId, StoreId, TopUpId},
    member::PersonChange,
    money::{Fen, Points},
    op::{BonusPart, CardOpened, CardToppedUp, Draft, MemberRegistered, PointsAdjusted, RuleUsed, Stamp, StoreSet},
    phone::Phone,
    posting::{Account, Ledger, Unit},
    quote::{CartItem, Member},
    rules::{Rule, RuleBody},
    seal::PersonKey,
};
use hefu_replica::By;
use serde_json::json;

use crate::common::{MORNING, Shop};

pub const STORE: StoreId = StoreId(uuid::Uuid::from_bytes([6; 16]));
pub const DAY_MS: i64 = 86_400_000;

/// A moment of a day, `YYYY-MM-DD`, at noon in China.
pub fn noon(day: &str) -> i64 {
    let midnight = format!("{day}T04:00:00Z");
    let (date, _) = midnight.split_once('T').unwrap();
    let mut at = MORNING;
    while hefu_core::time::business_day(at).as_str() > date {
        at -= DAY_MS;
    }
    while hefu_core::time::business_day(at).as_str() < date {
        at += DAY_MS;
    }
    at
}

pub fn by(at: i64) -> By {
    By { who: None, at, ahead: 0 }
}

pub fn append(shop: &Shop, at: i64, draft: &Draft) {
    shop.desk.replica().write(|book| book.append(by(at), draft)).unwrap();
}

/// A rule in force since ever, or from a version on.
pub fn rule(shop: &Shop, n: u8, version: u32, body: RuleBody) -> RuleId {
    let rule = RuleId::from_bytes([n; 16]);
    append(shop, MORNING, &Draft::new(Rule { rule, version, valid_from: MORNING - 1000 + i64::from(version), body }));
    rule
}

/// A registration, made elsewhere.
pub fn member(shop: &Shop, n: u8, phone: &str) -> MemberId {
    let id = MemberId::from_bytes([n; 16]);
    named_member(shop, id, phone);
    id
}

pub fn named_member(shop: &Shop, id: MemberId, phone: &str) {
    let key = PersonKey::new([7; 32]);
    let change = PersonChange { phone: Phone::parse(phone).ok(), ..PersonChange::default() };
    let draft = Draft::new(MemberRegistered { member: id, owner: None }).with_sealed(&key, id.0, [9; 24], &change).unwrap();
    shop.desk
        .replica()
        .write(|book| {
            book.put_key(id.0, &key)?;
            book.append(by(MORNING), &draft)
        })
        .unwrap();
}

pub fn points(shop: &Shop, member: MemberId, day: &str, amount: i64) {
    let mut ledger = Ledger::new();
    let account = Account::MemberPoints(member);
    let (from, to) = if amount > 0 { (Account::PointsIssued, account) } else { (account, Account::PointsIssued) };
    ledger.post(Unit::Points, from, to, amount.abs()).unwrap();
    append(shop, noon(day), &Draft::new(PointsAdjusted { member, act: None, reason: "旧系统".into(), postings: ledger.done() }));
}

pub fn store(shop: &Shop) {
    append(shop, MORNING, &Draft::new(StoreSet { store: STORE, code: "HB".into(), name: "湖滨店".into() }));
}

/// A sale of one piece at a price, elsewhere on a day.
pub fn sale(shop: &Shop, n: u8, member: MemberId, day: &str, price_fen: i64) {
    let at_ms = noon(day);
    let product = hefu_core::catalogue::Product {
        product: ProductId::from_bytes([90; 16]),
        name: "沙发".into(),
        category: String::new(),
        unit: "件".into(),
        price_fen: Fen::new(price_fen).unwrap(),
        brand: String::new(),
        tags: Vec::new(),
        barcodes: Vec::new(),
    };
    let items = [CartItem { no: 1, product, barcode: String::new(), quantity_milli: 1000, by_hand: None }];
    let device = DeviceId::from_bytes([0x42; 16]);
    let known = Member::default();
    let rung = CashSale {
        sale: SaleId::from_bytes([n; 16]),
        at: Counter { store: STORE, store_code: "HB", device, till_no: 2, number: u64::from(n) },
        at_ms,
        member: Some((member, &known)),
        items: &items,
        rules: &hefu_core::rules::RulesInForce::default(),
    };
    let quote = rung.quote().unwrap();
    let draft = rung.draft(&quote, quote.due_fen).unwrap();
    let replica = shop.desk.replica();
    let day = hefu_core::time::business_day(at_ms);
    let stamp = Stamp { log: replica.log(), seq: 0, device, store: Some(STORE), who: None, at: at_ms, ahead: 0, day };
    replica.write(|book| book.append_stamped(&stamp, &draft)).unwrap();
}

/// A card with a top-up of 300 yuan and 60 in so many monthly parts, the first at once; the rest on these days.
pub fn card(shop: &Shop, n: u8, member: MemberId, days: &[&str]) -> CardId {
    let card = CardId::from_bytes([n; 16]);
    let kind = RuleUsed { rule: rule(shop, 200, 1, RuleBody::CardType(CardType::shipped())), version: 1 };
    let card_no = format!("62{n:06}");
    append(shop, MORNING, &Draft::new(CardOpened { card, card_no, kind, member: Some(member) }));
    let mut ledger = Ledger::new();
    ledger.fen(Account::CardsIssued, Account::CardPrincipal(card), Fen::constant(30_000)).unwrap();
    ledger.fen(Account::CardsIssued, Account::CardBonus(card), Fen::constant(2_000)).unwrap();
    ledger.fen(Account::Prepaid(STORE), Account::Cash(shop.desk.replica().device()), Fen::constant(30_000)).unwrap();
    let parts = (2..).zip(days).map(|(part, day)| BonusPart { part, day: (*day).into(), bonus_fen: Fen::constant(2_000) });
    let top_up = CardToppedUp {
        top_up: TopUpId::from_bytes([n; 16]),
        card,
        receipt_no: format!("HB-01-{n:06}"),
        number: u64::from(n),
        till_no: 1,
        plan: "充300送60".into(),
        principal_fen: Fen::constant(30_000),
        bonus_fen: Fen::constant(2_000),
        parts: parts.collect(),
        postings: ledger.done(),
    };
    append(shop, MORNING, &Draft::new(top_up));
    card
}

pub fn balance(shop: &Shop, account: Account, unit: Unit) -> i64 {
    shop.desk.replica().read(|book| book.balance(&account, unit)).unwrap()
}

pub fn points_of(shop: &Shop, member: MemberId) -> i64 {
    balance(shop, Account::MemberPoints(member), Unit::Points)
}

/// A fresh fold of the book says the same, and everything sums to zero.
#[track_caller]
pub fn check_book(shop: &Shop) {
    let verified = shop.desk.replica().verify().unwrap();
    assert!(verified.ok(), "{verified:?}");
}

/// HQ with its administrator signed in, and a store.
pub fn hq() -> Shop {
    let hq = Shop::hq();
    hq.ok("session.first_admin", json!({ "code": "first-code", "login": "admin", "name": "管理员", "password": "correct horse 1" }));
    store(&hq);
    hq
}

pub fn batch_id(n: u8) -> BatchId {
    BatchId::from_bytes([n; 16])
}

pub fn points_constant(points: i32) -> Points {
    Points::constant(points)
}
