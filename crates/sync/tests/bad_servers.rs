//! Servers that are not the server: each is told apart, and nothing it says reaches the book.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
#![allow(dead_code, reason = "each test uses its part of the ground")]

mod ground;

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::{Router, http::StatusCode, routing::any};
use ground::{CHAIN, Line, Papers, Server, serve, store, tls};
use hefu_core::{
    error::Code,
    ids::{ChainId, DeviceId},
    op::Part,
    wire::{DigestReply, DigestRequest, EnrolReply, EnrolRequest, Frame, LeaseReply, LeaseRequest, PullRequest, Pulled, Push, PushReply},
};
use hefu_log::ChainLog;
use hefu_sync::{HttpTransport, Link, Met, SyncError, SyncOptions, Transport, Who, enrol, fingerprint};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

fn who() -> Who {
    Who { chain: CHAIN, device: DeviceId::from_bytes([1; 16]), key: ed25519_dalek::SigningKey::from_bytes(&[1; 32]) }
}

async fn hello(address: SocketAddr, pin: &str) -> Code {
    let transport = HttpTransport::new(&format!("https://{address}"), pin).unwrap();
    transport.hello(&who()).await.expect_err("it must not be let pass").code()
}

/// Says `words` to whoever connects, without TLS.
async fn speaks(words: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let _ = socket.read(&mut [0; 1024]).await;
                let _ = socket.write_all(words).await;
                let _ = socket.shutdown().await;
            });
        }
    });
    address
}

/// Answers everything alike, over TLS with a certificate that is right.
async fn answers(status: StatusCode, body: &'static str) -> (SocketAddr, String) {
    let papers = Papers::new();
    let (leaf, key) = papers.leaf(&["127.0.0.1"], (2020, 2040));
    let app = Router::new().fallback(any(move || async move { (status, body) }));
    (serve(app, tls(&[&leaf, &papers.authority], &key)).await.0, papers.pin())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_speak_tls() {
    let pin = "ab".repeat(32);
    let html = speaks(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>").await;
    assert_eq!(hello(html, &pin).await, Code::ServerRubbish);
    assert_eq!(hello(speaks(b"220 mail.example ESMTP ready\r\n").await, &pin).await, Code::ServerRubbish);
    assert_eq!(hello(speaks(b"").await, &pin).await, Code::ServerUnreachable);
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert_eq!(hello(nobody, &pin).await, Code::ServerUnreachable);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_speaks_tls_but_not_this() {
    for (status, body, code) in [
        (200, "<html>welcome</html>", Code::ServerRubbish),
        (200, "{}", Code::ServerRubbish),
        (200, "", Code::ServerRubbish),
        (302, "", Code::ServerRubbish),
        (404, "not found", Code::ServerRubbish),
        (500, "<h1>oops</h1>", Code::ServerRubbish),
        (502, "<h1>bad gateway</h1>", Code::ServerUnreachable),
        (503, "", Code::ServerUnreachable),
        (429, r#"{"code":"server.busy"}"#, Code::ServerBusy),
        (400, r#"{"code":"something.of.next.year"}"#, Code::ServerNewer),
        (426, r#"{"code":"server.newer"}"#, Code::ServerNewer),
        (409, r#"{"code":"server.other_chain"}"#, Code::ServerOtherChain),
    ] {
        let (address, pin) = answers(StatusCode::from_u16(status).unwrap(), body).await;
        assert_eq!(hello(address, &pin).await, code, "{status} {body}");
    }
    let newer = format!(r#"{{"protocol":2,"chain":"{CHAIN}","challenge":"00","now":1}}"#);
    let (address, pin) = answers(StatusCode::OK, newer.leak()).await;
    assert_eq!(hello(address, &pin).await, Code::ServerNewer);
    let other = format!(r#"{{"protocol":1,"chain":"{}","challenge":"00","now":1}}"#, ChainId::from_bytes([9; 16]));
    let (address, pin) = answers(StatusCode::OK, other.leak()).await;
    assert_eq!(hello(address, &pin).await, Code::ServerOtherChain);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_without_end_is_cut() {
    let papers = Papers::new();
    let (leaf, key) = papers.leaf(&["127.0.0.1"], (2020, 2040));
    let app = Router::new().fallback(any(|| async { vec![b' '; 5 * 1024 * 1024] }));
    let (address, _) = serve(app, tls(&[&leaf], &key)).await;
    assert_eq!(hello(address, &fingerprint(leaf.der())).await, Code::ServerRubbish);
}

/// What is presented, what is pinned, and what comes of it.
#[tokio::test(flavor = "multi_thread")]
async fn certificates() {
    let (ours, theirs) = (Papers::new(), Papers::new());
    let app = || Router::new().fallback(any(|| async { "not json" }));
    let (right, key) = ours.leaf(&["127.0.0.1"], (2020, 2040));
    let (elsewhere, elsewhere_key) = ours.leaf(&["10.9.9.9", "hefu.example"], (2020, 2040));
    let (past, past_key) = ours.leaf(&["127.0.0.1"], (2020, 2021));
    let (future, future_key) = ours.leaf(&["127.0.0.1"], (2090, 2099));
    let (foreign, foreign_key) = theirs.leaf(&["127.0.0.1"], (2020, 2040));
    let (us, them) = (&ours.authority, &theirs.authority);

    // Past the certificate, the words are rubbish: that is how far it got.
    let (passes, fails) = (Code::ServerRubbish, Code::ServerCertificate);
    for (what, shown, key, pin, expect) in [
        ("the authority is pinned", vec![&right, us], &key, ours.pin(), passes),
        ("the leaf itself is pinned", vec![&right], &key, fingerprint(right.der()), passes),
        ("a pinned leaf, whatever its name", vec![&elsewhere], &elsewhere_key, fingerprint(elsewhere.der()), passes),
        ("in capitals with colons", vec![&right], &key, colons(&fingerprint(right.der())), passes),
        ("a clock of another year", vec![&past, us], &past_key, ours.pin(), passes),
        ("a clock of another century", vec![&future, us], &future_key, ours.pin(), passes),
        ("another authority", vec![&foreign, them], &foreign_key, ours.pin(), fails),
        ("the pinned authority shown beside a leaf it did not sign", vec![&foreign, us], &foreign_key, ours.pin(), fails),
        ("a leaf for another name", vec![&elsewhere, us], &elsewhere_key, ours.pin(), fails),
        ("the pinned authority is not shown", vec![&right], &key, ours.pin(), fails),
        ("another leaf of the same authority than the pinned one", vec![&past, us], &past_key, fingerprint(right.der()), fails),
    ] {
        let (address, _) = serve(app(), tls(&shown, key)).await;
        assert_eq!(hello(address, &pin).await, expect, "{what}");
    }
}

fn colons(hex: &str) -> String {
    hex.to_uppercase().as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).into_owned()).collect::<Vec<_>>().join(":")
}

#[test]
fn addresses_and_pins_that_are_none() {
    for (address, pin) in [
        ("http://10.0.0.1:8443", "ab".repeat(32)),
        ("10.0.0.1", "ab".repeat(32)),
        ("", "ab".repeat(32)),
        ("https://10.0.0.1", String::new()),
        ("https://10.0.0.1", "ab".repeat(31)),
        ("https://10.0.0.1", "zz".repeat(32)),
    ] {
        assert_eq!(HttpTransport::new(address, &pin).err().unwrap().code(), Code::EnrolCodeMalformed, "{address} {pin}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_to_join_with() {
    let server = Server::start().await;
    let key = |n: u8| ed25519_dalek::SigningKey::from_bytes(&[n; 32]);
    let code = server.code(store(1)).await;
    let mut other_chain = server.code(store(1)).await;
    other_chain.chain = ChainId::from_bytes([9; 16]);
    let mut wrong = server.code(store(1)).await;
    wrong.secret.push('x');
    let mut impostor = server.code(store(1)).await;
    impostor.fingerprint = Papers::new().pin();
    enrol(&code, &key(1)).await.unwrap();
    for (what, code, expect) in [
        ("used by another till", &code, Code::EnrolCodeUsed),
        ("never given", &wrong, Code::EnrolCodeWrong),
        ("another chain's", &other_chain, Code::ServerOtherChain),
        ("another server's certificate", &impostor, Code::ServerCertificate),
    ] {
        assert_eq!(enrol(code, &key(2)).await.unwrap_err().code(), expect, "{what}");
    }
}

/// What is done to a frame.
type Bend = fn(&mut Frame);

/// The till's own server by certificate and key, but its frames are bent on the way out.
struct Bent(HttpTransport, Mutex<Bend>);

#[async_trait]
impl Transport for Bent {
    fn server(&self) -> String {
        self.0.server()
    }
    async fn enrol(&self, request: &EnrolRequest) -> Result<EnrolReply, SyncError> {
        self.0.enrol(request).await
    }
    async fn hello(&self, who: &Who) -> Result<Met, SyncError> {
        self.0.hello(who).await
    }
    async fn push(&self, push: &Push) -> Result<PushReply, SyncError> {
        self.0.push(push).await
    }
    async fn pull(&self, request: &PullRequest) -> Result<Pulled, SyncError> {
        let mut pulled = self.0.pull(request).await?;
        self.1.lock().unwrap()(&mut pulled.frame);
        Ok(pulled)
    }
    async fn lease(&self, who: &Who, request: &LeaseRequest) -> Result<LeaseReply, SyncError> {
        self.0.lease(who, request).await
    }
    async fn digest(&self, request: &DigestRequest) -> Result<DigestReply, SyncError> {
        self.0.digest(request).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_is_wrong_anywhere_is_not_applied() {
    let server = Server::start().await;
    let (a, b) = (server.till(1).await, server.till(2).await);
    a.work(5);
    let at_a = a.sync(server.transport(server.address));
    ground::until("sent", || a.replica.unsent().unwrap() == 0).await;
    at_a.stop().await;
    let before = b.replica.digest().unwrap().whole();

    let cases: [(&str, Bend, Code); 11] = [
        ("one is missing in the middle", |frame| drop(frame.entries.remove(2)), Code::ServerRubbish),
        ("the first is missing", |frame| drop(frame.entries.remove(0)), Code::ServerRubbish),
        ("the cursor runs ahead", |frame| frame.upto += 1, Code::ServerRubbish),
        ("the end is before the cursor", |frame| frame.head = 1, Code::ServerRubbish),
        ("two change places", |frame| frame.entries.swap(1, 2), Code::ServerRubbish),
        ("a foreign operation is a mark", |frame| frame.entries[4].op = None, Code::ServerRubbish),
        ("a byte of the last head", |frame| bend(&mut frame.entries[4].op.as_mut().unwrap().head), Code::SyncDamaged),
        ("a hash", |frame| frame.entries[3].hash.0[0] ^= 1, Code::SyncDamaged),
        ("a part that is not the one", |frame| frame.entries[0].op.as_mut().unwrap().detail = Part::Here(vec![1]), Code::SyncDamaged),
        ("another log", |frame| frame.entries[4].log = hefu_core::ids::LogId::from_bytes([9; 16]), Code::SyncDamaged),
        ("another place in the log", |frame| frame.entries[4].seq += 1, Code::SyncDamaged),
    ];
    for (what, bend, code) in cases {
        let at_b = b.sync(Bent(server.transport(server.address), Mutex::new(bend)));
        at_b.until(Link::Stopped(code)).await;
        at_b.stop().await;
        assert_eq!((b.at(), b.replica.digest().unwrap().whole()), (0, before), "{what}");
    }
    let at_b = b.sync(server.transport(server.address));
    ground::until("the true frames are taken", || b.at() == 5).await;
    at_b.stop().await;
}

fn bend(bytes: &mut [u8]) {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_says_why_it_stopped() {
    let server = Server::start().await;
    let till = server.till(1).await;
    till.work(1);
    let before = till.replica.digest().unwrap().whole();
    let (rubbish, pin) = answers(StatusCode::OK, "<html>").await;
    let greeting = format!(r#"{{"protocol":1,"chain":"{}","challenge":"00","now":1}}"#, ChainId::from_bytes([9; 16]));
    let (other, other_pin) = answers(StatusCode::OK, greeting.leak()).await;
    let (told, told_pin) = answers(StatusCode::CONFLICT, r#"{"code":"server.other_chain"}"#).await;
    let to = |address: SocketAddr, pin: &str| HttpTransport::new(&format!("https://{address}"), pin).unwrap();
    for (transport, code) in [
        (to(rubbish, &pin), Code::ServerRubbish),
        (to(other, &other_pin), Code::ServerOtherChain),
        (to(told, &told_pin), Code::ServerOtherChain),
        (to(server.address, &pin), Code::ServerCertificate),
        (to(answers(StatusCode::OK, "").await.0, &pin), Code::ServerCertificate),
    ] {
        let running = till.sync(transport);
        running.until(Link::Stopped(code)).await;
        running.stop().await;
        assert_eq!((till.replica.digest().unwrap().whole(), till.replica.unsent().unwrap()), (before, 1), "{code}");
    }
    let mut stranger = till;
    stranger.key = ed25519_dalek::SigningKey::from_bytes(&[77; 32]);
    let refused = Arc::new(AtomicU32::new(0));
    let running = stranger.sync(Greeted(server.transport(server.address), refused.clone()));
    ground::until("it has proved itself in vain again and again", || refused.load(Ordering::SeqCst) >= 3).await;
    assert_eq!(running.handle.state().link, Link::Offline, "another key is not this device");
    running.stop().await;
    assert_eq!(server.log.tip().borrow().head, 0, "and nothing of its is taken");
    assert_eq!(stranger.replica.unsent().unwrap(), 1, "nothing is lost");
}

/// Somebody else at the server's address is named, and nobody has to press anything once the server is back.
#[tokio::test(flavor = "multi_thread")]
async fn an_engine_goes_on_by_itself_after_somebody_else() {
    let server = Server::start().await;
    let till = server.till(1).await;
    let papers = Papers::new();
    let (leaf, key) = papers.leaf(&["127.0.0.1"], (2020, 2040));
    let app = Router::new().fallback(any(|| async { "<html>welcome</html>" }));
    let (foreign, _) = serve(app, tls(&[&leaf, &papers.authority], &key)).await;
    let plain = speaks(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let mut line = Line::to(foreign).await;
    let never = Duration::from_secs(3600);
    let options = SyncOptions { pause_most: Duration::from_millis(200), stopped_pause: never, ..SyncOptions::default() };
    let running = till.sync_with(Arc::new(server.transport(line.address)), options);
    running.until(Link::Stopped(Code::ServerCertificate)).await;
    till.work(1);
    line.cut().await;
    line.mend_to(plain).await;
    running.until(Link::Stopped(Code::ServerRubbish)).await;
    assert_eq!(till.replica.unsent().unwrap(), 1);
    line.cut().await;
    line.mend_to(server.address).await;
    running.until(Link::Online).await;
    ground::until("sent", || till.replica.unsent().unwrap() == 0).await;
    running.stop().await;
}

/// Counts the greetings that were refused for the key alone.
struct Greeted(HttpTransport, Arc<AtomicU32>);

#[async_trait]
impl Transport for Greeted {
    fn server(&self) -> String {
        self.0.server()
    }
    async fn enrol(&self, request: &EnrolRequest) -> Result<EnrolReply, SyncError> {
        self.0.enrol(request).await
    }
    async fn hello(&self, who: &Who) -> Result<Met, SyncError> {
        let met = self.0.hello(who).await;
        if met.as_ref().is_err_and(|error| error.code() == Code::SignInNeeded) {
            self.1.fetch_add(1, Ordering::SeqCst);
        }
        met
    }
    async fn push(&self, push: &Push) -> Result<PushReply, SyncError> {
        self.0.push(push).await
    }
    async fn pull(&self, request: &PullRequest) -> Result<Pulled, SyncError> {
        self.0.pull(request).await
    }
    async fn lease(&self, who: &Who, request: &LeaseRequest) -> Result<LeaseReply, SyncError> {
        self.0.lease(who, request).await
    }
    async fn digest(&self, request: &DigestRequest) -> Result<DigestReply, SyncError> {
        self.0.digest(request).await
    }
}
