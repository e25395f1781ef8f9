//! Who may send a command, and in which state of the node. Denied unless the table says otherwise.

use hefu_core::{
    access::{Permission, Role},
    error::Code,
};

use crate::{desk::Command, wire::NodeState};

/// The person a command asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Nobody need be signed in.
    Anyone,
    SignedIn,
    /// Signed in, with a role that holds the permission.
    Holder(Permission),
}

/// A set of node states.
pub type State = &'static [NodeState];

/// The sets the command table uses.
pub mod states {
    use super::{NodeState::*, State};

    /// First run.
    pub const NEW: State = &[Unset];
    pub const ALL: State = &[Unset, Till, Revoked, HqUnset, Hq];
    /// A book is open and someone can be signed in.
    pub const OPEN: State = &[Till, Revoked, Hq];
    pub const AT_TILL: State = &[Till, Revoked];
    /// A till that may write new facts.
    pub const SELLING: State = &[Till];
    /// A node that may write facts of the whole chain.
    pub const WRITING: State = &[Till, Hq];
    pub const AT_HQ: State = &[Hq];
    pub const AT_NEW_HQ: State = &[HqUnset];
}

/// Whether `role` may send `command` to a node in `state`. The refusal says which of the two is in the way.
pub fn allowed(command: &Command, role: Option<Role>, state: NodeState) -> Result<(), Code> {
    if !command.state.contains(&state) {
        return Err(if state == NodeState::Revoked { Code::DeviceRevoked } else { Code::NotHere });
    }
    match (command.who, role) {
        (Who::Anyone, _) | (Who::SignedIn, Some(_)) => Ok(()),
        (_, None) => Err(Code::SignInNeeded),
        (Who::Holder(permission), Some(role)) if role.may(permission) => Ok(()),
        (Who::Holder(_), Some(_)) => Err(Code::NotPermitted),
    }
}
