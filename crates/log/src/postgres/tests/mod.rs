//! The suite on a real PostgreSQL that each test starts for itself, and what is PostgreSQL's own: several processes over one
//! database, connections that break, a server that dies, and who is trusted.
#![cfg(unix)]

mod lost_commit;
mod own;
mod several;
mod tls;
mod weather;

use std::sync::Arc;

use async_trait::async_trait;
use hefu_core::wire::Entry;
use hefu_scratch_postgres::Postgres;

use crate::{
    Ask, ChainLog, PgLog, PgPlace,
    conformance::{Ground, Till, till::all},
};

struct Base(Postgres);

#[async_trait]
impl Ground for Base {
    async fn open(&self) -> Arc<dyn ChainLog> {
        Arc::new(open(&self.0.address()).await)
    }
}

/// Fails where PostgreSQL is not installed: a log that was not tried is not known to work.
fn fresh() -> Base {
    Base(Postgres::start().unwrap())
}

async fn open(address: &str) -> PgLog {
    PgLog::open(PgPlace::read(address).unwrap()).await.unwrap()
}

mod suite {
    crate::conformance_tests!(super::fresh);
}

/// Everything in the log from `after` on, frame by frame.
async fn entries(log: &dyn ChainLog, after: u64) -> Vec<Entry> {
    let (mut seen, mut after) = (Vec::new(), after);
    loop {
        let frame = log.read(Ask { after, ..all() }).await.unwrap();
        after = frame.upto;
        seen.extend(frame.entries);
        if after == frame.head {
            return seen;
        }
    }
}

/// The sequence has no gaps, and of each till it holds what was acknowledged and nothing twice, in its order (I2, I3, I4).
fn assert_whole(entries: &[Entry], tills: &[(Till, u64)]) {
    assert!(entries.iter().map(|entry| entry.gseq).eq(1..=entries.len() as u64), "a gap in the sequence");
    for (till, acknowledged) in tills {
        let own: Vec<&Entry> = entries.iter().filter(|entry| entry.log == till.log).collect();
        assert!(own.iter().map(|entry| entry.seq).eq(1..=own.len() as u64), "an operation twice or out of order");
        assert!(own.len() as u64 >= *acknowledged, "{} of {acknowledged} acknowledged ones", own.len());
        assert!(own.iter().zip(till.ops()).all(|(entry, op)| entry.op.as_ref() == Some(op)), "another operation than was sent");
    }
    assert_eq!(entries.iter().filter(|entry| tills.iter().all(|(till, _)| till.log != entry.log)).count(), 0);
}
