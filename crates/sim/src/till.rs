//! A till: its disk, its book, whoever stands at it, and its side of the conversation with the server.

use std::{collections::BTreeMap, future::Future, path::PathBuf, pin::Pin, sync::Arc};

use ed25519_dalek::SigningKey;
use hefu_core::{
    error::Code,
    ids::{DeviceId, LogId, StoreId},
};
use hefu_desk::{Desk, NodeKind, SessionKey};
use hefu_failing_disk::Left;
use hefu_replica::{Identity, Place, Replica, Secret};
use hefu_sync::{Link, Random, SyncError, SyncOptions, SyncState, Talk};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::{
    breach::{Checked, Expect},
    clock::{Around, Machine, Time, random},
    dice::Dice,
    disks::Mounted,
    founding::{CHAIN, PIN},
    oracle::At,
    plan::Wrong,
    wire::{Lane, Line, Net},
};

const KEY: [u8; 32] = [0x5e; 32];
const WINDOW: SessionKey = SessionKey([1; 32]);

/// How a step of a conversation ended.
pub enum Outcome {
    Opened(Result<bool, SyncError>),
    Pushed(Result<bool, SyncError>),
    Pulled(Result<Option<bool>, SyncError>),
    Kept(Result<(), SyncError>),
}

pub type Task = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// A till's line to the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parted {
    /// Nothing gets to the server.
    pub up: bool,
    /// Nothing gets back.
    pub down: bool,
}

/// An old copy of a till's disk.
pub struct Image {
    files: Vec<(PathBuf, Vec<u8>)>,
    own: Vec<At>,
    identity: Identity,
}

pub struct Till {
    pub no: usize,
    pub store: StoreId,
    pub disk: Mounted,
    folder: TempDir,
    pub machine: Arc<Machine>,
    random: Random,
    key: SigningKey,
    net: Arc<Net>,
    pub identity: Identity,
    /// How many books it has had.
    books: u32,
    pub running: Option<Running>,
    pub parted: Parted,
    /// What its own log should hold, in order.
    pub own: Vec<At>,
    pub image: Option<Image>,
    /// The server has refused this log for good, and keeps what it did not take: a manager brings a new code.
    pub given_up: bool,
    /// It knows that its rights were ended.
    pub knows_revoked: bool,
    /// Head office set out to end its rights, whether it knows or not, and whether that was written.
    pub is_revoked: bool,
    /// Its disk has been full.
    pub was_full: bool,
    /// Its disk says that it has synced, and has not.
    disk_lies: bool,
}

/// What is in memory.
pub struct Running {
    pub replica: Replica,
    pub desk: Desk,
    pub talk: Arc<Talk>,
    pub tasks: BTreeMap<Lane, Task>,
    pub online: bool,
    state: watch::Receiver<SyncState>,
    /// Nothing of a conversation ends for another reason than its own.
    _going: watch::Sender<bool>,
    ended: watch::Receiver<bool>,
}

impl Running {
    /// What the screen would show of the line.
    pub fn link(&self) -> Link {
        self.state.borrow().link
    }
}

impl Till {
    /// A machine that has joined nothing yet.
    pub fn new(no: usize, store: StoreId, seed: u64, time: &Time, net: &Arc<Net>, wrong: Wrong) -> Checked<Self> {
        let mut dice = Dice::of(seed, "till", no as u64);
        let key = SigningKey::from_bytes(&std::array::from_fn(|_| dice.number().to_be_bytes()[7]));
        let nobody = Identity {
            chain: CHAIN,
            device: DeviceId::from_bytes([0; 16]),
            store: Some(store),
            till_no: 0,
            log: LogId::from_bytes([0; 16]),
        };
        Ok(Self {
            no,
            store,
            disk: Mounted::new(),
            folder: tempfile::tempdir().expected("a folder")?,
            machine: Machine::new(no, time),
            random: random(dice.into_rng()),
            key,
            net: net.clone(),
            identity: nobody,
            books: 0,
            running: None,
            parted: Parted::default(),
            own: Vec::new(),
            image: None,
            given_up: false,
            knows_revoked: false,
            is_revoked: false,
            was_full: false,
            disk_lies: wrong == Wrong::DiskThatLies,
        })
    }

    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Begins a new book with a new log, as the device that it has just joined as.
    pub fn begin(&mut self, device: DeviceId, till_no: u32) -> Checked {
        self.running = None;
        self.disk.forget();
        self.books += 1;
        let log: [u8; 32] = (self.random)().expected("randomness")?;
        let log = LogId::from_bytes(std::array::from_fn(|at| log[at]));
        self.identity = Identity { device, till_no, log, ..self.identity };
        drop(Replica::create(&self.place(), self.identity).expected("a till's book")?);
        if self.disk_lies {
            self.disk.lie();
        }
        (self.own, self.image) = (Vec::new(), None);
        (self.given_up, self.knows_revoked, self.is_revoked) = (false, false, false);
        self.start()
    }

    pub fn place(&self) -> Place {
        Place::new(self.path(), Secret::new(KEY)).through(self.disk.name())
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join(format!("book-{}.db", self.books))
    }

    /// The file's own SQL, for a program that is not ours.
    pub fn sql(&self) -> Checked<rusqlite::Connection> {
        let flags = rusqlite::OpenFlags::default();
        let file = rusqlite::Connection::open_with_flags_and_vfs(self.path(), flags, self.disk.name()).expected("the file")?;
        let hex: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
        let settings = format!("PRAGMA key = \"x'{hex}'\"; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
        file.execute_batch(&settings).expected("the file's key")?;
        Ok(file)
    }

    /// Opens the book.
    pub fn start(&mut self) -> Checked {
        self.machine.start_anew();
        let replica = Replica::open(&self.place()).expected("a till's book, opened again")?;
        let line = Arc::new(Line { till: self.no, device: self.identity.device, net: self.net.clone() });
        let options = SyncOptions {
            clock: self.machine.clock(),
            boot_clock: self.machine.boot_clock(),
            random: self.random.clone(),
            ..SyncOptions::default()
        };
        let (talk, state) = Talk::new(replica.clone(), line, self.key.clone(), options);
        if self.knows_revoked {
            // It is remembered beside the book.
            talk.ended_with(Code::DeviceRevoked);
        }
        let around = Around { machine: self.machine.clone(), random: self.random.clone(), state: state.clone() };
        let desk = Desk::new(NodeKind::Till, replica.clone(), Arc::new(around));
        let (_going, ended) = watch::channel(false);
        let tasks = BTreeMap::new();
        self.running = Some(Running { replica, desk, talk: Arc::new(talk), tasks, online: false, state, _going, ended });
        Ok(())
    }

    /// The process is gone; what the disk had not synced is left so.
    pub fn stop(&mut self, left: Left) {
        if !self.disk.is_dead() {
            self.disk.cut_now();
        }
        self.running = None;
        self.disk.power_on(left);
    }

    pub fn running(&self) -> Checked<&Running> {
        self.running.as_ref().expected("a till that runs")
    }

    /// How many operations its own log has, as its file says.
    pub fn length(&self) -> Checked<u64> {
        self.running()?.replica.length().expected("the length of a log")
    }

    /// A copy of the disk as it is now, with nothing in the middle of being written.
    pub fn copy(&self) -> Checked<Image> {
        let mut files = Vec::new();
        for ending in ["", "-wal"] {
            let mut path = self.path().into_os_string();
            path.push(ending);
            let path = PathBuf::from(path);
            if path.exists() {
                files.push((path.clone(), std::fs::read(&path).expected("a file of the till")?));
            }
        }
        Ok(Image { files, own: self.own.clone(), identity: self.identity })
    }

    /// The old copy takes the place of the disk.
    pub fn put_back(&mut self, image: Image) -> Checked {
        self.running = None;
        self.disk.forget();
        for ending in ["", "-wal", "-shm"] {
            let mut path = self.path().into_os_string();
            path.push(ending);
            let _ = std::fs::remove_file(path);
        }
        for (path, bytes) in &image.files {
            std::fs::write(path, bytes).expected("the copy")?;
        }
        (self.own, self.identity, self.given_up) = (image.own, image.identity, false);
        self.start()
    }

    /// The next step of a conversation in this lane.
    pub fn begin_task(&mut self, lane: Lane) -> Checked {
        let running = self.running.as_mut().expected("a till that runs")?;
        let (talk, mut ended) = (running.talk.clone(), running.ended.clone());
        let task: Task = match lane {
            Lane::Open => Box::pin(async move { Outcome::Opened(talk.open(&mut ended).await) }),
            Lane::Push => Box::pin(async move { Outcome::Pushed(talk.push_next(&mut ended).await) }),
            Lane::Pull => Box::pin(async move { Outcome::Pulled(talk.pull_next(std::time::Duration::ZERO, &mut ended).await) }),
            Lane::Keep => Box::pin(async move { Outcome::Kept(talk.keep(&mut ended).await) }),
        };
        running.tasks.insert(lane, task);
        Ok(())
    }

    /// Asks the desk as the window does.
    pub fn ask(&self, command: &str, request: &Value) -> Result<Value, Code> {
        let running = self.running.as_ref().ok_or(Code::Internal)?;
        let reply = running.desk.call(WINDOW, command, request.to_string().as_bytes()).map_err(|error| error.code)?;
        serde_json::from_slice(&reply).map_err(|_| Code::Internal)
    }

    /// Somebody stands at the window. False where this book knows nobody yet who could.
    pub fn sign_in(&self) -> Result<bool, Code> {
        match self.ask("cart.clear", &json!({})) {
            Err(Code::SignInNeeded) => (),
            other => return other.map(|_| true),
        }
        let staff = self.ask("session.staff", &json!({}))?;
        let Some(one) = staff["staff"].as_array().and_then(|all| all.first()) else { return Ok(false) };
        self.ask("session.sign_in", &json!({ "staff_id": one["id"], "pin": PIN })).map(|_| true)
    }
}
