//! Where a proposed rule stands among those there are: whose next version it would be, and what speaks against it.

mod tiers;

use std::mem::discriminant;

use hefu_core::{
    card::{CardLaws, CardType},
    error::Code,
    ids::RuleId,
    name,
    promo::{self, Promotion},
    rules::{Rule, RuleBody, RulesInForce},
};
use hefu_replica::Reading;

/// What people call it; empty where there is only one of its kind.
pub(super) fn name_of(body: &RuleBody) -> &str {
    match body {
        RuleBody::Promotion(promotion) => &promotion.name,
        RuleBody::Coupon(template) => template.name(),
        RuleBody::CardType(kind) => &kind.name,
        _ => "",
    }
}

/// Whether it does anything: what is switched off takes no name and contradicts nothing.
const fn is_live(body: &RuleBody) -> bool {
    match body {
        RuleBody::Promotion(promotion) => promotion.enabled,
        RuleBody::Coupon(template) => template.effect.enabled,
        RuleBody::CardType(kind) => kind.enabled,
        _ => true,
    }
}

/// Whether what a cart costs or earns hangs on such a rule.
pub(super) const fn prices(body: &RuleBody) -> bool {
    !matches!(body, RuleBody::Refunds(_) | RuleBody::CardLaw(_) | RuleBody::Tenders(_) | RuleBody::CardType(_))
}

/// Refuses what could never apply in this version: no member has tags yet (B7), so that a promotion or a coupon for some of them
/// would be saved, shown, and given to nobody. What an older version says stays as it is. Errors: `rule.member_tags`.
pub(super) fn can_apply(body: &RuleBody) -> Result<(), Code> {
    let promotion = match body {
        RuleBody::Promotion(promotion) => promotion,
        RuleBody::Coupon(template) => &template.effect,
        _ => return Ok(()),
    };
    if promotion.enabled && !promotion.who.tags.is_empty() { Err(Code::RuleMemberTags) } else { Ok(()) }
}

/// The body with its names as they are kept. Errors: `name.invalid`, `text.too_long`.
pub(super) fn cleaned(mut body: RuleBody) -> Result<RuleBody, Code> {
    let clean = |text: &mut String| {
        *text = name::clean(text)?;
        Ok(())
    };
    let clean_promotion = |promotion: &mut Promotion| -> Result<(), Code> {
        clean(&mut promotion.name)?;
        clean(&mut promotion.group)?;
        promotion.who.tiers.iter_mut().try_for_each(clean)
    };
    match &mut body {
        RuleBody::Promotion(promotion) => clean_promotion(promotion)?,
        RuleBody::Coupon(template) => clean_promotion(&mut template.effect)?,
        RuleBody::CardType(kind) => {
            clean(&mut kind.name)?;
            kind.plans.iter_mut().map(|plan| &mut plan.name).try_for_each(clean)?;
        }
        RuleBody::CardLaw(laws) => {
            std::iter::once(&mut laws.elsewhere).chain(&mut laws.cities).map(|law| &mut law.city).try_for_each(clean)?
        }
        RuleBody::Tenders(tenders) => tenders.tenders.iter_mut().map(|tender| &mut tender.name).try_for_each(clean)?,
        RuleBody::Tiers(tiers) => tiers.levels.iter_mut().map(|level| &mut level.name).try_for_each(clean)?,
        RuleBody::Points(points) => points.multipliers.iter_mut().flat_map(|held| &mut held.tiers).try_for_each(clean)?,
        _ => {}
    }
    Ok(body)
}

/// The stores that a rule is for. Errors: `store.unknown` for one there is not, in which it would never apply.
pub(super) fn in_stores(book: &Reading<'_>, body: &RuleBody) -> Result<(), hefu_replica::Error> {
    let stores = match body {
        RuleBody::Promotion(promotion) => &promotion.stores,
        RuleBody::Coupon(template) => &template.effect.stores,
        _ => return Ok(()),
    };
    for store in stores {
        book.store(*store)?.ok_or(Code::StoreUnknown)?;
    }
    Ok(())
}

/// Whose next version a body is.
pub(super) struct Place<'a> {
    /// `None` for a rule of its own.
    pub rule: Option<RuleId>,
    /// Its versions so far.
    pub versions: Vec<&'a Rule>,
}

impl<'a> Place<'a> {
    /// Of the kinds of which one is in force there is one rule, whatever id was asked for. Errors with `rule.unknown` for an
    /// id that no rule of this kind bears.
    pub fn of(rules: &'a [Rule], asked: Option<RuleId>, body: &RuleBody) -> Result<Self, Code> {
        let same_kind = || rules.iter().filter(|rule| discriminant(&rule.body) == discriminant(body));
        if asked.is_some_and(|id| !same_kind().any(|rule| rule.rule == id)) {
            return Err(Code::RuleUnknown);
        }
        if body.is_single() {
            let versions: Vec<&Rule> = same_kind().collect();
            let rule = versions.iter().max_by_key(|rule| order(rule)).map(|rule| rule.rule);
            return Ok(Self { rule, versions });
        }
        Ok(Self { rule: asked, versions: same_kind().filter(|rule| Some(rule.rule) == asked).collect() })
    }

    pub fn next_version(&self) -> u32 {
        let last = self.versions.iter().filter(|rule| Some(rule.rule) == self.rule).map(|rule| rule.version).max();
        last.unwrap_or(0).saturating_add(1)
    }
}

pub(super) const fn order(rule: &Rule) -> (i64, u32, RuleId) {
    (rule.valid_from, rule.version, rule.rule)
}

/// What speaks against `body` as the version of `rule` from `from` on, until the next one of its own begins, and the name of the
/// other rule: `name.taken`; for promotions those of [`promo::check_set`]; for card types and the law of cards what the one forbids
/// the other; `tier.unknown` with the name of a level that the tiers then in force do not have, and for tiers `tier.named` with
/// the rule that is for a level they would lose. Versions of others that begin later count too.
pub(super) fn conflict(rules: &[Rule], rule: RuleId, body: &RuleBody, from: i64) -> Option<(Code, String)> {
    if !is_live(body) {
        return None;
    }
    let own = |other: &&Rule| if body.is_single() { discriminant(&other.body) == discriminant(body) } else { other.rule == rule };
    let until = rules.iter().filter(own).map(|other| other.valid_from).filter(|start| *start > from).min().unwrap_or(i64::MAX);
    let starts = rules.iter().map(|other| other.valid_from).filter(|start| (from..until).contains(start));
    let mut moments: Vec<i64> = starts.chain([from]).collect();
    moments.sort_unstable();
    moments.dedup();
    moments.into_iter().find_map(|at| {
        let force = RulesInForce::at(rules, at);
        let taken = || name_taken(&force, rule, body).map(|name| (Code::NameTaken, name));
        taken().or_else(|| tiers::unknown(&force, body, at)).or_else(|| match body {
            RuleBody::Promotion(promotion) => contradiction(&force, rule, promotion),
            RuleBody::CardType(kind) => {
                against_law(kind, &force.card_law.as_ref().map_or_else(CardLaws::shipped, |held| held.body.clone()))
            }
            RuleBody::CardLaw(laws) => outlawed(&force, laws),
            RuleBody::Tiers(tiers) => tiers::named(&force, tiers, at),
            _ => None,
        })
    })
}

/// What the law of any city forbids a type, and whose law it is: a type is on offer in all stores.
fn against_law(kind: &CardType, laws: &CardLaws) -> Option<(Code, String)> {
    laws.packs().find_map(|law| kind.check(law).err().map(|code| (code, law.city.clone())))
}

/// The first type on offer that a law would forbid: nobody could top it up as it says.
fn outlawed(force: &RulesInForce, laws: &CardLaws) -> Option<(Code, String)> {
    let mut types = force.card_types.values().map(|held| &held.body).filter(|kind| kind.enabled);
    types.find_map(|kind| laws.packs().find_map(|law| kind.check(law).err()).map(|code| (code, kind.name.clone())))
}

fn name_taken(force: &RulesInForce, rule: RuleId, body: &RuleBody) -> Option<String> {
    let others: Vec<(RuleId, &str, bool)> = match body {
        RuleBody::Promotion(_) => force.promotions.values().map(|held| (held.rule, held.body.name.as_str(), held.body.enabled)).collect(),
        RuleBody::Coupon(_) => force.coupons.values().map(|held| (held.rule, held.body.name(), held.body.effect.enabled)).collect(),
        RuleBody::CardType(_) => force.card_types.values().map(|held| (held.rule, held.body.name.as_str(), held.body.enabled)).collect(),
        _ => return None,
    };
    let named = name::fold(name_of(body));
    let same = others.into_iter().find(|(other, name, live)| *live && *other != rule && name::fold(name) == named);
    same.map(|(_, name, _)| name.to_owned())
}

/// With the promotions that would hold beside it. What others say against each other is not for this one to answer.
fn contradiction(force: &RulesInForce, rule: RuleId, promotion: &Promotion) -> Option<(Code, String)> {
    let mut all: Vec<(RuleId, &Promotion)> = vec![(rule, promotion)];
    all.extend(force.promotions.values().filter(|held| held.rule != rule).map(|held| (held.rule, &held.body)));
    loop {
        let (earlier, later, code) = promo::check_set(&all).err()?;
        if earlier == rule || later == rule {
            let other = if earlier == rule { later } else { earlier };
            let name = all.iter().find(|(id, _)| *id == other).map(|(_, promotion)| promotion.name.clone());
            return Some((code, name.unwrap_or_default()));
        }
        let before = all.len();
        all.retain(|(id, _)| *id != later);
        if all.len() == before {
            return None;
        }
    }
}
