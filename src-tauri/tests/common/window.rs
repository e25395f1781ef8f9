//! The real window, driven through WebDriver as a person would: keys, and now and then a click.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource, KeyAction, KeyActions},
    key::Key,
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use super::till_binary;

pub struct Window {
    pub client: Client,
    driver: Child,
}

impl Window {
    /// Opens the till's window on a folder.
    pub async fn open(folder: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("WebKitWebDriver");
        command.args([format!("--port={port}"), "--host=127.0.0.1".to_owned()]).env("TAURI_WEBVIEW_AUTOMATION", "true");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // In its own group: ending the group ends the window and the browser's processes with the driver.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let driver = command.spawn().expect("WebKitWebDriver is installed (webkit2gtk-driver)");
        let options = json!({ "webkitgtk:browserOptions": {
            "binary": till_binary(),
            "args": ["--file-keys", "--data", folder],
        } });
        let began = Instant::now();
        let client = loop {
            let caps = options.as_object().unwrap().clone();
            match ClientBuilder::new(HttpConnector::new()).capabilities(caps).connect(&format!("http://127.0.0.1:{port}")).await {
                Ok(client) => break client,
                Err(error) => assert!(began.elapsed() < Duration::from_secs(30), "the window did not open: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        Self { client, driver }
    }

    pub async fn close(mut self) {
        let _ = self.client.clone().close().await;
        self.end();
    }

    fn end(&mut self) {
        let group = format!("-{}", self.driver.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.driver.wait();
    }

    /// The element with this test id, when it is there.
    pub async fn see(&self, testid: &str) -> fantoccini::elements::Element {
        self.find(&format!("[data-testid='{testid}']")).await
    }

    /// What this selector finds, when it is there.
    pub async fn find(&self, selector: &str) -> fantoccini::elements::Element {
        let wait = self.client.wait().at_most(Duration::from_secs(60));
        let found = wait.for_element(Locator::Css(selector)).await;
        match found {
            Ok(element) => element,
            Err(error) => {
                let page = self.client.execute("return document.body.innerText", vec![]).await;
                panic!("{selector} does not show: {error}\n{page:?}")
            }
        }
    }

    pub async fn text(&self, testid: &str) -> String {
        // The driver's own "text" is empty for some elements that are in plain sight.
        self.see(testid).await.prop("textContent").await.unwrap().unwrap_or_default()
    }

    pub async fn click(&self, testid: &str) {
        self.see(testid).await.click().await.unwrap_or_else(|error| panic!("{testid}: {error}"));
    }

    /// Waits until the element's text satisfies.
    pub async fn until(&self, testid: &str, holds: impl Fn(&str) -> bool) -> String {
        let began = Instant::now();
        loop {
            let text = self.text(testid).await;
            if holds(&text) {
                return text;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{testid} stays {text:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Keys as a scanner gives them: one right after the other.
    pub async fn keys(&self, text: &str) {
        self.press(text, Duration::ZERO).await;
    }

    /// Keys as a person gives them, at some two hundred words a minute.
    pub async fn type_in(&self, text: &str) {
        self.press(text, Duration::from_millis(60)).await;
    }

    async fn press(&self, text: &str, between: Duration) {
        let mut keys = KeyActions::new("keyboard".to_owned());
        for value in text.chars() {
            keys = keys.then(KeyAction::Down { value }).then(KeyAction::Up { value }).then(KeyAction::Pause { duration: between });
        }
        self.client.perform_actions(keys).await.unwrap();
    }

    pub async fn key(&self, key: Key) {
        self.keys(&char::from(key).to_string()).await;
    }

    pub async fn chord(&self, modifier: Key, value: char) {
        let modifier = char::from(modifier);
        let keys = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: modifier })
            .then(KeyAction::Down { value })
            .then(KeyAction::Up { value })
            .then(KeyAction::Up { value: modifier });
        self.client.perform_actions(keys).await.unwrap();
    }

    /// A picture of the window, after two frames so that it is not an old one.
    pub async fn picture(&self, name: &str) {
        self.client.execute_async(FRAMES, vec![]).await.unwrap();
        let png = self.client.screenshot().await.unwrap();
        self.client.execute("document.getElementById('frames').remove()", vec![]).await.unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
    }
}

/// Makes frames for a picture, until the dot is taken off.
const FRAMES: &str = include_str!("../../../xtask/src/run/frames.js");

impl Drop for Window {
    fn drop(&mut self) {
        self.end();
    }
}
