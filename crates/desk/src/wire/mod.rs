//! What crosses between a screen and a desk: one file per room of the shop, plain data, no behaviour.
//!
//! Conventions: `*_fen` is integer fen, `*_milli` is thousandths of a unit (a piece is 1000), `*_at` is milliseconds
//! since 1970 UTC, `day` is the business day `YYYY-MM-DD` of the store. Names and phones arrive already masked or in
//! full as the signed-in person may see them (B9); a screen never masks and never computes money.

mod buyer;
mod card;
mod cart;
mod coupon;
mod hq;
mod member;
mod refund;
mod rewards;
mod rules;
mod sale;
mod session;
mod setup;
mod statement;
mod status;

pub use buyer::*;
pub use card::*;
pub use cart::*;
pub use coupon::*;
pub use hq::*;
pub use member::*;
pub use refund::*;
pub use rewards::*;
pub use rules::*;
pub use sale::*;
pub use session::*;
pub use setup::*;
pub use statement::*;
pub use status::*;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The empty request or reply: `{}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}
