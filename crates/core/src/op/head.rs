//! The head: who, where, when and what, as JSON in a fixed order.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{
    error::Code,
    ids::{DeviceId, LogId, StaffId, StoreId},
    lease::{Keep, Use},
};

/// What a node that does not know the kind does with an operation. Either way it keeps and forwards it (I14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Skips it.
    Ignorable,
    /// Freezes what it is about until the program is updated; cash sales go on.
    Critical,
}

/// Everything of a head but its body; also the context in which a replica writes an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub log: LogId,
    /// From 1, contiguous in its log.
    pub seq: u64,
    pub device: DeviceId,
    pub store: Option<StoreId>,
    pub who: Option<StaffId>,
    /// The device's own clock, milliseconds since 1970.
    pub at: i64,
    /// How far that clock was known to be ahead of the server's, in milliseconds.
    pub ahead: i64,
    /// Business day of the store.
    pub day: String,
}

impl Stamp {
    /// The device's moment, corrected by its known offset.
    pub fn corrected_at(&self) -> i64 {
        self.at.saturating_sub(self.ahead)
    }
}

/// What a head says of leases (E3). It stands beside the body, so that one field serves every kind, one that is not known included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leased {
    /// From which leases what the operation spends was taken.
    pub uses: Vec<Use>,
    /// What of its credits stays lent to the log that writes it.
    pub keeps: Vec<Keep>,
}

impl Leased {
    pub const NONE: Self = Self { uses: Vec::new(), keeps: Vec::new() };

    pub fn is_none(&self) -> bool {
        self.uses.is_empty() && self.keeps.is_empty()
    }

    /// What does not read says nothing: the body counts all the same, as it does to a program that passes over these fields.
    fn read(uses: Option<&RawValue>, keeps: Option<&RawValue>) -> Self {
        fn list<T: serde::de::DeserializeOwned>(raw: Option<&RawValue>) -> Vec<T> {
            raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
        }
        Self { uses: list(uses), keeps: list(keeps) }
    }
}

/// The format of the head itself.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct HeadOut<'a, B: Serialize> {
    v: u32,
    log: LogId,
    seq: u64,
    kind: &'a str,
    kv: u32,
    weight: Weight,
    device: DeviceId,
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<StoreId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    who: Option<StaffId>,
    at: i64,
    #[serde(skip_serializing_if = "is_zero")]
    ahead: i64,
    day: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<Uuid>,
    #[serde(skip_serializing_if = "<[Use]>::is_empty")]
    uses: &'a [Use],
    #[serde(skip_serializing_if = "<[Keep]>::is_empty")]
    keeps: &'a [Keep],
    body: &'a B,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn is_zero(ahead: &i64) -> bool {
    *ahead == 0
}

/// Writes a head that says nothing of leases.
pub fn write_head(stamp: &Stamp, kind: &str, kv: u32, weight: Weight, about: Option<Uuid>, body: &impl Serialize) -> Result<Vec<u8>, Code> {
    write_leased_head(stamp, kind, kv, weight, about, &Leased::NONE, body)
}

/// Writes a head: the one place where its bytes are made.
pub fn write_leased_head(
    stamp: &Stamp,
    kind: &str,
    kv: u32,
    weight: Weight,
    about: Option<Uuid>,
    leased: &Leased,
    body: &impl Serialize,
) -> Result<Vec<u8>, Code> {
    serde_json::to_vec(&HeadOut {
        v: FORMAT,
        log: stamp.log,
        seq: stamp.seq,
        kind,
        kv,
        weight,
        device: stamp.device,
        store: stamp.store,
        who: stamp.who,
        at: stamp.at,
        ahead: stamp.ahead,
        day: &stamp.day,
        about,
        uses: &leased.uses,
        keeps: &leased.keeps,
        body,
    })
    .map_err(|_| Code::Internal)
}

#[derive(Deserialize)]
struct HeadIn<'a> {
    v: u32,
    log: LogId,
    seq: u64,
    kind: String,
    kv: u32,
    weight: Weight,
    device: DeviceId,
    store: Option<StoreId>,
    who: Option<StaffId>,
    at: i64,
    #[serde(default)]
    ahead: i64,
    day: String,
    about: Option<Uuid>,
    #[serde(borrow, default)]
    uses: Option<&'a RawValue>,
    #[serde(borrow, default)]
    keeps: Option<&'a RawValue>,
    #[serde(borrow)]
    body: &'a RawValue,
}

/// A head as it was read; the body still as it was written.
#[derive(Clone, Debug)]
pub struct Head {
    pub stamp: Stamp,
    pub kind: String,
    pub kv: u32,
    pub weight: Weight,
    /// The entity that the operation is about, which an unknown critical kind freezes.
    pub about: Option<Uuid>,
    pub leased: Leased,
    pub body: Box<RawValue>,
}

impl Head {
    /// Errors with `sync.damaged` for bytes that are no head, and `server.newer` for a head of a later format.
    pub fn read(bytes: &[u8]) -> Result<Self, Code> {
        #[derive(Deserialize)]
        struct Format {
            v: u32,
        }
        let head: HeadIn<'_> = match serde_json::from_slice(bytes) {
            Ok(head) => head,
            Err(_) => {
                let newer = serde_json::from_slice::<Format>(bytes).is_ok_and(|format| format.v > FORMAT);
                return Err(if newer { Code::ServerNewer } else { Code::SyncDamaged });
            }
        };
        if head.v > FORMAT {
            return Err(Code::ServerNewer);
        }
        let HeadIn { log, seq, device, store, who, at, ahead, day, .. } = head;
        Ok(Self {
            stamp: Stamp { log, seq, device, store, who, at, ahead, day },
            kind: head.kind,
            kv: head.kv,
            weight: head.weight,
            about: head.about,
            leased: Leased::read(head.uses, head.keeps),
            body: head.body.to_owned(),
        })
    }
}
