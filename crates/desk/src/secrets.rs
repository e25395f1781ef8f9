//! PINs and passwords: Argon2id, checked in constant time, wrong ones counted and then locked out (F1, F6).

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use hefu_core::{error::Code, ids::StaffId};
use hefu_replica::{Attempts, Replica};

use crate::ErrorBody;

/// Wrong tries in a row that are let pass.
const FREE_TRIES: u32 = 5;
/// The first lock-out; each further wrong try doubles it, up to the longest.
const LOCK_MS: i64 = 30_000;
const LOCK_MS_MOST: i64 = 15 * 60_000;

/// The Argon2id string of a secret, with the library's recommended cost and this salt.
pub fn hash_secret(secret: &str, salt: [u8; 16]) -> Result<String, Code> {
    let hash = Argon2::default().hash_password_with_salt(secret.as_bytes(), &salt).map_err(|_| Code::Internal)?;
    Ok(hash.to_string())
}

fn matches(secret: &str, phc: &str) -> bool {
    PasswordHash::new(phc).is_ok_and(|hash| Argon2::default().verify_password(secret.as_bytes(), &hash).is_ok())
}

/// Checks a secret of a known person. `wrong` is the code for a wrong one; too many lock the person out for a while,
/// which outlives a restart.
pub(crate) fn check(replica: &Replica, staff: StaffId, secret: &str, now: i64, wrong: Code) -> Result<(), ErrorBody> {
    let (phc, attempts) = replica.read(|book| Ok((book.credential(staff)?, book.attempts(staff)?)))?;
    if attempts.locked_until > now {
        return Err(locked(attempts.locked_until - now));
    }
    // Counted before it is tried, so that pulling the plug in between gains no try.
    let failures = attempts.failures.saturating_add(1);
    let locked_until = if failures >= FREE_TRIES { now.saturating_add(lock_ms(failures)) } else { 0 };
    replica.write(|book| book.set_attempt(staff, failures, locked_until))?;
    if phc.is_some_and(|phc| matches(secret, &phc)) {
        let clear = Attempts::default();
        replica.write(|book| book.set_attempt(staff, clear.failures, clear.locked_until))?;
        return Ok(());
    }
    if locked_until > 0 {
        return Err(locked(locked_until - now));
    }
    Err(ErrorBody::new(wrong).with_number("left", i64::from(FREE_TRIES - failures)))
}

/// Takes as long as a real check, so that an unknown login is not told from a wrong password.
pub(crate) fn check_nobody(secret: &str) {
    let _ = hash_secret(secret, [0; 16]);
}

fn lock_ms(failures: u32) -> i64 {
    let doublings = failures.saturating_sub(FREE_TRIES).min(16);
    LOCK_MS.saturating_mul(1 << doublings).min(LOCK_MS_MOST)
}

fn locked(left_ms: i64) -> ErrorBody {
    ErrorBody::new(Code::SignInLocked).with_number("seconds", (left_ms + 999) / 1000)
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
    fn locks_longer_each_time_and_never_for_ever() {
        for (failures, expect) in [(5, 30_000), (6, 60_000), (9, 480_000), (10, 900_000), (u32::MAX, 900_000)] {
            assert_eq!(lock_ms(failures), expect);
        }
    }

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
