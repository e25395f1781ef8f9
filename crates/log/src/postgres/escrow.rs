//! The rows of accounts: locked and read for a change, and written.
//!
//! Whoever changes an account locks its row before reading anything of it. Rows are locked in the order of their keys; after them new
//! rows are made, in that order too; and the head's row comes last. So nobody waits for somebody who waits for them.

use std::collections::BTreeSet;

use deadpool_postgres::Transaction;
use hefu_core::{
    ids::{DeviceId, LeaseId, LogId, SaleId},
    lease::{Exception, Floored, Holder, Lendable, Sums},
};
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use crate::{
    Breached, LogError,
    escrow::{self, Books, Changes, Fact, FloorRow, LeaseRow, Losing, Noted, RawLease, Returned, Rows, SumsRow, Wanted},
    values::{count, int},
};

macro_rules! lease {
    ($rest:literal) => {
        concat!("SELECT lease, account, device, log, term, granted, spent, lapsing, stage, note FROM lease ", $rest)
    };
}

pub const LIVE_OF_DEVICE: &str = lease!("WHERE device = $1 AND remaining > 0");
pub const LIVE_OF_LOG: &str = lease!("WHERE log = $1 AND stage IN ('lent', 'recalled') AND remaining > 0");
pub const LOST_OF_LOG: &str = lease!("WHERE log = $1 AND stage IN ('in_doubt', 'released')");
pub const RECALLED_OF_LOG: &str = lease!("WHERE log = $1 AND stage = 'recalled' ORDER BY lease");
pub const ONE: &str = lease!("WHERE lease = $1");
const NAMED: &str = lease!("WHERE lease = ANY($1)");
const LIVE: &str = lease!("WHERE account = ANY($1) AND remaining > 0");
const ALL: &str = lease!("WHERE account = $1");

const SUMS: &str = "SELECT account, credited, spent, lapsed, free, owed, released FROM escrow WHERE account = ANY($1)";
const SUMS_LOCKED: &str =
    "SELECT account, credited, spent, lapsed, free, owed, released FROM escrow WHERE account = ANY($1) ORDER BY account FOR UPDATE";
const RETURNED: &str =
    "SELECT account, sale FROM coupon_return JOIN unnest($1::bytea[], $2::uuid[]) AS given (account, sale) USING (account, sale)";
const FLOORS: &str = "SELECT account, log, read, good FROM lease_floor WHERE account = ANY($1)";

fn lease(row: &Row) -> Result<LeaseRow, LogError> {
    LeaseRow::read(&RawLease {
        lease: LeaseId(row.try_get(0)?),
        account: row.try_get(1)?,
        device: row.try_get::<_, Option<_>>(2)?.map(DeviceId),
        log: row.try_get::<_, Option<_>>(3)?.map(LogId),
        term: row.try_get(4)?,
        granted: row.try_get(5)?,
        spent: row.try_get(6)?,
        lapsing: row.try_get(7)?,
        stage: row.try_get(8)?,
        note: row.try_get(9)?,
    })
}

/// Leases by one value.
pub async fn leases(from: &Transaction<'_>, sql: &str, value: &(dyn ToSql + Sync)) -> Result<Vec<LeaseRow>, LogError> {
    let statement = from.prepare_cached(sql).await?;
    from.query(&statement, &[value]).await?.iter().map(lease).collect()
}

fn sums(row: &Row) -> Result<SumsRow, LogError> {
    let sums = Sums {
        credited: row.try_get(1)?,
        spent: row.try_get(2)?,
        lapsed: row.try_get(3)?,
        free: row.try_get(4)?,
        owed: row.try_get(5)?,
        released: row.try_get(6)?,
    };
    Ok(SumsRow { account: escrow::account(row.try_get(0)?)?, sums })
}

fn floor(row: &Row) -> Result<FloorRow, LogError> {
    let floored = Floored { read: row.try_get(2)?, good: row.try_get(3)? };
    Ok(FloorRow { account: escrow::account(row.try_get(0)?)?, log: LogId(row.try_get(1)?), floored })
}

fn returned(row: &Row) -> Result<Returned, LogError> {
    Ok((escrow::account(row.try_get(0)?)?, SaleId(row.try_get(1)?)))
}

fn sales(returns: &BTreeSet<Returned>) -> Vec<Uuid> {
    returns.iter().map(|(_, sale)| sale.0).collect()
}

fn keys<'a>(accounts: impl Iterator<Item = &'a Lendable>) -> Vec<Vec<u8>> {
    accounts.map(|account| account.key().to_vec()).collect()
}

/// What a change needs, its accounts locked until the transaction ends. One that has no row yet is held by nobody: whoever makes it
/// first wins, and the other does its work again.
pub async fn open(to: &Transaction<'_>, wanted: &Wanted) -> Result<Books, LogError> {
    read(to, SUMS_LOCKED, wanted).await
}

/// The same to look at.
pub async fn look(from: &Transaction<'_>, wanted: &Wanted) -> Result<Books, LogError> {
    read(from, SUMS, wanted).await
}

async fn read(from: &Transaction<'_>, sums_sql: &str, wanted: &Wanted) -> Result<Books, LogError> {
    let statement = from.prepare_cached(sums_sql).await?;
    let found = from.query(&statement, &[&keys(wanted.accounts.iter())]).await?;
    let sums = found.iter().map(sums).collect::<Result<Vec<_>, _>>()?;
    let mut rows = Rows::default();
    let lent = keys(sums.iter().filter(|row| row.sums.lent() > 0).map(|row| &row.account));
    if !lent.is_empty() {
        rows.leases = leases(from, LIVE, &lent).await?;
    }
    let points = keys(sums.iter().map(|row| &row.account).filter(|account| matches!(account, Lendable::Points(_))));
    if !points.is_empty() {
        let statement = from.prepare_cached(FLOORS).await?;
        rows.floors = from.query(&statement, &[&points]).await?.iter().map(floor).collect::<Result<_, _>>()?;
    }
    rows.sums = sums;
    if !wanted.ids.is_empty() {
        let ids: Vec<Uuid> = wanted.ids.iter().map(|id| id.0).collect();
        rows.leases.extend(leases(from, NAMED, &ids).await?);
    }
    if !wanted.returns.is_empty() {
        let statement = from.prepare_cached(RETURNED).await?;
        let found = from.query(&statement, &[&keys(wanted.returns.iter().map(|(account, _)| account)), &sales(&wanted.returns)]).await?;
        rows.returned = found.iter().map(returned).collect::<Result<_, _>>()?;
    }
    Books::open(wanted, rows)
}

/// An account with every lease there ever was of it.
pub async fn look_whole(from: &Transaction<'_>, account: Lendable) -> Result<Books, LogError> {
    let key = vec![account.key().to_vec()];
    let statement = from.prepare_cached(SUMS).await?;
    let sums = from.query(&statement, &[&key]).await?.iter().map(sums).collect::<Result<_, _>>()?;
    let statement = from.prepare_cached(FLOORS).await?;
    let floors = from.query(&statement, &[&key]).await?.iter().map(floor).collect::<Result<_, _>>()?;
    let leases = leases(from, ALL, &key[0]).await?;
    Books::open(&Wanted::one(account, None), Rows { sums, leases, floors, ..Rows::default() })
}

const NEW_SUMS: &str = "
    INSERT INTO escrow (account, credited, spent, lapsed, free, owed, released)
    SELECT given.* FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
        AS given (account, credited, spent, lapsed, free, owed, released)
    ORDER BY given.account ON CONFLICT DO NOTHING";
const PUT_SUMS: &str = "
    UPDATE escrow SET credited = given.credited, spent = given.spent, lapsed = given.lapsed, free = given.free, owed = given.owed,
        released = given.released
    FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
        AS given (account, credited, spent, lapsed, free, owed, released)
    WHERE escrow.account = given.account";

/// Errors with a race, so that the work is done again, where a row came in between.
pub async fn store(to: &Transaction<'_>, changes: &Changes) -> Result<(), LogError> {
    store_sums(to, NEW_SUMS, &changes.new_sums).await?;
    store_sums(to, PUT_SUMS, &changes.sums).await?;
    store_leases(to, NEW_LEASES, &changes.new_leases).await?;
    store_leases(to, PUT_LEASES, &changes.leases).await?;
    let sql = "INSERT INTO lease_floor (account, log, read, good) VALUES ($1, $2, $3, $4)
               ON CONFLICT (account, log) DO UPDATE SET read = excluded.read, good = excluded.good";
    for FloorRow { account, log, floored } in &changes.floors {
        let statement = to.prepare_cached(sql).await?;
        to.execute(&statement, &[&account.key().as_slice(), &log.0, &floored.read, &floored.good]).await?;
    }
    store_returned(to, &changes.new_returned).await
}

const NEW_RETURNED: &str = "
    INSERT INTO coupon_return (account, sale) SELECT given.* FROM unnest($1::bytea[], $2::uuid[]) AS given (account, sale)
    ON CONFLICT DO NOTHING";

/// Its account's row is locked, or is as new as this one: nobody else makes it meanwhile and commits.
async fn store_returned(to: &Transaction<'_>, rows: &BTreeSet<Returned>) -> Result<(), LogError> {
    if rows.is_empty() {
        return Ok(());
    }
    let statement = to.prepare_cached(NEW_RETURNED).await?;
    let stored = to.execute(&statement, &[&keys(rows.iter().map(|(account, _)| account)), &sales(rows)]).await?;
    if stored == rows.len() as u64 { Ok(()) } else { Err(LogError::raced()) }
}

async fn store_sums(to: &Transaction<'_>, sql: &str, rows: &[SumsRow]) -> Result<(), LogError> {
    if rows.is_empty() {
        return Ok(());
    }
    let column = |of: fn(&Sums) -> i64| rows.iter().map(|row| of(&row.sums)).collect::<Vec<_>>();
    let statement = to.prepare_cached(sql).await?;
    let stored = to
        .execute(
            &statement,
            &[
                &keys(rows.iter().map(|row| &row.account)),
                &column(|sums| sums.credited),
                &column(|sums| sums.spent),
                &column(|sums| sums.lapsed),
                &column(|sums| sums.free),
                &column(|sums| sums.owed),
                &column(|sums| sums.released),
            ],
        )
        .await?;
    if stored == rows.len() as u64 { Ok(()) } else { Err(LogError::raced()) }
}

const NEW_LEASES: &str = "
    INSERT INTO lease (lease, account, device, log, term, granted, spent, lapsing, remaining, stage, note)
    SELECT given.* FROM unnest($1::uuid[], $2::bytea[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[],
            $9::bigint[], $10::text[], $11::bigint[])
        AS given (lease, account, device, log, term, granted, spent, lapsing, remaining, stage, note)
    ORDER BY given.lease ON CONFLICT DO NOTHING";
const PUT_LEASES: &str = "
    UPDATE lease SET device = given.device, log = given.log, term = given.term, granted = given.granted, spent = given.spent,
        lapsing = given.lapsing, remaining = given.remaining, stage = given.stage, note = given.note
    FROM unnest($1::uuid[], $2::bytea[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
            $10::text[], $11::bigint[])
        AS given (lease, account, device, log, term, granted, spent, lapsing, remaining, stage, note)
    WHERE lease.lease = given.lease AND lease.account = given.account";

async fn store_leases(to: &Transaction<'_>, sql: &str, rows: &[LeaseRow]) -> Result<(), LogError> {
    if rows.is_empty() {
        return Ok(());
    }
    let columns: Vec<_> = rows.iter().map(LeaseRow::columns).collect();
    let numbers = |of: fn(&escrow::Columns) -> i64| columns.iter().map(of).collect::<Vec<_>>();
    let statement = to.prepare_cached(sql).await?;
    let stored = to
        .execute(
            &statement,
            &[
                &rows.iter().map(|row| row.lease.0).collect::<Vec<_>>(),
                &keys(rows.iter().map(|row| &row.account)),
                &columns.iter().map(|columns| columns.holder.map(|holder| holder.device.0)).collect::<Vec<_>>(),
                &columns.iter().map(|columns| columns.holder.map(|holder| holder.log.0)).collect::<Vec<_>>(),
                &columns.iter().map(|columns| columns.term).collect::<Vec<_>>(),
                &numbers(|columns| columns.granted),
                &numbers(|columns| columns.spent),
                &numbers(|columns| columns.lapsing),
                &numbers(|columns| columns.remaining),
                &columns.iter().map(|columns| columns.stage).collect::<Vec<_>>(),
                &numbers(|columns| columns.note),
            ],
        )
        .await?;
    if stored == rows.len() as u64 { Ok(()) } else { Err(LogError::raced()) }
}

/// Puts in doubt what is lost, and reads operations into their accounts. What they broke is to be noted once their places are known.
pub async fn take(to: &Transaction<'_>, losing: &Losing, facts: &[Fact]) -> Result<Vec<Noted>, LogError> {
    if facts.is_empty() && losing.lost.is_empty() {
        return Ok(Vec::new());
    }
    let mut books = open(to, &Wanted::of_push(facts, losing)).await?;
    books.lose(losing);
    let noted = books.take(facts)?;
    store(to, &books.changes()).await?;
    Ok(noted)
}

/// Reads what came back by operations that the accounts have read already.
pub async fn take_returns(to: &Transaction<'_>, facts: &[Fact]) -> Result<(), LogError> {
    let mut books = open(to, &Wanted::of_facts(facts)).await?;
    books.take_returns(facts)?;
    store(to, &books.changes()).await
}

/// Notes breaches of operations that are counted from the one at `first`.
pub async fn note(to: &Transaction<'_>, noted: &[Noted], first: u64, received_at: i64) -> Result<(), LogError> {
    let sql = "INSERT INTO exception (gseq, no, what, account, device, log, lease, amount, owed, received_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
    for Noted { at, no, by, account, exception } in noted {
        let Exception { what, lease, amount, owed } = exception;
        let statement = to.prepare_cached(sql).await?;
        let (gseq, no) = (int(first + at)?, i32::try_from(*no).unwrap_or(i32::MAX));
        let (key, lease) = (account.key(), lease.map(|lease| lease.0));
        to.execute(
            &statement,
            &[&gseq, &no, &escrow::what_str(*what), &key.as_slice(), &by.device.0, &by.log.0, &lease, amount, owed, &received_at],
        )
        .await?;
    }
    Ok(())
}

pub async fn breaches(from: &Transaction<'_>, after: (u64, u32), most: u32) -> Result<Vec<Breached>, LogError> {
    let sql = "SELECT gseq, no, what, account, device, log, lease, amount, owed, received_at FROM exception
               WHERE (gseq, no) > ($1, $2) ORDER BY gseq, no LIMIT $3";
    let statement = from.prepare_cached(sql).await?;
    let no = i32::try_from(after.1).unwrap_or(i32::MAX);
    let rows = from.query(&statement, &[&int(after.0)?, &no, &i64::from(most)]).await?;
    rows.iter().map(breached).collect()
}

fn breached(row: &Row) -> Result<Breached, LogError> {
    let exception = Exception {
        what: escrow::what_read(row.try_get(2)?)?,
        lease: row.try_get::<_, Option<_>>(6)?.map(LeaseId),
        amount: row.try_get(7)?,
        owed: row.try_get(8)?,
    };
    Ok(Breached {
        gseq: count(row.try_get(0)?)?,
        no: u32::try_from(row.try_get::<_, i32>(1)?).map_err(|_| LogError::FileDamaged)?,
        received_at: row.try_get(9)?,
        by: Holder { device: DeviceId(row.try_get(4)?), log: LogId(row.try_get(5)?) },
        account: escrow::account(row.try_get(3)?)?,
        exception,
    })
}
