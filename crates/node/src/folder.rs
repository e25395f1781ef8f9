//! The folder a till lives in: the book, its keys, and which server it belongs to.

use std::{io::Write, path::PathBuf, sync::Arc};

use hefu_core::{clock::Heard, error::Code};
use hefu_desk::wire::KeyProtection;
use hefu_replica::{Error, FileKeys, KeyName, KeyStore, Place, Protection, SystemKeys};
use serde::{Deserialize, Serialize};

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
        self.path.join("book.db")
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

    fn server_path(&self) -> PathBuf {
        self.path.join("server.json")
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
        let bytes = serde_json::to_vec_pretty(server).map_err(|_| Code::Internal)?;
        let new = self.path.join("server.json.new");
        let mut file = std::fs::File::create(&new)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(&new, self.server_path())?;
        #[cfg(unix)]
        std::fs::File::open(&self.path)?.sync_all()?;
        Ok(())
    }
}
