//! A top-up: what the customer's choice puts on the card, and whether the law lets it (C3).

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    kind::{CardType, TopUpPlan},
    law::CardLaw,
};
use crate::{
    error::Code,
    money::{Fen, allocate},
};

/// What the customer chose.
#[derive(Clone, Copy, Debug)]
pub enum Chosen<'a> {
    Plan(&'a TopUpPlan),
    Free(Fen),
}

/// What the card holds before the top-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    pub principal_fen: Fen,
    pub bonus_fen: Fen,
    /// Monthly parts of earlier bonuses that have not come yet.
    pub to_come_fen: Fen,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Buyer {
    Person,
    Company,
}

/// The purchase that the top-up is part of: the law looks at all cards bought at once, and what one buyer buys within a
/// business day is taken for one purchase, which is the stricter reading.
#[derive(Clone, Copy, Debug)]
pub struct Purchase {
    /// What is paid for all of them together, this one included; cash is asked of this one alone.
    pub total_fen: Fen,
    pub buyer: Buyer,
    /// The buyer's identity document was shown and is on record, readable here ([`crate::buyer`]).
    pub identified: bool,
    /// Any of it is paid in cash.
    pub cash: bool,
}

/// What a top-up puts on the card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    pub principal_fen: Fen,
    /// Bonus that is there at once.
    pub first_bonus_fen: Fen,
    /// `(months after the top-up, bonus)`, earliest first. With the first bonus they sum to the plan's.
    pub parts: Vec<(u32, Fen)>,
}

impl Credit {
    fn of(chosen: Chosen) -> Result<Self, Code> {
        let plan = match chosen {
            Chosen::Free(amount) => return Ok(Self { principal_fen: amount, first_bonus_fen: Fen::ZERO, parts: Vec::new() }),
            Chosen::Plan(plan) => plan,
        };
        let weights = vec![1; usize::try_from(plan.parts).map_err(|_| Code::AmountInvalid)?];
        let mut shares = (0u32..).zip(allocate(plan.bonus_fen.get(), &weights)?);
        let first_bonus_fen = Fen::new(shares.next().map_or(0, |(_, share)| share))?;
        let parts = shares.map(|(month, share)| Ok((month, Fen::new(share)?))).collect::<Result<_, Code>>()?;
        Ok(Self { principal_fen: plan.pay_fen, first_bonus_fen, parts })
    }

    /// All the bonus, now and to come.
    pub fn bonus_fen(&self) -> Result<Fen, Code> {
        self.parts.iter().try_fold(self.first_bonus_fen, |sum, (_, part)| sum.plus(*part))
    }
}

/// What `chosen` puts on a card of this type that holds `held`. Errors:
/// - `card.not_offered`: the type is not enabled, or does not offer this plan or amount;
/// - `card.limit_registered`, `card.limit_anonymous`: the card would hold more than it may, bonus to come included where bonus counts;
/// - `card.identity_needed`, `card.bank_transfer_needed`: the purchase asks for them and has them not;
/// - `amount.invalid`: a negative balance, or a purchase that is less than its part.
pub fn top_up(kind: &CardType, chosen: Chosen, law: &CardLaw, held: Held, purchase: Purchase) -> Result<Credit, Code> {
    if !kind.offers(chosen) {
        return Err(Code::CardNotOffered);
    }
    let credit = Credit::of(chosen)?;
    if [held.principal_fen, held.bonus_fen, held.to_come_fen].iter().any(|balance| *balance < Fen::ZERO) {
        return Err(Code::AmountInvalid);
    }
    let bonus = Fen::sum([held.bonus_fen, held.to_come_fen, credit.bonus_fen()?])?;
    let (most, beyond) = law.limit(kind.registered);
    if law.counted(held.principal_fen.plus(credit.principal_fen)?, bonus)? > most {
        return Err(beyond);
    }
    purchase.check(credit.principal_fen, kind.registered, law)?;
    Ok(credit)
}

impl CardType {
    fn offers(&self, chosen: Chosen) -> bool {
        let offered = match chosen {
            Chosen::Plan(plan) => self.plans.contains(plan),
            Chosen::Free(amount) => self.free_amount.is_some_and(|free| (free.least_fen..=free.most_fen).contains(&amount)),
        };
        self.enabled && offered
    }
}

/// What the law wants of a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// A document on record.
    pub identity: bool,
    /// No cash.
    pub transfer: bool,
}

impl Purchase {
    /// What is wanted of it, whether it has it or not.
    pub fn wants(&self, registered: bool, law: &CardLaw) -> Wanted {
        let identity_from = if registered { law.identity_registered_from_fen } else { law.identity_anonymous_from_fen };
        let transfer_from = match self.buyer {
            Buyer::Person => law.transfer_person_from_fen,
            Buyer::Company => law.transfer_company_from_fen,
        };
        Wanted { identity: self.total_fen >= identity_from, transfer: self.total_fen >= transfer_from }
    }

    fn check(&self, part: Fen, registered: bool, law: &CardLaw) -> Result<(), Code> {
        let wanted = self.wants(registered, law);
        if self.total_fen < part {
            Err(Code::AmountInvalid)
        } else if wanted.identity && !self.identified {
            Err(Code::CardIdentityNeeded)
        } else if wanted.transfer && self.cash {
            Err(Code::CardBankTransferNeeded)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::kind::FreeAmount, *};
    use proptest::prelude::*;

    fn plan(pay: i64, bonus: i64, parts: u32) -> TopUpPlan {
        TopUpPlan { name: "计划".into(), pay_fen: Fen::new(pay).unwrap(), bonus_fen: Fen::new(bonus).unwrap(), parts }
    }

    fn kind(registered: bool, plans: Vec<TopUpPlan>) -> CardType {
        let most_fen = CardLaw::shipped().limit(registered).0;
        let free_amount = Some(FreeAmount { least_fen: Fen::constant(100), most_fen });
        CardType { registered, plans, free_amount, ..CardType::shipped() }
    }

    fn held(principal: i32, bonus: i32, to_come: i32) -> Held {
        Held { principal_fen: Fen::constant(principal), bonus_fen: Fen::constant(bonus), to_come_fen: Fen::constant(to_come) }
    }

    fn of(total: i32) -> Purchase {
        Purchase { total_fen: Fen::constant(total), buyer: Buyer::Person, identified: true, cash: true }
    }

    /// A free amount onto a card, by a buyer whose purchase is that amount.
    #[track_caller]
    fn check(registered: bool, held: Held, amount: i32, expect: Result<(), Code>) {
        let found = top_up(&kind(registered, vec![]), Chosen::Free(Fen::constant(amount)), &CardLaw::shipped(), held, of(amount));
        assert_eq!(found.map(|_| ()), expect, "registered {registered}, {held:?}, {amount}");
    }

    #[test]
    fn limits_are_of_the_whole_balance() {
        check(true, Held::default(), 500_000, Ok(()));
        check(true, held(1, 0, 0), 500_000, Err(Code::CardLimitRegistered));
        check(true, held(0, 1, 0), 500_000, Err(Code::CardLimitRegistered));
        check(true, held(0, 0, 1), 500_000, Err(Code::CardLimitRegistered));
        check(true, held(400_000, 50_000, 0), 50_000, Ok(()));
        check(false, Held::default(), 100_000, Ok(()));
        check(false, held(99_900, 0, 0), 100, Ok(()));
        check(false, held(99_901, 0, 0), 100, Err(Code::CardLimitAnonymous));
        check(true, held(-1, 0, 0), 100, Err(Code::AmountInvalid));
    }

    #[test]
    fn bonus_counts_only_where_the_law_says_so() {
        let law = CardLaw { bonus_counts: false, ..CardLaw::shipped() };
        let kind = kind(true, vec![plan(500_000, 50_000, 12)]);
        let found = top_up(&kind, Chosen::Plan(&kind.plans[0]), &law, held(0, 70_000, 90_000), of(500_000));
        assert_eq!(found.unwrap().bonus_fen(), Ok(Fen::constant(50_000)));
        let beyond = top_up(&kind, Chosen::Plan(&kind.plans[0]), &law, held(1, 0, 0), of(500_000));
        assert_eq!(beyond, Err(Code::CardLimitRegistered));
    }

    #[test]
    fn only_what_is_offered() {
        check(true, Held::default(), 99, Err(Code::CardNotOffered));
        check(true, Held::default(), 500_001, Err(Code::CardNotOffered));
        check(true, Held::default(), -100, Err(Code::CardNotOffered));
        let law = CardLaw::shipped();
        let mut kind = kind(true, vec![plan(30_000, 5_000, 1)]);
        let other = plan(30_000, 29_999, 1);
        assert_eq!(top_up(&kind, Chosen::Plan(&other), &law, Held::default(), of(30_000)), Err(Code::CardNotOffered));
        kind.free_amount = None;
        assert_eq!(top_up(&kind, Chosen::Free(Fen::constant(100)), &law, Held::default(), of(100)), Err(Code::CardNotOffered));
        kind.enabled = false;
        assert_eq!(top_up(&kind, Chosen::Plan(&kind.plans[0]), &law, Held::default(), of(30_000)), Err(Code::CardNotOffered));
    }

    #[test]
    fn identity_and_bank_transfer() {
        use Buyer::{Company, Person};
        let need = |code| Err::<(), _>(code);
        for (registered, total, buyer, identified, cash, expect) in [
            (true, 10_000, Person, true, true, Ok(())),
            (true, 10_000, Person, false, true, need(Code::CardIdentityNeeded)),
            (false, 10_000, Person, false, true, Ok(())),
            (false, 999_999, Person, false, true, Ok(())),
            (false, 1_000_000, Person, false, true, need(Code::CardIdentityNeeded)),
            (false, 1_000_000, Person, true, true, Ok(())),
            (false, 4_999_999, Person, true, true, Ok(())),
            (false, 5_000_000, Person, true, true, need(Code::CardBankTransferNeeded)),
            (false, 5_000_000, Person, true, false, Ok(())),
            (false, 499_999, Company, false, true, Ok(())),
            (false, 500_000, Company, false, true, need(Code::CardBankTransferNeeded)),
            (false, 500_000, Company, false, false, Ok(())),
            (false, 9_999, Person, true, false, need(Code::AmountInvalid)),
        ] {
            let purchase = Purchase { total_fen: Fen::constant(total), buyer, identified, cash };
            let chosen = Chosen::Free(Fen::constant(10_000));
            let found = top_up(&kind(registered, vec![]), chosen, &CardLaw::shipped(), Held::default(), purchase);
            assert_eq!(found.map(|_| ()), expect, "registered {registered}, {purchase:?}");
        }
    }

    #[test]
    fn parts() {
        let credit = |bonus, parts| Credit::of(Chosen::Plan(&plan(30_000, bonus, parts))).unwrap();
        let all = |credit: &Credit| credit.parts.iter().map(|(month, part)| (*month, part.get())).collect::<Vec<_>>();
        assert_eq!((credit(5_000, 1).first_bonus_fen.get(), all(&credit(5_000, 1))), (5_000, vec![]));
        assert_eq!((credit(5_000, 3).first_bonus_fen.get(), all(&credit(5_000, 3))), (1_667, vec![(1, 1_667), (2, 1_666)]));
        assert_eq!((credit(0, 1).first_bonus_fen.get(), all(&credit(0, 1))), (0, vec![]));
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_bonus_and_come_monthly(pay in 1..1_000_000i64, bonus in 60..1_000_000i64, parts in 1..=60u32) {
            let credit = Credit::of(Chosen::Plan(&plan(pay, bonus, parts))).unwrap();
            prop_assert_eq!(credit.principal_fen.get(), pay);
            prop_assert_eq!(credit.bonus_fen().unwrap().get(), bonus);
            prop_assert!(credit.first_bonus_fen > Fen::ZERO && credit.parts.iter().all(|(_, part)| *part > Fen::ZERO));
            prop_assert_eq!(credit.parts.iter().map(|(month, _)| *month).collect::<Vec<_>>(), (1..parts).collect::<Vec<_>>());
        }
    }
}
