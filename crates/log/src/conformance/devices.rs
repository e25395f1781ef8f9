//! Joining, numbering, revoking; and the server's settings.

use hefu_core::ids::{DeviceId, StoreId};

use super::{
    Ground, Till,
    till::{NOW, store},
};
use crate::{Applicant, ChainLog, Device, Invitation, LogError};

async fn invite(log: &dyn ChainLog, secret: &str, store: Option<StoreId>) {
    let invitation = Invitation { secret: secret.into(), store, issued_at: NOW, expires_at: NOW + 1000 };
    log.invite(invitation).await.unwrap();
}

async fn enrol(log: &dyn ChainLog, secret: &str, n: u8, at: i64) -> Result<Device, LogError> {
    log.enrol(Applicant { secret: secret.into(), key: [n; 32], device: DeviceId::from_bytes([n; 16]) }, at).await
}

pub async fn a_code_serves_one_key_and_that_for_ever(ground: &dyn Ground) {
    let log = ground.open().await;
    invite(&*log, "s", store(1)).await;
    assert!(matches!(enrol(&*log, "t", 1, NOW).await, Err(LogError::EnrolWrong)));
    assert!(matches!(enrol(&*log, "", 1, NOW).await, Err(LogError::EnrolWrong)));
    let joined = enrol(&*log, "s", 1, NOW).await.unwrap();
    assert_eq!((joined.store, joined.till_no, joined.key, joined.enrolled_at), (store(1), 1, [1; 32], NOW));

    // The answer was lost: the till asks again, under another id that it does not know to be another.
    let again = Applicant { secret: "s".into(), key: [1; 32], device: DeviceId::from_bytes([7; 16]) };
    assert_eq!(log.enrol(again, NOW + 5000).await.unwrap(), joined);
    assert!(matches!(enrol(&*log, "s", 2, NOW).await, Err(LogError::EnrolUsed)));
    assert_eq!(log.devices().await.unwrap(), [joined]);
}

pub async fn a_code_expires(ground: &dyn Ground) {
    let log = ground.open().await;
    invite(&*log, "s", store(1)).await;
    assert!(matches!(enrol(&*log, "s", 1, NOW + 1000).await, Err(LogError::EnrolOld)));
    assert!(enrol(&*log, "s", 1, NOW + 999).await.is_ok());
}

pub async fn tills_are_numbered_in_their_store(ground: &dyn Ground) {
    let log = ground.open().await;
    let stores = [store(1), store(2), store(1), None, store(1), None];
    for (n, store) in (0u8..).zip(stores) {
        invite(&*log, &n.to_string(), store).await;
    }
    // In the order of joining, not of inviting; a revoked till's number is not given again.
    let mut numbers = Vec::new();
    for n in [4u8, 0, 1, 2, 3, 5] {
        let device = enrol(&*log, &n.to_string(), n + 1, NOW).await.unwrap();
        log.revoke(device.device, NOW).await.unwrap();
        numbers.push((device.store, device.till_no));
    }
    assert_eq!(numbers, [(store(1), 1), (store(1), 2), (store(2), 1), (store(1), 3), (None, 1), (None, 2)]);
}

pub async fn a_revocation_stands(ground: &dyn Ground) {
    let log = ground.open().await;
    let till = Till::joined(&*log, 1, store(1)).await;
    log.revoke(till.device, NOW).await.unwrap();
    log.revoke(till.device, NOW + 1).await.unwrap();
    assert_eq!(log.device(till.device).await.unwrap().unwrap().revoked_at, Some(NOW));
    let nobody = DeviceId::from_bytes([9; 16]);
    assert!(matches!(log.revoke(nobody, NOW).await, Err(LogError::DeviceUnknown)));
    assert_eq!(log.device(nobody).await.unwrap(), None);
}

pub async fn who_was_seen_is_told(ground: &dyn Ground) {
    let log = ground.open().await;
    let till = Till::joined(&*log, 1, store(1)).await;
    assert_eq!(log.device(till.device).await.unwrap().unwrap().last_seen_at, None);
    log.seen(till.device, NOW, 7).await.unwrap();
    log.seen(till.device, NOW + 10, 3).await.unwrap();
    let device = log.devices().await.unwrap().remove(0);
    assert_eq!((device.last_seen_at, device.unsent), (Some(NOW + 10), 3));
    log.seen(till.device, NOW + 3_600_000, 0).await.unwrap();
    drop(log);
    let device = ground.open().await.device(till.device).await.unwrap().unwrap();
    assert_eq!((device.last_seen_at, device.unsent), (Some(NOW + 3_600_000), 0));
}

pub async fn settings_are_kept(ground: &dyn Ground) {
    let log = ground.open().await;
    assert_eq!(log.setting("a").await.unwrap(), None);
    log.set_setting("a", Some(vec![1])).await.unwrap();
    log.set_setting("b", Some(Vec::new())).await.unwrap();
    log.set_setting("a", Some(vec![2, 3])).await.unwrap();
    drop(log);
    let log = ground.open().await;
    assert_eq!(log.setting("a").await.unwrap(), Some(vec![2, 3]));
    assert_eq!(log.setting("b").await.unwrap(), Some(Vec::new()));
    log.set_setting("a", None).await.unwrap();
    assert_eq!(log.setting("a").await.unwrap(), None);
}
