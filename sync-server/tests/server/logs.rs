//! What the server says of itself holds nothing of a person and no secret, even when it says all it can.

use serde_json::json;

use crate::{
    process::{PASSWORD, Server},
    till::{Till, eventually},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_day_in_the_shop_leaves_no_name_in_the_log() {
    let server = Server::start();
    let admin = server.administrator().await;
    let code = server.enrolment(&admin, "HB").await;
    let mut till = Till::join(code.clone()).await.unwrap();
    till.connect();
    till.register("欧阳晓萌", "13800138000");
    eventually("the push", || till.replica.unsent().unwrap() == 0).await;
    for text in ["13800138000", "欧阳", "8000"] {
        admin.ok("member.search", json!({ "text": text })).await;
    }
    let stores = admin.ok("hq.stores", json!({})).await;
    let hired = json!({ "name": "赵铁柱", "role": "cashier", "place": { "at": "store", "store_id": stores["stores"][0]["id"] }, "secret": "735201" });
    admin.ok("hq.staff_add", hired).await;
    admin.refused("session.password", json!({ "login": "boss", "password": "hunter2 hunter2" })).await;
    let cookie = admin.cookie.lock().unwrap().clone().unwrap();
    let first_admin = server.ready.first_admin_code.clone().unwrap();
    admin.ok("hq.revoke", json!({ "device_id": till.replica.device(), "reason": "欧阳晓萌带走了" })).await;
    till.register("司马相如", "13900139000");
    till.stopped().await;
    let data = server.data();
    let folder = server.stop();
    let log = std::fs::read_to_string(folder.path().join("stderr.txt")).unwrap();
    assert!(log.contains("\"level\":\"DEBUG\"") && log.contains("a device joined"), "{log}");
    for line in log.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
    }
    let key: String = std::fs::read(data.join("keys/database.key")).unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    let session = cookie.split_once('=').unwrap().1;
    for secret in [
        "13800138000",
        "8000138",
        "13900139000",
        "欧阳",
        "晓萌",
        "司马",
        "赵铁柱",
        "周掌柜",
        "boss",
        "735201",
        PASSWORD,
        "hunter2",
        session,
        &first_admin,
        &first_admin.replace('-', ""),
        &code.secret,
        &key,
    ] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
