//! Sales as they are read again: in full, by day, by person, page by page.

use hefu_core::{
    error::Code,
    ids::{DeviceId, LogId, MemberId, SaleId, StoreId},
    money::{Fen, LARGEST, Points},
    op::{BYTES_MOST, Body, Draft, Operation, Part, Sale, SaleDetail, Stamp, StoreSet, Tender},
    posting::{Account, Posting, Unit},
    time::business_day,
};
use hefu_replica::{Before, DayFigures, Replica, SaleRow};
use serde_json::json;

use crate::common::{Chain, NOW, Rng, STORE_A, STORE_B, book, by, code, found, person, place, raw, register, sell};

#[test]
fn a_sale_reads_back_as_it_was_rung_up() {
    let (_folder, till) = book();
    found(&till);
    let member = register(&till, &mut Rng(1), by(NOW), &person("王小明", "13812341234"));
    // A first purchase that makes a VIP, then one at the VIP's price.
    let [first, second] = [1, 2].map(|n| SaleId::from_bytes([n; 16]));
    sell(&till, by(NOW), first, Some(member), &[(5, 100)]).unwrap();
    sell(&till, by(NOW + 1), second, Some(member), &[(1, 1), (2, 2)]).unwrap();
    till.read(|book| {
        let sale = book.sale(second)?.unwrap();
        assert_eq!((sale.receipt_no.as_str(), sale.store, sale.line_count, sale.quantity_milli), ("AA-01-000002", Some(STORE_A), 2, 3000));
        // 10.90 and two of 20.90, less 5 % of 52.70, half a fen to the customer.
        assert_eq!((sale.goods_fen, sale.off_fen, sale.total_fen), (Fen::constant(5270), Fen::constant(264), Fen::constant(5006)));
        assert_eq!((sale.points, sale.sequenced), (Points::constant(50), false));
        let lines = book.sale_lines(&sale)?.unwrap();
        assert_eq!(lines.iter().map(|line| line.name.as_str()).collect::<Vec<_>>(), ["碗1", "碗2"]);
        assert_eq!(lines[1].list_price_fen, Fen::constant(2090));
        assert!(lines.iter().all(|line| line.off.len() == 1 && line.off[0].label == "VIP 9.5折"));
        let tender = Tender::Cash { given_fen: Fen::constant(5506), change_fen: Fen::constant(500) };
        assert_eq!(book.sale_tenders(&sale)?, [tender]);
        assert_eq!(book.sale_goods(&sale, 1)?, Some(vec!["碗1".to_owned()]));
        assert_eq!(book.sale(SaleId::from_bytes([9; 16]))?, None);
        Ok(())
    })
    .unwrap();
}

#[test]
fn half_a_sale_is_never_committed_even_where_its_error_is_passed_over() {
    let (folder, till) = book();
    found(&till);
    drop(till);
    let path = folder.path().join("book.db");
    raw(&path).execute_batch("CREATE TRIGGER no BEFORE INSERT ON tender BEGIN SELECT raise(ABORT, 'no'); END").unwrap();
    let till = Replica::open(&place(folder.path())).unwrap();
    let before = till.digest().unwrap();
    let id = SaleId::from_bytes([1; 16]);
    assert!(sell(&till, by(NOW), id, None, &[(1, 1)]).is_err());
    let detail = SaleDetail {
        lines: Vec::new(),
        tenders: vec![Tender::Cash { given_fen: Fen::ZERO, change_fen: Fen::ZERO }],
        taxes: Vec::new(),
        priced_by: None,
    };
    let sale = Sale {
        sale: id,
        receipt_no: String::new(),
        number: 1,
        till_no: 1,
        member: None,
        line_count: 0,
        quantity_milli: 0,
        goods_fen: Fen::ZERO,
        off_fen: Fen::ZERO,
        total_fen: Fen::ZERO,
        points: Points::ZERO,
        rules: Vec::new(),
        tier: None,
        rounding_fen: Fen::ZERO,
        tax_fen: Fen::ZERO,
        promotions: Vec::new(),
        coupons: Vec::new(),
        gifts: Vec::new(),
        unproved: false,
        postings: Vec::new(),
    };
    let draft = Draft::new(sale).with_detail(&detail).unwrap();
    assert_eq!(code(till.write(|book| Ok(book.append(by(NOW), &draft).is_err()))), Code::Internal);
    assert_eq!(till.digest().unwrap(), before);
    raw(&path).execute_batch("DROP TRIGGER no").unwrap();
    sell(&till, by(NOW), id, None, &[(1, 1)]).unwrap();
    assert!(till.verify().unwrap().ok());
}

#[test]
fn an_operation_past_the_size_cap_is_refused_and_the_next_goes_on() {
    let (_folder, till) = book();
    found(&till);
    let before = till.digest().unwrap();
    let long = "长".repeat(BYTES_MOST / 2);
    let huge = Draft::new(StoreSet { store: STORE_A, code: "AA".to_owned(), name: long, city: String::new() });
    assert_eq!(code(till.write(|book| book.append(by(NOW), &huge))), Code::OperationTooLarge);
    assert_eq!(till.digest().unwrap(), before);
    till.write(|book| {
        assert!(book.append(by(NOW), &huge).is_err());
        book.append(by(NOW), &Draft::new(StoreSet { store: STORE_A, code: "AA".to_owned(), name: "短".to_owned(), city: String::new() }))
    })
    .unwrap();
    assert_eq!(till.read(|book| Ok(book.store(STORE_A)?.unwrap().name)).unwrap(), "短");
    assert!(till.verify().unwrap().ok());
}

#[test]
fn lists_go_on_where_they_stopped() {
    let (_folder, till) = book();
    found(&till);
    let member = register(&till, &mut Rng(1), by(NOW), &person("王小明", "13812341234"));
    // Several at the same moment, and one the day before.
    let ids: Vec<SaleId> = (0..7).map(|n| SaleId::from_bytes([n; 16])).collect();
    for (n, id) in (0..).zip(&ids) {
        sell(&till, by(NOW + n / 3), *id, Some(member), &[(1, 1)]).unwrap();
    }
    sell(&till, by(NOW - 86_400_000), SaleId::from_bytes([9; 16]), None, &[(1, 1)]).unwrap();
    let day = business_day(NOW);
    let newest_first: Vec<SaleId> = ids.iter().rev().copied().collect();
    till.read(|book| {
        let person = book.person(member)?.unwrap();
        let pages = |page: &dyn Fn(Option<Before>) -> Result<Vec<SaleRow>, hefu_replica::Error>| {
            let (mut all, mut before) = (Vec::new(), None);
            loop {
                let found = page(before)?;
                let Some(last) = found.last() else { return Ok::<_, hefu_replica::Error>(all) };
                before = Some(Before { at: last.at, op: last.op });
                all.extend(found.iter().map(|sale| sale.id));
            }
        };
        assert_eq!(pages(&|before| book.sales_of_day(STORE_A, &day, before, 2))?, newest_first);
        assert_eq!(pages(&|before| book.sales_of_person(&person, before, 3))?, newest_first);
        assert_eq!(book.sales_of_day(STORE_B, &day, None, 9)?, []);
        let figures = |store: StoreId, day: &str| book.day_figures(store, day).unwrap();
        assert_eq!(figures(STORE_A, &day), DayFigures { sales: 7, amount: Fen::constant(7 * 1090), member_sales: 7 });
        assert_eq!(
            figures(STORE_A, &business_day(NOW - 86_400_000)),
            DayFigures { sales: 1, amount: Fen::constant(1090), member_sales: 0 }
        );
        assert_eq!(figures(STORE_B, &day), DayFigures::default());
        // Up to a moment: what was sold at it does not count.
        let until = book.day_figures_until(STORE_A, &day, NOW + 1)?;
        assert_eq!(until, DayFigures { sales: 3, amount: Fen::constant(3 * 1090), member_sales: 3 });
        Ok(())
    })
    .unwrap();
}

/// The head of a sale of another device's making.
fn foreign_sale(seq: u64, member: MemberId, spoil: impl FnOnce(&mut Sale)) -> Operation {
    let stamp = Stamp {
        log: OTHER,
        seq,
        device: DeviceId::from_bytes([0x45; 16]),
        store: Some(STORE_A),
        who: None,
        at: NOW,
        ahead: 0,
        day: business_day(NOW),
    };
    let mut sale = Sale {
        sale: SaleId::from_bytes([0x80 + u8::try_from(seq).unwrap(); 16]),
        receipt_no: format!("AA-02-{seq:06}"),
        number: seq,
        till_no: 2,
        member: Some(member),
        line_count: 1,
        quantity_milli: 1_000,
        goods_fen: Fen::constant(100),
        off_fen: Fen::ZERO,
        total_fen: Fen::constant(100),
        points: Points::constant(1),
        rules: Vec::new(),
        tier: None,
        rounding_fen: Fen::ZERO,
        tax_fen: Fen::ZERO,
        promotions: Vec::new(),
        coupons: Vec::new(),
        gifts: Vec::new(),
        unproved: false,
        postings: vec![posting(member, 1)],
    };
    spoil(&mut sale);
    Operation { head: Body::from(sale).write(&stamp).unwrap(), detail: Part::NONE, sealed: Part::NONE }
}

const OTHER: LogId = LogId(uuid::Uuid::from_bytes([0x46; 16]));

fn posting(member: MemberId, points: i64) -> Posting {
    Posting::new(Account::PointsIssued, Account::MemberPoints(member), Unit::Points, points).unwrap()
}

#[test]
fn a_sale_that_no_shop_has_is_kept_and_spoils_no_sum() {
    let (mut chain, mut rng) = (Chain::default(), Rng(4));
    let (_folder, till) = book();
    found(&till);
    let register = |phone: &str, rng: &mut Rng| register(&till, rng, by(NOW), &person("王小明", phone));
    let (member, spoilt) = (register("13812341234", &mut rng), register("13900001111", &mut rng));
    chain.take_all(&till);
    let largest = Fen::new(LARGEST).unwrap();
    let spoils: [&dyn Fn(&mut Sale); 10] = [
        &|sale| sale.total_fen = largest,
        &|sale| sale.total_fen = largest,
        &|sale| sale.goods_fen = largest,
        &|sale| sale.off_fen = largest,
        &|sale| sale.total_fen = Fen::constant(-1),
        &|sale| sale.points = Points::new(LARGEST).unwrap(),
        &|sale| sale.points = Points::constant(-1),
        &|sale| sale.quantity_milli = i64::MIN,
        &|sale| sale.postings.push(posting(spoilt, LARGEST)),
        &|sale| sale.number = 1 << 40,
    ];
    for (seq, spoil) in (1..).zip(spoils) {
        chain.put_foreign(OTHER, foreign_sale(seq, spoilt, spoil));
    }
    // A good one behind them, and one of the greatest that count.
    chain.put_foreign(OTHER, foreign_sale(11, member, |_| ()));
    chain.put_foreign(OTHER, foreign_sale(12, member, |sale| sale.total_fen = Fen::new(1_000_000_000_000).unwrap()));
    chain.bring_up_to_date(&till, &mut rng);

    let (day, sum) = (business_day(NOW), Fen::new(1_000_000_000_100).unwrap());
    till.read(|book| {
        let figures = DayFigures { sales: 2, amount: sum, member_sales: 2 };
        assert_eq!(book.day_figures(STORE_A, &day)?, figures);
        assert_eq!(book.day_figures_until(STORE_A, &day, NOW + 1)?, figures);
        assert_eq!(book.sales_of_day(STORE_A, &day, None, 20)?.len(), 2);
        for (id, visits, spend, points) in [(member, 2, sum, 2), (spoilt, 0, Fen::ZERO, 0)] {
            let held = book.standing(&book.person(id)?.unwrap())?;
            assert_eq!((held.visits, held.spend, held.points), (visits, spend, Points::constant(points)));
        }
        assert!(book.is_frozen(spoilt.0)? && !book.is_frozen(member.0)?);
        Ok(())
    })
    .unwrap();
    let verified = till.verify().unwrap();
    assert!(verified.ok(), "{verified:?}");
    till.rebuild().unwrap();
    assert_eq!(till.digest().unwrap().tables, verified.digest.tables);
}

#[test]
fn a_till_writes_no_sale_that_others_would_not_fold() {
    let (_folder, till) = book();
    found(&till);
    let member = register(&till, &mut Rng(1), by(NOW), &person("王小明", "13812341234"));
    let before = till.digest().unwrap();
    let head = hefu_core::op::Head::read(&foreign_sale(1, member, |sale| sale.total_fen = Fen::new(LARGEST).unwrap()).head).unwrap();
    let draft = Draft::new(Body::read(&head).unwrap());
    assert_eq!(code(till.write(|book| book.append(by(NOW), &draft))), Code::AmountTooLarge);
    assert_eq!(till.digest().unwrap(), before);
    sell(&till, by(NOW), SaleId::from_bytes([1; 16]), Some(member), &[(1, 1)]).unwrap();
}

#[test]
fn selling_goes_on_after_the_last_receipt_number() {
    let (folder, till) = book();
    found(&till);
    sell(&till, by(NOW), SaleId::from_bytes([1; 16]), None, &[(1, 1)]).unwrap();
    let last: i64 = (1 << 40) - 1;
    crate::common::raw(&folder.path().join("book.db")).execute("UPDATE receipt SET number = ?1", [last]).unwrap();
    assert_eq!(sell(&till, by(NOW), SaleId::from_bytes([2; 16]), None, &[(1, 1)]).unwrap(), last.unsigned_abs());
}

#[test]
fn sums_past_the_largest_are_shown_as_the_largest() {
    let (folder, till) = book();
    found(&till);
    let member = register(&till, &mut Rng(1), by(NOW), &person("王小明", "13812341234"));
    sell(&till, by(NOW), SaleId::from_bytes([1; 16]), Some(member), &[(1, 1)]).unwrap();
    let over = i64::MAX - 5;
    let raw = crate::common::raw(&folder.path().join("book.db"));
    for sql in
        ["UPDATE store_day SET amount_fen = ?1", "UPDATE member_stat SET spend_fen = ?1", "UPDATE balance SET amount = ?1 WHERE unit = 2"]
    {
        assert!(raw.execute(sql, [over]).unwrap() > 0);
    }
    till.read(|book| {
        assert_eq!(book.day_figures(STORE_A, &business_day(NOW))?.amount.get(), LARGEST);
        let held = book.standing(&book.person(member)?.unwrap())?;
        assert_eq!((held.spend.get(), held.points.get()), (LARGEST, LARGEST));
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_detail_that_says_what_cannot_be_is_as_if_elsewhere() {
    let (mut chain, mut rng) = (Chain::default(), Rng(4));
    let (_folder, till) = book();
    found(&till);
    let member = register(&till, &mut rng, by(NOW), &person("王小明", "13812341234"));
    chain.take_all(&till);
    let sale = foreign_sale(1, member, |_| ());
    let detail = json!({"lines": [], "tenders": [{"tender": "cash", "given_fen": LARGEST, "change_fen": 0}]}).to_string();
    chain.put_foreign(OTHER, Operation { detail: Part::Here(detail.into_bytes()), ..sale });
    chain.bring_up_to_date(&till, &mut rng);
    till.read(|book| {
        let sale = book.sale(SaleId::from_bytes([0x81; 16]))?.unwrap();
        assert_eq!((book.sale_tenders(&sale)?.len(), sale.total_fen), (0, Fen::constant(100)));
        Ok(())
    })
    .unwrap();
}

#[test]
fn the_latest_sales_are_those_whose_lines_are_here() {
    let (mut chain, mut rng) = (Chain::default(), Rng(5));
    let (_folder, till) = book();
    found(&till);
    let member = register(&till, &mut rng, by(NOW), &person("王小明", "13812341234"));
    for n in 1..=3u8 {
        sell(&till, by(NOW - i64::from(n)), SaleId::from_bytes([n; 16]), None, &[(1, 1)]).unwrap();
    }
    chain.take_all(&till);
    chain.put_foreign(OTHER, foreign_sale(1, member, |_| ()));
    chain.bring_up_to_date(&till, &mut rng);
    let ids = |sales: Vec<hefu_replica::SaleRow>| sales.iter().map(|sale| sale.id.as_bytes()[0]).collect::<Vec<_>>();
    till.read(|book| {
        assert!(book.sale(SaleId::from_bytes([0x81; 16]))?.is_some(), "its head is here");
        let first = book.latest_sales(None, 2)?;
        let next = book.latest_sales(first.last().map(|sale| sale.op), 2)?;
        assert_eq!((ids(first), ids(next)), (vec![3, 2], vec![1]));
        assert_eq!(ids(book.latest_sales(Some(0), 2)?), [0u8; 0]);
        Ok(())
    })
    .unwrap();
}
