//! The rows of devices, invitations and settings.

use std::sync::Arc;

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use hefu_core::{
    ids::{DeviceId, StoreId},
    op::Hash,
};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    PgLog, leases,
    rows::{Quiet, bytes32},
    schema::LOCK_ENROL,
};
use crate::{
    Applicant, Device, Devices, Invitation, LogError, SqlState, Tip,
    values::{count, int},
};

macro_rules! device {
    ($rest:literal) => {
        concat!(
            "SELECT device, store, till_no, key, enrolled_at, last_seen_at, unsent, revoked_at,
                    EXISTS (SELECT FROM log WHERE log.device = device.device AND log.stopped_at IS NOT NULL)
             FROM device ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<Device, LogError> {
    Ok(Device {
        device: DeviceId(row.try_get(0)?),
        store: row.try_get::<_, Option<_>>(1)?.map(StoreId),
        till_no: u32::try_from(row.try_get::<_, i32>(2)?).map_err(|_| LogError::FileDamaged)?,
        key: bytes32(row, 3)?,
        enrolled_at: row.try_get(4)?,
        last_seen_at: row.try_get(5)?,
        unsent: count(row.try_get(6)?)?,
        revoked_at: row.try_get(7)?,
        stopped: row.try_get(8)?,
    })
}

async fn query(from: &Transaction<'_>, sql: &str, device: DeviceId) -> Result<Option<Device>, LogError> {
    let statement = from.prepare_cached(sql).await?;
    from.query_opt(&statement, &[&device.0]).await?.as_ref().map(read).transpose()
}

async fn find(from: &Transaction<'_>, device: DeviceId) -> Result<Option<Device>, LogError> {
    query(from, device!("WHERE device = $1"), device).await
}

/// With its row locked until the transaction ends.
pub async fn find_locked(to: &Transaction<'_>, device: DeviceId) -> Result<Option<Device>, LogError> {
    query(to, device!("WHERE device = $1 FOR NO KEY UPDATE OF device"), device).await
}

/// A push says that the device is there; the write is on its way to the disk anyhow.
pub async fn note_met(to: &Transaction<'_>, device: DeviceId, at: i64) -> Result<(), LogError> {
    let statement = to.prepare_cached("UPDATE device SET last_seen_at = greatest(last_seen_at, $2) WHERE device = $1").await?;
    to.execute(&statement, &[&device.0, &at]).await?;
    Ok(())
}

async fn all(from: &Transaction<'_>) -> Result<Vec<Device>, LogError> {
    let statement = from.prepare_cached(device!("ORDER BY no")).await?;
    from.query(&statement, &[]).await?.iter().map(read).collect()
}

/// The same invitation again is the one that was made; another one with its secret is refused.
async fn invite(to: &Transaction<'_>, invitation: &Invitation) -> Result<(), LogError> {
    let Invitation { secret, store, issued_at, expires_at } = invitation;
    let secret_hash = Hash::of(secret.as_bytes()).0;
    let store = store.map(|store| store.0);
    let sql = "INSERT INTO invitation (secret_hash, store, issued_at, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    if to.execute(sql, &[&secret_hash.as_slice(), &store, issued_at, expires_at]).await? > 0 {
        return Ok(());
    }
    let sql = "SELECT store IS NOT DISTINCT FROM $2 AND issued_at = $3 AND expires_at = $4 FROM invitation WHERE secret_hash = $1";
    let same = to.query_one(sql, &[&secret_hash.as_slice(), &store, issued_at, expires_at]).await?;
    if same.try_get(0)? { Ok(()) } else { Err(LogError::Server(Some(SqlState(*b"23505")))) }
}

async fn enrol(to: &Transaction<'_>, applicant: &Applicant, at: i64) -> Result<Device, LogError> {
    // One at a time in the whole chain: numbers of tills follow on each other in their store.
    to.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK_ENROL]).await?;
    let secret_hash = Hash::of(applicant.secret.as_bytes()).0;
    let sql = "SELECT store, expires_at, used_by FROM invitation WHERE secret_hash = $1";
    let found = to.query_opt(sql, &[&secret_hash.as_slice()]).await?.ok_or(LogError::EnrolWrong)?;
    if let Some(used_by) = found.try_get::<_, Option<Uuid>>(2)? {
        let device = find(to, DeviceId(used_by)).await?;
        return device.filter(|device| device.key == applicant.key).ok_or(LogError::EnrolUsed);
    }
    if at >= found.try_get::<_, i64>(1)? {
        return Err(LogError::EnrolOld);
    }
    let store: Option<Uuid> = found.try_get(0)?;
    to.execute(
        "INSERT INTO device (no, device, key, store, till_no, enrolled_at)
         SELECT coalesce(max(no), 0) + 1, $1, $2, $3, coalesce(max(till_no) FILTER (WHERE store IS NOT DISTINCT FROM $3), 0) + 1, $4
         FROM device",
        &[&applicant.device.0, &applicant.key.as_slice(), &store, &at],
    )
    .await?;
    to.execute("UPDATE invitation SET used_by = $2 WHERE secret_hash = $1", &[&secret_hash.as_slice(), &applicant.device.0]).await?;
    find(to, applicant.device).await?.ok_or(LogError::FileDamaged)
}

async fn note_seen(to: &Transaction<'_>, device: DeviceId, at: i64, unsent: i64) -> Result<(), LogError> {
    to.execute("UPDATE device SET last_seen_at = greatest(last_seen_at, $2), unsent = $3 WHERE device = $1", &[&device.0, &at, &unsent])
        .await?;
    Ok(())
}

async fn revoke(to: &Transaction<'_>, device: DeviceId, at: i64) -> Result<(), LogError> {
    let sql = "UPDATE device SET revoked_at = coalesce(revoked_at, $2) WHERE device = $1";
    if to.execute(sql, &[&device.0, &at]).await? == 0 {
        return Err(LogError::DeviceUnknown);
    }
    leases::lose_device(to, device, at).await
}

async fn setting(from: &Transaction<'_>, name: &str) -> Result<Option<Vec<u8>>, LogError> {
    let row = from.query_opt("SELECT value FROM setting WHERE name = $1", &[&name]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

async fn set_setting(to: &Transaction<'_>, name: &str, value: Option<&[u8]>) -> Result<(), LogError> {
    match value {
        Some(value) => {
            let sql = "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
            to.execute(sql, &[&name, &Quiet(value)]).await?
        }
        None => to.execute("DELETE FROM setting WHERE name = $1", &[&name]).await?,
    };
    Ok(())
}

/// A write that moves neither sequence.
fn quietly<T>(done: T) -> (T, Tip) {
    (done, Tip::default())
}

impl PgLog {
    /// With what was seen here since it was last written down, unless another process has met the device later.
    fn with_seen(&self, mut device: Device) -> Device {
        if let Some(seen) = self.met.of(device.device).filter(|seen| Some(seen.at) >= device.last_seen_at) {
            device.last_seen_at = Some(seen.at);
            device.unsent = seen.unsent;
        }
        device
    }
}

#[async_trait]
impl Devices for PgLog {
    async fn invite(&self, invitation: Invitation) -> Result<(), LogError> {
        let invitation = Arc::new(invitation);
        self.desk
            .write(move |to| {
                let invitation = invitation.clone();
                Box::pin(async move { invite(to, &invitation).await.map(quietly) })
            })
            .await
    }

    async fn enrol(&self, applicant: Applicant, at: i64) -> Result<Device, LogError> {
        let applicant = Arc::new(applicant);
        self.desk
            .write(move |to| {
                let applicant = applicant.clone();
                Box::pin(async move { enrol(to, &applicant, at).await.map(quietly) })
            })
            .await
    }

    async fn device(&self, device: DeviceId) -> Result<Option<Device>, LogError> {
        let found = self.desk.look(move |from| Box::pin(find(from, device))).await?;
        Ok(found.map(|device| self.with_seen(device)))
    }

    async fn devices(&self) -> Result<Vec<Device>, LogError> {
        let devices = self.desk.look(|from| Box::pin(all(from))).await?;
        Ok(devices.into_iter().map(|device| self.with_seen(device)).collect())
    }

    async fn seen(&self, device: DeviceId, at: i64, unsent: u64) -> Result<(), LogError> {
        if !self.met.note(device, at, unsent) {
            return Ok(());
        }
        let unsent = int(unsent)?;
        self.desk.write(move |to| Box::pin(async move { note_seen(to, device, at, unsent).await.map(quietly) })).await
    }

    async fn revoke(&self, device: DeviceId, at: i64) -> Result<(), LogError> {
        self.desk.write(move |to| Box::pin(async move { revoke(to, device, at).await.map(quietly) })).await
    }

    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, LogError> {
        let name: Arc<str> = name.into();
        self.desk
            .look(move |from| {
                let name = name.clone();
                Box::pin(async move { setting(from, &name).await })
            })
            .await
    }

    async fn set_setting(&self, name: &str, value: Option<Vec<u8>>) -> Result<(), LogError> {
        let set: Arc<(String, Option<Vec<u8>>)> = Arc::new((name.to_owned(), value));
        self.desk
            .write(move |to| {
                let set = set.clone();
                Box::pin(async move { set_setting(to, &set.0, set.1.as_deref()).await.map(quietly) })
            })
            .await
    }
}
