//! The whole chain in one process, with every fault that a seed can throw (DESIGN §5).
//!
//! Tills, the chain's log and head office are the product's own code over real encrypted files; disks, clocks, randomness and the network
//! between them are this crate's, and everything that is left to chance comes from one seed. A run is one thread of control: the same
//! seed gives the same trace, to the byte of every operation. What was committed is said beforehand to an oracle that knows nothing of
//! the product's tables, and every book is held to it.
//!
//! Not here yet: leases (I7, I8, I10), which no node uses; `core/tests/lease_model` explores their protocol.

mod acts;
mod breach;
mod carry;
mod check;
mod clock;
mod dice;
mod disks;
mod faults;
mod founding;
mod newer;
mod oracle;
mod plan;
mod run;
mod server;
pub mod terminal;
mod till;
mod trace;
mod wire;
mod world;
mod wrong;

pub use breach::Breach;
pub use plan::{Faults, Plan, Wrong};
pub use run::{Failure, Report, run};
