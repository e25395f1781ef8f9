//! Who works here, as HQ keeps them: hired, moved, renamed, let go, and given a new PIN or password (F1, F6).
//!
//! A person is one register: every change writes all of it. How they sign in travels beside the log and is for one place alone, so
//! that a move takes the PIN along, and a change between till and head office needs a new secret of the other kind.

use hefu_core::{
    access::Role,
    error::Code,
    ids::StaffId,
    name,
    op::{Draft, StaffPerson, StaffSet},
    seal::PersonKey,
};
use hefu_replica::{Reading, StaffRow, Writing};

use super::store_view;
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    secrets,
    wire::{HqStaff, HqStaffAdd, HqStaffAdded, HqStaffRow, HqStaffSet, Nothing, StaffPlace},
};

type Failed = hefu_replica::Error;

pub(crate) fn list(desk: &Desk, _: &Caller, _: Nothing) -> Result<HqStaff, ErrorBody> {
    let staff = desk.replica.read(|book| {
        let mut rows = Vec::new();
        for person in book.staff_of(None)? {
            let store = person.store.map(|id| book.store(id)).transpose()?.flatten();
            rows.push(HqStaffRow {
                id: person.id,
                name: person.name,
                role: person.role,
                store: store.map(store_view),
                login: person.login,
                active: person.active,
            });
        }
        Ok(rows)
    })?;
    Ok(HqStaff { staff })
}

/// Errors: `name.invalid`, `text.too_long`, `role.invalid` for a role of the other place, `store.unknown`, `login.invalid`,
/// `login.taken`, `pin.invalid`, `password.weak`.
pub(crate) fn add(desk: &Desk, caller: &Caller, request: HqStaffAdd) -> Result<HqStaffAdded, ErrorBody> {
    let id = desk.new_staff_id(caller.now)?;
    let person = read(desk, id, &request.name, request.role, request.place, true)?;
    put(desk, caller, person, Some(&request.secret), |_| Ok(()))?;
    Ok(HqStaffAdded { id })
}

/// As [`add`], and `staff.unknown`, `staff.last_admin` for the only one who could still run the chain. A new secret, and a move, end
/// the person's sessions at this node; tills look at every command.
pub(crate) fn set(desk: &Desk, caller: &Caller, request: HqStaffSet) -> Result<HqStaff, ErrorBody> {
    let person = read(desk, request.staff_id, &request.name, request.role, request.place, request.active)?;
    let stays = person.active && person.role == Role::Admin;
    put(desk, caller, person, request.secret.as_deref(), |book| {
        let before = book.staff(request.staff_id)?.ok_or(Code::StaffUnknown)?;
        if !stays && is_admin(book, &before)? && !others(book, request.staff_id)? {
            return Err(Code::StaffLastAdmin.into());
        }
        Ok(())
    })?;
    if request.secret.is_some() {
        desk.sessions.end_others(request.staff_id, caller.key, caller.now);
    }
    list(desk, caller, Nothing {})
}

/// What was typed of a person, checked by itself.
fn read(desk: &Desk, id: StaffId, name: &str, role: Role, place: StaffPlace, active: bool) -> Result<StaffRow, ErrorBody> {
    let name = checked_name(name)?;
    let (store, login) = match place {
        StaffPlace::Store { store_id } if role.at_till() => (Some(store_id), None),
        StaffPlace::HeadOffice { login } if !role.at_till() => (None, Some(check_login(&login)?)),
        _ => return Err(Code::RoleInvalid.into()),
    };
    if let Some(store) = store
        && desk.replica.read(|book| book.store(store))?.is_none()
    {
        return Err(Code::StoreUnknown.into());
    }
    Ok(StaffRow { id, store, role, active, name, login })
}

pub(crate) fn checked_name(text: &str) -> Result<String, Code> {
    let name = name::clean(text)?;
    if name.is_empty() { Err(Code::NameInvalid) } else { Ok(name) }
}

/// 3 to 64 letters, digits or `.-_@`.
pub(crate) fn check_login(login: &str) -> Result<String, Code> {
    let login = login.trim();
    let fits = (3..=64).contains(&login.len()) && login.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_@".contains(&b));
    if fits { Ok(login.to_owned()) } else { Err(Code::LoginInvalid) }
}

/// A PIN for a role at a till, a password for one at HQ.
pub(crate) fn check_secret(role: Role, secret: &str) -> Result<(), Code> {
    if role.at_till() { secrets::check_pin(secret) } else { secrets::check_password(secret) }
}

fn is_admin(book: &Reading<'_>, staff: &StaffRow) -> Result<bool, Failed> {
    let admin = staff.active && staff.role == Role::Admin && staff.store.is_none() && staff.login.is_some();
    Ok(admin && book.credential(staff.id)?.is_some_and(|credential| credential.store.is_none()))
}

/// Whether anybody else runs the chain.
fn others(book: &Reading<'_>, but: StaffId) -> Result<bool, Failed> {
    for staff in book.staff_of(None)? {
        if staff.id != but && is_admin(book, &staff)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes a person as they are from now on, and with a secret how they sign in, when `check` finds nothing in the way.
pub(crate) fn put(
    desk: &Desk,
    caller: &Caller,
    person: StaffRow,
    secret: Option<&str>,
    check: impl FnOnce(&Reading<'_>) -> Result<(), Failed>,
) -> Result<(), ErrorBody> {
    let phc = match secret {
        Some(secret) => {
            check_secret(person.role, secret)?;
            Some(secrets::hash_secret(secret, desk.random()?)?)
        }
        None => None,
    };
    let (new_key, nonce, by) = (PersonKey::new(desk.random()?), desk.random()?, desk.by(caller));
    let StaffRow { id, store, role, active, .. } = person;
    let sealed = StaffPerson { name: person.name.clone(), login: person.login.clone() };
    desk.replica.write(|book| {
        check(book)?;
        if let Some(login) = &sealed.login
            && book.staff_by_login(login)?.is_some_and(|other| other.id != id)
        {
            return Err(Code::LoginTaken.into());
        }
        put_secret(book, &person, phc, caller.now)?;
        let key = match book.person_key(id.0)? {
            Some(key) => key,
            None => {
                book.put_key(id.0, &new_key)?;
                new_key.clone()
            }
        };
        let set = StaffSet { staff: id, store, role, active };
        book.append(by, &Draft::new(set).with_sealed(&key, id.0, nonce, &sealed)?).map(drop)
    })?;
    Ok(())
}

/// Keeps a new secret, or takes the present one along to another store.
pub(crate) fn put_secret(book: &mut Writing<'_>, person: &StaffRow, phc: Option<String>, now: i64) -> Result<(), Failed> {
    let (id, store) = (person.id, person.store);
    let held = book.credential(id)?;
    // Of two that were set, the later holds: a clock that was set back does not bring an old one back.
    let set_at = now.max(held.as_ref().map_or(now, |held| held.set_at.saturating_add(1)));
    match (phc, held) {
        (Some(phc), _) => book.put_credential(id, store, phc, set_at),
        (None, Some(held)) if held.store == store => Ok(()),
        (None, Some(held)) if held.store.is_some() && store.is_some() => book.put_credential(id, store, held.phc, set_at),
        _ => Err(if person.role.at_till() { Code::PinInvalid } else { Code::PasswordWeak }.into()),
    }
}
