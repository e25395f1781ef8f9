//! The handlers, a file a subject.

mod approval;
pub(crate) mod buyer;
pub(crate) mod card;
pub(crate) mod cart;
pub(crate) mod colleagues;
pub(crate) mod coupon;
mod gift;
pub(crate) mod hq;
pub(crate) mod member;
mod page;
pub(crate) mod payment;
pub(crate) mod price;
pub(crate) mod product;
pub(crate) mod refund;
pub(crate) mod refused;
mod repriced;
pub(crate) mod rewards;
pub(crate) mod rules;
mod said;
pub(crate) mod sale;
mod seen;
pub(crate) mod session;
pub mod setup;
pub(crate) mod shown;
pub(crate) mod staff;
pub(crate) mod statement;
pub(crate) mod status;

use hefu_replica::{StaffRow, StoreRow};

use crate::wire::{StaffView, StoreView};

pub(crate) fn store_view(store: StoreRow) -> StoreView {
    StoreView { id: store.id, code: store.code, name: store.name, city: store.city }
}

pub(crate) fn staff_view(staff: &StaffRow) -> StaffView {
    StaffView { id: staff.id, name: staff.name.clone(), role: staff.role }
}
