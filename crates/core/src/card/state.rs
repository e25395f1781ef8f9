//! Which cards pay: the states a card goes through, and how long an anonymous one is valid (C3).
//!
//! None of it touches the money. A lost card's goes on to the card that replaces it; an expired card's waits until the
//! card is made valid anew or replaced, as the Measures 2012 demand.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{day, kind::CardType, law::CardLaw, months_after};
use crate::{error::Code, ids::CardId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CardState {
    Active,
    Lost,
    /// Its money went to `by`.
    Replaced {
        by: CardId,
    },
    /// Refunded; nothing follows.
    Closed,
}

/// What a person does with a card, apart from money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum CardEvent {
    /// Registered cards only: an anonymous one is whose hand it is in.
    ReportLost,
    Found,
    /// Another card takes its place: after a loss, damaged, or expired.
    Reissue {
        by: CardId,
    },
    /// To another member.
    Transfer,
    /// Its money was refunded.
    Close,
}

impl CardState {
    /// The state after `event`. Reporting what is so already changes nothing: two tills may hear of one loss. Errors:
    /// `card.closed` and `card.replaced` (nothing follows these), `card.lost` for a lost card's transfer, `card.anonymous` for
    /// what only a registered card can, `card.not_transferable` where its type forbids it.
    pub fn after(self, event: CardEvent, kind: &CardType) -> Result<Self, Code> {
        match (self, event) {
            (Self::Closed, _) => Err(Code::CardClosed),
            (Self::Replaced { .. }, _) => Err(Code::CardReplaced),
            (_, CardEvent::ReportLost) if !kind.registered => Err(Code::CardAnonymous),
            (_, CardEvent::ReportLost) => Ok(Self::Lost),
            (_, CardEvent::Found) => Ok(Self::Active),
            (_, CardEvent::Reissue { by }) => Ok(Self::Replaced { by }),
            (Self::Lost, CardEvent::Transfer) => Err(Code::CardLost),
            (Self::Active, CardEvent::Transfer) if !kind.registered => Err(Code::CardAnonymous),
            (Self::Active, CardEvent::Transfer) if !kind.transferable => Err(Code::CardNotTransferable),
            (Self::Active, CardEvent::Transfer) => Ok(Self::Active),
            (_, CardEvent::Close) => Ok(Self::Closed),
        }
    }
}

/// Until when a card pays. Days are business days, `YYYY-MM-DD`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "validity", rename_all = "snake_case")]
pub enum Validity {
    /// A registered card: no end may be set (Measures 2012).
    Unlimited,
    /// The last day it pays.
    Valid { until: String },
    /// The first day it did not. Its money is still its holder's.
    Expired { since: String },
}

/// How long a card is valid when counted from `from`: the day it was opened, or of its last use where the house counts
/// from that, or the day an expired one was made valid anew. The period ends with the same day of its last month, or that
/// month's last day (Civil Code, article 202). Errors with `request.invalid` for what is not a day.
pub fn validity(registered: bool, from: &str, law: &CardLaw, today: &str) -> Result<Validity, Code> {
    if registered {
        return Ok(Validity::Unlimited);
    }
    let (from, today) = (day(from)?, day(today)?);
    let until = months_after(from, law.anonymous_valid_months)?;
    if today <= until {
        return Ok(Validity::Valid { until: until.to_string() });
    }
    Ok(Validity::Expired { since: until.succ_opt().ok_or(Code::RequestInvalid)?.to_string() })
}

/// Whether a card pays. Errors, that which cannot be mended first: `card.closed`, `card.replaced`, `card.lost`, `card.expired`.
pub fn usable(state: CardState, validity: &Validity) -> Result<(), Code> {
    match (state, validity) {
        (CardState::Closed, _) => Err(Code::CardClosed),
        (CardState::Replaced { .. }, _) => Err(Code::CardReplaced),
        (CardState::Lost, _) => Err(Code::CardLost),
        (CardState::Active, Validity::Expired { .. }) => Err(Code::CardExpired),
        (CardState::Active, Validity::Unlimited | Validity::Valid { .. }) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{CardEvent::*, CardState::*, *};

    fn card(n: u8) -> CardId {
        CardId::from_bytes([n; 16])
    }

    #[track_caller]
    fn check(registered: bool, transferable: bool, state: CardState, event: CardEvent, expect: Result<CardState, Code>) {
        let kind = CardType { registered, transferable, ..CardType::shipped() };
        assert_eq!(state.after(event, &kind), expect, "{state:?} {event:?}");
    }

    #[test]
    fn events() {
        let reissue = Reissue { by: card(2) };
        let replaced = Replaced { by: card(2) };
        for (state, event, expect) in [
            (Active, ReportLost, Ok(Lost)),
            (Lost, ReportLost, Ok(Lost)),
            (Active, Found, Ok(Active)),
            (Lost, Found, Ok(Active)),
            (Active, reissue, Ok(replaced)),
            (Lost, reissue, Ok(replaced)),
            (Active, Transfer, Ok(Active)),
            (Lost, Transfer, Err(Code::CardLost)),
            (Active, Close, Ok(Closed)),
            (Lost, Close, Ok(Closed)),
        ] {
            check(true, true, state, event, expect);
        }
    }

    #[test]
    fn nothing_follows_the_end() {
        for event in [ReportLost, Found, Reissue { by: card(3) }, Transfer, Close] {
            check(true, true, Closed, event, Err(Code::CardClosed));
            check(true, true, Replaced { by: card(2) }, event, Err(Code::CardReplaced));
        }
    }

    #[test]
    fn what_only_a_registered_card_can() {
        check(false, true, Active, ReportLost, Err(Code::CardAnonymous));
        check(false, true, Active, Transfer, Err(Code::CardAnonymous));
        check(false, true, Active, Reissue { by: card(2) }, Ok(Replaced { by: card(2) }));
        check(false, true, Active, Close, Ok(Closed));
        check(true, false, Active, Transfer, Err(Code::CardNotTransferable));
    }

    #[track_caller]
    fn check_days(from: &str, months: u32, today: &str, expect: Result<Validity, Code>) {
        let law = CardLaw { anonymous_valid_months: months, ..CardLaw::shipped() };
        assert_eq!(validity(false, from, &law, today), expect, "{from} + {months} on {today}");
    }

    #[test]
    fn anonymous_cards_end_and_registered_ones_do_not() {
        let valid = |until: &str| Ok(Validity::Valid { until: until.into() });
        let expired = |since: &str| Ok(Validity::Expired { since: since.into() });
        check_days("2026-03-01", 36, "2026-03-01", valid("2029-03-01"));
        check_days("2026-03-01", 36, "2029-03-01", valid("2029-03-01"));
        check_days("2026-03-01", 36, "2029-03-02", expired("2029-03-02"));
        check_days("2024-02-29", 36, "2027-02-28", valid("2027-02-28"));
        check_days("2024-02-29", 36, "2027-03-01", expired("2027-03-01"));
        check_days("2026-12-31", 60, "2040-01-01", expired("2032-01-01"));
        // A clock that is behind makes no card expire.
        check_days("2026-03-01", 36, "2020-01-01", valid("2029-03-01"));
        check_days("2026-02-30", 36, "2026-03-01", Err(Code::RequestInvalid));
        check_days("2026-03-01", 36, "today", Err(Code::RequestInvalid));
        check_days("9999-12-31", u32::MAX, "2026-03-01", Err(Code::RequestInvalid));
        assert_eq!(validity(true, "1990-01-01", &CardLaw::shipped(), "2026-03-01"), Ok(Validity::Unlimited));
    }

    #[test]
    fn an_expired_card_made_valid_anew_pays_again() {
        let law = CardLaw::shipped();
        let old = validity(false, "2020-01-01", &law, "2026-03-01").unwrap();
        assert_eq!(usable(Active, &old), Err(Code::CardExpired));
        let anew = validity(false, "2026-03-01", &law, "2026-03-01").unwrap();
        assert_eq!(usable(Active, &anew), Ok(()));
    }

    #[test]
    fn says_why_not() {
        let expired = Validity::Expired { since: "2026-01-01".into() };
        for (state, unlimited, ended) in [
            (Active, Ok(()), Err(Code::CardExpired)),
            (Lost, Err(Code::CardLost), Err(Code::CardLost)),
            (Replaced { by: card(2) }, Err(Code::CardReplaced), Err(Code::CardReplaced)),
            (Closed, Err(Code::CardClosed), Err(Code::CardClosed)),
        ] {
            assert_eq!((usable(state, &Validity::Unlimited), usable(state, &expired)), (unlimited, ended), "{state:?}");
        }
    }
}
