//! Tills and a server over TLS: what is sold offline is everywhere in the end, once, whatever happens to the line.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
#![allow(dead_code, reason = "each test uses its part of the ground")]

mod ground;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use ground::{Line, NOW, Server, level, store, until};
use hefu_core::{
    ids::StaffId,
    op::Hash,
    seal::PersonKey,
    wire::{
        Beside, DigestReply, DigestRequest, EnrolReply, EnrolRequest, LeaseReply, LeaseRequest, PullRequest, Pulled, Push, PushReply,
        Segment,
    },
};
use hefu_log::{Ask, Audience, ChainLog, Devices, Most};
use hefu_sync::{HttpTransport, Link, LocalTransport, Met, SyncError, SyncOptions, Transport, Who};

#[tokio::test(flavor = "multi_thread")]
async fn two_tills_offline_catch_up_by_themselves() {
    let server = Server::start().await;
    let (a, b) = (server.till(1).await, server.till(2).await);
    let (mut line_a, mut line_b) = (Line::to(server.address).await, Line::to(server.address).await);
    line_a.cut().await;
    let (at_a, at_b) = (a.sync(server.transport(line_a.address)), b.sync(server.transport(line_b.address)));
    at_b.until(Link::Online).await;
    at_a.until(Link::Offline).await;
    a.work(30);
    b.work(20);
    assert_eq!(a.replica.unsent().unwrap(), 30);
    line_b.cut().await;
    b.work(5);
    at_b.until(Link::Offline).await;

    line_a.mend().await;
    line_b.mend().await;
    until("both level", || a.at() == 55 && level(&[&a, &b])).await;
    assert_eq!((at_a.handle.state().behind, at_a.handle.state().link), (Some(0), Link::Online));
    let frame = server
        .log
        .read(Ask { after: 0, beside_after: 0, own: a.identity.log, audience: Audience::Hq, bytes_most: 1 << 20, most: Most::default() })
        .await;
    assert_eq!(frame.unwrap().entries.len(), 55);
    at_a.stop().await;
    at_b.stop().await;
}

/// The engine is woken, it does not poll: a sale is at the other till before a pull's 25 seconds are over, longer than which nobody here
/// waits.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_sold_here_is_there_at_once() {
    let server = Server::start().await;
    let (a, b) = (server.till(1).await, server.till(2).await);
    let (at_a, at_b) = (a.sync(server.transport(server.address)), b.sync(server.transport(server.address)));
    at_a.until(Link::Online).await;
    at_b.until(Link::Online).await;
    for n in 1..=5 {
        a.work(1);
        until("the other till has it", || b.at() == n).await;
    }
    let device = server.log.device(a.identity.device).await.unwrap().unwrap();
    assert!(device.last_seen_at.is_some_and(|at| at >= NOW));
}

#[tokio::test(flavor = "multi_thread")]
async fn hq_in_the_same_process_is_a_device_like_any() {
    let server = Server::start().await;
    let (hq, till) = (server.till(1).await, server.till(2).await);
    let at_hq = hq.sync(LocalTransport::new(server.service.clone()));
    let at_till = till.sync(server.transport(server.address));
    hq.work(3);
    till.work(4);
    until("both level", || hq.at() == 7 && level(&[&hq, &till])).await;
    // A graceful stop lets nobody wait.
    server.service.close();
    at_hq.stop().await;
    at_till.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_go_with_operations_and_credentials_to_their_store() {
    let server = Server::start().await;
    let (a, b) = (server.till(1).await, server.till(2).await);
    let person = uuid::Uuid::from_bytes([9; 16]);
    let staff = StaffId::from_bytes([8; 16]);
    a.replica
        .write(|book| {
            book.put_key(person, &PersonKey::new([1; 32]))?;
            book.put_credential(staff, store(1), "$argon2id$x".into(), NOW)
        })
        .unwrap();
    a.work(1);
    let (_at_a, _at_b) = (a.sync(server.transport(server.address)), b.sync(server.transport(server.address)));
    until("b has read it all", || b.at() == 1).await;
    let ask = |audience| Ask { after: 1, beside_after: 0, own: b.identity.log, audience, bytes_most: 1 << 20, most: Most::default() };
    assert_eq!(server.log.read(ask(Audience::from(store(2)))).await.unwrap().beside.len(), 1);
    assert_eq!(server.log.read(ask(Audience::from(store(1)))).await.unwrap().beside.len(), 2);
    assert_eq!(b.replica.cursor().unwrap().beside_after, 2, "what is not for b is passed over");
    until("a has nothing to send", || a.replica.next_push(1000).unwrap().is_none()).await;
}

/// A till whose clock is far ahead sets a PIN: what HQ sets later replaces it there too.
#[tokio::test(flavor = "multi_thread")]
async fn a_credential_of_the_future_does_not_stand_for_ever() {
    let server = Server::start().await;
    let (a, staff) = (server.till(1).await, StaffId::from_bytes([8; 16]));
    let phc = || a.replica.read(|book| book.credential(staff)).unwrap().unwrap().phc;
    a.replica.write(|book| book.put_credential(staff, store(1), "$argon2id$far".into(), i64::MAX)).unwrap();
    let at_a = a.sync(server.transport(server.address));
    until("sent", || a.replica.next_push(1000).unwrap().is_none()).await;
    at_a.until(Link::Online).await;
    let Beside::Credential { set_at, .. } = server.log.read(ground::whole()).await.unwrap().beside.remove(0) else {
        panic!("a credential")
    };
    let later = Beside::Credential { staff, store: store(1), phc: "$argon2id$new".into(), set_at: set_at + 1 };
    let segment = Segment { log: a.identity.log, from_seq: 1, prev: Hash::start_of(a.identity.log), ops: Vec::new() };
    let push = Push { segment, signature: [0; 64], beside: vec![later] };
    server.log.append(a.identity.device, push, set_at + 2).await.unwrap();
    until("the later one", || phc().contains("new")).await;
}

/// The server took it and the reply got lost: the till pushes again, and it is there once.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_doubles_nothing() {
    struct Forgetful(HttpTransport, AtomicU32);

    #[async_trait]
    impl Transport for Forgetful {
        fn server(&self) -> String {
            self.0.server()
        }
        async fn enrol(&self, request: &EnrolRequest) -> Result<EnrolReply, SyncError> {
            self.0.enrol(request).await
        }
        async fn hello(&self, who: &Who) -> Result<Met, SyncError> {
            self.0.hello(who).await
        }
        async fn push(&self, push: &Push) -> Result<PushReply, SyncError> {
            let reply = self.0.push(push).await;
            if self.1.fetch_add(1, Ordering::Relaxed) % 3 < 2 { Err(SyncError::Unreachable("the reply is lost")) } else { reply }
        }
        async fn pull(&self, request: &PullRequest) -> Result<Pulled, SyncError> {
            self.0.pull(request).await
        }
        async fn lease(&self, who: &Who, request: &LeaseRequest) -> Result<LeaseReply, SyncError> {
            self.0.lease(who, request).await
        }
        async fn digest(&self, request: &DigestRequest) -> Result<DigestReply, SyncError> {
            self.0.digest(request).await
        }
    }

    let server = Server::start().await;
    let (a, b) = (server.till(1).await, server.till(2).await);
    let at_a = a.sync(Forgetful(server.transport(server.address), AtomicU32::new(0)));
    let _at_b = b.sync(server.transport(server.address));
    for _ in 0..4 {
        a.work(3);
        until("all acknowledged", || a.replica.unsent().unwrap() == 0).await;
    }
    until("both level", || b.at() == 12 && level(&[&a, &b])).await;
    assert_eq!(*server.log.tip().borrow(), hefu_log::Tip { head: 12, ..hefu_log::Tip::default() });
    at_a.stop().await;
}

/// The line is cut at any moment of pushing, many times over.
#[tokio::test(flavor = "multi_thread")]
async fn a_line_cut_again_and_again_loses_nothing() {
    let server = Server::start().await;
    let (a, b) = (server.till(1).await, server.till(2).await);
    let mut line = Line::to(server.address).await;
    let at_a = a.sync(server.transport(line.address));
    let _at_b = b.sync(server.transport(server.address));
    for round in 0..15 {
        a.work(4);
        at_a.handle.now();
        tokio::time::sleep(Duration::from_millis(round * 3)).await;
        line.cut().await;
        a.work(1);
        line.mend().await;
    }
    at_a.handle.now();
    until("both level", || b.at() == 75 && level(&[&a, &b])).await;
}

/// Tokens are in memory: a server that starts again sends everybody back to hello, and nobody notices.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_starts_again_is_met_again() {
    let server = Server::start().await;
    let (a, mut line) = (server.till(1).await, Line::to(server.address).await);
    let at_a = a.sync(server.transport(line.address));
    a.work(1);
    until("sent", || a.replica.unsent().unwrap() == 0).await;
    let elsewhere = server.restarted().await;
    line.cut().await;
    line.mend_to(elsewhere).await;
    a.work(1);
    at_a.handle.now();
    until("sent again", || a.replica.unsent().unwrap() == 0 && at_a.handle.state().link == Link::Online).await;
}

/// Nobody waits out a pause: a person's "now" and a stop are heard at once.
#[tokio::test(flavor = "multi_thread")]
async fn now_ends_the_pause() {
    let server = Server::start().await;
    let (a, mut line) = (server.till(1).await, Line::to(server.address).await);
    line.cut().await;
    let long = Duration::from_secs(3600);
    let options = SyncOptions { pause_most: long, stopped_pause: long, random: ground::seeded(255), ..SyncOptions::default() };
    let at_a = a.sync_with(Arc::new(server.transport(line.address)), options);
    at_a.until(Link::Offline).await;
    // After some failures the pause is long.
    tokio::time::sleep(Duration::from_secs(4)).await;
    line.mend().await;
    at_a.handle.now();
    until("online", || at_a.handle.state().link == Link::Online).await;
    line.cut().await;
    at_a.until(Link::Offline).await;
    at_a.stop().await;
}

/// How far a till's clock is off is known from the first hello, and nothing else depends on it.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_is_shown_and_nothing_more() {
    let server = Server::start().await;
    let a = server.till(1).await;
    let days = 400 * 24 * 3600 * 1000;
    let options = SyncOptions { clock: Arc::new(move || NOW + days), ..SyncOptions::default() };
    let at_a = a.sync_with(Arc::new(server.transport(server.address)), options);
    a.work(1);
    until("sent", || a.at() == 1).await;
    let ahead = at_a.handle.state().heard.unwrap().ahead;
    assert!((ahead - days).abs() < 1000, "{ahead}");
}
