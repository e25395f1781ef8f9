//! A priced and settled cart → the operation of its sale; goods brought back → the operation of their refund. Here, and only
//! here, is written which accounts money and points of sales move between (I1, A3, A4); for cards it is `card::booking`.

mod back;
mod blind;
mod cash;

use std::collections::BTreeMap;

pub use back::{NamedPayment, give_back, named_payments, parts_of, settled};
pub use blind::*;
pub use cash::CashSale;

use crate::{
    error::Code,
    ids::{CardId, CouponId, DeviceId, MemberId, RefundId, RuleId, SaleId, StaffId, StoreId},
    money::{Fen, Points, Rounding, scale},
    op::{
        Candidate, CreditFrom, GiftTaken, PricedBy, PromotionUsed, Refund, RuleUsed, Said, Sale, SaleDetail, SaleGift, SaleLine, Tender,
        Why, receipt_no,
    },
    posting::{Account, Ledger, Posting, Unit},
    promo::{Source, Used},
    quote::{CartItem, Quote},
    refund::Refunded,
    rules::RulesInForce,
    settle::{PaidBy, Settled},
};

/// The till that writes, and the running number of its next receipt.
#[derive(Clone, Copy)]
pub struct Counter<'a> {
    pub store: StoreId,
    pub store_code: &'a str,
    pub device: DeviceId,
    pub till_no: u32,
    pub number: u64,
}

impl Counter<'_> {
    pub fn receipt_no(&self) -> String {
        receipt_no(self.store_code, self.till_no, self.number)
    }
}

/// What each card that pays gives of its two accounts, and who allowed it where the card was not shown.
pub type Drawn = BTreeMap<CardId, Draw>;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Draw {
    pub principal_fen: Fen,
    pub bonus_fen: Fen,
    pub approved_by: Option<StaffId>,
}

/// Everything a sale is made of.
pub struct SaleParts<'a> {
    pub sale: SaleId,
    pub at: Counter<'a>,
    pub member: Option<MemberId>,
    /// The member's level, by name.
    pub tier: Option<&'a str>,
    pub items: &'a [CartItem],
    pub quote: &'a Quote,
    pub rules: &'a RulesInForce,
    /// As they were in the cart that was priced.
    pub clock_frozen: bool,
    pub used: &'a BTreeMap<RuleId, Used>,
    pub settled: &'a Settled,
    pub drawn: &'a Drawn,
    /// What the credit of an exchange was paid with.
    pub credit_from: &'a [CreditFrom],
    pub points_earned: Points,
    /// Coupons that hang on it.
    pub gifts: &'a [SaleGift],
}

impl SaleParts<'_> {
    /// With the words that are to be sealed. Errors: `cart.empty`, `tender.short`, `amount.*`.
    pub fn sale(&self) -> Result<(Sale, SaleDetail, Said), Code> {
        if self.items.is_empty() {
            return Err(Code::CartEmpty);
        }
        if self.settled.left_fen > Fen::ZERO {
            return Err(Code::TenderShort);
        }
        let quote = self.quote;
        let sale = Sale {
            sale: self.sale,
            receipt_no: self.at.receipt_no(),
            number: self.at.number,
            till_no: self.at.till_no,
            member: self.member,
            line_count: u32::try_from(self.items.len()).map_err(|_| Code::CartFull)?,
            quantity_milli: quote.quantity_milli,
            goods_fen: quote.goods_fen,
            off_fen: quote.off_fen,
            total_fen: quote.due_fen,
            rounding_fen: self.settled.rounding_fen,
            tax_fen: quote.tax_fen,
            points: self.points_earned,
            rules: self.rules_used(),
            tier: self.tier.map(str::to_owned),
            promotions: self.promotions_used(),
            coupons: self.coupons_used(),
            gifts: self.gifts.to_vec(),
            unproved: !quote.proved,
            postings: self.postings()?,
        };
        let (taxes, priced_by) = (quote.taxes.clone(), Some(self.priced_by()));
        let mut said = Said::default();
        let detail = SaleDetail { lines: self.lines(&mut said)?, tenders: self.tenders()?, taxes, priced_by };
        Ok((sale, detail, said))
    }

    fn promotions_used(&self) -> Vec<PromotionUsed> {
        let used = self.quote.uses.iter().filter_map(|used| match used.source {
            Source::Rule { rule, version } => {
                let goods = if self.is_limited(rule) { self.goods_of(used.source) } else { Vec::new() };
                Some(PromotionUsed { rule, version, times: used.times, pieces: used.pieces, off_fen: used.off_fen, goods })
            }
            Source::Tier | Source::Coupon(_) => None,
        });
        used.collect()
    }

    fn is_limited(&self, rule: RuleId) -> bool {
        self.rules.promotions.get(&rule).is_some_and(|rule| rule.body.limits.is_counted())
    }

    fn goods_of(&self, source: Source) -> Vec<(u32, i64)> {
        let both = self.items.iter().zip(&self.quote.lines);
        let touched = both.filter(|(_, line)| line.off.iter().any(|off| off.why == Some(Why::By(source))));
        touched.map(|(item, _)| (item.no, item.quantity_milli)).collect()
    }

    fn priced_by(&self) -> PricedBy {
        let candidates = self.quote.candidates.iter().filter_map(|source| match source {
            Source::Rule { rule, version } => {
                let used = self.used.get(rule).copied().filter(|_| self.is_limited(*rule)).unwrap_or_default();
                Some(Candidate { rule: *rule, version: *version, used })
            }
            Source::Tier | Source::Coupon(_) => None,
        });
        PricedBy { clock_frozen: self.clock_frozen, candidates: candidates.collect() }
    }

    fn coupons_used(&self) -> Vec<CouponId> {
        self.quote.coupons_used().into_iter().collect()
    }

    /// Of the rules of which one is in force. Promotions stand apart, with how often they were used.
    fn rules_used(&self) -> Vec<RuleUsed> {
        let rules = self.rules;
        let of_member = [rules.points.as_ref().map(|rule| rule.used()), rules.tiers.as_ref().map(|rule| rule.used())];
        let of_all = [
            rules.tax.as_ref().map(|rule| rule.used()),
            rules.rounding.as_ref().map(|rule| rule.used()),
            rules.refunds.as_ref().map(|rule| rule.used()),
        ];
        let of_member = of_member.into_iter().filter(|_| self.member.is_some());
        of_member.chain(of_all).flatten().collect()
    }

    /// The lines, and into `said` what a person put into words about them.
    fn lines(&self, said: &mut Said) -> Result<Vec<SaleLine>, Code> {
        if self.items.len() != self.quote.lines.len() {
            return Err(Code::Internal);
        }
        let lines = self.items.iter().zip(&self.quote.lines).map(|(item, quoted)| SaleLine {
            no: item.no,
            product: item.product.product,
            name: item.product.name.clone(),
            barcode: item.barcode.clone(),
            unit: item.product.unit.clone(),
            category: item.product.category.clone(),
            brand: item.product.brand.clone(),
            list_price_fen: item.product.price_fen,
            quantity_milli: item.quantity_milli,
            amount_fen: quoted.amount_fen,
            added_tax_fen: quoted.added_tax_fen,
            off: quoted.off.iter().map(|off| off.sealing(said)).collect(),
        });
        Ok(lines.collect())
    }

    fn tenders(&self) -> Result<Vec<Tender>, Code> {
        let tender = |paid: &crate::settle::Paid| {
            let amount_fen = paid.amount_fen;
            Ok(match &paid.by {
                PaidBy::Cash { given_fen, change_fen } => Tender::Cash { given_fen: *given_fen, change_fen: *change_fen },
                PaidBy::Card { card } => {
                    let Draw { principal_fen, bonus_fen, approved_by } = self.drawn_of(*card)?;
                    Tender::Card { card: *card, principal_fen, bonus_fen, settled_fen: Fen::ZERO, approved_by }
                }
                PaidBy::Points { points } => Tender::Points { points: *points, amount_fen },
                PaidBy::Named { tender, name, reference } => {
                    Tender::Named { tender: *tender, name: name.clone(), amount_fen, reference: reference.clone() }
                }
                PaidBy::Credit => Tender::Credit { amount_fen, from: self.credit_from.to_vec() },
            })
        };
        self.settled.tenders.iter().map(tender).collect()
    }

    fn drawn_of(&self, card: CardId) -> Result<Draw, Code> {
        self.drawn.get(&card).copied().ok_or(Code::Internal)
    }

    fn postings(&self) -> Result<Vec<Posting>, Code> {
        let store = self.at.store;
        let turnover = Account::Turnover(store);
        let mut ledger = Ledger::new();
        for paid in &self.settled.tenders {
            let amount = paid.amount_fen;
            match &paid.by {
                PaidBy::Cash { .. } => ledger.fen(turnover, Account::Cash(self.at.device), amount)?,
                PaidBy::Named { tender, .. } => ledger.fen(turnover, Account::Tender(*tender), amount)?,
                PaidBy::Credit => ledger.fen(turnover, Account::Exchange(store), amount)?,
                PaidBy::Points { points } => {
                    let member = self.member.ok_or(Code::MemberUnknown)?;
                    ledger.points(Account::MemberPoints(member), Account::PointsIssued, *points)?;
                    ledger.fen(turnover, Account::PointsGiven(store), amount)?;
                }
                PaidBy::Card { card } => {
                    let Draw { principal_fen, bonus_fen, .. } = self.drawn_of(*card)?;
                    ledger.fen(Account::CardPrincipal(*card), Account::CardsIssued, principal_fen)?;
                    ledger.fen(Account::CardBonus(*card), Account::CardsIssued, bonus_fen)?;
                    ledger.fen(turnover, Account::Prepaid(store), principal_fen)?;
                    ledger.fen(turnover, Account::BonusGiven(store), bonus_fen)?;
                }
            }
        }
        ledger.fen(turnover, Account::Rounding(store), self.settled.rounding_fen)?;
        ledger.fen(Account::Tax(store), turnover, self.quote.tax_fen)?;
        let paid = self.quote.due_fen.minus(self.settled.rounding_fen)?;
        ledger.fen(Account::RefundRights, Account::Refundable(self.sale), paid)?;
        for coupon in self.coupons_used() {
            ledger.post(Unit::Coupons, Account::Coupon(coupon), Account::CouponsIssued, 1)?;
        }
        if let Some(member) = self.member {
            ledger.points(Account::PointsIssued, Account::MemberPoints(member), self.points_earned)?;
        }
        Ok(ledger.done())
    }
}

/// Everything a refund against a sale is made of.
pub struct RefundParts<'a> {
    pub refund: RefundId,
    pub at: Counter<'a>,
    pub sale: SaleId,
    pub member: Option<MemberId>,
    pub refunded: &'a Refunded,
    /// How the money really goes back: the parts of `refunded`, on cards that live, and with the credit of an exchange.
    pub tenders: &'a [Tender],
    /// What cash rounding left unpaid of the sale; what was paid, and paid back of it before this.
    pub rounding_fen: Fen,
    pub paid_fen: Fen,
    pub paid_back_fen: Fen,
    /// Nothing of the sale is left with the customer after this.
    pub all_back: bool,
    /// Coupons given with the goods, that go back with them.
    pub gifts: &'a [GiftTaken],
}

impl RefundParts<'_> {
    /// Its total is what is given back: the worth of the goods, less what a paid-out card had settled. Its parts are the worth.
    pub fn refund(&self) -> Result<Refund, Code> {
        let refunded = self.refunded;
        let lines: Vec<(u32, i64)> = refunded.lines.iter().map(|line| (line.no, line.quantity_milli)).collect();
        Ok(Refund {
            refund: self.refund,
            receipt_no: self.at.receipt_no(),
            number: self.at.number,
            till_no: self.at.till_no,
            sale: Some(self.sale),
            member: self.member,
            quantity_milli: lines.iter().map(|(_, milli)| milli).sum(),
            lines,
            total_fen: refunded.total_fen.minus(settled(self.tenders)?)?,
            points_taken: if self.member.is_some() { refunded.points_taken } else { Points::ZERO },
            points_restored: if self.member.is_some() { refunded.points_restored } else { Points::ZERO },
            parts: refunded.parts.clone(),
            taxes: refunded.taxes.clone(),
            coupons: refunded.coupons.clone(),
            gifts: self.gifts.to_vec(),
            postings: self.postings()?,
        })
    }

    fn postings(&self) -> Result<Vec<Posting>, Code> {
        let store = self.at.store;
        let turnover = Account::Turnover(store);
        let mut ledger = Ledger::new();
        give_back(&mut ledger, &self.at, self.tenders)?;
        ledger.fen(turnover, Account::Tax(store), Fen::sum(self.refunded.taxes.iter().map(|row| row.tax_fen))?)?;
        ledger.fen(Account::Rounding(store), turnover, self.back_of(self.rounding_fen)?)?;
        ledger.fen(Account::Refundable(self.sale), Account::RefundRights, self.refunded.total_fen)?;
        for coupon in &self.refunded.coupons {
            ledger.post(Unit::Coupons, Account::CouponsIssued, Account::Coupon(*coupon), 1)?;
        }
        for gift in self.gifts {
            ledger.post(Unit::Coupons, Account::Coupon(gift.coupon()), Account::CouponsIssued, 1)?;
        }
        if let Some(member) = self.member {
            ledger.points(Account::MemberPoints(member), Account::PointsIssued, self.refunded.points_taken)?;
            ledger.points(Account::PointsIssued, Account::MemberPoints(member), self.refunded.points_restored)?;
        }
        Ok(ledger.done())
    }

    /// What goes back now of an amount that hung on the whole sale: by what is paid back in all, so that all of it is back in the
    /// end.
    fn back_of(&self, whole: Fen) -> Result<Fen, Code> {
        let at = |back: Fen| match self.paid_fen.get() {
            0 => Ok(0),
            paid => scale(whole.get(), back.get().min(paid), paid, Rounding::Down),
        };
        let reached = if self.all_back { whole.get() } else { at(self.paid_back_fen.plus(self.refunded.total_fen)?)? };
        Fen::new(reached - at(self.paid_back_fen)?)
    }
}

#[cfg(test)]
mod tests;
