//! Operations with fixed ids, key and nonce: a member is registered, and buys; the buyer of a card is recorded.

use ed25519_dalek::SigningKey;
use hefu_core::{
    buyer::{Agent, BuyerRecord, Document, DocumentKind},
    ids::{BuyerId, CardId, ChainId, DeviceId, LeaseId, LogId, MemberId, StaffId, StoreId},
    lease::{Amount, Answer, Denial, Denied, Grant, HeldAt, Holder, Lendable, Recall, Statement, Term},
    member::PersonChange,
    op::{Body, BuyerRecorded, Hash, MemberRegistered, Operation, Part, Sale, Stamp},
    phone::Phone,
    seal::{self, PersonKey},
    wire::{Beside, CallBack, Entry, Frame, LeaseReply, LeaseRequest, Push, Segment, Wish},
};
use serde_json::json;

pub const CHAIN: ChainId = ChainId(uuid::Uuid::from_bytes([0xc0; 16]));
pub const LOG: LogId = LogId(uuid::Uuid::from_bytes([0x10; 16]));
const DEVICE: DeviceId = DeviceId(uuid::Uuid::from_bytes([0xd0; 16]));
const STORE: StoreId = StoreId(uuid::Uuid::from_bytes([0x50; 16]));
const MEMBER: MemberId = MemberId(uuid::Uuid::from_bytes([0x3e; 16]));

pub const NAME: &str = "赵小满";
pub const PHONE: &str = "13800138000";
pub const RESIDENT_ID: &str = "11010519491231002X";

pub fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

pub fn person_key() -> PersonKey {
    PersonKey::new([0x4b; 32])
}

fn stamp(seq: u64) -> Stamp {
    let who = Some(StaffId::from_bytes([0x5a; 16]));
    Stamp { log: LOG, seq, device: DEVICE, store: Some(STORE), who, at: 1_780_000_000_000, ahead: 0, day: "2026-05-29".into() }
}

pub fn member() -> Operation {
    let body = Body::from(MemberRegistered { member: MEMBER, owner: None });
    let change = PersonChange { phone: Some(Phone::parse(PHONE).unwrap()), name: Some(NAME.into()), ..PersonChange::default() };
    let sealed = seal::seal(&person_key(), MEMBER.0, [0x24; seal::NONCE_LEN], &change).unwrap();
    Operation { head: body.write(&stamp(1)).unwrap(), detail: Part::NONE, sealed: Part::Here(sealed) }
}

/// A company, by the hand of somebody.
pub fn buyer() -> Operation {
    let buyer = BuyerId::from_bytes([0xb0; 16]);
    let body = Body::from(BuyerRecorded { buyer, member: None });
    let agent = Agent::read(NAME, Document::read(DocumentKind::ResidentId, RESIDENT_ID).unwrap()).unwrap();
    let company = Document::read(DocumentKind::CreditCode, "91350100M000100Y43").unwrap();
    let record = BuyerRecord::read("湖滨贸易有限公司", company, Phone::parse(PHONE).ok(), Some(agent)).unwrap();
    let sealed = seal::seal(&person_key(), buyer.0, [0x25; seal::NONCE_LEN], &record).unwrap();
    Operation { head: body.write(&stamp(1)).unwrap(), detail: Part::NONE, sealed: Part::Here(sealed) }
}

pub fn sale() -> Operation {
    let sale: Sale = serde_json::from_value(json!({
        "sale": "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", "receipt_no": "NJX-01-000042", "number": 42, "till_no": 1,
        "member": MEMBER, "line_count": 1, "quantity_milli": 2000, "goods_fen": 1180, "off_fen": 0, "total_fen": 1180,
        "points": 11, "rules": [{"rule": "99999999-9999-9999-9999-999999999999", "version": 1}],
        "postings": [
            {"from": format!("turnover/{STORE}"), "to": format!("cash/{DEVICE}"), "unit": "fen", "amount": 1180},
            {"from": "points_issued", "to": format!("member_points/{MEMBER}"), "unit": "points", "amount": 11},
        ],
    }))
    .unwrap();
    let detail = br#"{"lines":[],"tenders":[{"tender":"cash","given_fen":2000,"change_fen":820}]}"#.to_vec();
    let head = Body::from(sale).write(&Stamp { ahead: -1500, ..stamp(2) }).unwrap();
    Operation { head, detail: Part::Here(detail), sealed: Part::NONE }
}

pub fn segment() -> Segment {
    Segment { log: LOG, from_seq: 1, prev: Hash::start_of(LOG), ops: vec![member(), sale()] }
}

pub fn beside() -> Vec<Beside> {
    let phc = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g".into();
    vec![
        Beside::Key { person: MEMBER.0, key: person_key() },
        Beside::Credential { staff: StaffId::from_bytes([0x5a; 16]), store: Some(STORE), phc, set_at: 1_780_000_000_000 },
    ]
}

pub fn push() -> Push {
    let segment = segment();
    Push { signature: segment.sign(&key()), segment, beside: beside() }
}

/// As the till itself pulls it: the first operation with its sealed part absent (as a far store gets it), the second as
/// a mark.
pub fn frame() -> Frame {
    let hashes: Vec<Hash> = segment().hashes().collect();
    let far = Operation { sealed: Part::Absent(member().sealed.hash()), ..member() };
    let entry = |gseq: u64, op| {
        let hash = hashes[usize::try_from(gseq).unwrap() - 8];
        Entry { gseq, log: LOG, seq: gseq - 7, received_at: 1_780_000_000_250, store: Some(STORE), hash, op }
    };
    Frame { upto: 9, head: 12, beside: beside(), beside_upto: 4, entries: vec![entry(8, Some(far)), entry(9, None)] }
}

/// Of this log, which is asked to give back what it was lent.
pub fn recall() -> Recall {
    Recall { lease: LeaseId::from_bytes([0x1e; 16]), account: CARD, holder: Holder { device: DEVICE, log: LOG } }
}

const CARD: Lendable = Lendable::CardPrincipal(CardId(uuid::Uuid::from_bytes([0xca; 16])));

/// A hold that is lent and one that is not, others who are asked, and how the card stands.
pub fn leases() -> (LeaseRequest, LeaseReply) {
    let wish = |n, amount| Wish { lease: LeaseId::from_bytes([n; 16]), account: CARD, amount: Amount::constant(amount), term: Term::Hold };
    let holder = Holder { device: DEVICE, log: LOG };
    let (one, other) = (wish(1, 500), wish(2, 900));
    let call_back = vec![CallBack { account: CARD, amount: Amount::constant(900) }];
    let request = LeaseRequest { log: LOG, asks: vec![one, other], call_back, about: vec![CARD] };
    let granted = Grant { lease: one.lease, account: CARD, holder, amount: one.amount, term: one.term };
    let denied = Denied { lease: other.lease, account: CARD, holder, why: Denial::TooLittle };
    let elsewhere = DeviceId(uuid::Uuid::from_bytes([0xd1; 16]));
    let called = Recall { holder: Holder { device: elsewhere, log: LogId(uuid::Uuid::from_bytes([0x11; 16])) }, ..recall() };
    let held = vec![HeldAt { device: elsewhere, amount: Amount::constant(600), in_doubt: false }];
    let (free, owed, made_good) = (Amount::constant(100), Amount::NONE, Amount::NONE);
    let told = Statement { account: CARD, as_of: 9, free, owed, held, made_good };
    let answers = vec![Answer::Granted(granted), Answer::Denied(denied)];
    (request, LeaseReply { answers, called_back: vec![called], statements: vec![told] })
}
