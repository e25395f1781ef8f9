//! What is lent, and how much of it.

use serde::{Deserialize, Serialize};

use crate::{
    error::Code,
    ids::{CardId, CouponId, MemberId, SaleId},
    money::LARGEST,
    posting::{Account, Unit},
};

/// An account that parts are lent of: what a customer can spend from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Account", into = "Account")]
pub enum Lendable {
    CardPrincipal(CardId),
    CardBonus(CardId),
    Points(MemberId),
    /// Holds 1 until the coupon is used.
    Coupon(CouponId),
    /// What of a sale may still be refunded.
    Refundable(SaleId),
}

impl Lendable {
    pub const fn unit(self) -> Unit {
        match self {
            Self::CardPrincipal(_) | Self::CardBonus(_) | Self::Refundable(_) => Unit::Fen,
            Self::Points(_) => Unit::Points,
            Self::Coupon(_) => Unit::Coupons,
        }
    }
}

impl Lendable {
    /// The bytes under which it is kept: those of its account. They order accounts, and so whoever locks several.
    pub fn key(self) -> [u8; KEY_LEN] {
        let mut key = [0; KEY_LEN];
        key.copy_from_slice(Account::from(self).key().as_slice());
        key
    }

    /// `None` for what is no key of an account that parts are lent of.
    pub fn from_key(key: &[u8]) -> Option<Self> {
        let (kind, id) = key.split_first()?;
        let id: [u8; 16] = id.try_into().ok()?;
        let all = [
            Self::CardPrincipal(CardId::from_bytes(id)),
            Self::CardBonus(CardId::from_bytes(id)),
            Self::Points(MemberId::from_bytes(id)),
            Self::Coupon(CouponId::from_bytes(id)),
            Self::Refundable(SaleId::from_bytes(id)),
        ];
        all.into_iter().find(|lendable| lendable.key()[0] == *kind)
    }
}

/// A byte of kind and the id.
const KEY_LEN: usize = 17;

impl From<Lendable> for Account {
    fn from(lendable: Lendable) -> Self {
        match lendable {
            Lendable::CardPrincipal(card) => Self::CardPrincipal(card),
            Lendable::CardBonus(card) => Self::CardBonus(card),
            Lendable::Points(member) => Self::MemberPoints(member),
            Lendable::Coupon(coupon) => Self::Coupon(coupon),
            Lendable::Refundable(sale) => Self::Refundable(sale),
        }
    }
}

impl TryFrom<Account> for Lendable {
    type Error = Code;

    /// Errors with `lease.denied` for an account of which nothing is lent, such as a drawer's cash.
    fn try_from(account: Account) -> Result<Self, Code> {
        match account {
            Account::CardPrincipal(card) => Ok(Self::CardPrincipal(card)),
            Account::CardBonus(card) => Ok(Self::CardBonus(card)),
            Account::MemberPoints(member) => Ok(Self::Points(member)),
            Account::Coupon(coupon) => Ok(Self::Coupon(coupon)),
            Account::Refundable(sale) => Ok(Self::Refundable(sale)),
            _ => Err(Code::LeaseDenied),
        }
    }
}

/// So much of an account's unit: from nothing to 2^53 − 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Amount(i64);

impl Amount {
    pub const NONE: Self = Self(0);

    /// Errors with `amount.invalid` below nothing and `amount.too_large` past 2^53.
    pub const fn new(amount: i64) -> Result<Self, Code> {
        match amount {
            ..0 => Err(Code::AmountInvalid),
            0..=LARGEST => Ok(Self(amount)),
            _ => Err(Code::AmountTooLarge),
        }
    }

    /// For amounts that stand in the source text.
    pub const fn constant(amount: u32) -> Self {
        Self(amount as i64)
    }

    pub const fn get(self) -> i64 {
        self.0
    }

    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// What is left when `other` is taken: nothing where that is more.
    pub fn less(self, other: Self) -> Self {
        Self((self.0 - other.0).max(0))
    }

    /// The sum, at most the largest amount there is.
    pub fn with(self, other: Self) -> Self {
        Self((self.0 + other.0).min(LARGEST))
    }
}

impl TryFrom<i64> for Amount {
    type Error = Code;

    fn try_from(amount: i64) -> Result<Self, Code> {
        Self::new(amount)
    }
}

impl From<Amount> for i64 {
    fn from(amount: Amount) -> Self {
        amount.0
    }
}
