//! One SQLite file: operations, and the tables folded from them, changed in one transaction. Every node has one.
//!
//! A replica keeps facts and finds them again; it knows no business rule and no network. It promises: an operation
//! that was committed survives a power cut (WAL, `synchronous=FULL`, one fsync); what is folded is a pure function of
//! the operations and their sequence marks (I6); a frame and its cursor are one transaction (I13); a second process on
//! the file is refused.

mod append;
mod apply;
mod digest;
mod error;
mod file;
mod fold;
pub mod keys;
mod meta;
mod outgoing;
mod schema;
mod tables;
mod verify;

use std::sync::{Arc, Mutex};

use hefu_core::ids::{ChainId, DeviceId, LogId, StoreId};
use tokio::sync::watch;

pub use append::{Appended, By, Writing};
pub use digest::{Digest, FOLD};
pub use error::Error;
pub use file::Place;
pub use keys::{FileKeys, KeyName, KeyStore, Protection, Secret, SystemKeys};
pub use outgoing::{Cursor, Held, Unsent};
pub use tables::*;
pub use verify::Verified;

use file::Connections;

/// Who a replica file is: fixed when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    pub chain: ChainId,
    pub device: DeviceId,
    /// The store this till stands in; `None` at HQ.
    pub store: Option<StoreId>,
    pub till_no: u32,
    /// This file's own log: a new or restored file is a new log of the same device.
    pub log: LogId,
}

/// A replica, open. Clones share it; calls block on SQLite, so an async caller sends them to a blocking thread.
#[derive(Clone)]
pub struct Replica {
    inner: Arc<Inner>,
}

struct Inner {
    identity: Identity,
    files: Connections,
    changed: watch::Sender<u64>,
    /// One verification at a time: they share a file.
    verifying: Mutex<()>,
}

impl Replica {
    /// Makes a new file for `identity`. Errors with `setup.already` where there is one.
    pub fn create(place: &Place, identity: Identity) -> Result<Self, Error> {
        let files = Connections::create(place, |tx| meta::write_identity(tx, &identity))?;
        Ok(Self::over(files, identity))
    }

    /// Opens an existing file; brings its tables up to date when this program folds better than the one before. Errors
    /// with `database.newer` when it is this program that is behind.
    pub fn open(place: &Place) -> Result<Self, Error> {
        Self::open_telling(place, &mut |_, _| ())
    }

    /// The same, telling how many operations of how many are folded again while the tables are brought up to date.
    pub fn open_telling(place: &Place, tell: &mut dyn FnMut(u64, u64)) -> Result<Self, Error> {
        let files = Connections::open(place)?;
        let identity = files.read(meta::read_identity)?;
        let replica = Self::over(files, identity);
        match replica.inner.files.read(meta::fold_version)? {
            found if found > FOLD => Err(Error::NewerFold { found, known: FOLD }),
            found if found < FOLD => replica.rebuild_telling(tell).map(|()| replica),
            _ if replica.inner.files.read(fold::is_old)? => {
                replica.write(|writing| fold::put_away_old(writing.connection())).map(|()| replica)
            }
            _ => Ok(replica),
        }
    }

    fn over(files: Connections, identity: Identity) -> Self {
        Self { inner: Arc::new(Inner { identity, files, changed: watch::Sender::new(0), verifying: Mutex::new(()) }) }
    }

    pub fn identity(&self) -> Identity {
        self.inner.identity
    }

    pub fn chain(&self) -> ChainId {
        self.inner.identity.chain
    }

    pub fn device(&self) -> DeviceId {
        self.inner.identity.device
    }

    pub fn log(&self) -> LogId {
        self.inner.identity.log
    }

    /// Counts every commit: own operations, frames, marks.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }

    /// Reads with one connection of the pool, when one is free; every statement inside sees one state of the book. Not to be
    /// called inside another read.
    pub fn read<T>(&self, work: impl FnOnce(&Reading<'_>) -> Result<T, Error>) -> Result<T, Error> {
        self.inner.files.read(|connection| work(&Reading::new(connection)))
    }

    /// Changes the book in one durable transaction; an error undoes all of it.
    pub fn write<T>(&self, work: impl FnOnce(&mut Writing<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let identity = self.inner.identity;
        let done = self.inner.files.write(|tx| {
            let mut writing = Writing::new(tx, identity)?;
            let done = work(&mut writing)?;
            writing.check()?;
            Ok(done)
        })?;
        self.inner.changed.send_modify(|count| *count += 1);
        Ok(done)
    }
}
