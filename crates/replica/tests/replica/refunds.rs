//! Refunds and exchanges in the book (A4): whatever order they arrive in, with or without their detail, and when what they say
//! cannot be.

use hefu_core::{
    error::Code,
    ids::{MemberId, ProductId, RefundId, RuleId, SaleId},
    money::{Fen, Points},
    op::{Body, Draft, Exchange, ExchangeDetail, Part, PromotionUsed, Refund, RefundDetail, Sale, SaleDetail, Tender},
    posting::{Account, Unit},
    refund::{PartKind, Returned},
};
use hefu_replica::{Reading, Replica};
use tempfile::TempDir;

use crate::{
    common::{Chain, NOW, Rng, STORE_A, STORE_B, book_of, by, found, identity, person, place, raw, register, sell},
    counter::back,
};

const SALE: SaleId = SaleId(uuid::Uuid::from_bytes([1; 16]));
/// Two bowls at 20.90 and three at 10.90.
const PAID: i64 = 2 * 2090 + 3 * 1090;

fn refund_id(n: u8) -> RefundId {
    RefundId::from_bytes([n; 16])
}

/// A chain with a member's sale in store A, and a till of store B that has read it.
struct Shops {
    _folders: [TempDir; 2],
    a: Replica,
    b: Replica,
    chain: Chain,
    member: MemberId,
}

fn shops() -> Shops {
    let [(folder_a, a), (folder_b, b)] = [book_of(identity(1, Some(STORE_A))), book_of(identity(2, Some(STORE_B)))];
    found(&a);
    let member = register(&a, &mut Rng(1), by(NOW), &person("王小明", "13812341234"));
    sell(&a, by(NOW), SALE, Some(member), &[(2, 2), (1, 3)]).unwrap();
    let mut chain = Chain { now: NOW, ..Chain::default() };
    chain.take_all(&a);
    chain.bring_up_to_date(&b, &mut Rng(2));
    Shops { _folders: [folder_a, folder_b], a, b, chain, member }
}

/// A refund of lines as a desk works it out from what its book knows.
fn worked(book: &Reading<'_>, replica: &Replica, n: u8, of: &[(u32, i64)]) -> (Refund, RefundDetail) {
    back(book, replica.identity(), (refund_id(n), u64::from(n)), SALE, of).unwrap()
}

fn bring(replica: &Replica, n: u8, of: &[(u32, i64)]) {
    let write = |book: &mut hefu_replica::Writing<'_>| {
        let (refund, detail) = worked(book, replica, n, of);
        book.append(by(NOW + i64::from(n)), &Draft::new(refund).with_detail(&detail)?)
    };
    replica.write(write).unwrap();
}

/// Everything about the sale and its refunds that a desk reads.
fn seen(replica: &Replica, member: MemberId) -> (Returned, Vec<(RefundId, i64)>, i64, Points, Fen) {
    let read = |book: &Reading<'_>| {
        let refunds = book.refunds_of_sale(SALE)?;
        let standing = book.person(member)?.map(|person| book.standing(&person)).transpose()?.unwrap_or_default();
        let rows = refunds.iter().map(|row| (row.id, row.total_fen.get())).collect();
        Ok((book.returned(SALE)?, rows, book.refundable(SALE)?.get(), standing.points, standing.spend))
    };
    replica.read(read).unwrap()
}

#[test]
fn a_refund_takes_from_every_sum_that_the_sale_added_to() {
    let shops = shops();
    let Shops { b, member, .. } = &shops;
    bring(b, 7, &[(1, 1000)]);
    bring(b, 8, &[(2, 1500)]);
    let (returned, rows, left, points, spend) = seen(b, *member);
    let back = 2090 + 1635;
    assert_eq!((rows, left), (vec![(refund_id(7), 2090), (refund_id(8), 1635)], PAID - back));
    assert_eq!((returned.by_line.get(&1), returned.by_line.get(&2)), (Some(&1000), Some(&1500)));
    assert_eq!(returned.parts.get(&(PartKind::Cash, 0)), Some(&Fen::constant(3725)));
    // 74 earned; a share of what is back, rounded down.
    assert_eq!((points.get(), spend.get()), (74 - 74 * back / PAID, PAID - back));
    b.read(|book| {
        let account = |account| book.balance(&account, Unit::Fen).unwrap();
        assert_eq!((account(Account::Cash(b.device())), account(Account::Turnover(STORE_B))), (-back, back));
        let stock = |store, n| book.balance(&Account::Stock(store, ProductId::from_bytes([n; 16])), Unit::Milli).unwrap();
        assert_eq!((stock(STORE_A, 2), stock(STORE_B, 2), stock(STORE_B, 1)), (-2000, 1000, 1500), "goods stay where they were brought");
        let row = book.refund(refund_id(8))?.unwrap();
        let (head, detail) = book.refund_whole(&row)?;
        assert_eq!((head.sale, row.member, detail.unwrap().lines[0].name.as_str()), (Some(SALE), Some(*member), "碗1"));
        assert_eq!(book.refund_tenders(&row)?, [Tender::Cash { given_fen: Fen::ZERO, change_fen: Fen::constant(1635) }]);
        assert_eq!(book.refunds_by_receipt(&row.receipt_no, 5)?, [row]);
        assert_eq!((book.refund(refund_id(9))?, book.refunds_by_receipt("BB-02-000009", 5)?.len()), (None, 0));
        let person = book.person(*member)?.unwrap();
        assert_eq!(book.standing(&person)?.visits, 1, "bringing a part back is no visit, and takes none away");
        Ok(())
    })
    .unwrap();
    let number = b.write(|book| book.next_receipt_number()).unwrap();
    assert_eq!(number, 9, "refunds count in the till's one row of receipts");
    assert!(b.verify().unwrap().ok());
}

#[test]
fn any_order_of_arrival_is_one_book() {
    let Shops { a, b, chain, member, _folders } = shops();
    // Both tills bring goods back before either has heard of the other.
    bring(&a, 7, &[(1, 1000), (2, 1000)]);
    bring(&b, 8, &[(2, 2000)]);
    let mut digests = Vec::new();
    for order in [[&a, &b], [&b, &a]] {
        // A reader of its own for each order; once the refund comes before the sale that it is of.
        let mut log = Chain::default();
        log.beside.clone_from(&chain.beside);
        for replica in order {
            // Which of them began the chain is not what is asked here: both stand at head office.
            log.places.insert(replica.log(), None);
            for entry in entries_of(replica, &chain) {
                log.put_foreign(replica.log(), entry);
            }
        }
        let (_folder, reader) = book_of(identity(9, None));
        log.bring_up_to_date(&reader, &mut Rng(3));
        let (returned, rows, left, ..) = seen(&reader, member);
        assert_eq!((returned.by_line.get(&2), rows.len(), left), (Some(&3000), 2, PAID - 2090 - 3270));
        assert!(reader.verify().unwrap().ok());
        let digest = reader.digest().unwrap();
        reader.rebuild().unwrap();
        assert_eq!(reader.digest().unwrap().differing(&digest), [""; 0], "rebuilt it is the same");
        digests.push(digest);
    }
    assert_eq!(digests[0].differing(&digests[1]), [""; 0]);
}

/// All operations of a replica's own log: those the chain has, and those not sent.
fn entries_of(replica: &Replica, chain: &Chain) -> Vec<hefu_core::op::Operation> {
    let sent = chain.entries.iter().filter(|entry| entry.log == replica.log()).filter_map(|entry| entry.op.clone());
    let unsent = replica.next_push(1 << 20).unwrap().map(|unsent| unsent.segment.ops).unwrap_or_default();
    sent.chain(unsent).collect()
}

#[test]
fn the_head_alone_says_what_may_still_come_back() {
    let Shops { b, mut chain, member, _folders, .. } = shops();
    bring(&b, 7, &[(1, 2000)]);
    chain.take_all(&b);
    let (_folder, reader) = book_of(identity(9, None));
    let mut frame = chain.frame(&reader, usize::MAX);
    for entry in &mut frame.entries {
        let op = entry.op.as_mut().unwrap();
        op.detail = Part::Absent(op.detail.hash());
    }
    reader.apply(&frame).unwrap();
    assert_eq!(seen(&reader, member), seen(&b, member));
    reader
        .read(|book| {
            let row = book.refund(refund_id(7))?.unwrap();
            assert_eq!((book.refund_whole(&row)?.1, book.refund_tenders(&row)?), (None, Vec::new()));
            Ok(())
        })
        .unwrap();
    assert!(reader.verify().unwrap().ok());
}

#[test]
fn both_halves_of_an_exchange_stand_in_one_row() {
    let shops = shops();
    let Shops { a, member, .. } = &shops;
    let next = SaleId::from_bytes([2; 16]);
    a.write(|book| {
        let (refund, mut detail) = worked(book, a, 7, &[(1, 1000)]);
        detail.tenders = vec![Tender::Credit { amount_fen: Fen::constant(2090), from: Vec::new() }];
        let old = book.sale_head(&book.sale(SALE)?.unwrap())?;
        let sale =
            Sale { sale: next, number: 7, total_fen: Fen::constant(2090), points: Points::constant(20), postings: Vec::new(), ..old };
        let sold = SaleDetail { lines: Vec::new(), tenders: detail.tenders.clone(), taxes: Vec::new(), priced_by: None };
        let exchange = Exchange { refund: Refund { postings: Vec::new(), ..refund }, sale };
        book.append(by(NOW + 7), &Draft::new(Box::new(exchange)).with_detail(&ExchangeDetail { refund: detail, sale: sold })?)
    })
    .unwrap();
    a.read(|book| {
        let (sale, back) = (book.sale(next)?.unwrap(), book.refund(refund_id(7))?.unwrap());
        assert_eq!((sale.op, book.exchanged_with(&sale)?.as_ref()), (back.op, Some(&back)));
        assert_eq!(book.exchanged_with(&book.sale(SALE)?.unwrap())?, None);
        let credit = [Tender::Credit { amount_fen: Fen::constant(2090), from: Vec::new() }];
        assert_eq!((book.sale_tenders(&sale)?, book.refund_tenders(&back)?), (credit.to_vec(), credit.to_vec()));
        assert_eq!((book.sale_head(&sale)?.sale, book.refund_whole(&back)?.0.refund), (next, refund_id(7)));
        assert_eq!(book.standing(&book.person(*member)?.unwrap())?.visits, 1, "an exchange adds none");
        assert_eq!(book.returned(SALE)?.by_line.get(&1), Some(&1000));
        Ok(())
    })
    .unwrap();
    assert!(a.verify().unwrap().ok());
}

/// A customer brings two pieces back and takes one and a half of the same away: one row of the account, for the operation.
#[test]
fn an_exchange_of_the_same_goods_moves_its_stock_once() {
    let shops = shops();
    let Shops { a, .. } = &shops;
    let stock = Account::Stock(STORE_A, ProductId::from_bytes([2; 16]));
    let moved = |account: Account| {
        let rows = a.read(|book| book.statement(&[account], Unit::Milli, None, 50)).unwrap();
        rows.iter().map(|row| (row.amount, row.balance)).collect::<Vec<_>>()
    };
    assert_eq!(moved(stock), [(-2000, -2000)], "a sale stands in the statement of its goods");
    a.write(|book| {
        let (refund, back) = worked(book, a, 7, &[(1, 2000)]);
        let old = book.sale(SALE)?.unwrap();
        let mut lines = book.sale_lines(&old)?.unwrap();
        lines.truncate(1);
        lines[0].quantity_milli = 1500;
        let sale = Sale { sale: SaleId::from_bytes([2; 16]), number: 7, postings: Vec::new(), ..book.sale_head(&old)? };
        let sold = SaleDetail { lines, tenders: Vec::new(), taxes: Vec::new(), priced_by: None };
        let exchange = Exchange { refund: Refund { postings: Vec::new(), ..refund }, sale };
        book.append(by(NOW + 7), &Draft::new(Box::new(exchange)).with_detail(&ExchangeDetail { refund: back, sale: sold })?)
    })
    .unwrap();
    assert_eq!(moved(stock), [(500, -1500), (-2000, -2000)]);
    assert_eq!(moved(Account::StockOut(STORE_A)).first(), Some(&(-500, 4500)));
    let verified = a.verify().unwrap();
    assert!(verified.ok(), "{verified:?}");
}

#[test]
fn a_refund_that_says_what_cannot_be_is_kept_and_counts_for_nothing() {
    let Shops { b, mut chain, member, _folders, .. } = shops();
    let before = seen(&b, member);
    let most = 1_000_000_000_001;
    let wrongs: [fn(&mut Refund, Fen); 8] = [
        |refund, most| refund.total_fen = most,
        |refund, _| refund.total_fen = Fen::constant(-1),
        |refund, most| refund.parts[0].amount_fen = most,
        |refund, _| refund.parts[0].amount_fen = Fen::constant(-2090),
        |refund, _| refund.lines[0].1 = -1,
        |refund, _| refund.quantity_milli = 999,
        |refund, _| refund.quantity_milli = 1001,
        |refund, _| refund.lines.push((2, 1000)),
    ];
    for (wrong, exchanges) in wrongs.into_iter().flat_map(|wrong| [(wrong, false), (wrong, true)]) {
        let ours = b.write(|book| {
            let (mut refund, _) = worked(book, &b, 7, &[(1, 1000)]);
            wrong(&mut refund, Fen::new(most).unwrap());
            let sale = Sale { sale: SaleId::from_bytes([2; 16]), postings: Vec::new(), ..book.sale_head(&book.sale(SALE)?.unwrap())? };
            let body: Body = if exchanges { Box::new(Exchange { refund, sale }).into() } else { refund.into() };
            book.append(by(NOW), &Draft::new(body))
        });
        assert_eq!(ours.unwrap_err().code(), Code::AmountTooLarge, "no desk writes it");
    }
    // Another program's: parts that would spoil the sum of all refunds of the sale, and a quantity that its lines do not come to.
    for (n, right, wrong) in
        [(3, r#""amount_fen":2090"#, r#""amount_fen":-2090"#), (4, r#""quantity_milli":1000"#, r#""quantity_milli":5000"#)]
    {
        let (_folder, other) = book_of(identity(n, Some(STORE_B)));
        chain.bring_up_to_date(&other, &mut Rng(4));
        bring(&other, 7, &[(1, 1000)]);
        for mut op in entries_of(&other, &Chain::default()) {
            let head = String::from_utf8(op.head).unwrap();
            assert!(head.contains(right));
            op.head = head.replace(right, wrong).into_bytes();
            chain.put_foreign(other.log(), op);
        }
    }
    chain.bring_up_to_date(&b, &mut Rng(5));
    assert_eq!((seen(&b, member), b.digest().unwrap().operations), (before, chain.entries.len() as u64));
    assert!(b.verify().unwrap().ok());
}

#[test]
fn a_row_that_someone_changed_is_named_and_mended() {
    for (sql, table) in [
        ("UPDATE refund SET total_fen = 0", "refund"),
        ("UPDATE refund_line SET quantity_milli = 1", "refund_line"),
        ("DELETE FROM tender WHERE half = 1", "tender"),
        ("UPDATE store_day SET refund_fen = 0 WHERE refunds = 1", "store_day"),
        ("UPDATE member_month SET spend_fen = 0", "member_month"),
    ] {
        let (folder, a) = book_of(identity(1, Some(STORE_A)));
        found(&a);
        let member = register(&a, &mut Rng(1), by(NOW), &person("王小明", "13812341234"));
        sell(&a, by(NOW), SALE, Some(member), &[(2, 2), (1, 3)]).unwrap();
        bring(&a, 7, &[(1, 1000)]);
        drop(a);
        assert!(raw(&folder.path().join("book.db")).execute(sql, []).unwrap() > 0, "{sql}");
        let again = Replica::open(&place(folder.path())).unwrap();
        assert_eq!(again.verify().unwrap().differing, [table], "{sql}");
        again.rebuild().unwrap();
        assert!(again.verify().unwrap().ok(), "{sql}");
    }
}

/// C5: a use comes back when all its goods have, whatever arrives first.
#[test]
fn uses_come_back_with_their_goods_in_any_order() {
    let (_folder, till) = book_of(identity(1, Some(STORE_A)));
    found(&till);
    let member = register(&till, &mut Rng(1), by(NOW), &person("王小明", "13812341234"));
    let rule = RuleId::from_bytes([0xaa; 16]);
    sell(&till, by(NOW), SALE, Some(member), &[(2, 2), (1, 3)]).unwrap();
    let sold = till.read(|book| book.sale_head(&book.sale(SALE)?.unwrap())).unwrap();
    let goods = vec![(1, 2000), (2, 3000)];
    let promotions = vec![PromotionUsed { rule, version: 1, times: 2, pieces: 4, off_fen: Fen::ZERO, goods }];
    let id = SaleId::from_bytes([7; 16]);
    let used = Sale { sale: id, number: 50, promotions, postings: Vec::new(), ..sold };
    let back = |n: u8, of: &[(u32, i64)]| Refund {
        refund: refund_id(n),
        receipt_no: format!("AA-01-{n:06}"),
        number: u64::from(n),
        till_no: 1,
        sale: Some(id),
        member: Some(member),
        lines: of.to_vec(),
        quantity_milli: of.iter().map(|(_, milli)| milli).sum(),
        total_fen: Fen::ZERO,
        points_taken: Points::ZERO,
        points_restored: Points::ZERO,
        parts: Vec::new(),
        taxes: Vec::new(),
        coupons: Vec::new(),
        gifts: Vec::new(),
        postings: Vec::new(),
    };
    // What comes back, and the times and pieces that then still count.
    type Came<'a> = (&'a [(u32, i64)], (u64, u64));
    let steps: [Came<'_>; 3] = [(&[(1, 2000)], (2, 3)), (&[(2, 2001)], (2, 1)), (&[(2, 999)], (0, 0))];
    let uses = |replica: &Replica| {
        let read = |book: &Reading<'_>| {
            let person = book.person(member)?;
            let used = book.promotion_uses(person.as_ref())?.get(&rule).copied().unwrap_or_default();
            Ok((used.by_member_times, used.in_all_pieces))
        };
        replica.read(read).unwrap()
    };
    let append = |body: Body| till.write(|book| book.append(by(NOW + 9), &Draft::new(body.clone()))).unwrap();
    append(Body::Sale(used.clone()));
    assert_eq!(uses(&till), (2, 4));
    for (n, (of, left)) in (61..).zip(steps) {
        append(Body::Refund(back(n, of)));
        assert_eq!(uses(&till), left, "after {of:?}");
    }
    // The refunds before the sale, the last of them first.
    for (n, (of, _)) in (71..).zip(steps).collect::<Vec<_>>().into_iter().rev() {
        let early = SaleId::from_bytes([8; 16]);
        append(Body::Refund(Refund { sale: Some(early), ..back(n, of) }));
    }
    append(Body::Sale(Sale { sale: SaleId::from_bytes([8; 16]), number: 51, ..used.clone() }));
    assert_eq!(uses(&till), (0, 0));
    // A line that another program names twice comes back with both.
    let (twice, named) = (SaleId::from_bytes([9; 16]), [(1, 1000), (1, 1000)]);
    append(Body::Sale(Sale { sale: twice, number: 52, ..used.clone() }));
    append(Body::Refund(Refund { sale: Some(twice), ..back(81, &named) }));
    assert_eq!(uses(&till), (2, 3));
    assert_eq!(till.read(|book| book.returned(twice)).unwrap().by_line.get(&1), Some(&2000));
    append(Body::Refund(Refund { sale: Some(twice), ..back(82, &[(2, 3000)]) }));
    till.rebuild().unwrap();
    assert_eq!(uses(&till), (0, 0));
    assert!(till.verify().unwrap().ok());
}
