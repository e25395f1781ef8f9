//! `sale-commit`: a member's sale of five lines with a coupon on it, paid by points, a card and cash, from "pay" to the done
//! screen's bytes. Only `sale.pay` is timed: it prices the cart again, settles the tenders, commits durably, and reads the sale
//! back. Ringing up, the member, the coupon and the preview come before, and so does what the members are given to pay with.

use hefu_core::{
    card::CardNo,
    coupon::new_code,
    ids::{CardId, CouponId, MemberId},
    money::{Fen, Points},
    op::{CardOpened, CardToppedUp, CouponsIssued, Draft, IssuedCoupon, PointsAdjusted, RuleUsed},
    posting::{Account, Ledger},
    rules::RulesInForce,
};
use hefu_replica::{By, Replica};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::{
    book,
    dice::Dice,
    error::{BenchError, Done},
    figures::{Reach, Row, Spans},
    floors::sale_commit::Floor,
    seat::Seat,
};

const SALES: usize = 1_500;
const WARM: usize = 100;
const BATCH: usize = 10;
const LINES: usize = 5;
/// Each of them comes so often, with a coupon for each time.
const MEMBERS: usize = 200;
const VISITS: usize = (SALES + WARM).div_ceil(MEMBERS);
/// One operation, one sale, five lines, three tenders.
const ROWS: [usize; 4] = [1, 1, LINES, 3];
/// Accounts of such a sale: turnover, cash, rounding or not, points (member, issued, given), card (principal, issued, prepaid), refund
/// rights and remainder, coupon and issued, stock of each of the five goods and what was sold. The two of points gain nothing
/// where as many are earned as are redeemed.
const ACCOUNTS: std::ops::RangeInclusive<usize> = 16..=19;

pub fn run() -> Done<Row> {
    let folder = book::large_copy("sale-commit")?;
    let buyers = equip(&folder)?;
    let seat = Seat::take(&folder)?;
    let (look, floor) = (book::connect(&folder.join("book.db"))?, Floor::make(book::connect(&folder.join("floor.db"))?)?);
    let mut dice = Dice::new(21);
    let (mut spans, mut beside) = (Spans::default(), Spans::default());
    for batch in 0..(SALES + WARM) / BATCH {
        if batch == WARM / BATCH {
            (spans, beside) = (Spans::default(), Spans::default());
        }
        for sale in sell_batch(&seat, &look, &buyers, batch * BATCH, &mut dice, &mut spans)? {
            let rows = beside.time(|| floor.commit(&sale))?;
            if rows[..4] != ROWS || !ACCOUNTS.contains(&rows[4]) {
                return Err(BenchError::setup(format!("the floor wrote another sale: {rows:?}")));
            }
        }
    }
    drop((seat, look, floor));
    std::fs::remove_dir_all(folder)?;
    Ok(Row { name: "sale-commit", spans, beside: Some(beside), reach: Reach::RatioMilli(2500) })
}

type Kept = crate::floors::sale_commit::Sale;

fn sell_batch(seat: &Seat, look: &Connection, buyers: &[Buyer], from: usize, dice: &mut Dice, spans: &mut Spans) -> Done<Vec<Kept>> {
    let mut sales = Vec::with_capacity(BATCH);
    for n in from..from + BATCH {
        let buyer = &buyers[n % MEMBERS];
        let coupon = buyer.coupons.get(n / MEMBERS).ok_or_else(|| BenchError::setup("a member has no coupon left"))?;
        sell(seat, dice, spans, buyer, *coupon)?;
        sales.push(Floor::latest(look)?);
    }
    Ok(sales)
}

fn sell(seat: &Seat, dice: &mut Dice, spans: &mut Spans, buyer: &Buyer, coupon: CouponId) -> Done {
    let demo = book::demo();
    for n in 1..=LINES {
        let product = demo.product(dice.below(demo.scale().products));
        let cart = seat.ask("cart.enter", &json!({ "text": product.barcode }))?;
        if cart["cart"]["lines"].as_array().map(Vec::len) != Some(n) {
            return Err(BenchError::setup("the cart has not the lines that were rung up"));
        }
    }
    seat.ask("cart.member", &json!({ "member_id": buyer.member }))?;
    let cart = seat.ask("cart.coupon", &json!({ "code": null, "coupon_id": coupon }))?;
    seat.ask("pay.card", &json!({ "shown": { "by": "number", "card_no": buyer.card_no } }))?;
    // A yuan by points, a third of the rest by card, what is left in cash.
    let due = cart["totals"]["due_fen"].as_i64().unwrap_or(0);
    let mut tenders =
        vec![json!({ "kind": "points", "points": 100 }), json!({ "kind": "card", "card_id": buyer.card, "amount_fen": due / 3 })];
    let asked = |tenders: &[Value]| json!({ "cart_id": cart["id"], "revision": cart["revision"], "tenders": tenders });
    let left = seat.ask("pay.preview", &asked(&tenders))?["left_fen"].take();
    tenders.push(json!({ "kind": "cash", "given_fen": left }));
    let pay = asked(&tenders).to_string();
    spans.time(|| seat.call("sale.pay", pay.as_bytes()))?;
    Ok(())
}

/// A member with a card, points, and a coupon for each visit.
struct Buyer {
    member: MemberId,
    card: CardId,
    card_no: String,
    coupons: Vec<CouponId>,
}

/// Gives members what they pay with, by operations as HQ and a counter write them.
fn equip(folder: &std::path::Path) -> Done<Vec<Buyer>> {
    let replica = book::open(folder)?;
    let now = hefu_sync::system_clock()();
    let rules = RulesInForce::at(&replica.read(|book| book.rules())?, now);
    let kind = rules.card_types.values().find(|kind| kind.body.registered).map(|kind| kind.used());
    // The first kind of coupon takes off an amount from nothing on: it helps every cart.
    let template = rules.coupons.values().find(|rule| rule.body.name().starts_with("新会员")).map(|rule| rule.used());
    let (Some(kind), Some(template)) = (kind, template) else { return Err(BenchError::setup("the book has no cards or coupons")) };
    let demo = book::demo();
    let mut dice = Dice::new(88);
    let mut members: Vec<usize> = (0..MEMBERS).map(|_| dice.below(demo.scale().members)).collect();
    members.sort_unstable();
    members.dedup();
    while members.len() < MEMBERS {
        members.push(dice.below(demo.scale().members));
    }
    let buyers = (0u64..).zip(members).map(|(n, member)| {
        let random = |what: u8| [&[what][..], &n.to_be_bytes(), &[0]].concat().try_into().unwrap_or_default();
        Buyer {
            member: MemberId(demo.member(member).id),
            card: CardId::new(now, random(0)),
            card_no: CardNo::new(n).as_str().to_owned(),
            coupons: (1u8..).take(VISITS).map(|visit| CouponId::new(now, random(visit))).collect(),
        }
    });
    let buyers: Vec<Buyer> = buyers.collect();
    give(&replica, &buyers, kind, template, now)?;
    Ok(buyers)
}

fn give(replica: &Replica, buyers: &[Buyer], kind: RuleUsed, template: RuleUsed, now: i64) -> Done {
    let identity = replica.identity();
    let store = identity.store.ok_or_else(|| BenchError::setup("the book is of no store"))?;
    let by = By { who: None, at: now, ahead: 0 };
    let (money, points) = (Fen::new(100_000)?, Points::new(10_000)?);
    replica.write(|book| {
        for buyer in buyers {
            let card_no = buyer.card_no.clone();
            book.append(by, &Draft::new(CardOpened { card: buyer.card, card_no, kind, member: Some(buyer.member) }))?;
            let mut paid = Ledger::new();
            paid.fen(Account::Prepaid(store), Account::Cash(identity.device), money)?;
            paid.fen(Account::CardsIssued, Account::CardPrincipal(buyer.card), money)?;
            let number = book.next_receipt_number()?;
            let top_up = CardToppedUp {
                top_up: hefu_core::ids::TopUpId(buyer.card.0),
                card: buyer.card,
                receipt_no: String::new(),
                number,
                till_no: identity.till_no,
                plan: String::new(),
                principal_fen: money,
                bonus_fen: Fen::ZERO,
                parts: Vec::new(),
                buyer: None,
                postings: paid.done(),
            };
            book.append(by, &Draft::new(top_up))?;
            let mut given = Ledger::new();
            given.points(Account::PointsIssued, Account::MemberPoints(buyer.member), points)?;
            let postings = given.done();
            book.append(by, &Draft::new(PointsAdjusted { member: buyer.member, act: None, postings }))?;
            let issue = |coupon: &CouponId| {
                let code = new_code(*coupon.as_bytes().last_chunk().unwrap_or(&[0; 10]));
                IssuedCoupon { coupon: *coupon, code, member: Some(buyer.member) }
            };
            let coupons = buyer.coupons.iter().map(issue).collect();
            let until = now + 24 * 3600 * 1000;
            book.append(by, &Draft::new(CouponsIssued { batch: None, template, from: now, until, coupons }))?;
        }
        Ok(())
    })?;
    Ok(())
}
