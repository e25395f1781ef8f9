//! The disk of a till fills up while it reads the chain: nothing of a frame is half there, and it goes on when there is room.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
#![allow(dead_code, reason = "this file uses a part of the ground")]

mod ground;

use std::{sync::Arc, time::Duration};

use ground::{Running, Server, until};
use hefu_core::{error::Code, ids::LogId};
use hefu_failing_disk::Disk;
use hefu_replica::{Identity, Place, Replica, Secret};
use hefu_sync::{Engine, Link, SyncOptions};

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_while_pulling_stops_the_reading_and_heals() {
    let (server, disk) = (Server::start().await, Disk::mount());
    let (a, b) = (server.till(1).await, server.till(2).await);
    a.work(20);
    let at_a = a.sync(server.transport(server.address));
    until("sent", || a.replica.unsent().unwrap() == 0).await;
    at_a.stop().await;
    // At once, and in the middle of writing the frame.
    for (n, calls) in [(0x11, 0), (0x12, 3)] {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(folder.path().join("book"), Secret::new([5; 32])).through(disk.name());
        let replica = Replica::create(&place, Identity { log: LogId::from_bytes([n; 16]), ..b.identity }).unwrap();
        let before = replica.digest().unwrap().whole();
        // Nobody looks again by itself within this test.
        let options = SyncOptions { stopped_pause: Duration::from_secs(3600), ..SyncOptions::default() };
        let (engine, handle) = Engine::new(replica.clone(), Arc::new(server.transport(server.address)), b.key.clone(), options);
        disk.full_after(calls);
        let running = Running { handle, task: tokio::spawn(engine.run()) };
        running.until(Link::Stopped(Code::DiskFull)).await;
        assert!(disk.is_full());
        assert_eq!((replica.cursor().unwrap().after, replica.digest().unwrap().whole()), (0, before), "{calls} calls");
        disk.make_room();
        running.handle.now();
        running.until(Link::Online).await;
        until("all is read", || replica.cursor().unwrap().after == 20).await;
        assert!(replica.verify().unwrap().ok());
        running.stop().await;
    }
}
