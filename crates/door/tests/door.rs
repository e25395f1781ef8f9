//! The door on a real socket, with a front that notes what reaches it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use hefu_core::error::Code;
use hefu_desk::{ErrorBody, Front, SessionKey};
use hefu_door::{Carrier, DoorOptions, router, status};
use reqwest::{Client, Response};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

#[derive(Default)]
struct Notes {
    calls: Mutex<Vec<(SessionKey, String, Vec<u8>)>>,
    renamed: Mutex<Vec<(SessionKey, SessionKey)>>,
    signed_in: Mutex<HashMap<SessionKey, ()>>,
}

/// Signs in whoever sends `right`; `refuse.<code>` is refused with that code; anything else is echoed.
#[async_trait]
impl Front for Notes {
    async fn call(&self, key: SessionKey, name: &str, request: Vec<u8>) -> Result<Vec<u8>, ErrorBody> {
        self.calls.lock().unwrap().push((key, name.to_owned(), request.clone()));
        if let Some(code) = name.strip_prefix("refuse.") {
            let code = Code::ALL.iter().find(|known| known.as_str() == code).unwrap();
            return Err(ErrorBody::new(*code).with_number("left", 3));
        }
        if name.starts_with("session.") && name != "session.sign_out" {
            if request != br#""right""# {
                return Err(Code::PasswordWrong.into());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            self.signed_in.lock().unwrap().insert(key, ());
        }
        Ok(request)
    }

    fn rename_session(&self, from: SessionKey, to: SessionKey) {
        self.renamed.lock().unwrap().push((from, to));
        let mut signed_in = self.signed_in.lock().unwrap();
        if let Some(session) = signed_in.remove(&from) {
            signed_in.insert(to, session);
        }
    }
}

struct Open {
    notes: Arc<Notes>,
    address: SocketAddr,
    client: Client,
}

fn client(timeout: Duration) -> Client {
    // Plain HTTP, but the client wants to know how it would speak TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().timeout(timeout).build().unwrap()
}

async fn open() -> Open {
    let notes = Arc::new(Notes::default());
    let app = router(notes.clone(), DoorOptions { carrier: Carrier::Loopback, screens: None });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await });
    Open { notes, address, client: client(Duration::from_secs(30)) }
}

impl Open {
    async fn post(&self, name: &str, body: &str, cookie: Option<&str>) -> Response {
        let mut request = self.client.post(format!("http://{}/rpc/{name}", self.address)).body(body.to_owned());
        request = request.header("x-hefu", "1").header("content-type", "application/json");
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        request.send().await.unwrap()
    }

    fn calls(&self) -> usize {
        self.notes.calls.lock().unwrap().len()
    }
}

fn cookie(response: &Response) -> Option<String> {
    let set = response.headers().get("set-cookie")?.to_str().unwrap();
    Some(set.split(';').next().unwrap().to_owned())
}

#[tokio::test]
async fn bytes_pass_as_they_are() {
    let door = open().await;
    for body in ["{}", "", r#"{"text":"毛巾"}"#, "not json at all"] {
        let reply = door.post("product.search", body, None).await;
        assert_eq!((reply.status().as_u16(), reply.headers()["cache-control"].to_str().unwrap()), (200, "no-store"));
        assert_eq!(cookie(&reply), None, "nobody signed in");
        assert_eq!(reply.text().await.unwrap(), body);
    }
    assert_eq!(door.post("product.search", &"x".repeat(64 * 1024), None).await.status(), 200);
    assert_eq!(door.calls(), 5);
    let longer = door.post("product.search", &"x".repeat(64 * 1024 + 1), None).await;
    assert_eq!((longer.status().as_u16(), longer.headers()["connection"].to_str().unwrap()), (400, "close"));
    assert_eq!(door.calls(), 5, "a longer one does not reach the desk");
}

#[tokio::test]
async fn every_code_has_a_status_and_its_figures() {
    let door = open().await;
    for code in Code::ALL {
        let reply = door.post(&format!("refuse.{code}"), "{}", None).await;
        assert_eq!(reply.status(), status(*code).as_u16(), "{code}");
        assert!(reply.status().is_client_error() || reply.status().is_server_error());
        let body: ErrorBody = reply.json().await.unwrap();
        assert_eq!(body, ErrorBody::new(*code).with_number("left", 3));
    }
    for (code, expected) in [
        (Code::SignInNeeded, 401),
        (Code::NotPermitted, 403),
        (Code::DeviceRevoked, 403),
        (Code::MemberUnknown, 404),
        (Code::CartChanged, 409),
        (Code::SignInLocked, 423),
        (Code::ServerBusy, 429),
        (Code::Internal, 500),
        (Code::DiskFull, 507),
        (Code::PhoneInvalid, 400),
    ] {
        assert_eq!(status(code).as_u16(), expected, "{code}");
    }
}

#[tokio::test]
async fn a_sign_in_gets_a_name_of_its_own() {
    for name in ["session.sign_in", "session.password", "session.first_admin"] {
        let door = open().await;
        let refused = door.post(name, r#""wrong""#, None).await;
        assert_eq!((refused.status().as_u16(), cookie(&refused)), (400, None));
        assert!(door.notes.renamed.lock().unwrap().is_empty());

        let planted = format!("hefu-{}={}", door.address.port(), "A".repeat(43));
        let reply = door.post(name, r#""right""#, Some(&planted)).await;
        let given = cookie(&reply).unwrap();
        assert_ne!(given, planted);
        let renamed = door.notes.renamed.lock().unwrap().clone();
        assert!(renamed.len() == 1 && renamed[0].0 == SessionKey([0; 32]) && renamed[0].1 != SessionKey([0; 32]));

        door.post("cart.get", "{}", Some(&given)).await;
        let last = door.notes.calls.lock().unwrap().last().unwrap().0;
        assert!(last == renamed[0].1, "the cookie names the session it was given for");
        let again = door.post(name, r#""right""#, Some(&given)).await;
        assert_ne!(cookie(&again).unwrap(), given, "and another one the next time");
        let out = door.post("session.sign_out", "{}", Some(&given)).await;
        assert!(out.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    }
}

#[tokio::test]
async fn strangers_have_names_of_their_own() {
    let door = open().await;
    door.post("cart.get", "{}", None).await;
    door.post("cart.get", "{}", None).await;
    let calls = door.notes.calls.lock().unwrap();
    assert!(calls[0].0 != calls[1].0);
}

/// Whoever hangs up while the password is being checked leaves no session under a name that was known before.
#[tokio::test]
async fn a_sign_in_that_nobody_waits_for_is_renamed_too() {
    let door = open().await;
    let port = door.address.port();
    let planted = format!("hefu-{port}={}", "A".repeat(43));
    let head = format!("POST /rpc/session.password HTTP/1.1\r\nhost: localhost:{port}\r\nx-hefu: 1\r\ncookie: {planted}\r\n");
    let rest = "content-type: application/json\r\ncontent-length: 7\r\n\r\n\"right\"";
    let mut hasty = TcpStream::connect(door.address).await.unwrap();
    hasty.write_all((head + rest).as_bytes()).await.unwrap();
    // Gone while the desk is at it: not before it was asked, and before it can have answered.
    until(|| door.calls() == 1).await;
    drop(hasty);
    until(|| door.notes.renamed.lock().unwrap().len() == 1).await;
    assert!(!door.notes.signed_in.lock().unwrap().contains_key(&SessionKey([0; 32])));
}

/// A condition that nothing but a broken door keeps from coming true.
async fn until(holds: impl Fn() -> bool) {
    let begun = std::time::Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "waited in vain");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn guessing_is_slowed_for_the_address_and_nothing_else_is() {
    let door = open().await;
    let mut seen = Vec::new();
    for _ in 0..22 {
        seen.push(door.post("session.password", r#""wrong""#, None).await.status().as_u16());
    }
    assert_eq!((seen[19], seen[20]), (400, 429), "{seen:?}");
    let calls = door.calls();
    assert_eq!(door.post("session.password", r#""right""#, None).await.status(), 429);
    assert_eq!(door.calls(), calls, "the desk is not even asked");
    assert_eq!(door.post("cart.get", "{}", None).await.status(), 200);
}

#[tokio::test]
async fn rubbish_on_the_wire_reaches_nobody() {
    let door = open().await;
    let port = door.address.port();
    for (head, expected) in [
        (format!("GET /rpc/cart.get HTTP/1.1\r\nhost: localhost:{port}\r\n"), "405"),
        (format!("POST /rpc/a/b HTTP/1.1\r\nhost: localhost:{port}\r\nx-hefu: 1\r\ncontent-type: application/json\r\n"), "404"),
        (format!("POST /rpc/cart.get HTTP/1.1\r\nhost: localhost:{port}\r\ncontent-type: application/json\r\n"), "403"),
        ("POST /rpc/cart.get HTTP/1.1\r\nhost: evil.example\r\nx-hefu: 1\r\ncontent-type: application/json\r\n".to_owned(), "403"),
        ("GET / HTTP/1.1\r\nhost: \u{1}\r\n".to_owned(), "400"),
        ("GET / HTTP/1.1\r\n".to_owned(), "403"),
        (format!("GET / HTTP/1.1\r\nhost: [::1]:{port}\r\n"), "404"),
        (format!("POST / HTTP/1.1\r\nhost: localhost:{port}\r\n"), "405"),
    ] {
        let mut socket = TcpStream::connect(door.address).await.unwrap();
        socket.write_all(format!("{head}content-length: 0\r\nconnection: close\r\n\r\n").as_bytes()).await.unwrap();
        let mut reply = Vec::new();
        socket.read_to_end(&mut reply).await.unwrap();
        let reply = String::from_utf8_lossy(&reply);
        assert!(reply.starts_with(&format!("HTTP/1.1 {expected}")), "{head}: {reply}");
    }
    assert_eq!(door.calls(), 0);
}

/// A body that trickles is given up.
#[tokio::test]
async fn a_slow_body_is_not_waited_for() {
    let door = open().await;
    let mut socket = TcpStream::connect(door.address).await.unwrap();
    let head = format!("POST /rpc/cart.get HTTP/1.1\r\nhost: localhost:{}\r\n", door.address.port());
    let rest = "x-hefu: 1\r\ncontent-type: application/json\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{";
    socket.write_all((head + rest).as_bytes()).await.unwrap();
    let mut reply = vec![0; 12];
    tokio::time::timeout(Duration::from_secs(12), socket.read_exact(&mut reply)).await.expect("an answer within 12 s").unwrap();
    assert_eq!(reply, b"HTTP/1.1 400");
    assert_eq!(door.calls(), 0);
}
