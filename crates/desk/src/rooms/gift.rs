//! Coupons given with a purchase (C4): what a payment gives, what goods that come back take with them, and an exchange, which asks
//! once, with what is kept and what is new together. What counts is `core::coupon::Kept`'s to say.
//!
//! A coupon hangs on the goods it was bought for. An exchange hangs it on the new goods too, so that neither half of a swap gives a
//! second one, and whatever comes back later of either is asked about both.

use std::collections::BTreeSet;

use hefu_core::{
    coupon::{Kept, OnSale, Recall, face, gift_of_sale, new_code},
    error::Code,
    ids::{CouponId, RuleId, SaleId},
    money::Fen,
    op::{CouponsIssued, Draft, GiftGoods, GiftTaken, IssuedCoupon, RuleUsed, Sale, SaleGift},
    quote::CartItem,
    refund::{Refunded, Returned},
    rules::RuleBody,
    settle::{PaidBy, Settled},
};
use hefu_replica::{By, GiftRow, Reading, Writing};

use super::{
    coupon,
    price::Priced,
    refund::{Case, kept_of_sale},
};
use crate::{Desk, rulebook::RuleBook, sessions::OpenCart, wire::SaleGiftView};

type Failed = hefu_replica::Error;

/// What a payment does to coupons that hang on purchases.
#[derive(Default)]
pub(crate) struct Gifts {
    /// As the sale's head says it: those given, and those that hang on its goods from now on.
    pub of_sale: Vec<SaleGift>,
    /// Of an exchange: what goes back with the goods brought back.
    pub taken: Vec<GiftTaken>,
    given: Vec<Given>,
}

struct Given {
    kind: RuleUsed,
    from: i64,
    until: i64,
}

/// A coupon that hangs on a sale of which something comes back.
struct Hanging<'a> {
    gift: GiftRow,
    on_sale: &'a OnSale,
    /// What of the goods that are kept counts; `None` where the lines of a sale are not here, so that nobody can say.
    kept: Option<Fen>,
    used: bool,
    /// Hangs on the sale itself, and did not only pay for it.
    is_of_sale: bool,
}

/// What paying a priced cart so would give, and take. `by_points` and `by_bonus` are no money of the customer's.
pub(crate) fn of_payment(
    book: &Reading<'_>,
    priced: &Priced,
    open: &OpenCart,
    settled: &Settled,
    by_points: Fen,
    by_bonus: Fen,
) -> Result<Gifts, Failed> {
    let mut gifts = Gifts::default();
    let none = priced.exchange.is_none() && !priced.rules.coupons.values().any(|kind| kind.body.on_sale.is_some());
    if none {
        return Ok(gifts);
    }
    let new = new_goods(priced, settled, by_points, by_bonus)?;
    let mut held = BTreeSet::new();
    if let Some(worked) = &priced.exchange {
        let used_now = priced.quote.coupons_used();
        for hanging in hanging(book, &priced.book, &worked.case, &worked.refunded)? {
            let lines = lines_of(&hanging.on_sale.scope, &open.items);
            let counted = match hanging.kept {
                // What is new stands for goods that it came for, and not for those that a coupon which paid was given with.
                Some(kept) if hanging.is_of_sale => Some(kept.plus(new.counted(&lines)?)?),
                kept => kept,
            };
            if hanging.goes(counted) && !used_now.contains(&hanging.gift.coupon) {
                gifts.taken.push(hanging.gift.taken());
            } else if hanging.is_of_sale {
                held.insert(hanging.gift.kind.rule);
                let goods = vec![GiftGoods { sale: None, lines }];
                gifts.of_sale.push(SaleGift { kind: hanging.gift.kind, given_by: Some(hanging.gift.given_by), goods });
            }
        }
    }
    give(book, priced, open, &new, &held, &mut gifts)?;
    Ok(gifts)
}

/// One of each kind that the goods reach and none of which hangs on them already.
fn give(
    book: &Reading<'_>,
    priced: &Priced,
    open: &OpenCart,
    new: &Kept,
    held: &BTreeSet<RuleId>,
    gifts: &mut Gifts,
) -> Result<(), Failed> {
    // Without a member the code on a receipt would be cash to whoever copies it.
    let Some(buyer) = &priced.buyer else { return Ok(()) };
    let own = |worked: &&super::refund::Worked| worked.case.sale.member.is_some_and(|member| buyer.person.ids().any(|id| id == member));
    let before = priced.exchange.as_ref().filter(own).map(|worked| &worked.case);
    let kept = before.zip(priced.exchange.as_ref()).map(|(case, worked)| after(case, &worked.refunded)).transpose()?;
    for kind in priced.rules.coupons.values().filter(|kind| kind.body.effect.enabled && !held.contains(&kind.rule)) {
        let Some(on_sale) = &kind.body.on_sale else { continue };
        let lines = lines_of(&on_sale.scope, &open.items);
        let mut counted = new.counted(&lines)?;
        let mut goods = vec![GiftGoods { sale: None, lines }];
        if let Some((case, kept)) = before.zip(kept.as_ref()) {
            let lines = case.lines_in(book, &on_sale.scope)?;
            counted = counted.plus(kept.counted(&lines)?)?;
            goods.push(GiftGoods { sale: Some(case.sale.id), lines });
        }
        // A kind whose time is over is passed over: nobody's sale waits for a gift.
        let Ok((from, until)) = kind.body.window(priced.at) else { continue };
        let most = kind.body.per_member_most;
        if counted >= on_sale.at_least_fen && coupon::allows(book, &buyer.person, kind.rule, most, 1)? {
            gifts.of_sale.push(SaleGift { kind: kind.used(), given_by: None, goods });
            gifts.given.push(Given { kind: kind.used(), from, until });
        }
    }
    Ok(())
}

/// What a refund alone takes back.
pub(crate) fn taken_by(book: &Reading<'_>, rules: &RuleBook, case: &Case, refunded: &Refunded) -> Result<Vec<GiftTaken>, Failed> {
    let hanging = hanging(book, rules, case, refunded)?;
    Ok(hanging.iter().filter(|hanging| hanging.goes(hanging.kept)).map(|hanging| hanging.gift.taken()).collect())
}

impl Hanging<'_> {
    fn goes(&self, counted: Option<Fen>) -> bool {
        !self.used && counted.is_some_and(|counted| counted < self.on_sale.at_least_fen)
    }
}

/// The coupons that hang on a sale of which `refunded` comes back, and those that paid for it and come back themselves: one that was
/// used and whose own purchase came back meanwhile is no gift any more.
fn hanging<'a>(book: &Reading<'_>, rules: &'a RuleBook, case: &Case, refunded: &Refunded) -> Result<Vec<Hanging<'a>>, Failed> {
    let mut rows: Vec<(GiftRow, bool)> = book.gifts_of_sale(case.sale.id)?.into_iter().map(|gift| (gift, true)).collect();
    for coupon in &refunded.coupons {
        if !rows.iter().any(|(gift, _)| gift.coupon == *coupon)
            && !book.is_gift_taken(*coupon)?
            && let Some(gift) = book.gift(*coupon)?
        {
            rows.push((gift, false));
        }
    }
    let mut found = Vec::with_capacity(rows.len());
    for (gift, is_of_sale) in rows {
        let Some(on_sale) = on_sale(rules, gift.kind) else { continue };
        let mut kept = Some(Fen::ZERO);
        for (sale, lines) in &gift.goods {
            let of_sale = if *sale == case.sale.id { Some(after(case, refunded)?) } else { kept_of_sale(book, *sale)? };
            kept = match (kept, of_sale) {
                (Some(kept), Some(of_sale)) => Some(kept.plus(of_sale.counted(lines)?)?),
                _ => None,
            };
        }
        // Its issue may not have come yet; then no use of it has either.
        let left = book.coupon(gift.coupon)?.is_none_or(|coupon| coupon.left > 0);
        let used = !left && !refunded.coupons.contains(&gift.coupon);
        found.push(Hanging { gift, on_sale, kept, used, is_of_sale });
    }
    Ok(found)
}

fn on_sale(rules: &RuleBook, kind: RuleUsed) -> Option<&OnSale> {
    match rules.version(kind.rule, kind.version) {
        Some(RuleBody::Coupon(template)) => template.on_sale.as_ref(),
        _ => None,
    }
}

/// What is kept of a sale after `refunded`.
fn after(case: &Case, refunded: &Refunded) -> Result<Kept, Code> {
    let mut back: Returned = case.before.clone();
    back.add(refunded)?;
    Kept::of(&case.sold, &back)
}

/// The cart as a sale of which nothing has come back.
fn new_goods(priced: &Priced, settled: &Settled, by_points: Fen, by_bonus: Fen) -> Result<Kept, Code> {
    let costs = priced.quote.lines.iter().map(|line| Ok((line.no, line.amount_fen.plus(line.added_tax_fen)?)));
    let costs = costs.collect::<Result<Vec<_>, Code>>()?;
    // As if all was paid, before it is: the column says what will be given.
    let paid = priced.quote.due_fen.minus(settled.rounding_fen)?;
    Kept::whole(paid.minus(by_points)?.minus(by_bonus)?, paid, &costs)
}

fn lines_of(scope: &hefu_core::promo::Scope, items: &[CartItem]) -> Vec<u32> {
    let of = |item: &&CartItem| scope.takes(item.product.product, &item.product.category, &item.product.brand, &item.product.tags);
    items.iter().filter(of).map(|item| item.no).collect()
}

/// What of a payment was points.
pub(crate) fn by_points(settled: &Settled) -> Result<Fen, Code> {
    Fen::sum(settled.tenders.iter().filter(|paid| matches!(paid.by, PaidBy::Points { .. })).map(|paid| paid.amount_fen))
}

impl Gifts {
    /// Issues what the sale gives, in its own transaction. The code is drawn; the coupon's id is the sale's and the kind's.
    pub fn issue(&self, desk: &Desk, book: &mut Writing<'_>, by: By, sale: SaleId, priced: &Priced) -> Result<(), Failed> {
        let Some(buyer) = &priced.buyer else { return Ok(()) };
        for given in &self.given {
            let coupon = IssuedCoupon {
                coupon: gift_of_sale(sale, given.kind.rule),
                code: new_code(desk.random()?),
                member: Some(buyer.person.lead.id),
            };
            let Given { kind, from, until } = *given;
            book.append(by, &Draft::new(CouponsIssued { batch: None, template: kind, from, until, coupons: vec![coupon] }))?;
        }
        Ok(())
    }

    /// Names of the kinds that are given, for people.
    pub fn names(&self, rules: &RuleBook) -> Vec<String> {
        self.given.iter().map(|given| name(rules, given.kind)).collect()
    }
}

fn name(rules: &RuleBook, kind: RuleUsed) -> String {
    match rules.version(kind.rule, kind.version) {
        Some(RuleBody::Coupon(template)) => template.name().to_owned(),
        _ => String::new(),
    }
}

/// Names of what goes back, by the version that was given.
pub(crate) fn names_taken(book: &Reading<'_>, rules: &RuleBook, taken: &[GiftTaken]) -> Result<Vec<String>, Failed> {
    let name_of = |gift: &GiftTaken| Ok(book.gift(gift.coupon())?.map(|row| name(rules, row.kind)).unwrap_or_default());
    taken.iter().map(name_of).collect()
}

/// The coupons that came back, less those that went on to the chain.
pub(crate) fn restored(coupons: &[CouponId], taken: &[GiftTaken]) -> Vec<CouponId> {
    coupons.iter().copied().filter(|coupon| !taken.iter().any(|gift| gift.coupon() == *coupon)).collect()
}

/// What a sale gave, as the done screen and a receipt say it.
pub(crate) fn views(book: &Reading<'_>, rules: &RuleBook, sale: &Sale) -> Result<Vec<SaleGiftView>, Failed> {
    let mut views = Vec::new();
    for gift in sale.gifts.iter().filter(|gift| gift.given_by.is_none()) {
        let coupon_id = gift_of_sale(sale.sale, gift.kind.rule);
        // An issue that is still on its way.
        let Some(coupon) = book.coupon(coupon_id)? else { continue };
        let template = super::price::template(rules, &coupon);
        views.push(SaleGiftView {
            coupon_id,
            name: name(rules, gift.kind),
            face_fen: template.and_then(face),
            until: coupon.until,
            taken: coupon.recall != Recall::Never,
        });
    }
    Ok(views)
}
