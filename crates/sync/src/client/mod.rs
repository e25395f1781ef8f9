//! The half that asks: one trait, over HTTPS or in process.

mod http;
mod local;

use async_trait::async_trait;
use ed25519_dalek::{Signer, SigningKey};
use hefu_core::{
    ids::{ChainId, DeviceId},
    wire::{
        DigestReply, DigestRequest, EnrolReply, EnrolRequest, Enrolment, HelloReply, HelloRequest, LeaseReply, LeaseRequest, PROTOCOL,
        ProveRequest, PullRequest, Pulled, Push, PushReply, hello_bytes,
    },
};

pub use http::HttpTransport;
pub use local::LocalTransport;

use crate::{SyncError, hex};

/// Who speaks: a device of a chain, with the key it joined with.
#[derive(Clone)]
pub struct Who {
    pub chain: ChainId,
    pub device: DeviceId,
    pub key: SigningKey,
}

/// A server that has let the device in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Met {
    /// The server's clock, milliseconds since 1970.
    pub now: i64,
}

/// The way to a server. Push, pull, lease and digest need a hello first, and again after `sign_in.needed`.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Where the server is, for a person to read.
    fn server(&self) -> String;

    async fn enrol(&self, request: &EnrolRequest) -> Result<EnrolReply, SyncError>;

    /// Says hello and proves who speaks. Errors: `server.newer`, `server.other_chain`, `device.unknown`, and those of
    /// the way there: `server.unreachable`, `server.certificate`, `server.rubbish`.
    async fn hello(&self, who: &Who) -> Result<Met, SyncError>;

    async fn push(&self, push: &Push) -> Result<PushReply, SyncError>;

    async fn pull(&self, request: &PullRequest) -> Result<Pulled, SyncError>;

    /// Asks for leases. It may be sent any number of times: the answer to an id is for ever. A reply that is not to what `who` asked
    /// is `server.rubbish`.
    async fn lease(&self, who: &Who, request: &LeaseRequest) -> Result<LeaseReply, SyncError>;

    async fn digest(&self, request: &DigestRequest) -> Result<DigestReply, SyncError>;
}

/// Joins the chain of an enrolment code with the device's new key. Asking again with the same key is harmless, and is
/// what to do when the answer got lost.
pub async fn enrol(code: &Enrolment, key: &SigningKey) -> Result<EnrolReply, SyncError> {
    let transport = HttpTransport::new(&code.address, &code.fingerprint)?;
    let key = hex::write(key.verifying_key().as_bytes());
    let request = EnrolRequest { protocol: PROTOCOL, chain: code.chain, secret: code.secret.clone(), key };
    let reply = transport.enrol(&request).await?;
    if reply.chain == code.chain { Ok(reply) } else { Err(SyncError::OtherChain) }
}

/// The reply, if it is to what was asked.
fn bound(who: &Who, request: &LeaseRequest, reply: LeaseReply) -> Result<LeaseReply, SyncError> {
    if request.is_answered_by(who.device, &reply) { Ok(reply) } else { Err(SyncError::Rubbish("answers to something else")) }
}

fn hello_request(who: &Who) -> HelloRequest {
    HelloRequest { protocol: PROTOCOL, chain: who.chain, device: who.device }
}

/// The answer to a server's challenge, if it is the server that was looked for.
fn proof(who: &Who, hello: &HelloReply) -> Result<ProveRequest, SyncError> {
    if hello.protocol > PROTOCOL {
        return Err(SyncError::Newer);
    }
    if hello.chain != who.chain {
        return Err(SyncError::OtherChain);
    }
    let signature = who.key.sign(&hello_bytes(who.chain, &hello.challenge));
    Ok(ProveRequest { device: who.device, challenge: hello.challenge.clone(), signature: hex::write(&signature.to_bytes()) })
}
