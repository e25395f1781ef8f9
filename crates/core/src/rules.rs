//! Rules as versioned data (G3): points, tiers, promotions, coupons, cards, tenders, tax, refunds. A sale names the versions it
//! used, so that it can be read again years later by its own rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    card::{CardLaw, CardType},
    coupon::CouponTemplate,
    error::Code,
    ids::{RuleId, TenderId},
    money::{Fen, Points},
    name,
    op::RuleUsed,
    points::{Expiry, Lapsing, Redeem},
    promo::{self, Promotion},
    refund::RefundPolicy,
    settle::CashRounding,
    tax::TaxRule,
    time::business_day,
};
pub use crate::{
    points::EarnPoints,
    tiers::{Level, Measure, TierWindow, Tiers},
};

/// One version of one rule, in force from a moment on. Never edited: a later version takes its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub rule: RuleId,
    pub version: u32,
    /// Milliseconds since 1970.
    pub valid_from: i64,
    pub body: RuleBody,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum RuleBody {
    // One of each in force at a time.
    Points(EarnPoints),
    Tiers(Tiers),
    Tax(TaxRule),
    Rounding(CashRounding),
    Refunds(RefundRule),
    CardLaw(CardLaw),
    Tenders(Tenders),
    // As many as the chain likes.
    Promotion(Promotion),
    Coupon(CouponTemplate),
    CardType(CardType),
}

/// What a return is worth, and how long after the sale one is taken (A4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefundRule {
    pub policy: RefundPolicy,
    /// Days after the sale's business day; `None` for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_most: Option<u32>,
}

impl RefundRule {
    fn check(&self) -> Result<(), Code> {
        if self.days_most.is_some_and(|days| days > 3660) { Err(Code::AmountTooLarge) } else { Ok(()) }
    }
}

/// The named tenders a cashier can choose (A3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Tenders {
    pub tenders: Vec<TenderKind>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TenderKind {
    pub tender: TenderId,
    pub name: String,
    pub enabled: bool,
    /// Asks for the terminal's reference, printed on the receipt.
    #[serde(default)]
    pub reference: bool,
}

impl Tenders {
    const MOST: usize = 20;

    fn check(&self) -> Result<(), Code> {
        if self.tenders.len() > Self::MOST {
            return Err(Code::RuleTooLong);
        }
        for (place, tender) in self.tenders.iter().enumerate() {
            if name::clean(&tender.name)?.is_empty() {
                return Err(Code::NameInvalid);
            }
            if self.tenders[..place].iter().any(|other| other.tender == tender.tender || other.name == tender.name) {
                return Err(Code::NameTaken);
            }
        }
        Ok(())
    }
}

/// A rule's version as it is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce<T> {
    pub rule: RuleId,
    pub version: u32,
    pub body: T,
}

impl<T> InForce<T> {
    pub fn used(&self) -> RuleUsed {
        RuleUsed { rule: self.rule, version: self.version }
    }
}

/// The rules that hold at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulesInForce {
    pub points: Option<InForce<EarnPoints>>,
    pub tiers: Option<InForce<Tiers>>,
    pub tax: Option<InForce<TaxRule>>,
    pub rounding: Option<InForce<CashRounding>>,
    pub refunds: Option<InForce<RefundRule>>,
    pub card_law: Option<InForce<CardLaw>>,
    pub tenders: Option<InForce<Tenders>>,
    pub promotions: BTreeMap<RuleId, InForce<Promotion>>,
    pub coupons: BTreeMap<RuleId, InForce<CouponTemplate>>,
    pub card_types: BTreeMap<RuleId, InForce<CardType>>,
}

impl RulesInForce {
    /// Picks, of each kind of which one is in force, the rule whose start is latest but not after `at`; ties go to the higher
    /// version, then id. A clock before the first start takes the first: a wrong clock changes no customer's points (I15). Of
    /// promotions, coupons and card types each rule has its own latest version; one that has not begun is not in force.
    pub fn at(rules: &[Rule], at: i64) -> Self {
        let mut held: Vec<&Rule> = rules.iter().collect();
        held.sort_by_key(|rule| (rule.valid_from, rule.version, rule.rule));
        let mut force = Self::default();
        for rule in held {
            force.take(rule, rule.valid_from <= at);
        }
        force
    }

    /// The versions that are named, whatever else there is by now. `None` where one of them is not here.
    pub fn named(rules: &[Rule], used: &[RuleUsed]) -> Option<Self> {
        let mut force = Self::default();
        for named in used {
            let rule = rules.iter().find(|rule| (rule.rule, rule.version) == (named.rule, named.version))?;
            force.take(rule, true);
        }
        Some(force)
    }

    fn take(&mut self, rule: &Rule, begun: bool) {
        match &rule.body {
            RuleBody::Points(body) => single(&mut self.points, rule, body, begun),
            RuleBody::Tiers(body) => single(&mut self.tiers, rule, body, begun),
            RuleBody::Tax(body) => single(&mut self.tax, rule, body, begun),
            RuleBody::Rounding(body) => single(&mut self.rounding, rule, body, begun),
            RuleBody::Refunds(body) => single(&mut self.refunds, rule, body, begun),
            RuleBody::CardLaw(body) => single(&mut self.card_law, rule, body, begun),
            RuleBody::Tenders(body) => single(&mut self.tenders, rule, body, begun),
            RuleBody::Promotion(body) => one_of_many(&mut self.promotions, rule, body, begun),
            RuleBody::Coupon(body) => one_of_many(&mut self.coupons, rule, body, begun),
            RuleBody::CardType(body) => one_of_many(&mut self.card_types, rule, body, begun),
        }
    }

    /// The level a measure has reached, and the one after it.
    pub fn level_of(&self, measure: i64) -> (Option<&Level>, Option<&Level>) {
        self.tiers.as_ref().map_or((None, None), |tiers| tiers.body.of(measure))
    }
}

/// By what rule points lapse at a moment, and since when it has been the same; `None` where there is no rule of points.
pub fn lapsing(rules: &[Rule], at: i64) -> Option<Lapsing> {
    let mut held: Vec<(&Rule, Expiry)> =
        rules.iter().filter_map(|rule| if let RuleBody::Points(body) = &rule.body { Some((rule, body.expiry)) } else { None }).collect();
    held.sort_by_key(|(rule, _)| (rule.valid_from, rule.version, rule.rule));
    // As in `RulesInForce::at`, a clock before the first start takes the first.
    let begun = held.iter().filter(|(rule, _)| rule.valid_from <= at).count().max(1);
    let (_, now) = *held.get(begun - 1)?;
    let (first, _) = held[..begun].iter().rev().take_while(|(_, expiry)| *expiry == now).last()?;
    Some(Lapsing { rule: now, since: business_day(first.valid_from) })
}

fn single<T: Clone>(place: &mut Option<InForce<T>>, rule: &Rule, body: &T, begun: bool) {
    if begun || place.is_none() {
        *place = Some(InForce { rule: rule.rule, version: rule.version, body: body.clone() });
    }
}

fn one_of_many<T: Clone>(place: &mut BTreeMap<RuleId, InForce<T>>, rule: &Rule, body: &T, begun: bool) {
    if begun {
        place.insert(rule.rule, InForce { rule: rule.rule, version: rule.version, body: body.clone() });
    }
}

/// Whether a rule can be put in force. The error names what is wrong with it.
pub fn check(body: &RuleBody) -> Result<(), Code> {
    match body {
        RuleBody::Points(body) => body.check(),
        RuleBody::Tiers(body) => body.check(),
        RuleBody::Tax(body) => body.check(),
        RuleBody::Rounding(body) => body.check(),
        RuleBody::Refunds(body) => body.check(),
        RuleBody::CardLaw(body) => body.check(),
        RuleBody::Tenders(body) => body.check(),
        RuleBody::Promotion(body) => promo::check(body),
        RuleBody::Coupon(body) => body.check(),
        RuleBody::CardType(body) => body.check(&CardLaw::shipped()),
    }
}

/// What a new chain starts with: a point a yuan, a hundred of which are a yuan; VIP at 5,000 yuan pays 95 % (C2's shipped
/// default); the law of prepaid cards; refunds in proportion.
pub fn shipped() -> Vec<RuleBody> {
    let redeem = Redeem {
        points: Points::constant(100),
        fen: Fen::constant(100),
        step: Points::constant(100),
        at_least: Points::constant(100),
        most_permille: 1000,
        order_at_least: Fen::ZERO,
    };
    vec![
        RuleBody::Points(EarnPoints { redeem: Some(redeem), ..EarnPoints::plain(Fen::constant(100), Points::constant(1)) }),
        RuleBody::Tiers(Tiers {
            by: Measure::Spend,
            window: TierWindow::Lifetime,
            levels: vec![Level::plain("会员", 0, 1000), Level::plain("VIP", 500_000, 950)],
        }),
        RuleBody::Refunds(RefundRule::default()),
        RuleBody::CardLaw(CardLaw::shipped()),
    ]
}

#[cfg(test)]
mod tests {
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
}
