//! Putting a version of a rule in force.

use std::collections::BTreeMap;

use hefu_core::{
    error::Code,
    ids::RuleId,
    op::Draft,
    rules::{self, Rule, RuleBody, RulesInForce},
};

use super::{
    place::{self, Place, order},
    views,
};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    wire::{RuleSave, RuleView},
};

/// How far ahead a version may begin, two years: a slip in the year would wait for a lifetime, and surprise whoever is there then.
const AHEAD_MOST_MS: i64 = 731 * 24 * 3600 * 1000;

/// Writes the next version of a rule, from now or any later moment: also before one that is waiting, or at its very moment, in
/// its place. So one that is waiting is taken back by saying from then on what was said before. The same body from the same moment
/// again answers the version that is there. Errors: those of [`rules::check`], `rule.member_tags`, `rule.unknown`, `store.unknown`,
/// `rule.too_early`, `rule.too_late`, and with the other's name in `with` those of [`place::conflict`].
pub(crate) fn save(desk: &Desk, caller: &Caller, request: RuleSave) -> Result<RuleView, ErrorBody> {
    let body = place::cleaned(request.body)?;
    rules::check(&body)?;
    place::can_apply(&body)?;
    let (by, moment) = (desk.by(caller), desk.moment(caller));
    let new = RuleId::new(caller.now, desk.random()?);
    let mut with = None;
    let saved = desk.replica.write(|book| {
        let held = book.rules()?;
        let place = Place::of(&held, request.rule_id, &body)?;
        if let Some(same) = there_already(&held, &place, &body, request.valid_from, moment) {
            return Ok(shown(&held, same, moment)?);
        }
        let valid_from = begins(request.valid_from, moment)?;
        place::in_stores(book, &body)?;
        beside_others(&RulesInForce::at(&held, valid_from), &body)?;
        let rule = place.rule.unwrap_or(new);
        if let Some((code, name)) = place::conflict(&held, rule, &body, valid_from) {
            with = Some(name);
            return Err(code.into());
        }
        let version = place.next_version();
        book.append(by, &Draft::new(Rule { rule, version, valid_from, body: body.clone() }))?;
        Ok(shown(&book.rules()?, rule, moment)?)
    });
    saved.map_err(|error| {
        let refused = ErrorBody::from(error);
        with.iter().fold(refused, |refused, name| refused.with_text("with", name))
    })
}

fn shown(rules: &[Rule], rule: RuleId, moment: i64) -> Result<RuleView, Code> {
    views(rules, moment).into_iter().find(|view| view.rule_id == rule).ok_or(Code::Internal)
}

/// The rule that says this from this moment on already, or without a moment now.
fn there_already(rules: &[Rule], place: &Place<'_>, body: &RuleBody, valid_from: Option<i64>, moment: i64) -> Option<RuleId> {
    let holds_at = |versions: &[&Rule], rule: &Rule| match valid_from {
        Some(at) => rule.valid_from == at && !versions.iter().any(|other| other.valid_from == at && order(other) > order(rule)),
        None => {
            let begun = versions.iter().filter(|other| other.valid_from <= moment);
            begun.max_by_key(|other| order(other)).is_some_and(|held| order(held) == order(rule))
        }
    };
    let same = |versions: &[&Rule]| versions.iter().find(|rule| rule.body == *body && holds_at(versions, rule)).map(|rule| rule.rule);
    if place.rule.is_some() {
        return same(&place.versions);
    }
    let mut of_rules: BTreeMap<RuleId, Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        of_rules.entry(rule.rule).or_default().push(rule);
    }
    of_rules.values().find_map(|versions| same(versions))
}

/// When a version begins. Errors: `rule.too_early`, `rule.too_late`.
fn begins(asked: Option<i64>, moment: i64) -> Result<i64, Code> {
    let from = asked.unwrap_or(moment);
    if from < moment {
        return Err(Code::RuleTooEarly);
    }
    if from.saturating_sub(moment) > AHEAD_MOST_MS { Err(Code::RuleTooLate) } else { Ok(from) }
}

/// What a rule says of others: the gift of a level is a coupon there is. Errors with `rule.unknown`.
fn beside_others(force: &RulesInForce, body: &RuleBody) -> Result<(), Code> {
    match body {
        RuleBody::Tiers(tiers) => {
            let mut gifts = tiers.levels.iter().filter_map(|level| level.gift);
            if gifts.all(|gift| force.coupons.contains_key(&gift)) { Ok(()) } else { Err(Code::RuleUnknown) }
        }
        _ => Ok(()),
    }
}
