//! What must always hold, judged from what the tills have written and not from what the authority believes; and what must be seen.

use std::collections::BTreeMap;

use hefu_core::{
    ids::LeaseId,
    lease::{Answer, Ending, Slip, Source, Stage, Term},
};
use stateright::Property;

use crate::{
    chain::{Chain, Fact, Message, Standing},
    model::{Weather, is_tombstone},
};

pub const ESCROW: &str = "I7 ESCROW";
pub const BOUND: &str = "I8 BOUND";
pub const SEAL_FINAL: &str = "I10 SEAL-FINAL";
/// What was denied stays denied, and a request that comes again gets the same grant.
pub const ONE_ANSWER: &str = "one answer for ever";
pub const COVERED: &str = "what a till can spend is lent to it";
pub const NO_BREACH: &str = "nothing is owed but by floors, claw-backs and booked risks";

pub fn always() -> Vec<Property<Weather>> {
    vec![
        Property::always(ESCROW, adds_up),
        Property::always(BOUND, is_within_bound),
        Property::always(SEAL_FINAL, |_, chain| seals_are_final(chain)),
        Property::always(ONE_ANSWER, |_, chain| has_one_answer(chain)),
        Property::always(COVERED, |_, chain| is_covered(chain)),
        Property::always(NO_BREACH, owes_nothing_else),
    ]
}

/// The equation, and that what the account was ever given is what went in less what was clawed back.
fn adds_up(weather: &Weather, chain: &Chain) -> bool {
    let top_ups = |fact: &&Fact| matches!(fact, Fact::ToppedUp(..));
    let unread: usize = chain.tills.iter().map(|till| till.log[till.read..].iter().filter(top_ups).count()).sum();
    let clawed = i64::from(weather.budget.claw_backs - chain.left.claw_backs);
    chain.escrow.adds_up() && chain.escrow.given() == chain.credited - clawed - unread as i64
}

fn spends(chain: &Chain) -> impl Iterator<Item = (Source, i64)> {
    chain.tills.iter().flat_map(|till| &till.log).filter_map(|fact| match fact {
        Fact::Spent(used) => Some((used.of, used.amount.get())),
        Fact::Sealed(_) | Fact::ToppedUp(..) => None,
    })
}

/// `spent ≤ credited + R + F`, of all that was ever committed at any till.
fn is_within_bound(weather: &Weather, chain: &Chain) -> bool {
    let spent: i64 = spends(chain).map(|(_, amount)| amount).sum();
    spent <= chain.credited + chain.escrow.released() + i64::from(weather.floor) * i64::from(weather.tills)
}

fn seals_are_final(chain: &Chain) -> bool {
    chain.tills.iter().all(|till| {
        let sealed = |id: LeaseId| till.log.iter().position(|fact| matches!(fact, Fact::Sealed(seal) if seal.lease == id));
        till.log.iter().enumerate().all(|(place, fact)| match fact {
            Fact::Spent(used) => match used.of {
                Source::Lease(id) => sealed(id).is_none_or(|seal| place < seal),
                Source::Floor => true,
            },
            Fact::Sealed(_) | Fact::ToppedUp(..) => true,
        })
    })
}

fn has_one_answer(chain: &Chain) -> bool {
    let mut answers: BTreeMap<LeaseId, &Answer> = BTreeMap::new();
    chain.sent.iter().all(|message| match message {
        Message::Answer(answer) => {
            let id = match answer {
                Answer::Granted(grant) => grant.lease,
                Answer::Denied(denied) => denied.lease,
            };
            *answers.entry(id).or_insert(answer) == answer
        }
        Message::Ask(_) | Message::Recall(_) | Message::Statement(..) => true,
    })
}

/// What is left of each lease at a till, with what the authority has not read yet, is still lent to it, or a risk that was booked.
fn is_covered(chain: &Chain) -> bool {
    chain.tills.iter().filter(|till| till.standing != Standing::Found).all(|till| {
        let ids = chain.escrow.leases().map(|(id, _)| id).collect::<Vec<_>>();
        ids.into_iter().all(|id| {
            let Some(Slip::Granted { want, spent }) = till.pocket.slip(id) else {
                return true;
            };
            let unread: i64 = till.log[till.read..].iter().map(|fact| spent_of(fact, id)).sum();
            let could = want.amount.get() - spent.get() + unread;
            match chain.escrow.lease(id).map(|lease| (lease.stage, lease.remaining())) {
                Some((Stage::Released { at_risk }, _)) => could <= at_risk,
                Some((_, remaining)) => could <= remaining,
                None => false,
            }
        })
    })
}

fn spent_of(fact: &Fact, id: LeaseId) -> i64 {
    match fact {
        Fact::Spent(used) if used.of == Source::Lease(id) => used.amount.get(),
        Fact::Spent(_) | Fact::Sealed(_) | Fact::ToppedUp(..) => 0,
    }
}

fn owes_nothing_else(weather: &Weather, chain: &Chain) -> bool {
    let clawed = i64::from(weather.budget.claw_backs - chain.left.claw_backs);
    let floors: i64 = spends(chain).filter(|(of, _)| *of == Source::Floor).map(|(_, amount)| amount).sum();
    chain.escrow.owed() <= clawed + floors + chain.escrow.released()
}

/// States that the model is about: an exploration that does not see them has explored something else.
#[derive(Clone, Copy, Debug)]
pub enum Sight {
    Denied,
    /// A recall has overtaken its grant.
    Tombstone,
    SpentInFull,
    /// A hold was sealed because its time was over.
    TimeOver,
    /// A payment looked up a lease that is no longer there when it commits.
    PaymentRefused,
    /// What one till gave back was lent to another.
    LentAgain,
    InDoubt,
    /// A lost till was sealed by its own hand after all.
    DoubtSealed,
    DiskRead,
    /// More was spent than there ever was, within what was booked.
    RiskCameTrue,
    Owed,
    LapsedAtSeal,
    TopUpSealed,
    /// A floor was used, and what it owed is paid.
    FloorMadeGood,
}

impl Sight {
    pub fn property(self) -> Property<Weather> {
        let (name, condition): (&'static str, fn(&Weather, &Chain) -> bool) = match self {
            Self::Denied => ("denied", |_, chain| chain.sent.iter().any(|message| matches!(message, Message::Answer(Answer::Denied(_))))),
            Self::Tombstone => ("tombstone", |_, chain| leases_of(chain).any(|(till, id)| is_tombstone(chain.tills[till].pocket.slip(id)))),
            Self::SpentInFull => ("spent in full", |_, chain| chain.escrow.spent() == chain.credited),
            Self::TimeOver => ("time over", |_, chain| {
                chain.sent.iter().all(|message| !matches!(message, Message::Recall(_))) && ended(chain, Ending::Sealed)
            }),
            Self::PaymentRefused => ("payment refused", |_, chain| {
                let floor = hefu_core::lease::Amount::NONE;
                chain.tills.iter().any(|till| till.pocket.clone().spend(&till.payment, floor, &till.now()).is_err())
            }),
            Self::LentAgain => ("lent again", |_, chain| {
                ended(chain, Ending::Sealed) && chain.escrow.leases().filter(|(_, lease)| lease.granted > 0).count() > 1
            }),
            Self::InDoubt => ("in doubt", |_, chain| chain.escrow.leases().any(|(_, lease)| matches!(lease.stage, Stage::InDoubt { .. }))),
            Self::DoubtSealed => ("doubt sealed", |_, chain| {
                ended(chain, Ending::Sealed) && chain.tills.iter().any(|till| till.standing == Standing::Revoked)
            }),
            Self::DiskRead => ("disk read", |_, chain| ended(chain, Ending::DiskRead)),
            Self::RiskCameTrue => ("risk came true", |_, chain| spends(chain).map(|(_, amount)| amount).sum::<i64>() > chain.credited),
            Self::Owed => ("owed", |_, chain| chain.escrow.owed() > 0),
            Self::LapsedAtSeal => ("lapsed at its seal", |_, chain| {
                chain.escrow.leases().any(|(_, lease)| lease.lapsing > 0 && lease.stage == Stage::Ended(Ending::Sealed))
            }),
            Self::TopUpSealed => ("top-up sealed", |_, chain| {
                chain.escrow.leases().any(|(_, lease)| lease.term == Term::Allotment && lease.stage == Stage::Ended(Ending::Sealed))
            }),
            Self::FloorMadeGood => ("floor made good", |weather, chain| {
                let on_floor = |fact: &Fact| matches!(fact, Fact::Spent(used) if used.of == Source::Floor);
                chain.tills.iter().any(|till| till.log.iter().filter(|fact| on_floor(fact)).count() > weather.floor as usize)
            }),
        };
        Property::sometimes(name, condition)
    }
}

fn leases_of(chain: &Chain) -> impl Iterator<Item = (usize, LeaseId)> {
    let named = chain.escrow.leases().map(|(id, _)| id).collect::<Vec<_>>();
    (0..chain.tills.len()).flat_map(move |till| named.clone().into_iter().map(move |id| (till, id)))
}

fn ended(chain: &Chain, ending: Ending) -> bool {
    chain.escrow.leases().any(|(_, lease)| lease.stage == Stage::Ended(ending))
}
