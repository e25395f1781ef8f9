//! Facts that other nodes and other years wrote, straight into a book: rules, members, sales, points, cards.

#![allow(dead_code, clippy::unwrap_used, reason = "tests use parts of it")]

use hefu_core::{
    buyer::{BuyerRecord, Document, DocumentKind},
    card::CardType,
    checkout::{CashSale, Counter},
    coupon::{CouponTemplate, Validity, new_code},
    ids::{BatchId, BuyerId, CardId, CouponId, DeviceId, MemberId, ProductId, RuleId, SaleId, StaffId, StoreId, TopUpId},
    member::PersonChange,
    money::Fen,
    op::{
        BonusPart, BuyerRecorded, CardOpened, CardToppedUp, CouponsIssued, Draft, IssuedCoupon, MemberRegistered, PointsAdjusted, RuleUsed,
        Said, Stamp, StoreSet,
    },
    phone::Phone,
    posting::{Account, Ledger, Unit},
    promo::{Kind, OffStep, Promotion},
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
    let mut at = MORNING + 2 * 3_600_000;
    while hefu_core::time::business_day(at).as_str() > day {
        at -= DAY_MS;
    }
    while hefu_core::time::business_day(at).as_str() < day {
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
    members(shop, &[id], phone);
    id
}

/// The passport of a member, shown elsewhere.
pub fn buyer(shop: &Shop, n: u8, member: MemberId, number: &str, name: &str) -> BuyerId {
    let buyer = BuyerId::from_bytes([n; 16]);
    let record = BuyerRecord::read(name, Document::read(DocumentKind::Passport, number).unwrap(), None, None).unwrap();
    let body = BuyerRecorded { buyer, member: Some(member) };
    let draft = Draft::new(body).with_sealed(&key(), buyer.0, [n; 24], &record).unwrap();
    shop.desk.replica().write(|book| book.put_key(buyer.0, &key())).unwrap();
    append(shop, MORNING, &draft);
    buyer
}

/// Of everybody here.
pub fn key() -> PersonKey {
    PersonKey::new([7; 32])
}

/// Many at once; without a phone each is a person.
pub fn members(shop: &Shop, ids: &[MemberId], phone: &str) {
    registered(shop, ids, None, &PersonChange { phone: Phone::parse(phone).ok(), ..PersonChange::default() });
}

/// With whose they are and what is known of each.
pub fn registered(shop: &Shop, ids: &[MemberId], owner: Option<StaffId>, change: &PersonChange) {
    let key = key();
    shop.desk
        .replica()
        .write(|book| {
            for id in ids {
                book.put_key(id.0, &key)?;
                let registered = MemberRegistered { member: *id, owner };
                book.append(by(MORNING), &Draft::new(registered).with_sealed(&key, id.0, [9; 24], change)?)?;
            }
            Ok(())
        })
        .unwrap();
}

/// Ids in their order.
pub fn ids(count: u32) -> Vec<MemberId> {
    let id = |n: u32| {
        let mut id = [1; 16];
        id[12..].copy_from_slice(&n.to_be_bytes());
        MemberId::from_bytes(id)
    };
    (0..count).map(id).collect()
}

pub fn points(shop: &Shop, member: MemberId, day: &str, amount: i64) {
    many_points(shop, day, &[(member, amount)]);
}

pub fn many_points(shop: &Shop, day: &str, given: &[(MemberId, i64)]) {
    let at = noon(day);
    let adjusted = |member: MemberId, amount: i64| {
        let account = Account::MemberPoints(member);
        let (from, to) = if amount > 0 { (Account::PointsIssued, account) } else { (account, Account::PointsIssued) };
        let mut ledger = Ledger::new();
        ledger.post(Unit::Points, from, to, amount.abs())?;
        Ok::<_, hefu_core::error::Code>(PointsAdjusted { member, act: None, postings: ledger.done() })
    };
    shop.desk
        .replica()
        .write(|book| {
            for (member, amount) in given {
                let draft = Draft::new(adjusted(*member, *amount)?).with_said(&key(), member.0, [8; 24], &Said::reason("旧系统"))?;
                book.append(by(at), &draft)?;
            }
            Ok(())
        })
        .unwrap();
}

pub fn store(shop: &Shop) {
    append(shop, MORNING, &Draft::new(StoreSet { store: STORE, code: "HB".into(), name: "湖滨店".into(), city: String::new() }));
}

/// A till of the store that is not this one.
pub const ELSEWHERE: DeviceId = DeviceId(uuid::Uuid::from_bytes([0x42; 16]));

/// A sale of one piece at a price, elsewhere on a day.
pub fn sale(shop: &Shop, n: u8, member: MemberId, day: &str, price_fen: i64) {
    let (at, draft) = (noon(day), sale_draft(n, member, day, price_fen));
    let replica = shop.desk.replica();
    let day = hefu_core::time::business_day(at);
    let stamp = Stamp { log: replica.log(), seq: 0, device: ELSEWHERE, store: Some(STORE), who: None, at, ahead: 0, day };
    replica.write(|book| book.append_stamped(&stamp, &draft)).unwrap();
}

pub fn sale_draft(n: u8, member: MemberId, day: &str, price_fen: i64) -> Draft {
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
    let known = Member::default();
    let rung = CashSale {
        sale: SaleId::from_bytes([n; 16]),
        at: Counter { store: STORE, store_code: "HB", device: ELSEWHERE, till_no: 2, number: u64::from(n) },
        at_ms,
        member: Some((member, &known)),
        items: &items,
        rules: &hefu_core::rules::RulesInForce::default(),
    };
    let quote = rung.quote().unwrap();
    rung.draft(&quote, quote.due_fen).unwrap()
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
        buyer: None,
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

/// A day on, and signed in again: HQ locks a browser that was left alone.
pub fn next_day(hq: &Shop) {
    hq.pass(DAY_MS);
    hq.ok("session.password", json!({ "login": "admin", "password": "correct horse 1" }));
}

pub fn batch_id(n: u8) -> BatchId {
    BatchId::from_bytes([n; 16])
}

/// 满50减10, 30 days from the issue, three to a member.
pub fn ten_off_fifty() -> CouponTemplate {
    let steps = vec![OffStep { at_least_fen: Fen::constant(5000), off_fen: Fen::constant(1000) }];
    CouponTemplate {
        effect: Promotion::plain("满50减10", Kind::Off { steps, each: false, cap_fen: None }),
        validity: Validity::Days { days: 30 },
        per_member_most: Some(3),
        on_sign_up: false,
        on_sale: None,
    }
}

pub fn template(shop: &Shop, n: u8, change: impl FnOnce(&mut CouponTemplate)) -> RuleId {
    let mut template = ten_off_fifty();
    change(&mut template);
    rule(shop, n, 1, RuleBody::Coupon(template))
}

/// What a batch that was stopped half way has left behind: one operation, not closed.
pub fn begun(hq: &Shop, n: u8, kind: RuleId, members: &[Option<MemberId>]) -> Vec<String> {
    let coupons: Vec<IssuedCoupon> = (0u8..)
        .zip(members)
        .map(|(place, member)| IssuedCoupon {
            coupon: CouponId::from_bytes([n, place, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
            code: new_code([n, place, 1, 1, 1, 1, 1, 1, 1, 1]),
            member: *member,
        })
        .collect();
    let codes = coupons.iter().map(|coupon| coupon.code.clone()).collect();
    let issued = CouponsIssued {
        batch: Some(batch_id(n)),
        template: RuleUsed { rule: kind, version: 1 },
        from: MORNING,
        until: MORNING + DAY_MS,
        coupons,
    };
    append(hq, MORNING, &Draft::new(issued));
    codes
}
