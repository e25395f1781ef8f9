//! Coupons: a member's, by code, by hand, and in bulk (C4).

mod batch;
mod by_rule;
mod issue;
mod making;

use hefu_core::{
    access::Permission,
    coupon::{self, Coupon, CouponTemplate},
    error::Code,
    ids::{BatchId, CouponId, MemberId, RuleId},
    money::Fen,
    op::{CouponsIssued, IssuedCoupon, RuleUsed},
    rules::{InForce, RulesInForce},
};
use hefu_replica::{PersonRow, Reading};
use serde::{Deserialize, Serialize};

pub(crate) use batch::{batch, batches, codes, tell};
pub(crate) use by_rule::{at_sign_up, gifts_due, tier_gifts};
pub(crate) use issue::issue;
pub(crate) use making::{adopt, work};

use super::price;
use crate::{Desk, ErrorBody, desk::Caller, rulebook::RuleBook, wire::*};

/// Coupons of a member on one screen: those that wait to be used, and those that are past.
const SHOWN: usize = 100;
const PAST_SHOWN: usize = 20;

/// A member's coupons: those that can be used now, that which ends first first; then those of later; then the latest that are
/// used or over. Errors: `member.unknown`.
pub(crate) fn of_member(desk: &Desk, caller: &Caller, request: CouponsOf) -> Result<CouponList, ErrorBody> {
    let moment = desk.moment(caller);
    let coupons = desk.replica.read(|book| {
        let person = book.person(request.member_id)?.ok_or(Code::MemberUnknown)?;
        let mut coupons = waiting(desk, caller, book, &person, SHOWN)?;
        let (_, rules) = desk.rules.at(book, moment)?;
        let members: Vec<MemberId> = person.ids().collect();
        let past = book.past_coupons_of_person(&person, moment, PAST_SHOWN)?;
        coupons.extend(past.iter().map(|coupon| {
            let why_not = coupon.usable(&members, moment, desk.clock_frozen()).err();
            view(caller, &rules, coupon, why_not)
        }));
        Ok(coupons)
    })?;
    Ok(CouponList { coupons })
}

/// A person's coupons that are neither used nor over: those that can be used now first.
pub(crate) fn waiting(
    desk: &Desk,
    caller: &Caller,
    book: &Reading<'_>,
    person: &PersonRow,
    most: usize,
) -> Result<Vec<CouponView>, hefu_replica::Error> {
    let moment = desk.moment(caller);
    let (_, rules) = desk.rules.at(book, moment)?;
    let members: Vec<MemberId> = person.ids().collect();
    let held = book.coupons_of_person(person, moment, most)?;
    let shown = held.iter().map(|coupon| view(caller, &rules, coupon, coupon.usable(&members, moment, desk.clock_frozen()).err()));
    let (mut now, later): (Vec<_>, Vec<_>) = shown.partition(|coupon| coupon.why_not.is_none());
    now.extend(later);
    Ok(now)
}

/// A coupon as a list shows it, named by the version of its template that it was issued under.
fn view(caller: &Caller, rules: &RuleBook, coupon: &Coupon, why_not: Option<Code>) -> CouponView {
    let may = |permission| caller.staff.as_ref().is_some_and(|staff| staff.role.may(permission));
    let template = price::template(rules, coupon);
    CouponView {
        coupon_id: coupon.coupon,
        name: template.map(|template| template.name().to_owned()).unwrap_or_default(),
        code: if may(Permission::Sell) || may(Permission::IssueCoupons) { coupon.code.clone() } else { String::new() },
        from: coupon.from,
        until: coupon.until,
        face_fen: template.and_then(coupon::face),
        at_least_fen: template.map_or(Fen::ZERO, coupon::least),
        recall: coupon.recall,
        why_not,
    }
}

/// A coupon by the code that was scanned or typed, as the open cart could use it. Errors: `coupon.damaged` for a code of ours
/// with a wrong letter, `coupon.unknown` for anything else that is none.
pub(crate) fn find(desk: &Desk, caller: &Caller, request: CouponFind) -> Result<CouponView, ErrorBody> {
    let code = coupon::read_code(&request.code).ok_or(Code::CouponUnknown)??;
    let buyer = caller.session()?.cart.as_ref().and_then(|cart| cart.member);
    let moment = desk.moment(caller);
    let found = desk.replica.read(|book| {
        let coupon = book.coupon_by_code(&code)?.filter(|coupon| coupon.counts).ok_or(Code::CouponUnknown)?;
        let buyer = buyer.map(|id| book.person(id)).transpose()?.flatten();
        let members: Vec<MemberId> = buyer.iter().flat_map(|person| person.ids()).collect();
        let why_not = coupon.usable(&members, moment, desk.clock_frozen()).err();
        Ok(view(caller, &desk.rules.at(book, moment)?.1, &coupon, why_not))
    })?;
    Ok(found)
}

/// Kinds that can be given now, by name.
pub(crate) fn kinds(desk: &Desk, caller: &Caller, _: Nothing) -> Result<CouponKinds, ErrorBody> {
    let moment = desk.moment(caller);
    let rules = desk.replica.read(|book| Ok(desk.rules.at(book, moment)?.0))?;
    let offered = rules.coupons.values().filter(|rule| rule.body.effect.enabled && rule.body.window(moment).is_ok());
    let mut kinds: Vec<CouponKind> = offered
        .map(|rule| CouponKind {
            template_id: rule.rule,
            name: rule.body.name().to_owned(),
            face_fen: coupon::face(&rule.body),
            at_least_fen: coupon::least(&rule.body),
        })
        .collect();
    kinds.sort_by(|a, b| (&a.name, a.template_id).cmp(&(&b.name, b.template_id)));
    Ok(CouponKinds { kinds })
}

/// The kind of that id, if it may be given. Errors: `rule.unknown`.
fn offered(rules: &RulesInForce, template: RuleId) -> Result<&InForce<CouponTemplate>, Code> {
    rules.coupons.get(&template).filter(|rule| rule.body.effect.enabled).ok_or(Code::RuleUnknown)
}

/// What all coupons of one act have in common.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Terms {
    batch: BatchId,
    template: RuleUsed,
    from: i64,
    until: i64,
    per_member_most: Option<u32>,
}

impl Terms {
    /// Of a kind that may be given now. Errors: `rule.unknown`, `coupon.expired`.
    fn new(rules: &RulesInForce, batch: BatchId, template: RuleId, at: i64) -> Result<Self, Code> {
        let kind = offered(rules, template)?;
        let (from, until) = kind.body.window(at)?;
        Ok(Self { batch, template: kind.used(), from, until, per_member_most: kind.body.per_member_most })
    }

    /// One operation's worth: a coupon for each of `members`, of its own id and code.
    fn issue(&self, desk: &Desk, now: i64, members: impl Iterator<Item = Option<MemberId>>) -> Result<CouponsIssued, Code> {
        let issued = members.map(|member| {
            let coupon = CouponId::new(now, desk.random()?);
            Ok(IssuedCoupon { coupon, code: coupon::new_code(desk.random()?), member })
        });
        Ok(CouponsIssued {
            batch: Some(self.batch),
            template: self.template,
            from: self.from,
            until: self.until,
            coupons: issued.collect::<Result<_, Code>>()?,
        })
    }

    /// Whether a person may be given so many more.
    fn allows(&self, book: &Reading<'_>, person: &PersonRow, more: u64) -> Result<bool, hefu_replica::Error> {
        allows(book, person, self.template.rule, self.per_member_most, more)
    }
}

/// Whether a person may be given so many more of a kind of which a member is given so many at most.
pub(crate) fn allows(
    book: &Reading<'_>,
    person: &PersonRow,
    kind: RuleId,
    most: Option<u32>,
    more: u64,
) -> Result<bool, hefu_replica::Error> {
    Ok(match most {
        None => true,
        Some(most) => book.coupons_given(person, kind)? + more <= u64::from(most),
    })
}
