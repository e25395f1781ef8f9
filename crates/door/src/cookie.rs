//! The session cookie: 32 random bytes that only the browser and this door know.
//!
//! Its name ends in the port: cookies do not know ports, and a machine may have several doors.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hefu_core::error::Code;
use hefu_desk::SessionKey;

use crate::{Carrier, port};

fn name(headers: &HeaderMap, carrier: Carrier) -> String {
    let prefix = if carrier == Carrier::Tls { "__Host-hefu" } else { "hefu" };
    format!("{prefix}-{}", port(headers, carrier))
}

/// The session that a request names. Two cookies of one name are nobody's.
pub fn read(headers: &HeaderMap, carrier: Carrier) -> Option<SessionKey> {
    let name = name(headers, carrier);
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|line| line.split(';'));
    let mut found = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(key, _)| *key == name).map(|(_, value)| value);
    let value = found.next()?;
    if found.next().is_some() {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(value).ok()?;
    Some(SessionKey(bytes.try_into().ok()?))
}

/// `Set-Cookie` for a session, or to end one.
pub fn write(headers: &HeaderMap, carrier: Carrier, key: Option<SessionKey>) -> Result<HeaderValue, Code> {
    let name = name(headers, carrier);
    let value = key.map(|key| URL_SAFE_NO_PAD.encode(key.0)).unwrap_or_default();
    let end = if key.is_none() { "; Max-Age=0" } else { "" };
    let secure = if carrier == Carrier::Tls { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{end}");
    let mut value = HeaderValue::from_str(&text).map_err(|_| Code::Internal)?;
    value.set_sensitive(true);
    Ok(value)
}

pub fn fresh() -> Result<SessionKey, Code> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|_| Code::Internal)?;
    Ok(SessionKey(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &str, cookies: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        for cookie in cookies {
            headers.append(header::COOKIE, cookie.parse().unwrap());
        }
        headers
    }

    #[test]
    fn is_read_as_it_was_written_and_only_at_its_own_port() {
        for carrier in [Carrier::Tls, Carrier::Loopback] {
            let written = write(&headers("localhost:7080", &[]), carrier, Some(SessionKey([7; 32]))).unwrap();
            let pair = written.to_str().unwrap().split(';').next().unwrap().to_owned();
            let other = format!("theme=dark; {pair}; a=b");
            assert!(read(&headers("localhost:7080", &[&other]), carrier) == Some(SessionKey([7; 32])));
            assert!(read(&headers("localhost:7081", &[&other]), carrier).is_none());
            assert!(read(&headers("localhost:7080", &[&pair, &other]), carrier).is_none(), "two of one name");
        }
    }

    #[test]
    fn rubbish_is_nobody() {
        for value in ["", "AAAA", "!!!!", &"A".repeat(44), &"A".repeat(4000)] {
            assert!(read(&headers("localhost:7080", &[&format!("hefu-7080={value}")]), Carrier::Loopback).is_none(), "{value}");
        }
    }
}
