//! One-time codes that make an administrator: kept as a hash, void once used. One is printed at every start until there is an
//! administrator; the other is printed on demand over the data folder, by whoever holds it, when all passwords are lost.

use hefu_core::{error::Code, op::Hash};
use hefu_log::{Devices, LogError};

/// Crockford's base 32: no letter that looks like a figure.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUPS: usize = 5;
const GROUP: usize = 5;

const SETTING: &str = "first_admin";
const ADMIN_SETTING: &str = "admin_code";
/// Long enough to start the server again and walk to a browser.
const ADMIN_CODE_MS: i64 = 24 * 3_600_000;

/// Random letters in groups, 125 bits.
pub fn make() -> Result<String, Code> {
    let mut random = [0; GROUPS * GROUP];
    getrandom::fill(&mut random).map_err(|_| Code::Internal)?;
    let letters: Vec<u8> = random.iter().map(|byte| LETTERS[usize::from(byte & 31)]).collect();
    let groups: Vec<_> = letters.chunks(GROUP).map(String::from_utf8_lossy).collect();
    Ok(groups.join("-"))
}

/// As somebody may have typed it.
fn plain(code: &str) -> String {
    let letters = code.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    });
    letters.collect()
}

fn hash(code: &str) -> Vec<u8> {
    Hash::of(plain(code).as_bytes()).0.to_vec()
}

/// Keeps this code and no other.
pub async fn keep(log: &dyn Devices, code: Option<&str>) -> Result<(), LogError> {
    log.set_setting(SETTING, code.map(hash)).await
}

pub async fn is(log: &dyn Devices, code: &str) -> Result<bool, LogError> {
    Ok(log.setting(SETTING).await?.is_some_and(|kept| kept == hash(code)))
}

/// Keeps the code that gets an administrator back, for a day from now, and no other.
pub async fn keep_admin(log: &dyn Devices, code: &str, now: i64) -> Result<(), LogError> {
    let mut kept = now.saturating_add(ADMIN_CODE_MS).to_be_bytes().to_vec();
    kept.extend(hash(code));
    log.set_setting(ADMIN_SETTING, Some(kept)).await
}

pub async fn is_admin(log: &dyn Devices, code: &str, now: i64) -> Result<bool, LogError> {
    let Some(kept) = log.setting(ADMIN_SETTING).await? else { return Ok(false) };
    let Some((until, kept)) = kept.split_first_chunk() else { return Ok(false) };
    Ok(now < i64::from_be_bytes(*until) && kept == hash(code))
}

pub async fn void_admin(log: &dyn Devices) -> Result<(), LogError> {
    log.set_setting(ADMIN_SETTING, None).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_random_readable_and_forgives_typing() {
        let (one, other) = (make().unwrap(), make().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), GROUPS * GROUP + GROUPS - 1);
        assert_eq!(plain(" o1Il-abc "), "0111ABC");
        assert_eq!(hash(&one), hash(&one.to_lowercase().replace('-', " ")));
        assert_ne!(hash(&one), hash(&one[1..]));
    }
}
