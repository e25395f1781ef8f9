//! Who may take part, for the desk at HQ: devices, enrolment codes, revocation, the first administrator's code.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hefu_core::{
    error::Code,
    ids::{ChainId, DeviceId, StoreId},
    wire::Enrolment,
};
use hefu_desk::{Authority, DeviceRecord, wire::EnrolCode};
use hefu_log::{ChainLog, Device, Invitation, LogError};
use tokio::runtime::Handle;

use crate::first_admin;

const CODE_MS: i64 = 24 * 3600 * 1000;

/// 32 random characters.
pub fn secret() -> Result<String, Code> {
    Ok(URL_SAFE_NO_PAD.encode(crate::founding::random::<24>()?))
}

/// Where tills find this server, as codes say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Here {
    pub chain: ChainId,
    /// `https://host:port`.
    pub address: String,
    pub fingerprint: String,
}

impl Here {
    /// A new code for one till of a store.
    pub async fn issue(&self, log: &dyn ChainLog, store: StoreId, now: i64) -> Result<EnrolCode, Code> {
        let secret = secret()?;
        let expires_at = now.saturating_add(CODE_MS);
        let invitation = Invitation { secret: secret.clone(), store: Some(store), issued_at: now, expires_at };
        log.invite(invitation).await.map_err(|error| told(&error))?;
        let Here { chain, address, fingerprint } = self.clone();
        Ok(EnrolCode { code: Enrolment { address, fingerprint, chain, secret }.write()?, expires_at })
    }
}

/// The log's rows behind the desk's blocking questions, which come on threads that may block.
pub struct LogAuthority {
    pub log: Arc<dyn ChainLog>,
    pub here: Here,
    pub runtime: Handle,
}

fn told(error: &LogError) -> Code {
    let code = error.code();
    if code == Code::Internal {
        tracing::error!(%error, "the log failed");
    }
    code
}

fn record(device: Device) -> DeviceRecord {
    DeviceRecord {
        id: device.device,
        store: device.store,
        till_no: device.till_no,
        enrolled_at: device.enrolled_at,
        last_seen_at: device.last_seen_at,
        unsent: device.last_seen_at.map(|_| device.unsent),
        revoked: device.revoked_at.is_some(),
        stopped: device.stopped.then_some(Code::SyncFork),
    }
}

impl Authority for LogAuthority {
    fn devices(&self) -> Result<Vec<DeviceRecord>, Code> {
        let devices = self.runtime.block_on(self.log.devices()).map_err(|error| told(&error))?;
        Ok(devices.into_iter().map(record).collect())
    }

    fn issue(&self, store: StoreId, now: i64) -> Result<EnrolCode, Code> {
        self.runtime.block_on(self.here.issue(&*self.log, store, now))
    }

    fn revoke(&self, device: DeviceId, now: i64) -> Result<(), Code> {
        self.runtime.block_on(self.log.revoke(device, now)).map_err(|error| told(&error))
    }

    fn is_first_admin_code(&self, code: &str) -> Result<bool, Code> {
        self.runtime.block_on(first_admin::is(&*self.log, code)).map_err(|error| told(&error))
    }

    fn is_admin_code(&self, code: &str, now: i64) -> Result<bool, Code> {
        self.runtime.block_on(first_admin::is_admin(&*self.log, code, now)).map_err(|error| told(&error))
    }

    fn use_up_admin_code(&self) -> Result<(), Code> {
        self.runtime.block_on(first_admin::void_admin(&*self.log)).map_err(|error| told(&error))
    }

    fn use_up_first_admin_code(&self) -> Result<(), Code> {
        self.runtime.block_on(first_admin::keep(&*self.log, None)).map_err(|error| told(&error))
    }
}
