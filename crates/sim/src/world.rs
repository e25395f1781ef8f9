//! One run: tills, the server and the network between them, in one process and one thread of control.

use std::{future::poll_fn, sync::Arc, task::Poll};

use hefu_core::error::Code;
use hefu_log::{Ask, Audience, ChainLog, Most};
use hefu_sync::is_for_good;
use tokio::runtime::Runtime;

use crate::{
    breach::{Breach, Checked, Expect, ensure},
    clock::Time,
    dice::Dice,
    founding,
    oracle::{Done, Effects, Fact, Oracle, Seen},
    plan::Plan,
    server::{HQ_LOG, Server},
    till::{Outcome, Till},
    trace::Trace,
    wire::{Lane, Net},
    wrong::LogBetween,
};

pub struct World {
    pub seed: u64,
    pub plan: Plan,
    pub time: Time,
    pub rt: Runtime,
    pub net: Arc<Net>,
    pub server: Server,
    pub tills: Vec<Till>,
    pub newer: crate::newer::Newer,
    pub oracle: Oracle,
    pub trace: Trace,
    /// Logs that were given up, with what was committed to them: the server has or keeps all of it.
    pub given_up: Vec<(hefu_core::ids::LogId, Vec<crate::oracle::At>)>,
    /// How much of each log the server has acknowledged.
    pub acknowledged: std::collections::BTreeMap<hefu_core::ids::LogId, u64>,
    /// The server's disk has been full.
    pub server_was_full: bool,
    /// Faults are over.
    pub healing: bool,
    pub acts: u64,
}

impl World {
    /// The chain is founded, and its tills have joined and read it.
    pub fn new(seed: u64, plan: Plan, trace: Trace) -> Checked<Self> {
        let rt = tokio::runtime::Builder::new_current_thread().enable_time().build().expected("a runtime")?;
        let time = Time::new();
        let server = Server::new(seed, &time, LogBetween::new(plan.wrong), &rt)?;
        let net = Arc::new(Net::default());
        let newer = crate::newer::Newer::new(seed);
        let (oracle, healing) = (Oracle::default(), false);
        let mut world = Self {
            seed,
            plan,
            time,
            rt,
            net,
            server,
            tills: Vec::new(),
            newer,
            oracle,
            trace,
            given_up: Vec::new(),
            acknowledged: std::collections::BTreeMap::new(),
            server_was_full: false,
            healing,
            acts: 0,
        };
        world.begin()?;
        Ok(world)
    }

    fn begin(&mut self) -> Checked {
        let hq = self.server.running.as_ref().expected("the server")?.hq.clone();
        let facts = founding::found(&hq, self.plan.stores)?;
        self.note_hq(facts)?;
        for no in 0..self.plan.tills {
            let till = Till::new(no, founding::store(no % self.plan.stores), self.seed, &self.time, &self.net, self.plan.wrong)?;
            self.tills.push(till);
            self.join(no)?;
        }
        self.join_newer()?;
        self.meet_hq()?;
        (0..self.plan.tills).try_for_each(|no| self.talk_out(no).map(drop))
    }

    /// Says what happened, for the trace.
    pub fn say(&mut self, line: &str) {
        let line = format!("{:>9} {line}", self.time.now() - crate::clock::MORNING);
        self.trace.say(&line);
    }

    /// A manager brings a code: the till joins as a new device and begins a new book. Nothing happens while the server is down.
    pub fn join(&mut self, no: usize) -> Checked<bool> {
        let key = self.tills[no].key().clone();
        let joined = self.server.enrol(self.tills[no].store, &key, &self.rt);
        self.note_hq(Vec::new())?;
        match joined {
            Ok(reply) => {
                let mut line = format!("till {no} joins");
                if self.tills[no].running.is_some() {
                    let old = std::mem::take(&mut self.tills[no].own);
                    self.given_up.push((self.tills[no].identity.log, old));
                    line += " anew";
                }
                self.tills[no].begin(reply.device, reply.till_no)?;
                let log = self.tills[no].identity.log;
                self.say(&format!("{line} as {} with log {log}", reply.device));
                Ok(true)
            }
            Err(_) if self.server.disk.is_dead() || self.server.disk.is_full() || !self.server.is_up() => Ok(false),
            Err(error) => Err(Breach::unforeseen("a till joins", &error)),
        }
    }

    /// What head office wrote since it was looked at.
    pub fn note_hq(&mut self, facts: Vec<(Fact, Effects)>) -> Checked {
        if self.server.disk.is_dead() {
            return Ok(());
        }
        let Some(running) = &self.server.running else { return Ok(()) };
        let hq = running.hq.clone();
        let head = hq.length().expected("the length of a log")?;
        let known = self.server.own.len() as u64;
        for (seq, at) in (known + 1..=head).zip(0..) {
            let hash = hq.own_at(seq).expected("an operation of head office")?.hash;
            let (fact, effects) = facts.get(at).cloned().unwrap_or((Fact::Plain, Effects::new()));
            let at = self.oracle.commit(Done { log: HQ_LOG, seq, hash, fact, effects });
            self.server.own.push(at);
        }
        Ok(())
    }

    /// What a till wrote since it was looked at; the last of it is this.
    pub fn note_till(&mut self, no: usize, fact: &Fact, effects: &Effects) -> Checked<u64> {
        let (head, known) = (self.tills[no].length()?, self.tills[no].own.len() as u64);
        for seq in known + 1..=head {
            let till = &self.tills[no];
            let hash = till.running()?.replica.own_at(seq).expected("an own operation")?.hash;
            let last = seq == head;
            let (fact, effects) = if last { (fact.clone(), effects.clone()) } else { (Fact::Plain, Effects::new()) };
            let at = self.oracle.commit(Done { log: till.identity.log, seq, hash, fact, effects });
            self.tills[no].own.push(at);
        }
        ensure(head >= known, "I2 NO-LOSS", || format!("till {no} had {known} operations of its own and has {head}"))?;
        Ok(head - known)
    }

    /// What a till's book holds, as the oracle has it.
    pub fn seen(&self, no: usize) -> Checked<Seen<'_>> {
        let till = &self.tills[no];
        let cursor = till.running()?.replica.cursor().expected("the cursor")?.after;
        Ok(self.oracle.seen(cursor, &till.own))
    }

    /// Reads what is new in the chain, as the log gives it out.
    pub fn read_chain(&mut self) -> Checked {
        if self.server.disk.is_dead() {
            return Ok(());
        }
        let Some(running) = &self.server.running else { return Ok(()) };
        let log = running.shown.clone();
        loop {
            let ask = Ask {
                after: self.oracle.chain.len() as u64,
                beside_after: 0,
                own: hefu_core::ids::LogId::from_bytes([0; 16]),
                audience: Audience::Hq,
                bytes_most: usize::MAX,
                most: Most { entries: 1000, beside: 1 << 20 },
            };
            let frame = self.rt.block_on(log.read(ask)).expected("the chain is read")?;
            if frame.entries.is_empty() {
                return Ok(());
            }
            for entry in frame.entries {
                self.oracle.sequenced(entry.gseq, entry.log, entry.seq, entry.hash)?;
            }
        }
    }

    pub fn meet_hq(&mut self) -> Checked {
        let met = self.server.meet_hq(&self.rt);
        match met {
            Ok(()) => (),
            Err(_) if self.server.disk.is_dead() || self.server.disk.is_full() => (),
            Err(error) => return Err(Breach::unforeseen("head office meets its log", &error)),
        }
        self.note_hq(Vec::new())?;
        self.read_chain()
    }

    /// A conversation goes on until it waits for the network or ends.
    pub fn drive(&mut self, no: usize, lane: Lane) -> Checked {
        let Some(running) = &mut self.tills[no].running else { return Ok(()) };
        let Some(mut task) = running.tasks.remove(&lane) else { return Ok(()) };
        self.net.drive(lane);
        let net = self.net.clone();
        let done = self.rt.block_on(poll_fn(|context| {
            net.unpark();
            match task.as_mut().poll(context) {
                Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
                Poll::Pending if net.is_parked() => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        }));
        let died = self.tills[no].disk.is_dead();
        if let Some(running) = &mut self.tills[no].running
            && !died
            && done.is_none()
        {
            running.tasks.insert(lane, task);
        }
        match done {
            Some(outcome) if !died => self.came(no, outcome),
            _ => Ok(()),
        }
    }

    fn came(&mut self, no: usize, outcome: Outcome) -> Checked {
        let (what, failed) = match outcome {
            Outcome::Opened(Ok(_)) => {
                if let Some(running) = &mut self.tills[no].running {
                    running.online = true;
                }
                ("opened", None)
            }
            Outcome::Kept(Ok(())) => {
                self.tills[no].given_up = true;
                ("kept", None)
            }
            Outcome::Opened(Err(error)) => ("opened", Some(error)),
            Outcome::Pushed(done) => ("pushed", done.err()),
            Outcome::Pulled(done) => ("pulled", done.err()),
            Outcome::Kept(Err(error)) => ("kept", Some(error)),
        };
        let cursor = self.tills[no].running()?.replica.cursor().expected("the cursor")?.after;
        match failed {
            None => {
                self.say(&format!("till {no} {what}, cursor {cursor}"));
                Ok(())
            }
            Some(error) => {
                let code = error.code();
                self.say(&format!("till {no} {what}: {code}, cursor {cursor}"));
                self.conversation_ended(no, code, what == "kept")
            }
        }
    }

    /// As the engine does: both halves end, and what is refused for good is sent to be kept apart.
    fn conversation_ended(&mut self, no: usize, code: Code, kept: bool) -> Checked {
        self.is_to_be_expected(no, code)?;
        self.tills[no].knows_revoked |= code == Code::DeviceRevoked;
        let Some(running) = &mut self.tills[no].running else { return Ok(()) };
        running.tasks.clear();
        running.online = false;
        running.talk.ended_with(code);
        if is_for_good(code) && !kept {
            self.tills[no].begin_task(Lane::Keep)?;
            return self.drive(no, Lane::Keep);
        }
        Ok(())
    }

    /// Whether a conversation may end so. What stops a till for good has a reason that the oracle knows of.
    fn is_to_be_expected(&self, no: usize, code: Code) -> Checked {
        let till = &self.tills[no];
        let expected = match code {
            Code::ServerUnreachable | Code::SignInNeeded | Code::ServerBusy => !self.healing,
            // An answer may come when there is room again.
            Code::ServerCannotWrite => self.server_was_full && !self.healing,
            // What could not be read keeps nothing from being sent first.
            Code::DiskFull => till.was_full && !self.healing,
            Code::SyncFork => self.has_forked(no)?,
            Code::DeviceRevoked => till.is_revoked,
            _ => false,
        };
        ensure(expected, "I12 HEALS", || format!("the conversation of till {no} ended with {code}"))
    }

    /// Whether the chain has another history of a till's log than the till.
    pub fn differs(&self, no: usize) -> Checked<bool> {
        let till = &self.tills[no];
        let there: Vec<_> = self.oracle.of_log(till.identity.log).collect();
        Ok(!till.own.starts_with(&there))
    }

    /// Whether the server may say that a till's log has forked: the chain has another history of it, or another was sent and is kept
    /// apart. What was sent before an old copy came back may come later than what the copy sent.
    fn has_forked(&self, no: usize) -> Checked<bool> {
        let Some(running) = &self.server.running else { return self.differs(no) };
        let log = self.tills[no].identity.log;
        let head = self.rt.block_on(running.log.log_head(log, 0)).expected("the head of a log")?;
        Ok(self.differs(no)? || head.is_some_and(|head| head.stopped))
    }

    /// One conversation from hello to its end, on a line that does not fail: what is unsent goes out, what is new comes in. The code
    /// it was stopped with, if any.
    pub fn talk_out(&mut self, no: usize) -> Checked<Option<Code>> {
        self.net.flights().clear();
        let running = self.tills[no].running.as_mut().expected("a till that runs")?;
        running.tasks.clear();
        running.online = false;
        if let Some(code) = self.run_task(no, Lane::Open)? {
            return Ok(Some(code));
        }
        while self.tills[no].running()?.replica.unsent().expected("unsent")? > 0 {
            if let Some(code) = self.run_task(no, Lane::Push)? {
                return Ok(Some(code));
            }
        }
        loop {
            let before = self.tills[no].running()?.replica.cursor().expected("the cursor")?;
            if let Some(code) = self.run_task(no, Lane::Pull)? {
                return Ok(Some(code));
            }
            if self.tills[no].running()?.replica.cursor().expected("the cursor")? == before {
                return Ok(None);
            }
        }
    }

    /// A step of a conversation to its end; the code it failed with.
    fn run_task(&mut self, no: usize, lane: Lane) -> Checked<Option<Code>> {
        self.tills[no].begin_task(lane)?;
        self.drive(no, lane)?;
        while let Some(flight) = { self.net.flights().pop() } {
            self.carry(flight)?;
        }
        let running = self.tills[no].running()?;
        let link = running.link();
        let failed = match link {
            hefu_sync::Link::Stopped(code) => Some(code),
            hefu_sync::Link::Offline => Some(Code::ServerUnreachable),
            _ => None,
        };
        Ok(if running.online { None } else { failed })
    }

    pub fn dice(&self, what: &str, n: u64) -> Dice {
        Dice::of(self.seed, what, n)
    }
}
