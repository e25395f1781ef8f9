//! Where a listing goes on, as a screen carries it.

use hefu_core::error::Code;
use hefu_replica::{Before, SaleRow};

/// Rows on one page.
pub(crate) const ROWS: usize = 50;

/// Errors with `page.unknown` for text that no page gave.
pub(crate) fn read(after: Option<&str>) -> Result<Option<Before>, Code> {
    let Some(text) = after else { return Ok(None) };
    let (at, op) = text.split_once('.').ok_or(Code::PageUnknown)?;
    match (at.parse(), op.parse()) {
        (Ok(at), Ok(op)) => Ok(Some(Before { at, op })),
        _ => Err(Code::PageUnknown),
    }
}

/// The mark after the last row, when the page is full.
pub(crate) fn next(rows: &[SaleRow]) -> Option<String> {
    rows.last().filter(|_| rows.len() == ROWS).map(|row| format!("{}.{}", row.at, row.op))
}
