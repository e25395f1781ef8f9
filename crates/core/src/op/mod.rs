//! Operations: facts, each one user action, and the bytes they are for ever.
//!
//! An operation has three parts. *Head*: ids, kind, time and the money and member facts that the whole chain needs.
//! *Detail*: lines and the like. *Sealed*: personal data under that person's key. A log's hash chain runs over the
//! hashes of the parts, so a part may be absent at a far store or erased for ever and the chain still holds (I5).
//! `docs/SYNC.md` fixes the bytes; a golden test holds them.

mod body;
mod card;
mod fits;
mod head;
mod moves;
mod refund;
mod reward;
mod said;
mod sale;
mod standing;

pub use body::*;
pub use card::*;
pub use fits::{NUMBER_MOST, fits, in_bounds};
pub use head::*;
pub use refund::*;
pub use reward::*;
pub use said::*;
pub use sale::*;
pub use standing::{Refused, Standing, begins, body_of, folded_body, head_of};

use crate::{error::Code, ids::LogId};

/// The most that head, detail and sealed of one operation may be together: a sale of 200 lines, each with three reasons why it costs
/// less, takes about 110 KiB.
pub const BYTES_MOST: usize = 128 * 1024;

/// A blake3 hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// What the first operation of a log has as `prev`.
    pub fn start_of(log: LogId) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"hefu log ").update(log.as_bytes());
        Self(*hasher.finalize().as_bytes())
    }

    pub fn hex(&self) -> String {
        blake3::Hash::from_bytes(self.0).to_hex().to_string()
    }

    /// `None` unless there are 32 bytes.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.hex()[..12])
    }
}

/// A part that may be elsewhere: its bytes, or what they hash to. A part that never was is here and empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    Here(Vec<u8>),
    Absent(Hash),
}

impl Part {
    pub const NONE: Part = Part::Here(Vec::new());

    pub fn hash(&self) -> Hash {
        match self {
            Part::Here(bytes) => Hash::of(bytes),
            Part::Absent(hash) => *hash,
        }
    }

    /// The bytes, unless absent or none.
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Part::Here(bytes) if !bytes.is_empty() => Some(bytes),
            _ => None,
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Part::Here(bytes) => bytes.len(),
            Part::Absent(_) => 0,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The exact bytes of an operation. Never re-encoded: what was hashed is what is stored, sent and read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operation {
    pub head: Vec<u8>,
    pub detail: Part,
    pub sealed: Part,
}

impl Operation {
    /// `H(prev ‖ H(head) ‖ H(detail) ‖ H(sealed))`.
    pub fn hash(&self, prev: Hash) -> Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&prev.0);
        hasher.update(&Hash::of(&self.head).0);
        hasher.update(&self.detail.hash().0);
        hasher.update(&self.sealed.hash().0);
        Hash(*hasher.finalize().as_bytes())
    }

    /// Errors with `operation.too_large` past [`BYTES_MOST`].
    pub fn check_size(&self) -> Result<(), Code> {
        if self.head.len() + self.detail.len() + self.sealed.len() > BYTES_MOST { Err(Code::OperationTooLarge) } else { Ok(()) }
    }
}
