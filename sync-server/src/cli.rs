//! The command line.

use std::{io::Write, net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use hefu_log::Devices;

use crate::{
    ServeOptions, ServerError,
    authority::Here,
    first_admin,
    founding::Beginning,
    node::Node,
    server,
    signals::{Signals, Told},
    trace,
};

/// The server of a Hefu chain: its log, its head office, and the console.
#[derive(Parser)]
#[command(name = "hefu-server", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server until it is told to stop (SIGTERM or Ctrl-C). Prints one line of JSON when it is ready.
    Run(Box<Run>),
    /// Prints an enrolment code for one till, while no server runs on the data folder. Else: the console, or `run --print-enrol`.
    Enrol(Enrol),
    /// Prints a one-time code, good for a day, that makes an administrator or gives one a new password, while no server runs on
    /// the data folder: for when all passwords of head office are lost. Use it on the sign-in page after the next start.
    AdminCode(AdminCode),
}

#[derive(Args)]
struct Run {
    /// The folder of everything the server keeps; made at the first start.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where tills and browsers connect, over TLS. Port 0 takes a free one.
    #[arg(long, default_value = "0.0.0.0:7443")]
    listen: SocketAddr,
    /// The address that tills are told: https://host:port. Without it only tills of this machine can join.
    #[arg(long, value_name = "URL")]
    address: Option<String>,
    /// A certificate chain (PEM), instead of the server's own authority. Tills pin its last certificate. Read again on SIGHUP.
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,
    /// The private key of --certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
    /// The console as plain HTTP, for this machine alone, such as 127.0.0.1:7080.
    #[arg(long, value_name = "ADDRESS")]
    console: Option<SocketAddr>,
    /// The folder of the built screens. Without it: `ui` beside this program, if there is one.
    #[arg(long, value_name = "DIR")]
    ui: Option<PathBuf>,
    /// First start: what the chain is called.
    #[arg(long, value_name = "NAME")]
    chain_name: Option<String>,
    /// First start: begins with the demo chain.
    #[arg(long, conflicts_with = "chain_name")]
    demo: bool,
    /// Keeps the keys in files, even where the system has a key store.
    #[arg(long)]
    file_keys: bool,
    /// Makes an enrolment code for each of these stores, and prints them in the ready line.
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    print_enrol: Vec<String>,
    /// Serves /metrics over TLS too, to who sends this bearer token.
    #[arg(long, env = "HEFU_METRICS_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    metrics_token: Option<String>,
}

#[derive(Args)]
struct Enrol {
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The store's code, as in its receipt numbers.
    #[arg(long, value_name = "CODE")]
    store: String,
    /// As it was at the first start.
    #[arg(long)]
    file_keys: bool,
}

#[derive(Args)]
struct AdminCode {
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// As it was at the first start.
    #[arg(long)]
    file_keys: bool,
}

pub async fn run(cli: Cli) -> Result<(), ServerError> {
    trace::begin();
    match cli.command {
        Command::Run(run) => serve(*run).await,
        Command::Enrol(enrol) => print_code(enrol).await,
        Command::AdminCode(asked) => print_admin_code(asked).await,
    }
}

async fn serve(run: Run) -> Result<(), ServerError> {
    let mut signals = Signals::new()?;
    let beside = || std::env::current_exe().ok()?.parent().map(|folder| folder.join("ui")).filter(|ui| ui.is_dir());
    let starting = server::start(ServeOptions {
        data: run.data,
        listen: run.listen,
        address: run.address,
        certificate: run.certificate.zip(run.key),
        console: run.console,
        screens: run.ui.or_else(beside),
        begin: Beginning { chain_name: run.chain_name, demo: run.demo },
        file_keys: run.file_keys,
        print_enrol: run.print_enrol,
        metrics_token: run.metrics_token,
        clock: hefu_sync::system_clock(),
    });
    let mut starting = std::pin::pin!(starting);
    let running = loop {
        tokio::select! {
            running = &mut starting => break running?,
            // Nothing was promised to anybody yet, and an unfinished start is begun again.
            told = signals.next() => if told == Told::Stop { return Ok(()) },
        }
    };
    let line = serde_json::to_string(&running.ready).map_err(std::io::Error::from)?;
    writeln!(std::io::stdout(), "{line}")?;
    while signals.next().await == Told::Reload {
        running.reload();
    }
    running.stop().await;
    Ok(())
}

async fn print_code(enrol: Enrol) -> Result<(), ServerError> {
    let now = hefu_sync::system_clock()();
    let node = Node::open(&enrol.data, enrol.file_keys, None, now).await?;
    let text = async |name| node.log.setting(name).await.map(|bytes| bytes.and_then(|bytes| String::from_utf8(bytes).ok()));
    let (address, fingerprint) = (text(server::ADDRESS).await?, text(server::FINGERPRINT).await?);
    let (Some(address), Some(fingerprint)) = (address, fingerprint) else { return Err(ServerError::NoChain) };
    let here = Here { chain: node.chain, address, fingerprint };
    let codes = server::enrol_codes(&node.log, &node.replica, &here, &[enrol.store], now).await?;
    for code in codes.values() {
        writeln!(std::io::stdout(), "{code}")?;
    }
    Ok(())
}

async fn print_admin_code(asked: AdminCode) -> Result<(), ServerError> {
    let now = hefu_sync::system_clock()();
    let node = Node::open(&asked.data, asked.file_keys, None, now).await?;
    let code = first_admin::make()?;
    first_admin::keep_admin(&*node.log, &code, now).await?;
    writeln!(std::io::stdout(), "{code}")?;
    Ok(())
}
