//! What a signed-in person can do on a replica.
//!
//! One table ([`commands::COMMANDS`]) lists every command once: its name, request, reply, who may send it and in which
//! state of the node. The window and the HTTP door both send `(name, bytes)` here and know nothing else. A desk holds
//! the open sessions and their carts; everything that lasts is in the replica.

pub mod access;
mod chores;
pub mod commands;
mod context;
mod desk;
mod error;
mod front;
mod rooms;
mod rulebook;
mod secrets;
mod sessions;
mod tries;
pub mod typescript;
pub mod wire;

pub use context::{Authority, DeviceRecord, NodeKind, Surroundings};
pub use desk::{Command, Desk};
pub use error::{Arg, ErrorBody};
pub use front::{DeskFront, Front};
pub use rooms::setup::{Start, hq_node, start_chain};
pub use secrets::hash_secret;
pub use sessions::SessionKey;
