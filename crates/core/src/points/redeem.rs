//! Points as money: how many may be taken for a sale, and what they are worth to the fen.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    error::Code,
    money::{Fen, Points, Rounding, scale},
    posting::MOST,
};

/// C1: `points` are worth `fen`, taken in whole steps. A step is worth a whole number of fen, so no redemption rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Redeem {
    /// So many points, such as a hundred …
    pub points: Points,
    /// … are worth this.
    pub fen: Fen,
    /// Points are taken in multiples of this.
    pub step: Points,
    /// The fewest that are taken at all.
    pub at_least: Points,
    /// The most of what is due that points may pay, in thousandths: 500 is half.
    pub most_permille: i64,
    /// What is due is at least this.
    pub order_at_least: Fen,
}

/// The points that may be taken: `least`, and from there in steps to `most`. Both are multiples of the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedeemRange {
    pub least: Points,
    pub most: Points,
    pub step: Points,
}

impl Redeem {
    /// What may be taken for a sale of `due`, of which `left` is not paid by something else, by a member who has `balance`; `None` when
    /// none may.
    pub fn range(&self, balance: Points, due: Fen, left: Fen) -> Option<RedeemRange> {
        if due < self.order_at_least {
            return None;
        }
        let (least, most) = (self.steps_least().ok()?, self.steps_most(balance, due, left).ok()?);
        let points = |steps: i64| Points::new(scale(steps, self.step.get(), 1, Rounding::Down).ok()?).ok();
        (least <= most).then_some(RedeemRange { least: points(least)?, most: points(most)?, step: self.step })
    }

    /// What points are worth, exactly. Errors: `points.too_few` below the least that is taken, `points.step` when they
    /// are no multiple of the step.
    pub fn value(&self, points: Points) -> Result<Fen, Code> {
        if points < self.at_least || points <= Points::ZERO {
            return Err(Code::PointsTooFew);
        }
        if points.get().checked_rem(self.step.get()) != Some(0) {
            return Err(Code::PointsStep);
        }
        Fen::new(scale(points.get(), self.fen.get(), self.points.get(), Rounding::Down)?)
    }

    /// What these points pay of a sale of `due`. Errors: those of [`Redeem::value`]; `points.order_small` below the order
    /// that points are taken for; `points.short` beyond the balance; `points.too_many` beyond the share of what is due.
    pub fn pay(&self, points: Points, balance: Points, due: Fen) -> Result<Fen, Code> {
        let value = self.value(points)?;
        if due < self.order_at_least {
            return Err(Code::PointsOrderSmall);
        }
        if points > balance {
            return Err(Code::PointsShort);
        }
        if value > self.allowed(due)? || points.get() > MOST { Err(Code::PointsTooMany) } else { Ok(value) }
    }

    /// What to propose: the most points that of `left` leave a multiple of 10 yuan to pay; where none does, of 1 yuan; where none
    /// does, the most. `None` when none may be taken.
    pub fn round_total(&self, balance: Points, due: Fen, left: Fen) -> Option<Points> {
        let range = self.range(balance, due, left)?;
        let step_fen = self.step_fen().ok()?;
        // What is left repeats after at most `round` steps, so no more are tried.
        let leaving = |round: i64| {
            let tried = (0..round).map_while(|steps| Points::new(range.most.get() - steps.checked_mul(self.step.get())?).ok());
            tried.take_while(|points| *points >= range.least).find(|points| {
                let value = points.get().checked_div(self.step.get()).and_then(|steps| steps.checked_mul(step_fen.get()));
                value.is_some_and(|value| (left.get() - value) % round == 0)
            })
        };
        Some(leaving(1000).or_else(|| leaving(100)).unwrap_or(range.most))
    }

    /// Whether the rule can be put in force. Errors: `redeem.invalid` for a rate, step or share outside its bounds,
    /// `redeem.step_unround` when a step is not worth whole fen.
    pub fn check(&self) -> Result<(), Code> {
        let rate = self.points > Points::ZERO && self.fen > Fen::ZERO && self.step > Points::ZERO;
        let bounds = self.at_least >= Points::ZERO && self.order_at_least >= Fen::ZERO && (1..=1000).contains(&self.most_permille);
        if !rate || !bounds {
            return Err(Code::RedeemInvalid);
        }
        let up = scale(self.step.get(), self.fen.get(), self.points.get(), Rounding::Up)?;
        if up == self.step_fen()?.get() { Ok(()) } else { Err(Code::RedeemStepUnround) }
    }

    fn step_fen(&self) -> Result<Fen, Code> {
        Fen::new(scale(self.step.get(), self.fen.get(), self.points.get(), Rounding::Down)?)
    }

    fn allowed(&self, due: Fen) -> Result<Fen, Code> {
        Fen::new(scale(due.get(), self.most_permille, 1000, Rounding::Down)?)
    }

    fn steps_least(&self) -> Result<i64, Code> {
        Ok(scale(self.at_least.get(), 1, self.step.get(), Rounding::Up)?.max(1))
    }

    fn steps_most(&self, balance: Points, due: Fen, left: Fen) -> Result<i64, Code> {
        let by_due = scale(self.allowed(due)?.min(left).get(), 1, self.step_fen()?.get(), Rounding::Down)?;
        Ok(by_due.min(scale(balance.get().min(MOST), 1, self.step.get(), Rounding::Down)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 100 points a yuan in hundreds, at least 200, up to half of orders from 20 yuan.
    fn rule() -> Redeem {
        Redeem {
            points: Points::constant(100),
            fen: Fen::constant(100),
            step: Points::constant(100),
            at_least: Points::constant(200),
            most_permille: 500,
            order_at_least: Fen::constant(2000),
        }
    }

    fn points(amount: i64) -> Points {
        Points::new(amount).unwrap()
    }

    fn fen(amount: i64) -> Fen {
        Fen::new(amount).unwrap()
    }

    #[test]
    fn what_may_be_taken() {
        for (balance, due, expect) in [
            (10_000, 10_000, Some((200, 5000))),
            (10_000, 10_199, Some((200, 5000))),
            (10_000, 10_200, Some((200, 5100))),
            (1250, 10_000, Some((200, 1200))),
            (200, 10_000, Some((200, 200))),
            (199, 10_000, None),
            (0, 10_000, None),
            (-500, 10_000, None),
            (10_000, 2000, Some((200, 1000))),
            (10_000, 1999, None),
        ] {
            let range = rule().range(points(balance), fen(due), fen(due)).map(|range| (range.least.get(), range.most.get()));
            assert_eq!(range, expect, "{balance} points, {due} due");
        }
        // What something else pays is no part of what points may, and the order and the share are of the whole.
        for (balance, left, expect) in [(10_000, 1200, Some(1200)), (10_000, 199, None), (10_000, 9000, Some(5000)), (900, 9000, Some(900))]
        {
            let range = rule().range(points(balance), fen(10_000), fen(left)).map(|range| range.most.get());
            assert_eq!(range, expect, "{left} left");
        }
        let odd = Redeem { at_least: points(150), ..rule() };
        assert_eq!(odd.range(points(900), fen(10_000), fen(10_000)).map(|range| range.least), Some(points(200)), "up to a whole step");
        let free = Redeem { at_least: Points::ZERO, order_at_least: Fen::ZERO, ..rule() };
        assert_eq!(free.range(points(900), fen(0), fen(0)), None);
        assert_eq!(free.range(points(900), fen(200), fen(200)).map(|range| range.most), Some(points(100)));
    }

    #[test]
    fn pays_or_says_why_not() {
        for (taken, balance, due, expect) in [
            (200, 10_000, 10_000, Ok(200)),
            (5000, 5000, 10_000, Ok(5000)),
            (100, 10_000, 10_000, Err(Code::PointsTooFew)),
            (0, 10_000, 10_000, Err(Code::PointsTooFew)),
            (-200, 10_000, 10_000, Err(Code::PointsTooFew)),
            (250, 10_000, 10_000, Err(Code::PointsStep)),
            (300, 299, 10_000, Err(Code::PointsShort)),
            (5100, 10_000, 10_000, Err(Code::PointsTooMany)),
            (200, 10_000, 1999, Err(Code::PointsOrderSmall)),
            (2 * MOST, 2 * MOST, 4 * MOST, Err(Code::PointsTooMany)),
        ] {
            let paid = rule().pay(points(taken), points(balance), fen(due));
            assert_eq!(paid, expect.map(fen), "{taken} of {balance} for {due}");
        }
        let dear = Redeem { points: points(3), fen: fen(2), step: points(6), ..rule() };
        assert_eq!((dear.check(), dear.value(points(204))), (Ok(()), Ok(fen(136))));
    }

    #[test]
    fn proposes_a_round_total() {
        for (balance, due, expect) in [
            // 80 yuan are left, then 70 where half allows it.
            (5000, 12_800, Some(4800)),
            (9000, 12_000, Some(6000)),
            // Not 10 yuan in reach: every yuan is whole already, so the most.
            (500, 12_800, Some(500)),
            (1000, 12_800, Some(800)),
            // No step of a yuan mends 50 fen.
            (1000, 12_850, Some(1000)),
            (199, 12_800, None),
        ] {
            let proposed = rule().round_total(points(balance), fen(due), fen(due)).map(Points::get);
            assert_eq!(proposed, expect, "{balance} points, {due} due");
        }
        let fine = Redeem { step: points(1), at_least: points(1), most_permille: 1000, ..rule() };
        for (balance, due, expect) in [(5000, 12_850, 4850), (90, 12_850, 50), (49, 12_850, 49), (20_000, 12_850, 12_850)] {
            assert_eq!(fine.round_total(points(balance), fen(due), fen(due)), Some(points(expect)), "{balance} points, {due} due");
        }
    }

    #[test]
    fn refuses_rules_that_make_no_sense() {
        assert_eq!(rule().check(), Ok(()));
        for (bad, expect) in [
            (Redeem { points: Points::ZERO, ..rule() }, Code::RedeemInvalid),
            (Redeem { fen: Fen::ZERO, ..rule() }, Code::RedeemInvalid),
            (Redeem { step: Points::ZERO, ..rule() }, Code::RedeemInvalid),
            (Redeem { at_least: points(-1), ..rule() }, Code::RedeemInvalid),
            (Redeem { order_at_least: fen(-1), ..rule() }, Code::RedeemInvalid),
            (Redeem { most_permille: 0, ..rule() }, Code::RedeemInvalid),
            (Redeem { most_permille: 1001, ..rule() }, Code::RedeemInvalid),
            (Redeem { fen: fen(1), step: points(50), ..rule() }, Code::RedeemStepUnround),
            (Redeem { fen: fen(101), step: points(50), ..rule() }, Code::RedeemStepUnround),
        ] {
            assert_eq!(bad.check(), Err(expect), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn all_of_the_range_pays_and_nothing_beyond(
            (per, step_fen, at_least, most_permille) in (1..200i64, 1..300i64, 0..2000i64, 1..=1000i64),
            balance in -1000..1_000_000i64,
            due in 0..1_000_000i64,
        ) {
            let rule = Redeem {
                points: points(per), fen: fen(step_fen), step: points(per), at_least: points(at_least), most_permille, order_at_least: Fen::ZERO,
            };
            prop_assert_eq!(rule.check(), Ok(()));
            let (balance, due) = (points(balance), fen(due));
            let pays = |taken: i64| rule.pay(points(taken), balance, due).is_ok();
            match rule.range(balance, due, due) {
                Some(RedeemRange { least, most, step }) => {
                    prop_assert!(pays(least.get()) && pays(most.get()));
                    prop_assert!(!pays(least.get() - step.get()) && !pays(most.get() + step.get()));
                    let proposed = rule.round_total(balance, due, due).unwrap();
                    prop_assert!(pays(proposed.get()));
                }
                None => {
                    prop_assert_eq!(rule.round_total(balance, due, due), None);
                    prop_assert!((1..200).all(|steps| !pays(steps * per)));
                }
            }
        }
    }
}
