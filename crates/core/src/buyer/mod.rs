//! Who buys a stored-value card, as the law wants it on record (C3): name, document and how to reach them, and the same of who acts for
//! them. Sources: Measures 2012 (单用途商业预付卡管理办法（试行）), article 15; the record is kept for at least five years.
//!
//! All of it is personal data and is sealed under the buyer's own key (F5). A record is not changed: who shows another document is
//! recorded anew, and a top-up goes on naming what was shown for it.

mod document;

pub use document::{Document, DocumentKind};

use serde::{Deserialize, Serialize};

use crate::{card::Buyer, error::Code, name, phone::Phone};

/// Who acts for a buyer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    pub name: String,
    /// A person's.
    pub document: Document,
}

/// What is sealed of a buyer: it never stands in clear in any operation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuyerRecord {
    /// A person's, or a company's.
    pub name: String,
    pub document: Document,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// Always there of a company, which buys by somebody's hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Agent>,
}

impl Agent {
    /// Errors as of a buyer's own name, and with `buyer.agent_needed` for a document that is no person's.
    pub fn read(name: &str, document: Document) -> Result<Self, Code> {
        match document.kind().party() {
            Buyer::Person => Ok(Self { name: named(name)?, document }),
            Buyer::Company => Err(Code::BuyerAgentNeeded),
        }
    }
}

impl BuyerRecord {
    /// Reads what was typed. Errors: `name.invalid` for none, `text.too_long`, `buyer.agent_needed` of a company without one.
    pub fn read(name: &str, document: Document, phone: Option<Phone>, agent: Option<Agent>) -> Result<Self, Code> {
        if document.kind().party() == Buyer::Company && agent.is_none() {
            return Err(Code::BuyerAgentNeeded);
        }
        Ok(Self { name: named(name)?, document, phone, agent })
    }

    pub const fn party(&self) -> Buyer {
        self.document.kind().party()
    }

    /// What another program sealed, if [`BuyerRecord::read`] could have made it once its names have lost their control characters
    /// and what is past [`name::LONGEST`].
    pub fn sane(self) -> Option<Self> {
        let agent = match self.agent {
            Some(agent) => Some(Agent::read(&plain(&agent.name), agent.document).ok()?),
            None => None,
        };
        Self::read(&plain(&self.name), self.document, self.phone, agent).ok()
    }

    /// Whether the two are of one buyer with one document, by the same hand.
    pub fn is_same(&self, other: &Self) -> bool {
        let hand = |record: &Self| record.agent.as_ref().map(|agent| (name::fold(&agent.name), agent.document.clone()));
        self.document == other.document && name::fold(&self.name) == name::fold(&other.name) && hand(self) == hand(other)
    }
}

fn named(text: &str) -> Result<String, Code> {
    let name = name::clean(text)?;
    if name.is_empty() { Err(Code::NameInvalid) } else { Ok(name) }
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(name::LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> Document {
        Document::read(DocumentKind::ResidentId, "11010519491231002X").unwrap()
    }

    fn company() -> Document {
        Document::read(DocumentKind::CreditCode, "91350100M000100Y43").unwrap()
    }

    fn agent() -> Agent {
        Agent::read("李 秀英", Document::read(DocumentKind::Passport, "E12345678").unwrap()).unwrap()
    }

    #[test]
    fn reads_buyers() {
        let long = "长".repeat(name::LONGEST + 1);
        for (name, document, agent, expect) in [
            ("张小明", id(), None, Ok(Buyer::Person)),
            ("张小明", id(), Some(agent()), Ok(Buyer::Person)),
            ("  ", id(), None, Err(Code::NameInvalid)),
            ("张\u{0}", id(), None, Err(Code::NameInvalid)),
            (long.as_str(), id(), None, Err(Code::TextTooLong)),
            ("湖滨贸易有限公司", company(), None, Err(Code::BuyerAgentNeeded)),
            ("湖滨贸易有限公司", company(), Some(agent()), Ok(Buyer::Company)),
            ("", company(), Some(agent()), Err(Code::NameInvalid)),
        ] {
            let found = BuyerRecord::read(name, document, None, agent).map(|record| record.party());
            assert_eq!(found, expect, "{name}");
        }
        assert_eq!(Agent::read("李秀英", company()).err(), Some(Code::BuyerAgentNeeded));
        assert_eq!(Agent::read(" ", id()).err(), Some(Code::NameInvalid));
    }

    #[test]
    fn what_another_program_sealed_is_made_fit_to_read_or_is_nobody() {
        let good = BuyerRecord::read("张小明", id(), Phone::parse("13812341234").ok(), Some(agent())).unwrap();
        assert!(good.clone().sane() == Some(good.clone()));
        let long = BuyerRecord { name: format!("张\u{0}{}", "长".repeat(99)), ..good.clone() };
        assert_eq!(long.sane().unwrap().name, format!("张{}", "长".repeat(name::LONGEST - 1)));
        assert!(BuyerRecord { name: "\u{0}".into(), ..good.clone() }.sane().is_none());
        let twice = Agent { name: "湖滨".into(), document: company() };
        assert!(BuyerRecord { agent: Some(twice), ..good.clone() }.sane().is_none());
        assert!(BuyerRecord { document: company(), agent: None, ..good }.sane().is_none());
    }

    #[test]
    fn one_buyer_is_known_again() {
        let one = |name: &str, document: Document, agent: Option<Agent>| BuyerRecord::read(name, document, None, agent).unwrap();
        let known = one("Zhang San", id(), None);
        assert!(known.is_same(&BuyerRecord { phone: Phone::parse("13812341234").ok(), ..one("zhang  san", id(), None) }));
        assert!(!known.is_same(&one("张三", id(), None)));
        assert!(!known.is_same(&one("Zhang San", agent().document, None)));
        assert!(!known.is_same(&one("Zhang San", id(), Some(agent()))));
    }
}
