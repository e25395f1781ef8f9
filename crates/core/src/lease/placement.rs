//! Where what can be spent lies before anybody spends it: policy, as data (G3).

use serde::{Deserialize, Serialize};

use super::amount::Amount;
use crate::{
    error::Code,
    money::{Rounding, scale},
};

/// What is given ahead to a till of the store where the member shops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ahead {
    /// Of what is free at that moment, in thousandths: from 1 to 1000.
    pub home_share_permille: u32,
    /// The most that lies at one till, in the account's unit.
    pub cap: Amount,
}

impl Ahead {
    /// What to lend a till that holds `here` of an account in which `free` is left.
    pub fn amount(&self, free: Amount, here: Amount) -> Amount {
        let share = scale(free.get(), i64::from(self.home_share_permille), 1000, Rounding::Down).and_then(Amount::new);
        share.unwrap_or_default().min(free).min(self.cap.less(here))
    }

    fn check(&self) -> Result<(), Code> {
        if !(1..=1000).contains(&self.home_share_permille) {
            return Err(Code::LeaseShareInvalid);
        }
        if self.cap.is_none() { Err(Code::AmountInvalid) } else { Ok(()) }
    }
}

/// How accounts of one sort are placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// `None`: nothing lies anywhere until a payment asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ahead: Option<Ahead>,
    /// A payment that finds too little free calls allotments back from other stores by itself.
    pub auto_recall: bool,
    /// What was credited offline stays at the till that did it; otherwise the push that reports it seals it.
    pub keeps_own: bool,
}

/// Points may be spent offline without a lease, within a floor (F of the bound); card money and coupons never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointsPlacement {
    #[serde(flatten)]
    pub placement: Placement,
    /// The most points of one member that one till may have spent so and not made good.
    pub floor: Amount,
}

/// The placement of everything that is lent, and how long the two waits are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeasePolicy {
    /// For how long a payment holds what it asked for.
    pub hold_seconds: u32,
    /// After how many days what a lost till held is freed.
    pub quarantine_days: u32,
    pub cards: Placement,
    pub points: PointsPlacement,
    pub coupons: Placement,
    pub refunds: Placement,
}

impl LeasePolicy {
    /// As a new chain starts: half of a card or of the points lies in the home store, at most 500 yuan and 5,000 points at a till; called
    /// back by itself when another store needs it; no floor.
    pub fn shipped() -> Self {
        let placement = |cap| {
            let ahead = Some(Ahead { home_share_permille: 500, cap: Amount::constant(cap) });
            Placement { ahead, auto_recall: true, keeps_own: false }
        };
        let asked = Placement { ahead: None, auto_recall: true, keeps_own: false };
        Self {
            hold_seconds: 120,
            quarantine_days: 30,
            cards: placement(50_000),
            points: PointsPlacement { placement: placement(5_000), floor: Amount::NONE },
            coupons: asked,
            refunds: Placement { keeps_own: true, ..asked },
        }
    }

    /// The most a floor may be, in points.
    pub const FLOOR_MOST: Amount = Amount::constant(100_000);

    /// Whether it can be put in force. Errors: `lease.wait_invalid` for a hold of less than 10 seconds or more than an hour, and a
    /// quarantine of less than a day or more than a year; `lease.share_invalid`; `amount.invalid` for a cap of nothing;
    /// `amount.too_large` for a floor above [`LeasePolicy::FLOOR_MOST`].
    pub fn check(&self) -> Result<(), Code> {
        if !(10..=3600).contains(&self.hold_seconds) || !(1..=366).contains(&self.quarantine_days) {
            return Err(Code::LeaseWaitInvalid);
        }
        let placements = [&self.cards, &self.points.placement, &self.coupons, &self.refunds];
        placements.iter().filter_map(|placement| placement.ahead.as_ref()).try_for_each(Ahead::check)?;
        if self.points.floor > Self::FLOOR_MOST { Err(Code::AmountTooLarge) } else { Ok(()) }
    }

    pub fn hold_ms(&self) -> i64 {
        i64::from(self.hold_seconds) * 1_000
    }

    pub fn quarantine_ms(&self) -> i64 {
        i64::from(self.quarantine_days) * 86_400_000
    }
}
