//! A segment: a run of operations of one log, as a replica pushes it, signed by its device.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use super::{
    Beside,
    bytes::{Reader, Writer},
};
use crate::{
    error::Code,
    ids::LogId,
    op::{Hash, Operation},
};

const MAGIC: &[u8; 6] = b"hefuS1";
const PUSH_MAGIC: &[u8; 6] = b"hefuP1";
const SIGNED_AS: &[u8] = b"hefu segment 1";

/// `ops[0]` is `from_seq` of `log` and follows the operation whose hash is `prev`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub log: LogId,
    pub from_seq: u64,
    pub prev: Hash,
    pub ops: Vec<Operation>,
}

impl Segment {
    /// The hash after each operation, in order.
    pub fn hashes(&self) -> impl Iterator<Item = Hash> {
        self.ops.iter().scan(self.prev, |prev, op| {
            *prev = op.hash(*prev);
            Some(*prev)
        })
    }

    /// What the device signs: the log, where the segment begins, how long it is and the hash it ends in.
    fn signed_bytes(&self) -> Vec<u8> {
        let end = self.hashes().last().unwrap_or(self.prev);
        let mut out = Writer::default();
        out.raw(SIGNED_AS);
        out.raw(self.log.as_bytes());
        out.u64(self.from_seq);
        out.u64(self.ops.len() as u64);
        out.raw(&self.prev.0);
        out.raw(&end.0);
        out.0
    }

    pub fn sign(&self, key: &SigningKey) -> [u8; 64] {
        key.sign(&self.signed_bytes()).to_bytes()
    }

    pub fn signed_by(&self, key: &VerifyingKey, signature: &[u8; 64]) -> bool {
        key.verify_strict(&self.signed_bytes(), &Signature::from_bytes(signature)).is_ok()
    }

    pub fn write(&self) -> Result<Vec<u8>, Code> {
        let mut out = Writer::default();
        out.raw(MAGIC);
        out.raw(self.log.as_bytes());
        out.u64(self.from_seq);
        out.raw(&self.prev.0);
        out.u32(u32::try_from(self.ops.len()).map_err(|_| Code::OperationTooLarge)?);
        for op in &self.ops {
            out.operation(op)?;
        }
        Ok(out.0)
    }

    /// Errors with `server.rubbish` for anything [`Segment::write`] did not make.
    pub fn read(bytes: &[u8]) -> Result<Self, Code> {
        let mut from = Reader(bytes);
        if from.raw(MAGIC.len())? != MAGIC {
            return Err(Code::ServerRubbish);
        }
        let log = LogId::from_bytes(from.id()?);
        let (from_seq, prev, count) = (from.u64()?, from.hash()?, from.u32()?);
        let mut ops = Vec::new();
        for _ in 0..count {
            ops.push(from.operation()?);
        }
        from.end()?;
        Ok(Self { log, from_seq, prev, ops })
    }
}

/// The body of `POST /sync/push`: a signed segment, which may be empty, and what goes beside it. What goes beside is
/// stored first, so that no sealed part is ever seen before its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    pub segment: Segment,
    pub signature: [u8; 64],
    pub beside: Vec<Beside>,
}

impl Push {
    pub fn write(&self) -> Result<Vec<u8>, Code> {
        let mut out = Writer::default();
        out.raw(PUSH_MAGIC);
        out.raw(&self.signature);
        out.long(&serde_json::to_vec(&self.beside).map_err(|_| Code::Internal)?)?;
        out.raw(&self.segment.write()?);
        Ok(out.0)
    }

    /// Errors with `server.rubbish` for anything [`Push::write`] did not make.
    pub fn read(bytes: &[u8]) -> Result<Self, Code> {
        let mut from = Reader(bytes);
        if from.raw(PUSH_MAGIC.len())? != PUSH_MAGIC {
            return Err(Code::ServerRubbish);
        }
        let signature = from.raw(64)?.try_into().map_err(|_| Code::ServerRubbish)?;
        let beside = serde_json::from_slice(from.long()?).map_err(|_| Code::ServerRubbish)?;
        Ok(Self { segment: Segment::read(from.0)?, signature, beside })
    }
}
