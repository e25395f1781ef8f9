//! What must not be, each built as it would be built by mistake. Only the model knows of it.

use hefu_core::{
    ids::LeaseId,
    lease::{Answer, Ask, Denied, Escrow, Grant, Pocket, Recall, Seal, Slip, Standing, Term, Took},
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrong {
    /// As built.
    #[default]
    Nothing,
    /// A hold ends when the authority thinks that its time is over.
    AuthorityClock,
    /// A till takes every grant that arrives for a new one.
    NoDedupe,
    /// A till seals what it is asked for before the grant came, and forgets that it did.
    NoTombstone,
    /// The authority weighs a request that it has denied anew.
    ForgetsDenials,
    /// Revoking a till frees what it held, as if that were a seal.
    RevokingSeals,
}

impl Wrong {
    /// Says whether something has changed.
    pub fn answer(self, pocket: &mut Pocket, answer: &Answer) -> bool {
        let took = pocket.answer(answer);
        match (self, took, answer) {
            (Self::NoDedupe, Took::Known, Answer::Granted(grant)) => {
                let again = Grant { lease: alias(grant.lease), term: Term::Allotment, ..*grant };
                pocket.answer(&Answer::Granted(again)) == Took::New
            }
            _ => took == Took::New,
        }
    }

    pub fn recall(self, pocket: &mut Pocket, recall: &Recall) -> Option<Seal> {
        let is_here = !matches!(pocket.slip(recall.lease), None | Some(Slip::Asked(_)));
        if self == Self::NoTombstone && recall.holder == pocket.holder() && !is_here {
            return Some(Seal { lease: recall.lease, account: recall.account });
        }
        pocket.recall(recall)
    }

    pub fn ask(self, escrow: &mut Escrow, ask: &Ask, standing: Standing) -> Answer {
        let answer = escrow.ask(ask, standing);
        match answer {
            Answer::Denied(Denied { lease, .. }) if self == Self::ForgetsDenials && escrow.free() >= ask.amount.get() => {
                match escrow.ask(&Ask { lease: alias(lease), ..*ask }, standing) {
                    Answer::Granted(grant) => Answer::Granted(Grant { lease, ..grant }),
                    Answer::Denied(_) => answer,
                }
            }
            _ => answer,
        }
    }
}

/// The same lease under another name, as somebody sees it who does not know it again.
fn alias(id: LeaseId) -> LeaseId {
    let mut bytes = *id.as_bytes();
    bytes[15] = 1;
    LeaseId::from_bytes(bytes)
}

/// Under which name the chain knows it.
pub fn named(id: LeaseId) -> LeaseId {
    let mut bytes = *id.as_bytes();
    bytes[15] = 0;
    LeaseId::from_bytes(bytes)
}
