//! Levels by name: rules that are for some of them, and the tiers that have them, hold together whichever is saved last.

use hefu_core::{
    error::Code,
    promo::Promotion,
    rules::{RuleBody, RulesInForce, Tiers},
};

/// A level that a rule is for and that the tiers in force do not have: it would apply to nobody.
pub(super) fn unknown(force: &RulesInForce, body: &RuleBody, at: i64) -> Option<(Code, String)> {
    let named: Vec<&String> = match body {
        RuleBody::Promotion(promotion) => of_promotion(promotion, at).iter().collect(),
        RuleBody::Coupon(template) => of_promotion(&template.effect, at).iter().collect(),
        RuleBody::Points(points) => points.multipliers.iter().flat_map(|held| &held.tiers).collect(),
        _ => return None,
    };
    let missing = named.into_iter().find(|name| !force.tiers.as_ref().is_some_and(|held| has(&held.body, name)));
    missing.map(|name| (Code::TierUnknown, name.clone()))
}

/// The first rule that is for a level which the tiers in force have and these do not. One that is for a level there is not yet is no
/// matter of theirs.
pub(super) fn named(force: &RulesInForce, tiers: &Tiers, at: i64) -> Option<(Code, String)> {
    let goes = |name: &String| !has(tiers, name) && force.tiers.as_ref().is_some_and(|held| has(&held.body, name));
    let promotions = force.promotions.values().map(|held| &held.body);
    let effects = force.coupons.values().map(|held| &held.body.effect);
    let offers = promotions.chain(effects).filter(|offer| offer.enabled);
    let offers = offers.map(|offer| (offer.name.as_str(), of_promotion(offer, at)));
    let multipliers = force.points.iter().flat_map(|held| &held.body.multipliers);
    let multipliers = multipliers.map(|multiplier| (multiplier.name.as_str(), multiplier.tiers.as_slice()));
    let other = offers.chain(multipliers).find(|(_, levels)| levels.iter().any(goes));
    other.map(|(name, _)| (Code::TierNamed, name.to_owned()))
}

/// Nobody's once it is over.
fn of_promotion(promotion: &Promotion, at: i64) -> &[String] {
    let over = promotion.window.until.is_some_and(|until| until <= at);
    if over { &[] } else { &promotion.who.tiers }
}

fn has(tiers: &Tiers, name: &str) -> bool {
    tiers.levels.iter().any(|level| level.name == name)
}
