//! First run, as a screen sees it: started, given up, cut off, begun again (E4, G1).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod nobody;

use std::{path::Path, time::Duration};

use hefu_core::{error::Code, ids::ChainId, wire::Enrolment};
use hefu_desk::{Front, SessionKey};
use hefu_node::TillNode;
use nobody::{OTHERS_FOLDER, as_nobody, lock};
use serde_json::{Value, json};
use tokio::runtime::Handle;

const WINDOW: SessionKey = SessionKey([1; 32]);

fn open(folder: &Path) -> TillNode {
    TillNode::start(folder, true, Handle::current())
}

async fn call(node: &TillNode, name: &str, request: Value) -> Result<Value, Code> {
    let reply = node.call(WINDOW, name, request.to_string().into_bytes()).await.map_err(|error| error.code)?;
    Ok(serde_json::from_slice(&reply).unwrap())
}

fn chain() -> Value {
    json!({ "chain_name": "和福家居", "store_name": "湖滨店", "store_code": "HB", "manager_name": "王店长", "pin": "1357" })
}

/// A code that is well made and leads to a port where nobody listens.
fn code_to_nowhere() -> String {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let code = Enrolment {
        address: format!("https://127.0.0.1:{port}"),
        fingerprint: "0".repeat(64),
        chain: ChainId::from_bytes([1; 16]),
        secret: "x".repeat(32),
    };
    code.write().unwrap()
}

async fn stage(node: &TillNode) -> (String, Value) {
    let view = call(node, "setup.status", json!({})).await.unwrap();
    (view["stage"]["stage"].as_str().unwrap().to_owned(), view["error"]["code"].clone())
}

/// The stage, once enrolling has come to an end.
async fn settled(node: &TillNode) -> (String, Value) {
    loop {
        let seen = call(node, "status.get", json!({})).await.unwrap()["version"].clone();
        let now = stage(node).await;
        if now.0 != "enrolling" {
            return now;
        }
        let watch = call(node, "status.watch", json!({ "seen": seen }));
        let _ = tokio::time::timeout(Duration::from_secs(5), watch).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_is_started_once_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let node = open(folder.path());
    assert_eq!(stage(&node).await, ("fresh".into(), Value::Null));
    assert_eq!(call(&node, "session.staff", json!({})).await, Err(Code::NotHere));
    for (field, value, code) in [
        ("chain_name", " ", Code::NameInvalid),
        ("manager_name", "", Code::NameInvalid),
        ("store_code", "湖滨", Code::StoreCodeInvalid),
        ("pin", "1111", Code::PinInvalid),
    ] {
        let mut wrong = chain();
        wrong[field] = json!(value);
        assert_eq!(call(&node, "setup.start", wrong).await, Err(code), "{field}");
    }
    assert_eq!(stage(&node).await.0, "fresh", "a refusal leaves nothing behind");
    call(&node, "setup.start", chain()).await.unwrap();
    assert_eq!(stage(&node).await.0, "ready");
    assert_eq!(call(&node, "setup.start", chain()).await, Err(Code::NotHere));
    // The folder is taken: a second window says so, and starts nothing over it.
    let second = open(folder.path());
    assert_eq!(stage(&second).await, ("broken".into(), json!("database.in_use")));
    assert_eq!(call(&second, "setup.start", chain()).await, Err(Code::AlreadySetUp));
    drop(second);
    drop(node);
    let again = open(folder.path());
    assert_eq!(stage(&again).await.0, "ready");
    assert_eq!(call(&again, "session.staff", json!({})).await.unwrap()["staff"][0]["name"], "王店长");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_joining_that_fails_says_why_and_leaves_the_other_way_open() {
    let folder = tempfile::tempdir().unwrap();
    let node = open(folder.path());
    assert_eq!(call(&node, "setup.join", json!({ "code": "HEFU-abc" })).await, Err(Code::EnrolCodeMalformed));
    call(&node, "setup.join", json!({ "code": code_to_nowhere() })).await.unwrap();
    assert_eq!(settled(&node).await, ("fresh".into(), json!("server.unreachable")));
    // Word of a server that a joining cut off had left: the chain started here has none.
    let left = json!({ "address": "https://127.0.0.1:1", "fingerprint": "0", "caught_up": false, "revoked": false });
    std::fs::write(folder.path().join("server.json"), left.to_string()).unwrap();
    call(&node, "setup.start", chain()).await.unwrap();
    assert_eq!(stage(&node).await.0, "ready");
    let status = call(&node, "status.get", json!({})).await.unwrap();
    assert_eq!((&status["node"], &status["sync"]["link"]["state"]), (&json!("till"), &json!("no_server")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_book_cut_off_while_it_was_made_is_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("book.db"), b"").unwrap();
    let node = open(folder.path());
    // An empty file is no book of ours to throw away: it is shown, not started over.
    assert_eq!(stage(&node).await.0, "broken");
    std::fs::remove_file(folder.path().join("book.db")).unwrap();
    let node = open(folder.path());
    assert_eq!(stage(&node).await.0, "fresh");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_book_without_its_key_is_never_started_over() {
    let folder = tempfile::tempdir().unwrap();
    let node = open(folder.path());
    call(&node, "setup.start", chain()).await.unwrap();
    drop(node);
    let key = folder.path().join("database.key");
    let kept = std::fs::read(&key).unwrap();
    std::fs::write(&key, [7; 32]).unwrap();
    let node = open(folder.path());
    assert_eq!(stage(&node).await, ("broken".into(), json!("database.key_wrong")));
    assert_eq!(call(&node, "setup.start", chain()).await, Err(Code::AlreadySetUp));
    drop(node);
    std::fs::write(&key, kept).unwrap();
    assert_eq!(stage(&open(folder.path())).await.0, "ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_word_of_the_server_is_said_and_nothing_is_begun_over_it() {
    let folder = tempfile::tempdir().unwrap();
    let node = open(folder.path());
    call(&node, "setup.start", chain()).await.unwrap();
    drop(node);
    let (path, book) = (folder.path().join("server.json"), folder.path().join("book.db"));
    let whole = json!({ "address": "https://127.0.0.1:1", "fingerprint": "0".repeat(64), "caught_up": true, "revoked": false }).to_string();
    let before = std::fs::read(&book).unwrap();
    for damaged in ["", "\u{0}\u{0}\u{0}", &whole[..whole.len() / 2], "{}", &whole.replace("revoked", "rewoked")] {
        std::fs::write(&path, damaged).unwrap();
        let node = open(folder.path());
        assert_eq!(stage(&node).await, ("broken".into(), json!("database.damaged")), "{damaged}");
        assert_eq!(call(&node, "setup.start", chain()).await, Err(Code::AlreadySetUp));
        assert_eq!(call(&node, "setup.join", json!({ "code": code_to_nowhere() })).await, Err(Code::AlreadySetUp));
        drop(node);
        assert_eq!(std::fs::read(&path).unwrap(), damaged.as_bytes());
        assert_eq!(std::fs::read(&book).unwrap(), before, "{damaged}");
    }
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(stage(&open(folder.path())).await.0, "ready", "put back, it goes on");
}

/// Changes a number in the closed book of a till, past the program.
fn change(folder: &Path, number: Number, by: i64) {
    let key: String = std::fs::read(folder.join("database.key")).unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    let connection = rusqlite::Connection::open(folder.join("book.db")).unwrap();
    connection.execute_batch(&format!("PRAGMA key = \"x'{key}'\"")).unwrap();
    match number {
        Number::Schema => {
            let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
            connection.pragma_update(None, "user_version", version + by).unwrap();
        }
        Number::Fold => assert_eq!(connection.execute("UPDATE meta SET value = value + ?1 WHERE name = 'fold'", [by]).unwrap(), 1),
    }
}

#[derive(Clone, Copy, Debug)]
enum Number {
    Schema,
    Fold,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_book_of_a_newer_program_is_said_to_be_one_and_left_as_it_is() {
    for number in [Number::Schema, Number::Fold] {
        let folder = tempfile::tempdir().unwrap();
        let node = open(folder.path());
        call(&node, "setup.start", chain()).await.unwrap();
        drop(node);
        change(folder.path(), number, 93);
        let book = std::fs::read(folder.path().join("book.db")).unwrap();
        let node = open(folder.path());
        assert_eq!(stage(&node).await, ("broken".into(), json!("database.newer")), "{number:?}");
        assert_eq!(call(&node, "setup.start", chain()).await, Err(Code::AlreadySetUp));
        assert_eq!(call(&node, "session.staff", json!({})).await, Err(Code::NotHere));
        drop(node);
        assert_eq!(std::fs::read(folder.path().join("book.db")).unwrap(), book, "{number:?}");
        change(folder.path(), number, -93);
        let node = open(folder.path());
        assert_eq!(stage(&node).await.0, "ready", "the newer program finds it whole");
        assert_eq!(call(&node, "session.staff", json!({})).await.unwrap()["staff"][0]["name"], "王店长");
    }
}

/// A folder that cannot be written is said at first run and at every start after it, and nothing in it is changed.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_is_said_and_left_as_it_is() {
    if let Some(folder) = std::env::var_os(OTHERS_FOLDER) {
        let node = open(Path::new(&folder));
        let seen = stage(&node).await;
        let started = call(&node, "setup.start", chain()).await.map(|_| ());
        println!("{} {} {}", seen.0, seen.1, started.unwrap_err());
        return;
    }
    let test = "a_folder_that_cannot_be_written_is_said_and_left_as_it_is";
    let folder = tempfile::tempdir().unwrap();
    lock(folder.path(), true);
    let said = as_nobody(test, folder.path());
    assert!(said.contains("fresh null folder.read_only"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

    lock(folder.path(), false);
    let node = open(folder.path());
    call(&node, "setup.start", chain()).await.unwrap();
    drop(node);
    let book = std::fs::read(folder.path().join("book.db")).unwrap();
    lock(folder.path(), true);
    let said = as_nobody(test, folder.path());
    assert!(said.contains("broken \"folder.read_only\" setup.already"), "{said}");
    assert_eq!(std::fs::read(folder.path().join("book.db")).unwrap(), book);
    lock(folder.path(), false);
    assert_eq!(stage(&open(folder.path())).await.0, "ready", "with its rights back it goes on");
}
