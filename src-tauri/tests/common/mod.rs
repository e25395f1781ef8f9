//! A chain of real processes: a server on the demo book, tills on folders of their own, and a line between each that
//! can be cut. Offline is a closed socket.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests use parts of it")]

pub mod line;
pub mod till;
pub mod window;

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use hefu_core::wire::Enrolment;
use serde_json::Value;

/// A child process that does not outlive the test.
pub struct Process(pub Child);

impl Process {
    /// Starts it and reads the line in which it says that it is ready.
    pub fn start(command: &mut Command) -> (Self, Value) {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let out = child.stdout.take().unwrap();
        let (send, ready) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut lines = BufReader::new(out).lines().map_while(Result::ok);
            if let Some(line) = lines.find(|line| line.starts_with('{')) {
                let _ = send.send(line);
            }
            lines.for_each(drop);
        });
        let line = ready.recv().unwrap_or_else(|_| panic!("{command:?} ended before it was ready"));
        (Self(child), serde_json::from_str(&line).unwrap())
    }

    /// SIGKILL: nothing is flushed, nothing is said.
    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn till_binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_hefu-till"))
}

/// Built with the rest of the workspace, beside the till.
fn server_binary() -> PathBuf {
    let path = till_binary().with_file_name(format!("hefu-server{}", std::env::consts::EXE_SUFFIX));
    assert!(path.exists(), "build the workspace first: {} is missing", path.display());
    path
}

pub fn ui() -> PathBuf {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../ui/dist");
    assert!(path.join("index.html").exists(), "build the screens first: npm --prefix ui run build");
    path
}

pub struct Server {
    pub process: Process,
    pub ready: Value,
    _folder: tempfile::TempDir,
}

impl Server {
    /// The demo chain, with an enrolment code for a till in each of its stores HB and QN.
    pub fn demo() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(server_binary());
        command.args(["run", "--demo", "--file-keys", "--listen", "127.0.0.1:0", "--console", "127.0.0.1:0", "--print-enrol", "HB,QN"]);
        command.arg("--data").arg(folder.path()).arg("--ui").arg(ui()).stderr(Stdio::null());
        let (process, ready) = Process::start(&mut command);
        Self { process, ready, _folder: folder }
    }

    pub fn code(&self, store: &str) -> Enrolment {
        Enrolment::read(self.ready["enrol"][store].as_str().unwrap()).unwrap()
    }

    /// A line of its own to this server, and the code of a store that leads over it.
    pub fn line(&self, store: &str) -> (line::Line, String) {
        let code = self.code(store);
        let server = code.address.trim_start_matches("https://").parse().unwrap();
        let line = line::Line::to(server);
        let code = Enrolment { address: format!("https://{}", line.address()), ..code };
        (line, code.write().unwrap())
    }
}
