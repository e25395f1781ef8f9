//! A till of a newer program: it writes kinds that no program here knows (I14).

use ed25519_dalek::SigningKey;
use hefu_core::{
    ids::{DeviceId, LogId, StoreId},
    op::{Hash, Operation, Part, Stamp, Weight, write_head},
    time::business_day,
    wire::{Push, Segment},
};
use hefu_sync::{LocalTransport, SyncError, Transport, Who};
use serde_json::json;
use uuid::Uuid;

use crate::{
    breach::{Breach, Checked, Expect},
    dice::Dice,
    founding::{self, CHAIN},
    oracle::{Done, Effects, Fact},
    world::World,
};

/// Its log lies in memory: what it does with its own disk is its own affair.
pub struct Newer {
    key: SigningKey,
    device: Option<DeviceId>,
    log: LogId,
    ops: Vec<Operation>,
    hashes: Vec<Hash>,
    /// How far the server has told that it holds it.
    held: usize,
}

impl Newer {
    pub fn new(seed: u64) -> Self {
        let mut rng = Dice::of(seed, "newer", 0).into_rng();
        let (ops, hashes) = (Vec::new(), Vec::new());
        Self { key: SigningKey::from_bytes(&rng.bytes()), device: None, log: LogId::from_bytes(rng.bytes()), ops, hashes, held: 0 }
    }

    fn store() -> StoreId {
        founding::store(0)
    }
}

/// An operation of an unknown kind in the next place of a log.
pub fn unknown(stamp: &Stamp, about: Uuid, critical: bool) -> Checked<Operation> {
    let (kind, weight) = if critical { ("loan.given", Weight::Critical) } else { ("note.left", Weight::Ignorable) };
    let body = json!({ "what": ["is", "not", "known", 1.5] });
    let head = write_head(stamp, kind, 3, weight, Some(about), &body).expected("a head")?;
    Ok(Operation { head, detail: Part::Here(b"\x00\xff not what we would write".to_vec()), sealed: Part::Here(vec![9; 40]) })
}

impl World {
    pub fn join_newer(&mut self) -> Checked {
        let key = self.newer.key.clone();
        let reply = self.server.enrol(Newer::store(), &key, &self.rt).expected("the newer till joins")?;
        self.newer.device = Some(reply.device);
        self.note_hq(Vec::new())
    }

    /// It writes one.
    pub fn newer_writes(&mut self, about: Uuid, critical: bool) -> Checked {
        let seq = self.newer.ops.len() as u64 + 1;
        let device = self.newer.device.expected("the newer till")?;
        let (log, at) = (self.newer.log, self.time.now());
        let stamp = Stamp { log, seq, device, store: Some(Newer::store()), who: None, at, ahead: 0, day: business_day(at) };
        let op = unknown(&stamp, about, critical)?;
        let hash = op.hash(self.newer.hashes.last().copied().unwrap_or(Hash::start_of(log)));
        let fact = if critical { Fact::Freeze(about) } else { Fact::Ignored };
        self.oracle.commit(Done { log, seq, hash, fact, effects: Effects::new() });
        self.newer.ops.push(op);
        self.newer.hashes.push(hash);
        self.say(&format!("the newer till writes {seq}, critical: {critical}"));
        Ok(())
    }

    /// It pushes, from a place at which it may have pushed before. Whether it is level.
    pub fn newer_pushes(&mut self, dice: &mut Dice) -> Checked<bool> {
        let newer = &self.newer;
        let from = if newer.held == 0 { 0 } else { dice.below(newer.held + 1) };
        let prev = if from == 0 { Hash::start_of(newer.log) } else { newer.hashes[from - 1] };
        let segment = Segment { log: newer.log, from_seq: from as u64 + 1, prev, ops: newer.ops[from..].to_vec() };
        let push = Push { signature: segment.sign(&newer.key), segment, beside: Vec::new() };
        let who = Who { chain: CHAIN, device: newer.device.expected("the newer till")?, key: newer.key.clone() };
        let Some(line) = self.server.line() else { return Ok(false) };
        let told = self.rt.block_on(says(&line, &who, &push));
        let lost = dice.permille(self.plan.loss) && !self.healing;
        let line = match &told {
            Ok(held) => format!("the newer till pushed from {from}: {held}, lost: {lost}"),
            Err(error) => format!("the newer till pushed from {from}: {}", error.code()),
        };
        self.say(&line);
        match told {
            Ok(held) if !lost && !self.server.disk.is_dead() => self.newer.held = usize::try_from(held).unwrap_or(0),
            Ok(_) => (),
            Err(_) if self.server.disk.is_dead() || self.server.disk.is_full() => (),
            Err(error) => return Err(Breach::unforeseen("the newer till pushes", &error)),
        }
        self.read_chain()?;
        Ok(self.newer.held == self.newer.ops.len())
    }
}

async fn says(line: &LocalTransport, who: &Who, push: &Push) -> Result<u64, SyncError> {
    line.hello(who).await?;
    Ok(line.push(push).await?.held)
}
