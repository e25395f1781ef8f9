//! Sales as they are read again: in full, by day, by person, page by page.

use hefu_core::{
    error::Code,
    ids::{SaleId, StoreId},
    money::{Fen, Points},
    op::{Draft, Sale, SaleDetail, StoreSet, Tender},
    time::business_day,
};
use hefu_replica::{Before, DayFigures, Replica, SaleRow};

use crate::common::{NOW, Rng, STORE_A, STORE_B, book, by, code, found, person, place, raw, register, sell};

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
    let detail = SaleDetail { lines: Vec::new(), tenders: vec![Tender::Cash { given_fen: Fen::ZERO, change_fen: Fen::ZERO }] };
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
    let long = "长".repeat(30_000);
    let huge = Draft::new(StoreSet { store: STORE_A, code: "AA".to_owned(), name: long });
    assert_eq!(code(till.write(|book| book.append(by(NOW), &huge))), Code::OperationTooLarge);
    assert_eq!(till.digest().unwrap(), before);
    till.write(|book| {
        assert!(book.append(by(NOW), &huge).is_err());
        book.append(by(NOW), &Draft::new(StoreSet { store: STORE_A, code: "AA".to_owned(), name: "短".to_owned() }))
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
