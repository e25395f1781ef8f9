//! Codes on goods (A8): a code is looked up exactly as it reads; only when nothing has it do we say what is wrong with it.

use crate::{error::Code, phone::narrow};

/// The longest code a product may carry.
pub const LONGEST: usize = 48;

/// A scanned or typed code as it is looked up: no surrounding space or control characters, full-width forms narrowed.
pub fn clean(text: &str) -> String {
    text.chars().map(narrow).filter(|c| !c.is_control() && !c.is_whitespace()).collect()
}

/// Why nothing has this code: an EAN-8, UPC-A, EAN-13 or ITF-14 with a wrong check digit was read badly or is damaged.
pub fn why_unknown(code: &str) -> Code {
    let digits = code.bytes().all(|b| b.is_ascii_digit());
    if digits && matches!(code.len(), 8 | 12 | 13 | 14) && !check_digit_holds(code) { Code::BarcodeDamaged } else { Code::BarcodeUnknown }
}

/// GS1 General Specifications 7.9: weights 3 and 1 alternate from the right.
pub fn check_digit_holds(digits: &str) -> bool {
    let sum: u32 = digits.bytes().rev().enumerate().map(|(place, b)| u32::from(b - b'0') * if place % 2 == 0 { 1 } else { 3 }).sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_damaged_from_unknown() {
        for (code, expect) in [
            ("6901234567892", Code::BarcodeUnknown),
            ("6901234567893", Code::BarcodeDamaged),
            ("96385074", Code::BarcodeUnknown),
            ("96385075", Code::BarcodeDamaged),
            ("036000291452", Code::BarcodeUnknown),
            ("036000291453", Code::BarcodeDamaged),
            ("ABC-1", Code::BarcodeUnknown),
            ("12345", Code::BarcodeUnknown),
        ] {
            assert_eq!(why_unknown(code), expect, "{code}");
        }
    }

    #[test]
    fn cleans_what_a_scanner_or_an_input_method_adds() {
        assert_eq!(clean(" ６９01234567892\r\n"), "6901234567892");
    }
}
