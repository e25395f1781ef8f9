//! Every kind of operation, once: its name, version, weight and what it is about.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{
    BatchClosed, BuyerRecorded, CardBonusDue, CardChanged, CardOpened, CardRefunded, CardReissued, CardToppedUp, CouponsIssued, Exchange,
    Head, Leased, Part, PointsAdjusted, PointsExpired, Refund, Said, Sale, Stamp, TierReviewed, Weight, write_leased_head,
};
use crate::{
    access::Role,
    catalogue::Product,
    error::Code,
    ids::{ChainId, DeviceId, MemberId, StaffId, StoreId},
    lease::Seal,
    posting::Posting,
    rules::Rule,
    seal::{self, PersonKey},
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainStarted {
    pub chain: ChainId,
    pub name: String,
    /// The demo chain, which says so on every screen.
    pub demo: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreSet {
    pub store: StoreId,
    /// 2 to 6 capitals or digits, printed in receipt numbers.
    pub code: String,
    pub name: String,
    /// Whose law of cards holds there (C3); empty where nobody said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub city: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceSet {
    pub device: DeviceId,
    /// `None` for an HQ node.
    pub store: Option<StoreId>,
    /// From 1 in its store; printed in receipt numbers.
    pub till_no: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRevoked {
    pub device: DeviceId,
}

/// A person who works here. The name is sealed; the PIN or password travels beside the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffSet {
    pub staff: StaffId,
    /// `None` at HQ.
    pub store: Option<StoreId>,
    pub role: Role,
    pub active: bool,
}

/// What is sealed of a person who works here.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffPerson {
    pub name: String,
    /// At HQ, what they sign in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
}

/// A new member; who they are is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRegistered {
    pub member: MemberId,
    /// Whose member it is from the first day (B8).
    pub owner: Option<StaffId>,
}

/// Something about a member changed; what, is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberChanged {
    pub member: MemberId,
}

/// Leases that the log it stands in gives back: no spend of them follows in it (I10). Nothing is folded of it; the authority reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseSealed {
    pub seals: Vec<Seal>,
}

/// From where an operation of a kind counts (F6). The log takes every one of them; the fold passes over what was not its
/// writer's to say, so that one lost till changes no price, rule or right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writers {
    /// Head office alone.
    Hq,
    /// Every device of the chain.
    Any,
    /// Head office, and a store of goods that head office says nothing of.
    Goods,
    /// Head office, and the device that issued the batch.
    Issuer,
}

macro_rules! kinds {
    ($($name:ident($body:ty) = $kind:literal, $kv:literal, $weight:ident, $by:ident, |$b:ident| $about:expr;)*) => {
        /// The body of an operation.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[expect(clippy::large_enum_variant, reason = "most operations are sales: a box for each would cost more than it saves")]
        pub enum Body {
            $($name($body),)*
            /// A kind or a version that this program does not know.
            Unknown,
        }

        $(impl From<$body> for Body {
            fn from(body: $body) -> Self { Body::$name(body) }
        })*

        impl Body {
            /// Every kind this program writes, with its version.
            pub const KINDS: &[(&str, u32)] = &[$(($kind, $kv)),*];

            /// From where an operation of this kind counts, whatever its version; `None` for a kind not known here.
            pub fn writers_of(kind: &str) -> Option<Writers> {
                match kind {
                    $($kind => Some(Writers::$by),)*
                    _ => None,
                }
            }

            /// From where this one counts.
            pub const fn writers(&self) -> Option<Writers> {
                match self { $(Body::$name(_) => Some(Writers::$by),)* Body::Unknown => None }
            }

            /// The entity the operation is about.
            pub fn about(&self) -> Option<Uuid> {
                match self { $(Body::$name($b) => $about,)* Body::Unknown => None }
            }

            /// Writes the head of an operation with this body, and with what it says of leases. An unknown body cannot be written:
            /// `internal`.
            pub fn write_leased(&self, stamp: &Stamp, leased: &Leased) -> Result<Vec<u8>, Code> {
                match self {
                    $(Body::$name(body) => {
                        write_leased_head(stamp, $kind, $kv, Weight::$weight, self.about(), leased, body)
                    })*
                    Body::Unknown => Err(Code::Internal),
                }
            }

            /// Reads the body of a head. A kind or version not known here is [`Body::Unknown`]; a known one that does
            /// not read is `sync.damaged`.
            pub fn read(head: &Head) -> Result<Self, Code> {
                match (head.kind.as_str(), head.kv) {
                    $(($kind, $kv) => parse(&head.body).map(Body::$name),)*
                    _ => Ok(Body::Unknown),
                }
            }
        }
    };
}

kinds! {
    ChainStarted(ChainStarted) = "chain.started", 1, Critical, Hq, |_b| None;
    StoreSet(StoreSet) = "store.set", 1, Critical, Hq, |b| Some(b.store.0);
    DeviceSet(DeviceSet) = "device.set", 1, Critical, Hq, |b| Some(b.device.0);
    DeviceRevoked(DeviceRevoked) = "device.revoked", 1, Critical, Hq, |b| Some(b.device.0);
    StaffSet(StaffSet) = "staff.set", 1, Critical, Hq, |b| Some(b.staff.0);
    ProductSet(Product) = "product.set", 1, Critical, Goods, |b| Some(b.product.0);
    RuleSet(Rule) = "rule.set", 1, Critical, Hq, |b| Some(b.rule.0);
    MemberRegistered(MemberRegistered) = "member.registered", 1, Critical, Any, |b| Some(b.member.0);
    MemberChanged(MemberChanged) = "member.changed", 1, Ignorable, Any, |b| Some(b.member.0);
    Sale(Sale) = "sale", 1, Critical, Any, |b| b.member.map(|member| member.0);
    Refund(Refund) = "refund", 1, Critical, Any, |b| b.member.map(|member| member.0);
    Exchange(Box<Exchange>) = "exchange", 1, Critical, Any, |b| b.sale.member.map(|member| member.0);
    BuyerRecorded(BuyerRecorded) = "buyer.recorded", 1, Critical, Any, |b| Some(b.buyer.0);
    CardOpened(CardOpened) = "card.opened", 1, Critical, Any, |b| Some(b.card.0);
    CardToppedUp(CardToppedUp) = "card.topped_up", 1, Critical, Any, |b| Some(b.card.0);
    CardBonusDue(CardBonusDue) = "card.bonus_due", 1, Critical, Hq, |b| Some(b.card.0);
    CardChanged(CardChanged) = "card.changed", 1, Critical, Any, |b| Some(b.card.0);
    CardReissued(CardReissued) = "card.reissued", 1, Critical, Any, |b| Some(b.card.0);
    CardRefunded(CardRefunded) = "card.refunded", 1, Critical, Any, |b| Some(b.card.0);
    CouponsIssued(CouponsIssued) = "coupons.issued", 1, Critical, Any, |_b| None;
    BatchClosed(BatchClosed) = "batch.closed", 1, Critical, Issuer, |b| Some(b.batch.0);
    PointsExpired(PointsExpired) = "points.expired", 1, Critical, Hq, |_b| None;
    PointsAdjusted(PointsAdjusted) = "points.adjusted", 1, Critical, Hq, |b| Some(b.member.0);
    TierReviewed(TierReviewed) = "tier.reviewed", 1, Critical, Hq, |b| Some(b.member.0);
    LeaseSealed(LeaseSealed) = "lease.sealed", 1, Ignorable, Any, |_b| None;
}

impl Body {
    /// Writes the head of an operation that says nothing of leases.
    pub fn write(&self, stamp: &Stamp) -> Result<Vec<u8>, Code> {
        self.write_leased(stamp, &Leased::NONE)
    }

    /// What value the operation moves, each movement once. Goods are moved by lines, which stand in the detail.
    pub fn postings(&self) -> Result<Vec<Posting>, Code> {
        Ok(match self {
            Body::Sale(body) => body.postings.clone(),
            Body::Refund(body) => body.postings.clone(),
            Body::Exchange(body) => body.refund.postings.iter().chain(&body.sale.postings).copied().collect(),
            Body::CardToppedUp(body) => body.postings.clone(),
            Body::CardBonusDue(body) => body.postings.clone(),
            Body::CardReissued(body) => body.postings.clone(),
            Body::CardRefunded(body) => body.postings.clone(),
            Body::PointsExpired(body) => body.postings.clone(),
            Body::PointsAdjusted(body) => body.postings.clone(),
            Body::CouponsIssued(body) => body.postings()?,
            Body::ChainStarted(_)
            | Body::StoreSet(_)
            | Body::DeviceSet(_)
            | Body::DeviceRevoked(_)
            | Body::StaffSet(_)
            | Body::ProductSet(_)
            | Body::RuleSet(_)
            | Body::MemberRegistered(_)
            | Body::MemberChanged(_)
            | Body::BuyerRecorded(_)
            | Body::CardOpened(_)
            | Body::CardChanged(_)
            | Body::BatchClosed(_)
            | Body::TierReviewed(_)
            | Body::LeaseSealed(_)
            | Body::Unknown => Vec::new(),
        })
    }
}

fn parse<T: DeserializeOwned>(raw: &RawValue) -> Result<T, Code> {
    serde_json::from_str(raw.get()).map_err(|_| Code::SyncDamaged)
}

/// What a desk hands to a replica to be committed: the replica adds log, sequence and hash.
#[derive(Clone, Debug)]
pub struct Draft {
    pub body: Body,
    pub detail: Part,
    pub sealed: Part,
    pub leased: Leased,
}

impl Draft {
    pub fn new(body: impl Into<Body>) -> Self {
        Self { body: body.into(), detail: Part::NONE, sealed: Part::NONE, leased: Leased::NONE }
    }

    /// With a detail part, written as JSON.
    pub fn with_detail(mut self, detail: &impl Serialize) -> Result<Self, Code> {
        self.detail = Part::Here(serde_json::to_vec(detail).map_err(|_| Code::Internal)?);
        Ok(self)
    }

    /// With a sealed part about `person`.
    pub fn with_sealed(
        mut self,
        key: &PersonKey,
        person: Uuid,
        nonce: [u8; seal::NONCE_LEN],
        record: &impl Serialize,
    ) -> Result<Self, Code> {
        self.sealed = Part::Here(seal::seal(key, person, nonce, record)?);
        Ok(self)
    }

    /// With words about the act, under the key of `person`: whose member it is about, or who said them. None are not sealed.
    pub fn with_said(mut self, key: &PersonKey, person: Uuid, nonce: [u8; seal::NONCE_LEN], said: &Said) -> Result<Self, Code> {
        if !said.is_empty() {
            self.sealed = Part::Here(seal::seal_named(key, person, nonce, said)?);
        }
        Ok(self)
    }
}
