//! The first start: the chain's id, the HQ node as a device of the log, and the first facts.
//!
//! A start that was cut off midway is begun again from nothing: no fact leaves the HQ node's book for the log before all
//! of them are there, and the log notes when that is so.

use std::{cell::Cell, path::Path, sync::Arc};

use hefu_core::{
    error::Code,
    ids::{ChainId, DeviceId, LogId},
    op::{DeviceRevoked, DeviceSet, Draft},
    time::since_midnight_ms,
};
use hefu_demo_book::LoadPlan;
use hefu_fixtures::{Demo, Scale};
use hefu_log::{Applicant, Device, Devices, Invitation, SqliteLog};
use hefu_replica::{By, Identity, Place, Reading, Replica};

use crate::ServerError;

const CHAIN: &str = "chain";
const FOUNDED: &str = "founded";
const INVITATION_MS: i64 = 60_000;
/// The demo chain is the same everywhere.
pub const DEMO_SEED: u64 = 1;

/// What a chain begins as.
#[derive(Clone, Debug, Default)]
pub struct Beginning {
    pub chain_name: Option<String>,
    pub demo: bool,
}

pub fn random<const N: usize>() -> Result<[u8; N], Code> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| Code::Internal)?;
    Ok(bytes)
}

/// The chain of this folder, once it has begun.
pub async fn chain(log: &SqliteLog) -> Result<Option<ChainId>, ServerError> {
    if log.setting(FOUNDED).await?.is_none() {
        return Ok(None);
    }
    let bytes = log.setting(CHAIN).await?.and_then(|bytes| bytes.try_into().ok());
    Ok(bytes.map(ChainId::from_bytes))
}

/// Begins a chain: an unfinished book is thrown away, and the facts are written anew.
pub async fn found(log: &SqliteLog, place: Place, key: [u8; 32], begin: Beginning, now: i64) -> Result<Replica, ServerError> {
    let demo = begin.demo.then(|| Demo::new(Scale::demo(), DEMO_SEED));
    let chain = demo.as_ref().map_or_else(|| Ok::<_, Code>(ChainId::new(now, random()?)), |demo| Ok(hefu_demo_book::chain_id(demo)))?;
    let name = match (&demo, begin.chain_name) {
        (Some(_), _) => None,
        (None, Some(name)) => Some(name),
        (None, None) => return Err(ServerError::ChainName),
    };
    log.set_setting(CHAIN, Some(chain.as_bytes().to_vec())).await?;
    let device = hq_device(log, key, now).await?;
    discard(place.path())?;
    let replica = create(place, chain, &device, now)?;
    let written = replica.clone();
    blocking(move || match (demo, name) {
        (Some(demo), _) => load_demo(&written, &demo, now),
        (None, name) => Ok(hefu_desk::hq_node(&written, &name.unwrap_or_default(), now, &fill)?),
    })
    .await?;
    log.set_setting(FOUNDED, Some(vec![1])).await?;
    tracing::info!(%chain, demo = begin.demo, "a chain has begun");
    Ok(replica)
}

/// Opens the HQ node's book; one that is missing is made empty and filled from the log.
pub async fn open(log: &SqliteLog, place: Place, key: [u8; 32], chain: ChainId, now: i64) -> Result<Replica, ServerError> {
    if place.exists() {
        return blocking(move || Ok(Replica::open(&place)?)).await;
    }
    tracing::warn!("the HQ node's book is missing and is read from the log anew");
    let device = hq_device(log, key, now).await?;
    create(place, chain, &device, now)
}

fn create(place: Place, chain: ChainId, device: &Device, now: i64) -> Result<Replica, ServerError> {
    let identity = Identity { chain, device: device.device, store: None, till_no: device.till_no, log: LogId::new(now, random()?) };
    Ok(Replica::create(&place, identity)?)
}

/// The HQ node's row in the log's list of devices.
async fn hq_device(log: &SqliteLog, key: [u8; 32], now: i64) -> Result<Device, ServerError> {
    let known = log.devices().await?.into_iter().find(|device| device.store.is_none() && device.key == key);
    if let Some(device) = known {
        return Ok(device);
    }
    let secret = crate::authority::secret()?;
    log.invite(Invitation { secret: secret.clone(), store: None, issued_at: now, expires_at: now + INVITATION_MS }).await?;
    Ok(log.enrol(Applicant { secret, key, device: DeviceId::new(now, random()?) }, now).await?)
}

fn load_demo(replica: &Replica, demo: &Demo, now: i64) -> Result<(), ServerError> {
    let failed = Cell::new(None);
    let phc = |pin: &str| {
        let hash = random().and_then(|salt| hefu_desk::hash_secret(pin, salt));
        hash.unwrap_or_else(|code| {
            failed.set(Some(code));
            String::new()
        })
    };
    let mut told = 0;
    let mut progress = |done: u64, total: u64| {
        let tenth = done * 10 / total.max(1);
        if tenth > std::mem::replace(&mut told, tenth) {
            tracing::info!(done, total, "loading the demo chain");
        }
    };
    let today_start_ms = now - since_midnight_ms(now);
    hefu_demo_book::load(replica, demo, LoadPlan { today_start_ms, seed: DEMO_SEED, phc: &phc, progress: &mut progress })?;
    failed.get().map_or(Ok(()), |code| Err(code.into()))
}

/// What the log knows of devices and the book does not yet: a crash came between the two.
pub async fn reconcile(log: &SqliteLog, replica: &Replica, now: i64) -> Result<(), ServerError> {
    let devices = log.devices().await?;
    let replica = replica.clone();
    blocking(move || {
        for device in &devices {
            note_device(&replica, device, now)?;
        }
        Ok(())
    })
    .await
}

/// Writes down what the book does not say of a device. Blocks.
pub fn note_device(replica: &Replica, device: &Device, now: i64) -> Result<(), hefu_replica::Error> {
    let known = |row: &Option<hefu_replica::DeviceRow>| {
        let placed = row.as_ref().is_some_and(|row| row.till_no == device.till_no && row.store == device.store);
        (placed, row.as_ref().is_some_and(|row| row.revoked))
    };
    let missing = |(placed, ended): (bool, bool)| !placed || (device.revoked_at.is_some() && !ended);
    if !missing(known(&replica.read(|book| book.device(device.device))?)) {
        return Ok(());
    }
    replica.write(|book| {
        let by = By { who: None, at: now, ahead: 0 };
        let (placed, ended) = known(&Reading::device(book, device.device)?);
        if !placed {
            let set = DeviceSet { device: device.device, store: device.store, till_no: device.till_no };
            book.append(by, &Draft::new(set))?;
        }
        if device.revoked_at.is_some() && !ended {
            book.append(by, &Draft::new(DeviceRevoked { device: device.device }))?;
        }
        Ok(())
    })
}

fn fill(bytes: &mut [u8]) -> Result<(), Code> {
    getrandom::fill(bytes).map_err(|_| Code::Internal)
}

fn discard(path: &Path) -> Result<(), ServerError> {
    for ending in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        match std::fs::remove_file(name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => (),
        }
    }
    Ok(())
}

/// Work on a book, off the threads that wait.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, ServerError> + Send + 'static) -> Result<T, ServerError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Code::Internal)?
}

/// Opens the log. A log that was never founded has nothing that a restart could lose.
pub async fn open_log(path: std::path::PathBuf, key: hefu_replica::Secret) -> Result<Arc<SqliteLog>, ServerError> {
    blocking(move || Ok(Arc::new(SqliteLog::open(&path, &key)?))).await
}
