//! `verify` finds what should not be so, and `rebuild` mends what can be mended (I1, I5, I6).

use std::path::PathBuf;

use hefu_core::ids::SaleId;
use hefu_replica::{Replica, Verified};
use tempfile::TempDir;

use crate::common::{NOW, Rng, book, by, found, person, place, raw, register, sell};

fn shop() -> (TempDir, PathBuf, Replica) {
    let (folder, replica) = book();
    found(&replica);
    let member = register(&replica, &mut Rng(1), by(NOW), &person("王小明", "13812341234"));
    for n in 1..=3 {
        sell(&replica, by(NOW), SaleId::from_bytes([n; 16]), Some(member), &[(n, 2), (5, 1)]).unwrap();
    }
    let path = folder.path().join("book.db");
    (folder, path, replica)
}

/// What verify says after someone wrote into the file.
fn after(sql: &str) -> (TempDir, PathBuf, Verified) {
    let (folder, path, replica) = shop();
    assert!(replica.verify().unwrap().ok());
    drop(replica);
    assert!(raw(&path).execute(sql, []).unwrap() > 0, "{sql}");
    let verified = Replica::open(&place(folder.path())).unwrap().verify().unwrap();
    assert!(!verified.ok(), "{sql}");
    (folder, path, verified)
}

#[test]
fn a_folded_row_that_someone_changed_is_named_and_mended() {
    for (sql, table) in [
        ("UPDATE chain SET name = '别人'", "chain"),
        ("UPDATE store SET name = name || '!'", "store"),
        ("UPDATE rule SET valid_from = valid_from + 1", "rule"),
        ("UPDATE product SET price_fen = price_fen - 1 WHERE n = 3", "product"),
        ("DELETE FROM barcode WHERE code = '6900000000002'", "barcode"),
        ("UPDATE member SET phone = '13812341235'", "member"),
        ("UPDATE member_stat SET spend_fen = spend_fen + 1", "member_stat"),
        ("UPDATE joined_day SET members = 2", "joined_day"),
        ("DELETE FROM sale WHERE number = 2", "sale"),
        ("UPDATE sale_line SET amount_fen = 0 WHERE no = 1", "sale_line"),
        ("UPDATE tender SET body = body || ' '", "tender"),
        ("UPDATE store_day SET sales = 4", "store_day"),
        ("UPDATE receipt SET number = 9", "receipt"),
        ("INSERT INTO frozen (entity) VALUES (x'00')", "frozen"),
        ("INSERT INTO refused (op) VALUES (3)", "refused"),
        ("INSERT INTO batch_issuer (batch, device, op) VALUES (x'00', x'00', 1)", "batch_issuer"),
        ("UPDATE posting SET account = x'00' WHERE (account, op) = (SELECT account, op FROM posting LIMIT 1)", "posting"),
        ("UPDATE posting_new SET at = at + 1", "posting"),
        ("UPDATE balance SET unit = 3 WHERE amount < 0", "balance"),
    ] {
        let (folder, _, verified) = after(sql);
        assert_eq!((verified.differing.as_slice(), verified.chain_holds), (&[table][..], true), "{sql}");
        let replica = Replica::open(&place(folder.path())).unwrap();
        replica.rebuild().unwrap();
        assert!(replica.verify().unwrap().ok(), "{sql}");
    }
}

#[test]
fn an_operation_that_someone_changed_breaks_its_chain() {
    for sql in [
        "UPDATE op SET head = CAST(replace(CAST(head AS TEXT), 'AA', 'AB') AS BLOB) WHERE id = (SELECT max(id) FROM op)",
        "UPDATE op SET head = x'00' WHERE id = 4",
        "UPDATE op SET detail = x'7b7d' WHERE id = (SELECT max(id) FROM op)",
        "UPDATE op SET sealed = zeroblob(60) WHERE sealed IS NOT NULL",
        "UPDATE op SET detail_hash = zeroblob(32), detail = NULL WHERE id = (SELECT max(id) FROM op)",
        "UPDATE op SET hash = zeroblob(32) WHERE id = 5",
        "DELETE FROM op WHERE id = 5",
        "DELETE FROM op WHERE id = (SELECT max(id) FROM op)",
        "UPDATE log SET head_hash = zeroblob(32)",
        "UPDATE log SET head_seq = head_seq + 1",
    ] {
        assert!(!after(sql).2.chain_holds, "{sql}");
    }
}

#[test]
fn money_that_does_not_add_up_is_said() {
    assert!(!after("UPDATE balance SET amount = amount + 1 WHERE amount > 0").2.sums_to_zero);
    assert!(!after("UPDATE posting SET amount = amount + 1 WHERE amount > 0").2.sums_to_zero);
    // Goods as well, which wait.
    assert!(!after("UPDATE posting_new SET amount = amount + 1 WHERE amount > 0").2.sums_to_zero);
}

#[test]
fn verify_leaves_nothing_behind_and_two_at_once_do_not_meet() {
    let (folder, _, replica) = shop();
    std::thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| replica.verify().unwrap().ok()));
        // Selling goes on meanwhile.
        sell(&replica, by(NOW), SaleId::from_bytes([9; 16]), None, &[(1, 1)]).unwrap();
        assert!(both.into_iter().all(|one| one.join().unwrap()));
    });
    assert!(replica.verify().unwrap().ok());
    drop(replica);
    let mut names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["book.db", "book.db.lock"]);
}

#[test]
fn what_a_verification_left_is_gone_when_the_book_is_opened() {
    let (folder, _, replica) = shop();
    drop(replica);
    for left in ["book.db.verify", "book.db.verify-wal", "book.db.verify-shm", "book.db.verify.lock"] {
        std::fs::write(folder.path().join(left), b"half of something").unwrap();
    }
    let replica = Replica::open(&place(folder.path())).unwrap();
    let names = || std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(names().all(|name| !name.contains("verify")), "{:?}", names().collect::<Vec<_>>());
    assert!(replica.verify().unwrap().ok());
}

/// Where a file may be longer than what is written of it.
#[cfg(unix)]
#[test]
fn a_disk_without_room_for_a_second_book_is_said_before_it_is_full() {
    let (folder, path, replica) = shop();
    let length = |bytes: u64| std::fs::File::options().write(true).open(&path).unwrap().set_len(bytes).unwrap();
    let before = std::fs::metadata(&path).unwrap().len();
    length(fs4::available_space(folder.path()).unwrap() / 2);
    assert_eq!(crate::common::code(replica.verify()), hefu_core::error::Code::DiskFull);
    assert!(!folder.path().join("book.db.verify").exists());
    length(before);
    assert!(replica.verify().unwrap().ok());
}

#[test]
fn a_digest_does_not_hang_on_what_is_only_this_files() {
    let (_folder, path, replica) = shop();
    let digest = replica.digest().unwrap();
    drop(replica);
    raw(&path)
        .execute_batch("UPDATE product SET n = n + 100; UPDATE barcode SET product = product + 100; UPDATE member SET n = n + 50")
        .unwrap();
    let replica = Replica::open(&place(path.parent().unwrap())).unwrap();
    assert_eq!(replica.digest().unwrap(), digest);
}
