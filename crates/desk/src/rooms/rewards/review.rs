//! The review of tiers: the only way down (C2).

use std::collections::BTreeMap;

use hefu_core::{
    error::Code,
    ids::MemberId,
    op::{Draft, RuleUsed, TierReviewed},
    rules::{Level, RulesInForce},
    time::business_day,
};
use hefu_replica::{Reading, Writing};

use super::{AT_ONCE, PAGE, turn};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    rooms::coupon,
    wire::{HqReview, HqReviewed, TierMove},
};

/// From one level to another, by place: lower ones first.
type Moves = BTreeMap<(Option<usize>, Option<usize>), u64>;

/// Looks at everybody who ever bought something, takes down who has fallen behind, and gives to the others what gifts of their
/// levels have not come. Of whom neither is true nothing is written. Errors: `rule.missing`, `clock.frozen`, `server.busy`.
pub(crate) fn review(desk: &Desk, caller: &Caller, request: HqReview) -> Result<HqReviewed, ErrorBody> {
    let _turn = turn(desk, request.write)?;
    let moment = desk.moment(caller);
    let rules = desk.replica.read(|book| Ok(desk.rules.at(book, moment)?.0))?;
    let rule = rules.tiers.as_ref().ok_or(Code::RuleMissing)?;
    let month = business_day(moment).get(..7).unwrap_or_default().to_owned();
    let (mut reviewed, mut moves, mut gifts) = (0, Moves::new(), 0);
    let mut after = None;
    loop {
        let Page { last, people, falling, awaiting } = desk.replica.read(|book| page(book, after, &rules, moment))?;
        reviewed += people;
        desk.go_on()?;
        for some in falling.chunks(AT_ONCE) {
            let fallen = if request.write {
                let by = desk.by(caller);
                desk.replica.write(|book| take_down(book, by, some, &rules, &month))?
            } else {
                some.iter().map(|(_, fall)| *fall).collect()
            };
            for fall in fallen {
                *moves.entry(fall).or_default() += 1;
            }
        }
        for some in awaiting.chunks(AT_ONCE) {
            gifts += if request.write { give(desk, caller, some, moment)? } else { some.iter().map(|(_, gifts)| gifts).sum() };
        }
        if last.is_none() {
            break;
        }
        after = last;
    }
    let name = |place: Option<usize>| place.and_then(|at| rule.body.levels.get(at)).map(|level| level.name.clone()).unwrap_or_default();
    let moves = moves.into_iter().map(|((from, to), members)| TierMove { from: name(from), to: name(to), members }).collect();
    Ok(HqReviewed { month, reviewed, moves, gifts, written: request.write })
}

type Fall = (Option<usize>, Option<usize>);
struct Page {
    /// Where the next page begins.
    last: Option<MemberId>,
    people: u64,
    /// Who of them falls, by the registration that leads.
    falling: Vec<(MemberId, Fall)>,
    /// Who of the others waits for how many gifts.
    awaiting: Vec<(MemberId, u64)>,
}

fn page(book: &Reading<'_>, after: Option<MemberId>, rules: &RulesInForce, moment: i64) -> Result<Page, hefu_replica::Error> {
    let day = business_day(moment);
    let month = day.get(..7).unwrap_or_default();
    let ids = book.buyers_after(after, PAGE)?;
    let (mut people, mut falling, mut awaiting) = (0, Vec::new(), Vec::new());
    for id in &ids {
        let Some(person) = book.person(*id)? else { continue };
        // A person is looked at with the first of their registrations that bought something.
        if book.buyers_of(&person)?.first() != Some(id) || book.person_is_frozen(&person)? {
            continue;
        }
        people += 1;
        match fall(book, &person, rules, month)? {
            Some(fall) => falling.push((person.lead.id, fall)),
            None => match u64::try_from(coupon::gifts_due(book, rules, &person, moment)?.len()) {
                Ok(0) | Err(_) => {}
                Ok(gifts) => awaiting.push((person.lead.id, gifts)),
            },
        }
    }
    Ok(Page { last: ids.last().copied().filter(|_| ids.len() == PAGE), people, falling, awaiting })
}

/// Worked out anew in the transaction that writes: a till may have given some meanwhile.
fn give(desk: &Desk, caller: &Caller, people: &[(MemberId, u64)], moment: i64) -> Result<u64, ErrorBody> {
    let by = desk.by(caller);
    let given = desk.replica.write(|book| {
        let mut given = 0;
        for (id, _) in people {
            given += coupon::tier_gifts(desk, book, by, *id, moment)?;
        }
        Ok(given)
    })?;
    Ok(given)
}

/// From what level to what a person would fall now.
fn fall(
    book: &Reading<'_>,
    person: &hefu_replica::PersonRow,
    rules: &RulesInForce,
    month: &str,
) -> Result<Option<Fall>, hefu_replica::Error> {
    let standing = book.standing(person)?;
    let Some((tiers, held)) = rules.tiers.as_ref().zip(rules.held(&standing.months, standing.review.as_ref(), month)) else {
        return Ok(None);
    };
    let levels = &tiers.body.levels;
    let place = |level: Option<&Level>| level.and_then(|level| levels.iter().position(|known| known.name == level.name));
    let fall = (place(held.level), place(held.at_review));
    Ok((fall.1 < fall.0).then_some(fall))
}

/// Writes the reviews of those who still fall; answers their falls.
fn take_down(
    book: &mut Writing<'_>,
    by: hefu_replica::By,
    people: &[(MemberId, Fall)],
    rules: &RulesInForce,
    month: &str,
) -> Result<Vec<Fall>, hefu_replica::Error> {
    let Some(rule) = &rules.tiers else { return Ok(Vec::new()) };
    let used: RuleUsed = rule.used();
    let mut fallen = Vec::with_capacity(people.len());
    for (id, _) in people {
        let Some(person) = book.person(*id)? else { continue };
        let Some(fall) = fall(book, &person, rules, month)? else { continue };
        let level = fall.1.and_then(|at| rule.body.levels.get(at)).map(|level| level.name.clone());
        book.append(by, &Draft::new(TierReviewed { member: person.lead.id, month: month.to_owned(), level, rule: used }))?;
        fallen.push(fall);
    }
    Ok(fallen)
}
