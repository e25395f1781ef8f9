//! A return, worked out and not yet written: what it is worth, and by which tenders it goes back (A4).

use std::collections::BTreeMap;

use hefu_core::{
    error::Code,
    ids::{CardId, MemberId, RuleId, TenderId},
    money::Fen,
    op::{RefundLine, Tender},
    promo::Used,
    refund::{Part, PartKind, Refunded, Step},
};
use hefu_replica::Reading;

use super::case::Case;
use crate::{Desk, sessions::Returning};

type Failed = hefu_replica::Error;

pub(crate) struct Worked {
    pub case: Case,
    pub refunded: Refunded,
    /// What goes back in money, cash or by a named tender: in an exchange it pays for the new goods.
    pub in_money: Fen,
    /// In the drawer's money.
    cash: Fen,
    named: Vec<Named>,
    /// Onto cards, and in points.
    elsewhere: Vec<Tender>,
}

struct Named {
    tender: TenderId,
    name: String,
    reference: Option<String>,
    amount: Fen,
}

/// Errors: `refund.done` for a refund that was made before, those of [`Case::open`] and [`Case::back`].
pub(crate) fn work_out(desk: &Desk, book: &Reading<'_>, of: &Returning, at: i64) -> Result<Worked, Failed> {
    if book.refund(of.refund)?.is_some() {
        return Err(Code::RefundDone.into());
    }
    let case = Case::open(desk, book, of.sale, at)?;
    Worked::of(book, case, &Step { lines: of.lines.clone() })
}

impl Worked {
    pub fn of(book: &Reading<'_>, case: Case, step: &Step) -> Result<Self, Failed> {
        let refunded = case.back(book, step)?;
        let mut worked = Self { case, refunded, in_money: Fen::ZERO, cash: Fen::ZERO, named: Vec::new(), elsewhere: Vec::new() };
        for part in worked.refunded.parts.clone() {
            worked.send(book, part)?;
        }
        worked.in_money = worked.cash.plus(Fen::sum(worked.named.iter().map(|named| named.amount))?)?;
        Ok(worked)
    }

    /// Money goes back where it came from: what a card gave to the card that lives in its place. Errors with `card.closed` where
    /// that was paid out: the law's reckoning was made then, and cash beside it could pay more than was ever paid in, or bonus as
    /// money. A manager may still take the goods back without the receipt.
    fn send(&mut self, book: &Reading<'_>, part: Part) -> Result<(), Failed> {
        let Part { kind, amount_fen } = part;
        match kind {
            PartKind::Cash | PartKind::Credit => self.cash = self.cash.plus(amount_fen)?,
            PartKind::Named(tender) => self.named.push(self.as_paid(tender, amount_fen)),
            PartKind::Points => {
                self.elsewhere.push(Tender::Points { points: self.refunded.points_restored, amount_fen });
            }
            PartKind::Principal(card) | PartKind::Bonus(card) => match book.living_card(card)? {
                None => return Err(Code::CardClosed.into()),
                Some(card) => onto_card(&mut self.elsewhere, card, kind, amount_fen)?,
            },
        }
        Ok(())
    }

    /// A named tender as the sale wrote it: the terminal's reference finds the payment to be taken back.
    fn as_paid(&self, id: TenderId, amount: Fen) -> Named {
        let paid = self.case.tenders.iter().find_map(|tender| match tender {
            Tender::Named { tender, name, reference, .. } if *tender == id => Some((name.clone(), reference.clone())),
            _ => None,
        });
        let (name, reference) = paid.unwrap_or_default();
        Named { tender: id, name, reference, amount }
    }

    /// How the money goes back, when `credit` of it pays for other goods. Cash pays for those first, so that what a bank card paid
    /// goes back to it. Errors with `internal` for more credit than there is money.
    pub fn tenders(&self, credit: Fen) -> Result<Vec<Tender>, Code> {
        if credit > self.in_money {
            return Err(Code::Internal);
        }
        let mut tenders = self.elsewhere.clone();
        let mut left = credit;
        let mut after_credit = |amount: Fen| {
            let used = left.min(amount);
            left = left.minus(used)?;
            amount.minus(used)
        };
        let cash = after_credit(self.cash)?;
        for Named { tender, name, reference, amount } in &self.named {
            let amount_fen = after_credit(*amount)?;
            if amount_fen > Fen::ZERO {
                tenders.push(Tender::Named { tender: *tender, name: name.clone(), amount_fen, reference: reference.clone() });
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

    /// Takes what the goods that come back had used of limits off what was `used`: the other goods of an exchange are priced as if
    /// they were bought after it. `members` are the ids of the buyer, whose own uses may be among them.
    pub fn give_back_uses(&self, members: &[MemberId], used: &mut BTreeMap<RuleId, Used>) {
        let before = &self.case.before.by_line;
        let mut after = before.clone();
        for line in &self.refunded.lines {
            *after.entry(line.no).or_default() += line.quantity_milli;
        }
        let own = self.case.head.member.is_some_and(|member| members.contains(&member));
        for of in &self.case.head.promotions {
            let ((times_then, pieces_then), (times, pieces)) = (of.kept(before), of.kept(&after));
            if let Some(used) = used.get_mut(&of.rule) {
                used.in_all_pieces = used.in_all_pieces.saturating_sub(u64::from(pieces_then.saturating_sub(pieces)));
                if own {
                    used.by_member_times = used.by_member_times.saturating_sub(u64::from(times_then.saturating_sub(times)));
                }
            }
        }
    }

    /// The lines that come back, named as they were sold.
    pub fn lines(&self) -> Vec<RefundLine> {
        let named = self.refunded.lines.iter().filter_map(|back| {
            let line = self.case.lines.iter().find(|line| line.no == back.no)?;
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
