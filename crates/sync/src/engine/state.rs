//! Where the engine stands, for a person to see.

use hefu_core::error::Code;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// This node has no server.
    #[default]
    NoServer,
    Online,
    /// Away, and tried again by itself.
    Offline,
    /// Something that trying again does not mend: the code says what to do.
    Stopped(Code),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncState {
    pub link: Link,
    /// By this device's clock.
    pub last_met_at: Option<i64>,
    /// Operations of the chain still to come, as of the last frame.
    pub behind: Option<u64>,
    /// How far this device's clock is ahead of the server's.
    pub clock_ahead_ms: Option<i64>,
    /// Where the server is.
    pub server: Option<String>,
}
