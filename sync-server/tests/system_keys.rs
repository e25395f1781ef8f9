//! A server whose keys are in the operating system's key store: none in a file, and its data opens again (F2). Run by
//! `cargo xtask test`, which gives it a key store of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
};

use hefu_server::Ready;

struct Server(Child);

impl Server {
    fn on(data: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hefu-server"));
        command.args(["run", "--chain-name", "四海百货", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        Self(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// What it says when it is ready; else why it did not start.
    fn ready(&mut self) -> Result<Ready, String> {
        let mut line = String::new();
        BufReader::new(self.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        serde_json::from_str(&line).map_err(|_| {
            let mut why = String::new();
            self.0.stderr.take().unwrap().read_to_string(&mut why).unwrap();
            why
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "needs a key store of the system: `cargo xtask test --only keys` gives it one"]
fn data_opens_with_its_key_from_the_systems_key_store_and_not_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = Server::on(&data);
    let first = server.ready().unwrap();
    assert!(!data.join("keys").exists(), "no key in a file");
    drop(server);

    let mut server = Server::on(&data);
    let again = server.ready().unwrap();
    assert_eq!(again.fingerprint, first.fingerprint);
    drop(server);

    let node = std::fs::read_to_string(data.join("node.id")).unwrap();
    for name in ["database", "device"] {
        keyring::Entry::new("hefu", &format!("server/{node}/{name}")).unwrap().delete_credential().unwrap();
    }
    let why = Server::on(&data).ready().unwrap_err();
    assert!(why.contains("key_store.failed"), "{why}");
}
