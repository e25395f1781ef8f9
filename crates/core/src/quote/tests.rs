use super::*;
use crate::{
    ids::ProductId,
    promo::{OffStep, Scope},
    rules::{Rule, RuleBody, shipped},
    tax::{TaxMode, TaxRule},
};
use proptest::prelude::*;

const NOW: i64 = 1_780_300_000_000;

fn rules_with(more: Vec<RuleBody>) -> RulesInForce {
    let rules: Vec<Rule> = shipped()
        .into_iter()
        .chain(more)
        .zip(0u8..)
        .map(|(body, id)| Rule { rule: RuleId::from_bytes([id; 16]), version: 1, valid_from: 0, body })
        .collect();
    RulesInForce::at(&rules, NOW)
}

fn item(no: u32, price: i64, quantity_milli: i64) -> CartItem {
    let product = Product {
        product: ProductId::from_bytes([u8::try_from(no % 251).unwrap(); 16]),
        name: "碗".into(),
        category: if no % 2 == 1 { "厨房".into() } else { "图书".into() },
        unit: "只".into(),
        price_fen: Fen::new(price).unwrap(),
        brand: String::new(),
        tags: vec![],
        barcodes: vec![],
    };
    CartItem { no, product, barcode: String::new(), quantity_milli, by_hand: None }
}

fn by_hand(mut item: CartItem, price: i32) -> CartItem {
    item.by_hand = Some(HandPrice { price_fen: Fen::constant(price), by: StaffId::from_bytes([9; 16]), reason: "破损".into() });
    item
}

/// Of the shipped levels, by what was spent.
fn member(spend: i64, rules: &RulesInForce) -> Member {
    Member { level: rules.level_of(spend).0.cloned(), ..Member::default() }
}

struct Asked<'a> {
    items: &'a [CartItem],
    spend: Option<i64>,
    coupon: Option<&'a Promotion>,
    discount: i32,
    rules: &'a RulesInForce,
}

fn ask(asked: &Asked<'_>) -> Result<(Quote, Points), Code> {
    let known = asked.spend.map(|spend| member(spend, asked.rules));
    let coupons: Vec<_> = asked.coupon.iter().map(|promotion| (CouponId::from_bytes([7; 16]), *promotion)).collect();
    let off_fen = Fen::constant(asked.discount);
    let discount = HandDiscount { off_fen, by: StaffId::from_bytes([9; 16]), reason: "店庆".into() };
    let cart = Cart {
        items: asked.items,
        coupons: &coupons,
        discount: Some(&discount).filter(|_| off_fen != Fen::ZERO),
        member: known.as_ref(),
        store: StoreId::from_bytes([1; 16]),
        at: NOW,
        clock_frozen: false,
        used: &BTreeMap::new(),
        rules: asked.rules,
        held: false,
    };
    let quote = quote(&cart)?;
    let points = quote.points_earned(&cart, Fen::ZERO, Fen::ZERO)?;
    Ok((quote, points))
}

/// due, off and points of carts of `(price, milli)` for a spend, by the shipped rules.
#[track_caller]
fn check(items: &[(i64, i64)], spend: Option<i64>, expect: (i64, i64, i64)) {
    let items: Vec<CartItem> = items.iter().zip(1..).map(|((price, milli), no)| item(no, *price, *milli)).collect();
    let rules = rules_with(vec![]);
    let (quote, points) = ask(&Asked { items: &items, spend, coupon: None, discount: 0, rules: &rules }).unwrap();
    assert_eq!((quote.due_fen.get(), quote.off_fen.get(), points.get()), expect);
}

#[test]
fn quotes() {
    check(&[], None, (0, 0, 0));
    check(&[(990, 1000)], None, (990, 0, 0));
    check(&[(990, 1000)], Some(0), (990, 0, 9));
    check(&[(990, 3000), (1, 1000)], Some(0), (2971, 0, 29));
    check(&[(990, 1000)], Some(500_000), (940, 50, 9));
    check(&[(1999, 500)], None, (1000, 0, 0));
}

#[test]
fn says_why() {
    let rules = rules_with(vec![]);
    let items = [item(1, 1000, 1000)];
    let (quote, _) = ask(&Asked { items: &items, spend: Some(600_000), coupon: None, discount: 0, rules: &rules }).unwrap();
    assert_eq!(
        quote.lines[0].off,
        [Off { label: "VIP 9.5折".into(), off_fen: Fen::constant(50), why: Some(Why::By(Source::Tier)), said: None }]
    );
}

/// 满100减20 on everything, stacking with all.
fn reduction() -> Promotion {
    let steps = vec![OffStep { at_least_fen: Fen::constant(10_000), off_fen: Fen::constant(2_000) }];
    Promotion::plain("满100减20", Kind::Off { steps, each: false, cap_fen: None })
}

#[test]
fn by_hand_then_promotions_then_discount_then_tax() {
    let added = TaxRule { mode: TaxMode::Added, default_bp: 1000, categories: BTreeMap::new() };
    let plain = rules_with(vec![]);
    let reduced = rules_with(vec![RuleBody::Promotion(reduction())]);
    let taxed = rules_with(vec![RuleBody::Promotion(reduction()), RuleBody::Tax(added)]);
    let two = [item(1, 8_000, 1000), item(2, 4_000, 1000)];
    let hand = [by_hand(item(1, 8_000, 1000), 5_000), item(2, 4_000, 1000)];
    let dearer = [by_hand(item(1, 8_000, 1000), 9_000)];
    let ten_off = {
        let steps = vec![OffStep { at_least_fen: Fen::ZERO, off_fen: Fen::constant(1_000) }];
        Promotion::plain("10元券", Kind::Off { steps, each: false, cap_fen: None })
    };
    type Case<'a> = (&'a str, Asked<'a>, Result<(i64, i64), Code>);
    let cases: &[Case<'_>] = &[
        ("list", Asked { items: &two, spend: None, coupon: None, discount: 0, rules: &plain }, Ok((12_000, 0))),
        ("a promotion", Asked { items: &two, spend: None, coupon: None, discount: 0, rules: &reduced }, Ok((10_000, 2_000))),
        ("with a coupon", Asked { items: &two, spend: None, coupon: Some(&ten_off), discount: 0, rules: &reduced }, Ok((9_000, 3_000))),
        (
            "a price by hand is out of it",
            Asked { items: &hand, spend: None, coupon: None, discount: 0, rules: &reduced },
            Ok((9_000, 3_000)),
        ),
        ("dearer by hand", Asked { items: &dearer, spend: None, coupon: None, discount: 0, rules: &plain }, Ok((9_000, -1_000))),
        (
            "a discount by hand comes last",
            Asked { items: &two, spend: None, coupon: None, discount: 500, rules: &reduced },
            Ok((9_500, 2_500)),
        ),
        ("more than all is all", Asked { items: &two, spend: None, coupon: None, discount: 10_001, rules: &reduced }, Ok((0, 12_000))),
        ("all", Asked { items: &two, spend: None, coupon: None, discount: 10_000, rules: &reduced }, Ok((0, 12_000))),
        ("tax on what is left", Asked { items: &two, spend: None, coupon: None, discount: 500, rules: &taxed }, Ok((10_450, 2_500))),
    ];
    for (case, asked, expect) in cases {
        let found = ask(asked).map(|(quote, _)| (quote.due_fen.get(), quote.off_fen.get()));
        assert_eq!(found, *expect, "{case}");
    }
}

#[test]
fn the_better_of_tier_price_and_flash_price() {
    let flash = |permille| {
        let promotion = Promotion {
            group: PRICE_GROUP.into(),
            scope: Scope { categories: vec!["厨房".into()], ..Scope::default() },
            ..Promotion::plain("秒杀", Kind::Price { permille })
        };
        rules_with(vec![RuleBody::Promotion(promotion)])
    };
    let items = [item(1, 10_000, 1000)];
    for (permille, due, label) in [(800, 8_000, "秒杀 8折"), (990, 9_500, "VIP 9.5折")] {
        let rules = flash(permille);
        let (quote, _) = ask(&Asked { items: &items, spend: Some(500_000), coupon: None, discount: 0, rules: &rules }).unwrap();
        assert_eq!((quote.due_fen.get(), quote.lines[0].off[0].label.as_str(), quote.lines[0].off.len()), (due, label, 1));
    }
}

#[test]
fn refuses_what_no_cart_can_hold() {
    let rules = rules_with(vec![]);
    for (items, code) in
        [([item(1, crate::money::LARGEST, QUANTITY_MOST_MILLI)], Code::AmountTooLarge), ([item(1, 1, -1000)], Code::AmountInvalid)]
    {
        assert_eq!(ask(&Asked { items: &items, spend: None, coupon: None, discount: 0, rules: &rules }), Err(code));
    }
}

proptest! {
    #[test]
    fn any_order_gives_the_same_total_and_every_fen_off_is_explained(
        lines in prop::collection::vec((0..1_000_000i64, 1..20_000i64), 1..30),
        spend in prop::option::of(0..1_000_000i64),
        discount in 0..100i32,
        taxed in any::<bool>(),
        shuffle in any::<prop::sample::Index>(),
    ) {
        let tax = TaxRule { mode: TaxMode::Added, default_bp: 1300, categories: BTreeMap::from([("图书".to_owned(), 0)]) };
        let mut more = vec![RuleBody::Promotion(reduction())];
        if taxed {
            more.push(RuleBody::Tax(tax));
        }
        let rules = rules_with(more);
        let items: Vec<CartItem> = lines.iter().zip(1..).map(|((price, milli), no)| item(no, *price, *milli)).collect();
        let mut turned = items.clone();
        turned.rotate_left(shuffle.index(items.len()));
        turned.reverse();
        let (first, second) = (
            ask(&Asked { items: &items, spend, coupon: None, discount, rules: &rules }),
            ask(&Asked { items: &turned, spend, coupon: None, discount, rules: &rules }),
        );
        let ((first, points), (second, others)) = match (first, second) {
            (Ok(first), Ok(second)) => (first, second),
            (first, second) => {
                prop_assert_eq!(first, second);
                return Ok(());
            }
        };
        prop_assert_eq!((first.due_fen, points, first.tax_fen), (second.due_fen, others, second.tax_fen));
        for line in &first.lines {
            prop_assert_eq!(line.list_fen.minus(line.off_fen().unwrap()).unwrap(), line.amount_fen);
            prop_assert!(line.amount_fen >= Fen::ZERO);
        }
        let added = Fen::sum(first.lines.iter().map(|line| line.added_tax_fen)).unwrap();
        prop_assert_eq!(added, first.added_tax_fen);
        prop_assert_eq!(first.goods_fen.minus(first.off_fen).unwrap().plus(added).unwrap(), first.due_fen);
    }
}
