//! What devices wrote that was not theirs to say, listed for head office (F6): it counts for nothing anywhere, and tells of a till that is
//! not in the right hands.

use hefu_core::{error::Code, op::Body};
use hefu_replica::{Reading, RefusedRow, RefusedWhy as Why};

use super::{
    page::ROWS,
    sale::{staff_of, store_of},
    store_view,
};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    wire::{HqRefused, RefusedOperation, RefusedPage, RefusedWhy},
};

/// Of what a device made up itself no more than this is shown: as much as anything that a program of this chain writes.
const LETTERS_MOST: usize = 48;

/// Errors: `page.unknown`.
pub(crate) fn list(desk: &Desk, _: &Caller, request: RefusedPage) -> Result<HqRefused, ErrorBody> {
    let before = request.after.map(|after| after.parse().map_err(|_| Code::PageUnknown)).transpose()?;
    Ok(desk.replica.read(|book| {
        let refused = book.refused(before, ROWS)?;
        let next = refused.last().filter(|_| refused.len() == ROWS).map(|row| row.op.to_string());
        let rows = refused.into_iter().map(|row| view(book, row)).collect::<Result<_, _>>()?;
        Ok(HqRefused { count: book.refused_count()?, rows, next })
    })?)
}

fn view(book: &Reading<'_>, row: RefusedRow) -> Result<RefusedOperation, hefu_replica::Error> {
    let receipt_no = match &row.body {
        Body::Sale(sale) => Some(&sale.receipt_no),
        Body::Refund(refund) => Some(&refund.receipt_no),
        Body::Exchange(exchange) => Some(&exchange.sale.receipt_no),
        Body::CardToppedUp(top_up) => Some(&top_up.receipt_no),
        Body::CardRefunded(refunded) => Some(&refunded.receipt_no),
        _ => None,
    };
    Ok(RefusedOperation {
        at: row.at,
        received_at: row.received_at,
        device_id: row.device,
        store: row.store.map(|id| store_of(book, Some(id))).transpose()?.map(store_view),
        till_no: book.device(row.device)?.map(|device| device.till_no),
        who_name: staff_of(book, row.who)?.name,
        receipt_no: receipt_no.map(|no| shortened(no)).unwrap_or_default(),
        kind: shortened(&row.kind),
        why: match row.why {
            Why::HeadOffice => RefusedWhy::HeadOffice,
            Why::OtherPlace => RefusedWhy::OtherPlace,
            Why::NoMove => RefusedWhy::NoMove,
            Why::Overruled => RefusedWhy::Overruled,
        },
    })
}

fn shortened(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(LETTERS_MOST).collect()
}
