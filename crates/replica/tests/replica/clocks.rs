//! A till whose clock is fast (I15): what it sells counts, from its mark on, for the moment at which the log received it.

use hefu_core::{
    ids::SaleId,
    op::{CardOpened, Draft, RuleUsed},
    time::business_day,
};
use hefu_replica::{DayFigures, Digest, Replica};

use crate::common::{Chain, NOW, Rng, STORE_A, book_of, by, found, identity, person, register, sell};

const DAY_MS: i64 = 86_400_000;

/// The days, months and moments of a sale, as a book tells them.
fn told(book: &Replica, sale: SaleId, days: [&str; 2]) -> (i64, String, [DayFigures; 2]) {
    book.read(|book| {
        let sale = book.sale(sale)?.unwrap();
        let figures = |day: &str| book.day_figures(STORE_A, day);
        Ok((sale.at, sale.day, [figures(days[0])?, figures(days[1])?]))
    })
    .unwrap()
}

fn one(digest: &Digest, table: &str) -> [u8; 32] {
    digest.tables.iter().find(|(name, _)| *name == table).unwrap().1
}

#[test]
fn a_fast_clock_spoils_no_figure() {
    let (mut chain, mut rng) = (Chain { now: NOW, ..Chain::default() }, Rng(3));
    let (_hq_folder, hq) = book_of(identity(1, None));
    found(&hq);
    chain.take_all(&hq);
    let (_folder, till) = book_of(identity(2, Some(STORE_A)));
    let (_other_folder, other) = book_of(identity(3, Some(STORE_A)));
    chain.bring_up_to_date(&till, &mut rng);

    let (fast, card) = (NOW + 400 * DAY_MS, hefu_core::ids::CardId::from_bytes([5; 16]));
    let member = register(&till, &mut rng, by(fast), &person("王小明", "13812341234"));
    let opened = CardOpened {
        card,
        card_no: "62000001".to_owned(),
        kind: RuleUsed { rule: hefu_core::ids::RuleId::from_bytes([9; 16]), version: 1 },
        member: Some(member),
    };
    till.write(|book| book.append(by(fast), &Draft::new(opened.clone()))).unwrap();
    let [slow, fast_sale] = [1, 2].map(|n| SaleId::from_bytes([n; 16]));
    sell(&till, by(NOW - 40 * DAY_MS), slow, Some(member), &[(1, 1)]).unwrap();
    sell(&till, by(fast), fast_sale, Some(member), &[(2, 1)]).unwrap();
    let (day, wrong_day) = (business_day(NOW), business_day(fast));
    let days = [day.as_str(), wrong_day.as_str()];
    let sold = DayFigures { sales: 1, amount: hefu_core::money::Fen::constant(2_090), member_sales: 1 };
    let none = DayFigures::default();
    assert_eq!(told(&till, fast_sale, days), (fast, wrong_day.clone(), [none, sold]), "unsent, it is all that anybody knows");

    chain.take_all(&till);
    let received = chain.now;
    for node in [&till, &hq, &other] {
        chain.bring_up_to_date(node, &mut rng);
        assert_eq!(told(node, fast_sale, days), (received, day.clone(), [sold, none]), "till {}", node.identity().till_no);
        assert_eq!(told(node, slow, days).0, NOW - 40 * DAY_MS, "a slow clock is only wrong");
        node.read(|book| {
            let lead = book.person(member)?.unwrap();
            assert_eq!(book.standing(&lead)?.last_at, Some(received));
            assert_eq!((book.members_joined(&day)?, book.members_joined(&wrong_day)?), (1, 0));
            Ok(())
        })
        .unwrap();
        assert!(node.verify().unwrap().ok(), "till {}", node.identity().till_no);
    }
    let (marked, read) = (till.digest().unwrap(), other.digest().unwrap());
    assert_eq!(marked.differing(&read), [""; 0]);
    for table in ["posting", "store_day", "member_month", "member_stat", "card"] {
        assert_eq!(one(&marked, table), one(&hq.digest().unwrap(), table), "{table}");
    }
}
