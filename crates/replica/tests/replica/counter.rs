//! What a till writes at its counter, made by the core's own parts from what the till's book knows: sales by every tender, what comes
//! back of them, money onto cards. Each says what its receipt says.

use std::collections::BTreeMap;

use hefu_core::{
    card::{Credit, SpendOrder, TopUpParts, split},
    checkout::{Counter, Draw, Drawn, RefundParts, SaleParts, parts_of},
    coupon::{CouponTemplate, Kept, OnSale, Validity, gift_of_sale, new_code},
    error::Code,
    ids::{CardId, CouponId, MemberId, ProductId, RefundId, RuleId, SaleId, TopUpId},
    money::{Fen, Points},
    op::{
        CardToppedUp, CouponsIssued, Draft, GiftGoods, GiftTaken, IssuedCoupon, Refund, RefundDetail, RefundLine, Sale, SaleDetail,
        SaleGift, SaleLine, Tender, TenderDetail, Why,
    },
    promo::{Kind, OffStep, Promotion, Scope, Source},
    quote::{Cart, CartItem, Member, Quote, quote},
    refund::{PartKind, Refunded, Returned, Sold, SoldLine, Step, Worth, refund},
    rules::{Rule, RuleBody, RulesInForce},
    settle::{CashRounding, Given, settle},
    time::business_day,
};
use hefu_replica::{By, Error, Identity, Reading, Replica};

/// The kind of coupon that [`coupon_rule`] defines.
pub const COUPON: RuleId = RuleId(uuid::Uuid::from_bytes([0xee; 16]));
/// That of [`gift_rule`].
pub const GIFT: RuleId = RuleId(uuid::Uuid::from_bytes([0xed; 16]));
/// What a member pays in money to be given one.
const GIFT_LEAST: Fen = Fen::constant(6_000);

/// An operation as it was written: its place in the log, and what its receipt says.
pub struct Written<H, D> {
    pub seq: u64,
    pub head: H,
    pub detail: D,
}

/// What pays for a sale before cash does, each as far as it goes.
#[derive(Clone, Copy, Default)]
pub struct Paying {
    pub coupon: Option<CouponId>,
    pub points: i64,
    pub card: Option<(CardId, i64)>,
}

/// 5.00 off what costs 10.00 and more.
pub fn coupon_rule() -> Rule {
    let step = OffStep { at_least_fen: Fen::constant(1_000), off_fen: Fen::constant(500) };
    let effect = Promotion::plain("五元券", Kind::Off { steps: vec![step], each: false, cap_fen: None });
    let validity = Validity::Fixed { from: 0, until: i64::MAX };
    let template = CouponTemplate { effect, validity, per_member_most: None, on_sign_up: false, on_sale: None };
    Rule { rule: COUPON, version: 1, valid_from: 0, body: RuleBody::Coupon(template) }
}

/// The same coupon, given with a purchase of 60.00.
pub fn gift_rule() -> Rule {
    let RuleBody::Coupon(template) = coupon_rule().body else { unreachable!() };
    let on_sale = Some(OnSale { at_least_fen: GIFT_LEAST, scope: Scope::default() });
    let effect = Promotion { name: "满60送5".to_owned(), ..template.effect };
    Rule { rule: GIFT, version: 1, valid_from: 0, body: RuleBody::Coupon(CouponTemplate { effect, on_sale, ..template }) }
}

/// A sale of `(product, pieces)`; cash pays what nothing else does.
pub fn ring_up(
    replica: &Replica,
    by: By,
    sale: SaleId,
    member: Option<MemberId>,
    lines: &[(u8, i64)],
    paying: &Paying,
) -> Result<Written<Sale, SaleDetail>, Error> {
    // The issue of what is given comes right after the sale.
    replica.write(|book| {
        let rules = book.rules_at(by.at)?;
        let items = items(book, lines)?;
        let (known, points) = known(book, &rules, member)?;
        let coupons: Vec<_> = rules.coupons.get(&COUPON).into_iter().map(|rule| &rule.body.effect).collect();
        let coupons: Vec<_> = paying.coupon.into_iter().zip(coupons).collect();
        let (at, used) = (at_counter(replica.identity(), book.next_receipt_number()?)?, BTreeMap::new());
        let cart = Cart {
            items: &items,
            coupons: &coupons,
            discount: None,
            member: known.as_ref(),
            store: at.store,
            at: by.at,
            clock_frozen: false,
            used: &used,
            rules: &rules,
            held: false,
        };
        let quote = quote(&cart)?;
        let (given, drawn) = paying.given(book, &rules, &quote, points)?;
        let by_points = Fen::sum(given.iter().filter_map(|given| match given {
            Given::Points { value_fen, .. } => Some(*value_fen),
            _ => None,
        }))?;
        let by_bonus = Fen::sum(drawn.values().map(|draw| draw.bonus_fen))?;
        let gifts = gift_of(&rules, member, &quote, quote.due_fen.minus(by_points)?.minus(by_bonus)?)?;
        let parts = SaleParts {
            sale,
            at,
            member,
            tier: known.as_ref().and_then(|known| known.level.as_ref()).map(|level| level.name.as_str()),
            items: &items,
            quote: &quote,
            rules: &rules,
            clock_frozen: false,
            used: &used,
            settled: &settle(quote.due_fen, &given, CashRounding::NONE)?,
            drawn: &drawn,
            credit_from: &[],
            points_earned: quote.points_earned(&cart, by_points, by_bonus)?,
            gifts: &gifts,
        };
        let (head, detail, _) = parts.sale()?;
        let seq = book.append(by, &Draft::new(head.clone()).with_detail(&detail)?)?.seq;
        if let Some(gift) = gifts.first() {
            let coupon = gift_of_sale(sale, GIFT);
            let coupons = vec![IssuedCoupon { coupon, code: new_code([coupon.as_bytes()[0]; 10]), member }];
            let issued = CouponsIssued { batch: None, template: gift.kind, from: 0, until: i64::MAX, coupons };
            book.append(by, &Draft::new(issued))?;
        }
        Ok(Written { seq, head, detail })
    })
}

/// What the sale gives its member, all of it bought for it.
fn gift_of(rules: &RulesInForce, member: Option<MemberId>, quote: &Quote, money: Fen) -> Result<Vec<SaleGift>, Error> {
    let Some(kind) = rules.coupons.get(&GIFT).filter(|_| member.is_some() && money >= GIFT_LEAST) else { return Ok(Vec::new()) };
    let lines = quote.lines.iter().map(|line| line.no).collect();
    Ok(vec![SaleGift { kind: kind.used(), given_by: None, goods: vec![GiftGoods { sale: None, lines }] }])
}

fn at_counter(identity: Identity, number: u64) -> Result<Counter<'static>, Code> {
    let store = identity.store.ok_or(Code::StoreUnknown)?;
    let store_code = if store == crate::common::STORE_B { "BB" } else { "AA" };
    Ok(Counter { store, store_code, device: identity.device, till_no: identity.till_no, number })
}

fn items(book: &Reading<'_>, lines: &[(u8, i64)]) -> Result<Vec<CartItem>, Error> {
    let item = |(no, (n, pieces)): (u32, &(u8, i64))| {
        let product = book.product(ProductId::from_bytes([*n; 16]))?.ok_or(Code::ProductUnknown)?;
        let barcode = product.barcodes.first().cloned().unwrap_or_default();
        Ok(CartItem { no, product, barcode, quantity_milli: pieces * 1000, by_hand: None })
    };
    (1..).zip(lines).map(item).collect()
}

/// The buyer at their level, and the points they have here.
fn known(book: &Reading<'_>, rules: &RulesInForce, member: Option<MemberId>) -> Result<(Option<Member>, Points), Error> {
    let Some(id) = member else { return Ok((None, Points::ZERO)) };
    let held = book.person(id)?.map(|person| book.standing(&person)).transpose()?.unwrap_or_default();
    Ok((Some(Member { level: rules.level_of(held.spend.get()).0.cloned(), ..Member::default() }), held.points))
}

impl Paying {
    fn given(&self, book: &Reading<'_>, rules: &RulesInForce, quote: &Quote, held: Points) -> Result<(Vec<Given>, Drawn), Error> {
        let (mut given, mut drawn, mut left) = (Vec::new(), Drawn::new(), quote.due_fen);
        let redeem = rules.points.as_ref().and_then(|rule| rule.body.redeem);
        if let Some((redeem, range)) = redeem.and_then(|redeem| Some((redeem, redeem.range(held, left, left)?))) {
            let most = self.points.min(range.most.get());
            let points = Points::new(most - most % range.step.get())?;
            if points >= range.least && points > Points::ZERO {
                let value_fen = redeem.value(points)?;
                left = left.minus(value_fen)?;
                given.push(Given::Points { points, value_fen });
            }
        }
        if let Some((card, amount)) = self.card {
            let on = book.on_card(card)?;
            let (principal, bonus) = (on.principal.max(Fen::ZERO), on.bonus.max(Fen::ZERO));
            let amount_fen = Fen::new(amount)?.min(left).min(principal.plus(bonus)?);
            if amount_fen > Fen::ZERO {
                left = left.minus(amount_fen)?;
                let (principal_fen, bonus_fen) = split(principal, bonus, amount_fen, SpendOrder::Proportional)?;
                drawn.insert(card, Draw { principal_fen, bonus_fen, approved_by: None });
                given.push(Given::Card { card, amount_fen });
            }
        }
        if left > Fen::ZERO {
            given.push(Given::Cash { given_fen: Fen::new(left.get() + 500)? });
        }
        Ok((given, drawn))
    }
}

/// A refund of `(line, thousandths)` of a sale: each part goes back to where it came from, card money onto the card that lives.
pub fn bring_back(
    replica: &Replica,
    by: By,
    refund: RefundId,
    sale: SaleId,
    lines: &[(u32, i64)],
) -> Result<Written<Refund, RefundDetail>, Error> {
    replica.write(|book| {
        let number = book.next_receipt_number()?;
        let (head, detail) = back(book, replica.identity(), (refund, number), sale, lines)?;
        let seq = book.append(by, &Draft::new(head.clone()).with_detail(&detail)?)?.seq;
        Ok(Written { seq, head, detail })
    })
}

/// As a desk works it out from what its book knows; nothing is written.
pub fn back(
    book: &Reading<'_>,
    identity: Identity,
    (id, number): (RefundId, u64),
    sale: SaleId,
    of: &[(u32, i64)],
) -> Result<(Refund, RefundDetail), Error> {
    let sale = book.sale(sale)?.ok_or(Code::SaleUnknown)?;
    let lines = book.sale_lines(&sale)?.ok_or(Code::RefundElsewhere)?;
    let (parts, points_redeemed) = parts_of(&book.sale_tenders(&sale)?)?;
    let sold = Sold {
        lines: lines.iter().map(sold_line).collect(),
        rounding_fen: sale.rounding_fen,
        parts,
        taxes: book.sale_taxes(&sale)?,
        points_earned: sale.points,
        points_redeemed,
    };
    let before = book.returned(sale.id)?;
    let refunded = refund(&sold, &before, &Step { lines: of.to_vec() }, Worth::Proportional)?;
    let is_back = |line: &SaleLine| {
        let now = refunded.lines.iter().filter(|back| back.no == line.no).map(|back| back.quantity_milli).sum::<i64>();
        before.by_line.get(&line.no).copied().unwrap_or(0) + now >= line.quantity_milli
    };
    let tenders = tenders_back(book, &refunded)?;
    let gifts = gifts_back(book, sale.id, &sold, &before, &refunded)?;
    let made = RefundParts {
        refund: id,
        at: at_counter(identity, number)?,
        sale: sale.id,
        member: sale.member,
        refunded: &refunded,
        tenders: &tenders,
        rounding_fen: sale.rounding_fen,
        paid_fen: Fen::sum(sold.parts.iter().map(|part| part.amount_fen))?,
        paid_back_fen: before.paid_back()?,
        all_back: lines.iter().all(is_back),
        gifts: &gifts,
    };
    let named = lines.iter().filter_map(|line| {
        let back = refunded.lines.iter().find(|back| back.no == line.no)?;
        let (name, unit) = (line.name.clone(), line.unit.clone());
        let (quantity_milli, amount_fen) = (back.quantity_milli, back.amount_fen);
        Some(RefundLine { no: line.no, product: line.product, name, unit, quantity_milli, amount_fen })
    });
    let lines = named.collect();
    let head = made.refund()?;
    Ok((head, RefundDetail { lines, tenders, approved_by: None }))
}

/// What was given with the goods and is not used, as far as is known here, where too little of them is kept.
fn gifts_back(book: &Reading<'_>, sale: SaleId, sold: &Sold, before: &Returned, now: &Refunded) -> Result<Vec<GiftTaken>, Error> {
    let mut after = before.clone();
    after.add(now)?;
    let kept = Kept::of(sold, &after)?;
    let mut taken = Vec::new();
    for gift in book.gifts_of_sale(sale)? {
        let lines = gift.goods.get(&sale).cloned().unwrap_or_default();
        let unused = book.coupon(gift.coupon)?.is_none_or(|coupon| coupon.left > 0);
        if unused && kept.counted(&lines)? < GIFT_LEAST {
            taken.push(gift.taken());
        }
    }
    Ok(taken)
}

fn sold_line(line: &SaleLine) -> SoldLine {
    let coupons = line.off.iter().filter_map(|off| match off.why {
        Some(Why::By(Source::Coupon(coupon))) => Some(coupon),
        _ => None,
    });
    SoldLine { no: line.no, quantity_milli: line.quantity_milli, paid_fen: line.amount_fen, rate_bp: 0, coupons: coupons.collect() }
}

fn tenders_back(book: &Reading<'_>, refunded: &Refunded) -> Result<Vec<Tender>, Error> {
    let mut cards: BTreeMap<CardId, (Fen, Fen)> = BTreeMap::new();
    let mut tenders = Vec::new();
    let mut cash = Fen::ZERO;
    for part in &refunded.parts {
        let amount_fen = part.amount_fen;
        match part.kind {
            PartKind::Points => tenders.push(Tender::Points { points: refunded.points_restored, amount_fen }),
            PartKind::Principal(card) => {
                let (principal, _) = cards.entry(book.living_card(card)?.ok_or(Code::CardClosed)?).or_default();
                *principal = principal.plus(amount_fen)?;
            }
            PartKind::Bonus(card) => {
                let (_, bonus) = cards.entry(book.living_card(card)?.ok_or(Code::CardClosed)?).or_default();
                *bonus = bonus.plus(amount_fen)?;
            }
            PartKind::Cash | PartKind::Credit => cash = cash.plus(amount_fen)?,
            PartKind::Named(_) => return Err(Code::TenderUnknown.into()),
        }
    }
    tenders.extend(cards.into_iter().map(|(card, (principal_fen, bonus_fen))| Tender::Card {
        card,
        principal_fen,
        bonus_fen,
        settled_fen: Fen::ZERO,
        approved_by: None,
    }));
    if cash > Fen::ZERO {
        tenders.push(Tender::Cash { given_fen: Fen::ZERO, change_fen: cash });
    }
    Ok(tenders)
}

/// Cash onto a card.
pub fn top_up(replica: &Replica, by: By, id: TopUpId, card: CardId, credit: &Credit) -> Result<Written<CardToppedUp, TenderDetail>, Error> {
    replica.write(|book| {
        let given = [Given::Cash { given_fen: credit.principal_fen }];
        let parts = TopUpParts {
            top_up: id,
            card,
            buyer: None,
            at: at_counter(replica.identity(), book.next_receipt_number()?)?,
            day: &business_day(by.at - by.ahead),
            plan: "充值",
            credit,
            settled: &settle(credit.principal_fen, &given, CashRounding::NONE)?,
        };
        let (head, detail) = parts.top_up()?;
        let seq = book.append(by, &Draft::new(head.clone()).with_detail(&detail)?)?.seq;
        Ok(Written { seq, head, detail })
    })
}
