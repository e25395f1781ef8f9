//! Points given or taken by hand (C1).

use hefu_core::{
    error::Code,
    ids::BatchId,
    money::Points,
    op::{Body, Draft, PointsAdjusted, Said},
    posting::{Account, Ledger, Unit},
};
use hefu_replica::{MovementBefore, PersonRow, Reading};

use crate::{
    Desk, ErrorBody,
    desk::Caller,
    rooms::{cart, member, said},
    wire::{MemberGet, MemberPage, PointsAdjust},
};

/// Movements looked at in one step.
const STEP: usize = 200;

/// Gives points or takes them, with a reason. Taking more than is there leaves points owed, which the next credit pays: HQ may.
/// Errors: `amount.invalid` for none, `amount.too_large`, `reason.needed`, `text.too_long`, `member.unknown`, `member.frozen`.
pub(crate) fn adjust(desk: &Desk, caller: &Caller, request: PointsAdjust) -> Result<MemberPage, ErrorBody> {
    let reason = cart::reason(&request.reason)?;
    if request.points == Points::ZERO {
        return Err(Code::AmountInvalid.into());
    }
    let (by, nonce) = (desk.by(caller), desk.random()?);
    desk.replica.write(|book| {
        let person = book.person(request.member_id)?.ok_or(Code::MemberUnknown)?;
        if let Some(act) = request.act_id
            && is_done(book, &person, act)?
        {
            return Ok(());
        }
        if book.person_is_frozen(&person)? {
            return Err(Code::MemberFrozen.into());
        }
        let account = Account::MemberPoints(person.lead.id);
        let mut ledger = Ledger::new();
        if request.points > Points::ZERO {
            ledger.points(Account::PointsIssued, account, request.points)?;
        } else {
            ledger.points(account, Account::PointsIssued, Points::ZERO.minus(request.points)?)?;
        }
        let adjusted = PointsAdjusted { member: person.lead.id, act: request.act_id, postings: ledger.done() };
        let member = Some(adjusted.member);
        book.append(by, &said::sealed(book, by, Draft::new(adjusted), member, nonce, &Said::reason(&reason))?).map(drop)
    })?;
    member::get(desk, caller, MemberGet { id: request.member_id, after: None })
}

/// Whether an act of this name stands in the person's statement. Looked for from the newest on, a page at a time: HQ's hand moves
/// few points.
fn is_done(book: &Reading<'_>, person: &PersonRow, act: BatchId) -> Result<bool, hefu_replica::Error> {
    let accounts: Vec<Account> = person.ids().map(Account::MemberPoints).collect();
    let mut before = None;
    loop {
        let rows = book.statement(&accounts, Unit::Points, before, STEP)?;
        if rows.iter().any(|row| matches!(&row.body, Body::PointsAdjusted(adjusted) if adjusted.act == Some(act))) {
            return Ok(true);
        }
        let Some(last) = rows.last().filter(|_| rows.len() >= STEP) else { return Ok(false) };
        before = Some(MovementBefore { at: last.at, op: last.op, balance: last.balance.saturating_sub(last.amount) });
    }
}
