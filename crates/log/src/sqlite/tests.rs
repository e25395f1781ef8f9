//! The suite on SQLite, and what is SQLite's own: the key, the file, the full disk.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use hefu_core::{error::Code, op::Hash};
use tempfile::TempDir;

use super::*;
use crate::{
    Devices, Leases,
    conformance::{
        Ground, Till,
        leases::{ask, broken, figures, loaded},
        money::{MEMBER, POINTS, PRINCIPAL, adjusted, coupon_issued, used},
        till::store,
    },
};

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
const RELEASED: [&str; 3] = [
    "134e9a244b2408c6fa0ae977cb2b7395481f650a5cfe3331aa412fa8cb740352",
    "ea3730c609e273fc068d9bd6adcb5c70b1263238d15ddedeeb6b8607528c7138",
    "902b7fa410305e06136dc239f6bfd94925f780c3ebfd216c90ed5e85061689bf",
];

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

/// The file as a program left it that knew no accounts.
fn as_before_accounts(folder: &Folder) {
    folder
        .raw()
        .execute_batch(
            "DROP TABLE escrow; DROP TABLE lease; DROP TABLE lease_floor; DROP TABLE lease_release; DROP TABLE exception;
             DROP TABLE coupon_return; ALTER TABLE head DROP COLUMN returned; ALTER TABLE head DROP COLUMN recall_seq; ALTER TABLE head DROP COLUMN escrowed; ALTER TABLE log DROP COLUMN founder;
             PRAGMA user_version = 1;",
        )
        .unwrap();
}

/// Everything that the accounts hold, row by row.
fn dump(folder: &Folder) -> Vec<String> {
    let raw = folder.raw();
    let mut rows = Vec::new();
    for sql in [
        "SELECT hex(account), credited, spent, lapsed, free, owed, released FROM escrow ORDER BY 1",
        "SELECT hex(lease), hex(account), hex(log), granted, spent, remaining, stage FROM lease ORDER BY 1",
        "SELECT gseq, no, what, hex(account), amount, owed, received_at FROM exception ORDER BY 1, 2",
        "SELECT hex(log), founder, 0, 0, 0, 0, 0 FROM log ORDER BY 1",
        "SELECT hex(account), hex(sale), 0, 0, 0, 0, 0 FROM coupon_return ORDER BY 1, 2",
        "SELECT seq, escrowed, returned, 0, 0, 0, 0 FROM head",
    ] {
        let mut query = raw.prepare(sql).unwrap();
        let row = |row: &rusqlite::Row<'_>| (0..7).map(|at| Ok(format!("{:?}", row.get_ref(at)?))).collect::<rusqlite::Result<Vec<_>>>();
        rows.extend(query.query_map([], row).unwrap().map(|row| row.unwrap().join(" ")));
    }
    rows
}

/// Of a log that is older than its accounts they are what they would have been, wherever the server stops meanwhile.
#[tokio::test]
async fn an_older_log_reads_its_accounts_once() {
    let folder = fresh();
    let log = folder.open().unwrap();
    let (mut a, mut b) = loaded(&log, 100).await;
    let mut hq = Till::joined(&log, 3, None).await;
    for n in 1..=30 {
        a.says(a.card_sale(n, 7), &used(n, PRINCIPAL, 7));
        b.says(b.reward_sale(n + 100, 5, 3, false), &hefu_core::op::Leased::NONE);
        hq.says(adjusted(if n % 3 == 0 { -20 } else { 4 }), &hefu_core::op::Leased::NONE);
    }
    a.push(&log, 2).await.unwrap();
    b.push(&log, 1).await.unwrap();
    hq.push(&log, 1).await.unwrap();
    drop(log);
    let eager = dump(&folder);
    assert!(eager.len() > 90);
    as_before_accounts(&folder);
    {
        let mut raw = folder.raw();
        file::migrate(&mut raw).unwrap();
        for _ in 0..4 {
            assert!(build::some_of(&mut raw, 7).unwrap(), "and there the server stops");
        }
    }
    assert_ne!(dump(&folder), eager);
    let log = folder.open().unwrap();
    assert_eq!(dump(&folder), eager);
    a.push(&log, 1).await.unwrap();
    assert_eq!(ask(&log, &b, 200, POINTS, 1).await, Err(hefu_core::lease::Denial::TooLittle));
    assert_eq!(figures(&log, PRINCIPAL).await, [0, 0, 210, 110]);
    drop(log);
    assert_eq!(dump(&folder).len(), eager.len() + 1, "read once; and one answer more");
}

/// A program before counted each refund that gives a coupon back. What it counted too much is taken back once, and nothing else changes.
#[tokio::test]
async fn what_came_back_too_often_is_taken_back_once() {
    let folder = fresh();
    let log = folder.open().unwrap();
    let (mut a, mut b) = loaded(&log, 100).await;
    let mut hq = Till::joined(&log, 3, None).await;
    hq.says(coupon_issued(), &hefu_core::op::Leased::NONE);
    hq.push(&log, 1).await.unwrap();
    a.says(a.reward_sale(1, 0, 0, true), &hefu_core::op::Leased::NONE);
    for n in 0..3 {
        a.says(a.refund(1, 10, 0, n != 1), &hefu_core::op::Leased::NONE);
        b.says(b.refund(1, 10, 0, true), &hefu_core::op::Leased::NONE);
    }
    a.push(&log, 2).await.unwrap();
    b.push(&log, 1).await.unwrap();
    assert_eq!(ask(&log, &b, 1, PRINCIPAL, 30).await, Ok(30));
    drop(log);
    let eager = dump(&folder);
    folder
        .raw()
        .execute_batch(
            "UPDATE escrow SET credited = credited + 4, free = free + 4 WHERE spent = 1;
             DROP TABLE coupon_return; ALTER TABLE head DROP COLUMN returned; PRAGMA user_version = 2;",
        )
        .unwrap();
    {
        let mut raw = folder.raw();
        file::migrate(&mut raw).unwrap();
        assert!(build::some_of(&mut raw, 5).unwrap(), "and there the server stops");
    }
    assert_ne!(dump(&folder), eager);
    for _ in 0..2 {
        drop(folder.open().unwrap());
        assert_eq!(dump(&folder), eager);
    }
}

#[tokio::test]
async fn an_older_logs_first_operation_may_begin_the_chain() {
    let folder = fresh();
    let log = folder.open().unwrap();
    let chain = hefu_core::ids::ChainId::from_bytes([0xc0; 16]);
    log.set_setting("chain", Some(chain.as_bytes().to_vec())).await.unwrap();
    let mut first = Till::joined(&log, 1, store(1)).await;
    first.says(hefu_core::op::ChainStarted { chain, name: "合符示范".into(), demo: false }, &hefu_core::op::Leased::NONE);
    first.says(adjusted(70), &hefu_core::op::Leased::NONE);
    first.push(&log, 1).await.unwrap();
    drop(log);
    let eager = dump(&folder);
    as_before_accounts(&folder);
    drop(folder.open().unwrap());
    assert_eq!(dump(&folder), eager);
    assert!(eager.iter().any(|row| row.contains("70")), "{MEMBER} has them");
}

/// Rows that do not add up are said, and nothing is lent of them.
#[tokio::test]
async fn an_account_that_does_not_add_up_is_damaged() {
    let folder = fresh();
    let log = folder.open().unwrap();
    let (a, _) = loaded(&log, 100).await;
    folder.raw().execute("UPDATE escrow SET free = free + 1", []).unwrap();
    let asked = log.lend(a.holder(), vec![a.asks(1, PRINCIPAL, 1, hefu_core::lease::Term::Hold)]).await;
    assert_eq!(asked.unwrap_err().code(), Code::DatabaseDamaged);
    assert_eq!(broken(&log).await, []);
}
