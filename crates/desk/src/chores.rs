//! What the node at HQ does by itself, one piece at a time: coupons in bulk that somebody asked for, and the night's work.
//!
//! A piece is one or a few transactions, and everything that must outlast the process is in the book: whoever drives this may stop
//! between any two pieces, for ever or until the next start.

use crate::{
    Desk, ErrorBody,
    rooms::{coupon, rewards},
};

impl Desk {
    /// Before the first piece: takes note of what an earlier book has left half done. Blocks.
    pub fn begin_chores(&self) -> Result<(), ErrorBody> {
        coupon::adopt(self)
    }

    /// Does the next piece; `false` when there is none now. Blocks. Errors are of the book: the piece is due again.
    pub fn chore(&self) -> Result<bool, ErrorBody> {
        if self.around.closing() {
            return Ok(false);
        }
        let done = coupon::work(self)? || rewards::daily(self)?;
        if done {
            self.stir();
        }
        Ok(done)
    }

    /// Waits until somebody asks for something that the node does by itself. What the calendar brings must be looked for.
    pub async fn asked(&self) {
        self.work.notified().await;
    }
}
