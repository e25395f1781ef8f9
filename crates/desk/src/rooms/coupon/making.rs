//! Coupons in bulk as the node makes them (C4): a piece at a time, each with how far it has come in the transaction that writes it.
//!
//! What is open stands in a note of this book, so that it goes on after a restart and can be stopped from any browser. A file that is
//! made anew begins without notes: what an earlier one left half done is found in the coupons themselves, and can be given up.

use hefu_core::{
    error::Code,
    ids::{BatchId, MemberId, StaffId},
    op::{BatchClosed, COUPONS_MOST, Draft, RuleUsed},
};
use hefu_replica::{By, Reading, Writing};
use serde::{Deserialize, Serialize};

use super::Terms;
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    rooms::price,
    wire::{BatchState, CouponsTo},
};

/// Operations in one transaction: what comes from the tills is folded in between.
const OPERATIONS_AT_ONCE: usize = 4;
const COUPONS_AT_ONCE: usize = OPERATIONS_AT_ONCE * COUPONS_MOST;
/// Members looked at in one read, and in one piece: where few are meant, it still comes to its end and can be stopped.
const PAGE: usize = 500;
const LOOKED_AT_ONCE: u64 = 5_000;

const NOTES: &str = "coupons/";

type Failed = hefu_replica::Error;

/// A batch that is not closed.
#[derive(Serialize, Deserialize)]
pub(super) struct Open {
    pub terms: Terms,
    pub name: String,
    /// For whom; `None` of one that was found in the coupons alone, with which nobody can go on.
    pub to: Option<CouponsTo>,
    pub who: Option<StaffId>,
    pub at: i64,
    pub state: BatchState,
    /// The last registration that was looked at, and how many were.
    pub after: Option<MemberId>,
    pub looked: u64,
}

impl Open {
    pub fn read(book: &Reading<'_>, batch: BatchId) -> Result<Option<Self>, Failed> {
        let note = book.note(&format!("{NOTES}{batch}"))?;
        note.map(|text| Self::parse(&text)).transpose()
    }

    /// All of them, by id: those that began first first.
    pub fn all(book: &Reading<'_>) -> Result<Vec<Self>, Failed> {
        let mut open = Vec::new();
        for text in book.notes(NOTES)? {
            let found = Self::parse(&text)?;
            // Closed by an earlier life of this node.
            if book.batch_closed(found.terms.batch)?.is_none() {
                open.push(found);
            }
        }
        Ok(open)
    }

    fn parse(text: &str) -> Result<Self, Failed> {
        serde_json::from_str(text).map_err(|_| Code::DatabaseDamaged.into())
    }

    pub fn keep(&self, book: &mut Writing<'_>) -> Result<(), Failed> {
        let text = serde_json::to_string(self).map_err(|_| Code::Internal)?;
        book.set_note(&format!("{NOTES}{}", self.terms.batch), Some(&text))
    }

    /// Its last operation: from here on all of it counts, or none ever does.
    pub fn close(&self, book: &mut Writing<'_>, by: By, keep: bool) -> Result<(), Failed> {
        let batch = self.terms.batch;
        book.append(by, &Draft::new(BatchClosed { batch, keep, name: self.name.clone() }))?;
        book.set_note(&format!("{NOTES}{batch}"), None)
    }
}

/// What a batch that has coupons already was begun on: that holds to its end, whatever the rule has become since.
pub(super) fn terms_of(desk: &Desk, book: &Reading<'_>, batch: BatchId, moment: i64) -> Result<Option<Terms>, Failed> {
    let Some(first) = book.batch_first(batch)? else { return Ok(None) };
    let (_, rule_book) = desk.rules.at(book, moment)?;
    Ok(Some(Terms {
        batch,
        template: RuleUsed { rule: first.template, version: first.version },
        from: first.from,
        until: first.until,
        per_member_most: price::template(&rule_book, &first).and_then(|template| template.per_member_most),
    }))
}

/// Takes note of what is half done and has no note: it would count against what a member is given for ever.
pub(crate) fn adopt(desk: &Desk) -> Result<(), ErrorBody> {
    let caller = Caller::node(desk.around.now());
    let moment = desk.moment(&caller);
    let found = desk.replica.read(|book| book.batches_open())?;
    for batch in found {
        desk.replica.write(|book| {
            if book.batch_closed(batch)?.is_some() || Open::read(book, batch)?.is_some() {
                return Ok(());
            }
            let Some(terms) = terms_of(desk, book, batch, moment)? else { return Ok(()) };
            let (name, state) = (String::new(), BatchState::Stopped);
            Open { terms, name, to: None, who: None, at: terms.from, state, after: None, looked: 0 }.keep(book)
        })?;
    }
    Ok(())
}

/// One piece of the batch that began first; whether there was one to do. One that is refused stops and says why.
pub(crate) fn work(desk: &Desk) -> Result<bool, ErrorBody> {
    let running = |open: &Open| open.state == BatchState::Running;
    let Some(open) = desk.replica.read(|book| Ok(Open::all(book)?.into_iter().find(running)))? else { return Ok(false) };
    let (batch, caller) = (open.terms.batch, Caller::node(desk.around.now()));
    let by = By { who: open.who, ..desk.by(&caller) };
    let making = Making { desk, by, moment: desk.moment(&caller), open };
    let done = match making.open.to.clone() {
        Some(CouponsTo::Codes { count }) => making.codes(count),
        Some(CouponsTo::Members { tier }) => making.members(tier.as_deref()),
        None => Err(Code::RequestInvalid.into()),
    };
    if let Err(error) = done {
        let why = ErrorBody::from(error).code;
        tracing::warn!(%batch, code = %why, "a batch of coupons has stopped");
        desk.replica.write(|book| match Open::read(book, batch)? {
            Some(open) => Open { state: BatchState::Refused { why }, ..open }.keep(book),
            None => Ok(()),
        })?;
    }
    Ok(true)
}

/// A batch as a piece of work found it.
struct Making<'a> {
    desk: &'a Desk,
    by: By,
    moment: i64,
    open: Open,
}

impl Making<'_> {
    /// So many codes in all, with those that are here already.
    fn codes(&self, count: u32) -> Result<(), Failed> {
        let count = usize::try_from(count).map_err(|_| Code::QuantityInvalid)?;
        self.desk.replica.write(|book| {
            if !self.is_still_meant(book)? {
                return Ok(());
            }
            let batch = self.open.terms.batch;
            let here = book.batch_size(batch)?;
            let left = count.saturating_sub(usize::try_from(here).unwrap_or(usize::MAX));
            let now = left.min(COUPONS_AT_ONCE);
            self.append(book, &vec![None; now])?;
            if left == now {
                self.open.close(book, self.by, true)
            } else if book.batch_size(batch)? <= here {
                // Random ids that are all known already: nothing will ever be enough.
                Err(Code::Internal.into())
            } else {
                Ok(())
            }
        })
    }

    /// One for each person, in the order of their ids.
    fn members(&self, tier: Option<&str>) -> Result<(), Failed> {
        let reached = self.desk.replica.read(|book| self.reach(book, tier))?;
        self.desk.replica.write(|book| {
            if !self.is_still_meant(book)? {
                return Ok(());
            }
            self.give(book, &reached.people)?;
            if reached.is_last {
                return self.open.close(book, self.by, true);
            }
            match Open::read(book, self.open.terms.batch)? {
                Some(open) => Open { after: reached.after, looked: open.looked + reached.looked, ..open }.keep(book),
                None => Ok(()),
            }
        })
    }

    /// Stopped, given up or done meanwhile it is left as it is.
    fn is_still_meant(&self, book: &Reading<'_>) -> Result<bool, Failed> {
        if book.batch_closed(self.open.terms.batch)?.is_some() {
            return Ok(false);
        }
        let now = Open::read(book, self.open.terms.batch)?;
        Ok(now.is_some_and(|now| now.state == BatchState::Running && now.after == self.open.after))
    }

    /// The next people that are meant, a transaction's worth.
    fn reach(&self, book: &Reading<'_>, tier: Option<&str>) -> Result<Reached, Failed> {
        let mut reached = Reached { people: Vec::new(), after: self.open.after, looked: 0, is_last: false };
        while reached.looked < LOOKED_AT_ONCE {
            let page = book.members_after(reached.after, PAGE)?;
            for id in &page {
                if reached.people.len() == COUPONS_AT_ONCE {
                    return Ok(reached);
                }
                reached.after = Some(*id);
                reached.looked += 1;
                if self.is_meant(book, *id, tier)? {
                    reached.people.push(*id);
                }
            }
            if page.len() < PAGE {
                return Ok(Reached { is_last: true, ..reached });
            }
        }
        Ok(reached)
    }

    /// Whether a registration leads a person of that tier.
    fn is_meant(&self, book: &Reading<'_>, id: MemberId, tier: Option<&str>) -> Result<bool, Failed> {
        let Some(person) = book.person(id)?.filter(|person| person.lead.id == id) else { return Ok(false) };
        if book.person_is_frozen(&person)? {
            return Ok(false);
        }
        let Some(tier) = tier else { return Ok(true) };
        let (rules, _) = self.desk.rules.at(book, self.moment)?;
        let standing = book.standing(&person)?;
        let level = price::held(&rules, &standing, self.moment).and_then(|held| held.level);
        Ok(level.is_some_and(|level| level.name == tier))
    }

    /// Who has one of this batch, or as many of the kind as one member is given, is passed over.
    fn give(&self, book: &mut Writing<'_>, people: &[MemberId]) -> Result<(), Failed> {
        let mut members = Vec::with_capacity(people.len());
        for id in people {
            if let Some(person) = book.person(*id)?
                && !book.is_in_batch(&person, self.open.terms.batch)?
                && self.open.terms.allows(book, &person, 1)?
            {
                members.push(Some(*id));
            }
        }
        self.append(book, &members)
    }

    fn append(&self, book: &mut Writing<'_>, members: &[Option<MemberId>]) -> Result<(), Failed> {
        for some in members.chunks(COUPONS_MOST) {
            let issued = self.open.terms.issue(self.desk, self.moment, some.iter().copied())?;
            book.append(self.by, &Draft::new(issued))?;
        }
        Ok(())
    }
}

/// Who of the members comes next, and up to where was looked.
struct Reached {
    people: Vec<MemberId>,
    after: Option<MemberId>,
    looked: u64,
    is_last: bool,
}
