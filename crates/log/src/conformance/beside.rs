//! Keys and credentials: what stands, who gets it, and that it comes first.

use hefu_core::{
    ids::{StaffId, StoreId},
    seal::PersonKey,
    wire::{Beside, Push},
};
use uuid::Uuid;

use super::{
    Ground, Till,
    till::{NOW, all, store},
};
use crate::{Ask, Audience, LogError};

pub(super) fn key(person: u16, byte: u8) -> Beside {
    Beside::Key { person: Uuid::from_u128(person.into()), key: PersonKey::new([byte; 32]) }
}

fn credential(staff: u8, store: Option<StoreId>, phc: &str, set_at: i64) -> Beside {
    Beside::Credential { staff: StaffId::from_bytes([staff; 16]), store, phc: phc.into(), set_at }
}

pub async fn the_first_key_and_the_latest_credential_stand(ground: &dyn Ground) {
    let log = ground.open().await;
    let hq = Till::joined(&*log, 1, None).await;
    let put = async |item: Beside| hq.push_with(&*log, 1, vec![item]).await.unwrap();
    put(key(1, 1)).await;
    put(key(1, 2)).await;
    put(credential(1, None, "m", 10)).await;
    put(credential(1, None, "z", 9)).await;
    put(credential(1, None, "a", 10)).await;
    assert_eq!(log.read(all()).await.unwrap().beside, [key(1, 1), credential(1, None, "m", 10)]);
    let seen = log.read(all()).await.unwrap().beside_upto;

    put(credential(1, None, "n", 10)).await;
    put(credential(1, store(4), "b", 11)).await;
    let frame = log.read(Ask { beside_after: seen, ..all() }).await.unwrap();
    assert_eq!(frame.beside, [credential(1, store(4), "b", 11)], "a change comes again, past every cursor");
    assert!(log.read(Ask { beside_after: frame.beside_upto, ..all() }).await.unwrap().beside.is_empty());
}

pub async fn credentials_go_to_their_store_and_hq(ground: &dyn Ground) {
    let log = ground.open().await;
    let hq = Till::joined(&*log, 1, None).await;
    let items = vec![credential(1, store(1), "one", 1), credential(2, store(2), "two", 1), credential(3, None, "hq", 1), key(1, 1)];
    hq.push_with(&*log, 1, items.clone()).await.unwrap();
    let read = async |audience| log.read(Ask { audience, ..all() }).await.unwrap();
    let one = read(Audience::Store(store(1).unwrap())).await;
    assert_eq!(one.beside, [items[0].clone(), items[3].clone()]);
    let three = read(Audience::Store(store(3).unwrap())).await;
    assert_eq!(three.beside, [items[3].clone()]);
    let all = read(Audience::Hq).await;
    assert_eq!(all.beside, items);
    assert_eq!([one.beside_upto, three.beside_upto, all.beside_upto], [4; 3], "what is not for the reader is passed over");
}

/// With more beside than fits, frames bring that alone until the last of it; keys never lag behind operations.
pub async fn nothing_is_shown_before_what_goes_beside_it(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut till = Till::joined(&*log, 1, store(1)).await;
    for n in 0..30 {
        till.work(1, "a");
        till.push_with(&*log, n + 1, vec![key(u16::try_from(n).unwrap(), 1)]).await.unwrap();
    }
    let (mut ask, mut keys, mut ops) = (Ask { bytes_most: 1000, ..all() }, 0, 0);
    while ops < 30 {
        let frame = log.read(ask).await.unwrap();
        keys += frame.beside.len();
        ops += frame.entries.len();
        assert!(ops == 0 || keys == 30, "{ops} operations came with {keys} keys");
        assert!(frame.beside_upto > ask.beside_after || frame.upto > ask.after, "every frame gets on");
        (ask.after, ask.beside_after) = (frame.upto, frame.beside_upto);
    }
}

pub async fn a_push_of_nothing_but_beside(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut till = Till::joined(&*log, 1, store(1)).await;
    assert_eq!(till.push_with(&*log, 1, vec![key(1, 1)]).await.unwrap(), 0);
    till.work(2, "a");
    till.push(&*log, 1).await.unwrap();
    let mut tip = log.tip();
    tip.borrow_and_update();
    assert_eq!(till.push_with(&*log, 3, vec![key(2, 1)]).await.unwrap(), 2);
    assert!(tip.has_changed().unwrap(), "who waits gets it");
    assert_eq!(log.read(all()).await.unwrap().beside, [key(1, 1), key(2, 1)]);
}

pub async fn a_store_cannot_set_how_hq_signs_in(ground: &dyn Ground) {
    let log = ground.open().await;
    let till = Till::joined(&*log, 1, store(1)).await;
    till.push_with(&*log, 1, vec![credential(1, None, "mine", 99), credential(2, store(1), "two", 1)]).await.unwrap();
    assert_eq!(log.read(all()).await.unwrap().beside, [credential(2, store(1), "two", 1)]);

    // Nor take over who signs in at HQ or elsewhere, whatever it calls its own.
    let hq = Till::joined(&*log, 2, None).await;
    let items = vec![credential(3, None, "admin", 1), credential(4, store(2), "four", 1)];
    hq.push_with(&*log, 1, items.clone()).await.unwrap();
    let stolen =
        vec![credential(3, store(1), "mine", 99), credential(4, store(1), "mine", 99), credential(5, store(2), "mine", 99), key(1, 1)];
    for _ in 0..2 {
        till.push_with(&*log, 1, stolen.clone()).await.unwrap();
    }
    let stands = [credential(2, store(1), "two", 1), items[0].clone(), items[1].clone(), key(1, 1)];
    assert_eq!(log.read(all()).await.unwrap().beside, stands);
    // Its own it changes, and HQ may change any.
    till.push_with(&*log, 1, vec![credential(2, store(1), "new", 2)]).await.unwrap();
    hq.push_with(&*log, 1, vec![credential(2, store(3), "moved", 3)]).await.unwrap();
    till.push_with(&*log, 1, vec![credential(2, store(1), "back", 4)]).await.unwrap();
    assert_eq!(log.read(all()).await.unwrap().beside.last(), Some(&credential(2, store(3), "moved", 3)));
}

/// A clock far ahead: the credential counts from when it came, and a later one replaces it.
pub async fn a_credential_of_the_future_is_replaced(ground: &dyn Ground) {
    let log = ground.open().await;
    let till = Till::joined(&*log, 1, store(1)).await;
    let put = async |item: Beside, at: i64| {
        let push = Push { segment: till.segment(1), signature: [1; 64], beside: vec![item] };
        log.append(till.device, push, at).await.unwrap();
        log.read(all()).await.unwrap()
    };
    let far = credential(1, store(1), "far", i64::MAX);
    assert_eq!(put(far.clone(), NOW).await.beside, [credential(1, store(1), "far", NOW)]);
    let again = put(far, NOW + 5).await;
    assert_eq!((again.beside, again.beside_upto), (vec![credential(1, store(1), "far", NOW)], 1));
    assert_eq!(put(credential(1, store(1), "now", NOW + 10), NOW + 20).await.beside, [credential(1, store(1), "now", NOW + 10)]);
}

pub async fn a_refused_push_leaves_nothing_beside(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut till = Till::joined(&*log, 1, store(1)).await;
    till.work(3, "a");
    assert!(matches!(till.push_with(&*log, 2, vec![key(1, 1)]).await, Err(LogError::Gap { .. })));
    log.revoke(till.device, 1).await.unwrap();
    assert!(matches!(till.push_with(&*log, 1, vec![key(1, 1)]).await, Err(LogError::Revoked)));
    assert!(log.read(all()).await.unwrap().beside.is_empty());
}
