//! What each half does by itself. How the two meet is explored in `tests/lease_model`.

mod account;
mod placement;
mod pocket;

use super::*;
use crate::ids::{CardId, DeviceId, LeaseId, LogId};

const CARD: Lendable = Lendable::CardPrincipal(CardId(uuid::Uuid::from_bytes([7; 16])));
const TILL: Holder = holder(1);
const OTHER: Holder = holder(2);

const fn holder(n: u8) -> Holder {
    Holder { device: DeviceId(uuid::Uuid::from_bytes([n; 16])), log: LogId(uuid::Uuid::from_bytes([0x10 + n; 16])) }
}

fn lease(n: u8) -> LeaseId {
    LeaseId::from_bytes([n; 16])
}

fn amount(amount: i64) -> Amount {
    Amount::new(amount).unwrap()
}

fn ask(n: u8, holder: Holder, term: Term, much: i64) -> Ask {
    Ask { lease: lease(n), account: CARD, holder, amount: amount(much), term }
}

fn granted(answer: Answer) -> Result<i64, Denial> {
    match answer {
        Answer::Granted(grant) => Ok(grant.amount.get()),
        Answer::Denied(denied) => Err(denied.why),
    }
}
