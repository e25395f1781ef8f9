//! What the server counts, as Prometheus reads it. Labels are routes, statuses and codes: nothing of a person or a shop.

use std::{sync::Mutex, sync::PoisonError, time::Duration};

use hefu_core::error::Code;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    route: String,
    status: u16,
}

/// Seconds; a pull waits up to 25.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 15.0, 30.0];

pub struct Metrics {
    registry: Registry,
    head: Gauge,
    head_before: Mutex<u64>,
    appended: Counter,
    lag: Gauge,
    pulls: Gauge,
    cannot_write: Gauge,
    pushes: Family<Outcome, Counter>,
    requests: Family<Request, Histogram>,
}

/// One pull being answered; dropped when it is over, however it ends.
pub struct Pulling(Gauge);

impl Drop for Pulling {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// `head` is the chain's sequence at the start of this process.
    pub fn new(head: u64) -> Self {
        let mut registry = Registry::with_prefix("hefu");
        let requests = Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> Histogram);
        let metrics = Self {
            registry: Registry::default(),
            head: Gauge::default(),
            head_before: Mutex::new(head),
            appended: Counter::default(),
            lag: Gauge::default(),
            pulls: Gauge::default(),
            cannot_write: Gauge::default(),
            pushes: Family::default(),
            requests,
        };
        registry.register("chain_head", "The last sequence number of the chain", metrics.head.clone());
        registry.register("operations_appended", "Operations appended by this process", metrics.appended.clone());
        registry.register("hq_lag", "Operations that the HQ node has yet to read", metrics.lag.clone());
        registry.register("pulls_connected", "Pulls being answered or waiting", metrics.pulls.clone());
        registry.register(
            "cannot_write",
            "1 while the log cannot be written: a full disk, a folder without rights",
            metrics.cannot_write.clone(),
        );
        registry.register("pushes", "Pushes that reached the log, by outcome", metrics.pushes.clone());
        registry.register("request_seconds", "Time to answer, by route and status", metrics.requests.clone());
        Self { registry, ..metrics }
    }

    pub fn pushed(&self, refused: Option<Code>) {
        self.pushes.get_or_create(&Outcome { code: refused.map_or("ok", Code::as_str) }).inc();
    }

    pub fn cannot_write(&self, cannot: bool) {
        self.cannot_write.set(i64::from(cannot));
    }

    pub fn answered(&self, route: &str, status: u16, took: Duration) {
        self.requests.get_or_create(&Request { route: route.to_owned(), status }).observe(took.as_secs_f64());
    }

    pub fn pulling(&self) -> Pulling {
        self.pulls.inc();
        Pulling(self.pulls.clone())
    }

    /// The text of now.
    pub fn text(&self, head: u64, hq_after: u64) -> Result<String, std::fmt::Error> {
        let gauge = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        {
            let mut before = self.head_before.lock().unwrap_or_else(PoisonError::into_inner);
            self.appended.inc_by(head.saturating_sub(*before));
            *before = head.max(*before);
        }
        self.head.set(gauge(head));
        self.lag.set(gauge(head.saturating_sub(hq_after)));
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
