//! What holds of every promotion that is accepted.

use proptest::prelude::*;

use super::{
    super::{BundlePart, Kind, Limits, OffStep, PercentStep, Promotion, Scope, Threshold, check},
    buy_get, fen, off, product,
};
use crate::{
    coupon::{CouponTemplate, Validity},
    ids::StoreId,
    money::Fen,
    promo::{BirthdayWindow, Hours, Who, Window},
    rules::RuleBody,
};

fn any_scope() -> impl Strategy<Value = Scope> {
    let names = || proptest::collection::vec("[酒烟茶\"\\\\a-c]{1,3}", 0..3);
    let products = |most: usize| (0..most).prop_map(|count| (0..count).map(product).collect::<Vec<_>>());
    let few_or_many = prop_oneof![6 => products(4), 1 => products(1300)];
    (few_or_many, names(), names(), names(), products(3), names()).prop_map(
        |(products, categories, brands, tags, except_products, except_categories)| Scope {
            products,
            categories,
            brands,
            tags,
            except_products,
            except_categories,
        },
    )
}

fn any_kind() -> impl Strategy<Value = Kind> {
    let amount = || (0..=9_999_999_999i64).prop_map(fen);
    let cap = || proptest::option::of((1..=9_999_999_999i64).prop_map(fen));
    let rates = || proptest::collection::btree_map(1..10_000i64, 0..1000i64, 1..4);
    let falling = |rates: Vec<(i64, i64)>| {
        let mut shares: Vec<i64> = rates.iter().map(|rate| rate.1).collect();
        shares.sort_unstable_by(|a, b| b.cmp(a));
        rates.into_iter().map(|rate| rate.0).zip(shares).collect::<Vec<_>>()
    };
    prop_oneof![
        (0..1000i64).prop_map(|permille| Kind::Price { permille }),
        amount().prop_map(|price_fen| Kind::FixedPrice { price_fen }),
        amount().prop_map(|off_fen| Kind::Reduce { off_fen }),
        (1..1000i64, 0..1000i64, any::<bool>(), cap()).prop_map(|(off_fen, more, each, cap_fen)| {
            let step = |times: i64| OffStep { at_least_fen: fen((off_fen + more) * times), off_fen: fen(off_fen * times) };
            Kind::Off { steps: (1..=if each { 1 } else { 3 }).map(step).collect(), each, cap_fen }
        }),
        (rates(), any::<bool>(), cap()).prop_map(move |(rates, by_pieces, cap_fen)| {
            let least = |n: i64| if by_pieces { Threshold::Pieces(u32::try_from(n).unwrap()) } else { Threshold::Fen(fen(n)) };
            let step = |(n, permille): (i64, i64)| PercentStep { at_least: least(n), permille };
            Kind::Percent { steps: falling(rates.into_iter().collect()).into_iter().map(step).collect(), cap_fen }
        }),
        (2..=99_999u32, 0..1000i64).prop_map(|(n, permille)| Kind::NthAt { n, permille }),
        (1..9u32, 1..9u32, proptest::option::of(any_scope()), 0..1000i64).prop_map(|(buy, get, of, permille)| Kind::BuyGet {
            buy,
            get,
            of,
            permille
        }),
        (amount(), any_scope(), amount(), 1..9u32).prop_map(|(at_least_fen, of, price_fen, most)| Kind::AddOn {
            at_least_fen,
            of,
            price_fen,
            most
        }),
        (proptest::collection::vec((any_scope(), 1..9u32), 1..4), amount()).prop_map(|(parts, price_fen)| {
            let parts = parts.into_iter().map(|(scope, pieces)| BundlePart { scope, pieces }).collect();
            Kind::Bundle { parts, price_fen }
        }),
    ]
}

fn any_window() -> impl Strategy<Value = Window> {
    let days = |last: u8| proptest::collection::vec(1..=last, 0..4);
    let hours = proptest::collection::vec((0..1440u16, 0..=1440u16), 0..3);
    let birthday = proptest::option::of(prop_oneof![Just(BirthdayWindow::Day), Just(BirthdayWindow::Month)]);
    (any::<Option<i64>>(), any::<Option<i64>>(), days(7), days(31), hours, birthday).prop_map(
        |(one, other, weekdays, month_days, hours, birthday)| {
            let (from, until) = if one.zip(other).is_some_and(|(one, other)| one > other) { (other, one) } else { (one, other) };
            let hours = hours.into_iter().map(|(from_min, until_min)| Hours { from_min, until_min }).collect();
            Window { from, until, weekdays, month_days, hours, birthday }
        },
    )
}

prop_compose! {
    fn any_promotion()(
        name in "\\PC{1,30}",
        group in "[a-c]?",
        (enabled, exclusive, members_only) in any::<(bool, bool, bool)>(),
        order in any::<u16>(),
        window in any_window(),
        tiers in proptest::collection::vec("[金银]{1,2}", 0..3),
        tags in proptest::collection::vec("\\PC{1,5}", 0..3),
        stores in proptest::collection::vec(any::<[u8; 16]>().prop_map(StoreId::from_bytes), 0..3),
        scope in any_scope(),
        kind in any_kind(),
        times in any::<(Option<u32>, Option<u32>, Option<u32>)>(),
        in_all_pieces in proptest::option::of(1..1u64 << 53),
    ) -> Promotion {
        let limits = Limits { per_cart_times: times.0, per_cart_pieces: times.1, per_member_times: times.2, in_all_pieces };
        Promotion { name, enabled, order, group, exclusive, window, who: Who { members_only, tiers, tags }, stores, scope, kind, limits }
    }
}

proptest! {
    /// As it is kept: in the body of a rule, and as the effect of a coupon.
    #[test]
    fn what_is_accepted_is_read_as_it_was_written(promotion in any_promotion()) {
        prop_assume!(check(&promotion).is_ok());
        let text = serde_json::to_string(&promotion).unwrap();
        prop_assert!(text.len() < 48 * 1024);
        prop_assert_eq!(&serde_json::from_str::<Promotion>(&text).unwrap(), &promotion);
        let template = CouponTemplate { effect: promotion.clone(), validity: Validity::Days { days: 7 }, per_member_most: Some(1), on_sign_up: false, on_sale: None };
        for body in [RuleBody::Promotion(promotion), RuleBody::Coupon(template)] {
            let text = serde_json::to_string(&body).unwrap();
            prop_assert!(text.len() + 8 * 1024 < crate::op::BYTES_MOST);
            prop_assert_eq!(serde_json::from_str::<RuleBody>(&text).unwrap(), body);
        }
    }

    /// Whatever else a promotion says: none of these can be put in force, so the search may rely on them.
    #[test]
    fn no_accepted_promotion_is_unsafe(kind in wild_kind()) {
        let accepted = check(&Promotion::plain("促销", kind.clone())).is_ok();
        let bad = match &kind {
            Kind::Off { steps, each, .. } => {
                steps.iter().any(|step| step.off_fen <= Fen::ZERO || (*each && step.off_fen >= step.at_least_fen))
            }
            Kind::BuyGet { buy, get, permille, .. } => buy.checked_mul(*get).is_none_or(|n| n == 0) || !(0..1000).contains(permille),
            Kind::NthAt { n, permille } => *n < 2 || !(0..1000).contains(permille),
            _ => false,
        };
        prop_assert!(!(accepted && bad), "{:?}", kind);
    }
}

/// Numbers on both sides of every bound.
fn wild_kind() -> impl Strategy<Value = Kind> {
    let permille = || -1..=1001i64;
    prop_oneof![
        (-2..5i64, -2..5i64, any::<bool>()).prop_map(|(least, less, each)| off(&[(least, less)], each, None)),
        (0..4u32, 0..4u32, permille()).prop_map(|(buy, get, permille)| buy_get(buy, get, None, permille)),
        (0..4u32, permille()).prop_map(|(n, permille)| Kind::NthAt { n, permille }),
    ]
}
