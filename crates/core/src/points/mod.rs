//! Points (C1): what a sale earns, what points are worth as money, and when they lapse.
//!
//! One versioned rule says all three, and everything here is exact: an amount is multiplied and shared out as a fraction
//! and rounded down once, to whole steps of the rule. So neither the order of lines nor the splitting of one line into two
//! changes what is earned, and what lapses is always a part of what is there.

mod earn;
mod expiry;
mod multiplier;
mod redeem;

pub use earn::{EarnLine, EarnPoints, Earner, Paid, month_and_day};
pub use expiry::{Entry, Expiring, Expiry, Lapsing, Lot, Lots, MovedBy, expiring, lots};
pub use multiplier::{Birthday, Combine, Multiplier};
pub use redeem::{Redeem, RedeemRange};
