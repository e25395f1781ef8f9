//! The JSON bodies of the conversation between a device and a server.

use serde::{Deserialize, Serialize};

use crate::{
    error::Code,
    ids::{ChainId, DeviceId, LogId, StoreId},
    op::Hash,
};

/// `POST /sync/enrol`: a new device asks to join. Repeated with the same key it gets the same answer.
#[derive(Clone, Serialize, Deserialize)]
pub struct EnrolRequest {
    pub protocol: u32,
    pub chain: ChainId,
    pub secret: String,
    /// ed25519 public key, hex.
    pub key: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolReply {
    pub device: DeviceId,
    pub store: Option<StoreId>,
    pub till_no: u32,
    pub chain: ChainId,
    pub chain_name: String,
}

/// `POST /sync/hello`: a device begins a conversation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HelloRequest {
    pub protocol: u32,
    pub chain: ChainId,
    pub device: DeviceId,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HelloReply {
    pub protocol: u32,
    pub chain: ChainId,
    /// To be signed: 32 random bytes, hex.
    pub challenge: String,
    /// The server's clock.
    pub now: i64,
}

/// `POST /sync/prove`: the device signs `hefu hello 1 ‖ chain ‖ challenge` with its key and gets a token for the requests that follow.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProveRequest {
    pub device: DeviceId,
    pub challenge: String,
    /// Hex.
    pub signature: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct ProveReply {
    pub token: String,
}

/// What a device signs to prove itself.
pub fn hello_bytes(chain: ChainId, challenge: &str) -> Vec<u8> {
    [b"hefu hello 1".as_slice(), chain.as_bytes(), challenge.as_bytes()].concat()
}

/// The reply to `POST /sync/push`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushReply {
    /// The log's last sequence number the server now holds.
    pub held: u64,
    pub now: i64,
}

/// `POST /sync/pull`: asks for what comes after a cursor, and waits for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PullRequest {
    pub after: u64,
    pub beside_after: u64,
    /// Seconds to wait for something new, at most 25.
    pub wait: u32,
    pub log: LogId,
    /// The last of this log that the device believes the server holds, and its hash: a difference is found at once (I5).
    pub held: u64,
    pub held_hash: String,
    /// Operations not yet pushed, for HQ's list of devices.
    pub unsent: u64,
    /// What the device knows of recalls, by [`super::recalls_known`]; `None` of one that holds no leases, which is told of none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recalls: Option<String>,
}

/// `POST /sync/digest`: asks for the digest of HQ's folded tables at one place of the sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestRequest {
    pub at_seq: u64,
}

/// What the log holds at one sequence number, for comparing with a replica.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestReply {
    pub at_seq: u64,
    /// Digest of the HQ node's folded tables at that number, hex; `None` when it is not exactly there.
    pub digest: Option<String>,
    /// The version of the fold that made it.
    pub fold: u32,
}

/// How a request was refused. 409 for gap and fork, 403 revoked, 401 sign in again, 426 newer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    pub code: Code,
    /// With `sync.gap`: the sequence number that the log expects next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<u64>,
}

/// Lower-case hex of a hash as these bodies carry it.
pub fn read_hash(hex: &str) -> Option<Hash> {
    blake3::Hash::from_hex(hex).ok().map(|hash| Hash(*hash.as_bytes()))
}
