//! A type of card as HQ defines it (G3): who may hold it, what can be put on it, and how it is spent.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{law::CardLaw, law::named};
use crate::{error::Code, money::Fen};

/// The most monthly parts a bonus comes in: five years.
pub const PARTS_MOST: u32 = 60;

/// In which order a payment draws on the two balances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SpendOrder {
    PrincipalFirst,
    BonusFirst,
    /// In the ratio of what the two hold at that moment.
    Proportional,
}

/// Which bonus counts in the ratio of a refund that is not by the customer's cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum GiftParts {
    /// Monthly parts still to come count as given: the house promised them, and it is the house that ends the contract.
    Promised,
    /// Only what has reached the card.
    Given,
}

/// What must be shown before a member's card pays in a sale. Its number, scanned or typed, always does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// The card itself, or a manager's PIN.
    Card,
    /// The member's whole phone number or member card, given in this sale: what a screen masks, so that whoever finds a member
    /// by name cannot spend their card. As shipped.
    #[default]
    Member,
    /// Nothing: it pays as soon as its member is on the cart.
    Nothing,
}

impl Shown {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Any amount within bounds, without bonus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FreeAmount {
    pub least_fen: Fen,
    pub most_fen: Fen,
}

/// "Top up 300, get 50."
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TopUpPlan {
    pub name: String,
    pub pay_fen: Fen,
    pub bonus_fen: Fen,
    /// 1: the bonus comes at once; n: in n monthly parts, the first at once.
    pub parts: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardType {
    pub name: String,
    /// A type that is not enabled takes no top-up; its cards pay as before.
    pub enabled: bool,
    /// Held by a member; otherwise anonymous, whoever has it in hand.
    pub registered: bool,
    pub plans: Vec<TopUpPlan>,
    pub free_amount: Option<FreeAmount>,
    pub spend_order: SpendOrder,
    /// Whether a registered card may pass to another member. The Interpretation 2025 counts clauses that forbid it without
    /// good reason (限制转卡) among the void ones, so it may as shipped.
    pub transferable: bool,
    pub gift_counts: GiftParts,
    /// As the type says now, whatever it said when a card was opened.
    #[serde(default, skip_serializing_if = "Shown::is_default")]
    pub shown: Shown,
}

impl CardType {
    /// What a new chain starts with: a registered card, 300 yuan get 50.
    pub fn shipped() -> Self {
        let plan = TopUpPlan { name: "充300送50".to_owned(), pay_fen: Fen::constant(30_000), bonus_fen: Fen::constant(5_000), parts: 1 };
        Self {
            name: "储值卡".to_owned(),
            enabled: true,
            registered: true,
            plans: vec![plan],
            free_amount: Some(FreeAmount { least_fen: Fen::constant(100), most_fen: Fen::constant(500_000) }),
            spend_order: SpendOrder::PrincipalFirst,
            transferable: true,
            gift_counts: GiftParts::Promised,
            shown: Shown::Member,
        }
    }

    /// Whether its terms make sense, under whatever law. Errors: `name.invalid` (empty, or two plans of one name),
    /// `text.too_long`, `amount.invalid`.
    pub fn check_terms(&self) -> Result<(), Code> {
        named(&self.name)?;
        let mut names = BTreeSet::new();
        for plan in &self.plans {
            plan.check()?;
            if !names.insert(plan.name.trim()) {
                return Err(Code::NameInvalid);
            }
        }
        match self.free_amount {
            Some(free) if free.least_fen <= Fen::ZERO || free.most_fen < free.least_fen => Err(Code::AmountInvalid),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether the type can be put in force under `law`. Errors: those of its terms, and `card.limit_registered` or
    /// `card.limit_anonymous` for a plan or an amount that no card could ever take.
    pub fn check(&self, law: &CardLaw) -> Result<(), Code> {
        self.check_terms()?;
        let (most, beyond) = law.limit(self.registered);
        for plan in &self.plans {
            if law.counted(plan.pay_fen, plan.bonus_fen)? > most {
                return Err(beyond);
            }
        }
        if self.free_amount.is_some_and(|free| free.most_fen > most) { Err(beyond) } else { Ok(()) }
    }
}

impl TopUpPlan {
    /// Errors: `name.invalid`, `text.too_long`; `amount.invalid` for a plan without pay, a negative bonus, no parts or more
    /// than [`PARTS_MOST`], or more parts than the bonus has fen (none, for a bonus of nothing).
    fn check(&self) -> Result<(), Code> {
        named(&self.name)?;
        let payable = self.pay_fen > Fen::ZERO && self.bonus_fen >= Fen::ZERO;
        let parted = self.parts == 1 || ((2..=PARTS_MOST).contains(&self.parts) && self.bonus_fen.get() >= i64::from(self.parts));
        if payable && parted { Ok(()) } else { Err(Code::AmountInvalid) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(pay: i32, bonus: i32, parts: u32) -> TopUpPlan {
        TopUpPlan { name: "计划".into(), pay_fen: Fen::constant(pay), bonus_fen: Fen::constant(bonus), parts }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut CardType), expect: Result<(), Code>) {
        let mut kind = CardType::shipped();
        change(&mut kind);
        assert_eq!(kind.check(&CardLaw::shipped()), expect, "{kind:?}");
    }

    #[test]
    fn what_is_shipped_can_be_put_in_force() {
        check(|_| {}, Ok(()));
        let text = serde_json::to_string(&CardType::shipped()).unwrap();
        assert_eq!(serde_json::from_str::<CardType>(&text).unwrap(), CardType::shipped());
    }

    #[test]
    fn plans() {
        for (pay, bonus, parts, expect) in [
            (30_000, 5_000, 1, Ok(())),
            (30_000, 0, 1, Ok(())),
            (30_000, 6_000, 12, Ok(())),
            (30_000, 12, 12, Ok(())),
            (30_000, 60, 60, Ok(())),
            (30_000, 11, 12, Err(Code::AmountInvalid)),
            (30_000, 0, 2, Err(Code::AmountInvalid)),
            (30_000, 6_000, 0, Err(Code::AmountInvalid)),
            (30_000, 6_000, 61, Err(Code::AmountInvalid)),
            (0, 5_000, 1, Err(Code::AmountInvalid)),
            (30_000, -1, 1, Err(Code::AmountInvalid)),
            (500_000, 0, 1, Ok(())),
            (450_000, 50_001, 1, Err(Code::CardLimitRegistered)),
            (500_001, 0, 1, Err(Code::CardLimitRegistered)),
        ] {
            check(|kind| kind.plans = vec![plan(pay, bonus, parts)], expect);
        }
    }

    #[test]
    fn the_limit_is_that_of_the_kind_of_holder() {
        check(
            |kind| {
                (kind.registered, kind.free_amount) = (false, None);
                kind.plans = vec![plan(100_000, 0, 1)];
            },
            Ok(()),
        );
        check(
            |kind| {
                (kind.registered, kind.free_amount) = (false, None);
                kind.plans = vec![plan(100_000, 1, 1)];
            },
            Err(Code::CardLimitAnonymous),
        );
        let law = CardLaw { bonus_counts: false, ..CardLaw::shipped() };
        let kind = CardType { plans: vec![plan(500_000, 50_000, 1)], ..CardType::shipped() };
        assert_eq!((kind.check(&law), kind.check(&CardLaw::shipped())), (Ok(()), Err(Code::CardLimitRegistered)));
    }

    #[test]
    fn free_amounts() {
        let free = |least, most| Some(FreeAmount { least_fen: Fen::constant(least), most_fen: Fen::constant(most) });
        check(|kind| kind.free_amount = None, Ok(()));
        check(|kind| kind.free_amount = free(1, 1), Ok(()));
        check(|kind| kind.free_amount = free(0, 1), Err(Code::AmountInvalid));
        check(|kind| kind.free_amount = free(2, 1), Err(Code::AmountInvalid));
        check(|kind| kind.free_amount = free(1, 500_001), Err(Code::CardLimitRegistered));
    }

    #[test]
    fn names() {
        check(|kind| kind.name = " ".into(), Err(Code::NameInvalid));
        check(|kind| kind.name = "卡".repeat(61), Err(Code::TextTooLong));
        check(|kind| kind.plans = vec![TopUpPlan { name: String::new(), ..plan(1, 0, 1) }], Err(Code::NameInvalid));
        check(|kind| kind.plans = vec![plan(1, 0, 1), plan(2, 0, 1)], Err(Code::NameInvalid));
    }
}
