//! The till as it runs: unset, fetching, open, or with a book that cannot be opened.

mod follow;
mod renew;

use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use hefu_core::{error::Code, wire::Enrolment};
use hefu_desk::{
    Command, Desk, DeskFront, ErrorBody, Front, NodeKind, SessionKey,
    access::allowed,
    wire::{Link as Shown, NodeState, SessionView, SetupJoin, SetupStage, SetupStart, SetupView, StatusView, StatusWatch, SyncView},
};
use hefu_replica::Replica;
use hefu_sync::{Engine, HttpTransport, Link, SyncHandle, SyncOptions, Transport, system_boot_clock, system_clock};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{runtime::Handle, sync::watch};

use crate::{
    around::Around,
    folder::{Folder, Server},
    setup,
};

const WATCH: Duration = Duration::from_secs(25);
/// Changes of the book shown at most this often: a till that catches up does not redraw for every frame.
const SHOW_EVERY: Duration = Duration::from_millis(150);

/// First run that has heard nothing from the server for this long says so.
const SILENCE_MS: i64 = 10_000;

/// A till's node. Clones share it.
#[derive(Clone)]
pub struct TillNode {
    inner: Arc<Inner>,
}

struct Inner {
    folder: Folder,
    runtime: Handle,
    stage: Mutex<Stage>,
    /// Counts changes before there is a desk to count them.
    changed: watch::Sender<u64>,
}

enum Stage {
    /// Nobody is answered yet: a book is open within a moment.
    Opening,
    /// A program that folds better than the one before folds the whole book again.
    Updating {
        done: u64,
        total: u64,
    },
    Unset {
        error: Option<ErrorBody>,
    },
    Enrolling,
    Open(Open),
    Broken(ErrorBody),
}

#[derive(Clone)]
struct Open {
    front: Arc<DeskFront>,
    around: Arc<Around>,
    sync: SyncHandle,
    /// Whether the chain's book has once been read to its end.
    ready: Arc<AtomicBool>,
    opened_at: i64,
    /// Operations to read when first run began to fetch.
    to_fetch: Arc<Mutex<i64>>,
    /// Whether the book held nothing unsent when it was opened.
    empty_handed: bool,
}

impl TillNode {
    /// Opens what is in the folder at `path`, making it if need be, while the first command waits. A folder or a book that cannot be
    /// used is a state that the screen explains, not an error here. `file_keys` as for [`Folder::new`].
    pub fn start(path: &Path, file_keys: bool, runtime: Handle) -> Self {
        let (folder, unusable) = match Folder::new(path, file_keys) {
            Ok(folder) => (folder, None),
            Err(error) => (Folder::unusable(path), Some(ErrorBody::from(error))),
        };
        let node = Self {
            inner: Arc::new(Inner {
                folder,
                runtime,
                stage: Mutex::new(Stage::Opening),
                changed: watch::Sender::new(now().unsigned_abs()),
            }),
        };
        match unusable {
            Some(error) => node.set(Stage::Broken(error)),
            None if !node.inner.folder.has_book() => node.set(Stage::Unset { error: None }),
            None => {
                let opening = node.clone();
                node.inner.runtime.spawn_blocking(move || {
                    if let Err(error) = opening.open() {
                        opening.set(Stage::Broken(error));
                    }
                });
            }
        }
        node
    }

    /// Waits until there is something to say: that the book is open, or how far bringing it up to date is.
    async fn past_opening(&self) {
        let mut changes = self.inner.changed.subscribe();
        while matches!(*self.inner.stage.lock().unwrap_or_else(PoisonError::into_inner), Stage::Opening) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Ends sync after what it is writing is written.
    pub fn stop(&self) {
        if let Some(open) = self.opened() {
            open.sync.stop();
        }
    }

    fn set(&self, stage: Stage) {
        *self.inner.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
        self.inner.changed.send_modify(|count| *count += 1);
    }

    fn opened(&self) -> Option<Open> {
        match &*self.inner.stage.lock().unwrap_or_else(PoisonError::into_inner) {
            Stage::Open(open) => Some(open.clone()),
            _ => None,
        }
    }

    /// Opens the book and starts sync, if there is a server.
    fn open(&self) -> Result<(), ErrorBody> {
        let inner = &self.inner;
        let _runtime = inner.runtime.enter();
        let mut shown: Option<Instant> = None;
        let replica = Replica::open_telling(&inner.folder.book()?, &mut |done, total| {
            if shown.is_none_or(|at| at.elapsed() >= SHOW_EVERY) {
                self.set(Stage::Updating { done, total });
                shown = Some(Instant::now());
            }
        })?;
        let server = inner.folder.server()?;
        if server.is_none() && replica.read(|book| book.chain())?.is_none() {
            // First run was cut off between making the file and its first facts.
            drop(replica);
            inner.folder.put_away_unfinished()?;
            self.set(Stage::Unset { error: None });
            return Ok(());
        }
        let revoked = Arc::new(AtomicBool::new(server.as_ref().is_some_and(|server| server.revoked)));
        let ready = Arc::new(AtomicBool::new(server.as_ref().is_none_or(|server| server.caught_up)));
        let (sync, transport) = match &server {
            Some(server) => self.run_engine(&replica, server)?,
            None => (SyncHandle::without_server(), None),
        };
        let around = Arc::new(Around {
            sync: sync.clone(),
            transport,
            runtime: inner.runtime.clone(),
            revoked: revoked.clone(),
            heard: server.as_ref().and_then(|server| server.heard.clone()),
            boot_clock: system_boot_clock(),
            set_aside: renew::worth_showing(inner.folder.books_set_aside()),
        });
        let desk = Arc::new(Desk::new(NodeKind::Till, replica.clone(), around.clone()));
        show_changes(&desk, &replica);
        let open = Open {
            front: Arc::new(DeskFront::new(desk, inner.folder.protection())),
            around,
            sync,
            ready,
            opened_at: now(),
            to_fetch: Arc::default(),
            empty_handed: replica.unsent()? == 0,
        };
        if let Some(server) = server {
            self.follow_sync(open.clone(), server, revoked);
        }
        self.set(Stage::Open(open));
        Ok(())
    }

    fn run_engine(&self, replica: &Replica, server: &Server) -> Result<(SyncHandle, Option<Arc<dyn Transport>>), ErrorBody> {
        let transport = HttpTransport::new(&server.address, &server.fingerprint).map_err(|error| ErrorBody::new(error.code()))?;
        let transport: Arc<dyn Transport> = Arc::new(transport);
        let key = setup::device_key(&self.inner.folder)?;
        let options = SyncOptions { gentle: server.caught_up, ..SyncOptions::default() };
        let (engine, handle) = Engine::new(replica.clone(), transport.clone(), key, options);
        self.inner.runtime.spawn(engine.run());
        Ok((handle, Some(transport)))
    }

    async fn start_here(&self, request: SetupStart) -> Result<SetupView, ErrorBody> {
        self.begin()?;
        let node = self.clone();
        let made = tokio::task::spawn_blocking(move || {
            setup::start(&node.inner.folder, &request, now())?;
            node.open()
        })
        .await
        .map_err(|_| ErrorBody::new(Code::Internal))
        .flatten();
        if let Err(error) = made {
            self.fail(error.clone());
            return Err(error);
        }
        Ok(self.setup_view())
    }

    /// Answers at once; the rest goes on by itself and is shown.
    fn join(&self, request: &SetupJoin) -> Result<SetupView, ErrorBody> {
        let code = Enrolment::read(&request.code)?;
        self.begin()?;
        let node = self.clone();
        self.inner.runtime.spawn(async move {
            if let Err(error) = node.join_with(code).await {
                node.fail(error);
            }
        });
        Ok(self.setup_view())
    }

    async fn join_with(&self, code: Enrolment) -> Result<(), ErrorBody> {
        let key = setup::device_key(&self.inner.folder)?;
        let reply = setup::enrol(&code, &key).await?;
        let node = self.clone();
        let made = tokio::task::spawn_blocking(move || {
            setup::make_book(&node.inner.folder, &code, &reply, now())?;
            node.open()
        });
        made.await.map_err(|_| Code::Internal)?
    }

    /// Only one first run at a time, and none over a book.
    fn begin(&self) -> Result<(), ErrorBody> {
        let mut stage = self.inner.stage.lock().unwrap_or_else(PoisonError::into_inner);
        match &*stage {
            Stage::Unset { .. } if !self.inner.folder.has_book() => *stage = Stage::Enrolling,
            Stage::Enrolling | Stage::Opening | Stage::Updating { .. } => return Err(Code::SetupBusy.into()),
            _ => return Err(Code::AlreadySetUp.into()),
        }
        drop(stage);
        self.inner.changed.send_modify(|count| *count += 1);
        Ok(())
    }

    fn setup_view(&self) -> SetupView {
        let (stage, error, may_start_over) = match &*self.inner.stage.lock().unwrap_or_else(PoisonError::into_inner) {
            Stage::Unset { error } => (SetupStage::Fresh, error.clone(), false),
            Stage::Enrolling | Stage::Opening => (SetupStage::Enrolling, None, false),
            Stage::Updating { done, total } => (updating(*done, *total), None, false),
            Stage::Broken(error) => (SetupStage::Broken, Some(error.clone()), false),
            Stage::Open(open) if open.ready.load(Ordering::Relaxed) => (SetupStage::Ready, None, false),
            Stage::Open(open) => (fetching(open), held_up(open), open.empty_handed),
        };
        SetupView { stage, keys: self.inner.folder.protection(), error, may_start_over }
    }

    fn unset_view(&self) -> StatusView {
        StatusView {
            version: *self.inner.changed.borrow(),
            node: NodeState::Unset,
            chain_name: None,
            store: None,
            till_no: None,
            session: SessionView::default(),
            sync: SyncView::of(Shown::NoServer),
            now: now(),
            demo: false,
        }
    }

    /// A till at work, or nothing while first run is not through.
    fn at_work(&self) -> Option<Open> {
        self.opened().filter(|open| open.ready.load(Ordering::Relaxed))
    }
}

#[async_trait]
impl Front for TillNode {
    async fn call(&self, key: SessionKey, name: &str, request: Vec<u8>) -> Result<Vec<u8>, ErrorBody> {
        self.past_opening().await;
        let open = self.at_work();
        if open.is_none() {
            allowed(Command::named(name)?, None, NodeState::Unset)?;
        }
        match (name, open) {
            ("setup.status", _) => write(&self.setup_view()),
            ("setup.start", None) => write(&self.start_here(read(&request)?).await?),
            ("setup.join", None) => write(&self.join(&read(&request)?)?),
            ("setup.retry", None) => write(&self.retry()),
            ("setup.start_over", None) => write(&self.start_over().await?),
            ("sync.rejoin", Some(open)) => {
                // The book is closed meanwhile: nothing here may hold it.
                drop(open);
                write(&self.rejoin(key, &request).await?)
            }
            ("status.get", None) => write(&self.unset_view()),
            ("status.watch", None) => {
                let StatusWatch { seen } = read(&request)?;
                let mut changes = self.inner.changed.subscribe();
                // Ends by time too, so that a screen that left is not waited for.
                let _ = tokio::time::timeout(WATCH, changes.wait_for(|version| *version != seen)).await;
                self.call(key, "status.get", Vec::new()).await
            }
            ("sync.now", Some(open)) => {
                let reply = open.front.call(key, name, request).await?;
                open.sync.now();
                Ok(reply)
            }
            (_, Some(open)) => open.front.call(key, name, request).await,
            (_, None) => Err(Code::NotHere.into()),
        }
    }

    fn rename_session(&self, from: SessionKey, to: SessionKey) {
        if let Some(open) = self.opened() {
            open.front.rename_session(from, to);
        }
    }
}

fn updating(done: u64, total: u64) -> SetupStage {
    let [done, total] = [done, total].map(|count| i64::try_from(count).unwrap_or(i64::MAX));
    SetupStage::Updating { done, total }
}

/// How far first run has read. The whole is what was to come when it began.
fn fetching(open: &Open) -> SetupStage {
    let behind = open.sync.state().behind.map_or(0, |behind| i64::try_from(behind).unwrap_or(i64::MAX));
    let total = *open.to_fetch.lock().unwrap_or_else(PoisonError::into_inner);
    SetupStage::Fetching { done: (total - behind).max(0), total: total.max(behind) }
}

/// Why first run gets no further, when it does not: the line is down, or sync has stopped.
fn held_up(open: &Open) -> Option<ErrorBody> {
    let state = open.sync.state();
    let silent_ms = now().saturating_sub(state.last_met_at.unwrap_or(open.opened_at));
    match state.link {
        Link::Stopped(code) => Some(code.into()),
        // Before the first frame is in, the engine calls itself offline too: only silence says that the line is down.
        Link::Offline if silent_ms > SILENCE_MS => Some(Code::ServerUnreachable.into()),
        Link::Offline | Link::Online | Link::NoServer => None,
    }
}

/// Stirs the desk when the book changes, and again after a while rather than at once.
fn show_changes(desk: &Arc<Desk>, replica: &Replica) {
    let (desk, mut commits) = (Arc::downgrade(desk), replica.subscribe());
    tokio::spawn(async move {
        while commits.changed().await.is_ok() {
            let Some(desk) = desk.upgrade() else { return };
            desk.stir();
            drop(desk);
            tokio::time::sleep(SHOW_EVERY).await;
        }
    });
}

fn now() -> i64 {
    system_clock()()
}

fn read<T: DeserializeOwned>(request: &[u8]) -> Result<T, ErrorBody> {
    let request = if request.is_empty() { b"{}" } else { request };
    serde_json::from_slice(request).map_err(|_| Code::RequestInvalid.into())
}

fn write(reply: &impl Serialize) -> Result<Vec<u8>, ErrorBody> {
    serde_json::to_vec(reply).map_err(|_| Code::Internal.into())
}
