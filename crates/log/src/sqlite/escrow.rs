//! The rows of accounts: read for a change, and written.

use hefu_core::{
    ids::{DeviceId, LeaseId, LogId},
    lease::{Exception, Floored, Holder, Lendable, Sums},
};
use rusqlite::{OptionalExtension, Row, Transaction, params};

use crate::{
    Breached, LogError,
    escrow::{self, Books, Changes, Fact, FloorRow, LeaseRow, Losing, Noted, RawLease, Rows, SumsRow, Wanted},
    values::{count, int},
};

const LEASE: &str = "SELECT lease, account, device, log, term, granted, spent, lapsing, stage, note FROM lease";

fn lease(row: &Row<'_>) -> Result<LeaseRow, LogError> {
    LeaseRow::read(&RawLease {
        lease: LeaseId::from_bytes(row.get(0)?),
        account: row.get(1)?,
        device: row.get::<_, Option<_>>(2)?.map(DeviceId::from_bytes),
        log: row.get::<_, Option<_>>(3)?.map(LogId::from_bytes),
        term: row.get(4)?,
        granted: row.get(5)?,
        spent: row.get(6)?,
        lapsing: row.get(7)?,
        stage: row.get(8)?,
        note: row.get(9)?,
    })
}

/// Leases by a condition of one value.
pub fn leases(from: &Transaction<'_>, condition: &str, value: &[u8]) -> Result<Vec<LeaseRow>, LogError> {
    let mut query = from.prepare_cached(&format!("{LEASE} WHERE {condition}"))?;
    let mut rows = query.query([value])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(lease(row)?);
    }
    Ok(found)
}

fn sums(from: &Transaction<'_>, account: Lendable) -> Result<Option<Sums>, LogError> {
    let mut query = from.prepare_cached("SELECT credited, spent, lapsed, free, owed, released FROM escrow WHERE account = ?1")?;
    let read = query.query_row([account.key()], |row| {
        Ok(Sums {
            credited: row.get(0)?,
            spent: row.get(1)?,
            lapsed: row.get(2)?,
            free: row.get(3)?,
            owed: row.get(4)?,
            released: row.get(5)?,
        })
    });
    Ok(read.optional()?)
}

fn floors(from: &Transaction<'_>, account: Lendable) -> Result<Vec<FloorRow>, LogError> {
    let mut query = from.prepare_cached("SELECT log, read, good FROM lease_floor WHERE account = ?1")?;
    let rows = query.query_map([account.key()], |row| {
        let floored = Floored { read: row.get(1)?, good: row.get(2)? };
        Ok(FloorRow { account, log: LogId::from_bytes(row.get(0)?), floored })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What a change needs: most often one row for each account, which is not there yet where a sale brings it.
pub fn open(from: &Transaction<'_>, wanted: &Wanted) -> Result<Books, LogError> {
    let mut rows = Rows::default();
    for account in &wanted.accounts {
        let Some(sums) = sums(from, *account)? else { continue };
        if sums.lent() > 0 {
            rows.leases.extend(leases(from, "account = ?1 AND remaining > 0", &account.key())?);
        }
        if matches!(account, Lendable::Points(_)) {
            rows.floors.extend(floors(from, *account)?);
        }
        rows.sums.push(SumsRow { account: *account, sums });
    }
    for id in &wanted.ids {
        rows.leases.extend(leases(from, "lease = ?1", id.as_bytes())?);
    }
    let mut back = from.prepare_cached("SELECT 1 FROM coupon_return WHERE account = ?1 AND sale = ?2")?;
    for (account, sale) in &wanted.returns {
        if back.exists(params![account.key(), sale.as_bytes()])? {
            rows.returned.insert((*account, *sale));
        }
    }
    Books::open(wanted, rows)
}

/// An account with every lease there ever was of it.
pub fn open_whole(from: &Transaction<'_>, account: Lendable) -> Result<Books, LogError> {
    let leases = leases(from, "account = ?1", &account.key())?;
    let sums = sums(from, account)?.map(|sums| SumsRow { account, sums });
    let rows = Rows { sums: sums.into_iter().collect(), leases, floors: floors(from, account)?, ..Rows::default() };
    Books::open(&Wanted::one(account, None), rows)
}

pub fn store(to: &Transaction<'_>, changes: &Changes) -> Result<(), LogError> {
    let mut put = to.prepare_cached(
        "INSERT INTO escrow (account, credited, spent, lapsed, free, owed, released) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (account) DO UPDATE SET credited = excluded.credited, spent = excluded.spent, lapsed = excluded.lapsed,
             free = excluded.free, owed = excluded.owed, released = excluded.released",
    )?;
    for SumsRow { account, sums } in changes.new_sums.iter().chain(&changes.sums) {
        let Sums { credited, spent, lapsed, free, owed, released } = sums;
        put.execute(params![account.key(), credited, spent, lapsed, free, owed, released])?;
    }
    for row in changes.new_leases.iter().chain(&changes.leases) {
        store_lease(to, row)?;
    }
    let mut put = to.prepare_cached("INSERT OR REPLACE INTO lease_floor (account, log, read, good) VALUES (?1, ?2, ?3, ?4)")?;
    for FloorRow { account, log, floored } in &changes.floors {
        put.execute(params![account.key(), log.as_bytes(), floored.read, floored.good])?;
    }
    let mut put = to.prepare_cached("INSERT INTO coupon_return (account, sale) VALUES (?1, ?2)")?;
    for (account, sale) in &changes.new_returned {
        put.execute(params![account.key(), sale.as_bytes()])?;
    }
    Ok(())
}

fn store_lease(to: &Transaction<'_>, row: &LeaseRow) -> Result<(), LogError> {
    let columns = row.columns();
    let (device, log) = (columns.holder.map(|holder| *holder.device.as_bytes()), columns.holder.map(|holder| *holder.log.as_bytes()));
    to.prepare_cached(
        "INSERT OR REPLACE INTO lease (lease, account, device, log, term, granted, spent, lapsing, remaining, stage, note)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        row.lease.as_bytes(),
        row.account.key(),
        device,
        log,
        columns.term,
        columns.granted,
        columns.spent,
        columns.lapsing,
        columns.remaining,
        columns.stage,
        columns.note
    ])?;
    Ok(())
}

/// Puts in doubt what is lost, and reads operations into their accounts. What they broke is to be noted once their places are known.
pub fn take(to: &Transaction<'_>, losing: &Losing, facts: &[Fact]) -> Result<Vec<Noted>, LogError> {
    if facts.is_empty() && losing.lost.is_empty() {
        return Ok(Vec::new());
    }
    let mut books = open(to, &Wanted::of_push(facts, losing))?;
    books.lose(losing);
    let noted = books.take(facts)?;
    store(to, &books.changes())?;
    Ok(noted)
}

/// Reads what came back by operations that the accounts have read already.
pub fn take_returns(to: &Transaction<'_>, facts: &[Fact]) -> Result<(), LogError> {
    let mut books = open(to, &Wanted::of_facts(facts))?;
    books.take_returns(facts)?;
    store(to, &books.changes())
}

/// Notes breaches of operations that are counted from the one at `first`.
pub fn note(to: &Transaction<'_>, noted: &[Noted], first: u64, received_at: i64) -> Result<(), LogError> {
    let mut insert = to.prepare_cached(
        "INSERT OR IGNORE INTO exception (gseq, no, what, account, device, log, lease, amount, owed, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for Noted { at, no, by, account, exception } in noted {
        let Exception { what, lease, amount, owed } = exception;
        insert.execute(params![
            int(first + at)?,
            no,
            escrow::what_str(*what),
            account.key(),
            by.device.as_bytes(),
            by.log.as_bytes(),
            lease.map(|lease| *lease.as_bytes()),
            amount,
            owed,
            received_at
        ])?;
    }
    Ok(())
}

pub fn breaches(from: &Transaction<'_>, after: (u64, u32), most: u32) -> Result<Vec<Breached>, LogError> {
    let mut query = from.prepare_cached(
        "SELECT gseq, no, what, account, device, log, lease, amount, owed, received_at FROM exception
         WHERE (gseq, no) > (?1, ?2) ORDER BY gseq, no LIMIT ?3",
    )?;
    let mut rows = query.query(params![int(after.0)?, after.1, most])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let exception = Exception {
            what: escrow::what_read(&row.get::<_, String>(2)?)?,
            lease: row.get::<_, Option<_>>(6)?.map(LeaseId::from_bytes),
            amount: row.get(7)?,
            owed: row.get(8)?,
        };
        found.push(Breached {
            gseq: count(row.get(0)?)?,
            no: row.get(1)?,
            received_at: row.get(9)?,
            by: Holder { device: DeviceId::from_bytes(row.get(4)?), log: LogId::from_bytes(row.get(5)?) },
            account: escrow::account(&row.get::<_, Vec<u8>>(3)?)?,
            exception,
        });
    }
    Ok(found)
}
