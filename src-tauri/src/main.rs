//! The till: one process, one book. A window by default; with `--serve` the same screens for a browser on this
//! machine, with `--headless` those alone.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod args;
mod painting;
mod serve;
mod window;
mod words;

use std::{process::ExitCode, sync::Arc};

use clap::Parser;
use hefu_core::error::Code;
use hefu_node::TillNode;
use tokio::sync::SetOnce;

use args::Args;

/// Why the till did not start. The code is what a person is told.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("no place for the book: name one with --data")]
    NoFolder,
    #[error("runtime: {0}")]
    Runtime(std::io::Error),
    #[error("address {0}: {1}")]
    Serve(std::net::SocketAddr, std::io::Error),
    #[error("only this machine may be served: {0} is not a loopback address")]
    NotLoopback(std::net::SocketAddr),
    #[error("window: {0}")]
    Window(#[from] tauri::Error),
}

impl StartError {
    fn code(&self) -> Code {
        match self {
            StartError::NoFolder | StartError::NotLoopback(_) | StartError::Serve(..) => Code::RequestInvalid,
            StartError::Runtime(_) | StartError::Window(_) => Code::Internal,
        }
    }
}

/// The till's node, once it is open.
type Node = Arc<SetOnce<TillNode>>;

fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::INFO).init();
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let (zh, en) = words::sentence(&error);
            eprintln!("hefu-till: {} — {zh}\nhefu-till: {} — {en}\n  ({error})", error.code(), error.code());
            ExitCode::from(2)
        }
    }
}

fn run(args: Args) -> Result<(), StartError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(StartError::Runtime)?;
    let folder = args.folder().ok_or(StartError::NoFolder)?;
    // The book is opened beside the window's own start; whoever asks first waits for it.
    let node: Node = Arc::default();
    let (opening, handle, file_keys) = (node.clone(), runtime.handle().clone(), args.file_keys);
    runtime.spawn_blocking(move || opening.set(TillNode::start(&folder, file_keys, handle)));
    if let Some(address) = args.serve {
        let (ui, node) = (args.ui.clone(), node.clone());
        runtime.block_on(async move { serve::serve(address, ui, node.wait().await.clone()).await })?;
    }
    let done = if args.headless { runtime.block_on(serve::until_asked_to_stop()) } else { window::show(&runtime, node.clone()) };
    if let Some(node) = node.get() {
        node.stop();
    }
    // What is being written is finished; a wait on the network is not.
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    done
}
