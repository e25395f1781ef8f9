//! The bytes of operations and of what carries them, held for ever. `docs/SYNC.md` says them in words; a second
//! implementation starts from these files. A change here is a new version of a format, never an edit.
//!
//! `HEFU_GOLDEN=write cargo test -p hefu-core --test golden` writes a file that does not exist yet.

#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(dead_code, reason = "each test uses its part of the examples")]

mod example;

use std::{fs, path::PathBuf};

use ed25519_dalek::Signer;
use hefu_core::{
    op::{Hash, Operation, Part},
    wire::{Beside, Enrolment, Pulled, Segment, hello_bytes, recalls_known},
};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compares with `tests/golden/<name>.txt`: a line each of a label and hex.
fn check(name: &str, lines: &[(&str, Vec<u8>)]) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.txt"));
    let made: String = lines.iter().map(|(label, bytes)| format!("{label} {}\n", hex(bytes))).collect();
    if !file.exists() && std::env::var("HEFU_GOLDEN").is_ok_and(|value| value == "write") {
        fs::write(&file, &made).unwrap();
    }
    let held = fs::read_to_string(&file).unwrap().replace("\r\n", "\n");
    assert_eq!(made, held, "{name}: these bytes are fixed");
}

fn operation(name: &str, prev: Hash, op: &Operation) {
    let part = |part: &Part| part.bytes().unwrap_or_default().to_vec();
    let parts = [("head", op.head.clone()), ("detail", part(&op.detail)), ("sealed", part(&op.sealed))];
    let hashes = [
        ("prev", prev.0.to_vec()),
        ("hash_of_head", Hash::of(&op.head).0.to_vec()),
        ("hash_of_detail", op.detail.hash().0.to_vec()),
        ("hash_of_sealed", op.sealed.hash().0.to_vec()),
        ("hash", op.hash(prev).0.to_vec()),
    ];
    check(name, &[parts.as_slice(), &hashes].concat());
}

#[test]
fn operations() {
    let start = Hash::start_of(example::LOG);
    operation("member", start, &example::member());
    operation("buyer", start, &example::buyer());
    operation("sale", example::member().hash(start), &example::sale());
}

#[test]
fn segment_and_push() {
    let (segment, key) = (example::segment(), example::key());
    let lines = [
        ("public_key", key.verifying_key().to_bytes().to_vec()),
        ("signature", segment.sign(&key).to_vec()),
        ("segment", segment.write().unwrap()),
        ("push", example::push().write().unwrap()),
    ];
    check("push", &lines);
}

#[test]
fn frame() {
    check("frame", &[("frame", example::frame().write().unwrap())]);
}

#[test]
fn recalls() {
    let recalls = vec![example::recall()];
    let known = recalls_known(&recalls).into_bytes();
    let pulled = Pulled { frame: example::frame(), recalls: Some(recalls) };
    assert_eq!(Pulled { recalls: None, ..pulled.clone() }.write(), example::frame().write(), "who does not ask gets the frame");
    assert_eq!(Pulled::read(&pulled.write().unwrap()).unwrap(), pulled);
    check("recalls", &[("known", known), ("pulled", pulled.write().unwrap())]);
}

#[test]
fn leases() {
    let (request, reply) = example::leases();
    check("lease", &[("request", serde_json::to_vec(&request).unwrap()), ("reply", serde_json::to_vec(&reply).unwrap())]);
}

#[test]
fn hello() {
    let signed = hello_bytes(example::CHAIN, &"5c".repeat(32));
    let signature = example::key().sign(&signed).to_bytes().to_vec();
    check("hello", &[("signed", signed), ("signature", signature)]);
}

#[test]
fn enrolment() {
    let code = Enrolment {
        address: "https://192.168.1.10:8443".into(),
        fingerprint: "ab".repeat(32),
        chain: example::CHAIN,
        secret: "s".repeat(32),
    };
    check("enrolment", &[("code", code.write().unwrap().into_bytes())]);
}

#[test]
fn beside() {
    let json = |items: &[Beside]| serde_json::to_vec(items).unwrap();
    check("beside", &[("beside", json(&example::beside()))]);
}

/// What is stored and sent says neither who a member or a buyer is nor how to reach them, nor the number of a document.
#[test]
fn no_name_and_no_phone_in_clear() {
    let buyer = Segment { ops: vec![example::buyer()], ..example::segment() };
    let sent = [example::segment(), buyer].map(|segment| segment.write().unwrap());
    for bytes in sent.into_iter().chain([example::push().write().unwrap(), example::frame().write().unwrap()]) {
        for secret in [example::NAME, example::PHONE, example::RESIDENT_ID, "湖滨贸易", "91350100M000100Y43"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
    }
}
