//! Driving a real window: WebKit's driver on a display in memory.

use std::{
    net::TcpListener,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{children::Children, http};
use crate::{
    shell,
    stop::{Stop, While},
};

const LOOK: Duration = Duration::from_millis(50);
const SOON: Duration = Duration::from_secs(30);
/// The name under which WebDriver hands out an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
pub const ENTER: &str = "\u{e007}";

/// A display in memory and the driver on it.
pub struct Screen {
    host: String,
    children: Children,
}

impl Screen {
    pub fn start(children: &Children) -> Result<Self, Stop> {
        let display = free_display();
        let mut xvfb = Command::new("Xvfb");
        xvfb.args([&display, "-screen", "0", "1366x768x24", "-nolisten", "tcp"]);
        children.start_silent("xvfb", xvfb)?;
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).doing("no free port")?.port();
        let mut driver = Command::new(shell::find("WebKitWebDriver").unwrap_or_else(|| "WebKitWebDriver".into()));
        driver.args([format!("--port={port}"), "--host=127.0.0.1".into()]);
        driver.env("DISPLAY", &display).env_remove("WAYLAND_DISPLAY").env("TAURI_WEBVIEW_AUTOMATION", "true");
        // With either of these set, taking a picture never returns.
        driver.env_remove("WEBKIT_DISABLE_DMABUF_RENDERER").env_remove("WEBKIT_DISABLE_COMPOSITING_MODE");
        children.start_silent("driver", driver)?;
        let screen = Self { host: format!("127.0.0.1:{port}"), children: children.clone() };
        let begun = Instant::now();
        while http::call("GET", &screen.host, "/status", "", None).is_err() {
            if begun.elapsed() > SOON {
                return Err(Stop::new("WebKitWebDriver did not start."));
            }
            thread::sleep(LOOK);
        }
        Ok(screen)
    }

    /// Opens a window of `program`; of the driver's own browser when there is none.
    pub fn open(&self, program: Option<(&Path, &[String])>) -> Result<Window<'_>, Stop> {
        let options = match program {
            Some((binary, args)) => json!({ "webkitgtk:browserOptions": { "binary": binary, "args": args } }),
            None => json!({}),
        };
        let reply = self.ask("POST", "/session", Some(&json!({ "capabilities": { "alwaysMatch": options } })))?;
        let id = reply["sessionId"].as_str().ok_or_else(|| Stop::new(format!("the window did not open: {reply}")))?;
        Ok(Window { screen: self, path: format!("/session/{id}") })
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Stop> {
        let answer = http::call(method, &self.host, path, "", body)?;
        let value = answer.json()?["value"].take();
        if answer.status == 200 { Ok(value) } else { Err(Stop::new(format!("{method} {path}: {value}"))) }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.children.end("driver");
        self.children.end("xvfb");
    }
}

/// The first display number without a socket.
fn free_display() -> String {
    let number = (90..200).find(|number| !Path::new(&format!("/tmp/.X11-unix/X{number}")).exists()).unwrap_or(90);
    format!(":{number}")
}

pub struct Window<'a> {
    screen: &'a Screen,
    path: String,
}

impl Window<'_> {
    pub fn go(&self, address: &str) -> Result<(), Stop> {
        self.ask("POST", "/url", Some(&json!({ "url": address }))).map(drop)
    }

    /// The size of a till's window.
    pub fn full(&self) -> Result<(), Stop> {
        self.ask("POST", "/window/rect", Some(&json!({ "x": 0, "y": 0, "width": 1366, "height": 768 }))).map(drop)
    }

    pub fn click(&self, selector: &str) -> Result<(), Stop> {
        let element = self.find(selector)?;
        self.ask("POST", &format!("/element/{element}/click"), Some(&json!({}))).map(drop)
    }

    /// Types into the element, key by key.
    pub fn keys(&self, selector: &str, text: &str) -> Result<(), Stop> {
        let element = self.find(selector)?;
        self.ask("POST", &format!("/element/{element}/value"), Some(&json!({ "text": text }))).map(drop)
    }

    /// Waits for an element, and answers its name.
    pub fn find(&self, selector: &str) -> Result<String, Stop> {
        let begun = Instant::now();
        loop {
            let found = self.ask("POST", "/element", Some(&json!({ "using": "css selector", "value": selector })));
            match found {
                Ok(value) => {
                    let name = value[ELEMENT].as_str().map(str::to_owned);
                    return name.ok_or_else(|| Stop::new(format!("{selector}: {value}")));
                }
                Err(stop) if begun.elapsed() > SOON => return Err(stop),
                Err(_) => thread::sleep(LOOK),
            }
        }
    }

    /// Takes a picture of what is painted now, and not of the frame before.
    pub fn picture(&self, file: &Path) -> Result<(), Stop> {
        self.ask("POST", "/execute/async", Some(&json!({ "script": FRAMES, "args": [] })))?;
        let value = self.ask("GET", "/screenshot", None)?;
        let still = "document.getElementById('frames').remove()";
        self.ask("POST", "/execute/sync", Some(&json!({ "script": still, "args": [] })))?;
        let bytes = STANDARD.decode(value.as_str().unwrap_or_default()).doing("a picture that is none")?;
        std::fs::write(file, bytes).doing(file.display())
    }

    pub fn close(self) -> Result<(), Stop> {
        self.ask("DELETE", "", None).map(drop)
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Stop> {
        self.screen.ask(method, &format!("{}{path}", self.path), body)
    }
}

/// Makes frames for a picture, until the dot is taken off.
const FRAMES: &str = include_str!("frames.js");
