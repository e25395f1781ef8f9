//! One server from its start to its end.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use axum::http::Uri;
use axum_server::tls_rustls::RustlsConfig;
use hefu_core::error::Code;
use hefu_desk::{Desk, DeskFront, NodeKind, wire::KeyProtection};
use hefu_log::{ChainLog, Devices, SqliteLog};
use hefu_replica::{Protection, Replica};
use hefu_sync::{Clock, Engine, Link, LocalTransport, SyncHandle, SyncOptions, SyncService, system_random};
use tokio::{runtime::Handle, sync::watch, task::JoinHandle, time::timeout};

use crate::{
    Ready, ServerError,
    authority::{Here, LogAuthority},
    certificate::{RENEW_AFTER, Source},
    chores::Chores,
    first_admin,
    folder::Folder,
    founding::{Beginning, blocking, reconcile},
    hq::HqNode,
    metered::{Metered, Trouble},
    metrics::Metrics,
    node::Node,
    routes::{self, App},
    serve::{self, Listening},
    socket::Doorkeeper,
    surroundings::World,
};

/// Whoever is being answered at the end has this long.
const GRACE: Duration = Duration::from_secs(10);
/// What HQ itself wrote last reaches the log at the end, or at the next start.
const LAST_PUSH: Duration = Duration::from_secs(2);
/// How often the log may fail while the server starts. The pauses between grow: it is some seconds.
const TROUBLE_MOST: u32 = 4;
/// A screen hears of changes no more often than this.
const STIR_EVERY: Duration = Duration::from_millis(200);

pub struct ServeOptions {
    pub data: PathBuf,
    pub listen: SocketAddr,
    /// `https://host:port` as tills are told; this machine and the port listened on without one.
    pub address: Option<String>,
    /// PEM files: chain and key.
    pub certificate: Option<(PathBuf, PathBuf)>,
    pub console: Option<SocketAddr>,
    pub screens: Option<PathBuf>,
    pub begin: Beginning,
    pub file_keys: bool,
    /// Codes of stores for which to make an enrolment code each.
    pub print_enrol: Vec<String>,
    pub metrics_token: Option<String>,
    pub clock: Clock,
}

/// A server at work.
pub struct Running {
    pub ready: Ready,
    listening: Vec<Listening>,
    service: Arc<SyncService>,
    desk: Arc<Desk>,
    engine: (SyncHandle, JoinHandle<()>),
    beside: Vec<JoinHandle<()>>,
    chores: Chores,
    renewal: Arc<Renewal>,
    _folder: Folder,
}

/// `https://host:port` and nothing more: its host.
fn host_of(address: &str) -> Result<String, ServerError> {
    let uri: Uri = address.parse().map_err(|_| ServerError::Address)?;
    let bare = uri.path() == "/" && uri.query().is_none() && !address.ends_with('/');
    match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(host)) if bare && uri.authority().is_some_and(|all| !all.as_str().contains('@')) => Ok(host.to_owned()),
        _ => Err(ServerError::Address),
    }
}

/// Starts a server and returns when it answers.
pub async fn start(options: ServeOptions) -> Result<Running, ServerError> {
    if let Some(console) = options.console.filter(|console| !console.ip().is_loopback()) {
        return Err(ServerError::ConsoleNotLoopback(console));
    }
    options.address.as_deref().map(host_of).transpose()?;
    let clock = options.clock.clone();
    let node = Node::open(&options.data, options.file_keys, Some(options.begin.clone()), clock()).await?;
    // Bound before anything is told, so that a port of 0 is known.
    let listener = serve::bind(options.listen)?;
    let console = options.console.map(serve::bind).transpose()?;
    let address = options.address.clone().map_or_else(|| own_address(&listener), Ok)?;
    let source = match &options.certificate {
        Some((chain, key)) => Source::Given { chain: chain.clone(), key: key.clone() },
        None => Source::own(&node.folder.tls(), &host_of(&address)?)?,
    };
    let certificate = source.certificate(clock())?;
    let tls = RustlsConfig::from_config(certificate.config);
    let here = Here { chain: node.chain, address, fingerprint: certificate.fingerprint };
    let renewal = Arc::new(Renewal { source, tls: tls.clone(), clock: clock.clone(), fingerprint: here.fingerprint.clone() });
    node.log.set_setting(ADDRESS, Some(here.address.clone().into_bytes())).await?;
    node.log.set_setting(FINGERPRINT, Some(here.fingerprint.clone().into_bytes())).await?;

    let parts = Parts::new(&node, &here, &clock);
    level(&node, &parts.engine.0, parts.trouble.clone()).await?;
    reconcile(&node.log, &node.replica, clock()).await?;
    let enrol = enrol_codes(&node.log, &node.replica, &here, &options.print_enrol, clock()).await?;
    let first_admin_code = first_admin_code(&node.log, &node.replica).await?;
    let Parts { service, desk, engine, app, stirring, closing, .. } = parts;
    let app = App { screens: options.screens, metrics_token: options.metrics_token.map(Into::into), ..app };
    let door = Doorkeeper::with_room();
    let mut listening = vec![serve::tls(listener, tls, routes::tls(&app), door.clone())?];
    let mut console_url = None;
    if let Some(console) = console {
        let console = serve::plain(console, routes::console(&app), door)?;
        console_url = Some(format!("http://{}", console.address));
        listening.push(console);
    }
    let ready = Ready { ready: true, sync: here.address, console: console_url, fingerprint: here.fingerprint, first_admin_code, enrol };
    tracing::info!(chain = %node.chain, listen = %listening[0].address, "ready");
    let beside = vec![stirring, tokio::spawn(renewal.clone().keep())];
    let chores = Chores::begin(desk.clone(), closing);
    Ok(Running { ready, listening, service, desk, engine, beside, chores, renewal, _folder: node.folder })
}

pub const ADDRESS: &str = "address";
pub const FINGERPRINT: &str = "fingerprint";

fn own_address(listener: &std::net::TcpListener) -> Result<String, ServerError> {
    let port = listener.local_addr()?.port();
    tracing::warn!("no --address was given: tills of this machine alone can join");
    Ok(format!("https://127.0.0.1:{port}"))
}

/// What runs, wired up.
struct Parts {
    service: Arc<SyncService>,
    desk: Arc<Desk>,
    engine: (SyncHandle, JoinHandle<()>),
    app: App,
    stirring: JoinHandle<()>,
    trouble: watch::Receiver<Trouble>,
    closing: watch::Sender<bool>,
}

impl Parts {
    fn new(node: &Node, here: &Here, clock: &Clock) -> Self {
        let metrics = Arc::new(Metrics::new(node.log.tip().borrow().head));
        let (troubles, trouble) = watch::channel(Trouble::default());
        let log: Arc<dyn ChainLog> = Arc::new(Metered { log: node.log.clone(), metrics: metrics.clone(), trouble: troubles });
        let hq = Arc::new(HqNode::new(node.replica.clone(), clock.clone()));
        let service = SyncService::new(node.chain, log.clone(), hq, clock.clone(), system_random());
        let transport = Arc::new(LocalTransport::new(service.clone()));
        let options = SyncOptions { clock: clock.clone(), send_again: false, ..SyncOptions::default() };
        let (engine, handle) = Engine::new(node.replica.clone(), transport, node.key.clone(), options);
        let authority = LogAuthority { log: log.clone(), here: here.clone(), runtime: Handle::current() };
        let (closing, told) = watch::channel(false);
        let world = Arc::new(World { clock: clock.clone(), engine: handle.clone(), trouble: trouble.clone(), authority, closing: told });
        let desk = Arc::new(Desk::new(NodeKind::Hq, node.replica.clone(), world));
        let keys = if node.protection() == Protection::System { KeyProtection::System } else { KeyProtection::File };
        let front = Arc::new(DeskFront::new(desk.clone(), keys));
        let stirring = tokio::spawn(stir(desk.clone(), handle.clone(), trouble.clone()));
        let app = App { service: service.clone(), front, log, replica: node.replica.clone(), metrics, screens: None, metrics_token: None };
        Self { service, desk, engine: (handle, tokio::spawn(engine.run())), app, stirring, trouble, closing }
    }
}

/// Tells waiting screens of every commit, of every change of the engine's state, and of the log's troubles.
async fn stir(desk: Arc<Desk>, engine: SyncHandle, mut trouble: watch::Receiver<Trouble>) {
    let (mut commits, mut states) = (desk.replica().subscribe(), engine.watch());
    loop {
        tokio::select! {
            changed = commits.changed() => if changed.is_err() { return },
            changed = states.changed() => if changed.is_err() { return },
            changed = trouble.changed() => if changed.is_err() { return },
        }
        desk.stir();
        tokio::time::sleep(STIR_EVERY).await;
    }
}

/// Waits until the HQ node's book and the log are level: the first facts are in the log before anybody is told that the
/// server is ready, and a book that was made anew knows its people before it says that there are none. Errors with what
/// keeps the two apart, or with the log's own trouble when it goes on.
async fn level(node: &Node, engine: &SyncHandle, mut trouble: watch::Receiver<Trouble>) -> Result<(), ServerError> {
    let (mut commits, mut states) = (node.replica.subscribe(), engine.watch());
    loop {
        commits.borrow_and_update();
        let link = states.borrow_and_update().link;
        match link {
            Link::Stopped(code @ (Code::SyncGap | Code::SyncFork | Code::SyncDamaged)) => return Err(ServerError::Apart(code)),
            // The log's own trouble says why, below.
            Link::Stopped(Code::ServerCannotWrite) => (),
            Link::Stopped(code) => return Err(code.into()),
            _ => (),
        }
        let failed = *trouble.borrow_and_update();
        if failed.times >= TROUBLE_MOST {
            return Err(failed.code.into());
        }
        let (replica, head) = (node.replica.clone(), node.log.tip().borrow().head);
        let level = blocking(move || Ok(replica.unsent()? == 0 && replica.cursor()?.after >= head)).await?;
        // Online says that the two have compared what each believes of the other.
        if level && link == Link::Online {
            return Ok(());
        }
        tokio::select! {
            _ = commits.changed() => (),
            _ = states.changed() => (),
            _ = trouble.changed() => (),
        }
    }
}

/// Waits until the log has all that HQ wrote.
async fn pushed(replica: &Replica, within: Duration) {
    let mut commits = replica.subscribe();
    let all = async {
        loop {
            commits.borrow_and_update();
            let replica = replica.clone();
            if blocking(move || Ok(replica.unsent()?)).await.is_ok_and(|unsent| unsent == 0) || commits.changed().await.is_err() {
                return;
            }
        }
    };
    if timeout(within, all).await.is_err() {
        tracing::warn!("the HQ node has not pushed all it wrote");
    }
}

/// A code for each of these stores.
pub async fn enrol_codes(
    log: &Arc<SqliteLog>,
    replica: &Replica,
    here: &Here,
    stores: &[String],
    now: i64,
) -> Result<BTreeMap<String, String>, ServerError> {
    let replica = replica.clone();
    let known = blocking(move || Ok(replica.read(|book| book.stores())?)).await?;
    let mut codes = BTreeMap::new();
    for code in stores {
        let store = known.iter().find(|store| store.code.eq_ignore_ascii_case(code.trim()));
        let store = store.ok_or_else(|| ServerError::Store(code.clone()))?;
        codes.insert(store.code.clone(), here.issue(&**log, store.id, now).await?.code);
    }
    Ok(codes)
}

/// A new code for as long as nobody could sign in; the one before is void.
async fn first_admin_code(log: &SqliteLog, replica: &Replica) -> Result<Option<String>, ServerError> {
    let replica = replica.clone();
    let anyone = blocking(move || Ok(replica.read(|book| book.anyone_at_hq())?)).await?;
    let code = if anyone { None } else { Some(first_admin::make()?) };
    first_admin::keep(log, code.as_deref()).await?;
    Ok(code)
}

/// The certificate over time.
struct Renewal {
    source: Source,
    tls: RustlsConfig,
    clock: Clock,
    fingerprint: String,
}

impl Renewal {
    /// Serves what the files, or the authority, say now. What is being answered goes on.
    fn now(&self) -> Result<(), ServerError> {
        let certificate = self.source.certificate((self.clock)())?;
        if certificate.fingerprint != self.fingerprint {
            tracing::error!("the new certificate is not under the one that tills were told of: it is not used");
            return Err(ServerError::Refused(Code::ServerCertificate));
        }
        self.tls.reload_from_config(certificate.config);
        tracing::info!("the certificate was renewed");
        Ok(())
    }

    async fn keep(self: Arc<Self>) {
        if let Source::Given { .. } = self.source {
            return;
        }
        loop {
            tokio::time::sleep(RENEW_AFTER).await;
            if let Err(error) = self.now() {
                tracing::error!(code = %error.code(), "the certificate could not be renewed");
            }
        }
    }
}

impl Running {
    /// Where it really listens.
    pub fn address(&self) -> SocketAddr {
        self.listening[0].address
    }

    /// Reads a given certificate again.
    pub fn reload(&self) {
        if let Err(error) = self.renewal.now() {
            tracing::error!(code = %error.code(), "the certificate stays as it was");
        }
    }

    /// Lets nobody in, gives the answers that are due, and ends when everything is written.
    pub async fn stop(mut self) {
        tracing::info!("stopping");
        for listening in &self.listening {
            listening.close(GRACE);
        }
        self.service.close();
        self.chores.end(GRACE).await;
        let desk = self.desk.clone();
        let closing = async {
            for listening in &mut self.listening {
                listening.closed().await;
            }
        };
        // A screen that asks again while the door closes is answered at once, too.
        let stirring = async {
            loop {
                desk.stir();
                tokio::time::sleep(STIR_EVERY).await;
            }
        };
        tokio::select! {
            () = closing => (),
            () = stirring => (),
        }
        pushed(self.desk.replica(), LAST_PUSH).await;
        self.engine.0.stop();
        let _ = timeout(GRACE, self.engine.1).await;
        self.beside.iter().for_each(JoinHandle::abort);
        tracing::info!("stopped");
    }
}

#[cfg(test)]
mod tests {
    use hefu_core::op::Draft;
    use hefu_replica::By;

    use super::*;

    fn options(data: &std::path::Path) -> ServeOptions {
        ServeOptions {
            data: data.to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            address: None,
            certificate: None,
            console: None,
            screens: None,
            begin: Beginning { chain_name: Some("四海百货".into()), demo: false },
            file_keys: true,
            print_enrol: Vec::new(),
            metrics_token: None,
            clock: hefu_sync::system_clock(),
        }
    }

    /// The files of a server that was stopped in this process: the last of its tasks lets go of them a moment after.
    async fn released(data: &std::path::Path) -> Node {
        loop {
            match Node::open(data, true, None, 0).await {
                Ok(node) => return node,
                Err(error) => assert_eq!(error.code(), Code::DatabaseInUse, "{error}"),
            }
            tokio::task::yield_now().await;
        }
    }

    /// As on a full disk: the log opens, and takes nothing of what the book has yet to send.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_log_that_takes_nothing_ends_the_start() {
        let data = tempfile::TempDir::new().unwrap();
        start(options(data.path())).await.unwrap().stop().await;
        let node = timeout(Duration::from_secs(30), released(data.path())).await.expect("a stopped server lets go of its files");
        let own = node.replica.device();
        let by = By { who: None, at: 0, ahead: 0 };
        let set = hefu_core::op::DeviceSet { device: own, store: None, till_no: 1 };
        node.replica.write(|book| book.append(by, &Draft::new(set))).unwrap();
        let (path, key) = (node.folder.log(), node.folder.log_key().unwrap());
        drop(node);
        let raw = rusqlite::Connection::open(path).unwrap();
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        raw.execute_batch(&format!(
            "PRAGMA key = \"x'{hex}'\"; CREATE TRIGGER full BEFORE INSERT ON op BEGIN SELECT RAISE(ABORT, 'full'); END;"
        ))
        .unwrap();
        drop(raw);
        let refused = timeout(Duration::from_secs(30), start(options(data.path()))).await.expect("it ends").err().unwrap();
        assert!(matches!(refused, ServerError::Refused(Code::Internal)), "{refused}");
    }
}
