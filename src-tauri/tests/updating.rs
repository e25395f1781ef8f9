//! A program that folds better than the one before brings its book up to date behind a window that says so, and then works (I14).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod common;

use std::path::Path;

use common::{Server, till::Till, window::Window};
use serde_json::json;

fn book(folder: &Path) -> rusqlite::Connection {
    let key: String = std::fs::read(folder.join("database.key")).unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    let book = rusqlite::Connection::open(folder.join("book.db")).unwrap();
    book.execute_batch(&format!("PRAGMA key = \"x'{key}'\"")).unwrap();
    book
}

fn fold(folder: &Path) -> i64 {
    book(folder).query_row("SELECT value FROM meta WHERE name = 'fold'", [], |row| row.get(0)).unwrap()
}

/// As the program before this one left it: the same operations, folded by an older fold.
fn folded_by_an_older_program(folder: &Path) {
    assert_eq!(book(folder).execute("UPDATE meta SET value = value - 1 WHERE name = 'fold'", []).unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_book_that_is_brought_up_to_date_shows_how_far_it_is_and_then_works() {
    let server = Server::demo();
    let folder = tempfile::tempdir().unwrap();
    let till = Till::start(folder.path());
    till.ok("setup.join", json!({ "code": server.code("HB").write().unwrap() })).await;
    till.until("the book is read", "setup.status", json!({}), |setup| setup["stage"]["stage"] == "ready").await;
    drop(till);
    drop(server);
    let today = fold(folder.path());
    folded_by_an_older_program(folder.path());

    let window = Window::open(folder.path()).await;
    // Until the till has answered, the screen does not know which stage it is.
    window.find("[data-testid='first-run'][data-stage='updating']").await;
    let said = window.text("setup-progress").await;
    assert!(said.chars().any(|letter| letter.is_ascii_digit()), "how far it is: {said}");
    window.picture("updating").await;
    window.see("pin-pad").await;
    window.close().await;
    assert_eq!(fold(folder.path()), today);
}
