//! What travels beside the log: keys, of which the first stands, and credentials, of which the latest does.

use hefu_core::{
    ids::{StaffId, StoreId},
    seal::PersonKey,
    wire::Beside,
};
use rusqlite::{OptionalExtension, Transaction, params};
use uuid::Uuid;

use super::rows::{count, int, store};
use crate::{Ask, Audience, LogError};

/// Stores what a device of `from` sent. A store's device says how its own colleagues sign in and nobody else: any other
/// credential is left out.
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

struct Credential {
    store: Option<StoreId>,
    phc: String,
    set_at: i64,
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
    if from.is_some() && (given.store != from || held.as_ref().is_some_and(|held| held.store != from)) {
        tracing::warn!(%staff, "a store's device sent a credential that is not its store's; it was left out");
        return Ok(false);
    }
    // A clock that is ahead must not make a credential that nothing later replaces; sent again it is the same one.
    let set_at = given.set_at.min(received_at);
    if held.is_some_and(|held| {
        let again = set_at < given.set_at && held.store == given.store && held.phc == given.phc;
        again || (held.set_at, held.phc.as_str()) >= (set_at, given.phc.as_str())
    }) {
        return Ok(false);
    }
    to.prepare_cached("INSERT OR REPLACE INTO credential (staff, no, store, phc, set_at) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![staff.as_bytes(), no, given.store.map(|store| *store.as_bytes()), given.phc, set_at])?;
    Ok(true)
}

/// A run of what goes beside, for one reader.
pub struct Page {
    pub items: Vec<Beside>,
    pub upto: u64,
    /// There is more after `upto`.
    pub full: bool,
}

/// Roughly what an item takes in a frame, besides its text.
const ITEM_BYTES: usize = 128;

/// What comes after the cursor of `ask`, for its reader, of a sequence that ends at `last`.
pub fn page(from: &Transaction<'_>, ask: &Ask, last: u64) -> Result<Page, LogError> {
    let mut page = Page { items: Vec::new(), upto: ask.beside_after, full: false };
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
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        if bytes >= ask.bytes_most || page.items.len() >= ask.most.beside.max(1) {
            page.full = true;
            return Ok(page);
        }
        let subject = Uuid::from_bytes(row.get(1)?);
        let item = match row.get::<_, Option<[u8; 32]>>(2)? {
            Some(key) => Beside::Key { person: subject, key: PersonKey::new(key) },
            None => Beside::Credential { staff: StaffId(subject), store: store(row.get(3)?), phc: row.get(4)?, set_at: row.get(5)? },
        };
        bytes += ITEM_BYTES + if let Beside::Credential { phc, .. } = &item { phc.len() } else { 0 };
        page.items.push(item);
        page.upto = count(row.get(0)?)?;
    }
    page.upto = last;
    Ok(page)
}
