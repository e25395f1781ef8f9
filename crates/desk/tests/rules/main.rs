//! Rules at the console: listed with their versions, tried on sales that were made, put in force (G3, C5).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

#[path = "../common/mod.rs"]
mod common;

mod levels;
mod preview;
mod saving;
mod shop;
mod versions;
