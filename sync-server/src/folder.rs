//! The data folder: one server at a time, its keys, and where its files lie.
//!
//! ```text
//! server.lock   held while a server runs
//! node.id       tells this folder's entries in the system's key store apart
//! keys/         the keys, where the system has no key store to keep them
//! tls/          the server's own certificate authority
//! log.db        the chain's log
//! hq.db         the HQ node's book
//! ```

use std::{
    fs,
    path::{Path, PathBuf},
};

use hefu_core::error::Code;
use hefu_replica::{FileKeys, KeyName, KeyStore, Place, Protection, Secret, SystemKeys};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{ServerError, files};

pub struct Folder {
    path: PathBuf,
    keys: Box<dyn KeyStore>,
    /// The system lets go of it when the process ends, however it ends.
    _lock: fs::File,
}

impl Folder {
    /// Takes the folder for this process. `file_keys`: keep keys in files even where the system has a store.
    pub fn open(path: &Path, file_keys: bool) -> Result<Self, ServerError> {
        files::private_folder(path)?;
        let lock = fs::OpenOptions::new().create(true).write(true).truncate(false).open(path.join("server.lock"))?;
        lock.try_lock().map_err(|error| match error {
            fs::TryLockError::WouldBlock => ServerError::Refused(Code::DatabaseInUse),
            fs::TryLockError::Error(error) => error.into(),
        })?;
        Ok(Self { keys: keys(path, file_keys)?, path: path.to_owned(), _lock: lock })
    }

    pub fn log(&self) -> PathBuf {
        self.path.join("log.db")
    }

    pub fn tls(&self) -> PathBuf {
        self.path.join("tls")
    }

    pub fn book(&self) -> Result<Place, ServerError> {
        Ok(Place::new(self.path.join("hq.db"), self.database_key("hefu server hq.db 1")?))
    }

    pub fn log_key(&self) -> Result<Secret, ServerError> {
        self.database_key("hefu server log.db 1")
    }

    /// The HQ node's signing key.
    pub fn device_key(&self) -> Result<Secret, ServerError> {
        self.key(KeyName::Device)
    }

    pub fn protection(&self) -> Protection {
        self.keys.protection()
    }

    /// Each file has a key of its own, derived from the one that is kept.
    fn database_key(&self, of: &str) -> Result<Secret, ServerError> {
        Ok(Zeroizing::new(blake3::derive_key(of, &*self.key(KeyName::Database)?)))
    }

    /// A key is made for a new folder alone: for data that is there, another key is no help.
    fn key(&self, name: KeyName) -> Result<Secret, ServerError> {
        match self.keys.get(name)? {
            Some(key) => Ok(key),
            None if self.log().exists() => Err(ServerError::KeyMissing),
            None => Ok(self.keys.get_or_make(name)?),
        }
    }
}

/// Where this folder's keys are, or will be.
fn keys(folder: &Path, file_keys: bool) -> Result<Box<dyn KeyStore>, ServerError> {
    let files = FileKeys::new(folder.join("keys"));
    if file_keys || files.get(KeyName::Database)?.is_some() {
        return Ok(Box::new(files));
    }
    if let Some(system) = SystemKeys::new(&format!("server/{}", node_id(folder)?)) {
        return Ok(Box::new(system));
    }
    Ok(Box::new(files))
}

fn node_id(folder: &Path) -> Result<String, ServerError> {
    let path = folder.join("node.id");
    if let Some(bytes) = files::read(&path)? {
        return String::from_utf8(bytes).map_err(|_| ServerError::KeyMissing);
    }
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| Code::Internal)?;
    let id = uuid::Builder::from_random_bytes(random).into_uuid();
    files::write_private(&path, Uuid::to_string(&id).as_bytes())?;
    Ok(id.to_string())
}
