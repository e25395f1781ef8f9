//! The console: stores, their day and devices (E6).

use hefu_core::{
    error::Code,
    ids::{DeviceId, StoreId},
    name,
    op::{DeviceRevoked, Draft, Said, StoreSet},
    time::{business_day, day_before, since_midnight_ms},
};
use hefu_replica::{DayFigures, Reading, TopUpFigures};

use super::{said, sale, store_view};
use crate::{
    Desk, ErrorBody,
    context::DeviceRecord,
    desk::Caller,
    wire::{
        DayRefunds, DeviceView, EnrolCode, HqDay, HqDevices, HqEnrol, HqRevoke, HqSales, HqStoreAdd, HqStoreSet, HqStores, HqToday,
        Nothing, Revocation, Stopped, StoreFigures, StoreToday, StoreView, TodayView,
    },
};

/// Silence after which a device no longer counts as online: a long poll and some.
const ONLINE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 3600 * 1000;

pub(crate) fn today(desk: &Desk, caller: &Caller, request: HqDay) -> Result<HqToday, ErrorBody> {
    let day = sale::day_or_today(desk, caller, request.day)?;
    let moment = desk.moment(caller);
    let running = day == business_day(moment);
    // A running day is compared with the same hours of the day before, an ended one with the whole of it.
    let midnight = moment - since_midnight_ms(moment);
    let until = if running { moment - DAY_MS } else { midnight.saturating_add(DAY_MS) };
    let before = day_before(&day);
    let today = desk.replica.read(|book| {
        let mut stores = Vec::new();
        let (mut total, mut total_day_before) = (StoreFigures::default(), StoreFigures::default());
        let mut total_refunds = DayRefunds::default();
        for store in book.stores()? {
            let figures = figures_view(book.day_figures(store.id, &day)?, book.top_up_figures(store.id, &day, None)?);
            let past = if running { book.day_figures_until(store.id, &before, until)? } else { book.day_figures(store.id, &before)? };
            let past = figures_view(past, book.top_up_figures(store.id, &before, running.then_some(until))?);
            add(&mut total, figures)?;
            add(&mut total_day_before, past)?;
            let refunds = sale::refunds_view(book.refund_figures(store.id, &day)?);
            total_refunds.count += refunds.count;
            total_refunds.amount_fen = total_refunds.amount_fen.plus(refunds.amount_fen)?;
            stores.push(StoreToday { store: store_view(store), today: figures, day_before: past, refunds });
        }
        Ok(HqToday {
            total,
            total_day_before,
            total_refunds,
            stores,
            member_count: book.member_count()?,
            members_joined_today: book.members_joined(&day)?,
            day,
        })
    })?;
    Ok(today)
}

const fn figures_view(sold: DayFigures, cards: TopUpFigures) -> StoreFigures {
    StoreFigures {
        sales: sold.sales,
        amount_fen: sold.amount,
        member_sales: sold.member_sales,
        top_ups: cards.top_ups,
        top_up_fen: cards.amount,
    }
}

fn add(total: &mut StoreFigures, figures: StoreFigures) -> Result<(), Code> {
    total.sales += figures.sales;
    total.member_sales += figures.member_sales;
    total.top_ups += figures.top_ups;
    total.amount_fen = total.amount_fen.plus(figures.amount_fen)?;
    total.top_up_fen = total.top_up_fen.plus(figures.top_up_fen)?;
    Ok(())
}

pub(crate) fn sales(desk: &Desk, caller: &Caller, request: HqSales) -> Result<TodayView, ErrorBody> {
    let day = sale::day_or_today(desk, caller, request.day)?;
    sale::day(desk, caller, request.store_id, day, request.after.as_deref())
}

pub(crate) fn stores(desk: &Desk, _: &Caller, _: Nothing) -> Result<HqStores, ErrorBody> {
    let stores = desk.replica.read(|book| book.stores())?;
    Ok(HqStores { stores: stores.into_iter().map(store_view).collect() })
}

pub(crate) fn store_add(desk: &Desk, caller: &Caller, request: HqStoreAdd) -> Result<StoreView, ErrorBody> {
    let id = desk.new_store_id(caller.now)?;
    let set = new_store(id, &request.code, &request.name, &request.city)?;
    let by = desk.by(caller);
    desk.replica.write(|book| {
        if book.stores()?.iter().any(|store| store.code == set.code) {
            return Err(Code::StoreCodeTaken.into());
        }
        book.append(by, &Draft::new(set.clone()))?;
        Ok(())
    })?;
    Ok(StoreView { id, code: set.code, name: set.name, city: set.city })
}

/// Errors: `store.unknown`, `name.invalid`, `text.too_long`.
pub(crate) fn store_set(desk: &Desk, caller: &Caller, request: HqStoreSet) -> Result<StoreView, ErrorBody> {
    let by = desk.by(caller);
    let set = desk.replica.write(|book| {
        let held = book.store(request.store_id)?.ok_or(Code::StoreUnknown)?;
        let set = StoreSet { store: held.id, code: held.code.clone(), name: named(&request.name)?, city: name::clean(&request.city)? };
        if (&set.name, &set.city) != (&held.name, &held.city) {
            book.append(by, &Draft::new(set.clone()))?;
        }
        Ok(set)
    })?;
    Ok(StoreView { id: set.store, code: set.code, name: set.name, city: set.city })
}

fn named(text: &str) -> Result<String, Code> {
    let name = name::clean(text)?;
    if name.is_empty() { Err(Code::NameInvalid) } else { Ok(name) }
}

/// Reads what was typed for a store. Errors: `store_code.invalid`, `name.invalid`, `text.too_long`.
pub(crate) fn new_store(id: StoreId, code: &str, store_name: &str, city: &str) -> Result<StoreSet, Code> {
    let code = hefu_core::barcode::clean(code).to_uppercase();
    if !(2..=6).contains(&code.len()) || !code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
        return Err(Code::StoreCodeInvalid);
    }
    Ok(StoreSet { store: id, code, name: named(store_name)?, city: name::clean(city)? })
}

pub(crate) fn devices(desk: &Desk, caller: &Caller, _: Nothing) -> Result<HqDevices, ErrorBody> {
    let authority = desk.around.authority().ok_or(Code::NotHere)?;
    let records = authority.devices()?;
    let devices = desk.replica.read(|book| {
        let mut devices = Vec::new();
        for record in records.into_iter().filter(|record| record.store.is_some()) {
            let store = record.store.map(|id| book.store(id)).transpose()?.flatten();
            let revocation = if record.revoked { revocation(book, record.id)? } else { None };
            devices.push(device_view(record, store.map(store_view), revocation, caller.now));
        }
        Ok(HqDevices { devices, refused: book.refused_count()? })
    })?;
    Ok(devices)
}

fn revocation(book: &Reading<'_>, device: DeviceId) -> Result<Option<Revocation>, hefu_replica::Error> {
    let Some(act) = book.device_revocation(device)? else { return Ok(None) };
    let by_name = if act.who.is_some() { sale::staff_of(book, act.who)?.name } else { String::new() };
    Ok(Some(Revocation { at: act.at, by_name, reason: act.reason }))
}

fn device_view(record: DeviceRecord, store: Option<StoreView>, revocation: Option<Revocation>, now: i64) -> DeviceView {
    let online = !record.revoked && record.last_seen_at.is_some_and(|seen| now - seen < ONLINE_MS);
    DeviceView {
        id: record.id,
        store,
        till_no: record.till_no,
        enrolled_at: record.enrolled_at,
        last_seen_at: record.last_seen_at,
        unsent: record.unsent.map(|unsent| i64::try_from(unsent).unwrap_or(i64::MAX)),
        online,
        revoked: record.revoked,
        revocation,
        stopped: record.stopped.map(Stopped::of),
    }
}

pub(crate) fn enrol(desk: &Desk, caller: &Caller, request: HqEnrol) -> Result<EnrolCode, ErrorBody> {
    let authority = desk.around.authority().ok_or(Code::NotHere)?;
    if desk.replica.read(|book| book.store(request.store_id))?.is_none() {
        return Err(Code::StoreUnknown.into());
    }
    Ok(authority.issue(request.store_id, caller.now)?)
}

pub(crate) fn revoke(desk: &Desk, caller: &Caller, request: HqRevoke) -> Result<HqDevices, ErrorBody> {
    let authority = desk.around.authority().ok_or(Code::NotHere)?;
    let reason = name::clean(&request.reason)?;
    let known = authority.devices()?.iter().any(|device| device.id == request.device_id && device.store.is_some());
    if !known {
        return Err(Code::DeviceUnknown.into());
    }
    let (by, nonce) = (desk.by(caller), desk.random()?);
    let draft = Draft::new(DeviceRevoked { device: request.device_id });
    let draft = desk.replica.read(|book| said::sealed(book, by, draft, None, nonce, &Said::reason(&reason)))?;
    authority.revoke(request.device_id, caller.now)?;
    desk.replica.write(|book| book.append(by, &draft))?;
    devices(desk, caller, Nothing {})
}
