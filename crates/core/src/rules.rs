//! Rules as versioned data (G3): how points are earned, which tiers there are. A sale names the versions it used, so
//! that it can be read again years later by its own rules.

use serde::{Deserialize, Serialize};

use crate::{
    error::Code,
    ids::RuleId,
    money::{Fen, Points, Rounding, scale},
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

/// C1: `points` for every whole `per_fen` of what is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarnPoints {
    pub per_fen: Fen,
    pub points: Points,
}

impl EarnPoints {
    pub fn earned(&self, due: Fen) -> Result<Points, Code> {
        if self.per_fen <= Fen::ZERO {
            return Err(Code::AmountInvalid);
        }
        let times = scale(due.get(), 1, self.per_fen.get(), Rounding::Down)?;
        Points::new(scale(times, self.points.get(), 1, Rounding::Down)?)
    }
}

/// C2: levels by what a member has spent, lowest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tiers {
    pub levels: Vec<Level>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    pub name: String,
    /// Reached at this spend.
    pub from_fen: Fen,
    /// What a member of this level pays of the list price, in thousandths: 950 is 9.5 折.
    pub price_permille: i64,
}

impl Tiers {
    /// The level a spend has reached, and the one after it.
    pub fn of(&self, spend: Fen) -> (Option<&Level>, Option<&Level>) {
        let reached = self.levels.iter().rposition(|level| level.from_fen <= spend);
        let next = reached.map_or(0, |at| at + 1);
        (reached.and_then(|at| self.levels.get(at)), self.levels.get(next))
    }
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
                RuleBody::Points(body) if begun || force.points.is_none() => force.points = Some((rule.rule, rule.version, *body)),
                RuleBody::Tiers(body) if begun || force.tiers.is_none() => force.tiers = Some((rule.rule, rule.version, body.clone())),
                RuleBody::Points(_) | RuleBody::Tiers(_) => {}
            }
        }
        force
    }

    pub fn level_of(&self, spend: Fen) -> (Option<&Level>, Option<&Level>) {
        self.tiers.as_ref().map_or((None, None), |(_, _, tiers)| tiers.of(spend))
    }
}

/// Whether a rule can be put in force. Errors with `amount.invalid` or `name.invalid`.
pub fn check(body: &RuleBody) -> Result<(), Code> {
    match body {
        RuleBody::Points(earn) if earn.per_fen <= Fen::ZERO || earn.points < Points::ZERO => Err(Code::AmountInvalid),
        RuleBody::Points(_) => Ok(()),
        RuleBody::Tiers(tiers) => {
            let rising = tiers.levels.windows(2).all(|pair| pair[0].from_fen < pair[1].from_fen);
            let fair = tiers.levels.iter().all(|level| (0..=1000).contains(&level.price_permille) && level.from_fen >= Fen::ZERO);
            let named = tiers.levels.iter().all(|level| !level.name.trim().is_empty());
            match (rising && fair, named) {
                (true, true) => Ok(()),
                (false, _) => Err(Code::AmountInvalid),
                (true, false) => Err(Code::NameInvalid),
            }
        }
    }
}

/// What a new chain starts with: a point a yuan; VIP at 5,000 yuan pays 95 % (C2's shipped default).
pub fn shipped() -> [RuleBody; 2] {
    [
        RuleBody::Points(EarnPoints { per_fen: Fen::constant(100), points: Points::constant(1) }),
        RuleBody::Tiers(Tiers {
            levels: vec![
                Level { name: "会员".to_owned(), from_fen: Fen::ZERO, price_permille: 1000 },
                Level { name: "VIP".to_owned(), from_fen: Fen::constant(500_000), price_permille: 950 },
            ],
        }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(version: u32, valid_from: i64, per_fen: i32) -> Rule {
        let body = RuleBody::Points(EarnPoints { per_fen: Fen::constant(per_fen), points: Points::constant(2) });
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
    fn earns_for_whole_amounts_only() {
        let earn = EarnPoints { per_fen: Fen::constant(100), points: Points::constant(2) };
        for (due, expect) in [(0, 0), (99, 0), (100, 2), (12_345, 246)] {
            assert_eq!(earn.earned(Fen::constant(due)), Ok(Points::constant(expect)));
        }
    }

    #[test]
    fn tiers_by_spend() {
        let [_, RuleBody::Tiers(tiers)] = shipped() else { panic!("tiers are shipped") };
        let name = |level: Option<&Level>| level.map(|l| l.name.clone());
        assert_eq!(name(tiers.of(Fen::constant(499_999)).0), Some("会员".into()));
        assert_eq!(name(tiers.of(Fen::constant(499_999)).1), Some("VIP".into()));
        assert_eq!(name(tiers.of(Fen::constant(500_000)).0), Some("VIP".into()));
        assert_eq!(tiers.of(Fen::constant(500_000)).1, None);
    }

    #[test]
    fn refuses_rules_that_make_no_sense() {
        for body in shipped() {
            assert_eq!(check(&body), Ok(()));
        }
        let level = |from, permille| Level { name: "x".into(), from_fen: Fen::constant(from), price_permille: permille };
        for levels in [vec![level(5, 900), level(5, 900)], vec![level(0, 1001)], vec![level(-1, 900)]] {
            assert_eq!(check(&RuleBody::Tiers(Tiers { levels })), Err(Code::AmountInvalid));
        }
        assert_eq!(check(&RuleBody::Points(EarnPoints { per_fen: Fen::ZERO, points: Points::ZERO })), Err(Code::AmountInvalid));
    }
}
