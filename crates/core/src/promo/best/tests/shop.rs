//! A retailer's worst day: 200 lines and 500 promotions, of the kinds that such a shop has.

use std::collections::BTreeMap;

use super::{Line, context, goods, product};
use crate::{
    ids::{CouponId, RuleId},
    money::Fen,
    promo::{Best, BundlePart, Buyer, Kind, Live, OffStep, PercentStep, Promotion, Scope, Source, Threshold, best::best},
};

/// The cap that quotes are made with.
const STEPS_MOST: u32 = crate::quote::STEPS_MOST;

/// Numbers that look random and are the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn fen(&mut self, from: i64, to: i64) -> Fen {
        Fen::new(from + i64::try_from(self.below(u64::try_from(to - from).unwrap())).unwrap()).unwrap()
    }

    fn product(&mut self) -> u16 {
        u16::try_from(self.below(PRODUCTS)).unwrap()
    }

    /// Another of the same department.
    fn beside(&mut self, no: u16) -> u16 {
        let department = u64::from(no) % CATEGORIES / 5;
        u16::try_from(self.below(PRODUCTS / CATEGORIES) * CATEGORIES + department * 5 + self.below(5)).unwrap()
    }
}

/// Goods of the shop, and its categories.
const PRODUCTS: u64 = 400;
const CATEGORIES: u64 = 100;

fn category(no: u64) -> String {
    format!("category {no}")
}

/// What a product costs: in steps of half a yuan.
fn price(no: u16) -> i64 {
    250 + i64::from(no % 97) * 50
}

fn cart(random: &mut Random) -> Vec<Line> {
    let line = |_| {
        let no = random.product();
        let quantity_milli = if no.is_multiple_of(20) { 1000 + random.fen(1, 999).get() } else { 1000 * random.fen(1, 6).get() };
        Line {
            product: no,
            category: category(u64::from(no) % CATEGORIES),
            brand: format!("brand {}", no % 30),
            tags: Vec::new(),
            quantity_milli,
            unit_price: price(no),
            amount: (price(no) * quantity_milli + 500) / 1000,
            closed: no % 50 == 49,
        }
    };
    (0..200).map(line).collect()
}

fn of_products(products: &[u16]) -> Scope {
    Scope { products: products.iter().map(|no| product(*no)).collect(), ..Scope::default() }
}

fn of_category(no: u64) -> Scope {
    Scope { categories: vec![category(no)], ..Scope::default() }
}

fn promotions(random: &mut Random, day: Day) -> Vec<Promotion> {
    let mut made = Vec::new();
    for _ in 0..300 {
        let no = random.product();
        let kind = match random.below(3) {
            0 => Kind::FixedPrice { price_fen: Fen::new(price(no) * 8 / 10 / 10 * 10).unwrap() },
            1 => Kind::Price { permille: 850 },
            _ => Kind::Reduce { off_fen: random.fen(1, 5) }.per_yuan(),
        };
        made.push(Promotion { scope: of_products(&[no]), group: "price".into(), ..Promotion::plain("特价", kind) });
    }
    for no in 0..CATEGORIES {
        let kind = match random.below(3) {
            0 => Kind::NthAt { n: 2, permille: 500 },
            1 => Kind::BuyGet { buy: 2, get: 1, of: None, permille: 0 },
            _ => Kind::BuyGet { buy: 2, get: 1, of: Some(of_products(&[random.beside(u16::try_from(no).unwrap())])), permille: 0 },
        };
        made.push(Promotion { scope: of_category(no), group: "pieces".into(), ..Promotion::plain("第二件", kind) });
    }
    for _ in 0..50 {
        let a = random.product();
        let b = if day.scattered { random.product() } else { random.beside(a) };
        let part = |no| BundlePart { scope: of_products(&[no]), pieces: 1 };
        let price_fen = Fen::new((price(a) + price(b)) * 9 / 10).unwrap();
        let kind = Kind::Bundle { parts: vec![part(a), part(b)], price_fen };
        made.push(Promotion { group: "pieces".into(), ..Promotion::plain("组合", kind) });
    }
    let step = |at_least: i64, off: i64| OffStep { at_least_fen: Fen::new(at_least).unwrap(), off_fen: Fen::new(off).unwrap() };
    for no in 0..40 {
        let (scope, kind) = match no {
            // A department is five categories.
            0..20 => {
                let categories =
                    (0..5).map(|one| if day.scattered { random.below(CATEGORIES) } else { no * 5 + one }).map(category).collect();
                let steps = vec![step(19_900, 2_000), step(39_900, 5_000)];
                (Scope { categories, ..Scope::default() }, Kind::Off { steps, each: false, cap_fen: None })
            }
            20..25 if day.scattered => {
                let brands = vec![format!("brand {}", random.below(30))];
                let off = Kind::Off { steps: vec![step(9_900, 1_000)], each: true, cap_fen: Some(Fen::new(3_000).unwrap()) };
                (Scope { brands, ..Scope::default() }, off)
            }
            _ => {
                let least = 30_000 + 10_000 * i64::try_from(no - 20).unwrap();
                let steps = vec![step(least, least / 10), step(least * 2, least / 4)];
                (
                    Scope::default(),
                    if day.repeated {
                        Kind::Off { steps: steps[..1].to_vec(), each: true, cap_fen: None }
                    } else {
                        Kind::Off { steps, each: false, cap_fen: None }
                    },
                )
            }
        };
        made.push(Promotion { scope, group: "order".into(), ..Promotion::plain("满减", kind) });
    }
    made
}

/// What makes a day worse.
#[derive(Clone, Copy, Debug, Default)]
struct Day {
    /// The buyer has a tier with a price.
    tier: bool,
    /// 满减 on the whole cart is repeated for every full threshold, without a cap.
    repeated: bool,
    /// 满减 is of categories here and there that overlap, not of departments.
    scattered: bool,
}

trait PerYuan {
    fn per_yuan(self) -> Self;
}

impl PerYuan for Kind {
    fn per_yuan(self) -> Self {
        match self {
            Self::Reduce { off_fen } => Self::Reduce { off_fen: Fen::new(off_fen.get() * 50).unwrap() },
            other => other,
        }
    }
}

fn coupons(random: &mut Random) -> Vec<Promotion> {
    let coupon = |no: i64| {
        let (at_least, off) = (random.fen(100, 500).get() * 100, random.fen(5, 50).get() * 100);
        let kind = match no % 3 {
            0 => Kind::Percent {
                steps: vec![PercentStep { at_least: Threshold::Fen(Fen::new(at_least).unwrap()), permille: 950 }],
                cap_fen: Some(Fen::new(5_000).unwrap()),
            },
            _ => {
                let step = OffStep { at_least_fen: Fen::new(at_least).unwrap(), off_fen: Fen::new(off).unwrap() };
                Kind::Off { steps: vec![step], each: false, cap_fen: None }
            }
        };
        Promotion { group: "coupon".into(), ..Promotion::plain("券", kind) }
    };
    (0..10).map(coupon).collect()
}

/// The best price of the cart of a number, with so many steps.
fn quote(seed: u64, day: Day, steps_most: u32) -> Best {
    let mut random = Random(seed);
    let (lines, promotions, coupons) = (cart(&mut random), promotions(&mut random, day), coupons(&mut random));
    let tier = Promotion { group: "price".into(), ..Promotion::plain("VIP", Kind::Price { permille: 950 }) };
    let id = |no: usize| {
        let mut bytes = [3; 16];
        bytes[..2].copy_from_slice(&u16::try_from(no).unwrap().to_be_bytes());
        bytes
    };
    let rule = |(no, promotion)| Live { source: Source::Rule { rule: RuleId::from_bytes(id(no)), version: 1 }, promotion };
    let coupon = |(no, promotion)| Live { source: Source::Coupon(CouponId::from_bytes(id(no))), promotion };
    let mut live: Vec<Live<'_>> = promotions.iter().enumerate().map(rule).collect();
    live.extend(day.tier.then_some(Live { source: Source::Tier, promotion: &tier }));
    live.extend(coupons.iter().enumerate().map(coupon));
    let (buyer, used) = (Buyer::default(), BTreeMap::new());
    let goods = goods(&lines);
    best(&goods, &live, &context(Some(&buyer), &used), steps_most).unwrap()
}

/// However bad the day, the search stays within its cap, says when it met it, and finds no less than with a tenth of the steps.
#[test]
fn a_worst_day_is_answered_within_the_cap() {
    for (tier, repeated, scattered) in [(false, false, false), (true, false, false), (false, true, false), (false, false, true)] {
        let day = Day { tier, repeated, scattered };
        let (best, hasty) = (quote(1, day, STEPS_MOST), quote(1, day, STEPS_MOST / 10));
        assert!(best.steps <= STEPS_MOST, "{day:?}");
        assert!(best.proved || best.steps == STEPS_MOST, "{day:?}: not proved, and the cap not met");
        assert!(best.total_fen <= hasty.total_fen, "{day:?}: more steps, and a higher total");
        assert!(!best.uses.is_empty(), "{day:?}");
    }
}
