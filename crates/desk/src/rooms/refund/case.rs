//! A sale that goods come back of, and what any of its lines are worth when they do (A4). Read once, asked as often as a screen
//! likes: the figures on it, an exchange's credit and the refund itself are all worked out here.

use std::sync::Arc;

use hefu_core::{
    checkout::parts_of,
    coupon::Kept,
    error::Code,
    ids::{MemberId, SaleId},
    money::{Fen, LARGEST, Points},
    op::{PricedBy, RuleUsed, Sale, SaleLine, Tender, Why},
    posting::{Account, Unit},
    promo::{Scope, Source},
    refund::{RefundPolicy, Refunded, Returned, Sold, SoldLine, Step, Worth, refund},
    rules::{RefundRule, RulesInForce},
    time::{business_day, days_between},
};
use hefu_replica::{Reading, SaleRow};

use super::repriced::rest_worth;
use crate::{Desk, rulebook::RuleBook};

type Failed = hefu_replica::Error;

pub(crate) struct Case {
    pub sale: SaleRow,
    pub head: Sale,
    pub lines: Vec<SaleLine>,
    pub tenders: Vec<Tender>,
    /// The sale as the core's refund counts it.
    pub sold: Sold,
    /// All that has come back of it so far, wherever it was.
    pub before: Returned,
    /// The rules that the sale was made by.
    pub then: RulesInForce,
    pub priced_by: Option<PricedBy>,
    /// Whether `then` is what the sale names, and all of that held for it.
    pub held: bool,
    pub rule_book: Arc<RuleBook>,
    rule: RefundRule,
}

impl Case {
    /// Errors: `sale.unknown`, `refund.elsewhere` where only its head is here, `refund.too_old`.
    pub fn open(desk: &Desk, book: &Reading<'_>, id: SaleId, at: i64) -> Result<Self, Failed> {
        let sale = book.sale(id)?.ok_or(Code::SaleUnknown)?;
        let lines = book.sale_lines(&sale)?.ok_or(Code::RefundElsewhere)?;
        let (_, rule_book) = desk.rules.at(book, at)?;
        let head = book.sale_head(&sale)?;
        let priced_by = book.sale_priced_by(&sale)?;
        let named = named_rules(&rule_book, &head, priced_by.as_ref());
        let held = named.is_some();
        let then = named.unwrap_or_else(|| RulesInForce::at(rule_book.rules(), sale.at));
        let rule = then.refunds.as_ref().map(|rule| rule.body).unwrap_or_default();
        let days = days_between(&sale.day, &business_day(at));
        if rule.days_most.is_some_and(|most| days.is_some_and(|days| days > i64::from(most))) {
            return Err(Code::RefundTooOld.into());
        }
        let tenders = book.sale_tenders(&sale)?;
        let sold = Sold { taxes: book.sale_taxes(&sale)?, ..sold(&sale, &lines, &tenders, &then)? };
        let before = book.returned(id)?;
        Ok(Self { sale, head, lines, tenders, sold, before, then, priced_by, held, rule_book, rule })
    }

    /// What a step gives back. Errors: those of [`refund`].
    pub fn back(&self, book: &Reading<'_>, step: &Step) -> Result<Refunded, Failed> {
        // The cheap way first: it finds what is wrong with the step, and under most chains' policy is the answer.
        let proportional = refund(&self.sold, &self.before, step, Worth::Proportional)?;
        match self.rule.policy {
            RefundPolicy::Proportional => Ok(proportional),
            RefundPolicy::Repriced => {
                let rest_worth = rest_worth(book, self, step, &proportional.coupons)?;
                Ok(refund(&self.sold, &self.before, step, Worth::Repriced { rest_worth })?)
            }
        }
    }

    /// Thousandths of a line that have not come back.
    pub fn left_milli(&self, line: &SaleLine) -> i64 {
        let back = self.before.by_line.get(&line.no).copied().unwrap_or(0);
        line.quantity_milli.saturating_sub(back).max(0)
    }

    /// The lines whose goods are of a scope. A sale keeps no tags of its goods: those they have now stand for them.
    pub fn lines_in(&self, book: &Reading<'_>, scope: &Scope) -> Result<Vec<u32>, Failed> {
        let mut lines = Vec::new();
        for line in &self.lines {
            let tags = if scope.tags.is_empty() { None } else { book.product(line.product)? };
            let tags = tags.map(|product| product.tags).unwrap_or_default();
            if scope.takes(line.product, &line.category, &line.brand, &tags) {
                lines.push(line.no);
            }
        }
        Ok(lines)
    }

    /// Whether a card paid for any of it.
    pub fn by_card(&self) -> bool {
        self.tenders.iter().any(|tender| matches!(tender, Tender::Card { .. }))
    }

    /// Whether nothing is left with the customer after `refunded`.
    pub fn all_back(&self, refunded: &Refunded) -> bool {
        let now = |no: u32| refunded.lines.iter().filter(|line| line.no == no).map(|line| line.quantity_milli).sum::<i64>();
        self.lines.iter().all(|line| self.left_milli(line) <= now(line.no))
    }

    /// Paid by all tenders.
    pub fn paid_fen(&self) -> Result<Fen, Code> {
        Fen::sum(self.sold.parts.iter().map(|part| part.amount_fen))
    }

    /// The member's points after `refunded`, of all their registrations; `None` for a sale without a member.
    pub fn points_after(&self, book: &Reading<'_>, refunded: &Refunded) -> Result<Option<Points>, Failed> {
        let Some(now) = points_now(book, self.sale.member)? else { return Ok(None) };
        Ok(Some(now.minus(refunded.points_taken)?.plus(refunded.points_restored)?))
    }
}

/// What is kept of a sale, as far as this book knows; `None` where its lines are not here.
pub(crate) fn kept_of_sale(book: &Reading<'_>, id: SaleId) -> Result<Option<Kept>, Failed> {
    let Some(sale) = book.sale(id)? else { return Ok(None) };
    let Some(lines) = book.sale_lines(&sale)? else { return Ok(None) };
    // Rates of tax split a refund; what is kept has none to split.
    let sold = sold(&sale, &lines, &book.sale_tenders(&sale)?, &RulesInForce::default())?;
    Ok(Some(Kept::of(&sold, &book.returned(id)?)?))
}

/// The versions that the till had, even where HQ had later ones in force that had not reached it. Only a sale that does not say is
/// read by what was in force at its moment.
fn named_rules(rule_book: &RuleBook, head: &Sale, priced_by: Option<&PricedBy>) -> Option<RulesInForce> {
    let promotions = priced_by?.candidates.iter().map(|known| RuleUsed { rule: known.rule, version: known.version });
    RulesInForce::named(rule_book.rules(), &head.rules.iter().copied().chain(promotions).collect::<Vec<_>>())
}

/// Free less owed, even of a member whose registration has not arrived.
pub(crate) fn points_now(book: &Reading<'_>, member: Option<MemberId>) -> Result<Option<Points>, Failed> {
    let Some(id) = member else { return Ok(None) };
    match book.person(id)? {
        Some(person) => Ok(Some(book.standing(&person)?.points)),
        None => Ok(Some(Points::new(book.balance(&Account::MemberPoints(id), Unit::Points)?.clamp(-LARGEST, LARGEST))?)),
    }
}

/// What a balance below zero owes.
pub(crate) fn owed(balance: Option<Points>) -> Result<Points, Code> {
    match balance {
        Some(balance) if balance < Points::ZERO => Points::ZERO.minus(balance),
        _ => Ok(Points::ZERO),
    }
}

/// The sale named the tax rule that it was made by, and its detail holds the tax by rate: the two say what each line bore.
fn sold(sale: &SaleRow, lines: &[SaleLine], tenders: &[Tender], then: &RulesInForce) -> Result<Sold, Code> {
    let rate_of = |category: &str| then.tax.as_ref().map_or(0, |rule| rule.body.rate_of(category));
    let (parts, points_redeemed) = parts_of(tenders)?;
    let line = |line: &SaleLine| {
        let coupons = line.off.iter().filter_map(|off| match off.why {
            Some(Why::By(Source::Coupon(coupon))) => Some(coupon),
            _ => None,
        });
        Ok(SoldLine {
            no: line.no,
            quantity_milli: line.quantity_milli,
            paid_fen: line.amount_fen.plus(line.added_tax_fen)?,
            rate_bp: rate_of(&line.category),
            coupons: coupons.collect(),
        })
    };
    Ok(Sold {
        lines: lines.iter().map(line).collect::<Result<_, Code>>()?,
        rounding_fen: sale.rounding_fen,
        parts,
        taxes: Vec::new(),
        points_earned: sale.points,
        points_redeemed,
    })
}
