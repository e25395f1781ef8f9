//! Random schedules far longer than any that can be explored to the end: what holds, holds there too.

use hefu_core::lease::Recall;
use proptest::{prelude::*, strategy::ValueTree};
use stateright::Model;

use crate::{
    chain::{ACCOUNT, Budget, Chain, Message, Standing},
    model::{Action, Weather},
    oracle,
    wrong::Wrong,
};

/// Three tills and so much of everything that a walk seldom runs out of it.
fn long_weather() -> Weather {
    let budget = Budget {
        asks: 12,
        allotments: 6,
        payments: 30,
        recalls: 8,
        revocations: 2,
        releases: 3,
        crashes: 4,
        ticks: 6,
        credits: 6,
        claw_backs: 4,
        lapses: 4,
        top_ups: 4,
        statements: 10,
    };
    Weather { tills: 3, credited: 8, asked: 3, allotted: 2, floor: 2, budget, ..Weather::default() }
}

/// Of the acts, not of the messages: those grow with every step, and would crowd the rest out.
fn pick(weather: &Weather, chain: &Chain, choice: u16) -> Option<Action> {
    let mut actions = Vec::new();
    weather.actions(chain, &mut actions);
    let (messages, acts): (Vec<_>, Vec<_>) = actions.into_iter().partition(|action| matches!(action, Action::Arrives(_)));
    let from = if (choice & 1 == 0 || acts.is_empty()) && !messages.is_empty() { messages } else { acts };
    let at = usize::from(choice / 2).checked_rem(from.len())?;
    from.into_iter().nth(at)
}

/// The line is up again: every log is read, everything is called back, and the seals are read.
fn heal(weather: &Weather, chain: Chain) -> Chain {
    let mut chain = read_all(weather, chain);
    let lent: Vec<_> = chain.escrow.leases().map(|(id, _)| id).collect();
    for lease in lent {
        if let Some(holder) = chain.escrow.recall(lease) {
            let recall = Message::Recall(Recall { lease, account: ACCOUNT, holder });
            chain = weather.next_state(&chain, Action::Arrives(recall)).unwrap_or(chain);
        }
    }
    read_all(weather, chain)
}

fn read_all(weather: &Weather, mut chain: Chain) -> Chain {
    for at in 0..chain.tills.len() {
        while chain.tills[at].read < chain.tills[at].log.len() {
            chain = weather.next_state(&chain, Action::Reads(at)).unwrap();
        }
    }
    chain
}

/// Whether a till that is not lost is still lent something.
fn is_stuck(chain: &Chain) -> bool {
    let well = chain.tills.iter().filter(|till| till.standing == Standing::Enrolled).map(|till| till.pocket.holder());
    let well: Vec<_> = well.collect();
    chain.escrow.leases().any(|(_, lease)| well.contains(&lease.holder) && lease.remaining() > 0)
}

/// Goes where the choices lead, as far as there is anything to do. The error names the first property that does not hold, and how one
/// gets there.
fn walk(weather: &Weather, choices: &[u16]) -> Result<Chain, String> {
    let mut chain = weather.init_states().remove(0);
    let mut walked = Vec::new();
    for choice in choices {
        let Some(action) = pick(weather, &chain, *choice) else { break };
        walked.push(action.clone());
        let Some(next) = weather.next_state(&chain, action) else { continue };
        chain = next;
        if let Some(broken) = oracle::always().into_iter().find(|property| !(property.condition)(weather, &chain)) {
            return Err(format!("{} after {walked:#?}\n{chain:#?}", broken.name));
        }
    }
    Ok(chain)
}

proptest! {
    #[test]
    fn any_schedule_keeps_every_invariant_and_heals(choices in prop::collection::vec(any::<u16>(), 0..200)) {
        let weather = long_weather();
        let chain = walk(&weather, &choices).map_err(TestCaseError::fail)?;
        let healed = heal(&weather, chain);
        prop_assert!(!is_stuck(&healed), "nothing stays lent that is called back: {healed:#?}");
    }
}

/// Walks are long enough to matter: what is known to be wrong is met on them too.
#[test]
fn walks_meet_what_is_wrong() {
    let choices = prop::collection::vec(any::<u16>(), 200);
    for wrong in [Wrong::AuthorityClock, Wrong::NoDedupe, Wrong::NoTombstone, Wrong::ForgetsDenials, Wrong::RevokingSeals] {
        let weather = Weather { wrong, ..long_weather() };
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let met = (1..=500).find(|_| walk(&weather, &choices.new_tree(&mut runner).unwrap().current()).is_err());
        println!("{wrong:?} is met on walk {met:?}");
        assert!(met.is_some(), "{wrong:?}");
    }
}
