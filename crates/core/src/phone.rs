//! A mainland mobile number, normalised (B2): `+86`, `0086`, spaces, dashes and full-width digits are how people write
//! it; `^1[3-9]\d{9}$` is what it is.

use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;

use crate::error::Code;

/// Eleven ASCII digits that a mainland mobile number can be.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, TS)]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// Reads a number however it was written. Errors with `phone.invalid`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let mut digits = String::with_capacity(11);
        let mut plus = false;
        for c in text.trim().chars() {
            match narrow(c) {
                d @ '0'..='9' => digits.push(d),
                '+' if digits.is_empty() && !plus => plus = true,
                ' ' | '-' | '\u{3000}' | '\u{a0}' | '\u{2010}'..='\u{2015}' | '(' | ')' | '.' => {}
                _ => return Err(Code::PhoneInvalid),
            }
            if digits.len() > 15 {
                return Err(Code::PhoneInvalid);
            }
        }
        let national = match (plus, digits.as_str()) {
            (true, d) => d.strip_prefix("86").ok_or(Code::PhoneInvalid)?,
            (false, d) if d.len() == 15 => d.strip_prefix("0086").ok_or(Code::PhoneInvalid)?,
            (false, d) if d.len() == 13 => d.strip_prefix("86").ok_or(Code::PhoneInvalid)?,
            (false, d) => d,
        };
        match national.as_bytes() {
            [b'1', b'3'..=b'9', rest @ ..] if rest.len() == 9 => Ok(Self(national.to_owned())),
            _ => Err(Code::PhoneInvalid),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn last_four(&self) -> &str {
        &self.0[7..]
    }

    /// `138****1234` (B9).
    pub fn masked(&self) -> String {
        format!("{}****{}", &self.0[..3], &self.0[7..])
    }
}

impl std::fmt::Debug for Phone {
    /// Masked: a phone never reaches a log line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.masked())
    }
}

impl<'de> Deserialize<'de> for Phone {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        Self::parse(&text).map_err(|_| serde::de::Error::custom("not a mobile number"))
    }
}

/// The ASCII form of a full-width character that input methods leave behind; others as they are.
pub fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Option<&str>) {
        assert_eq!(Phone::parse(text).ok().as_ref().map(Phone::as_str), expect, "{text:?}");
    }

    #[test]
    fn reads_a_number_however_it_is_written() {
        for text in [
            "13812341234",
            "+8613812341234",
            "+86 138 1234 1234",
            "008613812341234",
            "8613812341234",
            "138-1234-1234",
            " １３８１２３４１２３４ ",
            "＋８６　138 1234 1234",
            "(138)1234.1234",
        ] {
            check(text, Some("13812341234"));
        }
    }

    #[test]
    fn refuses_what_is_no_mobile_number() {
        for text in
            ["", "1381234123", "138123412345", "12812341234", "23812341234", "+113812341234", "1381234123a", "张三", "++8613812341234"]
        {
            check(text, None);
        }
    }

    #[test]
    fn masks() {
        let phone = Phone::parse("13812341234").unwrap();
        assert_eq!(phone.masked(), "138****1234");
        assert_eq!(format!("{phone:?}"), "138****1234");
        assert_eq!(phone.last_four(), "1234");
    }
}
