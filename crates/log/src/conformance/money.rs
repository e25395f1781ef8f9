//! Operations that move what a customer can spend.

use hefu_core::{
    card::Cause,
    ids::{CardId, CouponId, LeaseId, MemberId, RefundId, RuleId, SaleId, TopUpId},
    lease::{Amount, Keep, Lendable, Seal, Source, Use},
    money::{Fen, Points},
    op::{
        CardRefunded, CardToppedUp, CouponsIssued, IssuedCoupon, LeaseSealed, Leased, PointsAdjusted, PointsExpired, Refund, RuleUsed, Sale,
    },
    posting::{Account, Posting, Unit},
};

use super::Till;

pub const CARD: CardId = CardId(uuid::Uuid::from_bytes([0xca; 16]));
pub const PRINCIPAL: Lendable = Lendable::CardPrincipal(CARD);
pub const MEMBER: MemberId = MemberId(uuid::Uuid::from_bytes([0x3e; 16]));
pub const POINTS: Lendable = Lendable::Points(MEMBER);
pub const COUPON: CouponId = CouponId(uuid::Uuid::from_bytes([0xc1; 16]));

fn rule() -> RuleUsed {
    RuleUsed { rule: RuleId::from_bytes([9; 16]), version: 1 }
}

fn fen(amount: i64) -> Fen {
    Fen::new(amount).unwrap()
}

fn posting(from: impl Into<Account>, to: impl Into<Account>, unit: Unit, amount: i64) -> Posting {
    Posting::new(from.into(), to.into(), unit, amount).unwrap()
}

/// What a spend was taken from.
pub fn used(n: u8, account: Lendable, amount: i64) -> Leased {
    let of = Source::Lease(LeaseId::from_bytes([n; 16]));
    Leased { uses: vec![Use { account, of, amount: Amount::new(amount).unwrap() }], keeps: Vec::new() }
}

pub fn kept(n: u8, account: Lendable, amount: i64) -> Leased {
    let keep = Keep { lease: LeaseId::from_bytes([n; 16]), account, amount: Amount::new(amount).unwrap() };
    Leased { uses: Vec::new(), keeps: vec![keep] }
}

pub fn seal(n: u8, account: Lendable) -> LeaseSealed {
    LeaseSealed { seals: vec![Seal { lease: LeaseId::from_bytes([n; 16]), account }] }
}

impl Till {
    pub fn top_up(&self, amount: i64) -> CardToppedUp {
        let store = self.store.unwrap();
        CardToppedUp {
            top_up: TopUpId::from_bytes([7; 16]),
            card: CARD,
            receipt_no: "A-01-000001".into(),
            number: 1,
            till_no: 1,
            plan: String::new(),
            principal_fen: fen(amount),
            bonus_fen: Fen::ZERO,
            parts: Vec::new(),
            buyer: None,
            postings: vec![
                posting(Account::Prepaid(store), Account::Cash(self.device), Unit::Fen, amount),
                posting(Account::CardsIssued, PRINCIPAL, Unit::Fen, amount),
            ],
        }
    }

    /// A sale of number `n` with these postings, and a right to refund of what it came to.
    pub fn sale(&self, n: u8, amount: i64, mut postings: Vec<Posting>) -> Sale {
        let sale = SaleId::from_bytes([n; 16]);
        postings.push(posting(Account::RefundRights, Lendable::Refundable(sale), Unit::Fen, amount));
        Sale {
            sale,
            receipt_no: "A-01-000002".into(),
            number: 2,
            till_no: 1,
            member: None,
            line_count: 1,
            quantity_milli: 1000,
            goods_fen: fen(amount),
            off_fen: Fen::ZERO,
            total_fen: fen(amount),
            rounding_fen: Fen::ZERO,
            tax_fen: Fen::ZERO,
            points: Points::constant(0),
            rules: Vec::new(),
            tier: None,
            promotions: Vec::new(),
            coupons: Vec::new(),
            unproved: false,
            gifts: Vec::new(),
            postings,
        }
    }

    pub fn cash_sale(&self, n: u8, amount: i64) -> Sale {
        let (turnover, cash) = (Account::Turnover(self.store.unwrap()), Account::Cash(self.device));
        self.sale(n, amount, vec![posting(turnover, cash, Unit::Fen, amount)])
    }

    pub fn card_sale(&self, n: u8, amount: i64) -> Sale {
        let store = self.store.unwrap();
        let counter = posting(Account::Turnover(store), Account::Prepaid(store), Unit::Fen, amount);
        self.sale(n, amount, vec![posting(PRINCIPAL, Account::CardsIssued, Unit::Fen, amount), counter])
    }

    /// A sale that earns points, redeems points, and uses a coupon if told to.
    pub fn reward_sale(&self, n: u8, earned: i64, redeemed: i64, coupon: bool) -> Sale {
        let mut postings = vec![
            posting(Account::PointsIssued, POINTS, Unit::Points, earned),
            posting(POINTS, Account::PointsIssued, Unit::Points, redeemed),
        ];
        if coupon {
            postings.push(posting(Lendable::Coupon(COUPON), Account::CouponsIssued, Unit::Coupons, 1));
        }
        self.sale(n, 100, postings)
    }

    /// Of sale `n`: so much money, points that it had earned, and its coupon.
    pub fn refund(&self, n: u8, amount: i64, taken: i64, coupon: bool) -> Refund {
        let (turnover, cash) = (Account::Turnover(self.store.unwrap()), Account::Cash(self.device));
        let sale = SaleId::from_bytes([n; 16]);
        let mut postings = vec![
            posting(cash, turnover, Unit::Fen, amount),
            posting(Lendable::Refundable(sale), Account::RefundRights, Unit::Fen, amount),
            posting(POINTS, Account::PointsIssued, Unit::Points, taken),
        ];
        if coupon {
            postings.push(posting(Account::CouponsIssued, Lendable::Coupon(COUPON), Unit::Coupons, 1));
        }
        Refund {
            refund: RefundId::from_bytes([n; 16]),
            receipt_no: "A-01-000003".into(),
            number: 3,
            till_no: 1,
            sale: Some(sale),
            member: None,
            lines: vec![(1, 1000)],
            quantity_milli: 1000,
            total_fen: fen(amount),
            points_taken: Points::constant(0),
            points_restored: Points::constant(0),
            parts: Vec::new(),
            taxes: Vec::new(),
            coupons: Vec::new(),
            gifts: Vec::new(),
            postings,
        }
    }

    pub fn card_refund(&self, amount: i64) -> CardRefunded {
        let store = self.store.unwrap();
        CardRefunded {
            card: CARD,
            receipt_no: "A-01-000004".into(),
            number: 4,
            till_no: 1,
            cause: Cause::Merchant,
            refund_fen: fen(amount),
            principal_fen: fen(amount),
            bonus_fen: Fen::ZERO,
            approved_by: None,
            postings: vec![
                posting(PRINCIPAL, Account::CardsIssued, Unit::Fen, amount),
                posting(Account::Cash(self.device), Account::Prepaid(store), Unit::Fen, amount),
            ],
        }
    }
}

pub fn coupon_issued() -> CouponsIssued {
    let coupon = IssuedCoupon { coupon: COUPON, code: "HC1".into(), member: None };
    CouponsIssued { batch: None, template: rule(), from: 0, until: 1, coupons: vec![coupon] }
}

/// Given below nothing means taken.
pub fn adjusted(points: i64) -> PointsAdjusted {
    let (issued, account) = (Account::PointsIssued, Account::from(POINTS));
    let (from, to) = if points < 0 { (account, issued) } else { (issued, account) };
    PointsAdjusted { member: MEMBER, act: None, postings: vec![posting(from, to, Unit::Points, points.abs())] }
}

pub fn expired(points: i64) -> PointsExpired {
    let postings = vec![posting(POINTS, Account::PointsIssued, Unit::Points, points)];
    PointsExpired { rule: rule(), until: "2026-05-28".into(), postings }
}
