//! Challenges and tokens, in memory. A token is kept as its hash, so that looking it up says nothing by its time.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use hefu_core::{error::Code, ids::DeviceId, op::Hash};

use crate::SyncError;

const CHALLENGE_MS: i64 = 60_000;
const TOKEN_MS: i64 = 12 * 3600 * 1000;

/// More than any chain has devices saying hello within a minute.
const CHALLENGES_MOST: usize = 10_000;

#[derive(Default)]
pub struct Sessions {
    challenges: Mutex<HashMap<Hash, Until>>,
    tokens: Mutex<HashMap<Hash, Until>>,
}

#[derive(Clone, Copy)]
struct Until {
    device: DeviceId,
    expires_at: i64,
}

impl Until {
    fn holds(&self, now: i64) -> bool {
        now < self.expires_at
    }
}

fn open(map: &Mutex<HashMap<Hash, Until>>) -> MutexGuard<'_, HashMap<Hash, Until>> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

fn key(text: &str) -> Hash {
    Hash::of(text.as_bytes())
}

impl Sessions {
    pub fn challenge(&self, device: DeviceId, challenge: String, now: i64) -> Result<(), SyncError> {
        let mut challenges = open(&self.challenges);
        if challenges.len() >= CHALLENGES_MOST {
            challenges.retain(|_, until| until.holds(now));
        }
        if challenges.len() >= CHALLENGES_MOST {
            return Err(SyncError::refused(Code::ServerBusy));
        }
        challenges.insert(key(&challenge), Until { device, expires_at: now + CHALLENGE_MS });
        Ok(())
    }

    /// Whether it was given to this device and is fresh. It is used up either way.
    pub fn take_challenge(&self, device: DeviceId, challenge: &str, now: i64) -> bool {
        let taken = open(&self.challenges).remove(&key(challenge));
        taken.is_some_and(|until| until.device == device && until.holds(now))
    }

    pub fn begin(&self, device: DeviceId, token: &str, now: i64) {
        let mut tokens = open(&self.tokens);
        tokens.retain(|_, until| until.holds(now));
        tokens.insert(key(token), Until { device, expires_at: now + TOKEN_MS });
    }

    pub fn device(&self, token: &str, now: i64) -> Option<DeviceId> {
        open(&self.tokens).get(&key(token)).filter(|until| until.holds(now)).map(|until| until.device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_serves_once_and_not_for_long() {
        let (sessions, device) = (Sessions::default(), DeviceId::from_bytes([1; 16]));
        let give = || sessions.challenge(device, "c".into(), 0).unwrap();
        give();
        assert!(!sessions.take_challenge(DeviceId::from_bytes([2; 16]), "c", 1), "another device's");
        assert!(!sessions.take_challenge(device, "c", 1), "used up by the attempt");
        give();
        assert!(sessions.take_challenge(device, "c", 1));
        assert!(!sessions.take_challenge(device, "c", 1));
        give();
        assert!(!sessions.take_challenge(device, "c", CHALLENGE_MS));
    }

    #[test]
    fn a_token_ends() {
        let (sessions, device) = (Sessions::default(), DeviceId::from_bytes([1; 16]));
        sessions.begin(device, "t", 0);
        assert_eq!(sessions.device("t", TOKEN_MS - 1), Some(device));
        assert_eq!(sessions.device("t", TOKEN_MS), None);
        assert_eq!(sessions.device("u", 1), None);
    }
}
