use super::*;
use crate::{ids::RuleId, tiers::Measure, time::start_of_day};
use proptest::prelude::*;

/// 会员 from the start, VIP from 5,000 yuan, 黑卡 from 20,000; or as many visits or growth.
fn tiers(by: Measure, window: TierWindow) -> Tiers {
    let levels = vec![Level::plain("会员", 0, 1000), Level::plain("VIP", 500_000, 950), Level::plain("黑卡", 2_000_000, 880)];
    Tiers { by, window, levels }
}

fn version(version: u32) -> RuleUsed {
    RuleUsed { rule: RuleId::from_bytes([1; 16]), version }
}

/// By the one version there is.
fn alone<'a>(tiers: &'a Tiers, months: &[MonthStat], review: Option<&Review>, now: &str) -> Held<'a> {
    TierHistory { used: version(1), now: tiers, before: &[] }.held(months, review, now)
}

fn half_year() -> Tiers {
    tiers(Measure::Spend, TierWindow::Months { months: 6 })
}

fn stat(month: &str, spend: i64, visits: i64) -> MonthStat {
    MonthStat { month: month.to_owned(), spend: Fen::new(spend).unwrap(), visits }
}

fn name(level: Option<&Level>) -> &str {
    level.map_or("", |level| level.name.as_str())
}

/// Level held, measure now, next level and what is missing, and what a review would leave.
#[track_caller]
fn check(tiers: &Tiers, spent: &[(&str, i64)], review: Option<(&str, &str)>, now: &str, expect: (&str, i64, &str, i64, &str)) {
    let months: Vec<MonthStat> = spent.iter().map(|(month, spend)| stat(month, *spend, 1)).collect();
    let review =
        review.map(|(month, level)| Review { month: month.into(), level: (!level.is_empty()).then(|| level.into()), rule: version(1) });
    let held = alone(tiers, &months, review.as_ref(), now);
    let (next, missing) = held.next.map_or(("", 0), |(level, missing)| (level.name.as_str(), missing));
    assert_eq!((name(held.level), held.measure, next, missing, name(held.at_review)), expect);
}

#[test]
fn up_at_once() {
    let lifetime = tiers(Measure::Spend, TierWindow::Lifetime);
    check(&lifetime, &[], None, "2026-03", ("会员", 0, "VIP", 500_000, "会员"));
    check(&lifetime, &[("2020-01", 400_000), ("2026-03", 99_999)], None, "2026-03", ("会员", 499_999, "VIP", 1, "会员"));
    check(&lifetime, &[("2020-01", 400_000), ("2026-03", 100_000)], None, "2026-03", ("VIP", 500_000, "黑卡", 1_500_000, "VIP"));
    check(&half_year(), &[("2026-03", 2_000_000)], None, "2026-03", ("黑卡", 2_000_000, "", 0, "黑卡"));
}

#[test]
fn a_window_forgets_and_a_level_stays_until_a_review() {
    let bought = [("2025-10", 300_000), ("2026-03", 200_000)];
    check(&half_year(), &bought, None, "2026-03", ("VIP", 500_000, "黑卡", 1_500_000, "VIP"));
    check(&half_year(), &bought, None, "2026-04", ("VIP", 200_000, "黑卡", 1_800_000, "会员"));
    check(&half_year(), &bought, None, "2030-01", ("VIP", 0, "黑卡", 2_000_000, "会员"));
    check(&half_year(), &bought, Some(("2026-04", "会员")), "2026-04", ("会员", 200_000, "VIP", 300_000, "会员"));
    // Six months apart they never met in a window.
    check(&half_year(), &[("2025-09", 300_000), ("2026-03", 200_000)], None, "2026-03", ("会员", 200_000, "VIP", 300_000, "会员"));
}

#[test]
fn a_review_leaves_its_level_and_one_rises_from_there() {
    let bought = [("2025-01", 600_000), ("2026-05", 500_000)];
    check(&half_year(), &bought, Some(("2025-12", "会员")), "2026-04", ("会员", 0, "VIP", 500_000, "会员"));
    check(&half_year(), &bought, Some(("2025-12", "会员")), "2026-05", ("VIP", 500_000, "黑卡", 1_500_000, "VIP"));
    check(&half_year(), &bought, Some(("2025-12", "黑卡")), "2026-04", ("黑卡", 0, "", 0, "会员"));
    // Bought in the month of the review, after it.
    check(&half_year(), &bought, Some(("2026-05", "会员")), "2026-05", ("VIP", 500_000, "黑卡", 1_500_000, "VIP"));
    check(&half_year(), &bought, Some(("2025-12", "")), "2026-01", ("会员", 0, "VIP", 500_000, "会员"));
    // A level of that name is no more.
    check(&half_year(), &bought, Some(("2025-12", "白金")), "2026-01", ("会员", 0, "VIP", 500_000, "会员"));
    // A clock behind the review.
    check(&half_year(), &bought, Some(("2025-12", "会员")), "2025-01", ("会员", 0, "VIP", 500_000, "会员"));
}

#[test]
fn a_refund_lowers_the_sums() {
    let vip = ("VIP", 500_000, "黑卡", 1_500_000, "VIP");
    check(&half_year(), &[("2026-03", 600_000), ("2026-03", -100_000)], None, "2026-03", vip);
    let plain = ("会员", 499_999, "VIP", 1, "会员");
    check(&half_year(), &[("2026-03", 600_000), ("2026-03", -100_001)], None, "2026-03", plain);
    // Booked in a later month, it waits for the review.
    let bought = [("2026-03", 500_000), ("2026-04", -500_000)];
    check(&half_year(), &bought, None, "2026-04", ("VIP", 0, "黑卡", 2_000_000, "会员"));
    // A month below zero that drops out of the window lets the sum rise.
    let bought = [("2026-01", -100_000), ("2026-02", 500_000)];
    check(&half_year(), &bought, None, "2026-06", ("会员", 400_000, "VIP", 100_000, "会员"));
    check(&half_year(), &bought, None, "2026-07", vip);
    check(&half_year(), &bought, None, "2027-01", ("VIP", 0, "黑卡", 2_000_000, "会员"));
}

#[test]
fn what_cannot_be_read_is_left_out() {
    for (month, expect) in [
        ("2026-01", Some(24_312)),
        ("2026-12", Some(24_323)),
        ("2026-13", None),
        ("2026-00", None),
        ("2026-1", None),
        ("+202-01", None),
        ("20261-1", None),
        ("", None),
    ] {
        assert_eq!(month_number(month), expect, "{month}");
    }
    check(&half_year(), &[("2026-03", 500_000), ("", 900)], None, "", ("VIP", 500_000, "黑卡", 1_500_000, "VIP"));
    check(&half_year(), &[], None, "", ("会员", 0, "VIP", 500_000, "会员"));
    // Booked by a clock ahead: a lifetime has it at once, a window when its month comes.
    let ahead = [("2026-09", 500_000)];
    check(&half_year(), &ahead, None, "2026-03", ("会员", 0, "VIP", 500_000, "会员"));
    check(&tiers(Measure::Spend, TierWindow::Lifetime), &ahead, None, "2026-03", ("VIP", 500_000, "黑卡", 1_500_000, "VIP"));
}

#[test]
fn by_visits_and_growth() {
    let levels = vec![Level::plain("常客", 3, 1000), Level::plain("老友", 10, 980)];
    let by_visits = Tiers { by: Measure::Visits, window: TierWindow::Months { months: 3 }, levels: levels.clone() };
    let months = [stat("2026-01", 0, 5), stat("2026-02", 0, 5), stat("2026-04", 0, 1)];
    let held = alone(&by_visits, &months, None, "2026-04");
    assert_eq!((name(held.level), held.measure, held.next, name(held.at_review)), ("老友", 6, None, "常客"));

    let by = Measure::Growth { per_fen: Fen::constant(1000), per_visit: 1 };
    let by_growth = Tiers { by, window: TierWindow::Lifetime, levels };
    let months = [stat("2026-01", 1500, 1), stat("2026-02", 1500, 1)];
    let held = alone(&by_growth, &months, None, "2026-02");
    assert_eq!((name(held.level), held.measure, held.next.map(|(_, missing)| missing)), ("常客", 5, Some(5)));
}

/// Versions one after another, each but the last with the day on which the next took its place.
struct Past {
    before: Vec<TiersBefore>,
    now: Tiers,
}

impl Past {
    fn new(before: Vec<(Tiers, &str)>, now: Tiers) -> Self {
        let past = |(at, (body, until)): (u32, (Tiers, &str))| TiersBefore { used: version(at), until: start_of_day(until).unwrap(), body };
        Self { before: (1..).zip(before).map(past).collect(), now }
    }

    /// Level held, and what a review would leave; the review says by which version it went.
    #[track_caller]
    fn check(&self, spent: &[(&str, i64)], review: Option<(&str, &str, u32)>, now: &str, expect: (&str, &str)) {
        let months: Vec<MonthStat> = spent.iter().map(|(month, spend)| stat(month, *spend, 1)).collect();
        let review = review.map(|(month, level, by)| Review { month: month.into(), level: Some(level.into()), rule: version(by) });
        let used = version(u32::try_from(self.before.len()).unwrap() + 1);
        let held = TierHistory { used, now: &self.now, before: &self.before }.held(&months, review.as_ref(), now);
        assert_eq!((name(held.level), name(held.at_review)), expect, "{spent:?} in {now}");
    }
}

fn at(vip: i64) -> Tiers {
    let mut tiers = half_year();
    tiers.levels[1].from = vip;
    tiers
}

#[test]
fn a_raised_threshold_takes_no_level_before_a_review() {
    let raised = Past::new(vec![(at(500_000), "2026-04-15")], at(800_000));
    let bought = [("2026-02", 500_000)];
    raised.check(&bought, None, "2026-04", ("VIP", "会员"));
    raised.check(&bought, None, "2026-12", ("VIP", "会员"));
    raised.check(&bought, Some(("2026-05", "会员", 2)), "2026-05", ("会员", "会员"));
    // The month of the change knows no days: the higher of both holds, until a review by the later.
    let changing = [("2026-04", 500_000)];
    raised.check(&changing, None, "2026-04", ("VIP", "会员"));
    raised.check(&changing, None, "2026-05", ("VIP", "会员"));
    raised.check(&changing, Some(("2026-04", "会员", 2)), "2026-04", ("会员", "会员"));
    raised.check(&changing, Some(("2026-04", "会员", 1)), "2026-04", ("VIP", "会员"));
    // What is bought from then on is judged by the later alone.
    raised.check(&[("2026-05", 500_000)], None, "2026-05", ("会员", "会员"));
    raised.check(&[("2026-05", 800_000)], None, "2026-05", ("VIP", "VIP"));
    // Raised on the first of a month, it judges all of that month.
    let first = Past::new(vec![(at(500_000), "2026-04-01")], at(800_000));
    first.check(&changing, None, "2026-04", ("会员", "会员"));
    first.check(&bought, None, "2026-04", ("VIP", "会员"));
}

#[test]
fn a_lowered_threshold_raises_by_the_windows_from_then_on() {
    let lowered = Past::new(vec![(at(500_000), "2026-04-15")], at(300_000));
    lowered.check(&[("2026-03", 300_000)], None, "2026-04", ("VIP", "VIP"));
    // Its window was over before: nobody had reached it.
    lowered.check(&[("2025-01", 300_000)], None, "2026-04", ("会员", "会员"));
    lowered.check(&[("2025-01", 500_000)], None, "2026-04", ("VIP", "会员"));
    // Raised in between and lowered again: each month by its own.
    let both = Past::new(vec![(at(500_000), "2025-06-01"), (at(900_000), "2026-01-01")], at(700_000));
    both.check(&[("2025-05", 500_000)], None, "2026-06", ("VIP", "会员"));
    both.check(&[("2025-06", 500_000)], None, "2026-06", ("会员", "会员"));
    both.check(&[("2025-06", 900_000)], None, "2026-06", ("VIP", "会员"));
    both.check(&[("2025-05", 500_000)], Some(("2025-12", "会员", 2)), "2026-06", ("会员", "会员"));
}

#[test]
fn another_measure_takes_no_level_before_a_review() {
    let by_visits = Tiers { by: Measure::Visits, ..half_year() };
    let mut by_visits = Past::new(vec![(half_year(), "2026-04-01")], by_visits);
    for (level, from) in by_visits.now.levels.iter_mut().zip([0, 3, 10]) {
        level.from = from;
    }
    let bought = [("2026-03", 2_000_000)];
    by_visits.check(&bought, None, "2026-04", ("黑卡", "会员"));
    by_visits.check(&bought, Some(("2026-04", "会员", 2)), "2026-05", ("会员", "会员"));
    by_visits.check(&[("2026-03", 1), ("2026-04", 1), ("2026-05", 1)], None, "2026-05", ("VIP", "VIP"));
}

#[test]
fn another_window_takes_no_level_before_a_review() {
    let bought = [("2025-01", 300_000), ("2026-03", 300_000)];
    let shorter = Past::new(vec![(tiers(Measure::Spend, TierWindow::Lifetime), "2026-04-01")], half_year());
    shorter.check(&bought, None, "2026-04", ("VIP", "会员"));
    shorter.check(&bought, Some(("2026-04", "会员", 2)), "2026-04", ("会员", "会员"));
    let longer = Past::new(vec![(half_year(), "2026-04-01")], tiers(Measure::Spend, TierWindow::Lifetime));
    longer.check(&bought, None, "2026-04", ("VIP", "VIP"));
    longer.check(&[("2025-01", 600_000)], Some(("2026-01", "会员", 1)), "2026-04", ("VIP", "VIP"));
}

#[test]
fn levels_of_two_versions_are_the_same_by_name() {
    let renamed = |from: &str, to: &str| {
        let mut now = half_year();
        now.levels.iter_mut().filter(|level| level.name == from).for_each(|level| level.name = to.to_owned());
        Past::new(vec![(half_year(), "2026-04-01")], now)
    };
    let bought = [("2025-01", 500_000)];
    renamed("黑卡", "至尊").check(&bought, None, "2026-04", ("VIP", "会员"));
    renamed("VIP", "金卡").check(&bought, None, "2026-04", ("会员", "会员"));
    renamed("VIP", "金卡").check(&[("2026-03", 500_000)], None, "2026-04", ("金卡", "金卡"));
    // A name that is no more counts as the highest below it that still is, reached or left by a review.
    renamed("黑卡", "至尊").check(&[("2025-01", 2_000_000)], None, "2026-04", ("VIP", "会员"));
    renamed("黑卡", "至尊").check(&bought, Some(("2026-02", "黑卡", 1)), "2026-04", ("VIP", "会员"));
    // One more level below takes none away.
    let mut more = half_year();
    more.levels.insert(1, Level::plain("银卡", 100_000, 980));
    Past::new(vec![(half_year(), "2026-04-01")], more).check(&bought, None, "2026-04", ("VIP", "会员"));
}

/// Month number `n` from 2025-01 on.
fn month(n: i64) -> String {
    format!("{}-{:02}", 2025 + n / 12, n % 12 + 1)
}

fn any_tiers() -> impl Strategy<Value = Tiers> {
    let by = prop::sample::select(vec![Measure::Spend, Measure::Visits, Measure::Growth { per_fen: Fen::constant(70), per_visit: 3 }]);
    let window = prop_oneof![Just(TierWindow::Lifetime), (1..15u32).prop_map(|months| TierWindow::Months { months })];
    (by, window, prop::collection::vec(1..80i64, 1..5)).prop_map(|(by, window, steps)| {
        let mut from = 0;
        let levels = steps.iter().enumerate().map(|(at, step)| {
            from += step;
            Level::plain(&format!("L{at}"), from, 1000)
        });
        Tiers { by, window, levels: levels.collect() }
    })
}

fn rank(tiers: &Tiers, level: Option<&Level>) -> Option<usize> {
    level.and_then(|level| tiers.levels.iter().position(|other| other == level))
}

proptest! {
    #[test]
    fn only_a_review_takes_a_level_away(
        tiers in any_tiers(),
        spent in prop::collection::vec((0..30i64, -60..120i64, -1..4i64), 0..20),
        (now, more, more_in) in (0..40i64, 0..200i64, 0..30i64),
    ) {
        let mut months: Vec<MonthStat> = spent.iter().map(|(n, spend, visits)| stat(&month(*n), *spend, *visits)).collect();
        let held_at = |months: &[MonthStat], now: i64| {
            let held = alone(&tiers, months, None, &month(now));
            (rank(&tiers, held.level), rank(&tiers, held.at_review))
        };
        let (level, at_review) = held_at(&months, now);
        prop_assert!(at_review <= level);
        prop_assert!(level <= held_at(&months, now + 1).0, "months pass");

        // The level is the highest of all windows that ended by then, looked at one by one. To a lifetime what a clock ahead
        // has booked, bought or brought back, is of this month.
        let through = spent.iter().map(|(n, ..)| *n).min().unwrap_or(now).min(now);
        let booked = |n: i64| if tiers.window == TierWindow::Lifetime { n.min(now) } else { n };
        let booked: Vec<MonthStat> = spent.iter().map(|(n, spend, visits)| stat(&month(booked(*n)), *spend, *visits)).collect();
        let each = (through..=now).map(|month| {
            let sums = Sums::of(&booked);
            rank(&tiers, tiers.of(tiers.measured(&sums, 2025 * 12 + month)).0)
        });
        prop_assert_eq!(level, each.max().unwrap_or(None).max(at_review));

        let review = Review { month: month(now), level: at_review.and_then(|at| tiers.levels.get(at)).map(|level| level.name.clone()), rule: version(1) };
        let after = alone(&tiers, &months, Some(&review), &month(now));
        prop_assert_eq!((rank(&tiers, after.level), rank(&tiers, after.at_review)), (at_review, at_review), "a review");

        let reviewed_later = rank(&tiers, alone(&tiers, &months, Some(&review), &month(now + 3)).level);
        months.push(stat(&month(more_in), more, 1));
        prop_assert!(level <= held_at(&months, now).0, "buying more");
        prop_assert!(reviewed_later <= rank(&tiers, alone(&tiers, &months, Some(&review), &month(now + 3)).level));
        if let Some((_, missing)) = alone(&tiers, &months, None, &month(now)).next {
            prop_assert!(missing > 0);
        }
    }

    #[test]
    fn no_version_takes_a_level_away(
        (earlier, later) in (any_tiers(), any_tiers()),
        spent in prop::collection::vec((0..30i64, -60..120i64, -1..4i64), 0..20),
        (changed, more) in (0..40i64, 0..3i64),
    ) {
        let stat_of = |(n, spend, visits): &(i64, i64, i64)| stat(&month(n % (changed + 1)), *spend, *visits);
        let months: Vec<MonthStat> = spent.iter().map(stat_of).collect();
        let was = alone(&earlier, &months, None, &month(changed)).level.map(|level| level.name.as_str());
        let until = start_of_day(&format!("{}-15", month(changed))).unwrap();
        let before = [TiersBefore { used: version(1), until, body: earlier.clone() }];
        let history = TierHistory { used: version(2), now: &later, before: &before };
        let held = history.held(&months, None, &month(changed + more));
        // Names are in the order of the places.
        let most = later.levels.last().map(|level| level.name.as_str());
        prop_assert!(was.min(most) <= held.level.map(|level| level.name.as_str()));
        prop_assert!(rank(&later, held.at_review) <= rank(&later, held.level));
        let review = Review { month: month(changed + more), level: held.at_review.map(|level| level.name.clone()), rule: version(2) };
        prop_assert_eq!(history.held(&months, Some(&review), &month(changed + more)).level, held.at_review, "a review holds");
    }
}
