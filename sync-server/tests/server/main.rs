//! The server as its owner, its tills and its people meet it: a real process, real TLS, real files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod browser;
mod certificates;
mod console;
mod enrol;
mod first_admin;
mod logs;
mod named;
mod process;
mod refusals;
mod sign_in;
mod stop;
mod till;
mod watch;
