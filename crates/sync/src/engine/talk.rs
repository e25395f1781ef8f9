//! What is said to a server and what follows from its answers, step by step.
//!
//! When a step is taken is not decided here: the engine takes them as time passes and as the book changes, a simulation as its dice
//! fall. Each may be cut while it waits for the network, and is simply taken again.

use std::{sync::Arc, time::Duration};

use ed25519_dalek::SigningKey;
use hefu_core::{
    clock::{Heard, SinceBoot},
    error::Code,
    lease::{Holder, Recall},
};
use hefu_replica::Replica;
use tokio::sync::watch;

use super::{Link, SyncOptions, SyncState, is_away};
use crate::{SyncError, Transport, Who};

/// Becomes true when the conversation is over; a wait on the network ends then, a write does not.
pub type Ended = watch::Receiver<bool>;

/// When a request was sent, by both clocks of this device.
pub(super) struct Sent {
    wall_at: i64,
    since: SinceBoot,
}

/// One replica's side of the conversation with its server.
pub struct Talk {
    pub(super) replica: Replica,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) who: Who,
    pub(super) options: SyncOptions,
    state: watch::Sender<SyncState>,
    pub(super) recalls: watch::Sender<Vec<Recall>>,
}

impl Talk {
    /// `key` is the device's own, by which it is known to the server and signs what it pushes.
    pub fn new(
        replica: Replica,
        transport: Arc<dyn Transport>,
        key: SigningKey,
        options: SyncOptions,
    ) -> (Self, watch::Receiver<SyncState>) {
        let who = Who { chain: replica.chain(), device: replica.device(), key };
        let (state, states) = watch::channel(SyncState { link: Link::Offline, server: Some(transport.server()), ..SyncState::default() });
        (Self { replica, transport, who, options, state, recalls: watch::Sender::new(Vec::new()) }, states)
    }

    /// What the server calls back of what this log was lent, all of it; changes coalesce.
    pub fn recalls(&self) -> watch::Receiver<Vec<Recall>> {
        self.recalls.subscribe()
    }

    /// To whom the server lends here.
    pub(super) fn holder(&self) -> Holder {
        Holder { device: self.who.device, log: self.replica.log() }
    }

    pub(super) fn options(&self) -> &SyncOptions {
        &self.options
    }

    /// Says hello. One pull and one push come first, so that a fork or a revocation is found before the screen says that all is
    /// well. False when the conversation ended.
    pub async fn open(&self, waits: &mut Ended) -> Result<bool, SyncError> {
        let sent = self.sending();
        let Some(met) = unless_ended(waits, self.transport.hello(&self.who)).await else { return Ok(false) };
        self.met(&sent, met?.now);
        match self.pull_first(waits).await {
            Ok(true) => (),
            Ok(false) => return Ok(false),
            Err(told) if is_away(told.code()) || told.code() == Code::SignInNeeded => return Err(told),
            Err(told) if told.code() == Code::SyncGap && !self.options.send_again => return Err(told),
            Err(told) => {
                // What cannot be read here keeps nothing from being sent (I2).
                self.ask_if_still_refused(waits).await?;
                while self.push_next(waits).await? {}
                return Err(told);
            }
        }
        self.ask_if_still_refused(waits).await?;
        self.push_next(waits).await?;
        self.show(|state| state.link = Link::Online);
        Ok(true)
    }

    /// The conversation ended so, and is shown to have.
    pub fn ended_with(&self, code: Code) {
        self.show(|state| state.link = if is_away(code) { Link::Offline } else { Link::Stopped(code) });
    }

    /// Pulls once, before anything is sent: as long as the server's sequence has not grown, a cursor past its end is seen.
    /// A server that lost own operations is to be sent them again; one that lost what was read of it can be read no more.
    /// False when the conversation ended.
    async fn pull_first(&self, waits: &mut Ended) -> Result<bool, SyncError> {
        let first = self.pull_next(Duration::ZERO, waits).await;
        let gap = |pulled: &Result<_, SyncError>| pulled.as_ref().is_err_and(|error| error.code() == Code::SyncGap);
        if !gap(&first) || !self.options.send_again || self.book(|replica| replica.is_astray()).await? {
            return Ok(first?.is_some());
        }
        let pulled = if self.go_back_if_lost(waits).await? { self.pull_next(Duration::ZERO, waits).await } else { first };
        if gap(&pulled) {
            self.book(|replica| replica.go_astray()).await?;
        }
        Ok(pulled?.is_some())
    }

    /// Blocking work on the replica, off the threads that wait.
    pub(super) async fn book<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Replica) -> Result<T, hefu_replica::Error> + Send + 'static,
    ) -> Result<T, SyncError> {
        let replica = self.replica.clone();
        let done = tokio::task::spawn_blocking(move || work(&replica)).await;
        Ok(done.map_err(|_| SyncError::Failed(Code::Internal))??)
    }

    pub(super) fn sending(&self) -> Sent {
        Sent { wall_at: (self.options.clock)(), since: (self.options.boot_clock)() }
    }

    /// The server answered a request with its own clock, half of the way there and back ago. The wall clock may have been set
    /// meanwhile; the one that counts from the machine's start cannot be (I15).
    pub(super) fn met(&self, sent: &Sent, server_now: i64) {
        let (now, since) = ((self.options.clock)(), (self.options.boot_clock)());
        let passed = since.since(&sent.since).unwrap_or_else(|| now.saturating_sub(sent.wall_at)).max(0);
        let ahead = now.saturating_sub(passed / 2).saturating_sub(server_now);
        let heard = Heard::new(now, ahead, since);
        self.show(|state| {
            state.last_met_at = Some(now);
            state.heard = Some(heard);
        });
    }

    pub(super) fn show(&self, change: impl FnOnce(&mut SyncState)) {
        self.state.send_if_modified(|state| {
            let before = state.clone();
            change(state);
            *state != before
        });
    }
}

/// Waits for the network, unless the conversation ends first.
pub(super) async fn unless_ended<T>(ended: &mut Ended, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        done = work => Some(done),
        _ = ended.wait_for(|ended| *ended) => None,
    }
}
