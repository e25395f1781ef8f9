//! What a desk needs from around it, as arguments: clock, randomness, the other half's state, and at HQ the authority
//! over devices.

use hefu_core::{
    error::Code,
    ids::{DeviceId, StoreId},
};

use crate::wire::{EnrolCode, SyncView};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    Till,
    Hq,
}

/// The world outside the book. Calls may block; a desk is always called on a thread that may.
pub trait Surroundings: Send + Sync {
    /// The device's own clock, milliseconds since 1970.
    fn now(&self) -> i64;

    fn random(&self, bytes: &mut [u8]) -> Result<(), Code>;

    fn sync(&self) -> SyncView;

    /// The other half's digest at this sequence, hex; `None` where it cannot be asked or is not exactly there.
    fn other_digest(&self, at_seq: u64) -> Option<String>;

    /// Whether the node is coming to its end: long work stops at its next step.
    fn closing(&self) -> bool {
        false
    }

    /// At HQ alone.
    fn authority(&self) -> Option<&dyn Authority>;
}

/// A device as the log knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRecord {
    pub id: DeviceId,
    pub store: Option<StoreId>,
    pub till_no: u32,
    pub enrolled_at: i64,
    pub last_seen_at: Option<i64>,
    pub unsent: Option<u64>,
    pub revoked: bool,
    pub stopped: Option<Code>,
}

/// Who may take part: rows of the log's database, not of the book.
pub trait Authority: Send + Sync {
    fn devices(&self) -> Result<Vec<DeviceRecord>, Code>;

    /// A single-use code for one new till of a store.
    fn issue(&self, store: StoreId, now: i64) -> Result<EnrolCode, Code>;

    /// Ends a device's rights at once.
    fn revoke(&self, device: DeviceId, now: i64) -> Result<(), Code>;

    /// Whether this is the one-time code that the server printed for its first administrator.
    fn is_first_admin_code(&self, code: &str) -> Result<bool, Code>;

    /// Whether this is the one-time code that was printed over the data folder to get an administrator back, good at `now`.
    fn is_admin_code(&self, code: &str, now: i64) -> Result<bool, Code>;

    /// It has done so and is void.
    fn use_up_admin_code(&self) -> Result<(), Code>;

    /// The code has made its administrator and is void.
    fn use_up_first_admin_code(&self) -> Result<(), Code>;
}
