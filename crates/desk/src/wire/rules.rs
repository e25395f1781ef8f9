use hefu_core::{
    error::Code,
    ids::{RuleId, SaleId},
    money::{Fen, Points},
    rules::RuleBody,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Every rule of the chain with its versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct HqRules {
    pub rules: Vec<RuleView>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RuleView {
    pub rule_id: RuleId,
    /// The version in force, or the next to begin.
    pub name: String,
    /// Newest first.
    pub versions: Vec<RuleVersion>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RuleVersion {
    pub version: u32,
    pub valid_from: i64,
    pub state: RuleState,
    pub body: RuleBody,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RuleState {
    Past,
    InForce,
    Coming,
    /// Another took its place at the very moment it begins: it never is in force.
    Replaced,
}

/// What a rule would do to sales that were really made; nothing is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RulePreview {
    /// The rule it would be the next version of; `null` for a new one.
    pub rule_id: Option<RuleId>,
    pub body: RuleBody,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RulePreviewed {
    /// Whether what a cart costs or earns hangs on such a rule. Where not, no sale was priced: the figures say nothing.
    pub prices: bool,
    /// Latest sales that were priced again.
    pub carts: u64,
    pub changed: u64,
    /// Those for which the search for the best price was cut short on either side: there a lower total may exist.
    pub unproved: u64,
    pub before_fen: Fen,
    pub after_fen: Fen,
    pub points_before: Points,
    pub points_after: Points,
    /// Those with the greatest change, twenty at most.
    pub examples: Vec<PreviewedCart>,
    /// What speaks against it together with the other rules.
    pub conflict: Option<RuleConflict>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PreviewedCart {
    pub sale_id: SaleId,
    pub receipt_no: String,
    pub at: i64,
    pub goods: Vec<String>,
    pub before_fen: Fen,
    pub after_fen: Fen,
    pub points_before: Points,
    pub points_after: Points,
    /// Why, as the cashier would see it.
    pub reasons: Vec<super::Reason>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RuleConflict {
    pub code: Code,
    pub with: String,
}

/// Puts a version in force from a moment on; `null` is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RuleSave {
    pub rule_id: Option<RuleId>,
    pub body: RuleBody,
    pub valid_from: Option<i64>,
}
