//! A run from its founding to the day on which everything has met.

use std::collections::BTreeMap;

use hefu_core::error::Code;

use crate::{
    breach::{Breach, Checked, Expect, ensure},
    dice::Dice,
    plan::Plan,
    till::Parted,
    trace::Trace,
    wire::Lane,
    world::World,
};

/// What came of a seed that held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Over every line of the trace.
    pub hash: [u8; 32],
    pub lines: u64,
    pub acts: u64,
    /// Operations in the chain.
    pub operations: usize,
    /// What every account came to, by a name that hangs on no clock.
    pub balances: BTreeMap<String, i64>,
}

/// What came of one that did not.
#[derive(Clone, Debug)]
pub struct Failure {
    pub breach: Breach,
    /// The last lines of its trace.
    pub last: Vec<String>,
}

#[derive(Clone, Copy)]
enum Step {
    Act,
    Talk,
    Deliver,
    Hq,
    Fault,
}

/// Weights of what a step is, beside those of faults.
const STEPS: [(usize, Step); 4] = [(300, Step::Act), (300, Step::Talk), (500, Step::Deliver), (40, Step::Hq)];

/// Runs a seed. `print` shows every line of its trace.
pub fn run(seed: u64, plan: Plan, print: bool) -> Result<Report, Failure> {
    let mut world = World::new(seed, plan, Trace::new(print)).map_err(|breach| Failure { breach, last: Vec::new() })?;
    let held = world.live().and_then(|()| world.heal()).and_then(|()| world.report());
    match held {
        Ok(report) => Ok(report),
        Err(breach) => Err(Failure { breach, last: world.trace.last().to_vec() }),
    }
}

impl World {
    fn report(&self) -> Checked<Report> {
        let (hash, lines, operations) = (self.trace.hash(), self.trace.lines(), self.oracle.chain.len());
        Ok(Report { hash, lines, acts: self.acts, operations, balances: self.balances()? })
    }

    fn live(&mut self) -> Checked {
        for step in 0..self.plan.steps {
            let mut dice = self.dice("step", step as u64);
            self.time.pass(i64::try_from(dice.between(100, 60_000)).unwrap_or(1_000));
            self.step(&mut dice)?;
            let mut mending = self.dice("mend", step as u64);
            self.mend(&mut mending)?;
        }
        Ok(())
    }

    fn step(&mut self, dice: &mut Dice) -> Checked {
        let faults = self.plan.faults.sum();
        let mut steps = STEPS.to_vec();
        steps.push((faults, Step::Fault));
        let no = dice.below(self.tills.len());
        match dice.weighed(&steps).unwrap_or(Step::Act) {
            Step::Act => self.act(no, dice),
            Step::Talk => self.talk(no, dice),
            Step::Deliver => (0..dice.between(1, 4)).try_for_each(|_| self.deliver(dice)),
            Step::Hq => self.meet_hq(),
            Step::Fault => self.fault(dice),
        }
    }

    /// A till takes a step of its conversation.
    fn talk(&mut self, no: usize, dice: &mut Dice) -> Checked {
        let Some(running) = &self.tills[no].running else { return Ok(()) };
        let busy = |lane: Lane| running.tasks.contains_key(&lane);
        let lane = match running.online {
            false if running.tasks.is_empty() => Lane::Open,
            true if !busy(Lane::Push) && (busy(Lane::Pull) || dice.permille(500)) => Lane::Push,
            true if !busy(Lane::Pull) => Lane::Pull,
            _ => return self.deliver(dice),
        };
        self.tills[no].begin_task(lane)?;
        self.drive(no, lane)
    }

    /// Faults are over: in two rounds everything has met (I12).
    fn heal(&mut self) -> Checked {
        self.healing = true;
        self.say("faults are over");
        self.settle()?;
        self.meet_hq()?;
        for no in 0..self.tills.len() {
            self.meet_or_join(no)?;
        }
        self.meet_hq()?;
        for no in 0..self.tills.len() {
            let stopped = self.talk_out(no)?;
            ensure(stopped.is_none(), "I12 HEALS", || format!("till {no} is stopped with {stopped:?}"))?;
        }
        self.meet_hq()?;
        self.check_all()?;
        let operations = self.oracle.chain.len();
        let digest = self.server.running.as_ref().expected("the server")?.hq.digest().expected("a digest")?;
        self.say(&format!("{operations} operations, digest {}", digest.whole().hex()));
        Ok(())
    }

    /// Everything that was on its way arrives, and whatever is down comes up.
    fn settle(&mut self) -> Checked {
        let mut dice = self.dice("settle", 0);
        for no in 0..self.tills.len() {
            self.tills[no].parted = Parted::default();
            self.tills[no].disk.make_room();
            if self.tills[no].disk.is_dead() {
                self.rise(no, &mut dice)?;
            }
            // Nobody waits for what comes now.
            if let Some(running) = &mut self.tills[no].running {
                running.tasks.clear();
            }
        }
        self.server.disk.make_room();
        if self.server.disk.is_dead() {
            self.server.stop(hefu_failing_disk::Left::Nothing);
        }
        if !self.server.is_up() {
            self.start_server()?;
        }
        self.server.between.settle();
        self.read_chain()?;
        let late = std::mem::take(&mut *self.net.flights());
        late.into_iter().try_for_each(|flight| self.carry(flight))?;
        while !self.newer_pushes(&mut dice)? {}
        Ok(())
    }

    /// The first round of a till. One that has another history than the server finds so in this one conversation (I5), has what it wrote
    /// kept, and begins anew.
    fn meet_or_join(&mut self, no: usize) -> Checked {
        let revoked = self.server.has_revoked(self.tills[no].identity.device, &self.rt).expected("a device")?;
        let differs = self.differs(no)?;
        let stopped = self.talk_out(no)?;
        match stopped {
            None => ensure(!differs && !revoked, "I5 CHAIN, FORK", || {
                format!("till {no} does not see that it has forked: {differs}, or was revoked: {revoked}")
            }),
            Some(Code::SyncFork | Code::DeviceRevoked) => {
                let given_up = self.tills[no].given_up;
                ensure(given_up, "I2 NO-LOSS", || format!("what till {no} wrote is not kept"))?;
                self.join_anew(no)?;
                let stopped = self.talk_out(no)?;
                ensure(stopped.is_none(), "I12 HEALS", || format!("till {no}, begun anew, is stopped with {stopped:?}"))
            }
            Some(code) => Err(Breach::of("I12 HEALS", format!("till {no} is stopped with {code}"))),
        }
    }
}
