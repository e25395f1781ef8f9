//! What can go wrong between a replica and a log, on either side.

use hefu_core::{error::Code, wire::Refused};
use hefu_log::LogError;

#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The other half said no, and why.
    #[error("refused: {}", .0.code)]
    Refused(Refused),
    #[error("the server cannot be reached: {0}")]
    Unreachable(&'static str),
    #[error("the server's certificate is not the one that was agreed on")]
    Certificate,
    #[error("the server's answer cannot be understood: {0}")]
    Rubbish(&'static str),
    #[error("the server is another chain's")]
    OtherChain,
    #[error("the server speaks a newer protocol")]
    Newer,
    #[error("the server's address is not one")]
    Address,
    #[error("the replica failed")]
    Replica(#[from] hefu_replica::Error),
    #[error("failed: {0}")]
    Failed(Code),
}

impl SyncError {
    pub fn code(&self) -> Code {
        match self {
            Self::Refused(refused) => refused.code,
            Self::Unreachable(_) => Code::ServerUnreachable,
            Self::Certificate => Code::ServerCertificate,
            Self::Rubbish(_) => Code::ServerRubbish,
            Self::OtherChain => Code::ServerOtherChain,
            Self::Newer => Code::ServerNewer,
            Self::Address => Code::EnrolCodeMalformed,
            Self::Replica(error) => error.code(),
            Self::Failed(code) => *code,
        }
    }

    pub(crate) fn refused(code: Code) -> Self {
        Self::Refused(Refused { code, expected: None })
    }
}

/// What a device hears of a trouble of the server's own: that its disk is full a person there can mend, and the rest passes.
pub(crate) fn told(own: Code) -> Code {
    match own {
        Code::DiskFull | Code::FolderReadOnly => Code::ServerCannotWrite,
        _ => Code::ServerBusy,
    }
}

/// A refusal by the log. Its own troubles are not the device's: the device is asked to come again.
impl From<LogError> for SyncError {
    fn from(error: LogError) -> Self {
        let expected = if let LogError::Gap { expected } = &error { Some(*expected) } else { None };
        let code = if error.is_own() {
            tracing::error!(code = %error.code(), %error, "the log failed");
            told(error.code())
        } else {
            error.code()
        };
        Self::Refused(Refused { code, expected })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A till must not tell its cashier that the disk is full when it is the server's that is.
    #[test]
    fn the_logs_own_troubles_ask_to_come_again() {
        for (error, code, expected) in [
            (LogError::DiskFull, Code::ServerCannotWrite, None),
            (LogError::ReadOnly, Code::ServerCannotWrite, None),
            (LogError::FileDamaged, Code::ServerBusy, None),
            (LogError::Closing, Code::ServerBusy, None),
            (LogError::Gap { expected: 7 }, Code::SyncGap, Some(7)),
            (LogError::Fork, Code::SyncFork, None),
            (LogError::Revoked, Code::DeviceRevoked, None),
            (LogError::NotYours, Code::NotPermitted, None),
            (LogError::Damaged, Code::SyncDamaged, None),
        ] {
            let SyncError::Refused(refused) = error.into() else { panic!("a refusal") };
            assert_eq!((refused.code, refused.expected), (code, expected));
        }
    }
}
