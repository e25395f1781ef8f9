//! Finding goods: any part of a name of any length, pinyin, initials, exact codes (A8).

use hefu_core::op::Draft;

use crate::common::{NOW, book, by, demo_book, goods};

#[test]
fn any_part_of_a_name_finds_it() {
    let book = demo_book();
    let count = book.demo.scale().products;
    for index in (0..count).step_by(count / 50) {
        let product = book.demo.product(index);
        let name: Vec<char> = hefu_core::name::fold(&product.name).chars().collect();
        for len in [1, 2, 3, name.len()] {
            for part in name.windows(len) {
                let part: String = part.iter().collect();
                let found = book.replica.read(|read| read.search_products(&part, count)).unwrap();
                assert!(found.iter().any(|held| held.product.0 == product.id), "{part} of {}", product.name);
                let truly = found.iter().filter(|held| {
                    let keys = hefu_core::name::keys(&held.name);
                    keys.name.contains(&part) || keys.pinyin.starts_with(&part) || keys.initials.contains(&part)
                });
                assert_eq!(truly.count(), found.len(), "{part} finds what does not have it");
            }
        }
    }
}

#[test]
fn every_product_is_found_by_each_of_its_codes_and_its_initials() {
    let book = demo_book();
    book.replica
        .read(|read| {
            for product in book.demo.products() {
                for code in std::iter::once(&product.barcode).chain(&product.extra_barcodes) {
                    let found = read.products_by_code(code)?;
                    assert_eq!(found.iter().map(|held| held.product.0).collect::<Vec<_>>(), [product.id], "{code}");
                }
            }
            for product in book.demo.products().step_by(41) {
                let keys = hefu_core::name::keys(&product.name);
                for text in [&keys.initials, &keys.initials[1..], &keys.pinyin, &product.name.to_uppercase()] {
                    let found = read.search_products(text, 2_000)?;
                    assert!(found.iter().any(|held| held.product.0 == product.id), "{text} for {}", product.name);
                }
            }
            assert_eq!(read.products_by_code("")?, []);
            assert_eq!(read.products_by_code("690")?, [], "a code is found whole or not");
            Ok(())
        })
        .unwrap();
}

#[test]
fn ranks_and_changes_of_goods() {
    let (_folder, replica) = book();
    let put = |product| replica.write(|book| book.append(by(NOW), &Draft::new(product))).map(drop).unwrap();
    put(goods(1, "青花碗", 100, &["111", "222"]));
    put(goods(2, "碗架 A-5", 100, &["222"]));
    put(goods(3, "玩具", 100, &[]));
    put(goods(4, "万用\"胶水\" 50%", 100, &["333"]));
    let ids = |text: &str, most| -> Vec<u8> {
        let found = replica.read(|book| book.search_products(text, most)).unwrap();
        found.iter().map(|product| product.product.as_bytes()[0]).collect()
    };
    for (text, expect) in [
        // The name's beginning, then the pinyin's, then anywhere.
        ("碗", &[2, 1][..]),
        ("wan", &[2, 3, 4]),
        ("ｗａｎ", &[2, 3, 4]),
        ("w", &[2, 3, 4, 1]),
        ("qhw", &[1]),
        ("a-5", &[2]),
        ("-", &[2]),
        ("%", &[4]),
        ("50%", &[4]),
        ("\"胶", &[4]),
        ("\"", &[4]),
        ("碗 架", &[2]),
        ("碗*", &[]),
        ("_", &[]),
        ("'", &[]),
        ("OR", &[]),
        ("", &[]),
        ("  ", &[]),
    ] {
        assert_eq!(ids(text, 20), expect, "{text:?}");
    }
    assert_eq!(ids("wan", 2), [2, 3]);
    let by_code = |code: &str| -> Vec<u8> {
        let found = replica.read(|book| book.products_by_code(code)).unwrap();
        found.iter().map(|product| product.product.as_bytes()[0]).collect()
    };
    assert_eq!((by_code("111"), by_code("222")), (vec![1], vec![1, 2]), "a code given twice finds both");
    // A later version takes the place of the whole: old words and codes find nothing.
    let renamed = goods(1, "白瓷盘", 90, &["444"]);
    replica.write(|book| book.append(by(NOW + 1), &Draft::new(renamed.clone()))).unwrap();
    assert_eq!((ids("青花", 20), ids("白瓷", 20), ids("qhw", 20)), (vec![], vec![1], vec![]));
    assert_eq!((by_code("111"), by_code("222"), by_code("444")), (vec![], vec![2], vec![1]));
    assert_eq!(replica.read(|book| book.product(renamed.product)).unwrap(), Some(renamed));
    assert!(replica.verify().unwrap().ok());
    replica.rebuild().unwrap();
    assert_eq!((ids("青花", 20), ids("白瓷", 20)), (vec![], vec![1]));
}
