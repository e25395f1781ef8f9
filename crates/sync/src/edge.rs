//! Time and randomness, which come from outside.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use hefu_core::{clock::SinceBoot, error::Code};

/// Milliseconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The clock that counts from the start of the machine.
pub type BootClock = Arc<dyn Fn() -> SinceBoot + Send + Sync>;

/// 32 bytes that nobody can guess. Errors with `internal` when the operating system has none.
pub type Random = Arc<dyn Fn() -> Result<[u8; 32], Code> + Send + Sync>;

pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// Only Linux names its starts; elsewhere each look counts as one after another start.
pub fn system_boot_clock() -> BootClock {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok().map(|id| id.trim().to_owned());
    Arc::new(move || {
        let ms = i64::try_from(zeitstempel::now() / 1_000_000).unwrap_or(i64::MAX);
        SinceBoot { boot: boot.clone(), ms }
    })
}

pub fn system_random() -> Random {
    Arc::new(|| {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| Code::Internal)?;
        Ok(bytes)
    })
}
