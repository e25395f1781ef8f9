//! Accounts on their way between the tables and the protocol: what a change needs of them, what it does, and which rows that writes.
//! The same for either database, which bring rows and store rows.

mod columns;
mod facts;

use std::collections::{BTreeMap, BTreeSet};

use hefu_core::{
    ids::{DeviceId, LeaseId, LogId, SaleId},
    lease::{
        Act, Amount, Answer, Ask, Denial, Denied, Escrow, Exception, Floored, Holder, Lendable, Lost, Recall, Source, Stage, Standing,
        Statement, Sums,
    },
};

#[cfg(feature = "postgres")]
pub use columns::Columns;
pub use columns::{LeaseRow, RawLease, State, account, what_read, what_str, word_str};
pub use facts::{Fact, Read, begun};

use crate::{Device, LogError};

/// That a coupon came back from a sale, which it does once (I9). What was lent and spent hangs on it, so it is a row for ever.
pub type Returned = (Lendable, SaleId);

/// Of which accounts and leases the rows are needed. Sorted: accounts are locked in this order.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub accounts: BTreeSet<Lendable>,
    /// Leases that are named. Those that still hold something come with their account.
    pub ids: BTreeSet<LeaseId>,
    /// What comes back, if it did not before.
    pub returns: BTreeSet<Returned>,
}

impl Wanted {
    pub fn one(account: Lendable, id: Option<LeaseId>) -> Self {
        Self { accounts: [account].into(), ids: id.into_iter().collect(), ..Self::default() }
    }

    pub fn of_facts(facts: &[Fact]) -> Self {
        let mut wanted = Self::default();
        for (account, act) in facts.iter().flat_map(|fact| &fact.acts) {
            wanted.accounts.insert(*account);
            match act {
                Act::Credit { keeps, .. } => wanted.ids.extend(keeps.iter().map(|(id, _)| *id)),
                Act::Return { sale, keeps, .. } => {
                    wanted.ids.extend(keeps.iter().map(|(id, _)| *id));
                    wanted.returns.insert((*account, *sale));
                }
                Act::Spend { uses, .. } => wanted.ids.extend(uses.iter().filter_map(|used| match used.of {
                    Source::Lease(id) => Some(id),
                    Source::Floor => None,
                })),
                Act::Seal(seal) => drop(wanted.ids.insert(seal.lease)),
                Act::ClawBack(_) | Act::Lapse(_) => (),
            }
        }
        wanted
    }

    /// Leases with the accounts they are of.
    pub fn of_rows(rows: &[LeaseRow]) -> Self {
        let (accounts, ids) = (rows.iter().map(|row| row.account).collect(), rows.iter().map(|row| row.lease).collect());
        Self { accounts, ids, ..Self::default() }
    }

    /// What a push needs: what its operations do, and what it shows to be lost.
    pub fn of_push(facts: &[Fact], losing: &Losing) -> Self {
        let (mut wanted, lost) = (Self::of_facts(facts), Self::of_rows(&losing.live));
        wanted.accounts.extend(lost.accounts);
        wanted.ids.extend(lost.ids);
        wanted
    }

    pub fn of_asks(asks: &[Ask]) -> Self {
        let (accounts, ids) = (asks.iter().map(|ask| ask.account).collect(), asks.iter().map(|ask| ask.lease).collect());
        Self { accounts, ids, ..Self::default() }
    }
}

/// Whether requests may be answered, and what the device is then worth. `log` is whose the log is, if it was ever pushed, and whether
/// it is stopped: nothing of such a log is taken any more, so nothing is lent to it.
pub fn lends_to(holder: Holder, asks: &[Ask], device: &Device, log: Option<(DeviceId, bool)>) -> Result<Standing, LogError> {
    if log.is_some_and(|(owner, _)| owner != holder.device) || asks.iter().any(|ask| ask.holder != holder) {
        return Err(LogError::NotYours);
    }
    let lost = device.revoked_at.is_some() || log.is_some_and(|(_, stopped)| stopped);
    Ok(if lost { Standing::Revoked } else { Standing::Enrolled })
}

/// What is lost, and the leases that hold something of it.
#[derive(Default)]
pub struct Losing {
    pub live: Vec<LeaseRow>,
    pub lost: Vec<Lost>,
    /// Milliseconds since 1970.
    pub at: i64,
}

impl Losing {
    /// A device writes `log` now, and no other any more: of what it holds, the rest.
    pub fn other_logs(live: Vec<LeaseRow>, log: LogId, at: i64) -> Self {
        let logs: BTreeSet<_> = live.iter().filter_map(LeaseRow::lease).map(|lease| lease.holder.log).filter(|held| *held != log).collect();
        Self { live, lost: logs.into_iter().map(Lost::Log).collect(), at }
    }
}

pub struct SumsRow {
    pub account: Lendable,
    pub sums: Sums,
}

pub struct FloorRow {
    pub account: Lendable,
    pub log: LogId,
    pub floored: Floored,
}

/// Rows as they are in the tables.
#[derive(Default)]
pub struct Rows {
    pub sums: Vec<SumsRow>,
    pub leases: Vec<LeaseRow>,
    pub floors: Vec<FloorRow>,
    pub returned: BTreeSet<Returned>,
}

/// Rows to be written: those that were not there, and those that are to stand in the place of what was.
#[derive(Default)]
pub struct Changes {
    pub new_sums: Vec<SumsRow>,
    pub sums: Vec<SumsRow>,
    pub new_leases: Vec<LeaseRow>,
    pub leases: Vec<LeaseRow>,
    pub floors: Vec<FloorRow>,
    pub new_returned: BTreeSet<Returned>,
}

/// A breach by the operation at `at`, from wherever its [`Fact`] counts.
pub struct Noted {
    pub at: u64,
    pub no: u32,
    pub by: Holder,
    pub account: Lendable,
    pub exception: Exception,
}

/// Accounts opened for a change.
pub struct Books {
    pages: BTreeMap<Lendable, Page>,
    /// Whose every id is that was looked up or came since. Ids are one name space for all accounts.
    places: BTreeMap<LeaseId, Lendable>,
    returned: BTreeSet<Returned>,
    new_returned: BTreeSet<Returned>,
}

struct Page {
    /// `None` where no row is.
    before: Option<Escrow>,
    now: Escrow,
}

impl Books {
    /// Errors with `FileDamaged` where rows do not add up.
    pub fn open(wanted: &Wanted, rows: Rows) -> Result<Self, LogError> {
        let places: BTreeMap<_, _> = rows.leases.iter().map(|row| (row.lease, row.account)).collect();
        let mut pages = BTreeMap::new();
        let sums: BTreeMap<_, _> = rows.sums.into_iter().map(|row| (row.account, row.sums)).collect();
        for account in &wanted.accounts {
            let sums = sums.get(account).copied();
            let of_account = || rows.leases.iter().filter(|row| row.account == *account);
            let leases = of_account().filter_map(|row| row.lease().map(|lease| (row.lease, lease)));
            let denied = of_account().filter_map(|row| row.denial().map(|why| (row.lease, why)));
            let floors = rows.floors.iter().filter(|row| row.account == *account).map(|row| (row.log, row.floored));
            let now = Escrow::of(sums.unwrap_or_default(), leases, denied, floors).map_err(|_| LogError::FileDamaged)?;
            pages.insert(*account, Page { before: sums.map(|_| now.clone()), now });
        }
        Ok(Self { pages, places, returned: rows.returned, new_returned: BTreeSet::new() })
    }

    /// An account that was asked for.
    pub fn escrow(&mut self, account: Lendable) -> Result<&mut Escrow, LogError> {
        self.pages.get_mut(&account).map(|page| &mut page.now).ok_or(LogError::Closing)
    }

    /// Reads operations in their order.
    pub fn take(&mut self, facts: &[Fact]) -> Result<Vec<Noted>, LogError> {
        let mut noted = Vec::new();
        for fact in facts {
            let mut no = 0;
            for (account, act) in &fact.acts {
                if let Act::Return { sale, .. } = act
                    && !self.comes_back(*account, *sale)
                {
                    continue;
                }
                let page = self.pages.get_mut(account).ok_or(LogError::Closing)?;
                let places = &self.places;
                let elsewhere = |id| places.get(&id).is_some_and(|place| place != account);
                for exception in page.now.read(fact.by, act, elsewhere) {
                    noted.push(Noted { at: fact.at, no, by: fact.by, account: *account, exception });
                    no += 1;
                }
                match act {
                    Act::Credit { keeps, .. } | Act::Return { keeps, .. } => {
                        keeps.iter().for_each(|(id, _)| self.note_place(*id, *account))
                    }
                    Act::Seal(seal) => self.note_place(seal.lease, *account),
                    Act::Spend { .. } | Act::ClawBack(_) | Act::Lapse(_) => (),
                }
            }
        }
        Ok(noted)
    }

    /// The same of operations that these accounts have read already, with every return of theirs: all but the first are taken back.
    pub fn take_returns(&mut self, facts: &[Fact]) -> Result<(), LogError> {
        for (account, act) in facts.iter().flat_map(|fact| &fact.acts) {
            if let Act::Return { sale, amount, .. } = act
                && !self.comes_back(*account, *sale)
            {
                self.escrow(*account)?.claw_back(*amount).map_err(|_| LogError::FileDamaged)?;
            }
        }
        Ok(())
    }

    /// Whether it does now for the first time.
    fn comes_back(&mut self, account: Lendable, sale: SaleId) -> bool {
        !self.returned.contains(&(account, sale)) && self.new_returned.insert((account, sale))
    }

    fn note_place(&mut self, id: LeaseId, account: Lendable) {
        self.places.entry(id).or_insert(account);
    }

    pub fn lend(&mut self, asks: &[Ask], standing: Standing) -> Result<Vec<Answer>, LogError> {
        let mut answers = Vec::new();
        for ask in asks {
            if self.places.get(&ask.lease).is_some_and(|place| *place != ask.account) {
                let Ask { lease, account, holder, .. } = *ask;
                answers.push(Answer::Denied(Denied { lease, account, holder, why: Denial::Taken }));
                continue;
            }
            answers.push(self.escrow(ask.account)?.ask(ask, standing));
            self.note_place(ask.lease, ask.account);
        }
        Ok(answers)
    }

    /// Calls back for `asker`; says what is called back of the account, and whether anything is now that was not before.
    pub fn call_back(&mut self, account: Lendable, amount: Amount, asker: Holder) -> Result<(Vec<Recall>, bool), LogError> {
        let escrow = self.escrow(account)?;
        let worth = escrow.worth_recalling(amount, asker);
        for id in &worth {
            escrow.recall(*id);
        }
        let called = escrow.leases().filter(|(_, lease)| lease.stage == Stage::Recalled && lease.holder.log != asker.log);
        let recalls = called.map(|(lease, told)| Recall { lease, account, holder: told.holder }).collect();
        Ok((recalls, !worth.is_empty()))
    }

    pub fn recall(&mut self, lease: LeaseId, account: Lendable) -> Result<Option<Recall>, LogError> {
        if self.places.get(&lease).is_some_and(|place| *place != account) {
            return Ok(None);
        }
        let holder = self.escrow(account)?.recall(lease);
        Ok(holder.map(|holder| Recall { lease, account, holder }))
    }

    /// Errors with `FileDamaged` for a figure that cannot be shown.
    pub fn statements(&mut self, accounts: &[Lendable], as_of: u64, log: LogId) -> Result<Vec<Statement>, LogError> {
        let told = accounts.iter().map(|account| self.escrow(*account)?.statement(*account, as_of, log).map_err(|_| LogError::FileDamaged));
        told.collect()
    }

    /// What was lost puts its leases of all these accounts in doubt.
    pub fn lose(&mut self, losing: &Losing) {
        for lost in &losing.lost {
            for page in self.pages.values_mut() {
                page.now.revoke(*lost, losing.at);
            }
        }
    }

    pub fn disk_read(&mut self, log: LogId) {
        for page in self.pages.values_mut() {
            page.now.disk_read(log);
        }
    }

    pub fn changes(&self) -> Changes {
        let mut changes = Changes { new_returned: self.new_returned.clone(), ..Changes::default() };
        let none = Escrow::default();
        for (account, page) in &self.pages {
            let (account, before, now) = (*account, page.before.as_ref().unwrap_or(&none), &page.now);
            if before == now {
                continue;
            }
            if before.sums() != now.sums() || page.before.is_none() {
                let rows = if page.before.is_none() { &mut changes.new_sums } else { &mut changes.sums };
                rows.push(SumsRow { account, sums: now.sums() });
            }
            for (lease, kept) in now.leases().filter(|(id, kept)| before.lease(*id) != Some(*kept)) {
                let rows = if before.knows(lease) { &mut changes.leases } else { &mut changes.new_leases };
                rows.push(LeaseRow { lease, account, state: State::Lease(*kept) });
            }
            let denied = now.denied().filter(|(id, _)| !before.knows(*id) && now.lease(*id).is_none());
            changes.new_leases.extend(denied.map(|(lease, why)| LeaseRow { lease, account, state: State::Denied(why) }));
            let before: BTreeMap<_, _> = before.floors().collect();
            let floors = now.floors().filter(|(log, floored)| before.get(log) != Some(floored));
            changes.floors.extend(floors.map(|(log, floored)| FloorRow { account, log, floored }));
        }
        changes.new_leases.sort_by_key(|row| row.lease);
        changes
    }
}
