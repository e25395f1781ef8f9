//! A chain to test on: a real server over TLS on a port of its own, tills with real encrypted files, and a line between
//! them that can be cut. Offline is a closed socket here, never a flag.

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::AtomicI64},
    time::Duration,
};

use async_trait::async_trait;
use axum_server::{Handle, tls_rustls::RustlsConfig};
use ed25519_dalek::SigningKey;
use hefu_core::{
    catalogue::Product,
    error::Code,
    ids::{ChainId, LogId, ProductId, StoreId},
    money::Fen,
    op::Draft,
    wire::{DigestReply, Enrolment},
};
use hefu_log::{Ask, Audience, Device, Invitation, Most, SqliteLog};
use hefu_replica::{By, Identity, Place, Replica, Secret};
use hefu_sync::{
    Clock, Engine, Hq, HttpTransport, Link, Random, SyncHandle, SyncOptions, SyncService, Transport, enrol, fingerprint, router,
    system_random,
};
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

pub const CHAIN: ChainId = ChainId(uuid::Uuid::from_bytes([0xc0; 16]));
pub const NOW: i64 = 1_780_000_000_000;

pub fn store(n: u8) -> Option<StoreId> {
    Some(StoreId::from_bytes([n; 16]))
}

/// An HQ that knows its name.
pub struct QuietHq;

#[async_trait]
impl Hq for QuietHq {
    async fn chain_name(&self) -> Result<String, Code> {
        Ok("合符示范".into())
    }

    async fn enrolled(&self, _device: &Device) -> Result<(), Code> {
        Ok(())
    }

    async fn digest(&self, at_seq: u64) -> Result<DigestReply, Code> {
        Ok(DigestReply { at_seq, digest: Some("ab".into()), fold: 1 })
    }
}

/// An authority and a server certificate that it signed.
pub struct Papers {
    pub authority: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Papers {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let authority = params.self_signed(&key).unwrap();
        Self { authority, issuer: Issuer::new(params, key) }
    }

    /// A leaf for `names`, valid between two years.
    pub fn leaf(&self, names: &[&str], years: (i32, i32)) -> (Certificate, KeyPair) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    pub fn pin(&self) -> String {
        fingerprint(self.authority.der())
    }
}

/// How a server shows itself: `chain` as it is sent, the key of its first.
pub fn tls(chain: &[&Certificate], key: &KeyPair) -> RustlsConfig {
    let chain: Vec<CertificateDer<'static>> = chain.iter().map(|certificate| certificate.der().clone()).collect();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    RustlsConfig::from_config(Arc::new(config))
}

/// Serves `app` over TLS; returns where.
pub async fn serve(app: axum::Router, tls: RustlsConfig) -> (SocketAddr, Handle<SocketAddr>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let (handle, address) = (Handle::new(), listener.local_addr().unwrap());
    let server = axum_server::from_tcp_rustls(listener, tls).unwrap().handle(handle.clone());
    tokio::spawn(server.serve(app.into_make_service_with_connect_info::<SocketAddr>()));
    (address, handle)
}

/// The chain's server.
pub struct Server {
    pub log: Arc<SqliteLog>,
    pub service: Arc<SyncService>,
    pub papers: Papers,
    pub address: SocketAddr,
    pub handle: Handle<SocketAddr>,
    folder: TempDir,
}

impl Server {
    pub async fn start() -> Self {
        Self::on(TempDir::new().unwrap()).await
    }

    /// Its log's files as they are now.
    pub fn saved(&self) -> TempDir {
        let folder = TempDir::new().unwrap();
        for file in std::fs::read_dir(self.folder.path()).unwrap() {
            let file = file.unwrap();
            if !file.file_name().to_string_lossy().contains("lock") {
                std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
            }
        }
        folder
    }

    /// A server with the log that lies in `folder`.
    pub async fn on(folder: TempDir) -> Self {
        Self::with(folder, Papers::new()).await
    }

    /// The same server, by its certificate, with its log as it was when `saved`.
    pub async fn put_back(self, saved: TempDir) -> Self {
        Self::with(saved, self.papers).await
    }

    async fn with(folder: TempDir, papers: Papers) -> Self {
        let (leaf, key) = papers.leaf(&["127.0.0.1"], (2020, 2040));
        let tls = tls(&[&leaf, &papers.authority], &key);
        let log = Arc::new(SqliteLog::open(&folder.path().join("log"), &[1; 32]).unwrap());
        let service = SyncService::new(CHAIN, log.clone(), Arc::new(QuietHq), clock(), system_random());
        let (address, handle) = serve(router(service.clone()), tls).await;
        Self { log, service, papers, address, handle, folder }
    }

    /// Another process over the same log: nobody is signed in there.
    pub async fn restarted(&self) -> SocketAddr {
        let (leaf, key) = self.papers.leaf(&["127.0.0.1"], (2020, 2040));
        let service = SyncService::new(CHAIN, self.log.clone(), Arc::new(QuietHq), clock(), system_random());
        serve(router(service), tls(&[&leaf, &self.papers.authority], &key)).await.0
    }

    pub async fn code(&self, store: Option<StoreId>) -> Enrolment {
        use hefu_log::Devices;
        let secret: String = hex(&system_random()().unwrap()[..16]);
        let invitation = Invitation { secret: secret.clone(), store, issued_at: NOW, expires_at: i64::MAX };
        self.log.invite(invitation).await.unwrap();
        Enrolment { address: format!("https://{}", self.address), fingerprint: self.papers.pin(), chain: CHAIN, secret }
    }

    pub fn transport(&self, at: SocketAddr) -> HttpTransport {
        HttpTransport::new(&format!("https://{at}"), &self.papers.pin()).unwrap()
    }

    /// A till with a replica of its own, joined over TLS.
    pub async fn till(&self, n: u8) -> Till {
        self.device(n, store(n)).await
    }

    /// A device of a store, or an HQ node.
    pub async fn device(&self, n: u8, store: Option<StoreId>) -> Till {
        let key = SigningKey::from_bytes(&[n; 32]);
        let code = self.code(store).await;
        let joined = enrol(&code, &key).await.unwrap();
        assert_eq!((joined.store, joined.till_no, joined.chain_name.as_str()), (store, 1, "合符示范"));
        assert_eq!(enrol(&code, &key).await.unwrap(), joined, "asked again, for the answer got lost");
        let log = LogId::from_bytes([n | 0x80; 16]);
        let identity = Identity { chain: CHAIN, device: joined.device, store: joined.store, till_no: joined.till_no, log };
        let folder = TempDir::new().unwrap();
        let replica = Replica::create(&place(&folder), identity).unwrap();
        Till { replica, key, identity, folder }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn place(folder: &TempDir) -> Place {
    Place::new(folder.path().join("book"), Secret::new([5; 32]))
}

pub fn clock() -> Clock {
    let ticks = AtomicI64::new(0);
    Arc::new(move || NOW + ticks.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
}

/// A till: a file, and the key it joined with.
pub struct Till {
    pub replica: Replica,
    pub key: SigningKey,
    pub identity: Identity,
    folder: TempDir,
}

impl Till {
    /// Sets prices, one operation each.
    pub fn work(&self, count: u32) {
        self.write(count, "瓶");
    }

    /// The same in operations of 45 kB: 25 of them are more than one segment takes.
    pub fn work_hard(&self, count: u32) {
        self.write(count, &"瓶".repeat(15_000));
    }

    fn write(&self, count: u32, unit: &str) {
        for _ in 0..count {
            let n = system_random()().unwrap();
            let product = Product {
                product: ProductId::from_bytes(std::array::from_fn(|at| n[at])),
                name: "酱油 500ml".into(),
                category: "调味".into(),
                unit: unit.into(),
                price_fen: Fen::new(1290).unwrap(),
                brand: String::new(),
                tags: Vec::new(),
                barcodes: vec![format!("690{:010}", u32::from_be_bytes([n[20], n[21], n[22], n[23]]))],
            };
            let by = By { who: None, at: NOW, ahead: 0 };
            self.replica.write(|book| book.append(by, &Draft::new(product))).unwrap();
        }
    }

    /// The file as it is now, on another disk.
    pub fn copied(&self) -> Till {
        let folder = TempDir::new().unwrap();
        for file in std::fs::read_dir(self.folder.path()).unwrap() {
            let file = file.unwrap();
            if !file.file_name().to_string_lossy().contains("lock") {
                std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
            }
        }
        Till { replica: Replica::open(&place(&folder)).unwrap(), key: self.key.clone(), identity: self.identity, folder }
    }

    pub fn sync(&self, through: impl Transport + 'static) -> Running {
        self.sync_with(Arc::new(through), SyncOptions { pause_most: Duration::from_millis(200), ..SyncOptions::default() })
    }

    pub fn sync_with(&self, through: Arc<dyn Transport>, options: SyncOptions) -> Running {
        let (engine, handle) = Engine::new(self.replica.clone(), through, self.key.clone(), options);
        Running { handle, task: tokio::spawn(engine.run()) }
    }

    pub fn at(&self) -> u64 {
        self.replica.cursor().unwrap().after
    }
}

/// An engine that runs until it is dropped or stopped.
pub struct Running {
    pub handle: SyncHandle,
    pub task: JoinHandle<()>,
}

impl Running {
    pub async fn stop(self) {
        self.handle.stop();
        tokio::time::timeout(Duration::from_secs(10), self.task).await.expect("it stops").unwrap();
    }

    pub async fn until(&self, link: Link) {
        until(&format!("{link:?}"), || self.handle.state().link == link).await;
    }
}

/// Waits for something that must become true soon.
pub async fn until(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..1500 {
        if done() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited in vain: {what}");
}

/// A TCP line to somewhere, which can be cut and mended.
pub struct Line {
    pub address: SocketAddr,
    to: SocketAddr,
    carrier: Option<JoinHandle<()>>,
}

impl Line {
    pub async fn to(to: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        Self { address, to, carrier: Some(tokio::spawn(carry(listener, to))) }
    }

    /// Closes every socket, the listening one too.
    pub async fn cut(&mut self) {
        if let Some(carrier) = self.carrier.take() {
            carrier.abort();
            let _ = carrier.await;
        }
    }

    pub async fn mend(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.carrier = Some(tokio::spawn(carry(listener, self.to)));
    }

    pub async fn mend_to(&mut self, to: SocketAddr) {
        self.to = to;
        self.mend().await;
    }
}

async fn carry(listener: TcpListener, to: SocketAddr) {
    let mut wires = JoinSet::new();
    loop {
        let (mut near, _) = listener.accept().await.unwrap();
        wires.spawn(async move {
            if let Ok(mut far) = TcpStream::connect(to).await {
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            }
        });
    }
}

pub fn seeded(byte: u8) -> Random {
    Arc::new(move || Ok([byte; 32]))
}

/// All read as far as each other, have nothing unsent and hold the same.
pub fn level(tills: &[&Till]) -> bool {
    let digests: Vec<_> = tills.iter().map(|till| till.replica.digest().unwrap()).collect();
    digests.iter().all(|digest| digest.unsent == 0 && digest.at_seq == digests[0].at_seq && digest.whole() == digests[0].whole())
}

/// All of the log, as head office reads it.
pub fn whole() -> Ask {
    let own = LogId::from_bytes([0; 16]);
    Ask { after: 0, beside_after: 0, own, audience: Audience::Hq, bytes_most: 1 << 20, most: Most::default() }
}
