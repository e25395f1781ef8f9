//! `member-search`: what a cashier sees while typing. Every prefix of 1,000 queries, each a command through the desk; the
//! row is the kind of query with the worst 95th percentile.

use std::collections::BTreeMap;

use hefu_fixtures::QueryKind;
use serde_json::json;

use crate::{
    book,
    error::{BenchError, Done},
    figures::{Reach, Row, Spans, ms},
    seat::Seat,
};

const QUERIES: usize = 1_000;
const P95_MOST: std::time::Duration = std::time::Duration::from_millis(10);

pub fn run() -> Done<Row> {
    let seat = Seat::take(&book::large()?)?;
    let queries = book::demo().search_queries(QUERIES);
    let mut kinds: BTreeMap<QueryKind, Spans> = BTreeMap::new();
    let mut lengths: BTreeMap<(QueryKind, usize), Spans> = BTreeMap::new();
    let common: Vec<_> = queries.iter().filter(|query| query.member.is_none()).collect();
    // What very many share is typed between the others again and again, for it is four queries of the thousand.
    let again = queries.iter().enumerate().flat_map(|(at, query)| common.iter().filter(move |_| at % 10 == 9).copied().chain([query]));
    for query in again {
        let ends = query.text.char_indices().map(|(at, c)| at + c.len_utf8());
        for (length, end) in (1..).zip(ends) {
            let request = json!({ "text": query.text[..end] }).to_string();
            let mut span = Spans::default();
            let hits = span.time(|| seat.call("member.search", request.as_bytes()))?;
            if end == query.text.len() && hits.starts_with(br#"{"hits":[]"#) {
                return Err(BenchError::setup(format!("nobody was found by {}", &query.text[..end])));
            }
            kinds.entry(query.kind).or_default().join(&span);
            lengths.entry((query.kind, length)).or_default().join(&span);
        }
    }
    for (kind, spans) in &kinds {
        println!(
            "  {:<12} n {:>5}  median {:>8}  p95 {:>8}  p99 {:>8}",
            format!("{kind:?}"),
            spans.len(),
            ms(spans.median()),
            ms(spans.percentile(95)),
            ms(spans.percentile(99))
        );
    }
    if let Some(((kind, length), spans)) = lengths.iter().max_by_key(|(_, spans)| spans.median()) {
        println!("  slowest by median: {length} characters of {kind:?}, {} ms over {}", ms(spans.median()), spans.len());
    }
    let worst = kinds.into_values().max_by_key(|spans| spans.percentile(95)).unwrap_or_default();
    Ok(Row { name: "member-search", spans: worst, beside: None, reach: Reach::P95(P95_MOST) })
}
