//! Pauses between attempts: full jitter, so that a thousand tills do not come back in one moment.

use std::time::Duration;

use crate::Random;

const FIRST: Duration = Duration::from_millis(500);

/// No pause is shorter, whatever the dice say.
const LEAST: Duration = Duration::from_millis(100);

pub struct Pace {
    failures: u32,
    most: Duration,
}

impl Pace {
    pub fn new(most: Duration) -> Self {
        Self { failures: 0, most }
    }

    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// Anything between nothing and a span that doubles.
    pub fn next(&mut self, random: &Random) -> Duration {
        let span = FIRST.saturating_mul(1 << self.failures.min(16)).min(self.most);
        self.failures = self.failures.saturating_add(1);
        let [a, b, ..] = random().unwrap_or([0x80; 32]);
        let share = u32::from(u16::from_be_bytes([a, b]));
        (span * share / u32::from(u16::MAX)).max(LEAST)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn grows_to_its_most_and_spreads_over_all_of_it() {
        let (low, high): (Random, Random) = (Arc::new(|| Ok([0; 32])), Arc::new(|| Ok([255; 32])));
        let mut pace = Pace::new(Duration::from_secs(30));
        let pauses: Vec<_> = (0..8).map(|_| pace.next(&high).as_millis()).collect();
        assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
        assert_eq!(pace.next(&low), LEAST);
        for _ in 0..100 {
            assert!(pace.next(&high) <= Duration::from_secs(30));
        }
        pace.reset();
        assert_eq!(pace.next(&high), FIRST);
    }
}
