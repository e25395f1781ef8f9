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
mod talk;

use std::{sync::Arc, time::Duration};

use ed25519_dalek::SigningKey;
use hefu_core::{error::Code, lease::Recall};
use hefu_replica::Replica;
use tokio::sync::{Notify, watch};

pub use keep::is_for_good;
pub use state::{Link, SyncState};
pub use talk::{Ended, Talk};

use crate::{BootClock, Clock, Random, SyncError, Transport, system_boot_clock, system_clock, system_random};
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

/// One replica, one server, as time passes.
pub struct Engine {
    talk: Talk,
    wake: Arc<Notify>,
    stop: watch::Receiver<bool>,
}

impl Engine {
    /// `key` is the device's own, by which it is known to the server and signs what it pushes.
    pub fn new(replica: Replica, transport: Arc<dyn Transport>, key: SigningKey, options: SyncOptions) -> (Self, SyncHandle) {
        let (talk, state) = Talk::new(replica, transport, key, options);
        let (wake, (stopper, stop)) = (Arc::new(Notify::new()), watch::channel(false));
        let handle = SyncHandle { state, recalls: talk.recalls(), wake: wake.clone(), stop: Arc::new(stopper) };
        (Self { talk, wake, stop }, handle)
    }

    /// Runs until the handle stops it.
    pub async fn run(self) {
        let options = self.talk.options();
        let mut pace = Pace::new(options.pause_most);
        let mut stop = self.stop.clone();
        while !*stop.borrow_and_update() {
            let Err(error) = self.converse(&mut pace).await else { return };
            let code = error.code();
            tracing::info!(%code, %error, "the conversation with the server ended");
            let refused = is_for_good(code);
            let begun = if refused { self.talk.begin_keeping(&mut self.stop.clone()).await } else { Ok(()) };
            let pause = if code == Code::SignInNeeded { pace.next(&options.random) } else { self.paused(code, &mut pace) };
            if refused && let Err(error) = begun.and(self.talk.have_it_kept(&mut self.stop.clone()).await) {
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
        self.talk.ended_with(code);
        let options = self.talk.options();
        if is_away(code) || passes_by_itself(code) { pace.next(&options.random) } else { options.stopped_pause }
    }

    /// From hello until something fails; `Ok` when the engine is to stop.
    async fn converse(&self, pace: &mut Pace) -> Result<(), SyncError> {
        let (end, ended) = watch::channel(false);
        let talk = async {
            let done = self.talk_until(&end, &ended, pace).await;
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

    /// Both halves run, and both end before this returns: no frame is still being applied when the next conversation reads the
    /// cursor.
    async fn talk_until(&self, end: &watch::Sender<bool>, ended: &Ended, pace: &mut Pace) -> Result<(), SyncError> {
        if !self.talk.open(&mut ended.clone()).await? {
            return Ok(());
        }
        pace.reset();
        let pushing = async {
            let done = self.talk.push_all(ended.clone()).await;
            end.send_replace(true);
            done
        };
        let pulling = async {
            let done = self.talk.pull_all(ended.clone()).await;
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
}

fn is_away(code: Code) -> bool {
    matches!(code, Code::ServerUnreachable | Code::ServerBusy)
}

/// Whether what stopped it is mended elsewhere, without a word to this till. That is shown, and the server looked for as if nobody had
/// answered: the log-in page of a shopping centre's Wi-Fi, say, is passed in a moment, and a full disk at head office is made room on.
fn passes_by_itself(code: Code) -> bool {
    matches!(code, Code::ServerCertificate | Code::ServerOtherChain | Code::ServerRubbish | Code::ServerCannotWrite)
}
