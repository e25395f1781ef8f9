//! From what is due and what is given to what is paid by which tender (A3, A9). The payment screen's preview and the payment
//! itself are this one function, so what the cashier saw while typing is what is booked.
//!
//! Change comes from cash alone, cash is taken last whatever order the tenders were given in, and rounding only ever takes
//! fen off what is paid in cash. `due = Σ amounts + rounding + left`, and the cash given is its amount and the change.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    error::Code,
    ids::{CardId, TenderId},
    money::{Fen, Points},
    phone::{Phone, narrow},
};

/// The most that a tender may be given for when less is due, 99,999,999.99 yuan: more is a barcode read into the wrong box.
pub const GIVEN_MOST: i64 = 9_999_999_999;

/// One tender as the cashier entered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    Cash {
        given_fen: Fen,
    },
    /// A stored-value card.
    Card {
        card: CardId,
        amount_fen: Fen,
    },
    /// `value_fen` is what the rules of redeeming say these points are worth.
    Points {
        points: Points,
        value_fen: Fen,
    },
    Named {
        tender: TenderId,
        name: String,
        amount_fen: Fen,
        reference: Option<String>,
    },
    /// What goods taken back in the same exchange are worth (A4).
    Credit {
        amount_fen: Fen,
    },
}

/// Characters that the number of a payment may have.
const REFERENCE_MOST: usize = 40;

/// The number of a payment as somebody typed it; `None` for nothing. It stands in clear in an operation, so it holds no words and
/// nobody's phone number: it has at least as many digits as letters, no letters on both sides of a blank, and no run of digits that
/// could be dialled. Errors: `text.too_long`, `reference.invalid`.
pub fn reference(text: &str) -> Result<Option<String>, Code> {
    let text: String = text.trim().chars().map(narrow).collect();
    if text.chars().count() > REFERENCE_MOST {
        return Err(Code::TextTooLong);
    }
    let as_number = |c: char| c.is_ascii_alphanumeric() || " -_./#*:".contains(c);
    if !text.chars().all(as_number) || has_words(&text) || has_phone(&text) {
        return Err(Code::ReferenceInvalid);
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

fn has_words(text: &str) -> bool {
    let count = |is: fn(&char) -> bool| text.chars().filter(is).count();
    let is_word = |part: &str| part.chars().all(|c| c.is_ascii_alphabetic());
    let side_by_side = text.split_whitespace().zip(text.split_whitespace().skip(1)).any(|(one, next)| is_word(one) && is_word(next));
    count(char::is_ascii_alphabetic) > count(char::is_ascii_digit) || side_by_side
}

/// Digits that belong together, whatever stands between them as in a number that is written to be read.
fn has_phone(text: &str) -> bool {
    let between = |c: char| " -._".contains(c);
    text.split(|c: char| !c.is_ascii_digit() && !between(c)).any(|run| Phone::parse(&run.replace('_', "-")).is_ok())
}

/// What was paid by one tender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    #[serde(flatten)]
    pub by: PaidBy,
    /// Its part of what was due. Zero for cash that came back whole.
    pub amount_fen: Fen,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tender", rename_all = "snake_case")]
pub enum PaidBy {
    Cash {
        given_fen: Fen,
        change_fen: Fen,
    },
    Card {
        card: CardId,
    },
    Points {
        points: Points,
    },
    Named {
        #[serde(rename = "id")]
        tender: TenderId,
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
    Credit,
}

/// To what the cash part is rounded down: 1 fen is not at all, 10 is a 角, 100 a 元.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CashRounding {
    pub to_fen: Fen,
}

impl CashRounding {
    pub const NONE: Self = Self { to_fen: Fen::constant(1) };

    /// Whether it can be put in force: 1 fen to 1 yuan, else `amount.invalid`.
    pub fn check(&self) -> Result<(), Code> {
        if (1..=100).contains(&self.to_fen.get()) { Ok(()) } else { Err(Code::AmountInvalid) }
    }

    /// What cash has to cover of `rest`. The step was checked.
    fn payable(&self, rest: Fen) -> Result<Fen, Code> {
        Fen::new(rest.get() - rest.get().checked_rem(self.to_fen.get()).ok_or(Code::AmountInvalid)?)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Those other than cash as they were given, then cash in one.
    pub tenders: Vec<Paid>,
    pub change_fen: Fen,
    /// Off the cash part, in the customer's favour; zero while cash does not pay the rest.
    pub rounding_fen: Fen,
    /// Still to pay; zero when settled. A payment with something left is the caller's `tender.short`.
    pub left_fen: Fen,
    /// How much more cash would settle: `left_fen` less the rounding that cash would bring.
    pub left_in_cash_fen: Fen,
}

/// Settles `due` by what is given. Errors: `amount.invalid` (negative or zero, a negative due, a rounding that no rule may
/// have), `amount.too_large`, `tender.over` (more than is left, by anything but cash), `tender.twice` (a card, or points).
///
/// Cash of zero is taken in one case: when the rest rounds to nothing, and there is nothing to hand over.
pub fn settle(due: Fen, given: &[Given], rounding: CashRounding) -> Result<Settled, Code> {
    rounding.check()?;
    if due < Fen::ZERO {
        return Err(Code::AmountInvalid);
    }
    let (mut tenders, rest) = without_cash(due, given)?;
    let payable = rounding.payable(rest)?;
    let free = rest > Fen::ZERO && payable == Fen::ZERO;
    let Some(given_fen) = cash_given(due, given, free)? else {
        return Ok(Settled { tenders, change_fen: Fen::ZERO, rounding_fen: Fen::ZERO, left_fen: rest, left_in_cash_fen: payable });
    };
    let amount_fen = given_fen.min(payable);
    let change_fen = given_fen.minus(amount_fen)?;
    tenders.push(Paid { by: PaidBy::Cash { given_fen, change_fen }, amount_fen });
    let left_in_cash_fen = payable.minus(amount_fen)?;
    let over = rest.minus(amount_fen)?;
    let (rounding_fen, left_fen) = if left_in_cash_fen == Fen::ZERO { (over, Fen::ZERO) } else { (Fen::ZERO, over) };
    Ok(Settled { tenders, change_fen, rounding_fen, left_fen, left_in_cash_fen })
}

/// Everything but cash, in the order given, and what it leaves to pay.
fn without_cash(due: Fen, given: &[Given]) -> Result<(Vec<Paid>, Fen), Code> {
    let mut tenders = Vec::with_capacity(given.len());
    let mut rest = due;
    let mut cards = BTreeSet::new();
    let mut points_given = false;
    for given in given {
        let (by, amount_fen) = match given {
            Given::Cash { .. } => continue,
            Given::Card { card, amount_fen } => {
                if !cards.insert(*card) {
                    return Err(Code::TenderTwice);
                }
                (PaidBy::Card { card: *card }, *amount_fen)
            }
            Given::Points { points, value_fen } => {
                if std::mem::replace(&mut points_given, true) {
                    return Err(Code::TenderTwice);
                }
                if *points <= Points::ZERO {
                    return Err(Code::AmountInvalid);
                }
                (PaidBy::Points { points: *points }, *value_fen)
            }
            Given::Named { tender, name, amount_fen, reference } => {
                (PaidBy::Named { tender: *tender, name: name.clone(), reference: reference.clone() }, *amount_fen)
            }
            Given::Credit { amount_fen } => (PaidBy::Credit, *amount_fen),
        };
        sensible(amount_fen, due)?;
        if amount_fen > rest {
            return Err(Code::TenderOver);
        }
        rest = rest.minus(amount_fen)?;
        tenders.push(Paid { by, amount_fen });
    }
    Ok((tenders, rest))
}

/// All cash in one; `None` without any. `free`: the rest rounds to nothing, so that nothing need be handed over.
fn cash_given(due: Fen, given: &[Given], free: bool) -> Result<Option<Fen>, Code> {
    let mut sum = None;
    for given in given {
        if let Given::Cash { given_fen } = given {
            if !(free && *given_fen == Fen::ZERO) {
                sensible(*given_fen, due)?;
            }
            sum = Some(sum.unwrap_or(Fen::ZERO).plus(*given_fen)?);
        }
    }
    Ok(sum)
}

fn sensible(amount_fen: Fen, due: Fen) -> Result<(), Code> {
    if amount_fen <= Fen::ZERO {
        Err(Code::AmountInvalid)
    } else if amount_fen.get() > GIVEN_MOST.max(due.get()) {
        Err(Code::AmountTooLarge)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
