//! Leases: a part of an account, lent to one device, so that nothing is spent twice (E3, I7, I10).
//!
//! An account that can be spent from (card principal and bonus, redeemable points, a single-use coupon, what of a sale may
//! still be refunded) is kept by one authority. A device spends only what a lease lends it; a *seal* ends the lease, and what
//! remains of it is free again. At every moment
//!
//! ```text
//! free + what remains of leases + spent + lapsed = credited        free, owed ≥ 0
//! ```
//!
//! A claw-back takes what is free, and the rest is owed; the next credit pays that first. What a customer is shown is
//! free − owed. The authority here is this one value, in process; how it is asked over a network is not its business.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    error::Code,
    ids::{DeviceId, LeaseId},
    money::LARGEST,
};

/// An amount of an account's unit, lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub device: DeviceId,
    pub granted: i64,
    pub spent: i64,
    /// No spend follows.
    pub sealed: bool,
}

impl Lease {
    pub const fn remaining(&self) -> i64 {
        if self.sealed { 0 } else { self.granted - self.spent }
    }
}

/// One account at its authority.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escrow {
    credited: i64,
    spent: i64,
    lapsed: i64,
    free: i64,
    owed: i64,
    /// For ever, so that a request that comes again gets the same answer.
    leases: BTreeMap<LeaseId, Lease>,
    /// Denied, or recalled before they were granted: they stay denied.
    denied: BTreeSet<LeaseId>,
}

impl Escrow {
    pub const fn free(&self) -> i64 {
        self.free
    }

    pub const fn owed(&self) -> i64 {
        self.owed
    }

    /// What a customer is shown: below zero while something is owed.
    pub const fn balance(&self) -> i64 {
        self.free - self.owed
    }

    pub fn lent(&self) -> i64 {
        self.leases.values().map(Lease::remaining).sum()
    }

    /// More in it: what is owed is paid first. Errors with `amount.*`.
    pub fn credit(&mut self, amount: i64) -> Result<(), Code> {
        check(amount)?;
        let pays = amount.min(self.owed);
        let credited = self.credited.checked_add(amount - pays).filter(|sum| *sum <= LARGEST).ok_or(Code::AmountTooLarge)?;
        self.owed -= pays;
        self.credited = credited;
        self.free += amount - pays;
        Ok(())
    }

    /// Takes a credit back: what is free at once, the rest is owed.
    pub fn claw_back(&mut self, amount: i64) -> Result<(), Code> {
        check(amount)?;
        let taken = amount.min(self.free);
        let owed = self.owed.checked_add(amount - taken).filter(|sum| *sum <= LARGEST).ok_or(Code::AmountTooLarge)?;
        self.owed = owed;
        self.free -= taken;
        self.credited -= taken;
        Ok(())
    }

    /// Lets what is free lapse, as far as it goes (C1). Leased points lapse at their seal.
    pub fn lapse(&mut self, amount: i64) -> Result<i64, Code> {
        check(amount)?;
        let lapses = amount.min(self.free);
        self.free -= lapses;
        self.lapsed += lapses;
        Ok(lapses)
    }

    /// Lends `amount` to a device. Asked again with the same id it gives the same answer. Errors: `lease.denied` for what was
    /// denied or recalled before, `lease.too_little` where less is free, which denies the id for ever.
    pub fn grant(&mut self, id: LeaseId, device: DeviceId, amount: i64) -> Result<Lease, Code> {
        check(amount)?;
        if let Some(lease) = self.leases.get(&id) {
            return if (lease.device, lease.granted) == (device, amount) { Ok(*lease) } else { Err(Code::LeaseDenied) };
        }
        if self.denied.contains(&id) {
            return Err(Code::LeaseDenied);
        }
        if amount > self.free {
            self.denied.insert(id);
            return Err(Code::LeaseTooLittle);
        }
        self.free -= amount;
        let lease = Lease { device, granted: amount, spent: 0, sealed: false };
        self.leases.insert(id, lease);
        Ok(lease)
    }

    /// Spends of a lease. Errors: `lease.denied` for one that was never granted, `lease.sealed`, `lease.too_little`.
    pub fn spend(&mut self, id: LeaseId, amount: i64) -> Result<(), Code> {
        check(amount)?;
        let lease = self.leases.get_mut(&id).ok_or(Code::LeaseDenied)?;
        if lease.sealed {
            return Err(Code::LeaseSealed);
        }
        if amount > lease.remaining() {
            return Err(Code::LeaseTooLittle);
        }
        lease.spent += amount;
        self.spent += amount;
        Ok(())
    }

    /// Ends a lease: what remains is free again, and comes back. Sealing again changes nothing; sealing what was never
    /// granted denies it for ever, since a recall may overtake its grant.
    pub fn seal(&mut self, id: LeaseId) -> i64 {
        let Some(lease) = self.leases.get_mut(&id) else {
            self.denied.insert(id);
            return 0;
        };
        let back = lease.remaining();
        lease.sealed = true;
        self.free += back;
        let pays = back.min(self.owed);
        self.owed -= pays;
        self.free -= pays;
        self.credited -= pays;
        back
    }

    /// The account equation (I7).
    pub fn adds_up(&self) -> bool {
        self.free >= 0 && self.owed >= 0 && self.free + self.lent() + self.spent + self.lapsed == self.credited
    }
}

fn check(amount: i64) -> Result<(), Code> {
    match amount {
        ..0 => Err(Code::AmountInvalid),
        0..=LARGEST => Ok(()),
        _ => Err(Code::AmountTooLarge),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TILL: DeviceId = DeviceId(uuid::Uuid::from_bytes([1; 16]));
    const OTHER: DeviceId = DeviceId(uuid::Uuid::from_bytes([2; 16]));

    fn lease(n: u8) -> LeaseId {
        LeaseId::from_bytes([n; 16])
    }

    /// Steps such as `credit 100`, `grant 1 60`, `spend 1 20`, `seal 1`, `claw 90`, `lapse 5`; what is free, lent and owed after
    /// all, or the code of the step that was refused.
    #[track_caller]
    fn check(steps: &str, expect: &str) {
        let mut account = Escrow::default();
        for step in steps.split(", ") {
            let words: Vec<&str> = step.split(' ').collect();
            let number = |at: usize| words[at].parse::<i64>().unwrap();
            let id = |at: usize| lease(words[at].parse().unwrap());
            let done = match words[0] {
                "credit" => account.credit(number(1)),
                "claw" => account.claw_back(number(1)),
                "lapse" => account.lapse(number(1)).map(drop),
                "grant" => account.grant(id(1), TILL, number(2)).map(drop),
                "theirs" => account.grant(id(1), OTHER, number(2)).map(drop),
                "spend" => account.spend(id(1), number(2)),
                "seal" => {
                    account.seal(id(1));
                    Ok(())
                }
                other => panic!("no step {other}"),
            };
            assert!(account.adds_up(), "after {step}: {account:?}");
            if let Err(code) = done {
                assert_eq!(code.as_str(), expect, "{steps}");
                return;
            }
        }
        assert_eq!(format!("free {} lent {} owed {}", account.free, account.lent(), account.owed), expect, "{steps}");
    }

    #[test]
    fn lends_spends_and_frees() {
        check("credit 100, grant 1 60", "free 40 lent 60 owed 0");
        check("credit 100, grant 1 60, spend 1 20, seal 1", "free 80 lent 0 owed 0");
        check("credit 100, grant 1 60, grant 1 60", "free 40 lent 60 owed 0");
        check("credit 100, grant 1 60, seal 1, seal 1", "free 100 lent 0 owed 0");
        check("credit 100, lapse 30, grant 1 70", "free 0 lent 70 owed 0");
        check("credit 100, lapse 300", "free 0 lent 0 owed 0");
    }

    #[test]
    fn owes_what_is_not_there_and_pays_it_first() {
        check("credit 100, grant 1 100, spend 1 100, claw 30", "free 0 lent 0 owed 30");
        check("credit 100, grant 1 100, spend 1 100, claw 30, credit 20", "free 0 lent 0 owed 10");
        check("credit 100, grant 1 100, spend 1 100, claw 30, credit 50", "free 20 lent 0 owed 0");
        check("credit 100, grant 1 100, claw 30, seal 1", "free 70 lent 0 owed 0");
    }

    #[test]
    fn refuses() {
        check("credit 100, grant 1 101", "lease.too_little");
        check("seal 1, credit 100, grant 1 10", "lease.denied");
        check("credit 100, grant 1 60, theirs 1 60", "lease.denied");
        check("credit 100, grant 1 60, grant 1 50", "lease.denied");
        check("credit 100, spend 1 1", "lease.denied");
        check("credit 100, grant 1 60, seal 1, spend 1 1", "lease.sealed");
        check("credit 100, grant 1 60, spend 1 61", "lease.too_little");
        for step in ["credit -1", "claw -1", "lapse -1", "grant 1 -1"] {
            check(step, "amount.invalid");
        }
        check("credit 9007199254740992", "amount.too_large");
        check("credit 9007199254740991, credit 1", "amount.too_large");
    }

    #[test]
    fn what_was_denied_stays_denied() {
        let mut account = Escrow::default();
        assert_eq!(account.grant(lease(1), TILL, 10), Err(Code::LeaseTooLittle));
        account.credit(100).unwrap();
        assert_eq!(account.grant(lease(1), TILL, 10), Err(Code::LeaseDenied));
        assert!(account.grant(lease(2), TILL, 10).is_ok());
    }

    proptest! {
        #[test]
        fn the_account_equation_holds_and_no_more_is_spent_than_credited(
            steps in prop::collection::vec((0..6u8, 0..4u8, 0..1000i64), 0..60),
        ) {
            let mut account = Escrow::default();
            let (mut credited, mut spent) = (0, 0);
            for (step, id, amount) in steps {
                let before = account.balance() + account.lent();
                match step {
                    0 => {
                        account.credit(amount).unwrap();
                        credited += amount;
                        prop_assert_eq!(account.balance() + account.lent(), before + amount);
                    }
                    1 => {
                        account.claw_back(amount).unwrap();
                        prop_assert_eq!(account.balance() + account.lent(), before - amount);
                    }
                    2 => drop(account.grant(lease(id), TILL, amount)),
                    3 => spent += account.spend(lease(id), amount).map_or(0, |()| amount),
                    4 => drop(account.seal(lease(id))),
                    _ => drop(account.lapse(amount).unwrap()),
                }
                prop_assert!(account.adds_up());
                prop_assert!(spent <= credited);
            }
        }
    }
}
