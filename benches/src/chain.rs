//! A chain to sync: its server in this process, over TLS on a port of its own, and nodes with encrypted books of theirs.

use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use axum_server::{Handle, tls_rustls::RustlsConfig};
use ed25519_dalek::SigningKey;
use hefu_core::{
    error::Code,
    ids::{ChainId, LogId, StoreId},
    wire::{DigestReply, EnrolReply, Enrolment},
};
use hefu_log::{Device, Devices, Invitation, SqliteLog};
use hefu_replica::{Identity, Replica};
use hefu_sync::{
    Engine, Hq, HttpTransport, LocalTransport, SyncHandle, SyncOptions, SyncService, Transport, enrol, fingerprint, router, system_clock,
    system_random,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::task::JoinHandle;

use crate::{
    book,
    error::{BenchError, Done},
};

const LOG_KEY: [u8; 32] = [6; 32];

/// The part of HQ that devices ask about; its node syncs as any other.
struct QuietHq;

#[async_trait]
impl Hq for QuietHq {
    async fn chain_name(&self) -> Result<String, Code> {
        Ok("合符".to_owned())
    }

    async fn enrolled(&self, _: &Device) -> Result<(), Code> {
        Ok(())
    }

    async fn digest(&self, at_seq: u64) -> Result<DigestReply, Code> {
        Ok(DigestReply { at_seq, digest: None, fold: hefu_replica::FOLD })
    }
}

pub struct Server {
    pub log: Arc<SqliteLog>,
    pub pin: String,
    chain: ChainId,
    service: Arc<SyncService>,
    tls: RustlsConfig,
    address: SocketAddr,
    handle: Handle<SocketAddr>,
}

impl Server {
    /// Must be called within a runtime. `after` is where the log's sequence begins: a book's snapshot holds the rest.
    pub fn start(folder: &Path, chain: ChainId, after: u64) -> Done<Self> {
        let path = folder.join("log.db");
        drop(SqliteLog::open(&path, &LOG_KEY)?);
        begin_after(&path, after)?;
        let log = Arc::new(SqliteLog::open(&path, &LOG_KEY)?);
        let service = SyncService::new(chain, log.clone(), Arc::new(QuietHq), system_clock(), system_random());
        let (pin, tls) = papers().map_err(|error| BenchError::setup(format!("certificate: {error}")))?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut server = Self { log, pin, chain, service, tls, address, handle: Handle::new() };
        server.listen()?;
        Ok(server)
    }

    /// Answers at its address, from the first or after a silence.
    pub fn listen(&mut self) -> Done {
        let listener = TcpListener::bind(self.address)?;
        listener.set_nonblocking(true)?;
        self.handle = Handle::new();
        let app = router(self.service.clone()).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(axum_server::from_tcp_rustls(listener, self.tls.clone())?.handle(self.handle.clone()).serve(app));
        Ok(())
    }

    /// Closes every socket, the listening one too.
    pub async fn silence(&self) {
        self.handle.shutdown();
        while std::net::TcpStream::connect(self.address).is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub fn address(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Lets a device in over TLS.
    pub async fn admit(&self, key: &SigningKey, store: Option<StoreId>) -> Done<EnrolReply> {
        let secret: String = system_random()()?[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        self.log.invite(Invitation { secret: secret.clone(), store, issued_at: 0, expires_at: i64::MAX }).await?;
        Ok(enrol(&Enrolment { address: self.address(), fingerprint: self.pin.clone(), chain: self.chain, secret }, key).await?)
    }

    /// A new node with an empty book in a folder of its own.
    pub async fn node(&self, folder: PathBuf, n: u8, store: Option<StoreId>) -> Done<Node> {
        std::fs::create_dir_all(&folder)?;
        let key = SigningKey::from_bytes(&[n; 32]);
        let joined = self.admit(&key, store).await?;
        let log = LogId::from_bytes([0x80 | n; 16]);
        let identity = Identity { chain: self.chain, device: joined.device, store, till_no: joined.till_no, log };
        Ok(Node { replica: Replica::create(&book::place(&folder), identity)?, key })
    }

    pub fn over_tls(&self) -> Done<Arc<dyn Transport>> {
        Ok(Arc::new(HttpTransport::new(&self.address(), &self.pin)?))
    }

    /// The way of the node that lives in the server.
    pub fn within(&self) -> Arc<dyn Transport> {
        Arc::new(LocalTransport::new(self.service.clone()))
    }
}

/// A replica and the key its device is known by.
pub struct Node {
    pub replica: Replica,
    pub key: SigningKey,
}

impl Node {
    pub fn sync(&self, through: Arc<dyn Transport>) -> Running {
        let (engine, handle) = Engine::new(self.replica.clone(), through, self.key.clone(), SyncOptions::default());
        Running { handle, task: tokio::spawn(engine.run()) }
    }
}

pub struct Running {
    handle: SyncHandle,
    task: JoinHandle<()>,
}

impl Running {
    pub async fn stop(self) -> Done {
        self.handle.stop();
        self.task.await.map_err(|_| BenchError::setup("an engine broke"))
    }
}

/// Waits until `replica` has read the chain up to `seq` and has nothing unsent.
pub async fn level(replica: &Replica, seq: u64) -> Done {
    let mut commits = replica.subscribe();
    let waiting = async {
        loop {
            commits.borrow_and_update();
            if replica.cursor()?.after >= seq && replica.unsent()? == 0 {
                return Ok(());
            }
            commits.changed().await.map_err(|_| BenchError::setup("a book was closed"))?;
        }
    };
    tokio::time::timeout(Duration::from_secs(600), waiting).await.map_err(|_| BenchError::setup("a node did not get level"))?
}

/// A certificate authority, its fingerprint, and a server that shows a leaf of it.
fn papers() -> Result<(String, RustlsConfig), Box<dyn std::error::Error>> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate()?;
    let authority = params.self_signed(&authority_key)?;
    let issuer = Issuer::new(params, authority_key);
    let key = KeyPair::generate()?;
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()])?.signed_by(&key, &issuer)?;
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone(), authority.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )?;
    Ok((fingerprint(authority.der()), RustlsConfig::from_config(Arc::new(config))))
}

/// As if the log's first operations had been archived elsewhere.
fn begin_after(path: &Path, seq: u64) -> Done {
    let connection = book::connect_with(path, &LOG_KEY)?;
    connection.execute("UPDATE head SET seq = ?1", [seq.cast_signed()])?;
    Ok(())
}
