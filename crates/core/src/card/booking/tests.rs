use std::collections::BTreeMap;

use super::*;
use crate::{
    card::{Article, Basis, Figures},
    ids::{DeviceId, StoreId, TenderId},
    settle::{CashRounding, Given, settle},
};

const STORE: StoreId = StoreId(uuid::Uuid::from_bytes([6; 16]));
const DEVICE: DeviceId = DeviceId(uuid::Uuid::from_bytes([8; 16]));

fn fen(amount: i32) -> Fen {
    Fen::constant(amount)
}

fn card(n: u8) -> CardId {
    CardId::from_bytes([n; 16])
}

fn at() -> Counter<'static> {
    Counter { store: STORE, store_code: "HB", device: DEVICE, till_no: 1, number: 7 }
}

/// What each account gains, by its name; nothing is left out but what gains nothing.
fn gains(postings: &[Posting]) -> BTreeMap<String, i64> {
    let mut gains = BTreeMap::new();
    for (account, amount) in postings.iter().flat_map(Posting::legs) {
        let name = account.to_string();
        let name = match account {
            Account::CardPrincipal(card) => format!("principal {}", card.as_bytes()[0]),
            Account::CardBonus(card) => format!("bonus {}", card.as_bytes()[0]),
            _ => name.split('/').next().unwrap_or_default().to_owned(),
        };
        *gains.entry(name).or_insert(0) += amount;
    }
    gains.retain(|_, amount| *amount != 0);
    assert_eq!(gains.values().sum::<i64>(), 0);
    gains
}

fn expect(gains: &[(&str, i64)]) -> BTreeMap<String, i64> {
    gains.iter().map(|(name, amount)| ((*name).to_owned(), *amount)).collect()
}

fn credit(principal: i32, first: i32, parts: &[(u32, i32)]) -> Credit {
    Credit { principal_fen: fen(principal), first_bonus_fen: fen(first), parts: parts.iter().map(|(m, part)| (*m, fen(*part))).collect() }
}

fn top_up(credit: &Credit, given: &[Given], rounding: i32) -> Result<(CardToppedUp, TenderDetail), Code> {
    let settled = settle(credit.principal_fen, given, CashRounding { to_fen: fen(rounding) })?;
    let top_up = TopUpId::from_bytes([1; 16]);
    TopUpParts { top_up, card: card(1), buyer: None, at: at(), day: "2026-01-31", plan: "充300送50", credit, settled: &settled }.top_up()
}

#[test]
fn a_top_up_is_prepaid_and_lies_on_the_card() {
    let named = Given::Named { tender: TenderId::from_bytes([2; 16]), name: "银行卡".into(), amount_fen: fen(10_000), reference: None };
    let (done, detail) = top_up(&credit(30_005, 2_500, &[(1, 2_500)]), &[Given::Cash { given_fen: fen(50_000) }, named], 1).unwrap();
    assert_eq!(
        gains(&done.postings),
        expect(&[
            ("prepaid", -30_005),
            ("tender", 10_000),
            ("cash", 20_005),
            ("cards_issued", -32_505),
            ("principal 1", 30_005),
            ("bonus 1", 2_500)
        ])
    );
    assert_eq!((done.receipt_no.as_str(), done.plan.as_str(), detail.tenders.len()), ("HB-01-000007", "充300送50", 2));
    assert_eq!(done.parts, [BonusPart { part: 2, day: "2026-02-28".into(), bonus_fen: fen(2_500) }]);
}

#[test]
fn a_top_up_is_paid_in_money_and_in_full() {
    for (given, expect) in [
        (Given::Cash { given_fen: fen(29_999) }, Code::TenderShort),
        (Given::Card { card: card(2), amount_fen: fen(30_000) }, Code::TenderUnknown),
        (Given::Credit { amount_fen: fen(30_000) }, Code::TenderUnknown),
    ] {
        assert_eq!(top_up(&credit(30_000, 0, &[]), &[given], 1).map(drop), Err(expect));
    }
    let rounded = top_up(&credit(30_007, 0, &[]), &[Given::Cash { given_fen: fen(30_000) }], 10);
    assert_eq!(rounded.map(drop), Err(Code::TenderShort), "no fen of principal comes out of rounding");
}

#[test]
fn parts_come_on_the_same_day_of_each_month_or_its_last() {
    let days = |day: &str| dated(&credit(1, 1, &[(1, 1), (2, 1), (12, 1)]), day).map(|parts| parts.into_iter().map(|p| p.day).collect());
    assert_eq!(days("2026-01-31"), Ok(vec!["2026-02-28".to_owned(), "2026-03-31".to_owned(), "2027-01-31".to_owned()]));
    assert_eq!(days("2026-03-02"), Ok(vec!["2026-04-02".to_owned(), "2026-05-02".to_owned(), "2027-03-02".to_owned()]));
    assert_eq!(days("soon"), Err::<Vec<String>, _>(Code::RequestInvalid));
}

fn held(card_no: u8, principal: i32, bonus: i32) -> Holding {
    Holding { card: card(card_no), principal: fen(principal), bonus: fen(bonus) }
}

#[test]
fn all_of_it_goes_to_the_new_card_and_debts_too() {
    for (holdings, expected) in [
        (vec![held(1, 300, 50)], vec![("principal 1", -300), ("principal 9", 300), ("bonus 1", -50), ("bonus 9", 50)]),
        (vec![held(1, 300, 0), held(2, -20, 0)], vec![("principal 1", -300), ("principal 2", 20), ("principal 9", 280)]),
        (vec![held(1, 0, -7)], vec![("bonus 1", 7), ("bonus 9", -7)]),
        (vec![held(1, 0, 0)], vec![]),
    ] {
        let moved = reissued(card(1), card(9), &holdings, None).unwrap();
        assert_eq!(gains(&moved.postings), expect(&expected), "{holdings:?}");
    }
}

fn refund(refund: i32, by: PaidOutBy, holdings: &[Holding]) -> Result<(CardRefunded, TenderDetail), Code> {
    let figures = Figures {
        paid_fen: fen(0),
        gift_fen: fen(0),
        charged_fen: fen(0),
        used_list_fen: fen(0),
        cooling_fen: None,
        discounted_fen: fen(0),
        list_price_fen: fen(0),
    };
    let worth = CardRefund {
        refund_fen: fen(refund),
        of_principal_fen: fen(refund),
        basis: Basis::ListPrice,
        article: Article::ByCustomer,
        explained: figures,
    };
    CardRefundParts { card: card(1), at: at(), cause: Cause::Customer, worth: &worth, holdings, by, approved_by: None }.refund()
}

#[test]
fn a_refund_empties_the_card_and_what_was_prepaid() {
    for (paid_out, holdings, expected) in [
        // 160 of 160 principal.
        (
            160,
            vec![held(1, 160, 50)],
            vec![("principal 1", -160), ("bonus 1", -50), ("cards_issued", 210), ("cash", -160), ("prepaid", 160)],
        ),
        // The house's cause: 20 of it is bonus that it pays.
        (
            180,
            vec![held(1, 160, 50)],
            vec![("principal 1", -160), ("bonus 1", -50), ("cards_issued", 210), ("cash", -180), ("prepaid", 160), ("bonus_given", 20)],
        ),
        // The customer's: 60 is what goods at a discount would have cost more.
        (
            100,
            vec![held(1, 160, 0)],
            vec![("principal 1", -160), ("cards_issued", 160), ("cash", -100), ("prepaid", 160), ("turnover", -60)],
        ),
        (0, vec![held(1, 0, 0)], vec![]),
        (
            30,
            vec![held(1, 40, 0), held(2, -10, 0)],
            vec![("principal 1", -40), ("principal 2", 10), ("cards_issued", 30), ("cash", -30), ("prepaid", 30)],
        ),
    ] {
        let (done, detail) = refund(paid_out, PaidOutBy::Cash, &holdings).unwrap();
        assert_eq!(gains(&done.postings), expect(&expected), "{paid_out} of {holdings:?}");
        assert_eq!(detail.tenders.len(), usize::from(paid_out > 0));
    }
    for holdings in [held(1, -1, 0), held(1, -1, 50), held(1, 5, -6)] {
        assert_eq!(refund(0, PaidOutBy::Cash, &[holdings]).map(drop), Err(Code::CardOwes), "{holdings:?}");
    }
}

/// Two tills that did not know of each other spent one bonus: what is owed of it comes off the principal.
#[test]
fn principal_pays_for_bonus_that_is_owed() {
    let emptied = |paid_out| {
        let (done, _) = refund(paid_out, PaidOutBy::Cash, &[held(1, 300, -20)]).unwrap();
        (done.principal_fen.get(), done.bonus_fen.get(), gains(&done.postings))
    };
    let card = [("principal 1", -300), ("bonus 1", 20), ("cards_issued", 280), ("prepaid", 300)];
    let with = |rest: &[(&str, i64)]| expect(&[&card[..], rest].concat());
    assert_eq!(emptied(280), (280, 0, with(&[("cash", -280), ("turnover", -20)])));
    assert_eq!(emptied(260), (280, 0, with(&[("cash", -260), ("turnover", -40)])));
    let promised = emptied(290);
    assert_eq!(promised, (280, 0, with(&[("cash", -290), ("turnover", -20), ("bonus_given", 10)])), "parts to come count too");
}

#[test]
fn a_refund_to_an_account_leaves_the_drawer_alone() {
    let bank = TenderId::from_bytes([2; 16]);
    let by = PaidOutBy::Named { tender: bank, name: "银行转账".into(), reference: Some("6222 0001".into()) };
    let (done, detail) = refund(180, by, &[held(1, 160, 50)]).unwrap();
    let expected =
        [("principal 1", -160), ("bonus 1", -50), ("cards_issued", 210), ("tender", -180), ("prepaid", 160), ("bonus_given", 20)];
    assert_eq!(gains(&done.postings), expect(&expected));
    let named = Tender::Named { tender: bank, name: "银行转账".into(), amount_fen: fen(180), reference: Some("6222 0001".into()) };
    assert_eq!(detail.tenders, [named]);
}
