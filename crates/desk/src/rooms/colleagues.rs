//! Colleagues at the till of a chain that has no server yet, who sign in by PIN (F1). Where there is a head office, it alone takes
//! people on.

use hefu_core::error::Code;

use super::{session, staff};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    secrets,
    wire::{HqStaffAdd, Link, Nothing, StaffAdd, StaffList, StaffPin, StaffPlace},
};

fn without_server(desk: &Desk) -> Result<(), Code> {
    if desk.around.sync().link == Link::NoServer { Ok(()) } else { Err(Code::NotHere) }
}

pub(crate) fn add(desk: &Desk, caller: &Caller, request: StaffAdd) -> Result<StaffList, ErrorBody> {
    without_server(desk)?;
    let place = StaffPlace::Store { store_id: desk.own_store()?.id };
    staff::add(desk, caller, HqStaffAdd { name: request.name, role: request.role, place, secret: request.pin })?;
    session::at_till(desk, caller, Nothing {})
}

/// Another PIN for a colleague of this store, from now on; a lock that wrong ones brought ends with it.
pub(crate) fn set_pin(desk: &Desk, caller: &Caller, request: StaffPin) -> Result<StaffList, ErrorBody> {
    without_server(desk)?;
    secrets::check_pin(&request.pin)?;
    let store = desk.own_store()?.id;
    let phc = secrets::hash_secret(&request.pin, desk.random()?)?;
    desk.replica.write(|book| {
        let person = book.staff(request.staff_id)?;
        let person = person.filter(|person| person.active && person.role.at_till() && person.store == Some(store));
        staff::put_secret(book, &person.ok_or(Code::StaffUnknown)?, Some(phc), caller.now)?;
        book.set_attempt(request.staff_id, 0, 0)
    })?;
    session::at_till(desk, caller, Nothing {})
}
