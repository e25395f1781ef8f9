//! A till that someone else has taken over, with its true key and over the true line: what it pushes is kept, and changes nothing
//! at head office or at another till (F6).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
#![allow(dead_code, reason = "each test uses its part of the ground")]

mod ground;

use ground::{CHAIN, NOW, Server, Till, store, until};
use hefu_core::{
    access::Role,
    ids::{MemberId, RuleId, StaffId, StoreId},
    money::Points,
    op::{Body, ChainStarted, Draft, PointsAdjusted, StaffPerson, StaffSet, Stamp, StoreSet},
    posting::{Account, Ledger},
    rules::{Rule, shipped},
    seal::PersonKey,
};
use hefu_replica::By;

const ADMIN: StaffId = StaffId(uuid::Uuid::from_bytes([0x99; 16]));

fn admin(store: Option<StoreId>, name: &str, nonce: u8) -> Draft {
    let told = StaffPerson { name: name.to_owned(), login: Some("admin".to_owned()) };
    let set = StaffSet { staff: ADMIN, store, role: Role::Admin, active: true };
    Draft::new(set).with_sealed(&PersonKey::new([9; 32]), ADMIN.0, [nonce; 24], &told).unwrap()
}

fn first_rule(version: u32) -> Draft {
    Draft::new(Rule { rule: RuleId::from_bytes([1; 16]), version, valid_from: 0, body: shipped().remove(0) })
}

fn found(hq: &Till) {
    let by = By { who: None, at: NOW, ahead: 0 };
    let shop = StoreSet { store: StoreId::from_bytes([1; 16]), code: "HB".into(), name: "湖滨店".into(), city: String::new() };
    hq.replica
        .write(|book| {
            book.append(by, &Draft::new(ChainStarted { chain: CHAIN, name: "合符示范".into(), demo: false }))?;
            book.append(by, &Draft::new(shop.clone()))?;
            book.append(by, &first_rule(1))?;
            book.put_key(ADMIN.0, &PersonKey::new([9; 32]))?;
            book.append(by, &admin(None, "总部", 1))
        })
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_till_says_in_head_offices_place_changes_nothing() {
    let server = Server::start().await;
    let (hq, liar, other) = (server.device(9, None).await, server.till(1).await, server.till(2).await);
    found(&hq);
    let lines = [&hq, &liar, &other].map(|node| node.sync(server.transport(server.address)));
    until("all have read the beginning", || [&hq, &liar, &other].iter().all(|node| node.at() == 4)).await;
    let before = hq.replica.digest().unwrap();

    let member = MemberId::from_bytes([5; 16]);
    let mut minted = Ledger::new();
    minted.points(Account::PointsIssued, Account::MemberPoints(member), Points::constant(90_000)).unwrap();
    let renamed = StoreSet { store: StoreId::from_bytes([1; 16]), code: "ZZ".into(), name: "不算数".into(), city: String::new() };
    let lies = [
        (store(1), first_rule(2)),
        (store(1), admin(store(1), "冒名", 2)),
        (store(1), Draft::new(PointsAdjusted { member, act: None, postings: minted.done() })),
        // As if it stood at head office, and as if it stood elsewhere.
        (None, Draft::new(renamed)),
        (store(2), Draft::new(Body::from(hefu_core::op::MemberRegistered { member, owner: None }))),
    ];
    liar.replica
        .write(|book| {
            for (store, draft) in &lies {
                let stamp = Stamp {
                    log: liar.identity.log,
                    seq: 0,
                    device: liar.identity.device,
                    store: *store,
                    who: None,
                    at: NOW,
                    ahead: 0,
                    day: "2026-05-29".into(),
                };
                book.append_stamped(&stamp, draft)?;
            }
            Ok(())
        })
        .unwrap();
    until("all have read it", || [&hq, &liar, &other].iter().all(|node| node.at() == 9)).await;
    for node in [&hq, &liar, &other] {
        assert_eq!(before.differing(&node.replica.digest().unwrap()), ["refused"]);
        let refused = node.replica.read(|book| book.refused(None, 20)).unwrap();
        assert!(refused.len() == lies.len() && refused.iter().all(|row| row.device == liar.identity.device && row.store == store(1)));
        let boss = node.replica.read(|book| book.staff_by_login("admin")).unwrap().unwrap();
        assert_eq!((boss.name.as_str(), boss.store), ("总部", None));
        assert!(node.replica.verify().unwrap().ok());
    }
    for line in lines {
        line.stop().await;
    }
}
