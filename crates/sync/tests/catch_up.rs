//! Tills and a server over TLS: what is sold offline is everywhere in the end, once, whatever happens to the line.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
#![allow(dead_code, reason = "each test uses its part of the ground")]

mod ground;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use ground::{Line, NOW, Server, store, until};
use hefu_core::{
    error::Code,
    ids::StaffId,
    op::Hash,
    seal::PersonKey,
    wire::{Beside, DigestReply, DigestRequest, EnrolReply, EnrolRequest, Frame, PullRequest, Push, PushReply, Segment},
};
use hefu_log::{Ask, Audience, ChainLog, Devices, Most};
use hefu_sync::{HttpTransport, Link, LocalTransport, Met, SyncError, SyncOptions, Transport, Who};

fn level(tills: &[&ground::Till]) -> bool {
    let digests: Vec<_> = tills.iter().map(|till| till.replica.digest().unwrap()).collect();
    digests.iter().all(|digest| digest.unsent == 0 && digest.at_seq == digests[0].at_seq && digest.whole() == digests[0].whole())
}

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

/// The engine is woken, it does not poll: a sale is at the other till long before a pull's 25 seconds are over.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_sold_here_is_there_at_once() {
    let server = Server::start().await;
    let (a, b) = (server.till(1).await, server.till(2).await);
    let (at_a, at_b) = (a.sync(server.transport(server.address)), b.sync(server.transport(server.address)));
    at_a.until(Link::Online).await;
    at_b.until(Link::Online).await;
    for n in 1..=5 {
        let sold = Instant::now();
        a.work(1);
        until("the other till has it", || b.at() == n).await;
        assert!(sold.elapsed() < Duration::from_secs(5), "{:?}", sold.elapsed());
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
    let Beside::Credential { set_at, .. } = server.log.read(whole()).await.unwrap().beside.remove(0) else { panic!("a credential") };
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
        async fn pull(&self, request: &PullRequest) -> Result<Frame, SyncError> {
            self.0.pull(request).await
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
    assert_eq!(*server.log.tip().borrow(), hefu_log::Tip { head: 12, beside: 0 });
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

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_disk_is_found_within_one_push() {
    let server = Server::start().await;
    let a = server.till(1).await;
    a.work(2);
    let at_a = a.sync(server.transport(server.address));
    until("sent", || a.replica.unsent().unwrap() == 0 && a.at() == 2).await;
    at_a.stop().await;
    let copy = a.copied();
    a.work(1);
    copy.work(2);
    let at_a = a.sync(server.transport(server.address));
    until("sent", || a.replica.unsent().unwrap() == 0).await;
    let at_copy = copy.sync(server.transport(server.address));
    at_copy.until(Link::Stopped(Code::SyncFork)).await;
    assert_eq!(server.log.kept(a.identity.log).await.unwrap().len(), 2, "nothing of the copy is lost");
    assert_eq!(copy.replica.unsent().unwrap(), 2);
    assert!(server.log.device(a.identity.device).await.unwrap().unwrap().stopped);
    a.work(1);
    at_a.until(Link::Stopped(Code::SyncFork)).await;
}

/// A disk put back to an older state, that has done nothing since: its own operations come back, which it does not know.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_put_back_is_found_even_when_idle() {
    let server = Server::start().await;
    let a = server.till(1).await;
    a.work(1);
    let at_a = a.sync(server.transport(server.address));
    until("sent", || a.at() == 1).await;
    at_a.stop().await;
    let old = a.copied();
    a.work(1);
    let at_a = a.sync(server.transport(server.address));
    until("sent", || a.at() == 2).await;
    at_a.stop().await;
    old.sync(server.transport(server.address)).until(Link::Stopped(Code::SyncFork)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_till_stops_and_its_work_is_kept() {
    let server = Server::start().await;
    let a = server.till(1).await;
    let at_a = a.sync(server.transport(server.address));
    at_a.until(Link::Online).await;
    server.log.revoke(a.identity.device, NOW).await.unwrap();
    a.work(3);
    at_a.until(Link::Stopped(Code::DeviceRevoked)).await;
    a.work(1);
    assert_eq!(a.replica.unsent().unwrap(), 4, "the till still has it all");
    at_a.stop().await;
    let at_a = a.sync(server.transport(server.address));
    at_a.until(Link::Stopped(Code::DeviceRevoked)).await;
    assert_eq!(server.log.kept(a.identity.log).await.unwrap().len(), 4, "and the server each operation once");
    assert_eq!(server.log.tip().borrow().head, 0);
}

/// Pushes without an engine: the server has it and says so, and nothing is read back.
async fn push_alone(server: &Server, till: &ground::Till) {
    while let Some(unsent) = till.replica.next_push(1 << 20).unwrap() {
        let push = Push { signature: [0; 64], segment: unsent.segment, beside: unsent.beside };
        let held = server.log.append(till.identity.device, push, NOW).await.unwrap();
        till.replica.pushed(held, unsent.beside_upto).unwrap();
    }
}

/// A member and a colleague's credential: what goes beside the log.
fn serve(till: &ground::Till, n: u8) {
    use hefu_core::{
        ids::MemberId,
        member::PersonChange,
        op::{Draft, MemberRegistered},
    };
    let (member, key) = (MemberId::from_bytes([n; 16]), PersonKey::new([n; 32]));
    let registered = MemberRegistered { member, owner: None };
    let draft = Draft::new(registered).with_sealed(&key, member.0, [n; 24], &PersonChange::default()).unwrap();
    till.replica
        .write(|book| {
            book.put_key(member.0, &key)?;
            book.put_credential(StaffId::from_bytes([n; 16]), till.identity.store, format!("$argon2id${n}"), NOW)?;
            book.append(hefu_replica::By { who: None, at: NOW, ahead: 0 }, &draft)
        })
        .unwrap();
}

fn whole() -> Ask {
    let own = hefu_core::ids::LogId::from_bytes([0; 16]);
    Ask { after: 0, beside_after: 0, own, audience: Audience::Hq, bytes_most: 1 << 20, most: Most::default() }
}

/// The server's log was put back to an older state before anybody read what it lost: it gets it again, keys too, and all
/// is as if nothing had been.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_put_back_is_sent_again_what_it_lost() {
    let server = Server::start().await;
    let (a, b) = (server.till(1).await, server.till(2).await);
    a.work(2);
    let at_a = a.sync(server.transport(server.address));
    until("sent", || a.at() == 2).await;
    at_a.stop().await;
    let saved = server.saved();
    serve(&a, 7);
    a.work(2);
    push_alone(&server, &a).await;
    assert_eq!((a.replica.unsent().unwrap(), a.at()), (0, 2));

    let server = Server::on(saved).await;
    assert_eq!((server.log.tip().borrow().head, server.log.tip().borrow().beside), (2, 0));
    let (at_a, at_b) = (a.sync(server.transport(server.address)), b.sync(server.transport(server.address)));
    at_a.until(Link::Online).await;
    a.work(1);
    until("both level", || a.at() == 6 && b.at() == 6 && level(&[&a, &b])).await;
    assert_eq!(server.log.read(whole()).await.unwrap().beside.len(), 2, "the key and the credential too");
    assert!(!a.replica.is_astray().unwrap());
    at_a.stop().await;
    at_b.stop().await;
}

/// What the server lost had been read: its sequence grows again in another order, which nobody who read the first may
/// follow. All that the till wrote is sent again all the same, also what it writes from now on.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lost_what_was_read_gets_it_all_and_is_read_no_more() {
    let server = Server::start().await;
    let (a, b) = (server.till(1).await, server.till(2).await);
    let saved = server.saved();
    serve(&a, 7);
    a.work(2);
    let at_a = a.sync(server.transport(server.address));
    until("sent", || a.at() == 3).await;
    at_a.stop().await;

    let server = Server::on(saved).await;
    let at_a = a.sync(server.transport(server.address));
    at_a.until(Link::Stopped(Code::SyncGap)).await;
    assert_eq!((server.log.tip().borrow().head, a.replica.unsent().unwrap()), (3, 0));
    assert_eq!(server.log.read(whole()).await.unwrap().beside.len(), 2);
    b.work(4);
    push_alone(&server, &b).await;
    a.work(1);
    at_a.handle.now();
    until("sent", || a.replica.unsent().unwrap() == 0).await;
    at_a.stop().await;
    let at_a = a.sync(server.transport(server.address));
    at_a.until(Link::Stopped(Code::SyncGap)).await;
    assert_eq!((server.log.tip().borrow().head, a.at()), (8, 3));
    assert!(server.log.kept(a.identity.log).await.unwrap().is_empty());
}

/// Nothing of the till's is lost, but it had read what another till wrote.
#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_past_the_end_stops_the_reading_alone() {
    let server = Server::start().await;
    let (a, b) = (server.till(1).await, server.till(2).await);
    let saved = server.saved();
    b.work(2);
    push_alone(&server, &b).await;
    let at_a = a.sync(server.transport(server.address));
    until("read", || a.at() == 2).await;
    at_a.stop().await;
    a.work(3);
    let server = Server::on(saved).await;
    let at_a = a.sync(server.transport(server.address));
    at_a.until(Link::Stopped(Code::SyncGap)).await;
    assert_eq!((a.replica.unsent().unwrap(), a.at(), server.log.tip().borrow().head), (0, 2, 3));
    at_a.stop().await;
    a.sync(server.transport(server.address)).until(Link::Stopped(Code::SyncGap)).await;
    assert!(a.replica.is_astray().unwrap(), "the sequence has grown past the cursor, and is another");
}

/// What the server holds is shorter, and another history.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_another_history_is_a_fork() {
    let server = Server::start().await;
    let a = server.till(1).await;
    let (saved, copy) = (server.saved(), a.copied());
    a.work(3);
    push_alone(&server, &a).await;
    let server = Server::on(saved).await;
    copy.work(1);
    push_alone(&server, &copy).await;
    a.sync(server.transport(server.address)).until(Link::Stopped(Code::SyncFork)).await;
    assert_eq!((a.replica.held().unwrap().seq, server.log.tip().borrow().head), (3, 1));
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
