//! The rows of what travels beside the log.

use hefu_core::{
    ids::{StaffId, StoreId},
    seal::PersonKey,
    wire::Beside,
};
use rusqlite::{OptionalExtension, Transaction, params};
use uuid::Uuid;

use super::rows::store;
use crate::{
    Ask, Audience, LogError,
    beside::{Credential, Page, replacing},
    values::{count, int},
};

/// Stores what a device of `from` sent.
pub fn put(to: &Transaction<'_>, items: &[Beside], from: Option<StoreId>, received_at: i64) -> Result<(), LogError> {
    if items.is_empty() {
        return Ok(());
    }
    let before: i64 = to.prepare_cached("SELECT beside_seq FROM head")?.query_row([], |row| row.get(0))?;
    let mut last = before;
    for item in items {
        let no = last + 1;
        let stored = match item {
            Beside::Key { person, key } => to
                .prepare_cached("INSERT INTO person_key (person, no, key) VALUES (?1, ?2, ?3) ON CONFLICT (person) DO NOTHING")?
                .execute(params![person.as_bytes(), no, key.as_bytes()])?,
            Beside::Credential { staff, store, phc, set_at } => {
                let given = Credential { store: *store, phc: phc.clone(), set_at: *set_at };
                usize::from(set(to, *staff, given, no, from, received_at)?)
            }
        };
        last += i64::from(stored > 0);
    }
    if last > before {
        to.prepare_cached("UPDATE head SET beside_seq = ?1")?.execute([last])?;
    }
    Ok(())
}

/// Whether the credential now stands, as number `no`.
fn set(
    to: &Transaction<'_>,
    staff: StaffId,
    given: Credential,
    no: i64,
    from: Option<StoreId>,
    received_at: i64,
) -> Result<bool, LogError> {
    let held = to
        .prepare_cached("SELECT store, phc, set_at FROM credential WHERE staff = ?1")?
        .query_row([staff.as_bytes()], |row| Ok(Credential { store: store(row.get(0)?), phc: row.get(1)?, set_at: row.get(2)? }))
        .optional()?;
    let Some(Credential { store, phc, set_at }) = replacing(held.as_ref(), staff, given, from, received_at) else { return Ok(false) };
    to.prepare_cached("INSERT OR REPLACE INTO credential (staff, no, store, phc, set_at) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![staff.as_bytes(), no, store.map(|store| *store.as_bytes()), phc, set_at])?;
    Ok(true)
}

/// What comes after the cursor of `ask`, for its reader, of a sequence that ends at `last`.
pub fn page(from: &Transaction<'_>, ask: &Ask, last: u64) -> Result<Page, LogError> {
    let mut page = Page::new(ask);
    let mut query = from.prepare_cached(
        "SELECT no, person, key, NULL, NULL, NULL FROM person_key WHERE no > ?1
         UNION ALL
         SELECT no, staff, NULL, store, phc, set_at FROM credential WHERE no > ?1 AND (?2 OR store = ?3)
         ORDER BY 1",
    )?;
    let (all, only) = match ask.audience {
        Audience::Hq => (true, None),
        Audience::Store(store) => (false, Some(*store.as_bytes())),
    };
    let mut rows = query.query(params![int(ask.beside_after)?, all, only])?;
    while let Some(row) = rows.next()? {
        let subject = Uuid::from_bytes(row.get(1)?);
        let item = match row.get::<_, Option<[u8; 32]>>(2)? {
            Some(key) => Beside::Key { person: subject, key: PersonKey::new(key) },
            None => Beside::Credential { staff: StaffId(subject), store: store(row.get(3)?), phc: row.get(4)?, set_at: row.get(5)? },
        };
        if !page.add(ask, count(row.get(0)?)?, item) {
            break;
        }
    }
    page.close(last);
    Ok(page)
}
