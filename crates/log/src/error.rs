//! What can go wrong with the log, each with the code a person reads.

use std::{fmt, io};

use hefu_core::error::Code;
use rusqlite::{ErrorCode, ffi};

#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("the log expects operation {expected}")]
    Gap { expected: u64 },
    #[error("another operation stands in this place of the log")]
    Fork,
    #[error("the device has been revoked")]
    Revoked,
    #[error("the log belongs to another device")]
    NotYours,
    #[error("no such device")]
    DeviceUnknown,
    #[error("an operation is not what its place in the log says")]
    Damaged,
    #[error("an operation is too large")]
    TooLarge,
    #[error("the lease is not in doubt")]
    NotInDoubt,
    #[error("no such enrolment code")]
    EnrolWrong,
    #[error("the enrolment code has been used")]
    EnrolUsed,
    #[error("the enrolment code has expired")]
    EnrolOld,
    #[error("the log's file was written by a newer program")]
    Newer,
    #[error("the log's file is open in another process")]
    InUse,
    #[error("the key does not open the log's file")]
    KeyWrong,
    #[error("the folder cannot be written")]
    ReadOnly,
    #[error("no space is left for the log")]
    DiskFull,
    #[error("the log's file is damaged")]
    FileDamaged,
    #[error("the log is closing")]
    Closing,
    #[error("the log's database failed")]
    Database(#[source] rusqlite::Error),
    /// A database server is away, is starting or is too slow. Whether a write that ends so was written is not known: to call
    /// again is right in either case, and says what happened.
    #[error("the log's database does not answer: {0}")]
    Unreachable(#[source] io::Error),
    /// A database server refused for a reason that does not pass by itself, or answered what is not understood (`None`).
    #[error("the log's database refuses: {}", .0.map_or("not understood".into(), |state| state.to_string()))]
    Server(Option<SqlState>),
    #[error("the address of the log's database, or the authority to trust, cannot be read")]
    Address,
    #[error("the log's database forgets what it acknowledges: its fsync or full_page_writes is off")]
    NotDurable,
}

/// Why a database server refused: the five letters of the SQL standard, and nothing of its texts, which may quote rows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SqlState(pub [u8; 5]);

impl fmt::Display for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SQLSTATE {}", String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl LogError {
    pub fn code(&self) -> Code {
        match self {
            Self::Gap { .. } => Code::SyncGap,
            Self::Fork => Code::SyncFork,
            Self::Revoked => Code::DeviceRevoked,
            Self::NotYours => Code::NotPermitted,
            Self::DeviceUnknown => Code::DeviceUnknown,
            Self::Damaged => Code::SyncDamaged,
            Self::TooLarge => Code::OperationTooLarge,
            Self::NotInDoubt => Code::LeaseNotInDoubt,
            Self::EnrolWrong => Code::EnrolCodeWrong,
            Self::EnrolUsed => Code::EnrolCodeUsed,
            Self::EnrolOld => Code::EnrolCodeOld,
            Self::Newer => Code::DatabaseNewer,
            Self::InUse => Code::DatabaseInUse,
            Self::KeyWrong => Code::DatabaseKeyWrong,
            Self::ReadOnly => Code::FolderReadOnly,
            Self::DiskFull => Code::DiskFull,
            Self::FileDamaged => Code::DatabaseDamaged,
            Self::Unreachable(_) => Code::ServerBusy,
            Self::Closing | Self::Database(_) | Self::Server(_) | Self::Address | Self::NotDurable => Code::Internal,
        }
    }
}

impl LogError {
    /// Whether the log itself failed, whoever asked and whatever for.
    pub fn is_own(&self) -> bool {
        matches!(
            self,
            Self::DiskFull
                | Self::ReadOnly
                | Self::FileDamaged
                | Self::KeyWrong
                | Self::InUse
                | Self::Newer
                | Self::Closing
                | Self::Database(_)
                | Self::Unreachable(_)
                | Self::Server(_)
                | Self::Address
                | Self::NotDurable
        )
    }
}

impl From<rusqlite::Error> for LogError {
    fn from(error: rusqlite::Error) -> Self {
        // A full disk can show first where the index of the WAL is made larger.
        if error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_IOERR_SHMSIZE) {
            return Self::DiskFull;
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => Self::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt) => Self::FileDamaged,
            Some(ErrorCode::NotADatabase) => Self::KeyWrong,
            _ => Self::Database(error),
        }
    }
}

impl From<io::Error> for LogError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull => Self::DiskFull,
            _ => Self::ReadOnly,
        }
    }
}
