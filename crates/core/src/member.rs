//! Members: what is known of a person, and the rule for one phone registered twice (B2).

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{error::Code, ids::MemberId, name, phone::Phone};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    Female,
    Male,
}

/// What one operation says about a person. This is what is sealed: it never stands in clear in any operation. A field
/// left out stays as it was; an empty text clears it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birthday: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_no: Option<String>,
}

/// What is known of a person after all changes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Person {
    pub phone: Option<Phone>,
    pub name: String,
    pub sex: Option<Sex>,
    pub birthday: String,
    pub card_no: String,
}

impl Person {
    /// Applies a later change over this state.
    pub fn apply(&mut self, change: PersonChange) {
        if let Some(phone) = change.phone {
            self.phone = Some(phone);
        }
        if let Some(name) = change.name {
            self.name = name;
        }
        if let Some(sex) = change.sex {
            self.sex = Some(sex);
        }
        if let Some(birthday) = change.birthday {
            self.birthday = birthday;
        }
        if let Some(card_no) = change.card_no {
            self.card_no = card_no;
        }
    }
}

impl PersonChange {
    /// Reads what a person typed. Errors: `name.invalid`, `text.too_long`, `birthday.invalid`, `card_no.invalid`.
    pub fn read(
        phone: Option<Phone>,
        name: Option<&str>,
        sex: Option<Sex>,
        birthday: Option<&str>,
        card_no: Option<&str>,
    ) -> Result<Self, Code> {
        Ok(Self {
            phone,
            name: name.map(name::clean).transpose()?,
            sex,
            birthday: birthday.map(read_birthday).transpose()?,
            card_no: card_no.map(read_card_no).transpose()?,
        })
    }

    /// What another program sealed, made such as [`PersonChange::read`] could have made it: a birthday or a card number that
    /// does not read is left out, and a name loses its control characters and what is past [`name::LONGEST`].
    pub fn sane(self) -> Self {
        Self {
            name: self.name.map(|name| name.chars().filter(|c| !c.is_control()).take(name::LONGEST).collect()),
            birthday: self.birthday.and_then(|text| read_birthday(&text).ok()),
            card_no: self.card_no.and_then(|text| read_card_no(&text).ok()),
            ..self
        }
    }
}

/// `YYYY-MM-DD`, or `MM-DD` where the year is not told; empty clears.
fn read_birthday(text: &str) -> Result<String, Code> {
    let text: String = text.trim().chars().map(crate::phone::narrow).collect();
    let full = if text.len() == 5 { format!("2000-{text}") } else { text.clone() };
    // A day may be written with blanks of many kinds in it; a birthday is digits and dashes.
    let plain = full.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let fits = plain && crate::time::is_day(&full) && full.as_str() >= "1900-01-01";
    if text.is_empty() || fits { Ok(text) } else { Err(Code::BirthdayInvalid) }
}

/// Letters and digits, 3 to 32; empty clears.
fn read_card_no(text: &str) -> Result<String, Code> {
    let card_no = crate::barcode::clean(text);
    let fits = card_no.is_empty() || (3..=32).contains(&card_no.len());
    if fits && card_no.bytes().all(|b| b.is_ascii_alphanumeric()) { Ok(card_no.to_uppercase()) } else { Err(Code::CardNoInvalid) }
}

/// Live members with one phone read as one person, led by the one with the lowest id. Ids sort by the time they were
/// made, so the first registration leads wherever the two are first seen together; accounts keep their ids.
pub fn lead(members: impl IntoIterator<Item = MemberId>) -> Option<MemberId> {
    members.into_iter().min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_birthdays() {
        for (text, expect) in [
            ("1988-02-29", Ok("1988-02-29")),
            ("02-29", Ok("02-29")),
            ("１２-01", Ok("12-01")),
            ("", Ok("")),
            ("1987-02-29", Err(Code::BirthdayInvalid)),
            ("1899-01-01", Err(Code::BirthdayInvalid)),
            ("13-01", Err(Code::BirthdayInvalid)),
            ("yesterday", Err(Code::BirthdayInvalid)),
            ("202-\u{a0}01-1", Err(Code::BirthdayInvalid)),
            ("2024- 2- 9", Err(Code::BirthdayInvalid)),
        ] {
            assert_eq!(read_birthday(text).as_deref().map_err(|code| *code), expect, "{text}");
        }
    }

    #[test]
    fn reads_card_numbers() {
        for (text, expect) in [
            ("88 001234", Ok("88001234")),
            ("ab12", Ok("AB12")),
            ("", Ok("")),
            ("12", Err(Code::CardNoInvalid)),
            ("卡12", Err(Code::CardNoInvalid)),
        ] {
            assert_eq!(read_card_no(text).as_deref().map_err(|code| *code), expect, "{text}");
        }
    }

    #[test]
    fn what_another_program_sealed_is_made_fit_to_read() {
        let told = |name: &str, birthday: &str, card_no: &str| PersonChange {
            name: Some(name.to_owned()),
            birthday: Some(birthday.to_owned()),
            card_no: Some(card_no.to_owned()),
            phone: Phone::parse("13812341234").ok(),
            sex: Some(Sex::Female),
        };
        let good = told("王 小明", "1988-02-29", "88001234");
        assert!(good.clone().sane() == good);
        let cleared = told("", "", "");
        assert!(cleared.clone().sane() == cleared);
        let bad = told(&format!("王\u{0}{}", "长".repeat(99)), "二月二十九日生", "卡").sane();
        assert_eq!(bad.name, Some(format!("王{}", "长".repeat(name::LONGEST - 1))));
        assert_eq!((bad.birthday, bad.card_no, bad.sex, bad.phone), (None, None, good.sex, good.phone));
    }

    #[test]
    fn later_changes_win_and_silence_keeps() {
        let mut person = Person::default();
        person.apply(PersonChange::read(None, Some("王 小明"), Some(Sex::Male), Some("05-06"), None).unwrap());
        person.apply(PersonChange::read(None, None, None, Some(""), Some("88001")).unwrap());
        assert_eq!((person.name.as_str(), person.birthday.as_str(), person.card_no.as_str()), ("王 小明", "", "88001"));
        assert_eq!(person.sex, Some(Sex::Male));
    }
}
