use std::{net::SocketAddr, path::PathBuf};

use clap::Parser;

/// The Hefu till.
#[derive(Clone, Debug, Parser)]
#[command(name = "hefu-till", version)]
pub struct Args {
    /// Folder of this till's book and keys. Without it, the user's own data folder.
    #[arg(long, env = "HEFU_TILL_DATA")]
    pub data: Option<PathBuf>,

    /// Also serve the till's screens to a browser on this machine, at a loopback address such as 127.0.0.1:7101.
    #[arg(long)]
    pub serve: Option<SocketAddr>,

    /// Folder of the built screens, for `--serve`.
    #[arg(long, default_value = "ui/dist")]
    pub ui: PathBuf,

    /// No window.
    #[arg(long, requires = "serve")]
    pub headless: bool,

    /// Keep keys in files that only their owner can read, even where the system has a key store.
    #[arg(long)]
    pub file_keys: bool,
}

impl Args {
    /// The folder named, or the usual one of this system.
    pub fn folder(&self) -> Option<PathBuf> {
        let from = |name: &str| std::env::var_os(name).map(PathBuf::from);
        self.data.clone().or_else(|| {
            let base = if cfg!(windows) {
                from("LOCALAPPDATA")
            } else if cfg!(target_os = "macos") {
                from("HOME").map(|home| home.join("Library/Application Support"))
            } else {
                from("XDG_DATA_HOME").or_else(|| from("HOME").map(|home| home.join(".local/share")))
            };
            base.map(|base| base.join("hefu-till"))
        })
    }
}
