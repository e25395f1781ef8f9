//! The end of a server: what it acknowledged is there afterwards, whether it was asked or killed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::json;

use crate::{
    process::Server,
    till::{Till, eventually},
};

/// Two tills that register members as fast as they can until told to stop.
async fn under_load(end: impl FnOnce(Server) -> Arc<tempfile::TempDir>) {
    let server = Server::start();
    let admin = server.administrator().await;
    let mut tills = Vec::new();
    for store in ["HB", "QN"] {
        let mut till = Till::join(server.enrolment(&admin, store).await).await.unwrap();
        till.connect();
        tills.push(Arc::new(till));
    }
    let ended = Arc::new(AtomicBool::new(false));
    let work: Vec<_> = tills
        .iter()
        .zip(0u64..)
        .map(|(till, side)| {
            let (till, ended) = (till.clone(), ended.clone());
            std::thread::spawn(move || {
                let mut count = 0;
                while !ended.load(Ordering::Relaxed) {
                    till.register("王小明", &format!("13{side}{count:08}"));
                    count += 1;
                    std::thread::sleep(Duration::from_millis(2));
                }
                i64::from(count)
            })
        })
        .collect();
    eventually("work on both sides", || tills.iter().all(|till| till.members() > 60)).await;
    let acknowledged: Vec<u64> = tills.iter().map(|till| till.replica.held().unwrap().seq).collect();
    let listen = server.host().to_owned();
    let folder = tokio::task::block_in_place(|| end(server));
    let held: Vec<u64> = tills.iter().map(|till| till.replica.held().unwrap().seq).collect();
    assert!(held.iter().zip(&acknowledged).all(|(after, before)| after >= before));
    ended.store(true, Ordering::Relaxed);
    let registered: i64 = work.into_iter().map(|thread| thread.join().unwrap()).sum();

    let server = Server::on(folder, &listen, &[]);
    eventually("all members at both tills", || tills.iter().all(|till| till.members() == registered)).await;
    eventually("nothing unsent", || tills.iter().all(|till| till.replica.unsent().unwrap() == 0)).await;
    let digests: Vec<String> = tills.iter().map(|till| till.replica.digest().unwrap().whole().hex()).collect();
    assert_eq!(digests[0], digests[1]);
    let browser = server.browser();
    browser.ok("session.password", json!({ "login": "boss", "password": crate::process::PASSWORD })).await;
    let report = browser.ok("status.verify", json!({})).await;
    assert_eq!((&report["ok"], report["digest"].as_str()), (&json!(true), Some(digests[0].as_str())), "{report}");
    assert_eq!(browser.ok("hq.today", json!({})).await["member_count"], registered);
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_under_load_loses_nothing() {
    under_load(Server::stop).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_kill_under_load_loses_nothing() {
    under_load(Server::kill).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_every_wait_at_once() {
    let server = Server::start();
    let admin = server.administrator().await;
    let mut till = Till::join(server.enrolment(&admin, "HB").await).await.unwrap();
    till.connect();
    eventually("the chain's book", || till.replica.read(|book| book.chain()).unwrap().is_some()).await;
    let watcher = server.tls_browser();
    let seen = watcher.ok("status.get", json!({})).await["version"].as_u64().unwrap();
    let waiting = tokio::spawn(async move { watcher.rpc("status.watch", json!({ "seen": seen + 1000 })).await.0 });
    tokio::time::sleep(Duration::from_millis(300)).await;
    tokio::task::block_in_place(|| server.stop());
    let _ = waiting.await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_book_that_is_missing_is_read_from_the_log_again() {
    let server = Server::start();
    let admin = server.administrator().await;
    let mut till = Till::join(server.enrolment(&admin, "HB").await).await.unwrap();
    till.connect();
    till.register("王小明", "13800138000");
    eventually("the push", || till.replica.unsent().unwrap() == 0).await;
    let listen = server.host().to_owned();
    let folder = server.stop();
    std::fs::remove_file(folder.path().join("data/hq.db")).unwrap();
    let server = Server::on(folder, &listen, &[]);
    assert_eq!(server.ready.first_admin_code, None, "the book knows its people before it says that there are none");
    let browser = server.browser();
    browser.ok("session.password", json!({ "login": "boss", "password": crate::process::PASSWORD })).await;
    assert_eq!(browser.ok("hq.today", json!({})).await["member_count"], 1);
    assert_eq!(browser.ok("hq.devices", json!({})).await["devices"].as_array().unwrap().len(), 1);
    let digest = browser.ok("status.verify", json!({})).await["digest"].clone();
    eventually("equal digests", || {
        let mine = till.replica.digest().unwrap();
        mine.whole().hex() == digest.as_str().unwrap()
    })
    .await;
}

/// The log alone was restored from a backup.
#[test]
fn a_log_that_is_older_than_the_book_is_refused() {
    let folder = Server::start().stop();
    let data = folder.path().join("data");
    std::fs::copy(data.join("log.db"), folder.path().join("old")).unwrap();
    let server = Server::on(folder, "127.0.0.1:0", &[]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(server.administrator());
    let folder = server.stop();
    std::fs::copy(folder.path().join("old"), data.join("log.db")).unwrap();
    let (status, said) = crate::process::refused(&["run", "--file-keys", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()]);
    assert_eq!(status, Some(2));
    assert!(said.contains("sync.gap") && said.contains("同一份备份") && said.contains("one backup"), "{said}");
}

#[test]
fn an_interrupted_first_start_is_begun_again() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let data = folder.path().join("data");
    let mut child = crate::process::program()
        .args(["run", "--file-keys", "--demo", "--listen", "127.0.0.1:0", "--data"])
        .arg(&data)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while !std::fs::metadata(data.join("hq.db-wal")).is_ok_and(|wal| wal.len() > 1_000_000) {
        assert_eq!(child.try_wait().unwrap(), None, "it ended before it had begun its book");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // And as another chain, even: nothing of the first was ever told.
    let server = Server::on(folder, "127.0.0.1:0", &[]);
    assert!(server.ready.first_admin_code.is_some());
    server.stop();
}
