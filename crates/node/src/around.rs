//! What a till's desk sees of the world: the clock, the system's randomness, and how sync stands.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use hefu_core::{clock::Heard, error::Code, wire::DigestRequest};
use hefu_desk::{
    Authority, Surroundings,
    wire::{Link as Shown, SetAside, Stopped, SyncView},
};
use hefu_replica::FOLD;
use hefu_sync::{BootClock, Link, SyncHandle, Transport, system_clock};
use tokio::runtime::Handle;

pub(crate) struct Around {
    pub sync: SyncHandle,
    pub transport: Option<Arc<dyn Transport>>,
    pub runtime: Handle,
    /// Known from an earlier day, or told just now; never forgotten.
    pub revoked: Arc<AtomicBool>,
    /// The server's time as it was heard on an earlier day.
    pub heard: Option<Heard>,
    pub boot_clock: BootClock,
    /// Earlier books of this till that hold what no server has.
    pub set_aside: Vec<SetAside>,
}

impl Around {
    /// How far the wall clock is ahead of the server's, as far as this till can know (I15).
    fn ahead(&self, now: Option<&Heard>) -> Option<i64> {
        let heard = now.or(self.heard.as_ref())?;
        Some(heard.ahead_at(self.now(), &(self.boot_clock)()))
    }
}

impl Surroundings for Around {
    fn now(&self) -> i64 {
        system_clock()()
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), Code> {
        random(bytes)
    }

    fn sync(&self) -> SyncView {
        let state = self.sync.state();
        let link = if self.revoked.load(Ordering::Relaxed) { Shown::Stopped { why: Stopped::Revoked } } else { shown(state.link) };
        SyncView {
            last_met_at: state.last_met_at,
            server: state.server,
            behind: state.behind.map(|behind| i64::try_from(behind).unwrap_or(i64::MAX)),
            clock_ahead_ms: self.ahead(state.heard.as_ref()),
            set_aside: self.set_aside.clone(),
            ..SyncView::of(link)
        }
    }

    fn other_digest(&self, at_seq: u64) -> Option<String> {
        let transport = self.transport.as_ref()?;
        let reply = self.runtime.block_on(transport.digest(&DigestRequest { at_seq })).ok()?;
        reply.digest.filter(|_| reply.fold == FOLD && reply.at_seq == at_seq)
    }

    fn authority(&self) -> Option<&dyn Authority> {
        None
    }
}

fn shown(link: Link) -> Shown {
    match link {
        Link::NoServer => Shown::NoServer,
        Link::Online => Shown::Online,
        Link::Offline => Shown::Offline,
        Link::Stopped(code) => Shown::Stopped { why: Stopped::of(code) },
    }
}

pub(crate) fn random(bytes: &mut [u8]) -> Result<(), Code> {
    getrandom::fill(bytes).map_err(|_| Code::Internal)
}
