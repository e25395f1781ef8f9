//! A chain that somebody named has the people whom somebody hired, and none of the demo chain's.

use std::collections::HashSet;

use hefu_desk::{Front, SessionKey};
use hefu_fixtures::{Demo, Scale};
use hefu_node::TillNode;
use serde_json::{Value, json};

use crate::process::Server;

const WINDOW: SessionKey = SessionKey([1; 32]);
/// The demo chain's.
const DEMO_PINS: [&str; 3] = ["1001", "2001", "3001"];

async fn call(till: &TillNode, name: &str, request: Value) -> Result<Value, String> {
    let reply = till.call(WINDOW, name, request.to_string().into_bytes()).await.map_err(|error| error.code.as_str().to_owned())?;
    Ok(serde_json::from_slice(&reply).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_chain_has_no_demo_staff_and_no_demo_pin_opens_its_tills() {
    let server = Server::start();
    let admin = server.administrator().await;
    let code = server.enrolment(&admin, "HB").await;
    let stores = admin.ok("hq.stores", json!({})).await;
    for (name, role, secret) in [("孙店长", "manager", "4826"), ("钱收银", "cashier", "6284")] {
        let place = json!({ "at": "store", "store_id": stores["stores"][0]["id"] });
        admin.ok("hq.staff_add", json!({ "name": name, "role": role, "place": place, "secret": secret })).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let till = TillNode::start(folder.path(), true, tokio::runtime::Handle::current());
    call(&till, "setup.join", json!({ "code": code.write().unwrap() })).await.unwrap();
    let mut hired = Vec::new();
    while hired.len() < 2 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let staff = call(&till, "session.staff", json!({})).await.unwrap_or(json!({ "staff": [] }));
        hired = staff["staff"].as_array().unwrap().clone();
    }
    let names: HashSet<&str> = hired.iter().map(|person| person["name"].as_str().unwrap()).collect();
    assert_eq!(names, HashSet::from(["孙店长", "钱收银"]));
    let demo: HashSet<String> = Demo::new(Scale::demo(), 1).staff().map(|person| person.name).collect();
    assert!(!demo.is_empty() && names.iter().all(|name| !demo.contains(*name)));
    assert_eq!(call(&till, "status.get", json!({})).await.unwrap()["demo"], false);
    for person in &hired {
        for pin in DEMO_PINS {
            let sign_in = json!({ "staff_id": person["id"], "pin": pin });
            assert_eq!(call(&till, "session.sign_in", sign_in).await, Err("pin.wrong".to_owned()), "{pin}");
        }
    }
    let manager = hired.iter().find(|person| person["role"] == "manager").unwrap();
    call(&till, "session.sign_in", json!({ "staff_id": manager["id"], "pin": "4826" })).await.unwrap();
    till.stop();
    server.stop();
}
