//! What a device knows of the true time, by its own clock and what the server once said (I15).
//!
//! A till's wall clock may be wrong, may be set while it runs, and may start anew from the year its battery died. What the
//! server said is kept with the clock that counts from the start of the machine and cannot be set: within one start the
//! server's time follows from it exactly. After another start only the wall clock is left; it is believed to be as wrong as it
//! was, but never to be earlier than what was heard and the time that this start has lasted.

use serde::{Deserialize, Serialize};

/// One start of a machine, and how long ago it was.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SinceBoot {
    /// Another at every start; `None` where the system does not say.
    pub boot: Option<String>,
    /// Milliseconds, time asleep included.
    pub ms: i64,
}

impl SinceBoot {
    /// Milliseconds since `earlier`; `None` where the machine has started anew since. A machine that does not name its starts is
    /// taken to be in the same one while its time grows.
    pub fn since(&self, earlier: &Self) -> Option<i64> {
        (self.boot == earlier.boot && self.ms >= earlier.ms).then(|| self.ms.saturating_sub(earlier.ms))
    }
}

/// The server's time as it was last heard, beside the device's own clocks at that moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The server's clock, milliseconds since 1970.
    pub server_at: i64,
    /// How far the wall clock was ahead of it, in milliseconds; negative when behind.
    pub ahead: i64,
    boot: Option<String>,
    since_boot_ms: i64,
}

impl Heard {
    /// The wall clock read `wall_at` and was found to be `ahead` of the server's.
    pub fn new(wall_at: i64, ahead: i64, since: SinceBoot) -> Self {
        Self { server_at: wall_at.saturating_sub(ahead), ahead, boot: since.boot, since_boot_ms: since.ms }
    }

    /// How far a wall clock that reads `wall_at` is ahead of the server's, as far as can be known.
    pub fn ahead_at(&self, wall_at: i64, since: &SinceBoot) -> i64 {
        let same_start = self.boot.is_some() && self.boot == since.boot && since.ms >= self.since_boot_ms;
        if same_start {
            let server_now = self.server_at.saturating_add(since.ms - self.since_boot_ms);
            return wall_at.saturating_sub(server_now);
        }
        // A machine that does not name its starts may still be in the one of then: what it has lasted since counts alone.
        let lasted = if self.boot.is_some() && since.boot.is_some() { since.ms } else { (since.ms - self.since_boot_ms).max(0) };
        let earliest = self.server_at.saturating_add(lasted);
        self.ahead.min(wall_at.saturating_sub(earliest))
    }

    /// Whether `newer` says something that is worth keeping durably: another start, or a clock that was set since.
    pub fn is_overtaken_by(&self, newer: &Self) -> bool {
        const DRIFT_MS: u64 = 1_000;
        const OLD_MS: i64 = 3_600_000;
        self.boot != newer.boot
            || self.ahead.abs_diff(newer.ahead) > DRIFT_MS
            || newer.server_at.saturating_sub(self.server_at) > OLD_MS
            || newer.server_at < self.server_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn since(boot: &str, ms: i64) -> SinceBoot {
        SinceBoot { boot: (!boot.is_empty()).then(|| boot.to_owned()), ms }
    }

    /// Heard at noon (server 12 h), the wall clock `ahead`, five hours after the start `a`. Then the wall clock reads `wall`.
    #[track_caller]
    fn check(ahead: i64, wall: i64, now: SinceBoot, expect: i64) {
        let heard = Heard::new(12 * HOUR + ahead, ahead, since("a", 5 * HOUR));
        assert_eq!(heard.server_at, 12 * HOUR);
        assert_eq!(heard.ahead_at(wall, &now), expect);
    }

    #[test]
    fn within_one_start_the_servers_time_follows_exactly() {
        check(0, 13 * HOUR, since("a", 6 * HOUR), 0);
        check(7, 13 * HOUR + 7, since("a", 6 * HOUR), 7);
        // Set a year on while nobody was looking, and back to 1970.
        check(0, 13 * HOUR + 8_760 * HOUR, since("a", 6 * HOUR), 8_760 * HOUR);
        check(0, 0, since("a", 6 * HOUR), -13 * HOUR);
    }

    #[test]
    fn after_another_start_a_clock_is_as_wrong_as_it_was() {
        check(7, 20 * HOUR, since("b", HOUR), 7);
        check(-7, 20 * HOUR, since("b", HOUR), -7);
        check(400 * HOUR, 430 * HOUR, since("b", HOUR), 400 * HOUR);
    }

    #[test]
    fn but_no_clock_goes_back_before_what_was_heard() {
        // The battery is empty: the wall clock begins at 1970. This start, an hour old, began no earlier than what was heard.
        check(0, HOUR, since("b", HOUR), -12 * HOUR);
        check(0, 3 * HOUR, since("b", 3 * HOUR), -12 * HOUR);
        check(3 * HOUR, HOUR, since("b", 0), -11 * HOUR);
    }

    #[test]
    fn a_system_that_does_not_name_its_starts_counts_as_started_anew() {
        let heard = Heard::new(12 * HOUR, 0, since("", 5 * HOUR));
        assert_eq!(heard.ahead_at(20 * HOUR, &since("", 6 * HOUR)), 0);
        assert_eq!(heard.ahead_at(0, &since("", 6 * HOUR)), -13 * HOUR);
        assert_eq!(heard.ahead_at(0, &since("", HOUR)), -12 * HOUR);
        // A name that comes again with less time on it is another start.
        check(0, 20 * HOUR, since("a", HOUR), 0);
    }

    #[test]
    fn what_lasted_is_known_within_one_start() {
        assert_eq!(since("a", 7).since(&since("a", 5)), Some(2));
        assert_eq!(since("a", 4).since(&since("a", 5)), None);
        assert_eq!(since("b", 7).since(&since("a", 5)), None);
        assert_eq!(since("", 7).since(&since("", 5)), Some(2));
        assert_eq!(since("", 7).since(&since("a", 5)), None);
    }

    #[test]
    fn kept_when_it_says_something_new() {
        let heard = |server: i64, ahead: i64, boot: &str| Heard::new(server + ahead, ahead, since(boot, 0));
        let kept = heard(HOUR, 0, "a");
        assert!(!kept.is_overtaken_by(&heard(HOUR + 5, 900, "a")));
        assert!(kept.is_overtaken_by(&heard(HOUR + 5, 1_100, "a")));
        assert!(kept.is_overtaken_by(&heard(HOUR + 5, 0, "b")));
        assert!(kept.is_overtaken_by(&heard(3 * HOUR, 0, "a")));
        assert!(kept.is_overtaken_by(&heard(0, 0, "a")));
    }
}
