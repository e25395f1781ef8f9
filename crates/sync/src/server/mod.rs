//! The half that answers: devices join, prove who they are, push and pull, on behalf of one chain's log.

mod limit;
mod routes;
mod sessions;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use ed25519_dalek::VerifyingKey;
use hefu_core::{
    error::Code,
    ids::{ChainId, DeviceId},
    lease::{Holder, Recall},
    op::Hash,
    wire::{
        DigestReply, DigestRequest, EnrolReply, EnrolRequest, FRAME_BYTES_MOST, HelloReply, HelloRequest, LeaseReply, LeaseRequest,
        PROTOCOL, ProveReply, ProveRequest, PullRequest, Pulled, Push, PushReply, hello_bytes, read_hash, recalls_known,
    },
};
use hefu_log::{Applicant, Ask, ChainLog, Device, Most, Tip};
use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

pub use routes::router;

use crate::{Clock, Random, SyncError, hex};
use sessions::Sessions;

/// The longest that a pull waits for something new.
pub const WAIT_MOST: Duration = Duration::from_secs(25);

/// What the service needs of the HQ node that lives beside it.
#[async_trait]
pub trait Hq: Send + Sync {
    /// What the chain is called, for a device that joins.
    async fn chain_name(&self) -> Result<String, Code>;

    /// A device has joined, or asks again for the answer it missed: the book must say so before the device hears it.
    async fn enrolled(&self, device: &Device) -> Result<(), Code>;

    /// The digest of the folded tables at `at_seq`, without one when HQ is not exactly there.
    async fn digest(&self, at_seq: u64) -> Result<DigestReply, Code>;
}

/// Answers devices. What it holds in memory (challenges and tokens) may be lost at any time: a device proves itself anew.
pub struct SyncService {
    chain: ChainId,
    log: Arc<dyn ChainLog>,
    hq: Arc<dyn Hq>,
    clock: Clock,
    random: Random,
    sessions: Sessions,
    closing: watch::Sender<bool>,
}

impl SyncService {
    pub fn new(chain: ChainId, log: Arc<dyn ChainLog>, hq: Arc<dyn Hq>, clock: Clock, random: Random) -> Arc<Self> {
        Arc::new(Self { chain, log, hq, clock, random, sessions: Sessions::default(), closing: watch::Sender::new(false) })
    }

    /// Ends every waiting pull, for a graceful stop.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    pub async fn enrol(&self, request: EnrolRequest) -> Result<EnrolReply, SyncError> {
        self.same_language(request.protocol, request.chain)?;
        let key: [u8; 32] = hex::read(&request.key).ok_or(SyncError::refused(Code::RequestInvalid))?;
        VerifyingKey::from_bytes(&key).map_err(|_| SyncError::refused(Code::RequestInvalid))?;
        let now = (self.clock)();
        let random = (self.random)().map_err(SyncError::Failed)?;
        let id = DeviceId::new(now, std::array::from_fn(|at| random[at]));
        let device = self.log.enrol(Applicant { secret: request.secret, key, device: id }, now).await?;
        self.hq.enrolled(&device).await.map_err(SyncError::Failed)?;
        let chain_name = self.hq.chain_name().await.map_err(SyncError::Failed)?;
        tracing::info!(device = %device.device, "a device joined");
        Ok(EnrolReply { device: device.device, store: device.store, till_no: device.till_no, chain: self.chain, chain_name })
    }

    pub async fn hello(&self, request: HelloRequest) -> Result<HelloReply, SyncError> {
        self.same_language(request.protocol, request.chain)?;
        self.known(request.device).await?;
        let now = (self.clock)();
        let challenge = hex::write(&(self.random)().map_err(SyncError::Failed)?);
        self.sessions.challenge(request.device, challenge.clone(), now)?;
        Ok(HelloReply { protocol: PROTOCOL, chain: self.chain, challenge, now })
    }

    /// A revoked device may prove itself too: what it has not pushed is wanted.
    pub async fn prove(&self, request: ProveRequest) -> Result<ProveReply, SyncError> {
        let now = (self.clock)();
        let wrong = || SyncError::refused(Code::SignInNeeded);
        if !self.sessions.take_challenge(request.device, &request.challenge, now) {
            return Err(wrong());
        }
        let device = self.known(request.device).await?;
        let signature = hex::read::<64>(&request.signature).ok_or_else(wrong)?;
        let signed = hello_bytes(self.chain, &request.challenge);
        let key = VerifyingKey::from_bytes(&device.key).map_err(|_| wrong())?;
        key.verify_strict(&signed, &ed25519_dalek::Signature::from_bytes(&signature)).map_err(|_| wrong())?;
        let token = hex::write(&(self.random)().map_err(SyncError::Failed)?);
        self.sessions.begin(device.device, &token, now);
        Ok(ProveReply { token })
    }

    pub async fn push(&self, token: &str, push: Push) -> Result<PushReply, SyncError> {
        let device = self.signed_in(token).await?;
        let key = VerifyingKey::from_bytes(&device.key).map_err(|_| SyncError::Failed(Code::Internal))?;
        if !push.segment.signed_by(&key, &push.signature) {
            return Err(SyncError::refused(Code::SyncDamaged));
        }
        let log = push.segment.log;
        let now = (self.clock)();
        let held = self.log.append(device.device, push, now).await;
        if let Err(error) = &held {
            tracing::warn!(device = %device.device, %log, code = %error.code(), "a push was refused");
        }
        Ok(PushReply { held: held?, now })
    }

    /// Lends, calls back and tells, in the order of the request (E3). A revoked device is lent nothing and told nothing.
    pub async fn lease(&self, token: &str, request: LeaseRequest) -> Result<LeaseReply, SyncError> {
        let device = self.unrevoked(token).await?.device;
        if !request.is_sound() {
            return Err(SyncError::refused(Code::RequestInvalid));
        }
        let holder = Holder { device, log: request.log };
        let answers = self.log.lend(holder, request.asks_of(device)).await?;
        let mut called_back = Vec::new();
        for call in &request.call_back {
            called_back.extend(self.log.call_back(holder, call.account, call.amount).await?);
        }
        let statements = self.log.statements(request.log, request.about).await?;
        Ok(LeaseReply { answers, called_back, statements })
    }

    /// What is called back from the reader's log, where that is not what the reader knows.
    async fn recalls(&self, request: &PullRequest) -> Result<Option<Vec<Recall>>, SyncError> {
        let Some(known) = &request.recalls else { return Ok(None) };
        let now = self.log.recalls(request.log).await?;
        Ok(Some(now).filter(|now| recalls_known(now) != *known))
    }

    /// Waits until there is something new, or for as long as was asked; the frame may then be empty.
    pub async fn pull(&self, token: &str, request: PullRequest) -> Result<Pulled, SyncError> {
        let deadline = Instant::now() + Duration::from_secs(request.wait.into()).min(WAIT_MOST);
        let (mut tip, mut closing) = (self.log.tip(), self.closing.subscribe());
        let device = self.unrevoked(token).await?;
        self.compare(&request, device.device).await?;
        if let Err(error) = self.log.seen(device.device, (self.clock)(), request.unsent).await {
            tracing::warn!(code = %error.code(), "when a device was seen is not written down");
        }
        let mut seen = Tip { head: request.after, beside: request.beside_after, recalls: u64::MAX };
        loop {
            let device = self.unrevoked(token).await?;
            let ask = Ask {
                after: request.after,
                beside_after: seen.beside,
                own: request.log,
                audience: device.store.into(),
                bytes_most: FRAME_BYTES_MOST,
                most: Most::default(),
            };
            // Before the recalls are read, so that none comes in between; who holds no leases is not woken by one.
            let recalled = if request.recalls.is_some() { tip.borrow().recalls } else { u64::MAX };
            let recalls = self.recalls(&request).await?;
            let frame = self.log.read(ask).await?;
            let empty = frame.entries.is_empty() && frame.beside.is_empty() && recalls.is_none();
            if !empty || request.wait == 0 || *closing.borrow_and_update() {
                return Ok(Pulled { frame, recalls });
            }
            seen = Tip { head: frame.head, beside: frame.beside_upto, recalls: recalled };
            // An append that this read already showed, or that was read past, wakes nobody twice.
            let changed = async {
                tokio::select! {
                    _ = tip.wait_for(|tip| tip.head > seen.head || tip.beside > seen.beside || tip.recalls > seen.recalls) => (),
                    _ = closing.changed() => (),
                }
            };
            if timeout_at(deadline, changed).await.is_err() {
                return Ok(Pulled { frame, recalls: None });
            }
        }
    }

    pub async fn digest(&self, token: &str, request: DigestRequest) -> Result<DigestReply, SyncError> {
        self.unrevoked(token).await?;
        self.hq.digest(request.at_seq).await.map_err(SyncError::Failed)
    }

    /// Whether the token is one of a device that has proved itself: before a long body of it is read.
    pub fn is_met(&self, token: &str) -> bool {
        self.sessions.device(token, (self.clock)()).is_some()
    }

    fn same_language(&self, protocol: u32, chain: ChainId) -> Result<(), SyncError> {
        match (protocol > PROTOCOL, chain == self.chain) {
            (true, _) => Err(SyncError::refused(Code::ServerNewer)),
            (_, false) => Err(SyncError::refused(Code::ServerOtherChain)),
            _ => Ok(()),
        }
    }

    async fn known(&self, device: DeviceId) -> Result<Device, SyncError> {
        self.log.device(device).await?.ok_or(SyncError::refused(Code::DeviceUnknown))
    }

    async fn signed_in(&self, token: &str) -> Result<Device, SyncError> {
        let device = self.sessions.device(token, (self.clock)()).ok_or(SyncError::refused(Code::SignInNeeded))?;
        self.known(device).await
    }

    async fn unrevoked(&self, token: &str) -> Result<Device, SyncError> {
        let device = self.signed_in(token).await?;
        if device.revoked_at.is_some() { Err(SyncError::refused(Code::DeviceRevoked)) } else { Ok(device) }
    }

    /// Compares what the device believes is held of its log with what is (I5).
    async fn compare(&self, request: &PullRequest, device: DeviceId) -> Result<(), SyncError> {
        let believed = read_hash(&request.held_hash).ok_or(SyncError::refused(Code::RequestInvalid))?;
        let Some(held) = self.log.log_head(request.log, request.held).await? else {
            return match request.held {
                0 if believed == Hash::start_of(request.log) => Ok(()),
                0 => Err(SyncError::refused(Code::SyncFork)),
                _ => Err(hefu_log::LogError::Gap { expected: 1 }.into()),
            };
        };
        if held.device != device {
            return Err(SyncError::refused(Code::NotPermitted));
        }
        match held.hash_at {
            Some(hash) if hash == believed => Ok(()),
            Some(_) => Err(SyncError::refused(Code::SyncFork)),
            None => Err(hefu_log::LogError::Gap { expected: held.seq + 1 }.into()),
        }
    }
}
