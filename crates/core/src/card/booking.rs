//! A card's business at the counter → its operations, with the accounts that the money moves between (C3, I1).
//!
//! What the stores have taken in advance and what lies on cards as principal are one amount seen from two sides: over all
//! stores and cards `Σ prepaid + Σ card_principal = 0` after each of these. Bonus has no such other side until it pays.

use super::{CardRefund, Cause, Credit};
use crate::{
    checkout::Counter,
    error::Code,
    ids::{BuyerId, CardId, StaffId, TenderId, TopUpId},
    money::Fen,
    op::{BonusPart, CardRefunded, CardReissued, CardToppedUp, Tender, TenderDetail},
    posting::{Account, Ledger, Posting},
    settle::{Paid, PaidBy, Settled},
};

/// What lies on the accounts of one card. A card in another's place also speaks for what reached that one late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    pub card: CardId,
    pub principal: Fen,
    pub bonus: Fen,
}

/// Everything a top-up is made of.
pub struct TopUpParts<'a> {
    pub top_up: TopUpId,
    pub card: CardId,
    pub buyer: Option<BuyerId>,
    pub at: Counter<'a>,
    /// Business day of the payment: monthly parts are counted from it.
    pub day: &'a str,
    /// The plan's name; empty for a free amount.
    pub plan: &'a str,
    pub credit: &'a Credit,
    pub settled: &'a Settled,
}

impl TopUpParts<'_> {
    /// Errors: `tender.short`, `tender.unknown` for a tender that is neither cash nor a named one, `amount.*`. What is not paid in
    /// full is short: principal is money that a refund gives back, and rounding it off would make some out of nothing.
    pub fn top_up(&self) -> Result<(CardToppedUp, TenderDetail), Code> {
        let paid = Fen::sum(self.settled.tenders.iter().map(|paid| paid.amount_fen))?;
        if self.settled.left_fen > Fen::ZERO || paid < self.credit.principal_fen {
            return Err(Code::TenderShort);
        }
        let tenders = self.settled.tenders.iter().map(tender).collect::<Result<_, _>>()?;
        let top_up = CardToppedUp {
            top_up: self.top_up,
            card: self.card,
            receipt_no: self.at.receipt_no(),
            number: self.at.number,
            till_no: self.at.till_no,
            plan: self.plan.to_owned(),
            principal_fen: self.credit.principal_fen,
            bonus_fen: self.credit.first_bonus_fen,
            parts: dated(self.credit, self.day)?,
            buyer: self.buyer,
            postings: self.postings()?,
        };
        Ok((top_up, TenderDetail { tenders }))
    }

    fn postings(&self) -> Result<Vec<Posting>, Code> {
        let prepaid = Account::Prepaid(self.at.store);
        let mut ledger = Ledger::new();
        for paid in &self.settled.tenders {
            let to = match &paid.by {
                PaidBy::Cash { .. } => Account::Cash(self.at.device),
                PaidBy::Named { tender, .. } => Account::Tender(*tender),
                PaidBy::Card { .. } | PaidBy::Points { .. } | PaidBy::Credit => return Err(Code::TenderUnknown),
            };
            ledger.fen(prepaid, to, paid.amount_fen)?;
        }
        ledger.fen(Account::CardsIssued, Account::CardPrincipal(self.card), self.credit.principal_fen)?;
        ledger.fen(Account::CardsIssued, Account::CardBonus(self.card), self.credit.first_bonus_fen)?;
        Ok(ledger.done())
    }
}

fn tender(paid: &Paid) -> Result<Tender, Code> {
    match &paid.by {
        PaidBy::Cash { given_fen, change_fen } => Ok(Tender::Cash { given_fen: *given_fen, change_fen: *change_fen }),
        PaidBy::Named { tender, name, reference } => {
            Ok(Tender::Named { tender: *tender, name: name.clone(), amount_fen: paid.amount_fen, reference: reference.clone() })
        }
        PaidBy::Card { .. } | PaidBy::Points { .. } | PaidBy::Credit => Err(Code::TenderUnknown),
    }
}

/// The parts of a bonus that come later, each with its business day. Errors with `request.invalid` for a `day` that is none.
pub fn dated(credit: &Credit, day: &str) -> Result<Vec<BonusPart>, Code> {
    let from = super::day(day)?;
    let part = |(months, bonus_fen): &(u32, Fen)| {
        let day = super::months_after(from, *months)?.to_string();
        Ok(BonusPart { part: months + 1, day, bonus_fen: *bonus_fen })
    };
    credit.parts.iter().map(part).collect()
}

/// All that lies on a card to the one that takes its place; what it owes goes too.
pub fn reissued(card: CardId, to: CardId, holdings: &[Holding], approved_by: Option<StaffId>) -> Result<CardReissued, Code> {
    let mut ledger = Ledger::new();
    for held in holdings {
        drain(&mut ledger, Account::CardPrincipal(held.card), Account::CardPrincipal(to), held.principal)?;
        drain(&mut ledger, Account::CardBonus(held.card), Account::CardBonus(to), held.bonus)?;
    }
    Ok(CardReissued { card, to, approved_by, postings: ledger.done() })
}

/// By what a card is paid out. Who received it is the card's member, whose name is sealed with them; a named tender's reference
/// leads to the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaidOutBy {
    Cash,
    Named { tender: TenderId, name: String, reference: Option<String> },
}

impl PaidOutBy {
    fn tender(&self, amount_fen: Fen) -> Tender {
        match self {
            Self::Cash => Tender::Cash { given_fen: Fen::ZERO, change_fen: amount_fen },
            Self::Named { tender, name, reference } => {
                Tender::Named { tender: *tender, name: name.clone(), amount_fen, reference: reference.clone() }
            }
        }
    }
}

/// Everything a card's refund is made of.
pub struct CardRefundParts<'a> {
    pub card: CardId,
    pub at: Counter<'a>,
    pub cause: Cause,
    pub worth: &'a CardRefund,
    pub holdings: &'a [Holding],
    pub by: PaidOutBy,
    pub approved_by: Option<StaffId>,
}

impl CardRefundParts<'_> {
    /// Errors: `card.owes` for a card that owes, but for bonus that its principal pays; `amount.*`.
    pub fn refund(&self) -> Result<(CardRefunded, TenderDetail), Code> {
        let principal = Fen::sum(self.holdings.iter().map(|held| held.principal))?;
        let bonus = Fen::sum(self.holdings.iter().map(|held| held.bonus))?;
        let (bonus_fen, owed) = (bonus.max(Fen::ZERO), Fen::ZERO.minus(bonus.min(Fen::ZERO))?);
        if principal < owed {
            return Err(Code::CardOwes);
        }
        let principal_fen = principal.minus(owed)?;
        let refund_fen = self.worth.refund_fen;
        let tenders = if refund_fen > Fen::ZERO { vec![self.by.tender(refund_fen)] } else { Vec::new() };
        let refunded = CardRefunded {
            card: self.card,
            receipt_no: self.at.receipt_no(),
            number: self.at.number,
            till_no: self.at.till_no,
            cause: self.cause,
            refund_fen,
            principal_fen,
            bonus_fen,
            approved_by: self.approved_by,
            postings: self.postings(principal, owed)?,
        };
        Ok((refunded, TenderDetail { tenders }))
    }

    /// The card is emptied. Of what is paid out, principal comes out of what was prepaid and the rest is bonus that the house
    /// pays; principal that is not paid out is the price of goods: those bought at a discount, taken back to list, and those that
    /// bonus paid for which the card did not have. That is turnover.
    fn postings(&self, principal: Fen, owed: Fen) -> Result<Vec<Posting>, Code> {
        let prepaid = Account::Prepaid(self.at.store);
        let money = match &self.by {
            PaidOutBy::Cash => Account::Cash(self.at.device),
            PaidOutBy::Named { tender, .. } => Account::Tender(*tender),
        };
        let of_principal = self.worth.refund_fen.min(principal.minus(owed)?);
        let mut ledger = Ledger::new();
        for held in self.holdings {
            drain(&mut ledger, Account::CardPrincipal(held.card), Account::CardsIssued, held.principal)?;
            drain(&mut ledger, Account::CardBonus(held.card), Account::CardsIssued, held.bonus)?;
        }
        ledger.fen(money, prepaid, of_principal)?;
        ledger.fen(money, Account::BonusGiven(self.at.store), self.worth.refund_fen.minus(of_principal)?)?;
        ledger.fen(Account::Turnover(self.at.store), prepaid, principal.minus(of_principal)?)?;
        Ok(ledger.done())
    }
}

/// Brings an account to nothing: what it holds goes to another, what it owes is paid by that.
fn drain(ledger: &mut Ledger, from: Account, to: Account, amount: Fen) -> Result<(), Code> {
    if amount < Fen::ZERO { ledger.fen(to, from, Fen::ZERO.minus(amount)?) } else { ledger.fen(from, to, amount) }
}

#[cfg(test)]
mod tests;
