//! The power goes after each write of a sale, and the disk fills at each: a sale is wholly there or not at all (I2, A1).

use hefu_core::{error::Code, ids::SaleId};
use hefu_replica::{Place, Replica};
use tempfile::TempDir;

use crate::{
    common::{Chain, NOW, Rng, STORE_A, book, book_of, by, code, found, identity, key, person, place, register, sell},
    vfs::{Disk, Left},
};

const SALE: SaleId = SaleId(uuid::Uuid::from_bytes([0x51; 16]));
const NEXT: SaleId = SaleId(uuid::Uuid::from_bytes([0x52; 16]));
const LINES: [(u8, i64); 5] = [(1, 1), (2, 3), (3, 1), (4, 2), (5, 1)];

/// A book with goods, a member and one sale, closed.
struct Shelf {
    folder: TempDir,
    member: hefu_core::ids::MemberId,
    operations: u64,
    last_number: u64,
}

impl Shelf {
    fn new() -> Self {
        let (folder, replica) = book();
        found(&replica);
        let member = register(&replica, &mut Rng(1), by(NOW), &person("王小明", "13812341234"));
        let last_number = sell(&replica, by(NOW), SaleId::from_bytes([1; 16]), Some(member), &LINES[..2]).unwrap();
        let operations = replica.digest().unwrap().operations;
        Self { folder, member, operations, last_number }
    }

    /// A copy of the book, opened on a failing disk.
    fn on(&self, disk: &Disk) -> (TempDir, Place, Replica) {
        opened_copy(self.folder.path(), disk)
    }

    /// What is found after the power came back: all of the sale or nothing of it, and a number for the next.
    fn check(&self, replica: &Replica, told: Option<u64>, what: &str) {
        let found = replica
            .read(|book| {
                let Some(sale) = book.sale(SALE)? else { return Ok(false) };
                let lines = book.sale_lines(&sale)?.unwrap();
                assert_eq!((lines.len(), book.sale_tenders(&sale)?.len()), (LINES.len(), 1), "{what}");
                assert_eq!(lines.iter().map(|line| line.amount_fen.get()).sum::<i64>(), sale.total_fen.get(), "{what}");
                let person = book.person(self.member)?.unwrap();
                assert_eq!(book.standing(&person)?.visits, 2, "{what}");
                assert_eq!(book.day_figures(STORE_A, &sale.day)?.sales, 2, "{what}");
                Ok(true)
            })
            .unwrap();
        // A sale that was told to be done is there; one that was not may be.
        assert!(found || told.is_none(), "{what}: a sale that was done is lost");
        let verified = replica.verify().unwrap();
        assert!(verified.ok(), "{what}: {verified:?}");
        assert_eq!(verified.digest.operations, self.operations + u64::from(found), "{what}");
        let number = sell(replica, by(NOW), NEXT, Some(self.member), &LINES).unwrap();
        assert_eq!(number, self.last_number + 1 + u64::from(found), "{what}: a receipt number twice");
        assert!(replica.verify().unwrap().ok(), "{what}");
    }
}

fn opened_copy(of: &std::path::Path, disk: &Disk) -> (TempDir, Place, Replica) {
    disk.forget();
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(place(of).path(), place(folder.path()).path()).unwrap();
    let place = Place::new(folder.path().join("book.db"), key()).through(disk.name());
    let replica = Replica::open(&place).unwrap();
    (folder, place, replica)
}

#[test]
fn a_power_cut_after_each_write_leaves_a_sale_whole_or_not_at_all() {
    let (shelf, disk) = (Shelf::new(), Disk::mount());
    let (mut kept_untold, mut cuts) = (0, 0);
    for calls in 0.. {
        let mut cut = false;
        for left in [Left::Nothing, Left::Everything, Left::Torn(calls), Left::Torn(!calls)] {
            let what = format!("{calls} calls, then {left:?}");
            let (_folder, place, replica) = shelf.on(&disk);
            disk.cut_after(calls);
            let told = sell(&replica, by(NOW), SALE, Some(shelf.member), &LINES).ok();
            cut = disk.is_dead();
            assert!(cut || told.is_some(), "{what}");
            // Done or not, the machine goes down now: nothing is written while the book closes.
            disk.cut_now();
            drop(replica);
            disk.power_on(left);
            let replica = Replica::open(&place).unwrap();
            kept_untold += usize::from(told.is_none() && replica.read(|book| Ok(book.sale(SALE)?.is_some())).unwrap());
            shelf.check(&replica, told, &what);
        }
        cuts += usize::from(cut);
        if !cut {
            break;
        }
    }
    assert!(cuts > 10, "{cuts} writes: the disk does not see them");
    assert!(kept_untold > 0, "a cut right before the end of the commit keeps the sale");
}

#[test]
fn a_power_cut_while_the_log_is_put_into_the_file_loses_nothing() {
    let (shelf, disk) = (Shelf::new(), Disk::mount());
    // Sales until the write-ahead log is copied into the file; the power goes at every so many calls of it all.
    for calls in (0..).step_by(389) {
        let what = format!("{calls} calls");
        let (_folder, place, replica) = shelf.on(&disk);
        disk.cut_after(calls);
        let done = (0..140u8).take_while(|n| {
            let sale = SaleId::from_bytes([*n; 16]);
            sell(&replica, by(NOW), sale, Some(shelf.member), &LINES).is_ok()
        });
        let done = done.count() as u64;
        let cut = disk.is_dead();
        disk.cut_now();
        drop(replica);
        disk.power_on(Left::Torn(calls));
        let replica = Replica::open(&place).unwrap();
        let verified = replica.verify().unwrap();
        let kept = verified.digest.operations - shelf.operations;
        assert!(verified.ok() && (kept == done || kept == done + 1), "{what}: {done} done, {kept} kept, {verified:?}");
        if !cut {
            break;
        }
    }
}

#[test]
fn a_power_cut_while_a_frame_is_applied_leaves_it_whole_or_not_at_all() {
    let (shelf, disk, mut chain) = (Shelf::new(), Disk::mount(), Chain::default());
    let till = Replica::open(&place(shelf.folder.path())).unwrap();
    chain.take_all(&till);
    let (reader_folder, reader) = book_of(identity(2, Some(STORE_A)));
    let (all, empty) = (chain.entries.len() as u64, reader.digest().unwrap());
    drop(reader);
    for calls in 0.. {
        let what = format!("{calls} calls");
        let (_folder, place, reader) = opened_copy(reader_folder.path(), &disk);
        disk.cut_after(calls);
        let told = reader.apply(&chain.frame(&reader, usize::MAX)).is_ok();
        let cut = disk.is_dead();
        disk.cut_now();
        drop(reader);
        disk.power_on(Left::Torn(calls));
        let reader = Replica::open(&place).unwrap();
        // The cursor and what it has passed are one (I13).
        let (cursor, digest) = (reader.cursor().unwrap().after, reader.digest().unwrap());
        assert!(cursor == all || (cursor == 0 && !told), "{what}: {cursor}");
        assert!(cursor == all || digest == empty, "{what}");
        chain.bring_up_to_date(&reader, &mut Rng(calls));
        assert_eq!(reader.digest().unwrap().whole(), till.digest().unwrap().whole(), "{what}");
        assert!(reader.verify().unwrap().ok(), "{what}");
        if !cut {
            break;
        }
    }
}

#[test]
fn a_full_disk_refuses_the_sale_and_changes_nothing() {
    let (shelf, disk) = (Shelf::new(), Disk::mount());
    for calls in 0.. {
        let what = format!("full after {calls} calls");
        let (_folder, place, replica) = shelf.on(&disk);
        let before = replica.digest().unwrap();
        disk.full_after(calls);
        let told = sell(&replica, by(NOW), SALE, Some(shelf.member), &LINES);
        if !disk.is_full() {
            assert!(told.is_ok(), "{what}");
            break;
        }
        if told.is_err() {
            assert_eq!(code(told), Code::DiskFull, "{what}");
            assert_eq!(replica.digest().unwrap(), before, "{what}");
            disk.make_room();
            sell(&replica, by(NOW), SALE, Some(shelf.member), &LINES).unwrap();
        }
        disk.make_room();
        drop(replica);
        let replica = Replica::open(&place).unwrap();
        shelf.check(&replica, Some(0), &what);
    }
}
