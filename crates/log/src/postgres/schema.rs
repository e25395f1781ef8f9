//! The tables, brought up to this program's by whichever process comes first.

use deadpool_postgres::Transaction;

use super::work::Desk;
use crate::LogError;

/// Appended to, never edited: databases have run them, and a test holds them to the byte.
pub(super) const STEPS: [&str; 3] = [
    include_str!("../../migrations/postgres/0001_log.sql"),
    include_str!("../../migrations/postgres/0002_leases.sql"),
    include_str!("../../migrations/postgres/0003_coupon_returns.sql"),
];

/// Names of locks that hold until the end of a transaction, one for each thing that one process does at a time.
pub(super) const LOCK_SCHEMA: i64 = 0x68_65_66_75_00_01;
pub(super) const LOCK_ENROL: i64 = 0x68_65_66_75_00_02;
pub(super) const LOCK_BUILD: i64 = 0x68_65_66_75_00_03;

/// Errors with `Newer` for tables that are past this program's, and `NotDurable`.
pub async fn migrate(desk: &Desk) -> Result<(), LogError> {
    desk.change(|to| Box::pin(step_up(to))).await
}

async fn step_up(to: &Transaction<'_>) -> Result<(), LogError> {
    let kept = to.query_one("SELECT current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'", &[]).await?;
    if !kept.try_get::<_, bool>(0)? {
        return Err(LogError::NotDurable);
    }
    // Building an index over a long log takes longer than any other statement may.
    to.batch_execute("SET LOCAL statement_timeout = 0").await?;
    to.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK_SCHEMA]).await?;
    let there = to.query_one("SELECT to_regnamespace('hefu_log') IS NOT NULL, to_regclass('hefu_log.step') IS NOT NULL", &[]).await?;
    if !there.try_get::<_, bool>(0)? {
        to.batch_execute("CREATE SCHEMA hefu_log").await?;
    }
    if !there.try_get::<_, bool>(1)? {
        to.batch_execute("CREATE TABLE hefu_log.step (no INTEGER PRIMARY KEY)").await?;
    }
    let run: i32 = to.query_one("SELECT coalesce(max(no), 0) FROM step", &[]).await?.try_get(0)?;
    let run = usize::try_from(run).map_err(|_| LogError::FileDamaged)?;
    if run > STEPS.len() {
        return Err(LogError::Newer);
    }
    for (sql, no) in STEPS.iter().zip(1i32..).skip(run) {
        to.batch_execute(sql).await?;
        to.execute("INSERT INTO step (no) VALUES ($1)", &[&no]).await?;
    }
    Ok(())
}
