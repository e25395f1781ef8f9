//! A till's program on a folder of its own, which joined a real server over TLS.

use std::path::{Path, PathBuf};

use hefu_core::{error::Code, wire::Enrolment};
use hefu_desk::{Front, SessionKey, Start, start_chain, wire::SetupStart};
use hefu_node::TillNode;
use hefu_replica::{FileKeys, KeyName, KeyStore, Place, Replica};
use hefu_sync::Link;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Handle;

use crate::ground::{NOW, Server, until};

const WINDOW: SessionKey = SessionKey([1; 32]);

/// A server whose chain has one store, with one manager in it whose PIN is 1357.
pub async fn chain() -> Server {
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
pub struct Shop {
    pub folder: TempDir,
    pub node: TillNode,
}

impl Shop {
    pub fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let node = TillNode::start(folder.path(), true, Handle::current());
        Self { folder, node }
    }

    pub async fn joined(code: &Enrolment) -> Self {
        let shop = Self::open();
        shop.call("setup.join", json!({ "code": code.write().unwrap() })).await.unwrap();
        shop.until_ready().await;
        shop
    }

    pub async fn call(&self, name: &str, request: Value) -> Result<Value, Code> {
        let reply = self.node.call(WINDOW, name, request.to_string().into_bytes()).await.map_err(|error| error.code)?;
        Ok(serde_json::from_slice(&reply).unwrap())
    }

    pub async fn setup(&self) -> Value {
        self.call("setup.status", json!({})).await.unwrap()
    }

    pub async fn status(&self) -> Value {
        self.call("status.get", json!({})).await.unwrap()
    }

    /// Asks until `holds`, following the watch as a screen does.
    pub async fn watched(&self, what: &str, holds: impl Fn(&Value) -> bool, name: &str) -> Value {
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

    pub async fn until_ready(&self) {
        self.watched("the book is read", |setup| setup["stage"]["stage"] == "ready", "setup.status").await;
    }

    pub async fn until_stopped(&self, why: &str) -> Value {
        self.watched(why, |status| status["sync"]["link"]["why"] == why, "status.get").await
    }

    pub async fn sign_in(&self) {
        let staff = self.call("session.staff", json!({})).await.unwrap()["staff"][0]["id"].clone();
        self.call("session.sign_in", json!({ "staff_id": staff, "pin": "1357" })).await.unwrap();
    }

    /// Books something: new goods of that barcode.
    pub async fn work(&self, barcode: &str) {
        let goods = json!({ "name": "酱油", "category": "调味", "unit": "瓶", "price_fen": 1290, "barcode": barcode });
        self.call("product.add", goods).await.unwrap();
    }

    /// Ends the program and starts it again, after `between` on the folder.
    pub async fn restarted(self, between: impl FnOnce(&Path)) -> Self {
        let Self { folder, node } = self;
        node.stop();
        drop(node);
        let book = Place::new(folder.path().join("book.db"), key(folder.path()));
        until("the book is closed", || Replica::open(&book).is_ok()).await;
        between(folder.path());
        let shop = Self { node: TillNode::start(folder.path(), true, Handle::current()), folder };
        // It opens its book beside, and answers when that is done.
        shop.setup().await;
        shop
    }

    /// The books set aside, opened with the key that still lies in the folder.
    pub fn set_aside(&self) -> Vec<Replica> {
        let Ok(all) = std::fs::read_dir(self.folder.path().join("set-aside")) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = all.map(|folder| folder.unwrap().path().join("book.db")).collect();
        paths.sort();
        paths.into_iter().map(|path| Replica::open(&Place::new(path, key(self.folder.path()))).unwrap()).collect()
    }
}

pub fn key(folder: &Path) -> hefu_replica::Secret {
    FileKeys::new(folder).get(KeyName::Database).unwrap().unwrap()
}

/// As a power cut in the middle of the first fetch leaves it.
pub fn never_read_to_its_end(folder: &Path) {
    let path = folder.join("server.json");
    let mut server: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    server["caught_up"] = json!(false);
    std::fs::write(&path, server.to_string()).unwrap();
}
