//! What the goods that stay with the customer would have cost alone, by the rules of their sale: the figure that the policy
//! "re-priced" takes from what was paid (A4).

use hefu_core::{
    catalogue::Product,
    error::Code,
    ids::CouponId,
    money::{Fen, Rounding, scale},
    op::{SaleLine, Why},
    promo::Promotion,
    quote::{Cart, CartItem, Member, quote},
    refund::Step,
    rules::RuleBody,
};
use hefu_replica::Reading;

use super::case::Case;

type Failed = hefu_replica::Error;

/// Lines with a price or a discount by hand are worth their share of what was paid: no rule made it.
pub(super) fn rest_worth(book: &Reading<'_>, case: &Case, step: &Step) -> Result<Fen, Failed> {
    let kept = kept(case, step);
    let by_hand = |line: &SaleLine| line.off.iter().any(|off| matches!(off.why, Some(Why::Hand(_))));
    let mut worth = Fen::ZERO;
    for (line, left) in kept.iter().filter(|(line, _)| by_hand(line)) {
        let paid = line.amount_fen.plus(line.added_tax_fen)?;
        worth = worth.plus(Fen::new(scale(paid.get(), *left, line.quantity_milli, Rounding::HalfUp)?)?)?;
    }
    let mut items = Vec::with_capacity(kept.len());
    for (line, left) in kept.iter().filter(|(line, _)| !by_hand(line)) {
        items.push(item(book, line, *left)?);
    }
    let coupons = coupons(book, case)?;
    let coupons: Vec<(CouponId, &Promotion)> = coupons.iter().map(|(id, promotion)| (*id, *promotion)).collect();
    let priced = quote(&Cart {
        items: &items,
        coupons: &coupons,
        discount: None,
        member: member(book, case)?.as_ref(),
        store: case.sale.store.ok_or(Code::StoreUnknown)?,
        at: case.sale.at,
        clock_frozen: false,
        // Its own use is among those counted since, so limits over several sales are not asked again.
        used: &std::collections::BTreeMap::new(),
        rules: &case.then,
    })?;
    Ok(worth.plus(priced.due_fen)?)
}

/// Each line with what of it stays with the customer after this step.
fn kept<'a>(case: &'a Case, step: &Step) -> Vec<(&'a SaleLine, i64)> {
    let now = |no: u32| step.lines.iter().filter(|(line, _)| *line == no).map(|(_, milli)| *milli).sum::<i64>();
    case.lines.iter().map(|line| (line, case.left_milli(line).saturating_sub(now(line.no)))).filter(|(_, left)| *left > 0).collect()
}

/// The coupons it used, by the versions of their templates.
fn coupons<'a>(book: &Reading<'_>, case: &'a Case) -> Result<Vec<(CouponId, &'a Promotion)>, Failed> {
    let mut coupons = Vec::with_capacity(case.head.coupons.len());
    for id in &case.head.coupons {
        if let Some(coupon) = book.coupon(*id)?
            && let Some(RuleBody::Coupon(template)) = case.rule_book.version(coupon.template, coupon.version)
        {
            coupons.push((*id, &template.effect));
        }
    }
    Ok(coupons)
}

/// The buyer with the level of then. The birthday is that of now: a sale does not write it down.
fn member(book: &Reading<'_>, case: &Case) -> Result<Option<Member>, Failed> {
    let Some(id) = case.head.member else { return Ok(None) };
    let level = case.head.tier.as_ref().and_then(|name| {
        let levels = case.then.tiers.as_ref().map(|tiers| tiers.body.levels.as_slice()).unwrap_or_default();
        levels.iter().find(|level| level.name == *name).cloned()
    });
    let birthday = book.person(id)?.map(|person| person.lead.birthday).unwrap_or_default();
    Ok(Some(Member { level, tags: Vec::new(), birthday }))
}

/// A sold line as the goods it was. Tags are those of now: a line does not write them down.
fn item(book: &Reading<'_>, line: &SaleLine, quantity_milli: i64) -> Result<CartItem, Failed> {
    let tags = book.product(line.product)?.map(|product| product.tags).unwrap_or_default();
    let product = Product {
        product: line.product,
        name: line.name.clone(),
        category: line.category.clone(),
        unit: line.unit.clone(),
        price_fen: line.list_price_fen,
        brand: line.brand.clone(),
        tags,
        barcodes: Vec::new(),
    };
    Ok(CartItem { no: line.no, product, barcode: line.barcode.clone(), quantity_milli, by_hand: None })
}
