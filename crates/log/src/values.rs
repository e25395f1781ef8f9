//! How values stand in the columns of either database.

use hefu_core::ids::ChainId;

use crate::{KeptFor, LogError};

/// The setting under which the server keeps which chain the log is of.
pub const CHAIN: &str = "chain";

pub fn chain(setting: Option<Vec<u8>>) -> Option<ChainId> {
    setting.and_then(|bytes| bytes.try_into().ok()).map(ChainId::from_bytes)
}

/// Both databases have signed integers; a number past them is in no row.
pub fn int(value: u64) -> Result<i64, LogError> {
    i64::try_from(value).map_err(|_| LogError::Damaged)
}

pub fn count(value: i64) -> Result<u64, LogError> {
    u64::try_from(value).map_err(|_| LogError::FileDamaged)
}

impl KeptFor {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            KeptFor::Fork => "fork",
            KeptFor::Revoked => "revoked",
        }
    }

    pub(crate) fn read(text: &str) -> Result<Self, LogError> {
        match text {
            "fork" => Ok(KeptFor::Fork),
            "revoked" => Ok(KeptFor::Revoked),
            _ => Err(LogError::FileDamaged),
        }
    }
}
