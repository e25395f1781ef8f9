//! Allowing an act here and now: by one's own right, or by someone who has it and enters their PIN (F1).

use hefu_core::{access::Permission, error::Code, ids::StaffId};

use crate::{Desk, ErrorBody, desk::Caller, tries, wire::Approval};

/// Who allows it. Errors: `approval.needed` where the caller may not and nobody else says so, `approval.refused` where that
/// person may not either, and those of a wrong PIN.
pub(crate) fn allow(desk: &Desk, caller: &Caller, permission: Permission, approval: Option<&Approval>) -> Result<StaffId, ErrorBody> {
    let own = caller.staff.as_ref().ok_or(Code::SignInNeeded)?;
    if own.role.may(permission) {
        return Ok(own.id);
    }
    let approval = approval.ok_or(Code::ApprovalNeeded)?;
    let store = desk.replica.identity().store.ok_or(Code::NotHere)?;
    let (staff, credential) = desk.replica.read(|book| Ok((book.staff(approval.staff_id)?, book.credential(approval.staff_id)?)))?;
    let staff = staff.filter(|staff| desk.is_at_home(staff)).ok_or(Code::StaffUnknown)?;
    if !staff.role.may(permission) {
        return Err(Code::ApprovalRefused.into());
    }
    let phc = credential.filter(|credential| credential.store == Some(store)).map(|credential| credential.phc);
    tries::check_pin(&desk.replica, staff.id, phc.as_deref(), &approval.pin, caller.now)?;
    Ok(staff.id)
}
