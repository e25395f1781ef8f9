//! Outgoing: whatever is unsent, the moment it is committed.

use hefu_core::wire::{FRAME_BYTES_MOST, Push};

use super::{Ended, Engine, unless_ended};
use crate::SyncError;

impl Engine {
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
    pub(super) async fn push_next(&self, ended: &mut Ended) -> Result<bool, SyncError> {
        let Some(unsent) = self.book(|replica| replica.next_push(FRAME_BYTES_MOST)).await? else { return Ok(false) };
        let last = unsent.segment.from_seq + unsent.segment.ops.len() as u64 - 1;
        let beside_upto = unsent.beside_upto;
        let push = Push { signature: unsent.segment.sign(&self.who.key), segment: unsent.segment, beside: unsent.beside };
        let sent_at = (self.options.clock)();
        let Some(reply) = unless_ended(ended, self.transport.push(&push)).await else { return Ok(false) };
        let reply = reply?;
        if reply.held < last {
            return Err(SyncError::Rubbish("a push was acknowledged short"));
        }
        self.met_at(sent_at, reply.now);
        // Only what was compared is marked as held, even when the server says that it holds more.
        self.book(move |replica| replica.pushed(last, beside_upto)).await?;
        Ok(true)
    }
}
