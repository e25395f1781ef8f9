//! What reads bytes from outside takes any of them; what was written is read back; no changed byte goes unseen (I5).

#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(dead_code, reason = "each test uses its part of the examples")]

mod example;

use hefu_core::{
    error::Code,
    ids::{ChainId, LogId, StoreId},
    op::{BYTES_MOST, Body, Hash, Head, Operation, Part},
    wire::{Enrolment, Entry, Frame, Pulled, Push, Segment},
};
use proptest::{collection::vec, prelude::*};

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        Just(Part::NONE),
        vec(any::<u8>(), 1..200).prop_map(Part::Here),
        any::<[u8; 32]>().prop_map(|hash| Part::Absent(Hash(hash)))
    ]
}

fn operation() -> impl Strategy<Value = Operation> {
    (vec(any::<u8>(), 0..200), part(), part()).prop_map(|(head, detail, sealed)| Operation { head, detail, sealed })
}

fn segment() -> impl Strategy<Value = Segment> {
    (any::<[u8; 16]>(), any::<u64>(), any::<[u8; 32]>(), vec(operation(), 0..6)).prop_map(|(log, from_seq, prev, ops)| Segment {
        log: LogId::from_bytes(log),
        from_seq,
        prev: Hash(prev),
        ops,
    })
}

fn entry() -> impl Strategy<Value = Entry> {
    let place = (any::<u64>(), any::<[u8; 16]>(), any::<u64>(), any::<i64>(), proptest::option::of(any::<[u8; 16]>()));
    (place, any::<[u8; 32]>(), proptest::option::of(operation())).prop_map(|((gseq, log, seq, received_at, store), hash, op)| {
        let (log, store) = (LogId::from_bytes(log), store.map(StoreId::from_bytes));
        Entry { gseq, log, seq, received_at, store, hash: Hash(hash), op }
    })
}

fn frame() -> impl Strategy<Value = Frame> {
    (any::<u64>(), any::<u64>(), any::<u64>(), vec(entry(), 0..6)).prop_map(|(upto, head, beside_upto, entries)| Frame {
        upto,
        head,
        beside: example::beside(),
        beside_upto,
        entries,
    })
}

/// Any beginning of `bytes` but the whole is refused.
fn no_beginning_reads<T>(bytes: &[u8], read: impl Fn(&[u8]) -> Result<T, Code>) {
    for end in 0..bytes.len() {
        assert!(read(&bytes[..end]).is_err(), "{end} of {} bytes", bytes.len());
    }
    assert!(read(&[bytes, &[0]].concat()).is_err(), "one byte too many");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_taken(bytes in vec(any::<u8>(), 0..400)) {
        let _ = Segment::read(&bytes);
        let _ = (Frame::read(&bytes), Pulled::read(&bytes));
        let _ = Push::read(&bytes);
        let _ = Head::read(&bytes).map(|head| Body::read(&head));
        let _ = Enrolment::read(&String::from_utf8_lossy(&bytes));
        for magic in [b"hefuS1", b"hefuF2", b"hefuF3", b"hefuP1"] {
            let begun = [magic.as_slice(), &bytes].concat();
            let _ = (Segment::read(&begun), Frame::read(&begun), Pulled::read(&begun), Push::read(&begun));
        }
    }

    #[test]
    fn any_text_is_taken(text in ".{0,200}") {
        let _ = Enrolment::read(&text);
        let _ = Enrolment::read(&format!("HEFU-{text}"));
        let _ = Head::read(text.as_bytes());
    }

    /// Damage anywhere in true bytes: what still reads is read without a panic.
    #[test]
    fn any_damage_is_taken(at in any::<prop::sample::Index>(), with in any::<u8>()) {
        let damage = |mut bytes: Vec<u8>| { let at = at.index(bytes.len()); bytes[at] = with; bytes };
        let _ = Push::read(&damage(example::push().write().unwrap()));
        let _ = Frame::read(&damage(example::frame().write().unwrap()));
        let _ = Head::read(&damage(example::sale().head)).map(|head| Body::read(&head));
    }

    #[test]
    fn segments_come_back(segment in segment()) {
        let bytes = segment.write().unwrap();
        prop_assert_eq!(Segment::read(&bytes).unwrap(), segment);
        no_beginning_reads(&bytes, Segment::read);
    }

    #[test]
    fn frames_come_back(frame in frame()) {
        let bytes = frame.write().unwrap();
        prop_assert_eq!(Frame::read(&bytes).unwrap(), frame);
    }

    #[test]
    fn pushes_come_back(segment in segment()) {
        let push = Push { signature: segment.sign(&example::key()), segment, beside: example::beside() };
        prop_assert!(push.segment.signed_by(&example::key().verifying_key(), &push.signature));
        prop_assert_eq!(Push::read(&push.write().unwrap()).unwrap(), push);
    }

    #[test]
    fn the_chain_holds_whatever_is_absent(segment in segment(), absent in vec(any::<(bool, bool)>(), 6)) {
        let mut thinned = segment.clone();
        for (op, (detail, sealed)) in thinned.ops.iter_mut().zip(absent) {
            if detail { op.detail = Part::Absent(op.detail.hash()); }
            if sealed { op.sealed = Part::Absent(op.sealed.hash()); }
        }
        prop_assert!(segment.hashes().eq(thinned.hashes()));
        let key = example::key();
        prop_assert!(thinned.signed_by(&key.verifying_key(), &segment.sign(&key)));
    }

    #[test]
    fn a_moved_operation_is_seen(segment in segment()) {
        prop_assume!(segment.ops.len() > 1 && segment.ops[0] != segment.ops[1]);
        let end = segment.hashes().last();
        let mut swapped = segment.clone();
        swapped.ops.swap(0, 1);
        prop_assert_ne!(swapped.hashes().last(), end);
        let mut short = segment;
        short.ops.pop();
        prop_assert_ne!(short.hashes().last(), end);
    }

    #[test]
    fn enrolment_codes_come_back(address in "https://[a-z]{1,20}:[0-9]{1,5}", fingerprint in "[0-9a-f]{64}", chain in any::<[u8; 16]>(), secret in "[A-Za-z0-9]{32}") {
        let code = Enrolment { address, fingerprint, chain: ChainId::from_bytes(chain), secret };
        let text = code.write().unwrap();
        let pasted: String = text.chars().enumerate().flat_map(|(n, c)| [Some(c), (n % 40 == 39).then_some('\n')]).flatten().collect();
        let read = Enrolment::read(&[" ", &pasted, "\r\n"].concat());
        prop_assert!(read.is_ok_and(|read| read == code));
    }
}

#[test]
fn every_beginning_of_true_bytes_is_refused() {
    no_beginning_reads(&example::push().write().unwrap(), Push::read);
    no_beginning_reads(&example::frame().write().unwrap(), Frame::read);
    no_beginning_reads(&example::sale().head, Head::read);
}

/// A part's bytes, changed anywhere by anything: the hash is another.
#[test]
fn every_changed_byte_of_a_stored_operation_is_found() {
    let prev = Hash::start_of(example::LOG);
    for op in [example::member(), example::sale()] {
        let held = op.hash(prev);
        let parts: [(&str, Vec<u8>); 3] = [
            ("head", op.head.clone()),
            ("detail", op.detail.bytes().unwrap_or_default().to_vec()),
            ("sealed", op.sealed.bytes().unwrap_or_default().to_vec()),
        ];
        for (name, bytes) in parts {
            for at in 0..bytes.len() {
                for flip in [1u8, 0x80, 0xff] {
                    let mut bytes = bytes.clone();
                    bytes[at] ^= flip;
                    let changed = match name {
                        "head" => Operation { head: bytes, ..op.clone() },
                        "detail" => Operation { detail: Part::Here(bytes), ..op.clone() },
                        _ => Operation { sealed: Part::Here(bytes), ..op.clone() },
                    };
                    assert_ne!(changed.hash(prev), held, "{name} byte {at}");
                }
            }
        }
    }
}

/// Bytes cannot wander from one part into the next.
#[test]
fn parts_do_not_run_into_each_other() {
    let op = |head: &[u8], detail: &[u8]| Operation { head: head.to_vec(), detail: Part::Here(detail.to_vec()), sealed: Part::NONE };
    let prev = Hash::start_of(example::LOG);
    assert_ne!(op(b"ab", b"c").hash(prev), op(b"a", b"bc").hash(prev));
    let moved = Operation { sealed: Part::Here(b"c".to_vec()), ..op(b"ab", b"") };
    assert_ne!(op(b"ab", b"c").hash(prev), moved.hash(prev));
}

/// Of a signed segment, any changed byte makes it unreadable or unsigned.
#[test]
fn every_changed_byte_of_a_segment_is_found() {
    let (segment, key) = (example::segment(), example::key());
    let (signature, bytes) = (segment.sign(&key), segment.write().unwrap());
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let seen = Segment::read(&changed).map_or(true, |read| !read.signed_by(&key.verifying_key(), &signature));
        assert!(seen, "byte {at}");
    }
    assert!(segment.signed_by(&key.verifying_key(), &signature));
}

#[test]
fn every_changed_character_of_a_code_is_found() {
    let code = Enrolment { address: "https://h:1".into(), fingerprint: "ab".repeat(32), chain: example::CHAIN, secret: "s".repeat(32) };
    let text = code.write().unwrap();
    for at in 0..text.len() {
        let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
        let mut changed = text.clone();
        changed.replace_range(at..=at, other);
        assert!(Enrolment::read(&changed).is_err(), "character {at}");
        assert!(Enrolment::read(&text[..at]).is_err());
    }
}

/// A count or a length that promises more than there is takes no memory before it is found out.
#[test]
fn a_length_that_lies_is_refused() {
    let mut segment = Segment { ops: Vec::new(), ..example::segment() }.write().unwrap();
    let count_at = segment.len() - 4;
    segment[count_at..].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(Segment::read(&segment), Err(Code::ServerRubbish));
    segment.extend_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(Segment::read(&segment), Err(Code::ServerRubbish));
}

#[test]
fn an_operation_too_large_is_refused_in_transit() {
    let op = Operation { head: vec![0; BYTES_MOST], detail: Part::Here(vec![0]), sealed: Part::NONE };
    let bytes = Segment { ops: vec![op], ..example::segment() }.write().unwrap();
    assert_eq!(Segment::read(&bytes), Err(Code::OperationTooLarge));
}

#[test]
fn heads_of_other_times() {
    let read = |text: &str| Head::read(text.as_bytes()).map(|head| Body::read(&head));
    let place = format!(r#""log":"{0}","seq":1,"device":"{0}","at":1,"day":"2026-01-01""#, example::LOG);
    let head = |v: u32, kind: &str, kv: u32, body: &str| {
        format!(r#"{{"v":{v},"kind":"{kind}","kv":{kv},"weight":"critical","later":true,{place},"body":{body}}}"#)
    };
    assert!(matches!(read(&head(1, "card.issued", 1, "[1]")), Ok(Ok(Body::Unknown))), "an unknown kind");
    assert!(matches!(read(&head(1, "sale", 2, "{}")), Ok(Ok(Body::Unknown))), "a later version of a known kind");
    assert_eq!(read(&head(1, "sale", 1, "{}")), Ok(Err(Code::SyncDamaged)), "a known kind that does not read");
    assert_eq!(read(&head(2, "sale", 1, "{}")).err(), Some(Code::ServerNewer), "a later format");
    assert_eq!(read(r#"{"v":2,"quite":"other"}"#).err(), Some(Code::ServerNewer));
    assert_eq!(read("{}").err(), Some(Code::SyncDamaged));
    assert_eq!(read("<html>").err(), Some(Code::SyncDamaged));
}
