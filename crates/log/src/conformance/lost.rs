//! What becomes of what a lost till was lent (E5).

use hefu_core::{
    ids::{LeaseId, StaffId},
    lease::{Amount, Denial, Release, Stage, Term, What},
    op::Leased,
};

use super::{
    Ground,
    leases::{ask, broken, figures, loaded},
    money::{PRINCIPAL, seal, used},
    till::NOW,
};
use crate::{ChainLog, Freed, LogError};

const DAY: i64 = 86_400_000;

fn lease(n: u8) -> LeaseId {
    LeaseId::from_bytes([n; 16])
}

async fn stage(log: &dyn ChainLog, n: u8) -> Stage {
    log.escrow(PRINCIPAL).await.unwrap().lease(lease(n)).unwrap().stage
}

pub async fn a_revoked_device_is_in_doubt(ground: &dyn Ground) {
    let log = ground.open().await;
    let (a, b) = loaded(&*log, 100).await;
    ask(&*log, &a, 1, PRINCIPAL, 60).await.unwrap();
    log.call_back(b.holder(), PRINCIPAL, Amount::new(100).unwrap()).await.unwrap();
    log.revoke(a.device, NOW + 5).await.unwrap();
    log.revoke(a.device, NOW + 9).await.unwrap();
    assert_eq!(stage(&*log, 1).await, Stage::InDoubt { since: NOW + 5 }, "the first moment stands");
    assert_eq!(figures(&*log, PRINCIPAL).await, [40, 60, 0, 0], "it counts as lent");
    assert_eq!(log.recalls(a.log).await.unwrap(), [], "nobody is there to be asked");
    assert_eq!(log.recall(lease(1), PRINCIPAL).await.unwrap(), None);
    assert_eq!(ask(&*log, &a, 2, PRINCIPAL, 10).await, Err(Denial::Revoked));
    assert_eq!(ask(&*log, &a, 1, PRINCIPAL, 60).await, Ok(60), "what was answered stays answered");
    let told = log.statements(b.log, vec![PRINCIPAL]).await.unwrap();
    assert!(told[0].held.len() == 1 && told[0].held[0].in_doubt);
}

pub async fn a_release_is_booked_and_said_again(ground: &dyn Ground) {
    let log = ground.open().await;
    let (a, b) = loaded(&*log, 100).await;
    ask(&*log, &a, 1, PRINCIPAL, 60).await.unwrap();
    ask(&*log, &a, 2, PRINCIPAL, 30).await.unwrap();
    let manager = Freed { word: Release::Manager, by: Some(StaffId::from_bytes([5; 16])), at: NOW + 10 };
    assert!(matches!(log.release(lease(1), manager).await, Err(LogError::NotInDoubt)), "its till is there");
    assert!(matches!(log.release(lease(7), manager).await, Err(LogError::NotInDoubt)), "no such lease");
    log.revoke(a.device, NOW).await.unwrap();
    for _ in 0..2 {
        assert_eq!(log.release(lease(1), manager).await.unwrap(), 60);
    }
    assert!(matches!(log.release(lease(1), Freed { at: NOW + 11, ..manager }).await, Err(LogError::NotInDoubt)), "another word");
    assert_eq!(figures(&*log, PRINCIPAL).await, [70, 30, 0, 0]);
    assert_eq!(log.escrow(PRINCIPAL).await.unwrap().released(), 60);
    let over = |at| Freed { word: Release::Quarantine { at, lasts: 30 * DAY }, by: None, at };
    assert!(matches!(log.release(lease(2), over(NOW + 29 * DAY)).await, Err(LogError::NotInDoubt)));
    assert_eq!(log.release(lease(2), over(NOW + 30 * DAY)).await.unwrap(), 30);
    assert_eq!(log.escrow(PRINCIPAL).await.unwrap().released(), 90);
    assert_eq!(ask(&*log, &b, 3, PRINCIPAL, 100).await, Ok(100));
}

pub async fn a_disk_that_was_read_frees_without_risk(ground: &dyn Ground) {
    let log = ground.open().await;
    let (a, _) = loaded(&*log, 100).await;
    ask(&*log, &a, 1, PRINCIPAL, 60).await.unwrap();
    log.disk_read(a.log).await.unwrap();
    assert_eq!(stage(&*log, 1).await, Stage::Lent, "its till is there");
    log.revoke(a.device, NOW).await.unwrap();
    for _ in 0..2 {
        log.disk_read(a.log).await.unwrap();
    }
    assert_eq!(figures(&*log, PRINCIPAL).await, [100, 0, 0, 0]);
    assert_eq!(log.escrow(PRINCIPAL).await.unwrap().released(), 0);
}

/// What a restored file still remembers of its leases is not its own; a till that comes back after all seals and spends as ever.
pub async fn a_new_file_puts_the_old_ones_leases_in_doubt(ground: &dyn Ground) {
    let log = ground.open().await;
    let (mut a, b) = loaded(&*log, 100).await;
    ask(&*log, &a, 1, PRINCIPAL, 60).await.unwrap();
    ask(&*log, &b, 2, PRINCIPAL, 10).await.unwrap();
    let mut anew = a.begun_anew(0x41);
    assert_eq!(ask(&*log, &anew, 3, PRINCIPAL, 20).await, Ok(20), "before it has pushed anything");
    anew.says(anew.card_sale(1, 5), &used(1, PRINCIPAL, 5));
    anew.push(&*log, 1).await.unwrap();
    assert_eq!(stage(&*log, 1).await, Stage::InDoubt { since: NOW });
    assert_eq!([stage(&*log, 2).await, stage(&*log, 3).await], [Stage::Lent; 2]);
    assert_eq!(broken(&*log).await, [(2, What::NotTheHolder, 5, 0)]);
    a.says(a.card_sale(2, 15), &used(1, PRINCIPAL, 15));
    a.says(seal(1, PRINCIPAL), &Leased::NONE);
    a.push(&*log, 2).await.unwrap();
    assert_eq!(figures(&*log, PRINCIPAL).await, [50, 30, 20, 0]);
    assert_eq!(broken(&*log).await.len(), 1);
}

pub async fn a_stopped_log_is_lent_nothing(ground: &dyn Ground) {
    let log = ground.open().await;
    let (mut a, b) = loaded(&*log, 100).await;
    ask(&*log, &a, 1, PRINCIPAL, 60).await.unwrap();
    let mut copy = a.copied_at(1);
    a.work(1, "a");
    a.push(&*log, 2).await.unwrap();
    copy.work(1, "b");
    assert!(matches!(copy.push(&*log, 2).await, Err(LogError::Fork)));
    assert_eq!(stage(&*log, 1).await, Stage::InDoubt { since: NOW });
    assert_eq!(ask(&*log, &a, 2, PRINCIPAL, 10).await, Err(Denial::Revoked));
    let held = log.lend(b.holder(), vec![b.asks(3, PRINCIPAL, 40, Term::Hold)]).await.unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!(figures(&*log, PRINCIPAL).await, [0, 100, 0, 0]);
}
