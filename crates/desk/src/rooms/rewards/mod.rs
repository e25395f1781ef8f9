//! What HQ does with points, tiers and bonuses: expiry, review, parts due, corrections (C1, C2, C3).
//!
//! Each walks the members by pages and writes a few operations at a time, every one worked out anew in the transaction that
//! writes it: what the tills send is folded in between, and running it again finds only what is new.

mod adjust;
mod bonus;
mod expire;
mod review;

pub(crate) use adjust::adjust;
pub(crate) use bonus::bonus_parts;
pub(crate) use expire::{expire, expiries_at};
pub(crate) use review::review;

use hefu_core::{error::Code, ids::MemberId};
use hefu_replica::Reading;

use crate::Desk;

/// Rows looked at in one read.
const PAGE: usize = 500;
/// Members, or cards, of one transaction.
const AT_ONCE: usize = 200;

/// What is taken from people for ever is not taken by a clock that is known to be wrong.
fn check_clock(desk: &Desk, write: bool) -> Result<(), Code> {
    if write && desk.clock_frozen() { Err(Code::ClockFrozen) } else { Ok(()) }
}

/// The registrations that one person's accounts are, in their order; a member of whom nothing is known here stands alone.
/// `None` where an operation newer than this program is about one of them.
fn registrations(book: &Reading<'_>, id: MemberId) -> Result<Option<Vec<MemberId>>, hefu_replica::Error> {
    match book.person(id)? {
        None => Ok((!book.is_frozen(id.0)?).then(|| vec![id])),
        Some(person) => Ok((!book.person_is_frozen(&person)?).then(|| person.ids().collect())),
    }
}
