//! One piece of work in one transaction, done again where that is right.

use std::{pin::Pin, sync::Arc, time::Duration};

use deadpool_postgres::{Object, Pool, Transaction};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};
use tokio_postgres::IsolationLevel;

use crate::{LogError, Tip};

/// How often work is begun anyhow, and the first pause in between, which doubles: a restarting database is often back by then,
/// and a till that waits for it longer is better told.
const TRIES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// One try, waiting for a connection included. Longer than the server lets a statement run.
const TRY_MOST: Duration = Duration::from_secs(10);

/// What is done inside a transaction.
pub type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T, LogError>> + Send + 'a>>;

/// A change of the tables, which may build an index over all there is.
const SCHEMA_MOST: Duration = Duration::from_secs(3600);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
    Schema,
}

/// Where work is handed in. A clone is the same desk.
#[derive(Clone)]
pub struct Desk {
    pool: Pool,
    tip: Arc<watch::Sender<Tip>>,
    bell: Arc<Notify>,
}

/// A connection on loan. It goes back to the pool only when its work came to an end; otherwise it is closed, so that nobody
/// is ever answered what was meant for somebody else, or waits behind a server that says nothing.
struct Loan {
    connection: Option<Object>,
    ended: bool,
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take().filter(|_| !self.ended) {
            drop(Object::take(connection));
        }
    }
}

impl Desk {
    pub fn new(pool: Pool, tip: Arc<watch::Sender<Tip>>, bell: Arc<Notify>) -> Self {
        Self { pool, tip, bell }
    }

    /// One write transaction: `work` commits when it is `Ok`. It runs to its end even when nobody waits for it any more. It must be
    /// work that may be done again: after a commit whose answer was lost it is, and finds what it did. With what it did it says where
    /// the sequences end now, if it knows; the default is no news.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl for<'a> Fn(&'a Transaction<'a>) -> Doing<'a, (T, Tip)> + Send + Sync + 'static,
    ) -> Result<T, LogError> {
        let desk = self.clone();
        let written = tokio::spawn(async move {
            let (done, tip) = desk.again(Access::Write, &work).await?;
            if raise(&desk.tip, tip) {
                desk.bell.notify_one();
            }
            Ok(done)
        });
        written.await.map_err(|_| LogError::Closing)?
    }

    /// One read transaction, so that everything in it is seen at one moment.
    pub async fn look<T: Send>(&self, work: impl for<'a> Fn(&'a Transaction<'a>) -> Doing<'a, T> + Send + Sync) -> Result<T, LogError> {
        self.again(Access::Read, &work).await
    }

    /// One change of the tables, with time to wait for another process's.
    pub async fn change<T>(&self, work: impl for<'a> Fn(&'a Transaction<'a>) -> Doing<'a, T> + Sync) -> Result<T, LogError> {
        self.again(Access::Schema, &work).await
    }

    async fn again<T>(&self, access: Access, work: &(impl for<'a> Fn(&'a Transaction<'a>) -> Doing<'a, T> + Sync)) -> Result<T, LogError> {
        let most = if access == Access::Schema { SCHEMA_MOST } else { TRY_MOST };
        let (mut pause, mut left) = (FIRST_PAUSE, TRIES);
        loop {
            left -= 1;
            match timeout(most, self.once(access, work)).await {
                Ok(Err(error)) if left > 0 && error.passes() => {
                    tracing::warn!(%error, "the log's database is tried again");
                    sleep(pause).await;
                    pause *= 2;
                }
                Ok(done) => return done,
                Err(_) => return Err(LogError::too_slow()),
            }
        }
    }

    async fn once<T>(&self, access: Access, work: &(impl for<'a> Fn(&'a Transaction<'a>) -> Doing<'a, T> + Sync)) -> Result<T, LogError> {
        let mut loan = Loan { connection: Some(self.pool.get().await?), ended: false };
        let connection = loan.connection.as_mut().ok_or(LogError::Closing)?;
        let begin = connection.build_transaction();
        let begin = match access {
            Access::Read => begin.isolation_level(IsolationLevel::RepeatableRead).read_only(true),
            // Each statement sees what was committed before it, and so what a lock was waited for.
            Access::Write | Access::Schema => begin.isolation_level(IsolationLevel::ReadCommitted).read_only(false),
        };
        let transaction = begin.start().await?;
        let done = match work(&transaction).await {
            Ok(done) => transaction.commit().await.map(|()| Ok(done))?,
            Err(error) if error.is_own() => return Err(error),
            Err(refusal) => transaction.rollback().await.map(|()| Err(refusal))?,
        };
        loan.ended = true;
        done
    }
}

/// Whether it was news: two commits may be told in another order than they were made.
pub fn raise(tip: &watch::Sender<Tip>, now: Tip) -> bool {
    tip.send_if_modified(|tip| {
        let Tip { head, beside, recalls } = *tip;
        let now = Tip { head: head.max(now.head), beside: beside.max(now.beside), recalls: recalls.max(now.recalls) };
        let before = std::mem::replace(tip, now);
        *tip != before
    })
}
