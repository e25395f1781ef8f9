//! Devices that were met: kept in memory, and written down with what a device pushes or after a while.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use hefu_core::ids::DeviceId;

/// How old a written `last_seen_at` may grow while the device is being met: each writing is a wait for the disk.
const WRITTEN_EVERY_MS: i64 = 60_000;

#[derive(Clone, Copy)]
pub struct Seen {
    pub at: i64,
    pub unsent: u64,
    written_at: i64,
}

#[derive(Default)]
pub struct Met(Mutex<HashMap<DeviceId, Seen>>);

impl Met {
    /// Whether it is time to write it down.
    pub fn note(&self, device: DeviceId, at: i64, unsent: u64) -> bool {
        let mut met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = met.get(&device).map(|seen| seen.written_at);
        let recent = before.filter(|written_at| at - written_at < WRITTEN_EVERY_MS);
        met.insert(device, Seen { at, unsent, written_at: recent.unwrap_or(at) });
        recent.is_none()
    }

    pub fn of(&self, device: DeviceId) -> Option<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&device).copied()
    }
}
