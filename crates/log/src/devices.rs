//! Who may push and pull: devices and the codes they join with, and the few settings a server keeps.

use async_trait::async_trait;
use hefu_core::ids::{DeviceId, StoreId};

use crate::LogError;

/// The right to join, once.
#[derive(Clone)]
pub struct Invitation {
    /// Stored as a hash.
    pub secret: String,
    /// `None` for an HQ node.
    pub store: Option<StoreId>,
    pub issued_at: i64,
    pub expires_at: i64,
}

/// A device that asks to join.
#[derive(Clone)]
pub struct Applicant {
    pub secret: String,
    /// Its ed25519 public key.
    pub key: [u8; 32],
    /// The id it will have, unless it has joined with this secret before.
    pub device: DeviceId,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    pub device: DeviceId,
    /// `None` for an HQ node.
    pub store: Option<StoreId>,
    /// From 1 in its store, in the order of joining; never given twice.
    pub till_no: u32,
    pub key: [u8; 32],
    pub enrolled_at: i64,
    pub last_seen_at: Option<i64>,
    /// Operations not yet pushed when last seen.
    pub unsent: u64,
    pub revoked_at: Option<i64>,
    /// A log of its own forked.
    pub stopped: bool,
}

#[async_trait]
pub trait Devices: Send + Sync {
    async fn invite(&self, invitation: Invitation) -> Result<(), LogError>;

    /// Joins: the same key with the same secret gets the same answer for ever. Errors: `EnrolWrong`, `EnrolUsed` by
    /// another key, `EnrolOld`.
    async fn enrol(&self, applicant: Applicant, at: i64) -> Result<Device, LogError>;

    async fn device(&self, device: DeviceId) -> Result<Option<Device>, LogError>;

    /// In the order of joining.
    async fn devices(&self) -> Result<Vec<Device>, LogError>;

    /// Notes that a device was met. May be written down later than it returns: it says nothing of value.
    async fn seen(&self, device: DeviceId, at: i64, unsent: u64) -> Result<(), LogError>;

    /// From now on the device gets nothing, and what it pushes is kept apart. The first moment stands.
    async fn revoke(&self, device: DeviceId, at: i64) -> Result<(), LogError>;

    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, LogError>;

    /// `None` takes the setting away.
    async fn set_setting(&self, name: &str, value: Option<Vec<u8>>) -> Result<(), LogError>;
}
