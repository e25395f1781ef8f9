//! A till whose battery died starts with no line and a clock of years ago: it sells by the time it last heard (I15).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod common;

use std::path::Path;

use serde_json::{Value, json};

use common::{Server, till::Till};

const YEAR_MS: i64 = 365 * 24 * 3600 * 1000;

/// To this machine, another start and a server that was heard a year from now are a clock that fell back by a year.
fn a_year_ago(folder: &Path) {
    let file = folder.join("server.json");
    let mut server: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let heard = &mut server["heard"];
    assert!(heard["server_at"].is_i64(), "the server was heard: {server}");
    heard["server_at"] = json!(heard["server_at"].as_i64().unwrap() + YEAR_MS);
    heard["boot"] = json!("another start");
    std::fs::write(&file, server.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_of_a_year_ago_is_corrected_with_no_server_to_ask() {
    let (server, folder) = (Server::demo(), tempfile::tempdir().unwrap());
    let (line, code) = server.line("HB");
    let mut till = Till::start(folder.path());
    till.join(&code).await;
    line.cut();
    till.process.kill();
    a_year_ago(folder.path());

    let till = Till::start(folder.path());
    till.sign_in("manager", "1001").await;
    let status = till.ok("status.get", json!({})).await;
    let ahead = status["sync"]["clock_ahead_ms"].as_i64().expect("the time is known");
    // This start of the machine began no earlier than what was heard, and has lasted for a while.
    let uptime = std::fs::read_to_string("/proc/uptime").unwrap();
    let lasted = uptime.split('.').next().unwrap().parse::<i64>().unwrap() * 1000;
    let expect = -YEAR_MS - lasted;
    assert!((ahead - expect).abs() < 600_000, "{ahead} instead of {expect}");
    let sold = till.sell(&till.codes("纸", 1).await, None).await;
    let at = sold["at"].as_i64().unwrap();
    let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64;
    assert!((at - (wall - expect)).abs() < 600_000, "{sold}");
    assert_eq!(sold["day"], hefu_core::time::business_day(at));
}
