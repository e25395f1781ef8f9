//! Opening, the tables, and what an error says.

use hefu_core::{error::Code, op::Hash};
use hefu_scratch_postgres::{Postgres, Setup};

use super::{entries, fresh, open};
use crate::{
    Devices, LogError, PgLog, PgPlace, SqlState,
    conformance::{Till, till::store},
    postgres::{rows::Quiet, schema},
};

async fn refused(address: &str) -> LogError {
    PgLog::open(PgPlace::read(address).unwrap()).await.err().unwrap()
}

/// BLAKE3 of each step of the schema that was released, in order.
const RELEASED: [&str; 3] = [
    "5dad85a1634dfd77e4db531a906db8bb7cc40341fb140959b3385e07890f4e5b",
    "efa900a62fb959bc26745fcb8877a09f7e7c66954ed705dd16415f00e8eb09ab",
    "dc88e587128631a63fa3d820e4c729299ed0ef443b3e40e706975419700cf3d2",
];

#[test]
fn a_step_that_databases_have_run_is_never_changed() {
    let hex = |hash: Hash| hash.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let now = schema::STEPS.map(|sql| hex(Hash::of(sql.replace("\r\n", "\n").as_bytes())));
    assert_eq!(
        now, RELEASED,
        "databases have run these steps and will not run them again. Put a released step back as it was and say what is to change in a new \
         file behind the last; for a new file, add its hash at the end of RELEASED. No line of it is ever edited"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_open_an_empty_database_at_once_all_may() {
    let base = fresh();
    let address = base.0.address();
    let opened = tokio::join!(open(&address), open(&address), open(&address));
    opened.0.set_setting("a", Some(vec![1])).await.unwrap();
    assert_eq!(opened.2.setting("a").await.unwrap(), Some(vec![1]));
    assert_eq!(base.0.psql("SELECT count(*) FROM hefu_log.step").unwrap(), schema::STEPS.len().to_string());
}

#[tokio::test]
async fn newer_tables_are_refused_and_left_alone() {
    let base = fresh();
    drop(open(&base.0.address()).await);
    base.0.psql("INSERT INTO hefu_log.step VALUES (99)").unwrap();
    assert_eq!(refused(&base.0.address()).await.code(), Code::DatabaseNewer);
    assert_eq!(base.0.psql("SELECT max(no) FROM hefu_log.step").unwrap(), "99");
}

#[tokio::test]
async fn a_database_that_forgets_is_refused() {
    for setting in ["fsync", "full_page_writes"] {
        let careless = Setup { settings: vec![(setting, "off".into())], ..Setup::default() };
        let base = Postgres::start_with(careless).unwrap();
        assert!(matches!(refused(&base.address()).await, LogError::NotDurable));
    }
}

/// What an operator set for the database does not weaken what the log promises.
#[tokio::test]
async fn a_commit_waits_for_the_disk_whatever_the_database_is_set_to() {
    let base = fresh();
    base.0.psql("ALTER DATABASE postgres SET synchronous_commit = off").unwrap();
    base.0.psql("ALTER DATABASE postgres SET default_transaction_isolation = 'serializable'").unwrap();
    let log = open(&base.0.address()).await;
    let set = log.desk.look(|from| {
        Box::pin(async {
            let row = from.query_one("SELECT concat_ws(' ', current_setting('synchronous_commit'), current_setting('jit'))", &[]).await?;
            Ok(row.try_get::<_, String>(0)?)
        })
    });
    assert_eq!(set.await.unwrap(), "on off");
}

#[tokio::test]
async fn who_may_not_is_told_so_at_once() {
    let base = fresh();
    let nobody = refused(&base.0.address().replace("user=hefu", "user=nobody")).await;
    assert!(matches!(nobody, LogError::Server(Some(SqlState(state))) if &state == b"28000"), "{nobody}");
    let nowhere = refused(&base.0.address().replace("dbname=postgres", "dbname=nowhere")).await;
    assert!(matches!(nowhere, LogError::Server(Some(SqlState(state))) if &state == b"3D000"), "{nowhere}");
    base.0.psql("CREATE ROLE poor LOGIN").unwrap();
    let poor = refused(&base.0.address().replace("user=hefu", "user=poor")).await;
    assert!(matches!(poor, LogError::Server(Some(SqlState(state))) if &state == b"42501"), "{poor}");
}

/// PostgreSQL quotes the row that broke a rule, and the client shows its parameters: neither reaches an error or a log.
#[tokio::test]
async fn no_error_shows_what_stands_in_a_row() {
    let base = fresh();
    let log = open(&base.0.address()).await;
    let mut till = Till::joined(&log, 1, store(1)).await;
    base.0.psql("ALTER TABLE hefu_log.op ADD CHECK (octet_length(head) < 10)").unwrap();
    till.work(1, "a word in confidence");
    let error = till.push(&log, 1).await.unwrap_err();
    assert!(error.is_own() && matches!(error, LogError::Server(Some(_))), "{error}");
    assert_eq!(format!("{error:?}"), "Server(Some(SQLSTATE 23514))");
    assert_eq!(format!("{:?}", Quiet(vec!["word"])), "_");
    assert!(entries(&log, 0).await.is_empty());
    base.0.psql("ALTER TABLE hefu_log.op DROP CONSTRAINT op_head_check").unwrap();
    assert_eq!(till.push(&log, 1).await.unwrap(), 1, "and the log goes on");
}
