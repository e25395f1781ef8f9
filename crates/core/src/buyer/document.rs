//! Documents by which a buyer is known: read however they were typed, held to their own check where the standard has one.

use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;

use crate::{card::Buyer, error::Code, phone::narrow, time};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// 居民身份证, GB 11643-1999; the 外国人永久居留身份证 of 2023 and the 港澳台居民居住证 have the same form.
    ResidentId,
    Passport,
    /// 港澳居民来往内地通行证.
    HkMacaoPass,
    /// 台湾居民来往大陆通行证.
    TaiwanPass,
    /// 统一社会信用代码, GB 32100-2015: what a company is known by.
    CreditCode,
}

impl DocumentKind {
    pub const ALL: &[Self] = &[Self::ResidentId, Self::Passport, Self::HkMacaoPass, Self::TaiwanPass, Self::CreditCode];

    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResidentId => "resident_id",
            Self::Passport => "passport",
            Self::HkMacaoPass => "hk_macao_pass",
            Self::TaiwanPass => "taiwan_pass",
            Self::CreditCode => "credit_code",
        }
    }

    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }

    pub const fn party(self) -> Buyer {
        match self {
            Self::CreditCode => Buyer::Company,
            Self::ResidentId | Self::Passport | Self::HkMacaoPass | Self::TaiwanPass => Buyer::Person,
        }
    }

    fn fits(self, number: &str) -> bool {
        match self {
            Self::ResidentId => is_resident_id(number),
            Self::Passport => (5..=20).contains(&number.len()) && number.bytes().all(|c| c.is_ascii_alphanumeric()),
            Self::HkMacaoPass => number.strip_prefix(['H', 'M']).is_some_and(|digits| matches!(digits.len(), 8 | 10) && are_digits(digits)),
            Self::TaiwanPass => number.len() == 8 && are_digits(number),
            Self::CreditCode => is_credit_code(number),
        }
    }
}

/// A document that can be one: nobody makes another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Document {
    kind: DocumentKind,
    /// Capitals and digits.
    number: String,
}

impl Document {
    /// Reads a number however it was written: full-width, in small letters, with blanks. Errors with `document.invalid`.
    pub fn read(kind: DocumentKind, text: &str) -> Result<Self, Code> {
        let number: String = text.chars().map(narrow).filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        if kind.fits(&number) { Ok(Self { kind, number }) } else { Err(Code::DocumentInvalid) }
    }

    pub const fn kind(&self) -> DocumentKind {
        self.kind
    }

    pub fn number(&self) -> &str {
        &self.number
    }

    /// `1*************002X`: the first and the last four, of a short one fewer (B9).
    pub fn masked(&self) -> String {
        let kept = (self.number.len() / 4).min(4);
        let place = |(at, c)| if at == 0 || at + kept >= self.number.len() { c } else { '*' };
        self.number.chars().enumerate().map(place).collect()
    }
}

impl std::fmt::Debug for Document {
    /// Masked: a number never reaches a log line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}", self.kind, self.masked())
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Written {
            kind: DocumentKind,
            number: String,
        }
        let written = Written::deserialize(from)?;
        Self::read(written.kind, &written.number).map_err(|_| serde::de::Error::custom("not a document"))
    }
}

fn are_digits(text: &str) -> bool {
    text.bytes().all(|c| c.is_ascii_digit())
}

/// Seventeen digits, a day of birth among them, and a check character (ISO 7064 MOD 11-2).
fn is_resident_id(number: &str) -> bool {
    let (Some(digits), Some(&check), 18) = (number.get(..17), number.as_bytes().last(), number.len()) else { return false };
    let Some(birth) = digits.get(6..14).filter(|_| are_digits(digits)) else { return false };
    let (year, (month, day)) = (&birth[..4], (&birth[4..6], &birth[6..]));
    let sum = digits.bytes().fold(0, |sum, digit| (sum + u32::from(digit - b'0')) * 2 % 11);
    let expected = match (12 - sum) % 11 {
        10 => b'X',
        digit => b'0' + u8::try_from(digit).unwrap_or(0),
    };
    check == expected && time::is_day(&format!("{year}-{month}-{day}"))
}

/// The characters of a credit code, each worth its place.
const CREDIT_ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Eighteen of the alphabet whose sum, weighted by powers of three, is nothing modulo 31.
fn is_credit_code(number: &str) -> bool {
    if number.chars().count() != 18 {
        return false;
    }
    let worths: Option<Vec<usize>> = number.chars().map(|c| CREDIT_ALPHABET.find(c)).collect();
    worths.is_some_and(|worths| {
        let (sum, _) = worths.iter().take(17).fold((0, 1), |(sum, weight), worth| ((sum + worth * weight) % 31, weight * 3 % 31));
        worths.last().is_some_and(|check| (sum + check) % 31 == 0)
    })
}

#[cfg(test)]
mod tests {
    use super::{DocumentKind::*, *};

    #[test]
    fn reads_documents() {
        let wrong = Err(Code::DocumentInvalid);
        for (kind, text, expect) in [
            // The two examples of GB 11643-1999.
            (ResidentId, "11010519491231002X", Ok("11010519491231002X")),
            (ResidentId, "440524188001010014", Ok("440524188001010014")),
            (ResidentId, " 110105 19491231 002x ", Ok("11010519491231002X")),
            (ResidentId, "１１０１０５１９４９１２３１００２Ｘ", Ok("11010519491231002X")),
            (ResidentId, "110105194912310021", wrong),
            (ResidentId, "11010519491232002X", wrong),
            (ResidentId, "330106199002300017", wrong),
            (ResidentId, "810000199001010019", Ok("810000199001010019")),
            (ResidentId, "911500199001010010", Ok("911500199001010010")),
            (ResidentId, "110105491231002", wrong),
            (ResidentId, "1101051949123100X2", wrong),
            (ResidentId, "一一〇一〇五一九四九", wrong),
            (ResidentId, "", wrong),
            (Passport, "e12345678", Ok("E12345678")),
            (Passport, "AB12", wrong),
            (Passport, "AB123", Ok("AB123")),
            (Passport, "A12345678901234567890", wrong),
            (Passport, "A1234567890123456789", Ok("A1234567890123456789")),
            (Passport, "E1234-5678", wrong),
            (HkMacaoPass, "h12345678", Ok("H12345678")),
            (HkMacaoPass, "M1234567801", Ok("M1234567801")),
            (HkMacaoPass, "C12345678", wrong),
            (HkMacaoPass, "H123456789", wrong),
            (TaiwanPass, "12345678", Ok("12345678")),
            (TaiwanPass, "1234567", wrong),
            (TaiwanPass, "1234567A", wrong),
            (CreditCode, "91350100M000100Y43", Ok("91350100M000100Y43")),
            (CreditCode, "91350100m000100y43", Ok("91350100M000100Y43")),
            (CreditCode, "9144030071526726XG", Ok("9144030071526726XG")),
            (CreditCode, "91350100M000100Y34", wrong),
            (CreditCode, "91350100I000100Y43", wrong),
            (CreditCode, "91350100M000100Y4", wrong),
        ] {
            let found = Document::read(kind, text);
            assert_eq!(found.as_ref().map(Document::number).map_err(|code| *code), expect, "{kind:?} {text}");
        }
    }

    #[test]
    fn every_slip_of_one_digit_or_two_neighbours_is_found() {
        for (kind, number) in [(ResidentId, "11010519491231002X"), (CreditCode, "91350100M000100Y43")] {
            for (at, digit) in (0..17).flat_map(|at| (b'0'..=b'9').map(move |digit| (at, digit))) {
                let mut other = number.as_bytes().to_vec();
                other[at] = digit;
                let other = String::from_utf8(other).unwrap();
                assert_eq!(Document::read(kind, &other).is_ok(), other == number, "{other}");
            }
            for at in 0..17 {
                let mut other = number.as_bytes().to_vec();
                other.swap(at, at + 1);
                let other = String::from_utf8(other).unwrap();
                assert_eq!(Document::read(kind, &other).is_ok(), other == number, "{other}");
            }
        }
    }

    #[test]
    fn masks_and_never_shows_itself() {
        for (kind, number, expect) in [
            (ResidentId, "11010519491231002X", "1*************002X"),
            (CreditCode, "91350100M000100Y43", "9*************0Y43"),
            (HkMacaoPass, "H12345678", "H******78"),
            (TaiwanPass, "12345678", "1*****78"),
            (Passport, "AB123", "A***3"),
        ] {
            let document = Document::read(kind, number).unwrap();
            assert_eq!(document.masked(), expect);
            let shown = format!("{document:?}");
            assert!(shown.ends_with(expect) && !shown.contains(number), "{shown}");
        }
    }

    #[test]
    fn kinds_have_names_and_parties() {
        for kind in DocumentKind::ALL {
            assert_eq!(serde_json::to_string(kind).unwrap(), format!("\"{}\"", kind.as_str()));
            assert_eq!(DocumentKind::named(kind.as_str()), Some(*kind));
            assert_eq!(kind.party() == Buyer::Company, *kind == CreditCode);
        }
        assert_eq!(DocumentKind::named("driving_licence"), None);
    }

    #[test]
    fn what_is_no_document_is_not_read_from_elsewhere() {
        let read = |text: &str| serde_json::from_str::<Document>(text).ok();
        let written = r#"{"kind":"taiwan_pass","number":"12345678"}"#;
        assert_eq!(serde_json::to_string(&read(written).unwrap()).unwrap(), written);
        assert_eq!(read(r#"{"kind":"taiwan_pass","number":"1234567"}"#), None);
        assert_eq!(read(r#"{"kind":"licence","number":"12345678"}"#), None);
    }
}
