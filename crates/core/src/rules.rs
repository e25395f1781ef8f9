//! Rules as versioned data (G3): points, tiers, promotions, coupons, cards, tenders, tax, refunds. A sale names the versions it
//! used, so that it can be read again years later by its own rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    card::{CardLaws, CardType},
    checkout::BLIND_MOST,
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
    tiers::{Held, MonthStat, Review, TierHistory},
    time::business_day,
};
pub use crate::{
    points::EarnPoints,
    tiers::{Level, Measure, TierWindow, Tiers, TiersBefore},
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
    CardLaw(CardLaws),
    Tenders(Tenders),
    // As many as the chain likes.
    Promotion(Promotion),
    Coupon(CouponTemplate),
    CardType(CardType),
}

impl Rule {
    fn with<T: Clone>(&self, body: &T) -> InForce<T> {
        InForce { rule: self.rule, version: self.version, body: body.clone() }
    }
}

impl RuleBody {
    /// Whether one of its kind is in force at a time.
    pub const fn is_single(&self) -> bool {
        !matches!(self, Self::Promotion(_) | Self::Coupon(_) | Self::CardType(_))
    }
}

/// What a return is worth, how long after the sale one is taken, and how much without a receipt (A4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefundRule {
    pub policy: RefundPolicy,
    /// Days after the sale's business day; `None` for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_most: Option<u32>,
    /// What one refund without a receipt pays out at most. As shipped 500.00 yuan; zero allows none.
    #[serde(default = "RefundRule::without_receipt_shipped")]
    pub without_receipt_most_fen: Fen,
}

impl Default for RefundRule {
    fn default() -> Self {
        let without_receipt_most_fen = Self::without_receipt_shipped();
        Self { policy: RefundPolicy::default(), days_most: None, without_receipt_most_fen }
    }
}

impl RefundRule {
    const fn without_receipt_shipped() -> Fen {
        Fen::constant(50_000)
    }

    fn check(&self) -> Result<(), Code> {
        if self.without_receipt_most_fen < Fen::ZERO {
            return Err(Code::AmountInvalid);
        }
        let too_large = self.days_most.is_some_and(|days| days > 3660) || self.without_receipt_most_fen > BLIND_MOST;
        if too_large { Err(Code::AmountTooLarge) } else { Ok(()) }
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
    /// The tiers that were in force before, oldest first: they judge the months that were theirs.
    pub tiers_before: Vec<TiersBefore>,
    pub tax: Option<InForce<TaxRule>>,
    pub rounding: Option<InForce<CashRounding>>,
    pub refunds: Option<InForce<RefundRule>>,
    pub card_law: Option<InForce<CardLaws>>,
    pub tenders: Option<InForce<Tenders>>,
    pub promotions: BTreeMap<RuleId, InForce<Promotion>>,
    pub coupons: BTreeMap<RuleId, InForce<CouponTemplate>>,
    pub card_types: BTreeMap<RuleId, InForce<CardType>>,
}

impl RulesInForce {
    /// Picks, of each kind of which one is in force, the rule whose start is latest but not after `at`; ties go to the higher
    /// version, then id. A clock before the chain's beginning stands at it: a wrong clock changes no customer's points (I15). Of
    /// promotions, coupons and card types each rule has its own latest version. What has not begun is not in force.
    pub fn at(rules: &[Rule], at: i64) -> Self {
        let mut held: Vec<&Rule> = rules.iter().collect();
        held.sort_by_key(|rule| (rule.valid_from, rule.version, rule.rule));
        let mut force = Self { tiers_before: tiers_before(&held, at), ..Self::default() };
        let since = at.max(founded_at(rules));
        for rule in held {
            force.take(rule, rule.valid_from <= if rule.body.is_single() { since } else { at });
        }
        force
    }

    /// The versions that are named, whatever else there is by now. `None` where one of them is not here.
    pub fn named(rules: &[Rule], used: &[RuleUsed]) -> Option<Self> {
        let mut force = Self::default();
        for named in used {
            force.take(rules.iter().find(|rule| (rule.rule, rule.version) == (named.rule, named.version))?, true);
        }
        Some(force)
    }

    fn take(&mut self, rule: &Rule, begun: bool) {
        if !begun {
            return;
        }
        match &rule.body {
            RuleBody::Points(body) => self.points = Some(rule.with(body)),
            RuleBody::Tiers(body) => self.tiers = Some(rule.with(body)),
            RuleBody::Tax(body) => self.tax = Some(rule.with(body)),
            RuleBody::Rounding(body) => self.rounding = Some(rule.with(body)),
            RuleBody::Refunds(body) => self.refunds = Some(rule.with(body)),
            RuleBody::CardLaw(body) => self.card_law = Some(rule.with(body)),
            RuleBody::Tenders(body) => self.tenders = Some(rule.with(body)),
            RuleBody::Promotion(body) => drop(self.promotions.insert(rule.rule, rule.with(body))),
            RuleBody::Coupon(body) => drop(self.coupons.insert(rule.rule, rule.with(body))),
            RuleBody::CardType(body) => drop(self.card_types.insert(rule.rule, rule.with(body))),
        }
    }

    /// Where a member stands in a month, by the tiers of each month; `None` without a rule of tiers.
    pub fn held(&self, months: &[MonthStat], review: Option<&Review>, month: &str) -> Option<Held<'_>> {
        let tiers = self.tiers.as_ref()?;
        let history = TierHistory { used: tiers.used(), now: &tiers.body, before: &self.tiers_before };
        Some(history.held(months, review, month))
    }

    /// The level a measure has reached, and the one after it.
    pub fn level_of(&self, measure: i64) -> (Option<&Level>, Option<&Level>) {
        self.tiers.as_ref().map_or((None, None), |tiers| tiers.body.of(measure))
    }
}

/// The tiers that had begun by `at` and were in force until the next did. One that was replaced at the moment it began never was.
fn tiers_before(held: &[&Rule], at: i64) -> Vec<TiersBefore> {
    let begun = held.iter().filter(|rule| rule.valid_from <= at);
    let tiers: Vec<(&Rule, &Tiers)> =
        begun.filter_map(|rule| if let RuleBody::Tiers(body) = &rule.body { Some((*rule, body)) } else { None }).collect();
    let replaced = tiers.iter().zip(tiers.iter().skip(1)).filter(|((rule, _), (next, _))| rule.valid_from < next.valid_from);
    let before = replaced.map(|((rule, body), (next, _))| TiersBefore {
        used: RuleUsed { rule: rule.rule, version: rule.version },
        until: next.valid_from,
        body: (*body).clone(),
    });
    before.collect()
}

/// The beginning of a chain: no rule of it is older than those that it was founded with.
fn founded_at(rules: &[Rule]) -> i64 {
    rules.iter().map(|rule| rule.valid_from).min().unwrap_or(i64::MIN)
}

/// By what rule points lapse at a moment, and since when it has been the same; `None` where no rule of points is in force.
pub fn lapsing(rules: &[Rule], at: i64) -> Option<Lapsing> {
    let mut held: Vec<(&Rule, Expiry)> =
        rules.iter().filter_map(|rule| if let RuleBody::Points(body) = &rule.body { Some((rule, body.expiry)) } else { None }).collect();
    held.sort_by_key(|(rule, _)| (rule.valid_from, rule.version, rule.rule));
    // Of those that begin at one moment only the last ever holds.
    held.reverse();
    held.dedup_by_key(|(rule, _)| rule.valid_from);
    held.reverse();
    let since = at.max(founded_at(rules));
    let begun = held.iter().filter(|(rule, _)| rule.valid_from <= since).count();
    let (_, now) = *held.get(begun.checked_sub(1)?)?;
    let (first, _) = held[..begun].iter().rev().take_while(|(_, expiry)| *expiry == now).last()?;
    Some(Lapsing { rule: now, since: business_day(first.valid_from) })
}

/// The law of cards in force at a moment, as [`RulesInForce::at`] picks it; `None` where the chain has put none yet.
pub fn card_laws(rules: &[Rule], at: i64) -> Option<&CardLaws> {
    let laws = rules.iter().filter_map(|rule| if let RuleBody::CardLaw(laws) = &rule.body { Some((rule, laws)) } else { None });
    let order = |(rule, _): &(&Rule, _)| (rule.valid_from, rule.version, rule.rule);
    let since = at.max(founded_at(rules));
    laws.filter(|(rule, _)| rule.valid_from <= since).max_by_key(order).map(|(_, laws)| laws)
}

/// Whether a rule can be put in force, by itself: what others say of it (a card type is within the law of its place, a gift is a
/// coupon) is for who holds them. The error names what is wrong with it.
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
        RuleBody::CardType(body) => body.check_terms(),
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
        RuleBody::CardLaw(CardLaws::shipped()),
    ]
}

#[cfg(test)]
mod tests;
