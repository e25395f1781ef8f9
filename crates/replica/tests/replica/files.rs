//! Making, opening and closing a book, and everything that can be wrong with the file (bad input of the design).

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use hefu_core::{error::Code, ids::SaleId};
use hefu_replica::{FileKeys, Identity, KeyName, KeyStore, Place, Protection, Replica, Secret};

use crate::common::{MYSELF, NOW, book, by, code, found, identity, key, place, raw, sell};

#[test]
fn a_book_is_the_same_after_it_was_closed() {
    let (folder, replica) = book();
    found(&replica);
    sell(&replica, by(NOW), SaleId::from_bytes([1; 16]), None, &[(1, 2)]).unwrap();
    let (digest, held) = (replica.digest().unwrap(), replica.held().unwrap());
    drop(replica);
    let replica = Replica::open(&place(folder.path())).unwrap();
    assert_eq!(replica.identity(), identity(1, Some(crate::common::STORE_A)));
    assert_eq!((replica.digest().unwrap(), replica.held().unwrap()), (digest, held));
    assert!(replica.verify().unwrap().ok());
}

#[test]
fn an_hq_book_has_no_store() {
    let (folder, replica) = crate::common::book_of(identity(2, None));
    drop(replica);
    assert_eq!(Replica::open(&place(folder.path())).unwrap().identity(), Identity { store: None, ..identity(2, None) });
}

#[test]
fn a_book_is_never_made_over_another() {
    let (folder, replica) = book();
    found(&replica);
    let digest = replica.digest().unwrap();
    drop(replica);
    for other in [key(), Secret::new([1; 32])] {
        let place = Place::new(place(folder.path()).path(), other);
        assert_eq!(code(Replica::create(&place, identity(3, None)).map(drop)), Code::AlreadySetUp);
    }
    assert_eq!(Replica::open(&place(folder.path())).unwrap().digest().unwrap(), digest);
}

#[test]
fn what_a_crash_left_of_making_a_book_is_in_nobodys_way() {
    let folder = tempfile::tempdir().unwrap();
    for left in ["book.db.new", "book.db.new-wal", "book.db-wal", "book.db-shm"] {
        std::fs::write(folder.path().join(left), b"half of something").unwrap();
    }
    assert!(!place(folder.path()).exists());
    drop(Replica::create(&place(folder.path()), identity(1, None)).unwrap());
    Replica::open(&place(folder.path())).unwrap();
    assert!(!folder.path().join("book.db.new").exists());
}

#[test]
fn a_file_that_is_missing_empty_or_cut_short_is_not_made_new() {
    let (folder, replica) = book();
    found(&replica);
    drop(replica);
    let path = folder.path().join("book.db");
    let whole = std::fs::read(&path).unwrap();
    for (len, expect) in [(0, Code::DatabaseDamaged), (100, Code::DatabaseKeyWrong), (whole.len() / 2, Code::DatabaseDamaged)] {
        std::fs::write(&path, &whole[..len]).unwrap();
        assert_eq!(code(Replica::open(&place(folder.path())).and_then(|book| book.verify()).map(drop)), expect, "{len} bytes");
    }
    std::fs::remove_file(&path).unwrap();
    assert!(Replica::open(&place(folder.path())).is_err());
    assert!(!path.exists());
}

/// One bit on the disk, in the middle of each page: whoever reads that page says so, whoever does not reads what was written, and
/// nobody writes over it.
#[test]
fn a_changed_byte_is_found_where_it_is_read_and_loses_nothing() {
    const PAGE: usize = 4096;
    let (folder, replica) = book();
    found(&replica);
    sell(&replica, by(NOW), SaleId::from_bytes([1; 16]), None, &[(1, 2)]).unwrap();
    let digest = replica.digest().unwrap();
    drop(replica);
    let path = folder.path().join("book.db");
    let whole = std::fs::read(&path).unwrap();
    let mut damaged = 0;
    for page in 0..whole.len() / PAGE {
        let mut bytes = whole.clone();
        bytes[page * PAGE + PAGE / 2] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        match Replica::open(&place(folder.path())).and_then(|book| book.verify()) {
            Ok(verified) => assert_eq!((verified.ok(), &verified.digest), (true, &digest), "page {page}"),
            Err(error) if page == 0 => assert_eq!(error.code(), Code::DatabaseKeyWrong),
            Err(error) => {
                assert_eq!(error.code(), Code::DatabaseDamaged, "page {page}");
                damaged += 1;
            }
        }
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "page {page}");
    }
    assert!(damaged > 20, "{damaged} of {} pages", whole.len() / PAGE);
    std::fs::write(&path, &whole).unwrap();
    assert!(Replica::open(&place(folder.path())).unwrap().verify().unwrap().ok());
}

#[test]
fn another_key_does_not_open_it() {
    let (folder, replica) = book();
    drop(replica);
    let path = place(folder.path()).path().to_owned();
    let before = std::fs::read(&path).unwrap();
    let wrong = Place::new(&path, Secret::new([1; 32]));
    assert_eq!(code(Replica::open(&wrong).map(drop)), Code::DatabaseKeyWrong);
    assert_eq!(std::fs::read(&path).unwrap(), before);
    Replica::open(&place(folder.path())).unwrap();
}

#[test]
fn a_book_of_a_later_schema_is_left_as_it_is() {
    let (folder, replica) = book();
    found(&replica);
    drop(replica);
    let path = place(folder.path()).path().to_owned();
    raw(&path).execute_batch("PRAGMA user_version = 99").unwrap();
    let before = std::fs::read(&path).unwrap();
    assert_eq!(code(Replica::open(&place(folder.path())).map(drop)), Code::DatabaseNewer);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_book_that_a_later_program_folded_is_left_as_it_is() {
    let (folder, replica) = book();
    found(&replica);
    drop(replica);
    let path = place(folder.path()).path().to_owned();
    raw(&path).execute_batch("UPDATE meta SET value = 99 WHERE name = 'fold'").unwrap();
    let before = std::fs::read(&path).unwrap();
    assert_eq!(code(Replica::open(&place(folder.path())).map(drop)), Code::DatabaseNewer);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_book_that_an_earlier_program_folded_is_folded_again() {
    let (folder, replica) = book();
    found(&replica);
    let digest = replica.digest().unwrap();
    drop(replica);
    let path = place(folder.path()).path().to_owned();
    raw(&path).execute_batch("UPDATE meta SET value = 0 WHERE name = 'fold'; DELETE FROM product; DELETE FROM store").unwrap();
    let replica = Replica::open(&place(folder.path())).unwrap();
    assert_eq!(replica.digest().unwrap(), digest);
    assert!(replica.verify().unwrap().ok());
}

#[test]
fn one_book_is_open_once() {
    let (folder, replica) = book();
    assert_eq!(code(Replica::open(&place(folder.path())).map(drop)), Code::DatabaseInUse);
    let clone = replica.clone();
    drop(replica);
    assert_eq!(code(Replica::open(&place(folder.path())).map(drop)), Code::DatabaseInUse);
    drop(clone);
    Replica::open(&place(folder.path())).unwrap();
}

const FOLDER: &str = "HEFU_TEST_FOLDER";

fn given_folder() -> PathBuf {
    std::env::var_os(FOLDER).map(PathBuf::from).expect("run by another test alone")
}

#[test]
#[ignore = "another test runs it as a process of its own"]
fn hold_the_book() {
    let _replica = Replica::open(&place(&given_folder())).unwrap();
    println!("the book is open");
    drop(std::io::stdin().lines().next());
}

#[test]
fn a_second_process_is_refused_until_the_first_is_gone() {
    let (folder, replica) = book();
    drop(replica);
    let mut other = Command::new(&*MYSELF)
        .args(["--exact", "files::hold_the_book", "--ignored", "--nocapture"])
        .env(FOLDER, folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(other.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.contains("the book is open")));
    assert_eq!(code(Replica::open(&place(folder.path())).map(drop)), Code::DatabaseInUse);
    // Killed, it lets go: the lock is the system's, not a file's being there.
    other.kill().unwrap();
    other.wait().unwrap();
    Replica::open(&place(folder.path())).unwrap();
}

#[test]
#[ignore = "another test runs it as an unprivileged user"]
fn with_a_folder_that_cannot_be_written() {
    let folder = given_folder();
    assert_eq!(code(Replica::open(&place(&folder.join("held"))).map(drop)), Code::FolderReadOnly);
    assert_eq!(code(Replica::create(&place(&folder.join("empty")), identity(1, None)).map(drop)), Code::FolderReadOnly);
    assert_eq!(code(Replica::create(&place(&folder.join("empty/new")), identity(1, None)).map(drop)), Code::FolderReadOnly);
    assert_eq!(code(FileKeys::new(folder.join("empty")).get_or_make(KeyName::Database)), Code::FolderReadOnly);
    println!("refused politely");
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_said_to_be() {
    use std::os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    };
    let mode = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (held, empty, program) = (folder.path().join("held"), folder.path().join("empty"), folder.path().join("program"));
    std::fs::create_dir(&held).unwrap();
    std::fs::create_dir(&empty).unwrap();
    drop(Replica::create(&place(&held), identity(1, None)).unwrap());
    // Where an unprivileged user can reach it.
    std::fs::copy(&*MYSELF, &program).unwrap();
    for name in ["book.db", "book.db.lock"] {
        mode(&held.join(name), 0o444);
    }
    for path in [&held, &empty, &program] {
        mode(path, 0o555);
    }
    mode(folder.path(), 0o755);
    let mut command = Command::new(&program);
    command.args(["--exact", "files::with_a_folder_that_cannot_be_written", "--ignored", "--nocapture"]).env(FOLDER, folder.path());
    if std::fs::metadata(&held).unwrap().uid() == 0 {
        // Nobody, for root may write anywhere.
        command.uid(65534).gid(65534);
    }
    let output = command.output().unwrap();
    for path in [&held, &empty] {
        mode(path, 0o755);
    }
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("refused politely"), "{told}{}", String::from_utf8_lossy(&output.stderr));
    Replica::open(&place(&held)).unwrap();
}

#[cfg(unix)]
#[test]
fn a_key_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let keys = FileKeys::new(folder.path().join("keys"));
    assert_eq!(keys.get(KeyName::Database).unwrap(), None);
    let made = keys.get_or_make(KeyName::Database).unwrap();
    assert_eq!(keys.get_or_make(KeyName::Database).unwrap(), made);
    assert_ne!(keys.get_or_make(KeyName::Device).unwrap(), made);
    assert_eq!(keys.protection(), Protection::File);
    for name in ["database.key", "device.key"] {
        let mode = std::fs::metadata(folder.path().join("keys").join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    std::fs::write(folder.path().join("keys/database.key"), b"short").unwrap();
    assert_eq!(code(keys.get(KeyName::Database)), Code::KeyStoreFailed);
}

#[test]
fn six_read_at_once_and_the_seventh_waits() {
    const MOST: usize = 6;
    let (_folder, replica) = book();
    found(&replica);
    // A reader that panics gives its place back.
    for _ in 0..MOST {
        let reader = replica.clone();
        let gone = std::thread::spawn(move || reader.read(|_| -> Result<(), hefu_replica::Error> { panic!("while reading") })).join();
        assert!(gone.is_err());
    }
    let (inside, highest, six) = (AtomicUsize::new(0), AtomicUsize::new(0), Barrier::new(MOST));
    std::thread::scope(|scope| {
        for _ in 0..4 * MOST {
            scope.spawn(|| {
                let stores = replica.read(|book| {
                    highest.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
                    six.wait();
                    std::thread::sleep(std::time::Duration::from_millis(20));
                    inside.fetch_sub(1, SeqCst);
                    book.stores()
                });
                assert_eq!(stores.unwrap().len(), 2);
            });
        }
    });
    assert_eq!(highest.load(SeqCst), MOST);
}
