//! The folder a till lives in: the book, its keys, and which server it belongs to.

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use hefu_core::{clock::Heard, error::Code, time::business_day};
use hefu_desk::wire::{KeyProtection, SetAside};
use hefu_replica::{Error, FileKeys, KeyName, KeyStore, Place, Protection, SystemKeys};
use serde::{Deserialize, Serialize};

const BOOK: &str = "book.db";
const SERVER: &str = "server.json";
const SET_ASIDE: &str = "set-aside";
const ABOUT: &str = "about.json";

/// The server a till was enrolled at. No secret is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Server {
    pub address: String,
    /// SHA-256 of the certificate to trust, hex.
    pub fingerprint: String,
    /// Whether the chain's book has once been read to its end.
    pub caught_up: bool,
    /// Whether the server has told this till that its rights ended.
    pub revoked: bool,
    /// Its time as it was last heard: a till that starts offline with a wrong clock goes by it.
    #[serde(default)]
    pub heard: Option<Heard>,
}

/// Where a till keeps everything.
#[derive(Clone)]
pub(crate) struct Folder {
    path: PathBuf,
    keys: Arc<dyn KeyStore>,
}

impl Folder {
    /// `file_keys` keeps the keys in files even where the system has a key store. A folder that has key files keeps them.
    pub fn new(path: impl Into<PathBuf>, file_keys: bool) -> Result<Self, Error> {
        let path = path.into();
        std::fs::create_dir_all(&path)?;
        let path = path.canonicalize()?;
        let files = FileKeys::new(&path);
        let in_files = file_keys || files.get(KeyName::Database)?.is_some();
        let system = if in_files { None } else { SystemKeys::new(&path.to_string_lossy()) };
        let keys: Arc<dyn KeyStore> = match system {
            Some(system) => Arc::new(system),
            None => Arc::new(files),
        };
        Ok(Self { path, keys })
    }

    /// A folder that could not be made or read: only its name is known.
    pub(crate) fn unusable(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { keys: Arc::new(FileKeys::new(&path)), path }
    }

    pub(crate) fn keys(&self) -> &dyn KeyStore {
        &*self.keys
    }

    pub(crate) fn protection(&self) -> KeyProtection {
        match self.keys.protection() {
            Protection::System => KeyProtection::System,
            Protection::File => KeyProtection::File,
        }
    }

    fn book_path(&self) -> PathBuf {
        self.path.join(BOOK)
    }

    pub(crate) fn has_book(&self) -> bool {
        self.book_path().exists()
    }

    /// Where the book is or will be. For an existing book the key must exist too: a new one would not open it.
    pub(crate) fn book(&self) -> Result<Place, Error> {
        let key = if self.has_book() {
            self.keys.get(KeyName::Database)?.ok_or_else(|| Error::KeyStore("the book's key is missing".to_owned()))?
        } else {
            self.keys.get_or_make(KeyName::Database)?
        };
        Ok(Place::new(self.book_path(), key))
    }

    /// A book whose making was cut short holds nothing yet: it is put away, so that first run can begin again.
    pub(crate) fn put_away_unfinished(&self) -> Result<(), Error> {
        for ending in ["", "-wal", "-shm"] {
            match std::fs::remove_file(self.path.join(format!("book.db{ending}"))) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Moves the closed book into a folder of its own, named after the day and never deleted, with what is known of its
    /// server and of how much of it no server has. Its key stays where it is. Errors leave the book in its place.
    pub(crate) fn set_aside(&self, now: i64, unkept: u64) -> Result<(), Error> {
        let wal = self.path.join("book.db-wal");
        if std::fs::metadata(&wal).is_ok_and(|file| file.len() > 0) {
            // The last of it is not in the file yet: moved alone, it would lack that.
            return Err(Error::InUse);
        }
        let all = self.path.join(SET_ASIDE);
        std::fs::create_dir_all(&all)?;
        let day = business_day(now);
        let (mut name, mut nth) = (day.clone(), 1);
        while all.join(&name).exists() {
            nth += 1;
            name = format!("{day}-{nth}");
        }
        let to = all.join(&name);
        std::fs::create_dir(&to)?;
        let unkept = i64::try_from(unkept).unwrap_or(i64::MAX);
        write_whole(&to.join(ABOUT), &SetAside { name, at: now, unkept })?;
        if let Some(server) = self.server()? {
            write_whole(&to.join(SERVER), &server)?;
        }
        std::fs::rename(self.book_path(), to.join(BOOK))?;
        sync_folder(&to)?;
        sync_folder(&all)?;
        Ok(sync_folder(&self.path)?)
    }

    /// The books that were set aside, the oldest first; what does not read is passed over.
    pub(crate) fn books_set_aside(&self) -> Vec<SetAside> {
        let Ok(folders) = std::fs::read_dir(self.path.join(SET_ASIDE)) else { return Vec::new() };
        let folders = folders.flatten().map(|folder| folder.path()).filter(|folder| folder.join(BOOK).exists());
        let read = |folder: PathBuf| serde_json::from_slice::<SetAside>(&std::fs::read(folder.join(ABOUT)).ok()?).ok();
        let mut books: Vec<_> = folders.filter_map(read).collect();
        books.sort_by_key(|book| book.at);
        books
    }

    fn server_path(&self) -> PathBuf {
        self.path.join(SERVER)
    }

    pub(crate) fn server(&self) -> Result<Option<Server>, Error> {
        match std::fs::read(self.server_path()) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|_| Code::DatabaseDamaged.into()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn forget_server(&self) -> Result<(), Error> {
        match std::fs::remove_file(self.server_path()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Replaces the file whole and durably.
    pub(crate) fn set_server(&self, server: &Server) -> Result<(), Error> {
        write_whole(&self.server_path(), server)?;
        Ok(sync_folder(&self.path)?)
    }
}

/// Replaces a file whole: after a crash it is the old one or the new one.
fn write_whole(path: &Path, what: &impl Serialize) -> Result<(), Error> {
    let bytes = serde_json::to_vec_pretty(what).map_err(|_| Code::Internal)?;
    let new = path.with_extension("json.new");
    let mut file = std::fs::File::create(&new)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    Ok(std::fs::rename(&new, path)?)
}

/// What was renamed in a folder outlives a power cut from here on, where the system says so.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    std::fs::File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
