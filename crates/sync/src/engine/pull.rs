//! Incoming: frames, each applied whole with its cursor (I13).

use std::time::{Duration, Instant};

use hefu_core::{
    error::Code,
    wire::{Frame, PullRequest, Pulled, recalls_known},
};

use super::talk::{Ended, Talk, unless_ended};
use crate::SyncError;

/// An empty answer that came sooner than this to a pull that asks to wait is followed by a pause.
const SOON: Duration = Duration::from_secs(1);

impl Talk {
    /// Receives until the conversation ends.
    pub(super) async fn pull_all(&self, mut ended: Ended) -> Result<(), SyncError> {
        loop {
            let asked = Instant::now();
            let Some(news) = self.pull_next(self.options.wait, &mut ended).await? else { return Ok(()) };
            if !news && asked.elapsed() < SOON && unless_ended(&mut ended, tokio::time::sleep(SOON)).await.is_none() {
                return Ok(());
            }
        }
    }

    /// Asks for what is new and applies it; says whether there was anything, or nothing when the conversation ended.
    pub async fn pull_next(&self, wait: Duration, ended: &mut Ended) -> Result<Option<bool>, SyncError> {
        let request = self.pull_request(wait).await?;
        let Some(frame) = unless_ended(ended, self.transport.pull(&request)).await else { return Ok(None) };
        let Pulled { frame, recalls } = frame?;
        check(&frame, &request)?;
        if let Some(recalls) = recalls {
            let own = recalls.iter().all(|recall| recall.holder == self.holder());
            if !own {
                return Err(SyncError::Rubbish("a recall of another's lease"));
            }
            self.recalls.send_replace(recalls);
        }
        let news = !frame.entries.is_empty() || !frame.beside.is_empty();
        let behind = frame.head - frame.upto;
        let began = Instant::now();
        if news || frame.beside_upto > request.beside_after {
            self.book(move |replica| replica.apply(&frame)).await?;
        }
        let took = began.elapsed();
        self.show(|state| {
            state.behind = Some(behind);
            state.last_met_at = Some((self.options.clock)());
        });
        if behind > 0 && self.options.gentle && unless_ended(ended, tokio::time::sleep(took * 2)).await.is_none() {
            return Ok(None);
        }
        Ok(Some(news))
    }

    async fn pull_request(&self, wait: Duration) -> Result<PullRequest, SyncError> {
        let wait = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
        if self.book(|replica| replica.is_astray()).await? {
            return Err(SyncError::refused(Code::SyncGap));
        }
        let recalls = Some(recalls_known(&self.recalls.borrow()));
        self.book(move |replica| {
            let (cursor, held) = (replica.cursor()?, replica.held()?);
            Ok(PullRequest {
                after: cursor.after,
                beside_after: cursor.beside_after,
                wait,
                log: replica.log(),
                held: held.seq,
                held_hash: held.hash.hex(),
                unsent: replica.unsent()?,
                recalls,
            })
        })
        .await
    }
}

/// The frame continues what was asked for, without a hole. Its hashes are checked where it is applied.
fn check(frame: &Frame, request: &PullRequest) -> Result<(), SyncError> {
    let follows = frame.entries.iter().zip(request.after + 1..).all(|(entry, gseq)| entry.gseq == gseq);
    let upto = frame.entries.last().map_or(request.after, |entry| entry.gseq);
    if !follows || frame.upto != upto || frame.head < upto || frame.beside_upto < request.beside_after {
        return Err(SyncError::Rubbish("a frame that does not follow"));
    }
    let foreign = frame.entries.iter().any(|entry| entry.op.is_none() && entry.log != request.log);
    if foreign { Err(SyncError::Rubbish("a mark for another's operation")) } else { Ok(()) }
}
