//! People: what is sealed is opened with their key, if it is here, and folded field by field.

use hefu_core::{
    ids::{StaffId, StoreId},
    member::{Person, PersonChange, Sex},
    name,
    op::{Body, StaffPerson},
    seal,
    time::business_day,
};
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::{key_of, register::Fact};
use crate::Error;

/// A member as the facts tell, whichever of them came first.
pub(super) fn set_member(connection: &Connection, member: Uuid, facts: &[Fact]) -> Result<(), Error> {
    let key = key_of(connection, member)?;
    let mut person = Person::default();
    let mut joined: Option<(i64, Option<StoreId>)> = None;
    let mut owner: Option<StaffId> = None;
    for fact in facts {
        if let Body::MemberRegistered(registered) = &fact.body
            && joined.is_none()
        {
            joined = Some((fact.when.at, fact.stamp.store));
            owner = registered.owner;
        }
        // What is sealed counts in what may speak of a member alone: a colleague's id could be written as a member's.
        if matches!(fact.body, Body::MemberRegistered(_) | Body::MemberChanged(_))
            && let (Some(key), Some(sealed)) = (&key, fact.op.sealed.bytes())
            && let Some(change) = seal::open::<PersonChange>(key, member, sealed)
        {
            person.apply(change.sane());
        }
    }
    // A change that overtook the registration waits for it.
    let Some((joined_at, store)) = joined else { return Ok(()) };
    write_member(connection, member, &person, owner, joined_at, store)
}

fn write_member(
    connection: &Connection,
    member: Uuid,
    person: &Person,
    owner: Option<StaffId>,
    joined_at: i64,
    store: Option<StoreId>,
) -> Result<(), Error> {
    let day = business_day(joined_at);
    count_joined(connection, member, &day)?;
    let keys = name::keys(&person.name);
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let sex = person.sex.map(|sex| if sex == Sex::Female { "female" } else { "male" });
    connection
        .prepare_cached(
            "INSERT INTO member (id, phone, name, sex, birthday, card_no, owner, joined_at, joined_day, joined_store,
                                 last_four, name_key, given_key, pinyin, initials)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
             ON CONFLICT (id) DO UPDATE SET phone = excluded.phone, name = excluded.name, sex = excluded.sex,
                birthday = excluded.birthday, card_no = excluded.card_no, owner = excluded.owner, joined_at = excluded.joined_at,
                joined_day = excluded.joined_day, joined_store = excluded.joined_store, last_four = excluded.last_four,
                name_key = excluded.name_key, given_key = excluded.given_key, pinyin = excluded.pinyin, initials = excluded.initials",
        )?
        .execute((
            member.as_bytes().as_slice(),
            person.phone.as_ref().map(|phone| phone.as_str()),
            &person.name,
            sex,
            &person.birthday,
            filled(&person.card_no),
            owner.as_ref().map(|id| id.as_bytes().as_slice()),
            joined_at,
            &day,
            store.as_ref().map(|id| id.as_bytes().as_slice()),
            person.phone.as_ref().map(|phone| phone.last_four()),
            filled(&keys.name),
            filled(&keys.given),
            filled(&keys.pinyin),
            filled(&keys.initials),
        ))?;
    Ok(())
}

/// Keeps the figure of members joined by day, whether the member is new or moves to another day.
fn count_joined(connection: &Connection, member: Uuid, day: &str) -> Result<(), Error> {
    let before: Option<String> = connection
        .prepare_cached("SELECT joined_day FROM member WHERE id = ?1")?
        .query_row([member.as_bytes().as_slice()], |row| row.get(0))
        .optional()?;
    if before.as_deref() == Some(day) {
        return Ok(());
    }
    if let Some(before) = before {
        connection.prepare_cached("UPDATE joined_day SET members = members - 1 WHERE day = ?1")?.execute([&before])?;
        connection.prepare_cached("DELETE FROM joined_day WHERE day = ?1 AND members = 0")?.execute([&before])?;
    }
    connection
        .prepare_cached("INSERT INTO joined_day (day, members) VALUES (?1, 1) ON CONFLICT (day) DO UPDATE SET members = members + 1")?
        .execute([day])?;
    Ok(())
}

/// A colleague, from what head office said of them alone: any till holds their key, and might seal another login under it.
pub(super) fn set_staff(connection: &Connection, staff: Uuid, facts: &[Fact]) -> Result<(), Error> {
    let key = key_of(connection, staff)?;
    let mut person = StaffPerson { name: String::new(), login: None };
    let mut claim: Option<&Fact> = None;
    let mut set = None;
    for fact in facts {
        let Body::StaffSet(body) = &fact.body else { continue };
        set = Some(body);
        if let (Some(key), Some(sealed)) = (&key, fact.op.sealed.bytes())
            && let Some(told) = seal::open::<StaffPerson>(key, staff, sealed)
        {
            let earlier = claim.filter(|claim| told.login == person.login && claim.sequence() < fact.sequence());
            claim = earlier.or(Some(fact));
            person = told;
        }
    }
    let Some(set) = set else { return Ok(()) };
    let role = serde_json::to_string(&set.role).map_err(|_| Error::Stored("role"))?;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO staff (id, store, role, active, name, login, login_op) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute((
            staff.as_bytes().as_slice(),
            set.store.as_ref().map(|id| id.as_bytes().as_slice()),
            role.trim_matches('"'),
            set.active,
            &person.name,
            &person.login,
            claim.filter(|_| person.login.is_some()).map(|claim| claim.id),
        ))?;
    Ok(())
}

/// The latest review of a member's tier.
pub(super) fn set_review(connection: &Connection, member: Uuid, facts: &[Fact]) -> Result<(), Error> {
    let review = facts.iter().rev().find_map(|fact| if let Body::TierReviewed(review) = &fact.body { Some(review) } else { None });
    let Some(review) = review else { return Ok(()) };
    connection
        .prepare_cached("INSERT OR REPLACE INTO tier_review (member, month, level, rule, version) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute((
            member.as_bytes().as_slice(),
            &review.month,
            &review.level,
            review.rule.rule.as_bytes().as_slice(),
            review.rule.version,
        ))?;
    Ok(())
}
