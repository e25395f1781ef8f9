//! A till without a window, spoken to as a browser on its machine would.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{Process, till_binary, ui};

pub struct Till {
    pub process: Process,
    address: String,
    client: reqwest::Client,
    cookie: std::sync::Mutex<Option<String>>,
}

impl Till {
    pub fn start(folder: &Path) -> Self {
        Self::with(folder, &["--file-keys"])
    }

    /// With its keys in the operating system's key store, if there is one.
    pub fn start_with_system_keys(folder: &Path) -> Self {
        Self::with(folder, &[])
    }

    fn with(folder: &Path, more: &[&str]) -> Self {
        let mut command = Command::new(till_binary());
        command.args(["--headless", "--serve", "127.0.0.1:0", "--data"]).arg(folder).arg("--ui").arg(ui()).args(more);
        command.stderr(Stdio::null());
        // The client wants to know its cipher suite even where it never uses one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (process, ready) = Process::start(&mut command);
        Self { process, address: ready["till"].as_str().unwrap().to_owned(), client: reqwest::Client::new(), cookie: None.into() }
    }

    pub async fn call(&self, name: &str, request: Value) -> Result<Value, Value> {
        self.try_call(name, &request).await.expect("the till answers")
    }

    /// `None` when the till was gone before it had answered.
    pub async fn try_call(&self, name: &str, request: &Value) -> Option<Result<Value, Value>> {
        let mut post = self.client.post(format!("{}/rpc/{name}", self.address)).header("x-hefu", "1").json(request);
        if let Some(cookie) = self.cookie.lock().unwrap().clone() {
            post = post.header("cookie", cookie);
        }
        let reply = post.send().await.ok()?;
        if let Some(set) = reply.headers().get("set-cookie") {
            let set = set.to_str().unwrap().split(';').next().unwrap().to_owned();
            *self.cookie.lock().unwrap() = Some(set);
        }
        let good = reply.status().is_success();
        let body: Value = reply.json().await.ok()?;
        Some(if good { Ok(body) } else { Err(body) })
    }

    #[track_caller]
    pub fn ok(&self, name: &str, request: Value) -> impl Future<Output = Value> {
        let name = name.to_owned();
        async move { self.call(&name, request).await.unwrap_or_else(|error| panic!("{name}: {error}")) }
    }

    /// Waits for what the till says by itself, following its status rather than asking in a hurry.
    pub async fn until(&self, what: &str, name: &str, request: Value, holds: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let seen = self.ok("status.get", json!({})).await["version"].clone();
            let reply = self.call(name, request.clone()).await;
            if let Ok(reply) = &reply
                && holds(reply)
            {
                return reply.clone();
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{what}: {reply:?}");
            let watch = self.call("status.watch", json!({ "seen": seen }));
            let _ = tokio::time::timeout(Duration::from_millis(500), watch).await;
        }
    }

    pub async fn join(&self, code: &str) {
        self.ok("setup.join", json!({ "code": code })).await;
        self.until("joined", "setup.status", json!({}), |view| view["stage"]["stage"] == "ready" || !view["error"].is_null()).await;
    }

    /// As the demo chain's person with this PIN.
    pub async fn sign_in(&self, role: &str, pin: &str) {
        let list = self.ok("session.staff", json!({})).await;
        let staff = list["staff"].as_array().unwrap().iter().find(|staff| staff["role"] == role).unwrap();
        self.ok("session.sign_in", json!({ "staff_id": staff["id"], "pin": pin })).await;
    }

    /// Rings up these codes for a member and pays with a round sum; answers with the sale.
    pub async fn sell(&self, codes: &[impl AsRef<str>], member: Option<&Value>) -> Value {
        for code in codes {
            self.ok("cart.enter", json!({ "text": code.as_ref() })).await;
        }
        self.ok("cart.member", json!({ "member_id": member })).await;
        let pay = self.payment().await;
        self.ok("sale.pay", pay).await
    }

    pub async fn payment(&self) -> Value {
        let cart = self.ok("cart.get", json!({})).await;
        let due = cart["totals"]["due_fen"].clone();
        json!({ "cart_id": cart["id"], "revision": cart["revision"], "tenders": [{ "kind": "cash", "given_fen": due }] })
    }

    /// The codes of some goods of the demo chain.
    pub async fn codes(&self, text: &str, count: usize) -> Vec<String> {
        let found = self.ok("product.search", json!({ "text": text })).await;
        let codes = found["products"].as_array().unwrap().iter().map(|hit| hit["barcode"].as_str().unwrap().to_owned());
        codes.take(count).collect()
    }
}
