use hefu_core::{
    access::Role,
    ids::{DeviceId, StaffId, StoreId},
    money::Fen,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::StoreView;

/// Today beside the same hours of the day before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HqToday {
    pub day: String,
    pub total: StoreFigures,
    pub total_day_before: StoreFigures,
    pub total_refunds: DayRefunds,
    pub stores: Vec<StoreToday>,
    pub member_count: i64,
    pub members_joined_today: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StoreToday {
    pub store: StoreView,
    pub today: StoreFigures,
    pub day_before: StoreFigures,
    pub refunds: DayRefunds,
}

/// Goods that came back, those of an exchange included. They are not taken off `amount_fen`: most are of other days' sales.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DayRefunds {
    pub count: i64,
    pub amount_fen: Fen,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StoreFigures {
    pub sales: i64,
    pub amount_fen: Fen,
    /// Sales with a member on them.
    pub member_sales: i64,
    /// Money put on stored-value cards: no sale, and no part of `amount_fen`; in the drawer or the account all the same.
    pub top_ups: i64,
    pub top_up_fen: Fen,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HqDay {
    /// Business day `YYYY-MM-DD`, or `null` for today.
    pub day: Option<String>,
}

/// Sales of one store and day, newest first: the list behind a figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HqSales {
    pub store_id: StoreId,
    pub day: Option<String>,
    pub after: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HqStores {
    pub stores: Vec<StoreView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HqStoreAdd {
    pub code: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub city: String,
}

/// A store as it shall be called, and where it stands. Its code stays: it is on receipts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HqStoreSet {
    pub store_id: StoreId,
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub city: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HqDevices {
    pub devices: Vec<DeviceView>,
    /// Operations that were not their writers' to say: `hq.refused` lists them.
    pub refused: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeviceView {
    pub id: DeviceId,
    pub store: Option<StoreView>,
    pub till_no: u32,
    pub enrolled_at: i64,
    pub last_seen_at: Option<i64>,
    /// As the device said when last seen.
    pub unsent: Option<i64>,
    pub online: bool,
    pub revoked: bool,
    /// Why and when its rights were ended, where the book tells.
    pub revocation: Option<Revocation>,
    /// Set when its log stopped here.
    pub stopped: Option<super::Stopped>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Revocation {
    pub at: i64,
    /// Empty where nobody who is known here did it.
    pub by_name: String,
    /// Empty where none was given, or it cannot be read any more.
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RefusedPage {
    /// `next` of the page before, or `null`.
    pub after: Option<String>,
}

/// What counts for nothing, the latest to come first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HqRefused {
    /// In all.
    pub count: i64,
    pub rows: Vec<RefusedOperation>,
    pub next: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefusedOperation {
    /// By the device's clock, corrected.
    pub at: i64,
    pub received_at: Option<i64>,
    pub device_id: DeviceId,
    /// Where the device was enrolled.
    pub store: Option<StoreView>,
    pub till_no: Option<u32>,
    /// As the device says; empty where it names nobody who is known here.
    pub who_name: String,
    /// As the device wrote it: a screen names the kinds that it knows.
    pub kind: String,
    /// Empty where it has none.
    pub receipt_no: String,
    pub why: RefusedWhy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RefusedWhy {
    /// Head office's alone to say.
    HeadOffice,
    /// In the name of another store, or of head office.
    OtherPlace,
    /// Moves value as its kind does not, or of another store's accounts.
    NoMove,
    /// Of goods or a batch of coupons on which another's word stands.
    Overruled,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HqEnrol {
    pub store_id: StoreId,
}

/// One code for one new till: address, certificate fingerprint, chain and secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EnrolCode {
    pub code: String,
    pub expires_at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HqRevoke {
    pub device_id: DeviceId,
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HqStaff {
    pub staff: Vec<HqStaffRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HqStaffRow {
    pub id: StaffId,
    pub name: String,
    pub role: Role,
    pub store: Option<StoreView>,
    /// At head office.
    pub login: Option<String>,
    pub active: bool,
}

/// Where a person works, and so how they sign in: by PIN at the tills of a store, by password at head office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum StaffPlace {
    Store { store_id: StoreId },
    HeadOffice { login: String },
}

/// PINs and passwords are set here and never shown.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HqStaffAdd {
    pub name: String,
    pub role: Role,
    pub place: StaffPlace,
    /// The first PIN or password.
    pub secret: String,
}

/// All of a person as it is from now on.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HqStaffSet {
    pub staff_id: StaffId,
    pub name: String,
    pub role: Role,
    pub place: StaffPlace,
    pub active: bool,
    /// A new PIN or password; `null` keeps the present one.
    pub secret: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HqStaffAdded {
    pub id: StaffId,
}
