//! Putting a version of a rule in force.

use hefu_core::{
    error::Code,
    ids::RuleId,
    op::Draft,
    rules::{self, Rule, RuleBody, RulesInForce},
};

use super::{
    place::{self, Place},
    views,
};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    wire::{RuleSave, RuleView},
};

/// How far ahead a version may begin, two years: nothing can begin before it any more, so that a slip in the year would lock
/// the rule for a lifetime.
const AHEAD_MOST_MS: i64 = 731 * 24 * 3600 * 1000;

/// Writes the next version of a rule. The same body from the same moment again answers the version that is there. Errors:
/// those of [`rules::check`], `rule.member_tags`, `rule.unknown`, `rule.too_early`, `rule.too_late`, and with the other's name in `with`
/// `name.taken`, `promotion.twice`, `promotion.circle`, `card.limit_registered`, `card.limit_anonymous`.
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
        let valid_from = begins(place.latest(), request.valid_from, moment)?;
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

/// The rule that says this from this moment on already. Without a moment: one that says it now, and nothing else later.
fn there_already(rules: &[Rule], place: &Place<'_>, body: &RuleBody, valid_from: Option<i64>, moment: i64) -> Option<RuleId> {
    let same = |rule: &&Rule| {
        rule.body == *body
            && match valid_from {
                Some(at) => rule.valid_from == at,
                None => rule.valid_from <= moment && !rules.iter().any(|later| later.rule == rule.rule && later.version > rule.version),
            }
    };
    match place.rule {
        Some(_) => place.versions.iter().copied().find(same).map(|rule| rule.rule),
        None => rules.iter().find(same).map(|rule| rule.rule),
    }
}

/// When a version begins: after the one before it, and not in the past.
fn begins(latest: Option<&Rule>, asked: Option<i64>, moment: i64) -> Result<i64, Code> {
    let from = match (asked, latest) {
        (Some(at), _) => at,
        // Two versions in one millisecond, or by two clocks.
        (None, Some(latest)) if latest.valid_from == moment => moment.saturating_add(1),
        (None, _) => moment,
    };
    if from < moment || latest.is_some_and(|latest| from <= latest.valid_from) {
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
