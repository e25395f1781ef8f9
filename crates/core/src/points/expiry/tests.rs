use super::*;
use proptest::prelude::*;

const YEAR: Expiry = Expiry::Rolling { months: 12 };
const NEXT_YEAR_END: Expiry = Expiry::YearEnd { years: 1 };

fn entries<'a>(of: &[(&'a str, i64)]) -> Vec<Entry<'a>> {
    of.iter().map(|(day, points)| Entry { day, points: *points, of: MovedBy::Other }).collect()
}

/// In force since ever.
fn always(rule: Expiry) -> Lapsing {
    Lapsing { rule, since: String::new() }
}

fn sale(n: u8) -> SaleId {
    SaleId::from_bytes([n; 16])
}

#[track_caller]
fn check(rule: Expiry, of: &[(&str, i64)], today: &str, expired: i64, coming: &[(&str, i64)]) {
    check_moved(&always(rule), &entries(of), today, expired, coming);
}

#[track_caller]
fn check_moved(lapsing: &Lapsing, of: &[Entry<'_>], today: &str, expired: i64, coming: &[(&str, i64)]) {
    let found = expiring(of, lapsing, today).unwrap();
    let found_coming: Vec<(&str, i64)> = found.coming.iter().map(|(day, points)| (day.as_str(), points.get())).collect();
    assert_eq!((found.expired.get(), found_coming.as_slice()), (expired, coming));
}

#[test]
fn a_credit_can_be_used_through_its_last_day() {
    for (rule, day, expect) in [
        (Expiry::Never, "2025-03-15", None),
        (YEAR, "2025-03-15", Some("2026-03-15")),
        (Expiry::Rolling { months: 1 }, "2025-01-31", Some("2025-02-28")),
        (YEAR, "2024-02-29", Some("2025-02-28")),
        (Expiry::Rolling { months: 24 }, "2025-12-31", Some("2027-12-31")),
        (Expiry::YearEnd { years: 0 }, "2025-03-15", Some("2025-12-31")),
        (NEXT_YEAR_END, "2025-01-01", Some("2026-12-31")),
        (NEXT_YEAR_END, "2025-12-31", Some("2026-12-31")),
    ] {
        let last = rule.last_day(day.parse().unwrap()).map(|day| day.to_string());
        assert_eq!(last.as_deref(), expect, "{day} {rule:?}");
    }
}

#[test]
fn rolling() {
    let of = [("2025-01-10", 100), ("2025-03-10", 50), ("2025-03-10", 5)];
    check(YEAR, &of, "2026-01-10", 0, &[("2026-01-10", 100), ("2026-03-10", 55)]);
    check(YEAR, &of, "2026-01-11", 100, &[("2026-03-10", 55)]);
    check(YEAR, &of, "2026-03-11", 155, &[]);
    check(Expiry::Never, &of, "2099-01-01", 0, &[]);
}

#[test]
fn year_end() {
    let of = [("2024-12-31", 7), ("2025-01-01", 10), ("2025-12-31", 20), ("2026-02-01", 30)];
    check(NEXT_YEAR_END, &of, "2025-12-31", 0, &[("2025-12-31", 7), ("2026-12-31", 30), ("2027-12-31", 30)]);
    check(NEXT_YEAR_END, &of, "2026-01-01", 7, &[("2026-12-31", 30), ("2027-12-31", 30)]);
    check(NEXT_YEAR_END, &of, "2027-01-01", 37, &[("2027-12-31", 30)]);
}

#[test]
fn the_oldest_are_used_first() {
    let of = [("2025-01-10", 100), ("2025-03-10", 50), ("2025-06-01", -120)];
    check(YEAR, &of, "2025-12-01", 0, &[("2026-03-10", 30)]);
    // A credit that arrived late is as old as its day says.
    check(YEAR, &[("2025-03-10", 50), ("2025-01-10", 100), ("2025-06-01", -120)], "2025-12-01", 0, &[("2026-03-10", 30)]);
}

#[test]
fn a_refund_makes_no_points_younger() {
    use MovedBy::{Earned, Other, Paid, PutBack, TakenBack};
    let entry = |day, points, of| Entry { day, points, of };
    let bought = [
        entry("2025-01-10", 100, Other),
        entry("2025-03-10", 50, Other),
        entry("2026-01-10", -120, Paid(sale(1))),
        entry("2026-01-10", 7, Earned(sale(1))),
    ];
    let with = |more: &[Entry<'static>]| [&bought[..], more].concat();
    let year = always(YEAR);
    check_moved(&year, &bought, "2026-01-11", 0, &[("2026-03-10", 30), ("2027-01-10", 7)]);
    let put_back = |points| entry("2026-01-11", points, PutBack(sale(1)));
    // In one step or in two: what lapsed last night has lapsed.
    for steps in [&[put_back(120)][..], &[put_back(20), put_back(100)], &[put_back(99), put_back(21)]] {
        check_moved(&year, &with(steps), "2026-01-11", 100, &[("2026-03-10", 50), ("2027-01-10", 7)]);
    }
    // A part goes back to the younger of the two first.
    check_moved(&year, &with(&[put_back(30)]), "2026-01-11", 10, &[("2026-03-10", 50), ("2027-01-10", 7)]);
    // What was earned goes with the sale, and leaves the others as old as they are.
    let whole = [entry("2026-01-11", -7, TakenBack(sale(1))), put_back(120)];
    check_moved(&year, &with(&whole), "2026-01-11", 100, &[("2026-03-10", 50)]);
    // A debt is paid first; what the sale took from nothing is as young as the sale.
    let owing = [entry("2025-12-01", -10, Paid(sale(2))), entry("2025-12-02", 4, Other), entry("2025-12-03", 10, PutBack(sale(2)))];
    check_moved(&year, &owing, "2025-12-04", 0, &[("2026-12-01", 4)]);
    // A refund of a sale that is not there is a credit of its own day.
    check_moved(&year, &[put_back(5)], "2026-01-11", 0, &[("2027-01-11", 5)]);
}

#[test]
fn what_has_lapsed_pays_for_nothing() {
    let entry = |day, points, of| Entry { day, points, of };
    let of = [
        entry("2025-01-10", 100, MovedBy::Other),
        entry("2025-12-01", 60, MovedBy::Other),
        entry("2026-02-01", -50, MovedBy::Paid(sale(1))),
    ];
    check_moved(&always(YEAR), &of, "2026-02-02", 100, &[("2026-12-01", 10)]);
    // Taken by HQ, the lapsed ones are gone and no others.
    let swept = [&of[..], &[entry("2026-02-02", -100, MovedBy::Other)]].concat();
    check_moved(&always(YEAR), &swept, "2026-02-02", 0, &[("2026-12-01", 10)]);
    // A rule that came later does not say of what was paid before that it took other points.
    let later = Lapsing { rule: YEAR, since: "2026-02-02".into() };
    check_moved(&later, &of, "2026-02-02", 50, &[("2026-12-01", 60)]);
    // A till that had not heard pays with them where there are no others.
    let beyond = [&of[..2], &[entry("2026-02-01", -130, MovedBy::Paid(sale(1)))]].concat();
    check_moved(&always(YEAR), &beyond, "2026-02-02", 30, &[]);
}

#[test]
fn what_is_owed_is_paid_by_the_next_credit() {
    let of = [("2025-01-10", 100), ("2025-02-01", -100), ("2025-02-02", -40), ("2025-03-10", 30), ("2025-04-10", 50)];
    check(YEAR, &of[..3], "2027-01-01", 0, &[]);
    assert_eq!(lots(&entries(&of[..3]), &always(YEAR)).unwrap().owed, Points::constant(40));
    check(YEAR, &of[..4], "2025-04-01", 0, &[]);
    check(YEAR, &of, "2025-05-01", 0, &[("2026-04-10", 40)]);
}

#[test]
fn an_expiry_that_was_written_is_not_written_again() {
    let of = [("2025-01-10", 100), ("2025-03-10", 50), ("2026-01-11", -100)];
    check(YEAR, &of[..2], "2026-01-11", 100, &[("2026-03-10", 50)]);
    check(YEAR, &of, "2026-01-11", 0, &[("2026-03-10", 50)]);
}

#[test]
fn refuses_rules_that_make_no_sense() {
    for (rule, fits) in [
        (Expiry::Never, true),
        (Expiry::Rolling { months: 1 }, true),
        (Expiry::Rolling { months: 0 }, false),
        (Expiry::Rolling { months: MONTHS_MOST + 1 }, false),
        (Expiry::YearEnd { years: 0 }, true),
        (Expiry::YearEnd { years: YEARS_MOST + 1 }, false),
    ] {
        assert_eq!(rule.check().err(), (!fits).then_some(Code::ExpiryInvalid), "{rule:?}");
    }
    assert_eq!(lots(&[Entry { day: "2025-01-01", points: i64::MIN, of: MovedBy::Other }], &always(YEAR)), Err(Code::AmountTooLarge));
}

fn day(number: u64) -> String {
    NaiveDate::from_ymd_opt(2024, 1, 1).unwrap().checked_add_days(chrono::Days::new(number)).unwrap().to_string()
}

proptest! {
    #[test]
    fn nothing_lapses_that_is_not_there(
        mut moves in prop::collection::vec((0..1500u64, -500..500i64), 0..60),
        today in 0..2500u64,
        months in 1..30u32,
        by_year in any::<bool>(),
    ) {
        moves.sort_by_key(|(day, _)| *day);
        let rule = if by_year { Expiry::YearEnd { years: months % 3 } } else { Expiry::Rolling { months } };
        let days: Vec<String> = moves.iter().map(|(number, _)| day(*number)).collect();
        // Every third is of a sale, or of a refund of one.
        let by = |place: usize, points: i64| match (place % 3, points < 0) {
            (0, true) => MovedBy::Paid(sale(u8::try_from(place % 4).unwrap())),
            (0, false) => MovedBy::PutBack(sale(u8::try_from(place % 4).unwrap())),
            (1, true) => MovedBy::TakenBack(sale(u8::try_from(place % 4).unwrap())),
            (1, false) => MovedBy::Earned(sale(u8::try_from(place % 4).unwrap())),
            _ => MovedBy::Other,
        };
        let both = days.iter().zip(&moves).enumerate();
        let mut of: Vec<Entry<'_>> = both.map(|(at, (day, (_, points)))| Entry { day, points: *points, of: by(at, *points) }).collect();
        let rule = always(rule);
        let balance: i64 = moves.iter().map(|(_, points)| points).sum();
        let today = day(today);

        let found = lots(&of, &rule).unwrap();
        let held: i64 = found.lots.iter().map(|lot| lot.points.get()).sum();
        prop_assert_eq!(held - found.owed.get(), balance);
        prop_assert!(held == 0 || found.owed == Points::ZERO);

        let first = expiring(&of, &rule, &today).unwrap();
        let coming: i64 = first.coming.iter().map(|(_, points)| points.get()).sum();
        prop_assert_eq!(first.expired.get() + coming, balance.max(0));
        prop_assert!(first.coming.iter().all(|(last, _)| *last >= today));

        of.push(Entry { day: &today, points: -first.expired.get(), of: MovedBy::Other });
        prop_assert_eq!(expiring(&of, &rule, &today).unwrap(), Expiring { expired: Points::ZERO, coming: first.coming });
    }
}
