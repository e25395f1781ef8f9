//! Health and metrics.

use serde_json::json;

use crate::{
    process::Server,
    till::{Till, eventually},
};

#[tokio::test(flavor = "multi_thread")]
async fn health_is_a_word_and_metrics_are_for_this_machine() {
    let server = Server::start();
    let admin = server.administrator().await;
    for browser in [server.browser(), server.tls_browser()] {
        let reply = browser.get("/health").await;
        assert_eq!((reply.status().as_u16(), reply.text().await.unwrap().as_str()), (200, "ok\n"));
    }
    assert_eq!(server.tls_browser().get("/metrics").await.status(), 404);
    let mut till = Till::join(server.enrolment(&admin, "HB").await).await.unwrap();
    till.connect();
    till.register("王小明", "13800138000");
    eventually("the push", || till.replica.unsent().unwrap() == 0 && till.replica.read(|book| book.chain()).unwrap().is_some()).await;
    // A till between two pulls has none open: it asks again at once.
    let mut text = admin.get("/metrics").await.text().await.unwrap();
    for _ in 0..200 {
        if text.lines().any(|line| line == "hefu_pulls_connected 1") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        text = admin.get("/metrics").await.text().await.unwrap();
    }
    let value = |name: &str| -> f64 {
        let line = text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
        line.unwrap_or_else(|| panic!("{name} in {text}")).rsplit(' ').next().unwrap().parse().unwrap()
    };
    assert!(value("hefu_chain_head") >= 6.0);
    assert!(value("hefu_operations_appended_total") >= 6.0);
    assert_eq!(value("hefu_pulls_connected"), 1.0);
    assert!(value("hefu_pushes_total{code=\"ok\"}") >= 2.0);
    assert!(value("hefu_hq_lag") <= 1.0);
    assert!(value("hefu_request_seconds_count{route=\"/sync/push\",status=\"200\"}") >= 1.0);
    assert!(text.ends_with("# EOF\n"));
    for word in ["138001", "HB", "周", "boss", &till.replica.device().to_string()] {
        assert!(!text.contains(word), "{word} in {text}");
    }
    admin.ok("hq.revoke", json!({ "device_id": till.replica.device(), "reason": "" })).await;
    till.register("李梅", "13900139000");
    till.stopped().await;
    let text = admin.get("/metrics").await.text().await.unwrap();
    assert!(text.contains("hefu_pushes_total{code=\"device.revoked\"}") || text.contains("status=\"403\""), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_over_tls_ask_for_a_token() {
    let server = Server::with(&["--metrics-token", "open-sesame-please"]);
    let client = crate::browser::client(Some(&server.data().join("tls/authority.pem")));
    let url = format!("{}/metrics", server.ready.sync);
    assert_eq!(client.get(&url).send().await.unwrap().status(), 401);
    assert_eq!(client.get(&url).bearer_auth("open").send().await.unwrap().status(), 401);
    assert_eq!(client.get(&url).bearer_auth("open-sesame-please").send().await.unwrap().status(), 200);
}

/// The node does its night's work without anybody asking, and the console is told when it is done.
#[tokio::test(flavor = "multi_thread")]
async fn the_node_works_by_itself_and_says_so() {
    let server = Server::start();
    let admin = server.administrator().await;
    let done = async {
        let mut seen = 0;
        loop {
            let daily = admin.ok("hq.daily", json!({})).await;
            if ["expiry", "review", "bonus"].iter().all(|part| !daily[part].is_null()) {
                return daily;
            }
            seen = admin.ok("status.watch", json!({ "seen": seen })).await["version"].as_u64().unwrap();
        }
    };
    let daily = tokio::time::timeout(std::time::Duration::from_secs(30), done).await.expect("done soon after the start");
    assert_eq!(daily["bonus"]["outcome"], json!({ "what": "given", "cards": 0, "bonus_fen": 0 }));
}
