//! Sales to refund from: by the number on a receipt, however it was typed, or a member's latest.

use std::collections::BTreeSet;

use hefu_core::{error::Code, money::Fen, phone::narrow};
use hefu_replica::{PersonRow, Reading, SaleRow};

use crate::{
    Desk, ErrorBody,
    desk::Caller,
    rooms::{product::TEXT_MOST, sale, store_view},
    wire::{RefundFind, RefundFound, RefundableSale},
};

/// Sales on the screen.
const FOUND: usize = 20;

/// With both, the member's sales of that number. Errors: `request.invalid` with neither, `text.too_long`, `member.unknown`.
pub(crate) fn find(desk: &Desk, caller: &Caller, request: RefundFind) -> Result<RefundFound, ErrorBody> {
    let text = request.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    if text.is_none() && request.member_id.is_none() {
        return Err(Code::RequestInvalid.into());
    }
    if text.is_some_and(|text| text.chars().count() > TEXT_MOST) {
        return Err(Code::TextTooLong.into());
    }
    let sales = desk.replica.read(|book| {
        let person = match request.member_id {
            Some(id) => Some(book.person(id)?.ok_or(Code::MemberUnknown)?),
            None => None,
        };
        let found = match (text, &person) {
            (Some(text), person) => by_number(book, text, person.as_ref())?,
            (None, Some(person)) => book.sales_of_person(person, None, FOUND)?,
            (None, None) => Vec::new(),
        };
        found.iter().map(|sold| row(book, caller, sold)).collect::<Result<Vec<_>, _>>()
    })?;
    Ok(RefundFound { sales })
}

/// The receipt of the sale, else that of a refund of it: a customer may bring either.
fn by_number(book: &Reading<'_>, text: &str, person: Option<&PersonRow>) -> Result<Vec<SaleRow>, hefu_replica::Error> {
    let mut found = Vec::new();
    for number in numbers(text) {
        found.extend(book.sales_by_receipt(&number, FOUND)?);
        if !found.is_empty() {
            break;
        }
        for refund in book.refunds_by_receipt(&number, FOUND)? {
            found.extend(refund.sale.map(|id| book.sale(id)).transpose()?.flatten());
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|sale| seen.insert(sale.id));
    if let Some(person) = person {
        found.retain(|sale| sale.member.is_some_and(|member| person.ids().any(|id| id == member)));
    }
    Ok(found)
}

/// A receipt number as it is stored, from one that was typed: any case and width, spaces, any dash or none.
fn numbers(text: &str) -> Vec<String> {
    let typed = text.chars().map(narrow).filter(|c| !c.is_whitespace() && *c != '\u{3000}');
    let dashed = typed.map(|c| if matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '_') { '-' } else { c.to_ascii_uppercase() });
    let typed: String = dashed.collect();
    let mut numbers = vec![typed.clone()];
    // Six digits of number and two of till end it, as long as a till has sold less than a million times.
    if !typed.contains('-') && typed.is_ascii() && typed.len() > 8 {
        let (code, rest) = typed.split_at(typed.len() - 8);
        let (till, number) = rest.split_at(2);
        numbers.push(format!("{code}-{till}-{number}"));
    }
    numbers
}

fn row(book: &Reading<'_>, caller: &Caller, sold: &SaleRow) -> Result<RefundableSale, hefu_replica::Error> {
    Ok(RefundableSale {
        sale_id: sold.id,
        receipt_no: sold.receipt_no.clone(),
        at: sold.at,
        store: store_view(sale::store_of(book, sold.store)?),
        member_name: sale::member_label(book, caller, sold)?,
        total_fen: sold.total_fen,
        left_fen: book.refundable(sold.id)?.max(Fen::ZERO),
    })
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn a_number_however_it_is_typed() {
        for text in ["NJX-01-000042", "njx-01-000042", " NJX－０１－００００４２　", "ｎｊｘ — 01 — 000042"] {
            assert_eq!(numbers(text)[0], "NJX-01-000042", "{text}");
        }
        assert_eq!(numbers("njx 01 000042"), ["NJX01000042", "NJX-01-000042"]);
        assert_eq!(numbers("H2-01-000042"), ["H2-01-000042"]);
        assert_eq!(numbers("42"), ["42"]);
        assert_eq!(numbers("收据 12345678901").len(), 1);
    }
}
