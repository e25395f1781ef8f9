//! Writing: the one transaction in which an own operation is appended and folded.

use hefu_core::{
    error::Code,
    ids::{DeviceId, StaffId, StoreId},
    op::{Body, Draft, Operation, Stamp},
    seal::PersonKey,
    time::business_day,
    wire::Beside,
};
use rusqlite::{OptionalExtension, Transaction};
use uuid::Uuid;

use crate::{
    Error, Identity, Reading,
    apply::{LogRow, insert_op, log_row, set_founder, set_log_head},
    fold::{self, Folding, When, entity_of},
    meta,
};

/// Who acts and when. `ahead` is how far the device's clock is known to be ahead, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct By {
    pub who: Option<StaffId>,
    pub at: i64,
    pub ahead: i64,
}

/// Where an operation stands in the own log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    pub seq: u64,
}

/// A transaction on the book. It reads like [`Reading`] and sees its own changes.
pub struct Writing<'a> {
    tx: &'a Transaction<'a>,
    identity: Identity,
    reading: Reading<'a>,
    log: LogRow,
    /// An operation was begun and not finished: none of this may be committed, whatever the caller makes of the error.
    broken: bool,
}

impl<'a> std::ops::Deref for Writing<'a> {
    type Target = Reading<'a>;

    fn deref(&self) -> &Reading<'a> {
        &self.reading
    }
}

impl<'a> Writing<'a> {
    pub(crate) fn new(tx: &'a Transaction<'a>, identity: Identity) -> Result<Self, Error> {
        Ok(Self { tx, identity, reading: Reading::new(tx), log: log_row(tx, identity.log)?, broken: false })
    }

    /// Appends one operation to the own log and folds it. Errors with `permission.denied` for a fact that is not this device's to
    /// say (F6), `amount.too_large` for a sale that no replica would fold, `operation.too_large` past the cap.
    pub fn append(&mut self, by: By, draft: &Draft) -> Result<Appended, Error> {
        let stamp = Stamp {
            log: self.identity.log,
            seq: self.log.seq + 1,
            device: self.identity.device,
            store: self.identity.store,
            who: by.who,
            at: by.at,
            ahead: by.ahead,
            day: business_day(by.at.saturating_sub(by.ahead)),
        };
        self.begin_chain(&draft.body)?;
        if !self.counts(&draft.body, &stamp) {
            return Err(Code::NotPermitted.into());
        }
        self.append_stamped(&stamp, draft)
    }

    /// As [`Writing::append`], with a stamp of the caller's making: for fixtures, which write other people's history. Log and
    /// sequence of the stamp are set here. What is not this device's to say is kept and folds to nothing, here as elsewhere.
    pub fn append_stamped(&mut self, stamp: &Stamp, draft: &Draft) -> Result<Appended, Error> {
        if !fold::fits(&draft.body) {
            return Err(Code::AmountTooLarge.into());
        }
        self.begin_chain(&draft.body)?;
        let seq = self.log.seq + 1;
        let stamp = Stamp { log: self.identity.log, seq, ..stamp.clone() };
        let op =
            Operation { head: draft.body.write_leased(&stamp, &draft.leased)?, detail: draft.detail.clone(), sealed: draft.sealed.clone() };
        op.check_size()?;
        let hash = op.hash(self.log.hash);
        let from = self.log.from;
        let counts = self.counts(&draft.body, &stamp);
        self.broken = true;
        let entity = entity_of(&draft.body).filter(|_| counts);
        let id = insert_op(self.tx, self.log.id, seq, None, entity, &hash, &op)?;
        set_log_head(self.tx, self.log.id, seq, &hash)?;
        if counts {
            let when = When::of(&stamp, None);
            let folding = Folding { id, from, when, stamp: &stamp, body: &draft.body, op: &op };
            fold::adding_up(self.tx, |sums| fold::fold(self.tx, sums, &folding))?;
        } else {
            fold::set_refused(self.tx, id, true)?;
        }
        (self.log.seq, self.log.hash) = (seq, hash);
        self.broken = false;
        Ok(Appended { seq })
    }

    /// Whether it is this device's to say, and moves what its kind moves.
    fn counts(&self, body: &Body, stamp: &Stamp) -> bool {
        self.log.from.may_say(body.writers(), stamp) && self.log.from.may_move(body, stamp)
    }

    /// The log whose first operation starts this chain, with nothing before it in the sequence, speaks for head office.
    fn begin_chain(&mut self, body: &Body) -> Result<(), Error> {
        let starts = matches!(body, Body::ChainStarted(started) if started.chain == self.identity.chain);
        if starts && self.log.seq == 0 && !self.log.from.founder && meta::number(self.tx, meta::CURSOR)? == 0 {
            set_founder(self.tx, self.log.id, true)?;
            self.log.from.founder = true;
        }
        Ok(())
    }

    /// Keeps the key of a person's sealed data, here and beside the log. Must come before the operation it seals.
    pub fn put_key(&mut self, person: Uuid, key: &PersonKey) -> Result<(), Error> {
        self.put_beside(Beside::Key { person, key: key.clone() })
    }

    /// Sets how a person signs in, here and beside the log. `phc` is an Argon2id string.
    pub fn put_credential(&mut self, staff: StaffId, store: Option<StoreId>, phc: String, set_at: i64) -> Result<(), Error> {
        self.put_beside(Beside::Credential { staff, store, phc, set_at })
    }

    fn put_beside(&mut self, item: Beside) -> Result<(), Error> {
        let body = serde_json::to_string(&item).map_err(|_| Code::Internal)?;
        self.tx.prepare_cached("INSERT INTO beside_out (body) VALUES (?1)")?.execute([body])?;
        fold::beside(self.tx, &item)
    }

    /// The till's next running number for a receipt, one past the last that any log of this device used.
    pub fn next_receipt_number(&self) -> Result<u64, Error> {
        let last: Option<i64> = self
            .tx
            .prepare_cached("SELECT number FROM receipt WHERE device = ?1")?
            .query_row([self.identity.device.as_bytes().as_slice()], |row| row.get(0))
            .optional()?;
        // Numbers tell no sales apart: where there are no more, the last is used again, and selling goes on.
        Ok((last.unwrap_or(0).max(0).unsigned_abs() + 1).min(fold::NUMBER_MOST))
    }

    /// Remembers wrong tries under a name, or forgets them with `failures` and `locked_until` 0.
    pub fn set_attempt(&self, name: StaffId, failures: u32, locked_until: i64) -> Result<(), Error> {
        let name = name.as_bytes().as_slice();
        if (failures, locked_until) == (0, 0) {
            self.tx.prepare_cached("DELETE FROM attempt WHERE staff = ?1")?.execute([name])?;
            return Ok(());
        }
        let put = "INSERT OR REPLACE INTO attempt (staff, failures, locked_until) VALUES (?1, ?2, ?3)";
        self.tx.prepare_cached(put)?.execute((name, failures, locked_until))?;
        Ok(())
    }

    /// Forgets the tries whose lock was over before this moment.
    pub fn forget_attempts(&self, before: i64) -> Result<(), Error> {
        self.tx.prepare_cached("DELETE FROM attempt WHERE locked_until > 0 AND locked_until < ?1")?.execute([before])?;
        Ok(())
    }

    /// Whether it may be committed. Errors with `internal` after an operation that was begun and not finished.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.broken { Err(Code::Internal.into()) } else { Ok(()) }
    }

    pub fn device(&self) -> DeviceId {
        self.identity.device
    }
}
