//! A commit whose answer is lost: whether it was made is not known, and is read in the tables.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    task::JoinSet,
};

use super::{assert_whole, entries, fresh, open};
use crate::{
    Applicant, Devices, Invitation,
    conformance::{
        Till,
        till::{NOW, store},
    },
};

/// What becomes of the next commit that comes by.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Next {
    Passes,
    /// It never reaches the database, and the client hears nothing.
    IsLost,
    /// It is made, and the client hears nothing.
    IsMadeUnheard,
}

/// Stands between clients and the database, and cuts at the worst moments.
struct Between {
    folder: TempDir,
    next: Arc<AtomicU8>,
    _passing: JoinSet<()>,
}

impl Between {
    fn new(server: PathBuf) -> Self {
        let folder = TempDir::new().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let next = Arc::new(AtomicU8::new(Next::Passes as u8));
        let mut passing = JoinSet::new();
        let decides = next.clone();
        passing.spawn(async move {
            let mut pairs = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&server).await.unwrap();
                pairs.spawn(pass(client, server, decides.clone()));
            }
        });
        Self { folder, next, _passing: passing }
    }

    fn address(&self) -> String {
        format!("host={} user=hefu dbname=postgres", self.folder.path().display())
    }

    fn next_commit(&self, next: Next) {
        self.next.store(next as u8, Ordering::SeqCst);
    }

    /// Whether the commit came by.
    fn has_struck(&self) -> bool {
        self.next.load(Ordering::SeqCst) == Next::Passes as u8
    }
}

/// Returns, and so cuts both sides, when either ends or the moment has come.
async fn pass(client: UnixStream, server: UnixStream, next: Arc<AtomicU8>) {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) = (client.into_split(), server.into_split());
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            Ok(count @ 1..) = from_client.read(&mut asked) => {
                let commits = asked[..count].windows(7).any(|word| word == b"COMMIT\0");
                let taken = if commits { next.swap(Next::Passes as u8, Ordering::SeqCst) } else { Next::Passes as u8 };
                if taken == Next::IsLost as u8 {
                    return;
                }
                to_server.write_all(&asked[..count]).await.unwrap();
                if taken == Next::IsMadeUnheard as u8 {
                    // Its answer is the word that it was made.
                    assert!(from_server.read(&mut answered).await.unwrap() > 0);
                    return;
                }
            }
            Ok(count @ 1..) = from_server.read(&mut answered) => {
                if to_client.write_all(&answered[..count]).await.is_err() {
                    return;
                }
            }
            else => return,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_made_is_found_and_what_was_not_is_made() {
    let base = fresh();
    let between = Between::new(base.0.socket());
    let log = open(&between.address()).await;
    let mut till = Till::joined(&log, 1, store(1)).await;
    for (round, next) in (0u64..).zip([Next::IsMadeUnheard, Next::IsLost, Next::IsMadeUnheard, Next::IsMadeUnheard, Next::IsLost]) {
        till.work(3, "a");
        between.next_commit(next);
        assert_eq!(till.push(&log, round * 3 + 1).await.unwrap(), round * 3 + 3);
        assert!(between.has_struck());
    }
    let seen = entries(&log, 0).await;
    assert_eq!(seen.len(), 15);
    assert_whole(&seen, &[(till, 15)]);
}

/// Joining, revoking and settings too are what they would have been.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_other_write_is_made_once_as_well() {
    let base = fresh();
    let between = Between::new(base.0.socket());
    let log = open(&between.address()).await;
    let strike = || between.next_commit(Next::IsMadeUnheard);
    strike();
    log.invite(Invitation { secret: "s".into(), store: store(1), issued_at: NOW, expires_at: NOW + 1 }).await.unwrap();
    strike();
    let applicant = Applicant { secret: "s".into(), key: [1; 32], device: hefu_core::ids::DeviceId::from_bytes([1; 16]) };
    let device = log.enrol(applicant, NOW).await.unwrap();
    assert_eq!(device.till_no, 1);
    strike();
    log.set_setting("a", Some(vec![1])).await.unwrap();
    strike();
    log.revoke(device.device, NOW).await.unwrap();
    assert!(between.has_struck());
    assert_eq!(log.devices().await.unwrap().len(), 1);
    assert_eq!(log.device(device.device).await.unwrap().unwrap().revoked_at, Some(NOW));
    assert_eq!(log.setting("a").await.unwrap(), Some(vec![1]));
}
