//! What of a member a person may see (B9): the one rule, for every screen that names a member.

use hefu_core::{access::Permission, name::masked, phone::Phone};
use hefu_replica::PersonRow;

use crate::desk::Caller;

/// Of a birthday, where the year is hidden: day and month are what a greeting needs.
const MONTH_AND_DAY: std::ops::RangeFrom<usize> = 5..;
/// `YYYY-MM-DD`.
const WHOLE_DAY: usize = 10;

/// A member as one caller sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Empty where none was given; else in full or `张**`.
    pub name: String,
    /// In full or `138****1234`; empty where there is none.
    pub phone: String,
    /// In full or `****0001`.
    pub card_no: Option<String>,
    /// In full, or month and day alone.
    pub birthday: Option<String>,
    /// Whether all of the above is in full.
    pub full: bool,
}

/// In full for whose member it is, by any registration, and for who may see every member so; else masked.
pub(crate) fn seen(caller: &Caller, person: &PersonRow) -> Seen {
    let lead = &person.lead;
    let full = caller.staff.as_ref().is_some_and(|staff| staff.role.may(Permission::SeeMembersInFull) || person.owners.contains(&staff.id));
    let birthday = Some(lead.birthday.as_str()).filter(|text| !text.is_empty());
    if full {
        return Seen {
            name: lead.name.clone(),
            phone: lead.phone.clone().unwrap_or_default(),
            card_no: lead.card_no.clone(),
            birthday: birthday.map(str::to_owned),
            full,
        };
    }
    let phone = lead.phone.as_deref().and_then(|phone| Phone::parse(phone).ok());
    Seen {
        name: masked(&lead.name),
        phone: phone.map(|phone| phone.masked()).unwrap_or_default(),
        card_no: lead.card_no.as_deref().map(masked_card),
        birthday: birthday.map(|text| if text.len() < WHOLE_DAY { text } else { text.get(MONTH_AND_DAY).unwrap_or_default() }.to_owned()),
        full,
    }
}

/// `****0001`: enough to tell two cards apart on the counter.
fn masked_card(card_no: &str) -> String {
    let kept = card_no.chars().count().min(4) / 2 * 2;
    let end: String = card_no.chars().skip(card_no.chars().count() - kept).collect();
    format!("****{end}")
}
