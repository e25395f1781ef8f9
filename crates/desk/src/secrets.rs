//! PINs and passwords: Argon2id, checked in constant time, wrong ones counted and then locked out (F1, F6).

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use hefu_core::{error::Code, ids::StaffId, op::Hash};
use hefu_replica::Replica;

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

/// What a secret is checked for.
pub(crate) struct Check<'a> {
    /// Whose tries are counted. For a login that nobody has, [`nobody`]: it is counted and locked the same way.
    pub staff: StaffId,
    /// The Argon2id string, where there is one to match.
    pub phc: Option<&'a str>,
    pub secret: &'a str,
    /// The code for a wrong one.
    pub wrong: Code,
    /// Whether to say how many tries are left: to someone who chose a name from a list, not to someone who guesses one.
    pub tell_left: bool,
}

/// Checks a secret; too many wrong ones lock the person out for a while, which outlives a restart.
pub(crate) fn check(replica: &Replica, check: &Check<'_>, now: i64) -> Result<(), ErrorBody> {
    // Counted before it is tried and in the transaction that looks: neither pulling the plug nor trying many at once
    // gains a try.
    let failures = replica.write(|book| {
        let attempts = book.attempts(check.staff)?;
        // A lock set by a clock that ran ahead is set again by this one, and ends no later than one set now would.
        let locked_until = attempts.locked_until.min(now.saturating_add(LOCK_MS_MOST));
        if locked_until > now {
            if locked_until < attempts.locked_until {
                book.set_attempt(check.staff, attempts.failures, locked_until)?;
            }
            return Ok(Err(locked_until - now));
        }
        let failures = attempts.failures.saturating_add(1);
        book.set_attempt(check.staff, failures, if failures >= FREE_TRIES { now.saturating_add(lock_ms(failures)) } else { 0 })?;
        Ok(Ok(failures))
    })?;
    let failures = failures.map_err(locked)?;
    let right = match check.phc {
        Some(phc) => matches(check.secret, phc),
        // Takes as long as a real check.
        None => hash_secret(check.secret, [0; 16]).is_err(),
    };
    if right {
        return Ok(replica.write(|book| book.set_attempt(check.staff, 0, 0))?);
    }
    if failures >= FREE_TRIES {
        return Err(locked(lock_ms(failures)));
    }
    let wrong = ErrorBody::new(check.wrong);
    Err(if check.tell_left { wrong.with_number("left", i64::from(FREE_TRIES - failures)) } else { wrong })
}

/// Under which name the tries of a login that nobody has are counted.
pub(crate) fn nobody(login: &str) -> StaffId {
    let hash = Hash::of(login.as_bytes());
    StaffId::from_bytes(std::array::from_fn(|at| hash.0[at]))
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
