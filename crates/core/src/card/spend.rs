//! How a payment draws on a card's two balances (C3).

use super::kind::SpendOrder;
use crate::{
    error::Code,
    money::{Fen, allocate},
};

/// What `amount` takes of principal and of bonus: the two sum to it exactly and neither is more than its balance.
/// Errors: `card.too_little` when both together do not cover it, `amount.invalid` for anything negative.
pub fn split(principal: Fen, bonus: Fen, amount: Fen, order: SpendOrder) -> Result<(Fen, Fen), Code> {
    if principal < Fen::ZERO || bonus < Fen::ZERO || amount < Fen::ZERO {
        return Err(Code::AmountInvalid);
    }
    if principal.plus(bonus)? < amount {
        return Err(Code::CardTooLittle);
    }
    let of_principal = match order {
        SpendOrder::PrincipalFirst => amount.min(principal),
        SpendOrder::BonusFirst => amount.minus(amount.min(bonus))?,
        SpendOrder::Proportional => {
            // A share never exceeds its weight here, since the amount is at most the weights' sum.
            let shares = allocate(amount.get(), &[principal.get(), bonus.get()])?;
            Fen::new(shares.first().copied().unwrap_or(0))?
        }
    };
    Ok((of_principal, amount.minus(of_principal)?))
}

#[cfg(test)]
mod tests {
    use super::{SpendOrder::*, *};
    use proptest::prelude::*;

    #[track_caller]
    fn check(order: SpendOrder, (principal, bonus, amount): (i32, i32, i32), expect: Result<(i32, i32), Code>) {
        let found = split(Fen::constant(principal), Fen::constant(bonus), Fen::constant(amount), order);
        assert_eq!(found, expect.map(|(p, b)| (Fen::constant(p), Fen::constant(b))), "{order:?} {principal} {bonus} {amount}");
    }

    #[test]
    fn draws_in_order() {
        check(PrincipalFirst, (300, 50, 140), Ok((140, 0)));
        check(PrincipalFirst, (300, 50, 320), Ok((300, 20)));
        check(BonusFirst, (300, 50, 140), Ok((90, 50)));
        check(BonusFirst, (300, 50, 30), Ok((0, 30)));
        check(Proportional, (300, 50, 140), Ok((120, 20)));
        check(Proportional, (300, 50, 10), Ok((9, 1)));
        check(Proportional, (0, 50, 10), Ok((0, 10)));
    }

    #[test]
    fn covers_or_says_so() {
        for order in [PrincipalFirst, BonusFirst, Proportional] {
            check(order, (300, 50, 350), Ok((300, 50)));
            check(order, (300, 50, 351), Err(Code::CardTooLittle));
            check(order, (0, 0, 0), Ok((0, 0)));
            check(order, (0, 0, 1), Err(Code::CardTooLittle));
            check(order, (-1, 50, 10), Err(Code::AmountInvalid));
            check(order, (300, -1, 10), Err(Code::AmountInvalid));
            check(order, (300, 50, -1), Err(Code::AmountInvalid));
        }
    }

    proptest! {
        #[test]
        fn sums_exactly_and_stays_within_the_balances(
            principal in 0..10_000_000i64, bonus in 0..10_000_000i64, part in 0..=1_000i64,
            order in prop::sample::select(vec![PrincipalFirst, BonusFirst, Proportional]),
        ) {
            let amount = (principal + bonus) * part / 1_000;
            let fen = |amount| Fen::new(amount).unwrap();
            let (p, b) = split(fen(principal), fen(bonus), fen(amount), order).unwrap();
            prop_assert_eq!(p.get() + b.get(), amount);
            prop_assert!((0..=principal).contains(&p.get()) && (0..=bonus).contains(&b.get()));
        }
    }
}
