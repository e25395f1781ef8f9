//! One sequence for the chain: gap-free, in the order of commits, read in frames (I4).

use std::{sync::Arc, time::Duration};

use hefu_core::wire::Entry;

use super::{
    Ground, Till,
    beside::key,
    till::{all, store},
};
use crate::{Ask, ChainLog, LogError, Most, Tip};

const WRITERS: u8 = 8;
const PUSHES: u64 = 12;

/// A reader with a cursor runs beside eight writers: were a number given before its commit, it would skip some for ever.
pub async fn eight_writers_make_one_sequence_without_gaps(ground: &dyn Ground) {
    let log = ground.open().await;
    let total = u64::from(WRITERS) * PUSHES * 2;
    let reader = tokio::spawn(follow(log.clone(), total));
    let mut tills = Vec::new();
    for n in 1..=WRITERS {
        tills.push(Till::joined(&*log, n, store(1)).await);
    }
    let writers = tills.into_iter().map(|mut till| {
        let log = log.clone();
        tokio::spawn(async move {
            for push in 0..PUSHES {
                till.work(2, "a");
                assert_eq!(till.push(&*log, push * 2 + 1).await.unwrap(), push * 2 + 2);
            }
            till
        })
    });
    let mut done = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        done.push(writer.await.unwrap());
    }
    let seen = tokio::time::timeout(Duration::from_secs(60), reader).await.expect("the reader skipped something").unwrap();
    assert_eq!(seen.iter().map(|entry| entry.gseq).collect::<Vec<_>>(), (1..=total).collect::<Vec<_>>());
    for till in done {
        let seqs: Vec<u64> = seen.iter().filter(|entry| entry.log == till.log).map(|entry| entry.seq).collect();
        assert_eq!(seqs, (1..=PUSHES * 2).collect::<Vec<_>>(), "each log keeps its own order");
    }
}

async fn follow(log: Arc<dyn ChainLog>, total: u64) -> Vec<Entry> {
    let (mut tip, mut seen) = (log.tip(), Vec::<Entry>::new());
    while (seen.len() as u64) < total {
        tip.borrow_and_update();
        let after = seen.last().map_or(0, |entry| entry.gseq);
        let frame = log.read(Ask { after, ..all() }).await.unwrap();
        if frame.entries.is_empty() {
            tip.changed().await.unwrap();
        }
        seen.extend(frame.entries);
    }
    seen
}

pub async fn everything_outlives_a_restart(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut till = Till::joined(&*log, 1, store(1)).await;
    till.work(4, "a");
    let mut copy = till.copied_at(2);
    till.push(&*log, 1).await.unwrap();
    copy.work(1, "b");
    copy.push(&*log, 3).await.unwrap_err();
    let (before, kept, devices) = (log.read(all()).await.unwrap(), log.kept(till.log).await.unwrap(), log.devices().await.unwrap());
    drop(log);

    let log = ground.open().await;
    assert_eq!(log.read(all()).await.unwrap(), before);
    assert_eq!(log.kept(till.log).await.unwrap(), kept);
    assert_eq!(log.devices().await.unwrap(), devices);
    assert_eq!(*log.tip().borrow(), Tip { head: 4, ..Tip::default() });
    let mut other = Till::joined(&*log, 2, store(1)).await;
    other.work(1, "c");
    other.push(&*log, 1).await.unwrap();
    assert_eq!(log.read(Ask { after: 4, ..all() }).await.unwrap().upto, 5, "the sequence goes on where it was");
}

pub async fn own_operations_come_as_marks(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut a = Till::joined(&*log, 1, store(1)).await;
    let mut b = Till::joined(&*log, 2, store(1)).await;
    a.work(1, "a");
    b.work(1, "b");
    a.push(&*log, 1).await.unwrap();
    b.push(&*log, 1).await.unwrap();
    let frame = log.read(a.ask(0, 0)).await.unwrap();
    assert_eq!(frame.entries[0].op, None);
    assert_eq!(frame.entries[0].hash, a.hash_at(1));
    assert_eq!(frame.entries[1].op.as_ref(), b.ops().first());
}

pub async fn frames_are_cut_to_size(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut till = Till::joined(&*log, 1, store(1)).await;
    till.work(10, &"x".repeat(1000));
    till.push(&*log, 1).await.unwrap();
    let (mut after, mut frames) = (0, 0);
    while after < 10 {
        let frame = log.read(Ask { after, bytes_most: 5000, ..all() }).await.unwrap();
        assert_eq!((frame.head, frame.entries[0].gseq), (10, after + 1));
        assert!(frame.entries.len() <= 3);
        (after, frames) = (frame.upto, frames + 1);
    }
    assert_eq!(frames, 4);
    let one = log.read(Ask { bytes_most: 1, ..all() }).await.unwrap();
    assert_eq!(one.entries.len(), 1, "one comes whatever its size");
}

/// So many operations and so many keys, however small: a frame is applied whole.
pub async fn frames_are_cut_to_a_count(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut till = Till::joined(&*log, 1, store(1)).await;
    till.work(1000, "a");
    let keys = (0..1000u16).map(|n| key(n, 1)).collect();
    till.push_with(&*log, 1, keys).await.unwrap();
    let (mut ask, mut cuts) = (all(), Vec::new());
    while ask.after < 1000 {
        let frame = log.read(ask).await.unwrap();
        cuts.push((frame.beside.len(), frame.entries.len()));
        (ask.after, ask.beside_after) = (frame.upto, frame.beside_upto);
    }
    assert_eq!(cuts, [(600, 0), (400, 300), (0, 300), (0, 300), (0, 100)]);
    let few = log.read(Ask { most: Most { entries: 2, beside: 5 }, ..till.ask(990, 1000) }).await.unwrap();
    assert_eq!((few.entries.len(), few.upto, few.head), (2, 992, 1000), "marks are counted too");
    let none = log.read(Ask { most: Most { entries: 0, beside: 0 }, ..all() }).await.unwrap();
    assert_eq!((none.beside.len(), none.beside_upto), (1, 1), "one comes in any case");
}

pub async fn the_tip_wakes_who_waits(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut till = Till::joined(&*log, 1, store(1)).await;
    let mut tip = log.tip();
    assert_eq!(*tip.borrow_and_update(), Tip::default());
    till.work(3, "a");
    till.push(&*log, 1).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), tip.changed()).await.expect("woken").unwrap();
    assert_eq!(*tip.borrow_and_update(), Tip { head: 3, ..Tip::default() });
    till.push(&*log, 1).await.unwrap();
    assert!(!tip.has_changed().unwrap(), "nothing new, nobody woken");
}

pub async fn a_cursor_past_the_end_is_a_gap(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut till = Till::joined(&*log, 1, store(1)).await;
    till.work(2, "a");
    till.push(&*log, 1).await.unwrap();
    assert!(log.read(till.ask(2, 0)).await.unwrap().entries.is_empty());
    assert!(matches!(log.read(till.ask(3, 0)).await, Err(LogError::Gap { expected: 3 })));
    assert!(matches!(log.read(till.ask(2, 1)).await, Err(LogError::Gap { .. })));
    assert!(log.read(till.ask(u64::MAX, 0)).await.is_err());
}

pub async fn the_head_of_a_log_is_told(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut till = Till::joined(&*log, 1, store(1)).await;
    assert_eq!(log.log_head(till.log, 0).await.unwrap(), None);
    till.work(3, "a");
    till.push(&*log, 1).await.unwrap();
    for seq in 0..=3 {
        let head = log.log_head(till.log, seq).await.unwrap().unwrap();
        assert_eq!((head.device, head.seq, head.stopped, head.hash_at), (till.device, 3, false, Some(till.hash_at(seq))));
    }
    assert_eq!(log.log_head(till.log, 4).await.unwrap().unwrap().hash_at, None);
}
