//! Coupons in bulk, at HQ (C4): many operations under one id, none of which counts until the closing one. Asking for a batch begins
//! it; the node makes it by itself (`making`), says how far it is, and stops, goes on or gives up when told, by whomever.

use hefu_core::{
    error::Code,
    ids::{BatchId, RuleId},
    name,
    rules::{RuleBody, RulesInForce},
};
use hefu_replica::Reading;

use super::{
    Terms,
    making::{Open, terms_of},
};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    rulebook::RuleBook,
    wire::{
        BatchState, BatchTold, CouponBatch, CouponBatchOf, CouponBatchOpen, CouponBatchRow, CouponBatchTell, CouponBatches, CouponCodes,
        CouponsTo, Nothing,
    },
};

/// The most codes of one batch.
const CODES_MOST: u32 = 10_000;
/// Batches on one screen.
const BATCHES_SHOWN: usize = 100;

/// Begins codes for whoever brings them, or one for each member; sent again it changes nothing. Errors: `name.invalid`,
/// `text.too_long`, `quantity.invalid`, `rule.unknown` for a kind or a tier that is not in force, `coupon.expired`, `request.invalid`
/// for the id of a batch of another kind.
pub(crate) fn batch(desk: &Desk, caller: &Caller, request: CouponBatch) -> Result<CouponBatches, ErrorBody> {
    let name = name::clean(&request.name)?;
    if name.is_empty() {
        return Err(Code::NameInvalid.into());
    }
    if let CouponsTo::Codes { count } = request.to
        && !(1..=CODES_MOST).contains(&count)
    {
        return Err(Code::QuantityInvalid.into());
    }
    desk.replica.write(|book| match begin(desk, caller, book, request, name)? {
        Some(open) => open.keep(book),
        None => Ok(()),
    })?;
    desk.work.notify_one();
    batches(desk, caller, Nothing {})
}

/// How a batch begins, or goes on from what an earlier book left; `None` where it is open or closed already.
fn begin(
    desk: &Desk,
    caller: &Caller,
    book: &Reading<'_>,
    request: CouponBatch,
    name: String,
) -> Result<Option<Open>, hefu_replica::Error> {
    let first = book.batch_first(request.batch_id)?;
    let for_codes = matches!(request.to, CouponsTo::Codes { .. });
    if first.as_ref().is_some_and(|first| first.template != request.template_id || first.member.is_none() != for_codes) {
        return Err(Code::RequestInvalid.into());
    }
    if book.batch_closed(request.batch_id)?.is_some() {
        return Ok(None);
    }
    if let Some(open) = Open::read(book, request.batch_id)?
        && let Some(to) = &open.to
    {
        let same = *to == request.to && open.name == name && open.terms.template.rule == request.template_id;
        return if same { Ok(None) } else { Err(Code::RequestInvalid.into()) };
    }
    let moment = desk.moment(caller);
    let (rules, _) = desk.rules.at(book, moment)?;
    check_tier(&rules, &request.to)?;
    let terms = match terms_of(desk, book, request.batch_id, moment)? {
        Some(terms) => terms,
        None => Terms::new(&rules, request.batch_id, request.template_id, moment)?,
    };
    let who = caller.staff.as_ref().map(|staff| staff.id);
    let after = book.batch_reached(request.batch_id)?;
    Ok(Some(Open { terms, name, to: Some(request.to), who, at: caller.now, state: BatchState::Running, after, looked: 0 }))
}

fn check_tier(rules: &RulesInForce, to: &CouponsTo) -> Result<(), Code> {
    let CouponsTo::Members { tier: Some(tier) } = to else { return Ok(()) };
    let levels = rules.tiers.iter().flat_map(|tiers| &tiers.body.levels);
    if levels.into_iter().any(|level| level.name == *tier) { Ok(()) } else { Err(Code::RuleUnknown) }
}

/// Stops an open batch, lets it go on, or gives it up, which is for ever: what it issued never counts. One that is closed meanwhile
/// stays as it is. Errors: `request.invalid` for an id of none, or for going on where nobody knows with what; `coupon.expired` for
/// going on with coupons whose time is over.
pub(crate) fn tell(desk: &Desk, caller: &Caller, request: CouponBatchTell) -> Result<CouponBatches, ErrorBody> {
    let by = desk.by(caller);
    desk.replica.write(|book| {
        if book.batch_closed(request.batch_id)?.is_some() {
            return Ok(());
        }
        let open = Open::read(book, request.batch_id)?.ok_or(Code::RequestInvalid)?;
        match request.told {
            BatchTold::Stop => Open { state: BatchState::Stopped, ..open }.keep(book),
            BatchTold::GiveUp => open.close(book, by, false),
            BatchTold::GoOn if open.to.is_none() => Err(Code::RequestInvalid.into()),
            BatchTold::GoOn if open.terms.until <= desk.moment(caller) => Err(Code::CouponExpired.into()),
            BatchTold::GoOn => Open { state: BatchState::Running, ..open }.keep(book),
        }
    })?;
    desk.work.notify_one();
    batches(desk, caller, Nothing {})
}

/// The batches that are open, and those that count, newest first, each with how much of it came back.
pub(crate) fn batches(desk: &Desk, caller: &Caller, _: Nothing) -> Result<CouponBatches, ErrorBody> {
    let moment = desk.moment(caller);
    let batches = desk.replica.read(|book| {
        let (_, rules) = desk.rules.at(book, moment)?;
        let open = Open::all(book)?.into_iter().map(|open| open_view(book, &rules, open)).collect::<Result<_, _>>()?;
        let rows = book.batches(BATCHES_SHOWN)?.into_iter().map(|row| CouponBatchRow {
            batch_id: row.batch,
            template_name: row.template.map(|template| template_name(&rules, template)).unwrap_or_default(),
            name: row.name,
            at: row.at,
            issued: row.issued,
            used: row.used,
            for_bearers: row.for_bearers,
        });
        Ok(CouponBatches { open, batches: rows.collect() })
    })?;
    Ok(batches)
}

fn template_name(rules: &RuleBook, (rule, version): (RuleId, u32)) -> String {
    match rules.version(rule, version) {
        Some(RuleBody::Coupon(template)) => template.name().to_owned(),
        _ => String::new(),
    }
}

fn open_view(book: &Reading<'_>, rules: &RuleBook, open: Open) -> Result<CouponBatchOpen, hefu_replica::Error> {
    let issued = book.batch_size(open.terms.batch)?;
    let (done, of) = match &open.to {
        Some(CouponsTo::Codes { count }) => (issued, u64::from(*count)),
        Some(CouponsTo::Members { .. }) => (open.looked, book.member_count()?.unsigned_abs().max(open.looked)),
        None => (issued, issued),
    };
    Ok(CouponBatchOpen {
        batch_id: open.terms.batch,
        template_name: template_name(rules, (open.terms.template.rule, open.terms.template.version)),
        name: open.name,
        at: open.at,
        state: open.state,
        can_go_on: open.to.is_some(),
        issued,
        done,
        of,
    })
}

/// The codes of a batch that belongs to nobody, to be printed; none of one that is open or was given up.
pub(crate) fn codes(desk: &Desk, _: &Caller, request: CouponBatchOf) -> Result<CouponCodes, ErrorBody> {
    let codes = desk.replica.read(|book| bearers(book, request.batch_id))?;
    Ok(CouponCodes { codes })
}

fn bearers(book: &Reading<'_>, batch: BatchId) -> Result<Vec<String>, hefu_replica::Error> {
    let coupons = book.coupons_of_batch(batch)?.into_iter();
    Ok(coupons.filter(|coupon| coupon.counts && coupon.member.is_none()).map(|coupon| coupon.code).collect())
}
