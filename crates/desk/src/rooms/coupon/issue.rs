//! Coupons given to one member by hand (C4).

use hefu_core::{
    coupon::Coupon,
    error::Code,
    ids::MemberId,
    op::{BatchClosed, COUPONS_MOST, Draft},
};
use hefu_replica::{PersonRow, Reading};

use super::{Terms, view};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    wire::{CouponIssue, CouponList},
};

/// Gives coupons of one kind to a member, as a batch that is opened and closed at once. Sent again under its batch id it answers
/// what was given. Errors: `quantity.invalid`, `member.unknown`, `member.frozen`, `rule.unknown`, `coupon.expired` for a kind
/// whose time is over, `coupon.enough` past what one member is given at most, `request.invalid` for an id of something else.
pub(crate) fn issue(desk: &Desk, caller: &Caller, request: CouponIssue) -> Result<CouponList, ErrorBody> {
    let count = usize::try_from(request.count).ok().filter(|count| (1..=COUPONS_MOST).contains(count)).ok_or(Code::QuantityInvalid)?;
    let (by, moment) = (desk.by(caller), desk.moment(caller));
    let list = desk.replica.write(|book| {
        let person = book.person(request.member_id)?.ok_or(Code::MemberUnknown)?;
        if book.batch_first(request.batch_id)?.is_none() && book.batch_closed(request.batch_id)?.is_none() {
            if book.person_is_frozen(&person)? {
                return Err(Code::MemberFrozen.into());
            }
            let (rules, _) = desk.rules.at(book, moment)?;
            let terms = Terms::new(&rules, request.batch_id, request.template_id, moment)?;
            if !terms.allows(book, &person, u64::from(request.count))? {
                return Err(Code::CouponsEnough.into());
            }
            let members = std::iter::repeat_n(Some(person.lead.id), count);
            book.append(by, &Draft::new(terms.issue(desk, moment, members)?))?;
            // Without a name: it is no campaign, and no list of them shows it.
            book.append(by, &Draft::new(BatchClosed { batch: request.batch_id, keep: true, name: String::new() }))?;
        }
        given(desk, caller, book, &request, &person)
    })?;
    Ok(list)
}

/// What was given under this id. An id answers for its own act alone: that of a campaign would give its codes away.
fn given(
    desk: &Desk,
    caller: &Caller,
    book: &Reading<'_>,
    request: &CouponIssue,
    person: &PersonRow,
) -> Result<CouponList, hefu_replica::Error> {
    let moment = desk.moment(caller);
    let members: Vec<MemberId> = person.ids().collect();
    let (_, rules) = desk.rules.at(book, moment)?;
    let is_asked = |coupon: &Coupon| coupon.template == request.template_id && coupon.member.is_some_and(|id| members.contains(&id));
    if !book.batch_first(request.batch_id)?.as_ref().is_some_and(is_asked) {
        return Err(Code::RequestInvalid.into());
    }
    let coupons = book.coupons_of_batch(request.batch_id)?;
    let shown = coupons.iter().filter(|coupon| is_asked(coupon));
    let shown = shown.map(|coupon| view(caller, &rules, coupon, coupon.usable(&members, moment, desk.clock_frozen()).err()));
    Ok(CouponList { coupons: shown.collect() })
}
