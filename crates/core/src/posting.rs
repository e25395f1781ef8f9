//! Movements of value. A posting takes an amount from one account and gives it to another, so that it sums to zero by
//! its shape (I1 LEDGER-ZERO); an operation that moves value is a list of them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    error::Code,
    ids::{DeviceId, MemberId, StoreId},
    money::LARGEST,
};

/// What is counted. Amounts of different units never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Fen,
    Points,
}

/// Where value lies. The sign of a balance is from the account's own view: a till that holds cash is positive, the
/// turnover that it came from negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// Cash in one till's drawer.
    Cash(DeviceId),
    /// Turnover of a store, tax included.
    Turnover(StoreId),
    /// Where the chain's points come from.
    PointsIssued,
    /// A member's points. Under one phone, the accounts of all its members are summed and none is closed.
    MemberPoints(MemberId),
}

impl Account {
    /// 1 byte of kind and 16 of id: the key under which a replica keeps the balance.
    pub fn key(&self) -> [u8; 17] {
        let (kind, id): (u8, [u8; 16]) = match self {
            Account::Cash(id) => (1, *id.as_bytes()),
            Account::Turnover(id) => (2, *id.as_bytes()),
            Account::PointsIssued => (3, [0; 16]),
            Account::MemberPoints(id) => (4, *id.as_bytes()),
        };
        let mut key = [0; 17];
        key[0] = kind;
        key[1..].copy_from_slice(&id);
        key
    }

    fn read(text: &str) -> Option<Self> {
        if text == "points_issued" {
            return Some(Account::PointsIssued);
        }
        let (kind, id) = text.split_once('/')?;
        match kind {
            "cash" => id.parse().ok().map(Account::Cash),
            "turnover" => id.parse().ok().map(Account::Turnover),
            "member_points" => id.parse().ok().map(Account::MemberPoints),
            _ => None,
        }
    }
}

impl std::fmt::Display for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Account::Cash(id) => write!(f, "cash/{id}"),
            Account::Turnover(id) => write!(f, "turnover/{id}"),
            Account::PointsIssued => f.write_str("points_issued"),
            Account::MemberPoints(id) => write!(f, "member_points/{id}"),
        }
    }
}

impl Serialize for Account {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Account {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        Self::read(&text).ok_or_else(|| serde::de::Error::custom("no such account"))
    }
}

/// `amount` of `unit` goes from one account to another. Never negative: a correction runs the other way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    pub from: Account,
    pub to: Account,
    pub unit: Unit,
    amount: u64,
}

impl Posting {
    /// Errors with `amount.invalid` for a negative amount and `amount.too_large` past 2^53.
    pub fn new(from: Account, to: Account, unit: Unit, amount: i64) -> Result<Self, Code> {
        if amount > LARGEST {
            return Err(Code::AmountTooLarge);
        }
        Ok(Self { from, to, unit, amount: u64::try_from(amount).map_err(|_| Code::AmountInvalid)? })
    }

    /// What each of the two accounts gains: the legs, which sum to zero.
    pub fn legs(&self) -> [(Account, i64); 2] {
        let amount = i64::try_from(self.amount).unwrap_or(LARGEST).min(LARGEST);
        [(self.from, -amount), (self.to, amount)]
    }
}
