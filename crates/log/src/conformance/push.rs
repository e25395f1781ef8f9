//! Taking segments: append, compare, refuse and keep.

use hefu_core::op::{BYTES_MOST, Hash, Operation, Part};

use super::{
    Ground, Till,
    till::{NOW, all, store},
};
use crate::{ChainLog, KeptFor, LogError};

async fn count(log: &dyn ChainLog) -> usize {
    log.read(all()).await.unwrap().entries.len()
}

pub async fn what_was_pushed_is_read_back(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut till = Till::joined(&*log, 1, store(1)).await;
    till.work(3, "a");
    assert_eq!(till.push(&*log, 1).await.unwrap(), 3);
    till.work(2, "b");
    assert_eq!(till.push(&*log, 4).await.unwrap(), 5);

    let frame = log.read(all()).await.unwrap();
    assert_eq!((frame.upto, frame.head, frame.beside_upto), (5, 5, 0));
    for (entry, n) in frame.entries.iter().zip(1u64..) {
        assert_eq!((entry.gseq, entry.seq, entry.log, entry.received_at), (n, n, till.log, NOW));
        assert_eq!(entry.hash, till.hash_at(n));
        assert_eq!(entry.op.as_ref(), till.ops().get(entry.seq as usize - 1));
    }
}

pub async fn pushing_again_is_acknowledged_for_ever(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut till = Till::joined(&*log, 1, store(1)).await;
    till.work(5, "a");
    till.push(&*log, 1).await.unwrap();
    for _ in 0..3 {
        assert_eq!(till.push(&*log, 1).await.unwrap(), 5);
        assert_eq!(till.push(&*log, 4).await.unwrap(), 5);
        assert_eq!(till.copied_at(2).push(&*log, 1).await.unwrap(), 5, "an old copy that has done nothing since");
    }
    assert_eq!(count(&*log).await, 5);
    drop(log);
    let log = ground.open().await;
    assert_eq!(till.push(&*log, 2).await.unwrap(), 5);
    assert_eq!(count(&*log).await, 5);
}

pub async fn an_overlap_appends_the_rest(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut till = Till::joined(&*log, 1, store(1)).await;
    till.work(3, "a");
    till.push(&*log, 1).await.unwrap();
    till.work(4, "b");
    assert_eq!(till.push(&*log, 2).await.unwrap(), 7);
    assert_eq!(count(&*log).await, 7);
    assert_eq!(log.log_head(till.log, 7).await.unwrap().unwrap().hash_at, Some(till.hash_at(7)));
}

pub async fn a_gap_says_what_is_expected(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut till = Till::joined(&*log, 1, store(1)).await;
    till.work(6, "a");
    assert!(matches!(till.push(&*log, 2).await, Err(LogError::Gap { expected: 1 })));
    till.copied_at(3).push(&*log, 1).await.unwrap();
    assert!(matches!(till.push(&*log, 5).await, Err(LogError::Gap { expected: 4 })));
    assert_eq!(till.push(&*log, 4).await.unwrap(), 6);
    let mut far = till.segment(4);
    far.from_seq = u64::MAX;
    let push = hefu_core::wire::Push { segment: far, signature: [0; 64], beside: Vec::new() };
    assert!(log.append(till.device, push, NOW).await.is_err());
    assert_eq!(count(&*log).await, 6);
}

pub async fn a_fork_is_kept_once_and_stops_the_log(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut till = Till::joined(&*log, 1, store(1)).await;
    till.work(4, "a");
    let mut copy = till.copied_at(3);
    till.push(&*log, 1).await.unwrap();

    copy.work(2, "another day");
    for _ in 0..2 {
        assert!(matches!(copy.push(&*log, 4).await, Err(LogError::Fork)));
        assert!(matches!(copy.push(&*log, 2).await, Err(LogError::Fork)));
    }
    let kept = log.kept(till.log).await.unwrap();
    assert_eq!(kept.iter().map(|kept| (kept.seq, kept.why)).collect::<Vec<_>>(), [(4, KeptFor::Fork), (5, KeptFor::Fork)]);
    assert_eq!(kept[0].prev, till.hash_at(3));
    assert_eq!((&kept[0].op, kept[0].hash), (&copy.ops()[3], copy.hash_at(4)));
    assert_eq!((&kept[1].op, kept[1].hash), (&copy.ops()[4], copy.hash_at(5)));

    // The first disk is stopped too: which of them goes on is for a person to say. What it adds is kept as well.
    till.work(1, "b");
    assert!(matches!(till.push(&*log, 5).await, Err(LogError::Fork)));
    assert_eq!(log.kept(till.log).await.unwrap().len(), 3);
    assert_eq!(till.copied_at(4).push(&*log, 1).await.unwrap(), 4, "what is held is still acknowledged");
    assert_eq!(count(&*log).await, 4);
    assert!(log.device(till.device).await.unwrap().unwrap().stopped);
    assert!(log.log_head(till.log, 0).await.unwrap().unwrap().stopped);
}

pub async fn a_fork_further_back_is_found_by_its_prev(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut till = Till::joined(&*log, 1, store(1)).await;
    till.work(4, "a");
    let mut copy = till.copied_at(2);
    till.push(&*log, 1).await.unwrap();
    copy.work(3, "b");
    assert!(matches!(copy.push(&*log, 5).await, Err(LogError::Fork)));
    assert_eq!(log.kept(till.log).await.unwrap().len(), 1);
}

pub async fn a_revoked_device_is_refused_and_its_bytes_kept(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut till = Till::joined(&*log, 1, store(1)).await;
    till.work(2, "a");
    till.push(&*log, 1).await.unwrap();
    log.revoke(till.device, NOW).await.unwrap();
    till.work(2, "b");
    for _ in 0..2 {
        assert!(matches!(till.push(&*log, 1).await, Err(LogError::Revoked)));
    }
    let kept = log.kept(till.log).await.unwrap();
    assert_eq!(kept.iter().map(|kept| (kept.seq, kept.why)).collect::<Vec<_>>(), [(3, KeptFor::Revoked), (4, KeptFor::Revoked)]);
    till.work(3, "c");
    assert!(matches!(till.push(&*log, 6).await, Err(LogError::Revoked)));
    assert_eq!(log.kept(till.log).await.unwrap().len(), 4, "kept even when something before it is missing");
    assert_eq!(count(&*log).await, 2);
}

/// A long branch comes in several segments: each is kept, also behind the first and across a hole; and who only asks is
/// told what is missing.
pub async fn what_comes_after_a_refusal_is_kept_wherever_it_stands(ground: &dyn Ground) {
    let log = ground.open().await;
    let (mut a, mut b) = (Till::joined(&*log, 1, store(1)).await, Till::joined(&*log, 2, store(2)).await);
    a.work(4, "a");
    let mut copy = a.copied_at(3);
    a.push(&*log, 1).await.unwrap();
    copy.work(5, "b");
    for upto in [5, 7, 8] {
        assert!(matches!(copy.copied_at(upto).push(&*log, upto as u64 - 1).await, Err(LogError::Fork)), "up to {upto}");
    }
    let kept = log.kept(a.log).await.unwrap();
    assert_eq!(kept.iter().map(|kept| kept.seq).collect::<Vec<_>>(), [4, 5, 6, 7, 8]);
    assert!(kept.iter().all(|kept| kept.why == KeptFor::Fork && Some(&kept.op) == copy.ops().get(kept.seq as usize - 1)));
    assert!(matches!(copy.push(&*log, 9).await, Err(LogError::Gap { expected: 5 })), "nothing was sent that could be kept");

    b.work(2, "b");
    b.push(&*log, 1).await.unwrap();
    log.revoke(b.device, NOW).await.unwrap();
    b.work(4, "b");
    assert!(matches!(b.push(&*log, 7).await, Err(LogError::Gap { expected: 3 })));
    for from in [3, 5] {
        assert!(matches!(b.copied_at(from + 1).push(&*log, from as u64).await, Err(LogError::Revoked)));
    }
    assert_eq!(log.kept(b.log).await.unwrap().iter().map(|kept| kept.seq).collect::<Vec<_>>(), [3, 4, 5, 6]);
    assert_eq!(count(&*log).await, 6);
}

pub async fn a_log_belongs_to_its_first_device(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut till = Till::joined(&*log, 1, store(1)).await;
    let mut thief = Till::joined(&*log, 2, store(1)).await;
    till.work(1, "a");
    till.push(&*log, 1).await.unwrap();
    thief.log = till.log;
    thief.work(1, "a");
    assert!(matches!(thief.push(&*log, 1).await, Err(LogError::NotYours)));
    assert!(log.kept(till.log).await.unwrap().is_empty());
    let mut stranger = thief.copied_at(0);
    stranger.device = hefu_core::ids::DeviceId::from_bytes([9; 16]);
    stranger.log = hefu_core::ids::LogId::from_bytes([9; 16]);
    stranger.work(1, "a");
    assert!(matches!(stranger.push(&*log, 1).await, Err(LogError::DeviceUnknown)));
}

pub async fn a_head_in_the_wrong_place_is_damaged(ground: &dyn Ground) {
    let log = ground.open().await;
    let till = Till::joined(&*log, 1, store(1)).await;
    let other = Till::joined(&*log, 2, store(1)).await;
    let mut elsewhere = till.clone();
    elsewhere.log = other.log;
    let heads = [till.head(2, "a"), elsewhere.head(1, "a"), other.head(1, "a"), b"{}".to_vec(), b"\xff".to_vec(), Vec::new()];
    for head in heads {
        let mut bad = till.clone();
        bad.put(Operation { head: head.clone(), detail: Part::NONE, sealed: Part::NONE });
        let refused = bad.push(&*log, 1).await;
        assert!(matches!(refused, Err(LogError::Damaged)), "{}", String::from_utf8_lossy(&head));
    }
    let mut unrooted = till.clone();
    unrooted.work(1, "a");
    let mut segment = unrooted.segment(1);
    segment.prev = Hash::of(b"somewhere");
    let push = hefu_core::wire::Push { segment, signature: [0; 64], beside: Vec::new() };
    assert!(matches!(log.append(till.device, push, NOW).await, Err(LogError::Damaged)));
    assert_eq!(count(&*log).await, 0);
}

/// The log never refuses a fact for what it says (I14).
pub async fn what_is_not_known_is_taken_as_it_is(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut till = Till::joined(&*log, 1, store(1)).await;
    let head = format!(r#"{{"v":9,"seq":1,"device":"{}","log":"{}","news":{{"x":[1.5e3]}}}}"#, till.device, till.log);
    till.put(Operation { head: head.into_bytes(), detail: Part::Here(vec![0, 255]), sealed: Part::Here(vec![7]) });
    assert_eq!(till.push(&*log, 1).await.unwrap(), 1);
    assert_eq!(log.read(all()).await.unwrap().entries[0].op.as_ref(), till.ops().first());
}

pub async fn absent_parts_stay_absent(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut till = Till::joined(&*log, 1, store(1)).await;
    let head = till.head(1, "a");
    let whole = Operation { head: head.clone(), detail: Part::Here(b"lines".to_vec()), sealed: Part::Here(b"name".to_vec()) };
    let part = Operation { head, detail: Part::Here(b"lines".to_vec()), sealed: Part::Absent(Hash::of(b"name")) };
    till.put(part.clone());
    till.push(&*log, 1).await.unwrap();
    let entry = log.read(all()).await.unwrap().entries.remove(0);
    assert_eq!(entry.op, Some(part));
    assert_eq!(entry.hash, whole.hash(Hash::start_of(till.log)), "the chain is the same as with the part");
    let mut with = till.copied_at(0);
    with.put(whole);
    assert_eq!(with.push(&*log, 1).await.unwrap(), 1, "and the same operation with its part is no fork");
}

pub async fn an_operation_too_large_is_refused(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut till = Till::joined(&*log, 1, store(1)).await;
    let head = till.head(1, "a");
    let room = BYTES_MOST - head.len();
    let mut large = till.clone();
    large.put(Operation { head: head.clone(), detail: Part::Here(vec![0; room + 1]), sealed: Part::NONE });
    assert!(matches!(large.push(&*log, 1).await, Err(LogError::TooLarge)));
    till.put(Operation { head, detail: Part::Here(vec![0; room]), sealed: Part::NONE });
    assert_eq!(till.push(&*log, 1).await.unwrap(), 1);
}

/// Pushes of any stretch in any order, repeated and overlapping, by three tills: what is acknowledged is what a plain
/// count says, and it is all there once.
pub async fn any_pushes_agree_with_a_plain_count(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut tills = [Till::joined(&*log, 1, store(1)).await, Till::joined(&*log, 2, store(1)).await, Till::joined(&*log, 3, None).await];
    let mut held = [0u64; 3];
    let mut dice = Dice(0x5eed);
    for round in 0..150 {
        let n = dice.below(3);
        let till = &mut tills[n];
        till.work(dice.below(4), &round.to_string());
        let to = dice.below(till.ops().len() + 1);
        let from = dice.below(to + 1) as u64 + 1;
        let pushed = till.copied_at(to).push(&*log, from).await;
        if from > held[n] + 1 {
            assert!(matches!(pushed, Err(LogError::Gap { expected }) if expected == held[n] + 1), "round {round}");
        } else {
            held[n] = held[n].max(to as u64);
            assert_eq!(pushed.unwrap(), held[n], "round {round}");
        }
    }
    let frame = log.read(all()).await.unwrap();
    assert!(frame.entries.iter().map(|entry| entry.gseq).eq(1..=held.iter().sum()));
    for (till, held) in tills.iter().zip(held) {
        let ops = frame.entries.iter().filter(|entry| entry.log == till.log).filter_map(|entry| entry.op.as_ref());
        assert!(ops.eq(&till.ops()[..usize::try_from(held).unwrap()]));
        assert!(log.kept(till.log).await.unwrap().is_empty());
    }
}

/// Numbers that look random and are the same each time.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }
}
