//! What may happen next, and what comes of it.

use hefu_core::{
    ids::LeaseId,
    lease::{Amount, Answer, Ask, Lost, Recall, Release, Seal, Slip, Source, Stage, Standing, Term, Timer, Use, Want},
};
use stateright::{Model, Property};

use crate::{
    chain::{ACCOUNT, Budget, Chain, Fact, HOLD_MS, Message, Standing as Found},
    oracle::{self, Sight},
    wrong::{self, Wrong},
};

/// A chain, and how much may happen in it.
#[derive(Clone, Debug, Default)]
pub struct Weather {
    pub tills: u8,
    pub credited: i64,
    /// What a request asks for, and what an allotment gives.
    pub asked: u32,
    pub allotted: u32,
    /// What policy lets each till spend without a lease.
    pub floor: u32,
    pub budget: Budget,
    pub wrong: Wrong,
    /// What must be reached.
    pub sights: &'static [Sight],
    /// The one property that is looked at; all when `None`.
    pub only: Option<&'static str>,
}

/// Tills by their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Ask(usize),
    Arrives(Message),
    /// The payment on the screen looks up what it would spend.
    Pays(usize),
    /// It commits, or is refused.
    Commits(usize),
    TopsUp(usize),
    Seals(usize, LeaseId),
    TimeIsOver(usize),
    Crashes(usize),
    /// The authority reads the next operation of the till's log.
    Reads(usize),
    Allots(usize),
    Recalls(LeaseId),
    Revokes(usize),
    Releases(LeaseId),
    DiskRead(usize),
    Credits,
    ClawsBack,
    Lapses,
    States(usize),
    /// Wrong: see [`Wrong::AuthorityClock`].
    Expires(LeaseId),
}

impl Model for Weather {
    type State = Chain;
    type Action = Action;

    fn init_states(&self) -> Vec<Chain> {
        vec![Chain::new(self.tills, self.credited, self.budget)]
    }

    fn actions(&self, chain: &Chain, actions: &mut Vec<Action>) {
        for till in 0..chain.tills.len() {
            self.at_a_till(chain, till, actions);
        }
        at_the_authority(chain, actions);
        actions.extend(chain.sent.iter().cloned().map(Action::Arrives));
        if self.wrong == Wrong::AuthorityClock {
            let holds = chain.escrow.leases().filter(|(_, lease)| lease.term == Term::Hold && lease.remaining() > 0);
            actions.extend(holds.map(|(id, _)| Action::Expires(id)));
        }
    }

    fn next_state(&self, chain: &Chain, action: Action) -> Option<Chain> {
        let mut next = chain.clone();
        self.act(&mut next, action)?;
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let all = oracle::always().into_iter().filter(|property| self.only.is_none_or(|only| property.name == only));
        all.chain(self.sights.iter().map(|sight| sight.property())).collect()
    }
}

/// Takes one from what is left of a budget.
fn takes(left: &mut u8) -> Option<()> {
    *left = left.checked_sub(1)?;
    Some(())
}

const ONE: Amount = Amount::constant(1);

impl Weather {
    fn at_a_till(&self, chain: &Chain, at: usize, actions: &mut Vec<Action>) {
        let (till, left) = (&chain.tills[at], &chain.left);
        if till.read < till.log.len() {
            actions.push(Action::Reads(at));
        }
        if till.standing == Found::Found {
            return;
        }
        if left.asks > 0 {
            actions.push(Action::Ask(at));
        }
        if !till.payment.is_empty() {
            actions.push(Action::Commits(at));
        } else if left.payments > 0 && till.pocket.draw(ACCOUNT, ONE, self.floor(), &till.now()).is_ok() {
            actions.push(Action::Pays(at));
        }
        if left.top_ups > 0 {
            actions.push(Action::TopsUp(at));
        }
        if left.ticks > 0 && !till.time_over {
            actions.push(Action::TimeIsOver(at));
        }
        if left.crashes > 0 {
            actions.push(Action::Crashes(at));
        }
        if left.allotments > 0 && till.standing == Found::Enrolled {
            actions.push(Action::Allots(at));
        }
        if left.statements > 0 {
            actions.push(Action::States(at));
        }
        match till.standing {
            Found::Enrolled if left.revocations > 0 => actions.push(Action::Revokes(at)),
            Found::Revoked => actions.push(Action::DiskRead(at)),
            Found::Enrolled | Found::Found => {}
        }
        actions.extend(till.pocket.due(&till.now()).into_iter().map(|id| Action::Seals(at, id)));
    }

    fn floor(&self) -> Amount {
        Amount::constant(self.floor)
    }

    /// `None` where nothing comes of it.
    fn act(&self, chain: &mut Chain, action: Action) -> Option<()> {
        match action {
            Action::Arrives(message) => self.arrives(chain, message),
            Action::Ask(at) => self.asks(chain, at),
            Action::Pays(at) => {
                takes(&mut chain.left.payments)?;
                let till = &mut chain.tills[at];
                till.payment = till.pocket.draw(ACCOUNT, ONE, self.floor(), &till.now()).ok()?;
                Some(())
            }
            Action::Commits(at) => {
                self.commits(chain, at);
                Some(())
            }
            Action::TopsUp(at) => {
                takes(&mut chain.left.top_ups)?;
                let id = chain.name();
                chain.tills[at].pocket.born(id, ACCOUNT, ONE).ok()?;
                chain.tills[at].log.push(Fact::ToppedUp(id, ONE));
                chain.credited += ONE.get();
                Some(())
            }
            Action::Seals(at, id) => {
                let seal = chain.tills[at].pocket.seal(id).ok()?;
                chain.tills[at].log.push(Fact::Sealed(seal));
                Some(())
            }
            Action::TimeIsOver(at) => {
                takes(&mut chain.left.ticks)?;
                chain.tills[at].time_over = true;
                Some(())
            }
            Action::Crashes(at) => {
                takes(&mut chain.left.crashes)?;
                let till = &mut chain.tills[at];
                till.payment.clear();
                till.boot += 1;
                till.time_over = false;
                Some(())
            }
            Action::Reads(at) => {
                reads(chain, at);
                Some(())
            }
            _ => self.decides(chain, action),
        }
    }

    /// What the authority, and head office, do by themselves.
    fn decides(&self, chain: &mut Chain, action: Action) -> Option<()> {
        match action {
            Action::Allots(at) => {
                takes(&mut chain.left.allotments)?;
                let (lease, holder) = (chain.name(), chain.tills[at].pocket.holder());
                let amount = Amount::constant(self.allotted);
                let ask = Ask { lease, account: ACCOUNT, holder, amount, term: Term::Allotment };
                let answer = chain.escrow.ask(&ask, Standing::Enrolled);
                chain.sent.insert(Message::Answer(answer));
            }
            Action::Recalls(lease) => {
                takes(&mut chain.left.recalls)?;
                let named = chain.sent.iter().find_map(|message| match message {
                    Message::Ask(ask) if ask.lease == lease => Some(ask.holder),
                    _ => None,
                });
                let holder = chain.escrow.recall(lease).or(named)?;
                chain.sent.insert(Message::Recall(Recall { lease, account: ACCOUNT, holder }));
            }
            Action::Revokes(at) => {
                takes(&mut chain.left.revocations)?;
                let till = &mut chain.tills[at];
                till.standing = Found::Revoked;
                let holder = till.pocket.holder();
                chain.escrow.revoke(Lost::Device(holder.device), 0);
                if self.wrong == Wrong::RevokingSeals {
                    let held = chain.escrow.leases().filter(|(_, lease)| lease.holder == holder);
                    for lease in held.map(|(id, _)| id).collect::<Vec<_>>() {
                        chain.escrow.seal(holder, &Seal { lease, account: ACCOUNT });
                    }
                }
            }
            Action::Releases(id) => {
                takes(&mut chain.left.releases)?;
                chain.escrow.release(id, Release::Manager).ok()?;
            }
            Action::DiskRead(at) => {
                while chain.tills[at].read < chain.tills[at].log.len() {
                    reads(chain, at);
                }
                let till = &mut chain.tills[at];
                till.standing = Found::Found;
                till.payment.clear();
                chain.escrow.disk_read(till.pocket.holder().log);
            }
            Action::Credits => {
                takes(&mut chain.left.credits)?;
                chain.escrow.credit(ONE).ok()?;
                chain.credited += ONE.get();
            }
            Action::ClawsBack => {
                takes(&mut chain.left.claw_backs)?;
                chain.escrow.claw_back(ONE).ok()?;
            }
            Action::Lapses => {
                takes(&mut chain.left.lapses)?;
                chain.escrow.lapse(ONE);
            }
            Action::States(at) => {
                takes(&mut chain.left.statements)?;
                let holder = chain.tills[at].pocket.holder();
                let as_of = chain.tills.iter().map(|till| till.read as u64).sum();
                let statement = chain.escrow.statement(ACCOUNT, as_of, holder.log).ok()?;
                chain.sent.insert(Message::Statement(holder, statement));
            }
            Action::Expires(lease) => {
                let holder = chain.escrow.lease(lease)?.holder;
                chain.escrow.seal(holder, &Seal { lease, account: ACCOUNT });
            }
            _ => return None,
        }
        Some(())
    }

    fn asks(&self, chain: &mut Chain, at: usize) -> Option<()> {
        takes(&mut chain.left.asks)?;
        let id = chain.name();
        let till = &mut chain.tills[at];
        let timer = Timer { sent: till.now(), lasts_ms: HOLD_MS };
        let want = Want { account: ACCOUNT, amount: Amount::constant(self.asked), hold: Some(timer) };
        let ask = till.pocket.ask(id, want).ok()?;
        chain.sent.insert(Message::Ask(ask));
        Some(())
    }

    fn commits(&self, chain: &mut Chain, at: usize) {
        let till = &mut chain.tills[at];
        let uses = std::mem::take(&mut till.payment);
        if till.pocket.spend(&uses, self.floor(), &till.now()).is_err() {
            return;
        }
        let as_named = |used: Use| match used.of {
            Source::Lease(id) => Use { of: Source::Lease(wrong::named(id)), ..used },
            Source::Floor => used,
        };
        till.log.extend(uses.into_iter().map(|used| Fact::Spent(as_named(used))));
    }

    fn arrives(&self, chain: &mut Chain, message: Message) -> Option<()> {
        match message {
            Message::Ask(ask) => {
                let till = chain.tills.iter().find(|till| till.pocket.holder() == ask.holder)?;
                let standing = if till.standing == Found::Enrolled { Standing::Enrolled } else { Standing::Revoked };
                let answer = self.wrong.ask(&mut chain.escrow, &ask, standing);
                // The same answer again is nothing new: it is on its way for ever.
                return chain.sent.insert(Message::Answer(answer)).then_some(());
            }
            Message::Answer(answer) => {
                let holder = match answer {
                    Answer::Granted(grant) => grant.holder,
                    Answer::Denied(denied) => denied.holder,
                };
                let till = chain.tills.iter_mut().find(|till| till.pocket.holder() == holder)?;
                if till.standing == Found::Found {
                    return None;
                }
                return self.wrong.answer(&mut till.pocket, &answer).then_some(());
            }
            Message::Recall(recall) => {
                let till = chain.tills.iter_mut().find(|till| till.pocket.holder() == recall.holder)?;
                if till.standing == Found::Found {
                    return None;
                }
                // A till without a memory of it would seal it at every arrival: once shows as much.
                let sealed = till.log.iter().any(|fact| matches!(fact, Fact::Sealed(seal) if seal.lease == recall.lease));
                let seal = self.wrong.recall(&mut till.pocket, &recall).filter(|_| !sealed)?;
                till.log.push(Fact::Sealed(seal));
            }
            Message::Statement(holder, statement) => {
                let till = chain.tills.iter_mut().find(|till| till.pocket.holder() == holder)?;
                till.pocket.hear(&statement);
            }
        }
        Some(())
    }
}

fn at_the_authority(chain: &Chain, actions: &mut Vec<Action>) {
    let left = &chain.left;
    if left.credits > 0 {
        actions.push(Action::Credits);
    }
    if left.claw_backs > 0 {
        actions.push(Action::ClawsBack);
    }
    if left.lapses > 0 {
        actions.push(Action::Lapses);
    }
    if left.recalls > 0 {
        // What is lent, and what was asked for and has not been heard of.
        let asked = chain.sent.iter().filter_map(|message| match message {
            Message::Ask(ask) => Some(ask.lease),
            _ => None,
        });
        let lent = chain.escrow.leases().filter(|(_, lease)| lease.stage == Stage::Lent).map(|(id, _)| id);
        let all: std::collections::BTreeSet<LeaseId> = asked.chain(lent).collect();
        actions.extend(all.into_iter().map(Action::Recalls));
    }
    if left.releases > 0 {
        let doubtful = chain.escrow.leases().filter(|(_, lease)| matches!(lease.stage, Stage::InDoubt { .. }));
        actions.extend(doubtful.map(|(id, _)| Action::Releases(id)));
    }
}

/// The authority reads the next operation of a till's log.
fn reads(chain: &mut Chain, at: usize) {
    let till = &mut chain.tills[at];
    let by = till.pocket.holder();
    let fact = till.log[till.read];
    till.read += 1;
    match fact {
        Fact::Spent(used) => drop(chain.escrow.spend(by, &used).unwrap()),
        Fact::Sealed(seal) => drop(chain.escrow.seal(by, &seal)),
        Fact::ToppedUp(id, amount) => {
            chain.escrow.born(id, by, amount).unwrap();
            // A till that is lost writes what was on its disk: what it holds of it is in doubt like the rest.
            if till.standing != Found::Enrolled {
                chain.escrow.revoke(Lost::Device(by.device), 0);
            }
        }
    }
}

/// Whether a till remembers a lease that was called back before its grant came.
pub fn is_tombstone(slip: Option<&Slip>) -> bool {
    matches!(slip, Some(Slip::Sealed { granted: None, .. }))
}
