//! How queries are answered: by an index, however large the book (tests alone).

use rusqlite::{Connection, params_from_iter, types::Null};

use crate::Error;

/// Checks that `sql` reads no table whole and searches by these indexes, in their order.
#[track_caller]
pub(super) fn check(sql: &str, indexes: &[&str]) -> Result<(), Error> {
    let mut connection = Connection::open_in_memory()?;
    crate::schema::migrate(&mut connection)?;
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    let values = vec![Null; statement.parameter_count()];
    let steps = statement.query_map(params_from_iter(values), |row| row.get(3))?;
    let steps: Vec<String> = steps.collect::<Result<_, _>>()?;
    assert!(!steps.iter().any(|step| step.starts_with("SCAN")), "{sql}: {steps:?}");
    let used: Vec<&String> = steps.iter().filter(|step| step.starts_with("SEARCH")).collect();
    assert_eq!(used.len(), indexes.len(), "{sql}: {steps:?}");
    assert!(used.iter().zip(indexes).all(|(step, index)| step.contains(index)), "{sql}: {steps:?}");
    Ok(())
}
