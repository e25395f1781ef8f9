//! Frames: whole or not at all, in order, unchanged (I3, I4, I5, I13).

use hefu_core::{
    error::Code,
    ids::{MemberId, ProductId, SaleId},
    op::{Draft, Hash, Part},
    posting::{Account, Unit},
    wire::Frame,
};
use hefu_replica::{MovementBefore, Replica};
use tempfile::TempDir;

use crate::common::{
    Chain, Ids, NOW, Rng, STORE_A, STORE_B, book, book_of, by, code, found, goods, identity, person, place, quick_book, raw, register, sell,
};

/// A till whose operations are in the chain's log, and another that has read none of them.
fn two() -> (Chain, (TempDir, Replica), (TempDir, Replica), MemberId) {
    let (mut chain, till, reader) = (Chain::default(), book(), book_of(identity(2, Some(STORE_B))));
    found(&till.1);
    let member = register(&till.1, &mut Rng(1), by(NOW), &person("王小明", "13812341234"));
    for n in 1..=3 {
        sell(&till.1, by(NOW), SaleId::from_bytes([n; 16]), Some(member), &[(n, 2)]).unwrap();
    }
    chain.take_all(&till.1);
    (chain, till, reader, member)
}

#[track_caller]
fn refused(reader: &Replica, frame: &Frame, expect: Code) {
    let before = (reader.digest().unwrap(), reader.cursor().unwrap(), reader.held().unwrap());
    assert_eq!(code(reader.apply(frame)), expect);
    assert_eq!((reader.digest().unwrap(), reader.cursor().unwrap(), reader.held().unwrap()), before, "{expect} changed something");
}

#[test]
fn a_frame_is_applied_once_and_in_its_place() {
    let (chain, _till, (_folder, reader), _) = two();
    let first = chain.frame(&reader, 4);
    reader.apply(&first).unwrap();
    refused(&reader, &first, Code::SyncGap);
    let mut later = chain.frame(&reader, 6);
    later.entries.remove(0);
    refused(&reader, &later, Code::SyncGap);
    let mut holed = chain.frame(&reader, 6);
    holed.entries.remove(2);
    refused(&reader, &holed, Code::SyncGap);
    let mut beyond = chain.frame(&reader, 6);
    beyond.upto += 1;
    refused(&reader, &beyond, Code::SyncGap);
    reader.apply(&chain.frame(&reader, usize::MAX)).unwrap();
    assert_eq!(reader.cursor().unwrap().after, chain.entries.len() as u64);
    assert!(reader.verify().unwrap().ok());
}

#[test]
fn a_frame_with_nothing_new_is_no_harm() {
    let (chain, _till, (_folder, reader), _) = two();
    reader.apply(&chain.frame(&reader, usize::MAX)).unwrap();
    let digest = reader.digest().unwrap();
    reader.apply(&chain.frame(&reader, 3)).unwrap();
    assert_eq!(reader.digest().unwrap(), digest);
}

#[test]
fn a_changed_byte_anywhere_is_found() {
    let (chain, _till, (_folder, reader), _) = two();
    let whole = chain.frame(&reader, usize::MAX);
    let entries = whole.entries.len();
    for entry in 0..entries {
        let head_len = whole.entries[entry].op.as_ref().unwrap().head.len();
        for at in (0..head_len).step_by(23) {
            let mut frame = whole.clone();
            frame.entries[entry].op.as_mut().unwrap().head[at] ^= 4;
            refused(&reader, &frame, Code::SyncDamaged);
        }
        for sealed in [false, true] {
            let mut frame = whole.clone();
            let op = frame.entries[entry].op.as_mut().unwrap();
            match if sealed { &mut op.sealed } else { &mut op.detail } {
                Part::Here(bytes) if bytes.is_empty() => bytes.push(b'x'),
                Part::Here(bytes) => bytes[0] ^= 1,
                Part::Absent(_) => unreachable!("nothing is absent here"),
            }
            refused(&reader, &frame, Code::SyncDamaged);
        }
        let mut frame = whole.clone();
        frame.entries[entry].hash = Hash::of(b"another");
        refused(&reader, &frame, Code::SyncDamaged);
    }
    // Another log's place, and a place in its log that does not follow.
    let mut frame = whole.clone();
    frame.entries[3].log = identity(5, None).log;
    refused(&reader, &frame, Code::SyncDamaged);
    let mut frame = whole.clone();
    frame.entries[3].seq += 1;
    refused(&reader, &frame, Code::SyncDamaged);
    let mut frame = whole.clone();
    frame.entries[3].op = None;
    refused(&reader, &frame, Code::ServerRubbish);
    reader.apply(&whole).unwrap();
}

#[test]
fn parts_that_are_elsewhere_leave_the_chain_of_hashes_whole() {
    let (chain, (_till_folder, till), (_folder, reader), member) = two();
    let mut frame = chain.frame(&reader, usize::MAX);
    for entry in &mut frame.entries {
        let op = entry.op.as_mut().unwrap();
        op.detail = Part::Absent(op.detail.hash());
        op.sealed = Part::Absent(op.sealed.hash());
    }
    reader.apply(&frame).unwrap();
    let verified = reader.verify().unwrap();
    assert!(verified.ok(), "{verified:?}");
    let of = |replica: &Replica| {
        replica
            .read(|book| {
                let person = book.person(member)?.unwrap();
                let sale = book.sale(SaleId::from_bytes([2; 16]))?.unwrap();
                let goods = book.statement(&[Account::StockOut(STORE_A)], Unit::Milli, None, 9)?;
                Ok((
                    book.standing(&person)?,
                    sale.total_fen,
                    book.sale_lines(&sale)?.is_some(),
                    book.sale_tenders(&sale)?.len(),
                    goods.iter().map(|row| row.amount).collect::<Vec<_>>(),
                ))
            })
            .unwrap()
    };
    let (standing, total, _, _, goods) = of(&till);
    assert!(!goods.is_empty());
    // Lines and goods are where the details are; money and points are everywhere.
    assert_eq!(of(&reader), (standing, total, false, 0, Vec::new()));
}

/// More movements of goods than may wait: frames put them to their accounts, slice by slice, and nobody can tell.
#[test]
fn goods_that_waited_are_put_to_their_accounts() {
    const GOODS: u8 = 100;
    const SALES: i64 = 180;
    let mut chain = Chain::default();
    let (folder, till) = quick_book(identity(1, Some(STORE_A)));
    found(&till);
    till.write(|book| (1..=GOODS).try_for_each(|n| book.append(by(NOW), &Draft::new(goods(n, &format!("碗{n}"), 100, &[]))).map(drop)))
        .unwrap();
    let lines: Vec<(u8, i64)> = (1..=GOODS).map(|n| (n, 1)).collect();
    let mut rng = Rng(7);
    // Till 1 believes to be a day ahead of the log, so that its marks move everything to another moment.
    for n in 0..SALES {
        sell(&till, by(NOW + 2 * 86_400_000 + n), SaleId(rng.id(NOW + n)), None, &lines).unwrap();
    }
    chain.take_all(&till);
    let (reader_folder, reader) = quick_book(identity(2, Some(STORE_A)));
    let mut put_away = Vec::new();
    for book in [&till, &reader] {
        while book.cursor().unwrap().after < chain.entries.len() as u64 {
            book.apply(&chain.frame(book, 20)).unwrap();
        }
    }
    for folder in [&folder, &reader_folder] {
        let count = |sql: &str| raw(place(folder.path()).path()).query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        put_away.push((count("SELECT count(*) FROM posting WHERE unit = 3"), count("SELECT count(*) FROM posting_new")));
    }
    for (away, waiting) in put_away {
        assert!(away >= 4_096 && waiting <= 16_384, "{away} put away, {waiting} wait");
        assert_eq!(away + waiting, SALES * (i64::from(GOODS) + 1));
    }
    for n in [1, 50, GOODS] {
        let account = Account::Stock(STORE_A, ProductId::from_bytes([n; 16]));
        let rows = |book: &Replica| {
            let mut all: Vec<(i64, i64)> = Vec::new();
            let mut before = None;
            loop {
                let page = book.read(|read| read.statement(&[account], Unit::Milli, before, 50)).unwrap();
                let Some(last) = page.last() else { return all };
                before = Some(MovementBefore { at: last.at, op: last.op, balance: last.balance - last.amount });
                all.extend(page.iter().map(|row| (row.at, row.balance)));
            }
        };
        let expected: Vec<i64> = (1..=SALES).rev().map(|n| -1_000 * n).collect();
        assert_eq!(rows(&till), rows(&reader), "goods {n}");
        assert_eq!(rows(&till).into_iter().map(|(_, balance)| balance).collect::<Vec<_>>(), expected, "goods {n}");
    }
    assert_eq!(till.digest().unwrap().tables, reader.digest().unwrap().tables);
    for book in [&till, &reader] {
        let verified = book.verify().unwrap();
        assert!(verified.ok(), "{verified:?}");
    }
}

#[test]
fn an_own_operation_that_comes_back_as_another_is_a_fork() {
    let (chain, (_folder, till), _reader, _) = two();
    let mut frame = chain.frame(&till, 5);
    frame.entries[2].hash = Hash::of(b"another");
    refused(&till, &frame, Code::SyncFork);
    till.apply(&chain.frame(&till, 5)).unwrap();
    // And one that was never written here: this file is an older copy.
    let mut frame = chain.frame(&till, 2);
    frame.entries[0].seq = 1_000;
    refused(&till, &frame, Code::SyncFork);
    assert_eq!(code(till.pushed(1_000, 0)), Code::SyncFork);
}

#[test]
fn unsent_counts_until_the_log_has_it() {
    let (folder, till) = book();
    found(&till);
    let mut chain = Chain::default();
    let all = till.unsent().unwrap();
    assert!(all > 5 && till.held().unwrap().seq == 0);
    let first = till.next_push(1).unwrap().unwrap();
    assert_eq!(first.segment.ops.len(), 1, "one goes whatever its size");
    // The commit is unknown: the same is pushed again.
    assert_eq!(till.next_push(1).unwrap().unwrap().segment, first.segment);
    till.pushed(chain.take(&first.segment), first.beside_upto).unwrap();
    assert_eq!(till.unsent().unwrap(), all - 1);
    till.pushed(0, 0).unwrap();
    assert_eq!(till.unsent().unwrap(), all - 1, "an old answer takes nothing back");
    drop(till);
    let till = Replica::open(&place(folder.path())).unwrap();
    assert_eq!(till.next_push(1).unwrap().unwrap().segment.from_seq, 2);
    chain.take_all(&till);
    assert_eq!((till.unsent().unwrap(), till.next_push(1).unwrap().is_none()), (0, true));
    assert_eq!(till.digest().unwrap().unsent, all, "what is not marked yet is still unsequenced here");
    chain.bring_up_to_date(&till, &mut Rng(1));
    assert_eq!(till.digest().unwrap().unsent, 0);
}

#[test]
fn marks_alone_confirm_what_was_pushed() {
    // The answer to the push was lost; the operations come back with a pull.
    let (folder, till) = book();
    found(&till);
    let mut chain = Chain::default();
    chain.take(&till.next_push(usize::MAX).unwrap().unwrap().segment);
    chain.bring_up_to_date(&till, &mut Rng(2));
    assert_eq!(till.unsent().unwrap(), 0);
    let sale = SaleId::from_bytes([9; 16]);
    sell(&till, by(NOW), sale, None, &[(1, 1)]).unwrap();
    let sequenced = |till: &Replica| till.read(|book| Ok(book.sale(sale)?.unwrap().sequenced)).unwrap();
    assert!(!sequenced(&till));
    chain.take_all(&till);
    assert!(sequenced(&till));
    drop(folder);
}

#[test]
fn every_commit_wakes_those_who_watch() {
    let (_folder, replica) = book();
    let mut watch = replica.subscribe();
    assert!(!watch.has_changed().unwrap());
    found(&replica);
    assert!(watch.has_changed().unwrap());
    watch.mark_unchanged();
    assert_eq!(code(replica.write(|_| Err::<(), _>(Code::CartEmpty.into()))), Code::CartEmpty);
    assert!(!watch.has_changed().unwrap());
}
