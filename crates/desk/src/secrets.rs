//! PINs and passwords as they are kept: Argon2id, compared in constant time, weak ones refused (F1, F6).

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use hefu_core::error::Code;

/// The Argon2id string of a secret, with the library's recommended cost and this salt.
pub fn hash_secret(secret: &str, salt: [u8; 16]) -> Result<String, Code> {
    let hash = Argon2::default().hash_password_with_salt(secret.as_bytes(), &salt).map_err(|_| Code::Internal)?;
    Ok(hash.to_string())
}

/// Whether a secret is the one that was kept. Where nothing is, it takes as long to say no.
pub(crate) fn is_right(secret: &str, phc: Option<&str>) -> bool {
    match phc {
        Some(phc) => matches(secret, phc),
        None => hash_secret(secret, [0; 16]).is_err(),
    }
}

fn matches(secret: &str, phc: &str) -> bool {
    PasswordHash::new(phc).is_ok_and(|hash| Argon2::default().verify_password(secret.as_bytes(), &hash).is_ok())
}

/// 4 to 8 digits, not all the same.
pub(crate) fn check_pin(pin: &str) -> Result<(), Code> {
    let digits = pin.bytes().all(|b| b.is_ascii_digit());
    let same = pin.bytes().all(|b| Some(&b) == pin.as_bytes().first());
    if digits && (4..=8).contains(&pin.len()) && !same { Ok(()) } else { Err(Code::PinInvalid) }
}

/// At least 10 characters, at most 200 bytes.
pub(crate) fn check_password(password: &str) -> Result<(), Code> {
    let several = password.chars().collect::<std::collections::BTreeSet<_>>().len() >= 4;
    if password.chars().count() >= 10 && password.len() <= 200 && several { Ok(()) } else { Err(Code::PasswordWeak) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_secrets_are_refused() {
        for pin in ["", "123", "123456789", "12a4", "1111", "１２３４"] {
            assert_eq!(check_pin(pin), Err(Code::PinInvalid), "{pin}");
        }
        assert_eq!(check_pin("1001"), Ok(()));
        for password in ["short", "aaaaaaaaaaaa", &"ab".repeat(150)] {
            assert_eq!(check_password(password), Err(Code::PasswordWeak), "{password}");
        }
        assert_eq!(check_password("四个字的密码加上数字1"), Ok(()));
    }
}
