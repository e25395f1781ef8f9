//! Passwords, sessions and their cookies.

use serde_json::{Value, json};

use crate::process::{PASSWORD, Server};

fn with(password: &str) -> Value {
    json!({ "login": "boss", "password": password })
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_lock_and_an_unknown_name_looks_the_same() {
    let server = Server::start();
    server.administrator().await;
    let browser = server.browser();
    let nobody = browser.refused("session.password", json!({ "login": "nobody", "password": "wrong password" })).await;
    assert_eq!(nobody, (400, "password.wrong".into()));
    for _ in 0..4 {
        assert_eq!(browser.refused("session.password", with("wrong password")).await, (400, "password.wrong".into()));
    }
    let (status, body) = browser.rpc("session.password", with("wrong password")).await;
    assert_eq!((status, &body["code"]), (423, &json!("sign_in.locked")));
    assert!(body["args"]["seconds"].as_i64().unwrap() > 20, "{body}");
    assert_eq!(browser.refused("session.password", with(PASSWORD)).await.0, 423, "the right one is locked out too");
    let server = Server::on(server.stop(), "127.0.0.1:0", &[]);
    assert_eq!(server.browser().refused("session.password", with(PASSWORD)).await.0, 423, "and after a restart");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_guesses_is_slowed_down() {
    let server = Server::start();
    let browser = server.browser();
    let guess = json!({ "code": "AAAAA", "login": "boss", "name": "贼", "password": PASSWORD });
    let mut last = 0;
    for _ in 0..25 {
        last = browser.refused("session.first_admin", guess.clone()).await.0;
    }
    assert_eq!(last, 429);
    assert_eq!(browser.ok("status.get", json!({})).await["node"], "hq_unset", "what is no guess goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_a_fresh_name_that_no_script_sees() {
    let server = Server::start();
    server.administrator().await;
    for (browser, prefix, secure) in [(server.browser(), "hefu-", false), (server.tls_browser(), "__Host-hefu-", true)] {
        let port = browser.base.rsplit(':').next().unwrap().to_owned();
        let planted = format!("{prefix}{port}={}", "A".repeat(43));
        *browser.cookie.lock().unwrap() = Some(planted.clone());
        let headers = [("content-type", "application/json"), ("x-hefu", "1")];
        let response = browser.post("session.password", with(PASSWORD).to_string(), &headers).await;
        assert_eq!(response.status(), 200);
        let set = response.headers()["set-cookie"].to_str().unwrap().to_owned();
        let (pair, rest) = set.split_once(';').unwrap();
        assert!(pair.starts_with(&format!("{prefix}{port}=")) && pair != planted, "{set}");
        for word in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(rest.contains(word), "{set}");
        }
        assert_eq!((rest.contains("Secure"), rest.contains("Domain")), (secure, false), "{set}");
        assert_eq!(browser.who().await, Value::Null, "the planted name is worth nothing");
        *browser.cookie.lock().unwrap() = Some(pair.to_owned());
        assert_eq!(browser.who().await, "周掌柜");

        browser.ok("session.sign_out", json!({})).await;
        *browser.cookie.lock().unwrap() = Some(pair.to_owned());
        assert_eq!(browser.who().await, Value::Null, "signed out means out");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_signs_everybody_out() {
    let server = Server::start();
    let admin = server.administrator().await;
    let cookie = admin.cookie.lock().unwrap().clone();
    let server = Server::on(server.stop(), "127.0.0.1:0", &[]);
    let browser = server.browser();
    let port = browser.base.rsplit(':').next().unwrap().to_owned();
    let value = cookie.unwrap().split_once('=').unwrap().1.to_owned();
    *browser.cookie.lock().unwrap() = Some(format!("hefu-{port}={value}"));
    assert_eq!(browser.refused("hq.stores", json!({})).await, (401, "sign_in.needed".into()));
}
