//! A frame: a run of the chain's sequence, as a replica pulls it. It is applied whole, with its cursor (I13).

use super::{
    Beside,
    bytes::{Reader, Writer},
};
use crate::{
    error::Code,
    ids::{LogId, StoreId},
    op::{Hash, Operation},
};

const MAGIC: &[u8; 6] = b"hefuF2";
const ENTRY_WHOLE: u8 = 1;
const ENTRY_MARK: u8 = 2;
const AT_HQ: u8 = 0;
const AT_STORE: u8 = 1;

/// One place in the chain's sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// From 1, without gaps, over the whole chain.
    pub gseq: u64,
    pub log: LogId,
    pub seq: u64,
    /// The server's clock when it took the operation, milliseconds since 1970.
    pub received_at: i64,
    /// Where the log's device was enrolled, as the server knows it and whatever the head says; `None` for an HQ node. It
    /// never changes for a log, and decides what of it counts (F6).
    pub store: Option<StoreId>,
    /// The log's chain hash after it.
    pub hash: Hash,
    /// `None` for the reader's own operation, which it holds and only marks.
    pub op: Option<Operation>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The cursor after this frame.
    pub upto: u64,
    /// The last of the sequence when the frame was made: `head − upto` are still to come.
    pub head: u64,
    pub beside: Vec<Beside>,
    /// The cursor of what travels beside, after this frame.
    pub beside_upto: u64,
    pub entries: Vec<Entry>,
}

impl Frame {
    pub fn write(&self) -> Result<Vec<u8>, Code> {
        let mut out = Writer::default();
        out.raw(MAGIC);
        out.u64(self.upto);
        out.u64(self.head);
        out.u64(self.beside_upto);
        out.long(&serde_json::to_vec(&self.beside).map_err(|_| Code::Internal)?)?;
        out.u32(u32::try_from(self.entries.len()).map_err(|_| Code::OperationTooLarge)?);
        for entry in &self.entries {
            out.u64(entry.gseq);
            out.raw(entry.log.as_bytes());
            out.u64(entry.seq);
            out.i64(entry.received_at);
            match &entry.store {
                Some(store) => {
                    out.u8(AT_STORE);
                    out.raw(store.as_bytes());
                }
                None => out.u8(AT_HQ),
            }
            out.raw(&entry.hash.0);
            match &entry.op {
                Some(op) => {
                    out.u8(ENTRY_WHOLE);
                    out.operation(op)?;
                }
                None => out.u8(ENTRY_MARK),
            }
        }
        Ok(out.0)
    }

    /// Errors with `server.rubbish` for anything [`Frame::write`] did not make.
    pub fn read(bytes: &[u8]) -> Result<Self, Code> {
        let mut from = Reader(bytes);
        if from.raw(MAGIC.len())? != MAGIC {
            return Err(Code::ServerRubbish);
        }
        let (upto, head, beside_upto) = (from.u64()?, from.u64()?, from.u64()?);
        let beside = serde_json::from_slice(from.long()?).map_err(|_| Code::ServerRubbish)?;
        let count = from.u32()?;
        let mut entries = Vec::new();
        for _ in 0..count {
            entries.push(Self::read_entry(&mut from)?);
        }
        from.end()?;
        Ok(Self { upto, head, beside, beside_upto, entries })
    }

    fn read_entry(from: &mut Reader<'_>) -> Result<Entry, Code> {
        let (gseq, log) = (from.u64()?, LogId::from_bytes(from.id()?));
        let (seq, received_at) = (from.u64()?, from.i64()?);
        let store = match from.u8()? {
            AT_STORE => Some(StoreId::from_bytes(from.id()?)),
            AT_HQ => None,
            _ => return Err(Code::ServerRubbish),
        };
        let hash = from.hash()?;
        let op = match from.u8()? {
            ENTRY_WHOLE => Some(from.operation()?),
            ENTRY_MARK => None,
            _ => return Err(Code::ServerRubbish),
        };
        Ok(Entry { gseq, log, seq, received_at, store, hash, op })
    }
}
