//! What a person put into words about an act. Words may name people, so they never stand in a head or a detail: they are sealed
//! under the key of the member that the act is about, or of the colleague who said them (F5).

use serde::{Deserialize, Serialize};

/// The sealed part of an act at a counter or at head office.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Why: of a refund, a change of a card, a correction, an end of a device's rights.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Why prices and discounts were changed by hand; a line's [`Off`](super::Off) names its place here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_hand: Vec<String>,
}

impl Said {
    pub fn reason(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), by_hand: Vec::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.reason.is_empty() && self.by_hand.is_empty()
    }

    /// Keeps a reason for something done by hand, once for all lines that it was for, and says where.
    pub(crate) fn put_by_hand(&mut self, reason: String) -> u32 {
        let known = self.by_hand.iter().position(|held| *held == reason);
        let place = known.unwrap_or_else(|| {
            self.by_hand.push(reason);
            self.by_hand.len() - 1
        });
        u32::try_from(place).unwrap_or(u32::MAX)
    }
}

/// Words are not for logs.
impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Said").finish_non_exhaustive()
    }
}
