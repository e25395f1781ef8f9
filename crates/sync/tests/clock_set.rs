//! A till's clock is set while a request is on its way: what it then knows of the true time is right (I15).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use async_trait::async_trait;
use ed25519_dalek::SigningKey;
use hefu_core::{
    clock::SinceBoot,
    error::Code,
    ids::{ChainId, DeviceId, LogId, StoreId},
    wire::{DigestReply, DigestRequest, EnrolReply, EnrolRequest, Frame, LeaseReply, LeaseRequest, PullRequest, Pulled, Push, PushReply},
};
use hefu_replica::{Identity, Place, Replica, Secret};
use hefu_sync::{Met, SyncError, SyncOptions, Talk, Transport, Who};

const DAY_MS: i64 = 86_400_000;
const NOON: i64 = 1_772_424_000_000;

/// A server that knows the time and nothing else. Whatever it is asked takes two seconds, and meanwhile the clock is set.
struct Slow {
    wall: Arc<AtomicI64>,
    boot: Arc<AtomicI64>,
    set_by: i64,
}

#[async_trait]
impl Transport for Slow {
    fn server(&self) -> String {
        "slow".to_owned()
    }

    async fn enrol(&self, _: &EnrolRequest) -> Result<EnrolReply, SyncError> {
        Err(SyncError::Failed(Code::Internal))
    }

    async fn hello(&self, _: &Who) -> Result<Met, SyncError> {
        self.boot.fetch_add(2_000, Ordering::SeqCst);
        self.wall.fetch_add(2_000 + self.set_by, Ordering::SeqCst);
        Ok(Met { now: NOON + 1_000 })
    }

    async fn push(&self, _: &Push) -> Result<PushReply, SyncError> {
        Err(SyncError::Failed(Code::Internal))
    }

    async fn pull(&self, _: &PullRequest) -> Result<Pulled, SyncError> {
        let frame = Frame { upto: 0, head: 0, beside: Vec::new(), beside_upto: 0, entries: Vec::new() };
        Ok(Pulled { frame, recalls: None })
    }

    async fn lease(&self, _: &Who, _: &LeaseRequest) -> Result<LeaseReply, SyncError> {
        Err(SyncError::Failed(Code::Internal))
    }

    async fn digest(&self, _: &DigestRequest) -> Result<DigestReply, SyncError> {
        Err(SyncError::Failed(Code::Internal))
    }
}

#[tokio::test]
async fn a_clock_that_is_set_while_the_server_answers_is_known_as_it_is_now() {
    for (wrong_by, set_by) in [(0, 0), (0, 100 * DAY_MS), (0, -300 * DAY_MS), (400 * DAY_MS, -400 * DAY_MS)] {
        let folder = tempfile::tempdir().unwrap();
        let identity = Identity {
            chain: ChainId::from_bytes([1; 16]),
            device: DeviceId::from_bytes([2; 16]),
            store: Some(StoreId::from_bytes([3; 16])),
            till_no: 1,
            log: LogId::from_bytes([4; 16]),
        };
        let replica = Replica::create(&Place::new(folder.path().join("book"), Secret::new([5; 32])), identity).unwrap();
        let (wall, boot) = (Arc::new(AtomicI64::new(NOON + wrong_by)), Arc::new(AtomicI64::new(7_000)));
        let (reads_wall, reads_boot) = (wall.clone(), boot.clone());
        let options = SyncOptions {
            clock: Arc::new(move || reads_wall.load(Ordering::SeqCst)),
            boot_clock: Arc::new(move || SinceBoot { boot: Some("a".to_owned()), ms: reads_boot.load(Ordering::SeqCst) }),
            ..SyncOptions::default()
        };
        let server = Arc::new(Slow { wall, boot, set_by });
        let (talk, state) = Talk::new(replica, server, SigningKey::from_bytes(&[9; 32]), options);
        let (_going, mut ended) = tokio::sync::watch::channel(false);
        talk.open(&mut ended).await.unwrap();
        let heard = state.borrow().heard.clone().unwrap();
        assert_eq!((heard.ahead, heard.server_at), (wrong_by + set_by, NOON + 2_000), "set by {set_by}");
    }
}
