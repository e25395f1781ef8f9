//! What a server said is kept, although the folder could not be written when it was said (F6, E4).

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
#![allow(dead_code, reason = "this file uses a part of the ground")]

#[path = "../../sync/tests/ground/mod.rs"]
mod ground;
mod nobody;
mod shop;

use std::{os::unix::fs::PermissionsExt, path::Path};

use ground::{Line, NOW, store, until};
use hefu_core::error::Code;
use hefu_log::Devices;
use nobody::{OTHERS_FOLDER, as_nobody};
use serde_json::{Value, json};
use shop::{Shop, chain};

/// Whether files may be made in the folder. Those that are open go on being written, as the book is.
fn writable(folder: &Path, writable: bool) {
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(if writable { 0o755 } else { 0o555 })).unwrap();
}

fn kept(folder: &Path, field: &str) -> bool {
    let server: Value = serde_json::from_slice(&std::fs::read(folder.join("server.json")).unwrap()).unwrap();
    server[field].as_bool().unwrap()
}

/// Runs `scenario` as a person whom the folder's rights bind.
async fn bound_by_rights(test: &str, scenario: impl AsyncFnOnce()) {
    if std::env::var_os(OTHERS_FOLDER).is_some() {
        scenario().await;
    } else {
        let said = as_nobody(test, Path::new("/"));
        assert!(said.contains("1 passed"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_stopped_while_its_folder_was_locked_stays_stopped_after_a_restart() {
    bound_by_rights("a_till_stopped_while_its_folder_was_locked_stays_stopped_after_a_restart", async || {
        let server = chain().await;
        let (mut line, mut code) = (Line::to(server.address).await, server.code(store(1)).await);
        code.address = format!("https://{}", line.address);
        let shop = Shop::joined(&code).await;
        shop.watched("it is level", |status| status["sync"]["link"]["state"] == "online", "status.get").await;
        let folder = shop.folder.path().to_owned();
        until("the book's end is kept", || kept(&folder, "caught_up")).await;

        line.cut().await;
        writable(&folder, false);
        let devices = server.log.devices().await.unwrap();
        let till = devices.iter().find(|device| device.till_no == 2).unwrap().device;
        server.log.revoke(till, NOW).await.unwrap();
        line.mend().await;
        shop.until_stopped("revoked").await;
        assert!(!kept(&folder, "revoked"), "the folder was locked");

        // The line goes too: what was said is not said again.
        line.cut().await;
        writable(&folder, true);
        until("it is kept", || kept(&folder, "revoked")).await;
        let shop = shop.restarted(|_| ()).await;
        assert_eq!(shop.status().await["node"], "revoked");
        assert_eq!(shop.call("cart.get", json!({})).await, Err(Code::DeviceRevoked), "and sells nothing");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_book_read_while_the_folder_was_locked_counts_as_read_after_a_restart() {
    bound_by_rights("a_book_read_while_the_folder_was_locked_counts_as_read_after_a_restart", async || {
        let server = chain().await;
        let (mut line, mut code) = (Line::to(server.address).await, server.code(store(1)).await);
        code.address = format!("https://{}", line.address);
        let shop = Shop::joined(&code).await;
        line.cut().await;
        let shop = shop.restarted(shop::never_read_to_its_end).await;
        let folder = shop.folder.path().to_owned();
        writable(&folder, false);
        line.mend().await;
        shop.call("setup.retry", json!({})).await.unwrap();
        shop.until_ready().await;
        assert!(!kept(&folder, "caught_up"), "the folder was locked");
        line.cut().await;
        writable(&folder, true);
        until("it is kept", || kept(&folder, "caught_up")).await;
        let shop = shop.restarted(|_| ()).await;
        assert_eq!(shop.setup().await["stage"]["stage"], "ready", "without a line");
    })
    .await;
}
