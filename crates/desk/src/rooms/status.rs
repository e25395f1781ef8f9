//! The status bar, and `verify`.

use super::{session, store_view};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    wire::{Nothing, StatusView, VerifyReport},
};

pub(crate) fn get(desk: &Desk, caller: &Caller, _: Nothing) -> Result<StatusView, ErrorBody> {
    // Taken first: a change while this is read shows again, and none is missed.
    let version = desk.version();
    let identity = desk.replica.identity();
    let (chain, store) = desk.replica.read(|book| {
        let store = match identity.store {
            Some(id) => book.store(id)?,
            None => None,
        };
        Ok((book.chain()?, store))
    })?;
    let mut sync = desk.around.sync();
    sync.unsent = i64::try_from(desk.replica.unsent()?).unwrap_or(i64::MAX);
    sync.unkept = i64::try_from(desk.replica.unkept()?).unwrap_or(i64::MAX);
    Ok(StatusView {
        version,
        node: desk.state()?,
        chain_name: chain.as_ref().map(|chain| chain.name.clone()),
        store: store.map(store_view),
        till_no: identity.store.map(|_| identity.till_no),
        session: session::at_window(desk, caller),
        sync,
        now: desk.moment(caller),
        demo: chain.is_some_and(|chain| chain.demo),
    })
}

pub(crate) fn verify(desk: &Desk, _: &Caller, _: Nothing) -> Result<VerifyReport, ErrorBody> {
    // The other half is asked for the number the book stands at now, not after the minutes that folding anew can take.
    let at = desk.replica.cursor()?.after;
    let (digest, told) = std::thread::scope(|scope| {
        let told = scope.spawn(|| desk.around.other_digest(at));
        (desk.replica.digest(), told.join().ok().flatten())
    });
    let digest = digest?;
    let whole = digest.whole().hex();
    let comparable = digest.unsent == 0;
    let other = told.filter(|_| comparable && digest.at_seq == at);
    let verified = desk.replica.verify()?;
    let mut differing: Vec<String> = verified.differing.iter().map(|table| (*table).to_owned()).collect();
    if !verified.chain_holds {
        differing.push("op".to_owned());
    }
    if !verified.sums_to_zero && !differing.iter().any(|table| table == "posting") {
        differing.push("posting".to_owned());
    }
    Ok(VerifyReport {
        ok: verified.ok(),
        operations: i64::try_from(digest.operations).unwrap_or(i64::MAX),
        at_seq: comparable.then(|| i64::try_from(digest.at_seq).unwrap_or(i64::MAX)),
        agrees_with_server: other.map(|other| other == whole),
        digest: whole,
        differing,
    })
}
