//! One row a refusal; every code of promotions has one.

mod properties;

use std::collections::BTreeSet;

use super::*;
use crate::{
    ids::{ProductId, RuleId, StoreId},
    promo::Hours,
};

fn fen(amount: i64) -> Fen {
    Fen::new(amount).unwrap()
}

fn product(number: usize) -> ProductId {
    ProductId::from_bytes(u128::try_from(number).unwrap().to_be_bytes())
}

/// `酒`, or `酒+烟`.
fn category(names: &str) -> Scope {
    Scope { categories: names.split('+').map(str::to_owned).collect(), ..Scope::default() }
}

fn off(steps: &[(i64, i64)], each: bool, cap: Option<i64>) -> Kind {
    let step = |(least, off): &(i64, i64)| OffStep { at_least_fen: fen(*least), off_fen: fen(*off) };
    Kind::Off { steps: steps.iter().map(step).collect(), each, cap_fen: cap.map(fen) }
}

fn percent(steps: &[(Threshold, i64)], cap: Option<i64>) -> Kind {
    let step = |(at_least, permille): &(Threshold, i64)| PercentStep { at_least: *at_least, permille: *permille };
    Kind::Percent { steps: steps.iter().map(step).collect(), cap_fen: cap.map(fen) }
}

fn from_fen(amount: i64) -> Threshold {
    Threshold::Fen(fen(amount))
}

fn add_on(at_least: i64, of: Scope, price: i64, most: u32) -> Kind {
    Kind::AddOn { at_least_fen: fen(at_least), of, price_fen: fen(price), most }
}

fn buy_get(buy: u32, get: u32, of: Option<Scope>, permille: i64) -> Kind {
    Kind::BuyGet { buy, get, of, permille }
}

fn bundle(parts: &[(&str, u32)], price: i64) -> Kind {
    let part = |(name, pieces): &(&str, u32)| BundlePart { scope: category(name), pieces: *pieces };
    Kind::Bundle { parts: parts.iter().map(part).collect(), price_fen: fen(price) }
}

/// What a row says of a kind for everybody, always, on everything.
fn kinds() -> Vec<(&'static str, Kind, Result<(), Code>)> {
    use Threshold::Pieces;
    let good = Ok(());
    let amount = Err(Code::AmountInvalid);
    let (share, no_effect) = (Err(Code::PromotionShareInvalid), Err(Code::PromotionNoEffect));
    let (rising, pays_out) = (Err(Code::PromotionStepsNotRising), Err(Code::PromotionPaysOut));
    let drink = || category("饮料");
    vec![
        ("9.5 折", Kind::Price { permille: 950 }, good),
        ("free", Kind::Price { permille: 0 }, good),
        ("no discount", Kind::Price { permille: 1000 }, no_effect),
        ("dearer", Kind::Price { permille: 1001 }, share),
        ("less than nothing", Kind::Price { permille: -1 }, share),
        ("特价", Kind::FixedPrice { price_fen: fen(990) }, good),
        ("特价 of less than nothing", Kind::FixedPrice { price_fen: fen(-1) }, amount),
        ("特价 of 99,999,999.99 yuan", Kind::FixedPrice { price_fen: fen(9_999_999_999) }, good),
        ("a price nobody pays", Kind::FixedPrice { price_fen: fen(10_000_000_000) }, Err(Code::AmountTooLarge)),
        ("直降", Kind::Reduce { off_fen: fen(100) }, good),
        ("直降 of nothing", Kind::Reduce { off_fen: fen(0) }, no_effect),
        ("直降 upwards", Kind::Reduce { off_fen: fen(-100) }, amount),
        ("满减", off(&[(10_000, 1000), (20_000, 3000)], false, None), good),
        ("满减 without a step", off(&[], false, None), Err(Code::PromotionStepsEmpty)),
        ("满减, one threshold twice", off(&[(10_000, 1000), (10_000, 3000)], false, None), rising),
        ("满减, thresholds that fall", off(&[(20_000, 1000), (10_000, 3000)], false, None), rising),
        ("满减, spend more for the same", off(&[(10_000, 1000), (20_000, 1000)], false, None), rising),
        ("满减, a cap under both steps", off(&[(10_000, 1000), (20_000, 3000)], false, Some(1000)), rising),
        ("满减, a cap between the steps", off(&[(10_000, 1000), (20_000, 3000)], false, Some(1001)), good),
        ("满减 of nothing", off(&[(10_000, 0)], false, None), no_effect),
        ("满减 upwards", off(&[(10_000, -1)], false, None), amount),
        ("满减 from a debt on", off(&[(-1, 1000)], false, None), amount),
        ("满 50 减 50", off(&[(5000, 5000)], false, None), good),
        ("满 50 减 50.01", off(&[(5000, 5001)], false, None), pays_out),
        ("满减, the second step", off(&[(5000, 100), (6000, 6001)], false, None), pays_out),
        ("an amount coupon", off(&[(0, 5000)], false, None), good),
        ("每满 100 减 10", off(&[(10_000, 1000)], true, Some(5000)), good),
        ("每满 50 减 50", off(&[(5000, 5000)], true, None), pays_out),
        ("每满 50 减 49.99", off(&[(5000, 4999)], true, None), good),
        ("每满 nothing", off(&[(0, 100)], true, None), Err(Code::PromotionNeverEnds)),
        ("每满, two steps", off(&[(100, 1), (200, 3)], true, None), Err(Code::PromotionEachOneStep)),
        ("a cap of nothing", off(&[(10_000, 1000)], true, Some(0)), no_effect),
        ("a cap below nothing", off(&[(10_000, 1000)], true, Some(-1)), amount),
        ("满折", percent(&[(from_fen(10_000), 900), (from_fen(20_000), 800)], Some(5000)), good),
        ("满折 by pieces", percent(&[(Pieces(2), 900), (Pieces(3), 800)], None), good),
        ("a coupon of 9 折", percent(&[(from_fen(0), 900)], None), good),
        ("满折 without a step", percent(&[], None), Err(Code::PromotionStepsEmpty)),
        ("满折 by both", percent(&[(from_fen(1), 900), (Pieces(3), 800)], None), Err(Code::PromotionStepsMixed)),
        ("满折, pay more for more", percent(&[(Pieces(2), 800), (Pieces(3), 900)], None), rising),
        ("满折, one threshold twice", percent(&[(from_fen(5), 900), (from_fen(5), 800)], None), rising),
        ("满折 of nothing", percent(&[(from_fen(1), 1000)], None), no_effect),
        ("满折 upwards", percent(&[(from_fen(1), 1100)], None), share),
        ("满折 from a debt on", percent(&[(from_fen(-1), 900)], None), amount),
        ("满折 from 100,000 pieces", percent(&[(Pieces(100_000), 900)], None), Err(Code::QuantityInvalid)),
        ("满折, a cap of nothing", percent(&[(from_fen(1), 900)], Some(0)), no_effect),
        ("第二件半价", Kind::NthAt { n: 2, permille: 500 }, good),
        ("the first piece", Kind::NthAt { n: 1, permille: 500 }, Err(Code::PromotionNthTooSmall)),
        ("no piece", Kind::NthAt { n: 0, permille: 500 }, Err(Code::PromotionNthTooSmall)),
        ("the 100,000th piece", Kind::NthAt { n: 100_000, permille: 500 }, Err(Code::QuantityInvalid)),
        ("the second at its price", Kind::NthAt { n: 2, permille: 1000 }, no_effect),
        ("the second below nothing", Kind::NthAt { n: 2, permille: -1 }, share),
        ("买二送一", buy_get(2, 1, None, 0), good),
        ("买饮料送饮料", buy_get(2, 1, Some(drink()), 0), good),
        ("buy nothing", buy_get(0, 1, None, 0), Err(Code::PromotionNeverEnds)),
        ("get nothing", buy_get(1, 0, None, 0), Err(Code::PromotionNeverEnds)),
        ("buy too many", buy_get(u32::MAX, 1, None, 0), Err(Code::QuantityInvalid)),
        ("get too many", buy_get(1, u32::MAX, None, 0), Err(Code::QuantityInvalid)),
        ("get at its price", buy_get(1, 1, None, 1000), no_effect),
        ("换购", add_on(10_000, drink(), 100, 2), good),
        ("a coupon for an item", add_on(0, drink(), 0, 1), good),
        ("换购 of no piece", add_on(10_000, drink(), 100, 0), Err(Code::PromotionPiecesNone)),
        ("换购 of too many", add_on(10_000, drink(), 100, 100_000), Err(Code::QuantityInvalid)),
        ("换购 of everything", add_on(10_000, Scope::default(), 100, 1), no_effect),
        ("anything for nothing", add_on(0, Scope::default(), 0, 1), good),
        ("换购 at less than nothing", add_on(10_000, drink(), -1, 1), amount),
        ("换购 from a debt on", add_on(-1, drink(), 1, 1), amount),
        ("套餐", bundle(&[("饮料", 1), ("零食", 2)], 1990), good),
        ("套餐 of nothing", bundle(&[], 1990), Err(Code::PromotionPartsEmpty)),
        ("套餐, none of one part", bundle(&[("饮料", 1), ("零食", 0)], 1990), Err(Code::PromotionPiecesNone)),
        ("套餐 at less than nothing", bundle(&[("饮料", 1)], -1), amount),
        ("套餐 of a blank category", bundle(&[("饮料", 1), (" ", 1)], 1), Err(Code::NameInvalid)),
        ("套餐 of 201 parts", bundle(&[("饮料", 1); 201], 1990), Err(Code::RuleTooLong)),
    ]
}

fn plain(change: impl FnOnce(&mut Promotion)) -> Promotion {
    let mut promotion = Promotion::plain("会员日", Kind::Price { permille: 900 });
    change(&mut promotion);
    promotion
}

/// What a row says of everything but the kind.
fn others() -> Vec<(&'static str, Promotion, Result<(), Code>)> {
    let good = Ok(());
    let (name, no_effect, long) = (Err(Code::NameInvalid), Err(Code::PromotionNoEffect), Err(Code::RuleTooLong));
    let hours = |from_min, until_min| vec![Hours { from_min, until_min }];
    vec![
        ("no name", plain(|p| p.name.clear()), name),
        ("a blank name", plain(|p| p.name = " \t".into()), name),
        ("a bell in the name", plain(|p| p.name = "会员\u{7}日".into()), name),
        ("60 characters", plain(|p| p.name = "会".repeat(60)), good),
        ("61 characters", plain(|p| p.name = "会".repeat(61)), Err(Code::TextTooLong)),
        ("a blank group", plain(|p| p.group = " ".into()), name),
        ("a long group", plain(|p| p.group = "会".repeat(61)), Err(Code::TextTooLong)),
        ("a blank tier", plain(|p| p.who.tiers = vec!["VIP".into(), "".into()]), name),
        ("a blank tag of members", plain(|p| p.who.tags = vec!["".into()]), name),
        ("a blank brand", plain(|p| p.scope.brands = vec!["".into()]), name),
        ("a blank category excepted", plain(|p| p.scope.except_categories = vec!["".into()]), name),
        ("over before it begins", plain(|p| (p.window.from, p.window.until) = (Some(5), Some(5))), Err(Code::PromotionEmptyWindow)),
        ("the eighth day of a week", plain(|p| p.window.weekdays = vec![8]), Err(Code::PromotionDayInvalid)),
        ("25 o'clock", plain(|p| p.window.hours = hours(0, 1500)), Err(Code::PromotionHoursInvalid)),
        ("over midnight", plain(|p| p.window.hours = hours(1320, 120)), good),
        (
            "a scope taken back",
            plain(|p| (p.scope.products, p.scope.except_products) = (vec![product(1)], vec![product(1)])),
            Err(Code::PromotionScopeEmpty),
        ),
        (
            "gifts taken back",
            plain(|p| p.kind = buy_get(1, 1, Some(Scope { except_categories: vec!["饮料".into()], ..category("饮料") }), 0)),
            Err(Code::PromotionScopeEmpty),
        ),
        ("换购 of what must be bought", plain(|p| (p.scope, p.kind) = (category("酒"), add_on(1, category("酒"), 0, 1))), no_effect),
        ("换购 of some of it", plain(|p| p.kind = add_on(1, category("酒"), 0, 1)), good),
        ("never in a cart", plain(|p| p.limits.per_cart_times = Some(0)), no_effect),
        ("no piece of a cart", plain(|p| p.limits.per_cart_pieces = Some(0)), no_effect),
        ("never for a member", plain(|p| p.limits.per_member_times = Some(0)), no_effect),
        ("no piece in all", plain(|p| p.limits.in_all_pieces = Some(0)), no_effect),
        ("once and one", plain(|p| (p.limits.per_member_times, p.limits.in_all_pieces) = (Some(1), Some(1))), good),
        ("more pieces than a screen can say", plain(|p| p.limits.in_all_pieces = Some(1 << 53)), Err(Code::QuantityInvalid)),
        ("1,000 products", plain(|p| p.scope.products = (0..1000).map(product).collect()), good),
        ("more than 48 KiB", plain(|p| p.scope.products = (0..1300).map(product).collect()), long),
        ("2,001 products", plain(|p| p.scope.except_products = (0..2001).map(product).collect()), long),
        ("200 stores", plain(|p| p.stores = vec![StoreId::from_bytes([1; 16]); 200]), good),
        ("201 stores", plain(|p| p.stores = vec![StoreId::from_bytes([1; 16]); 201]), long),
        ("201 tiers", plain(|p| p.who.tiers = vec!["VIP".into(); 201]), long),
        ("201 categories", plain(|p| p.scope.categories = vec!["酒".into(); 201]), long),
        ("201 weekdays", plain(|p| p.window.weekdays = vec![1; 201]), long),
        ("201 steps", plain(|p| p.kind = off(&[(10_000, 1); 201], false, None)), long),
    ]
}

/// `9折@酒 g群组 x d1 w1,2 t金 s1 l3 off`: kind and goods, group, exclusive, days from and until, weekdays, tier, store, a limit.
fn rule(text: &str) -> Promotion {
    let mut words = text.split_whitespace();
    let (kind, goods) = words.next().unwrap().split_once('@').unwrap();
    let goods = if goods.is_empty() { Scope::default() } else { category(goods) };
    let kind = match kind.split_once('>') {
        Some(("满", given)) => add_on(10_000, category(given), 0, 1),
        Some(("换", given)) => add_on(10_000, category(given), 100, 1),
        Some(("买", given)) => buy_get(1, 1, Some(category(given)), 0),
        Some((_, given)) => buy_get(1, 1, Some(category(given)), 500),
        None if kind == "套餐" => bundle(&[("甲", 1), ("乙+丙", 2)], 100),
        None if kind == "餐套" => bundle(&[("丙+乙", 2), ("甲", 1)], 100),
        None => Kind::Price { permille: kind.parse().unwrap() },
    };
    let mut promotion = plain(|p| (p.kind, p.scope) = (kind, goods));
    for word in words {
        match word.split_at(1) {
            ("g", name) => promotion.group = name.to_owned(),
            ("x", _) => promotion.exclusive = true,
            ("d", day) => promotion.window.from = day.parse::<i64>().ok().map(|day| day * 1000),
            ("u", day) => promotion.window.until = day.parse::<i64>().ok().map(|day| day * 1000),
            ("w", days) => promotion.window.weekdays = days.split(',').map(|day| day.parse().unwrap()).collect(),
            ("t", tiers) => promotion.who.tiers = tiers.split(',').map(str::to_owned).collect(),
            ("s", store) => promotion.stores = vec![StoreId::from_bytes([store.parse().unwrap(); 16])],
            ("l", times) => promotion.limits.per_cart_times = times.parse().ok(),
            ("n", name) => promotion.name = name.to_owned(),
            ("o", order) => promotion.order = order.parse().unwrap(),
            _ => promotion.enabled = false,
        }
    }
    promotion
}

fn id(number: usize) -> RuleId {
    RuleId::from_bytes(u128::try_from(number).unwrap().to_be_bytes())
}

#[test]
fn each_refusal() {
    let mut met = BTreeSet::new();
    let of_kinds = kinds().into_iter().map(|(case, kind, expect)| (case, Promotion::plain("促销", kind), expect));
    for (case, promotion, expect) in of_kinds.chain(others()) {
        assert_eq!(check(&promotion), expect, "{case}");
        met.extend(expect.err());
    }
    met.extend(OF_TWO.iter().filter_map(|(.., expect)| *expect));
    let unmet: Vec<&Code> = Code::ALL.iter().filter(|code| code.as_str().starts_with("promotion.") && !met.contains(code)).collect();
    assert_eq!(unmet, Vec::<&Code>::new(), "every code has a row");
}

const NONE: Option<Code> = None;
const TWICE: Option<Code> = Some(Code::PromotionTwice);
const CIRCLE: Option<Code> = Some(Code::PromotionCircle);

/// Two promotions that could hold at the same time, and what the later is refused with.
const OF_TWO: &[(&str, &str, Option<Code>)] = &[
    ("900@", "900@", TWICE),
    ("900@", "800@", NONE),
    ("900@酒", "900@烟", NONE),
    ("900@酒+烟", "900@烟+酒", TWICE),
    ("900@酒+烟", "900@烟+酒+酒", TWICE),
    ("套餐@", "餐套@", TWICE),
    ("换>茶+烟@酒", "换>烟+茶@酒", TWICE),
    ("换>茶+烟@酒", "换>烟@酒", NONE),
    ("900@ n甲 o1", "900@ n乙 o2", TWICE),
    ("900@ t金", "900@ t银", NONE),
    ("900@ t金,银", "900@ t银,金", TWICE),
    ("900@ s1", "900@ s2", NONE),
    ("900@ -", "900@", NONE),
    ("900@", "900@ -", NONE),
    // One group, or both exclusive: whenever both hold.
    ("900@ g价", "900@ g价 w6,7", TWICE),
    ("900@ g价 w1", "900@ g价 w6,7", NONE),
    ("900@ g价 l1", "900@ g价 l2", TWICE),
    ("900@ g价", "900@ g量", NONE),
    ("900@ x", "900@ x u5", TWICE),
    ("900@ x d5", "900@ x u5", NONE),
    ("900@ g价 x", "900@ g量 x", TWICE),
    ("900@ g价 x", "900@ g价", TWICE),
    ("900@ x", "900@", NONE),
    ("900@ g价", "900@", NONE),
    // Outside of groups one may come on top of the other.
    ("900@", "900@ w6,7", NONE),
    ("900@ w7,6", "900@ w6,7", TWICE),
    ("900@ l1", "900@ l2", NONE),
    ("900@ l1", "900@ l1", TWICE),
    // Each gives what the other asks for.
    ("满>茶@酒", "满>酒@茶", CIRCLE),
    ("买>茶@酒", "买>酒@茶", CIRCLE),
    ("满>茶@酒", "买>酒@茶", CIRCLE),
    ("满>茶+烟@酒", "满>酒@烟+茶", CIRCLE),
    ("满>茶@酒", "满>烟@茶", NONE),
    ("满>茶@酒", "换>酒@茶", NONE),
    ("买>茶@酒", "半>酒@茶", NONE),
    ("满>茶@酒", "满>酒@茶+烟", NONE),
    ("满>茶@酒 w1", "满>酒@茶 w2", NONE),
    ("满>茶@酒 w1", "满>酒@茶 w1,2", CIRCLE),
    ("满>茶@酒 s1", "满>酒@茶 s2", NONE),
    ("满>茶@酒 s1", "满>酒@茶", CIRCLE),
    ("满>茶@酒 t金", "满>酒@茶 t银", NONE),
    ("满>茶@酒 t金", "满>酒@茶 t银,金", CIRCLE),
    ("满>茶@酒 -", "满>酒@茶", NONE),
    ("满>茶@酒 g礼", "满>酒@茶 g礼", NONE),
    ("满>茶@酒 g礼", "满>酒@茶 g品", CIRCLE),
    ("满>茶@酒 x", "满>酒@茶", NONE),
];

#[test]
fn those_that_contradict_each_other() {
    for (one, other, expect) in OF_TWO {
        let (one, other, between) = (rule(one), rule(other), rule("700@间"));
        let expect = |first, second| expect.map_or(Ok(()), |code| Err((id(first), id(second), code)));
        assert_eq!(check_set(&[(id(1), &one), (id(2), &between), (id(3), &other)]), expect(1, 3), "{one:?} {other:?}");
        assert_eq!(check_set(&[(id(3), &other), (id(1), &one)]), expect(3, 1), "{other:?} {one:?}");
    }
    let same = rule("900@");
    assert_eq!(check_set(&[(id(1), &same), (id(1), &same)]), Ok(()), "a rule does not contradict its own versions");
}

/// 500 with one effect, each held apart from the others by its window alone.
#[test]
fn many_with_one_effect_in_turn() {
    let in_turn: Vec<Promotion> = (0..500).map(|n| rule(&format!("900@ g价 d{n} u{}", n + 1))).collect();
    let mut all: Vec<(RuleId, &Promotion)> = in_turn.iter().enumerate().map(|(n, promotion)| (id(n), promotion)).collect();
    assert_eq!(check_set(&all), Ok(()));
    let late = rule("900@ g价 d498 u500");
    all.push((id(500), &late));
    assert_eq!(check_set(&all), Err((id(498), id(500), Code::PromotionTwice)));
}

#[test]
fn room_is_left_in_the_operation() {
    let sized = |bytes: usize| {
        let named = |length| plain(|p| p.scope.brands = vec!["a".repeat(length)]);
        named(bytes + 1 - serde_json::to_vec(&named(1)).unwrap().len())
    };
    assert_eq!(serde_json::to_vec(&sized(48 * 1024)).unwrap().len(), 48 * 1024);
    assert_eq!(check(&sized(48 * 1024 - 1)), Ok(()));
    assert_eq!(check(&sized(48 * 1024)), Err(Code::RuleTooLong));
}
