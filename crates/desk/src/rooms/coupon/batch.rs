//! Coupons in bulk, at HQ (C4): many operations under one id, none of which counts until the closing one. A batch that was
//! stopped half way goes on where it stopped when it is sent again; one that is done answers what was done.

use hefu_core::{
    error::Code,
    ids::{BatchId, MemberId},
    name,
    op::{BatchClosed, COUPONS_MOST, Draft, RuleUsed},
    rules::{RuleBody, RulesInForce},
};
use hefu_replica::Reading;

use super::Terms;
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    rooms::price,
    wire::{CouponBatch, CouponBatchDone, CouponBatchRow, CouponBatches, CouponsTo, Nothing},
};

/// The most codes of one batch.
const CODES_MOST: u32 = 10_000;
/// Operations in one transaction: what comes from the tills is folded in between.
const OPERATIONS_AT_ONCE: usize = 4;
const COUPONS_AT_ONCE: usize = OPERATIONS_AT_ONCE * COUPONS_MOST;
/// Members looked at in one read.
const PAGE: usize = 500;
/// Batches on one screen.
const BATCHES_SHOWN: usize = 100;

/// A batch being written.
struct Making<'a> {
    desk: &'a Desk,
    caller: &'a Caller,
    terms: Terms,
    name: String,
}

/// Codes for whoever brings them, or one for each member. Errors: `name.invalid`, `text.too_long`, `quantity.invalid`,
/// `rule.unknown` for a kind or a tier that is not in force, `coupon.expired`, `request.invalid` for the id of a batch of another
/// kind.
pub(crate) fn batch(desk: &Desk, caller: &Caller, request: CouponBatch) -> Result<CouponBatchDone, ErrorBody> {
    let name = name::clean(&request.name)?;
    if name.is_empty() {
        return Err(Code::NameInvalid.into());
    }
    if let CouponsTo::Codes { count } = request.to
        && !(1..=CODES_MOST).contains(&count)
    {
        return Err(Code::QuantityInvalid.into());
    }
    if let Some(terms) = desk.replica.read(|book| begin(desk, caller, book, &request))? {
        let making = Making { desk, caller, terms, name };
        match &request.to {
            CouponsTo::Codes { count } => making.codes(*count)?,
            CouponsTo::Members { tier } => making.members(tier.as_deref())?,
        }
    }
    Ok(desk.replica.read(|book| done(book, request.batch_id))?)
}

/// On which terms to begin or to go on; `None` where all is done.
fn begin(desk: &Desk, caller: &Caller, book: &Reading<'_>, request: &CouponBatch) -> Result<Option<Terms>, hefu_replica::Error> {
    let first = book.batch_first(request.batch_id)?;
    let for_codes = matches!(request.to, CouponsTo::Codes { .. });
    if first.as_ref().is_some_and(|first| first.template != request.template_id || first.member.is_none() != for_codes) {
        return Err(Code::RequestInvalid.into());
    }
    if book.batch_closed(request.batch_id)?.is_some() {
        return Ok(None);
    }
    let moment = desk.moment(caller);
    let (rules, rule_book) = desk.rules.at(book, moment)?;
    check_tier(&rules, &request.to)?;
    Ok(Some(match first {
        None => Terms::new(&rules, request.batch_id, request.template_id, moment)?,
        // What it began with holds to its end, whatever the rule has become since.
        Some(first) => Terms {
            batch: request.batch_id,
            template: RuleUsed { rule: first.template, version: first.version },
            from: first.from,
            until: first.until,
            per_member_most: price::template(&rule_book, &first).and_then(|template| template.per_member_most),
        },
    }))
}

fn check_tier(rules: &RulesInForce, to: &CouponsTo) -> Result<(), Code> {
    let CouponsTo::Members { tier: Some(tier) } = to else { return Ok(()) };
    let levels = rules.tiers.iter().flat_map(|tiers| &tiers.body.levels);
    if levels.into_iter().any(|level| level.name == *tier) { Ok(()) } else { Err(Code::RuleUnknown) }
}

/// What a batch came to. Its codes, where they belong to nobody, are there to be printed.
fn done(book: &Reading<'_>, batch: BatchId) -> Result<CouponBatchDone, hefu_replica::Error> {
    let for_codes = book.batch_first(batch)?.is_some_and(|first| first.member.is_none());
    let coupons = if for_codes { book.coupons_of_batch(batch)? } else { Vec::new() };
    Ok(CouponBatchDone {
        batch_id: batch,
        issued: book.batch_size(batch)?,
        codes: coupons.into_iter().filter(|coupon| coupon.counts).map(|coupon| coupon.code).collect(),
    })
}

impl Making<'_> {
    /// So many codes in all, with those that are here already.
    fn codes(&self, count: u32) -> Result<(), ErrorBody> {
        let count = usize::try_from(count).map_err(|_| Code::QuantityInvalid)?;
        loop {
            let is_closed = self.desk.replica.write(|book| {
                if book.batch_closed(self.terms.batch)?.is_some() {
                    return Ok(true);
                }
                let here = usize::try_from(book.batch_size(self.terms.batch)?).unwrap_or(usize::MAX);
                let left = count.saturating_sub(here);
                let now = left.min(COUPONS_AT_ONCE);
                self.append(book, &vec![None; now])?;
                if left == now {
                    self.close(book)?;
                } else if book.batch_size(self.terms.batch)? <= here as u64 {
                    // Random ids that are all known already: nothing will ever be enough.
                    return Err(Code::Internal.into());
                }
                Ok(left == now)
            })?;
            if is_closed {
                return Ok(());
            }
        }
    }

    /// One for each person, in the order of their ids, after the last that has one.
    fn members(&self, tier: Option<&str>) -> Result<(), ErrorBody> {
        let book = &self.desk.replica;
        let mut after = book.read(|book| book.batch_reached(self.terms.batch))?;
        let mut people: Vec<MemberId> = Vec::with_capacity(COUPONS_AT_ONCE + PAGE);
        loop {
            let page = book.read(|book| {
                let page = book.members_after(after, PAGE)?;
                for id in &page {
                    if self.is_meant(book, *id, tier)? {
                        people.push(*id);
                    }
                }
                Ok(page)
            })?;
            after = page.last().copied().or(after);
            let is_last = page.len() < PAGE;
            if is_last || people.len() >= COUPONS_AT_ONCE {
                let now: Vec<MemberId> = people.drain(..people.len().min(COUPONS_AT_ONCE)).collect();
                self.give(&now)?;
            }
            if is_last {
                self.give(&people)?;
                break;
            }
        }
        Ok(book.write(|book| if book.batch_closed(self.terms.batch)?.is_some() { Ok(()) } else { self.close(book) })?)
    }

    /// Whether a registration leads a person of that tier.
    fn is_meant(&self, book: &Reading<'_>, id: MemberId, tier: Option<&str>) -> Result<bool, hefu_replica::Error> {
        let Some(person) = book.person(id)?.filter(|person| person.lead.id == id) else { return Ok(false) };
        if book.person_is_frozen(&person)? {
            return Ok(false);
        }
        let Some(tier) = tier else { return Ok(true) };
        let moment = self.desk.moment(self.caller);
        let (rules, _) = self.desk.rules.at(book, moment)?;
        let standing = book.standing(&person)?;
        let level = price::held(&rules, &standing, moment).and_then(|held| held.level);
        Ok(level.is_some_and(|level| level.name == tier))
    }

    /// One transaction's worth. Who has one of this batch, or as many of the kind as one member is given, is passed over.
    fn give(&self, people: &[MemberId]) -> Result<(), ErrorBody> {
        if people.is_empty() {
            return Ok(());
        }
        Ok(self.desk.replica.write(|book| {
            if book.batch_closed(self.terms.batch)?.is_some() {
                return Ok(());
            }
            let mut members = Vec::with_capacity(people.len());
            for id in people {
                if let Some(person) = book.person(*id)?
                    && !book.is_in_batch(&person, self.terms.batch)?
                    && self.terms.allows(book, &person, 1)?
                {
                    members.push(Some(*id));
                }
            }
            self.append(book, &members)
        })?)
    }

    fn append(&self, book: &mut hefu_replica::Writing<'_>, members: &[Option<MemberId>]) -> Result<(), hefu_replica::Error> {
        for some in members.chunks(COUPONS_MOST) {
            let issued = self.terms.issue(self.desk, self.desk.moment(self.caller), some.iter().copied())?;
            book.append(self.desk.by(self.caller), &Draft::new(issued))?;
        }
        Ok(())
    }

    fn close(&self, book: &mut hefu_replica::Writing<'_>) -> Result<(), hefu_replica::Error> {
        let closed = BatchClosed { batch: self.terms.batch, keep: true, name: self.name.clone() };
        book.append(self.desk.by(self.caller), &Draft::new(closed)).map(drop)
    }
}

/// The batches that count, newest first, each with how much of it came back.
pub(crate) fn batches(desk: &Desk, caller: &Caller, _: Nothing) -> Result<CouponBatches, ErrorBody> {
    let moment = desk.moment(caller);
    let batches = desk.replica.read(|book| {
        let (_, rules) = desk.rules.at(book, moment)?;
        let template_name = |template: Option<(hefu_core::ids::RuleId, u32)>| match template {
            Some((rule, version)) => match rules.version(rule, version) {
                Some(RuleBody::Coupon(template)) => template.name().to_owned(),
                _ => String::new(),
            },
            None => String::new(),
        };
        let rows = book.batches(BATCHES_SHOWN)?.into_iter().map(|row| CouponBatchRow {
            batch_id: row.batch,
            template_name: template_name(row.template),
            name: row.name,
            at: row.at,
            issued: row.issued,
            used: row.used,
        });
        Ok(rows.collect())
    })?;
    Ok(CouponBatches { batches })
}
