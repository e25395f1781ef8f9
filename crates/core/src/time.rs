//! Moments and business days. `at` is milliseconds since 1970 UTC; a business day is the store's local calendar day,
//! China Standard Time (UTC+8, no daylight saving) until a store says otherwise.

use chrono::{DateTime, NaiveDate};

const CHINA_OFFSET_MS: i64 = 8 * 3600 * 1000;

/// `YYYY-MM-DD` of a moment in China; the nearest representable day for a clock that is out of range.
pub fn business_day(at_ms: i64) -> String {
    DateTime::from_timestamp_millis(at_ms.saturating_add(CHINA_OFFSET_MS))
        .map_or_else(|| "1970-01-01".to_owned(), |moment| moment.format("%Y-%m-%d").to_string())
}

/// The first moment of a business day; `None` when it is not a date.
pub fn start_of_day(day: &str) -> Option<i64> {
    let midnight = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)?;
    midnight.and_utc().timestamp_millis().checked_sub(CHINA_OFFSET_MS)
}

/// The day before a business day; the day itself when it is not a date.
pub fn day_before(day: &str) -> String {
    beside(day, NaiveDate::pred_opt)
}

/// The day after a business day; the day itself when it is not a date.
pub fn day_after(day: &str) -> String {
    beside(day, NaiveDate::succ_opt)
}

fn beside(day: &str, other: impl Fn(&NaiveDate) -> Option<NaiveDate>) -> String {
    NaiveDate::parse_from_str(day, "%Y-%m-%d")
        .ok()
        .and_then(|date| other(&date))
        .map_or_else(|| day.to_owned(), |date| date.format("%Y-%m-%d").to_string())
}

/// Days from one business day to another; `None` where either is no date.
pub fn days_between(from: &str, to: &str) -> Option<i64> {
    let date = |day: &str| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok();
    Some(date(to)?.signed_duration_since(date(from)?).num_days())
}

/// Whether the text is a calendar day `YYYY-MM-DD`.
pub fn is_day(text: &str) -> bool {
    text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

/// Milliseconds since the local midnight, for comparing the same hours of two days.
pub fn since_midnight_ms(at_ms: i64) -> i64 {
    at_ms.saturating_add(CHINA_OFFSET_MS).rem_euclid(24 * 3600 * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_turn_at_midnight_in_china() {
        // 2026-03-01T15:59:59.999Z and one millisecond on.
        assert_eq!(business_day(1_772_380_799_999), "2026-03-01");
        assert_eq!(business_day(1_772_380_800_000), "2026-03-02");
        assert_eq!(since_midnight_ms(1_772_380_800_000), 0);
        assert_eq!(start_of_day("2026-03-02"), Some(1_772_380_800_000));
        assert_eq!(start_of_day("soon"), None);
        assert_eq!(day_before("2026-03-01"), "2026-02-28");
        assert_eq!(day_after("2024-02-28"), "2024-02-29");
        assert_eq!(business_day(i64::MAX), "1970-01-01");
        assert_eq!(days_between("2026-02-27", "2026-03-01"), Some(2));
        assert_eq!(days_between("2026-03-01", "2026-02-27"), Some(-2));
        assert_eq!(days_between("2026-03-01", "soon"), None);
        assert!(is_day("2024-02-29") && !is_day("2023-02-29") && !is_day("2024-2-9"));
    }
}
