//! The cases of `cases.txt`: one a row, `what it shows | cart | promotions | who and when | expected`.
//!
//! A line of the cart is `A100x3`: product, unit price in yuan, quantity; `!` at the end for a price by hand. A and B are food,
//! C and D drinks, the rest other; A and C are of the brand acme; B has the tag new. Promotions stand apart by ` + ` and name
//! themselves first. What is expected is the total and each promotion's name, times, pieces and amount off.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use super::{Line, context, goods, product, store};
use crate::{
    ids::{CouponId, RuleId},
    money::Fen,
    promo::{
        BirthdayWindow, BundlePart, Buyer, Hours, Kind, Live, OffStep, PercentStep, Promotion, Scope, Source, Threshold, Used, best::best,
    },
};

fn fen(yuan: &str) -> Fen {
    let (whole, part) = yuan.split_once('.').unwrap_or((yuan, ""));
    Fen::new(whole.parse::<i64>().unwrap() * 100 + format!("{part:0<2}").parse::<i64>().unwrap()).unwrap()
}

fn yuan(fen: Fen) -> String {
    match (fen.get() / 100, fen.get() % 100) {
        (whole, 0) => whole.to_string(),
        (whole, part) => format!("{whole}.{part:02}"),
    }
}

fn letter(product: char) -> u16 {
    u16::from(u8::try_from(product).unwrap())
}

fn line(text: &str) -> Line {
    let name = text.chars().next().unwrap();
    let (closed, text) = (text.ends_with('!'), text.trim_end_matches('!'));
    let (price, quantity) = text[1..].split_once('x').unwrap();
    let (whole, part) = quantity.split_once('.').unwrap_or((quantity, ""));
    let quantity_milli = whole.parse::<i64>().unwrap() * 1000 + format!("{part:0<3}").parse::<i64>().unwrap();
    let unit_price = fen(price).get();
    Line {
        product: letter(name),
        category: match name {
            'A' | 'B' => "food",
            'C' | 'D' => "drink",
            _ => "other",
        }
        .to_owned(),
        brand: if matches!(name, 'A' | 'C') { "acme" } else { "own" }.to_owned(),
        tags: if name == 'B' { vec!["new".to_owned()] } else { Vec::new() },
        quantity_milli,
        unit_price,
        amount: (unit_price * quantity_milli + 500) / 1000,
        closed,
    }
}

/// `AB`: products; `food`, `drink`: categories; `#new`: a tag; `*acme`: a brand; `-A`, `-food`: excepted. Commas between.
fn scope(text: &str) -> Scope {
    let mut scope = Scope::default();
    for word in text.split(',').filter(|word| !word.is_empty()) {
        let products = |word: &str| word.chars().map(|name| product(letter(name))).collect::<Vec<_>>();
        let is_products = |word: &str| word.chars().all(char::is_uppercase);
        match (word.split_at(1), word) {
            (("#", tag), _) => scope.tags.push(tag.to_owned()),
            (("*", brand), _) => scope.brands.push(brand.to_owned()),
            (("-", not), _) if is_products(not) => scope.except_products.extend(products(not)),
            (("-", not), _) => scope.except_categories.push(not.to_owned()),
            (_, word) if is_products(word) => scope.products.extend(products(word)),
            (_, word) => scope.categories.push(word.to_owned()),
        }
    }
    scope
}

fn at(text: &str) -> i64 {
    (NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").unwrap().and_utc().timestamp() - 8 * 3600) * 1000
}

fn minutes(text: &str) -> u16 {
    let (hour, minute) = text.split_once(':').unwrap();
    hour.parse::<u16>().unwrap() * 60 + minute.parse::<u16>().unwrap()
}

fn numbers<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> Vec<T> {
    text.split(',').map(|number| number.parse().unwrap()).collect()
}

fn kind(word: &str, value: &str) -> Option<Kind> {
    let part = |no: usize| value.split(':').nth(no).unwrap_or_default();
    let number = |no: usize| part(no).parse::<i64>().unwrap();
    let small = |no: usize| part(no).parse::<u32>().unwrap();
    let steps = || value.split(',').map(|step| step.split_once(':').unwrap());
    Some(match word {
        "price" => Kind::Price { permille: number(0) },
        "fixed" => Kind::FixedPrice { price_fen: fen(value) },
        "reduce" => Kind::Reduce { off_fen: fen(value) },
        "off" => Kind::Off {
            steps: steps().map(|(at_least, off)| OffStep { at_least_fen: fen(at_least), off_fen: fen(off) }).collect(),
            each: false,
            cap_fen: None,
        },
        "percent" => {
            let threshold = |text: &str| match text.strip_suffix("pc") {
                Some(pieces) => Threshold::Pieces(pieces.parse().unwrap()),
                None => Threshold::Fen(fen(text)),
            };
            let steps = steps().map(|(at, permille)| PercentStep { at_least: threshold(at), permille: permille.parse().unwrap() });
            Kind::Percent { steps: steps.collect(), cap_fen: None }
        }
        "nth" => Kind::NthAt { n: small(0), permille: number(1) },
        "buyget" => {
            let of = (!part(3).is_empty()).then(|| scope(part(3)));
            Kind::BuyGet { buy: small(0), get: small(1), permille: number(2), of }
        }
        "addon" => Kind::AddOn { at_least_fen: fen(part(0)), of: scope(part(1)), price_fen: fen(part(2)), most: small(3) },
        "bundle" => {
            let (price, parts) = value.split_once(':').unwrap();
            let part = |text: &str| {
                let (scoped, pieces) = text.split_once('x').unwrap();
                BundlePart { scope: scope(scoped), pieces: pieces.parse().unwrap() }
            };
            Kind::Bundle { price_fen: fen(price), parts: parts.split(';').map(part).collect() }
        }
        _ => return None,
    })
}

fn modify(promotion: &mut Promotion, word: &str, value: &str) {
    match word {
        "in" => promotion.scope = scope(value),
        "group" => promotion.group = value.to_owned(),
        "order" => promotion.order = value.parse().unwrap(),
        "exclusive" => promotion.exclusive = true,
        "disabled" => promotion.enabled = false,
        "members" => promotion.who.members_only = true,
        "tiers" => promotion.who.tiers = value.split(',').map(str::to_owned).collect(),
        "tags" => promotion.who.tags = value.split(',').map(str::to_owned).collect(),
        "stores" => promotion.stores = numbers::<u8>(value).into_iter().map(store).collect(),
        "from" => promotion.window.from = Some(at(value)),
        "until" => promotion.window.until = Some(at(value)),
        "weekdays" => promotion.window.weekdays = numbers(value),
        "days" => promotion.window.month_days = numbers(value),
        "hours" => {
            let (from, until) = value.split_once('-').unwrap();
            promotion.window.hours.push(Hours { from_min: minutes(from), until_min: minutes(until) });
        }
        "birthday" => promotion.window.birthday = Some(if value == "day" { BirthdayWindow::Day } else { BirthdayWindow::Month }),
        "times" => promotion.limits.per_cart_times = Some(value.parse().unwrap()),
        "pieces" => promotion.limits.per_cart_pieces = Some(value.parse().unwrap()),
        "member_times" => promotion.limits.per_member_times = Some(value.parse().unwrap()),
        "in_all" => promotion.limits.in_all_pieces = Some(value.parse().unwrap()),
        "each" | "cap" => match &mut promotion.kind {
            Kind::Off { each, .. } if word == "each" => *each = true,
            Kind::Off { cap_fen, .. } | Kind::Percent { cap_fen, .. } => *cap_fen = Some(fen(value)),
            _ => panic!("{word} of another kind"),
        },
        _ => panic!("{word} is no part of a promotion"),
    }
}

fn promotion(text: &str) -> Promotion {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap();
    let mut made: Option<Promotion> = None;
    for word in words {
        let (word, value) = word.split_once('=').unwrap_or((word, ""));
        match (kind(word, value), &mut made) {
            (Some(kind), None) => made = Some(Promotion::plain(name, kind)),
            (None, Some(promotion)) => modify(promotion, word, value),
            _ => panic!("{text}: the kind comes first, and once"),
        }
    }
    made.unwrap()
}

fn rule(no: usize) -> RuleId {
    RuleId::from_bytes([u8::try_from(no + 1).unwrap(); 16])
}

/// What a row comes to.
fn outcome(cart: &str, promotions: &str, who: &str) -> String {
    let lines: Vec<Line> = cart.split_whitespace().map(line).collect();
    let promotions: Vec<Promotion> = promotions.split(" + ").map(promotion).collect();
    let source = |(no, promotion): (usize, &Promotion)| match promotion.name.as_str() {
        "tier" => Source::Tier,
        name if name.starts_with("coupon") => Source::Coupon(CouponId::from_bytes([u8::try_from(no).unwrap(); 16])),
        _ => Source::Rule { rule: rule(no), version: 1 },
    };
    let sources: Vec<Source> = promotions.iter().enumerate().map(source).collect();
    let live: Vec<Live<'_>> = promotions.iter().zip(&sources).map(|(promotion, source)| Live { source: *source, promotion }).collect();
    let mut buyer = Buyer::default();
    let mut used: BTreeMap<RuleId, Used> = BTreeMap::new();
    let mut context = context(None, &used);
    let (mut is_member, mut first) = (false, Used::default());
    for word in who.split_whitespace() {
        let (word, value) = word.split_once('=').unwrap_or((word, ""));
        match word {
            "at" => context.at = at(value),
            "frozen" => context.clock_frozen = true,
            "store" => context.store = store(value.parse().unwrap()),
            "used" => first.by_member_times = value.parse().unwrap(),
            "sold" => first.in_all_pieces = value.parse().unwrap(),
            "member" => {}
            "tier" => buyer.tier = Some(value.to_owned()),
            "tag" => buyer.tags.push(value.to_owned()),
            "born" => buyer.birthday = value.split_once('-').map(|(month, day)| (month.parse().unwrap(), day.parse().unwrap())),
            _ => panic!("{word} says nothing of who and when"),
        }
        is_member |= ["member", "tier", "tag", "born", "used"].contains(&word);
    }
    let (at, clock_frozen, store) = (context.at, context.clock_frozen, context.store);
    used.insert(rule(0), first);
    let context = crate::promo::Context { at, clock_frozen, store, buyer: is_member.then_some(&buyer), used: &used, held: false };
    let best = best(&goods(&lines), &live, &context, 10_000).unwrap();
    assert!(best.proved);
    let name = |source| &promotions[sources.iter().position(|one| *one == source).unwrap()].name;
    let uses = best.uses.iter().map(|used| format!("{} {}/{} -{}", name(used.source), used.times, used.pieces, yuan(used.off_fen)));
    std::iter::once(yuan(best.total_fen)).chain(uses).collect::<Vec<_>>().join(", ")
}

#[test]
fn cases() {
    let mut wrong = Vec::new();
    let table = include_str!("cases.txt");
    for row in table.lines().filter(|row| !row.is_empty() && !row.starts_with('#')) {
        let [what, cart, promotions, who, expected] = row.split('|').map(str::trim).collect::<Vec<_>>().try_into().unwrap();
        let is = outcome(cart, promotions, who);
        if is != expected {
            wrong.push(format!("{what}: {is} instead of {expected}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn labels_say_how_much_of_the_price_is_left() {
    let lines = [line("A100x1"), line("B100x1")];
    let promotions = [promotion("VIP price=880 in=A"), promotion("new reduce=5 in=B")];
    let sources = [Source::Tier, Source::Rule { rule: rule(0), version: 1 }];
    let live: Vec<Live<'_>> = sources.into_iter().zip(&promotions).map(|(source, promotion)| Live { source, promotion }).collect();
    let best = best(&goods(&lines), &live, &context(None, &BTreeMap::new()), 100).unwrap();
    let said: Vec<_> = best.offs.iter().map(|off| (off.line, off.label.as_str(), off.off_fen.get())).collect();
    assert_eq!(said, [(1, "new", 500), (0, "VIP 8.8折", 1200)]);
}
