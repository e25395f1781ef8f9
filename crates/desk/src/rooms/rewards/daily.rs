//! What the rules promise is done every day by the node itself: points lapse, tiers are reviewed, bonus parts come (C1, C2, C3).
//!
//! Each of the three keeps a note of the last day, or month, it was done for, so that a day is done once, a node that was off for a
//! week catches up in one run, and one that was stopped half way begins again and finds what is left. A part that is refused is
//! tried again, and the others do not wait for it. It is the same work that a person at HQ can start, written as nobody's act.

use hefu_core::{error::Code, time::business_day};
use serde::{Deserialize, Serialize};

use super::{bonus_parts, expire, review};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    wire::{DailyOutcome, DailyRun, HqBonusParts, HqDaily, HqExpiry, HqReview, Nothing},
};

/// The night's work begins at four: tills that closed with their server out of reach have mostly sent their evening by then.
const FROM_MS: i64 = 4 * 3_600_000;
/// What was refused is tried again after this long.
const AGAIN_MS: i64 = 15 * 60_000;

#[derive(Clone, Copy)]
enum Work {
    Expiry,
    Review,
    Bonus,
}

/// What is remembered of one of the three.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// The last day or month it was done for; empty before the first.
    through: String,
    run: DailyRun,
}

impl Work {
    const ALL: [Self; 3] = [Self::Expiry, Self::Review, Self::Bonus];

    const fn note(self) -> &'static str {
        match self {
            Self::Expiry => "daily/expiry",
            Self::Review => "daily/review",
            Self::Bonus => "daily/bonus",
        }
    }

    /// The day, and for a review the month, whose turn it is at a moment.
    fn period(self, moment: i64) -> String {
        let mut day = business_day(moment.saturating_sub(FROM_MS));
        if let Self::Review = self {
            day.truncate("YYYY-MM".len());
        }
        day
    }

    fn run(self, desk: &Desk, caller: &Caller) -> Result<DailyOutcome, ErrorBody> {
        Ok(match self {
            Self::Expiry => {
                let done = expire(desk, caller, HqExpiry { write: true })?;
                DailyOutcome::Expired { members: done.members, points: done.points }
            }
            Self::Review => {
                let done = review(desk, caller, HqReview { write: true })?;
                DailyOutcome::Reviewed { members: done.reviewed, fallen: done.moves.iter().map(|fall| fall.members).sum() }
            }
            Self::Bonus => {
                let done = bonus_parts(desk, caller, HqBonusParts { write: true })?;
                DailyOutcome::Given { cards: done.cards, bonus_fen: done.bonus_fen }
            }
        })
    }
}

/// Does the first part that is due; whether there was one. Errors only where its outcome cannot be kept.
pub(crate) fn daily(desk: &Desk) -> Result<bool, ErrorBody> {
    let now = desk.around.now();
    let caller = Caller::node(now);
    for work in Work::ALL {
        let kept = kept(desk, work)?;
        let period = work.period(desk.moment(&caller));
        if !is_due(kept.as_ref(), &period, now) {
            continue;
        }
        let (through, outcome) = match work.run(desk, &caller) {
            Ok(outcome) => (period, outcome),
            // Somebody else is at it, or the node is ending: the next look finds it due.
            Err(refused) if refused.code == Code::ServerBusy => return Ok(false),
            // A chain without such a rule has nothing to be done.
            Err(refused) if refused.code == Code::RuleMissing => (period, DailyOutcome::Refused { why: Code::RuleMissing }),
            Err(refused) => {
                tracing::warn!(work = work.note(), code = %refused.code, "the night's work was refused");
                (kept.map(|kept| kept.through).unwrap_or_default(), DailyOutcome::Refused { why: refused.code })
            }
        };
        let kept = Kept { through, run: DailyRun { at: now, outcome } };
        let text = serde_json::to_string(&kept).map_err(|_| Code::Internal)?;
        desk.replica.write(|book| book.set_note(work.note(), Some(&text)))?;
        return Ok(true);
    }
    Ok(false)
}

/// A period that is not the last one, in whichever direction: a clock that once ran a year ahead does not put it off for a year.
fn is_due(kept: Option<&Kept>, period: &str, now: i64) -> bool {
    let Some(kept) = kept else { return true };
    let refused = matches!(kept.run.outcome, DailyOutcome::Refused { .. });
    kept.through != period && !(refused && (0..AGAIN_MS).contains(&(now - kept.run.at)))
}

/// `None` too for what another version of this program has kept and this one cannot read: it is done once more, and finds nothing.
fn kept(desk: &Desk, work: Work) -> Result<Option<Kept>, ErrorBody> {
    let note = desk.replica.read(|book| book.note(work.note()))?;
    Ok(note.and_then(|text| serde_json::from_str(&text).ok()))
}

/// How the last run of each went.
pub(crate) fn last_runs(desk: &Desk, _: &Caller, _: Nothing) -> Result<HqDaily, ErrorBody> {
    let run = |work| -> Result<_, ErrorBody> { Ok(kept(desk, work)?.map(|kept| kept.run)) };
    Ok(HqDaily { expiry: run(Work::Expiry)?, review: run(Work::Review)?, bonus: run(Work::Bonus)? })
}

#[cfg(test)]
mod tests {
    use hefu_core::time::since_midnight_ms;

    use super::*;

    /// 2026-03-02 00:00 in China.
    const MIDNIGHT: i64 = 1_772_380_800_000;

    #[test]
    fn a_day_begins_at_four_and_a_review_is_a_months() {
        assert_eq!(since_midnight_ms(MIDNIGHT), 0);
        for (hour, expiry, review) in [(3, "2026-03-01", "2026-03"), (4, "2026-03-02", "2026-03"), (-21, "2026-02-28", "2026-02")] {
            let moment = MIDNIGHT + hour * 3_600_000;
            assert_eq!((Work::Expiry.period(moment), Work::Review.period(moment)), (expiry.into(), review.into()), "{hour}");
        }
    }

    #[test]
    fn what_was_refused_is_tried_again_and_what_is_done_is_not() {
        let kept = |through: &str, outcome| Kept { through: through.into(), run: DailyRun { at: MIDNIGHT, outcome } };
        let done = DailyOutcome::Reviewed { members: 0, fallen: 0 };
        let refused = DailyOutcome::Refused { why: Code::ClockFrozen };
        for (case, kept, after, expect) in [
            ("never done", None, 0, true),
            ("done", Some(kept("2026-03-02", done.clone())), 0, false),
            ("done the day before", Some(kept("2026-03-01", done.clone())), 0, true),
            ("done by a clock that ran ahead", Some(kept("2027-03-02", done)), -1, true),
            ("just refused", Some(kept("2026-03-01", refused.clone())), AGAIN_MS - 1, false),
            ("refused a while ago", Some(kept("2026-03-01", refused.clone())), AGAIN_MS, true),
            ("refused by a clock that ran ahead", Some(kept("2026-03-01", refused)), -1, true),
        ] {
            assert_eq!(is_due(kept.as_ref(), "2026-03-02", MIDNIGHT + after), expect, "{case}");
        }
    }
}
