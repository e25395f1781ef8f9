use hefu_core::{
    buyer::DocumentKind,
    card::Buyer,
    ids::{BuyerId, MemberId},
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Who buys a stored-value card, by the document shown. A company buys by somebody, whose own document is shown too.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BuyerRecord {
    pub buyer_id: BuyerId,
    pub kind: DocumentKind,
    pub number: String,
    pub name: String,
    pub phone: Option<String>,
    pub agent: Option<BuyerAgent>,
    /// Whose own document it is, where a member shows it; `null` for anybody else, and for a company.
    pub member_id: Option<MemberId>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BuyerAgent {
    pub name: String,
    pub kind: DocumentKind,
    pub number: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BuyerFind {
    pub kind: DocumentKind,
    pub number: String,
}

/// `null` when nobody with this document is on record here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BuyerFound {
    pub buyer: Option<BuyerView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BuyerGet {
    pub buyer_id: BuyerId,
}

/// A buyer on record: masked, or in full as the answer to `buyer.get`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BuyerView {
    pub buyer_id: BuyerId,
    pub party: Buyer,
    /// `张**`; a company's is no secret.
    pub name: String,
    pub kind: DocumentKind,
    /// `1*************002X`.
    pub number: String,
    pub phone: Option<String>,
    pub agent: Option<BuyerAgentView>,
    pub member_id: Option<MemberId>,
    pub recorded_at: i64,
    /// Whether all of the above is in full.
    pub full: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BuyerAgentView {
    pub name: String,
    pub kind: DocumentKind,
    pub number: String,
}
