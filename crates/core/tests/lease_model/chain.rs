//! The state of the model: one account at its authority, the tills, and everything that was ever sent.

use std::collections::BTreeSet;

use hefu_core::{
    clock::SinceBoot,
    ids::{CardId, DeviceId, LeaseId, LogId},
    lease::{Amount, Answer, Ask, Escrow, Holder, Lendable, Pocket, Recall, Seal, Statement, Use},
};

pub const ACCOUNT: Lendable = Lendable::CardPrincipal(CardId(uuid::Uuid::from_bytes([0xCA; 16])));
/// How long a hold lasts at a till; a tick is as long.
pub const HOLD_MS: i64 = 1_000;

/// How often each thing may happen in all. What is 0 never does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Requests for a hold; each till makes at most as many.
    pub asks: u8,
    pub allotments: u8,
    /// Payments begun, each of one.
    pub payments: u8,
    pub recalls: u8,
    pub revocations: u8,
    pub releases: u8,
    pub crashes: u8,
    /// Times that a till's hold timer is over.
    pub ticks: u8,
    pub credits: u8,
    pub claw_backs: u8,
    pub lapses: u8,
    /// Credits made at a till, offline.
    pub top_ups: u8,
    pub statements: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    Enrolled,
    /// Head office has revoked it; it may not know, and its unsent work is re-admitted.
    Revoked,
    /// Its disk is at head office.
    Found,
}

/// What a till's own log holds of leases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fact {
    Spent(Use),
    Sealed(Seal),
    ToppedUp(LeaseId, Amount),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Message {
    Ask(Ask),
    Answer(Answer),
    Recall(Recall),
    Statement(Holder, Statement),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Till {
    /// Durable, as is the log: both change in one transaction.
    pub pocket: Pocket,
    pub log: Vec<Fact>,
    /// How much of the log the authority has read.
    pub read: usize,
    /// Volatile: the payment on the screen, which has looked up what it will spend. A crash loses it.
    pub payment: Vec<Use>,
    pub boot: u8,
    pub time_over: bool,
    pub standing: Standing,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Chain {
    pub escrow: Escrow,
    pub tills: Vec<Till>,
    /// Everything that was ever sent: it may arrive at any time, again, or never.
    pub sent: BTreeSet<Message>,
    /// All credits, whatever was clawed back since.
    pub credited: i64,
    /// How many leases were ever named: ids are counted.
    pub named: u8,
    pub left: Budget,
}

impl Chain {
    pub fn new(tills: u8, credited: i64, left: Budget) -> Self {
        let mut escrow = Escrow::default();
        escrow.credit(Amount::new(credited).unwrap()).unwrap();
        let tills = (0..tills).map(Till::new).collect();
        Self { escrow, tills, sent: BTreeSet::new(), credited, named: 0, left }
    }

    /// A new id. Its last byte is free for the known-wrong variants' confusions.
    pub fn name(&mut self) -> LeaseId {
        self.named += 1;
        let mut bytes = [0; 16];
        bytes[0] = self.named;
        LeaseId::from_bytes(bytes)
    }
}

impl Till {
    fn new(number: u8) -> Self {
        let holder = Holder { device: DeviceId::from_bytes([0xD0 + number; 16]), log: LogId::from_bytes([0x10 + number; 16]) };
        Self {
            pocket: Pocket::new(holder),
            log: Vec::new(),
            read: 0,
            payment: Vec::new(),
            boot: 0,
            time_over: false,
            standing: Standing::Enrolled,
        }
    }

    pub fn now(&self) -> SinceBoot {
        SinceBoot { boot: Some(self.boot.to_string()), ms: if self.time_over { HOLD_MS } else { 0 } }
    }
}
