//! A book that any earlier program left is opened by this one: nothing of it is lost, and it holds what a fresh fold of its
//! operations holds, also when the power goes meanwhile.

use std::path::Path;

use hefu_core::op::Draft;
use hefu_failing_disk::{Disk, Left};
use hefu_replica::{Digest, Place, Replica};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::{
    common::{Chain, NOW, Rng, STORE_A, STORE_B, book_of, by, goods, identity, key, person, place, raw, register},
    power::acts::{CASH_SALE, MIXED_SALE, REFUND, TOP_UP, furnish},
};

/// A till's book, closed, and what it holds.
struct LivedIn {
    folder: TempDir,
    digest: Digest,
}

impl LivedIn {
    /// The till that began its chain, beside head office and another store: a bit of everything that a counter does, some of it known
    /// to the server and some not.
    fn new() -> Self {
        let (mut chain, mut rng) = (Chain::default(), Rng(1));
        let (folder, till) = book_of(identity(1, Some(STORE_A)));
        furnish(&till);
        chain.take_all(&till);
        for (n, store) in [(2, Some(STORE_B)), (9, None)] {
            let (_folder, other) = book_of(identity(n, store));
            chain.bring_up_to_date(&other, &mut rng);
            register(&other, &mut rng, by(NOW), &person("李雷", &format!("1390000111{n}")));
            other.write(|book| book.append(by(NOW), &Draft::new(goods(n + 4, "勺", 500, &[])))).unwrap();
            chain.take_all(&other);
        }
        chain.bring_up_to_date(&till, &mut rng);
        for act in [&CASH_SALE, &MIXED_SALE, &REFUND, &TOP_UP] {
            (act.write)(&till).unwrap();
        }
        Self { digest: till.digest().unwrap(), folder }
    }

    /// The same book as the program left it whose schema was the first `steps`, with the folded rows that it could have.
    fn as_of(&self, steps: &[String]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let old = raw(place(folder.path()).path());
        old.execute_batch("PRAGMA journal_mode = WAL").unwrap();
        for step in steps {
            old.execute_batch(step).unwrap();
        }
        let version = i64::try_from(steps.len()).unwrap();
        old.pragma_update(None, "user_version", version).unwrap();
        let now = self.folder.path().join("book.db");
        let hex: String = key().iter().map(|byte| format!("{byte:02x}")).collect();
        old.execute_batch(&format!("ATTACH '{}' AS now KEY \"x'{hex}'\"", now.display())).unwrap();
        for table in tables(&old) {
            let (have, had) = (columns(&old, "now", &table), columns(&old, "main", &table));
            let both: Vec<&str> = had.iter().filter(|column| have.contains(column)).map(|column| column.name.as_str()).collect();
            // A table that was made anew since held something else under its name.
            if had.iter().all(|column| !column.needed || have.contains(column)) {
                let both = both.join(", ");
                old.execute_batch(&format!("INSERT INTO main.{table} ({both}) SELECT {both} FROM now.{table}")).unwrap();
            }
        }
        old.execute("UPDATE meta SET value = ?1 WHERE name = 'fold'", [version]).unwrap();
        folder
    }

    fn check(&self, opened: &Replica, what: &str) {
        let verified = opened.verify().unwrap();
        assert!(verified.ok(), "{what}: {verified:?}");
        assert_eq!(verified.digest.differing(&self.digest), [""; 0], "{what}");
        assert_eq!(verified.digest.operations, self.digest.operations, "{what}");
    }
}

#[derive(PartialEq)]
struct Column {
    name: String,
    /// A row says what it is, for nothing stands there by itself.
    needed: bool,
}

/// The tables that rows are put into by name; what a search index keeps of its own is not among them.
fn tables(connection: &Connection) -> Vec<String> {
    let query = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'product_words%'";
    let mut statement = connection.prepare(query).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn columns(connection: &Connection, schema: &str, table: &str) -> Vec<Column> {
    let query = "SELECT name, \"notnull\" = 1 AND dflt_value IS NULL FROM pragma_table_info(?1, ?2)";
    let mut statement = connection.prepare(query).unwrap();
    let column = |row: &rusqlite::Row<'_>| Ok(Column { name: row.get(0)?, needed: row.get(1)? });
    statement.query_map([table, schema], column).unwrap().collect::<Result<_, _>>().unwrap()
}

/// The steps of the schema, in order.
fn steps() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

#[test]
fn a_book_of_any_earlier_program_is_brought_up_to_date() {
    let (book, steps) = (LivedIn::new(), steps());
    for n in 1..=steps.len() {
        let what = format!("after {n} of {} steps", steps.len());
        let folder = book.as_of(&steps[..n]);
        let before: i64 = raw(place(folder.path()).path()).query_row("SELECT count(*) FROM op", [], |row| row.get(0)).unwrap();
        assert_eq!(before.unsigned_abs(), book.digest.operations, "{what}");
        let opened = Replica::open(&place(folder.path())).unwrap();
        book.check(&opened, &what);
        drop(opened);
        let version: i64 = raw(place(folder.path()).path()).pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(version.unsigned_abs(), steps.len() as u64, "{what}");
        book.check(&Replica::open(&place(folder.path())).unwrap(), &format!("{what}, once more"));
    }
}

/// After every third call to the disk from the first step on: what is found is a book of some program before, whole.
#[test]
fn a_power_cut_while_a_book_is_brought_up_to_date_loses_nothing() {
    let (book, disk) = (LivedIn::new(), Disk::mount());
    let old = book.as_of(&steps()[..1]);
    let mut cuts = 0;
    for calls in (0..).step_by(3) {
        let what = format!("{calls} calls");
        disk.forget();
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(place(old.path()).path(), place(folder.path()).path()).unwrap();
        let place = Place::new(folder.path().join("book.db"), key()).through(disk.name());
        disk.cut_after(calls);
        let opened = Replica::open(&place);
        let cut = disk.is_dead();
        assert!(cut || opened.is_ok(), "{what}");
        disk.cut_now();
        drop(opened);
        disk.power_on(if calls % 2 == 0 { Left::Torn(calls) } else { Left::Nothing });
        book.check(&Replica::open(&place).unwrap(), &what);
        if !cut {
            break;
        }
        cuts += 1;
    }
    assert!(cuts > 20, "{cuts} writes: the disk does not see them");
}
