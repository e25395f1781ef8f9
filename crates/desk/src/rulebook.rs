//! The chain's rules, read and sorted once for as long as they hold: a cart with five hundred live promotions is priced at
//! every scan.

use std::sync::{Arc, Mutex, PoisonError};

use hefu_core::{
    ids::RuleId,
    rules::{Rule, RuleBody, RulesInForce},
};
use hefu_replica::Reading;

/// Every rule of the chain as of one revision of the book.
pub(crate) struct RuleBook {
    revision: u64,
    rules: Vec<Rule>,
}

impl RuleBook {
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// One version of one rule: an issued coupon and an opened card keep theirs.
    pub fn version(&self, rule: RuleId, version: u32) -> Option<&RuleBody> {
        self.rules.iter().find(|held| held.rule == rule && held.version == version).map(|held| &held.body)
    }
}

/// Rules in force over `[from, until)`.
struct Held {
    book: Arc<RuleBook>,
    from: i64,
    until: i64,
    force: Arc<RulesInForce>,
}

#[derive(Default)]
pub(crate) struct Rules(Mutex<Option<Held>>);

impl Rules {
    /// The rules in force at a moment, and the book they are from. Not to be asked inside a transaction that has changed a rule:
    /// what is kept here must be committed.
    pub fn at(&self, book: &Reading<'_>, at: i64) -> Result<(Arc<RulesInForce>, Arc<RuleBook>), hefu_replica::Error> {
        let revision = book.rules_revision()?;
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = held.take().filter(|held| held.book.revision == revision);
        let fitting = match known {
            Some(known) if (known.from..known.until).contains(&at) => known,
            Some(known) => Held::at(known.book, at),
            None => Held::at(Arc::new(RuleBook { revision, rules: book.rules()? }), at),
        };
        let answer = (Arc::clone(&fitting.force), Arc::clone(&fitting.book));
        *held = Some(fitting);
        Ok(answer)
    }
}

impl Held {
    fn at(book: Arc<RuleBook>, at: i64) -> Self {
        let starts = || book.rules.iter().map(|rule| rule.valid_from);
        let from = starts().filter(|start| *start <= at).max().unwrap_or(i64::MIN);
        let until = starts().filter(|start| *start > at).min().unwrap_or(i64::MAX);
        let force = Arc::new(RulesInForce::at(&book.rules, at));
        Self { book, from, until, force }
    }
}
