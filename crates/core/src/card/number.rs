//! The number on a stored-value card: 16 digits, `88`, thirteen of chance and a check digit.
//!
//! It is scanned where other codes are scanned too, so its shape is one that none of them has (A8): an EAN or ITF has 8,
//! 12, 13 or 14 digits; a WeChat code 18; an Alipay code 16 to 24 but beginning 25–30; a UnionPay code 19 beginning 62.
//! Bank cards of 16 digits begin with 2 to 6, or 81 for UnionPay; 88 is given to no issuer that we know of. Chance, not a serial,
//! fills it, so that nobody counts on from a card in hand to a stranger's.

use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;

use crate::{error::Code, phone::narrow};

const PREFIX: &str = "88";
const DIGITS: usize = 16;
/// How many numbers there are: ten to the digits between prefix and check digit.
const NUMBERS: u64 = 10_000_000_000_000;

/// A stored-value card's number: 16 ASCII digits that check.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, TS)]
#[serde(transparent)]
#[ts(type = "string")]
pub struct CardNo(String);

impl CardNo {
    /// A new number from the caller's generator. Whether it is taken already is for the book to say.
    pub fn new(random: u64) -> Self {
        let body = format!("{PREFIX}{:013}", random % NUMBERS);
        let check = (10 - luhn(&format!("{body}0")) % 10) % 10;
        Self(format!("{body}{check}"))
    }

    /// Reads a number as it was scanned or typed: spaces, dashes and full-width digits are how people write it. Errors:
    /// `card.number_invalid` for what is no card number at all, `card.number_damaged` when the check digit says that a digit is
    /// wrong (any one digit, and any two neighbours swapped but 0 and 9).
    pub fn read(text: &str) -> Result<Self, Code> {
        let mut digits = String::with_capacity(DIGITS);
        for c in text.trim().chars() {
            match narrow(c) {
                d @ '0'..='9' if digits.len() < DIGITS => digits.push(d),
                '-' | '\u{2010}'..='\u{2015}' => {}
                c if c.is_whitespace() => {}
                _ => return Err(Code::CardNumberInvalid),
            }
        }
        if digits.len() != DIGITS {
            return Err(Code::CardNumberInvalid);
        }
        match (luhn(&digits).is_multiple_of(10), digits.starts_with(PREFIX)) {
            (false, _) => Err(Code::CardNumberDamaged),
            (true, false) => Err(Code::CardNumberInvalid),
            (true, true) => Ok(Self(digits)),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn last_four(&self) -> &str {
        self.0.get(DIGITS - 4..).unwrap_or_default()
    }

    /// `8812 3456 7890 1234`, as it is printed on the card.
    pub fn grouped(&self) -> String {
        let mut text = String::with_capacity(DIGITS + 3);
        for (place, c) in self.0.chars().enumerate() {
            if place > 0 && place.is_multiple_of(4) {
                text.push(' ');
            }
            text.push(c);
        }
        text
    }

    /// `88** **** **** 1234`: enough to know a card by, too little to pay with.
    pub fn masked(&self) -> String {
        format!("{PREFIX}** **** **** {}", self.last_four())
    }
}

impl std::fmt::Debug for CardNo {
    /// Masked: whoever knows an anonymous card's number can spend it, so it never reaches a log line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.masked())
    }
}

impl<'de> Deserialize<'de> for CardNo {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        Self::read(&text).map_err(|_| serde::de::Error::custom("not a card number"))
    }
}

/// The sum of ISO/IEC 7812-1 annex B (Luhn): from the right every second digit is doubled, and the digits of that are added.
fn luhn(digits: &str) -> u32 {
    let value = |(place, b): (usize, u8)| {
        let digit = u32::from(b - b'0');
        if place % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 }
    };
    digits.bytes().rev().enumerate().map(value).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expect: Result<&str, Code>) {
        assert_eq!(CardNo::read(text).as_ref().map(CardNo::as_str), expect.as_ref().map(|text| *text), "{text}");
    }

    #[test]
    fn luhn_as_published() {
        // The algorithm's textbook example: 7992739871 takes 3.
        assert_eq!(luhn("79927398713") % 10, 0);
        assert_eq!(luhn("79927398710") % 10, 7);
    }

    #[test]
    fn new_numbers() {
        for (random, expect) in [
            (0, "8800000000000005"),
            (1, "8800000000000013"),
            (9_999_999_999_999, "8899999999999998"),
            (NUMBERS, "8800000000000005"),
            (1_234_567_890_123, "8812345678901232"),
        ] {
            assert_eq!(CardNo::new(random).as_str(), expect, "{random}");
        }
    }

    #[test]
    fn reads_what_people_write() {
        let no = "8800000000000013";
        for text in [no, "8800 0000 0000 0013", " 8800-0000-0000-0013\r\n", "８８００　００００　００００　００１３", "8800–0000–0000–0013"]
        {
            check(text, Ok(no));
        }
    }

    #[test]
    fn refuses_what_is_no_card_number() {
        for text in ["", "8800", "88000000000000130", "880000000000001", "88000000000000l0", "张三", "+8800000000000013"] {
            check(text, Err(Code::CardNumberInvalid));
        }
        // Sixteen digits that check, of other houses: a bank's test card, and a code of the shape of Alipay's.
        check("4111111111111111", Err(Code::CardNumberInvalid));
        check("2800000000000008", Err(Code::CardNumberInvalid));
        check("8800000000000014", Err(Code::CardNumberDamaged));
        check("8800000000000100", Err(Code::CardNumberDamaged));
    }

    #[test]
    fn shows_itself() {
        let no = CardNo::read("8800000000000013").unwrap();
        assert_eq!((no.grouped().as_str(), no.last_four()), ("8800 0000 0000 0013", "0013"));
        assert_eq!(format!("{no:?}"), "88** **** **** 0013");
        let text = serde_json::to_string(&no).unwrap();
        assert_eq!((text.as_str(), serde_json::from_str::<CardNo>(&text).unwrap()), ("\"8800000000000013\"", no));
        assert!(serde_json::from_str::<CardNo>("\"8800000000000014\"").is_err());
    }

    proptest! {
        #[test]
        fn reads_itself_and_is_no_other_code(random in any::<u64>()) {
            let no = CardNo::new(random);
            prop_assert_eq!(&CardNo::read(&no.grouped()).unwrap(), &no);
            prop_assert!(!matches!(no.as_str().len(), 8 | 12 | 13 | 14 | 18 | 19));
            prop_assert!(!(25..=30).contains(&no.as_str()[..2].parse::<u32>().unwrap()));
        }

        #[test]
        fn a_mistyped_digit_is_found(random in any::<u64>(), place in 0..DIGITS, by in 1..10u8) {
            let mut digits = CardNo::new(random).as_str().as_bytes().to_vec();
            digits[place] = b'0' + (digits[place] - b'0' + by) % 10;
            prop_assert_eq!(CardNo::read(std::str::from_utf8(&digits).unwrap()), Err(Code::CardNumberDamaged));
        }

        #[test]
        fn neighbours_swapped_are_found(random in any::<u64>(), place in 0..DIGITS - 1) {
            let mut digits = CardNo::new(random).as_str().as_bytes().to_vec();
            let pair = (digits[place], digits[place + 1]);
            prop_assume!(pair.0 != pair.1 && pair != (b'0', b'9') && pair != (b'9', b'0'));
            digits.swap(place, place + 1);
            prop_assert_eq!(CardNo::read(std::str::from_utf8(&digits).unwrap()), Err(Code::CardNumberDamaged));
        }
    }
}
