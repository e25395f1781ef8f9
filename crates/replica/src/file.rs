//! The encrypted file and its connections: one writer, a few readers, and a lock that keeps a second process out.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    sync::{Condvar, Mutex, MutexGuard, Once, PoisonError},
    time::Duration,
};

use hefu_core::error::Code;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use zeroize::Zeroizing;

use crate::{Error, Secret, keys::sync_folder, schema::migrate};

/// Connections that read at one time; who comes when all are busy waits for one.
const READERS_MOST: usize = 6;
const READER_CACHE_KIB: u32 = 16 * 1024;
const WRITER_CACHE_KIB: u32 = 64 * 1024;
/// Pages in the write-ahead log before a commit copies them back (16 MB). Frames of one catch-up touch the same pages again and again, and
/// a page that was written five times is copied once.
const CHECKPOINT_AFTER_PAGES: u32 = 4_000;
const STATEMENTS_KEPT: usize = 160;
/// How often SQLCipher is asked whether it has started, and how long in between.
const READY_TRIES: u32 = 1000;
const READY_PAUSE: Duration = Duration::from_millis(5);

/// Where a book lies and how it is opened.
#[derive(Clone)]
pub struct Place {
    path: PathBuf,
    key: Secret,
    vfs: Option<String>,
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

impl Place {
    pub fn new(path: impl Into<PathBuf>, key: Secret) -> Self {
        Self { path: path.into(), key, vfs: None }
    }

    /// Through a registered SQLite VFS, for tests of power cuts and full disks.
    pub fn through(mut self, vfs: &str) -> Self {
        self.vfs = Some(vfs.to_owned());
        self
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Where a verification folds anew.
    pub(crate) fn scratch_path(&self) -> PathBuf {
        beside(&self.path, ".verify")
    }

    /// Bytes of the file and of its write-ahead log.
    pub(crate) fn size(&self) -> u64 {
        ["", "-wal"].iter().filter_map(|ending| std::fs::metadata(beside(&self.path, ending)).ok()).map(|file| file.len()).sum()
    }

    /// Bytes that the folder of this file still takes; `None` where the system does not say.
    pub(crate) fn room(&self) -> Option<u64> {
        fs4::available_space(self.folder()).ok()
    }

    fn folder(&self) -> &Path {
        self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    fn connect(&self, cache_kib: u32) -> Result<Connection, Error> {
        cipher_is_ready();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match &self.vfs {
            Some(vfs) => Connection::open_with_flags_and_vfs(&self.path, flags, vfs.as_str())?,
            None => Connection::open_with_flags(&self.path, flags)?,
        };
        let mut key = Zeroizing::new(String::with_capacity(120));
        // What goes wrong is told by its error; SQLCipher would write to the standard error stream besides.
        key.push_str("PRAGMA cipher_log_level = NONE; PRAGMA key = \"x'");
        for byte in self.key.iter() {
            key.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
            key.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        }
        key.push_str("'\"");
        connection.execute_batch(&key)?;
        connection.execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -{cache_kib};
             PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA busy_timeout = 10000;
             PRAGMA wal_autocheckpoint = {CHECKPOINT_AFTER_PAGES};",
        ))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        Ok(connection)
    }

    /// Writes a new database, all of it into the file itself: nothing is left in a write-ahead log.
    fn fill(&self, first: impl FnOnce(&Transaction<'_>) -> Result<(), Error>) -> Result<(), Error> {
        let mut connection = self.connect(WRITER_CACHE_KIB)?;
        migrate(&mut connection)?;
        let tx = Transaction::new(&mut connection, TransactionBehavior::Immediate)?;
        first(&tx)?;
        tx.commit()?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        connection.close().map_err(|(_, error)| error.into())
    }
}

pub(crate) struct Connections {
    place: Place,
    writer: Mutex<Connection>,
    /// Those that nobody reads with now.
    readers: Mutex<Vec<Connection>>,
    seats: Seats,
    _lock: Lock,
}

/// One for each connection that may read.
struct Seats {
    free: Mutex<usize>,
    freed: Condvar,
}

struct Seat<'a>(&'a Seats);

impl Seats {
    fn new() -> Self {
        Self { free: Mutex::new(READERS_MOST), freed: Condvar::new() }
    }

    /// Waits for one.
    fn take(&self) -> Seat<'_> {
        let mut free = self.freed.wait_while(held(&self.free), |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Seat(self)
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        *held(&self.0.free) += 1;
        self.0.freed.notify_one();
    }
}

/// Held while the book is open; the system lets go of it when the process ends, however it ends.
struct Lock(File);

impl Drop for Lock {
    /// A process that is just being started from this one has the file open too, until it runs: closing alone would leave the
    /// lock with it for that moment.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

impl Connections {
    /// Makes a new file that holds what `first` writes. It is made whole under another name and then renamed, so that
    /// a crash on the way leaves no file that is neither there nor usable. Errors with `setup.already` where one is.
    pub fn create(place: &Place, first: impl FnOnce(&Transaction<'_>) -> Result<(), Error>) -> Result<Self, Error> {
        let folder = place.folder();
        std::fs::create_dir_all(folder)?;
        let lock = lock(&place.path)?;
        if place.exists() {
            return Err(Code::AlreadySetUp.into());
        }
        remove(&place.path)?;
        let made = Place { path: beside(&place.path, ".new"), ..place.clone() };
        remove(&made.path)?;
        made.fill(first)?;
        std::fs::rename(&made.path, &place.path)?;
        sync_folder(folder)?;
        Self::start(place, lock)
    }

    /// A file that is thrown away again, and so need not outlive a power cut.
    pub fn scratch(place: &Place) -> Result<Self, Error> {
        let lock = lock(&place.path)?;
        let writer = place.connect(WRITER_CACHE_KIB)?;
        writer.execute_batch("PRAGMA synchronous = OFF")?;
        Self::over(place, lock, writer)
    }

    /// Opens a file, and takes away what a verification that was cut off left beside it.
    pub fn open(place: &Place) -> Result<Self, Error> {
        // Without a byte it would pass for a new database, and be made one.
        if std::fs::metadata(&place.path)?.len() == 0 {
            return Err(Error::Stored("the file is empty"));
        }
        let lock = lock(&place.path)?;
        if let Err(error) = remove_scratch(&place.scratch_path()) {
            tracing::warn!(%error, "what a verification left cannot be taken away");
        }
        Self::start(place, lock)
    }

    fn start(place: &Place, lock: Lock) -> Result<Self, Error> {
        Self::over(place, lock, place.connect(WRITER_CACHE_KIB)?)
    }

    fn over(place: &Place, lock: Lock, mut writer: Connection) -> Result<Self, Error> {
        migrate(&mut writer)?;
        let (writer, readers) = (Mutex::new(writer), Mutex::new(Vec::new()));
        Ok(Self { place: place.clone(), writer, readers, seats: Seats::new(), _lock: lock })
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    pub fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let mut writer = held(&self.writer);
        let tx = Transaction::new(&mut writer, TransactionBehavior::Immediate)?;
        let done = work(&tx)?;
        tx.commit()?;
        Ok(done)
    }

    /// Must not be called inside `work`: readers that each wait for a second one would wait for ever.
    pub fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let _seat = self.seats.take();
        let kept = held(&self.readers).pop();
        let mut reader = match kept {
            Some(reader) => reader,
            None => self.place.connect(READER_CACHE_KIB)?,
        };
        let tx = reader.transaction()?;
        let done = work(&tx);
        drop(tx);
        held(&self.readers).push(reader);
        done
    }
}

/// A lock whose holder panicked holds a connection whose transaction was rolled back: fit for use.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The path with something behind its name.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Takes away a database and what SQLite keeps beside it.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    for ending in ["", "-wal", "-shm", "-journal"] {
        match std::fs::remove_file(beside(path, ending)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Takes away a scratch database and its lock.
pub(crate) fn remove_scratch(path: &Path) -> Result<(), Error> {
    remove(path)?;
    match std::fs::remove_file(beside(path, ".lock")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn lock(path: &Path) -> Result<Lock, Error> {
    let file = File::options().write(true).create(true).truncate(false).open(beside(path, ".lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(Error::InUse),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}
