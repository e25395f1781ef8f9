//! What travels beside the log: keys, of which the first stands, and credentials, of which the latest does.

use hefu_core::{
    ids::{StaffId, StoreId},
    wire::Beside,
};

use crate::Ask;

/// How a colleague signs in.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    pub store: Option<StoreId>,
    pub phc: String,
    pub set_at: i64,
}

/// The credential that a device of `from` may put in the place of `held`, if any: a store's device says how its own
/// colleagues sign in and nobody else.
pub fn replacing(
    held: Option<&Credential>,
    staff: StaffId,
    given: Credential,
    from: Option<StoreId>,
    received_at: i64,
) -> Option<Credential> {
    if from.is_some() && (given.store != from || held.is_some_and(|held| held.store != from)) {
        tracing::warn!(%staff, "a store's device sent a credential that is not its store's; it was left out");
        return None;
    }
    // A clock that is ahead must not make a credential that nothing later replaces; sent again it is the same one.
    let set_at = given.set_at.min(received_at);
    let stands = held.is_some_and(|held| {
        let again = set_at < given.set_at && held.store == given.store && held.phc == given.phc;
        again || (held.set_at, held.phc.as_str()) >= (set_at, given.phc.as_str())
    });
    (!stands).then_some(Credential { set_at, ..given })
}

/// A run of what goes beside, for one reader.
pub struct Page {
    pub items: Vec<Beside>,
    pub upto: u64,
    /// There is more after `upto`.
    pub full: bool,
    bytes: usize,
}

/// Roughly what an item takes in a frame, besides its text.
const ITEM_BYTES: usize = 128;

impl Page {
    pub fn new(ask: &Ask) -> Self {
        Self { items: Vec::new(), upto: ask.beside_after, full: false, bytes: 0 }
    }

    /// Adds item `no`. False, and the page is full, when it does not fit.
    pub fn add(&mut self, ask: &Ask, no: u64, item: Beside) -> bool {
        self.full = self.bytes >= ask.bytes_most || self.items.len() >= ask.most.beside.max(1);
        if !self.full {
            self.bytes += ITEM_BYTES + if let Beside::Credential { phc, .. } = &item { phc.len() } else { 0 };
            self.items.push(item);
            self.upto = no;
        }
        !self.full
    }

    /// When all was added of a sequence that ends at `last`: what is not for the reader is passed over.
    pub fn close(&mut self, last: u64) {
        if !self.full {
            self.upto = last;
        }
    }
}
