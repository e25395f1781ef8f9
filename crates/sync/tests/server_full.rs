//! The disk of the server fills up: who pushes or joins is told that it is the server's, loses nothing, and goes on by itself (I2).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
#![allow(dead_code, reason = "this file uses a part of the ground")]

mod ground;

use ground::{Server, store, until};
use hefu_core::error::Code;
use hefu_failing_disk::Disk;
use hefu_sync::{Link, enrol};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_room_says_so_and_takes_what_waits_once_it_has_some() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::mount_at(folder.path());
    let server = Server::on(folder).await;
    let (a, b) = (server.till(1).await, server.till(2).await);
    let (at_a, at_b) = (a.sync(server.transport(server.address)), b.sync(server.transport(server.address)));
    at_a.until(Link::Online).await;
    at_b.until(Link::Online).await;
    let code = server.code(store(1)).await;
    // At once, and in the middle of writing what was pushed.
    for (calls, all) in [(0, 2), (3, 4)] {
        disk.full_after(calls);
        a.work(1);
        at_a.until(Link::Stopped(Code::ServerCannotWrite)).await;
        assert!(disk.is_full());
        let refused = enrol(&code, &ed25519_dalek::SigningKey::from_bytes(&[9; 32])).await.unwrap_err();
        assert_eq!(refused.code(), Code::ServerCannotWrite, "who would join hears it too");
        a.work(1);
        assert_eq!((a.replica.unsent().unwrap(), b.at()), (2, all - 2), "selling goes on, and nothing of it is half there");
        disk.make_room();
        // Nobody wakes it.
        until("all is sent", || a.replica.unsent().unwrap() == 0).await;
        at_a.until(Link::Online).await;
        until("the other till has it", || b.at() == all).await;
    }
    assert_eq!(a.replica.digest().unwrap().whole(), b.replica.digest().unwrap().whole());
    enrol(&code, &ed25519_dalek::SigningKey::from_bytes(&[9; 32])).await.unwrap();
    at_a.stop().await;
    at_b.stop().await;
}
