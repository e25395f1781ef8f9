//! Colleagues who sign in by PIN: taken on by head office, or at the till of a chain that has no server yet (F1).

use hefu_core::{
    access::Role,
    error::Code,
    ids::{StaffId, StoreId},
    name,
};

use super::session;
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    secrets,
    wire::{Link, Nothing, StaffAdd, StaffList, StaffPin},
};

/// A new colleague of `store`, who signs in at its tills.
pub(crate) fn take_on(desk: &Desk, caller: &Caller, name: &str, role: Role, store: StoreId, pin: &str) -> Result<StaffId, ErrorBody> {
    if !role.at_till() {
        return Err(Code::RoleInvalid.into());
    }
    secrets::check_pin(pin)?;
    let name = name::clean(name)?;
    if name.is_empty() {
        return Err(Code::NameInvalid.into());
    }
    if desk.replica.read(|book| book.store(store))?.is_none() {
        return Err(Code::StoreUnknown.into());
    }
    session::hire(desk, caller, session::Hire { name, login: None, role, store: Some(store), secret: pin })
}

/// Where there is a head office, it alone takes people on.
fn without_server(desk: &Desk) -> Result<(), Code> {
    if desk.around.sync().link == Link::NoServer { Ok(()) } else { Err(Code::NotHere) }
}

pub(crate) fn add(desk: &Desk, caller: &Caller, request: StaffAdd) -> Result<StaffList, ErrorBody> {
    without_server(desk)?;
    let store = desk.own_store()?.id;
    take_on(desk, caller, &request.name, request.role, store, &request.pin)?;
    session::staff(desk, caller, Nothing {})
}

/// Another PIN for a colleague of this store, from now on; a lock that wrong ones brought ends with it.
pub(crate) fn set_pin(desk: &Desk, caller: &Caller, request: StaffPin) -> Result<StaffList, ErrorBody> {
    without_server(desk)?;
    secrets::check_pin(&request.pin)?;
    let store = desk.own_store()?.id;
    let staff = desk.replica.read(|book| book.staff(request.staff_id))?;
    let staff = staff.filter(|staff| staff.active && staff.role.at_till() && staff.store == Some(store)).ok_or(Code::StaffUnknown)?;
    let before = desk.replica.read(|book| book.credential(staff.id))?.map_or(0, |credential| credential.set_at);
    let phc = secrets::hash_secret(&request.pin, desk.random()?)?;
    // The latest stands, also where the clock was set back since.
    let set_at = caller.now.max(before.saturating_add(1));
    desk.replica.write(|book| {
        book.put_credential(staff.id, Some(store), phc, set_at)?;
        book.set_attempt(staff.id, 0, 0)
    })?;
    session::staff(desk, caller, Nothing {})
}
