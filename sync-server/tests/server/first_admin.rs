//! The first administrator: by the printed code, once.

use serde_json::{Value, json};

use crate::process::{PASSWORD, Server, program};

fn request(code: &str, password: &str) -> Value {
    json!({ "code": code, "login": "boss", "name": "周掌柜", "password": password })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_works_once_and_not_before_the_password_is_good() {
    let server = Server::start();
    let code = server.ready.first_admin_code.clone().unwrap();
    let browser = server.browser();
    assert_eq!(browser.ok("status.get", json!({})).await["node"], "hq_unset");
    let try_with = async |code: &str, password: &str| browser.refused("session.first_admin", request(code, password)).await;
    for wrong in ["", "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE", &code[1..]] {
        assert_eq!(try_with(wrong, PASSWORD).await, (400, "first_admin.code_wrong".into()), "{wrong}");
    }
    for weak in ["short", "1111111111111"] {
        assert_eq!(try_with(&code, weak).await, (400, "password.weak".into()), "{weak}");
    }
    assert_eq!(browser.refused("session.password", json!({ "login": "boss", "password": PASSWORD })).await.0, 409);
    assert_eq!(browser.who().await, Value::Null);

    let typed = code.to_lowercase().replace('-', "");
    let signed_in = browser.ok("session.first_admin", request(&typed, PASSWORD)).await;
    assert_eq!((&signed_in["staff"]["name"], &signed_in["staff"]["role"]), (&json!("周掌柜"), &json!("admin")));
    assert_eq!(browser.who().await, "周掌柜");

    assert_eq!(server.browser().refused("session.first_admin", request(&code, PASSWORD)).await, (409, "command.not_here".into()));
    let folder = server.stop();
    let server = Server::on(folder, "127.0.0.1:0", &[]);
    assert_eq!(server.ready.first_admin_code, None);
    let browser = server.browser();
    assert_eq!(browser.refused("session.first_admin", request(&code, PASSWORD)).await.0, 409);
    browser.ok("session.password", json!({ "login": "boss", "password": PASSWORD })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_makes_a_new_code_and_voids_the_old_one() {
    let server = Server::start();
    let old = server.ready.first_admin_code.clone().unwrap();
    let server = Server::on(server.stop(), "127.0.0.1:0", &[]);
    let new = server.ready.first_admin_code.clone().unwrap();
    assert_ne!(old, new);
    assert_eq!(server.browser().refused("session.first_admin", request(&old, PASSWORD)).await.1, "first_admin.code_wrong");
    server.browser().ok("session.first_admin", request(&new, PASSWORD)).await;
}

/// `hefu-server admin-code`: what it prints, and whether it went well.
fn admin_code(data: &std::path::Path) -> (bool, String) {
    let asked = program().args(["admin-code", "--file-keys", "--data"]).arg(data).output().unwrap();
    (asked.status.success(), String::from_utf8(asked.stdout).unwrap().trim().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_passwords_are_mended_by_whoever_holds_the_data() {
    let server = Server::start();
    server.administrator().await;
    let data = server.data();
    assert_eq!(admin_code(&data), (false, String::new()), "not while a server runs");
    let folder = server.stop();
    let (_, voided) = admin_code(&data);
    let (printed, code) = admin_code(&data);
    assert!(printed && code.len() == voided.len() && code != voided, "{code}");

    let server = Server::on(folder, "127.0.0.1:0", &[]);
    assert_eq!(server.ready.first_admin_code, None);
    let browser = server.browser();
    let new = |code: &str| json!({ "code": code, "login": "boss", "name": "周掌柜", "password": "staple horse battery" });
    assert_eq!(browser.refused("session.admin_code", new(&voided)).await.1, "first_admin.code_wrong");
    browser.ok("session.admin_code", new(&code.to_lowercase())).await;
    assert_eq!(browser.who().await, "周掌柜");
    let other = server.browser();
    assert_eq!(other.refused("session.admin_code", new(&code)).await.1, "first_admin.code_wrong", "once");
    assert_eq!(other.refused("session.password", json!({ "login": "boss", "password": PASSWORD })).await.1, "password.wrong");
    other.ok("session.password", json!({ "login": "boss", "password": "staple horse battery" })).await;
}
