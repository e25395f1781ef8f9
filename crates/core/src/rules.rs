//! Rules as versioned data (G3): how points are earned, which tiers there are. A sale names the versions it used, so
//! that it can be read again years later by its own rules.

use serde::{Deserialize, Serialize};

use crate::{
    error::Code,
    ids::RuleId,
    money::{Fen, Points},
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

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum RuleBody {
    Points(EarnPoints),
    Tiers(Tiers),
}

/// The rules that hold at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulesInForce {
    pub points: Option<(RuleId, u32, EarnPoints)>,
    pub tiers: Option<(RuleId, u32, Tiers)>,
}

impl RulesInForce {
    /// Picks, of each kind, the rule whose start is latest but not after `at`; ties go to the higher version, then id. A
    /// clock before the first start takes the first: a wrong clock changes no customer's points (I15).
    pub fn at(rules: &[Rule], at: i64) -> Self {
        let mut held: Vec<&Rule> = rules.iter().collect();
        held.sort_by_key(|rule| (rule.valid_from, rule.version, rule.rule));
        let mut force = Self::default();
        for rule in held {
            let begun = rule.valid_from <= at;
            match &rule.body {
                RuleBody::Points(body) if begun || force.points.is_none() => force.points = Some((rule.rule, rule.version, body.clone())),
                RuleBody::Tiers(body) if begun || force.tiers.is_none() => force.tiers = Some((rule.rule, rule.version, body.clone())),
                RuleBody::Points(_) | RuleBody::Tiers(_) => {}
            }
        }
        force
    }

    /// The level that spend alone has reached, and the one after it. Windows, visits and reviews are known to
    /// [`Tiers::held`], which a page asks that has the member's months.
    pub fn level_of(&self, spend: Fen) -> (Option<&Level>, Option<&Level>) {
        self.tiers.as_ref().map_or((None, None), |(_, _, tiers)| tiers.of(tiers.measure(spend, 0)))
    }
}

/// Whether a rule can be put in force. Errors: those of the kind of rule.
pub fn check(body: &RuleBody) -> Result<(), Code> {
    match body {
        RuleBody::Points(earn) => earn.check(),
        RuleBody::Tiers(tiers) => tiers.check(),
    }
}

/// What a new chain starts with: a point a yuan; VIP at 5,000 yuan pays 95 % (C2's shipped default).
pub fn shipped() -> [RuleBody; 2] {
    [
        RuleBody::Points(EarnPoints::plain(Fen::constant(100), Points::constant(1))),
        RuleBody::Tiers(Tiers {
            by: Measure::Spend,
            window: TierWindow::Lifetime,
            levels: vec![Level::plain("会员", 0, 1000), Level::plain("VIP", 500_000, 950)],
        }),
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
            assert_eq!(RulesInForce::at(&rules, at).points.map(|(_, version, _)| version), expect, "at {at}");
        }
    }

    #[test]
    fn tiers_by_spend() {
        let rules: Vec<Rule> = shipped().into_iter().map(|body| Rule { body, ..rule(1, 0, 100) }).collect();
        let force = RulesInForce::at(&rules, 0);
        for (spend, level, next) in [(499_999, "会员", Some("VIP")), (500_000, "VIP", None)] {
            let (held, after) = force.level_of(Fen::constant(spend));
            assert_eq!((held.unwrap().name.as_str(), after.map(|level| level.name.as_str())), (level, next));
        }
    }

    #[test]
    fn what_is_shipped_makes_sense() {
        for body in shipped() {
            assert_eq!(check(&body), Ok(()));
        }
        let nonsense = RuleBody::Points(EarnPoints::plain(Fen::ZERO, Points::ZERO));
        assert_eq!(check(&nonsense), Err(Code::AmountInvalid));
    }
}
