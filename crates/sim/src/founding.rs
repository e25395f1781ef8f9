//! The chain as head office sets it up: stores, one manager each, four kinds of goods at whole yuan, points, cards and coupons.
//!
//! Amounts are whole yuan throughout, so that nothing is ever rounded and the oracle can say every figure by itself.

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use hefu_core::{
    access::Role,
    card::{CardLaw, CardType},
    catalogue::Product,
    coupon::{CouponTemplate, Validity, new_code},
    ids::{ChainId, CouponId, ProductId, RuleId, StaffId, StoreId},
    money::{Fen, Points},
    op::{ChainStarted, CouponsIssued, DeviceSet, Draft, IssuedCoupon, RuleUsed, StaffPerson, StaffSet, StoreSet},
    points::{EarnPoints, Redeem},
    posting::Account,
    promo::{Kind, OffStep, Promotion},
    rules::{Rule, RuleBody},
    seal::PersonKey,
};
use hefu_replica::{By, Error, Replica, Writing};

use crate::{
    breach::{Checked, Expect},
    clock::MORNING,
    oracle::{Effects, Fact},
};

pub const CHAIN: ChainId = ChainId(uuid(0xcc));
pub const PIN: &str = "1357";
pub const GOODS: [Good; 4] = [
    Good { code: "6901234567892", price_yuan: 12 },
    Good { code: "6901234567908", price_yuan: 25 },
    Good { code: "6901234567915", price_yuan: 68 },
    Good { code: "6901234567922", price_yuan: 130 },
];
pub const COUPON_FEN: i64 = 1_000;
pub const TOP_UP_FEN: i64 = 30_000;
pub const TOP_UP_BONUS_FEN: i64 = 5_000;
pub const TOP_UP_PLAN: &str = "充300送50";
pub const CARD_TYPE: RuleId = RuleId(uuid(0x40));
const TEN_OFF: RuleId = RuleId(uuid(0x50));
const CARD_LAW: RuleId = RuleId(uuid(0x41));
const POINTS: RuleId = RuleId(uuid(0x30));
const COUPONS: u8 = 10;

pub struct Good {
    pub code: &'static str,
    pub price_yuan: i64,
}

const fn uuid(n: u8) -> uuid::Uuid {
    uuid::Uuid::from_bytes([n; 16])
}

/// Stores count from 0.
pub fn store(n: usize) -> StoreId {
    StoreId::from_bytes([0xa0 + small(n); 16])
}

pub fn product(n: usize) -> ProductId {
    ProductId::from_bytes([1 + small(n); 16])
}

fn small(n: usize) -> u8 {
    u8::try_from(n).unwrap_or(u8::MAX)
}

/// What each operation of the founding does, in their order.
pub type Facts = Vec<(Fact, Effects)>;

/// Writes the first operations of the chain.
pub fn found(replica: &Replica, stores: usize) -> Checked<Facts> {
    let phc = quick_hash()?;
    let mut facts = Facts::new();
    let done = replica.write(|book| {
        let mut founding = Founding { book, facts: &mut facts };
        founding.first(replica)?;
        (0..stores).try_for_each(|n| founding.store(n, &phc))?;
        founding.rules()?;
        founding.coupons()
    });
    done.expected("the founding")?;
    Ok(facts)
}

/// A PIN that costs nothing to check: how much a guess costs is no matter here.
fn quick_hash() -> Checked<String> {
    let params = Params::new(8, 1, 1, None).expected("argon2")?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon.hash_password_with_salt(PIN.as_bytes(), &[7; 16]).expected("argon2")?;
    Ok(hash.to_string())
}

const BY: By = By { who: None, at: MORNING, ahead: 0 };

struct Founding<'a, 'b> {
    book: &'a mut Writing<'b>,
    facts: &'a mut Facts,
}

impl Founding<'_, '_> {
    fn append(&mut self, draft: &Draft) -> Result<(), Error> {
        self.append_as(draft, Fact::Plain, Effects::new())
    }

    fn append_as(&mut self, draft: &Draft, fact: Fact, effects: Effects) -> Result<(), Error> {
        self.book.append(BY, draft)?;
        self.facts.push((fact, effects));
        Ok(())
    }

    fn first(&mut self, replica: &Replica) -> Result<(), Error> {
        self.append(&Draft::new(ChainStarted { chain: CHAIN, name: "和福家居".to_owned(), demo: false }))?;
        self.append(&Draft::new(DeviceSet { device: replica.device(), store: None, till_no: 1 }))
    }

    /// A store and its manager.
    fn store(&mut self, n: usize, phc: &str) -> Result<(), Error> {
        let code = format!("S{n}");
        self.append(&Draft::new(StoreSet { store: store(n), code: code.clone(), name: format!("{code}店"), city: String::new() }))?;
        let (staff, key) = (StaffId::from_bytes([0x70 + small(n); 16]), PersonKey::new([0x60 + small(n); 32]));
        let set = StaffSet { staff, store: Some(store(n)), role: Role::Manager, active: true };
        let person = StaffPerson { name: format!("店长{n}"), login: None };
        let draft = Draft::new(set).with_sealed(&key, staff.0, [small(n); 24], &person)?;
        self.book.put_key(staff.0, &key)?;
        self.book.put_credential(staff, Some(store(n)), phc.to_owned(), MORNING)?;
        self.append(&draft)
    }

    fn rules(&mut self) -> Result<(), Error> {
        for (n, good) in GOODS.iter().enumerate() {
            self.append(&Draft::new(Product {
                product: product(n),
                name: format!("商品{n}"),
                category: "家居".to_owned(),
                unit: "件".to_owned(),
                price_fen: Fen::new(good.price_yuan * 100)?,
                brand: String::new(),
                tags: Vec::new(),
                barcodes: vec![good.code.to_owned()],
            }))?;
        }
        // What one buyer buys in a day counts for the law, and days hang on clocks: nobody shows a document here.
        let much = Fen::constant(100_000_000);
        let law = CardLaw { identity_registered_from_fen: much, transfer_person_from_fen: much, ..CardLaw::shipped() };
        let rules = [
            (POINTS, RuleBody::Points(a_point_a_yuan())),
            (CARD_LAW, RuleBody::CardLaw(law.into())),
            (CARD_TYPE, RuleBody::CardType(CardType::shipped())),
            (TEN_OFF, RuleBody::Coupon(ten_off())),
        ];
        for (rule, body) in rules {
            self.append(&Draft::new(Rule { rule, version: 1, valid_from: 0, body }))?;
        }
        Ok(())
    }

    /// Ten coupons of ten yuan for whoever brings them.
    fn coupons(&mut self) -> Result<(), Error> {
        for n in 0..COUPONS {
            let (coupon, code) = (CouponId::from_bytes([0xd0 + n; 16]), new_code([n; 10]));
            let issued = IssuedCoupon { coupon, code: code.clone(), member: None };
            let template = RuleUsed { rule: TEN_OFF, version: 1 };
            let body = CouponsIssued { batch: None, template, from: 0, until: i64::MAX, coupons: vec![issued] };
            let effects = Effects::from([(Account::Coupon(coupon), 1), (Account::CouponsIssued, -1)]);
            self.append_as(&Draft::new(body), Fact::Coupon { coupon, code }, effects)?;
        }
        Ok(())
    }
}

/// A hundred points are a yuan.
fn a_point_a_yuan() -> EarnPoints {
    let redeem = Redeem {
        points: Points::constant(100),
        fen: Fen::constant(100),
        step: Points::constant(100),
        at_least: Points::constant(100),
        most_permille: 1000,
        order_at_least: Fen::ZERO,
    };
    EarnPoints { redeem: Some(redeem), ..EarnPoints::plain(Fen::constant(100), Points::constant(1)) }
}

fn ten_off() -> CouponTemplate {
    let steps = vec![OffStep { at_least_fen: Fen::ZERO, off_fen: Fen::constant(1_000) }];
    let effect = Promotion::plain("立减10元", Kind::Off { steps, each: false, cap_fen: None });
    CouponTemplate {
        effect,
        validity: Validity::Fixed { from: 0, until: i64::MAX },
        per_member_most: None,
        on_sign_up: false,
        on_sale: None,
    }
}
