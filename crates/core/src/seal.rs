//! Personal data under a key of that one person, so that destroying the key forgets the person everywhere (F5).
//!
//! A sealed part is `1 ‖ nonce (24) ‖ XChaCha20-Poly1305 ciphertext`; the person's id is authenticated beside it.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;
use zeroize::ZeroizeOnDrop;

use crate::error::Code;

const VERSION: u8 = 1;
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
    let clear = serde_json::to_vec(record).map_err(|_| Code::Internal)?;
    let cipher = XChaCha20Poly1305::new(&key.0.into());
    let payload = Payload { msg: &clear, aad: person.as_bytes() };
    let mut sealed = vec![VERSION];
    sealed.extend_from_slice(&nonce);
    sealed.extend(cipher.encrypt(&nonce.into(), payload).map_err(|_| Code::Internal)?);
    Ok(sealed)
}

/// Opens what [`seal`] made; `None` when the key, the person or a byte is another, or the version is newer.
pub fn open<T: DeserializeOwned>(key: &PersonKey, person: Uuid, sealed: &[u8]) -> Option<T> {
    let (version, rest) = sealed.split_first()?;
    let (nonce, body) = rest.split_at_checked(NONCE_LEN)?;
    let nonce: [u8; NONCE_LEN] = nonce.try_into().ok()?;
    if *version != VERSION {
        return None;
    }
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
}
