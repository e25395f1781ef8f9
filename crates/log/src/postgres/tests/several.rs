//! Several server processes over one database, each a thread with a runtime and connections of its own (E7).

use std::{
    collections::BTreeSet,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use hefu_core::{
    ids::DeviceId,
    lease::{Amount, Answer, Denial, Lendable, Term},
    op::Leased,
};
use tokio::{runtime::Runtime, task::JoinSet};

use super::{assert_whole, entries, fresh, open};
use crate::{
    Applicant, Ask, ChainLog, Devices, Invitation, Leases, LogError,
    conformance::{
        Till,
        leases::{ask, figures, loaded},
        money::{COUPON, POINTS, PRINCIPAL, coupon_issued},
        till::{NOW, all, store},
    },
};

/// A server process as far as the log is concerned.
pub fn process<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    thread::spawn(move || Runtime::new().unwrap().block_on(work))
}

/// Three processes take pushes of three tills each, while a fourth follows the sequence by its tip alone: were a number given
/// before its commit, it would skip some for ever.
#[test]
fn they_make_one_sequence_without_gaps() {
    const PUSHES: u64 = 15;
    let base = fresh();
    let address = base.0.address();
    let total = 3 * 3 * PUSHES * 2;
    let reader = process({
        let address = address.clone();
        async move {
            let log = open(&address).await;
            let (mut tip, mut seen) = (log.tip(), Vec::new());
            while (seen.len() as u64) < total {
                tip.borrow_and_update();
                let more = entries(&log, seen.len() as u64).await;
                if more.is_empty() {
                    tokio::time::timeout(Duration::from_secs(60), tip.changed()).await.expect("the reader skipped something").unwrap();
                }
                seen.extend(more);
            }
            seen
        }
    });
    let writers = (0..3u8).map(|at| {
        let address = address.clone();
        process(async move {
            let log = open(&address).await;
            let mut tills = Vec::new();
            for n in 1..=3 {
                tills.push(Till::joined(&log, at * 3 + n, store(at)).await);
            }
            for push in 0..PUSHES {
                for till in &mut tills {
                    till.work(2, "a");
                    assert_eq!(till.push(&log, push * 2 + 1).await.unwrap(), push * 2 + 2);
                }
            }
            tills
        })
    });
    let writers: Vec<_> = writers.collect();
    let tills: Vec<_> = writers.into_iter().flat_map(|writer| writer.join().unwrap()).map(|till| (till, PUSHES * 2)).collect();
    let seen = reader.join().unwrap();
    assert_eq!(seen.len() as u64, total);
    assert_whole(&seen, &tills);
}

/// A till that got no answer from one process pushes the same to another, while the first is still at it.
#[test]
fn one_push_through_two_of_them_is_there_once() {
    let base = fresh();
    let address = base.0.address();
    let mut till = Runtime::new().unwrap().block_on(async { Till::joined(&open(&address).await, 1, store(1)).await });
    till.work(30, "a");
    let pushers: Vec<_> = (0..3)
        .map(|_| {
            let (address, till) = (address.clone(), till.clone());
            process(async move {
                let log = open(&address).await;
                for upto in 1..=30 {
                    assert!(till.copied_at(upto).push(&log, 1).await.unwrap() >= upto as u64);
                }
            })
        })
        .collect();
    for pusher in pushers {
        pusher.join().unwrap();
    }
    let seen = Runtime::new().unwrap().block_on(async { entries(&open(&address).await, 0).await });
    assert_eq!(seen.len(), 30);
    assert_whole(&seen, &[(till, 30)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_is_woken_by_what_another_wrote_and_reads_it() {
    let base = fresh();
    let (here, there) = (open(&base.0.address()).await, open(&base.0.address()).await);
    let mut till = Till::joined(&here, 1, store(1)).await;
    let mut tip = there.tip();
    tip.borrow_and_update();
    for round in 0..5 {
        till.work(1, "a");
        till.push(&here, round + 1).await.unwrap();
        tokio::time::timeout(Duration::from_secs(10), tip.wait_for(|tip| tip.head == round + 1)).await.expect("woken").unwrap();
        let frame = there.read(Ask { after: round, ..all() }).await.unwrap();
        assert_eq!(frame.entries[0].op.as_ref(), till.ops().last());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_at_one_holds_at_another_at_once() {
    let base = fresh();
    let (here, there) = (open(&base.0.address()).await, open(&base.0.address()).await);
    let mut till = Till::joined(&here, 1, store(1)).await;
    till.work(1, "a");
    till.push(&here, 1).await.unwrap();
    there.revoke(till.device, NOW).await.unwrap();
    till.work(1, "b");
    assert!(matches!(till.push(&here, 2).await, Err(LogError::Revoked)));
    assert_eq!(there.kept(till.log).await.unwrap().len(), 1);
}

/// Numbers of tills follow on each other, whoever gives them out; and a device seen by one is not shown as it was to another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tills_join_at_two_of_them_at_once() {
    let base = fresh();
    let (here, there) = (Arc::new(open(&base.0.address()).await), Arc::new(open(&base.0.address()).await));
    let mut joining = JoinSet::new();
    for n in 1..=12u8 {
        let log = if n % 2 == 0 { here.clone() } else { there.clone() };
        joining.spawn(async move {
            let secret = n.to_string();
            let invitation = Invitation { secret: secret.clone(), store: store(1), issued_at: NOW, expires_at: NOW + 1 };
            log.invite(invitation.clone()).await.unwrap();
            log.invite(invitation).await.unwrap();
            log.enrol(Applicant { secret, key: [n; 32], device: DeviceId::from_bytes([n; 16]) }, NOW).await.unwrap().till_no
        });
    }
    let numbers: BTreeSet<u32> = joining.join_all().await.into_iter().collect();
    assert_eq!(numbers, (1..=12).collect());

    let device = DeviceId::from_bytes([1; 16]);
    here.seen(device, NOW + 10, 7).await.unwrap();
    there.seen(device, NOW + 20, 0).await.unwrap();
    for log in [&here, &there] {
        let seen = log.device(device).await.unwrap().unwrap();
        assert_eq!((seen.last_seen_at, seen.unsent), (Some(NOW + 20), 0));
    }
}

/// Four processes ask for one account while two of them push spends and top-ups of it: what is lent is never more than is free, and
/// nobody waits for somebody who waits for them.
#[test]
fn what_is_free_is_lent_once_whoever_asks() {
    const ASKS: u8 = 30;
    let base = fresh();
    let address = base.0.address();
    let (mut a, b) = Runtime::new().unwrap().block_on(async { loaded(&open(&address).await, 1000).await });
    for n in 1..=20 {
        a.says(a.top_up(10), &Leased::NONE);
        a.says(a.card_sale(n, 5), &Leased::NONE);
        a.says(a.reward_sale(n, 3, 1, false), &Leased::NONE);
    }
    let pushers = [a.clone(), a.clone()].map(|till| {
        let address = address.clone();
        process(async move {
            let log = open(&address).await;
            for upto in 2..=till.ops().len() {
                let held = till.copied_at(upto).push(&log, 1).await.unwrap();
                assert!(held >= upto as u64);
            }
            0
        })
    });
    let askers = [(&a, 1), (&b, 1 + ASKS), (&a, 1 + 2 * ASKS), (&b, 1 + 3 * ASKS)].map(|(till, first)| {
        let (address, till) = (address.clone(), till.clone());
        process(async move {
            let log = open(&address).await;
            let mut lent = 0;
            for n in first..first + ASKS {
                // Two accounts in one request, each time the other way round.
                let mut asks = vec![till.asks(n, PRINCIPAL, 11, Term::Hold), till.asks(n + 4 * ASKS, POINTS, 1, Term::Hold)];
                if n % 2 == 0 {
                    asks.reverse();
                }
                let answers = log.lend(till.holder(), asks.clone()).await.unwrap();
                assert_eq!(log.lend(till.holder(), asks).await.unwrap(), answers);
                let granted = |answer: &Answer| matches!(answer, Answer::Granted(grant) if grant.account == PRINCIPAL);
                lent += if answers.iter().any(granted) { 11 } else { 0 };
                log.call_back(till.holder(), PRINCIPAL, Amount::constant(5)).await.unwrap();
            }
            lent
        })
    });
    for pusher in pushers {
        pusher.join().unwrap();
    }
    let lent: i64 = askers.into_iter().map(|asker| asker.join().unwrap()).sum();
    let [free, still, spent, owed] = Runtime::new().unwrap().block_on(async { figures(&open(&address).await, PRINCIPAL).await });
    assert_eq!((still, spent), (lent, 100));
    assert_eq!(free - owed + lent, 1000 + 200 - 100);
    assert!(lent > 900, "{lent}");
    assert_eq!(base.0.psql("SELECT deadlocks FROM pg_stat_database WHERE datname = 'postgres'").unwrap(), "0");
}

/// What is called back at one process wakes who waits at another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recall_at_one_is_heard_at_another() {
    let base = fresh();
    let (here, there) = (open(&base.0.address()).await, open(&base.0.address()).await);
    let (a, b) = loaded(&here, 100).await;
    ask(&here, &a, 1, PRINCIPAL, 100).await.unwrap();
    let mut tip = there.tip();
    there.call_back(b.holder(), PRINCIPAL, Amount::constant(40)).await.unwrap();
    here.call_back(b.holder(), PRINCIPAL, Amount::constant(40)).await.unwrap();
    tokio::time::timeout(Duration::from_secs(10), tip.wait_for(|tip| tip.recalls == 1)).await.expect("woken").unwrap();
    let mut tip = here.tip();
    tokio::time::timeout(Duration::from_secs(10), tip.wait_for(|tip| tip.recalls == 1)).await.expect("woken").unwrap();
    assert_eq!(here.recalls(a.log).await.unwrap().len(), 1);
}

/// The database as a program left it that counted each refund which gives a coupon back: two processes that open it at once take back what
/// is too much, once.
#[test]
fn what_came_back_too_often_is_taken_back_once() {
    let base = fresh();
    let address = base.0.address();
    let coupon = Lendable::Coupon(COUPON);
    Runtime::new().unwrap().block_on(async {
        let log = open(&address).await;
        let (mut a, mut b) = loaded(&log, 100).await;
        let mut hq = Till::joined(&log, 3, None).await;
        hq.says(coupon_issued(), &Leased::NONE);
        hq.push(&log, 1).await.unwrap();
        a.says(a.reward_sale(1, 0, 0, true), &Leased::NONE);
        for _ in 0..3 {
            a.says(a.refund(1, 10, 0, true), &Leased::NONE);
            b.says(b.refund(1, 10, 0, true), &Leased::NONE);
        }
        a.push(&log, 2).await.unwrap();
        b.push(&log, 1).await.unwrap();
    });
    let dump = "SELECT string_agg(e::text, ' ' ORDER BY account) || (SELECT string_agg(c::text, ' ') FROM hefu_log.coupon_return c)
                || (SELECT h::text FROM hefu_log.head h) FROM hefu_log.escrow e";
    let eager = base.0.psql(dump).unwrap();
    base.0
        .psql(
            "SET search_path = hefu_log; UPDATE escrow SET credited = credited + 5, free = free + 5 WHERE spent = 1;
             DROP TABLE coupon_return; ALTER TABLE head DROP COLUMN returned; DELETE FROM step WHERE no = 3",
        )
        .unwrap();
    let openers = [0, 1].map(|_| {
        let address = address.clone();
        process(async move { figures(&open(&address).await, coupon).await })
    });
    for opener in openers {
        assert_eq!(opener.join().unwrap(), [1, 0, 1, 0]);
    }
    assert_eq!(base.0.psql(dump).unwrap(), eager);
    // A program that counts each refund may append no more.
    assert!(base.0.psql("UPDATE hefu_log.head SET seq = seq + 1, escrowed = escrowed + 1").is_err());
}

/// The database as a program left it that knew no accounts: two processes that open it at once read it once.
#[test]
fn an_older_log_reads_its_accounts_once() {
    let base = fresh();
    let address = base.0.address();
    let (mut a, b) = Runtime::new().unwrap().block_on(async { loaded(&open(&address).await, 100).await });
    for n in 1..=40 {
        a.says(a.card_sale(n, 4), &Leased::NONE);
    }
    Runtime::new().unwrap().block_on(async { a.push(&open(&address).await, 2).await.unwrap() });
    let dump =
        "SELECT string_agg(e::text, ' ' ORDER BY account) || (SELECT string_agg(x::text, ' ' ORDER BY gseq) FROM hefu_log.exception x)
                || (SELECT h::text FROM hefu_log.head h) FROM hefu_log.escrow e";
    let eager = base.0.psql(dump).unwrap();
    base.0
        .psql(
            "SET search_path = hefu_log; DROP TABLE escrow, lease, lease_floor, lease_release, exception, coupon_return;
             ALTER TABLE head DROP CONSTRAINT head_escrowed, DROP COLUMN recall_seq, DROP COLUMN escrowed, DROP COLUMN building,
                DROP COLUMN returned;
             ALTER TABLE log DROP COLUMN founder; DELETE FROM step WHERE no > 1",
        )
        .unwrap();
    let openers = [0, 1].map(|_| {
        let address = address.clone();
        process(async move { figures(&open(&address).await, PRINCIPAL).await })
    });
    for opener in openers {
        assert_eq!(opener.join().unwrap(), [0, 0, 160, 60]);
    }
    assert_eq!(base.0.psql(dump).unwrap(), eager);
    // A program that knows no accounts would leave them behind: it may append no more.
    assert!(base.0.psql("UPDATE hefu_log.head SET seq = seq + 1").is_err());
    assert_eq!(Runtime::new().unwrap().block_on(async { ask(&open(&address).await, &b, 1, PRINCIPAL, 1).await }), Err(Denial::TooLittle));
}
