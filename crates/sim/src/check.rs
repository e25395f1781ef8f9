//! The books against the oracle, and against each other.

use std::collections::{BTreeMap, BTreeSet};

use hefu_core::{phone::Phone, posting::Account};
use hefu_log::ChainLog;
use hefu_replica::{Digest, Replica};

use crate::{
    breach::{Checked, Expect, ensure},
    oracle::{Effects, Fact, Seen, unit_of},
    world::World,
};

impl World {
    /// The accounts that an act moved, as the till's book has them now (I13).
    pub fn check_touched(&self, no: usize, effects: &Effects, name: &str) -> Checked {
        let (seen, replica) = (self.seen(no)?, &self.tills[no].running()?.replica);
        for account in effects.keys() {
            let (is, due) = (replica.read(|book| book.balance(account, unit_of(account))).expected("a balance")?, seen.balance(account));
            ensure(is == due, "I13 CURSOR-ATOMIC", || format!("till {no}, after {name}: {account} holds {is} instead of {due}"))?;
        }
        Ok(())
    }

    /// After a till has come back: its book is the fold of what it has read and what it wrote (I13).
    pub fn check_till(&self, no: usize, fold_anew: bool) -> Checked {
        let replica = &self.tills[no].running()?.replica;
        holds(replica, &self.seen(no)?, &format!("till {no}"))?;
        if fold_anew { sound(replica, &format!("till {no}")) } else { Ok(()) }
    }

    /// What was given out or acknowledged once is there, in its place (I2).
    pub fn check_log(&mut self) -> Checked {
        let Some(running) = &self.server.running else { return Ok(()) };
        let log = running.shown.clone();
        let known = std::mem::take(&mut self.oracle.chain);
        self.oracle.read_again();
        self.read_chain()?;
        let kept = self.oracle.chain.starts_with(&known);
        ensure(kept, "I2 NO-LOSS", || format!("the log had {} operations and has others now", known.len()))?;
        for (of, seq) in &self.acknowledged {
            let told = self.rt.block_on(log.log_head(*of, 0)).expected("the head of a log")?;
            let has = told.map_or(0, |head| head.seq);
            ensure(has >= *seq, "I2 NO-LOSS", || format!("{seq} of {of} were acknowledged, and the log has {has}"))?;
        }
        Ok(())
    }

    /// Everything has met: every book holds everything, and the same (I1, I2, I6, I9, I12).
    pub fn check_all(&mut self) -> Checked {
        self.check_log()?;
        self.check_nothing_lost()?;
        let hq = self.server.running.as_ref().expected("the server")?.hq.clone();
        let cursor = self.oracle.chain.len() as u64;
        let at = hq.cursor().expected("the cursor")?.after;
        ensure(at == cursor, "I12 HEALS", || format!("head office has read {at} of {cursor}"))?;
        holds(&hq, &self.oracle.seen(cursor, &[]), "head office")?;
        sound(&hq, "head office")?;
        self.check_people(&hq)?;
        let whole = hq.digest().expected("a digest")?;
        let one = usize::try_from(self.seed).unwrap_or(0) % self.tills.len();
        for no in 0..self.tills.len() {
            let replica = self.tills[no].running()?.replica.clone();
            let at = replica.cursor().expected("the cursor")?.after;
            ensure(at == cursor, "I12 HEALS", || format!("till {no} has read {at} of {cursor}"))?;
            self.check_till(no, no == one)?;
            level(&whole, &replica.digest().expected("a digest")?, &format!("till {no}"))?;
        }
        let replica = self.tills[one].running()?.replica.clone();
        replica.rebuild().expected("a rebuild")?;
        level(&whole, &replica.digest().expected("a digest")?, &format!("till {one}, rebuilt"))
    }

    /// What was committed is in the log, or kept apart where its log was given up (I2).
    fn check_nothing_lost(&self) -> Checked {
        for till in &self.tills {
            let there: Vec<_> = self.oracle.of_log(till.identity.log).collect();
            ensure(there == till.own, "I2 NO-LOSS", || {
                format!("till {} wrote {} operations, and the log has {}", till.no, till.own.len(), there.len())
            })?;
        }
        let chain: BTreeSet<_> = self.oracle.chain.iter().copied().collect();
        ensure(self.server.own.iter().all(|at| chain.contains(at)), "I2 NO-LOSS", || "head office wrote more than the log has".to_owned())?;
        let Some(running) = &self.server.running else { return Ok(()) };
        for (log, own) in &self.given_up {
            let kept = self.rt.block_on(running.log.kept(*log)).expected("what is kept")?;
            let kept: BTreeSet<_> = kept.iter().map(|kept| kept.hash.0).collect();
            let lost = own.iter().filter(|at| !chain.contains(at) && !kept.contains(&self.oracle.done[**at].hash.0)).count();
            ensure(lost == 0, "I2 NO-LOSS", || format!("{lost} operations of {log} are neither in the log nor kept"))?;
        }
        Ok(())
    }

    /// Of several with one phone the lowest leads, everywhere; and every sale of the chain is found.
    fn check_people(&self, book: &Replica) -> Checked {
        let seen = self.oracle.seen(u64::MAX, &[]);
        for (_, phone) in seen.members() {
            let due = seen.with_phone(phone).first().copied();
            let parsed = Phone::parse(phone).expected("a phone")?;
            let is = book.read(|book| book.person_by_phone(&parsed)).expected("a person")?.map(|person| person.lead.id);
            ensure(is == due, "I6 CONVERGENCE", || format!("{phone} is {is:?} instead of {due:?}"))?;
        }
        for sold in seen.sales() {
            let row = book.read(|book| book.sale(sold.sale)).expected("a sale")?;
            let total = row.map(|row| row.total_fen.get());
            ensure(total == Some(sold.paid.total_fen()), "I2 NO-LOSS", || format!("sale {} is {total:?} in the books", sold.sale))?;
        }
        for at in &self.oracle.chain {
            let Fact::Freeze(entity) = &self.oracle.done[*at].fact else { continue };
            // Whose registration was lost with its till is nobody.
            if !seen.members().iter().any(|(member, _)| member.0 == *entity) {
                continue;
            }
            let frozen = book.read(|book| book.is_frozen(*entity)).expected("what is frozen")?;
            ensure(frozen, "I14 OLD-TILL", || format!("{entity} is not frozen"))?;
        }
        Ok(())
    }
}

impl World {
    /// What head office's book has, by names that hang on no clock: a person by the phone, anything else by who came first.
    pub fn balances(&self) -> Checked<BTreeMap<String, i64>> {
        let hq = &self.server.running.as_ref().expected("the server")?.hq;
        let seen = self.oracle.seen(u64::MAX, &[]);
        let phones: BTreeMap<_, _> = seen.members().into_iter().collect();
        let (mut names, mut counts, mut balances) = (BTreeMap::new(), BTreeMap::<String, u32>::new(), BTreeMap::new());
        for account in self.oracle.done.iter().flat_map(|done| done.effects.keys()) {
            if names.contains_key(account) {
                continue;
            }
            let text = account.to_string();
            let kind = text.split('/').next().unwrap_or_default().to_owned();
            let count = counts.entry(kind.clone()).or_default();
            *count += 1;
            let phone = if let Account::MemberPoints(member) = account { phones.get(member) } else { None };
            let name = phone.map_or_else(|| format!("{kind} {count}"), |phone| format!("{kind} {phone}"));
            names.insert(*account, name.clone());
            *balances.entry(name).or_default() += hq.read(|book| book.balance(account, unit_of(account))).expected("a balance")?;
        }
        Ok(balances)
    }
}

/// Counts and balances.
fn holds(replica: &Replica, seen: &Seen<'_>, who: &str) -> Checked {
    let operations = replica.digest().expected("a digest")?.operations;
    let due = seen.len() as u64;
    ensure(operations == due, "I13 CURSOR-ATOMIC", || format!("{who} holds {operations} operations instead of {due}"))?;
    for (account, due) in seen.balances() {
        let is = replica.read(|book| book.balance(&account, unit_of(&account))).expected("a balance")?;
        ensure(is == due, "I13 CURSOR-ATOMIC", || format!("{who}: {account} holds {is} instead of {due}"))?;
    }
    Ok(())
}

/// A fresh fold says the same (I6), chains hold (I5), and what was moved sums to zero (I1).
fn sound(replica: &Replica, who: &str) -> Checked {
    let verified = replica.verify().expected("verify")?;
    ensure(verified.sums_to_zero, "I1 LEDGER-ZERO", || format!("{who}: postings do not sum to zero"))?;
    ensure(verified.chain_holds, "I5 CHAIN", || format!("{who}: a chain of hashes is broken"))?;
    ensure(verified.ok(), "I6 CONVERGENCE", || format!("{who}: {:?} differ from a fresh fold", verified.differing))
}

fn level(whole: &Digest, other: &Digest, who: &str) -> Checked {
    let differing = whole.differing(other);
    let same = differing.is_empty() && whole.whole() == other.whole();
    ensure(same, "I12 HEALS", || format!("{who} and head office differ in {differing:?}"))
}
