//! What a promotion may say, before it is put in force (C5, I17).
//!
//! The search for the best price trusts what it is given: that it ends, that a threshold is worth more than what it takes off,
//! that numbers stay small enough to multiply. So whatever contradicts itself, repeats without end or can never take a fen off
//! is refused here, where the person who wrote it can still mend it, and each reason has its own code. [`check`] looks at one
//! promotion alone, [`check_set`] at those that could hold at the same time.

mod scope;
mod set;
mod window;

#[cfg(test)]
mod tests;

pub use set::check_set;

use super::{BundlePart, Kind, Limits, OffStep, PercentStep, Promotion, Scope, Threshold};
use crate::{
    error::Code,
    money::{Fen, LARGEST},
    name,
};

/// A promotion is one operation, and has to leave room in it for what stands around it (`op::BYTES_MOST`). About 1,200 products
/// fill it.
pub(crate) const BYTES_MOST: usize = 48 * 1024;
const PRODUCTS_MOST: usize = 2000;
const ENTRIES_MOST: usize = 200;
/// 99,999,999.99 yuan: more is a mistake, and times any count below it still fits.
const FEN_MOST: i64 = 9_999_999_999;
/// As many as a line of a cart holds (`quote::QUANTITY_MOST_MILLI`): counts this small can be added and multiplied without a thought.
const PIECES_MOST: u32 = 99_999;
const WHOLE: i64 = 1000;

/// Whether a promotion can be put in force.
///
/// Errors: `name.invalid`, `text.too_long`, `rule.too_long`; for its window `promotion.empty_window`, `promotion.day_invalid`,
/// `promotion.hours_invalid`; for its goods `promotion.scope_empty`; for its numbers `amount.invalid`, `amount.too_large`,
/// `quantity.invalid`, `promotion.share_invalid`, `promotion.nth_too_small`, `promotion.pieces_none`, `promotion.parts_empty`,
/// `promotion.steps_empty`, `promotion.steps_mixed`, `promotion.steps_not_rising`, `promotion.each_one_step`; and for what they
/// come to `promotion.no_effect`, `promotion.pays_out`, `promotion.never_ends`.
pub fn check(promotion: &Promotion) -> Result<(), Code> {
    check_lengths(promotion)?;
    check_names(promotion)?;
    window::check(&promotion.window)?;
    if scopes(promotion).any(scope::is_empty) {
        return Err(Code::PromotionScopeEmpty);
    }
    check_kind(promotion)?;
    check_limits(&promotion.limits)?;
    let bytes = serde_json::to_vec(promotion).map_err(|_| Code::Internal)?;
    if bytes.len() >= BYTES_MOST { Err(Code::RuleTooLong) } else { Ok(()) }
}

/// Goods that something else than a promotion names. Errors: `rule.too_long`, `name.invalid`, `promotion.scope_empty`.
pub(crate) fn check_scope(of: &Scope) -> Result<(), Code> {
    if !scope::is_short(of) {
        return Err(Code::RuleTooLong);
    }
    if scope::names(of).any(|name| name.trim().is_empty()) {
        return Err(Code::NameInvalid);
    }
    if scope::is_empty(of) { Err(Code::PromotionScopeEmpty) } else { Ok(()) }
}

/// Its own goods, and those of its kind.
fn scopes(promotion: &Promotion) -> impl Iterator<Item = &Scope> {
    let (of, parts): (Option<&Scope>, &[BundlePart]) = match &promotion.kind {
        Kind::AddOn { of, .. } => (Some(of), &[]),
        Kind::BuyGet { of, .. } => (of.as_ref(), &[]),
        Kind::Bundle { parts, .. } => (None, parts),
        _ => (None, &[]),
    };
    std::iter::once(&promotion.scope).chain(of).chain(parts.iter().map(|part| &part.scope))
}

/// Comes first, so that nothing after it walks a list without end.
fn check_lengths(promotion: &Promotion) -> Result<(), Code> {
    let kind = match &promotion.kind {
        Kind::Off { steps, .. } => steps.len(),
        Kind::Percent { steps, .. } => steps.len(),
        Kind::Bundle { parts, .. } => parts.len(),
        _ => 0,
    };
    let (window, who) = (&promotion.window, &promotion.who);
    let others = [kind, promotion.stores.len(), who.tiers.len(), who.tags.len()];
    let times = [window.weekdays.len(), window.month_days.len(), window.hours.len()];
    let short = others.into_iter().chain(times).all(|entries| entries <= ENTRIES_MOST) && scopes(promotion).all(scope::is_short);
    if short { Ok(()) } else { Err(Code::RuleTooLong) }
}

/// What it is called, and that nothing it names is blank: a blank name matches no goods and no member.
fn check_names(promotion: &Promotion) -> Result<(), Code> {
    if name::clean(&promotion.name)?.is_empty() || (!promotion.group.is_empty() && name::clean(&promotion.group)?.is_empty()) {
        return Err(Code::NameInvalid);
    }
    let who = &promotion.who;
    let mut named = who.tiers.iter().chain(&who.tags).chain(scopes(promotion).flat_map(scope::names));
    if named.any(|name| name.trim().is_empty()) { Err(Code::NameInvalid) } else { Ok(()) }
}

fn check_kind(promotion: &Promotion) -> Result<(), Code> {
    match &promotion.kind {
        Kind::Price { permille } => check_share(*permille),
        Kind::FixedPrice { price_fen } => check_amount(*price_fen),
        Kind::Reduce { off_fen } => check_off(*off_fen),
        Kind::Off { steps, each, cap_fen } => check_off_steps(steps, *each, *cap_fen),
        Kind::Percent { steps, cap_fen } => check_percent_steps(steps, *cap_fen),
        Kind::NthAt { n, permille } => {
            if *n < 2 {
                return Err(Code::PromotionNthTooSmall);
            }
            check_pieces(*n)?;
            check_share(*permille)
        }
        Kind::BuyGet { buy, get, permille, .. } => {
            if *buy == 0 || *get == 0 {
                return Err(Code::PromotionNeverEnds);
            }
            check_pieces(*buy)?;
            check_pieces(*get)?;
            check_share(*permille)
        }
        Kind::AddOn { at_least_fen, of, price_fen, most } => {
            check_pieces(*most)?;
            check_amount(*at_least_fen)?;
            check_amount(*price_fen)?;
            // Goods of `of` do not count: where all that would count is among them, nothing is ever reached.
            let unreachable = !at_least_fen.is_zero() && scope::within(&promotion.scope, of);
            if unreachable { Err(Code::PromotionNoEffect) } else { Ok(()) }
        }
        Kind::Bundle { parts, price_fen } => {
            if parts.is_empty() {
                return Err(Code::PromotionPartsEmpty);
            }
            parts.iter().try_for_each(|part| check_pieces(part.pieces))?;
            check_amount(*price_fen)
        }
    }
}

/// 满减. A step from nothing on, as a coupon has it, takes off what is there at most; one with a threshold never takes more off
/// than the customer must spend for it, and one that repeats leaves something to pay of every threshold.
fn check_off_steps(steps: &[OffStep], each: bool, cap_fen: Option<Fen>) -> Result<(), Code> {
    if steps.is_empty() {
        return Err(Code::PromotionStepsEmpty);
    }
    if each && steps.len() > 1 {
        return Err(Code::PromotionEachOneStep);
    }
    cap_fen.map_or(Ok(()), check_off)?;
    for OffStep { at_least_fen, off_fen } in steps {
        check_amount(*at_least_fen)?;
        check_off(*off_fen)?;
        if each && at_least_fen.is_zero() {
            return Err(Code::PromotionNeverEnds);
        }
        let too_much = off_fen > at_least_fen || (each && off_fen == at_least_fen);
        if too_much && !at_least_fen.is_zero() {
            return Err(Code::PromotionPaysOut);
        }
    }
    // A cap that two steps meet makes them one.
    let off = |step: &OffStep| cap_fen.map_or(step.off_fen, |cap| step.off_fen.min(cap));
    let rising = steps.is_sorted_by(|low, high| low.at_least_fen < high.at_least_fen && off(low) < off(high));
    if rising { Ok(()) } else { Err(Code::PromotionStepsNotRising) }
}

/// 满折: the higher the step, the less remains to be paid.
fn check_percent_steps(steps: &[PercentStep], cap_fen: Option<Fen>) -> Result<(), Code> {
    if steps.is_empty() {
        return Err(Code::PromotionStepsEmpty);
    }
    cap_fen.map_or(Ok(()), check_off)?;
    for step in steps {
        check_share(step.permille)?;
        match step.at_least {
            Threshold::Fen(least) => check_amount(least)?,
            Threshold::Pieces(least) if least > PIECES_MOST => return Err(Code::QuantityInvalid),
            Threshold::Pieces(_) => {}
        }
    }
    let pieces = |step: &PercentStep| matches!(step.at_least, Threshold::Pieces(_));
    if steps.iter().any(pieces) && !steps.iter().all(pieces) {
        return Err(Code::PromotionStepsMixed);
    }
    let least = |step: &PercentStep| match step.at_least {
        Threshold::Fen(least) => least.get(),
        Threshold::Pieces(least) => i64::from(least),
    };
    let rising = steps.is_sorted_by(|low, high| least(low) < least(high) && low.permille > high.permille);
    if rising { Ok(()) } else { Err(Code::PromotionStepsNotRising) }
}

fn check_limits(limits: &Limits) -> Result<(), Code> {
    let counts = [limits.per_cart_times, limits.per_cart_pieces, limits.per_member_times].map(|limit| limit.map(u64::from));
    for limit in counts.into_iter().chain([limits.in_all_pieces]).flatten() {
        match limit {
            0 => return Err(Code::PromotionNoEffect),
            // Past this a screen no longer tells it from its neighbour.
            _ if limit > LARGEST.unsigned_abs() => return Err(Code::QuantityInvalid),
            _ => {}
        }
    }
    Ok(())
}

/// What remains to be paid.
fn check_share(permille: i64) -> Result<(), Code> {
    match permille {
        0..WHOLE => Ok(()),
        WHOLE => Err(Code::PromotionNoEffect),
        _ => Err(Code::PromotionShareInvalid),
    }
}

/// A price or a threshold: none is one too.
pub(crate) fn check_amount(amount: Fen) -> Result<(), Code> {
    match amount.get() {
        ..0 => Err(Code::AmountInvalid),
        0..=FEN_MOST => Ok(()),
        _ => Err(Code::AmountTooLarge),
    }
}

/// What is taken off, or the most of it.
fn check_off(amount: Fen) -> Result<(), Code> {
    check_amount(amount)?;
    if amount.is_zero() { Err(Code::PromotionNoEffect) } else { Ok(()) }
}

fn check_pieces(pieces: u32) -> Result<(), Code> {
    match pieces {
        0 => Err(Code::PromotionPiecesNone),
        1..=PIECES_MOST => Ok(()),
        _ => Err(Code::QuantityInvalid),
    }
}
