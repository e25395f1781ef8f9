//! Accounts of a log that is older than they are: read once from what it holds, in the order of the sequence, so many operations at
//! a time. Each time is a transaction that notes how far it came. Processes that open the log meanwhile take turns at it; none takes a
//! push or a request before it is done.

use deadpool_postgres::Transaction;
use hefu_core::{ids::StoreId, op::Standing};
use tokio_postgres::Row;

use super::{append, escrow, schema::LOCK_BUILD, work::Desk};
use crate::{
    LogError,
    escrow::{Losing, Read, begun},
    values::{count, int},
};

/// Operations of one transaction: their heads are held together.
const AT_ONCE: u64 = 1000;

pub async fn all(desk: &Desk) -> Result<(), LogError> {
    while desk.change(|to| Box::pin(some(to, AT_ONCE))).await? {}
    Ok(())
}

/// Reads some more; false when the accounts have read all there is.
pub async fn some(to: &Transaction<'_>, at_once: u64) -> Result<bool, LogError> {
    // Others wait behind this one for as long as it takes.
    to.batch_execute("SET LOCAL statement_timeout = 0").await?;
    to.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK_BUILD]).await?;
    let row = to.query_one("SELECT escrowed, building, seq, returned FROM head", &[]).await?;
    let (upto, building, head) = (count(row.try_get(0)?)?, row.try_get::<_, bool>(1)?, count(row.try_get(2)?)?);
    if !building {
        return Ok(false);
    }
    let returned = count(row.try_get(3)?)?;
    if returned < upto {
        read_returns(to, returned, upto.min(returned.saturating_add(at_once))).await?;
        return Ok(true);
    }
    if upto >= head {
        // A process of an older program may have appended in between.
        let done = to.execute("UPDATE head SET building = FALSE WHERE escrowed = seq AND returned = seq", &[]).await?;
        return Ok(done == 0);
    }
    let until = head.min(upto.saturating_add(at_once));
    if upto == 0 {
        find_founder(to).await?;
    }
    let lying = lying(to, upto, until).await?;
    let facts: Vec<_> = lying.iter().filter_map(|op| Read::of(&op.head)?.fact(op.gseq, op.from)).collect();
    for noted in escrow::take(to, &Losing::default(), &facts).await? {
        let received_at = lying.iter().find(|op| op.gseq == noted.at).map_or(0, |op| op.received_at);
        escrow::note(to, &[noted], 0, received_at).await?;
    }
    to.execute("UPDATE head SET escrowed = $1, returned = $1", &[&int(until)?]).await?;
    Ok(true)
}

/// What came back by operations that the accounts have read already, when they counted each refund.
async fn read_returns(to: &Transaction<'_>, after: u64, until: u64) -> Result<(), LogError> {
    let lying = lying(to, after, until).await?;
    let read = lying.iter().filter_map(|op| Read::of(&op.head).filter(Read::returns)?.fact(op.gseq, op.from));
    escrow::take_returns(to, &read.collect::<Vec<_>>()).await?;
    to.execute("UPDATE head SET returned = $1", &[&int(until)?]).await?;
    Ok(())
}

struct Lying {
    gseq: u64,
    received_at: i64,
    from: Standing,
    head: Vec<u8>,
}

async fn lying(from: &Transaction<'_>, after: u64, until: u64) -> Result<Vec<Lying>, LogError> {
    let sql = "SELECT op.gseq, op.received_at, device.store, log.founder, op.head
               FROM op JOIN log ON log.no = op.log_no JOIN device ON device.device = log.device
               WHERE op.gseq > $1 AND op.gseq <= $2 ORDER BY op.gseq";
    let rows = from.query(sql, &[&int(after)?, &int(until)?]).await?;
    rows.iter().map(one).collect()
}

fn one(row: &Row) -> Result<Lying, LogError> {
    let from = Standing { store: row.try_get::<_, Option<_>>(2)?.map(StoreId), founder: row.try_get(3)? };
    Ok(Lying { gseq: count(row.try_get(0)?)?, received_at: row.try_get(1)?, from, head: row.try_get(4)? })
}

/// Notes which log began the chain, before anything of it is read.
async fn find_founder(to: &Transaction<'_>) -> Result<(), LogError> {
    let Some(first) = to.query_opt("SELECT log_no, head FROM op WHERE gseq = 1", &[]).await? else { return Ok(()) };
    let chain = append::chain(to).await?;
    if begun(first.try_get(1)?).is_some_and(|begun| chain.is_none_or(|chain| chain == begun)) {
        to.execute("UPDATE log SET founder = TRUE WHERE no = $1", &[&first.try_get::<_, i64>(0)?]).await?;
    }
    Ok(())
}
