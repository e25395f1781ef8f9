//! What lines of a sale are worth when they come back, and by which tenders (A4). Read only: a screen's figures, an exchange's
//! credit and the refund itself are all worked out here.

use hefu_core::{
    card::CardState,
    checkout::parts_of,
    error::Code,
    ids::CardId,
    money::Fen,
    op::{RefundLine, Sale, SaleLine, Tender, Why},
    promo::Source,
    quote::quote,
    refund::{Part, PartKind, RefundPolicy, Refunded, Returned, Sold, SoldLine, Step, Worth, refund},
    rules::RulesInForce,
    time::days_between,
};
use hefu_replica::{Reading, SaleRow};

use super::super::repriced::Repriced;
use crate::{Desk, rulebook::RuleBook, sessions::Returning};

type Failed = hefu_replica::Error;

/// A return, worked out and not yet written.
pub(crate) struct Worked {
    pub sale: SaleRow,
    pub head: Sale,
    pub lines: Vec<SaleLine>,
    pub refunded: Refunded,
    pub before: Returned,
    /// Of the sale, by all tenders.
    pub paid_fen: Fen,
    pub receipt_no: String,
    /// What goes back in money, cash or by a named tender: in an exchange it pays for the new goods.
    pub in_money: Fen,
}

/// A sale as a refund of it counts it. Errors with `refund.elsewhere` where only its head is here.
pub(crate) fn sold(book: &Reading<'_>, sale: &SaleRow) -> Result<(Sold, Vec<SaleLine>), Failed> {
    let lines = book.sale_lines(sale)?.ok_or(Code::RefundElsewhere)?;
    let (parts, points_redeemed) = parts_of(&book.sale_tenders(sale)?)?;
    let line = |line: &SaleLine| {
        let coupons = line.off.iter().filter_map(|off| match off.why {
            Some(Why::By(Source::Coupon(coupon))) => Some(coupon),
            _ => None,
        });
        Ok(SoldLine {
            no: line.no,
            quantity_milli: line.quantity_milli,
            paid_fen: line.amount_fen.plus(line.added_tax_fen)?,
            coupons: coupons.collect(),
        })
    };
    let sold = Sold {
        lines: lines.iter().map(line).collect::<Result<_, Code>>()?,
        rounding_fen: sale.rounding_fen,
        parts,
        points_earned: sale.points,
        points_redeemed,
    };
    Ok((sold, lines))
}

/// Errors: `sale.unknown`, `refund.elsewhere`, `refund.too_old`, and those of [`refund`].
pub(crate) fn work_out(desk: &Desk, book: &Reading<'_>, of: &Returning, at: i64) -> Result<Worked, Failed> {
    let sale = book.sale(of.sale)?.ok_or(Code::SaleUnknown)?;
    let (sold, lines) = sold(book, &sale)?;
    let head = book.sale_head(&sale)?;
    let (_, rule_book) = desk.rules.at(book, at)?;
    let then = RulesInForce::at(rule_book.rules(), sale.at);
    let rule = then.refunds.as_ref().map(|rule| rule.body).unwrap_or_default();
    if let Some(most) = rule.days_most
        && days_between(&sale.day, &hefu_core::time::business_day(at)).is_some_and(|days| days > i64::from(most))
    {
        return Err(Code::RefundTooOld.into());
    }
    let before = book.returned(sale.id)?;
    let step = Step { lines: of.lines.clone() };
    let worth = match rule.policy {
        RefundPolicy::Proportional => Worth::Proportional,
        RefundPolicy::Repriced => {
            let kept = kept(&lines, &before, &step);
            Worth::Repriced { rest_worth: rest_worth(book, &sale, &head, &kept, &then, &rule_book)? }
        }
    };
    let refunded = refund(&sold, &before, &step, worth)?;
    let in_money = Fen::sum(refunded.parts.iter().filter(|part| is_money(part.kind)).map(|part| part.amount_fen))?;
    let paid_fen = Fen::sum(sold.parts.iter().map(|part| part.amount_fen))?;
    Ok(Worked { receipt_no: sale.receipt_no.clone(), sale, head, lines, refunded, before, paid_fen, in_money })
}

const fn is_money(kind: PartKind) -> bool {
    matches!(kind, PartKind::Cash | PartKind::Named(_) | PartKind::Credit)
}

/// Each line with what of it stays with the customer after this step.
fn kept<'a>(lines: &'a [SaleLine], before: &Returned, step: &Step) -> Vec<(&'a SaleLine, i64)> {
    let back = |no: u32| {
        let now: i64 = step.lines.iter().filter(|(line, _)| *line == no).map(|(_, milli)| *milli).sum();
        before.by_line.get(&no).copied().unwrap_or(0).saturating_add(now)
    };
    lines.iter().map(|line| (line, line.quantity_milli.saturating_sub(back(line.no)))).filter(|(_, left)| *left > 0).collect()
}

/// What the goods that are kept would have cost alone, by the rules the sale was priced by.
fn rest_worth(
    book: &Reading<'_>,
    sale: &SaleRow,
    head: &Sale,
    kept: &[(&SaleLine, i64)],
    then: &RulesInForce,
    rule_book: &RuleBook,
) -> Result<Fen, Failed> {
    let cart = Repriced::of(book, sale, head, kept, rule_book)?;
    Ok(cart.with_cart(then, cart.level(then), |cart| Ok(quote(cart)?.due_fen))?)
}

impl Worked {
    /// How the money goes back, when `credit` of it pays for other goods. Cash pays for those first, so that what a bank card
    /// paid goes back to it; what a card gave goes back to the card that lives in its place, and in cash where none does.
    pub fn tenders(&self, book: &Reading<'_>, credit: Fen) -> Result<Vec<Tender>, Failed> {
        let mut cash = Fen::ZERO;
        let mut named = Vec::new();
        let mut tenders: Vec<Tender> = Vec::new();
        for Part { kind, amount_fen } in &self.refunded.parts {
            match kind {
                PartKind::Cash | PartKind::Credit => cash = cash.plus(*amount_fen)?,
                PartKind::Named(tender) => named.push((*tender, *amount_fen)),
                PartKind::Points => tenders.push(Tender::Points { points: self.refunded.points_restored, amount_fen: *amount_fen }),
                PartKind::Principal(card) | PartKind::Bonus(card) => match living(book, *card)? {
                    None => cash = cash.plus(*amount_fen)?,
                    Some(card) => onto_card(&mut tenders, card, *kind, *amount_fen)?,
                },
            }
        }
        let mut left = credit;
        let from_cash = left.min(cash);
        left = left.minus(from_cash)?;
        let cash = cash.minus(from_cash)?;
        for (tender, amount) in named {
            let used = left.min(amount);
            left = left.minus(used)?;
            let amount_fen = amount.minus(used)?;
            if amount_fen > Fen::ZERO {
                tenders.push(Tender::Named { tender, name: self.tender_name(book, tender)?, amount_fen, reference: None });
            }
        }
        if credit > Fen::ZERO {
            tenders.push(Tender::Credit { amount_fen: credit });
        }
        if cash > Fen::ZERO {
            tenders.push(Tender::Cash { given_fen: Fen::ZERO, change_fen: cash });
        }
        Ok(tenders)
    }

    fn tender_name(&self, book: &Reading<'_>, id: hefu_core::ids::TenderId) -> Result<String, Failed> {
        let named = book.sale_tenders(&self.sale)?.into_iter().find_map(|tender| match tender {
            Tender::Named { tender, name, .. } if tender == id => Some(name),
            _ => None,
        });
        Ok(named.unwrap_or_default())
    }

    /// The lines that come back, named as they were sold.
    pub fn refund_lines(&self) -> Vec<RefundLine> {
        let named = self.refunded.lines.iter().filter_map(|back| {
            let line = self.lines.iter().find(|line| line.no == back.no)?;
            Some(RefundLine {
                no: back.no,
                product: line.product,
                name: line.name.clone(),
                unit: line.unit.clone(),
                quantity_milli: back.quantity_milli,
                amount_fen: back.amount_fen,
            })
        });
        named.collect()
    }
}

fn onto_card(tenders: &mut Vec<Tender>, card: CardId, kind: PartKind, amount: Fen) -> Result<(), Code> {
    let (more_principal, more_bonus) = if matches!(kind, PartKind::Principal(_)) { (amount, Fen::ZERO) } else { (Fen::ZERO, amount) };
    for tender in tenders.iter_mut() {
        if let Tender::Card { card: held, principal_fen, bonus_fen } = tender
            && *held == card
        {
            *principal_fen = principal_fen.plus(more_principal)?;
            *bonus_fen = bonus_fen.plus(more_bonus)?;
            return Ok(());
        }
    }
    tenders.push(Tender::Card { card, principal_fen: more_principal, bonus_fen: more_bonus });
    Ok(())
}

/// The card itself, or the one that took its place; `None` when it was paid out.
fn living(book: &Reading<'_>, card: CardId) -> Result<Option<CardId>, Failed> {
    let mut id = card;
    for _ in 0..16 {
        match book.card(id)?.map(|card| card.state) {
            Some(CardState::Replaced { by }) => id = by,
            Some(CardState::Closed) => return Ok(None),
            _ => return Ok(Some(id)),
        }
    }
    Ok(Some(id))
}
