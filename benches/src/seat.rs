//! A cashier at a desk: the large book behind it, the bytes of a screen before it.

use std::{path::Path, sync::Arc};

use hefu_core::error::Code;
use hefu_desk::{
    Authority, Desk, NodeKind, SessionKey, Surroundings,
    wire::{Link, SyncView},
};
use serde_json::{Value, json};

use crate::{
    book,
    error::{BenchError, Done},
};

const WINDOW: SessionKey = SessionKey([1; 32]);
/// The PIN of a store's first cashier in the fixtures.
const CASHIER_PIN: &str = "2001";

/// A till without a server: nothing runs beside what is measured.
struct Alone;

impl Surroundings for Alone {
    fn now(&self) -> i64 {
        hefu_sync::system_clock()()
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), Code> {
        getrandom::fill(bytes).map_err(|_| Code::Internal)
    }

    fn sync(&self) -> SyncView {
        SyncView::of(Link::NoServer)
    }

    fn other_digest(&self, _: u64) -> Option<String> {
        None
    }

    fn authority(&self) -> Option<&dyn Authority> {
        None
    }
}

pub struct Seat {
    desk: Desk,
}

impl Seat {
    /// Opens the book in `folder` and signs a cashier in, to whom names and phones are masked.
    pub fn take(folder: &Path) -> Done<Self> {
        let seat = Self { desk: Desk::new(NodeKind::Till, book::open(folder)?, Arc::new(Alone)) };
        let people = seat.ask("session.staff", &json!({}))?;
        let cashiers = people["staff"].as_array().map(Vec::as_slice).unwrap_or_default();
        for person in cashiers.iter().filter(|person| person["role"] == "cashier") {
            if seat.ask("session.sign_in", &json!({ "staff_id": person["id"], "pin": CASHIER_PIN })).is_ok() {
                return Ok(seat);
            }
        }
        Err(BenchError::setup("no cashier could sign in"))
    }

    /// One command, bytes in and bytes out: what is measured.
    pub fn call(&self, name: &str, request: &[u8]) -> Done<Vec<u8>> {
        self.desk.call(WINDOW, name, request).map_err(|error| BenchError::Refused(name.to_owned(), error.code))
    }

    pub fn ask(&self, name: &str, request: &Value) -> Done<Value> {
        Ok(serde_json::from_slice(&self.call(name, request.to_string().as_bytes())?)?)
    }
}
