//! The conversation over HTTP, status by status, as a second implementation would meet it (`docs/SYNC.md`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
#![allow(dead_code, reason = "each test uses its part of the ground")]

mod ground;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use ed25519_dalek::{Signer, SigningKey};
use ground::{CHAIN, NOW, Server, Till};
use hefu_core::{
    error::Code,
    ids::{ChainId, DeviceId},
    wire::{Frame, HelloReply, ProveReply, Push, PushReply, Refused, Segment, hello_bytes},
};
use hefu_log::Devices;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

/// Plain HTTP to the same routes.
struct Wire {
    server: Server,
    base: String,
    client: Client,
}

impl Wire {
    async fn new() -> Self {
        let server = Server::start().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let app = hefu_sync::router(server.service.clone()).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build().unwrap();
        Self { server, base, client }
    }

    async fn post(&self, path: &str, token: &str, body: impl Into<reqwest::Body>) -> (StatusCode, Vec<u8>) {
        let request = self.client.post(format!("{}/sync/{path}", self.base)).bearer_auth(token).body(body);
        let response = request.send().await.unwrap();
        (response.status(), response.bytes().await.unwrap().to_vec())
    }

    async fn json(&self, path: &str, token: &str, body: Value) -> (StatusCode, Vec<u8>) {
        self.post(path, token, body.to_string()).await
    }

    async fn sign_in(&self, till: &Till) -> String {
        let (_, hello) = self.json("hello", "", json!({"protocol": 1, "chain": CHAIN, "device": till.identity.device})).await;
        let hello: HelloReply = serde_json::from_slice(&hello).unwrap();
        let proof = prove(&till.key, till.identity.device, &hello.challenge);
        let (status, reply) = self.json("prove", "", proof).await;
        assert_eq!(status, StatusCode::OK);
        serde_json::from_slice::<ProveReply>(&reply).unwrap().token
    }

    async fn push(&self, token: &str, push: &Push) -> (StatusCode, Vec<u8>) {
        self.post("push", token, zstd::bulk::compress(&push.write().unwrap(), 1).unwrap()).await
    }
}

fn prove(key: &SigningKey, device: DeviceId, challenge: &str) -> Value {
    let signature = key.sign(&hello_bytes(CHAIN, challenge)).to_bytes();
    let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({"device": device, "challenge": challenge, "signature": hex})
}

fn refused((status, body): (StatusCode, Vec<u8>)) -> (u16, Code, Option<u64>) {
    let refused: Refused = serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{status} {}", String::from_utf8_lossy(&body)));
    (status.as_u16(), refused.code, refused.expected)
}

fn signed(till: &Till, segment: Segment) -> Push {
    Push { signature: segment.sign(&till.key), segment, beside: Vec::new() }
}

fn segment(till: &Till) -> Segment {
    till.replica.next_push(1 << 20).unwrap().unwrap().segment
}

fn pull(till: &Till, wait: u32) -> Value {
    let held = till.replica.held().unwrap();
    json!({"after": 0, "beside_after": 0, "wait": wait, "log": till.identity.log, "held": held.seq, "held_hash": held.hash.hex(), "unsent": 2})
}

#[tokio::test(flavor = "multi_thread")]
async fn hello_and_prove() {
    let wire = Wire::new().await;
    let till = wire.server.till(1).await;
    let device = till.identity.device;
    let hello = |protocol: u32, chain: ChainId, device: DeviceId| json!({"protocol": protocol, "chain": chain, "device": device});
    let stranger = DeviceId::from_bytes([9; 16]);
    for (body, expect) in [
        (hello(2, CHAIN, device), (426, Code::ServerNewer, None)),
        (hello(1, ChainId::from_bytes([9; 16]), device), (409, Code::ServerOtherChain, None)),
        (hello(1, CHAIN, stranger), (403, Code::DeviceUnknown, None)),
        (json!({"x": 1}), (400, Code::RequestInvalid, None)),
    ] {
        assert_eq!(refused(wire.json("hello", "", body.clone()).await), expect, "{body}");
    }

    let challenge = async || -> String {
        let (_, reply) = wire.json("hello", "", hello(1, CHAIN, device)).await;
        serde_json::from_slice::<HelloReply>(&reply).unwrap().challenge
    };
    let other = SigningKey::from_bytes(&[99; 32]);
    let wrong = (401, Code::SignInNeeded, None);
    assert_eq!(refused(wire.json("prove", "", prove(&other, device, &challenge().await)).await), wrong, "another key");
    assert_eq!(refused(wire.json("prove", "", prove(&till.key, device, &"00".repeat(32))).await), wrong, "no challenge of ours");
    let proof = prove(&till.key, device, &challenge().await);
    assert_eq!(wire.json("prove", "", proof.clone()).await.0, StatusCode::OK);
    assert_eq!(refused(wire.json("prove", "", proof).await), wrong, "a challenge serves once");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_without_a_token() {
    let wire = Wire::new().await;
    let till = wire.server.till(1).await;
    till.work(1);
    for token in ["", "00", &"00".repeat(32)] {
        assert_eq!(refused(wire.push(token, &signed(&till, segment(&till))).await).0, 401);
        assert_eq!(refused(wire.json("pull", token, pull(&till, 0)).await).0, 401);
        assert_eq!(refused(wire.json("digest", token, json!({"at_seq": 0})).await).0, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pushes_and_their_refusals() {
    let wire = Wire::new().await;
    let (till, other) = (wire.server.till(1).await, wire.server.till(2).await);
    till.work(3);
    let whole = segment(&till);
    let token = wire.sign_in(&till).await;
    let others = wire.sign_in(&other).await;
    let hashes: Vec<_> = whole.hashes().collect();
    let later = Segment { from_seq: 3, prev: hashes[1], ops: whole.ops[2..].to_vec(), ..whole.clone() };

    assert_eq!(refused(wire.post("push", &token, "<html>").await), (400, Code::ServerRubbish, None));
    let bomb = zstd::bulk::compress(&vec![0; 64 * 1024 * 1024], 1).unwrap();
    assert_eq!(refused(wire.post("push", &token, bomb).await), (400, Code::ServerRubbish, None));
    // The server hangs up on what is too long; whether its answer is read before that is a matter of luck.
    let long = wire.client.post(format!("{}/sync/push", wire.base)).bearer_auth(&token).body(vec![0; 3 * 1024 * 1024]).send().await;
    let said =
        |response: &reqwest::Response| (response.status(), response.headers().get("connection").is_some_and(|value| value == "close"));
    assert!(long.map_or(true, |response| said(&response) == (StatusCode::PAYLOAD_TOO_LARGE, true)), "and says that it hangs up");
    assert_eq!(refused(wire.push(&token, &signed(&till, later)).await), (409, Code::SyncGap, Some(1)));
    let forged = Push { signature: whole.sign(&other.key), segment: whole.clone(), beside: Vec::new() };
    assert_eq!(refused(wire.push(&token, &forged).await), (400, Code::SyncDamaged, None), "signed by another");
    assert_eq!(refused(wire.push(&others, &signed(&other, whole.clone())).await), (400, Code::SyncDamaged, None), "another's operations");

    for _ in 0..2 {
        let (status, body) = wire.push(&token, &signed(&till, whole.clone())).await;
        assert_eq!((status, serde_json::from_slice::<PushReply>(&body).unwrap().held), (StatusCode::OK, 3));
    }
    let mut bent = whole.clone();
    bent.ops.truncate(2);
    let head = String::from_utf8(bent.ops[1].head.clone()).unwrap();
    bent.ops[1].head = head.replace("1290", "1291").into_bytes();
    assert_eq!(refused(wire.push(&token, &signed(&till, bent)).await), (409, Code::SyncFork, None));

    wire.server.log.revoke(till.identity.device, NOW).await.unwrap();
    assert_eq!(refused(wire.push(&token, &signed(&till, whole)).await), (403, Code::DeviceRevoked, None));
    assert_eq!(refused(wire.json("pull", &token, pull(&till, 0)).await), (403, Code::DeviceRevoked, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn pulls_and_their_refusals() {
    let wire = Wire::new().await;
    let (till, other) = (wire.server.till(1).await, wire.server.till(2).await);
    let (token, others) = (wire.sign_in(&till).await, wire.sign_in(&other).await);
    let read = |(status, body): (StatusCode, Vec<u8>)| {
        assert_eq!(status, StatusCode::OK);
        Frame::read(&zstd::bulk::decompress(&body, 1 << 22).unwrap()).unwrap()
    };
    let with = |field: &str, value: Value| {
        let mut body = pull(&till, 0);
        body[field] = value;
        body
    };
    assert!(read(wire.json("pull", &token, pull(&till, 0)).await).entries.is_empty());
    till.work(2);
    wire.push(&token, &signed(&till, segment(&till))).await;
    let frame = read(wire.json("pull", &token, pull(&till, 0)).await);
    assert_eq!((frame.upto, frame.entries.iter().filter(|entry| entry.op.is_none()).count()), (2, 2));
    assert_eq!(read(wire.json("pull", &others, pull(&other, 0)).await).entries.iter().filter(|entry| entry.op.is_some()).count(), 2);

    let somewhere = "ab".repeat(32);
    for (body, expect) in [
        (with("after", json!(3)), (409, Code::SyncGap, Some(3))),
        (with("held", json!(3)), (409, Code::SyncGap, Some(3))),
        (json!({"after": 0}), (400, Code::RequestInvalid, None)),
        (with("held_hash", json!("x")), (400, Code::RequestInvalid, None)),
        (with("held_hash", json!(somewhere)), (409, Code::SyncFork, None)),
    ] {
        assert_eq!(refused(wire.json("pull", &token, body.clone()).await), expect, "{body}");
    }
    assert_eq!(refused(wire.json("pull", &others, pull(&till, 0)).await), (403, Code::NotPermitted, None), "another's log");
    let device = wire.server.log.device(till.identity.device).await.unwrap().unwrap();
    assert_eq!(device.unsent, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_waits_and_is_woken() {
    let wire = Arc::new(Wire::new().await);
    let (till, other) = (wire.server.till(1).await, wire.server.till(2).await);
    let (token, others) = (wire.sign_in(&till).await, wire.sign_in(&other).await);
    let asked = std::time::Instant::now();
    wire.json("pull", &others, pull(&other, 1)).await;
    assert!(asked.elapsed() >= Duration::from_secs(1), "an empty frame comes when the time is up");

    let (waiting, body) = (wire.clone(), pull(&other, 25));
    let woken = tokio::spawn(async move { waiting.json("pull", &others, body).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!woken.is_finished());
    till.work(1);
    wire.push(&token, &signed(&till, segment(&till))).await;
    let (status, _) = tokio::time::timeout(Duration::from_secs(5), woken).await.expect("woken by the push").unwrap();
    assert_eq!(status, StatusCode::OK);

    let (waiting, body) = (wire.clone(), pull(&till, 25));
    let mut body = body;
    body["after"] = json!(1);
    let closing = tokio::spawn(async move { waiting.json("pull", &token, body).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    wire.server.service.close();
    assert_eq!(tokio::time::timeout(Duration::from_secs(5), closing).await.expect("woken by the stop").unwrap().0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down() {
    let wire = Wire::new().await;
    let till = wire.server.till(1).await;
    let guess = |n: u32| json!({"protocol": 1, "chain": CHAIN, "secret": n.to_string(), "key": "ab".repeat(32)});
    let mut statuses = Vec::new();
    for n in 0..15 {
        statuses.push(wire.json("enrol", "", guess(n)).await.0.as_u16());
    }
    assert!(statuses[..9].iter().all(|status| [400, 403].contains(status)), "{statuses:?}");
    assert_eq!(statuses[10..], [429; 5]);
    assert_eq!(refused(wire.json("prove", "", prove(&till.key, till.identity.device, "00")).await), (429, Code::ServerBusy, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_digest_is_hqs() {
    let wire = Wire::new().await;
    let till = wire.server.till(1).await;
    let token = wire.sign_in(&till).await;
    let (_, body) = wire.json("digest", &token, json!({"at_seq": 7})).await;
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), json!({"at_seq": 7, "digest": "ab", "fold": 1}));
}
