//! Why a server does not start or stops. A person reads the code and its sentence (`words`); the rest is for the log.

use std::path::PathBuf;

use hefu_core::error::Code;
use hefu_desk::ErrorBody;
use hefu_log::LogError;

#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("the log: {0}")]
    Log(#[from] LogError),
    #[error("the HQ node's book: {0}")]
    Book(#[from] hefu_replica::Error),
    #[error("refused: {0}")]
    Refused(Code),
    #[error("file: {0}")]
    File(#[from] std::io::Error),
    /// The console is plain HTTP, and for this machine alone.
    #[error("the console must listen on a loopback address, not on {0}")]
    ConsoleNotLoopback(std::net::SocketAddr),
    #[error("cannot listen on {0}: {1}")]
    Listen(std::net::SocketAddr, std::io::Error),
    #[error("the address for tills must be https://host:port")]
    Address,
    /// A first start needs a name or the demo chain.
    #[error("a chain that begins needs a name")]
    ChainName,
    #[error("the data folder holds a chain already")]
    NotFirst,
    #[error("no chain has begun in this folder")]
    NoChain,
    #[error("no such store: {0}")]
    Store(String),
    #[error("the certificate or its key cannot be used: {}: {why}", .path.display())]
    Certificate { path: PathBuf, why: String },
    /// One of the two was restored, or belongs elsewhere.
    #[error("the HQ node's book and the log do not fit each other: {0}")]
    Apart(Code),
    /// The database is there, its key is not.
    #[error("the key of the data folder is not in this key store")]
    KeyMissing,
}

impl ServerError {
    pub fn code(&self) -> Code {
        match self {
            Self::Log(error) => error.code(),
            Self::Book(error) => error.code(),
            Self::Refused(code) | Self::Apart(code) => *code,
            Self::File(error) => match error.kind() {
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Code::DiskFull,
                _ => Code::FolderReadOnly,
            },
            Self::ConsoleNotLoopback(_) | Self::Listen(..) | Self::Address | Self::ChainName | Self::Certificate { .. } => {
                Code::RequestInvalid
            }
            Self::NotFirst => Code::AlreadySetUp,
            Self::NoChain => Code::NotHere,
            Self::Store(_) => Code::StoreUnknown,
            Self::KeyMissing => Code::KeyStoreFailed,
        }
    }
}

impl From<Code> for ServerError {
    fn from(code: Code) -> Self {
        Self::Refused(code)
    }
}

impl From<ErrorBody> for ServerError {
    fn from(body: ErrorBody) -> Self {
        Self::Refused(body.code)
    }
}
