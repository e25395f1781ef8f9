//! Lending, and what becomes of what was lent.

use async_trait::async_trait;
use hefu_core::{
    ids::{DeviceId, LeaseId, LogId},
    lease::{Amount, Answer, Ask, Escrow, Holder, Lendable, Lost, Recall, Statement},
};
use rusqlite::{OptionalExtension, Transaction, params};

use super::{SqliteLog, devices, escrow, read};
use crate::{
    Breached, Freed, Leases, LogError,
    escrow::{LeaseRow, Losing, Wanted, lends_to, word_str},
};

const LIVE_OF_DEVICE: &str = "device = ?1 AND remaining > 0";
const LIVE_OF_LOG: &str = "log = ?1 AND stage IN ('lent', 'recalled') AND remaining > 0";
const LOST_OF_LOG: &str = "log = ?1 AND stage IN ('in_doubt', 'released')";
const RECALLED_OF_LOG: &str = "log = ?1 AND stage = 'recalled' ORDER BY lease";

/// A device is revoked: what it holds is in doubt.
pub fn lose_device(to: &Transaction<'_>, device: DeviceId, at: i64) -> Result<(), LogError> {
    let live = escrow::leases(to, LIVE_OF_DEVICE, device.as_bytes())?;
    escrow::take(to, &Losing { live, lost: vec![Lost::Device(device)], at }, &[]).map(drop)
}

/// A log is stopped.
pub fn lose_log(to: &Transaction<'_>, log: LogId, at: i64) -> Result<(), LogError> {
    let live = escrow::leases(to, LIVE_OF_LOG, log.as_bytes())?;
    escrow::take(to, &Losing { live, lost: vec![Lost::Log(log)], at }, &[]).map(drop)
}

/// What a device holds in other logs than the one that it writes now.
pub fn other_logs(from: &Transaction<'_>, device: DeviceId, log: LogId, at: i64) -> Result<Losing, LogError> {
    Ok(Losing::other_logs(escrow::leases(from, LIVE_OF_DEVICE, device.as_bytes())?, log, at))
}

fn lend(to: &Transaction<'_>, holder: Holder, asks: &[Ask]) -> Result<Vec<Answer>, LogError> {
    let device = devices::find(to, holder.device)?.ok_or(LogError::DeviceUnknown)?;
    let log = to
        .prepare_cached("SELECT device, stopped_at IS NOT NULL FROM log WHERE log = ?1")?
        .query_row([holder.log.as_bytes()], |row| Ok((DeviceId::from_bytes(row.get(0)?), row.get(1)?)))
        .optional()?;
    let standing = lends_to(holder, asks, &device, log)?;
    let mut books = escrow::open(to, &Wanted::of_asks(asks))?;
    let answers = books.lend(asks, standing)?;
    escrow::store(to, &books.changes())?;
    Ok(answers)
}

fn call_back(to: &Transaction<'_>, asker: Holder, account: Lendable, amount: Amount) -> Result<Vec<Recall>, LogError> {
    let mut books = escrow::open(to, &Wanted::one(account, None))?;
    let (recalls, new) = books.call_back(account, amount, asker)?;
    escrow::store(to, &books.changes())?;
    if new {
        tell_recall(to)?;
    }
    Ok(recalls)
}

fn recall(to: &Transaction<'_>, lease: LeaseId, account: Lendable) -> Result<Option<Recall>, LogError> {
    let mut books = escrow::open(to, &Wanted::one(account, Some(lease)))?;
    let recall = books.recall(lease, account)?;
    let changes = books.changes();
    escrow::store(to, &changes)?;
    if recall.is_some() && !changes.leases.is_empty() {
        tell_recall(to)?;
    }
    Ok(recall)
}

/// Who waits is to look at what is called back.
fn tell_recall(to: &Transaction<'_>) -> Result<(), LogError> {
    to.execute("UPDATE head SET recall_seq = recall_seq + 1", [])?;
    Ok(())
}

fn release(to: &Transaction<'_>, lease: LeaseId, freed: &Freed) -> Result<i64, LogError> {
    let word = word_str(&freed.word);
    let by = freed.by.map(|by| *by.as_bytes());
    let mut said = to.prepare_cached("SELECT amount FROM lease_release WHERE lease = ?1 AND word = ?2 AND staff IS ?3 AND at = ?4")?;
    if let Some(amount) = said.query_row(params![lease.as_bytes(), word, by, freed.at], |row| row.get(0)).optional()? {
        return Ok(amount);
    }
    let row = escrow::leases(to, "lease = ?1", lease.as_bytes())?.pop().ok_or(LogError::NotInDoubt)?;
    let mut books = escrow::open(to, &Wanted::one(row.account, Some(lease)))?;
    let amount = books.escrow(row.account)?.release(lease, freed.word).map_err(|_| LogError::NotInDoubt)?;
    escrow::store(to, &books.changes())?;
    to.prepare_cached("INSERT INTO lease_release (lease, word, staff, at, amount) VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
        lease.as_bytes(),
        word,
        by,
        freed.at,
        amount
    ])?;
    Ok(amount)
}

fn disk_read(to: &Transaction<'_>, log: LogId) -> Result<(), LogError> {
    let lost = escrow::leases(to, LOST_OF_LOG, log.as_bytes())?;
    let mut books = escrow::open(to, &Wanted::of_rows(&lost))?;
    books.disk_read(log);
    escrow::store(to, &books.changes())
}

fn statements(from: &Transaction<'_>, log: LogId, accounts: &[Lendable]) -> Result<Vec<Statement>, LogError> {
    let as_of = read::tip(from)?.head;
    let wanted = Wanted { accounts: accounts.iter().copied().collect(), ..Wanted::default() };
    escrow::open(from, &wanted)?.statements(accounts, as_of, log)
}

#[async_trait]
impl Leases for SqliteLog {
    async fn lend(&self, to: Holder, asks: Vec<Ask>) -> Result<Vec<Answer>, LogError> {
        self.write(move |transaction| lend(transaction, to, &asks)).await
    }

    async fn call_back(&self, asker: Holder, account: Lendable, amount: Amount) -> Result<Vec<Recall>, LogError> {
        self.write(move |to| call_back(to, asker, account, amount)).await
    }

    async fn recall(&self, lease: LeaseId, account: Lendable) -> Result<Option<Recall>, LogError> {
        self.write(move |to| recall(to, lease, account)).await
    }

    async fn recalls(&self, log: LogId) -> Result<Vec<Recall>, LogError> {
        let rows = self.look(move |from| escrow::leases(from, RECALLED_OF_LOG, log.as_bytes())).await?;
        Ok(rows.iter().filter_map(LeaseRow::recall).collect())
    }

    async fn release(&self, lease: LeaseId, freed: Freed) -> Result<i64, LogError> {
        self.write(move |to| release(to, lease, &freed)).await
    }

    async fn disk_read(&self, log: LogId) -> Result<(), LogError> {
        self.write(move |to| disk_read(to, log)).await
    }

    async fn statements(&self, log: LogId, accounts: Vec<Lendable>) -> Result<Vec<Statement>, LogError> {
        self.look(move |from| statements(from, log, &accounts)).await
    }

    async fn escrow(&self, account: Lendable) -> Result<Escrow, LogError> {
        self.look(move |from| escrow::open_whole(from, account)?.escrow(account).cloned()).await
    }

    async fn breaches(&self, after: (u64, u32), most: u32) -> Result<Vec<Breached>, LogError> {
        self.look(move |from| escrow::breaches(from, after, most)).await
    }
}
