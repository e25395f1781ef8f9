//! A till with card types, and what tests ask of its book.

#![allow(dead_code, reason = "tests use parts of it")]

use hefu_core::{
    card::{CardType, FreeAmount, SpendOrder, TopUpPlan},
    error::Code,
    ids::{CardId, DeviceId, RuleId, StoreId, TenderId},
    money::Fen,
    op::{Draft, StoreSet},
    posting::{Account, Unit},
    rules::{Rule, RuleBody, TenderKind, Tenders},
    settle::CashRounding,
};
use hefu_replica::By;
use serde_json::{Value, json};

use crate::common::{MORNING, Shop};

pub const CUP: &str = "6901234567892";
/// A credit code.
pub const COMPANY: &str = "91350100M000100Y43";
pub const DAY: i64 = 24 * 3600 * 1000;

pub const GOLD: RuleId = RuleId(uuid::Uuid::from_bytes([0x31; 16]));
pub const GIFT: RuleId = RuleId(uuid::Uuid::from_bytes([0x32; 16]));
pub const BANK: TenderId = TenderId(uuid::Uuid::from_bytes([0x41; 16]));
const OLD: TenderId = TenderId(uuid::Uuid::from_bytes([0x42; 16]));

pub struct Till {
    pub shop: Shop,
    next: std::cell::Cell<u8>,
}

impl std::ops::Deref for Till {
    type Target = Shop;

    fn deref(&self) -> &Shop {
        &self.shop
    }
}

/// 金卡: registered, 300 get 50, 1000 get 200 in four months, any amount from 1 yuan.
pub fn gold() -> CardType {
    let plan = |name: &str, pay, bonus, parts| TopUpPlan {
        name: name.into(),
        pay_fen: Fen::constant(pay),
        bonus_fen: Fen::constant(bonus),
        parts,
    };
    CardType {
        name: "金卡".into(),
        plans: vec![plan("充300送50", 30_000, 5_000, 1), plan("充1000分四月送200", 100_000, 20_000, 4)],
        free_amount: Some(FreeAmount { least_fen: Fen::constant(100), most_fen: Fen::constant(500_000) }),
        ..CardType::shipped()
    }
}

/// 礼品卡: anonymous.
pub fn gift() -> CardType {
    CardType {
        name: "礼品卡".into(),
        registered: false,
        plans: Vec::new(),
        free_amount: Some(FreeAmount { least_fen: Fen::constant(100), most_fen: Fen::constant(100_000) }),
        ..CardType::shipped()
    }
}

impl Till {
    pub fn new() -> Self {
        let till = Self { shop: Shop::till(), next: 1.into() };
        till.put(GOLD, 1, RuleBody::CardType(gold()));
        till.put(GIFT, 1, RuleBody::CardType(gift()));
        let kind = |tender, name: &str, enabled| TenderKind { tender, name: name.into(), enabled, reference: false };
        let tenders = Tenders { tenders: vec![kind(BANK, "银行卡", true), kind(OLD, "旧券", false)] };
        till.put(RuleId::from_bytes([0x33; 16]), 1, RuleBody::Tenders(tenders));
        till.sign_in();
        till
    }

    pub fn put(&self, rule: RuleId, version: u32, body: RuleBody) {
        self.put_from(rule, version, i64::from(version), body);
    }

    pub fn put_from(&self, rule: RuleId, version: u32, valid_from: i64, body: RuleBody) {
        let rule = Rule { rule, version, valid_from, body };
        let by = By { who: None, at: MORNING, ahead: 0 };
        self.desk.replica().write(|book| book.append(by, &Draft::new(rule))).unwrap();
    }

    pub fn round_to(&self, to: i32) {
        self.put(RuleId::from_bytes([0x34; 16]), 1, RuleBody::Rounding(CashRounding { to_fen: Fen::constant(to) }));
    }

    pub fn spend(&self, order: SpendOrder) {
        self.put(GOLD, 2, RuleBody::CardType(CardType { spend_order: order, ..gold() }));
    }

    /// One with a name has shown a passport of the phone's digits.
    pub fn member(&self, phone: &str, name: &str) -> Value {
        let member = self.undocumented(phone, name);
        if !name.is_empty() {
            self.shows("passport", phone, name, &member);
        }
        member
    }

    /// Who has shown no document.
    pub fn undocumented(&self, phone: &str, name: &str) -> Value {
        let request = json!({ "phone": phone, "name": name, "sex": null, "birthday": null, "card_no": null });
        self.ok("member.register", request)["member"]["id"].clone()
    }

    /// A document is recorded, of a member or of anybody; the buyer's id.
    pub fn shows(&self, kind: &str, number: &str, name: &str, member: &Value) -> Value {
        let request = json!({
            "buyer_id": self.id(), "kind": kind, "number": number, "name": name, "phone": null, "agent": null, "member_id": member,
        });
        self.ok("buyer.record", request)["buyer_id"].clone()
    }

    /// A company, which buys by the hand of 李秀英.
    pub fn company(&self) -> Value {
        let agent = json!({ "name": "李秀英", "kind": "passport", "number": "E12345678" });
        let request = json!({
            "buyer_id": self.id(), "kind": "credit_code", "number": COMPANY, "name": "湖滨贸易有限公司", "phone": "13987654321",
            "agent": agent, "member_id": null,
        });
        self.ok("buyer.record", request)["buyer_id"].clone()
    }

    /// An id that nobody has used.
    pub fn id(&self) -> Value {
        let n = self.next.replace(self.next.get() + 1);
        json!(uuid::Uuid::from_bytes([0xc0 | (n >> 6), n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]))
    }

    /// Says in which city this till's store stands, so long after the morning.
    pub fn stands_in(&self, city: &str, after: i64) {
        let replica = self.desk.replica();
        let store = replica.identity().store.unwrap();
        let set = StoreSet { store, code: "HB".into(), name: "湖滨店".into(), city: city.into() };
        let by = By { who: None, at: MORNING + after, ahead: 0 };
        replica.write(|book| book.append(by, &Draft::new(set.clone()))).unwrap();
    }

    pub fn open(&self, kind: RuleId, member: &Value) -> Value {
        self.ok("card.open", json!({ "card_id": self.id(), "type_id": kind, "member_id": member, "card_no": null }))["card_id"].clone()
    }

    /// A gold card of 张小明's with 300 and 50 on it.
    pub fn gold_card(&self) -> Value {
        let card = self.open(GOLD, &self.member("13812341234", "张小明"));
        self.top_up(&card, "充300送50", cash(30_000));
        card
    }

    pub fn top_up(&self, card: &Value, plan: &str, tender: Value) -> Value {
        self.ok("card.top_up", self.plan(card, plan, tender))
    }

    pub fn plan(&self, card: &Value, plan: &str, tender: Value) -> Value {
        json!({ "top_up_id": self.id(), "card_id": card, "plan": plan, "amount_fen": null, "tenders": [tender], "buyer_id": null })
    }

    pub fn free(&self, card: &Value, amount: i64, tenders: Value) -> Value {
        self.bought_by(&Value::Null, card, amount, tenders)
    }

    pub fn bought_by(&self, buyer: &Value, card: &Value, amount: i64, tenders: Value) -> Value {
        json!({
            "top_up_id": self.id(), "card_id": card, "plan": null, "amount_fen": amount, "tenders": tenders, "buyer_id": buyer,
        })
    }

    /// What a newer program wrote of these comes by sync, and freezes them here.
    pub fn freeze(&self, entities: &[&Value]) {
        use hefu_core::{
            ids::LogId,
            op::{Hash, Operation, Part, Stamp, Weight, write_head},
            wire::{Entry, Frame},
        };
        let (log, device) = (LogId::from_bytes([0x44; 16]), DeviceId::from_bytes([0x45; 16]));
        // What was written here comes first in the sequence: this till began the chain.
        let replica = self.desk.replica();
        let (own, store) = (replica.log(), replica.identity().store);
        let marks = (replica.cursor().unwrap().after + 1..=replica.unsent().unwrap() + replica.held().unwrap().seq).map(|seq| {
            let hash = replica.own_at(seq).unwrap().hash;
            Entry { gseq: seq, log: own, seq, received_at: MORNING, store, hash, op: None }
        });
        let marks: Vec<Entry> = marks.collect();
        let before = marks.last().unwrap().gseq;
        let mut prev = Hash::start_of(log);
        let entries = (1..).zip(entities).map(|(seq, entity)| {
            let stamp = Stamp { log, seq, device, store: None, who: None, at: MORNING, ahead: 0, day: "2026-03-02".into() };
            let about = serde_json::from_value((*entity).clone()).unwrap();
            let head = write_head(&stamp, "wallet.sealed", 1, Weight::Critical, Some(about), &json!({})).unwrap();
            let op = Operation { head, detail: Part::NONE, sealed: Part::NONE };
            prev = op.hash(prev);
            Entry { gseq: before + seq, log, seq, received_at: MORNING, store: None, hash: prev, op: Some(op) }
        });
        let entries: Vec<Entry> = marks.into_iter().chain(entries).collect();
        let upto = entries.last().unwrap().gseq;
        replica.apply(&Frame { upto, head: upto, beside: Vec::new(), beside_upto: 0, entries }).unwrap();
    }

    /// A cart of `lines` as typed into the box, for nobody or a member.
    pub fn ring(&self, lines: &[&str], member: &Value) -> Value {
        for line in lines {
            self.ok("cart.enter", json!({ "text": line }));
        }
        self.ok("cart.member", json!({ "member_id": member }))
    }

    pub fn paid(&self, tenders: Value) -> Value {
        let cart = self.ok("cart.get", json!({}));
        json!({ "cart_id": cart["id"], "revision": cart["revision"], "tenders": tenders })
    }

    pub fn pay(&self, tenders: Value) -> Result<Value, Code> {
        self.call("sale.pay", self.paid(tenders)).map_err(|error| error.code)
    }

    pub fn card(&self, card: &Value) -> Value {
        self.ok("card.get", json!({ "card_id": card }))
    }

    /// Principal, bonus and bonus to come, as the screen has them.
    pub fn on(&self, card: &Value) -> (i64, i64, i64) {
        let card = self.card(card);
        let fen = |name: &str| card[name].as_i64().unwrap();
        (fen("principal_fen"), fen("bonus_fen"), fen("coming_bonus_fen"))
    }

    pub fn balance(&self, account: Account) -> i64 {
        self.desk.replica().read(|book| book.balance(&account, Unit::Fen)).unwrap()
    }

    /// The two accounts of a card in the book.
    pub fn accounts(&self, card: &Value) -> (i64, i64) {
        let id = card_id(card);
        (self.balance(Account::CardPrincipal(id)), self.balance(Account::CardBonus(id)))
    }

    pub fn cash(&self) -> i64 {
        self.balance(Account::Cash(DeviceId::from_bytes([8; 16])))
    }

    /// Prepaid, bonus given, rounding and turnover of the store.
    pub fn of_store(&self) -> (i64, i64, i64, i64) {
        let store = StoreId::from_bytes([6; 16]);
        (
            self.balance(Account::Prepaid(store)),
            self.balance(Account::BonusGiven(store)),
            self.balance(Account::Rounding(store)),
            self.balance(Account::Turnover(store)),
        )
    }

    /// The book agrees with a fresh fold and every unit sums to zero; what was prepaid is what lies on these cards.
    #[track_caller]
    pub fn sound(&self, cards: &[&Value]) {
        let report = self.desk.replica().verify().unwrap();
        assert!(report.ok(), "{:?}", report.differing);
        let principal: i64 = cards.iter().map(|card| self.accounts(card).0).sum();
        assert_eq!(self.of_store().0 + principal, 0, "what was prepaid is what lies on cards");
        let issued: i64 = cards.iter().map(|card| self.accounts(card)).map(|(principal, bonus)| principal + bonus).sum();
        assert_eq!(self.balance(Account::CardsIssued) + issued, 0);
    }
}

pub fn card_id(card: &Value) -> CardId {
    serde_json::from_value(card.clone()).unwrap()
}

pub fn cash(given_fen: i64) -> Value {
    json!({ "kind": "cash", "given_fen": given_fen })
}

pub fn bank(amount_fen: i64) -> Value {
    json!({ "kind": "named", "tender_id": BANK, "amount_fen": amount_fen, "reference": null })
}

pub fn old_voucher(amount_fen: i64) -> Value {
    json!({ "kind": "named", "tender_id": OLD, "amount_fen": amount_fen, "reference": null })
}

pub fn by_card(card: &Value, amount_fen: i64) -> Value {
    json!({ "kind": "card", "card_id": card, "amount_fen": amount_fen })
}
