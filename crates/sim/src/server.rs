//! The server: the chain's log and the node of head office in one process, over one disk.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use ed25519_dalek::SigningKey;
use hefu_core::{
    error::Code,
    ids::{DeviceId, LogId, StoreId},
    op::{DeviceSet, Draft},
    wire::{DigestReply, EnrolReply, EnrolRequest, PROTOCOL, Push},
};
use hefu_failing_disk::Left;
use hefu_log::{Applicant, ChainLog, Device, Devices, Invitation, LogError, SqliteLog};
use hefu_replica::{By, Identity, Place, Replica, Secret};
use hefu_sync::{Hq, LocalTransport, Random, SyncError, SyncOptions, SyncService, Talk, Transport};
use tempfile::TempDir;
use tokio::{runtime::Runtime, sync::watch};

use crate::{
    breach::{Checked, Expect},
    clock::{Machine, Time, random},
    dice::Dice,
    disks::Mounted,
    founding::CHAIN,
    oracle::At,
    wire::{Answer, Reply, Request},
    wrong::LogBetween,
};

const KEY: [u8; 32] = [0x1d; 32];
const HQ_KEY: [u8; 32] = [0x4a; 32];
pub const HQ_DEVICE: DeviceId = DeviceId(uuid::Uuid::from_bytes([0x4b; 16]));
pub const HQ_LOG: LogId = LogId(uuid::Uuid::from_bytes([0x4c; 16]));

pub struct Server {
    pub disk: Mounted,
    folder: TempDir,
    time: Time,
    machine: Arc<Machine>,
    random: Random,
    /// What a known-wrong program puts before the log; it may remember something over a restart.
    pub between: Arc<LogBetween>,
    invited: u64,
    pub running: Option<Running>,
    /// Operations of head office's own book.
    pub own: Vec<At>,
}

/// What is in memory.
pub struct Running {
    /// The log as it lies in its file.
    pub log: Arc<SqliteLog>,
    /// The log as it answers.
    pub shown: Arc<dyn ChainLog>,
    service: Arc<SyncService>,
    pub hq: Replica,
    talk: Talk,
    /// Who is signed in.
    lines: BTreeMap<DeviceId, LocalTransport>,
}

/// Head office as the service sees it.
struct HqNode {
    replica: Replica,
    time: Time,
}

#[async_trait]
impl Hq for HqNode {
    async fn chain_name(&self) -> Result<String, Code> {
        Ok("和福家居".to_owned())
    }

    async fn enrolled(&self, device: &Device) -> Result<(), Code> {
        let set = DeviceSet { device: device.device, store: device.store, till_no: device.till_no };
        let by = By { who: None, at: self.time.now(), ahead: 0 };
        let known = self.replica.read(|book| book.device(set.device)).map_err(|error| error.code())?;
        if known.is_none() {
            self.replica.write(|book| book.append(by, &Draft::new(set))).map_err(|error| error.code())?;
        }
        Ok(())
    }

    async fn digest(&self, at_seq: u64) -> Result<DigestReply, Code> {
        Ok(DigestReply { at_seq, digest: None, fold: hefu_replica::FOLD })
    }
}

impl Server {
    /// A server with an empty log and an empty book.
    pub fn new(seed: u64, time: &Time, between: LogBetween, rt: &Runtime) -> Checked<Self> {
        let mut server = Self {
            disk: Mounted::new(),
            folder: tempfile::tempdir().expected("a folder")?,
            time: time.clone(),
            machine: Machine::new(usize::MAX, time),
            random: random(Dice::of(seed, "server", 0).into_rng()),
            between: Arc::new(between),
            invited: 0,
            running: None,
            own: Vec::new(),
        };
        let identity = Identity { chain: CHAIN, device: HQ_DEVICE, store: None, till_no: 1, log: HQ_LOG };
        drop(Replica::create(&server.place(), identity).expected("head office's book")?);
        server.start().expected("the server")?;
        let key = SigningKey::from_bytes(&HQ_KEY).verifying_key().to_bytes();
        let (secret, now) = ("hq".to_owned(), time.now());
        if let Some(running) = &server.running {
            let joined = rt.block_on(async {
                let invitation = Invitation { secret: secret.clone(), store: None, issued_at: now, expires_at: i64::MAX };
                running.log.invite(invitation).await?;
                running.log.enrol(Applicant { secret, key, device: HQ_DEVICE }, now).await
            });
            joined.expected("head office joins")?;
        }
        Ok(server)
    }

    fn place(&self) -> Place {
        Place::new(self.path("hq.db"), Secret::new(KEY)).through(self.disk.name())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn is_up(&self) -> bool {
        self.running.is_some()
    }

    /// Opens the files.
    pub fn start(&mut self) -> Result<(), SyncError> {
        self.machine.start_anew();
        let log = Arc::new(SqliteLog::open_through(&self.path("log.db"), &KEY, self.disk.name()).map_err(SyncError::from)?);
        let hq = Replica::open(&self.place())?;
        let before: Arc<dyn ChainLog> = self.between.before(log.clone());
        let node = Arc::new(HqNode { replica: hq.clone(), time: self.time.clone() });
        let service = SyncService::new(CHAIN, before.clone(), node, self.time.clock(), self.random.clone());
        let options = SyncOptions {
            clock: self.time.clock(),
            boot_clock: self.machine.boot_clock(),
            random: self.random.clone(),
            send_again: false,
            ..SyncOptions::default()
        };
        let line = Arc::new(LocalTransport::new(service.clone()));
        let (talk, _) = Talk::new(hq.clone(), line, SigningKey::from_bytes(&HQ_KEY), options);
        self.running = Some(Running { log, shown: before, service, hq, talk, lines: BTreeMap::new() });
        Ok(())
    }

    /// The process is gone, and of what the disk had not synced this is left.
    pub fn stop(&mut self, left: Left) {
        if !self.disk.is_dead() {
            self.disk.cut_now();
        }
        self.between.forget();
        self.running = None;
        self.disk.power_on(left);
    }

    /// Answers a till.
    pub fn answer(&mut self, device: DeviceId, request: Request, rt: &Runtime) -> Answer {
        let away = || SyncError::Unreachable("the server is down");
        let Some(running) = &mut self.running else { return Err(away()) };
        let answer = rt.block_on(running.answer(device, request));
        // A process that is gone answers nobody.
        if self.disk.is_dead() { Err(away()) } else { answer }
    }

    /// Head office sends what it wrote and reads what is new. Errors are of its own disk alone.
    pub fn meet_hq(&mut self, rt: &Runtime) -> Result<(), SyncError> {
        let Some(running) = &self.running else { return Ok(()) };
        let (_going, mut ended) = watch::channel(false);
        rt.block_on(async {
            running.talk.open(&mut ended).await?;
            while running.talk.push_next(&mut ended).await? {}
            while running.talk.pull_next(Duration::ZERO, &mut ended).await? == Some(true) {}
            Ok(())
        })
    }

    /// A line to it of somebody's own.
    pub fn line(&self) -> Option<LocalTransport> {
        self.running.as_ref().map(|running| LocalTransport::new(running.service.clone()))
    }

    /// A code for one till, and the till that joins with it.
    pub fn enrol(&mut self, store: StoreId, key: &SigningKey, rt: &Runtime) -> Result<EnrolReply, SyncError> {
        let Some(running) = &self.running else { return Err(SyncError::Unreachable("the server is down")) };
        self.invited += 1;
        let (secret, now) = (format!("code {}", self.invited), self.time.now());
        let key: String = key.verifying_key().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        rt.block_on(async {
            let invitation = Invitation { secret: secret.clone(), store: Some(store), issued_at: now, expires_at: i64::MAX };
            running.log.invite(invitation).await?;
            running.service.enrol(EnrolRequest { protocol: PROTOCOL, chain: CHAIN, secret, key }).await
        })
    }

    pub fn has_revoked(&self, device: DeviceId, rt: &Runtime) -> Result<bool, LogError> {
        let Some(running) = &self.running else { return Ok(false) };
        Ok(rt.block_on(running.log.device(device))?.is_some_and(|device| device.revoked_at.is_some()))
    }

    /// Head office ends a device's rights.
    pub fn revoke(&mut self, device: DeviceId, rt: &Runtime) -> Result<(), LogError> {
        let Some(running) = &self.running else { return Ok(()) };
        rt.block_on(running.log.revoke(device, self.time.now()))
    }
}

impl Running {
    async fn answer(&mut self, device: DeviceId, request: Request) -> Answer {
        let line = self.lines.entry(device).or_insert_with(|| LocalTransport::new(self.service.clone()));
        match request {
            Request::Hello(who) => line.hello(&who).await.map(Reply::Met),
            Request::Push(bytes) => line.push(&Push::read(&bytes).map_err(SyncError::Failed)?).await.map(Reply::Pushed),
            Request::Pull(request) => {
                let pulled = line.pull(&request).await?;
                pulled.write().map(Reply::Frame).map_err(SyncError::Failed)
            }
        }
    }
}
