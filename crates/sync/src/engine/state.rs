//! Where the engine stands, for a person to see.

use hefu_core::{clock::Heard, error::Code};

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
    /// The server's time as it last said hello.
    pub heard: Option<Heard>,
    /// Where the server is.
    pub server: Option<String>,
}
