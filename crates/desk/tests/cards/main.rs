//! Stored-value cards at the counter, through the table of commands (C3): real encrypted books, real balances.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../common/mod.rs"]
mod common;

mod buyers;
mod history;
mod keep;
mod members;
mod payment;
mod purchases;
mod refund;
mod shop;
mod shown;
mod top_up;
