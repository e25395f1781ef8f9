//! An older program among newer ones (I14): what it does not know it keeps byte for byte and passes on.

use hefu_core::{
    ids::{LogId, SaleId},
    op::{Body, MemberRegistered, Operation, Part, Stamp, StoreSet, Weight, write_head},
};
use serde_json::json;

use crate::common::{Chain, NOW, Rng, STORE_A, STORE_B, book_of, by, found, identity, person, raw, register, sell};

const LATER: LogId = LogId(uuid::Uuid::from_bytes([0x44; 16]));

fn stamp(seq: u64) -> Stamp {
    let device = hefu_core::ids::DeviceId::from_bytes([0x45; 16]);
    Stamp { log: LATER, seq, device, store: Some(STORE_B), who: None, at: NOW, ahead: 0, day: "2026-06-01".to_owned() }
}

#[test]
fn an_unknown_kind_is_kept_and_freezes_only_what_it_must() {
    let (mut chain, mut rng) = (Chain::default(), Rng(4));
    let (folder, till) = book_of(identity(1, Some(STORE_A)));
    found(&till);
    let (frozen, free) = (
        register(&till, &mut rng, by(NOW), &person("王小明", "13812341234")),
        register(&till, &mut rng, by(NOW), &person("李雷", "13900001111")),
    );
    chain.take_all(&till);
    chain.bring_up_to_date(&till, &mut rng);
    let before = till.digest().unwrap();

    chain.places.insert(LATER, None);
    let odd = Part::Here(b"\x00\xff not what we would write".to_vec());
    let bodies = [
        ("card.opened", 1, Weight::Critical, Some(frozen.0)),
        ("note.left", 3, Weight::Ignorable, Some(free.0)),
        // A later version of a kind that is known.
        ("member.registered", 2, Weight::Critical, None),
    ];
    for (seq, (kind, kv, weight, about)) in (1..).zip(bodies) {
        let head = write_head(&stamp(seq), kind, kv, weight, about, &json!({"what": ["is", "not", "known", 1.5]})).unwrap();
        chain.put_foreign(LATER, Operation { head, detail: odd.clone(), sealed: Part::Here(vec![9; 40]) });
    }
    // A body that is no body of its kind: a mistake of one program, and no reason to stop reading.
    let head = write_head(&stamp(4), "store.set", 1, Weight::Critical, Some(STORE_B.0), &json!({"code": 7})).unwrap();
    chain.put_foreign(LATER, Operation { head, detail: Part::NONE, sealed: Part::NONE });
    chain.bring_up_to_date(&till, &mut rng);

    assert_eq!(before.differing(&till.digest().unwrap()), ["frozen"]);
    till.read(|book| {
        for (entity, expect) in [(frozen.0, true), (free.0, false), (STORE_B.0, true), (STORE_A.0, false)] {
            assert_eq!(book.is_frozen(entity)?, expect, "{entity}");
        }
        Ok(())
    })
    .unwrap();
    // Cash sales go on, and so does the other member.
    sell(&till, by(NOW), SaleId::from_bytes([1; 16]), None, &[(1, 1)]).unwrap();
    sell(&till, by(NOW), SaleId::from_bytes([2; 16]), Some(free), &[(1, 1)]).unwrap();
    assert!(till.verify().unwrap().ok());

    // Kept byte for byte: what lies here is what came.
    let kept = crate::common::stored_ops(&folder.path().join("book.db"));
    for entry in chain.entries.iter().filter(|entry| entry.log == LATER) {
        let op = entry.op.as_ref().unwrap();
        let stored = [Some(op.head.as_slice()), op.detail.bytes(), op.sealed.bytes()].map(|part| part.map(<[u8]>::to_vec));
        assert!(kept.contains(&stored), "operation {}", entry.seq);
    }
}

#[test]
fn what_a_newer_program_wrote_here_is_passed_on_as_it_is() {
    // A till that was newer wrote into its own log and was then set back: its log still has the operation.
    let (folder, till) = book_of(identity(1, Some(STORE_A)));
    let mut rng = Rng(8);
    register(&till, &mut rng, by(NOW), &person("王小明", "13812341234"));
    drop(till);
    let path = folder.path().join("book.db");
    let log = identity(1, None).log;
    let prev: Vec<u8> = raw(&path).query_row("SELECT head_hash FROM log", [], |row| row.get(0)).unwrap();
    let head =
        write_head(&Stamp { log, store: Some(STORE_A), ..stamp(2) }, "card.opened", 1, Weight::Critical, None, &json!({"x": 1})).unwrap();
    let op = Operation { head, detail: Part::Here(b"anything".to_vec()), sealed: Part::NONE };
    let hash = op.hash(hefu_core::op::Hash::read(&prev).unwrap());
    raw(&path)
        .execute(
            "INSERT INTO op (log, seq, hash, head, detail) VALUES ((SELECT id FROM log), 2, ?1, ?2, ?3)",
            (hash.0.as_slice(), &op.head, op.detail.bytes()),
        )
        .unwrap();
    raw(&path).execute("UPDATE log SET head_seq = 2, head_hash = ?1", [hash.0.as_slice()]).unwrap();
    let till = hefu_replica::Replica::open(&crate::common::place(folder.path())).unwrap();
    let pushed = till.next_push(usize::MAX).unwrap().unwrap();
    assert_eq!(pushed.segment.ops[1], op);
    assert!(till.verify().unwrap().ok());
}

#[test]
fn what_was_unknown_is_folded_once_it_is_known() {
    // As an older program would have kept it: no entity beside it, and nothing folded.
    let (folder, till) = book_of(identity(1, Some(STORE_A)));
    let mut rng = Rng(9);
    let member = register(&till, &mut rng, by(NOW), &person("王小明", "13812341234"));
    let digest = till.digest().unwrap();
    drop(till);
    raw(&folder.path().join("book.db"))
        .execute_batch(
            "UPDATE op SET entity = NULL; DELETE FROM member; DELETE FROM joined_day; UPDATE meta SET value = 0 WHERE name = 'fold'",
        )
        .unwrap();
    let till = hefu_replica::Replica::open(&crate::common::place(folder.path())).unwrap();
    assert_eq!(till.digest().unwrap(), digest);
    // And is found by what comes later about it.
    let renamed = person("王大明", "13812341234");
    assert!(crate::common::change(&till, &mut rng, by(NOW + 1), member, &renamed));
    assert_eq!(till.read(|book| Ok(book.person(member)?.unwrap().lead.name)).unwrap(), "王大明");
    assert!(matches!(Body::from(MemberRegistered { member, owner: None }).about(), Some(id) if id == member.0));
}

#[test]
fn a_head_that_does_not_read_is_kept_and_stops_nobody() {
    let (mut chain, mut rng) = (Chain::default(), Rng(6));
    let (folder, till) = book_of(identity(1, Some(STORE_A)));
    found(&till);
    let member = register(&till, &mut rng, by(NOW), &person("王小明", "13812341234"));
    chain.take_all(&till);
    let store = StoreSet { store: STORE_B, code: "ZZ".to_owned(), name: "不算数".to_owned() };
    let elsewhere = |stamp: Stamp| Body::from(store.clone()).write(&stamp).unwrap();
    let heads = [
        // As little as a log asks for.
        json!({"log": LATER, "seq": 1, "device": stamp(1).device}).to_string().into_bytes(),
        json!({"log": LATER, "seq": 2, "device": 7, "about": STORE_B, "weight": "critical"}).to_string().into_bytes(),
        // A later format of the head itself.
        json!({"v": 99, "log": LATER, "seq": 3, "device": stamp(3).device, "who_knows": [1]}).to_string().into_bytes(),
        b"\x00\xff no JSON".to_vec(),
        Vec::new(),
        // It reads, and speaks of another place or log than it stands in.
        elsewhere(stamp(60)),
        elsewhere(Stamp { log: identity(1, None).log, ..stamp(7) }),
    ];
    for head in heads.clone() {
        chain.put_foreign(LATER, Operation { head, detail: Part::Here(b"{}".to_vec()), sealed: Part::NONE });
    }
    // What comes after it, in its own log and in others, is folded.
    let seq = heads.len() as u64 + 1;
    let head = Body::from(StoreSet { name: "乙店".to_owned(), ..store.clone() }).write(&stamp(seq)).unwrap();
    chain.put_foreign(LATER, Operation { head, detail: Part::NONE, sealed: Part::NONE });
    sell(&till, by(NOW), SaleId::from_bytes([3; 16]), Some(member), &[(1, 1)]).unwrap();
    chain.take_all(&till);

    let (_hq_folder, hq) = book_of(identity(2, None));
    chain.bring_up_to_date(&hq, &mut rng);
    chain.bring_up_to_date(&till, &mut rng);
    for node in [&till, &hq] {
        let verified = node.verify().unwrap();
        assert!(verified.ok(), "{verified:?}");
        node.read(|book| {
            assert_eq!(book.store(STORE_B)?.unwrap().name, "乙店");
            assert!(!book.is_frozen(STORE_B.0)?);
            assert!(book.sale(SaleId::from_bytes([3; 16]))?.is_some());
            Ok(())
        })
        .unwrap();
    }
    let digest = till.digest().unwrap();
    assert_eq!(digest.whole(), hq.digest().unwrap().whole());
    till.rebuild().unwrap();
    assert_eq!(till.digest().unwrap(), digest);
    drop(till);
    let till = hefu_replica::Replica::open(&crate::common::place(folder.path())).unwrap();
    assert!(till.verify().unwrap().ok());
    let kept = crate::common::stored_ops(&folder.path().join("book.db"));
    for head in heads {
        assert!(kept.iter().any(|[held, ..]| held.as_deref() == Some(&head)), "kept byte for byte");
    }
}
