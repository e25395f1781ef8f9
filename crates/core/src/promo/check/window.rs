//! When a promotion can hold, and whether two can at the same moment. Birthdays are left out: there is a member for every day.

use chrono::{Datelike, NaiveDate};

use crate::{
    error::Code,
    promo::{Hours, Window},
    time,
};

const DAY_MIN: u16 = 24 * 60;
const MINUTE_MS: i64 = 60 * 1000;
const DAY_MS: i64 = 24 * 3600 * 1000;
/// In so many days every day of the month has met every day of the week.
const CALENDAR_DAYS: i64 = 1200;

/// Errors: `promotion.empty_window`, `promotion.day_invalid`, `promotion.hours_invalid`.
pub(super) fn check(window: &Window) -> Result<(), Code> {
    let among = |days: &[u8], last: u8| days.iter().all(|day| (1..=last).contains(day));
    if !among(&window.weekdays, 7) || !among(&window.month_days, 31) {
        return Err(Code::PromotionDayInvalid);
    }
    let good = |hours: &Hours| hours.from_min < DAY_MIN && hours.until_min <= DAY_MIN && hours.from_min != hours.until_min;
    if !window.hours.iter().all(good) {
        return Err(Code::PromotionHoursInvalid);
    }
    if meet(window, window) { Ok(()) } else { Err(Code::PromotionEmptyWindow) }
}

/// Whether there is a moment at which both hold.
pub(super) fn meet(one: &Window, other: &Window) -> bool {
    let from = one.from.max(other.from);
    let until = one.until.into_iter().chain(other.until).min();
    if from.zip(until).is_some_and(|(from, until)| from >= until) {
        return false;
    }
    let days =
        Days { week: mask(&one.weekdays, 7) & mask(&other.weekdays, 7), month: mask(&one.month_days, 31) & mask(&other.month_days, 31) };
    let spans = common(&spans(&one.hours), &spans(&other.hours));
    if days.week == 0 || days.month == 0 || spans.is_empty() {
        return false;
    }
    match from.zip(until) {
        Some((from, until)) if until.saturating_sub(from) < CALENDAR_DAYS * DAY_MS => days.fall_between(from, until, &spans),
        _ => true,
    }
}

/// Days of the week and of the month, a bit each.
struct Days {
    week: u32,
    month: u32,
}

impl Days {
    fn has(&self, date: NaiveDate) -> bool {
        self.week & 1 << date.weekday().number_from_monday() != 0 && self.month & 1 << date.day() != 0
    }

    /// Whether one of the days has one of the spans in a stretch of time.
    fn fall_between(&self, from: i64, until: i64, spans: &[Span]) -> bool {
        let mut midnight = from.saturating_sub(time::since_midnight_ms(from));
        let mut date = time::business_day(from).parse::<NaiveDate>().ok();
        while let Some(today) = date
            && midnight < until
        {
            let inside = |span: &Span| midnight.saturating_add(span.0).max(from) < midnight.saturating_add(span.1).min(until);
            if self.has(today) && spans.iter().any(inside) {
                return true;
            }
            midnight = midnight.saturating_add(DAY_MS);
            date = today.succ_opt();
        }
        false
    }
}

/// Empty means every day.
fn mask(days: &[u8], last: u8) -> u32 {
    let bits = |days: &mut dyn Iterator<Item = u8>| days.filter(|day| (1..=last).contains(day)).fold(0, |mask, day| mask | 1 << day);
    if days.is_empty() { bits(&mut (1..=last)) } else { bits(&mut days.iter().copied()) }
}

/// Milliseconds since midnight, the end exclusive, within one day.
type Span = (i64, i64);

/// Empty means the whole day; what runs over midnight is the beginning and the end of it.
fn spans(hours: &[Hours]) -> Vec<Span> {
    let span = |from: u16, until: u16| (i64::from(from) * MINUTE_MS, i64::from(until) * MINUTE_MS);
    if hours.is_empty() {
        return vec![span(0, DAY_MIN)];
    }
    let parts = hours.iter().flat_map(|hours| {
        let (from, until) = (hours.from_min, hours.until_min);
        if from <= until { [span(from, until), span(0, 0)] } else { [span(from, DAY_MIN), span(0, until)] }
    });
    parts.filter(|span| span.0 < span.1).collect()
}

fn common(some: &[Span], others: &[Span]) -> Vec<Span> {
    let pairs = some.iter().flat_map(|one| others.iter().map(|other| (one.0.max(other.0), one.1.min(other.1))));
    pairs.filter(|span| span.0 < span.1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-02 00:00 in China, a Monday.
    const MONDAY: i64 = 1_772_380_800_000;

    /// `0+3 w17 m5,18 h480-1080,1320-120`: from and until in days since [`MONDAY`], weekdays, days of the month, minutes.
    fn window(text: &str) -> Window {
        let mut window = Window::default();
        for word in text.split_whitespace() {
            let numbers = |text: &str| text.split([',', '-', '+']).map(|n| n.parse::<i64>().unwrap()).collect::<Vec<_>>();
            let small = |list: Vec<i64>| list.into_iter().map(|n| u8::try_from(n).unwrap()).collect();
            match word.split_at(1) {
                ("w", list) => window.weekdays = small(numbers(list)),
                ("m", list) => window.month_days = small(numbers(list)),
                ("h", list) => {
                    let minutes: Vec<u16> = numbers(list).into_iter().map(|n| u16::try_from(n).unwrap()).collect();
                    window.hours = minutes.chunks(2).map(|pair| Hours { from_min: pair[0], until_min: pair[1] }).collect();
                }
                _ => {
                    let (from, until) = word.split_once('+').unwrap();
                    window.from = from.parse::<i64>().ok().map(|day| MONDAY + day * DAY_MS);
                    window.until = until.parse::<i64>().ok().map(|day| MONDAY + day * DAY_MS);
                }
            }
        }
        window
    }

    #[test]
    fn holds_at_some_moment() {
        let good = Ok(());
        let (empty, day, hours) = (Err(Code::PromotionEmptyWindow), Err(Code::PromotionDayInvalid), Err(Code::PromotionHoursInvalid));
        for (text, expect) in [
            ("", good),
            ("0+1", good),
            ("1+1", empty),
            ("2+1", empty),
            ("0+", good),
            ("+0", good),
            ("w1,7 m1,31", good),
            ("w0", day),
            ("w8", day),
            ("m0", day),
            ("m32", day),
            ("h0-1440", good),
            ("h1320-120", good),
            ("h1320-0", good),
            ("h480-480", hours),
            ("h0-0", hours),
            ("h1440-60", hours),
            ("h60-1441", hours),
            // Tuesday of a week that begins on Monday, and a Monday alone.
            ("0+2 w2", good),
            ("0+1 w2", empty),
            ("0+7 m8", good),
            ("0+6 m8", empty),
            ("0+7 w1 m8", empty),
            ("0+7 w7 m8", good),
            // February has no 30th: 2026-02-01 to 03-01.
            ("-29+-1 m30", empty),
            // The first 31st that is a Monday is 2026-08-31, 182 days on.
            ("0+182 w1 m31", empty),
            ("0+183 w1 m31", good),
            ("0+ w1 m31", good),
        ] {
            assert_eq!(check(&window(text)), expect, "{text:?}");
        }
        let edge = |from, until, hours: &str| Window { from: Some(from), until: Some(until), ..window(hours) };
        assert_eq!(check(&edge(MONDAY, MONDAY + 480 * MINUTE_MS, "h480-600")), empty);
        assert_eq!(check(&edge(MONDAY, MONDAY + 480 * MINUTE_MS + 1, "h480-600")), good);
        assert_eq!(check(&edge(MONDAY + 600 * MINUTE_MS, MONDAY + DAY_MS, "h480-600")), empty);
        assert_eq!(check(&edge(MONDAY + 600 * MINUTE_MS - 1, MONDAY + DAY_MS, "h480-600")), good);
        for (from, until) in [(i64::MIN, i64::MAX), (i64::MIN, i64::MIN + 1), (i64::MAX - 1, i64::MAX)] {
            assert_eq!(check(&edge(from, until, "")), good, "{from} {until}");
        }
    }

    #[test]
    fn two_meet() {
        for (one, other, expect) in [
            ("", "", true),
            ("0+5", "4+6", true),
            ("0+5", "5+6", false),
            ("0+", "+1", true),
            ("0+", "+0", false),
            ("w1,2", "w2,3", true),
            ("w1", "w2", false),
            ("m1", "m1,2", true),
            ("m1", "m2", false),
            ("h480-600", "h540-660", true),
            ("h480-600", "h600-660", false),
            ("h1320-120", "h60-180", true),
            ("h1320-120", "h120-1320", false),
            // The 8th of that March is a Sunday.
            ("0+10 w7", "m8", true),
            ("0+10 w1", "m8", false),
            ("w1", "m8", true),
            ("0+8 w1", "7+9 h0-60", true),
            ("0+7 w1", "1+9", false),
        ] {
            assert_eq!(meet(&window(one), &window(other)), expect, "{one:?} {other:?}");
            assert_eq!(meet(&window(other), &window(one)), expect, "{other:?} {one:?}");
        }
    }

    /// The calendar repeats after 400 years.
    #[test]
    fn every_pair_of_days_comes_round_in_time() {
        let first = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap();
        let mut last = [[first; 32]; 8];
        let mut longest = 0;
        for date in first.iter_days().take(146_097 + 2000) {
            let seen = &mut last[date.weekday().number_from_monday() as usize][date.day() as usize];
            longest = longest.max((date - *seen).num_days());
            *seen = date;
        }
        assert!(longest + 2 < CALENDAR_DAYS, "{longest}");
    }
}
