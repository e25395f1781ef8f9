use hefu_core::{
    access::{Permission, Role},
    ids::{StaffId, StoreId},
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A store as every screen names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StoreView {
    pub id: StoreId,
    /// Short code printed in receipt numbers, such as `NJX`.
    pub code: String,
    pub name: String,
    /// Whose law of cards holds there; absent where nobody said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub city: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StaffView {
    pub id: StaffId,
    pub name: String,
    pub role: Role,
}

/// Who may sign in at this till, for the PIN pad.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StaffList {
    pub store: StoreView,
    pub staff: Vec<StaffView>,
}

/// A new colleague of this till's own store, where there is no head office.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct StaffAdd {
    pub name: String,
    pub role: Role,
    /// 4 to 8 digits.
    pub pin: String,
}

/// Another PIN for a colleague of this till's own store, where there is no head office.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct StaffPin {
    pub staff_id: StaffId,
    pub pin: String,
}

#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PinSignIn {
    pub staff_id: StaffId,
    /// 4 to 8 digits.
    pub pin: String,
}

#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PasswordSignIn {
    pub login: String,
    pub password: String,
}

/// Makes an administrator, or arms one anew, with a one-time code that the server printed.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct FirstAdmin {
    pub code: String,
    pub login: String,
    pub name: String,
    /// At least 10 characters.
    pub password: String,
}

/// One's own PIN or password.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ChangeSecret {
    pub old: String,
    pub new: String,
}

/// The person at this window, or nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SessionView {
    pub staff: Option<StaffView>,
    pub permissions: Vec<Permission>,
    /// Why nobody is in, where somebody was. `null` where somebody is, and where this process has never had anybody here: sessions
    /// end with the process, so that a window which had somebody knows that the node was started anew.
    pub ended: Option<SessionEnd>,
}

/// Why a session ended while its node went on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// By hand, in this window or another of the same browser.
    SignedOut,
    /// Nobody did anything for as long as HQ waits.
    Idle,
    /// The PIN or password was changed elsewhere.
    SecretChanged,
    /// The person works here no more, or in another place.
    NotHere,
}
