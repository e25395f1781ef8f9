//! Connections that are cut and a database that dies: nothing is lost, doubled or skipped, and nothing false is said.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{JoinHandle, sleep},
    time::Duration,
};

use hefu_core::{error::Code, wire::Entry};
use hefu_scratch_postgres::Postgres;
use tokio::runtime::Runtime;

use super::{assert_whole, entries, fresh, open, several::process};
use crate::{
    Ask, ChainLog, LogError, PgLog, PgPlace,
    conformance::{
        Till,
        till::{all, store},
    },
};

const PROCESSES: u8 = 2;
const TILLS: u8 = 3;

/// Processes under load until they are told to stop: some take what tills push, and one reads.
struct Load {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
    /// How many entries the reader is to see before it ends.
    until: Arc<AtomicU64>,
    writers: Vec<JoinHandle<Vec<(Till, u64)>>>,
    reader: JoinHandle<Vec<Entry>>,
}

impl Load {
    /// Returns when every process has opened its log and its tills have joined: bad weather is for what comes after.
    fn begin(base: &Postgres) -> Self {
        let ready = Arc::new(AtomicU64::new(0));
        let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let writers =
            (0..PROCESSES).map(|at| process(server(base.address(), at, ready.clone(), stop.clone(), acknowledged.clone()))).collect();
        let until = Arc::new(AtomicU64::new(u64::MAX));
        let reader = process(follow(base.address(), ready.clone(), until.clone()));
        reaches(&ready, u64::from(PROCESSES) + 1);
        Self { stop, acknowledged, until, writers, reader }
    }

    /// Waits until `count` more operations were acknowledged.
    fn goes_on(&self, count: u64) {
        let goal = self.acknowledged.load(Ordering::SeqCst) + count;
        reaches(&self.acknowledged, goal);
    }

    /// Ends, and holds what the reader followed and what the tills were told against what is there.
    fn end(self, base: &Postgres) {
        self.stop.store(true, Ordering::SeqCst);
        let tills: Vec<_> = self.writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
        let address = base.address();
        let all = process(async move { entries(&open(&address).await, 0).await }).join().unwrap();
        assert_whole(&all, &tills);
        self.until.store(all.len() as u64, Ordering::SeqCst);
        assert_eq!(self.reader.join().unwrap(), all, "what was read along the way is what is there");
    }
}

/// Waits until a count is that high; a panic where nothing goes on.
fn reaches(count: &AtomicU64, goal: u64) {
    for _ in 0..6000 {
        if count.load(Ordering::SeqCst) >= goal {
            return;
        }
        sleep(Duration::from_millis(10));
    }
    panic!("nothing goes on");
}

async fn server(address: String, at: u8, ready: Arc<AtomicU64>, stop: Arc<AtomicBool>, acknowledged: Arc<AtomicU64>) -> Vec<(Till, u64)> {
    let log = Arc::new(open(&address).await);
    let mut tills = Vec::new();
    for n in 1..=TILLS {
        tills.push(Till::joined(&*log, at * TILLS + n, store(at)).await);
    }
    ready.fetch_add(1, Ordering::SeqCst);
    let mut pushing = tokio::task::JoinSet::new();
    for till in tills {
        pushing.spawn(push_on(log.clone(), till, stop.clone(), acknowledged.clone()));
    }
    pushing.join_all().await
}

/// As a till does: what is not acknowledged is sent again, with what came since.
async fn push_on(log: Arc<PgLog>, mut till: Till, stop: Arc<AtomicBool>, acknowledged: Arc<AtomicU64>) -> (Till, u64) {
    let mut held = 0;
    while !stop.load(Ordering::SeqCst) {
        till.work(2, "under way");
        match till.push(&*log, held + 1).await {
            Ok(now) => {
                assert_eq!(now, till.ops().len() as u64);
                acknowledged.fetch_add(now - held, Ordering::SeqCst);
                held = now;
            }
            Err(error) => {
                assert!(matches!(error, LogError::Unreachable(_)), "{error:?}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
    (till, held)
}

/// Follows the sequence through a log of its own; what it cannot read now it reads later.
async fn follow(address: String, ready: Arc<AtomicU64>, until: Arc<AtomicU64>) -> Vec<Entry> {
    let log = open(&address).await;
    ready.fetch_add(1, Ordering::SeqCst);
    let (mut tip, mut seen) = (log.tip(), Vec::<Entry>::new());
    while (seen.len() as u64) < until.load(Ordering::SeqCst) {
        tip.borrow_and_update();
        match log.read(Ask { after: seen.len() as u64, ..all() }).await {
            Ok(frame) if frame.entries.is_empty() => {
                let _ = tokio::time::timeout(Duration::from_millis(200), tip.changed()).await;
            }
            Ok(frame) => seen.extend(frame.entries),
            Err(error) => assert!(matches!(error, LogError::Unreachable(_)), "{error:?}"),
        }
    }
    seen
}

#[test]
fn killed_and_started_again_under_load_it_loses_and_skips_nothing() {
    let mut base = fresh().0;
    let load = Load::begin(&base);
    for pause in [0, 400, 2500] {
        load.goes_on(40);
        base.kill().unwrap();
        sleep(Duration::from_millis(pause));
        base.restart().unwrap();
    }
    load.goes_on(40);
    load.end(&base);
}

/// A process dies wherever its pushes are, and another takes its place; its tills send again what they have no answer to.
#[test]
fn servers_that_die_under_load_lose_and_double_nothing() {
    let base = fresh().0;
    let mut tills = Runtime::new().unwrap().block_on(async {
        let log = open(&base.address()).await;
        [Till::joined(&log, 1, store(1)).await, Till::joined(&log, 2, store(1)).await, Till::joined(&log, 3, None).await]
    });
    for round in 0..25u64 {
        let server = Runtime::new().unwrap();
        let log = Arc::new(server.block_on(open(&base.address())));
        for till in &mut tills {
            till.work(3, "under way");
            let (log, till) = (log.clone(), till.clone());
            server.spawn(async move { till.push(&*log, 1).await });
        }
        sleep(Duration::from_micros(round * 300));
        drop(log);
        server.shutdown_background();
    }
    Runtime::new().unwrap().block_on(async {
        let log = open(&base.address()).await;
        let mut told = Vec::new();
        for till in tills {
            let held = till.push(&log, 1).await.unwrap();
            told.push((till, held));
        }
        let all = entries(&log, 0).await;
        assert_eq!(all.len(), 3 * 3 * 25);
        assert_whole(&all, &told);
    });
}

#[test]
fn cut_connections_under_load_lose_and_skip_nothing() {
    let base = fresh().0;
    let load = Load::begin(&base);
    for _ in 0..12 {
        load.goes_on(10);
        base.cut_connections().unwrap();
    }
    load.goes_on(10);
    load.end(&base);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_it_is_away_the_caller_is_told_and_later_served() {
    let mut base = fresh().0;
    let log = open(&base.address()).await;
    let mut till = Till::joined(&log, 1, store(1)).await;
    till.work(2, "a");
    base.kill().unwrap();
    let (pushed, read) = tokio::join!(till.push(&log, 1), log.read(all()));
    for error in [pushed.unwrap_err(), read.unwrap_err()] {
        assert!(matches!(error, LogError::Unreachable(_)) && error.is_own() && error.code() == Code::ServerBusy, "{error:?}");
    }
    let opened = PgLog::open(PgPlace::read(&base.address()).unwrap()).await;
    assert!(matches!(opened, Err(LogError::Unreachable(_))));
    base.restart().unwrap();
    assert_eq!(till.push(&log, 1).await.unwrap(), 2);
    assert_eq!(log.read(all()).await.unwrap().entries.len(), 2);
}

/// Who waits is woken by another process also after the connection that listens was cut.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_was_cut_hears_again() {
    let base = fresh().0;
    let (here, there) = (open(&base.address()).await, open(&base.address()).await);
    let mut till = Till::joined(&here, 1, store(1)).await;
    for round in 1..=3 {
        base.cut_connections().unwrap();
        till.work(1, "a");
        till.push(&here, round).await.unwrap();
        let mut tip = there.tip();
        tokio::time::timeout(Duration::from_secs(20), tip.wait_for(|tip| tip.head == round)).await.expect("heard").unwrap();
    }
}

/// Either all of it or none is there; a till pushes again in any case.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_that_nobody_waits_for_is_whole() {
    let base = fresh().0;
    let log = Arc::new(open(&base.address()).await);
    let mut till = Till::joined(&*log, 1, store(1)).await;
    for round in 0..20 {
        till.work(5, "a");
        let (to, from) = (log.clone(), till.clone());
        let push = tokio::spawn(async move { from.push(&*to, round * 5 + 1).await });
        tokio::time::sleep(Duration::from_micros(round * 97)).await;
        push.abort();
        let _ = push.await;
        assert_eq!(entries(&*log, 0).await.len() % 5, 0);
        assert_eq!(till.push(&*log, round * 5 + 1).await.unwrap(), round * 5 + 5);
    }
    assert_whole(&entries(&*log, 0).await, &[(till, 100)]);
}
