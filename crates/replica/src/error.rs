use hefu_core::error::Code;
use rusqlite::ffi::ErrorCode;

/// Why a replica could not do something. [`Error::code`] is what a person reads; the rest is for the log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Refused(#[from] Code),
    #[error("database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("file: {0}")]
    Io(#[from] std::io::Error),
    #[error("the file is of schema {found}, this program knows {known}")]
    Newer { found: usize, known: usize },
    #[error("the tables were folded by version {found}, this program knows {known}")]
    NewerFold { found: u32, known: u32 },
    #[error("migration: {0}")]
    Migration(rusqlite_migration::Error),
    #[error("another process has this book open")]
    InUse,
    #[error("key store: {0}")]
    KeyStore(String),
    #[error("stored bytes do not read: {0}")]
    Stored(&'static str),
}

impl Error {
    pub fn code(&self) -> Code {
        match self {
            Error::Refused(code) => *code,
            Error::Sqlite(error) => of_sqlite(error),
            Error::Io(error) => match error.kind() {
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Code::DiskFull,
                std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => Code::FolderReadOnly,
                _ => Code::Internal,
            },
            Error::Newer { .. } | Error::NewerFold { .. } => Code::DatabaseNewer,
            Error::Migration(rusqlite_migration::Error::RusqliteError { err, .. }) => of_sqlite(err),
            Error::Migration(_) => Code::Internal,
            Error::InUse => Code::DatabaseInUse,
            Error::KeyStore(_) => Code::KeyStoreFailed,
            Error::Stored(_) => Code::DatabaseDamaged,
        }
    }
}

fn of_sqlite(error: &rusqlite::Error) -> Code {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType};
    if matches!(error, FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..)) {
        return Code::DatabaseDamaged;
    }
    // A full disk can show first where the index of the WAL is made larger.
    if error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE) {
        return Code::DiskFull;
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Code::DiskFull,
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => Code::FolderReadOnly,
        Some(ErrorCode::NotADatabase) => Code::DatabaseKeyWrong,
        Some(ErrorCode::DatabaseCorrupt) => Code::DatabaseDamaged,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Code::DatabaseInUse,
        _ => Code::Internal,
    }
}
