//! A counter with everything on it: rules, members, cards, coupons and named tenders, at one till or at two of one chain.

#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "tests use parts of it")]

use std::collections::HashMap;

use hefu_core::{
    card::CardType,
    coupon::{CouponTemplate, Validity, new_code},
    error::Code,
    ids::{CardId, CouponId, DeviceId, LogId, MemberId, RuleId, SaleId, StaffId, StoreId, TenderId, TopUpId},
    money::{Fen, Points},
    op::{
        CardOpened, CardToppedUp, CouponsIssued, Draft, Hash, IssuedCoupon, Operation, Part, PointsAdjusted, RuleUsed, StaffPerson,
        StaffSet, StoreSet,
    },
    points::{EarnPoints, Redeem},
    posting::{Account, Ledger, Unit},
    promo::{Kind, OffStep, Promotion},
    rules::{Rule, RuleBody, TenderKind, Tenders},
    seal::PersonKey,
    wire::{Beside, Entry, Frame},
};
use hefu_replica::{By, Replica};
use serde_json::{Value, json};

use crate::common::{MORNING, Shop, WINDOW};

pub const CUP: &str = "6901234567892";
pub const TISSUE: &str = "6901234567908";
pub const BIG: &str = "6901234567915";
pub const CUP_FEN: i64 = 5990;
pub const TISSUE_FEN: i64 = 1280;
pub const BIG_FEN: i64 = 2580;

pub const BANK: TenderId = TenderId(uuid(0xb1));
pub const WECHAT: TenderId = TenderId(uuid(0xb2));
pub const GONE: TenderId = TenderId(uuid(0xb3));
/// Rules of which there are many have ids by number.
pub const CARD_KIND: u8 = 0x40;
pub const TEN_OFF: u8 = 0x50;
pub const STORE_A: StoreId = StoreId(uuid(6));
pub const STORE_B: StoreId = StoreId(uuid(0x66));
const DEVICE_B: DeviceId = DeviceId(uuid(0x88));

const fn uuid(n: u8) -> uuid::Uuid {
    uuid::Uuid::from_bytes([n; 16])
}

pub fn fen(amount: i64) -> Fen {
    Fen::new(amount).unwrap()
}

pub const fn by(at: i64) -> By {
    By { who: None, at, ahead: 0 }
}

/// A signed-in till with named tenders, a kind of card and a coupon of ten yuan.
pub fn counter() -> Shop {
    let shop = Shop::till();
    furnish(&shop);
    shop.sign_in();
    shop
}

/// Named tenders, a kind of card and a coupon of ten yuan.
pub fn furnish(shop: &Shop) {
    let kind = |tender, name: &str, enabled| TenderKind { tender, name: name.into(), enabled, reference: true };
    let tenders = vec![kind(BANK, "银行卡", true), kind(WECHAT, "微信支付", true), kind(GONE, "支票", false)];
    rule(shop, 0x30, 1, 0, RuleBody::Tenders(Tenders { tenders }));
    rule(shop, CARD_KIND, 1, 0, RuleBody::CardType(CardType::shipped()));
    rule(shop, TEN_OFF, 1, 0, RuleBody::Coupon(ten_off()));
}

pub fn ten_off() -> CouponTemplate {
    CouponTemplate {
        effect: off("新客立减10元", 0, 1000),
        validity: Validity::Days { days: 30 },
        per_member_most: None,
        on_sign_up: false,
        on_sale: None,
    }
}

pub fn off(name: &str, at_least: i64, off: i64) -> Promotion {
    let steps = vec![OffStep { at_least_fen: fen(at_least), off_fen: fen(off) }];
    Promotion::plain(name, Kind::Off { steps, each: false, cap_fen: None })
}

pub fn rule(shop: &Shop, n: u8, version: u32, valid_from: i64, body: RuleBody) {
    assert_eq!(hefu_core::rules::check(&body), Ok(()));
    append(shop, Draft::new(Rule { rule: RuleId::from_bytes([n; 16]), version, valid_from, body }));
}

/// A point a yuan; a hundred are a yuan, in hundreds.
pub fn redeeming(change: impl FnOnce(&mut Redeem)) -> RuleBody {
    let mut redeem = Redeem {
        points: Points::constant(100),
        fen: Fen::constant(100),
        step: Points::constant(100),
        at_least: Points::constant(100),
        most_permille: 1000,
        order_at_least: Fen::ZERO,
    };
    change(&mut redeem);
    RuleBody::Points(EarnPoints { redeem: Some(redeem), ..EarnPoints::plain(Fen::constant(100), Points::constant(1)) })
}

pub fn append(shop: &Shop, draft: Draft) {
    let at = shop.world.now.load(std::sync::atomic::Ordering::SeqCst);
    shop.desk.replica().write(|book| book.append(by(at), &draft)).unwrap();
}

pub fn member(shop: &Shop, phone: &str) -> MemberId {
    let request = json!({ "phone": phone, "name": "张小明", "sex": null, "birthday": null, "card_no": null });
    serde_json::from_value(shop.ok("member.register", request)["member"]["id"].clone()).unwrap()
}

pub fn give_points(shop: &Shop, member: MemberId, points: i64) {
    let mut ledger = Ledger::new();
    ledger.points(Account::PointsIssued, Account::MemberPoints(member), Points::new(points).unwrap()).unwrap();
    append(shop, Draft::new(PointsAdjusted { member, act: None, postings: ledger.done() }));
}

/// A card of a member with principal and bonus on it.
pub fn card(shop: &Shop, n: u8, member: Option<MemberId>, principal: i64, bonus: i64) -> CardId {
    let card = CardId::from_bytes([n; 16]);
    let kind = RuleUsed { rule: RuleId::from_bytes([CARD_KIND; 16]), version: 1 };
    let card_no = hefu_core::card::CardNo::new(u64::from(n)).as_str().to_owned();
    append(shop, Draft::new(CardOpened { card, card_no, kind, member }));
    let mut ledger = Ledger::new();
    ledger.fen(Account::Prepaid(STORE_A), Account::Cash(shop.desk.replica().device()), fen(principal)).unwrap();
    ledger.fen(Account::CardsIssued, Account::CardPrincipal(card), fen(principal)).unwrap();
    ledger.fen(Account::CardsIssued, Account::CardBonus(card), fen(bonus)).unwrap();
    append(
        shop,
        Draft::new(CardToppedUp {
            top_up: TopUpId::from_bytes([n; 16]),
            card,
            receipt_no: "HB-01-900000".into(),
            number: 1,
            till_no: 1,
            plan: String::new(),
            principal_fen: fen(principal),
            bonus_fen: fen(bonus),
            parts: Vec::new(),
            buyer: None,
            postings: ledger.done(),
        }),
    );
    card
}

/// A coupon of ten yuan.
pub fn coupon(shop: &Shop, n: u8, member: Option<MemberId>) -> CouponId {
    let coupon = CouponId::from_bytes([n; 16]);
    let issued = IssuedCoupon { coupon, code: new_code([n; 10]), member };
    let template = RuleUsed { rule: RuleId::from_bytes([TEN_OFF; 16]), version: 1 };
    let (from, until) = (MORNING - 1, MORNING + 30 * 86_400_000);
    append(shop, Draft::new(CouponsIssued { batch: None, template, from, until, coupons: vec![issued] }));
    coupon
}

pub fn balance(shop: &Shop, account: Account, unit: Unit) -> i64 {
    shop.desk.replica().read(|book| book.balance(&account, unit)).unwrap()
}

pub fn money(shop: &Shop, account: Account) -> i64 {
    balance(shop, account, Unit::Fen)
}

pub fn points(shop: &Shop, member: MemberId) -> i64 {
    balance(shop, Account::MemberPoints(member), Unit::Points)
}

pub fn enter(shop: &Shop, text: &str) -> Value {
    shop.ok("cart.enter", json!({ "text": text }))
}

pub fn cart(shop: &Shop) -> Value {
    shop.ok("cart.get", json!({}))
}

pub fn cash(given_fen: i64) -> Value {
    json!({ "kind": "cash", "given_fen": given_fen })
}

pub fn bank(amount_fen: i64) -> Value {
    json!({ "kind": "named", "tender_id": BANK, "amount_fen": amount_fen, "reference": "T0042" })
}

pub fn by_card(card: CardId, amount_fen: i64) -> Value {
    json!({ "kind": "card", "card_id": card, "amount_fen": amount_fen })
}

pub fn by_points(points: i64) -> Value {
    json!({ "kind": "points", "points": points })
}

pub fn paying(shop: &Shop, tenders: &[Value]) -> Value {
    let cart = cart(shop);
    json!({ "cart_id": cart["id"], "revision": cart["revision"], "tenders": tenders })
}

/// Pays the cart. What the payment column said before is what is done (A3).
#[track_caller]
pub fn pay(shop: &Shop, tenders: &[Value]) -> Result<Value, Code> {
    let request = paying(shop, tenders);
    let said = shop.call("pay.preview", request.clone());
    let sold = shop.call("sale.pay", request);
    match (&said, &sold) {
        (Ok(said), Ok(sold)) => {
            assert_eq!(said["enough"], true);
            assert_eq!(said["left_fen"], 0);
            assert_eq!(said["paid"], sold["tenders"]);
            assert_eq!(said["due_fen"], sold["totals"]["due_fen"]);
            assert_eq!(said["change_fen"], sold["change_fen"]);
            assert_eq!(said["rounding_fen"], sold["rounding_fen"]);
            if !sold["member"].is_null() {
                assert_eq!(said["points_earned"], sold["totals"]["points_earned"]);
            }
        }
        (Ok(said), Err(_)) => assert_eq!(said["enough"], false),
        (Err(said), Err(sold)) => assert_eq!(said.code, sold.code),
        (Err(said), Ok(_)) => panic!("the preview refused what was paid: {said:?}"),
    }
    sold.map_err(|error| error.code)
}

pub fn id<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap()
}

pub fn sale_id(sale: &Value) -> SaleId {
    id(&sale["id"])
}

/// `[(line, thousandths)]` as a request names them.
pub fn lines(lines: &[(u32, i64)]) -> Value {
    lines.iter().map(|(no, milli)| json!({ "no": no, "quantity_milli": milli })).collect()
}

pub fn quote(shop: &Shop, sale: SaleId, of: &[(u32, i64)]) -> Result<Value, Code> {
    shop.call("refund.quote", json!({ "sale_id": sale, "lines": lines(of) })).map_err(|error| error.code)
}

/// A refund as the screen makes it: begun, looked at, paid, and sent a second time.
#[track_caller]
pub fn give_back(shop: &Shop, sale: SaleId, of: &[(u32, i64)]) -> Result<Value, Code> {
    let view = shop.call("refund.start", json!({ "sale_id": sale })).map_err(|error| error.code)?;
    let quoted = quote(shop, sale, of)?;
    let request = json!({ "of": refund_of(&view["refund_id"], sale, of), "shown": quoted });
    let done = shop.call("refund.pay", request.clone()).map_err(|error| error.code)?;
    for same in ["total_fen", "lines", "tenders", "taxes", "points_taken", "points_restored", "coupons", "gifts_taken", "points_owed"] {
        assert_eq!(quoted[same], done[same], "{same}");
    }
    assert_eq!(shop.ok("refund.pay", request), done, "sent twice it is one refund");
    Ok(done)
}

/// A screen that shows a total and nothing else.
pub fn shown(total_fen: i64) -> Value {
    json!({
        "total_fen": total_fen, "lines": [], "tenders": [], "taxes": [], "points_taken": 0, "points_restored": 0, "coupons": [],
        "gifts_taken": [], "points_owed": 0
    })
}

pub fn refund_of(refund: &Value, sale: SaleId, of: &[(u32, i64)]) -> Value {
    json!({ "refund_id": refund, "sale_id": sale, "lines": lines(of), "reason": "尺寸不合", "approval": null })
}

/// Every posting sums to zero and every table is what its operations say.
#[track_caller]
pub fn sound(shop: &Shop) {
    let report = shop.ok("status.verify", json!({}));
    assert_eq!((&report["ok"], &report["differing"]), (&json!(true), &json!([])), "{report}");
}

/// The chain's log, in memory.
#[derive(Default)]
struct Chain {
    entries: Vec<Entry>,
    beside: Vec<Beside>,
    heads: HashMap<LogId, (u64, Hash)>,
}

impl Chain {
    fn take_all(&mut self, from: &Replica) {
        while let Some(unsent) = from.next_push(64 * 1024).unwrap() {
            let log = unsent.segment.log;
            for (op, hash) in unsent.segment.ops.iter().zip(unsent.segment.hashes()) {
                let seq = self.heads.get(&log).map_or(0, |head| head.0) + 1;
                self.heads.insert(log, (seq, hash));
                let gseq = self.entries.len() as u64 + 1;
                // Received after it was written, whatever the hour of a till.
                let (received_at, store) = (MORNING + 400 * 86_400_000, from.identity().store);
                self.entries.push(Entry { gseq, log, seq, received_at, store, hash, op: Some(op.clone()) });
            }
            self.beside.extend(unsent.beside);
            from.pushed(self.heads.get(&log).map_or(0, |head| head.0), unsent.beside_upto).unwrap();
        }
    }

    fn give_all(&self, to: &Replica) {
        self.give(to, true, self.entries.len());
    }

    fn give(&self, to: &Replica, whole: bool, upto: usize) {
        let cursor = to.cursor().unwrap();
        let after = usize::try_from(cursor.after).unwrap();
        let own = |entry: &Entry| match &entry.op {
            Some(op) if entry.log != to.log() => {
                let detail = if whole { op.detail.clone() } else { Part::Absent(op.detail.hash()) };
                Entry { op: Some(Operation { detail, ..op.clone() }), ..entry.clone() }
            }
            _ => Entry { op: None, ..entry.clone() },
        };
        let entries = self.entries[after..upto].iter().map(own).collect();
        let upto = upto as u64;
        to.apply(&Frame {
            upto,
            head: self.entries.len() as u64,
            beside: self.beside[usize::try_from(cursor.beside_after).unwrap()..].to_vec(),
            beside_upto: self.beside.len() as u64,
            entries,
        })
        .unwrap();
    }
}

/// Two tills of one chain in two stores, 湖滨店 (HB) and 西湖店 (XH), each with a signed-in manager.
pub struct Pair {
    pub tills: [Shop; 2],
    chain: Chain,
}

impl Pair {
    pub fn new() -> Self {
        let first = counter();
        append(&first, Draft::new(StoreSet { store: STORE_B, code: "XH".into(), name: "西湖店".into(), city: String::new() }));
        manager_of_b(&first);
        let second = Shop::empty_till(DEVICE_B, STORE_B);
        // Ids are made of the moment and of randomness, which is the same at both.
        second.pass(500);
        let mut pair = Self { tills: [first, second], chain: Chain::default() };
        pair.meet();
        pair.tills[1].sign_in();
        pair
    }

    /// The second till reads what the first wrote as a far store does: heads alone.
    pub fn tell_heads(&mut self) {
        self.chain.take_all(self.tills[0].desk.replica());
        self.chain.give(self.tills[1].desk.replica(), false, self.chain.entries.len());
    }

    /// The second till reads what the first wrote but for the last few operations.
    pub fn tell_but(&mut self, few: usize) {
        self.chain.take_all(self.tills[0].desk.replica());
        self.chain.give(self.tills[1].desk.replica(), true, self.chain.entries.len() - few);
    }

    /// Both tills read all that either wrote.
    pub fn meet(&mut self) {
        for till in &self.tills {
            self.chain.take_all(till.desk.replica());
        }
        for till in &self.tills {
            self.chain.give_all(till.desk.replica());
        }
        let [a, b] = self.tills.each_ref().map(|till| till.desk.replica().digest().unwrap());
        assert_eq!(a.differing(&b), [""; 0]);
    }
}

fn manager_of_b(shop: &Shop) {
    let staff = StaffId::from_bytes([0x77; 16]);
    let key = PersonKey::new([2; 32]);
    let set = StaffSet { staff, store: Some(STORE_B), role: hefu_core::access::Role::Manager, active: true };
    let person = StaffPerson { name: "赵店长".into(), login: None };
    let draft = Draft::new(set).with_sealed(&key, staff.0, [6; 24], &person).unwrap();
    let phc = hefu_desk::hash_secret("1357", [7; 16]).unwrap();
    let put = |book: &mut hefu_replica::Writing<'_>| {
        book.put_key(staff.0, &key)?;
        book.put_credential(staff, Some(STORE_B), phc, MORNING)?;
        book.append(by(MORNING), &draft)
    };
    shop.desk.replica().write(put).unwrap();
}

/// A colleague at the same window from now on, of another role.
pub fn cashier(shop: &Shop) {
    shop.sign_in_as("cashier");
}

/// The manager's id and PIN, as an approval.
pub fn approval(shop: &Shop, pin: &str) -> Value {
    let staff = shop.desk.call(WINDOW, "session.staff", b"{}").unwrap();
    let staff: Value = serde_json::from_slice(&staff).unwrap();
    let manager = staff["staff"].as_array().unwrap().iter().find(|staff| staff["role"] == "manager").unwrap();
    json!({ "staff_id": manager["id"], "pin": pin })
}
