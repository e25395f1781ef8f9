//! What the power goes in the middle of: a table of acts at a counter, each with all that it does to the book.

use hefu_core::{
    card::Credit,
    coupon::new_code,
    ids::{CardId, CouponId, DeviceId, MemberId, ProductId, RefundId, RuleId, SaleId, TopUpId},
    money::Fen,
    op::{CardOpened, CouponsIssued, Draft, IssuedCoupon, PointsAdjusted, RuleUsed, Tender},
    posting::{Account, Ledger},
};
use hefu_replica::{Error, Reading, Replica};
use uuid::Uuid;

use crate::{
    common::{NOW, Rng, STORE_A, by, found, person, register_as, sell},
    counter::{COUPON, Paying, bring_back, coupon_rule, ring_up, top_up},
};

pub const MEMBER: MemberId = MemberId(Uuid::from_bytes([0x11; 16]));
pub const LINES: [(u8, i64); 5] = [(1, 1), (2, 3), (3, 1), (4, 2), (5, 1)];
const FIRST: SaleId = SaleId(Uuid::from_bytes([0x50; 16]));
const PLAIN: SaleId = SaleId(Uuid::from_bytes([0x51; 16]));
const MIXED: SaleId = SaleId(Uuid::from_bytes([0x52; 16]));
const BACK: RefundId = RefundId(Uuid::from_bytes([0x53; 16]));
const LOADED: TopUpId = TopUpId(Uuid::from_bytes([0x54; 16]));
const CARD: CardId = CardId(Uuid::from_bytes([0xca; 16]));
const TICKET: CouponId = CouponId(Uuid::from_bytes([0xc0; 16]));
const DRAWER: Account = Account::Cash(DeviceId(Uuid::from_bytes([1; 16])));

/// One act, and what it does to a book that has not seen it.
pub struct Act {
    pub name: &'static str,
    /// What was done before it.
    pub after: &'static [&'static Act],
    pub write: fn(&Replica) -> Result<u64, Error>,
    pub found: fn(&Reading<'_>) -> Found,
    pub rows: Rows,
    /// What each account has more of, once it is done.
    pub gains: &'static [(Account, i64)],
    /// What the member has spent more, and the visit that it was, or took away.
    pub spend: i64,
    pub visits: i64,
}

/// What a book has of an act, with the number on its receipt.
type Found = Result<Option<(String, Rows)>, Error>;

/// What the rows of an act come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rows {
    pub lines: usize,
    pub tenders: usize,
    pub amount_fen: i64,
}

pub static CASH_SALE: Act = Act {
    name: "a cash sale",
    after: &[],
    write: |till| sell(till, by(NOW), PLAIN, Some(MEMBER), &LINES),
    found: |book| sale_rows(book, PLAIN),
    rows: Rows { lines: 5, tenders: 1, amount_fen: 23_720 },
    gains: &[
        (DRAWER, 23_720),
        (Account::Turnover(STORE_A), -23_720),
        (Account::Refundable(PLAIN), 23_720),
        (Account::MemberPoints(MEMBER), 237),
        (Account::Stock(STORE_A, ProductId(Uuid::from_bytes([2; 16]))), -3_000),
        (Account::StockOut(STORE_A), 8_000),
    ],
    spend: 23_720,
    visits: 1,
};

/// 237.20 less a coupon of 5.00: 10.00 in points, 80.00 by card, four fifths of it principal, the rest in cash. What points and bonus
/// pay earns nothing.
pub static MIXED_SALE: Act = Act {
    name: "a sale by coupon, points, card and cash",
    after: &[],
    write: |till| {
        let paying = Paying { coupon: Some(TICKET), points: 1_000, card: Some((CARD, 8_000)) };
        Ok(ring_up(till, by(NOW), MIXED, Some(MEMBER), &LINES, &paying)?.head.number)
    },
    found: |book| sale_rows(book, MIXED),
    rows: Rows { lines: 5, tenders: 3, amount_fen: 23_220 },
    gains: &[
        (DRAWER, 14_220),
        (Account::Turnover(STORE_A), -23_220),
        (Account::Refundable(MIXED), 23_220),
        (Account::MemberPoints(MEMBER), 206 - 1_000),
        (Account::PointsGiven(STORE_A), 1_000),
        (Account::CardPrincipal(CARD), -6_400),
        (Account::CardBonus(CARD), -1_600),
        (Account::CardsIssued, 8_000),
        (Account::Prepaid(STORE_A), 6_400),
        (Account::BonusGiven(STORE_A), 1_600),
        (Account::Coupon(TICKET), -1),
        (Account::StockOut(STORE_A), 8_000),
    ],
    spend: 23_220,
    visits: 1,
};

pub static REFUND: Act = Act {
    name: "the refund of it",
    after: &[&MIXED_SALE],
    write: |till| {
        let lines: Vec<(u32, i64)> = (1..).zip(LINES).map(|(no, (_, pieces))| (no, pieces * 1_000)).collect();
        Ok(bring_back(till, by(NOW), BACK, MIXED, &lines)?.head.number)
    },
    found: |book| {
        let Some(row) = book.refund(BACK)? else { return Ok(None) };
        let detail = book.refund_whole(&row)?.1.unwrap();
        let amounts = detail.lines.iter().map(|line| line.amount_fen);
        let rows = Rows { lines: detail.lines.len(), tenders: book.refund_tenders(&row)?.len(), amount_fen: sum(amounts) };
        assert_eq!(rows.amount_fen, row.total_fen.get());
        Ok(Some((row.receipt_no, rows)))
    },
    rows: Rows { lines: 5, tenders: 3, amount_fen: 23_220 },
    gains: &[
        (DRAWER, -14_220),
        (Account::Turnover(STORE_A), 23_220),
        (Account::Refundable(MIXED), -23_220),
        (Account::MemberPoints(MEMBER), 1_000 - 206),
        (Account::PointsGiven(STORE_A), -1_000),
        (Account::CardPrincipal(CARD), 6_400),
        (Account::CardBonus(CARD), 1_600),
        (Account::CardsIssued, -8_000),
        (Account::Prepaid(STORE_A), -6_400),
        (Account::BonusGiven(STORE_A), -1_600),
        (Account::Coupon(TICKET), 1),
        (Account::StockOut(STORE_A), -8_000),
    ],
    spend: -23_220,
    visits: -1,
};

/// 300.00 for 40.00 more, half of that in two months' parts.
pub static TOP_UP: Act = Act {
    name: "a top-up",
    after: &[],
    write: |till| {
        let parts = vec![(1, Fen::constant(1_000)), (2, Fen::constant(1_000))];
        let credit = Credit { principal_fen: Fen::constant(30_000), first_bonus_fen: Fen::constant(2_000), parts };
        Ok(top_up(till, by(NOW), LOADED, CARD, &credit)?.head.number)
    },
    found: |book| {
        let Some(row) = book.top_up(LOADED)? else { return Ok(None) };
        let tenders = book.card_tenders(&row)?;
        assert_eq!(paid(&tenders), row.principal_fen.get());
        let rows = Rows { lines: book.bonus_parts(LOADED)?.len(), tenders: tenders.len(), amount_fen: row.principal_fen.get() };
        Ok(Some((row.receipt_no, rows)))
    },
    rows: Rows { lines: 2, tenders: 1, amount_fen: 30_000 },
    gains: &[
        (DRAWER, 30_000),
        (Account::Prepaid(STORE_A), -30_000),
        (Account::CardPrincipal(CARD), 30_000),
        (Account::CardBonus(CARD), 2_000),
        (Account::CardsIssued, -32_000),
        (Account::Turnover(STORE_A), 0),
        (Account::MemberPoints(MEMBER), 0),
    ],
    spend: 0,
    visits: 0,
};

fn sale_rows(book: &Reading<'_>, id: SaleId) -> Found {
    let Some(row) = book.sale(id)? else { return Ok(None) };
    let (lines, tenders) = (book.sale_lines(&row)?.unwrap(), book.sale_tenders(&row)?);
    let amount_fen = sum(lines.iter().map(|line| line.amount_fen));
    assert_eq!((amount_fen, paid(&tenders)), (row.total_fen.get(), amount_fen));
    Ok(Some((row.receipt_no, Rows { lines: lines.len(), tenders: tenders.len(), amount_fen })))
}

fn sum(amounts: impl Iterator<Item = Fen>) -> i64 {
    amounts.map(Fen::get).sum()
}

fn paid(tenders: &[Tender]) -> i64 {
    sum(tenders.iter().map(|tender| tender.amount().unwrap()))
}

/// A book in which each of them can be done: goods, a member with a sale, points, a coupon and a card with money on it.
pub fn furnish(till: &Replica) {
    found(till);
    register_as(till, &mut Rng(1), by(NOW), (MEMBER, None), &person("王小明", "13812341234"));
    let mut points = Ledger::new();
    points.post(hefu_core::posting::Unit::Points, Account::PointsIssued, Account::MemberPoints(MEMBER), 5_000).unwrap();
    let used = |rule: RuleId| RuleUsed { rule, version: 1 };
    let ticket = IssuedCoupon { coupon: TICKET, code: new_code([1; 10]), member: Some(MEMBER) };
    let opened = CardOpened { card: CARD, card_no: "8800000000000013".to_owned(), kind: used(RuleId::from_bytes([1; 16])), member: None };
    till.write(|book| {
        book.append(by(NOW), &Draft::new(coupon_rule()))?;
        let adjusted = PointsAdjusted { member: MEMBER, act: None, postings: points.done() };
        book.append(by(NOW), &Draft::new(adjusted))?;
        let coupons = CouponsIssued { batch: None, template: used(COUPON), from: 0, until: i64::MAX, coupons: vec![ticket] };
        book.append(by(NOW), &Draft::new(coupons))?;
        book.append(by(NOW), &Draft::new(opened))
    })
    .unwrap();
    let credit = Credit { principal_fen: Fen::constant(20_000), first_bonus_fen: Fen::constant(5_000), parts: Vec::new() };
    top_up(till, by(NOW), TopUpId::from_bytes([1; 16]), CARD, &credit).unwrap();
    sell(till, by(NOW), FIRST, Some(MEMBER), &LINES[..2]).unwrap();
}
