//! The door: who may send what, and what the browser is told.

use serde_json::json;

use crate::process::{PASSWORD, Server};

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_has_its_status() {
    let server = Server::start();
    let nobody = server.browser();
    assert_eq!(nobody.refused("no.such", json!({})).await, (404, "command.unknown".into()));
    assert_eq!(nobody.refused("a/b", json!({})).await, (404, "command.unknown".into()));
    assert_eq!(nobody.refused("hq.stores", json!({})).await, (409, "command.not_here".into()), "no administrator yet");
    let admin = server.administrator().await;
    for name in ["hq.stores", "hq.devices", "hq.enrol", "hq.staff", "member.search", "status.verify"] {
        assert_eq!(nobody.refused(name, json!({})).await, (401, "sign_in.needed".into()), "{name}");
    }
    assert_eq!(admin.refused("cart.get", json!({})).await, (409, "command.not_here".into()));
    assert_eq!(admin.refused("hq.stores", json!({ "more": 1 })).await, (400, "request.invalid".into()));
    admin.ok("hq.store_add", json!({ "code": "HB", "name": "湖滨店" })).await;
    assert_eq!(admin.refused("hq.store_add", json!({ "code": "HB", "name": "湖滨店" })).await, (409, "store_code.taken".into()));
    let large = "x".repeat(70_000);
    assert_eq!(admin.refused("member.search", json!({ "text": large })).await, (400, "request.invalid".into()));
    assert_eq!(admin.ok("status.verify", json!({})).await["ok"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_page_cannot_speak() {
    let server = Server::start();
    let browser = server.browser();
    let json = ("content-type", "application/json");
    let own = ("x-hefu", "1");
    for headers in [
        vec![json],
        vec![own],
        vec![own, ("content-type", "text/plain")],
        vec![own, json, ("origin", "https://evil.example")],
        vec![own, json, ("origin", "null")],
        vec![own, json, ("sec-fetch-site", "cross-site")],
        // A name of somebody's that points to this machine.
        vec![own, json, ("host", "evil.example")],
    ] {
        assert_eq!(browser.post("status.get", "{}".into(), &headers).await.status(), 403, "{headers:?}");
    }
    assert_eq!(browser.post("status.get", "{}".into(), &[own, json]).await.status(), 200);
    let read = browser.get("/rpc/status.get").await;
    assert_eq!(read.status(), 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn screens_are_served_with_their_policy() {
    let ui = tempfile::tempdir().unwrap();
    std::fs::create_dir(ui.path().join("assets")).unwrap();
    std::fs::write(ui.path().join("index.html"), "<!doctype html><title>合符</title>").unwrap();
    std::fs::write(ui.path().join("assets/index-abc123.js"), "export {};").unwrap();
    let server = Server::with(&["--ui", ui.path().to_str().unwrap()]);
    for browser in [server.browser(), server.tls_browser()] {
        for path in ["/", "/index.html", "/hq/stores", "/assets/index-abc123.js", "/assets/gone.js", "/../secret"] {
            let response = browser.get(path).await;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
            let policy = header("content-security-policy");
            assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
            assert!(!policy.contains("unsafe"), "{policy}");
            assert_eq!((header("x-content-type-options"), header("referrer-policy")), ("nosniff".into(), "no-referrer".into()));
            match path {
                "/assets/index-abc123.js" => {
                    assert_eq!(header("cache-control"), "public, max-age=31536000, immutable");
                    assert!(header("content-type").contains("javascript"));
                }
                "/assets/gone.js" => assert_eq!(status, 404),
                _ => {
                    assert_eq!((status, header("cache-control")), (200, "no-cache".into()), "{path}");
                    assert!(response.text().await.unwrap().contains("合符"));
                }
            }
        }
    }
    let folder = server.stop();
    let without = Server::on(folder, "127.0.0.1:0", &[]);
    assert_eq!(without.browser().get("/").await.status(), 404);
    without.browser().ok("status.get", json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn screens_wait_for_news() {
    let server = Server::start();
    let admin = server.administrator().await;
    let watcher = server.browser();
    watcher.ok("session.password", json!({ "login": "boss", "password": PASSWORD })).await;
    let mut seen = watcher.ok("status.get", json!({})).await["version"].as_u64().unwrap();
    let news = async {
        // What began before may still be told first.
        loop {
            let status = watcher.ok("status.watch", json!({ "seen": seen })).await;
            seen = status["version"].as_u64().unwrap();
            if watcher.ok("hq.stores", json!({})).await["stores"].as_array().unwrap().len() == 1 {
                return;
            }
        }
    };
    let change = admin.ok("hq.store_add", json!({ "code": "HB", "name": "湖滨店" }));
    let both = async { tokio::join!(news, change) };
    tokio::time::timeout(std::time::Duration::from_secs(5), both).await.expect("news within seconds");
}
