//! Hearing what other processes committed, and telling them: a connection of its own that listens.
//!
//! `NOTIFY` is never part of a push: it makes all commits that carry one stand in a line. A bell that rang several times
//! meanwhile is one `NOTIFY`. Nothing depends on its arrival: the sequence is looked at every little while anyhow.

use std::{future::poll_fn, sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, tls::MakeTlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{read, work::raise};
use crate::{LogError, Tip};

/// How often the sequence is looked at when nobody says anything, and how soon a lost connection is sought again.
const LOOK_EVERY: Duration = Duration::from_millis(500);
const ANSWER_MOST: Duration = Duration::from_secs(10);

/// A commit of this connection says nothing of value, so nobody waits for the disk because of it.
const BEGIN: &str = "SET synchronous_commit = off; LISTEN hefu_log";

type TlsStream = <MakeRustlsConnect as MakeTlsConnect<tokio_postgres::Socket>>::Stream;

/// Keeps `tip` level with the database, and tells the other processes whenever `bell` rang, until it is dropped.
pub async fn listen(config: Config, tls: MakeRustlsConnect, tip: Arc<watch::Sender<Tip>>, bell: Arc<Notify>) {
    loop {
        if let Err(error) = session(&config, tls.clone(), &tip, &bell).await {
            tracing::warn!(%error, "the log's database is listened to again");
        }
        sleep(LOOK_EVERY).await;
    }
}

async fn session(config: &Config, tls: MakeRustlsConnect, tip: &watch::Sender<Tip>, bell: &Notify) -> Result<(), LogError> {
    let (client, connection) = config.connect(tls).await?;
    let heard = Arc::new(Notify::new());
    // Ended with the session.
    let mut driver = JoinSet::new();
    driver.spawn(drive(connection, heard.clone()));
    answered(client.batch_execute(BEGIN)).await?;
    loop {
        // What was committed before the listening began is seen by this look; what comes after it rings.
        let now = answered(client.query_one(read::TIP, &[])).await?;
        raise(tip, read::tip_of(&now)?);
        tokio::select! {
            () = heard.notified() => (),
            () = bell.notified() => tell(&client).await?,
            () = sleep(LOOK_EVERY) => (),
            _ = driver.join_next() => return Err(LogError::Unreachable(std::io::ErrorKind::ConnectionReset.into())),
        }
    }
}

async fn tell(client: &Client) -> Result<(), LogError> {
    answered(client.batch_execute("NOTIFY hefu_log")).await
}

async fn answered<T>(asked: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, LogError> {
    Ok(timeout(ANSWER_MOST, asked).await.map_err(|_| LogError::too_slow())??)
}

async fn drive(mut connection: Connection<tokio_postgres::Socket, TlsStream>, heard: Arc<Notify>) {
    while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
        if matches!(message, AsyncMessage::Notification(_)) {
            heard.notify_one();
        }
    }
}
