use super::*;
use crate::{
    ids::{CardId, ProductId, TenderId},
    money::Points,
    refund::{Part, SoldLine, Step, Worth, refund},
};
use PartKind::{Bonus, Cash, Named, Principal};
use proptest::prelude::*;

const BANK: PartKind = Named(TenderId(uuid::Uuid::from_bytes([2; 16])));
const CARD: CardId = CardId(uuid::Uuid::from_bytes([1; 16]));

/// `茶 2 6000, 酒 1 4000`: category, pieces, what the line cost.
fn goods(text: &str) -> Vec<(String, SoldLine)> {
    let line = |(no, entry): (u32, &str)| {
        let mut words = entry.split_whitespace();
        let category = words.next().unwrap().to_owned();
        let [pieces, paid]: [i64; 2] = [(); 2].map(|()| words.next().unwrap().parse().unwrap());
        (category, SoldLine { no, quantity_milli: pieces * 1000, paid_fen: Fen::new(paid).unwrap(), rate_bp: 0, coupons: Vec::new() })
    };
    (1..).zip(text.split(',')).map(line).collect()
}

fn paid(text: &str) -> Vec<Part> {
    let part = |entry: &str| {
        let (kind, amount) = entry.split_once(' ').unwrap();
        let kind = match kind {
            "cash" => Cash,
            "bank" => BANK,
            "points" => PartKind::Points,
            "principal" => Principal(CARD),
            "bonus" => Bonus(CARD),
            _ => PartKind::Credit,
        };
        Part::of(kind, Fen::new(amount.parse().unwrap()).unwrap())
    };
    text.split(", ").map(part).collect()
}

fn sold(goods: &[(String, SoldLine)], parts: Vec<Part>) -> Sold {
    let lines: Vec<SoldLine> = goods.iter().map(|(_, line)| line.clone()).collect();
    let due = Fen::sum(lines.iter().map(|line| line.paid_fen)).unwrap();
    let rounding_fen = due.minus(Fen::sum(parts.iter().map(|part| part.amount_fen)).unwrap()).unwrap();
    Sold { lines, rounding_fen, parts, points_redeemed: Points::ZERO, ..Sold::default() }
}

fn step(text: &str) -> Step {
    let line = |entry: &str| {
        let (no, milli) = entry.split_once(':').unwrap();
        (no.parse().unwrap(), milli.parse().unwrap())
    };
    Step { lines: text.split_whitespace().map(line).collect() }
}

/// What counts of a sale, and of what is kept after each step: `given` or `none` of a coupon for 100.00, then `stays` or `back`.
#[test]
fn what_counts_towards_a_coupon_for_a_hundred() {
    let cases = "
        the threshold itself          | 茶 1 10000             | cash 10000                            |    |               | 10000 given
        a fen less                    | 茶 1 9999              | cash 9999                             |    |               | 9999 none
        several lines together        | 茶 2 6000, 酒 1 4000   | cash 10000                            |    |               | 10000 given
        by whatever is money          | 茶 1 10000             | bank 4000, principal 3000, cash 3000  |    |               | 10000 given
        goods brought back before     | 茶 1 10000             | credit 6000, cash 4000                |    |               | 10000 given
        points are no money           | 茶 1 10000             | points 1, cash 9999                   |    |               | 9999 none
        nor is the bonus of a card    | 茶 1 12000             | principal 9999, bonus 2001            |    |               | 9999 none
        beside enough money           | 茶 1 12000             | points 1000, bonus 1000, cash 10000   |    |               | 10000 given
        nothing but points            | 茶 1 20000             | points 20000                          |    |               | 0 none
        goods in scope alone          | 茶 1 9000, 酒 1 5000   | cash 14000                            | 茶 |               | 9000 none
        with enough of them           | 茶 1 10000, 酒 1 5000  | cash 15000                            | 茶 |               | 10000 given
        points go off all goods alike | 茶 1 10000, 酒 1 10000 | points 2000, cash 18000               | 茶 |               | 9000 none
        none in scope                 | 酒 1 50000             | cash 50000                            | 茶 |               | 0 none
        for nothing                   | 茶 1 0                 | cash 0                                |    |               | 0 none
        rounding was never paid       | 茶 1 10003             | cash 10000                            |    |               | 10000 given
        it came back                  | 茶 1 10000             | cash 10000                            |    | 1:1000        | 10000 given, 0 back
        enough is kept                | 茶 3 15000             | cash 15000                            |    | 1:1000        | 15000 given, 10000 stays
        a little too much             | 茶 3 15000             | cash 15000                            |    | 1:1001        | 15000 given, 9995 back
        too little in two steps       | 茶 3 15000             | cash 15000                            |    | 1:1000/1:1000 | 15000 given, 10000 stays, 5000 back
        other goods came back         | 茶 1 10000, 酒 1 5000  | cash 15000                            | 茶 | 2:1000        | 10000 given, 10000 stays
        of the scope's goods          | 茶 2 12000, 酒 1 50000 | cash 62000                            | 茶 | 1:500         | 12000 given, 9000 back
        points come back in share     | 茶 2 24000             | points 4000, cash 20000               |    | 1:1000        | 20000 given, 10000 stays
        a fen that cannot be halved   | 茶 3 10001             | cash 10001                            |    | 1:1000        | 10001 given, 6668 back";
    for row in cases.trim().lines() {
        let [case, lines, tenders, scope, back, expect]: [&str; 6] = row.split('|').map(str::trim).collect::<Vec<_>>().try_into().unwrap();
        let lines = goods(lines);
        let of = Scope { categories: if scope.is_empty() { Vec::new() } else { vec![scope.to_owned()] }, ..Scope::default() };
        let product = ProductId::from_bytes([1; 16]);
        let counting: Vec<u32> =
            lines.iter().filter(|(category, _)| of.takes(product, category, "", &[])).map(|(_, line)| line.no).collect();
        let sold = sold(&lines, paid(tenders));
        let mut before = Returned::default();
        let count = |before: &Returned| Kept::of(&sold, before).unwrap().counted(&counting).unwrap().get();
        let whole = count(&before);
        let mut found = vec![format!("{whole} {}", if whole >= 10_000 { "given" } else { "none" })];
        for text in back.split('/').filter(|text| !text.is_empty()) {
            before.add(&refund(&sold, &before, &step(text), Worth::Proportional).unwrap()).unwrap();
            let kept = count(&before);
            found.push(format!("{kept} {}", if kept >= 10_000 { "stays" } else { "back" }));
        }
        assert_eq!(found.join(", "), expect, "{case}");
    }
}

/// Under the other policy what is kept is worth what it would have cost alone: so much of the money stays with the shop.
#[test]
fn what_is_kept_is_what_was_not_paid_back() {
    let sold = sold(&goods("茶 2 15000"), paid("cash 15000"));
    let mut before = Returned::default();
    let worth = Worth::Repriced { rest_worth: Fen::constant(10_000) };
    before.add(&refund(&sold, &before, &step("1:1000"), worth).unwrap()).unwrap();
    assert_eq!(Kept::of(&sold, &before).unwrap().counted(&[1]), Ok(Fen::constant(10_000)));
}

#[test]
fn every_sale_and_kind_has_one_coupon() {
    let [a, b] = [1, 2].map(|n| SaleId::from_bytes([n; 16]));
    let [c, d] = [3, 4].map(|n| RuleId::from_bytes([n; 16]));
    let mut ids = vec![gift_of_sale(a, c), gift_of_sale(a, d), gift_of_sale(b, c), gift_of_sale(b, d)];
    assert_eq!(ids[0], gift_of_sale(a, c));
    assert!(ids.iter().all(|id| id.0.get_version_num() == 8));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[test]
fn what_a_kind_may_ask_for() {
    use crate::coupon::{CouponTemplate, Validity};
    use crate::promo::{Kind, OffStep, Promotion};
    let kind = Kind::Off { steps: vec![OffStep { at_least_fen: Fen::ZERO, off_fen: Fen::constant(1000) }], each: false, cap_fen: None };
    let of = |at_least: i64, scope: Scope| {
        let on_sale = Some(OnSale { at_least_fen: Fen::new(at_least).unwrap(), scope });
        let effect = Promotion::plain("满100送10", kind.clone());
        CouponTemplate { effect, validity: Validity::Days { days: 30 }, per_member_most: None, on_sign_up: false, on_sale }.check()
    };
    let product = |n: u32| ProductId(uuid::Uuid::from_u128(u128::from(n)));
    let named = |names: &[&str]| Scope { categories: names.iter().map(|name| (*name).to_owned()).collect(), ..Scope::default() };
    let many = |count: u32| Scope { products: (1..=count).map(product).collect(), ..Scope::default() };
    for (at_least, scope, expect) in [
        (10_000, Scope::default(), Ok(())),
        (1, named(&["茶"]), Ok(())),
        (0, Scope::default(), Err(Code::CouponGiftLeast)),
        (-1, Scope::default(), Err(Code::CouponGiftLeast)),
        (10_000_000_000, Scope::default(), Err(Code::AmountTooLarge)),
        (10_000, named(&[" "]), Err(Code::CouponGiftGoods)),
        (10_000, Scope { except_categories: vec!["茶".into()], ..named(&["茶"]) }, Err(Code::CouponGiftGoods)),
        (10_000, many(1000), Ok(())),
        (10_000, many(2000), Err(Code::RuleTooLong)),
        (10_000, many(2001), Err(Code::RuleTooLong)),
    ] {
        assert_eq!(of(at_least, scope.clone()), expect, "{at_least}");
    }
}

#[test]
fn which_goods_a_scope_takes() {
    let [one, two] = [1, 2].map(|n| ProductId::from_bytes([n; 16]));
    let text = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let none = Scope::default();
    for (scope, expect) in [
        (none.clone(), true),
        (Scope { products: vec![one], ..none.clone() }, true),
        (Scope { products: vec![two], ..none.clone() }, false),
        (Scope { categories: text(&["茶"]), ..none.clone() }, true),
        (Scope { brands: text(&["别家"]), tags: text(&["新"]), ..none.clone() }, true),
        (Scope { brands: text(&["别家"]), ..none.clone() }, false),
        (Scope { except_products: vec![one], ..none.clone() }, false),
        (Scope { categories: text(&["茶"]), except_categories: text(&["茶"]), ..none.clone() }, false),
        (Scope { except_products: vec![two], except_categories: text(&["酒"]), ..none.clone() }, true),
    ] {
        assert_eq!(scope.takes(one, "茶", "自家", &text(&["新", "热"])), expect, "{scope:?}");
    }
}

proptest! {
    /// I16: what counts hangs on what has come back in all, never grows by a refund, and is nothing in the end.
    #[test]
    fn steps_and_their_order_do_not_matter(
        lines in prop::collection::vec((1..4i64, 0..30_000i64, any::<bool>()), 1..6),
        split in prop::collection::vec(0..100i64, 3),
        cuts in prop::collection::vec((0..6usize, 1..1500i64), 1..8),
        turn in any::<prop::sample::Index>(),
    ) {
        let lines: Vec<(bool, SoldLine)> = (1..).zip(&lines).map(|(no, (pieces, paid, counts))| {
            let paid_fen = Fen::new(*paid).unwrap();
            (*counts, SoldLine { no, quantity_milli: pieces * 1000, paid_fen, rate_bp: 0, coupons: Vec::new() })
        }).collect();
        let due: i64 = lines.iter().map(|(_, line)| line.paid_fen.get()).sum();
        let [points, bonus] = [split[0], split[1]].map(|share| due * share / 300);
        let parts = [(PartKind::Points, points), (Bonus(CARD), bonus), (Cash, due - points - bonus)];
        let sold = Sold {
            lines: lines.iter().map(|(_, line)| line.clone()).collect(),
            parts: parts.iter().map(|(kind, amount)| Part::of(*kind, Fen::new(*amount).unwrap())).collect(),
            ..Sold::default()
        };
        let counting: Vec<u32> = lines.iter().filter(|(counts, _)| *counts).map(|(_, line)| line.no).collect();
        let count = |back: &Returned| Kept::of(&sold, back).unwrap().counted(&counting).unwrap();
        let mut steps: Vec<(u32, i64)> = Vec::new();
        for (place, milli) in &cuts {
            let (_, line) = &lines[place % lines.len()];
            let had: i64 = steps.iter().filter(|(no, _)| *no == line.no).map(|(_, milli)| milli).sum();
            let milli = (*milli).min(line.quantity_milli - had);
            if milli > 0 {
                steps.push((line.no, milli));
            }
        }
        let run = |steps: &[(u32, i64)]| {
            let (mut back, mut last) = (Returned::default(), count(&Returned::default()));
            for of in steps {
                back.add(&refund(&sold, &back, &Step { lines: vec![*of] }, Worth::Proportional).unwrap()).unwrap();
                assert!(count(&back) <= last, "it grows");
                last = count(&back);
            }
            back
        };
        let mut turned = steps.clone();
        turned.rotate_left(turn.index(steps.len().max(1)).min(steps.len()));
        let back = run(&steps);
        prop_assert_eq!(count(&back), count(&run(&turned)));
        let rest: Vec<(u32, i64)> = lines.iter().map(|(_, line)| {
            let had: i64 = steps.iter().filter(|(no, _)| *no == line.no).map(|(_, milli)| milli).sum();
            (line.no, line.quantity_milli - had)
        }).filter(|(_, left)| *left > 0).collect();
        let all: Vec<(u32, i64)> = steps.into_iter().chain(rest).collect();
        prop_assert_eq!(count(&run(&all)), Fen::ZERO);
    }
}
