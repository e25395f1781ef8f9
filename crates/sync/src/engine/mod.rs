//! Keeps a replica and its server level: what is new here goes out at once, what is new there comes in at once.
//!
//! It promises to lose nothing and to hurry nobody: every step can be cut and is simply taken again; a server that is
//! away is tried with full jitter and growing pauses; a difference that no repetition heals (a fork, a gap, another
//! chain) stops it, says so, and is looked at again only slowly or when a person asks.

mod keep;
mod pace;
mod pull;
mod push;
mod state;

use std::{sync::Arc, time::Duration};

use ed25519_dalek::SigningKey;
use hefu_core::{
    clock::Heard,
    error::Code,
    lease::{Holder, Recall},
};
use hefu_replica::Replica;
use tokio::sync::{Notify, watch};

pub use state::{Link, SyncState};

use crate::{BootClock, Clock, Random, SyncError, Transport, Who, system_boot_clock, system_clock, system_random};
use pace::Pace;

/// How the engine paces itself.
#[derive(Clone)]
pub struct SyncOptions {
    pub clock: Clock,
    pub boot_clock: BootClock,
    pub random: Random,
    /// The longest pause while the server is away.
    pub pause_most: Duration,
    /// The pause after a stop that only a person at this till can mend. Somebody else at the server's address is none, nor is a server
    /// whose disk is full.
    pub stopped_pause: Duration,
    /// How long a pull waits at the server, at most 25 s.
    pub wait: Duration,
    /// Whether a server that lost what it had confirmed is sent it again. Not for a book that is kept beside its log: the
    /// two belong to one moment.
    pub send_again: bool,
    /// Whether a long catch-up leaves the machine to whoever works at it: after each frame it rests for twice as long as
    /// the frame took. Not while somebody waits for the book itself, at first run.
    pub gentle: bool,
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self {
            clock: system_clock(),
            boot_clock: system_boot_clock(),
            random: system_random(),
            pause_most: Duration::from_secs(30),
            stopped_pause: Duration::from_secs(60),
            wait: Duration::from_secs(25),
            send_again: true,
            gentle: false,
        }
    }
}

/// What the rest of the program holds of the engine.
#[derive(Clone)]
pub struct SyncHandle {
    state: watch::Receiver<SyncState>,
    recalls: watch::Receiver<Vec<Recall>>,
    wake: Arc<Notify>,
    stop: Arc<watch::Sender<bool>>,
}

impl SyncHandle {
    /// For a node that has no server: it never runs.
    pub fn without_server() -> Self {
        let (_, state) = watch::channel(SyncState::default());
        let (_, recalls) = watch::channel(Vec::new());
        Self { state, recalls, wake: Arc::default(), stop: Arc::new(watch::Sender::new(true)) }
    }

    pub fn state(&self) -> SyncState {
        self.state.borrow().clone()
    }

    /// Follows the state; changes coalesce.
    pub fn watch(&self) -> watch::Receiver<SyncState> {
        self.state.clone()
    }

    /// What the server calls back of what this log was lent, all of it; changes coalesce.
    pub fn recalls(&self) -> watch::Receiver<Vec<Recall>> {
        self.recalls.clone()
    }

    /// Tries at once instead of at the end of the pause.
    pub fn now(&self) {
        self.wake.notify_one();
    }

    /// Ends the engine, once what it is writing is written.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }
}

/// One replica, one server.
pub struct Engine {
    replica: Replica,
    transport: Arc<dyn Transport>,
    who: Who,
    options: SyncOptions,
    state: watch::Sender<SyncState>,
    recalls: watch::Sender<Vec<Recall>>,
    wake: Arc<Notify>,
    stop: watch::Receiver<bool>,
}

/// Becomes true when the conversation is over; a wait on the network ends then, a write does not.
type Ended = watch::Receiver<bool>;

impl Engine {
    /// `key` is the device's own, by which it is known to the server and signs what it pushes.
    pub fn new(replica: Replica, transport: Arc<dyn Transport>, key: SigningKey, options: SyncOptions) -> (Self, SyncHandle) {
        let who = Who { chain: replica.chain(), device: replica.device(), key };
        let (state, states) = watch::channel(SyncState { link: Link::Offline, server: Some(transport.server()), ..SyncState::default() });
        let (wake, (stopper, stop)) = (Arc::new(Notify::new()), watch::channel(false));
        let (recalls, recalled) = watch::channel(Vec::new());
        let handle = SyncHandle { state: states, recalls: recalled, wake: wake.clone(), stop: Arc::new(stopper) };
        (Self { replica, transport, who, options, state, recalls, wake, stop }, handle)
    }

    /// To whom the server lends here.
    fn holder(&self) -> Holder {
        Holder { device: self.who.device, log: self.replica.log() }
    }

    /// Runs until the handle stops it.
    pub async fn run(self) {
        let mut pace = Pace::new(self.options.pause_most);
        let mut stop = self.stop.clone();
        while !*stop.borrow_and_update() {
            let Err(error) = self.converse(&mut pace).await else { return };
            let code = error.code();
            tracing::info!(%code, %error, "the conversation with the server ended");
            let refused = keep::is_for_good(code);
            let begun = if refused { self.begin_keeping(&mut self.stop.clone()).await } else { Ok(()) };
            let pause = if code == Code::SignInNeeded { pace.next(&self.options.random) } else { self.paused(code, &mut pace) };
            if refused && let Err(error) = begun.and(self.have_it_kept(&mut self.stop.clone()).await) {
                tracing::info!(code = %error.code(), %error, "not all of the log is kept by the server yet");
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => (),
                () = self.wake.notified() => pace.reset(),
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Shows where the engine stands and says how long to stay there.
    fn paused(&self, code: Code, pace: &mut Pace) -> Duration {
        let away = is_away(code);
        self.show(|state| state.link = if away { Link::Offline } else { Link::Stopped(code) });
        if away || passes_by_itself(code) { pace.next(&self.options.random) } else { self.options.stopped_pause }
    }

    /// From hello until something fails; `Ok` when the engine is to stop.
    async fn converse(&self, pace: &mut Pace) -> Result<(), SyncError> {
        let (end, ended) = watch::channel(false);
        let talk = async {
            let done = self.talk(&end, &ended, pace).await;
            end.send_replace(true);
            done
        };
        let stopping = async {
            let (mut stop, mut ended) = (self.stop.clone(), ended.clone());
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => { end.send_replace(true); }
                _ = ended.wait_for(|ended| *ended) => (),
            }
        };
        let (done, ()) = tokio::join!(talk, stopping);
        done
    }

    /// One pull and one push come first, so that a fork or a revocation is found before the screen says that all is well.
    /// Then both halves run, and both end before this returns: no frame is still being applied when the next conversation
    /// reads the cursor.
    async fn talk(&self, end: &watch::Sender<bool>, ended: &Ended, pace: &mut Pace) -> Result<(), SyncError> {
        let mut waits = ended.clone();
        let sent_at = (self.options.clock)();
        let Some(met) = unless_ended(&mut waits, self.transport.hello(&self.who)).await else { return Ok(()) };
        self.met_at(sent_at, met?.now);
        match self.pull_first(&mut waits).await {
            Ok(true) => (),
            Ok(false) => return Ok(()),
            Err(told) if is_away(told.code()) || told.code() == Code::SignInNeeded => return Err(told),
            Err(told) if told.code() == Code::SyncGap && !self.options.send_again => return Err(told),
            Err(told) => {
                // What cannot be read here keeps nothing from being sent (I2).
                self.ask_if_still_refused(&mut waits).await?;
                while self.push_next(&mut waits).await? {}
                return Err(told);
            }
        }
        self.ask_if_still_refused(&mut waits).await?;
        self.push_next(&mut waits).await?;
        pace.reset();
        self.show(|state| state.link = Link::Online);
        let pushing = async {
            let done = self.push_all(ended.clone()).await;
            end.send_replace(true);
            done
        };
        let pulling = async {
            let done = self.pull_all(ended.clone()).await;
            end.send_replace(true);
            done
        };
        match tokio::join!(pushing, pulling) {
            // A line that went down under one half says less than what the server told the other.
            (Err(SyncError::Unreachable(_)), Err(told)) => Err(told),
            (Err(told), _) | (Ok(()), Err(told)) => Err(told),
            (Ok(()), Ok(())) => Ok(()),
        }
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
    async fn book<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Replica) -> Result<T, hefu_replica::Error> + Send + 'static,
    ) -> Result<T, SyncError> {
        let replica = self.replica.clone();
        let done = tokio::task::spawn_blocking(move || work(&replica)).await;
        Ok(done.map_err(|_| SyncError::Failed(Code::Internal))??)
    }

    /// The server answered a request sent at `sent_at` with its own clock.
    fn met_at(&self, sent_at: i64, server_now: i64) {
        let now = (self.options.clock)();
        let ahead = sent_at.midpoint(now).saturating_sub(server_now);
        let heard = Heard::new(now, ahead, (self.options.boot_clock)());
        self.show(|state| {
            state.last_met_at = Some(now);
            state.heard = Some(heard);
        });
    }

    fn show(&self, change: impl FnOnce(&mut SyncState)) {
        self.state.send_if_modified(|state| {
            let before = state.clone();
            change(state);
            *state != before
        });
    }
}

fn is_away(code: Code) -> bool {
    matches!(code, Code::ServerUnreachable | Code::ServerBusy)
}

/// Whether what stopped it is mended elsewhere, without a word to this till. That is shown, and the server looked for as if nobody had
/// answered: the log-in page of a shopping centre's Wi-Fi, say, is passed in a moment, and a full disk at head office is made room on.
fn passes_by_itself(code: Code) -> bool {
    matches!(code, Code::ServerCertificate | Code::ServerOtherChain | Code::ServerRubbish | Code::ServerCannotWrite)
}

/// Waits for the network, unless the conversation ends first.
async fn unless_ended<T>(ended: &mut Ended, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        done = work => Some(done),
        _ = ended.wait_for(|ended| *ended) => None,
    }
}
