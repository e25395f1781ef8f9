//! Coupons that rules give: to new members at sign-up (B4), and with a new tier (C2).

use hefu_core::{
    coupon::gift_batch,
    error::Code,
    ids::{BatchId, MemberId, RuleId},
    op::{BatchClosed, Draft},
    rules::RulesInForce,
};
use hefu_replica::{By, PersonRow, Reading, Writing};

use super::{Terms, price};
use crate::Desk;

type Failed = hefu_replica::Error;

/// One of each kind that new members are given, which they have never had.
pub(crate) fn at_sign_up(desk: &Desk, book: &mut Writing<'_>, by: By, member: MemberId, moment: i64) -> Result<(), Failed> {
    let (rules, _) = desk.rules.at(book, moment)?;
    let kinds = rules.coupons.values().filter(|kind| kind.body.on_sign_up && kind.body.effect.enabled);
    for kind in kinds {
        let Some(person) = book.person(member)? else { return Ok(()) };
        if book.coupons_given(&person, kind.rule)? == 0
            && let Some(terms) = terms(&rules, BatchId::new(by.at, desk.random()?), kind.rule, moment)?
        {
            give(desk, book, by, &person, &terms, moment)?;
        }
    }
    Ok(())
}

/// The gifts of all levels up to the one that a member holds now, which have not come: each once for ever, however the level was
/// reached, and whatever else of that kind the member was ever given. Answers how many came.
pub(crate) fn tier_gifts(desk: &Desk, book: &mut Writing<'_>, by: By, member: MemberId, moment: i64) -> Result<u64, Failed> {
    let (rules, _) = desk.rules.at(book, moment)?;
    let Some(person) = book.person(member)? else { return Ok(0) };
    let mut given = 0;
    for terms in gifts_due(book, &rules, &person, moment)? {
        given += u64::from(give(desk, book, by, &person, &terms, moment)?);
    }
    Ok(given)
}

/// What [`tier_gifts`] would give. A level that everybody holds from the first day is not reached: sign-up has coupons of its own.
pub(crate) fn gifts_due(book: &Reading<'_>, rules: &RulesInForce, person: &PersonRow, moment: i64) -> Result<Vec<Terms>, Failed> {
    let Some(tiers) = rules.tiers.as_ref().filter(|tiers| tiers.body.levels.iter().any(|level| level.gift.is_some())) else {
        return Ok(Vec::new());
    };
    let standing = book.standing(person)?;
    let held = price::held(rules, &standing, moment).and_then(|held| held.level).map(|level| level.name.as_str());
    let levels = &tiers.body.levels;
    let count = levels.iter().position(|level| Some(level.name.as_str()) == held).map_or(0, |place| place + 1);
    let mut due = Vec::new();
    for level in levels.iter().take(count).filter(|level| level.from > 0) {
        let Some(gift) = level.gift else { continue };
        let batch = |id: MemberId| gift_batch(id, tiers.rule, &level.name);
        let mut had = false;
        for id in person.ids() {
            had |= book.batch_first(batch(id))?.is_some();
        }
        if !had {
            due.extend(terms(rules, batch(person.lead.id), gift, moment)?);
        }
    }
    Ok(due)
}

/// What a coupon of a kind is now. One that cannot be given (its time is over, the kind is no more) is passed over: nobody's sale
/// waits for a gift.
fn terms(rules: &RulesInForce, batch: BatchId, template: RuleId, moment: i64) -> Result<Option<Terms>, Failed> {
    match Terms::new(rules, batch, template, moment) {
        Ok(terms) => Ok(Some(terms)),
        Err(Code::RuleUnknown | Code::CouponExpired) => Ok(None),
        Err(code) => Err(code.into()),
    }
}

/// One coupon, unless the member has had enough of them.
fn give(desk: &Desk, book: &mut Writing<'_>, by: By, person: &PersonRow, terms: &Terms, moment: i64) -> Result<bool, Failed> {
    if !terms.allows(book, person, 1)? {
        return Ok(false);
    }
    book.append(by, &Draft::new(terms.issue(desk, moment, std::iter::once(Some(person.lead.id)))?))?;
    book.append(by, &Draft::new(BatchClosed { batch: terms.batch, keep: true, name: String::new() }))?;
    Ok(true)
}
