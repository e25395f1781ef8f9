//! What the desk at HQ needs from around it.

use hefu_core::error::Code;
use hefu_desk::{
    Authority, Surroundings,
    wire::{Link, Stopped, SyncView},
};
use hefu_sync::{Clock, SyncHandle};
use tokio::sync::watch;

use crate::{authority::LogAuthority, metered::Trouble};

pub struct World {
    pub clock: Clock,
    pub engine: SyncHandle,
    /// Of the log: a disk that is full is head office's to make room on.
    pub trouble: watch::Receiver<Trouble>,
    pub authority: LogAuthority,
    /// Set when the server is told to stop.
    pub closing: watch::Receiver<bool>,
}

impl Surroundings for World {
    fn now(&self) -> i64 {
        (self.clock)()
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), Code> {
        getrandom::fill(bytes).map_err(|_| Code::Internal)
    }

    fn sync(&self) -> SyncView {
        let state = self.engine.state();
        let link = match state.link {
            _ if self.trouble.borrow().cannot_write() => Link::Stopped { why: Stopped::Machine },
            hefu_sync::Link::NoServer => Link::NoServer,
            hefu_sync::Link::Online => Link::Online,
            hefu_sync::Link::Offline => Link::Offline,
            hefu_sync::Link::Stopped(code) => Link::Stopped { why: Stopped::of(code) },
        };
        SyncView {
            last_met_at: state.last_met_at,
            server: Some(self.authority.here.address.clone()),
            behind: state.behind.and_then(|behind| i64::try_from(behind).ok()),
            // The log's clock is this one.
            clock_ahead_ms: Some(0),
            ..SyncView::of(link)
        }
    }

    /// HQ is what the others compare themselves with.
    fn other_digest(&self, _: u64) -> Option<String> {
        None
    }

    fn closing(&self) -> bool {
        *self.closing.borrow()
    }

    fn authority(&self) -> Option<&dyn Authority> {
        Some(&self.authority)
    }
}
