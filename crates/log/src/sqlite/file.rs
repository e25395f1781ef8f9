//! The file: its key, its settings, its schema.

use std::{fs, io, path::Path, sync::Once, time::Duration};

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};
use zeroize::Zeroizing;

use crate::LogError;

/// How often SQLCipher is asked whether it has started, and how long in between.
const READY_TRIES: u32 = 1000;
const READY_PAUSE: Duration = Duration::from_millis(5);

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Write,
    Read,
}

/// Appended to, never edited: an installed file has run them, and a test holds them to the byte.
pub(super) const STEPS: [&str; 3] = [
    include_str!("../../migrations/0001_log.sql"),
    include_str!("../../migrations/0002_leases.sql"),
    include_str!("../../migrations/0003_coupon_returns.sql"),
];

/// Takes the lock beside the file. Errors with `InUse` when another process has it.
pub fn lock(path: &Path) -> Result<fs::File, LogError> {
    let beside = path.with_added_extension("lock");
    let file = fs::OpenOptions::new().create(true).write(true).truncate(false).open(beside)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(LogError::InUse),
        Err(fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Opens one connection, through a registered SQLite VFS where one is named. No memory map: a read error must be an error, not a
/// signal.
pub fn connect(path: &Path, key: &[u8; 32], vfs: Option<&str>, uses: Use) -> Result<Connection, LogError> {
    cipher_is_ready();
    let connection = match vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, OpenFlags::default(), vfs)?,
        None => Connection::open(path)?,
    };
    // What goes wrong is an error here; the cipher need not write to the console as well.
    connection.execute_batch("PRAGMA cipher_log_level = NONE;")?;
    let hex: Zeroizing<String> = Zeroizing::new(key.iter().map(|byte| format!("{byte:02x}")).collect());
    connection.execute_batch(&Zeroizing::new(format!("PRAGMA key = \"x'{}'\";", hex.as_str())))?;
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA mmap_size = 0; PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON; PRAGMA busy_timeout = 5000; PRAGMA cache_size = -32768;",
    )?;
    if uses == Use::Read {
        connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -8192;")?;
    }
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// SQLite begins to be used by the first thread that opens anything, and lets others past before SQLCipher's own start has run: a key
/// given in between is refused as if it were none. Whoever opens first here waits until a key is taken.
fn cipher_is_ready() {
    static READY: Once = Once::new();
    READY.call_once(|| {
        let takes_a_key = || Connection::open_in_memory()?.execute_batch("PRAGMA cipher_log_level = NONE; PRAGMA key = 'ready'");
        for _ in 0..READY_TRIES {
            if takes_a_key().is_ok() {
                return;
            }
            std::thread::sleep(READY_PAUSE);
        }
    });
}

/// Brings the schema up to this program's. Errors with `Newer` for a file that is past it.
pub fn migrate(connection: &mut Connection) -> Result<(), LogError> {
    use rusqlite_migration::{Error, MigrationDefinitionError};
    let migrations = Migrations::new(STEPS.map(M::up).to_vec());
    match migrations.to_latest(connection) {
        Ok(()) => Ok(()),
        Err(Error::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead)) => Err(LogError::Newer),
        Err(Error::RusqliteError { err, .. }) => Err(err.into()),
        Err(other) => Err(LogError::Database(rusqlite::Error::ToSqlConversionFailure(Box::new(io::Error::other(other.to_string()))))),
    }
}
