//! The review of tiers: the only way down (C2).

use std::collections::BTreeMap;

use hefu_core::{
    error::Code,
    ids::MemberId,
    op::{Draft, RuleUsed, TierReviewed},
    rules::{InForce, Tiers},
    time::business_day,
};
use hefu_replica::{Reading, Writing};

use super::{AT_ONCE, PAGE, turn};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    wire::{HqReview, HqReviewed, TierMove},
};

/// From one level to another, by place: lower ones first.
type Moves = BTreeMap<(Option<usize>, Option<usize>), u64>;

/// Looks at everybody who ever bought something, and takes down who has fallen behind. Who does not fall keeps everything and
/// nothing is written of them. Errors: `rule.missing`, `clock.frozen`, `server.busy`.
pub(crate) fn review(desk: &Desk, caller: &Caller, request: HqReview) -> Result<HqReviewed, ErrorBody> {
    let _turn = turn(desk, request.write)?;
    let moment = desk.moment(caller);
    let rules = desk.replica.read(|book| Ok(desk.rules.at(book, moment)?.0))?;
    let rule = rules.tiers.as_ref().ok_or(Code::RuleMissing)?;
    let month = business_day(moment).get(..7).unwrap_or_default().to_owned();
    let (mut reviewed, mut moves) = (0, Moves::new());
    let mut after = None;
    loop {
        let (last, people, falling) = desk.replica.read(|book| page(book, after, rule, &month))?;
        reviewed += people;
        desk.go_on()?;
        for some in falling.chunks(AT_ONCE) {
            let fallen = if request.write {
                let by = desk.by(caller);
                desk.replica.write(|book| take_down(book, by, some, rule, &month))?
            } else {
                some.iter().map(|(_, fall)| *fall).collect()
            };
            for fall in fallen {
                *moves.entry(fall).or_default() += 1;
            }
        }
        if last.is_none() {
            break;
        }
        after = last;
    }
    let name = |place: Option<usize>| place.and_then(|at| rule.body.levels.get(at)).map(|level| level.name.clone()).unwrap_or_default();
    let moves = moves.into_iter().map(|((from, to), members)| TierMove { from: name(from), to: name(to), members }).collect();
    Ok(HqReviewed { month, reviewed, moves, written: request.write })
}

type Fall = (Option<usize>, Option<usize>);
/// Where the next page begins, how many people this one has, and who of them falls, by the registration that leads.
type Page = (Option<MemberId>, u64, Vec<(MemberId, Fall)>);

fn page(book: &Reading<'_>, after: Option<MemberId>, rule: &InForce<Tiers>, month: &str) -> Result<Page, hefu_replica::Error> {
    let ids = book.buyers_after(after, PAGE)?;
    let (mut people, mut falling) = (0, Vec::new());
    for id in &ids {
        let Some(person) = book.person(*id)? else { continue };
        // A person is looked at with the first of their registrations that bought something.
        if book.buyers_of(&person)?.first() != Some(id) || book.person_is_frozen(&person)? {
            continue;
        }
        people += 1;
        if let Some(fall) = fall(book, &person, &rule.body, month)? {
            falling.push((person.lead.id, fall));
        }
    }
    Ok((ids.last().copied().filter(|_| ids.len() == PAGE), people, falling))
}

/// From what level to what a person would fall now.
fn fall(book: &Reading<'_>, person: &hefu_replica::PersonRow, tiers: &Tiers, month: &str) -> Result<Option<Fall>, hefu_replica::Error> {
    let standing = book.standing(person)?;
    let held = tiers.held(&standing.months, standing.review.as_ref(), month);
    let place =
        |level: Option<&hefu_core::rules::Level>| level.and_then(|level| tiers.levels.iter().position(|known| known.name == level.name));
    let fall = (place(held.level), place(held.at_review));
    Ok((fall.1 < fall.0).then_some(fall))
}

/// Writes the reviews of those who still fall; answers their falls.
fn take_down(
    book: &mut Writing<'_>,
    by: hefu_replica::By,
    people: &[(MemberId, Fall)],
    rule: &InForce<Tiers>,
    month: &str,
) -> Result<Vec<Fall>, hefu_replica::Error> {
    let used: RuleUsed = rule.used();
    let mut fallen = Vec::with_capacity(people.len());
    for (id, _) in people {
        let Some(person) = book.person(*id)? else { continue };
        let Some(fall) = fall(book, &person, &rule.body, month)? else { continue };
        let level = fall.1.and_then(|at| rule.body.levels.get(at)).map(|level| level.name.clone());
        book.append(by, &Draft::new(TierReviewed { member: person.lead.id, month: month.to_owned(), level, rule: used }))?;
        fallen.push(fall);
    }
    Ok(fallen)
}
