//! The heads of what moves money, held for ever: `tests/golden/money.txt` has one of each kind, with every optional field. What
//! is read and written again is the same bytes. A change here is a new version of a kind, never an edit.

#![allow(clippy::unwrap_used, reason = "a test")]

use hefu_core::op::{Body, Head};

const HELD: &str = include_str!("golden/money.txt");
/// Kinds that move nothing, or whose bytes are held elsewhere.
const OTHERS: [&str; 9] = [
    "chain.started",
    "store.set",
    "device.set",
    "device.revoked",
    "staff.set",
    "product.set",
    "rule.set",
    "member.registered",
    "member.changed",
];

#[test]
fn every_kind_reads_and_writes_the_bytes_that_are_held() {
    let mut kinds: Vec<String> = OTHERS.map(str::to_owned).to_vec();
    for line in HELD.lines() {
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
    for line in HELD.lines() {
        let head = Head::read(line.as_bytes()).unwrap();
        let postings = Body::read(&head).unwrap().postings().unwrap();
        let sum: i64 = postings.iter().flat_map(|posting| posting.legs()).map(|(_, amount)| amount).sum();
        assert_eq!(sum, 0, "{}", head.kind);
    }
}
