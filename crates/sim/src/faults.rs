//! What goes wrong between two steps.

use hefu_core::op::Stamp;
use hefu_failing_disk::Left;

use crate::{
    acts::Act,
    breach::{Breach, Checked, Expect, ensure},
    clock::DAY_MS,
    dice::Dice,
    newer::unknown,
    oracle::{Done, Effects, Fact},
    till::Parted,
    world::World,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Partition,
    Clock,
    Kill,
    Power,
    Full,
    Image,
    Restore,
    Lost,
    Revoked,
    Server,
    Newer,
    Downgrade,
}

/// How many calls to a disk an act or a frame makes, about: faults come somewhere among them.
const CALLS: usize = 60;
const SKEW_DAYS_MOST: usize = 400;

fn left(dice: &mut Dice) -> Left {
    match dice.below(3) {
        0 => Left::Nothing,
        1 => Left::Everything,
        _ => Left::Torn(dice.number()),
    }
}

impl World {
    /// Something goes wrong, somewhere.
    pub fn fault(&mut self, dice: &mut Dice) -> Checked {
        let faults = &self.plan.faults;
        let all = [
            (faults.partition, Fault::Partition),
            (faults.clock, Fault::Clock),
            (faults.kill, Fault::Kill),
            (faults.power, Fault::Power),
            (faults.full, Fault::Full),
            (faults.image, Fault::Image),
            (faults.restore, Fault::Restore),
            (faults.lost, Fault::Lost),
            (faults.revoked, Fault::Revoked),
            (faults.server, Fault::Server),
            (faults.newer, Fault::Newer),
            (faults.downgrade, Fault::Downgrade),
        ];
        let (Some(fault), no) = (dice.weighed(&all), dice.below(self.tills.len())) else { return Ok(()) };
        self.say(&format!("{fault:?} at till {no}"));
        let calls = dice.below(CALLS) as u64;
        match fault {
            Fault::Partition => {
                let (up, down) = (dice.permille(600), dice.permille(600));
                self.tills[no].parted = Parted { up, down };
            }
            Fault::Clock => {
                let days = i64::try_from(dice.between(0, 2 * SKEW_DAYS_MOST)).unwrap_or(0) - 400;
                let right = dice.permille(400) || !self.plan.skewed;
                let days = if right { 0 } else { days };
                self.tills[no].machine.set_skew(days * DAY_MS);
                self.say(&format!("till {no}: its clock is off by {days} days"));
            }
            Fault::Kill => self.fall(no, Left::Everything, dice)?,
            Fault::Power if dice.permille(300) => {
                let left = left(dice);
                self.fall(no, left, dice)?;
            }
            Fault::Power => self.tills[no].disk.cut_after(calls),
            Fault::Full => {
                self.tills[no].disk.full_after(calls);
                self.tills[no].was_full = true;
            }
            Fault::Image => self.tills[no].image = Some(self.tills[no].copy()?),
            Fault::Restore => self.put_back(no)?,
            Fault::Lost => self.lose(no)?,
            Fault::Revoked => self.revoke(no)?,
            Fault::Server => self.server_fails(calls, dice)?,
            Fault::Newer => self.newer_tills(dice)?,
            Fault::Downgrade => self.downgrade(no)?,
        }
        Ok(())
    }

    fn put_back(&mut self, no: usize) -> Checked {
        let Some(image) = self.tills[no].image.take() else { return Ok(()) };
        self.tills[no].put_back(image)?;
        self.check_till(no, false)
    }

    /// The machine is gone with its disk; another joins in its place.
    fn lose(&mut self, no: usize) -> Checked {
        if !self.server.is_up() || self.server.disk.is_full() {
            return Ok(());
        }
        self.tills[no].running = None;
        if !self.join(no)? {
            // The server went down meanwhile: the disk was only believed to be gone.
            self.tills[no].start()?;
        }
        Ok(())
    }

    fn revoke(&mut self, no: usize) -> Checked {
        let device = self.tills[no].identity.device;
        self.tills[no].is_revoked |= self.server.is_up();
        match self.server.revoke(device, &self.rt) {
            Err(error) if !self.server.disk.is_dead() && !self.server.disk.is_full() => {
                Err(Breach::unforeseen("a till is revoked", &error))
            }
            _ => Ok(()),
        }
    }

    fn server_fails(&mut self, calls: u64, dice: &mut Dice) -> Checked {
        if !self.server.is_up() {
            return Ok(());
        }
        let kind = dice.below(4);
        match kind {
            0 => self.server.stop(Left::Everything),
            1 => {
                let left = left(dice);
                self.server.stop(left);
            }
            2 => self.server.disk.full_after(calls),
            _ => self.server.disk.cut_after(calls),
        }
        self.server_was_full |= kind == 2;
        Ok(())
    }

    fn newer_tills(&mut self, dice: &mut Dice) -> Checked {
        let members: Vec<_> = self
            .oracle
            .done
            .iter()
            .filter_map(|done| if let Fact::Member { member, .. } = done.fact { Some(member) } else { None })
            .collect();
        if let Some(member) = dice.one_of(&members).copied() {
            let critical = dice.permille(300);
            self.newer_writes(member.0, critical)?;
        }
        self.newer_pushes(dice).map(drop)
    }

    /// A newer program ran at this till for a while and left an operation of its own in its log: it is kept and forwarded (I14).
    fn downgrade(&mut self, no: usize) -> Checked {
        let till = &mut self.tills[no];
        if till.disk.is_full() || till.knows_revoked || till.running.is_none() {
            return Ok(());
        }
        till.stop(Left::Everything);
        let (seq, log) = (till.own.len() as u64 + 1, till.identity.log);
        let at = till.machine.now();
        let day = hefu_core::time::business_day(at);
        let stamp = Stamp { log, seq, device: till.identity.device, store: Some(till.store), who: None, at, ahead: 0, day };
        let op = unknown(&stamp, log.0, false)?;
        let file = till.sql()?;
        let prev: Vec<u8> =
            file.query_row("SELECT head_hash FROM log WHERE log = ?1", [log.as_bytes()], |row| row.get(0)).expected("the log's head")?;
        let hash = op.hash(hefu_core::op::Hash::read(&prev).expected("a hash")?);
        file.execute(
            "INSERT INTO op (log, seq, hash, head, detail, sealed) VALUES ((SELECT id FROM log WHERE log = ?1), ?2, ?3, ?4, ?5, ?6)",
            rusqlite::params![log.as_bytes(), seq.cast_signed(), hash.0, op.head, op.detail.bytes(), op.sealed.bytes()],
        )
        .expected("an operation of another program")?;
        let head = rusqlite::params![log.as_bytes(), seq.cast_signed(), hash.0];
        file.execute("UPDATE log SET head_seq = ?2, head_hash = ?3 WHERE log = ?1", head).expected("its head")?;
        drop(file);
        let at = self.oracle.commit(Done { log, seq, hash, fact: Fact::Ignored, effects: Effects::new() });
        self.tills[no].own.push(at);
        self.tills[no].start()
    }

    /// The till's process ends now, at rest.
    pub fn fall(&mut self, no: usize, left: Left, dice: &mut Dice) -> Checked {
        self.tills[no].stop(left);
        self.stand_up(no, dice.permille(200))
    }

    fn stand_up(&mut self, no: usize, fold_anew: bool) -> Checked {
        self.tills[no].start()?;
        self.note_till(no, &Fact::Plain, &Effects::new())?;
        self.say(&format!("till {no} starts"));
        self.check_till(no, fold_anew)
    }

    /// The power went in the middle of something that wrote no operation.
    pub fn rise(&mut self, no: usize, dice: &mut Dice) -> Checked {
        let left = left(dice);
        self.tills[no].stop(left);
        self.say(&format!("till {no}: the power went, {left:?}"));
        self.stand_up(no, dice.permille(300))
    }

    /// The power went in the middle of an act: all of it is there or nothing, and what was told to be done is.
    pub fn rise_after(&mut self, no: usize, act: &Act<'_>, told: bool) -> Checked {
        let mut dice = self.dice("rise", self.acts);
        let left = left(&mut dice);
        self.tills[no].stop(left);
        self.tills[no].start()?;
        let there = self.tills[no].length()? > self.tills[no].own.len() as u64;
        ensure(there || !told, "I2 NO-LOSS", || format!("till {no}: {} was told to be done and is lost", act.name))?;
        let fact = if there { (act.fact)(&self.tills[no].running()?.replica)? } else { Fact::Plain };
        self.note_till(no, &fact, &act.effects)?;
        self.say(&format!("till {no} starts, {left:?}; {} is there: {there}", act.name));
        self.check_till(no, dice.permille(300))
    }

    /// What fell during a step stands up again, at once or later.
    pub fn mend(&mut self, dice: &mut Dice) -> Checked {
        for no in 0..self.tills.len() {
            if self.tills[no].disk.is_dead() {
                self.rise(no, dice)?;
            }
            if dice.permille(100) {
                self.tills[no].disk.make_room();
            }
            if dice.permille(60) {
                self.tills[no].parted = Parted::default();
            }
            if self.tills[no].given_up && dice.permille(300) {
                self.join_anew(no)?;
            }
        }
        self.mend_server(dice)
    }

    fn mend_server(&mut self, dice: &mut Dice) -> Checked {
        if self.server.is_up() && self.server.disk.is_dead() {
            let left = left(dice);
            self.server.stop(left);
            self.say(&format!("the server's power went, {left:?}"));
        } else if self.server.is_up() && self.server.disk.is_full() && dice.permille(300) {
            self.server.disk.make_room();
        } else if !self.server.is_up() && dice.permille(200) {
            self.start_server()?;
        }
        Ok(())
    }

    pub fn start_server(&mut self) -> Checked {
        self.server.start().expected("the server, started again")?;
        self.say("the server starts");
        self.note_hq(Vec::new())?;
        self.check_log()
    }

    /// The server has, or keeps, all of a log that it refuses: a manager brings a new code.
    pub fn join_anew(&mut self, no: usize) -> Checked {
        let unkept = self.tills[no].running()?.replica.unkept().expected("what is not kept")?;
        if unkept > 0 {
            self.tills[no].given_up = false;
            return Ok(());
        }
        self.join(no).map(drop)
    }
}
