//! Coupons, points and tiers as they are folded: the same whatever arrives first (C1, C2, C4, I6).

use hefu_core::{
    coupon::{gift_batch, new_code},
    error::Code,
    ids::{BatchId, CouponId, MemberId, RefundId, RuleId, SaleId},
    money::{Fen, Points},
    op::{BatchClosed, CouponsIssued, Draft, Exchange, IssuedCoupon, PointsAdjusted, PointsExpired, Refund, RuleUsed, Sale, TierReviewed},
    points::MovedBy,
    posting::{Account, Ledger, Posting, Unit},
    tiers::{MonthStat, Review},
};
use hefu_replica::{PointsMoved, Replica};
use tempfile::TempDir;

use crate::common::{Chain, NOW, Rng, STORE_A, STORE_B, book, book_of, by, found, identity, person, register};

const DAY_MS: i64 = 86_400_000;
const BATCH: BatchId = BatchId(uuid::Uuid::from_bytes([0xba; 16]));
const KIND: RuleUsed = RuleUsed { rule: RuleId(uuid::Uuid::from_bytes([0xee; 16])), version: 3 };

fn append(to: &Replica, at: i64, body: impl Into<hefu_core::op::Body>) {
    to.write(|book| book.append(by(at), &Draft::new(body))).unwrap();
}

fn coupon_id(n: u8) -> CouponId {
    CouponId::from_bytes([n; 16])
}

fn issued(batch: Option<BatchId>, member: Option<MemberId>, numbers: &[u8]) -> CouponsIssued {
    let coupon = |n: &u8| IssuedCoupon { coupon: coupon_id(*n), code: new_code([*n; 10]), member };
    CouponsIssued { batch, template: KIND, from: NOW, until: NOW + DAY_MS, coupons: numbers.iter().map(coupon).collect() }
}

fn closed(keep: bool, name: &str) -> BatchClosed {
    BatchClosed { batch: BATCH, keep, name: name.to_owned() }
}

/// A sale of nothing with postings and points of its own.
pub fn sale(n: u8, member: Option<MemberId>, total: i32, points: i32, postings: Vec<Posting>) -> Sale {
    Sale {
        sale: SaleId::from_bytes([n; 16]),
        receipt_no: format!("AA-01-{n:06}"),
        number: u64::from(n),
        till_no: 1,
        member,
        line_count: 0,
        quantity_milli: 1000,
        goods_fen: Fen::constant(total),
        off_fen: Fen::ZERO,
        total_fen: Fen::constant(total),
        rounding_fen: Fen::ZERO,
        tax_fen: Fen::ZERO,
        points: Points::constant(points),
        rules: Vec::new(),
        tier: None,
        promotions: Vec::new(),
        coupons: Vec::new(),
        gifts: Vec::new(),
        unproved: false,
        postings,
    }
}

pub fn refund(n: u8, of: u8, member: MemberId, total: i32, taken: i32, restored: i32, postings: Vec<Posting>) -> Refund {
    Refund {
        refund: RefundId::from_bytes([n; 16]),
        receipt_no: format!("AA-01-{n:06}"),
        number: u64::from(n),
        till_no: 1,
        sale: Some(SaleId::from_bytes([of; 16])),
        member: Some(member),
        lines: Vec::new(),
        quantity_milli: 0,
        total_fen: Fen::constant(total),
        points_taken: Points::constant(taken),
        points_restored: Points::constant(restored),
        parts: Vec::new(),
        taxes: Vec::new(),
        coupons: Vec::new(),
        gifts: Vec::new(),
        postings,
    }
}

fn use_coupon(n: u8) -> Posting {
    Posting::new(Account::Coupon(coupon_id(n)), Account::CouponsIssued, Unit::Coupons, 1).unwrap()
}

/// Points from one to the other, `None` being the chain.
fn points(moves: &[(Option<MemberId>, Option<MemberId>, i64)]) -> Vec<Posting> {
    let account = |member: Option<MemberId>| member.map_or(Account::PointsIssued, Account::MemberPoints);
    let mut ledger = Ledger::new();
    for (from, to, amount) in moves {
        ledger.post(Unit::Points, account(*from), account(*to), *amount).unwrap();
    }
    ledger.done()
}

/// Three nodes of one chain that has begun: HQ and a till in each store.
fn nodes() -> (Chain, Vec<(TempDir, Replica)>) {
    let nodes: Vec<_> = (1..).zip([None, Some(STORE_A), Some(STORE_B)]).map(|(n, store)| book_of(identity(n, store))).collect();
    found(&nodes[0].1);
    let mut chain = Chain { now: NOW, ..Chain::default() };
    chain.take_all(&nodes[0].1);
    let mut rng = Rng(1);
    nodes.iter().for_each(|(_, node)| chain.bring_up_to_date(node, &mut rng));
    (chain, nodes)
}

/// Everything to everyone, the nodes' own in this order: then all have the same tables, and so has a fresh fold.
#[track_caller]
fn meet(chain: &mut Chain, nodes: &[(TempDir, Replica)], order: [usize; 3]) {
    order.iter().for_each(|n| chain.take_all(&nodes[*n].1));
    let mut rng = Rng(7);
    nodes.iter().for_each(|(_, node)| chain.bring_up_to_date(node, &mut rng));
    let digests: Vec<_> = nodes.iter().map(|(_, node)| node.digest().unwrap()).collect();
    for (digest, (_, node)) in digests.iter().zip(nodes) {
        assert_eq!(digest.differing(&digests[0]), [] as [&str; 0]);
        assert!(node.verify().unwrap().ok());
        node.rebuild().unwrap();
        assert_eq!(node.digest().unwrap().tables, digest.tables);
    }
}

#[test]
fn a_coupon_is_there_until_it_is_used() {
    let (_folder, till) = book();
    found(&till);
    append(&till, NOW, issued(None, None, &[1, 2]));
    let left = |n: u8| till.read(|book| book.coupon(coupon_id(n))).unwrap().unwrap().left;
    assert_eq!((left(1), left(2)), (1, 1));
    append(&till, NOW, sale(1, None, 0, 0, vec![use_coupon(1)]));
    assert_eq!((left(1), left(2)), (0, 1));
    append(&till, NOW, sale(2, None, 0, 0, vec![use_coupon(1)]));
    assert_eq!((left(1), left(2)), (-1, 1), "used twice, as two tills without a line can, it shows");
    let found = till.read(|book| book.coupon_by_code(&new_code([2; 10]))).unwrap().unwrap();
    assert_eq!((found.coupon, found.template, found.version, found.counts), (coupon_id(2), KIND.rule, 3, true));
    assert_eq!(till.read(|book| book.coupon(coupon_id(9))).unwrap(), None);
    assert!(till.verify().unwrap().ok());
}

#[test]
fn a_use_that_arrives_before_the_issue() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let (mut chain, nodes) = nodes();
        append(&nodes[0].1, NOW, issued(Some(BATCH), None, &[1, 2, 3]));
        append(&nodes[0].1, NOW + 1, closed(true, "周年庆"));
        append(&nodes[1].1, NOW, sale(1, None, 0, 0, vec![use_coupon(1)]));
        append(&nodes[2].1, NOW, sale(2, None, 0, 0, vec![use_coupon(2)]));
        meet(&mut chain, &nodes, order);
        for (_, node) in &nodes {
            let left = |n: u8| node.read(|book| book.coupon(coupon_id(n))).unwrap().unwrap().left;
            assert_eq!([left(1), left(2), left(3)], [0, 0, 1]);
            let batches = node.read(|book| book.batches(9)).unwrap();
            assert_eq!((batches.len(), batches[0].issued, batches[0].used, batches[0].template), (1, 3, 2, Some((KIND.rule, 3))));
        }
    }
}

#[test]
fn one_id_issued_twice_is_one_coupon_everywhere() {
    let other = CouponsIssued { until: NOW + 2 * DAY_MS, ..issued(None, None, &[1]) };
    for order in [[0, 1, 2], [2, 1, 0]] {
        let (mut chain, nodes) = nodes();
        append(&nodes[1].1, NOW, other.clone());
        append(&nodes[2].1, NOW, issued(None, None, &[1]));
        meet(&mut chain, &nodes, order);
        let held = nodes[1].1.read(|book| book.coupon(coupon_id(1))).unwrap().unwrap();
        assert_eq!(held.until, NOW + DAY_MS);
    }
}

#[test]
fn a_batch_counts_when_it_is_closed_and_never_when_it_was_given_up() {
    let (_folder, till) = book();
    found(&till);
    let member = register(&till, &mut Rng(1), by(NOW), &person("王小明", "13812341234"));
    append(&till, NOW, issued(Some(BATCH), Some(member), &[1, 2]));
    let read = || {
        till.read(|book| {
            let person = book.person(member)?.unwrap();
            let first = book.batch_first(BATCH)?.unwrap();
            assert_eq!((book.batch_size(BATCH)?, book.batch_reached(BATCH)?, book.is_in_batch(&person, BATCH)?), (2, Some(member), true));
            let waiting = book.coupons_of_person(&person, NOW, 9)?.len();
            let given = book.coupons_given(&person, KIND.rule)?;
            Ok((book.batch_closed(BATCH)?, first.counts, first.usable(&[member], NOW, false).err(), waiting, given))
        })
        .unwrap()
    };
    assert_eq!(read(), (None, false, Some(Code::CouponUnknown), 0, 2));
    append(&till, NOW, closed(true, "周年庆"));
    assert_eq!(read(), (Some(true), true, None, 2, 2));
    append(&till, NOW, closed(false, "周年庆"));
    assert_eq!(read(), (Some(false), false, Some(Code::CouponUnknown), 0, 0));
    append(&till, NOW, closed(true, "周年庆"));
    assert_eq!(read(), (Some(false), false, Some(Code::CouponUnknown), 0, 0));
    assert_eq!(till.read(|book| book.batches(9)).unwrap(), []);
    assert!(till.verify().unwrap().ok());
}

#[test]
fn two_closings_of_one_batch() {
    for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0]] {
        let (mut chain, nodes) = nodes();
        append(&nodes[1].1, NOW, issued(Some(BATCH), None, &[1]));
        append(&nodes[1].1, NOW + 5, closed(true, "后"));
        append(&nodes[0].1, NOW + 3, closed(true, "先"));
        meet(&mut chain, &nodes, order);
        assert_eq!(nodes[0].1.read(|book| book.batches(9)).unwrap()[0].name, "先");
    }
}

#[test]
fn coupons_of_both_registrations_of_a_phone() {
    let (_folder, till) = book();
    found(&till);
    let mut rng = Rng(1);
    let first = register(&till, &mut rng, by(NOW), &person("王小明", "13812341234"));
    let again = register(&till, &mut rng, by(NOW + 1), &person("小明", "13812341234"));
    append(&till, NOW, issued(None, Some(first), &[1, 2]));
    append(&till, NOW, CouponsIssued { until: NOW + 1000, ..issued(None, Some(again), &[3, 4]) });
    append(&till, NOW, sale(1, Some(first), 0, 0, vec![use_coupon(2)]));
    till.read(|book| {
        let person = book.person(again)?.unwrap();
        let waiting = |at: i64, most: usize| -> Result<Vec<CouponId>, hefu_replica::Error> {
            Ok(book.coupons_of_person(&person, at, most)?.into_iter().map(|coupon| coupon.coupon).collect())
        };
        assert_eq!(waiting(NOW, 9)?, [coupon_id(3), coupon_id(4), coupon_id(1)]);
        assert_eq!(waiting(NOW, 2)?, [coupon_id(3), coupon_id(4)]);
        assert_eq!(waiting(NOW + 1000, 9)?, [coupon_id(1)]);
        let past = |at: i64, most: usize| -> Result<Vec<CouponId>, hefu_replica::Error> {
            Ok(book.past_coupons_of_person(&person, at, most)?.into_iter().map(|coupon| coupon.coupon).collect())
        };
        assert_eq!(past(NOW, 9)?, [coupon_id(2)]);
        assert_eq!(past(NOW + 1000, 9)?, [coupon_id(2), coupon_id(3), coupon_id(4)]);
        assert_eq!(past(NOW + 1000, 1)?, [coupon_id(2)]);
        assert_eq!(book.coupons_given(&person, KIND.rule)?, 4);
        Ok(())
    })
    .unwrap();
}

#[test]
fn what_a_sale_took_and_gave_are_two_movements_of_points() {
    let (_folder, till) = book();
    found(&till);
    let mut rng = Rng(1);
    let one = register(&till, &mut rng, by(NOW), &person("王小明", "13812341234"));
    let two = register(&till, &mut rng, by(NOW), &person("李雷", "13900001111"));
    append(&till, NOW, PointsAdjusted { member: one, act: None, postings: points(&[(None, Some(one), 500)]) });
    append(&till, NOW + DAY_MS, sale(1, Some(one), 100, 60, points(&[(Some(one), None, 200), (None, Some(one), 60)])));
    append(&till, NOW + 2 * DAY_MS, refund(2, 1, one, 50, 30, 100, points(&[(Some(one), None, 30), (None, Some(one), 100)])));
    // An exchange of one's goods that another takes and pays for with points.
    let exchange = Exchange {
        refund: refund(3, 1, one, 50, 30, 100, points(&[(Some(one), None, 30), (None, Some(one), 100)])),
        sale: sale(3, Some(two), 100, 7, points(&[(Some(two), None, 300), (None, Some(two), 7)])),
    };
    append(&till, NOW + 3 * DAY_MS, Box::new(exchange));
    let expired = PointsExpired { rule: KIND, until: String::new(), postings: points(&[(Some(one), None, 40)]) };
    append(&till, NOW + 4 * DAY_MS, expired);
    let day = |n: i64| hefu_core::time::business_day(NOW + n * DAY_MS);
    let moved = |members: &[MemberId]| till.read(|book| book.points_moved(members)).unwrap();
    let expect = |moves: &[(i64, i64, MovedBy)]| -> Vec<PointsMoved> {
        moves.iter().map(|(n, points, of)| PointsMoved { day: day(*n), points: *points, of: *of }).collect()
    };
    let [first, third] = [1, 3].map(|n| SaleId::from_bytes([n; 16]));
    let of_one = [
        (0, 500, MovedBy::Other),
        (1, -200, MovedBy::Paid(first)),
        (1, 60, MovedBy::Earned(first)),
        (2, -30, MovedBy::TakenBack(first)),
        (2, 100, MovedBy::PutBack(first)),
        (3, -30, MovedBy::TakenBack(first)),
        (3, 100, MovedBy::PutBack(first)),
        (4, -40, MovedBy::Other),
    ];
    assert_eq!(moved(&[one]), expect(&of_one));
    assert_eq!(moved(&[two]), expect(&[(3, -300, MovedBy::Paid(third)), (3, 7, MovedBy::Earned(third))]));
    assert_eq!(moved(&[one, two]).len(), 10);
    assert_eq!(moved(&[MemberId::from_bytes([9; 16])]), []);
    let balance = |member| till.read(|book| book.balance(&Account::MemberPoints(member), Unit::Points)).unwrap();
    for member in [one, two] {
        assert_eq!(moved(&[member]).iter().map(|moved| moved.points).sum::<i64>(), balance(member));
    }
    assert!(till.verify().unwrap().ok());
}

/// Two tills that do not know of each other give one level's gift: it is one coupon, whichever of the two is used.
#[test]
fn a_gift_that_two_tills_gave_is_one() {
    for (order, uses) in [([0, 1, 2], 1), ([2, 1, 0], 2), ([1, 2, 0], 2)] {
        let (mut chain, nodes) = nodes();
        let member = register(&nodes[1].1, &mut Rng(1), by(NOW), &person("王小明", "13812341234"));
        let gift = gift_batch(member, KIND.rule, "VIP");
        for n in [1, 2] {
            append(&nodes[usize::from(n)].1, NOW, issued(Some(gift), Some(member), &[n]));
            append(&nodes[usize::from(n)].1, NOW, BatchClosed { batch: gift, keep: true, name: String::new() });
        }
        meet(&mut chain, &nodes, order);
        let waiting = |node: &Replica| -> Vec<CouponId> {
            let held = |book: &hefu_replica::Reading<'_>| {
                let person = book.person(member)?.unwrap();
                Ok(book.coupons_of_person(&person, NOW, 9)?.iter().map(|coupon| coupon.coupon).collect())
            };
            node.read(held).unwrap()
        };
        nodes.iter().for_each(|(_, node)| assert_eq!(waiting(node), [coupon_id(1)]));
        append(&nodes[2].1, NOW + 1, sale(9, Some(member), 0, 0, vec![use_coupon(uses)]));
        meet(&mut chain, &nodes, order);
        nodes.iter().for_each(|(_, node)| assert_eq!(waiting(node), []));
        // It comes back with the goods that it was used for.
        let back = Posting::new(Account::CouponsIssued, Account::Coupon(coupon_id(uses)), Unit::Coupons, 1).unwrap();
        append(&nodes[1].1, NOW + 2, refund(10, 9, member, 0, 0, 0, vec![back]));
        meet(&mut chain, &nodes, order);
        nodes.iter().for_each(|(_, node)| assert_eq!(waiting(node), [coupon_id(1)]));
    }
}

/// Another program names in one refund the same coupon twice. Beside a refund by a till that did not know of it that is one book all the same.
#[test]
fn a_coupon_that_a_refund_names_twice_is_the_same_to_every_node() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let (mut chain, nodes) = nodes();
        let member = register(&nodes[1].1, &mut Rng(1), by(NOW), &person("王小明", "13812341234"));
        append(&nodes[1].1, NOW, issued(None, Some(member), &[1]));
        append(&nodes[1].1, NOW + 1, sale(9, Some(member), 0, 0, vec![use_coupon(1)]));
        meet(&mut chain, &nodes, [0, 1, 2]);
        let back = Posting::new(Account::CouponsIssued, Account::Coupon(coupon_id(1)), Unit::Coupons, 1).unwrap();
        append(&nodes[1].1, NOW + 2, refund(10, 9, member, 0, 0, 0, vec![back, back]));
        append(&nodes[2].1, NOW + 2, refund(11, 9, member, 0, 0, 0, vec![back]));
        meet(&mut chain, &nodes, order);
    }
}

#[test]
fn members_by_pages() {
    let (_folder, till) = book();
    found(&till);
    let mut rng = Rng(1);
    let mut members: Vec<MemberId> = (0..7).map(|n| register(&till, &mut rng, by(NOW + n), &person("王小明", ""))).collect();
    members.sort_unstable();
    for (n, member) in (1u8..).zip(&members) {
        let amount = i64::from(n) - 3;
        let moves = if amount > 0 { (None, Some(*member), amount) } else { (Some(*member), None, -amount) };
        append(&till, NOW, PointsAdjusted { member: *member, act: None, postings: points(&[moves]) });
        if n % 2 == 0 {
            append(&till, NOW - 40 * DAY_MS, sale(n, Some(*member), 100, 0, Vec::new()));
            append(&till, NOW, sale(n + 100, Some(*member), 100, 0, Vec::new()));
        }
    }
    type Page<'a> = &'a dyn Fn(Option<MemberId>) -> Result<Vec<MemberId>, hefu_replica::Error>;
    let all = |page: Page<'_>| {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let found = page(after).unwrap();
            let Some(last) = found.last() else { return all };
            after = Some(*last);
            all.extend(found);
        }
    };
    till.read(|book| {
        assert_eq!(all(&|after| book.members_after(after, 2)), members);
        assert_eq!(all(&|after| book.with_points_after(after, 2)), members[3..], "only who stands above zero");
        assert_eq!(all(&|after| book.buyers_after(after, 2)), [members[1], members[3], members[5]]);
        let person = book.person(members[1])?.unwrap();
        assert_eq!(book.buyers_of(&person)?, [members[1]]);
        Ok(())
    })
    .unwrap();
}

#[test]
fn months_and_reviews_of_both_registrations() {
    for order in [[0, 1, 2], [2, 0, 1]] {
        let (mut chain, nodes) = nodes();
        let mut rng = Rng(1);
        let first = register(&nodes[1].1, &mut rng, by(NOW), &person("王小明", "13812341234"));
        let again = register(&nodes[2].1, &mut rng, by(NOW + 1), &person("小明", "13812341234"));
        append(&nodes[1].1, NOW, sale(1, Some(first), 300, 0, Vec::new()));
        append(&nodes[2].1, NOW, sale(2, Some(again), 200, 0, Vec::new()));
        append(&nodes[2].1, NOW - 400 * DAY_MS, sale(3, Some(again), 50, 0, Vec::new()));
        append(&nodes[1].1, NOW, refund(4, 2, again, 120, 0, 0, Vec::new()));
        let review = |member, month: &str, level: Option<&str>| TierReviewed {
            member,
            month: month.to_owned(),
            level: level.map(str::to_owned),
            rule: KIND,
        };
        append(&nodes[0].1, NOW, review(first, "2025-03", Some("VIP")));
        append(&nodes[0].1, NOW + 1, review(first, "2026-03", None));
        append(&nodes[0].1, NOW + 2, review(again, "2025-12", Some("黑卡")));
        meet(&mut chain, &nodes, order);
        for (_, node) in &nodes {
            let standing = node.read(|book| book.standing(&book.person(again)?.unwrap())).unwrap();
            let month = |at: i64| hefu_core::time::business_day(at)[..7].to_owned();
            let stat = |at: i64, spend: i32, visits: i64| MonthStat { month: month(at), spend: Fen::constant(spend), visits };
            assert_eq!(standing.months, [stat(NOW - 400 * DAY_MS, 50, 1), stat(NOW, 380, 2)]);
            assert_eq!(standing.review, Some(Review { month: "2026-03".into(), level: None, rule: KIND }), "the later review holds");
            // Just before each sale: what was bought with it and later, and what came back later, is not there.
            let before = |n: u8| {
                node.read(|book| {
                    let sale = book.sale(SaleId::from_bytes([n; 16]))?.unwrap();
                    book.bought_before(&book.person(again)?.unwrap(), &sale)
                })
            };
            assert_eq!(before(3).unwrap(), (Vec::new(), None));
            let earlier = stat(NOW - 400 * DAY_MS, 50, 1);
            let mut both = [before(1).unwrap(), before(2).unwrap()];
            both.sort_by_key(|(months, _)| months.len());
            let [(first, review), (then, _)] = both;
            assert_eq!((first, review.is_some()), (vec![earlier.clone()], true));
            // Of one moment, in the order in which they arrived here.
            let [one, other] = [stat(NOW, 300, 1), stat(NOW, 200, 1)];
            assert!(then == [earlier.clone(), one] || then == [earlier, other], "{then:?}");
        }
    }
}
