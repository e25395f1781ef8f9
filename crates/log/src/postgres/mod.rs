//! The log in a PostgreSQL database: for a chain whose server is several processes, each with a `PgLog` of its own (E7).
//!
//! A push locks its device's row, so one device's pushes stand in a line, and as its last step the one row that holds the
//! chain's sequence: the order of commits is the order of the sequence, without gaps (I4). Whoever commits tells the other
//! processes by one coalescing `NOTIFY`, outside the transaction; a slow look at the sequence stands behind it.
//!
//! Every call may be made again, and what it then finds in the tables says what happened. So when a connection is lost, also
//! while a commit is on its way, the same work is done again on another connection; and when that does not help soon, the
//! caller hears [`LogError::Unreachable`] and pushes again. An answer that was not read in the tables is never given.

mod append;
mod beside;
mod build;
mod devices;
mod errors;
mod escrow;
mod leases;
mod place;
mod read;
mod rows;
mod schema;
mod wake;
mod work;

use std::sync::Arc;

use async_trait::async_trait;
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use hefu_core::{
    ids::{DeviceId, LogId},
    wire::{Frame, Push},
};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};

pub use place::PgPlace;

use crate::{Ask, ChainLog, Kept, LogError, LogHead, Tip, run::Run, seen::Met};
use work::Desk;

/// Connections of one process at one time, beside the one that listens; more work waits its turn.
const CONNECTIONS: usize = 16;

pub struct PgLog {
    desk: Desk,
    tip: watch::Receiver<Tip>,
    met: Met,
    /// Ended with the log.
    _wake: JoinSet<()>,
}

impl PgLog {
    /// Opens the log in the database at `place`, and brings its tables up to this program's; any number of processes may.
    /// One chain has one database.
    ///
    /// Errors: `Newer`; `NotDurable`; `Unreachable`, also for a certificate that is not trusted; `Server` when the database
    /// does not know the user or gives it too few rights.
    pub async fn open(place: PgPlace) -> Result<Self, LogError> {
        let (config, tls) = place.connector()?;
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config.clone(), tls.clone(), recycling);
        let pool = Pool::builder(manager).max_size(CONNECTIONS).build().map_err(|_| LogError::Closing)?;
        let tip = Arc::new(watch::Sender::new(Tip::default()));
        let bell = Arc::new(Notify::new());
        let desk = Desk::new(pool, tip.clone(), bell.clone());
        schema::migrate(&desk).await?;
        build::all(&desk).await?;
        let now = desk.look(|from| Box::pin(read::tip(from))).await?;
        tip.send_replace(now);
        let mut wake = JoinSet::new();
        wake.spawn(wake::listen(config, tls, tip.clone(), bell));
        Ok(Self { desk, tip: tip.subscribe(), met: Met::default(), _wake: wake })
    }
}

#[async_trait]
impl ChainLog for PgLog {
    async fn append(&self, device: DeviceId, push: Push, received_at: i64) -> Result<u64, LogError> {
        let run = Arc::new(Run::check(device, push, received_at)?);
        // A refusal that keeps bytes is a commit too, so it travels inside.
        self.desk
            .write(move |to| {
                let run = run.clone();
                Box::pin(async move { append::append(&run, to).await })
            })
            .await?
    }

    async fn read(&self, ask: Ask) -> Result<Frame, LogError> {
        self.desk.look(move |from| Box::pin(read::frame(from, ask))).await
    }

    async fn log_head(&self, log: LogId, seq: u64) -> Result<Option<LogHead>, LogError> {
        self.desk.look(move |from| Box::pin(read::log_head(from, log, seq))).await
    }

    async fn kept(&self, log: LogId) -> Result<Vec<Kept>, LogError> {
        self.desk.look(move |from| Box::pin(read::kept(from, log))).await
    }

    fn tip(&self) -> watch::Receiver<Tip> {
        self.tip.clone()
    }
}

#[cfg(test)]
mod tests;
