use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Starts a chain at this till, with no server yet (G1).
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SetupStart {
    pub chain_name: String,
    pub store_name: String,
    /// 2 to 6 capital letters or digits, printed in receipt numbers.
    pub store_code: String,
    pub manager_name: String,
    /// 4 to 8 digits.
    pub pin: String,
}

/// Joins a chain by the code that HQ made for one till (E4).
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SetupJoin {
    pub code: String,
}

/// Where first run stands. `setup.join` answers at once; progress is read here and announced by `status.watch`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SetupView {
    pub stage: SetupStage,
    /// What the keys of this node are protected by.
    pub keys: KeyProtection,
    pub error: Option<crate::ErrorBody>,
    /// While fetching: whether the unfinished book may be put away to begin again, since nothing was ever written in it.
    pub may_start_over: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum SetupStage {
    Fresh,
    Enrolling,
    /// This program folds the book again, from operation to operation; what was not done when it ends is begun again.
    Updating {
        done: i64,
        total: i64,
    },
    /// Reading the chain's book.
    Fetching {
        done: i64,
        total: i64,
    },
    Ready,
    /// There is a book and it cannot be opened; `error` says why. Nothing may be started over it.
    Broken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KeyProtection {
    /// The operating system's key store.
    System,
    /// A file only its owner can read: does not protect against whoever copies the whole disk.
    File,
}
