//! The large book, 1,000,000 members and 200,000 goods: made once per machine and kept under `target/bench-data`, in a
//! folder named after everything that decides its bytes, and copied by whoever writes to it.
//!
//! It lies there as a till's own folder does (book and key files), and it is the book of a till that joined a chain long
//! ago: every operation is another log's and has its sequence mark, and nothing is unsent.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use hefu_core::ids::{DeviceId, LogId};
use hefu_demo_book::{LoadPlan, chain_id, load, store_id};
use hefu_fixtures::{Demo, Scale};
use hefu_replica::{FOLD, FileKeys, Identity, KeyName, KeyStore, Place, Replica, Secret};
use rusqlite::Connection;

use crate::error::{BenchError, Done};

pub const SEED: u64 = 1;
/// 2026-06-01 in China: the sales history of the book ends here.
pub const TODAY_MS: i64 = 1_780_243_200_000;
/// Keys of a book of made-up people.
pub const KEY: [u8; 32] = [7; 32];
/// The till whose book it is, in the first store.
const DEVICE: [u8; 16] = [0xbe; 16];
const LOADER: [u8; 16] = [0x10; 16];
const OWN_LOG: [u8; 16] = [0x11; 16];

const LOADER_SOURCES: [&str; 7] = [
    include_str!("../../fixtures/book/src/lib.rs"),
    include_str!("../../fixtures/book/src/people.rs"),
    include_str!("../../fixtures/book/src/rules.rs"),
    include_str!("../../fixtures/book/src/sales.rs"),
    include_str!("../../fixtures/book/src/wallets.rs"),
    include_str!("../../fixtures/src/offers.rs"),
    include_str!("../../fixtures/src/wallets.rs"),
];
/// Enough people, goods and sales to tell one version of the fixtures from another.
const SAMPLES: usize = 1_000;

pub fn demo() -> Demo {
    Demo::new(Scale::large(), SEED)
}

/// The checkout that this program was built from.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

pub fn built(name: &str) -> PathBuf {
    root().join("target/release").join(name)
}

fn data() -> PathBuf {
    root().join("target/bench-data")
}

/// An empty folder for a run, on the same disk as the book.
pub fn fresh(name: &str) -> Done<PathBuf> {
    let folder = data().join("run").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// The folder of the large book, made if it is not there. Nobody writes in it.
pub fn large() -> Done<PathBuf> {
    let folder = data().join(&hash()?[..16]);
    if !folder.exists() {
        let new = folder.with_extension("new");
        if new.exists() {
            fs::remove_dir_all(&new)?;
        }
        fs::create_dir_all(&new)?;
        make(&new)?;
        fs::rename(&new, &folder)?;
    }
    Ok(folder)
}

/// A copy of the large book for a bench that writes.
pub fn large_copy(name: &str) -> Done<PathBuf> {
    let (from, to) = (large()?, fresh(name)?);
    for file in ["book.db", "database.key", "device.key"] {
        fs::copy(from.join(file), to.join(file))?;
    }
    Ok(to)
}

pub fn open(folder: &Path) -> Done<Replica> {
    Ok(Replica::open(&place(folder))?)
}

pub fn place(folder: &Path) -> Place {
    Place::new(folder.join("book.db"), Secret::new(KEY))
}

/// A connection as the floors open theirs.
pub fn connect(path: &Path) -> Done<Connection> {
    connect_with(path, &KEY)
}

pub fn connect_with(path: &Path, key: &[u8; 32]) -> Done<Connection> {
    let connection = Connection::open(path)?;
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    connection.execute_batch(&format!(
        "PRAGMA key = \"x'{key}'\"; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
         PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0;"
    ))?;
    Ok(connection)
}

/// Makes the book in `folder` that of a device which a server has let in.
pub fn join(folder: &Path, device: DeviceId, address: &str, pin: &str) -> Done {
    let connection = connect(&folder.join("book.db"))?;
    connection.execute("UPDATE meta SET value = ?1 WHERE name = 'device'", [device.as_bytes().as_slice()])?;
    let server = serde_json::json!({ "address": address, "fingerprint": pin, "caught_up": true, "revoked": false });
    fs::write(folder.join("server.json"), server.to_string())?;
    Ok(())
}

/// Makes the book in `folder` one that has read the chain up to `seq`.
pub fn begin_after(folder: &Path, seq: u64) -> Done {
    let connection = connect(&folder.join("book.db"))?;
    connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('cursor', ?1)", [seq.cast_signed()])?;
    Ok(())
}

/// Of what this program would put into the book: tables, people, goods, sales and the loader that lays them.
fn hash() -> Done<String> {
    let scratch = fresh("schema")?;
    drop(Replica::create(&place(&scratch), identity(&demo()))?);
    let connection = connect(&scratch.join("book.db"))?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(&FOLD.to_be_bytes()).update(&SEED.to_be_bytes());
    let mut tables = connection.prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")?;
    for sql in tables.query_map([], |row| row.get::<_, String>(0))? {
        hasher.update(sql?.as_bytes());
    }
    let demo = demo();
    for n in 0..SAMPLES {
        hasher.update(format!("{:?} {:?} {:?}", demo.member(n), demo.product(n), demo.sale(n)).as_bytes());
    }
    LOADER_SOURCES.iter().for_each(|source| {
        hasher.update(source.as_bytes());
    });
    drop(tables);
    drop(connection);
    fs::remove_dir_all(scratch)?;
    Ok(hasher.finalize().to_hex().to_string())
}

pub fn identity(demo: &Demo) -> Identity {
    Identity {
        chain: chain_id(demo),
        device: DeviceId::from_bytes(DEVICE),
        store: Some(store_id(demo, 0)),
        till_no: 1,
        log: LogId::from_bytes(LOADER),
    }
}

fn make(folder: &Path) -> Done {
    println!("Making the large book in {} (once per machine).", folder.display());
    let keys = FileKeys::new(folder);
    keys.put(KeyName::Database, &Secret::new(KEY))?;
    keys.put(KeyName::Device, &Secret::new(KEY))?;
    let demo = demo();
    let replica = Replica::create(&place(folder), identity(&demo))?;
    let from = Instant::now();
    let phc = |pin: &str| hefu_desk::hash_secret(pin, [9; 16]).unwrap_or_default();
    let mut progress = |done: u64, total: u64| println!("  {done} of {total} operations, {} s", from.elapsed().as_secs());
    load(&replica, &demo, LoadPlan { today_start_ms: TODAY_MS, seed: SEED, phc: &phc, progress: &mut progress })?;
    drop(replica);
    as_if_joined(&connect(&folder.join("book.db"))?)?;
    let left = fs::metadata(folder.join("book.db-wal")).map_or(0, |file| file.len());
    if left > 0 {
        return Err(BenchError::setup("the large book was not closed whole"));
    }
    println!("  {} MB, {} s", fs::metadata(folder.join("book.db"))?.len() / 1_000_000, from.elapsed().as_secs());
    Ok(())
}

/// Makes the loader's log another's, as a till that joined the chain holds it.
fn as_if_joined(connection: &Connection) -> Done {
    let own = LogId::from_bytes(OWN_LOG);
    connection.execute_batch("BEGIN; UPDATE op SET gseq = seq, received_at = 0; DELETE FROM beside_out;")?;
    connection.execute(
        "INSERT OR REPLACE INTO meta (name, value) SELECT 'cursor', head_seq FROM log WHERE log = ?1",
        [LogId::from_bytes(LOADER).as_bytes().as_slice()],
    )?;
    connection.execute("UPDATE meta SET value = ?1 WHERE name = 'log'", [own.as_bytes().as_slice()])?;
    connection.execute(
        "INSERT INTO log (log, head_seq, head_hash) VALUES (?1, 0, ?2)",
        (own.as_bytes().as_slice(), hefu_core::op::Hash::start_of(own).0.as_slice()),
    )?;
    connection.execute_batch("COMMIT;")?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}
