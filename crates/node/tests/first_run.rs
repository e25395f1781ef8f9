//! First run, as a screen sees it: started, given up, cut off, begun again (E4, G1).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::{path::Path, time::Duration};

use hefu_core::{error::Code, ids::ChainId, wire::Enrolment};
use hefu_desk::{Front, SessionKey};
use hefu_node::TillNode;
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

/// The folder that the part of the test below reads which runs as somebody who may not write it.
const OTHERS_FOLDER: &str = "HEFU_TEST_OTHERS_FOLDER";

/// Runs one test of this file anew as a person without rights, on `folder`; what it says at the end.
fn as_nobody(test: &str, folder: &Path) -> String {
    let mut program = std::process::Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", test, "--nocapture"]).env(OTHERS_FOLDER, folder).current_dir("/");
    #[cfg(unix)]
    {
        use std::os::unix::{fs::MetadataExt, process::CommandExt};
        if std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0) {
            program.gid(65_534).uid(65_534);
        }
    }
    let run = program.output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
    said
}

/// Makes the folder one that can be entered and read, and not written.
#[cfg(unix)]
fn lock(folder: &Path, locked: bool) {
    use std::os::unix::fs::PermissionsExt;
    let mode = |dir: u32, file: u32| if folder.is_dir() { dir } else { file };
    let mode = if locked { mode(0o555, 0o444) } else { mode(0o755, 0o644) };
    if folder.is_dir() {
        for file in std::fs::read_dir(folder).unwrap() {
            lock(&file.unwrap().path(), locked);
        }
    }
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode)).unwrap();
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
