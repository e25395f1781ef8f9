//! Finding members as one types, among a million (B5).
//!
//! The rank is stated: by what was found, in the order of [`FoundBy`]; within it by the key's own order and then by
//! who came into this book first. Each kind is one index range, read in its order until there are enough, so a common name costs no more than a
//! rare one.

use hefu_core::{ids::StaffId, name, phone::Phone};

use super::{MemberRow, PersonRow, Reading, after_prefix, members};
use crate::Error;

/// By what a search found a member, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FoundBy {
    Phone,
    Card,
    LastFour,
    PhonePrefix,
    CardPrefix,
    Name,
    GivenName,
    Pinyin,
    Initials,
}

/// A list of the best, and whether there are more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub people: Vec<(PersonRow, FoundBy)>,
    pub more: bool,
}

/// An index to look into.
struct Look {
    by: FoundBy,
    column: &'static str,
    key: String,
    whole: bool,
}

impl Reading<'_> {
    /// The first `most` people for what was typed: a phone, its last four digits, a card number, the beginning of a
    /// name, of a given name, of its pinyin or of the pinyin's initials. With `owner`, the beginning of a number finds by
    /// that colleague's registrations alone: digit by digit it would give away what is masked.
    pub fn search_members(&self, text: &str, most: usize, owner: Option<StaffId>) -> Result<Found, Error> {
        let mut found = Found { people: Vec::new(), more: false };
        for look in looks(text) {
            if found.people.len() > most {
                break;
            }
            self.look(&look, most, owner.filter(|_| look.by.is_part()), &mut found)?;
        }
        found.more = found.people.len() > most;
        found.people.truncate(most);
        Ok(found)
    }

    fn look(&self, look: &Look, most: usize, owner: Option<StaffId>, found: &mut Found) -> Result<(), Error> {
        let column = look.column;
        let (test, upto) = if look.whole { ("= ?1 AND ?2 = ?2", String::new()) } else { (">= ?1", after_prefix(&look.key)) };
        let range = if look.whole { String::new() } else { format!("AND {column} < ?2") };
        let members = members::MEMBER;
        // Read until there is one more than asked: registrations of one phone are one person, so rows cannot be counted before.
        let found_by = format!("{column} IS NOT NULL AND {column} {test} {range} ORDER BY {column}, n");
        let Some(owner) = owner else {
            let mut statement = self.connection().prepare_cached(&format!("{members} WHERE {found_by}"))?;
            return self.take(statement.query_map((&look.key, &upto), members::member_row)?, look.by, most, found);
        };
        // Whose a person is, each registration says for itself: an index by owner keeps this one range, too.
        let mut statement = self.connection().prepare_cached(&format!("{members} WHERE owner = ?3 AND {found_by}"))?;
        self.take(statement.query_map((&look.key, &upto, owner.as_bytes().as_slice()), members::member_row)?, look.by, most, found)
    }

    fn take(
        &self,
        rows: impl Iterator<Item = rusqlite::Result<MemberRow>>,
        by: FoundBy,
        most: usize,
        found: &mut Found,
    ) -> Result<(), Error> {
        for row in rows {
            if found.people.len() > most {
                break;
            }
            let person = self.person_of(row?)?;
            if !found.people.iter().any(|(held, _)| held.lead.id == person.lead.id) {
                found.people.push((person, by));
            }
        }
        Ok(())
    }
}

impl FoundBy {
    /// By the beginning of a number.
    const fn is_part(self) -> bool {
        matches!(self, Self::PhonePrefix | Self::CardPrefix)
    }
}

fn looks(text: &str) -> Vec<Look> {
    let mut key = name::fold(text);
    if key.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        // 138-1234, on the way to a whole phone.
        key.retain(|c| c != '-');
    }
    let whole = |by, column, key: &str| Look { by, column, key: key.to_owned(), whole: true };
    let prefix = |by, column, key: &str| Look { by, column, key: key.to_owned(), whole: false };
    let mut looks = Vec::new();
    if key.is_empty() {
        return looks;
    }
    if let Ok(phone) = Phone::parse(text) {
        looks.push(whole(FoundBy::Phone, "phone", phone.as_str()));
    }
    let card = key.to_uppercase();
    if key.bytes().all(|byte| byte.is_ascii_alphanumeric()) && key.len() >= 3 {
        looks.push(whole(FoundBy::Card, "card_no", &card));
    }
    if key.bytes().all(|byte| byte.is_ascii_digit()) {
        if key.len() == 4 {
            looks.push(whole(FoundBy::LastFour, "last_four", &key));
        }
        if key.len() < 11 && key.starts_with('1') {
            looks.push(prefix(FoundBy::PhonePrefix, "phone", &key));
        }
        looks.push(prefix(FoundBy::CardPrefix, "card_no", &card));
        return looks;
    }
    if key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        looks.push(prefix(FoundBy::CardPrefix, "card_no", &card));
    }
    looks.push(prefix(FoundBy::Name, "name_key", &key));
    looks.push(prefix(FoundBy::GivenName, "given_key", &key));
    // As the keys were made: no ü on a keyboard, and no xi'an.
    let typed = key.replace('ü', "v").replace(['\'', '’'], "");
    if typed.is_ascii() && !typed.is_empty() {
        looks.push(prefix(FoundBy::Pinyin, "pinyin", &typed));
        looks.push(prefix(FoundBy::Initials, "initials", &typed));
    }
    looks
}
