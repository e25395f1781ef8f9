//! Leases: a part of an account, lent to one device, so that nothing is spent twice (E3, I7, I8, I10).
//!
//! An account that can be spent from ([`Lendable`]) is kept by one authority, the chain's log, as an [`Escrow`]. A till spends
//! only what a lease lends it, which it keeps in its [`Pocket`]. A *seal* is an operation of the till after which its log holds
//! no spend of that lease, so what remains is free again when the authority reads it, and not before: no clock of the
//! authority's ends a lease. What passes between the two may be lost, doubled and overtaken:
//!
//! ```text
//! till                                 authority
//!  stores an id, then  ── Ask ──────▶   lends, or denies for ever; asked again it says the same
//!  keeps it by its id  ◀── Answer ──
//!  sale, with its Use  ── log ──────▶   reads
//!  seals               ◀── Recall ──    wants it back
//!  Seal                ── log ──────▶   what remains is free
//! ```
//!
//! A [`Term::Hold`] is taken for one payment and has a timer, counted at the till from sending the request; a
//! [`Term::Allotment`] is given ahead, so that a store can sell with the line down, and has none. A device that is lost is
//! revoked: its leases are in doubt, and counted as lent, until its disk was read, or until head office frees them without a seal and
//! books the risk. Whatever is lost, doubled, reordered, or crashes, and whatever the clocks say,
//! `spent ≤ credited + R + F`: R what was freed without a seal, F what policy lets be spent without a lease.
//!
//! Everything here is pure. Ids and times come as arguments, and whoever keeps an [`Escrow`] or a [`Pocket`] writes its change in
//! the transaction of what caused it. How leases travel is not decided here.

mod acts;
mod amount;
mod doubt;
mod escrow;
mod parts;
mod placement;
mod pocket;
mod read;
mod talk;
mod way;

pub use acts::{Act, Exception, What, acts};
pub use amount::{Amount, Lendable};
pub use doubt::{Lost, Release};
pub use escrow::{Ending, Escrow, Lease, Stage, Standing};
pub use parts::{Floored, Sums};
pub use placement::{Ahead, LeasePolicy, Placement, PointsPlacement};
pub use pocket::{Pocket, Slip, Timer, Took, Want};
pub use read::{Breach, Reading};
pub use talk::{Answer, Ask, Denial, Denied, Grant, HeldAt, Holder, Keep, Recall, Seal, Source, Statement, Term, Use};
pub use way::{Available, Way};

#[cfg(test)]
mod tests;
