//! Hefu's server: the chain's log, the door for tills and people, and one HQ node, in one process.
//!
//! It has no queries of business data of its own: the log orders what tills push, the HQ node is a replica and a desk
//! like any till's, and people see it through the same door. What is here is the start (a data folder, keys, a
//! certificate, the first facts of a chain), the listeners with their limits, and the orderly end.

mod authority;
mod certificate;
mod chores;
pub mod cli;
mod error;
mod files;
mod first_admin;
mod folder;
mod founding;
mod hq;
mod metered;
mod metrics;
mod node;
mod open_files;
mod ready;
mod routes;
mod serve;
mod server;
mod signals;
mod socket;
mod surroundings;
mod trace;
mod words;

pub use error::ServerError;
pub use founding::Beginning;
pub use ready::Ready;
pub use server::{Running, ServeOptions, start};
pub use words::sentence;
