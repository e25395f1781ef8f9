use super::*;
use crate::money::{Rounding, allocate, apportion, scale};
use PartKind::{Bonus, Cash, Credit, Named, Principal};
use Worth::{Proportional, Repriced};
use proptest::prelude::*;

fn fen(amount: i64) -> Fen {
    Fen::new(amount).unwrap()
}

fn points(amount: i64) -> Points {
    Points::new(amount).unwrap()
}

fn card() -> CardId {
    CardId::from_bytes([1; 16])
}

fn bank() -> TenderId {
    TenderId::from_bytes([2; 16])
}

fn coupon(no: u8) -> CouponId {
    CouponId::from_bytes([no; 16])
}

/// Lines of `(thousandths, fen, coupons)`, numbered from 1.
fn sold(lines: &[(i64, i64, &[u8])], rounding: i64, parts: &[(PartKind, i64)], (earned, redeemed): (i64, i64)) -> Sold {
    let line = |(no, (quantity_milli, paid, coupons)): (u32, &(i64, i64, &[u8]))| SoldLine {
        no,
        quantity_milli: *quantity_milli,
        paid_fen: fen(*paid),
        rate_bp: 0,
        coupons: coupons.iter().map(|no| coupon(*no)).collect(),
    };
    Sold {
        lines: (1..).zip(lines).map(line).collect(),
        rounding_fen: fen(rounding),
        parts: parts.iter().map(|(kind, amount)| Part::of(*kind, fen(*amount))).collect(),
        taxes: Vec::new(),
        points_earned: points(earned),
        points_redeemed: points(redeemed),
    }
}

/// `1:1000 2:500`.
fn step(text: &str) -> Step {
    let line = |entry: &str| {
        let (no, quantity) = entry.split_once(':').unwrap();
        (no.parse().unwrap(), quantity.parse().unwrap())
    };
    Step { lines: text.split_whitespace().map(line).collect() }
}

fn words(refunded: &Refunded) -> String {
    let mut found = vec![refunded.total_fen.get().to_string()];
    found.push(refunded.lines.iter().map(|line| format!("{}:{}", line.no, line.amount_fen.get())).collect::<Vec<_>>().join(" "));
    let name = |kind| match kind {
        Cash => "cash",
        Named(_) => "bank",
        PartKind::Points => "points",
        Principal(_) => "principal",
        Bonus(_) => "bonus",
        Credit => "credit",
    };
    found.push(refunded.parts.iter().map(|part| format!("{} {}", name(part.kind), part.amount_fen.get())).collect::<Vec<_>>().join(" "));
    found.push(format!("-{} +{}", refunded.points_taken.get(), refunded.points_restored.get()));
    found.extend(refunded.coupons.iter().map(|coupon| format!("c{}", coupon.as_bytes()[0])));
    found.join(" | ")
}

/// Each step of a sale, one after the other: the total, the lines, the parts, points taken and restored, coupons.
#[track_caller]
fn check(sold: &Sold, steps: &[(&str, Worth, &str)]) {
    let mut before = Returned::default();
    for (text, worth, expect) in steps {
        let refunded = refund(sold, &before, &step(text), *worth).unwrap();
        assert_eq!(words(&refunded), *expect, "{text}");
        before.add(&refunded).unwrap();
    }
}

/// Three for 100.00, one for 50.00 and a free one, paid with everything.
fn mixed() -> Sold {
    let parts = [(Bonus(card()), 2000), (Cash, 5000), (Principal(card()), 6000), (PartKind::Points, 2000)];
    sold(&[(3000, 10_000, &[2]), (1000, 5000, &[2]), (1000, 0, &[3])], 0, &parts, (150, 200))
}

#[test]
fn a_mixed_sale_comes_back_in_steps() {
    check(
        &mixed(),
        &[
            ("1:1000", Proportional, "3333 | 1:3333 | cash 1111 points 445 principal 1333 bonus 444 | -33 +44"),
            ("1:1000 3:1000", Proportional, "3333 | 1:3333 3:0 | cash 1111 points 444 principal 1333 bonus 445 | -33 +44 | c3"),
            ("2:1000 1:400 1:600", Proportional, "8334 | 1:3334 2:5000 | cash 2778 points 1111 principal 3334 bonus 1111 | -84 +112 | c2"),
        ],
    );
    check(
        &mixed(),
        &[(
            "3:1000 2:1000 1:3000",
            Proportional,
            "15000 | 1:10000 2:5000 3:0 | cash 5000 points 2000 principal 6000 bonus 2000 | -150 +200 | c2 | c3",
        )],
    );
}

#[test]
fn rounding_was_never_paid_and_does_not_come_back() {
    let sale = sold(&[(1000, 500, &[]), (1000, 507, &[])], 7, &[(Cash, 1000)], (10, 0));
    check(&sale, &[("1:1000", Proportional, "497 | 1:497 | cash 497 | -4 +0"), ("2:1000", Proportional, "503 | 2:503 | cash 503 | -6 +0")]);
    check(&sale, &[("2:1000", Proportional, "503 | 2:503 | cash 503 | -5 +0"), ("1:1000", Proportional, "497 | 1:497 | cash 497 | -5 +0")]);
    // 0.07 that rounded to nothing.
    let free = sold(&[(1000, 7, &[])], 7, &[(Cash, 0)], (0, 0));
    check(&free, &[("1:1000", Proportional, "0 | 1:0 |  | -0 +0")]);
}

#[test]
fn a_sale_of_nothing_paid() {
    let sale = sold(&[(2000, 0, &[1]), (1000, 0, &[])], 0, &[], (5, 0));
    check(&sale, &[("1:2000", Proportional, "0 | 1:0 |  | -0 +0 | c1"), ("2:1000", Proportional, "0 | 2:0 |  | -5 +0")]);
    check(&sale, &[("1:1000", Repriced { rest_worth: fen(0) }, "0 | 1:0 |  | -0 +0")]);
}

#[test]
fn several_parts_of_a_kind_are_one_and_credit_is_a_part() {
    let sale = sold(&[(1000, 1000, &[])], 0, &[(Named(bank()), 300), (Credit, 400), (Named(bank()), 300)], (0, 0));
    check(
        &sale,
        &[
            ("1:500", Proportional, "500 | 1:500 | bank 300 credit 200 | -0 +0"),
            ("1:500", Proportional, "500 | 1:500 | bank 300 credit 200 | -0 +0"),
        ],
    );
}

#[test]
fn two_payments_by_one_tender_each_get_back_what_they_paid() {
    let mut sale = sold(&[(1000, 30_000, &[])], 0, &[(Named(bank()), 10_000)], (0, 0));
    sale.parts.push(Part { nth: 1, ..Part::of(Named(bank()), fen(20_000)) });
    check(
        &sale,
        &[
            ("1:500", Proportional, "15000 | 1:15000 | bank 5000 bank 10000 | -0 +0"),
            ("1:500", Proportional, "15000 | 1:15000 | bank 5000 bank 10000 | -0 +0"),
        ],
    );
}

#[test]
fn three_for_two_by_either_policy() {
    let sale = sold(&[(3000, 2000, &[])], 0, &[(Cash, 2000)], (20, 0));
    check(
        &sale,
        &[
            ("1:1000", Proportional, "666 | 1:666 | cash 666 | -6 +0"),
            ("1:1000", Proportional, "667 | 1:667 | cash 667 | -7 +0"),
            ("1:1000", Proportional, "667 | 1:667 | cash 667 | -7 +0"),
        ],
    );
    let rest = |rest| Repriced { rest_worth: fen(rest) };
    check(
        &sale,
        &[
            ("1:1000", rest(2000), "0 | 1:0 |  | -0 +0"),
            ("1:1000", rest(1000), "1000 | 1:1000 | cash 1000 | -10 +0"),
            ("1:1000", rest(0), "1000 | 1:1000 | cash 1000 | -10 +0"),
        ],
    );
}

/// 150.00 + 80.00 with 30 off at 200: keeping only the first means that nothing was off.
#[test]
fn a_threshold_by_either_policy() {
    let sale = sold(&[(1000, 13_043, &[]), (1000, 6_957, &[])], 0, &[(Cash, 8_000), (Principal(card()), 12_000)], (200, 0));
    check(&sale, &[("2:1000", Proportional, "6957 | 2:6957 | cash 2783 principal 4174 | -69 +0")]);
    check(
        &sale,
        &[
            ("2:1000", Repriced { rest_worth: fen(15_000) }, "5000 | 2:5000 | cash 2000 principal 3000 | -50 +0"),
            ("1:1000", Repriced { rest_worth: fen(0) }, "15000 | 1:15000 | cash 6000 principal 9000 | -150 +0"),
        ],
    );
    // The goods kept would have cost more than everything did; the policy changed in between.
    check(
        &sale,
        &[
            ("1:500", Repriced { rest_worth: fen(20_001) }, "0 | 1:0 |  | -0 +0"),
            ("2:1000", Proportional, "13478 | 2:13478 | cash 5391 principal 8087 | -134 +0"),
            ("1:250", Repriced { rest_worth: fen(9_000) }, "0 | 1:0 |  | -0 +0"),
            ("1:250", Proportional, "6522 | 1:6522 | cash 2609 principal 3913 | -66 +0"),
        ],
    );
}

#[test]
fn what_was_paid_twice_by_two_tills_is_never_paid_a_third_time() {
    let sale = sold(&[(1000, 600, &[1]), (1000, 400, &[1])], 0, &[(Cash, 500), (Credit, 500)], (10, 0));
    let once = refund(&sale, &Returned::default(), &step("1:1000"), Proportional).unwrap();
    let mut before = Returned::default();
    before.add(&once).unwrap();
    before.add(&once).unwrap();
    assert_eq!(refund(&sale, &before, &step("1:1"), Proportional), Err(Code::RefundTooMuch));
    let rest = refund(&sale, &before, &step("2:1000"), Proportional).unwrap();
    assert_eq!(words(&rest), "0 | 2:0 |  | -0 +0 | c1");
}

#[test]
fn refuses() {
    let mut before = Returned::default();
    before.add(&refund(&mixed(), &before, &step("1:1000 2:1000"), Proportional).unwrap()).unwrap();
    for (text, expect) in [
        ("", Code::RefundNothing),
        ("4:1000", Code::LineUnknown),
        ("1:0", Code::QuantityInvalid),
        ("1:-1000", Code::QuantityInvalid),
        ("1:500 1:-1", Code::QuantityInvalid),
        ("1:2001", Code::RefundTooMuch),
        ("1:2000 1:1", Code::RefundTooMuch),
        ("2:1", Code::RefundTooMuch),
        ("1:9223372036854775807", Code::RefundTooMuch),
        ("1:1 1:9223372036854775807", Code::RefundTooMuch),
    ] {
        assert_eq!(refund(&mixed(), &before, &step(text), Proportional), Err(expect), "{text}");
    }
    let negative = Repriced { rest_worth: fen(-1) };
    assert_eq!(refund(&mixed(), &before, &step("1:2000 3:1000"), negative), Err(Code::AmountInvalid));
}

#[test]
fn refuses_a_sale_that_does_not_add_up() {
    let broken: [fn(&mut Sold); 7] = [
        |sale| sale.rounding_fen = fen(1),
        |sale| sale.rounding_fen = fen(-1),
        |sale| sale.parts[0].amount_fen = fen(1999),
        |sale| sale.lines[1].no = 1,
        |sale| sale.lines[1].quantity_milli = 0,
        |sale| sale.points_earned = points(-1),
        |sale| sale.points_redeemed = points(-1),
    ];
    for spoil in broken {
        let mut sale = mixed();
        spoil(&mut sale);
        assert_eq!(refund(&sale, &Returned::default(), &step("1:1000"), Proportional), Err(Code::AmountInvalid), "{sale:?}");
    }
}

prop_compose! {
    fn any_sale()(
        lines in prop::collection::vec((prop_oneof![1..4i64, Just(1000), 1..5000i64], prop_oneof![Just(0), 1..4i64, 0..60_000i64], prop::collection::vec(0..3u8, 0..2)), 1..7),
        rounding in 0..100i64,
        weights in prop::collection::vec(0..10i64, 7),
        earned in prop_oneof![0..5i64, 0..2000i64],
        redeemed in prop_oneof![0..5i64, 0..2000i64],
        rates in prop::collection::vec(prop_oneof![Just(0u32), Just(900), Just(1300)], 6),
    ) -> Sold {
        let lines: Vec<(i64, i64, &[u8])> = lines.iter().map(|(quantity, paid, coupons)| (*quantity, *paid, &**coupons)).collect();
        let goods: i64 = lines.iter().map(|line| line.1).sum();
        let rounding = rounding.min(goods);
        let kinds = [Credit, PartKind::Points, Named(bank()), Bonus(card()), Cash, Principal(card())];
        let mut amounts = allocate(goods - rounding, &weights).unwrap();
        let second_swipe = amounts.pop().unwrap();
        let parts: Vec<(PartKind, i64)> = kinds.into_iter().zip(amounts).collect();
        let mut sold = sold(&lines, rounding, &parts, (earned, redeemed));
        sold.parts.push(Part { nth: 1, ..Part::of(Named(bank()), fen(second_swipe)) });
        taxed(sold, &rates)
    }
}

/// The sale with a rate for each of its lines, and the tax in what they cost.
fn taxed(mut sale: Sold, rates: &[u32]) -> Sold {
    let mut amounts: BTreeMap<u32, i64> = BTreeMap::new();
    for (line, rate) in sale.lines.iter_mut().zip(rates) {
        line.rate_bp = *rate;
        *amounts.entry(*rate).or_default() += line.paid_fen.get();
    }
    let row = |(rate_bp, amount): (u32, i64)| {
        let tax = scale(amount, i64::from(rate_bp), 10_000 + i64::from(rate_bp), Rounding::HalfUp).unwrap();
        TaxAtRate { rate_bp, net_fen: fen(amount - tax), tax_fen: fen(tax) }
    };
    sale.taxes = amounts.into_iter().map(row).collect();
    sale
}

/// Rows of `(rate, net, tax)`.
fn tax_rows(refunded: &Refunded) -> Vec<(u32, i64, i64)> {
    refunded.taxes.iter().map(|row| (row.rate_bp, row.net_fen.get(), row.tax_fen.get())).collect()
}

/// A9: goods take their own tax with them, not a share of all there is.
#[test]
fn each_rate_goes_back_with_its_goods() {
    let sale = || taxed(sold(&[(1000, 10_000, &[]), (2000, 11_300, &[])], 0, &[(Cash, 21_300)], (0, 0)), &[0, 1300]);
    for (steps, expect) in [
        (&["1:1000", "2:2000"][..], &[&[(0, 10_000, 0)][..], &[(1300, 10_000, 1300)]][..]),
        (&["2:1000", "1:1000 2:1000"], &[&[(1300, 5000, 650)], &[(0, 10_000, 0), (1300, 5000, 650)]]),
        (&["2:1", "2:1999", "1:1000"], &[&[(1300, 5, 0)], &[(1300, 9995, 1300)], &[(0, 10_000, 0)]]),
    ] {
        let mut before = Returned::default();
        for (text, expect) in steps.iter().zip(expect) {
            let refunded = refund(&sale(), &before, &step(text), Proportional).unwrap();
            assert_eq!(tax_rows(&refunded), *expect, "{text}");
            before.add(&refunded).unwrap();
        }
    }
    // By the other policy a step may give more than its goods were paid with, or less: the last one makes it even.
    let mut before = Returned::default();
    for (text, rest, expect) in
        [("1:1000", 6300, &[(0, 10_000, 0), (1300, 4425, 575)][..]), ("2:1000", 6300, &[]), ("2:1000", 0, &[(1300, 5575, 725)])]
    {
        let refunded = refund(&sale(), &before, &step(text), Repriced { rest_worth: fen(rest) }).unwrap();
        assert_eq!(tax_rows(&refunded), expect, "{text}");
        before.add(&refunded).unwrap();
    }
}

/// Cuts a sale into steps: each pick is a line, how much of its rest in thousandths, and whether a step begins with it. The last
/// step takes all that is left.
fn cut(sold: &Sold, picks: &[(prop::sample::Index, i64, bool)]) -> Vec<Step> {
    let mut left: Vec<(u32, i64)> = sold.lines.iter().map(|line| (line.no, line.quantity_milli)).collect();
    let mut steps = vec![Step::default()];
    for (pick, permille, begins) in picks {
        let (no, rest) = &mut left[pick.index(sold.lines.len())];
        let quantity = (*rest * permille / 1000).max(1).min(*rest);
        if quantity > 0 {
            *rest -= quantity;
            if *begins {
                steps.push(Step::default());
            }
            steps.last_mut().unwrap().lines.push((*no, quantity));
        }
    }
    steps.push(Step { lines: left.into_iter().filter(|(_, rest)| *rest > 0).collect() });
    steps.retain(|step| !step.lines.is_empty());
    steps
}

fn picks() -> impl Strategy<Value = Vec<(prop::sample::Index, i64, bool)>> {
    prop::collection::vec((any::<prop::sample::Index>(), 0..=1000i64, any::<bool>()), 0..16)
}

/// `before` and what the step gives, without the tenders that got nothing.
fn counted(before: &Returned, refunded: &Refunded) -> Returned {
    let mut after = before.clone();
    after.add(refunded).unwrap();
    after
}

/// What a whole sale comes to when it is back.
fn whole(sale: &Sold) -> Returned {
    let mut whole = Returned {
        by_line: sale.lines.iter().map(|line| (line.no, line.quantity_milli)).collect(),
        points_taken: sale.points_earned,
        points_restored: sale.points_redeemed,
        coupons: sale.lines.iter().flat_map(|line| line.coupons.iter().copied()).collect(),
        ..Returned::default()
    };
    for part in sale.parts.iter().filter(|part| part.amount_fen > Fen::ZERO) {
        whole.parts.insert(part.key(), part.amount_fen);
    }
    let weights: Vec<i64> = sale.lines.iter().map(|line| line.paid_fen.get()).collect();
    let paid = apportion(whole.paid_back().unwrap().get(), &weights).unwrap();
    for row in &sale.taxes {
        let of_rate = sale.lines.iter().zip(&paid).filter(|(line, _)| line.rate_bp == row.rate_bp);
        let gross: i64 = of_rate.map(|(_, paid)| paid).sum();
        if gross > 0 || row.tax_fen > Fen::ZERO {
            whole.taxes.insert(row.rate_bp, (fen(gross).minus(row.tax_fen).unwrap(), row.tax_fen));
        }
    }
    whole
}

/// Nothing negative, sums that are sums, no part above what was paid by it.
fn sound(sale: &Sold, refunded: &Refunded, after: &Returned) -> Result<(), TestCaseError> {
    prop_assert!(refunded.lines.iter().all(|line| line.amount_fen >= Fen::ZERO));
    prop_assert!(refunded.parts.iter().all(|part| part.amount_fen > Fen::ZERO));
    prop_assert!(refunded.points_taken >= Points::ZERO && refunded.points_restored >= Points::ZERO);
    prop_assert_eq!(Fen::sum(refunded.lines.iter().map(|line| line.amount_fen)).unwrap(), refunded.total_fen);
    prop_assert_eq!(Fen::sum(refunded.parts.iter().map(|part| part.amount_fen)).unwrap(), refunded.total_fen);
    let by_rate = Fen::sum(refunded.taxes.iter().flat_map(|row| [row.net_fen, row.tax_fen])).unwrap();
    prop_assert!(sale.taxes.is_empty() || by_rate == refunded.total_fen);
    prop_assert!(refunded.taxes.iter().all(|row| row.tax_fen >= Fen::ZERO));
    let whole = whole(sale);
    for (rate, (_, tax)) in &after.taxes {
        prop_assert!(Some(tax) <= whole.taxes.get(rate).map(|(_, tax)| tax), "{rate} {tax:?}");
    }
    for (key, amount) in &after.parts {
        prop_assert!(Some(amount) <= whole.parts.get(key), "{key:?} {amount:?}");
    }
    prop_assert!(after.points_taken <= sale.points_earned && after.points_restored <= sale.points_redeemed);
    Ok(())
}

proptest! {
    /// I16, for every set and not only the whole: whatever has come back in steps stands as if it had come back at once.
    #[test]
    fn i16_refund_algebra(sale in any_sale(), picks in picks()) {
        let mut before = Returned::default();
        for step in cut(&sale, &picks) {
            let refunded = refund(&sale, &before, &step, Proportional).unwrap();
            let after = counted(&before, &refunded);
            sound(&sale, &refunded, &after)?;
            let set = Step { lines: after.by_line.iter().map(|(no, quantity)| (*no, *quantity)).collect() };
            let at_once = refund(&sale, &Returned::default(), &set, Proportional).unwrap();
            prop_assert_eq!(&after, &counted(&Returned::default(), &at_once));
            let paid_for = |line: &SoldLine| line.paid_fen.get() * after.by_line.get(&line.no).unwrap_or(&0) / line.quantity_milli;
            prop_assert!(after.paid_back().unwrap().get() <= sale.lines.iter().map(paid_for).sum::<i64>());
            before = after;
        }
        prop_assert_eq!(before, whole(&sale));
    }

    #[test]
    fn i16_by_either_policy_in_turn(sale in any_sale(), picks in picks(), worths in prop::collection::vec(prop::option::of(0..150_000i64), 20)) {
        let paid = whole(&sale).paid_back().unwrap();
        let mut before = Returned::default();
        for (step, rest) in cut(&sale, &picks).iter().zip(worths) {
            let worth = rest.map_or(Proportional, |rest| Repriced { rest_worth: fen(rest) });
            let refunded = refund(&sale, &before, step, worth).unwrap();
            let after = counted(&before, &refunded);
            sound(&sale, &refunded, &after)?;
            let had = before.paid_back().unwrap();
            if let (Some(rest), true) = (rest, after.by_line != whole(&sale).by_line) {
                prop_assert_eq!(after.paid_back().unwrap(), had.max(paid.minus(fen(rest)).unwrap()));
            }
            before = after;
        }
        prop_assert_eq!(before, whole(&sale));
    }

    /// Tills that did not know of each other: in all no fen more than was paid, and the last step mends what is missing.
    #[test]
    fn steps_that_did_not_know_of_each_other_sum_to_what_was_paid(sale in any_sale(), picks in picks()) {
        let mut steps = cut(&sale, &picks);
        let last = steps.pop().unwrap();
        let mut before = Returned::default();
        for step in steps {
            before = counted(&before, &refund(&sale, &Returned::default(), &step, Proportional).unwrap());
        }
        prop_assert!(before.paid_back().unwrap() <= whole(&sale).paid_back().unwrap());
        let after = counted(&before, &refund(&sale, &before, &last, Proportional).unwrap());
        prop_assert_eq!(after.paid_back().unwrap(), whole(&sale).paid_back().unwrap());
        prop_assert_eq!((after.points_taken, &after.by_line), (sale.points_earned, &whole(&sale).by_line));
        prop_assert_eq!(after.coupons, whole(&sale).coupons);
    }
}
