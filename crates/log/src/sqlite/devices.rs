//! The rows of devices, invitations and settings.

use async_trait::async_trait;
use hefu_core::{
    ids::{DeviceId, StoreId},
    op::Hash,
};
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{SqliteLog, leases, rows::store};
use crate::{
    Applicant, Device, Devices, Invitation, LogError,
    values::{count, int},
};

const DEVICE: &str = "SELECT device, store, till_no, key, enrolled_at, last_seen_at, unsent, revoked_at,
    EXISTS (SELECT 1 FROM log WHERE log.device = device.device AND log.stopped_at IS NOT NULL) FROM device";

fn read(row: &Row<'_>) -> Result<Device, LogError> {
    Ok(Device {
        device: DeviceId::from_bytes(row.get(0)?),
        store: store(row.get(1)?),
        till_no: row.get(2)?,
        key: row.get(3)?,
        enrolled_at: row.get(4)?,
        last_seen_at: row.get(5)?,
        unsent: count(row.get(6)?)?,
        revoked_at: row.get(7)?,
        stopped: row.get(8)?,
    })
}

pub fn find(from: &Transaction<'_>, device: DeviceId) -> Result<Option<Device>, LogError> {
    let mut query = from.prepare_cached(&format!("{DEVICE} WHERE device = ?1"))?;
    let mut rows = query.query([device.as_bytes()])?;
    rows.next()?.map(read).transpose()
}

/// A push says that the device is there; the write is on its way to the disk anyhow.
pub fn note_met(to: &Transaction<'_>, device: DeviceId, at: i64) -> Result<(), LogError> {
    let mut update = to.prepare_cached("UPDATE device SET last_seen_at = max(coalesce(last_seen_at, ?2), ?2) WHERE device = ?1")?;
    update.execute(params![device.as_bytes(), at])?;
    Ok(())
}

fn all(from: &Transaction<'_>) -> Result<Vec<Device>, LogError> {
    let mut query = from.prepare_cached(&format!("{DEVICE} ORDER BY no"))?;
    let mut rows = query.query([])?;
    let mut devices = Vec::new();
    while let Some(row) = rows.next()? {
        devices.push(read(row)?);
    }
    Ok(devices)
}

fn invite(to: &Transaction<'_>, invitation: &Invitation) -> Result<(), LogError> {
    let Invitation { secret, store, issued_at, expires_at } = invitation;
    to.execute(
        "INSERT INTO invitation (secret_hash, store, issued_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
        params![Hash::of(secret.as_bytes()).0, bytes(*store), issued_at, expires_at],
    )?;
    Ok(())
}

fn enrol(to: &Transaction<'_>, applicant: &Applicant, at: i64) -> Result<Device, LogError> {
    let secret_hash = Hash::of(applicant.secret.as_bytes()).0;
    let found = to
        .query_row("SELECT store, expires_at, used_by FROM invitation WHERE secret_hash = ?1", [secret_hash], |row| {
            Ok((row.get::<_, Option<[u8; 16]>>(0)?, row.get::<_, i64>(1)?, row.get::<_, Option<[u8; 16]>>(2)?))
        })
        .optional()?;
    let (store, expires_at, used_by) = found.ok_or(LogError::EnrolWrong)?;
    if let Some(used_by) = used_by {
        let device = find(to, DeviceId::from_bytes(used_by))?;
        return device.filter(|device| device.key == applicant.key).ok_or(LogError::EnrolUsed);
    }
    if at >= expires_at {
        return Err(LogError::EnrolOld);
    }
    to.execute(
        "INSERT INTO device (device, key, store, till_no, enrolled_at)
         SELECT ?1, ?2, ?3, coalesce(max(till_no), 0) + 1, ?4 FROM device WHERE store IS ?3",
        params![applicant.device.as_bytes(), applicant.key, store, at],
    )?;
    to.execute("UPDATE invitation SET used_by = ?2 WHERE secret_hash = ?1", params![secret_hash, applicant.device.as_bytes()])?;
    find(to, applicant.device)?.ok_or(LogError::FileDamaged)
}

fn bytes(store: Option<StoreId>) -> Option<[u8; 16]> {
    store.map(|store| *store.as_bytes())
}

impl SqliteLog {
    /// With what was seen since it was last written down.
    fn with_seen(&self, mut device: Device) -> Device {
        if let Some(seen) = self.met.of(device.device) {
            device.last_seen_at = device.last_seen_at.max(Some(seen.at));
            device.unsent = seen.unsent;
        }
        device
    }
}

#[async_trait]
impl Devices for SqliteLog {
    async fn invite(&self, invitation: Invitation) -> Result<(), LogError> {
        self.write(move |to| invite(to, &invitation)).await
    }

    async fn enrol(&self, applicant: Applicant, at: i64) -> Result<Device, LogError> {
        self.write(move |to| enrol(to, &applicant, at)).await
    }

    async fn device(&self, device: DeviceId) -> Result<Option<Device>, LogError> {
        let found = self.look(move |from| find(from, device)).await?;
        Ok(found.map(|device| self.with_seen(device)))
    }

    async fn devices(&self) -> Result<Vec<Device>, LogError> {
        let devices = self.look(all).await?;
        Ok(devices.into_iter().map(|device| self.with_seen(device)).collect())
    }

    async fn seen(&self, device: DeviceId, at: i64, unsent: u64) -> Result<(), LogError> {
        if !self.met.note(device, at, unsent) {
            return Ok(());
        }
        let unsent = int(unsent)?;
        self.write(move |to| {
            let mut update = to.prepare_cached("UPDATE device SET last_seen_at = ?2, unsent = ?3 WHERE device = ?1")?;
            update.execute(params![device.as_bytes(), at, unsent])?;
            Ok(())
        })
        .await
    }

    async fn revoke(&self, device: DeviceId, at: i64) -> Result<(), LogError> {
        self.write(move |to| {
            let changed =
                to.execute("UPDATE device SET revoked_at = coalesce(revoked_at, ?2) WHERE device = ?1", params![device.as_bytes(), at])?;
            if changed == 0 { Err(LogError::DeviceUnknown) } else { leases::lose_device(to, device, at) }
        })
        .await
    }

    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, LogError> {
        let name = name.to_owned();
        self.look(move |from| Ok(from.query_row("SELECT value FROM setting WHERE name = ?1", [name], |row| row.get(0)).optional()?)).await
    }

    async fn set_setting(&self, name: &str, value: Option<Vec<u8>>) -> Result<(), LogError> {
        let name = name.to_owned();
        self.write(move |to| {
            match value {
                Some(value) => to.execute(
                    "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    params![name, value],
                )?,
                None => to.execute("DELETE FROM setting WHERE name = ?1", [name])?,
            };
            Ok(())
        })
        .await
    }
}
