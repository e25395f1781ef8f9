//! Statements: a member's points, a card's money, a till's drawer, a store's goods, each newest first with a running balance
//! (C1, C3, A6, A13).

use hefu_core::{
    error::Code,
    money::Fen,
    op::Body,
    posting::{Account, Unit},
    time::{day_after, day_before, start_of_day},
};
use hefu_replica::{MovementBefore, MovementRow, Period, Reading};

use super::{
    page::ROWS,
    sale::{day_or_today, store_of},
    store_view,
};
use crate::{Desk, ErrorBody, desk::Caller, wire::*};

/// All registrations of the person as one account. Errors: `member.unknown`, `page.unknown`.
pub(crate) fn points(desk: &Desk, _: &Caller, request: MemberStatement) -> Result<Statement, ErrorBody> {
    let before = read(request.after.as_deref())?;
    Ok(desk.replica.read(|book| {
        let person = book.person(request.member_id)?.ok_or(Code::MemberUnknown)?;
        let accounts: Vec<Account> = person.ids().map(Account::MemberPoints).collect();
        statement(book, &accounts, Unit::Points, before, false)
    })?)
}

/// Principal and bonus as one, of the card and of those whose place it took: what reached one of them late is its own (C3). A row
/// says which of the two it is of. A card that is replaced shows its own past. Errors: `card.unknown`, `page.unknown`.
pub(crate) fn card(desk: &Desk, _: &Caller, request: CardStatement) -> Result<Statement, ErrorBody> {
    let before = read(request.after.as_deref())?;
    Ok(desk.replica.read(|book| {
        let card = book.card(request.card_id)?.ok_or(Code::CardUnknown)?.card;
        // Itself last, so that what came over by a re-issue stands above what went there.
        let line = book.card_past(card)?.into_iter().rev();
        let accounts: Vec<Account> = line.flat_map(|card| [Account::CardPrincipal(card), Account::CardBonus(card)]).collect();
        statement(book, &accounts, Unit::Fen, before, true)
    })?)
}

/// Goods of one kind in a store, in thousandths of their unit. Errors: `product.unknown`, `store.unknown`, `page.unknown`.
pub(crate) fn stock(desk: &Desk, _: &Caller, request: StockStatement) -> Result<Statement, ErrorBody> {
    let before = read(request.after.as_deref())?;
    let store = request.store_id.or(desk.replica.identity().store).ok_or(Code::StoreUnknown)?;
    Ok(desk.replica.read(|book| {
        book.product(request.product_id)?.ok_or(Code::ProductUnknown)?;
        book.store(store)?.ok_or(Code::StoreUnknown)?;
        let stock = statement(book, &[Account::Stock(store, request.product_id)], Unit::Milli, before, false)?;
        Ok(Statement { owed: 0, ..stock })
    })?)
}

/// A business day of the cash of this till. Errors: `request.invalid` for what is no day, `page.unknown`.
pub(crate) fn drawer(desk: &Desk, caller: &Caller, request: DrawerStatement) -> Result<DrawerDay, ErrorBody> {
    let before = read(request.after.as_deref())?;
    let day = day_or_today(desk, caller, request.day)?;
    let after = day_after(&day);
    let (Some(from), Some(until)) = (start_of_day(&day), start_of_day(&after)) else { return Err(Code::RequestInvalid.into()) };
    let account = Account::Cash(desk.replica.identity().device);
    let cash = desk.replica.read(|book| cash(book, &account, Period { from, until }, before))?;
    Ok(DrawerDay { day_before: day_before(&day), day_after: (day < desk.today(caller)).then_some(after), day, cash })
}

/// A page of what a period did to a cash account.
fn cash(
    book: &Reading<'_>,
    account: &Account,
    period: Period,
    before: Option<MovementBefore>,
) -> Result<CashStatement, hefu_replica::Error> {
    let sums = book.period_sums(account, Unit::Fen, period)?;
    let moved = book.period_statement(account, Unit::Fen, (period, sums.closing), before, ROWS)?;
    let rows = moved.iter().map(|row| statement_row(book, row, false)).collect::<Result<Vec<_>, hefu_replica::Error>>()?;
    Ok(CashStatement {
        from_at: period.from,
        until_at: period.until,
        opening_fen: Fen::new(sums.opening)?,
        received_fen: Fen::new(sums.received)?,
        paid_fen: Fen::new(sums.paid)?,
        closing_fen: Fen::new(sums.closing)?,
        rows,
        next: next(&moved),
    })
}

/// `at.op.balance`: the last movement of the page before, and the balance it began from. Errors with `page.unknown` for text that
/// no page gave.
fn read(after: Option<&str>) -> Result<Option<MovementBefore>, Code> {
    let Some(text) = after else { return Ok(None) };
    let mut parts = text.split('.').map(|part| part.parse().map_err(|_| Code::PageUnknown));
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(at), Some(op), Some(balance), None) => Ok(Some(MovementBefore { at: at?, op: op?, balance: balance? })),
        _ => Err(Code::PageUnknown),
    }
}

/// A page. With `halves` every second account is the bonus of a card.
fn statement(
    book: &Reading<'_>,
    accounts: &[Account],
    unit: Unit,
    before: Option<MovementBefore>,
    halves: bool,
) -> Result<Statement, hefu_replica::Error> {
    let mut balance = 0i64;
    for account in accounts {
        balance = balance.saturating_add(book.balance(account, unit)?);
    }
    let moved = book.statement(accounts, unit, before, ROWS)?;
    let next = next(&moved);
    let rows = moved.iter().map(|row| statement_row(book, row, halves && row.account % 2 == 1));
    let rows = rows.collect::<Result<Vec<_>, hefu_replica::Error>>()?;
    Ok(Statement { balance, owed: balance.saturating_neg().max(0), rows, next })
}

/// The mark after the last row, when the page is full; see [`read`].
fn next(moved: &[MovementRow]) -> Option<String> {
    let last = moved.last().filter(|_| moved.len() >= ROWS);
    last.map(|row| format!("{}.{}.{}", row.at, row.op, row.balance.saturating_sub(row.amount)))
}

fn statement_row(book: &Reading<'_>, row: &MovementRow, bonus: bool) -> Result<StatementRow, hefu_replica::Error> {
    let (what, note) = named(book, row.op, &row.body)?;
    Ok(StatementRow {
        at: row.at,
        what,
        note,
        store: row.store.map(|id| store_of(book, Some(id))).transpose()?.map(store_view),
        bonus,
        amount: row.amount,
        balance: row.balance,
    })
}

/// What a movement was, and what a person knows it by: the receipt, the plan, the reason, the day.
fn named(book: &Reading<'_>, op: i64, body: &Body) -> Result<(Movement, String), hefu_replica::Error> {
    Ok(match body {
        Body::Sale(sale) => (Movement::Sale, sale.receipt_no.clone()),
        Body::Refund(refund) => (Movement::Refund, refund.receipt_no.clone()),
        Body::Exchange(exchange) => (Movement::Exchange, exchange.sale.receipt_no.clone()),
        Body::CardToppedUp(top_up) => (Movement::TopUp, joined(&top_up.receipt_no, &top_up.plan)),
        Body::CardBonusDue(due) => {
            let plan = book.top_up(due.top_up)?.map(|top_up| top_up.plan).unwrap_or_default();
            (Movement::BonusDue, joined(&plan, &format!("({})", due.part)))
        }
        Body::CardRefunded(refunded) => (Movement::CardRefund, joined(&refunded.receipt_no, &book.said(op)?.reason)),
        Body::CardReissued(_) => (Movement::Reissue, book.said(op)?.reason),
        Body::PointsExpired(expired) => (Movement::Expired, expired.until.clone()),
        Body::PointsAdjusted(_) => (Movement::Adjusted, book.said(op)?.reason),
        _ => (Movement::Other, String::new()),
    })
}

fn joined(first: &str, second: &str) -> String {
    [first, second].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}
