//! Real windows on a screen of their own, driven through WebDriver: the till's, and the empty one beside it.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::{
    book,
    error::{BenchError, Done},
};

const PATIENCE: Duration = Duration::from_secs(60);

/// A virtual screen and the driver of the browser engine. Both end with it.
pub struct Screen {
    screen: Child,
    driver: Child,
    port: u16,
}

impl Screen {
    pub fn start() -> Done<Self> {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut screen = command.spawn().map_err(|_| BenchError::setup("Xvfb is not installed (xvfb)"))?;
        let mut number = String::new();
        if let Some(said) = screen.stdout.as_mut() {
            BufReader::new(said).read_line(&mut number)?;
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new("WebKitWebDriver");
        command.args([format!("--port={port}"), "--host=127.0.0.1".to_owned()]);
        command.env("TAURI_WEBVIEW_AUTOMATION", "true").env("DISPLAY", format!(":{}", number.trim()));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // In its own group: ending the group ends the windows with the driver.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let driver = command.spawn().map_err(|_| BenchError::setup("WebKitWebDriver is not installed (webkit2gtk-driver)"))?;
        let began = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() && began.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(Self { screen, driver, port })
    }

    /// Starts a program and waits until its page says that it is `ready`.
    pub async fn open(&self, program: &Path, args: &[&str], ready: &str) -> Done<Client> {
        let options = json!({ "webkitgtk:browserOptions": { "binary": program, "args": args } });
        let options = options.as_object().cloned().unwrap_or_default();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(options).connect(&format!("http://127.0.0.1:{}", self.port)).await;
        let client = client.map_err(|error| BenchError::setup(format!("the window did not open: {error}")))?;
        let began = Instant::now();
        // A page that is still being loaded answers with an error; it is asked again.
        while client.execute("return document.documentElement.dataset.ready", Vec::new()).await.ok() != Some(json!(ready)) {
            if began.elapsed() > PATIENCE {
                return Err(BenchError::setup(format!("the window never was {ready}")));
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(client)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", self.driver.id())]).stderr(Stdio::null()).status();
        let _ = self.driver.wait();
        let _ = self.screen.kill();
        let _ = self.screen.wait();
    }
}

/// Runs a script that calls its last argument when it is done.
pub async fn in_page(client: &Client, script: &str, args: Vec<Value>) -> Done<Value> {
    client.execute_async(script, args).await.map_err(|error| BenchError::setup(format!("in the page: {error}")))
}

pub async fn close(client: Client) {
    let _ = client.close().await;
    // Its processes take a moment to go.
    tokio::time::sleep(Duration::from_millis(700)).await;
}

/// The till and the empty window, built as they are shipped: till first.
pub fn programs() -> Done<[PathBuf; 2]> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--release", "--quiet", "-p", "hefu-till", "--bin", "hefu-till", "--example", "empty_window"]);
    if !build.current_dir(book::root()).status()?.success() {
        return Err(BenchError::setup("the till was not built"));
    }
    Ok([book::built("hefu-till"), book::built("examples/empty_window")])
}
