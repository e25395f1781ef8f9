//! The table of who may send which command, at a till's own front: before there is a book, while the first one is read, and with what
//! the front answers itself (F1, F6, E4). The table is the desk's, and so is the rest of its test.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

#[path = "../../desk/tests/permissions/table.rs"]
mod table;

use std::{path::PathBuf, time::Duration};

use hefu_core::{access::Role, error::Code};
use hefu_desk::{Front, SessionKey};
use hefu_node::TillNode;
use hefu_replica::{FileKeys, KeyName, KeyStore, Place, Replica};
use serde_json::{Value, json};
use table::{Row, State, rows};
use tempfile::TempDir;
use tokio::runtime::Handle;

/// What a till's front answers itself. Everything else it hands to its desk.
const OWN: [&str; 8] =
    ["status.watch", "setup.status", "setup.start", "setup.join", "setup.retry", "setup.start_over", "sync.rejoin", "sync.now"];

/// Commands that are answered whatever came with them.
const UNREAD: [&str; 5] = ["setup.status", "setup.retry", "setup.start_over", "sync.now", "status.get"];

const ROLES: [Role; 3] = [Role::Cashier, Role::Assistant, Role::Manager];

struct Till {
    folder: TempDir,
    node: TillNode,
}

fn window(role: Option<Role>) -> SessionKey {
    SessionKey([role.map_or(0x99, |role| role as u8 + 2); 32])
}

fn pin(role: Role) -> &'static str {
    match role {
        Role::Cashier => "2468",
        Role::Assistant => "8642",
        _ => "1357",
    }
}

impl Till {
    fn fresh() -> Self {
        let folder = TempDir::new().unwrap();
        let node = TillNode::start(folder.path(), true, Handle::current());
        Self { folder, node }
    }

    /// A till that began its chain, with a colleague of each role.
    async fn at_work() -> Self {
        let till = Self::fresh();
        let first =
            json!({ "chain_name": "和福家居", "store_name": "湖滨店", "store_code": "HB", "manager_name": "王店长", "pin": "1357" });
        till.call(window(None), "setup.start", &first).await.unwrap();
        till.sign_in(Role::Manager).await;
        for (name, role) in [("李梅", Role::Cashier), ("周敏", Role::Assistant)] {
            let hired = json!({ "name": name, "role": role, "pin": pin(role) });
            till.call(window(Some(Role::Manager)), "staff.add", &hired).await.unwrap();
        }
        till
    }

    /// The same folder after a restart, with word of a server that nobody reaches.
    async fn restarted_with_server(self, caught_up: bool, revoked: bool) -> Self {
        let Self { folder, node } = self;
        node.stop();
        drop(node);
        let key = FileKeys::new(folder.path()).get(KeyName::Database).unwrap().unwrap();
        let book = Place::new(folder.path().join("book.db"), key);
        while Replica::open(&book).is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = json!({
            "address": format!("https://127.0.0.1:{port}"), "fingerprint": "0".repeat(64), "caught_up": caught_up, "revoked": revoked,
        });
        std::fs::write(folder.path().join("server.json"), server.to_string()).unwrap();
        let node = TillNode::start(folder.path(), true, Handle::current());
        Self { folder, node }
    }

    async fn send(&self, key: SessionKey, name: &str, request: Vec<u8>) -> Result<Value, Code> {
        let reply = self.node.call(key, name, request).await.map_err(|error| error.code)?;
        Ok(serde_json::from_slice(&reply).unwrap())
    }

    async fn call(&self, key: SessionKey, name: &str, request: &Value) -> Result<Value, Code> {
        self.send(key, name, request.to_string().into_bytes()).await
    }

    async fn sign_in(&self, role: Role) {
        let staff = self.call(window(None), "session.staff", &json!({})).await.unwrap();
        let person = staff["staff"].as_array().unwrap().iter().find(|person| person["role"] == json!(role)).unwrap()["id"].clone();
        self.call(window(Some(role)), "session.sign_in", &json!({ "staff_id": person, "pin": pin(role) })).await.unwrap();
    }

    /// Sends every command that is denied to this window, as it should be and as rubbish.
    async fn denied(&self, rows: &[Row], role: Option<Role>, state: State) {
        for row in rows {
            let Some(code) = row.denial(role, state) else { continue };
            for bytes in [filled(row.request), b"\x00{rubbish".to_vec()] {
                assert_eq!(self.send(window(role), row.command, bytes).await, Err(code), "{} as {role:?} in {state:?}", row.command);
            }
        }
    }

    /// Sends what is not denied, of the commands that the front answers itself.
    async fn allowed(&self, rows: &[Row], role: Option<Role>, state: State) {
        for row in
            rows.iter().filter(|row| row.denial(role, state).is_none() && (OWN.contains(&row.command) || row.command == "status.get"))
        {
            let case = format!("{} as {role:?} in {state:?}", row.command);
            if !UNREAD.contains(&row.command) {
                assert_eq!(self.send(window(role), row.command, b"\x00{rubbish".to_vec()).await, Err(Code::RequestInvalid), "{case}");
            }
            let answer = self.send(window(role), row.command, filled(row.request)).await.map(drop);
            assert!(row.answers(answer), "{case}: {answer:?}");
        }
    }

    /// What lies in the folder, but for what a reader of the book writes beside it.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        for path in std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_file() && path.extension().is_none_or(|ending| ending != "db-shm") {
                files.push((path.clone(), std::fs::read(&path).unwrap()));
            }
        }
        files.sort();
        files
    }

    async fn state(&self) -> Value {
        self.call(window(None), "status.get", &json!({})).await.unwrap()["node"].clone()
    }
}

/// A well-formed request: ids that this book does not know.
fn filled(request: &str) -> Vec<u8> {
    let parts = request.split('$').enumerate().map(|(place, part)| match place {
        0 => part.to_owned(),
        _ => format!("00000000-0000-0000-0000-000000000000{}", part.trim_start_matches(|c: char| c.is_ascii_lowercase() || c == '_')),
    });
    parts.collect::<String>().into_bytes()
}

/// Nobody is signed in where there is no book: whoever asks is nobody.
async fn drive_unset(till: &Till, rows: &[Row]) {
    // Once it answers it has opened what there is.
    till.state().await;
    let before = till.files();
    for role in [None].into_iter().chain(Role::ALL.map(Some)) {
        assert_eq!(till.state().await, "unset");
        till.denied(rows, role, State::Unset).await;
    }
    assert!(till.files() == before, "a command that was denied wrote something");
    till.allowed(rows, None, State::Unset).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_till_before_its_book() {
    let till = Till::fresh();
    drive_unset(&till, &rows()).await;
    assert_eq!(till.state().await, "till", "it was set up by the last that was allowed");
}

/// A book that is still being read lets nobody in, whoever is known in it.
#[tokio::test(flavor = "multi_thread")]
async fn at_a_till_that_reads_its_first_book() {
    let till = Till::at_work().await.restarted_with_server(false, false).await;
    drive_unset(&till, &rows()).await;
    assert_eq!(till.state().await, "unset", "it waits for its server");
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_till_at_work_and_once_its_rights_were_ended() {
    let rows = rows();
    let mut till = Till::at_work().await;
    for (name, state) in [("till", State::Till), ("revoked", State::Revoked)] {
        assert_eq!(till.state().await, name);
        for role in ROLES {
            till.sign_in(role).await;
        }
        let book = async || till.call(window(Some(Role::Manager)), "status.verify", &json!({})).await.unwrap();
        let before = book().await;
        for role in [None].into_iter().chain(ROLES.map(Some)) {
            till.denied(&rows, role, state).await;
            till.allowed(&rows, role, state).await;
        }
        assert_eq!(book().await, before, "neither what was denied nor what a front answers writes anything");
        till = till.restarted_with_server(true, true).await;
    }
}
