use super::*;

fn rule(version: u32, valid_from: i64, per_fen: i32) -> Rule {
    let body = RuleBody::Points(EarnPoints::plain(Fen::constant(per_fen), Points::constant(2)));
    Rule { rule: RuleId::from_bytes([1; 16]), version, valid_from, body }
}

#[test]
fn the_version_in_force_is_the_latest_begun() {
    let rules = [rule(2, 100, 500), rule(1, 0, 100), rule(3, 200, 1000)];
    for (at, expect) in [(-1, Some(1)), (0, Some(1)), (99, Some(1)), (100, Some(2)), (5000, Some(3))] {
        assert_eq!(RulesInForce::at(&rules, at).points.map(|points| points.version), expect, "at {at}");
    }
}

/// A chain that has sold for a while puts its first tax, rounding, law of cards or expiry for next month.
#[test]
fn the_first_version_of_a_kind_begins_when_it_says() {
    let later = |id: u8, body: RuleBody| Rule { rule: RuleId::from_bytes([id; 16]), version: 1, valid_from: 100, body };
    let tax = TaxRule { mode: crate::tax::TaxMode::Added, default_bp: 1300, categories: BTreeMap::new() };
    let laws = CardLaws { cities: Vec::new(), ..CardLaws::shipped() };
    let rules = [
        later(2, RuleBody::Tax(tax)),
        later(3, RuleBody::Rounding(CashRounding { to_fen: Fen::constant(100) })),
        later(4, RuleBody::CardLaw(laws)),
        later(5, RuleBody::Tenders(Tenders::default())),
        rule(1, 0, 100),
    ];
    for (at, begun) in [(-1, false), (99, false), (100, true)] {
        let force = RulesInForce::at(&rules, at);
        let found = [force.tax.is_some(), force.rounding.is_some(), force.card_law.is_some(), force.tenders.is_some()];
        assert_eq!((found, force.points.is_some()), ([begun; 4], true), "at {at}");
        assert_eq!(card_laws(&rules, at).is_some(), begun, "at {at}");
    }
    let points = Rule { valid_from: 100, ..rule(1, 0, 100) };
    let rounding = Rule { valid_from: 0, ..later(3, RuleBody::Rounding(CashRounding::NONE)) };
    assert_eq!(lapsing(&[rounding.clone(), points.clone()], 99), None);
    assert!(lapsing(&[rounding, points], 100).is_some());
}

#[test]
fn tiers_that_were_in_force_are_kept_and_one_replaced_as_it_began_is_not() {
    let tiers = |version: u32, valid_from: i64| {
        let body = Tiers { by: Measure::Spend, window: TierWindow::Lifetime, levels: vec![Level::plain("会员", version.into(), 1000)] };
        Rule { rule: RuleId::from_bytes([1; 16]), version, valid_from, body: RuleBody::Tiers(body) }
    };
    let rules = [tiers(4, 300), tiers(1, 0), tiers(3, 200), tiers(2, 200)];
    for (at, before, now) in [(-1, vec![], 1), (199, vec![], 1), (200, vec![(1, 200)], 3), (300, vec![(1, 200), (3, 300)], 4)] {
        let force = RulesInForce::at(&rules, at);
        let versions: Vec<(u32, i64)> = force.tiers_before.iter().map(|past| (past.used.version, past.until)).collect();
        assert_eq!((versions, force.tiers.map(|tiers| tiers.version)), (before, Some(now)), "at {at}");
    }
}

#[test]
fn a_later_version_that_lapses_points_no_otherwise_begins_nothing_anew() {
    let day = 86_400_000;
    let points = |version: u32, months: u32| {
        let expiry = if months == 0 { Expiry::Never } else { Expiry::Rolling { months } };
        let body = EarnPoints { expiry, ..EarnPoints::plain(Fen::constant(100), Points::constant(1)) };
        Rule { rule: RuleId::from_bytes([1; 16]), version, valid_from: i64::from(version) * day, body: RuleBody::Points(body) }
    };
    let rules = [points(1, 0), points(2, 12), points(3, 12), points(4, 6), points(5, 12)];
    for (at, months, since) in [(0, 0, 1), (1, 0, 1), (2, 12, 2), (3, 12, 2), (4, 6, 4), (5, 12, 5), (9, 12, 5)] {
        let rule = if months == 0 { Expiry::Never } else { Expiry::Rolling { months } };
        assert_eq!(lapsing(&rules, at * day), Some(Lapsing { rule, since: business_day(since * day) }), "day {at}");
    }
    let taken_back = |version: u32, at: u32, months: u32| Rule { valid_from: i64::from(at) * day, ..points(version, months) };
    let rules = [taken_back(1, 1, 12), taken_back(2, 5, 6), taken_back(3, 5, 12)];
    let since = lapsing(&rules, 9 * day).map(|lapsing| lapsing.since);
    assert_eq!(since, Some(business_day(day)), "the second was replaced as it began");
    assert_eq!(lapsing(&[rule(1, 0, 100)], 0).map(|lapsing| lapsing.rule), Some(Expiry::Never));
    assert_eq!(lapsing(&[], 0), None);
}

#[test]
fn of_many_each_has_its_own_version_and_none_before_it_begins() {
    let card = |id: u8, version: u32, valid_from: i64| Rule {
        rule: RuleId::from_bytes([id; 16]),
        version,
        valid_from,
        body: RuleBody::CardType(CardType::shipped()),
    };
    let rules = [card(1, 1, 0), card(1, 2, 100), card(2, 1, 50)];
    let versions = |at| -> Vec<u32> { RulesInForce::at(&rules, at).card_types.values().map(|kind| kind.version).collect() };
    assert_eq!(versions(-1), [0u32; 0]);
    assert_eq!(versions(0), [1]);
    assert_eq!(versions(50), [1, 1]);
    assert_eq!(versions(100), [2, 1]);
}

#[test]
fn what_is_shipped_makes_sense() {
    for body in shipped() {
        assert_eq!(check(&body), Ok(()));
    }
    let nonsense = RuleBody::Points(EarnPoints::plain(Fen::ZERO, Points::ZERO));
    assert_eq!(check(&nonsense), Err(Code::AmountInvalid));
}

#[test]
fn a_rule_of_refunds_written_before_there_was_a_cap_has_the_shipped_one() {
    let old: RuleBody = serde_json::from_str(r#"{"rule":"refunds","policy":"proportional"}"#).unwrap();
    assert_eq!(old, RuleBody::Refunds(RefundRule::default()));
    for (most, expect) in [(0, Ok(())), (100_000_000, Ok(())), (-1, Err(Code::AmountInvalid)), (100_000_001, Err(Code::AmountTooLarge))] {
        let rule = RefundRule { without_receipt_most_fen: Fen::constant(most), ..RefundRule::default() };
        assert_eq!(check(&RuleBody::Refunds(rule)), expect, "{most}");
    }
}

#[test]
fn tenders_are_told_apart_by_name_and_id() {
    let kind =
        |id: u8, name: &str| TenderKind { tender: TenderId::from_bytes([id; 16]), name: name.into(), enabled: true, reference: false };
    for (tenders, expect) in [
        (vec![kind(1, "银行卡"), kind(2, "微信")], Ok(())),
        (vec![kind(1, "银行卡"), kind(1, "微信")], Err(Code::NameTaken)),
        (vec![kind(1, "银行卡"), kind(2, "银行卡")], Err(Code::NameTaken)),
        (vec![kind(1, " ")], Err(Code::NameInvalid)),
        (vec![kind(1, "银行卡"); 21], Err(Code::RuleTooLong)),
    ] {
        assert_eq!(check(&RuleBody::Tenders(Tenders { tenders })), expect);
    }
}
