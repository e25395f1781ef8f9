//! What a node keeps for itself alone: how far its own work has come. Never in an operation, never in a digest; a file that is made
//! anew begins without.

use rusqlite::OptionalExtension;

use super::{Reading, after_prefix};
use crate::{Error, Writing};

/// Beside the file's own facts, and never one of them.
fn stored(name: &str) -> String {
    format!("note/{name}")
}

impl Reading<'_> {
    pub fn note(&self, name: &str) -> Result<Option<String>, Error> {
        let mut statement = self.connection.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
        Ok(statement.query_row([stored(name)], |row| row.get(0)).optional()?)
    }

    /// All notes whose name begins so, by name.
    pub fn notes(&self, beginning: &str) -> Result<Vec<String>, Error> {
        let from = stored(beginning);
        let mut statement = self.connection.prepare_cached("SELECT value FROM meta WHERE name >= ?1 AND name < ?2 ORDER BY name")?;
        let rows = statement.query_map([&from, &after_prefix(&from)], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Writing<'_> {
    /// Keeps a note, or lets it go.
    pub fn set_note(&mut self, name: &str, text: Option<&str>) -> Result<(), Error> {
        match text {
            Some(text) => {
                let put = "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)";
                self.connection().prepare_cached(put)?.execute([&stored(name), text])?;
            }
            None => {
                self.connection().prepare_cached("DELETE FROM meta WHERE name = ?1")?.execute([stored(name)])?;
            }
        }
        Ok(())
    }
}
