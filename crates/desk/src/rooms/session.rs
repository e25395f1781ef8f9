//! Signing in and out: by PIN at a till, by password at HQ (F1, F6).

use hefu_core::{access::Role, error::Code};
use hefu_replica::StaffRow;

use super::{staff, staff_view, store_view};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    secrets,
    sessions::HQ_IDLE_MS,
    tries,
    wire::{ChangeSecret, FirstAdmin, Nothing, PasswordSignIn, PinSignIn, SessionEnd, SessionView, StaffList},
};

/// Somebody is in.
pub(crate) fn session_view(staff: &StaffRow) -> SessionView {
    SessionView { staff: Some(staff_view(staff)), permissions: staff.role.permissions().to_vec(), ended: None }
}

/// Who is in at the caller's window, or why nobody is.
pub(crate) fn at_window(desk: &Desk, caller: &Caller) -> SessionView {
    let nobody = || SessionView { ended: desk.sessions.ended(caller.key), ..SessionView::default() };
    caller.staff.as_ref().map_or_else(nobody, session_view)
}

pub(crate) fn at_till(desk: &Desk, _: &Caller, _: Nothing) -> Result<StaffList, ErrorBody> {
    let store = desk.own_store()?;
    let staff = desk.replica.read(|book| book.staff_of(Some(store.id)))?;
    let at_till = staff.iter().filter(|staff| desk.is_at_home(staff));
    Ok(StaffList { staff: at_till.map(staff_view).collect(), store: store_view(store) })
}

pub(crate) fn sign_in(desk: &Desk, caller: &Caller, request: PinSignIn) -> Result<SessionView, ErrorBody> {
    let staff = desk.replica.read(|book| book.staff(request.staff_id))?;
    let staff = staff.filter(|staff| desk.is_at_home(staff)).ok_or(Code::StaffUnknown)?;
    check_own(desk, caller, &staff, &request.pin)?;
    open(desk, caller, &staff)
}

pub(crate) fn password(desk: &Desk, caller: &Caller, request: PasswordSignIn) -> Result<SessionView, ErrorBody> {
    let login = request.login.trim();
    let (staff, credential) = desk.replica.read(|book| {
        let staff = book.staff_by_login(login)?.filter(|staff| desk.is_at_home(staff));
        let credential = staff.as_ref().map(|staff| book.credential(staff.id)).transpose()?.flatten();
        Ok((staff, credential))
    })?;
    // Only what was set at HQ opens HQ: a store's device cannot write one.
    let phc = credential.filter(|credential| credential.store.is_none()).map(|credential| credential.phc);
    tries::check_password(&desk.replica, (login, caller.from), phc.as_deref(), &request.password, caller.now)?;
    let staff = staff.ok_or(Code::PasswordWrong)?;
    open(desk, caller, &staff)
}

/// Whether this is the PIN, or the password, of somebody who may be here. Only what was set for this very place counts.
fn check_own(desk: &Desk, caller: &Caller, staff: &StaffRow, secret: &str) -> Result<(), ErrorBody> {
    let credential = desk.replica.read(|book| book.credential(staff.id))?;
    let here = desk.replica.identity().store;
    let phc = credential.filter(|credential| credential.store == here).map(|credential| credential.phc);
    match &staff.login {
        Some(login) if here.is_none() => tries::check_password(&desk.replica, (login, caller.from), phc.as_deref(), secret, caller.now),
        _ => tries::check_pin(&desk.replica, staff.id, phc.as_deref(), secret, caller.now),
    }
}

/// One's own PIN or password, by who still knows the old one. Other browsers that this person left open are signed out. Errors:
/// `pin.wrong`, `password.wrong`, `sign_in.locked`, `pin.invalid`, `password.weak`.
pub(crate) fn change_secret(desk: &Desk, caller: &Caller, request: ChangeSecret) -> Result<SessionView, ErrorBody> {
    let staff = caller.staff.as_ref().ok_or(Code::SignInNeeded)?;
    staff::check_secret(staff.role, &request.new)?;
    check_own(desk, caller, staff, &request.old)?;
    let phc = secrets::hash_secret(&request.new, desk.random()?)?;
    // How they sign in and nothing else: what HQ says of them meanwhile stays said.
    desk.replica.write(|book| staff::put_secret(book, staff, Some(phc), caller.now))?;
    desk.sessions.end_others(staff.id, caller.key, caller.now);
    desk.stir();
    Ok(session_view(staff))
}

/// The first administrator, by the code that the server printed, or the one that was printed over its data folder since.
pub(crate) fn first_admin(desk: &Desk, caller: &Caller, request: FirstAdmin) -> Result<SessionView, ErrorBody> {
    let authority = desk.around.authority().ok_or(Code::NotHere)?;
    let _one = desk.founding.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if desk.state()? != crate::wire::NodeState::HqUnset {
        return Err(Code::NotHere.into());
    }
    let code = request.code.trim();
    if !authority.is_first_admin_code(code)? && !authority.is_admin_code(code, caller.now)? {
        return Err(Code::FirstAdminCodeWrong.into());
    }
    let staff = put_admin(desk, caller, &request)?;
    authority.use_up_first_admin_code()?;
    authority.use_up_admin_code()?;
    open(desk, caller, &staff)
}

/// An administrator where all passwords are lost, by a code that only who holds the server's data can print: the one of that login
/// is armed anew, or a new one is made.
pub(crate) fn admin_code(desk: &Desk, caller: &Caller, request: FirstAdmin) -> Result<SessionView, ErrorBody> {
    let authority = desk.around.authority().ok_or(Code::NotHere)?;
    let _one = desk.founding.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !authority.is_admin_code(request.code.trim(), caller.now)? {
        return Err(Code::FirstAdminCodeWrong.into());
    }
    let staff = put_admin(desk, caller, &request)?;
    authority.use_up_admin_code()?;
    desk.sessions.end_others(staff.id, caller.key, caller.now);
    open(desk, caller, &staff)
}

fn put_admin(desk: &Desk, caller: &Caller, request: &FirstAdmin) -> Result<StaffRow, ErrorBody> {
    let login = staff::check_login(&request.login)?;
    let name = staff::checked_name(&request.name)?;
    let known = desk.replica.read(|book| book.staff_by_login(&login))?;
    let id = known.map_or_else(|| desk.new_staff_id(caller.now), |staff| Ok(staff.id))?;
    let person = StaffRow { id, store: None, role: Role::Admin, active: true, name, login: Some(login) };
    staff::put(desk, caller, person.clone(), Some(&request.password), |_| Ok(()))?;
    Ok(person)
}

fn open(desk: &Desk, caller: &Caller, staff: &StaffRow) -> Result<SessionView, ErrorBody> {
    if desk.kind == crate::NodeKind::Hq {
        desk.sessions.end_idle(caller.now - HQ_IDLE_MS, caller.now);
    }
    desk.sessions.put(caller.key, staff.id, caller.now);
    desk.stir();
    Ok(session_view(staff))
}

pub(crate) fn sign_out(desk: &Desk, caller: &Caller, _: Nothing) -> Result<SessionView, ErrorBody> {
    desk.sessions.end(caller.key, SessionEnd::SignedOut, caller.now);
    desk.stir();
    Ok(SessionView { ended: Some(SessionEnd::SignedOut), ..SessionView::default() })
}
