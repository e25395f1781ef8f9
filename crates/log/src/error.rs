//! What can go wrong with the log, each with the code a person reads.

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
            Self::EnrolWrong => Code::EnrolCodeWrong,
            Self::EnrolUsed => Code::EnrolCodeUsed,
            Self::EnrolOld => Code::EnrolCodeOld,
            Self::Newer => Code::DatabaseNewer,
            Self::InUse => Code::DatabaseInUse,
            Self::KeyWrong => Code::DatabaseKeyWrong,
            Self::ReadOnly => Code::FolderReadOnly,
            Self::DiskFull => Code::DiskFull,
            Self::FileDamaged => Code::DatabaseDamaged,
            Self::Closing | Self::Database(_) => Code::Internal,
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

impl From<std::io::Error> for LogError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull => Self::DiskFull,
            _ => Self::ReadOnly,
        }
    }
}
