//! Accounts of a log that is older than they are: read once from what it holds, in the order of the sequence, so many operations at
//! a time. Each time is a transaction that notes how far it came, so a server that stops in between goes on from there.

use hefu_core::op::Standing;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use super::{append, escrow, read, rows::store};
use crate::{
    LogError,
    escrow::{Losing, Read, begun},
    values::{count, int},
};

/// Operations of one transaction: their heads are held together.
const AT_ONCE: u64 = 1000;

/// Reads some more; false when the accounts have read all there is.
pub fn some(log: &mut Connection) -> Result<bool, LogError> {
    some_of(log, AT_ONCE)
}

pub(super) fn some_of(log: &mut Connection, at_once: u64) -> Result<bool, LogError> {
    let to = log.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (upto, returned) = to.query_row("SELECT escrowed, returned FROM head", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (upto, returned, head) = (count(upto)?, count(returned)?, read::tip(&to)?.head);
    if returned < upto {
        let until = upto.min(returned.saturating_add(at_once));
        let lying = lying(&to, returned, until)?;
        let read = lying.iter().filter_map(|op| Read::of(&op.head).filter(Read::returns)?.fact(op.gseq, op.from));
        escrow::take_returns(&to, &read.collect::<Vec<_>>())?;
        to.execute("UPDATE head SET returned = ?1", [int(until)?])?;
        to.commit()?;
        return Ok(true);
    }
    if upto >= head {
        return Ok(false);
    }
    let until = head.min(upto.saturating_add(at_once));
    if upto == 0 {
        find_founder(&to)?;
    }
    let lying = lying(&to, upto, until)?;
    let facts: Vec<_> = lying.iter().filter_map(|op| Read::of(&op.head)?.fact(op.gseq, op.from)).collect();
    let noted = escrow::take(&to, &Losing::default(), &facts)?;
    for noted in noted {
        let received_at = lying.iter().find(|op| op.gseq == noted.at).map_or(0, |op| op.received_at);
        escrow::note(&to, &[noted], 0, received_at)?;
    }
    to.execute("UPDATE head SET escrowed = ?1, returned = ?1", [int(until)?])?;
    to.commit()?;
    Ok(true)
}

struct Lying {
    gseq: u64,
    received_at: i64,
    from: Standing,
    head: Vec<u8>,
}

fn lying(from: &Transaction<'_>, after: u64, until: u64) -> Result<Vec<Lying>, LogError> {
    let mut query = from.prepare_cached(
        "SELECT op.gseq, op.received_at, device.store, log.founder, op.head
         FROM op JOIN log ON log.no = op.log_no JOIN device ON device.device = log.device
         WHERE op.gseq > ?1 AND op.gseq <= ?2 ORDER BY op.gseq",
    )?;
    let read = |row: &Row<'_>| -> rusqlite::Result<_> {
        let from = Standing { store: store(row.get(2)?), founder: row.get(3)? };
        Ok((row.get::<_, i64>(0)?, row.get(1)?, from, row.get(4)?))
    };
    let mut lying = Vec::new();
    for row in query.query_map(params![int(after)?, int(until)?], read)? {
        let (gseq, received_at, from, head) = row?;
        lying.push(Lying { gseq: count(gseq)?, received_at, from, head });
    }
    Ok(lying)
}

/// Notes which log began the chain, before anything of it is read.
fn find_founder(to: &Transaction<'_>) -> Result<(), LogError> {
    let first: Option<(i64, Vec<u8>)> =
        to.query_row("SELECT log_no, head FROM op WHERE gseq = 1", [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let chain = append::chain(to)?;
    if let Some((log_no, head)) = first
        && begun(&head).is_some_and(|begun| chain.is_none_or(|chain| chain == begun))
    {
        to.execute("UPDATE log SET founder = 1 WHERE no = ?1", [log_no])?;
    }
    Ok(())
}
