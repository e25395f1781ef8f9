//! Logs that parted: a disk that was copied or put back, a till that was revoked, a server put back to an older state. It is found, and
//! nothing of it is lost.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
#![allow(dead_code, reason = "each test uses its part of the ground")]

mod ground;

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use ground::{NOW, Server, level, until};
use hefu_core::{
    error::Code,
    ids::StaffId,
    seal::PersonKey,
    wire::{
        DigestReply, DigestRequest, EnrolReply, EnrolRequest, FRAME_BYTES_MOST, LeaseReply, LeaseRequest, PullRequest, Pulled, Push,
        PushReply,
    },
};
use hefu_log::{ChainLog, Devices};
use hefu_sync::{HttpTransport, Link, Met, SyncError, Transport, Who};

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
    // The stop is shown before the rest of the log is on its way.
    until("all of it is kept", || copy.replica.unkept().unwrap() == 0).await;
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
    until("all of it is kept", || a.replica.unkept().unwrap() == 0).await;
    assert_eq!(server.log.kept(a.identity.log).await.unwrap().len(), 4, "and the server each operation once");
    assert_eq!(server.log.tip().borrow().head, 0);
}

/// A line that counts the operations pushed over it.
struct Counted(HttpTransport, Arc<AtomicU32>);

#[async_trait]
impl Transport for Counted {
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
        self.1.fetch_add(u32::try_from(push.segment.ops.len()).unwrap(), Ordering::SeqCst);
        self.0.push(push).await
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

/// `till`'s engine stops with `code`, and the server keeps `count` operations of its log, more than one segment takes.
/// What is written after that is sent alone.
async fn is_kept_whole(server: &Server, till: &ground::Till, code: Code, count: usize) {
    let (sent, log) = (Arc::new(AtomicU32::new(0)), till.identity.log);
    let running = till.sync(Counted(server.transport(server.address), sent.clone()));
    running.until(Link::Stopped(code)).await;
    until("all of it is kept", || till.replica.unkept().unwrap() == 0).await;
    let kept = server.log.kept(log).await.unwrap();
    assert_eq!(kept.len(), count);
    assert!(kept.iter().map(|kept| kept.op.head.len() + kept.op.detail.len()).sum::<usize>() > 2 * FRAME_BYTES_MOST);
    let before = sent.load(Ordering::SeqCst);
    till.work(1);
    assert_eq!(till.replica.unkept().unwrap(), 1);
    running.handle.now();
    until("the next one is kept", || till.replica.unkept().unwrap() == 0).await;
    assert_eq!(server.log.kept(log).await.unwrap().len(), count + 1);
    assert_eq!(sent.load(Ordering::SeqCst), before + 1, "what is kept is not sent again");
    assert_eq!(running.handle.state().link, Link::Stopped(code));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_branch_is_kept_whole() {
    let server = Server::start().await;
    let a = server.till(1).await;
    a.work(2);
    push_alone(&server, &a).await;
    let copy = a.copied();
    a.work(1);
    push_alone(&server, &a).await;
    copy.work_hard(60);
    is_kept_whole(&server, &copy, Code::SyncFork, 60).await;
    assert_eq!((server.log.tip().borrow().head, copy.replica.unsent().unwrap()), (3, 61));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_tills_long_log_is_kept_whole() {
    let server = Server::start().await;
    let a = server.till(1).await;
    a.work(2);
    push_alone(&server, &a).await;
    server.log.revoke(a.identity.device, NOW).await.unwrap();
    a.work_hard(60);
    is_kept_whole(&server, &a, Code::DeviceRevoked, 60).await;
    assert_eq!((server.log.tip().borrow().head, a.replica.unsent().unwrap()), (2, 61));
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
    assert_eq!(server.log.read(ground::whole()).await.unwrap().beside.len(), 2, "the key and the credential too");
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
    assert_eq!(server.log.read(ground::whole()).await.unwrap().beside.len(), 2);
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
    let at_a = a.sync(server.transport(server.address));
    at_a.until(Link::Stopped(Code::SyncFork)).await;
    until("all of it is kept", || a.replica.unkept().unwrap() == 0).await;
    assert_eq!((a.replica.held().unwrap().seq, server.log.tip().borrow().head), (3, 1));
    let kept = server.log.kept(a.identity.log).await.unwrap();
    assert_eq!(kept.iter().map(|kept| kept.seq).collect::<Vec<_>>(), [1, 2, 3], "what was confirmed before is lost there");
    at_a.stop().await;
}
