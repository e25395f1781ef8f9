//! Paying, and looking at what was sold.

use hefu_core::{
    error::Code,
    ids::{MemberId, SaleId, StaffId, StoreId},
    money::{Fen, Points},
    op::{Draft, Tender, Why},
    time::business_day,
};
use hefu_replica::{DayFigures, Reading, RefundFigures, SaleRow as Sold, StoreRow};

use super::{
    card as cards, coupon, gift, page,
    payment::{self, Settling},
    price, refund, said,
    seen::{Seen, seen},
    shown, staff_view, store_view,
};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    sessions::OpenCart,
    wire::{
        CartLine, DayRefunds, Pay, Reason, RefundRow, SaleGet, SaleMember, SaleRow, SaleView, StaffView, TenderGiven, TenderView,
        TodayPage, TodayView, Totals,
    },
};

pub(crate) fn pay(desk: &Desk, caller: &Caller, request: Pay) -> Result<SaleView, ErrorBody> {
    let mut session = caller.session()?;
    match &session.cart {
        Some(open) if open.id == request.cart_id => {
            if open.revision != request.revision {
                return Err(Code::CartChanged.into());
            }
            let sold = commit(desk, caller, open, &request.tenders)?;
            session.cart = None;
            Ok(sold)
        }
        // Paid before, and the answer was lost on its way: the sale's own id says which it was.
        _ => {
            drop(session);
            find(desk, caller, request.cart_id)?.ok_or(Code::CartChanged.into())
        }
    }
}

/// One durable transaction: price, receipt number, operation and all that is folded from it, or nothing. The sale is read
/// back in it too: the writer's pages are at hand, while a commit makes every reader's cache void.
fn commit(desk: &Desk, caller: &Caller, open: &OpenCart, tenders: &[TenderGiven]) -> Result<SaleView, ErrorBody> {
    let (by, moment, nonce) = (desk.by(caller), desk.moment(caller), desk.random()?);
    let sold = desk.replica.write(|book| {
        if let Some(sold) = book.sale(open.id)? {
            return sale_view(desk, book, caller, &sold);
        }
        payment::coupons_stand(book, open)?;
        let priced = desk.price(book, moment, open)?;
        priced.as_shown(open)?;
        if tenders.is_empty() && priced.quote.due_fen > priced.exchange.as_ref().map_or(Fen::ZERO, |worked| worked.in_money) {
            return Err(Code::TenderNone.into());
        }
        shown::check(caller, book, &priced, open, tenders)?;
        let settling = payment::work_out(desk, book, &priced, open, tenders)?;
        let store = store_of(book, Some(desk.replica.identity().store.ok_or(Code::NotHere)?))?;
        let number = book.next_receipt_number()?;
        let Settling { settled, drawn, credit_from, points_earned, gifts, .. } = &settling;
        let of_sale = &gifts.of_sale;
        let parts = payment::sale_parts(desk, &priced, open, settled, drawn, credit_from, *points_earned, of_sale, &store.code, number)?;
        let (sale, detail, mut said) = parts.sale()?;
        // Why goods came back is about whoever had bought them; of an exchange there is one sealed part.
        let member = priced.exchange.as_ref().and_then(|worked| worked.case.sale.member).or(sale.member);
        let draft = match (&open.exchange, &priced.exchange) {
            (Some(returning), Some(worked)) => {
                said.reason.clone_from(&returning.reason);
                refund::exchange(parts.at, returning, worked, &gifts.taken, sale, detail)?
            }
            _ => Draft::new(sale).with_detail(&detail)?,
        };
        book.append(by, &said::sealed(book, by, draft, member, nonce, &said)?)?;
        gifts.issue(desk, book, by, open.id, &priced)?;
        if let Some(buyer) = &priced.buyer {
            coupon::tier_gifts(desk, book, by, buyer.person.lead.id, moment)?;
        }
        let sold = book.sale(open.id)?.ok_or(Code::Internal)?;
        sale_view(desk, book, caller, &sold)
    })?;
    Ok(sold)
}

pub(crate) fn get(desk: &Desk, caller: &Caller, request: SaleGet) -> Result<SaleView, ErrorBody> {
    Ok(find(desk, caller, request.id)?.ok_or(Code::SaleUnknown)?)
}

fn find(desk: &Desk, caller: &Caller, id: SaleId) -> Result<Option<SaleView>, ErrorBody> {
    let found = desk.replica.read(|book| match book.sale(id)? {
        Some(sold) => sale_view(desk, book, caller, &sold).map(Some),
        None => Ok(None),
    })?;
    Ok(found)
}

pub(crate) fn sale_view(desk: &Desk, book: &Reading<'_>, caller: &Caller, sold: &Sold) -> Result<SaleView, hefu_replica::Error> {
    let head = book.sale_head(sold)?;
    let (_, rules) = desk.rules.at(book, desk.moment(caller))?;
    let lines = book.sale_lines(sold)?.map(|lines| {
        let line = |line: hefu_core::op::SaleLine| {
            let off_fen = Fen::sum(line.off.iter().map(|off| off.off_fen))?;
            Ok(CartLine {
                no: line.no,
                product_id: line.product,
                name: line.name,
                barcode: line.barcode,
                unit: line.unit,
                list_price_fen: line.list_price_fen,
                quantity_milli: line.quantity_milli,
                off_fen,
                amount_fen: line.amount_fen,
                by_hand: line.off.iter().any(|off| matches!(off.why, Some(Why::Hand(_)))),
                reasons: line.off.into_iter().map(|off| Reason { label: off.label, off_fen: off.off_fen }).collect(),
            })
        };
        lines.into_iter().map(line).collect::<Result<Vec<_>, Code>>()
    });
    let tenders = book.sale_tenders(sold)?;
    let change_fen = Fen::sum(tenders.iter().filter_map(|tender| match tender {
        Tender::Cash { change_fen, .. } => Some(*change_fen),
        _ => None,
    }))?;
    Ok(SaleView {
        id: sold.id,
        receipt_no: sold.receipt_no.clone(),
        at: sold.at,
        day: sold.day.clone(),
        store: store_view(store_of(book, sold.store)?),
        cashier: staff_of(book, sold.cashier)?,
        lines: lines.transpose()?,
        totals: Totals {
            quantity_milli: sold.quantity_milli,
            goods_fen: sold.goods_fen,
            off_fen: sold.off_fen,
            added_tax_fen: sold.total_fen.minus(sold.goods_fen.minus(sold.off_fen)?)?,
            due_fen: sold.total_fen,
            points_earned: if sold.member.is_some() { sold.points } else { Points::ZERO },
        },
        tenders: tenders.into_iter().map(|tender| tender_view(book, tender)).collect::<Result<_, _>>()?,
        change_fen,
        rounding_fen: sold.rounding_fen,
        taxes: book.sale_taxes(sold)?.iter().map(price::tax_view).collect(),
        refunds: book.refunds_of_sale(sold.id)?.iter().map(refund_row).collect(),
        exchanged: book.exchanged_with(sold)?.as_ref().map(refund_row),
        member: member_of(book, caller, sold.member)?,
        gifts: gift::views(book, &rules, &head)?,
        unproved: head.unproved,
        sent: sold.sequenced,
    })
}

pub(crate) fn refund_row(refund: &hefu_replica::RefundRow) -> RefundRow {
    RefundRow { id: refund.id, receipt_no: refund.receipt_no.clone(), at: refund.at, total_fen: refund.total_fen }
}

pub(crate) fn tender_view(book: &Reading<'_>, tender: Tender) -> Result<TenderView, hefu_replica::Error> {
    Ok(match tender {
        Tender::Cash { given_fen, change_fen } => TenderView::Cash { given_fen, change_fen },
        Tender::Card { card, settled_fen, .. } if settled_fen > Fen::ZERO => {
            TenderView::Settled { card_id: card, card_no: cards::masked_no(book, card)?, settled_fen }
        }
        Tender::Card { card, principal_fen, bonus_fen, .. } => {
            TenderView::Card { card_id: card, card_no: cards::masked_no(book, card)?, principal_fen, bonus_fen }
        }
        Tender::Points { points, amount_fen } => TenderView::Points { points, amount_fen },
        Tender::Named { tender, name, amount_fen, reference } => TenderView::Named { tender_id: tender, name, amount_fen, reference },
        Tender::Credit { amount_fen, .. } => TenderView::Credit { amount_fen },
    })
}

/// The store of a sale, even before its own operation has arrived.
pub(crate) fn store_of(book: &Reading<'_>, id: Option<StoreId>) -> Result<StoreRow, hefu_replica::Error> {
    let id = id.unwrap_or(StoreId::from_bytes([0; 16]));
    Ok(book.store(id)?.unwrap_or(StoreRow { id, code: String::new(), name: String::new(), city: String::new() }))
}

/// A member as a receipt names them, with what they hold now.
pub(crate) fn member_of(book: &Reading<'_>, caller: &Caller, id: Option<MemberId>) -> Result<Option<SaleMember>, hefu_replica::Error> {
    let Some(person) = id.map(|id| book.person(id)).transpose()?.flatten() else { return Ok(None) };
    let Seen { name, phone, .. } = seen(caller, &person);
    Ok(Some(SaleMember { id: person.lead.id, name, phone, points: book.standing(&person)?.points }))
}

/// Someone who works here, even before their own operation has arrived.
pub(crate) fn staff_of(book: &Reading<'_>, id: Option<StaffId>) -> Result<StaffView, hefu_replica::Error> {
    let staff = id.map(|id| book.staff(id)).transpose()?.flatten();
    Ok(staff.as_ref().map(staff_view).unwrap_or(StaffView {
        id: id.unwrap_or(StaffId::from_bytes([0; 16])),
        name: String::new(),
        role: hefu_core::access::Role::Cashier,
    }))
}

pub(crate) fn today(desk: &Desk, caller: &Caller, request: TodayPage) -> Result<TodayView, ErrorBody> {
    let store = desk.replica.identity().store.ok_or(Code::NotHere)?;
    day(desk, caller, store, desk.today(caller), request.after.as_deref())
}

pub(crate) const fn refunds_view(figures: RefundFigures) -> DayRefunds {
    DayRefunds { count: figures.refunds, amount_fen: figures.amount }
}

/// A store's day: its figures, and a page of its sales.
pub(crate) fn day(desk: &Desk, caller: &Caller, store: StoreId, day: String, after: Option<&str>) -> Result<TodayView, ErrorBody> {
    let before = page::read(after)?;
    let view = desk.replica.read(|book| {
        let DayFigures { sales: count, amount, member_sales } = book.day_figures(store, &day)?;
        let sold = book.sales_of_day(store, &day, before, page::ROWS)?;
        let sales = sold.iter().map(|sold| sale_row(book, caller, sold)).collect::<Result<_, _>>()?;
        let refunds = refunds_view(book.refund_figures(store, &day)?);
        Ok(TodayView { day, count, total_fen: amount, member_count: member_sales, refunds, sales, next: page::next(&sold) })
    })?;
    Ok(view)
}

fn sale_row(book: &Reading<'_>, caller: &Caller, sold: &Sold) -> Result<SaleRow, hefu_replica::Error> {
    Ok(SaleRow {
        id: sold.id,
        receipt_no: sold.receipt_no.clone(),
        at: sold.at,
        total_fen: sold.total_fen,
        member_name: member_label(book, caller, sold)?,
        cashier_name: staff_of(book, sold.cashier)?.name,
        sent: sold.sequenced,
    })
}

/// The member of a sale in a list: by name, else by phone, as this caller may see them.
pub(crate) fn member_label(book: &Reading<'_>, caller: &Caller, sold: &Sold) -> Result<Option<String>, hefu_replica::Error> {
    let person = sold.member.map(|id| book.person(id)).transpose()?.flatten();
    Ok(person.map(|person| {
        let Seen { name, phone, .. } = seen(caller, &person);
        if name.is_empty() { phone } else { name }
    }))
}

/// The day a request names, or today. Errors with `request.invalid`.
pub(crate) fn day_or_today(desk: &Desk, caller: &Caller, day: Option<String>) -> Result<String, ErrorBody> {
    match day {
        None => Ok(business_day(desk.moment(caller))),
        Some(day) if hefu_core::time::is_day(&day) => Ok(day),
        Some(_) => Err(Code::RequestInvalid.into()),
    }
}
