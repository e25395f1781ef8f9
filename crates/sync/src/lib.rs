//! Push and pull between a replica and the chain's log, over HTTPS or in process (DESIGN §3, `docs/SYNC.md`).
//!
//! Three parts. [`server`] answers devices on behalf of a log. [`client`] carries a request there, and accepts one
//! certificate alone. [`engine`] keeps one replica and one server level: it sends what is new at once, waits for what is
//! new elsewhere, says where it stands, and tries again without ever hurrying anybody. Nothing here reads what an
//! operation says.

pub mod client;
mod edge;
pub mod engine;
mod error;
mod hex;
mod pack;
mod pin;
pub mod server;

pub use client::{HttpTransport, LocalTransport, Met, Transport, Who, enrol};
pub use edge::{BootClock, Clock, Random, system_boot_clock, system_clock, system_random};
pub use engine::{Ended, Engine, Link, SyncHandle, SyncOptions, SyncState, Talk, is_for_good};
pub use error::SyncError;
pub use pin::fingerprint;
pub use server::{Hq, SyncService, router};
