//! Lending, and what becomes of what was lent.
//!
//! A request locks its device's row first, like a push: so it is before a revocation or after it, and before a push of the same device or
//! after it. Then come the accounts, in their order.

use std::sync::Arc;

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use hefu_core::{
    ids::{DeviceId, LeaseId, LogId},
    lease::{Amount, Answer, Ask, Escrow, Holder, Lendable, Lost, Recall, Statement},
};

use super::{PgLog, devices, escrow, read};
use crate::{
    Breached, Freed, Leases, LogError, Tip,
    escrow::{LeaseRow, Losing, Wanted, lends_to, word_str},
};

/// A device is revoked: what it holds is in doubt. Its row is locked, so it is lent nothing meanwhile.
pub async fn lose_device(to: &Transaction<'_>, device: DeviceId, at: i64) -> Result<(), LogError> {
    let live = escrow::leases(to, escrow::LIVE_OF_DEVICE, &device.0).await?;
    escrow::take(to, &Losing { live, lost: vec![Lost::Device(device)], at }, &[]).await.map(drop)
}

/// A log is stopped.
pub async fn lose_log(to: &Transaction<'_>, log: LogId, at: i64) -> Result<(), LogError> {
    let live = escrow::leases(to, escrow::LIVE_OF_LOG, &log.0).await?;
    escrow::take(to, &Losing { live, lost: vec![Lost::Log(log)], at }, &[]).await.map(drop)
}

/// What a device holds in other logs than the one that it writes now.
pub async fn other_logs(from: &Transaction<'_>, device: DeviceId, log: LogId, at: i64) -> Result<Losing, LogError> {
    Ok(Losing::other_logs(escrow::leases(from, escrow::LIVE_OF_DEVICE, &device.0).await?, log, at))
}

async fn lend(to: &Transaction<'_>, holder: Holder, asks: &[Ask]) -> Result<Vec<Answer>, LogError> {
    let device = devices::find_locked(to, holder.device).await?.ok_or(LogError::DeviceUnknown)?;
    let statement = to.prepare_cached("SELECT device, stopped_at IS NOT NULL FROM log WHERE log = $1").await?;
    let log = match to.query_opt(&statement, &[&holder.log.0]).await? {
        Some(row) => Some((DeviceId(row.try_get(0)?), row.try_get(1)?)),
        None => None,
    };
    let standing = lends_to(holder, asks, &device, log)?;
    let mut books = escrow::open(to, &Wanted::of_asks(asks)).await?;
    let answers = books.lend(asks, standing)?;
    escrow::store(to, &books.changes()).await?;
    Ok(answers)
}

async fn call_back(to: &Transaction<'_>, asker: Holder, account: Lendable, amount: Amount) -> Result<(Vec<Recall>, Tip), LogError> {
    let mut books = escrow::open(to, &Wanted::one(account, None)).await?;
    let (recalls, new) = books.call_back(account, amount, asker)?;
    escrow::store(to, &books.changes()).await?;
    Ok((recalls, tell_recall(to, new).await?))
}

async fn recall(to: &Transaction<'_>, lease: LeaseId, account: Lendable) -> Result<(Option<Recall>, Tip), LogError> {
    let mut books = escrow::open(to, &Wanted::one(account, Some(lease))).await?;
    let recall = books.recall(lease, account)?;
    let changes = books.changes();
    escrow::store(to, &changes).await?;
    Ok((recall, tell_recall(to, recall.is_some() && !changes.leases.is_empty()).await?))
}

/// Who waits is to look at what is called back. Also when it is done again after a commit whose answer was lost.
async fn tell_recall(to: &Transaction<'_>, new: bool) -> Result<Tip, LogError> {
    if new {
        let statement = to.prepare_cached("UPDATE head SET recall_seq = recall_seq + 1").await?;
        to.execute(&statement, &[]).await?;
    }
    read::tip(to).await
}

async fn release(to: &Transaction<'_>, lease: LeaseId, freed: &Freed) -> Result<i64, LogError> {
    let (word, by) = (word_str(&freed.word), freed.by.map(|by| by.0));
    let row = escrow::leases(to, escrow::ONE, &lease.0).await?.pop().ok_or(LogError::NotInDoubt)?;
    let mut books = escrow::open(to, &Wanted::one(row.account, Some(lease))).await?;
    let sql = "SELECT amount FROM lease_release WHERE lease = $1 AND word = $2 AND staff IS NOT DISTINCT FROM $3 AND at = $4";
    let statement = to.prepare_cached(sql).await?;
    if let Some(said) = to.query_opt(&statement, &[&lease.0, &word, &by, &freed.at]).await? {
        return Ok(said.try_get(0)?);
    }
    let amount = books.escrow(row.account)?.release(lease, freed.word).map_err(|_| LogError::NotInDoubt)?;
    escrow::store(to, &books.changes()).await?;
    let sql = "INSERT INTO lease_release (lease, word, staff, at, amount) VALUES ($1, $2, $3, $4, $5)";
    let statement = to.prepare_cached(sql).await?;
    to.execute(&statement, &[&lease.0, &word, &by, &freed.at, &amount]).await?;
    Ok(amount)
}

async fn disk_read(to: &Transaction<'_>, log: LogId) -> Result<(), LogError> {
    let lost = escrow::leases(to, escrow::LOST_OF_LOG, &log.0).await?;
    let mut books = escrow::open(to, &Wanted::of_rows(&lost)).await?;
    books.disk_read(log);
    escrow::store(to, &books.changes()).await
}

async fn statements(from: &Transaction<'_>, log: LogId, accounts: &[Lendable]) -> Result<Vec<Statement>, LogError> {
    let as_of = read::tip(from).await?.head;
    let wanted = Wanted { accounts: accounts.iter().copied().collect(), ..Wanted::default() };
    escrow::look(from, &wanted).await?.statements(accounts, as_of, log)
}

#[async_trait]
impl Leases for PgLog {
    async fn lend(&self, to: Holder, asks: Vec<Ask>) -> Result<Vec<Answer>, LogError> {
        let asks: Arc<[Ask]> = asks.into();
        self.desk
            .write(move |transaction| {
                let asks = asks.clone();
                Box::pin(async move { Ok((lend(transaction, to, &asks).await?, Tip::default())) })
            })
            .await
    }

    async fn call_back(&self, asker: Holder, account: Lendable, amount: Amount) -> Result<Vec<Recall>, LogError> {
        self.desk.write(move |to| Box::pin(call_back(to, asker, account, amount))).await
    }

    async fn recall(&self, lease: LeaseId, account: Lendable) -> Result<Option<Recall>, LogError> {
        self.desk.write(move |to| Box::pin(recall(to, lease, account))).await
    }

    async fn recalls(&self, log: LogId) -> Result<Vec<Recall>, LogError> {
        let rows = self.desk.look(move |from| Box::pin(async move { escrow::leases(from, escrow::RECALLED_OF_LOG, &log.0).await })).await?;
        Ok(rows.iter().filter_map(LeaseRow::recall).collect())
    }

    async fn release(&self, lease: LeaseId, freed: Freed) -> Result<i64, LogError> {
        self.desk.write(move |to| Box::pin(async move { Ok((release(to, lease, &freed).await?, Tip::default())) })).await
    }

    async fn disk_read(&self, log: LogId) -> Result<(), LogError> {
        self.desk.write(move |to| Box::pin(async move { Ok((disk_read(to, log).await?, Tip::default())) })).await
    }

    async fn statements(&self, log: LogId, accounts: Vec<Lendable>) -> Result<Vec<Statement>, LogError> {
        let accounts: Arc<[Lendable]> = accounts.into();
        self.desk
            .look(move |from| {
                let accounts = accounts.clone();
                Box::pin(async move { statements(from, log, &accounts).await })
            })
            .await
    }

    async fn escrow(&self, account: Lendable) -> Result<Escrow, LogError> {
        self.desk.look(move |from| Box::pin(async move { escrow::look_whole(from, account).await?.escrow(account).cloned() })).await
    }

    async fn breaches(&self, after: (u64, u32), most: u32) -> Result<Vec<Breached>, LogError> {
        self.desk.look(move |from| Box::pin(escrow::breaches(from, after, most))).await
    }
}
