use std::io;

use hefu_core::error::Code;

/// Why a bench could not be run, or what it did not reach.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    #[error("{0}")]
    Setup(String),
    /// Every figure stands in the table above it.
    #[error("missed: {0}")]
    Missed(String),
    #[error("{0} was refused: {1}")]
    Refused(String, Code),
    #[error("core: {0}")]
    Core(#[from] Code),
    #[error("book: {0}")]
    Book(#[from] hefu_replica::Error),
    #[error("log: {0}")]
    Log(#[from] hefu_log::LogError),
    #[error("sync: {0}")]
    Sync(#[from] hefu_sync::SyncError),
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("file: {0}")]
    Io(#[from] io::Error),
    #[error("JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl BenchError {
    pub fn setup(why: impl Into<String>) -> Self {
        Self::Setup(why.into())
    }
}

pub type Done<T = ()> = Result<T, BenchError>;
