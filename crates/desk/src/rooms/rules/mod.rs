//! Rules as versioned data, edited by business staff and tried on real sales before they hold (G3).

mod place;
mod preview;
mod save;

use std::{cmp::Reverse, collections::BTreeMap};

use hefu_core::{
    ids::RuleId,
    rules::{Rule, RuleBody, RulesInForce},
};

pub(crate) use preview::preview;
pub(crate) use save::save;

use crate::{
    Desk, ErrorBody,
    desk::Caller,
    wire::{HqRules, Nothing, RuleState, RuleVersion, RuleView},
};

/// Every rule with all its versions: those of which one is in force first, then promotions, coupons and card types by name.
pub(crate) fn list(desk: &Desk, caller: &Caller, _: Nothing) -> Result<HqRules, ErrorBody> {
    let moment = desk.moment(caller);
    let rules = desk.replica.read(|book| book.rules())?;
    Ok(HqRules { rules: views(&rules, moment) })
}

fn views(rules: &[Rule], moment: i64) -> Vec<RuleView> {
    let force = RulesInForce::at(rules, moment);
    let mut by_rule: BTreeMap<RuleId, Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        by_rule.entry(rule.rule).or_default().push(rule);
    }
    let mut shown: Vec<(u8, RuleView)> = by_rule.into_values().filter_map(|versions| view(versions, &force, moment)).collect();
    shown.sort_by(|(rank, one), (other_rank, other)| (rank, &one.name, one.rule_id).cmp(&(other_rank, &other.name, other.rule_id)));
    shown.into_iter().map(|(_, view)| view).collect()
}

/// One rule, newest version first, and its place in a list.
fn view(mut versions: Vec<&Rule>, force: &RulesInForce, moment: i64) -> Option<(u8, RuleView)> {
    versions.sort_by_key(|rule| Reverse((rule.valid_from, rule.version)));
    let replaced = |rule: &Rule| versions.iter().any(|other| other.valid_from == rule.valid_from && other.version > rule.version);
    let state = |rule: &Rule| match in_force(force, rule) {
        true => RuleState::InForce,
        false if replaced(rule) => RuleState::Replaced,
        false if rule.valid_from > moment => RuleState::Coming,
        false => RuleState::Past,
    };
    // What holds names it; before it first holds, the next to begin does.
    let held = versions.iter().find(|rule| state(rule) == RuleState::InForce);
    let next = versions.iter().rev().find(|rule| state(rule) == RuleState::Coming);
    let named = held.or(next).or(versions.first())?;
    let shown = versions.iter().map(|rule| RuleVersion {
        version: rule.version,
        valid_from: rule.valid_from,
        state: state(rule),
        body: rule.body.clone(),
    });
    let view = RuleView { rule_id: named.rule, name: place::name_of(&named.body).to_owned(), versions: shown.collect() };
    Some((rank(&named.body), view))
}

fn in_force(force: &RulesInForce, rule: &Rule) -> bool {
    let holds = |rule_id: RuleId, version: u32| (rule_id, version) == (rule.rule, rule.version);
    match &rule.body {
        RuleBody::Points(_) => force.points.as_ref().is_some_and(|held| holds(held.rule, held.version)),
        RuleBody::Tiers(_) => force.tiers.as_ref().is_some_and(|held| holds(held.rule, held.version)),
        RuleBody::Tax(_) => force.tax.as_ref().is_some_and(|held| holds(held.rule, held.version)),
        RuleBody::Rounding(_) => force.rounding.as_ref().is_some_and(|held| holds(held.rule, held.version)),
        RuleBody::Refunds(_) => force.refunds.as_ref().is_some_and(|held| holds(held.rule, held.version)),
        RuleBody::CardLaw(_) => force.card_law.as_ref().is_some_and(|held| holds(held.rule, held.version)),
        RuleBody::Tenders(_) => force.tenders.as_ref().is_some_and(|held| holds(held.rule, held.version)),
        RuleBody::Promotion(_) => force.promotions.get(&rule.rule).is_some_and(|held| holds(held.rule, held.version)),
        RuleBody::Coupon(_) => force.coupons.get(&rule.rule).is_some_and(|held| holds(held.rule, held.version)),
        RuleBody::CardType(_) => force.card_types.get(&rule.rule).is_some_and(|held| holds(held.rule, held.version)),
    }
}

const fn rank(body: &RuleBody) -> u8 {
    match body {
        RuleBody::Points(_) => 0,
        RuleBody::Tiers(_) => 1,
        RuleBody::Tenders(_) => 2,
        RuleBody::Rounding(_) => 3,
        RuleBody::Tax(_) => 4,
        RuleBody::Refunds(_) => 5,
        RuleBody::CardLaw(_) => 6,
        RuleBody::Promotion(_) => 7,
        RuleBody::Coupon(_) => 8,
        RuleBody::CardType(_) => 9,
    }
}
