//! Known-wrong programs, as wrappers around the right one. The product has no switch for any of this.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use hefu_core::{
    ids::{DeviceId, LeaseId, LogId},
    lease::{self, Amount, Answer, Escrow, Holder, Lendable, Recall, Statement},
    wire::{Frame, Pulled, Push},
};
use hefu_log::{
    Applicant, Ask, Audience, Breached, ChainLog, Device, Devices, Freed, Invitation, Kept, Leases, LogError, LogHead, Most, SqliteLog, Tip,
};
use tokio::sync::watch;

use crate::{
    breach::{Checked, Expect},
    plan::Wrong,
    wire::{self, Caller, Reply},
    world::World,
};

/// What stands before the log, and what of it outlives a restart of the server.
pub struct LogBetween {
    wrong: Wrong,
    /// Numbers as this program would have given them: `(its own, the log's)`, shown or still to be committed.
    rows: Arc<Mutex<Rows>>,
}

#[derive(Default)]
struct Rows {
    /// The log's number of each row, and whether it is committed: the row's place is its wrong number less one.
    places: Vec<(u64, bool)>,
    /// Pushes that were acknowledged and not written.
    waiting: Vec<(DeviceId, Push, i64)>,
    drawn: u64,
}

impl LogBetween {
    pub fn new(wrong: Wrong) -> Self {
        Self { wrong, rows: Arc::default() }
    }

    pub fn before(&self, log: Arc<SqliteLog>) -> Arc<dyn ChainLog> {
        match self.wrong {
            Wrong::SequenceBeforeCommit | Wrong::PushedTwice | Wrong::AcknowledgedEarly => {
                Arc::new(WrongLog { wrong: self.wrong, log, rows: self.rows.clone() })
            }
            _ => log,
        }
    }

    /// The process is gone, with what it had not written.
    pub fn forget(&self) {
        held(&self.rows).waiting.clear();
    }

    /// Whatever is still on its way to the disk gets there.
    pub fn settle(&self) {
        held(&self.rows).places.iter_mut().for_each(|place| place.1 = true);
    }
}

struct WrongLog {
    wrong: Wrong,
    log: Arc<SqliteLog>,
    rows: Arc<Mutex<Rows>>,
}

fn held<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl WrongLog {
    /// Gives each new operation of the log a number of its own, and a push that came before its numbers again.
    async fn number(&self, push: Option<&Push>) -> Result<(), LogError> {
        let tip = self.log.tip().borrow().head;
        let again = match push {
            Some(push) if self.wrong == Wrong::PushedTwice => self.numbers_of(push, tip).await?,
            _ => Vec::new(),
        };
        let mut rows = held(&self.rows);
        let new = rows.places.iter().map(|(number, _)| *number).max().unwrap_or(0) + 1..=tip;
        // Of three pushes the second is slow to commit: the third has higher numbers, and is shown first.
        let mut slow = false;
        if push.is_some() && self.wrong == Wrong::SequenceBeforeCommit {
            slow = rows.drawn % 3 == 1;
            if rows.drawn.is_multiple_of(3) {
                rows.places.iter_mut().for_each(|place| place.1 = true);
            }
            rows.drawn += 1;
        }
        rows.places.extend(new.map(|number| (number, !slow)));
        rows.places.extend(again.into_iter().map(|number| (number, true)));
        Ok(())
    }

    /// The log's numbers of what of a push it held before.
    async fn numbers_of(&self, push: &Push, tip: u64) -> Result<Vec<u64>, LogError> {
        let held_before = held(&self.rows).places.iter().map(|(number, _)| *number).max().unwrap_or(0);
        let ask = Ask { after: 0, own: nobody(), audience: Audience::Hq, beside_after: 0, bytes_most: usize::MAX, most: all() };
        let frame = self.log.read(ask).await?;
        let seqs = push.segment.from_seq..push.segment.from_seq + push.segment.ops.len() as u64;
        let same = frame.entries.iter().filter(|entry| entry.log == push.segment.log && seqs.contains(&entry.seq));
        Ok(same.map(|entry| entry.gseq).filter(|gseq| *gseq <= held_before.min(tip)).collect())
    }

    async fn write_waiting(&self) -> Result<(), LogError> {
        let waiting = std::mem::take(&mut held(&self.rows).waiting);
        for (device, push, at) in waiting {
            // Whatever comes of it, its sender was told that it is there.
            let _ = self.log.append(device, push, at).await;
        }
        Ok(())
    }
}

/// No till's log.
fn nobody() -> LogId {
    LogId::from_bytes([0; 16])
}

fn all() -> Most {
    Most { entries: usize::MAX, beside: usize::MAX }
}

#[async_trait]
impl ChainLog for WrongLog {
    async fn append(&self, device: DeviceId, push: Push, received_at: i64) -> Result<u64, LogError> {
        if self.wrong == Wrong::AcknowledgedEarly && device != crate::server::HQ_DEVICE {
            let segment = &push.segment;
            let held_now = self.log.log_head(segment.log, 0).await?.map_or(0, |head| head.seq);
            let follows = segment.from_seq == held_now + 1 && held(&self.rows).waiting.is_empty() && !segment.ops.is_empty();
            if follows {
                let last = held_now + segment.ops.len() as u64;
                held(&self.rows).waiting.push((device, push, received_at));
                return Ok(last);
            }
            self.write_waiting().await?;
        }
        let again = push.clone();
        let done = self.log.append(device, push, received_at).await?;
        self.number(Some(&again)).await?;
        Ok(done)
    }

    async fn read(&self, ask: Ask) -> Result<Frame, LogError> {
        if self.wrong == Wrong::AcknowledgedEarly {
            // A reader makes it write, now and then.
            held(&self.rows).drawn += 1;
            if held(&self.rows).drawn.is_multiple_of(4) {
                self.write_waiting().await?;
            }
            return self.log.read(ask).await;
        }
        self.number(None).await?;
        let whole = Ask { after: 0, bytes_most: usize::MAX, most: all(), ..ask };
        let mut frame = self.log.read(whole).await?;
        let rows = held(&self.rows);
        let after = usize::try_from(ask.after).unwrap_or(usize::MAX);
        let shown = rows.places.iter().enumerate().skip(after).filter(|(_, (_, committed))| *committed);
        let mut entries = Vec::new();
        for (at, (number, _)) in shown {
            let found = frame.entries.iter().find(|entry| entry.gseq == *number).cloned();
            entries.extend(found.map(|entry| hefu_core::wire::Entry { gseq: at as u64 + 1, ..entry }));
        }
        frame.head = rows.places.len() as u64;
        frame.upto = entries.last().map_or(ask.after, |entry| entry.gseq);
        frame.entries = entries;
        Ok(frame)
    }

    async fn log_head(&self, log: LogId, seq: u64) -> Result<Option<LogHead>, LogError> {
        let told = self.log.log_head(log, seq).await?;
        let rows = held(&self.rows);
        let Some((device, push, _)) = rows.waiting.iter().find(|(_, push, _)| push.segment.log == log) else { return Ok(told) };
        // It believes what it told.
        let segment = &push.segment;
        let last = segment.from_seq + segment.ops.len() as u64 - 1;
        let of_waiting = (segment.from_seq..).zip(segment.hashes()).find(|(at, _)| *at == seq).map(|(_, hash)| hash);
        let before = (seq + 1 == segment.from_seq).then_some(segment.prev);
        let hash_at = of_waiting.or(before).or(told.and_then(|told| told.hash_at));
        Ok(Some(LogHead { device: *device, seq: last, stopped: false, hash_at }))
    }

    async fn kept(&self, log: LogId) -> Result<Vec<Kept>, LogError> {
        self.log.kept(log).await
    }

    fn tip(&self) -> watch::Receiver<Tip> {
        self.log.tip()
    }
}

#[async_trait]
impl Devices for WrongLog {
    async fn invite(&self, invitation: Invitation) -> Result<(), LogError> {
        self.log.invite(invitation).await
    }

    async fn enrol(&self, applicant: Applicant, at: i64) -> Result<Device, LogError> {
        self.log.enrol(applicant, at).await
    }

    async fn device(&self, device: DeviceId) -> Result<Option<Device>, LogError> {
        self.log.device(device).await
    }

    async fn devices(&self) -> Result<Vec<Device>, LogError> {
        self.log.devices().await
    }

    async fn seen(&self, device: DeviceId, at: i64, unsent: u64) -> Result<(), LogError> {
        self.log.seen(device, at, unsent).await
    }

    async fn revoke(&self, device: DeviceId, at: i64) -> Result<(), LogError> {
        self.log.revoke(device, at).await
    }

    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, LogError> {
        self.log.setting(name).await
    }

    async fn set_setting(&self, name: &str, value: Option<Vec<u8>>) -> Result<(), LogError> {
        self.log.set_setting(name, value).await
    }
}

/// What is lent is not what any of these programs gets wrong.
#[async_trait]
impl Leases for WrongLog {
    async fn lend(&self, to: Holder, asks: Vec<lease::Ask>) -> Result<Vec<Answer>, LogError> {
        self.log.lend(to, asks).await
    }

    async fn call_back(&self, asker: Holder, account: Lendable, amount: Amount) -> Result<Vec<Recall>, LogError> {
        self.log.call_back(asker, account, amount).await
    }

    async fn recall(&self, lease: LeaseId, account: Lendable) -> Result<Option<Recall>, LogError> {
        self.log.recall(lease, account).await
    }

    async fn recalls(&self, log: LogId) -> Result<Vec<Recall>, LogError> {
        self.log.recalls(log).await
    }

    async fn release(&self, lease: LeaseId, freed: Freed) -> Result<i64, LogError> {
        self.log.release(lease, freed).await
    }

    async fn disk_read(&self, log: LogId) -> Result<(), LogError> {
        self.log.disk_read(log).await
    }

    async fn statements(&self, log: LogId, accounts: Vec<Lendable>) -> Result<Vec<Statement>, LogError> {
        self.log.statements(log, accounts).await
    }

    async fn escrow(&self, account: Lendable) -> Result<Escrow, LogError> {
        self.log.escrow(account).await
    }

    async fn breaches(&self, after: (u64, u32), most: u32) -> Result<Vec<Breached>, LogError> {
        self.log.breaches(after, most).await
    }
}

impl World {
    /// A program that writes its cursor by itself, and the frame after it; the power may go between. Whether it went.
    pub fn cursor_apart(&mut self, caller: &Caller, answer: &wire::Answer) -> Checked<bool> {
        let (Wrong::CursorApart, Ok(Reply::Frame(bytes))) = (self.plan.wrong, answer) else { return Ok(false) };
        let frame = Pulled::read(bytes).expected("a frame")?.frame;
        let till = &self.tills[caller.till];
        if frame.entries.is_empty() || till.disk.is_full() || till.disk.is_dead() {
            return Ok(false);
        }
        let mut dice = self.dice("cursor", self.trace.lines());
        let before = till.running()?.replica.cursor().expected("the cursor")?.after;
        let write = |to: u64| {
            let file = till.sql()?;
            file.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('cursor', ?1)", [to.cast_signed()]).expected("the cursor")
        };
        write(frame.upto)?;
        if dice.permille(300) && !self.healing {
            self.fall(caller.till, hefu_failing_disk::Left::Everything, &mut dice)?;
            return Ok(true);
        }
        write(before)?;
        Ok(false)
    }
}
