//! What a pull is answered with: a frame, and what is called back from the reader's log where that is asked for and has changed.

use super::{
    Frame,
    bytes::{Reader, Writer},
};
use crate::{error::Code, lease::Recall, op::Hash};

/// A frame with recalls before it. Only who asks for recalls gets one.
const MAGIC: &[u8; 6] = b"hefuF3";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulled {
    pub frame: Frame,
    /// All that is called back from the reader's log and not sealed yet, as the server knows it now; `None` where the reader knows
    /// that already, or did not ask.
    pub recalls: Option<Vec<Recall>>,
}

impl Pulled {
    pub fn write(&self) -> Result<Vec<u8>, Code> {
        let frame = self.frame.write()?;
        let Some(recalls) = &self.recalls else { return Ok(frame) };
        let mut out = Writer::default();
        out.raw(MAGIC);
        out.long(&serde_json::to_vec(recalls).map_err(|_| Code::Internal)?)?;
        out.raw(&frame);
        Ok(out.0)
    }

    /// Errors with `server.rubbish` for anything [`Pulled::write`] did not make.
    pub fn read(bytes: &[u8]) -> Result<Self, Code> {
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            return Ok(Self { frame: Frame::read(bytes)?, recalls: None });
        };
        let mut from = Reader(rest);
        let recalls = serde_json::from_slice(from.long()?).map_err(|_| Code::ServerRubbish)?;
        Ok(Self { frame: Frame::read(from.0)?, recalls: Some(recalls) })
    }
}

/// What a reader says that it knows of recalls: a hash, in hex, over the ids of their leases in order.
pub fn recalls_known(recalls: &[Recall]) -> String {
    let mut ids: Vec<_> = recalls.iter().map(|recall| recall.lease).collect();
    ids.sort_unstable();
    ids.dedup();
    let bytes: Vec<u8> = ids.iter().flat_map(|id| *id.as_bytes()).collect();
    Hash::of(&bytes).hex()
}
