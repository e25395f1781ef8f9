//! The heads of every kind, held for ever: `tests/golden/money.txt` and `house.txt` have each of them, with every optional field.
//! What is read and written again is the same bytes. A change here is a new version of a kind, never an edit.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;

use hefu_core::op::{Body, Head};
use serde_json::Value;

const MONEY: &str = include_str!("golden/money.txt");
/// What moves nothing: the house, its people and its goods.
const HOUSE: &str = include_str!("golden/house.txt");
/// What is said of leases: beside the body of any kind, and by a seal.
const LEASES: &str = include_str!("golden/leases.txt");

#[test]
fn every_kind_reads_and_writes_the_bytes_that_are_held() {
    let mut kinds = Vec::new();
    for line in MONEY.lines().chain(HOUSE.lines()).chain(LEASES.lines()) {
        let head = Head::read(line.as_bytes()).unwrap();
        let body = Body::read(&head).unwrap();
        assert_ne!(body, Body::Unknown, "{}", head.kind);
        let written = String::from_utf8(body.write_leased(&head.stamp, &head.leased).unwrap()).unwrap();
        assert_eq!(written, line, "{}", head.kind);
        kinds.push(head.kind);
    }
    kinds.sort();
    // A kind that was given another field later is held without it too.
    kinds.dedup();
    let mut known: Vec<&str> = Body::KINDS.iter().map(|(kind, _)| *kind).collect();
    known.sort_unstable();
    assert_eq!(kinds, known);
}

/// A head says of leases what it says, and nothing where that does not read: the body counts all the same, as it does to a program
/// that knows no leases.
#[test]
fn what_is_said_of_leases_is_read_beside_the_body() {
    let said: Vec<_> =
        LEASES.lines().map(|line| Head::read(line.as_bytes()).unwrap().leased).map(|said| (said.uses.len(), said.keeps.len())).collect();
    assert_eq!(said, [(2, 1), (1, 0), (0, 1), (0, 0)]);
    for line in MONEY.lines().chain(HOUSE.lines()) {
        assert!(Head::read(line.as_bytes()).unwrap().leased.is_none());
    }
    let line = LEASES.lines().next().unwrap();
    let start = line.find(r#""uses":"#).unwrap() + 7;
    let end = line.find(r#","keeps":"#).unwrap();
    for strange in ["7", "null", r#"[{"account":"cash/x"}]"#, r#"{"of":"everything"}"#] {
        let bent = format!("{}{strange}{}", &line[..start], &line[end..]);
        let head = Head::read(bent.as_bytes()).unwrap();
        assert_eq!((head.leased.uses.len(), head.leased.keeps.len()), (0, 1), "{strange}");
        assert_ne!(Body::read(&head).unwrap(), Body::Unknown);
    }
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

/// The words that stand in clear in a head: names that the chain gave to things, and numbers and states of its own making. What is
/// said of an act or a person is sealed (F5), so a new row here is a question to be asked.
const WORDS: &[(&str, &str)] = &[
    ("batch.closed", "name"),
    ("card.changed", "change.to"),
    ("card.opened", "card_no"),
    ("card.refunded", "cause"),
    ("card.refunded", "receipt_no"),
    ("card.topped_up", "plan"),
    ("card.topped_up", "receipt_no"),
    ("chain.started", "name"),
    ("coupons.issued", "coupons[].code"),
    ("exchange", "refund.parts[].kind"),
    ("exchange", "refund.receipt_no"),
    ("exchange", "sale.receipt_no"),
    ("exchange", "sale.tier"),
    // A kind of account and an id.
    ("lease.sealed", "seals[].account"),
    ("product.set", "barcodes[]"),
    ("product.set", "brand"),
    ("product.set", "category"),
    ("product.set", "name"),
    ("product.set", "tags[]"),
    ("product.set", "unit"),
    ("refund", "parts[].kind"),
    ("refund", "receipt_no"),
    ("rule.set", "body.rule"),
    ("sale", "receipt_no"),
    ("sale", "tier"),
    ("staff.set", "role"),
    ("store.set", "city"),
    ("store.set", "code"),
    ("store.set", "name"),
    ("tier.reviewed", "level"),
];

#[test]
fn nothing_is_said_in_clear() {
    let mut found = BTreeSet::new();
    for line in MONEY.lines().chain(HOUSE.lines()).chain(LEASES.lines()) {
        let head = Head::read(line.as_bytes()).unwrap();
        let body: Value = serde_json::from_str(head.body.get()).unwrap();
        words(&body, "", &mut |path| {
            found.insert((head.kind.clone(), path.to_owned()));
        });
    }
    let found: Vec<(&str, &str)> = found.iter().map(|(kind, path)| (kind.as_str(), path.as_str())).collect();
    assert_eq!(found, WORDS);
}

/// The paths of texts that are no id and no day. Postings are ids and units.
fn words(value: &Value, path: &str, found: &mut impl FnMut(&str)) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter().filter(|(name, _)| *name != "postings") {
                words(value, &if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| words(value, &format!("{path}[]"), found)),
        Value::String(text) => {
            let is_day = text.len() <= 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-') && text.contains('-');
            if uuid::Uuid::try_parse(text).is_err() && !is_day {
                found(path);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
