//! Personal data under a key of that one person, so that destroying the key forgets the person everywhere (F5).
//!
//! A sealed part is `1 ‖ nonce (24) ‖ XChaCha20-Poly1305 ciphertext` where the head says about whom it is, and
//! `2 ‖ person (16) ‖ nonce (24) ‖ ciphertext` where it does not; the person's id is authenticated beside either.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;
use zeroize::ZeroizeOnDrop;

use crate::error::Code;

const VERSION: u8 = 1;
const NAMED: u8 = 2;
const PERSON_LEN: usize = 16;
pub const NONCE_LEN: usize = 24;

/// The key of one person's sealed data. It travels beside the log, never in an operation.
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop)]
pub struct PersonKey([u8; 32]);

impl PersonKey {
    /// `bytes` are 32 random ones.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Seals a record for `person`. `nonce` is 24 random bytes, never used twice with this key.
pub fn seal(key: &PersonKey, person: Uuid, nonce: [u8; NONCE_LEN], record: &impl Serialize) -> Result<Vec<u8>, Code> {
    sealed_after(vec![VERSION], key, person, nonce, record)
}

/// As [`seal`], where the head does not say under whose key it is: the part itself does.
pub fn seal_named(key: &PersonKey, person: Uuid, nonce: [u8; NONCE_LEN], record: &impl Serialize) -> Result<Vec<u8>, Code> {
    let mut start = vec![NAMED];
    start.extend_from_slice(person.as_bytes());
    sealed_after(start, key, person, nonce, record)
}

fn sealed_after(
    mut sealed: Vec<u8>,
    key: &PersonKey,
    person: Uuid,
    nonce: [u8; NONCE_LEN],
    record: &impl Serialize,
) -> Result<Vec<u8>, Code> {
    let clear = serde_json::to_vec(record).map_err(|_| Code::Internal)?;
    let cipher = XChaCha20Poly1305::new(&key.0.into());
    let payload = Payload { msg: &clear, aad: person.as_bytes() };
    sealed.extend_from_slice(&nonce);
    sealed.extend(cipher.encrypt(&nonce.into(), payload).map_err(|_| Code::Internal)?);
    Ok(sealed)
}

/// Opens what [`seal`] made; `None` when the key, the person or a byte is another, or the version is newer.
pub fn open<T: DeserializeOwned>(key: &PersonKey, person: Uuid, sealed: &[u8]) -> Option<T> {
    match sealed.split_first()? {
        (&VERSION, rest) => open_after(key, person, rest),
        _ => None,
    }
}

/// Whose key opens a part that [`seal_named`] made.
pub fn named(sealed: &[u8]) -> Option<Uuid> {
    let (person, _) = split_named(sealed)?;
    Some(person)
}

/// Opens what [`seal_named`] made; `None` as of [`open`].
pub fn open_named<T: DeserializeOwned>(key: &PersonKey, sealed: &[u8]) -> Option<T> {
    let (person, rest) = split_named(sealed)?;
    open_after(key, person, rest)
}

fn split_named(sealed: &[u8]) -> Option<(Uuid, &[u8])> {
    match sealed.split_first()? {
        (&NAMED, rest) => {
            let (person, rest) = rest.split_at_checked(PERSON_LEN)?;
            Some((Uuid::from_slice(person).ok()?, rest))
        }
        _ => None,
    }
}

fn open_after<T: DeserializeOwned>(key: &PersonKey, person: Uuid, rest: &[u8]) -> Option<T> {
    let (nonce, body) = rest.split_at_checked(NONCE_LEN)?;
    let nonce: [u8; NONCE_LEN] = nonce.try_into().ok()?;
    let cipher = XChaCha20Poly1305::new(&key.0.into());
    let clear = cipher.decrypt(&nonce.into(), Payload { msg: body, aad: person.as_bytes() }).ok()?;
    serde_json::from_slice(&clear).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_with_its_key_person_and_bytes() {
        let key = PersonKey::new([7; 32]);
        let person = Uuid::from_bytes([1; 16]);
        let sealed = seal(&key, person, [9; 24], &"张三").unwrap();
        assert_eq!(open::<String>(&key, person, &sealed).as_deref(), Some("张三"));
        assert_eq!(open::<String>(&PersonKey::new([8; 32]), person, &sealed), None);
        assert_eq!(open::<String>(&key, Uuid::from_bytes([2; 16]), &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open::<String>(&key, person, &changed), None, "byte {at}");
        }
        assert_eq!(open::<String>(&key, person, &[]), None);
        assert_eq!(open::<String>(&key, person, &[1; 10]), None);
    }

    #[test]
    fn a_part_that_says_whose_it_is_opens_with_that_key() {
        let key = PersonKey::new([7; 32]);
        let person = Uuid::from_bytes([1; 16]);
        let sealed = seal_named(&key, person, [9; 24], &"张三").unwrap();
        assert_eq!(named(&sealed), Some(person));
        assert_eq!(open_named::<String>(&key, &sealed).as_deref(), Some("张三"));
        assert_eq!(open_named::<String>(&PersonKey::new([8; 32]), &sealed), None);
        assert_eq!(open::<String>(&key, person, &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open_named::<String>(&key, &changed), None, "byte {at}");
        }
        let other = seal(&key, person, [9; 24], &"张三").unwrap();
        assert_eq!((named(&other), open_named::<String>(&key, &other)), (None, None));
        assert_eq!((named(&[]), named(&[2; 10])), (None, None));
    }
}
