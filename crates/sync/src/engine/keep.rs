//! What a server refuses for good (a fork, a revoked till): the rest of the own log is sent there all the same, so that
//! nothing is on one disk alone (I2).
//!
//! The server keeps each such operation apart, once. How far it has come is remembered in the book: a log is walked once,
//! and each look after that sends what has been written since.

use hefu_core::{
    error::Code,
    wire::{FRAME_BYTES_MOST, PullRequest, Push},
};
use hefu_replica::Held;

use super::{
    push::missing,
    talk::{Ended, Talk, unless_ended},
};
use crate::SyncError;

/// Whether a refusal is of the log as a whole, whatever is sent.
pub fn is_for_good(code: Code) -> bool {
    matches!(code, Code::SyncFork | Code::DeviceRevoked)
}

impl Talk {
    /// After a refusal that [`is_for_good`]: whatever the server has not of the own log is sent to be kept apart.
    pub async fn keep(&self, ended: &mut Ended) -> Result<(), SyncError> {
        self.begin_keeping(ended).await?;
        self.have_it_kept(ended).await
    }

    /// Finds out what of the own log the server lacks, before the stop is shown: how much that is stands beside it.
    pub(super) async fn begin_keeping(&self, ended: &mut Ended) -> Result<(), SyncError> {
        if self.book(|replica| replica.is_being_kept()).await? {
            return Ok(());
        }
        let Some(after) = self.first_to_keep(ended).await? else { return Ok(()) };
        self.book(move |replica| replica.keep_from(after)).await
    }

    /// Walks the own log until the server has, or keeps, all of it.
    pub(super) async fn have_it_kept(&self, ended: &mut Ended) -> Result<(), SyncError> {
        while let Some(unsent) = self.book(|replica| replica.next_to_keep(FRAME_BYTES_MOST)).await? {
            let (from, beside_upto) = (unsent.segment.from_seq, unsent.beside_upto);
            let upto = from + unsent.segment.ops.len() as u64 - 1;
            let push = Push { signature: unsent.segment.sign(&self.who.key), segment: unsent.segment, beside: unsent.beside };
            let Some(reply) = unless_ended(ended, self.transport.push(&push)).await else { return Ok(()) };
            match reply {
                Err(refused) if is_for_good(refused.code()) => (),
                // A beginning that both sides share is acknowledged.
                other => {
                    other?;
                }
            }
            self.book(move |replica| replica.was_kept(upto, beside_upto)).await?;
        }
        Ok(())
    }

    /// A log that is kept apart is not sent from its beginning to hear so again: a push of nothing asks. Errors with the
    /// refusal while it stands.
    pub(super) async fn ask_if_still_refused(&self, ended: &mut Ended) -> Result<(), SyncError> {
        if !self.book(|replica| replica.is_being_kept()).await? {
            return Ok(());
        }
        let held = self.book(|replica| replica.held()).await?;
        match self.ask_at(held, ended).await {
            Some(Err(told)) if is_for_good(told.code()) => Err(told),
            // Anything else is told to the push that follows.
            _ => Ok(()),
        }
    }

    /// Where the walk begins: after what the server has confirmed and still holds; at the start of the log when what it
    /// holds is another history, or may be.
    async fn first_to_keep(&self, ended: &mut Ended) -> Result<Option<u64>, SyncError> {
        let held = self.book(|replica| replica.held()).await?;
        let Some(told) = self.compare(held, ended).await? else { return Ok(None) };
        match told {
            Compared::Same => Ok(Some(held.seq)),
            Compared::Other => Ok(Some(0)),
            Compared::Less(held) => {
                let at = self.book(move |replica| replica.own_at(held)).await?;
                let same = self.compare(at, ended).await?.map(|told| told == Compared::Same);
                Ok(same.map(|same| if same { at.seq } else { 0 }))
            }
            Compared::Untold => {
                // A revoked device is not compared; a push of nothing says whether something is missing.
                let Some(reply) = self.ask_at(held, ended).await else { return Ok(None) };
                Ok(Some(if missing(reply).is_ok() { 0 } else { held.seq }))
            }
        }
    }

    /// What the server holds of the own log, beside `at`. None when the conversation ended.
    async fn compare(&self, at: Held, ended: &mut Ended) -> Result<Option<Compared>, SyncError> {
        let (log, held_hash) = (self.replica.log(), at.hash.hex());
        let unsent = self.book(|replica| replica.unsent()).await?;
        // From the start of the chain's sequence: wherever the cursor is, that is there.
        let request = PullRequest { after: 0, beside_after: 0, wait: 0, log, held: at.seq, held_hash, unsent, recalls: None };
        let Some(told) = unless_ended(ended, self.transport.pull(&request)).await else { return Ok(None) };
        match missing(told) {
            Ok(expected) => Ok(Some(Compared::Less(expected.saturating_sub(1).min(at.seq)))),
            Err(Ok(_)) => Ok(Some(Compared::Same)),
            Err(Err(told)) => match told.code() {
                Code::SyncFork => Ok(Some(Compared::Other)),
                Code::DeviceRevoked => Ok(Some(Compared::Untold)),
                _ => Err(told),
            },
        }
    }
}

/// What a server holds of a log, against what its writer believes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compared {
    Same,
    /// Another hash in this place.
    Other,
    /// It ends before that, here.
    Less(u64),
    Untold,
}
