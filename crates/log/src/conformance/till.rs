//! A till that knows nothing but how to write operations.

use hefu_core::{
    ids::{DeviceId, LeaseId, LogId, StoreId},
    lease::{Amount, Ask as LeaseAsk, Holder, Lendable, Term},
    op::{Body, Hash, Leased, Operation, Part, Stamp, Weight, write_head},
    wire::{Beside, Push, Segment},
};

use crate::{Applicant, Ask, Audience, ChainLog, Invitation, LogError, Most};

pub const NOW: i64 = 1_780_000_000_000;

/// A device of a log under test, with one log of its own.
#[derive(Clone)]
pub struct Till {
    pub device: DeviceId,
    pub log: LogId,
    pub store: Option<StoreId>,
    ops: Vec<Operation>,
}

impl Till {
    /// The till of number `n`, joined to `store`.
    pub async fn joined(at: &dyn ChainLog, n: u8, store: Option<StoreId>) -> Self {
        let secret = format!("secret {n}");
        let invitation = Invitation { secret: secret.clone(), store, issued_at: NOW, expires_at: NOW + 1 };
        at.invite(invitation).await.unwrap();
        let applicant = Applicant { secret, key: [n; 32], device: DeviceId::from_bytes([n; 16]) };
        let device = at.enrol(applicant, NOW).await.unwrap().device;
        Self { device, log: LogId::from_bytes([n | 0x80; 16]), store, ops: Vec::new() }
    }

    /// Writes `count` more operations that say `what`.
    pub fn work(&mut self, count: usize, what: &str) {
        for _ in 0..count {
            let head = self.head(self.ops.len() as u64 + 1, what);
            self.ops.push(Operation { head, detail: Part::Here(b"{}".to_vec()), sealed: Part::NONE });
        }
    }

    pub fn put(&mut self, op: Operation) {
        self.ops.push(op);
    }

    pub fn head(&self, seq: u64, what: &str) -> Vec<u8> {
        write_head(&self.stamp(seq), "test.work", 1, Weight::Ignorable, None, &what).unwrap()
    }

    fn stamp(&self, seq: u64) -> Stamp {
        let Self { device, log, store, .. } = *self;
        Stamp { log, seq, device, store, who: None, at: NOW, ahead: 0, day: "2026-05-28".into() }
    }

    /// Writes an operation of a known kind, and what it says of leases.
    pub fn says(&mut self, body: impl Into<Body>, leased: &Leased) {
        let head = body.into().write_leased(&self.stamp(self.ops.len() as u64 + 1), leased).unwrap();
        self.ops.push(Operation { head, detail: Part::NONE, sealed: Part::NONE });
    }

    /// The same device with a new file.
    pub fn begun_anew(&self, n: u8) -> Self {
        Self { log: LogId::from_bytes([n; 16]), ops: Vec::new(), ..self.clone() }
    }

    pub const fn holder(&self) -> Holder {
        Holder { device: self.device, log: self.log }
    }

    /// A request of this till's for a lease of number `n`.
    pub fn asks(&self, n: u8, account: Lendable, amount: i64, term: Term) -> LeaseAsk {
        let amount = Amount::new(amount).unwrap();
        LeaseAsk { lease: LeaseId::from_bytes([n; 16]), account, holder: self.holder(), amount, term }
    }

    /// The till as its disk was at `seq`.
    pub fn copied_at(&self, seq: usize) -> Self {
        Self { ops: self.ops[..seq].to_vec(), ..self.clone() }
    }

    pub fn ops(&self) -> &[Operation] {
        &self.ops
    }

    pub fn hash_at(&self, seq: u64) -> Hash {
        self.ops.iter().take(usize::try_from(seq).unwrap()).fold(Hash::start_of(self.log), |prev, op| op.hash(prev))
    }

    /// The segment from `from_seq` to the end.
    pub fn segment(&self, from_seq: u64) -> Segment {
        let ops = self.ops.iter().skip(usize::try_from(from_seq - 1).unwrap()).cloned().collect();
        Segment { log: self.log, from_seq, prev: self.hash_at(from_seq - 1), ops }
    }

    pub async fn push(&self, to: &dyn ChainLog, from_seq: u64) -> Result<u64, LogError> {
        self.push_with(to, from_seq, Vec::new()).await
    }

    pub async fn push_with(&self, to: &dyn ChainLog, from_seq: u64, beside: Vec<Beside>) -> Result<u64, LogError> {
        to.append(self.device, Push { segment: self.segment(from_seq), signature: [1; 64], beside }, NOW).await
    }

    /// What this till asks for after two cursors.
    pub fn ask(&self, after: u64, beside_after: u64) -> Ask {
        Ask { after, beside_after, own: self.log, audience: self.store.into(), bytes_most: 1 << 20, most: Most::default() }
    }
}

/// Everything, as HQ reads it.
pub fn all() -> Ask {
    Ask { after: 0, beside_after: 0, own: LogId::from_bytes([0; 16]), audience: Audience::Hq, bytes_most: 1 << 20, most: Most::default() }
}

pub fn store(n: u8) -> Option<StoreId> {
    Some(StoreId::from_bytes([n; 16]))
}
