//! Names of things. Each is a UUID in its own type, so that a store is never passed where a member is meant.
//! Version 7: made anywhere without asking, and sorting by age.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
        #[serde(transparent)]
        #[ts(type = "string")]
        pub struct $name(pub Uuid);

        impl $name {
            /// The id of a thing made at `at_ms` (milliseconds since 1970) with `random` from the caller's generator.
            pub fn new(at_ms: i64, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(at_ms.max(0).unsigned_abs(), &random).into_uuid())
            }

            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// A retail chain: one log, one book.
    ChainId
    StoreId
    /// A till or an HQ node, as enrolled. Its key and its logs belong to it.
    DeviceId
    /// One replica file's own log. A restored or new file is a new log of the same device.
    LogId
    StaffId
    ProductId
    MemberId
    /// Made when the cart opens; the sale's idempotency key for ever.
    SaleId
    /// A versioned rule set.
    RuleId
    /// A stored-value card.
    CardId
    /// Who bought one, as recorded once with a document; its sealed data has a key of its own.
    BuyerId
    /// One top-up of a card.
    TopUpId
    /// A named tender: bank card, payment code and the like.
    TenderId
    /// One coupon: used once.
    CouponId
    /// Made when a refund is begun; its idempotency key for ever.
    RefundId
    /// Bulk work in many operations: none of it counts until the one that closes it.
    BatchId
    /// A part of an account, lent to one device.
    LeaseId
}
