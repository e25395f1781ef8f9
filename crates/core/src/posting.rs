//! Movements of value. A posting takes an amount from one account and gives it to another, so that it sums to zero by
//! its shape (I1 LEDGER-ZERO); an operation that moves value is a list of them.
//!
//! An account that a customer can spend from (points, card, coupon, what of a sale may still be refunded) shows what is
//! free less what is owed: a claw-back may take it below zero, and the next credit pays that first. Nothing else may.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    error::Code,
    ids::{CardId, CouponId, DeviceId, MemberId, ProductId, SaleId, StoreId, TenderId},
    money::LARGEST,
};

/// What is counted. Amounts of different units never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Fen,
    Points,
    /// Goods, in thousandths of their unit.
    Milli,
    Coupons,
}

macro_rules! accounts {
    (
        alone { $($(#[$alone_doc:meta])* $alone:ident = $alone_kind:literal, $alone_name:literal;)* }
        of { $($(#[$doc:meta])* $name:ident($id:ident) = $kind:literal, $text:literal;)* }
    ) => {
        /// Where value lies. The sign of a balance is from the account's own view: a till that holds cash is positive, the
        /// turnover that it came from negative.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Account {
            $($(#[$alone_doc])* $alone,)*
            $($(#[$doc])* $name($id),)*
            /// Goods of one kind in one store (A13).
            Stock(StoreId, ProductId),
        }

        impl Account {
            /// The key under which a replica keeps the balance: a byte of kind and the ids.
            pub fn key(&self) -> AccountKey {
                match self {
                    $(Account::$alone => AccountKey::of($alone_kind, &[]),)*
                    $(Account::$name(id) => AccountKey::of($kind, &[id.as_bytes()]),)*
                    Account::Stock(store, product) => AccountKey::of(STOCK, &[store.as_bytes(), product.as_bytes()]),
                }
            }

            fn read(text: &str) -> Option<Self> {
                let Some((kind, id)) = text.split_once('/') else {
                    return match text { $($alone_name => Some(Account::$alone),)* _ => None };
                };
                match kind {
                    $($text => id.parse().ok().map(Account::$name),)*
                    "stock" => {
                        let (store, product) = id.split_once('/')?;
                        Some(Account::Stock(store.parse().ok()?, product.parse().ok()?))
                    }
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for Account {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Account::$alone => f.write_str($alone_name),)*
                    $(Account::$name(id) => write!(f, concat!($text, "/{}"), id),)*
                    Account::Stock(store, product) => write!(f, "stock/{store}/{product}"),
                }
            }
        }
    };
}

/// The kind of a stock account's key.
const STOCK: u8 = 19;

accounts! {
    alone {
        /// Where the chain's points come from, and go to when they are redeemed or lapse.
        PointsIssued = 3, "points_issued";
        /// Where card money comes from, and goes to when it is spent.
        CardsIssued = 7, "cards_issued";
        /// Where coupons come from, and go to when they are used.
        CouponsIssued = 14, "coupons_issued";
        /// Where the right to a refund comes from.
        RefundRights = 16, "refund_rights";
    }
    of {
        /// Cash in one till's drawer.
        Cash(DeviceId) = 1, "cash";
        /// Turnover of a store, tax included.
        Turnover(StoreId) = 2, "turnover";
        /// A member's points. Under one phone, the accounts of all its members are summed and none is closed.
        MemberPoints(MemberId) = 4, "member_points";
        /// What came in by a named tender, such as the acquirer's terminal.
        Tender(TenderId) = 5, "tender";
        /// Paid in advance at a store: negative by what it took for top-ups, positive by what its sales drew on cards.
        Prepaid(StoreId) = 6, "prepaid";
        /// What a customer paid onto a card and has not spent (C3).
        CardPrincipal(CardId) = 8, "card_principal";
        /// What the chain gave onto a card and has not been spent.
        CardBonus(CardId) = 9, "card_bonus";
        /// What card bonus has paid for in a store.
        BonusGiven(StoreId) = 10, "bonus_given";
        /// What points have paid for in a store.
        PointsGiven(StoreId) = 11, "points_given";
        /// What cash rounding has cost a store (A9).
        Rounding(StoreId) = 12, "rounding";
        /// Tax that a store has taken and owes on: negative (A9).
        Tax(StoreId) = 13, "tax";
        /// One coupon: 1 until it is used.
        Coupon(CouponId) = 15, "coupon";
        /// What of a sale may still be refunded (A4).
        Refundable(SaleId) = 17, "refundable";
        /// Between the two halves of an exchange: zero after each.
        Exchange(StoreId) = 18, "exchange";
        /// Goods that have left a store with its customers.
        StockOut(StoreId) = 20, "stock_out";
    }
}

/// See [`Account::key`]. Short, and on the stack.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountKey {
    bytes: [u8; 33],
    len: usize,
}

impl AccountKey {
    fn of(kind: u8, ids: &[&[u8; 16]]) -> Self {
        let mut bytes = [0; 33];
        bytes[0] = kind;
        for (place, id) in bytes[1..].chunks_exact_mut(16).zip(ids) {
            place.copy_from_slice(*id);
        }
        Self { bytes, len: 1 + 16 * ids.len().min(2) }
    }

    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
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

/// The most that an operation or a part of one may come to, in fen, points or thousandths of a unit: ten thousand million
/// yuan. A sum of nine thousand of the greatest is still exact. Replicas fold nothing beyond it.
pub const MOST: i64 = 1_000_000_000_000;

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

/// A list of postings being written down; movements of nothing are left out.
#[derive(Clone, Debug, Default)]
pub struct Ledger(Vec<Posting>);

impl Ledger {
    pub fn new() -> Self {
        Self::default()
    }

    /// Errors as [`Posting::new`].
    pub fn post(&mut self, unit: Unit, from: Account, to: Account, amount: i64) -> Result<(), Code> {
        if amount != 0 {
            self.0.push(Posting::new(from, to, unit, amount)?);
        }
        Ok(())
    }

    pub fn fen(&mut self, from: Account, to: Account, amount: crate::money::Fen) -> Result<(), Code> {
        self.post(Unit::Fen, from, to, amount.get())
    }

    pub fn points(&mut self, from: Account, to: Account, amount: crate::money::Points) -> Result<(), Code> {
        self.post(Unit::Points, from, to, amount.get())
    }

    pub fn done(self) -> Vec<Posting> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_account_reads_as_it_is_written_and_has_its_own_key() {
        let id = uuid::Uuid::from_bytes([7; 16]);
        let accounts = [
            Account::PointsIssued,
            Account::CardsIssued,
            Account::CouponsIssued,
            Account::RefundRights,
            Account::Cash(DeviceId(id)),
            Account::Turnover(StoreId(id)),
            Account::MemberPoints(MemberId(id)),
            Account::Tender(TenderId(id)),
            Account::Prepaid(StoreId(id)),
            Account::CardPrincipal(CardId(id)),
            Account::CardBonus(CardId(id)),
            Account::BonusGiven(StoreId(id)),
            Account::PointsGiven(StoreId(id)),
            Account::Rounding(StoreId(id)),
            Account::Tax(StoreId(id)),
            Account::Coupon(CouponId(id)),
            Account::Refundable(SaleId(id)),
            Account::Exchange(StoreId(id)),
            Account::StockOut(StoreId(id)),
            Account::Stock(StoreId(id), ProductId(id)),
        ];
        let mut keys = std::collections::BTreeSet::new();
        for account in accounts {
            assert_eq!(Account::read(&account.to_string()), Some(account));
            assert!(keys.insert(account.key().as_slice().to_vec()), "{account} has a key of its own");
        }
        assert_eq!(Account::read("cash"), None);
        assert_eq!(Account::read("points_issued/7"), None);
        assert_eq!(Account::read("stock/7"), None);
    }
}
