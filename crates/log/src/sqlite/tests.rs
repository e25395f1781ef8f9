//! The suite on SQLite, and what is SQLite's own: the key, the file, the full disk.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use hefu_core::{error::Code, op::Hash};
use tempfile::TempDir;

use super::*;
use crate::conformance::{Ground, Till};

const KEY: [u8; 32] = [3; 32];

struct Folder(TempDir);

impl Folder {
    fn file(&self) -> PathBuf {
        self.0.path().join("chain.hefu-log")
    }

    fn open(&self) -> Result<SqliteLog, LogError> {
        SqliteLog::open(&self.file(), &KEY)
    }

    /// Open as any process but this program's own would.
    fn raw(&self) -> Connection {
        file::connect(&self.file(), &KEY, None, file::Use::Write).unwrap()
    }
}

#[async_trait]
impl Ground for Folder {
    async fn open(&self) -> Arc<dyn ChainLog> {
        Arc::new(Folder::open(self).unwrap())
    }
}

fn fresh() -> Folder {
    Folder(TempDir::new().unwrap())
}

mod suite {
    crate::conformance_tests!(super::fresh);
}

#[test]
fn another_key_does_not_open_it_and_nothing_is_in_clear() {
    let folder = fresh();
    drop(folder.open().unwrap());
    assert_eq!(SqliteLog::open(&folder.file(), &[4; 32]).err().unwrap().code(), Code::DatabaseKeyWrong);
    let bytes = std::fs::read(folder.file()).unwrap();
    assert!(!bytes.windows(8).any(|window| window == b"person_k" || window == b"SQLite f"));
}

/// BLAKE3 of each step of the schema that was released, in order.
const RELEASED: [&str; 1] = ["134e9a244b2408c6fa0ae977cb2b7395481f650a5cfe3331aa412fa8cb740352"];

#[test]
fn a_step_that_files_have_run_is_never_changed() {
    let hex = |hash: Hash| hash.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let now = file::STEPS.map(|sql| hex(Hash::of(sql.replace("\r\n", "\n").as_bytes())));
    assert_eq!(
        now, RELEASED,
        "installed files have run these steps and will not run them again. Put a released step back as it was and say what is to change \
         in a new file behind the last; for a new file, add its hash at the end of RELEASED. No line of it is ever edited"
    );
}

#[test]
fn a_second_process_is_refused() {
    let folder = fresh();
    let first = folder.open().unwrap();
    assert_eq!(folder.open().err().unwrap().code(), Code::DatabaseInUse);
    drop(first);
    folder.open().unwrap();
}

#[test]
fn a_newer_file_is_refused_and_left_alone() {
    let folder = fresh();
    drop(folder.open().unwrap());
    folder.raw().execute_batch("PRAGMA user_version = 99").unwrap();
    assert_eq!(folder.open().err().unwrap().code(), Code::DatabaseNewer);
    let version: i64 = folder.raw().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 99);
}

#[test]
fn a_folder_that_is_not_there_is_said() {
    let path = fresh().0.path().join("nowhere/chain.hefu-log");
    assert_eq!(SqliteLog::open(&path, &KEY).err().unwrap().code(), Code::FolderReadOnly);
}

/// Every page is authenticated: a changed byte is an error, never another fact.
#[test]
fn a_damaged_file_is_said() {
    let folder = fresh();
    drop(folder.open().unwrap());
    let mut bytes = std::fs::read(folder.file()).unwrap();
    for page in bytes.chunks_mut(4096).skip(1) {
        page[2000] ^= 1;
    }
    std::fs::write(folder.file(), bytes).unwrap();
    let code = folder.open().err().unwrap().code();
    assert!(matches!(code, Code::DatabaseDamaged | Code::DatabaseKeyWrong), "{code}");
}

#[test]
fn durable_and_encrypted_as_promised() {
    let folder = fresh();
    drop(folder.open().unwrap());
    let raw = folder.raw();
    let text = |pragma: &str| raw.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, String>(0)).unwrap();
    let number = |pragma: &str| raw.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(text("journal_mode"), "wal");
    assert_eq!((number("synchronous"), number("temp_store"), number("foreign_keys"), number("secure_delete")), (2, 2, 1, 1));
    assert!(!text("cipher_version").is_empty());
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_heals() {
    let folder = fresh();
    let log = folder.open().unwrap();
    let mut till = Till::joined(&log, 1, None).await;
    let limit = async |pages: i64| {
        let writer = log.writer.lock().await;
        let pages = if pages < 0 { writer.query_row("PRAGMA page_count", [], |row| row.get::<_, i64>(0)).unwrap() + 2 } else { pages };
        writer.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
    };
    limit(-1).await;
    let mut sent = 0;
    let refused = loop {
        till.work(10, &"x".repeat(500));
        match till.push(&log, sent + 1).await {
            Ok(held) => sent = held,
            Err(error) => break error,
        }
    };
    assert_eq!(refused.code(), Code::DiskFull);
    assert_eq!(log.tip().borrow().head, sent);
    assert_eq!(log.log_head(till.log, sent).await.unwrap().map_or(0, |head| head.seq), sent);
    limit(1_000_000).await;
    assert_eq!(till.push(&log, sent + 1).await.unwrap(), till.ops().len() as u64);
}

/// Either all of it or none is there; a till pushes again in any case.
#[tokio::test]
async fn a_push_that_nobody_waits_for_is_whole() {
    let folder = fresh();
    let log = Arc::new(folder.open().unwrap());
    let mut till = Till::joined(&*log, 1, None).await;
    for round in 0..20 {
        till.work(5, "a");
        let (to, from) = (log.clone(), till.clone());
        let push = tokio::spawn(async move { from.push(&*to, round * 5 + 1).await });
        tokio::time::sleep(std::time::Duration::from_micros(round * 37)).await;
        push.abort();
        let _ = push.await;
        assert_eq!(log.look(read::tip).await.unwrap().head % 5, 0);
        assert_eq!(till.push(&*log, round * 5 + 1).await.unwrap(), round * 5 + 5);
    }
    assert_eq!(log.tip().borrow().head, 100);
}
