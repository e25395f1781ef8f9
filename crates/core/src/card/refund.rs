//! What a card is worth when it is given back, by the Interpretation 2025 (C3).
//!
//! - Within seven days of the payment the unused principal comes back, without a reason. The law excepts who had been served
//!   before; the house does not ask.
//! - When it is not by the customer's cause, what was used counts at the price that was charged, and where money was given on
//!   top at the ratio paid ÷ (paid + given): 300 with 50 on top, 140 used, gives 300 − 140 × 300/350 = 180.
//! - When it is by the customer's cause, what was used counts at list price (article 19): 300 − 140 = 160.
//!
//! The law lets the parties agree on more for the customer, never on less, so whoever has two rights gets the better. A
//! refund is never negative (the customer owes nothing on top) and never more than was paid. It may be more than the card has left:
//! where parts of a bonus that were promised count, they are paid for too.
//!
//! Tills that did not know of each other may have spent one bonus twice: what is owed of it counts as drawn on principal.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{day, kind::GiftParts, law::CardLaw};
use crate::{
    error::Code,
    money::{Fen, Rounding, scale},
};

/// Why the card is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Not by the customer's cause: a shop that closed or moved, goods that are gone.
    Merchant,
    Customer,
    /// The customer thinks better of it within the cooling period.
    Cooling,
}

/// What is known of a card, summed over all its top-ups, those of a card it replaced included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardFacts {
    /// Principal ever topped up.
    pub paid_fen: Fen,
    /// Bonus that has ever come onto the card.
    pub gift_fen: Fen,
    /// Monthly parts of bonus that were promised and have not come.
    pub gift_to_come_fen: Fen,
    /// What was bought with the card and kept, at list price: of a sale paid in several ways, the card's share of its list price.
    pub used_list_fen: Fen,
    /// What those sales drew of principal, refunds taken off.
    pub used_principal_fen: Fen,
    /// What they drew of bonus.
    pub used_bonus_fen: Fen,
    /// Business day of the first payment; none for a card that was only ever given to. Later top-ups open no new cooling
    /// period: their buyer knows the goods.
    pub first_paid_day: Option<String>,
    pub today: String,
    pub cause: Cause,
}

/// By which reckoning the refund came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    UnusedWithinCoolingPeriod,
    Discounted,
    ListPrice,
    /// Nothing is left to refund.
    Nothing,
}

/// The rule of the Interpretation 2025 (法释〔2025〕4号) that was applied; a screen has the words for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Article {
    /// 消费者自付款之日起七日内请求返还预付款本金.
    CoolingOff,
    /// 非因消费者原因返还预付款.
    NotByCustomer,
    /// 因消费者原因返还预付款: article 19.
    ByCustomer,
}

impl Article {
    /// The article's number, where we have it from the text itself.
    pub const fn number(self) -> Option<u32> {
        match self {
            Self::ByCustomer => Some(19),
            Self::CoolingOff | Self::NotByCustomer => None,
        }
    }
}

/// The figures, and what each reckoning would give, so that a screen can show the sum and its alternatives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Figures {
    pub paid_fen: Fen,
    /// The bonus that counts in the ratio.
    pub gift_fen: Fen,
    /// What the card paid for, as charged.
    pub charged_fen: Fen,
    /// The same at list price; at least what was charged.
    pub used_list_fen: Fen,
    /// Within the cooling period: the unused principal.
    pub cooling_fen: Option<Fen>,
    /// Not by the customer's cause.
    pub discounted_fen: Fen,
    /// By the customer's cause.
    pub list_price_fen: Fen,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardRefund {
    pub refund_fen: Fen,
    /// What of it the card's principal pays; `refund_fen` less this comes out of bonus that was given or promised.
    pub of_principal_fen: Fen,
    pub basis: Basis,
    pub article: Article,
    pub explained: Figures,
}

impl CardFacts {
    /// What giving the card back pays now. Errors: `card.cooling_over` when cooling is the cause and its period is over,
    /// `amount.invalid` for facts that cannot be (anything negative, more drawn than came), `request.invalid` for a day
    /// that is none.
    pub fn refund(&self, law: &CardLaw, gift_counts: GiftParts) -> Result<CardRefund, Code> {
        let owed = self.used_bonus_fen.minus(self.gift_fen)?.max(Fen::ZERO);
        if owed > Fen::ZERO {
            let (used_principal_fen, used_bonus_fen) = (self.used_principal_fen.plus(owed)?, self.gift_fen);
            return Self { used_principal_fen, used_bonus_fen, ..self.clone() }.refund(law, gift_counts);
        }
        let explained = self.figures(law, gift_counts)?;
        let cooling = explained.cooling_fen.map(|fen| (fen, Basis::UnusedWithinCoolingPeriod, Article::CoolingOff));
        let by_cause = match self.cause {
            Cause::Merchant => Some((explained.discounted_fen, Basis::Discounted, Article::NotByCustomer)),
            Cause::Customer => Some((explained.list_price_fen, Basis::ListPrice, Article::ByCustomer)),
            Cause::Cooling => None,
        };
        let better = match (cooling, by_cause) {
            (Some(cooling), Some(by_cause)) if by_cause.0 > cooling.0 => by_cause,
            (Some(cooling), _) => cooling,
            (None, Some(by_cause)) => by_cause,
            (None, None) => return Err(Code::CardCoolingOver),
        };
        let (refund_fen, basis, article) = better;
        Ok(CardRefund {
            refund_fen,
            of_principal_fen: refund_fen.min(self.unused_principal()?),
            basis: if refund_fen == Fen::ZERO { Basis::Nothing } else { basis },
            article,
            explained,
        })
    }

    fn figures(&self, law: &CardLaw, gift_counts: GiftParts) -> Result<Figures, Code> {
        self.check()?;
        let gift_fen = match gift_counts {
            GiftParts::Promised => self.gift_fen.plus(self.gift_to_come_fen)?,
            GiftParts::Given => self.gift_fen,
        };
        let charged_fen = self.used_principal_fen.plus(self.used_bonus_fen)?;
        // A price keyed in above the list is what that piece costs: the card has that much less.
        let used_list_fen = self.used_list_fen.max(charged_fen);
        Ok(Figures {
            paid_fen: self.paid_fen,
            gift_fen,
            charged_fen,
            used_list_fen,
            cooling_fen: if self.is_cooling(law)? { Some(self.unused_principal()?) } else { None },
            discounted_fen: discounted(self.paid_fen, gift_fen, charged_fen)?,
            list_price_fen: self.paid_fen.minus(used_list_fen)?.max(Fen::ZERO),
        })
    }

    fn unused_principal(&self) -> Result<Fen, Code> {
        self.paid_fen.minus(self.used_principal_fen)
    }

    /// The day of the payment does not count (Civil Code, article 201): paid on the 1st, the 8th is the last day. A clock that
    /// is behind takes nobody's right.
    fn is_cooling(&self, law: &CardLaw) -> Result<bool, Code> {
        let today = day(&self.today)?;
        let Some(paid) = &self.first_paid_day else { return Ok(false) };
        Ok(today.signed_duration_since(day(paid)?).num_days() <= i64::from(law.cooling_days))
    }

    fn check(&self) -> Result<(), Code> {
        let amounts =
            [self.paid_fen, self.gift_fen, self.gift_to_come_fen, self.used_list_fen, self.used_principal_fen, self.used_bonus_fen];
        let negative = amounts.iter().any(|amount| *amount < Fen::ZERO);
        let overdrawn = self.used_principal_fen > self.paid_fen || self.used_bonus_fen > self.gift_fen;
        if negative || overdrawn { Err(Code::AmountInvalid) } else { Ok(()) }
    }
}

/// `paid − charged × paid/(paid + gift)`, written as the unused share of what was paid, to the nearest fen; half a fen goes
/// to the customer.
fn discounted(paid: Fen, gift: Fen, charged: Fen) -> Result<Fen, Code> {
    let total = paid.plus(gift)?;
    if total == Fen::ZERO {
        return Ok(Fen::ZERO);
    }
    Fen::new(scale(paid.get(), total.minus(charged)?.get(), total.get(), Rounding::HalfUp)?)
}

#[cfg(test)]
mod tests;
