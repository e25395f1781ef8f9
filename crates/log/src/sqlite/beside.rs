//! What travels beside the log: keys, of which the first stands, and credentials, of which the latest does.

use hefu_core::{
    ids::{StaffId, StoreId},
    seal::PersonKey,
    wire::Beside,
};
use rusqlite::{Transaction, params};
use uuid::Uuid;

use super::rows::{count, int, store};
use crate::{Audience, LogError};

/// Stores what a device of `from` sent. A store's device cannot say how somebody signs in at HQ: such an item is left out.
pub fn put(to: &Transaction<'_>, items: &[Beside], from: Option<StoreId>) -> Result<(), LogError> {
    if items.is_empty() {
        return Ok(());
    }
    let before: i64 = to.prepare_cached("SELECT beside_seq FROM head")?.query_row([], |row| row.get(0))?;
    let mut last = before;
    for item in items {
        let stored = match item {
            Beside::Key { person, key } => to
                .prepare_cached("INSERT INTO person_key (person, no, key) VALUES (?1, ?2, ?3) ON CONFLICT (person) DO NOTHING")?
                .execute(params![person.as_bytes(), last + 1, key.as_bytes()])?,
            Beside::Credential { staff, store, .. } if store.is_none() && from.is_some() => {
                tracing::warn!(%staff, "a store's device sent a credential for HQ; it was left out");
                0
            }
            Beside::Credential { staff, store, phc, set_at } => to
                .prepare_cached(
                    "INSERT INTO credential (staff, no, store, phc, set_at) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (staff) DO UPDATE SET no = excluded.no, store = excluded.store, phc = excluded.phc, set_at = excluded.set_at
                     WHERE excluded.set_at > set_at OR (excluded.set_at = set_at AND excluded.phc > phc)",
                )?
                .execute(params![staff.as_bytes(), last + 1, store.map(|store| *store.as_bytes()), phc, set_at])?,
        };
        last += i64::from(stored > 0);
    }
    if last > before {
        to.prepare_cached("UPDATE head SET beside_seq = ?1")?.execute([last])?;
    }
    Ok(())
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

/// What comes after `after`, for `audience`, of a sequence that ends at `last`.
pub fn page(from: &Transaction<'_>, after: u64, last: u64, audience: Audience, bytes_most: usize) -> Result<Page, LogError> {
    let mut page = Page { items: Vec::new(), upto: after, full: false };
    let mut query = from.prepare_cached(
        "SELECT no, person, key, NULL, NULL, NULL FROM person_key WHERE no > ?1
         UNION ALL
         SELECT no, staff, NULL, store, phc, set_at FROM credential WHERE no > ?1 AND (?2 OR store = ?3)
         ORDER BY 1",
    )?;
    let (all, only) = match audience {
        Audience::Hq => (true, None),
        Audience::Store(store) => (false, Some(*store.as_bytes())),
    };
    let mut rows = query.query(params![int(after)?, all, only])?;
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        if bytes >= bytes_most {
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
