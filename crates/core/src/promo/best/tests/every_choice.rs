//! The best price is what trying every choice finds (I17); and what else holds for any cart.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Line, context, goods, naive, product};
use crate::{
    ids::RuleId,
    money::Fen,
    promo::{
        Best, BundlePart, Goods, Kind, Limits, Live, OffStep, PercentStep, Promotion, Scope, Source, Threshold,
        best::{Sizes, best, best_with, cart, live, mark_groups},
    },
};

fn fen(amount: i64) -> Fen {
    Fen::new(amount).unwrap()
}

const CATEGORIES: [&str; 2] = ["food", "drink"];

fn any_line() -> impl Strategy<Value = Line> {
    let quantity = prop_oneof![6 => (1..4i64).prop_map(|pieces| pieces * 1000), 1 => 1..3000i64];
    // Of a few fen a share may be nothing, and many that are rounded one by one make much of it.
    let price = prop_oneof![2 => (1..12i64).prop_map(|yuan| yuan * 100), 2 => 0..1500i64, 1 => 1..30i64];
    (0..4u16, price, quantity, prop::bool::weighted(0.05)).prop_map(|(no, unit_price, quantity_milli, closed)| Line {
        product: no,
        category: CATEGORIES[usize::from(no % 2)].to_owned(),
        brand: String::new(),
        tags: Vec::new(),
        quantity_milli,
        unit_price,
        amount: (unit_price * quantity_milli + 500) / 1000,
        closed,
    })
}

fn any_scope() -> impl Strategy<Value = Scope> {
    prop_oneof![
        2 => Just(Scope::default()),
        3 => prop::collection::vec(0..4u16, 1..3)
            .prop_map(|products| Scope { products: products.into_iter().map(product).collect(), ..Scope::default() }),
        3 => (0..2usize).prop_map(|no| Scope { categories: vec![CATEGORIES[no].to_owned()], ..Scope::default() }),
    ]
}

fn any_kind() -> impl Strategy<Value = Kind> {
    let permille = || prop_oneof![Just(0i64), Just(500), Just(900), 0..1000i64, 900..1000i64];
    let cap = || prop::option::weighted(0.2, (1..800i64).prop_map(fen));
    let off_step = || (1..3000i64, 1..600i64).prop_map(|(at_least, off)| OffStep { at_least_fen: fen(at_least), off_fen: fen(off) });
    let threshold = prop_oneof![(1..3000i64).prop_map(|least| Threshold::Fen(fen(least))), (1..6u32).prop_map(Threshold::Pieces)];
    let percent_step = (threshold, permille()).prop_map(|(at_least, permille)| PercentStep { at_least, permille });
    let part = (any_scope(), 1..3u32).prop_map(|(scope, pieces)| BundlePart { scope, pieces });
    prop_oneof![
        permille().prop_map(|permille| Kind::Price { permille }),
        (0..1000i64).prop_map(|price| Kind::FixedPrice { price_fen: fen(price) }),
        (1..300i64).prop_map(|off| Kind::Reduce { off_fen: fen(off) }),
        (prop::collection::vec(off_step(), 1..3), any::<bool>(), cap()).prop_map(|(steps, each, cap_fen)| Kind::Off {
            steps,
            each,
            cap_fen
        }),
        (prop::collection::vec(percent_step, 1..3), cap()).prop_map(|(steps, cap_fen)| Kind::Percent { steps, cap_fen }),
        (2..4u32, permille()).prop_map(|(n, permille)| Kind::NthAt { n, permille }),
        (1..3u32, 1..3u32, prop::option::of(any_scope()), permille()).prop_map(|(buy, get, of, permille)| Kind::BuyGet {
            buy,
            get,
            of,
            permille
        }),
        (0..2000i64, any_scope(), 0..500i64, 1..3u32).prop_map(|(at_least, of, price, most)| Kind::AddOn {
            at_least_fen: fen(at_least),
            of,
            price_fen: fen(price),
            most
        }),
        (prop::collection::vec(part, 1..4), 1..2000i64).prop_map(|(parts, price)| Kind::Bundle { parts, price_fen: fen(price) }),
    ]
}

fn any_promotion() -> impl Strategy<Value = Promotion> {
    let limits = (prop::option::weighted(0.2, 1..4u32), prop::option::weighted(0.2, 1..4u32));
    (any_kind(), any_scope(), 0..3u16, 0..4usize, prop::bool::weighted(0.15), limits).prop_map(
        |(kind, scope, order, group, exclusive, (times, pieces))| Promotion {
            scope,
            order,
            group: ["", "", "g", "h"][group].to_owned(),
            exclusive,
            limits: Limits { per_cart_times: times, per_cart_pieces: pieces, ..Limits::default() },
            ..Promotion::plain("p", kind)
        },
    )
}

/// Whole pieces at whole tenths of a yuan, now and then not.
fn any_even_line() -> impl Strategy<Value = Line> {
    (any_line(), 1..80i64, prop::bool::weighted(0.9)).prop_map(|(line, tenths, even)| {
        let (unit_price, quantity_milli) = (tenths * 10, (line.quantity_milli / 1000).max(1) * 1000);
        if even { Line { unit_price, quantity_milli, amount: unit_price * quantity_milli / 1000, ..line } } else { line }
    })
}

/// On everything, or all but one department: in groups with each other, with what is local, or alone.
fn any_wide() -> impl Strategy<Value = Promotion> {
    let step = |least: i64, off: i64| OffStep { at_least_fen: fen(least), off_fen: fen(off) };
    let kind = prop_oneof![
        prop_oneof![Just(900i64), Just(800), Just(950), 0..1000i64].prop_map(|permille| Kind::Price { permille }),
        (1..100i64).prop_map(|off| Kind::Reduce { off_fen: fen(off) }),
        (1..2000i64, 1..300i64, any::<bool>()).prop_map(move |(least, off, each)| Kind::Off {
            steps: vec![step(least, off)],
            each,
            cap_fen: None
        }),
        (1..1500i64, 1..300i64, 1..1500i64, 1..300i64).prop_map(move |(least, off, more, above)| Kind::Off {
            steps: vec![step(least, off), step(least + more, off + above)],
            each: false,
            cap_fen: None,
        }),
        (1..2000i64, 500..1000i64, prop::option::of((1..300i64).prop_map(fen))).prop_map(|(least, permille, cap_fen)| Kind::Percent {
            steps: vec![PercentStep { at_least: Threshold::Fen(fen(least)), permille }],
            cap_fen,
        }),
        (0..500i64, any_scope(), 0..300i64).prop_map(|(at_least, of, price)| Kind::AddOn {
            at_least_fen: fen(at_least),
            of,
            price_fen: fen(price),
            most: 1,
        }),
    ];
    (kind, prop::option::weighted(0.3, 0..2usize), 0..3u16, 0..4usize).prop_map(|(kind, except, order, group)| Promotion {
        scope: Scope { except_categories: except.map(|no| CATEGORIES[no].to_owned()).into_iter().collect(), ..Scope::default() },
        order,
        group: ["", "", "g", "h"][group].to_owned(),
        ..Promotion::plain("wide", kind)
    })
}

fn lives(promotions: &[Promotion]) -> Vec<Live<'_>> {
    let source = |no: usize| Source::Rule { rule: RuleId::from_bytes([u8::try_from(no).unwrap(); 16]), version: 1 };
    promotions.iter().enumerate().map(|(no, promotion)| Live { source: source(no), promotion }).collect()
}

fn found(goods: &[Goods<'_>], live: &[Live<'_>], steps_most: u32) -> Best {
    best(goods, live, &context(None, &BTreeMap::new()), steps_most).unwrap()
}

/// Total, number of promotions, and places of the promotions of the best choice: the least of these triples.
fn by_every_choice(goods: &[Goods<'_>], live: &[Live<'_>]) -> (i64, usize, Vec<Source>) {
    let used = BTreeMap::new();
    let items = cart::items(goods).unwrap();
    let mut candidates = live::candidates(goods, &items, live, &context(None, &used));
    let mut all: Vec<usize> = (0..candidates.len()).collect();
    assert!(mark_groups(&mut candidates, &mut all, items.len()));
    let untouched = naive::pieces(&items);
    let closed: i64 = goods.iter().filter(|line| line.closed).map(|line| line.amount_fen.get()).sum();
    let mut best: Option<(i64, usize, Vec<usize>)> = None;
    for choice in 0..1u32 << all.len() {
        let chosen: Vec<usize> = all.iter().copied().filter(|place| choice & (1 << place) != 0).collect();
        let mut pieces = untouched.clone();
        if chosen.iter().all(|place| naive::apply(&mut pieces, &candidates[*place]) > 0) {
            let total = closed + pieces.iter().map(|piece| piece.amount).sum::<i64>();
            let this = (total, chosen.len(), chosen);
            if best.as_ref().is_none_or(|best| this < *best) {
                best = Some(this);
            }
        }
    }
    let (total, count, chosen) = best.unwrap();
    (total, count, chosen.into_iter().map(|place| candidates[place].source).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn finds_what_every_choice_finds(
        lines in prop::collection::vec(any_line(), 1..7),
        promotions in prop::collection::vec(any_promotion(), 1..9),
    ) {
        let (goods, live) = (goods(&lines), lives(&promotions));
        let every = by_every_choice(&goods, &live);
        // However the promotions are divided into clusters and the tail.
        for (cluster_most, apart_least) in [(0, 99), (1, 99), (2, 99), (3, 99), (10, 99), (0, 0), (1, 0), (2, 0), (10, 0)] {
            let sizes = Sizes { cluster_most, apart_least };
            let best = best_with(&goods, &live, &context(None, &BTreeMap::new()), 100_000, sizes).unwrap();
            prop_assert!(best.proved);
            let sources: Vec<Source> = best.uses.iter().map(|used| used.source).collect();
            prop_assert_eq!(&(best.total_fen.get(), sources.len(), sources), &every, "{:?}", sizes);
        }
    }

    /// Carts of a few departments under promotions on nearly everything: where those on most of the cart are set apart, with all
    /// they can be, and prices whose shares are whole fen and are not.
    #[test]
    fn what_is_on_most_of_the_cart_can_be_set_apart(
        lines in prop::collection::vec(any_even_line(), 2..8),
        wide in prop::collection::vec(any_wide(), 1..4),
        local in prop::collection::vec(any_promotion(), 1..6),
        twins in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
    ) {
        let mut promotions: Vec<Promotion> = local.into_iter().map(|one| Promotion { exclusive: false, ..one }).collect();
        promotions.extend(wide);
        // The same once more, right behind it or with others between.
        for twin in twins {
            promotions.push(twin.get(&promotions).clone());
        }
        promotions.truncate(8);
        let (goods, live) = (goods(&lines), lives(&promotions));
        let every = by_every_choice(&goods, &live);
        for (cluster_most, apart_least) in [(0, 0), (2, 0), (10, 0), (10, 99)] {
            let sizes = Sizes { cluster_most, apart_least };
            let best = best_with(&goods, &live, &context(None, &BTreeMap::new()), 200_000, sizes).unwrap();
            prop_assert!(best.proved);
            let sources: Vec<Source> = best.uses.iter().map(|used| used.source).collect();
            prop_assert_eq!(&(best.total_fen.get(), sources.len(), sources), &every, "{:?}", sizes);
        }
    }

    #[test]
    fn every_fen_off_is_on_a_line_and_no_line_falls_below_zero(
        lines in prop::collection::vec(any_line(), 0..12),
        promotions in prop::collection::vec(any_promotion(), 0..12),
        steps_most in 0..2000u32,
    ) {
        let (goods, live) = (goods(&lines), lives(&promotions));
        let best = found(&goods, &live, steps_most);
        prop_assert!(best.steps <= steps_most);
        let mut amounts: Vec<i64> = lines.iter().map(|line| line.amount).collect();
        for off in &best.offs {
            prop_assert!(off.off_fen > Fen::ZERO && !lines[off.line].closed);
            amounts[off.line] -= off.off_fen.get();
        }
        prop_assert!(amounts.iter().all(|amount| *amount >= 0), "{amounts:?}");
        prop_assert_eq!(amounts.iter().sum::<i64>(), best.total_fen.get());
        for used in &best.uses {
            let off = best.offs.iter().filter(|off| off.source == used.source).map(|off| off.off_fen.get()).sum::<i64>();
            prop_assert_eq!(off, used.off_fen.get());
            prop_assert!(used.times > 0 && used.pieces > 0);
        }
    }

    #[test]
    fn the_order_of_scanning_and_of_the_rules_changes_nothing(
        lines in prop::collection::vec(any_line(), 1..8),
        promotions in prop::collection::vec(any_promotion(), 1..9),
        seed in any::<u64>(),
    ) {
        let (live, mut scanned) = (lives(&promotions), lines.clone());
        let first = found(&goods(&lines), &live, 100_000);
        let mut rules = live;
        let mut random = seed;
        let mut next = |below: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(random >> 33).unwrap() % below
        };
        (1..scanned.len()).rev().for_each(|at| scanned.swap(at, next(at + 1)));
        (1..rules.len()).rev().for_each(|at| rules.swap(at, next(at + 1)));
        let second = found(&goods(&scanned), &rules, 100_000);
        prop_assert_eq!(first.total_fen, second.total_fen);
        prop_assert_eq!(first.uses, second.uses);
        prop_assert_eq!(first.steps, second.steps);
    }

    #[test]
    fn a_search_that_met_its_cap_says_so_and_is_no_worse_than_nothing(
        lines in prop::collection::vec(any_line(), 1..8),
        promotions in prop::collection::vec(any_promotion(), 1..9),
        steps_most in 0..12u32,
    ) {
        let (goods, live) = (goods(&lines), lives(&promotions));
        let (capped, free) = (found(&goods, &live, steps_most), found(&goods, &live, 100_000));
        prop_assert!(capped.total_fen >= free.total_fen);
        prop_assert!(capped.total_fen.get() <= lines.iter().map(|line| line.amount).sum());
        prop_assert!(!capped.proved || (capped.total_fen == free.total_fen && capped.uses == free.uses));
        prop_assert!(capped.proved || capped.steps == steps_most);
    }
}
