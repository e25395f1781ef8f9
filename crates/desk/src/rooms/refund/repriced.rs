//! What the goods that stay with the customer would have cost alone, by the rules of their sale: the figure that the policy
//! "re-priced" takes from what was paid (A4).

use hefu_core::{ids::CouponId, money::Fen, op::SaleLine, quote::quote, refund::Step};
use hefu_replica::Reading;

use super::{super::repriced::Repriced, case::Case};

/// Goods with a price or a discount by hand are worth their share of what they cost: no rule made it. Coupons that are `given_back`
/// by this step, or were by one before it, buy nothing of what is kept.
pub(super) fn rest_worth(book: &Reading<'_>, case: &Case, step: &Step, given_back: &[CouponId]) -> Result<Fen, hefu_replica::Error> {
    let mut rest = Repriced::of(book, &case.sale, &case.head, &kept(case, step), &case.rule_book)?;
    rest.coupons.retain(|(coupon, _)| !given_back.contains(coupon) && !case.before.coupons.contains(coupon));
    if let Some(by) = &case.priced_by {
        rest.clock_frozen = by.clock_frozen;
        rest.held = case.held;
        rest.used = by.candidates.iter().map(|known| (known.rule, known.used)).collect();
    }
    Ok(rest.with_cart(&case.then, rest.level(&case.then), |cart| Ok(quote(cart)?.due_fen))?)
}

/// Each line with what of it stays with the customer after this step.
fn kept<'a>(case: &'a Case, step: &Step) -> Vec<(&'a SaleLine, i64)> {
    let now = |no: u32| step.lines.iter().filter(|(line, _)| *line == no).map(|(_, milli)| *milli).sum::<i64>();
    case.lines.iter().map(|line| (line, case.left_milli(line).saturating_sub(now(line.no)))).filter(|(_, left)| *left > 0).collect()
}
