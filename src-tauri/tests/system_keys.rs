//! A till whose keys are in the operating system's key store: no key in a file, and the book opens again (F2). Run by
//! `cargo xtask test`, which gives it a key store of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod common;

use std::path::Path;

use serde_json::json;

use common::{Server, till::Till};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a key store of the system: `cargo xtask test --only keys` gives it one"]
async fn a_book_opens_with_its_key_from_the_systems_key_store_and_not_without_it() {
    let (server, folder) = (Server::demo(), tempfile::tempdir().unwrap());
    let path = folder.path().canonicalize().unwrap();
    let mut till = Till::start_with_system_keys(&path);
    assert_eq!(till.ok("setup.status", json!({})).await["keys"], "system");
    till.join(&server.code("HB").write().unwrap()).await;
    assert_eq!(key_files(&path), 0);
    till.sign_in("manager", "1001").await;
    let sold = till.sell(&till.codes("纸", 1).await, None).await;
    till.process.kill();

    let mut till = Till::start_with_system_keys(&path);
    till.sign_in("manager", "1001").await;
    let read = till.ok("sale.get", json!({ "id": sold["id"] })).await;
    assert_eq!(read["receipt_no"], sold["receipt_no"]);
    till.process.kill();

    // Another user's key store, or one that was cleared: the book is there and says why it stays shut.
    let entry = |name: &str| keyring::Entry::new("hefu", &format!("{}/{name}", path.display())).unwrap();
    entry("database").delete_credential().unwrap();
    let till = Till::start_with_system_keys(&path);
    let setup = till.ok("setup.status", json!({})).await;
    assert_eq!((setup["stage"]["stage"].as_str(), setup["error"]["code"].as_str()), (Some("broken"), Some("key_store.failed")), "{setup}");
    entry("device").delete_credential().unwrap();
}

fn key_files(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|end| end == "key")).count()
}
