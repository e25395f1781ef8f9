//! What PostgreSQL says, as the log's errors: what passes by itself, and what does not.

use std::{error::Error as _, io};

use deadpool_postgres::{HookError, PoolError};
use tokio_postgres::error::DbError;

use crate::{LogError, SqlState};

impl LogError {
    pub(super) fn too_slow() -> Self {
        Self::Unreachable(io::ErrorKind::TimedOut.into())
    }

    /// Another process stored first what was not there before; done again, the work finds it.
    pub(super) fn raced() -> Self {
        Self::Unreachable(io::Error::other("another push came first"))
    }

    /// Whether the same work may go better at once on another connection.
    pub(super) fn passes(&self) -> bool {
        matches!(self, Self::Unreachable(why) if why.kind() != io::ErrorKind::TimedOut)
    }

    fn server(state: &str) -> Self {
        Self::Server(state.as_bytes().try_into().ok().map(SqlState))
    }
}

/// Only the state is kept: the texts of an error may quote the row that it is about, and rows hold keys.
fn refused(error: &DbError) -> LogError {
    let state = error.code().code();
    match state {
        // A statement took longer than it may.
        "57014" => LogError::too_slow(),
        "53100" => LogError::DiskFull,
        // Classes: connection, transaction rolled back (a deadlock), resources, operator intervention
        // (a server that stops, starts or has crashed); and a server that was demoted, a transaction that idled, a lock not had.
        _ if ["08", "40", "53", "57"].iter().any(|class| state.starts_with(class)) => passing(state),
        "25006" | "25P03" | "55P03" => passing(state),
        "XX001" | "XX002" => LogError::FileDamaged,
        _ => LogError::server(state),
    }
}

fn passing(state: &str) -> LogError {
    LogError::Unreachable(io::Error::other(format!("SQLSTATE {state}")))
}

impl From<tokio_postgres::Error> for LogError {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(error) = error.as_db_error() {
            return refused(error);
        }
        if error.is_closed() {
            return Self::Unreachable(io::ErrorKind::ConnectionReset.into());
        }
        // A connection that cannot be had, or breaks; texts of these hold addresses at most.
        match error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
            Some(source) => Self::Unreachable(io::Error::new(source.kind(), source.to_string())),
            None => Self::Server(None),
        }
    }
}

impl From<PoolError> for LogError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => error.into(),
            PoolError::Timeout(_) => Self::too_slow(),
            PoolError::Closed | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => Self::Closing,
        }
    }
}
