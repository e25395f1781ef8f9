//! What a person puts into words about an act: never in clear in an operation (F5).

use hefu_core::{
    ids::MemberId,
    op::{Draft, Said},
    seal::NONCE_LEN,
};
use hefu_replica::{By, Reading};

/// The draft with its words sealed: under the key of the member it is about, else of who says them. Nothing said, nothing sealed.
pub(crate) fn sealed(
    book: &Reading<'_>,
    by: By,
    draft: Draft,
    member: Option<MemberId>,
    nonce: [u8; NONCE_LEN],
    said: &Said,
) -> Result<Draft, hefu_replica::Error> {
    if said.is_empty() {
        return Ok(draft);
    }
    let (person, key) = book.said_under(member, by.who)?;
    Ok(draft.with_said(&key, person, nonce, said)?)
}
