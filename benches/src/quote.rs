//! `quote`: a cart of 200 lines with 500 promotions in force, from a changed quantity to the bytes of the whole priced cart: what a
//! cashier waits for at every scan of the longest carts (C5).

use hefu_core::{
    error::Code,
    ids::{ProductId, RuleId},
    money::Fen,
    op::Draft,
    promo::{BundlePart, Kind, OffStep, Promotion, Scope},
    rules::{Rule, RuleBody, RulesInForce},
};
use hefu_demo_book::{LoadPlan, load};
use hefu_fixtures::{Demo, Scale};
use hefu_replica::{By, FileKeys, KeyName, KeyStore, Replica, Secret};
use serde_json::json;

use crate::{
    book,
    dice::Dice,
    error::{BenchError, Done},
    figures::{Reach, Row, Spans},
    seat::Seat,
};

const LINES: usize = 200;
const PROMOTIONS: usize = 500;
/// Lines that are taken off a cart that is full.
const MARGIN: usize = 20;
const CARTS: usize = 5;
/// Changes of a quantity, of each cart; those before are not counted.
const CHANGES: usize = 200;
const WARM: usize = 20;
const P99_MOST: std::time::Duration = std::time::Duration::from_millis(5);

pub fn run() -> Done<Row> {
    let folder = book::fresh("quote")?;
    let demo = Demo::new(Scale { members: 1_000, days: 1, ..Scale::demo() }, book::SEED);
    make(&folder, &demo)?;
    let seat = Seat::take(&folder)?;
    let mut dice = Dice::new(7);
    let (mut spans, mut capped, mut fewest) = (Spans::default(), 0, LINES);
    for _ in 0..CARTS {
        let lines = ring_up(&seat, &demo, &mut dice)?;
        fewest = fewest.min(lines);
        for change in 0..CHANGES + WARM {
            let request = json!({ "line_no": 1 + dice.below(lines), "quantity_milli": 1000 * (1 + dice.below(6)) }).to_string();
            let mut span = Spans::default();
            let cart = span.time(|| seat.call("cart.set_quantity", request.as_bytes()))?;
            if change >= WARM {
                spans.join(&span);
                let cart: serde_json::Value = serde_json::from_slice(&cart)?;
                capped += usize::from(cart["unproved"] == true);
            }
        }
    }
    let quotes = spans.len();
    println!("  carts of {fewest} to {LINES} lines; {} of {quotes} quotes were proved to be the best price", quotes - capped);
    drop(seat);
    std::fs::remove_dir_all(folder)?;
    // A figure reached by giving up is none (I17).
    if capped > 0 {
        return Err(BenchError::setup(format!("{capped} of {quotes} quotes met the cap of the search")));
    }
    Ok(Row { name: "quote", spans, beside: None, reach: Reach::P99(P99_MOST) })
}

/// A cart of goods that are promoted and goods that are not, bought by a member. Answers with its lines: fewer where one
/// operation holds no more of them, with all the reasons why each costs less (`cart.full`).
fn ring_up(seat: &Seat, demo: &Demo, dice: &mut Dice) -> Done<usize> {
    seat.ask("cart.clear", &json!({}))?;
    let member = demo.member(dice.below(demo.scale().members));
    let found = seat.ask("member.by_phone", &json!({ "phone": member.phone }))?;
    seat.ask("cart.member", &json!({ "member_id": found["id"] }))?;
    let mut lines = 0;
    while lines < LINES {
        let product = demo.product(dice.below(demo.scale().products));
        match seat.ask("cart.enter", &json!({ "text": format!("{}*{}", 1 + dice.below(3), product.barcode) })) {
            Ok(cart) => lines = cart["cart"]["lines"].as_array().map_or(0, Vec::len),
            Err(BenchError::Refused(_, Code::CartFull)) => {
                // Room for a quantity that brings another reason.
                for no in lines.saturating_sub(MARGIN)..lines {
                    seat.ask("cart.remove", &json!({ "line_no": 1 + no }))?;
                }
                return Ok(lines.saturating_sub(MARGIN));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(lines)
}

/// The demo chain's book, with as many promotions as make five hundred in force.
fn make(folder: &std::path::Path, demo: &Demo) -> Done {
    let keys = FileKeys::new(folder);
    keys.put(KeyName::Database, &Secret::new(book::KEY))?;
    let replica = Replica::create(&book::place(folder), book::identity(demo))?;
    let phc = |pin: &str| hefu_desk::hash_secret(pin, [9; 16]).unwrap_or_default();
    load(&replica, demo, LoadPlan { today_start_ms: book::TODAY_MS, seed: book::SEED, phc: &phc, progress: &mut |_, _| {} })?;
    let now = hefu_sync::system_clock()();
    let held = RulesInForce::at(&replica.read(|book| book.rules())?, now).promotions.len();
    let mut dice = Dice::new(500);
    replica.write(|book| {
        for n in held..PROMOTIONS {
            let rule = RuleId::new(book::TODAY_MS, [&(n as u64).to_be_bytes()[..], &[0, 0]].concat().try_into().unwrap_or_default());
            let body = RuleBody::Promotion(promotion(demo, &mut dice, n)?);
            hefu_core::rules::check(&body)?;
            book.append(By { who: None, at: book::TODAY_MS, ahead: 0 }, &Draft::new(Rule { rule, version: 1, valid_from: 0, body }))?;
        }
        Ok(())
    })?;
    let held = RulesInForce::at(&replica.read(|book| book.rules())?, now).promotions.len();
    if held == PROMOTIONS { Ok(()) } else { Err(BenchError::setup(format!("{held} promotions are in force"))) }
}

/// As leaflets of many suppliers have them: of ten, six are a price of one thing, two of a few pieces of one item, one a pair of
/// things, and one counts what is spent on a brand.
fn promotion(demo: &Demo, dice: &mut Dice, n: usize) -> Result<Promotion, Code> {
    let one = dice.below(demo.scale().products);
    let product = demo.product(one);
    let only = |index: usize| Scope { products: vec![ProductId(demo.product(index).id)], ..Scope::default() };
    let fen = |share: i64| Fen::new(product.price_fen * share / 100);
    let (order, group, scope, kind) = match n % 10 {
        0..=2 => (0, "price", only(one), Kind::FixedPrice { price_fen: fen(80)? }),
        3..=4 => (0, "price", only(one), Kind::Price { permille: 850 }),
        5 => (0, "price", only(one), Kind::Reduce { off_fen: fen(10)? }),
        6 => (10, "件数", models(demo, one), Kind::NthAt { n: 2, permille: 500 }),
        7 => (10, "件数", models(demo, one), Kind::BuyGet { buy: 3, get: 1, of: None, permille: 0 }),
        8 => {
            let other = dice.below(demo.scale().products);
            let price_fen = Fen::new((product.price_fen + demo.product(other).price_fen) * 85 / 100)?;
            let parts = [one, other].map(|index| BundlePart { scope: only(index), pieces: 1 }).to_vec();
            (10, "件数", Scope::default(), Kind::Bundle { parts, price_fen })
        }
        _ => {
            let steps = vec![OffStep { at_least_fen: Fen::new(99_00)?, off_fen: Fen::new(10_00)? }];
            let scope = Scope { brands: vec![demo.brand(one).to_owned()], ..Scope::default() };
            (20, "满减", scope, Kind::Off { steps, each: false, cap_fen: None })
        }
    };
    Ok(Promotion { order, group: group.to_owned(), scope, ..Promotion::plain(&format!("促销 {n}"), kind) })
}

/// All models of what this product is one of.
fn models(demo: &Demo, index: usize) -> Scope {
    Scope { products: demo.same_item(index).map(|index| ProductId(demo.product(index).id)).collect(), ..Scope::default() }
}
