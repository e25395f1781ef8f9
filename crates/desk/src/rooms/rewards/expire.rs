//! Points that lapse by the rule in force (C1): counted, or taken.

use std::collections::HashSet;

use hefu_core::{
    error::Code,
    ids::MemberId,
    money::Points,
    op::{Draft, EXPIRY_MOST, PointsExpired},
    points::{Entry, Expiring, Expiry, Lapsing, expiring},
    posting::{Account, Ledger, Unit},
    rules::{self, InForce},
    time::business_day,
};
use hefu_replica::{Reading, Writing};

use super::{AT_ONCE, PAGE, check_clock, registrations};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    rulebook::RuleBook,
    wire::{HqExpired, HqExpiry},
};

const _: () = assert!(AT_ONCE <= EXPIRY_MOST);

/// Postings of one operation: people of many registrations do not make it too large.
const POSTINGS_MOST: usize = 300;

/// What was found, or taken.
#[derive(Default)]
struct Lapsed {
    members: u64,
    points: Points,
}

impl Lapsed {
    fn add(&mut self, other: &Self) -> Result<(), Code> {
        self.members += other.members;
        self.points = self.points.plus(other.points)?;
        Ok(())
    }
}

/// Counts or takes what has lapsed by today, of every member. Taken once it is gone, so running it again takes nothing. Errors:
/// `rule.missing`, `clock.frozen`.
pub(crate) fn expire(desk: &Desk, caller: &Caller, request: HqExpiry) -> Result<HqExpired, ErrorBody> {
    check_clock(desk, request.write)?;
    let moment = desk.moment(caller);
    let (rules, rule_book) = desk.replica.read(|book| desk.rules.at(book, moment))?;
    let rule = rules.points.as_ref().ok_or(Code::RuleMissing)?;
    let body = rules::lapsing(rule_book.rules(), moment).ok_or(Code::RuleMissing)?;
    let rule = InForce { rule: rule.rule, version: rule.version, body };
    let day = desk.today(caller);
    let lapsed = match rule.body.rule {
        Expiry::Never => Lapsed::default(),
        _ => everybody(desk, caller, &rule, &day, request.write)?,
    };
    Ok(HqExpired { day, members: lapsed.members, points: lapsed.points, written: request.write })
}

fn everybody(desk: &Desk, caller: &Caller, rule: &InForce<Lapsing>, day: &str, write: bool) -> Result<Lapsed, ErrorBody> {
    let by = desk.by(caller);
    let mut lapsed = Lapsed::default();
    let (mut after, mut people) = (None, Vec::with_capacity(AT_ONCE + PAGE));
    loop {
        let (last, found) = desk.replica.read(|book| page(book, after, &rule.body, day))?;
        if write {
            people.extend(found.iter().map(|(id, _)| *id));
            while people.len() >= AT_ONCE || (last.is_none() && !people.is_empty()) {
                let some: Vec<MemberId> = people.drain(..people.len().min(AT_ONCE)).collect();
                lapsed.add(&desk.replica.write(|book| take(book, by, &some, rule, day))?)?;
            }
        } else {
            for (_, points) in found {
                lapsed.add(&Lapsed { members: 1, points })?;
            }
        }
        if last.is_none() {
            return Ok(lapsed);
        }
        after = last;
    }
}

/// Where the next page begins, and who of this one has lapsed points, each person once.
type Page = (Option<MemberId>, Vec<(MemberId, Points)>);

fn page(book: &Reading<'_>, after: Option<MemberId>, rule: &Lapsing, day: &str) -> Result<Page, hefu_replica::Error> {
    let ids = book.with_points_after(after, PAGE)?;
    let mut found = Vec::new();
    for id in &ids {
        let Some(members) = registrations(book, *id)? else { continue };
        // A person is looked at with the first of their accounts that has any.
        let held = held(book, &members)?;
        if held.iter().find(|(_, points)| *points > 0).map(|(member, _)| member) != Some(id) {
            continue;
        }
        let points = lapsed(book, &members, rule, day)?;
        if points > Points::ZERO {
            found.push((*id, points));
        }
    }
    Ok((ids.last().copied().filter(|_| ids.len() == PAGE), found))
}

fn held(book: &Reading<'_>, members: &[MemberId]) -> Result<Vec<(MemberId, i64)>, hefu_replica::Error> {
    members.iter().map(|id| Ok((*id, book.balance(&Account::MemberPoints(*id), Unit::Points)?))).collect()
}

fn lapsed(book: &Reading<'_>, members: &[MemberId], rule: &Lapsing, day: &str) -> Result<Points, hefu_replica::Error> {
    Ok(expiries(book, members, rule, day)?.expired)
}

/// What of the points of one person has lapsed, and what will.
pub(crate) fn expiries(book: &Reading<'_>, members: &[MemberId], rule: &Lapsing, day: &str) -> Result<Expiring, hefu_replica::Error> {
    let moved = book.points_moved(members)?;
    let entries: Vec<Entry<'_>> = moved.iter().map(|moved| Entry { day: &moved.day, points: moved.points, of: moved.of }).collect();
    Ok(expiring(&entries, rule, day)?)
}

/// The same by the rule in force at a moment; nothing lapses without one.
pub(crate) fn expiries_at(
    book: &Reading<'_>,
    rule_book: &RuleBook,
    members: &[MemberId],
    at: i64,
) -> Result<Expiring, hefu_replica::Error> {
    match rules::lapsing(rule_book.rules(), at).filter(|lapsing| lapsing.rule != Expiry::Never) {
        Some(lapsing) => expiries(book, members, &lapsing, &business_day(at)),
        None => Ok(Expiring { expired: Points::ZERO, coming: Vec::new() }),
    }
}

/// Takes what has lapsed of these people, by one operation or a few.
fn take(
    book: &mut Writing<'_>,
    by: hefu_replica::By,
    people: &[MemberId],
    rule: &InForce<Lapsing>,
    day: &str,
) -> Result<Lapsed, hefu_replica::Error> {
    let mut taken = Lapsed::default();
    let mut seen = HashSet::new();
    let mut postings = Vec::new();
    for id in people {
        // Two that were counted apart may have become one person since.
        let Some(members) = registrations(book, *id)?.filter(|members| members.iter().all(|id| seen.insert(*id))) else { continue };
        let points = lapsed(book, &members, &rule.body, day)?;
        let (mut left, mut ledger) = (points.get(), Ledger::new());
        for (member, held) in held(book, &members)? {
            let part = held.clamp(0, left);
            ledger.post(Unit::Points, Account::MemberPoints(member), Account::PointsIssued, part)?;
            left -= part;
        }
        postings.extend(ledger.done());
        if points > Points::ZERO {
            taken.add(&Lapsed { members: 1, points })?;
        }
        if postings.len() >= POSTINGS_MOST {
            let postings = std::mem::take(&mut postings);
            book.append(by, &Draft::new(PointsExpired { rule: rule.used(), until: day.to_owned(), postings }))?;
        }
    }
    if !postings.is_empty() {
        book.append(by, &Draft::new(PointsExpired { rule: rule.used(), until: day.to_owned(), postings }))?;
    }
    Ok(taken)
}
