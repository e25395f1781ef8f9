//! The log in one encrypted SQLite file: for a chain whose server is one process.
//!
//! One connection writes, a few read; both wait for their turn before they take a thread, and once on the thread a
//! transaction runs to its end even when nobody waits for it any more.

mod append;
mod beside;
mod build;
mod devices;
mod escrow;
mod file;
mod leases;
mod read;
mod rows;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use hefu_core::{
    ids::{DeviceId, LogId},
    wire::{Frame, Push},
};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{Semaphore, watch};

use crate::{Ask, ChainLog, Kept, LogError, LogHead, Tip, run::Run, seen::Met};

/// Readers at one time; more wait their turn.
const READERS: usize = 4;

pub struct SqliteLog {
    writer: Arc<tokio::sync::Mutex<Connection>>,
    readers: Arc<Mutex<Vec<Connection>>>,
    turns: Arc<Semaphore>,
    tip: Arc<watch::Sender<Tip>>,
    met: Met,
    /// Held as long as the log is open, so that no second process opens the file.
    _lock: std::fs::File,
}

impl SqliteLog {
    /// Opens the log's file, or makes it; `key` is 32 random bytes that the caller keeps elsewhere. Blocks.
    ///
    /// Errors: `Newer`, `InUse`, `KeyWrong`, `ReadOnly`, `DiskFull`, `FileDamaged`.
    pub fn open(path: &Path, key: &[u8; 32]) -> Result<Self, LogError> {
        Self::open_on(path, key, None)
    }

    /// The same through a registered SQLite VFS, for tests of power cuts and full disks.
    pub fn open_through(path: &Path, key: &[u8; 32], vfs: &str) -> Result<Self, LogError> {
        Self::open_on(path, key, Some(vfs))
    }

    fn open_on(path: &Path, key: &[u8; 32], vfs: Option<&str>) -> Result<Self, LogError> {
        let lock = file::lock(path)?;
        let mut writer = file::connect(path, key, vfs, file::Use::Write)?;
        file::migrate(&mut writer)?;
        while build::some(&mut writer)? {}
        let readers = (0..READERS).map(|_| file::connect(path, key, vfs, file::Use::Read)).collect::<Result<Vec<_>, _>>()?;
        let tip = read::tip(&writer.transaction()?)?;
        Ok(Self {
            writer: Arc::new(tokio::sync::Mutex::new(writer)),
            readers: Arc::new(Mutex::new(readers)),
            turns: Arc::new(Semaphore::new(READERS)),
            tip: Arc::new(watch::Sender::new(tip)),
            met: Met::default(),
            _lock: lock,
        })
    }

    /// One write transaction: `work` commits when it is `Ok`.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        let mut writer = self.writer.clone().lock_owned().await;
        let tip = self.tip.clone();
        spawn(move || {
            let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            let now = read::tip(&transaction)?;
            transaction.commit()?;
            tip.send_if_modified(|tip| std::mem::replace(tip, now) != now);
            Ok(done)
        })
        .await
    }

    /// One read transaction, so that everything in it is seen at one moment.
    async fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| LogError::Closing)?;
        let readers = self.readers.clone();
        spawn(move || {
            let taken = readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut reader = taken.ok_or(LogError::Closing)?;
            let done = reader.transaction().map_err(LogError::from).and_then(|transaction| work(&transaction));
            readers.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
            drop(turn);
            done
        })
        .await
    }
}

async fn spawn<T: Send + 'static>(work: impl FnOnce() -> Result<T, LogError> + Send + 'static) -> Result<T, LogError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| LogError::Closing)?
}

#[async_trait]
impl ChainLog for SqliteLog {
    async fn append(&self, device: DeviceId, push: Push, received_at: i64) -> Result<u64, LogError> {
        let run = Run::check(device, push, received_at)?;
        // A refusal that keeps bytes is a commit too, so it travels inside.
        self.write(move |transaction| append::append(&run, transaction)).await?
    }

    async fn read(&self, ask: Ask) -> Result<Frame, LogError> {
        self.look(move |transaction| read::frame(transaction, &ask)).await
    }

    async fn log_head(&self, log: LogId, seq: u64) -> Result<Option<LogHead>, LogError> {
        self.look(move |transaction| read::log_head(transaction, log, seq)).await
    }

    async fn kept(&self, log: LogId) -> Result<Vec<Kept>, LogError> {
        self.look(move |transaction| read::kept(transaction, log)).await
    }

    fn tip(&self) -> watch::Receiver<Tip> {
        self.tip.subscribe()
    }
}

#[cfg(test)]
mod tests;
