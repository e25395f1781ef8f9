//! The law's examples, and what holds for any card.

use super::{super::SpendOrder, super::spend::split, *};
use proptest::prelude::*;

const PAID_ON: &str = "2026-03-01";
const LONG_AFTER: &str = "2026-09-01";

/// A card of `paid` and `gift` that drew `used` on principal first, all at list price.
fn facts(paid: i64, gift: i64, used: i64, today: &str, cause: Cause) -> CardFacts {
    let fen = |amount| Fen::new(amount).unwrap();
    let (principal, bonus) = split(fen(paid), fen(gift), fen(used), SpendOrder::PrincipalFirst).unwrap();
    CardFacts {
        paid_fen: fen(paid),
        gift_fen: fen(gift),
        gift_to_come_fen: Fen::ZERO,
        used_list_fen: fen(used),
        used_principal_fen: principal,
        used_bonus_fen: bonus,
        first_paid_day: Some(PAID_ON.into()),
        today: today.into(),
        cause,
    }
}

fn reckon(facts: &CardFacts) -> Result<CardRefund, Code> {
    facts.refund(&CardLaw::shipped(), GiftParts::Promised)
}

#[track_caller]
fn check(facts: &CardFacts, expect: Result<(i32, Basis, Article), Code>) {
    let found = reckon(facts).map(|refund| (refund.refund_fen, refund.basis, refund.article));
    assert_eq!(found, expect.map(|(fen, basis, article)| (Fen::constant(fen), basis, article)), "{facts:?}");
}

#[test]
fn the_examples_of_the_law() {
    use {Article::*, Basis::*, Cause::*};
    for (used, cause, expect) in [
        (0, Merchant, (30_000, Discounted, NotByCustomer)),
        (0, Customer, (30_000, ListPrice, ByCustomer)),
        (14_000, Merchant, (18_000, Discounted, NotByCustomer)),
        (14_000, Customer, (16_000, ListPrice, ByCustomer)),
        (32_000, Merchant, (2_571, Discounted, NotByCustomer)),
        (32_000, Customer, (0, Nothing, ByCustomer)),
        (30_000, Customer, (0, Nothing, ByCustomer)),
        (35_000, Merchant, (0, Nothing, NotByCustomer)),
        (34_999, Merchant, (1, Discounted, NotByCustomer)),
    ] {
        check(&facts(30_000, 5_000, used, LONG_AFTER, cause), Ok(expect));
    }
    // Half a fen goes to the customer.
    check(&facts(1, 1, 1, LONG_AFTER, Merchant), Ok((1, Discounted, NotByCustomer)));
}

/// 300 with 20 on top, and two tills that did not know of each other spent 20 of bonus each.
#[test]
fn bonus_that_is_owed_was_paid_by_principal() {
    use {Article::*, Basis::*, Cause::*};
    let fen = Fen::constant;
    let owing = |today: &str, cause| CardFacts {
        used_list_fen: fen(4_000),
        used_principal_fen: Fen::ZERO,
        used_bonus_fen: fen(4_000),
        ..facts(30_000, 2_000, 0, today, cause)
    };
    check(&owing("2026-03-08", Cooling), Ok((28_000, UnusedWithinCoolingPeriod, CoolingOff)));
    // 300 − 40 × 300/320.
    check(&owing(LONG_AFTER, Merchant), Ok((26_250, Discounted, NotByCustomer)));
    check(&owing(LONG_AFTER, Customer), Ok((26_000, ListPrice, ByCustomer)));
    let all = CardFacts { used_principal_fen: fen(28_001), ..owing(LONG_AFTER, Customer) };
    check(&all, Err(Code::AmountInvalid));
}

#[test]
fn several_top_ups_are_their_sums() {
    use {Article::*, Basis::*, Cause::*};
    // 300 + 50 and 500 + 100: 240 used, 800 − 240 × 800/950 = 597.89.
    check(&facts(80_000, 15_000, 24_000, LONG_AFTER, Merchant), Ok((59_789, Discounted, NotByCustomer)));
    check(&facts(80_000, 15_000, 24_000, LONG_AFTER, Customer), Ok((56_000, ListPrice, ByCustomer)));
}

#[test]
fn within_seven_days_the_unused_principal() {
    use {Article::*, Basis::*, Cause::*};
    for (today, used, cause, expect) in [
        ("2026-03-01", 0, Cooling, Ok((30_000, UnusedWithinCoolingPeriod, CoolingOff))),
        ("2026-03-08", 0, Merchant, Ok((30_000, UnusedWithinCoolingPeriod, CoolingOff))),
        ("2026-03-08", 0, Customer, Ok((30_000, UnusedWithinCoolingPeriod, CoolingOff))),
        ("2026-03-08", 14_000, Cooling, Ok((16_000, UnusedWithinCoolingPeriod, CoolingOff))),
        ("2026-03-08", 32_000, Cooling, Ok((0, Nothing, CoolingOff))),
        // The better of two rights: what the merchant's cause gives is more.
        ("2026-03-08", 14_000, Merchant, Ok((18_000, Discounted, NotByCustomer))),
        ("2026-03-09", 0, Cooling, Err(Code::CardCoolingOver)),
        ("2026-03-09", 14_000, Customer, Ok((16_000, ListPrice, ByCustomer))),
        // A clock that is behind.
        ("2025-01-01", 0, Cooling, Ok((30_000, UnusedWithinCoolingPeriod, CoolingOff))),
    ] {
        check(&facts(30_000, 5_000, used, today, cause), expect);
    }
    // Bonus spent first leaves the principal whole.
    let bonus_first = CardFacts {
        used_principal_fen: Fen::ZERO,
        used_bonus_fen: Fen::constant(5_000),
        ..facts(30_000, 5_000, 5_000, "2026-03-05", Cooling)
    };
    check(&bonus_first, Ok((30_000, UnusedWithinCoolingPeriod, CoolingOff)));
    let never_paid = CardFacts { first_paid_day: None, ..facts(0, 5_000, 0, "2026-03-01", Cooling) };
    check(&never_paid, Err(Code::CardCoolingOver));
    let longer = CardLaw { cooling_days: 15, ..CardLaw::shipped() };
    let late = facts(30_000, 5_000, 0, "2026-03-16", Cooling);
    assert_eq!(late.refund(&longer, GiftParts::Promised).map(|refund| refund.refund_fen), Ok(Fen::constant(30_000)));
}

#[test]
fn a_discount_counts_as_charged_or_at_list_price_by_the_cause() {
    use {Article::*, Basis::*, Cause::*};
    // Goods of 140 on the list, charged 133: 300 − 133 × 300/350 = 186, and 300 − 140 = 160.
    let charged = |cause| CardFacts { used_list_fen: Fen::constant(14_000), ..facts(30_000, 5_000, 13_300, LONG_AFTER, cause) };
    check(&charged(Merchant), Ok((18_600, Discounted, NotByCustomer)));
    check(&charged(Customer), Ok((16_000, ListPrice, ByCustomer)));
    // Charged above the list: the card does not pay out what it no longer has.
    let above = CardFacts { used_list_fen: Fen::constant(9_000), ..facts(10_000, 0, 10_000, LONG_AFTER, Customer) };
    check(&above, Ok((0, Nothing, ByCustomer)));
}

#[test]
fn bonus_to_come_counts_where_it_was_promised() {
    let parts = |cause| CardFacts { gift_to_come_fen: Fen::constant(5_500), ..facts(30_000, 500, 10_000, LONG_AFTER, cause) };
    for (counts, cause, expect) in [
        (GiftParts::Promised, Cause::Merchant, 21_667),
        (GiftParts::Given, Cause::Merchant, 20_164),
        (GiftParts::Promised, Cause::Customer, 20_000),
        (GiftParts::Given, Cause::Customer, 20_000),
    ] {
        let refund = parts(cause).refund(&CardLaw::shipped(), counts).unwrap();
        assert_eq!(refund.refund_fen, Fen::constant(expect), "{counts:?} {cause:?}");
    }
}

#[test]
fn shows_the_figures() {
    let refund = reckon(&facts(30_000, 5_000, 14_000, LONG_AFTER, Cause::Merchant)).unwrap();
    let fen = Fen::constant;
    let expect = Figures {
        paid_fen: fen(30_000),
        gift_fen: fen(5_000),
        charged_fen: fen(14_000),
        used_list_fen: fen(14_000),
        cooling_fen: None,
        discounted_fen: fen(18_000),
        list_price_fen: fen(16_000),
    };
    assert_eq!((refund.explained, refund.of_principal_fen), (expect, fen(16_000)));
    assert_eq!([Article::CoolingOff, Article::NotByCustomer, Article::ByCustomer].map(Article::number), [None, None, Some(19)]);
}

#[test]
fn refuses_facts_that_cannot_be() {
    let good = facts(30_000, 5_000, 14_000, LONG_AFTER, Cause::Customer);
    let wrong = |change: fn(&mut CardFacts), code| {
        let mut facts = good.clone();
        change(&mut facts);
        assert_eq!(reckon(&facts), Err(code), "{facts:?}");
    };
    wrong(|facts| facts.paid_fen = Fen::constant(-1), Code::AmountInvalid);
    wrong(|facts| facts.gift_fen = Fen::constant(-1), Code::AmountInvalid);
    wrong(|facts| facts.gift_to_come_fen = Fen::constant(-1), Code::AmountInvalid);
    wrong(|facts| facts.used_list_fen = Fen::constant(-1), Code::AmountInvalid);
    wrong(|facts| facts.used_principal_fen = Fen::constant(-1), Code::AmountInvalid);
    wrong(|facts| facts.used_bonus_fen = Fen::constant(-1), Code::AmountInvalid);
    wrong(|facts| facts.used_principal_fen = Fen::constant(30_001), Code::AmountInvalid);
    // All of the bonus, and what principal was left.
    wrong(|facts| facts.used_bonus_fen = Fen::constant(5_000 + 16_001), Code::AmountInvalid);
    wrong(|facts| facts.today = "2026-13-01".into(), Code::RequestInvalid);
    wrong(|facts| facts.first_paid_day = Some(String::new()), Code::RequestInvalid);
    check(&facts(0, 5_000, 1_000, LONG_AFTER, Cause::Merchant), Ok((0, Basis::Nothing, Article::NotByCustomer)));
    check(&facts(0, 0, 0, LONG_AFTER, Cause::Merchant), Ok((0, Basis::Nothing, Article::NotByCustomer)));
}

prop_compose! {
    /// A card somewhere in its life: how much was drawn (in thousandths), how far below list, on which day.
    fn any_card()(
        paid in 0..10_000_000i64, gift in 0..5_000_000i64, to_come in 0..1_000_000i64, drawn in 0..=1_000i64,
        below_list in 0..1_000_000i64, cooling in any::<bool>(),
        order in prop::sample::select(vec![SpendOrder::PrincipalFirst, SpendOrder::BonusFirst, SpendOrder::Proportional]),
    ) -> CardFacts {
        let fen = |amount| Fen::new(amount).unwrap();
        let used = (paid + gift) * drawn / 1_000;
        let (principal, bonus) = split(fen(paid), fen(gift), fen(used), order).unwrap();
        CardFacts {
            gift_to_come_fen: fen(to_come),
            used_list_fen: fen(if used == 0 { 0 } else { used + below_list }),
            used_principal_fen: principal,
            used_bonus_fen: bonus,
            ..facts(paid, gift, 0, if cooling { "2026-03-03" } else { LONG_AFTER }, Cause::Merchant)
        }
    }
}

fn by(card: &CardFacts, cause: Cause, counts: GiftParts) -> Option<CardRefund> {
    CardFacts { cause, ..card.clone() }.refund(&CardLaw::shipped(), counts).ok()
}

proptest! {
    #[test]
    fn never_negative_never_more_than_was_paid_or_is_left(
        card in any_card(), counts in prop::sample::select(vec![GiftParts::Promised, GiftParts::Given]),
    ) {
        for cause in [Cause::Merchant, Cause::Customer, Cause::Cooling] {
            let Some(refund) = by(&card, cause, counts) else {
                prop_assert!(cause == Cause::Cooling && card.today == LONG_AFTER);
                continue;
            };
            let gift = card.gift_fen.get() + if counts == GiftParts::Promised { card.gift_to_come_fen.get() } else { 0 };
            let left = card.paid_fen.get() + gift - card.used_principal_fen.get() - card.used_bonus_fen.get();
            prop_assert!((0..=card.paid_fen.get().min(left)).contains(&refund.refund_fen.get()));
            prop_assert!(refund.of_principal_fen <= refund.refund_fen);
            prop_assert!(refund.of_principal_fen.get() <= card.paid_fen.get() - card.used_principal_fen.get());
            prop_assert_eq!(refund.basis == Basis::Nothing, refund.refund_fen == Fen::ZERO);
        }
    }

    #[test]
    fn the_merchants_cause_gives_no_less_than_the_customers(
        card in any_card(), counts in prop::sample::select(vec![GiftParts::Promised, GiftParts::Given]),
    ) {
        let [merchant, customer] = [Cause::Merchant, Cause::Customer].map(|cause| by(&card, cause, counts).unwrap().refund_fen);
        prop_assert!(merchant >= customer, "{merchant:?} < {customer:?}");
        if let Some(cooling) = by(&card, Cause::Cooling, counts) {
            prop_assert!(merchant >= cooling.refund_fen && cooling.refund_fen >= customer);
        }
        prop_assert!(by(&card, Cause::Merchant, GiftParts::Promised).unwrap().refund_fen
            >= by(&card, Cause::Merchant, GiftParts::Given).unwrap().refund_fen);
    }

    #[test]
    fn more_use_never_gives_more(card in any_card(), more in 0..1_000_000i64, below_list in 0..10_000i64) {
        let left = [card.paid_fen.minus(card.used_principal_fen).unwrap(), card.gift_fen.minus(card.used_bonus_fen).unwrap()];
        let amount = Fen::new(more.min(left[0].get() + left[1].get())).unwrap();
        let (principal, bonus) = split(left[0], left[1], amount, SpendOrder::Proportional).unwrap();
        let later = CardFacts {
            used_list_fen: Fen::new(card.used_list_fen.get() + amount.get() + below_list).unwrap(),
            used_principal_fen: card.used_principal_fen.plus(principal).unwrap(),
            used_bonus_fen: card.used_bonus_fen.plus(bonus).unwrap(),
            ..card.clone()
        };
        for cause in [Cause::Merchant, Cause::Customer, Cause::Cooling] {
            let refunds = [&card, &later].map(|card| by(card, cause, GiftParts::Promised).map(|refund| refund.refund_fen));
            prop_assert!(refunds[0] >= refunds[1], "{cause:?} {refunds:?}");
        }
    }
}
