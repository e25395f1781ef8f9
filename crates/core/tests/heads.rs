//! The heads of every kind, held for ever: `tests/golden/money.txt` and `house.txt` have one of each, with every optional field.
//! What is read and written again is the same bytes. A change here is a new version of a kind, never an edit.

#![allow(clippy::unwrap_used, reason = "a test")]

use hefu_core::op::{Body, Head};

const MONEY: &str = include_str!("golden/money.txt");
/// What moves nothing: the house, its people and its goods.
const HOUSE: &str = include_str!("golden/house.txt");

#[test]
fn every_kind_reads_and_writes_the_bytes_that_are_held() {
    let mut kinds = Vec::new();
    for line in MONEY.lines().chain(HOUSE.lines()) {
        let head = Head::read(line.as_bytes()).unwrap();
        let body = Body::read(&head).unwrap();
        assert_ne!(body, Body::Unknown, "{}", head.kind);
        let written = String::from_utf8(body.write(&head.stamp).unwrap()).unwrap();
        assert_eq!(written, line, "{}", head.kind);
        kinds.push(head.kind);
    }
    kinds.sort();
    let mut known: Vec<&str> = Body::KINDS.iter().map(|(kind, _)| *kind).collect();
    known.sort_unstable();
    assert_eq!(kinds, known);
}

#[test]
fn postings_of_every_kind_sum_to_zero() {
    for line in MONEY.lines() {
        let head = Head::read(line.as_bytes()).unwrap();
        let postings = Body::read(&head).unwrap().postings().unwrap();
        let sum: i64 = postings.iter().flat_map(|posting| posting.legs()).map(|(_, amount)| amount).sum();
        assert_eq!(sum, 0, "{}", head.kind);
    }
}
