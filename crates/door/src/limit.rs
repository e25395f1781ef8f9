//! Guessing is slow: wrong PINs, passwords and first-administrator codes are counted per address, a bucket of tokens
//! each. A person's own lock-out is the desk's; this one stops who tries many people.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

pub(crate) const FAILURES_MOST: u32 = 20;
const ONE_BACK_EVERY: Duration = Duration::from_secs(10);
const ADDRESSES_MOST: usize = 10_000;

/// `missing` tokens as of `since`.
#[derive(Clone, Copy)]
struct Bucket {
    missing: u32,
    since: Instant,
}

impl Bucket {
    fn settle(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.since);
        let back = u32::try_from(passed.as_millis() / ONE_BACK_EVERY.as_millis()).unwrap_or(u32::MAX).min(self.missing);
        self.missing -= back;
        self.since = if self.missing == 0 { now } else { self.since + ONE_BACK_EVERY * back };
    }
}

#[derive(Default)]
pub(crate) struct Limit {
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

impl Limit {
    pub fn permits(&self, from: IpAddr, now: Instant) -> bool {
        let mut buckets = self.held();
        let Some(bucket) = buckets.get_mut(&whose(from)) else { return true };
        bucket.settle(now);
        bucket.missing < FAILURES_MOST
    }

    pub fn failed(&self, from: IpAddr, now: Instant) {
        let mut buckets = self.held();
        if buckets.len() >= ADDRESSES_MOST {
            buckets.values_mut().for_each(|bucket| bucket.settle(now));
            buckets.retain(|_, bucket| bucket.missing > 0);
        }
        let bucket = buckets.entry(whose(from)).or_insert(Bucket { missing: 0, since: now });
        bucket.settle(now);
        bucket.missing = (bucket.missing + 1).min(FAILURES_MOST);
    }

    fn held(&self) -> MutexGuard<'_, HashMap<IpAddr, Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One subscriber has a whole /64 of IPv6.
pub(crate) fn whose(address: IpAddr) -> IpAddr {
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
    fn a_bucket_empties_and_fills_again() {
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
        assert!(limit.permits(from, start + ONE_BACK_EVERY * 200));
    }

    #[test]
    fn one_subscriber_is_one_address() {
        let (limit, start) = (Limit::default(), Instant::now());
        for last in 0..FAILURES_MOST {
            limit.failed(format!("2001:db8::{last:x}").parse().unwrap(), start);
        }
        assert!(!limit.permits("2001:db8::ffff:1".parse().unwrap(), start));
        assert!(limit.permits("2001:db8:0:1::1".parse().unwrap(), start));
    }
}
