//! A server process on a folder of its own.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use hefu_core::wire::Enrolment;
use hefu_server::Ready;
use serde_json::json;
use tempfile::TempDir;

use crate::browser::Browser;

pub const CHAIN: &str = "四海百货";
pub const PASSWORD: &str = "correct horse battery";

pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_hefu-server"))
}

pub struct Server {
    child: Child,
    pub ready: Ready,
    pub folder: Arc<TempDir>,
    _stdout: BufReader<std::process::ChildStdout>,
}

/// Runs to its end, which must be soon: the exit code and what it said on stderr.
pub fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let mut child = program().args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > until {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    (status.code(), String::from_utf8_lossy(&stderr).into_owned())
}

impl Server {
    /// A new chain, ports of the system's choice.
    pub fn start() -> Self {
        Self::with(&[])
    }

    pub fn with(more: &[&str]) -> Self {
        Self::on(Arc::new(TempDir::new().unwrap()), "127.0.0.1:0", more)
    }

    pub fn on(folder: Arc<TempDir>, listen: &str, more: &[&str]) -> Self {
        let log = File::options().create(true).append(true).open(folder.path().join("stderr.txt")).unwrap();
        let mut child = program()
            .args(["run", "--file-keys", "--chain-name", CHAIN, "--console", "127.0.0.1:0", "--listen", listen, "--data"])
            .arg(folder.path().join("data"))
            .args(more)
            .env("HEFU_LOG", "debug")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not ready: {}", read(&folder)));
        Self { child, ready, folder, _stdout: stdout }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        read(&self.folder)
    }

    /// `host:port` of the TLS listener.
    pub fn host(&self) -> &str {
        self.ready.sync.strip_prefix("https://").unwrap()
    }

    /// A browser at the plain console.
    pub fn browser(&self) -> Browser {
        Browser::new(self.ready.console.as_deref().unwrap(), None)
    }

    /// A browser that was told to trust the server's own authority, over TLS.
    pub fn tls_browser(&self) -> Browser {
        Browser::new(&self.ready.sync, Some(&self.data().join("tls/authority.pem")))
    }

    /// Makes the first administrator; the browser is signed in as them.
    pub async fn administrator(&self) -> Browser {
        let browser = self.browser();
        let code = self.ready.first_admin_code.clone().unwrap();
        browser.ok("session.first_admin", json!({ "code": code, "login": "boss", "name": "周掌柜", "password": PASSWORD })).await;
        browser
    }

    /// A code for a new till of store `code`, made there if need be.
    pub async fn enrolment(&self, admin: &Browser, code: &str) -> Enrolment {
        let stores = admin.ok("hq.stores", json!({})).await;
        let found = stores["stores"].as_array().unwrap().iter().find(|store| store["code"] == code).cloned();
        let store = match found {
            Some(store) => store,
            None => admin.ok("hq.store_add", json!({ "code": code, "name": format!("{code} 店") })).await,
        };
        let reply = admin.ok("hq.enrol", json!({ "store_id": store["id"] })).await;
        Enrolment::read(reply["code"].as_str().unwrap()).unwrap()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn terminate(&self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
    }

    /// Asks it to stop; it must end well.
    pub fn stop(mut self) -> Arc<TempDir> {
        self.terminate();
        let code = self.wait();
        assert_eq!(code, Some(0), "{}", self.log());
        self.folder.clone()
    }

    /// A limit that is part of what is tested: pulls and watches wait for 25 s, and a stop that let them do so is none.
    pub fn wait(&mut self) -> Option<i32> {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < until, "it does not stop: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// As a power cut would.
    pub fn kill(mut self) -> Arc<TempDir> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.folder.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(folder: &TempDir) -> String {
    std::fs::read_to_string(folder.path().join("stderr.txt")).unwrap_or_default()
}

/// A program that opens the data folder beside the server: what it was told to keep.
pub fn database_key(data: &Path, of: &str) -> [u8; 32] {
    blake3::derive_key(of, &std::fs::read(data.join("keys/database.key")).unwrap())
}
