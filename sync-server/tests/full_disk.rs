//! The disk of a whole server fills up: its people see it on the console, whoever watches it sees it as a figure, and both say when it
//! is over. In this process, for its files lie on a disk of the test's.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
#![allow(dead_code, reason = "this file uses a part of the browser and of the till")]

#[path = "server/browser.rs"]
mod browser;
#[path = "server/till.rs"]
mod till;

use browser::Browser;
use hefu_core::{error::Code, wire::Enrolment};
use hefu_failing_disk::Disk;
use hefu_server::{Beginning, ServeOptions, start};
use hefu_sync::system_clock;
use serde_json::{Value, json};
use till::{Till, eventually};

async fn link(browser: &Browser) -> Value {
    browser.ok("status.get", json!({})).await["sync"]["link"].clone()
}

async fn cannot_write(browser: &Browser) -> String {
    let text = browser.get("/metrics").await.text().await.unwrap();
    text.lines().find_map(|line| line.strip_prefix("hefu_cannot_write ")).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_disk_is_on_the_console_and_in_the_figures_until_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::mount_at(folder.path());
    let here = "127.0.0.1:0".parse().unwrap();
    let server = start(ServeOptions {
        data: folder.path().join("data"),
        listen: here,
        address: None,
        certificate: None,
        console: Some(here),
        screens: None,
        begin: Beginning { chain_name: Some("四海百货".into()), demo: false },
        file_keys: true,
        print_enrol: Vec::new(),
        metrics_token: None,
        clock: system_clock(),
    })
    .await
    .unwrap();
    let console = Browser::new(server.ready.console.as_deref().unwrap(), None);
    let first = json!({ "code": server.ready.first_admin_code, "login": "boss", "name": "周掌柜", "password": "correct horse battery" });
    console.ok("session.first_admin", first).await;
    let store = console.ok("hq.store_add", json!({ "code": "HB", "name": "湖滨店" })).await;
    let code = console.ok("hq.enrol", json!({ "store_id": store["id"] })).await;
    let mut till = Till::join(Enrolment::read(code["code"].as_str().unwrap()).unwrap()).await.unwrap();
    till.connect();
    eventually("the chain's book", || till.replica.read(|book| book.chain()).unwrap().is_some()).await;
    assert_eq!((link(&console).await["state"].clone(), cannot_write(&console).await), (json!("online"), "0".to_owned()));

    let seen = console.ok("status.get", json!({})).await["version"].clone();
    disk.full_after(0);
    till.register("王小明", "13800138000");
    assert_eq!(till.stopped().await, Code::ServerCannotWrite);
    // The console that waits is told.
    console.ok("status.watch", json!({ "seen": seen })).await;
    assert_eq!(link(&console).await, json!({ "state": "stopped", "why": "machine" }));
    assert_eq!(cannot_write(&console).await, "1");
    let refused = console.refused("hq.store_add", json!({ "code": "QN", "name": "青年路店" })).await;
    assert_eq!(refused, (507, "disk.full".to_owned()), "what a person would save is refused");

    disk.make_room();
    eventually("the push", || till.replica.unsent().unwrap() == 0).await;
    assert_eq!(cannot_write(&console).await, "0");
    while link(&console).await["state"] != "online" {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    console.ok("hq.store_add", json!({ "code": "QN", "name": "青年路店" })).await;
    assert_eq!(console.ok("hq.today", json!({})).await["member_count"], 1);
    server.stop().await;
}
