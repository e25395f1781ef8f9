//! What operations say to accounts.

use hefu_core::{
    ids::ChainId,
    lease::{self, Act, Holder, Lendable},
    op::{Body, Head, Standing, folded_body},
};

/// What one operation that counts does. `at` is its place: in its segment, or in the chain's sequence.
pub struct Fact {
    pub at: u64,
    pub by: Holder,
    pub acts: Vec<(Lendable, Act)>,
}

/// What an operation says of accounts, read before it is known whether it counts.
pub struct Read {
    head: Head,
    body: Body,
    acts: Vec<(Lendable, Act)>,
}

impl Read {
    /// `None` for what says nothing of them; most of what is not a sale.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let head = Head::read(bytes).ok()?;
        let body = folded_body(&head);
        let acts = lease::acts(&body, &head.leased);
        if acts.is_empty() { None } else { Some(Self { head, body, acts }) }
    }

    /// Whether a coupon comes back with it.
    pub fn returns(&self) -> bool {
        self.acts.iter().any(|(_, act)| matches!(act, Act::Return { .. }))
    }

    /// What it does, if it counts for a device of this standing.
    pub fn fact(&self, at: u64, from: Standing) -> Option<Fact> {
        let by = Holder { device: self.head.stamp.device, log: self.head.stamp.log };
        from.counts(&self.head, &self.body).then(|| Fact { at, by, acts: self.acts.clone() })
    }
}

/// Which chain an operation begins, if it is the first of its log and does.
pub fn begun(bytes: &[u8]) -> Option<ChainId> {
    let head = Head::read(bytes).ok().filter(|head| head.stamp.seq == 1)?;
    if let Body::ChainStarted(started) = folded_body(&head) { Some(started.chain) } else { None }
}
