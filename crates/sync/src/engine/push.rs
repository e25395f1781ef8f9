//! Outgoing: whatever is unsent, the moment it is committed.

use hefu_core::{
    error::Code,
    wire::{FRAME_BYTES_MOST, Push, Refused, Segment},
};

use super::talk::{Ended, Talk, unless_ended};
use crate::SyncError;

impl Talk {
    /// Sends until the conversation ends.
    pub(super) async fn push_all(&self, mut ended: Ended) -> Result<(), SyncError> {
        let mut commits = self.replica.subscribe();
        loop {
            commits.borrow_and_update();
            while self.push_next(&mut ended).await? {}
            match unless_ended(&mut ended, commits.changed()).await {
                Some(Ok(())) => (),
                _ => return Ok(()),
            }
        }
    }

    /// Sends one segment; false when there is none or the conversation ends. A reply that is lost costs nothing: the
    /// segment is sent again, and the server knows it.
    pub async fn push_next(&self, ended: &mut Ended) -> Result<bool, SyncError> {
        let Some(unsent) = self.book(|replica| replica.next_push(FRAME_BYTES_MOST)).await? else { return Ok(false) };
        let last = unsent.segment.from_seq + unsent.segment.ops.len() as u64 - 1;
        let beside_upto = unsent.beside_upto;
        let push = Push { signature: unsent.segment.sign(&self.who.key), segment: unsent.segment, beside: unsent.beside };
        let sent = self.sending();
        let Some(reply) = unless_ended(ended, self.transport.push(&push)).await else { return Ok(false) };
        let reply = match missing(reply) {
            Err(reply) => reply?,
            Ok(expected) => return self.go_back(expected, ended).await,
        };
        if reply.held < last {
            return Err(SyncError::Rubbish("a push was acknowledged short"));
        }
        self.met(&sent, reply.now);
        // Only what was compared is marked as held, even when the server says that it holds more.
        let beside = !push.beside.is_empty();
        self.book(move |replica| {
            replica.pushed(last, beside_upto)?;
            if beside { replica.settle_credentials(reply.now) } else { Ok(()) }
        })
        .await?;
        Ok(true)
    }

    /// Compares what the server holds of the own log with what it has confirmed, and sends again what it lost. Whether it had.
    pub(super) async fn go_back_if_lost(&self, ended: &mut Ended) -> Result<bool, SyncError> {
        let held = self.book(|replica| replica.held()).await?;
        let Some(reply) = self.ask_at(held, ended).await else { return Ok(false) };
        match missing(reply) {
            Err(reply) => reply.map(|_| false),
            Ok(expected) => self.go_back(expected, ended).await,
        }
    }

    /// The server holds less than it confirmed: it was put back to an older state. If what it holds is the beginning of the
    /// own log, the rest is unsent again; if not, that is a fork.
    async fn go_back(&self, expected: u64, ended: &mut Ended) -> Result<bool, SyncError> {
        let gap = || SyncError::Refused(Refused { code: Code::SyncGap, expected: Some(expected) });
        if !self.options.send_again {
            return Err(gap());
        }
        let to = expected.checked_sub(1).ok_or_else(gap)?;
        let (held, at) = self.book(move |replica| Ok((replica.held()?, replica.own_at(to)))).await?;
        let at = at.map_err(|_| gap())?;
        if to >= held.seq {
            return Err(gap());
        }
        let Some(reply) = self.ask_at(at, ended).await else { return Ok(false) };
        reply?;
        tracing::warn!(confirmed = held.seq, held = to, "the server lost what it had confirmed; it is sent again");
        self.book(move |replica| replica.unhold(to)).await?;
        Ok(true)
    }

    /// An empty push: the server compares, and nothing is written.
    pub(super) async fn ask_at(&self, at: hefu_replica::Held, ended: &mut Ended) -> Option<Result<hefu_core::wire::PushReply, SyncError>> {
        let segment = Segment { log: self.replica.log(), from_seq: at.seq + 1, prev: at.hash, ops: Vec::new() };
        let push = Push { signature: segment.sign(&self.who.key), segment, beside: Vec::new() };
        unless_ended(ended, self.transport.push(&push)).await
    }
}

/// What the server expects instead, if it lacks something; else its reply.
pub(super) fn missing<T>(reply: Result<T, SyncError>) -> Result<u64, Result<T, SyncError>> {
    match reply {
        Err(SyncError::Refused(Refused { code: Code::SyncGap, expected: Some(expected) })) => Ok(expected),
        other => Err(other),
    }
}
