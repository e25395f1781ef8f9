//! How a lease stands in the columns of either database.

use hefu_core::{
    ids::{DeviceId, LeaseId, LogId},
    lease::{Denial, Ending, Holder, Lease, Lendable, Recall, Release, Stage, Term, What},
};

use crate::LogError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Lease(Lease),
    Denied(Denial),
}

/// What stands under one id, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseRow {
    pub lease: LeaseId,
    pub account: Lendable,
    pub state: State,
}

/// What the columns hold besides id and account; `note` is since when a lease is in doubt, or how much of it is at risk.
#[derive(Clone, Copy, Debug, Default)]
pub struct Columns {
    pub holder: Option<Holder>,
    pub term: Option<&'static str>,
    pub granted: i64,
    pub spent: i64,
    pub lapsing: i64,
    pub remaining: i64,
    pub stage: &'static str,
    pub note: i64,
}

/// The same as it is read.
pub struct RawLease {
    pub lease: LeaseId,
    pub account: Vec<u8>,
    pub device: Option<DeviceId>,
    pub log: Option<LogId>,
    pub term: Option<String>,
    pub granted: i64,
    pub spent: i64,
    pub lapsing: i64,
    pub stage: String,
    pub note: i64,
}

const TERMS: [(Term, &str); 2] = [(Term::Hold, "hold"), (Term::Allotment, "allotment")];

const DENIALS: [(Denial, &str); 4] = [
    (Denial::TooLittle, "denied_too_little"),
    (Denial::Recalled, "denied_recalled"),
    (Denial::Revoked, "denied_revoked"),
    (Denial::Taken, "denied_taken"),
];

const WHATS: [(What, &str); 8] = [
    (What::NeverLent, "never_lent"),
    (What::NotTheHolder, "not_the_holder"),
    (What::AfterItsEnd, "after_its_end"),
    (What::RiskCameTrue, "risk_came_true"),
    (What::TooMuch, "too_much"),
    (What::Overspent, "overspent"),
    (What::ClawedBack, "clawed_back"),
    (What::Uncounted, "uncounted"),
];

fn write<T: PartialEq + Copy>(table: &[(T, &'static str)], value: T) -> &'static str {
    table.iter().find(|(held, _)| *held == value).map_or("", |(_, text)| text)
}

fn read<T: Copy>(table: &[(T, &'static str)], text: &str) -> Result<T, LogError> {
    table.iter().find(|(_, held)| *held == text).map(|(value, _)| *value).ok_or(LogError::FileDamaged)
}

pub fn what_str(what: What) -> &'static str {
    write(&WHATS, what)
}

pub fn what_read(text: &str) -> Result<What, LogError> {
    read(&WHATS, text)
}

/// How a release is booked.
pub fn word_str(word: &Release) -> &'static str {
    match word {
        Release::Manager => "manager",
        Release::Quarantine { .. } => "quarantine",
    }
}

/// The account of a key that was kept.
pub fn account(key: &[u8]) -> Result<Lendable, LogError> {
    Lendable::from_key(key).ok_or(LogError::FileDamaged)
}

impl LeaseRow {
    pub fn lease(&self) -> Option<Lease> {
        if let State::Lease(lease) = self.state { Some(lease) } else { None }
    }

    pub fn denial(&self) -> Option<Denial> {
        if let State::Denied(why) = self.state { Some(why) } else { None }
    }

    /// What calls it back.
    pub fn recall(&self) -> Option<Recall> {
        self.lease().map(|lease| Recall { lease: self.lease, account: self.account, holder: lease.holder })
    }

    pub fn columns(&self) -> Columns {
        let lease = match self.state {
            State::Denied(why) => return Columns { stage: write(&DENIALS, why), ..Columns::default() },
            State::Lease(lease) => lease,
        };
        let (stage, note) = match lease.stage {
            Stage::Lent => ("lent", 0),
            Stage::Recalled => ("recalled", 0),
            Stage::InDoubt { since } => ("in_doubt", since),
            Stage::Released { at_risk } => ("released", at_risk),
            Stage::Ended(Ending::Sealed) => ("sealed", 0),
            Stage::Ended(Ending::DiskRead) => ("disk_read", 0),
        };
        Columns {
            holder: Some(lease.holder),
            term: Some(write(&TERMS, lease.term)),
            granted: lease.granted,
            spent: lease.spent,
            lapsing: lease.lapsing,
            remaining: lease.remaining(),
            stage,
            note,
        }
    }

    pub fn read(raw: &RawLease) -> Result<Self, LogError> {
        Ok(Self { lease: raw.lease, account: account(&raw.account)?, state: state(raw)? })
    }
}

fn state(raw: &RawLease) -> Result<State, LogError> {
    let stage = match raw.stage.as_str() {
        "lent" => Stage::Lent,
        "recalled" => Stage::Recalled,
        "in_doubt" => Stage::InDoubt { since: raw.note },
        "released" => Stage::Released { at_risk: raw.note },
        "sealed" => Stage::Ended(Ending::Sealed),
        "disk_read" => Stage::Ended(Ending::DiskRead),
        denied => return read(&DENIALS, denied).map(State::Denied),
    };
    let (Some(device), Some(log), Some(term)) = (raw.device, raw.log, &raw.term) else { return Err(LogError::FileDamaged) };
    let (holder, term) = (Holder { device, log }, read(&TERMS, term)?);
    Ok(State::Lease(Lease { holder, term, granted: raw.granted, spent: raw.spent, lapsing: raw.lapsing, stage }))
}
