//! Signing in and out: by PIN at a till, by password at HQ (F1, F6).

use hefu_core::{
    access::Role,
    error::Code,
    ids::StaffId,
    name,
    op::{Draft, StaffPerson, StaffSet},
    seal::PersonKey,
};
use hefu_replica::StaffRow;

use super::{staff_view, store_view};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    secrets,
    sessions::HQ_IDLE_MS,
    wire::{FirstAdmin, Nothing, PasswordSignIn, PinSignIn, SessionView, StaffList},
};

pub(crate) fn session_view(staff: Option<&StaffRow>) -> SessionView {
    SessionView { staff: staff.map(staff_view), permissions: staff.map(|staff| staff.role.permissions().to_vec()).unwrap_or_default() }
}

pub(crate) fn staff(desk: &Desk, _: &Caller, _: Nothing) -> Result<StaffList, ErrorBody> {
    let store = desk.own_store()?;
    let staff = desk.replica.read(|book| book.staff_of(Some(store.id)))?;
    let at_till = staff.iter().filter(|staff| staff.active && staff.role.at_till());
    Ok(StaffList { staff: at_till.map(staff_view).collect(), store: store_view(store) })
}

pub(crate) fn sign_in(desk: &Desk, caller: &Caller, request: PinSignIn) -> Result<SessionView, ErrorBody> {
    let store = desk.own_store()?.id;
    let staff = desk.replica.read(|book| book.staff(request.staff_id))?;
    let staff = staff.filter(|staff| staff.active && staff.role.at_till() && staff.store == Some(store)).ok_or(Code::StaffUnknown)?;
    let credential = desk.replica.read(|book| book.credential(staff.id))?;
    // Only what was set for this store opens this till.
    let phc = credential.filter(|credential| credential.store == Some(store)).map(|credential| credential.phc);
    let check = secrets::Check { staff: staff.id, phc: phc.as_deref(), secret: &request.pin, wrong: Code::PinWrong, tell_left: true };
    secrets::check(&desk.replica, &check, caller.now)?;
    open(desk, caller, &staff)
}

pub(crate) fn password(desk: &Desk, caller: &Caller, request: PasswordSignIn) -> Result<SessionView, ErrorBody> {
    let login = request.login.trim();
    let (staff, credential) = desk.replica.read(|book| {
        let staff = book.staff_by_login(login)?.filter(|staff| staff.active && !staff.role.at_till() && staff.store.is_none());
        let credential = staff.as_ref().map(|staff| book.credential(staff.id)).transpose()?.flatten();
        Ok((staff, credential))
    })?;
    // Only what was set at HQ opens HQ: a store's device cannot write one.
    let phc = credential.filter(|credential| credential.store.is_none()).map(|credential| credential.phc);
    let counted = staff.as_ref().map_or_else(|| secrets::nobody(login), |staff| staff.id);
    let check =
        secrets::Check { staff: counted, phc: phc.as_deref(), secret: &request.password, wrong: Code::PasswordWrong, tell_left: false };
    secrets::check(&desk.replica, &check, caller.now)?;
    let staff = staff.ok_or(Code::PasswordWrong)?;
    open(desk, caller, &staff)
}

pub(crate) fn first_admin(desk: &Desk, caller: &Caller, request: FirstAdmin) -> Result<SessionView, ErrorBody> {
    let authority = desk.around.authority().ok_or(Code::NotHere)?;
    let _one = desk.founding.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if desk.state()? != crate::wire::NodeState::HqUnset {
        return Err(Code::NotHere.into());
    }
    if !authority.is_first_admin_code(request.code.trim())? {
        return Err(Code::FirstAdminCodeWrong.into());
    }
    let login = check_login(&request.login)?;
    let name = name::clean(&request.name)?;
    if name.is_empty() {
        return Err(Code::NameInvalid.into());
    }
    secrets::check_password(&request.password)?;
    let id = hire(desk, caller, Hire { name, login: Some(login), role: Role::Admin, store: None, secret: &request.password })?;
    authority.use_up_first_admin_code()?;
    let staff = desk.replica.read(|book| book.staff(id))?.ok_or(Code::Internal)?;
    open(desk, caller, &staff)
}

/// 3 to 64 letters, digits or `.-_@`.
fn check_login(login: &str) -> Result<String, Code> {
    let login = login.trim();
    let fits = (3..=64).contains(&login.len()) && login.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_@".contains(&b));
    if fits { Ok(login.to_owned()) } else { Err(Code::LoginInvalid) }
}

/// A new colleague: their sealed name, and beside the log how they sign in.
pub(crate) struct Hire<'a> {
    pub name: String,
    pub login: Option<String>,
    pub role: Role,
    pub store: Option<hefu_core::ids::StoreId>,
    pub secret: &'a str,
}

pub(crate) fn hire(desk: &Desk, caller: &Caller, hire: Hire<'_>) -> Result<StaffId, ErrorBody> {
    let id = desk.new_staff_id(caller.now)?;
    let key = PersonKey::new(desk.random()?);
    let phc = secrets::hash_secret(hire.secret, desk.random()?)?;
    let person = StaffPerson { name: hire.name, login: hire.login };
    let set = StaffSet { staff: id, store: hire.store, role: hire.role, active: true };
    let draft = Draft::new(set).with_sealed(&key, id.0, desk.random()?, &person)?;
    let by = desk.by(caller);
    desk.replica.write(|book| {
        if let Some(login) = &person.login
            && book.staff_by_login(login)?.is_some()
        {
            return Err(Code::LoginTaken.into());
        }
        book.put_key(id.0, &key)?;
        book.put_credential(id, hire.store, phc, caller.now)?;
        book.append(by, &draft)?;
        Ok(())
    })?;
    Ok(id)
}

fn open(desk: &Desk, caller: &Caller, staff: &StaffRow) -> Result<SessionView, ErrorBody> {
    if desk.kind == crate::NodeKind::Hq {
        desk.sessions.forget_idle(caller.now - HQ_IDLE_MS);
    }
    desk.sessions.put(caller.key, staff.id, caller.now);
    desk.stir();
    Ok(session_view(Some(staff)))
}

pub(crate) fn sign_out(desk: &Desk, caller: &Caller, _: Nothing) -> Result<SessionView, ErrorBody> {
    desk.sessions.remove(caller.key);
    desk.stir();
    Ok(session_view(None))
}
