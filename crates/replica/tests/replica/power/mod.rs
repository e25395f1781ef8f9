//! The power goes after each write of an act at the counter, and the disk fills at each: it is wholly there or not at all (I2, A1).

pub mod acts;

use hefu_core::{error::Code, ids::SaleId};
use hefu_failing_disk::{Disk, Left};
use hefu_replica::{Digest, Place, Reading, Replica};
use tempfile::TempDir;

use crate::common::{Chain, NOW, Rng, STORE_A, book, book_of, by, code, identity, key, place, sell, unit_of};
use acts::{Act, CASH_SALE, LINES, MEMBER, MIXED_SALE, REFUND, TOP_UP, furnish};

const NEXT: SaleId = SaleId(uuid::Uuid::from_bytes([0x5f; 16]));

/// A book that has not seen an act, closed, and what is to be found in it.
struct Shelf {
    act: &'static Act,
    folder: TempDir,
    last_number: u64,
    before: Figures,
    digest: Digest,
    /// What the same book holds where nothing went wrong.
    done: Digest,
}

/// What an act may change of what people read.
#[derive(Debug, PartialEq, Eq)]
struct Figures {
    /// In the order of the act's gains.
    balances: Vec<i64>,
    spend: i64,
    visits: i64,
    sales_today: i64,
}

impl Figures {
    fn of(book: &Reading<'_>, act: &Act) -> Result<Self, hefu_replica::Error> {
        let balances = act.gains.iter().map(|(account, _)| book.balance(account, unit_of(account))).collect::<Result<_, _>>()?;
        let held = book.standing(&book.person(MEMBER)?.unwrap())?;
        let today = book.day_figures(STORE_A, &hefu_core::time::business_day(NOW))?;
        Ok(Self { balances, spend: held.spend.get(), visits: held.visits, sales_today: today.sales })
    }

    /// What they are when the act was done so many times: once, or never.
    fn with(&self, act: &Act, times: i64) -> Self {
        Self {
            balances: self.balances.iter().zip(act.gains).map(|(held, (_, gain))| held + times * gain).collect(),
            spend: self.spend + times * act.spend,
            visits: self.visits + times * act.visits,
            sales_today: self.sales_today + times * act.visits.max(0),
        }
    }
}

impl Shelf {
    fn before(act: &'static Act) -> Self {
        let (folder, replica) = book();
        furnish(&replica);
        for before in act.after {
            (before.write)(&replica).unwrap();
        }
        let digest = replica.digest().unwrap();
        let before = replica.read(|book| Figures::of(book, act)).unwrap();
        drop(replica);
        // On a disk that does not fail.
        let (_copy, _, replica) = opened_copy(folder.path(), &Disk::mount());
        let last_number = (act.write)(&replica).unwrap() - 1;
        let done = replica.digest().unwrap();
        Self { act, folder, last_number, before, digest, done }
    }

    /// A copy of the book, opened on a failing disk.
    fn on(&self, disk: &Disk) -> (TempDir, Place, Replica) {
        opened_copy(self.folder.path(), disk)
    }

    /// Whether the book has the act.
    fn has(&self, replica: &Replica) -> bool {
        replica.read(|book| (self.act.found)(book)).unwrap().is_some()
    }

    /// What is found after the power came back: all of the act or nothing of it, and a number for the next.
    fn check(&self, replica: &Replica, told: Option<u64>, what: &str) {
        let what = format!("{}, {what}", self.act.name);
        let (found, figures) = replica.read(|book| Ok(((self.act.found)(book)?, Figures::of(book, self.act)?))).unwrap();
        let there = found.is_some();
        // What was told to be done is there; what was not may be.
        assert!(there || told.is_none(), "{what}: what was done is lost");
        let number = format!("AA-01-{:06}", self.last_number + 1);
        assert!(found.is_none_or(|found| found == (number, self.act.rows)), "{what}: its rows");
        assert_eq!(figures, self.before.with(self.act, i64::from(there)), "{what}");
        let verified = replica.verify().unwrap();
        assert!(verified.ok(), "{what}: {:?} differ from a fresh fold", verified.differing);
        let whole = if there { &self.done } else { &self.digest };
        assert_eq!(verified.digest.differing(whole), [""; 0], "{what}");
        assert_eq!(verified.digest.operations, whole.operations, "{what}");
        let next = sell(replica, by(NOW), NEXT, Some(MEMBER), &LINES).unwrap();
        assert_eq!(next, self.last_number + 1 + u64::from(there), "{what}: a receipt number twice");
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

/// Cuts the power after each write of an act, whatever the disk then kept.
fn cut(act: &'static Act) {
    let (shelf, disk) = (Shelf::before(act), Disk::mount());
    let (mut kept_untold, mut cuts) = (0, 0);
    for calls in 0.. {
        let mut cut = false;
        for left in [Left::Nothing, Left::Everything, Left::Torn(calls), Left::Torn(!calls)] {
            let what = format!("{calls} calls, then {left:?}");
            let (_folder, place, replica) = shelf.on(&disk);
            disk.cut_after(calls);
            let told = (act.write)(&replica).ok();
            cut = disk.is_dead();
            assert!(cut || told.is_some(), "{}, {what}", act.name);
            // Done or not, the machine goes down now: nothing is written while the book closes.
            disk.cut_now();
            drop(replica);
            disk.power_on(left);
            let replica = Replica::open(&place).unwrap();
            kept_untold += usize::from(told.is_none() && shelf.has(&replica));
            shelf.check(&replica, told, &what);
        }
        cuts += usize::from(cut);
        if !cut {
            break;
        }
    }
    assert!(cuts > 10, "{cuts} writes: the disk does not see them");
    assert!(kept_untold > 0, "a cut right before the end of the commit keeps {}", act.name);
}

#[test]
fn a_power_cut_leaves_a_cash_sale_whole_or_not_at_all() {
    cut(&CASH_SALE);
}

#[test]
fn a_power_cut_leaves_a_sale_by_every_tender_whole_or_not_at_all() {
    cut(&MIXED_SALE);
}

#[test]
fn a_power_cut_leaves_a_refund_whole_or_not_at_all() {
    cut(&REFUND);
}

#[test]
fn a_power_cut_leaves_a_top_up_whole_or_not_at_all() {
    cut(&TOP_UP);
}

#[test]
fn a_power_cut_while_the_log_is_put_into_the_file_loses_nothing() {
    let (shelf, disk) = (Shelf::before(&CASH_SALE), Disk::mount());
    // Sales until the write-ahead log is copied into the file; the power goes at every so many calls of it all.
    for calls in (0..).step_by(389) {
        let what = format!("{calls} calls");
        let (_folder, place, replica) = shelf.on(&disk);
        disk.cut_after(calls);
        let done = (0..140u8).take_while(|n| {
            let sale = SaleId::from_bytes([*n; 16]);
            sell(&replica, by(NOW), sale, Some(MEMBER), &LINES).is_ok()
        });
        let done = done.count() as u64;
        let cut = disk.is_dead();
        disk.cut_now();
        drop(replica);
        disk.power_on(Left::Torn(calls));
        let replica = Replica::open(&place).unwrap();
        let verified = replica.verify().unwrap();
        let kept = verified.digest.operations - shelf.digest.operations;
        assert!(verified.ok() && (kept == done || kept == done + 1), "{what}: {done} done, {kept} kept, {verified:?}");
        if !cut {
            break;
        }
    }
}

#[test]
fn a_power_cut_while_a_frame_is_applied_leaves_it_whole_or_not_at_all() {
    let (shelf, disk, mut chain) = (Shelf::before(&CASH_SALE), Disk::mount(), Chain::default());
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
fn a_full_disk_refuses_an_act_and_changes_nothing() {
    for act in [&CASH_SALE, &MIXED_SALE, &REFUND, &TOP_UP] {
        full(act);
    }
}

fn full(act: &'static Act) {
    let (shelf, disk) = (Shelf::before(act), Disk::mount());
    for calls in 0.. {
        let what = format!("full after {calls} calls");
        let (_folder, place, replica) = shelf.on(&disk);
        let before = replica.digest().unwrap();
        disk.full_after(calls);
        let told = (act.write)(&replica);
        if !disk.is_full() {
            assert!(told.is_ok(), "{}, {what}", act.name);
            break;
        }
        if told.is_err() {
            assert_eq!(code(told), Code::DiskFull, "{}, {what}", act.name);
            assert_eq!(replica.digest().unwrap(), before, "{}, {what}", act.name);
            disk.make_room();
            (act.write)(&replica).unwrap();
        }
        disk.make_room();
        drop(replica);
        let replica = Replica::open(&place).unwrap();
        shelf.check(&replica, Some(0), &what);
    }
}
