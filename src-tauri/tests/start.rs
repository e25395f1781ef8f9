//! A till that cannot start says why in both languages, with a code and what to do, and leaves its folder as it is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod common;

use std::{
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
};

use common::{till::Till, till_binary, ui};

/// How it ended, and what it said.
fn refused(folder: &Path, address: &str) -> (Option<i32>, String) {
    let mut till = Command::new(till_binary());
    till.args(["--headless", "--file-keys", "--serve", address, "--data"]).arg(folder).arg("--ui").arg(ui());
    let ended = till.stdin(Stdio::null()).output().unwrap();
    assert!(ended.stdout.is_empty(), "it is not ready");
    (ended.status.code(), String::from_utf8_lossy(&ended.stderr).into_owned())
}

#[test]
fn an_address_that_cannot_be_served_at_is_said_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    for (address, words) in [
        (taken.local_addr().unwrap().to_string(), ["已被占用", "请换一个端口", "it is taken", "Choose another port"]),
        ("192.0.2.1:7101".to_owned(), ["这台机器的浏览器", "--serve 127.0.0.1:端口", "this machine alone", "--serve 127.0.0.1:PORT"]),
    ] {
        let (status, said) = refused(folder.path(), &address);
        assert_eq!(status, Some(2), "{said}");
        for word in words.into_iter().chain(["request.invalid"]) {
            assert!(said.contains(word), "{word}: {said}");
        }
    }
    drop(taken);
    drop(Till::start(folder.path()));
}
