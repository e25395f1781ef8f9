//! What passes between a replica and the chain's log: bodies and their bytes (DESIGN §3, `docs/SYNC.md`).
//!
//! Requests and replies of a conversation are JSON; operations travel as they are stored, in a plain binary framing, so
//! that their bytes are never re-encoded. Whatever reads bytes here takes any input without a panic.

mod beside;
mod bytes;
mod code;
mod frame;
mod lease;
mod pulled;
mod segment;
mod talk;

pub use beside::*;
pub use code::*;
pub use frame::*;
pub use lease::*;
pub use pulled::*;
pub use segment::*;
pub use talk::*;

/// The version of the conversation; a peer that speaks a higher one is `server.newer`.
pub const PROTOCOL: u32 = 1;

/// The most that one pushed segment or pulled frame may be before packing.
pub const FRAME_BYTES_MOST: usize = 1024 * 1024;

/// The most that unpacking a received body may grow to: a frame, its framing and what travels beside it.
pub const UNPACKED_BYTES_MOST: usize = 4 * 1024 * 1024;
