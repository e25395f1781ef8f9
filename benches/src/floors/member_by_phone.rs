//! The rows that a member's card is made from, by prepared statements in one read transaction, every column read.

use rusqlite::{Connection, Row, types::ValueRef};

/// Who asks, where, whom, what they hold, and the rule that names their tier.
const ROWS: [&str; 6] = [
    "SELECT id, store, role, active, name, login FROM staff WHERE id = ?1",
    "SELECT id, store, till_no, revoked FROM device WHERE id = ?1",
    "SELECT id, phone, name, sex, birthday, card_no, owner, joined_at, joined_store FROM member WHERE phone = ?1",
    "SELECT visits, spend_fen, last_at FROM member_stat WHERE member = ?1",
    "SELECT amount FROM balance WHERE account = ?1 AND unit = 2",
    "SELECT id, version, valid_from, body FROM rule WHERE id = ?1",
];

pub struct Floor {
    connection: Connection,
    staff: Vec<u8>,
    device: Vec<u8>,
    tiers: Vec<u8>,
}

impl Floor {
    pub fn open(connection: Connection) -> rusqlite::Result<Self> {
        let staff = connection.query_row("SELECT id FROM staff LIMIT 1", [], |row| row.get(0))?;
        let device = connection.query_row("SELECT value FROM meta WHERE name = 'device'", [], |row| row.get(0))?;
        let tiers = connection.query_row("SELECT id FROM rule WHERE body LIKE '{\"rule\":\"tiers\"%'", [], |row| row.get(0))?;
        Ok(Self { connection, staff, device, tiers })
    }

    /// Reads them all; says how many values and bytes there were.
    pub fn find(&self, phone: &str) -> rusqlite::Result<usize> {
        let [staff, device, member, stat, balance, tiers] = ROWS;
        self.connection.prepare_cached("BEGIN")?.execute([])?;
        let mut read = self.all(staff, [&self.staff])? + self.all(device, [&self.device])?;
        let id: Vec<u8> = self.connection.prepare_cached(member)?.query_row([phone], |row| {
            read += values(row)?;
            row.get(0)
        })?;
        let account = [&[4u8][..], &id].concat();
        read += self.all(stat, [&id])? + self.all(balance, [&account])? + self.all(tiers, [&self.tiers])?;
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(read)
    }

    fn all(&self, sql: &str, params: impl rusqlite::Params) -> rusqlite::Result<usize> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let (mut rows, mut read) = (statement.query(params)?, 0);
        while let Some(row) = rows.next()? {
            read += values(row)?;
        }
        Ok(read)
    }
}

fn values(row: &Row<'_>) -> rusqlite::Result<usize> {
    (0..row.as_ref().column_count()).try_fold(0, |read, column| {
        Ok(read + if let ValueRef::Text(bytes) | ValueRef::Blob(bytes) = row.get_ref(column)? { bytes.len() } else { 1 })
    })
}
