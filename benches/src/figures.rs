//! What was measured: percentiles of a list of spans, the table for a person and the line for a program. Spans are
//! nanoseconds, and shown as milliseconds without a float on the way.

use std::time::{Duration, Instant};

/// One row of the table.
pub struct Row {
    pub name: &'static str,
    pub spans: Spans,
    /// The floor's spans, where something stands beside it.
    pub beside: Option<Spans>,
    pub reach: Reach,
}

/// What is to be reached.
pub enum Reach {
    /// The median over the floor's, in thousandths.
    RatioMilli(u64),
    P95(Duration),
    P99(Duration),
}

#[derive(Clone, Default)]
pub struct Spans(Vec<u64>);

impl Spans {
    pub fn add(&mut self, span: Duration) {
        self.0.push(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX));
    }

    /// Does `work` and keeps how long it took.
    pub fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let from = Instant::now();
        let done = work();
        self.add(from.elapsed());
        done
    }

    pub fn join(&mut self, other: &Self) {
        self.0.extend(&other.0);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The least span that `percent` of all do not exceed; zero of none.
    pub fn percentile(&self, percent: usize) -> u64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted.get(place).copied().unwrap_or(0)
    }

    pub fn median(&self) -> u64 {
        self.percentile(50)
    }
}

impl Row {
    fn ratio_milli(&self) -> Option<u64> {
        let beside = self.beside.as_ref()?.median();
        (beside > 0).then(|| self.spans.median() * 1000 / beside)
    }

    pub fn reached(&self) -> bool {
        match self.reach {
            Reach::RatioMilli(most) => self.ratio_milli().is_some_and(|ratio| ratio <= most),
            Reach::P95(most) => u128::from(self.spans.percentile(95)) <= most.as_nanos(),
            Reach::P99(most) => u128::from(self.spans.percentile(99)) <= most.as_nanos(),
        }
    }

    /// One JSON object, as `cargo xtask bench --json` promises it.
    pub fn json(&self) -> String {
        let or_null = |value: Option<String>| value.unwrap_or_else(|| "null".to_owned());
        format!(
            r#"{{"name":"{}","unit":"ms","n":{},"median":{},"p95":{},"p99":{},"beside":{},"ratio":{}}}"#,
            self.name,
            self.spans.len(),
            ms(self.spans.median()),
            ms(self.spans.percentile(95)),
            ms(self.spans.percentile(99)),
            or_null(self.beside.as_ref().map(|beside| ms(beside.median()))),
            or_null(self.ratio_milli().map(thousandths)),
        )
    }

    fn reach_text(&self) -> String {
        match self.reach {
            Reach::RatioMilli(most) => format!("ratio ≤ {}", thousandths(most)),
            Reach::P95(most) => format!("p95 ≤ {}", most.as_millis()),
            Reach::P99(most) => format!("p99 ≤ {}", most.as_millis()),
        }
    }
}

/// `0.0512`: milliseconds to a tenth of a microsecond.
pub fn ms(nanos: u64) -> String {
    format!("{}.{:04}", nanos / 1_000_000, nanos % 1_000_000 / 100)
}

fn thousandths(value: u64) -> String {
    format!("{}.{:03}", value / 1000, value % 1000)
}

pub fn print_table(rows: &[Row]) {
    println!("\n{:<16} {:>6} {:>12} {:>12} {:>12} {:>12} {:>8}  reach", "name", "n", "median ms", "p95", "p99", "beside", "ratio");
    for row in rows {
        println!(
            "{:<16} {:>6} {:>12} {:>12} {:>12} {:>12} {:>8}  {} {}",
            row.name,
            row.spans.len(),
            ms(row.spans.median()),
            ms(row.spans.percentile(95)),
            ms(row.spans.percentile(99)),
            row.beside.as_ref().map_or_else(|| "–".to_owned(), |beside| ms(beside.median())),
            row.ratio_milli().map_or_else(|| "–".to_owned(), thousandths),
            row.reach_text(),
            if row.reached() { "✓" } else { "✗" },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_spans_that_were_measured() {
        let mut spans = Spans::default();
        (1..=100).rev().for_each(|span| spans.add(Duration::from_nanos(span)));
        assert_eq!((spans.median(), spans.percentile(95), spans.percentile(99)), (50, 95, 99));
        assert_eq!(Spans::default().percentile(99), 0);
    }

    #[test]
    fn a_line_is_the_promised_object() {
        let mut spans = Spans::default();
        spans.add(Duration::from_micros(1_500));
        let mut beside = Spans::default();
        beside.add(Duration::from_micros(1_000));
        let row = Row { name: "sale-commit", spans, beside: Some(beside), reach: Reach::RatioMilli(2500) };
        let line = r#"{"name":"sale-commit","unit":"ms","n":1,"median":1.5000,"p95":1.5000,"p99":1.5000,"beside":1.0000,"ratio":1.500}"#;
        assert_eq!(row.json(), line);
        assert!(row.reached());
    }
}
