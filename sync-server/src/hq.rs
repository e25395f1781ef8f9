//! The HQ node as the sync service sees it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use hefu_core::{error::Code, wire::DigestReply};
use hefu_log::Device;
use hefu_replica::{FOLD, Replica};
use hefu_sync::{Clock, Hq};
use tokio::{sync::Mutex, task::spawn_blocking, time::timeout};

use crate::founding::note_device;

/// How long a question for a digest waits for the HQ node to read that far.
const BEHIND_MOST: Duration = Duration::from_secs(2);

pub struct HqNode {
    replica: Replica,
    clock: Clock,
    /// The last digest: all tills of a chain ask for the same one. One is taken at a time.
    last: Arc<Mutex<Option<(u64, String)>>>,
}

impl HqNode {
    pub fn new(replica: Replica, clock: Clock) -> Self {
        Self { replica, clock, last: Arc::default() }
    }

    /// Whether the book stands at `at_seq` with nothing unsent; `None` while it may still get there.
    async fn stands_at(&self, at_seq: u64) -> Result<Option<bool>, Code> {
        let replica = self.replica.clone();
        book(move || {
            let after = replica.cursor()?.after;
            if after > at_seq {
                return Ok(Some(false));
            }
            Ok((after == at_seq && replica.unsent()? == 0).then_some(true))
        })
        .await
    }

    async fn wait_for(&self, at_seq: u64) -> Result<bool, Code> {
        let mut commits = self.replica.subscribe();
        let there = async {
            loop {
                commits.borrow_and_update();
                if let Some(there) = self.stands_at(at_seq).await? {
                    return Ok(there);
                }
                if commits.changed().await.is_err() {
                    return Ok(false);
                }
            }
        };
        timeout(BEHIND_MOST, there).await.unwrap_or(Ok(false))
    }
}

async fn book<T: Send + 'static>(work: impl FnOnce() -> Result<T, hefu_replica::Error> + Send + 'static) -> Result<T, Code> {
    spawn_blocking(work).await.map_err(|_| Code::Internal)?.map_err(|error| error.code())
}

#[async_trait]
impl Hq for HqNode {
    async fn chain_name(&self) -> Result<String, Code> {
        let replica = self.replica.clone();
        let chain = book(move || replica.read(|book| book.chain())).await?;
        Ok(chain.map(|chain| chain.name).unwrap_or_default())
    }

    async fn enrolled(&self, device: &Device) -> Result<(), Code> {
        let (replica, device, now) = (self.replica.clone(), device.clone(), (self.clock)());
        book(move || note_device(&replica, &device, now)).await
    }

    async fn digest(&self, at_seq: u64) -> Result<DigestReply, Code> {
        let none = DigestReply { at_seq, digest: None, fold: FOLD };
        if !self.wait_for(at_seq).await? {
            return Ok(none);
        }
        let mut last = self.last.lock().await;
        if let Some((seq, digest)) = &*last
            && *seq == at_seq
        {
            return Ok(DigestReply { digest: Some(digest.clone()), ..none });
        }
        let replica = self.replica.clone();
        let digest = book(move || replica.digest()).await?;
        if digest.at_seq != at_seq || digest.unsent > 0 {
            return Ok(none);
        }
        let whole = digest.whole().hex();
        *last = Some((at_seq, whole.clone()));
        Ok(DigestReply { digest: Some(whole), ..none })
    }
}
