//! Coupons that rules give: to new members at sign-up (B4), and with a new tier (C2).

use hefu_core::{
    error::Code,
    ids::{BatchId, MemberId, RuleId},
    op::{BatchClosed, Draft},
    rules::RulesInForce,
};
use hefu_replica::{By, Writing};

use super::{Terms, price};
use crate::Desk;

type Failed = hefu_replica::Error;

/// One of each kind that new members are given.
pub(crate) fn at_sign_up(desk: &Desk, book: &mut Writing<'_>, by: By, member: MemberId, moment: i64) -> Result<(), Failed> {
    let (rules, _) = desk.rules.at(book, moment)?;
    let kinds = rules.coupons.values().filter(|kind| kind.body.on_sign_up && kind.body.effect.enabled);
    for kind in kinds {
        give(desk, book, by, member, kind.rule, &rules, moment)?;
    }
    Ok(())
}

/// The gifts of every level that a member holds now and did not hold `before` the sale, by its name. Levels that are passed in
/// one leap give theirs too.
pub(crate) fn with_new_tier(
    desk: &Desk,
    book: &mut Writing<'_>,
    by: By,
    member: MemberId,
    before: Option<&str>,
    moment: i64,
) -> Result<(), Failed> {
    let (rules, _) = desk.rules.at(book, moment)?;
    let Some(tiers) = rules.tiers.as_ref().filter(|tiers| tiers.body.levels.iter().any(|level| level.gift.is_some())) else {
        return Ok(());
    };
    let Some(person) = book.person(member)? else { return Ok(()) };
    let standing = book.standing(&person)?;
    let levels = &tiers.body.levels;
    let place = |name: Option<&str>| levels.iter().position(|level| Some(level.name.as_str()) == name).map_or(0, |at| at + 1);
    let now = place(price::held(&rules, &standing, moment).and_then(|held| held.level).map(|level| level.name.as_str()));
    let reached: Vec<RuleId> = levels.get(place(before)..now).into_iter().flatten().filter_map(|level| level.gift).collect();
    for gift in reached {
        give(desk, book, by, member, gift, &rules, moment)?;
    }
    Ok(())
}

/// One coupon. What cannot be given (its time is over, the member has had enough of them, the kind is no more) is passed over:
/// nobody's sale waits for a gift.
fn give(
    desk: &Desk,
    book: &mut Writing<'_>,
    by: By,
    member: MemberId,
    template: RuleId,
    rules: &RulesInForce,
    moment: i64,
) -> Result<(), Failed> {
    let batch = BatchId::new(by.at, desk.random()?);
    let terms = match Terms::new(rules, batch, template, moment) {
        Ok(terms) => terms,
        Err(Code::RuleUnknown | Code::CouponExpired) => return Ok(()),
        Err(code) => return Err(code.into()),
    };
    let Some(person) = book.person(member)? else { return Ok(()) };
    // Once for ever: a level reached again after a refund gives nothing again.
    if book.coupons_given(&person, template)? == 0 && terms.allows(book, &person, 1)? {
        book.append(by, &Draft::new(terms.issue(desk, moment, std::iter::once(Some(person.lead.id)))?))?;
        book.append(by, &Draft::new(BatchClosed { batch, keep: true, name: String::new() }))?;
    }
    Ok(())
}
