//! Guessing is slow, and no stranger's guesses shut the owner out (F1, F6).
//!
//! At a till a person is chosen from a list and enters a few digits, at a window that stands in the shop. Wrong PINs are counted by
//! person: five are free, then each is followed by a wait that doubles, up to a quarter of an hour.
//!
//! HQ's door stands on a network, and a login is no secret. Were passwords counted by login alone, one wrong try a quarter of an
//! hour would keep its owner out for ever. So they are counted twice. First in lanes, one for each login and address: five are free,
//! then the wait doubles as above, and whoever guesses shuts out nobody but their own address. What many addresses could try
//! together is slowed by the second count, of the login as a whole. Twenty wrong in a row, the last of them within the hour, say
//! that it is attacked; from then on no lane has free tries. Each is first put off for five seconds, whatever it sends, and from its
//! first wrong try on it waits as others do after their fifth. The right password is thus let in after those five seconds, always,
//! and an address gets a handful of tries an hour, which is nothing against ten characters. The first right one ends the attack.
//!
//! Counts are written before a secret is looked at and in the transaction that reads them, so that neither pulling the plug nor
//! trying many at once gains a try. A login that nobody has is counted the same way: the answers do not say who exists.

use std::net::IpAddr;

use hefu_core::{error::Code, ids::StaffId, op::Hash};
use hefu_replica::{Attempts, Replica, Writing};

use crate::{ErrorBody, secrets::is_right};

/// Wrong tries in a row that are let pass.
const FREE_TRIES: u32 = 5;
/// The first lock-out; each further wrong try doubles it, up to the longest.
const LOCK_MS: i64 = 30_000;
const LOCK_MS_MOST: i64 = 15 * 60_000;

/// Wrong ones in a row, of all addresses, that say that a login is attacked, and how long they say so.
const ATTACK_TRIES: u32 = 20;
const ATTACK_MS: i64 = 3_600_000;
/// While it is, every lane waits this long before its next try, and must then come within the minute.
const PUT_OFF_MS: i64 = 5_000;
const PUT_OFF_GOOD_MS: i64 = 60_000;
/// Tries of a day ago are forgotten: addresses come and go.
const FORGET_MS: i64 = 24 * 3_600_000;

/// Under what a try is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counted {
    Person,
    Lane { attacked: bool },
}

/// Whether a try may be made now, and what is said when it was wrong.
enum Admitted {
    /// The wait that follows a wrong one; `None` while there are free tries left, and how many.
    Try {
        then: Result<u32, i64>,
    },
    Wait(i64),
}

/// Checks the PIN of a person. Errors: `pin.wrong`, with how many tries are left; `sign_in.locked`.
pub(crate) fn check_pin(replica: &Replica, staff: StaffId, phc: Option<&str>, pin: &str, now: i64) -> Result<(), ErrorBody> {
    let admitted = replica.write(|book| admit(book, staff, Counted::Person, now))?;
    let then = admitted.or_wait()?;
    if is_right(pin, phc) {
        return Ok(replica.write(|book| book.set_attempt(staff, 0, 0))?);
    }
    Err(match then {
        Ok(left) => ErrorBody::new(Code::PinWrong).with_number("left", i64::from(left)),
        Err(wait) => locked(wait),
    })
}

/// Checks the password of a login that came from an address. Errors: `password.wrong`, `sign_in.locked`.
pub(crate) fn check_password(
    replica: &Replica,
    (login, from): (&str, Option<IpAddr>),
    phc: Option<&str>,
    password: &str,
    now: i64,
) -> Result<(), ErrorBody> {
    let (lane, whole) = (lane(login, from), named("login", login));
    let admitted = replica.write(|book| {
        book.forget_attempts(now.saturating_sub(FORGET_MS))?;
        let all = book.attempts(whole)?;
        let attacked = all.failures >= ATTACK_TRIES && (0..ATTACK_MS).contains(&(now - all.locked_until));
        let admitted = admit(book, lane, Counted::Lane { attacked }, now)?;
        if let Admitted::Try { .. } = admitted {
            book.set_attempt(whole, all.failures.saturating_add(1), now)?;
        }
        Ok(admitted)
    })?;
    let then = admitted.or_wait()?;
    if is_right(password, phc) {
        return Ok(replica.write(|book| {
            book.set_attempt(lane, 0, 0)?;
            book.set_attempt(whole, 0, 0)
        })?);
    }
    Err(then.map_or_else(locked, |_| Code::PasswordWrong.into()))
}

/// Looks at what was tried under a name, and counts one try more.
fn admit(book: &mut Writing<'_>, name: StaffId, counted: Counted, now: i64) -> Result<Admitted, hefu_replica::Error> {
    let Attempts { failures, locked_until: until } = book.attempts(name)?;
    // A lock set by a clock that ran ahead is set again by this one, and ends no later than one set now would.
    let locked_until = until.min(now.saturating_add(LOCK_MS_MOST));
    if locked_until > now {
        if locked_until < until {
            book.set_attempt(name, failures, locked_until)?;
        }
        return Ok(Admitted::Wait(locked_until - now));
    }
    let attacked = counted == Counted::Lane { attacked: true };
    if attacked && now - locked_until > PUT_OFF_GOOD_MS {
        book.set_attempt(name, failures, now.saturating_add(PUT_OFF_MS))?;
        return Ok(Admitted::Wait(PUT_OFF_MS));
    }
    let failures = failures.saturating_add(1);
    let used = if attacked { failures.saturating_add(FREE_TRIES - 1) } else { failures };
    if used < FREE_TRIES {
        // Lanes come and go, and carry the moment by which they are forgotten.
        book.set_attempt(name, failures, if counted == Counted::Person { 0 } else { now })?;
        return Ok(Admitted::Try { then: Ok(FREE_TRIES - used) });
    }
    let wait = lock_ms(used);
    book.set_attempt(name, failures, now.saturating_add(wait))?;
    Ok(Admitted::Try { then: Err(wait) })
}

impl Admitted {
    fn or_wait(self) -> Result<Result<u32, i64>, ErrorBody> {
        match self {
            Self::Try { then } => Ok(then),
            Self::Wait(left) => Err(locked(left)),
        }
    }
}

fn lane(login: &str, from: Option<IpAddr>) -> StaffId {
    let from = from.map(|address| address.to_canonical().to_string()).unwrap_or_default();
    named(&format!("lane {from}"), login)
}

/// The name under which tries at a login are counted.
fn named(what: &str, login: &str) -> StaffId {
    let hash = Hash::of(format!("{what}\0{login}").as_bytes());
    StaffId::from_bytes(std::array::from_fn(|at| hash.0[at]))
}

fn lock_ms(failures: u32) -> i64 {
    let doublings = failures.saturating_sub(FREE_TRIES).min(16);
    LOCK_MS.saturating_mul(1 << doublings).min(LOCK_MS_MOST)
}

fn locked(left_ms: i64) -> ErrorBody {
    ErrorBody::new(Code::SignInLocked).with_number("seconds", (left_ms + 999) / 1000)
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
}
