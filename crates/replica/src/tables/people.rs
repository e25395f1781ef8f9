//! Who works here and how they sign in.

use hefu_core::{
    access::Role,
    error::Code,
    ids::{MemberId, StaffId, StoreId},
    op::Said,
    seal::{self, PersonKey},
};
use rusqlite::OptionalExtension;
use uuid::Uuid;

use super::{Reading, id_column, maybe_id};
use crate::Error;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffRow {
    pub id: StaffId,
    pub store: Option<StoreId>,
    pub role: Role,
    pub active: bool,
    pub name: String,
    pub login: Option<String>,
}

/// How a person signs in: an Argon2id string, and the store whose tills it opens; `None` for HQ.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    pub phc: String,
    pub store: Option<StoreId>,
    pub set_at: i64,
}

/// Wrong PINs so far, and until when no more are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    pub failures: u32,
    pub locked_until: i64,
}

const STAFF: &str = "SELECT id, store, role, active, name, login FROM staff";

impl Reading<'_> {
    pub fn staff(&self, id: StaffId) -> Result<Option<StaffRow>, Error> {
        Ok(self
            .connection
            .prepare_cached(&format!("{STAFF} WHERE id = ?1"))?
            .query_row([id.as_bytes().as_slice()], staff_row)
            .optional()?)
    }

    /// Everyone, or those of one store; by store, role and name.
    pub fn staff_of(&self, store: Option<StoreId>) -> Result<Vec<StaffRow>, Error> {
        let mut statement =
            self.connection.prepare_cached(&format!("{STAFF} WHERE ?1 IS NULL OR store = ?1 ORDER BY store, role DESC, name, id"))?;
        let rows = statement.query_map([store.as_ref().map(|id| id.as_bytes().as_slice())], staff_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Of two with one login, the one whose claim to it is the first in the sequence.
    pub fn staff_by_login(&self, login: &str) -> Result<Option<StaffRow>, Error> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT staff.id, store, role, active, name, login FROM staff LEFT JOIN op ON op.id = login_op
                 WHERE login = ?1 ORDER BY op.gseq IS NULL, op.gseq, op.id LIMIT 1",
            )?
            .query_row([login], staff_row)
            .optional()?)
    }

    /// Whether anyone can sign in at HQ: false until there is a first administrator.
    pub fn anyone_at_hq(&self) -> Result<bool, Error> {
        Ok(self.connection.prepare_cached("SELECT 1 FROM staff WHERE store IS NULL AND login IS NOT NULL LIMIT 1")?.exists([])?)
    }

    /// The key of a person's sealed data, unless it never came or was destroyed.
    pub fn person_key(&self, person: Uuid) -> Result<Option<PersonKey>, Error> {
        crate::fold::key_of(self.connection, person)
    }

    /// What a person put into words about the act of an operation, by its row; nothing where it was never said, is not held
    /// here, or its key is gone.
    pub fn said(&self, op: i64) -> Result<Said, Error> {
        let sealed: Option<Vec<u8>> =
            self.connection.prepare_cached("SELECT sealed FROM op WHERE id = ?1")?.query_row([op], |row| row.get(0)).optional()?.flatten();
        let Some((sealed, person)) = sealed.and_then(|sealed| seal::named(&sealed).map(|person| (sealed, person))) else {
            return Ok(Said::default());
        };
        Ok(self.person_key(person)?.and_then(|key| seal::open_named(&key, &sealed)).unwrap_or_default())
    }

    /// Under whose key words about an act are sealed: the member's, so that they are forgotten with them; without one the key of
    /// the colleague who says them. Errors with `internal` where neither key is here.
    pub fn said_under(&self, member: Option<MemberId>, who: Option<StaffId>) -> Result<(Uuid, PersonKey), Error> {
        for person in [member.map(|id| id.0), who.map(|id| id.0)].into_iter().flatten() {
            if let Some(key) = self.person_key(person)? {
                return Ok((person, key));
            }
        }
        Err(Code::Internal.into())
    }

    /// What a PIN or password is checked against, where this device was given it.
    pub fn credential(&self, staff: StaffId) -> Result<Option<Credential>, Error> {
        Ok(self
            .connection
            .prepare_cached("SELECT phc, store, set_at FROM credential WHERE staff = ?1")?
            .query_row([staff.as_bytes().as_slice()], |row| {
                Ok(Credential { phc: row.get(0)?, store: maybe_id(row, 1)?.map(StoreId::from_bytes), set_at: row.get(2)? })
            })
            .optional()?)
    }

    pub fn attempts(&self, staff: StaffId) -> Result<Attempts, Error> {
        Ok(self
            .connection
            .prepare_cached("SELECT failures, locked_until FROM attempt WHERE staff = ?1")?
            .query_row([staff.as_bytes().as_slice()], |row| Ok(Attempts { failures: row.get(0)?, locked_until: row.get(1)? }))
            .optional()?
            .unwrap_or_default())
    }
}

fn staff_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<StaffRow> {
    let role: String = row.get(2)?;
    let role = serde_json::from_value(serde_json::Value::String(role))
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, Box::new(error)))?;
    Ok(StaffRow {
        id: StaffId::from_bytes(id_column(row, 0)?),
        store: maybe_id(row, 1)?.map(StoreId::from_bytes),
        role,
        active: row.get(3)?,
        name: row.get(4)?,
        login: row.get(5)?,
    })
}
