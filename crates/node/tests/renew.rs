//! A till whose first fetch was cut off starts over, and one that its server has given up joins anew: nothing is lost, and
//! nobody has to touch the folder (I2, E4). A real server over TLS, real folders.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
#![allow(dead_code, reason = "this file uses a part of the ground")]

#[path = "../../sync/tests/ground/mod.rs"]
mod ground;

use std::path::{Path, PathBuf};

use ground::{Line, NOW, Server, store, until};
use hefu_core::{error::Code, wire::Enrolment};
use hefu_desk::{Front, SessionKey, Start, start_chain, wire::SetupStart};
use hefu_log::{ChainLog, Devices};
use hefu_node::TillNode;
use hefu_replica::{FileKeys, KeyName, KeyStore, Place, Replica};
use hefu_sync::Link;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Handle;

const WINDOW: SessionKey = SessionKey([1; 32]);

/// A server whose chain has one store, with one manager in it whose PIN is 1357.
async fn chain() -> Server {
    let server = Server::start().await;
    let founder = server.till(1).await;
    let first = SetupStart {
        chain_name: "合符示范".into(),
        store_name: "湖滨店".into(),
        store_code: "HB".into(),
        manager_name: "王店长".into(),
        pin: "1357".into(),
    };
    let start = Start::read(&first, &founder.identity).unwrap();
    start_chain(&founder.replica, &start, NOW, &|bytes: &mut [u8]| getrandom::fill(bytes).map_err(|_| Code::Internal)).unwrap();
    let running = founder.sync(server.transport(server.address));
    running.until(Link::Online).await;
    until("sent", || founder.replica.unsent().unwrap() == 0).await;
    running.stop().await;
    server
}

/// A till's program on a folder of its own.
struct Shop {
    folder: TempDir,
    node: TillNode,
}

impl Shop {
    fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let node = TillNode::start(folder.path(), true, Handle::current());
        Self { folder, node }
    }

    async fn joined(code: &Enrolment) -> Self {
        let shop = Self::open();
        shop.call("setup.join", json!({ "code": code.write().unwrap() })).await.unwrap();
        shop.until_ready().await;
        shop
    }

    async fn call(&self, name: &str, request: Value) -> Result<Value, Code> {
        let reply = self.node.call(WINDOW, name, request.to_string().into_bytes()).await.map_err(|error| error.code)?;
        Ok(serde_json::from_slice(&reply).unwrap())
    }

    async fn setup(&self) -> Value {
        self.call("setup.status", json!({})).await.unwrap()
    }

    async fn status(&self) -> Value {
        self.call("status.get", json!({})).await.unwrap()
    }

    /// Asks until `holds`, following the watch as a screen does.
    async fn watched(&self, what: &str, holds: impl Fn(&Value) -> bool, name: &str) -> Value {
        let looking = async {
            loop {
                let seen = self.status().await["version"].clone();
                let view = self.call(name, json!({})).await.unwrap();
                if holds(&view) {
                    return view;
                }
                let watch = self.call("status.watch", json!({ "seen": seen }));
                let _ = tokio::time::timeout(std::time::Duration::from_secs(1), watch).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(60), looking).await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
    }

    async fn until_ready(&self) {
        self.watched("the book is read", |setup| setup["stage"]["stage"] == "ready", "setup.status").await;
    }

    async fn until_stopped(&self, why: &str) -> Value {
        self.watched(why, |status| status["sync"]["link"]["why"] == why, "status.get").await
    }

    async fn sign_in(&self) {
        let staff = self.call("session.staff", json!({})).await.unwrap()["staff"][0]["id"].clone();
        self.call("session.sign_in", json!({ "staff_id": staff, "pin": "1357" })).await.unwrap();
    }

    /// Books something: new goods of that barcode.
    async fn work(&self, barcode: &str) {
        let goods = json!({ "name": "酱油", "category": "调味", "unit": "瓶", "price_fen": 1290, "barcode": barcode });
        self.call("product.add", goods).await.unwrap();
    }

    /// Ends the program and starts it again, after `between` on the folder.
    async fn restarted(self, between: impl FnOnce(&Path)) -> Self {
        let Self { folder, node } = self;
        node.stop();
        drop(node);
        let book = Place::new(folder.path().join("book.db"), key(folder.path()));
        until("the book is closed", || Replica::open(&book).is_ok()).await;
        between(folder.path());
        let node = TillNode::start(folder.path(), true, Handle::current());
        Self { folder, node }
    }

    /// The books set aside, opened with the key that still lies in the folder.
    fn set_aside(&self) -> Vec<Replica> {
        let Ok(all) = std::fs::read_dir(self.folder.path().join("set-aside")) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = all.map(|folder| folder.unwrap().path().join("book.db")).collect();
        paths.sort();
        paths.into_iter().map(|path| Replica::open(&Place::new(path, key(self.folder.path()))).unwrap()).collect()
    }
}

fn key(folder: &Path) -> hefu_replica::Secret {
    FileKeys::new(folder).get(KeyName::Database).unwrap().unwrap()
}

/// As a power cut in the middle of the first fetch leaves it.
fn never_read_to_its_end(folder: &Path) {
    let path = folder.join("server.json");
    let mut server: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    server["caught_up"] = json!(false);
    std::fs::write(&path, server.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_fetch_that_stopped_is_retried_or_started_over() {
    let server = chain().await;
    let shop = Shop::joined(&server.code(store(1)).await).await;
    assert_eq!(shop.call("setup.start_over", json!({})).await, Err(Code::NotHere), "a book at work is not put away");
    for device in server.log.devices().await.unwrap() {
        server.log.revoke(device.device, NOW).await.unwrap();
    }
    let shop = shop.restarted(never_read_to_its_end).await;
    let held_up = |setup: &Value| setup["error"]["code"] == "device.revoked";
    let setup = shop.watched("it says why", held_up, "setup.status").await;
    assert_eq!((&setup["stage"]["stage"], &setup["may_start_over"]), (&json!("fetching"), &json!(true)), "progress stays on the screen");
    let again = server.code(store(1)).await.write().unwrap();
    assert_eq!(shop.call("setup.join", json!({ "code": again })).await, Err(Code::AlreadySetUp), "over the book nothing is begun");
    assert_eq!(shop.call("setup.retry", json!({})).await.unwrap()["stage"]["stage"], "fetching");

    let setup = shop.call("setup.start_over", json!({})).await.unwrap();
    assert_eq!((&setup["stage"]["stage"], &setup["error"]), (&json!("fresh"), &Value::Null));
    shop.call("setup.join", json!({ "code": again })).await.unwrap();
    shop.until_ready().await;
    let aside = shop.set_aside();
    assert_eq!(aside.len(), 1, "the unread book is put away, not deleted");
    let status = shop.status().await;
    assert_eq!((&status["sync"]["set_aside"], &status["till_no"]), (&json!([]), &json!(3)), "as a new till, and nothing is missed");
}

/// A book in which something was written is no unread book, whatever the folder says of its first fetch.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_unsent_is_never_started_over() {
    let server = chain().await;
    let (mut line, mut code) = (Line::to(server.address).await, server.code(store(1)).await);
    code.address = format!("https://{}", line.address);
    let shop = Shop::joined(&code).await;
    shop.sign_in().await;
    line.cut().await;
    shop.work("6900000000014").await;
    let shop = shop.restarted(never_read_to_its_end).await;
    let setup = shop.setup().await;
    assert_eq!((&setup["stage"]["stage"], &setup["may_start_over"]), (&json!("fetching"), &json!(false)));
    assert_eq!(shop.call("setup.start_over", json!({})).await, Err(Code::AlreadySetUp));
    assert_eq!(shop.setup().await["stage"]["stage"], "fetching", "the book is open as before");
    assert!(shop.set_aside().is_empty());
    line.mend().await;
    shop.call("setup.retry", json!({})).await.unwrap();
    shop.until_ready().await;
    shop.watched("it is sent", |status| status["sync"]["unsent"] == 0, "status.get").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_till_joins_anew_once_the_server_keeps_its_book() {
    let server = chain().await;
    let (mut line, mut code) = (Line::to(server.address).await, server.code(store(1)).await);
    code.address = format!("https://{}", line.address);
    let shop = Shop::joined(&code).await;
    shop.sign_in().await;
    let anew = |code: &Enrolment, unkept: i64| json!({ "code": code.write().unwrap(), "unkept": unkept });
    assert_eq!(shop.call("sync.rejoin", anew(&code, 0)).await, Err(Code::RejoinNotNeeded), "a till in order keeps its book");

    line.cut().await;
    shop.work("6900000000014").await;
    let devices = server.log.devices().await.unwrap();
    let revoked = devices.iter().find(|device| device.till_no == 2).unwrap().device;
    server.log.revoke(revoked, NOW).await.unwrap();
    line.mend().await;
    shop.until_stopped("revoked").await;
    let status = shop.watched("the server keeps it", |status| status["sync"]["unkept"] == 0, "status.get").await;
    assert_eq!(status["sync"]["unsent"], 1);

    let mut wrong = code.clone();
    wrong.secret = "x".repeat(32);
    assert_eq!(shop.call("sync.rejoin", anew(&wrong, 0)).await, Err(Code::EnrolCodeWrong));
    assert_eq!(shop.call("sync.rejoin", anew(&code, 0)).await, Err(Code::EnrolCodeUsed), "its own code leads back to what was ended");
    assert_eq!((shop.setup().await["stage"]["stage"].clone(), shop.set_aside().len()), (json!("ready"), 0), "nothing was changed");

    let new = server.code(store(1)).await;
    shop.call("sync.rejoin", anew(&new, 0)).await.unwrap();
    shop.until_ready().await;
    let status = shop.watched("at work", |status| status["sync"]["link"]["state"] == "online", "status.get").await;
    assert_eq!((&status["node"], &status["till_no"], &status["session"]["staff"]), (&json!("till"), &json!(3), &Value::Null));
    assert_eq!(status["sync"]["set_aside"], json!([]), "the server keeps all of that book");
    let aside = shop.set_aside();
    assert_eq!((aside.len(), aside[0].unsent().unwrap(), aside[0].device()), (1, 1, revoked));
    assert_eq!(server.log.kept(aside[0].log()).await.unwrap().len(), 1);
    shop.sign_in().await;
    shop.work("6900000000021").await;
    shop.watched("it is sent", |status| status["sync"]["unsent"] == 0, "status.get").await;
}

/// Nothing can be sent to a server that does not know the till: what is on this disk alone is shown, and must be seen.
#[tokio::test(flavor = "multi_thread")]
async fn a_till_nobody_knows_joins_anew_only_when_what_is_on_its_disk_alone_was_seen() {
    let server = chain().await;
    let saved = server.saved();
    let (mut line, mut code) = (Line::to(server.address).await, server.code(store(1)).await);
    code.address = format!("https://{}", line.address);
    let shop = Shop::joined(&code).await;
    shop.sign_in().await;
    line.cut().await;
    shop.work("6900000000014").await;
    let server = server.put_back(saved).await;
    line.mend_to(server.address).await;
    let status = shop.until_stopped("unknown").await;
    assert_eq!((&status["sync"]["unsent"], &status["sync"]["unkept"], &status["node"]), (&json!(1), &json!(1), &json!("till")));

    let mut new = server.code(store(1)).await;
    new.address = code.address.clone();
    let anew = |unkept: i64| json!({ "code": new.write().unwrap(), "unkept": unkept });
    assert_eq!(shop.call("sync.rejoin", anew(0)).await, Err(Code::RejoinUnkept));
    shop.work("6900000000021").await;
    assert_eq!(shop.call("sync.rejoin", anew(1)).await, Err(Code::RejoinUnkept), "more than was seen");
    assert!(shop.set_aside().is_empty());
    shop.call("sync.rejoin", anew(2)).await.unwrap();
    shop.until_ready().await;
    let aside = shop.set_aside();
    assert_eq!((aside.len(), aside[0].unkept().unwrap()), (1, 2), "whole, in the folder");
    let shown = &shop.status().await["sync"]["set_aside"];
    assert_eq!((shown.as_array().unwrap().len(), &shown[0]["unkept"]), (1, &json!(2)), "and on the screen");
    drop(aside);
    let shop = shop.restarted(|_| ()).await;
    assert_eq!(shop.status().await["sync"]["set_aside"][0]["unkept"], 2, "for as long as it lies there");
}
