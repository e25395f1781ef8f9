//! First run: joining a chain by code, or starting one here.

use ed25519_dalek::SigningKey;
use hefu_core::{
    error::Code,
    ids::{ChainId, DeviceId, LogId, StoreId},
    wire::{EnrolReply, Enrolment},
};
use hefu_desk::{ErrorBody, Start, start_chain, wire::SetupStart};
use hefu_replica::{Identity, KeyName, Replica};
use hefu_sync::SyncError;

use crate::{
    around::random,
    folder::{Folder, Server},
};

fn ten() -> Result<[u8; 10], Code> {
    let mut bytes = [0; 10];
    random(&mut bytes)?;
    Ok(bytes)
}

/// Starts a chain here: the book is made beside its place and moved there when its first facts are in it.
pub(crate) fn start(folder: &Folder, request: &SetupStart, now: i64) -> Result<(), ErrorBody> {
    let identity = Identity {
        chain: ChainId::new(now, ten()?),
        device: DeviceId::new(now, ten()?),
        store: Some(StoreId::new(now, ten()?)),
        till_no: 1,
        log: LogId::new(now, ten()?),
    };
    let start = Start::read(request, &identity)?;
    // A joining that was given up may have left word of its server: this chain has none.
    folder.forget_server()?;
    let replica = Replica::create(&folder.book()?, identity)?;
    let written = start_chain(&replica, &start, now, &random);
    drop(replica);
    if written.is_err() {
        folder.put_away_unfinished()?;
    }
    written
}

/// The device's signing key, made the first time.
pub(crate) fn device_key(folder: &Folder) -> Result<SigningKey, ErrorBody> {
    let secret = folder.keys().get_or_make(KeyName::Device)?;
    Ok(SigningKey::from_bytes(&secret))
}

/// Asks the server of a code to let this till in. Asking again with the same code and key is harmless.
pub(crate) async fn enrol(code: &Enrolment, key: &SigningKey) -> Result<EnrolReply, ErrorBody> {
    hefu_sync::enrol(code, key).await.map_err(|error: SyncError| {
        tracing::info!(code = %error.code(), %error, "joining was refused");
        ErrorBody::new(error.code())
    })
}

/// Makes the empty book of a till that was let in, and keeps where its server is.
pub(crate) fn make_book(folder: &Folder, code: &Enrolment, reply: &EnrolReply, now: i64) -> Result<(), ErrorBody> {
    let server =
        Server { address: code.address.clone(), fingerprint: code.fingerprint.clone(), caught_up: false, revoked: false, heard: None };
    folder.set_server(&server)?;
    let identity =
        Identity { chain: reply.chain, device: reply.device, store: reply.store, till_no: reply.till_no, log: LogId::new(now, ten()?) };
    Replica::create(&folder.book()?, identity)?;
    Ok(())
}
