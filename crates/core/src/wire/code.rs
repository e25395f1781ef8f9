//! The enrolment code: everything a new till needs, in one pasted text (E4).
//!
//! `HEFU-` and base64url of JSON with a checksum, so that a code cut short or mistyped is told from a wrong one.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::{error::Code, ids::ChainId, op::Hash};

const PREFIX: &str = "HEFU-";

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// `https://host:port`.
    pub address: String,
    /// SHA-256 of the certificate to trust, hex: the server's own authority, or the given certificate.
    pub fingerprint: String,
    pub chain: ChainId,
    /// Single use, 32 random characters.
    pub secret: String,
}

impl Enrolment {
    pub fn write(&self) -> Result<String, Code> {
        let body = serde_json::to_vec(self).map_err(|_| Code::Internal)?;
        let check = Hash::of(&body);
        Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode([&check.0[..4], &body].concat())))
    }

    /// White space and line breaks of pasting do not matter. Errors with `enrol.malformed`.
    pub fn read(text: &str) -> Result<Self, Code> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let coded = text.strip_prefix(PREFIX).ok_or(Code::EnrolCodeMalformed)?;
        let bytes = URL_SAFE_NO_PAD.decode(coded).map_err(|_| Code::EnrolCodeMalformed)?;
        let (check, body) = bytes.split_at_checked(4).ok_or(Code::EnrolCodeMalformed)?;
        if Hash::of(body).0[..4] != *check {
            return Err(Code::EnrolCodeMalformed);
        }
        serde_json::from_slice(body).map_err(|_| Code::EnrolCodeMalformed)
    }
}
