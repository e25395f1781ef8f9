//! Asking for leases: `POST /sync/lease`.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{DeviceId, LeaseId, LogId},
    lease::{Amount, Answer, Ask, Denied, Grant, Holder, Lendable, Recall, Statement, Term},
};

/// The most of each that one request holds.
pub const ASKS_MOST: usize = 50;
pub const CALL_BACKS_MOST: usize = 20;
pub const STATEMENTS_MOST: usize = 50;

/// What a device wants for the log that it writes. It is answered in this order: what is asked for is lent, then others are asked, then
/// the accounts are told as they stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseRequest {
    pub log: LogId,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<Wish>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub call_back: Vec<CallBack>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<Lendable>,
}

/// A lease that is asked for. Its holder is who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    pub lease: LeaseId,
    pub account: Lendable,
    pub amount: Amount,
    pub term: Term,
}

/// So much is to be free: others are to seal what they hold of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallBack {
    pub account: Lendable,
    pub amount: Amount,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseReply {
    /// One for each that was asked for, in order.
    pub answers: Vec<Answer>,
    /// Who is asked to seal, and has not.
    pub called_back: Vec<Recall>,
    /// One for each account that was asked about, in order.
    pub statements: Vec<Statement>,
}

impl LeaseRequest {
    /// Whether a server answers it: not too much of anything, and nothing is no lease.
    pub fn is_sound(&self) -> bool {
        let few = self.asks.len() <= ASKS_MOST && self.call_back.len() <= CALL_BACKS_MOST && self.about.len() <= STATEMENTS_MOST;
        few && self.asks.iter().all(|wish| !wish.amount.is_none())
    }

    /// What `device` asks for.
    pub fn asks_of(&self, device: DeviceId) -> Vec<Ask> {
        let holder = Holder { device, log: self.log };
        let asks = self.asks.iter().map(|Wish { lease, account, amount, term }| Ask {
            lease: *lease,
            account: *account,
            holder,
            amount: *amount,
            term: *term,
        });
        asks.collect()
    }

    /// Whether a reply is to this request of `device`'s: for its log and no other, and to what was asked.
    pub fn is_answered_by(&self, device: DeviceId, reply: &LeaseReply) -> bool {
        let asks = self.asks_of(device);
        let answers = asks.len() == reply.answers.len() && asks.iter().zip(&reply.answers).all(|(ask, answer)| answers(ask, answer));
        let told = self.about.iter().eq(reply.statements.iter().map(|told| &told.account));
        let called = reply.called_back.iter().all(|recall| self.call_back.iter().any(|call| call.account == recall.account));
        answers && told && called
    }
}

fn answers(ask: &Ask, answer: &Answer) -> bool {
    let Ask { lease, account, holder, amount, term } = *ask;
    match *answer {
        Answer::Granted(grant) => grant == Grant { lease, account, holder, amount, term },
        Answer::Denied(denied) => denied == Denied { lease, account, holder, why: denied.why },
    }
}
