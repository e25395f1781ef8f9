//! The file's own facts: who it is, how far it has read, how far it was read.

use hefu_core::ids::{ChainId, DeviceId, LogId, StoreId};
use rusqlite::{Connection, OptionalExtension};

use crate::{Error, FOLD, Identity, apply::add_log};

pub(crate) const CURSOR: &str = "cursor";
pub(crate) const BESIDE_CURSOR: &str = "beside_cursor";
/// The last of the own log that the server has confirmed.
pub(crate) const HELD: &str = "held";
/// Counts changes of rules, so that a desk reads and prepares them once.
pub(crate) const RULES_REVISION: &str = "rules_revision";
/// The last account whose waiting movements of goods were put away.
pub(crate) const PUT_AWAY: &str = "put_away";
const FOLD_VERSION: &str = "fold";
const IDENTITY: [&str; 5] = ["chain", "device", "store", "till_no", "log"];

pub(crate) fn number(connection: &Connection, name: &str) -> Result<u64, Error> {
    let value: Option<i64> =
        connection.prepare_cached("SELECT value FROM meta WHERE name = ?1")?.query_row([name], |row| row.get(0)).optional()?;
    Ok(value.unwrap_or(0).max(0).unsigned_abs())
}

pub(crate) fn set_number(connection: &Connection, name: &str, value: u64) -> Result<(), Error> {
    connection.prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?.execute((name, value.cast_signed()))?;
    Ok(())
}

pub(crate) fn bytes(connection: &Connection, name: &str) -> Result<Option<Vec<u8>>, Error> {
    Ok(connection.prepare_cached("SELECT value FROM meta WHERE name = ?1")?.query_row([name], |row| row.get(0)).optional()?)
}

pub(crate) fn set_bytes(connection: &Connection, name: &str, value: &[u8]) -> Result<(), Error> {
    connection.prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?.execute((name, value))?;
    Ok(())
}

pub(crate) fn fold_version(connection: &Connection) -> Result<u32, Error> {
    Ok(u32::try_from(number(connection, FOLD_VERSION)?).unwrap_or(u32::MAX))
}

pub(crate) fn set_fold_version(connection: &Connection) -> Result<(), Error> {
    set_number(connection, FOLD_VERSION, u64::from(FOLD))
}

pub(crate) fn write_identity(connection: &Connection, identity: &Identity) -> Result<(), Error> {
    let [chain, device, store, till_no, log] = IDENTITY;
    let mut put = connection.prepare("INSERT INTO meta (name, value) VALUES (?1, ?2)")?;
    put.execute((chain, identity.chain.as_bytes().as_slice()))?;
    put.execute((device, identity.device.as_bytes().as_slice()))?;
    put.execute((store, identity.store.as_ref().map_or(&[][..], |store| store.as_bytes().as_slice())))?;
    put.execute((till_no, identity.till_no))?;
    put.execute((log, identity.log.as_bytes().as_slice()))?;
    set_fold_version(connection)?;
    add_log(connection, identity.log, identity.store)?;
    Ok(())
}

pub(crate) fn read_identity(connection: &Connection) -> Result<Identity, Error> {
    let bytes = |name: &str| bytes(connection, name)?.ok_or(Error::Stored("identity"));
    let id = |name: &str| -> Result<[u8; 16], Error> { bytes(name)?.try_into().map_err(|_| Error::Stored("identity")) };
    let [chain, device, store, till_no, log] = IDENTITY;
    let stored_store = bytes(store)?;
    let till: i64 = connection.query_row("SELECT value FROM meta WHERE name = ?1", [till_no], |row| row.get(0))?;
    Ok(Identity {
        chain: ChainId::from_bytes(id(chain)?),
        device: DeviceId::from_bytes(id(device)?),
        store: if stored_store.is_empty() { None } else { Some(StoreId::from_bytes(id(store)?)) },
        till_no: u32::try_from(till).map_err(|_| Error::Stored("till number"))?,
        log: LogId::from_bytes(id(log)?),
    })
}
