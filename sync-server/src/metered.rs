//! The log with a meter on its intake: how many pushes were taken, why others were not, and whether the log itself fails.

use std::sync::Arc;

use async_trait::async_trait;
use hefu_core::{
    error::Code,
    ids::{DeviceId, LeaseId, LogId},
    lease::{Amount, Answer, Ask as LeaseAsk, Escrow, Holder, Lendable, Recall, Statement},
    wire::{Frame, Push},
};
use hefu_log::{Applicant, Ask, Breached, ChainLog, Device, Devices, Freed, Invitation, Kept, Leases, LogError, LogHead, Tip};
use tokio::sync::watch;

use crate::metrics::Metrics;

pub struct Metered {
    pub log: Arc<dyn ChainLog>,
    pub metrics: Arc<Metrics>,
    pub trouble: watch::Sender<Trouble>,
}

/// How often the log failed for reasons of its own since it last took a push, and the last reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub times: u32,
    pub code: Code,
}

impl Default for Trouble {
    fn default() -> Self {
        Self { times: 0, code: Code::Internal }
    }
}

impl Trouble {
    /// Whether nothing can be written until somebody makes room or gives the folder its rights back.
    pub fn cannot_write(self) -> bool {
        self.times > 0 && matches!(self.code, Code::DiskFull | Code::FolderReadOnly)
    }
}

impl Metered {
    fn watched<T>(&self, done: Result<T, LogError>) -> Result<T, LogError> {
        if let Err(error) = &done
            && error.is_own()
        {
            self.trouble.send_modify(|trouble| *trouble = Trouble { times: trouble.times.saturating_add(1), code: error.code() });
            self.metrics.cannot_write(self.trouble.borrow().cannot_write());
        }
        done
    }
}

#[async_trait]
impl ChainLog for Metered {
    async fn append(&self, device: DeviceId, push: Push, received_at: i64) -> Result<u64, LogError> {
        let done = self.log.append(device, push, received_at).await;
        self.metrics.pushed(done.as_ref().err().map(LogError::code));
        if done.is_ok() {
            self.trouble.send_if_modified(|trouble| std::mem::take(trouble).times > 0);
            self.metrics.cannot_write(false);
        }
        self.watched(done)
    }

    async fn read(&self, ask: Ask) -> Result<Frame, LogError> {
        self.watched(self.log.read(ask).await)
    }

    async fn log_head(&self, log: LogId, seq: u64) -> Result<Option<LogHead>, LogError> {
        self.watched(self.log.log_head(log, seq).await)
    }

    async fn kept(&self, log: LogId) -> Result<Vec<Kept>, LogError> {
        self.log.kept(log).await
    }

    fn tip(&self) -> watch::Receiver<Tip> {
        self.log.tip()
    }
}

#[async_trait]
impl Devices for Metered {
    async fn invite(&self, invitation: Invitation) -> Result<(), LogError> {
        self.log.invite(invitation).await
    }

    async fn enrol(&self, applicant: Applicant, at: i64) -> Result<Device, LogError> {
        self.log.enrol(applicant, at).await
    }

    async fn device(&self, device: DeviceId) -> Result<Option<Device>, LogError> {
        self.watched(self.log.device(device).await)
    }

    async fn devices(&self) -> Result<Vec<Device>, LogError> {
        self.log.devices().await
    }

    async fn seen(&self, device: DeviceId, at: i64, unsent: u64) -> Result<(), LogError> {
        self.log.seen(device, at, unsent).await
    }

    async fn revoke(&self, device: DeviceId, at: i64) -> Result<(), LogError> {
        self.log.revoke(device, at).await
    }

    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, LogError> {
        self.log.setting(name).await
    }

    async fn set_setting(&self, name: &str, value: Option<Vec<u8>>) -> Result<(), LogError> {
        self.log.set_setting(name, value).await
    }
}

#[async_trait]
impl Leases for Metered {
    async fn lend(&self, to: Holder, asks: Vec<LeaseAsk>) -> Result<Vec<Answer>, LogError> {
        self.watched(self.log.lend(to, asks).await)
    }

    async fn call_back(&self, asker: Holder, account: Lendable, amount: Amount) -> Result<Vec<Recall>, LogError> {
        self.watched(self.log.call_back(asker, account, amount).await)
    }

    async fn recall(&self, lease: LeaseId, account: Lendable) -> Result<Option<Recall>, LogError> {
        self.log.recall(lease, account).await
    }

    async fn recalls(&self, log: LogId) -> Result<Vec<Recall>, LogError> {
        self.watched(self.log.recalls(log).await)
    }

    async fn release(&self, lease: LeaseId, freed: Freed) -> Result<i64, LogError> {
        self.log.release(lease, freed).await
    }

    async fn disk_read(&self, log: LogId) -> Result<(), LogError> {
        self.log.disk_read(log).await
    }

    async fn statements(&self, log: LogId, accounts: Vec<Lendable>) -> Result<Vec<Statement>, LogError> {
        self.watched(self.log.statements(log, accounts).await)
    }

    async fn escrow(&self, account: Lendable) -> Result<Escrow, LogError> {
        self.log.escrow(account).await
    }

    async fn breaches(&self, after: (u64, u32), most: u32) -> Result<Vec<Breached>, LogError> {
        self.log.breaches(after, most).await
    }
}
