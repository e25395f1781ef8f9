//! Guessing is slow: failures to join or to prove oneself are counted per address, a bucket of tokens each.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

const FAILURES_MOST: u32 = 10;
const ONE_BACK_EVERY: Duration = Duration::from_secs(6);
const ADDRESSES_MOST: usize = 10_000;

/// `since` is when the bucket was last known to lack `missing` tokens.
struct Bucket {
    missing: u32,
    since: Instant,
}

impl Bucket {
    fn settle(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.since);
        let back = u32::try_from(passed.as_millis() / ONE_BACK_EVERY.as_millis()).unwrap_or(u32::MAX).min(self.missing);
        self.missing -= back;
        self.since += ONE_BACK_EVERY * back;
    }
}

#[derive(Default)]
pub struct Limit {
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

impl Limit {
    pub fn permits(&self, from: IpAddr, now: Instant) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(bucket) = buckets.get_mut(&whose(from)) else { return true };
        bucket.settle(now);
        bucket.missing < FAILURES_MOST
    }

    pub fn failed(&self, from: IpAddr, now: Instant) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= ADDRESSES_MOST {
            buckets.values_mut().for_each(|bucket| bucket.settle(now));
            buckets.retain(|_, bucket| bucket.missing > 0);
        }
        let bucket = buckets.entry(whose(from)).or_insert(Bucket { missing: 0, since: now });
        bucket.settle(now);
        if bucket.missing == 0 {
            bucket.since = now;
        }
        bucket.missing = (bucket.missing + 1).min(FAILURES_MOST);
    }
}

/// One subscriber has a whole /64 of IPv6.
fn whose(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_failures_then_one_each_six_seconds() {
        let (limit, from, start) = (Limit::default(), IpAddr::from([10, 0, 0, 1]), Instant::now());
        for _ in 0..FAILURES_MOST {
            assert!(limit.permits(from, start));
            limit.failed(from, start);
        }
        assert!(!limit.permits(from, start));
        assert!(limit.permits(IpAddr::from([10, 0, 0, 2]), start), "another address");
        assert!(!limit.permits(from, start + ONE_BACK_EVERY - Duration::from_millis(1)));
        assert!(limit.permits(from, start + ONE_BACK_EVERY));
        limit.failed(from, start + ONE_BACK_EVERY);
        assert!(!limit.permits(from, start + ONE_BACK_EVERY));
        assert!(limit.permits(from, start + ONE_BACK_EVERY * 100));
    }
}
