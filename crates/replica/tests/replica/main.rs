//! The replica's tests, one program: real files, real encryption, and a disk that can fail.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;
mod counter;

mod authority;
mod buyers;
mod cards;
mod clear;
mod clocks;
mod converge;
mod files;
mod frames;
mod goods;
mod keys;
mod members;
mod migrations;
mod newer;
mod people;
mod power;
mod purchases;
mod refunds;
mod rewards;
mod sales;
mod verify;
mod visits;
