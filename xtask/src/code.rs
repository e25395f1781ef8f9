//! Enrolment codes: `HEFU-` and base64url of a checksum and JSON, as `docs/SYNC.md` fixes them. Here one is only given another
//! address, so that a till can be put behind a proxy that cuts its line.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::stop::{Stop, While};

const PREFIX: &str = "HEFU-";
const CHECK_BYTES: usize = 4;

/// The same code for a till that is to reach its server at `address`.
pub fn readdress(code: &str, address: &str) -> Result<String, Stop> {
    let coded = code.strip_prefix(PREFIX).ok_or_else(|| Stop::new("That is not an enrolment code."))?;
    let bytes = URL_SAFE_NO_PAD.decode(coded).doing("That is not an enrolment code")?;
    let body = bytes.get(CHECK_BYTES..).ok_or_else(|| Stop::new("That enrolment code is cut short."))?;
    let mut told: Value = serde_json::from_slice(body).doing("That is not an enrolment code")?;
    let slot = told.get_mut("address").ok_or_else(|| Stop::new("That enrolment code has no address."))?;
    *slot = Value::from(address);
    let body = serde_json::to_vec(&told).doing("cannot write the code")?;
    let check = blake3::hash(&body);
    let bytes: Vec<u8> = check.as_bytes().iter().take(CHECK_BYTES).chain(&body).copied().collect();
    Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The golden code of the core, written in hex there.
    fn golden() -> String {
        let text = include_str!("../../crates/core/tests/golden/enrolment.txt");
        let hex = text.split_whitespace().nth(1).unwrap();
        let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn only_the_address_changes() {
        let there = readdress(&golden(), "https://127.0.0.1:9").unwrap();
        assert_ne!(there, golden());
        let body = |code: &str| -> Value {
            let bytes = URL_SAFE_NO_PAD.decode(code.strip_prefix(PREFIX).unwrap()).unwrap();
            assert_eq!(blake3::hash(&bytes[4..]).as_bytes()[..4], bytes[..4], "the core checks this");
            serde_json::from_slice(&bytes[4..]).unwrap()
        };
        let (mut old, new) = (body(&golden()), body(&there));
        assert_eq!(new["address"], "https://127.0.0.1:9");
        old["address"] = new["address"].clone();
        assert_eq!(old, new);
    }

    #[test]
    fn what_is_not_a_code_is_said_to_be_none() {
        for text in ["", "HEFU-", "HEFU-!!", "hello"] {
            assert!(readdress(text, "https://127.0.0.1:9").is_err(), "{text}");
        }
    }
}
