//! Where the keys of a node are kept: the operating system's key store, or a file that its owner alone can read.
//!
//! A key file protects against whoever reads the database alone, not against whoever copies the whole disk; the person
//! is told which of the two holds.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::Error;

/// A 32-byte secret, wiped when dropped.
pub type Secret = Zeroizing<[u8; 32]>;

/// What a node's keys are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyName {
    /// The database's.
    Database,
    /// The device's signing key.
    Device,
}

impl KeyName {
    const fn as_str(self) -> &'static str {
        match self {
            KeyName::Database => "database",
            KeyName::Device => "device",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    System,
    File,
}

pub trait KeyStore: Send + Sync {
    fn get(&self, name: KeyName) -> Result<Option<Secret>, Error>;
    /// Must be durable when it returns: a database is never made under a key that is not kept.
    fn put(&self, name: KeyName, secret: &Secret) -> Result<(), Error>;
    fn protection(&self) -> Protection;

    /// The key of that name, made with the system's randomness the first time.
    fn get_or_make(&self, name: KeyName) -> Result<Secret, Error> {
        if let Some(secret) = self.get(name)? {
            return Ok(secret);
        }
        let mut secret = Secret::default();
        getrandom::fill(&mut *secret).map_err(|error| Error::KeyStore(error.to_string()))?;
        self.put(name, &secret)?;
        Ok(secret)
    }
}

/// Files beside the database, mode 0600 where the system has modes.
pub struct FileKeys {
    folder: PathBuf,
}

impl FileKeys {
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    fn path(&self, name: KeyName) -> PathBuf {
        self.folder.join(format!("{}.key", name.as_str()))
    }
}

impl KeyStore for FileKeys {
    fn get(&self, name: KeyName) -> Result<Option<Secret>, Error> {
        match std::fs::read(self.path(name)) {
            Ok(bytes) => {
                let bytes = Zeroizing::new(bytes);
                let secret: [u8; 32] = bytes.as_slice().try_into().map_err(|_| Error::KeyStore("the key file is damaged".to_owned()))?;
                Ok(Some(Zeroizing::new(secret)))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn put(&self, name: KeyName, secret: &Secret) -> Result<(), Error> {
        std::fs::create_dir_all(&self.folder)?;
        let path = self.path(name);
        let made = path.with_extension("new");
        let mut file = owner_only(&made)?;
        file.write_all(&**secret)?;
        file.sync_all()?;
        std::fs::rename(&made, &path)?;
        sync_folder(&self.folder)?;
        Ok(())
    }

    fn protection(&self) -> Protection {
        Protection::File
    }
}

fn owner_only(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a rename in the folder durable; systems without folder handles need nothing.
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    std::fs::File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// The operating system's key store, one entry a node and name.
pub struct SystemKeys {
    node: String,
}

impl SystemKeys {
    /// `None` where the system has no usable store: then [`FileKeys`] serve. `node` tells the books of one user apart.
    pub fn new(node: &str) -> Option<Self> {
        keyring::Entry::store_status().as_ref().ok()?;
        let keys = Self { node: node.to_owned() };
        keys.get(KeyName::Database).is_ok().then_some(keys)
    }

    fn entry(&self, name: KeyName) -> Result<keyring::Entry, Error> {
        keyring::Entry::new("hefu", &format!("{}/{}", self.node, name.as_str())).map_err(|error| Error::KeyStore(error.to_string()))
    }
}

impl KeyStore for SystemKeys {
    fn get(&self, name: KeyName) -> Result<Option<Secret>, Error> {
        match self.entry(name)?.get_secret() {
            Ok(bytes) => {
                let bytes = Zeroizing::new(bytes);
                let secret: [u8; 32] = bytes.as_slice().try_into().map_err(|_| Error::KeyStore("the stored key is damaged".to_owned()))?;
                Ok(Some(Zeroizing::new(secret)))
            }
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(Error::KeyStore(error.to_string())),
        }
    }

    fn put(&self, name: KeyName, secret: &Secret) -> Result<(), Error> {
        self.entry(name)?.set_secret(&**secret).map_err(|error| Error::KeyStore(error.to_string()))
    }

    fn protection(&self) -> Protection {
        Protection::System
    }
}
