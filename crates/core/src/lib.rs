//! The rules of the house, and nothing else: money, goods, carts, members, operations and the bytes they are.
//!
//! Everything here is a pure function of its arguments. Time, randomness and keys are passed in; there is no file, no
//! SQL and no waiting, so that a property of a sale can be tested a million times in a second.

pub mod access;
pub mod barcode;
pub mod buyer;
pub mod card;
pub mod catalogue;
pub mod checkout;
pub mod clock;
pub mod coupon;
pub mod error;
pub mod ids;
pub mod lease;
pub mod member;
pub mod money;
pub mod name;
pub mod op;
pub mod phone;
pub mod points;
pub mod posting;
pub mod promo;
pub mod quote;
pub mod refund;
pub mod rules;
pub mod seal;
pub mod settle;
pub mod tax;
pub mod tiers;
pub mod time;
pub mod wire;
