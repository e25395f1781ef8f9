//! Tenders on their way back: what a refund moves out of a counter, and the payments of a sale as a refund counts them.

use super::Counter;
use crate::{
    error::Code,
    ids::TenderId,
    money::{Fen, Points},
    op::{CreditFrom, Tender},
    posting::{Account, Ledger},
    refund::{Part, PartKind},
};

/// What of a refund is not paid, since the card that gave it was paid out.
pub fn settled(tenders: &[Tender]) -> Result<Fen, Code> {
    let of_cards = tenders.iter().filter_map(|tender| match tender {
        Tender::Card { settled_fen, .. } => Some(*settled_fen),
        _ => None,
    });
    Fen::sum(of_cards)
}

/// Money of a refund out of this counter, by tender.
pub fn give_back(ledger: &mut Ledger, at: &Counter<'_>, tenders: &[Tender]) -> Result<(), Code> {
    let turnover = Account::Turnover(at.store);
    for tender in tenders {
        match tender {
            Tender::Cash { change_fen, .. } => ledger.fen(Account::Cash(at.device), turnover, *change_fen)?,
            Tender::Named { tender, amount_fen, .. } => ledger.fen(Account::Tender(*tender), turnover, *amount_fen)?,
            Tender::Credit { amount_fen, .. } => ledger.fen(Account::Exchange(at.store), turnover, *amount_fen)?,
            // The points themselves are the refund's own.
            Tender::Points { amount_fen, .. } => ledger.fen(Account::PointsGiven(at.store), turnover, *amount_fen)?,
            // What a paid-out card gave stays with the house: its reckoning counted the goods as used.
            Tender::Card { card, principal_fen, bonus_fen, settled_fen: _, approved_by: _ } => {
                ledger.fen(Account::CardsIssued, Account::CardPrincipal(*card), *principal_fen)?;
                ledger.fen(Account::CardsIssued, Account::CardBonus(*card), *bonus_fen)?;
                ledger.fen(Account::Prepaid(at.store), turnover, *principal_fen)?;
                ledger.fen(Account::BonusGiven(at.store), turnover, *bonus_fen)?;
            }
        }
    }
    Ok(())
}

/// The parts of a sale as a refund counts them: which amount was paid from where. Credit is what had paid for the goods that were
/// brought back.
pub fn parts_of(tenders: &[Tender]) -> Result<(Vec<Part>, Points), Code> {
    let mut parts = Vec::new();
    let mut redeemed = Points::ZERO;
    let payments = named_payments(tenders);
    let named = |id: TenderId, reference: &Option<String>, amount_fen| {
        let nth = payments.iter().filter(|paid| paid.tender == id).position(|paid| paid.reference == reference.as_deref());
        Ok(Part { nth: u32::try_from(nth.unwrap_or(0)).map_err(|_| Code::Internal)?, ..Part::of(PartKind::Named(id), amount_fen) })
    };
    for tender in tenders {
        match tender {
            Tender::Cash { .. } => parts.push(Part::of(PartKind::Cash, tender.amount()?)),
            Tender::Card { card, principal_fen, bonus_fen, .. } => {
                parts.push(Part::of(PartKind::Principal(*card), *principal_fen));
                parts.push(Part::of(PartKind::Bonus(*card), *bonus_fen));
            }
            Tender::Points { points, amount_fen } => {
                redeemed = redeemed.plus(*points)?;
                parts.push(Part::of(PartKind::Points, *amount_fen));
            }
            Tender::Named { tender, amount_fen, reference, .. } => parts.push(named(*tender, reference, *amount_fen)?),
            Tender::Credit { amount_fen, from } if from.is_empty() => parts.push(Part::of(PartKind::Credit, *amount_fen)),
            Tender::Credit { from, .. } => {
                for from in from {
                    parts.push(match from {
                        CreditFrom::Cash { amount_fen } => Part::of(PartKind::Cash, *amount_fen),
                        CreditFrom::Named { tender, amount_fen, reference, .. } => named(*tender, reference, *amount_fen)?,
                    });
                }
            }
        }
    }
    Ok((parts, redeemed))
}

/// A payment by a named tender that a terminal can take back by its reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedPayment<'a> {
    pub tender: TenderId,
    pub name: &'a str,
    pub reference: Option<&'a str>,
}

/// The payments by named tenders in a sale, those of its credit too, each reference once, in the order of the sale: the `nth` of a
/// [`Part`] counts those of its tender.
pub fn named_payments(tenders: &[Tender]) -> Vec<NamedPayment<'_>> {
    let mut payments: Vec<NamedPayment<'_>> = Vec::new();
    let mut add = |tender, name, reference| {
        if !payments.iter().any(|paid| paid.tender == tender && paid.reference == reference) {
            payments.push(NamedPayment { tender, name, reference });
        }
    };
    for tender in tenders {
        match tender {
            Tender::Named { tender, name, reference, .. } => add(*tender, name.as_str(), reference.as_deref()),
            Tender::Credit { from, .. } => {
                for from in from {
                    if let CreditFrom::Named { tender, name, reference, .. } = from {
                        add(*tender, name.as_str(), reference.as_deref());
                    }
                }
            }
            Tender::Cash { .. } | Tender::Card { .. } | Tender::Points { .. } => {}
        }
    }
    payments
}
