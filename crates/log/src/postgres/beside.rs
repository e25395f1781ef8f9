//! The rows of what travels beside the log.

use std::collections::{HashMap, HashSet};

use deadpool_postgres::Transaction;
use hefu_core::{
    ids::{StaffId, StoreId},
    seal::PersonKey,
    wire::Beside,
};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    read,
    rows::{Quiet, bytes32},
};
use crate::{
    Ask, Audience, LogError, Tip,
    beside::{Credential, Page, replacing},
    values::{count, int},
};

/// What of a push is to be stored, with its numbers: at most one row for a person or a colleague.
struct Stored {
    keys: Vec<(i64, Uuid, PersonKey)>,
    credentials: HashMap<StaffId, (i64, Credential)>,
    last: i64,
}

/// Stores what a device of `from` sent. Locks the head's row: its sequence has no gaps either.
pub async fn put(to: &Transaction<'_>, items: &[Beside], from: Option<StoreId>, received_at: i64) -> Result<(), LogError> {
    if items.is_empty() {
        return Ok(());
    }
    let statement = to.prepare_cached("SELECT seq, beside_seq, recall_seq FROM head FOR UPDATE").await?;
    let Tip { beside: before, .. } = read::tip_of(&to.query_one(&statement, &[]).await?)?;
    let (keyed, held) = (keyed(to, items).await?, held(to, items).await?);
    let stored = choose(items, keyed, &held, from, received_at, int(before)?);
    if stored.last == int(before)? {
        return Ok(());
    }
    put_keys(to, &stored.keys).await?;
    put_credentials(to, &stored.credentials).await?;
    let statement = to.prepare_cached("UPDATE head SET beside_seq = $1").await?;
    to.execute(&statement, &[&stored.last]).await?;
    Ok(())
}

/// In the order in which they came, after number `before`.
fn choose(
    items: &[Beside],
    mut keyed: HashSet<Uuid>,
    held: &HashMap<StaffId, Credential>,
    from: Option<StoreId>,
    received_at: i64,
    before: i64,
) -> Stored {
    let mut stored = Stored { keys: Vec::new(), credentials: HashMap::new(), last: before };
    for item in items {
        let no = stored.last + 1;
        match item {
            Beside::Key { person, key } if keyed.insert(*person) => stored.keys.push((no, *person, PersonKey::new(*key.as_bytes()))),
            Beside::Key { .. } => continue,
            Beside::Credential { staff, store, phc, set_at } => {
                let given = Credential { store: *store, phc: phc.clone(), set_at: *set_at };
                let now = stored.credentials.get(staff).map(|(_, credential)| credential).or_else(|| held.get(staff));
                let Some(stands) = replacing(now, *staff, given, from, received_at) else { continue };
                stored.credentials.insert(*staff, (no, stands));
            }
        }
        stored.last = no;
    }
    stored
}

/// Of the persons, those that have a key.
async fn keyed(to: &Transaction<'_>, items: &[Beside]) -> Result<HashSet<Uuid>, LogError> {
    let persons: Vec<Uuid> =
        items.iter().filter_map(|item| if let Beside::Key { person, .. } = item { Some(*person) } else { None }).collect();
    let statement = to.prepare_cached("SELECT person FROM person_key WHERE person = ANY($1)").await?;
    let rows = to.query(&statement, &[&persons]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

async fn held(to: &Transaction<'_>, items: &[Beside]) -> Result<HashMap<StaffId, Credential>, LogError> {
    let staff: Vec<Uuid> =
        items.iter().filter_map(|item| if let Beside::Credential { staff, .. } = item { Some(staff.0) } else { None }).collect();
    let statement = to.prepare_cached("SELECT staff, store, phc, set_at FROM credential WHERE staff = ANY($1)").await?;
    let rows = to.query(&statement, &[&staff]).await?;
    let credential = |row: &Row| -> Result<Credential, LogError> {
        Ok(Credential { store: row.try_get::<_, Option<_>>(1)?.map(StoreId), phc: row.try_get(2)?, set_at: row.try_get(3)? })
    };
    rows.iter().map(|row| Ok((StaffId(row.try_get(0)?), credential(row)?))).collect()
}

async fn put_keys(to: &Transaction<'_>, keys: &[(i64, Uuid, PersonKey)]) -> Result<(), LogError> {
    if keys.is_empty() {
        return Ok(());
    }
    let nos: Vec<i64> = keys.iter().map(|(no, ..)| *no).collect();
    let persons: Vec<Uuid> = keys.iter().map(|(_, person, _)| *person).collect();
    let bytes = Quiet(keys.iter().map(|(.., key)| key.as_bytes().as_slice()).collect::<Vec<_>>());
    let sql = "INSERT INTO person_key (person, no, key) SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bytea[])";
    let statement = to.prepare_cached(sql).await?;
    to.execute(&statement, &[&persons, &nos, &bytes]).await?;
    Ok(())
}

async fn put_credentials(to: &Transaction<'_>, credentials: &HashMap<StaffId, (i64, Credential)>) -> Result<(), LogError> {
    let sql = "INSERT INTO credential (staff, no, store, phc, set_at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (staff) DO UPDATE SET no = excluded.no, store = excluded.store, phc = excluded.phc, set_at = excluded.set_at";
    for (staff, (no, Credential { store, phc, set_at })) in credentials {
        let statement = to.prepare_cached(sql).await?;
        to.execute(&statement, &[&staff.0, no, &store.map(|store| store.0), &Quiet(phc.as_str()), set_at]).await?;
    }
    Ok(())
}

const PAGE: &str = "
    SELECT no, person, key, NULL::uuid, NULL::text, NULL::bigint FROM person_key WHERE no > $1
    UNION ALL
    SELECT no, staff, NULL, store, phc, set_at FROM credential WHERE no > $1 AND ($2 OR store = $3)
    ORDER BY 1 LIMIT $4";

/// What comes after the cursor of `ask`, for its reader, of a sequence that ends at `last`.
pub async fn page(from: &Transaction<'_>, ask: &Ask, last: u64) -> Result<Page, LogError> {
    let mut page = Page::new(ask);
    if ask.beside_after == last {
        return Ok(page);
    }
    let (all, only) = match ask.audience {
        Audience::Hq => (true, None),
        Audience::Store(store) => (false, Some(store.0)),
    };
    // One more than fits says that there is more.
    let most = int(ask.most.beside.max(1) as u64)?.saturating_add(1);
    let statement = from.prepare_cached(PAGE).await?;
    for row in from.query(&statement, &[&int(ask.beside_after)?, &all, &only, &most]).await? {
        if !page.add(ask, count(row.try_get(0)?)?, item(&row)?) {
            break;
        }
    }
    page.close(last);
    Ok(page)
}

fn item(row: &Row) -> Result<Beside, LogError> {
    let subject = row.try_get(1)?;
    if row.try_get::<_, Option<&[u8]>>(2)?.is_some() {
        return Ok(Beside::Key { person: subject, key: PersonKey::new(bytes32(row, 2)?) });
    }
    let store = row.try_get::<_, Option<_>>(3)?.map(StoreId);
    Ok(Beside::Credential { staff: StaffId(subject), store, phc: row.try_get(4)?, set_at: row.try_get(5)? })
}
