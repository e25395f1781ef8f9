//! What one buyer bought of cards in a business day: the law looks at all of it together (C3).

use std::collections::BTreeSet;

use hefu_core::{ids::CardId, money::Fen};

use super::{CardRow, Reading, fen, id_column};
use crate::Error;

const OF_MEMBER: &str = "SELECT id FROM card WHERE member = ?1";
const REPLACED_BY: &str = "SELECT id FROM card WHERE replaced_by = ?1";
const BOUGHT: &str = "SELECT coalesce(sum(principal_fen), 0) FROM card_money WHERE card = ?1 AND day = ?2 AND top_up IS NOT NULL";

impl Reading<'_> {
    /// Principal that the buyer of a card has bought on a business day, as far as this book knows: onto every card of its
    /// member by all registrations, or, where nobody is known, onto this card alone; in either case with the cards whose
    /// place they took. What was given back since counts too, for it was bought. Errors with `amount.too_large`.
    pub fn bought_on(&self, card: &CardRow, day: &str) -> Result<Fen, Error> {
        let mut bought = Fen::ZERO;
        for card in self.cards_of_buyer(card)? {
            let sum = self.connection.prepare_cached(BOUGHT)?.query_row((card.as_bytes().as_slice(), day), |row| row.get(0))?;
            bought = bought.plus(fen(sum)?)?;
        }
        Ok(bought)
    }

    /// In any state: a card that was replaced or paid out was bought all the same.
    fn cards_of_buyer(&self, card: &CardRow) -> Result<BTreeSet<CardId>, Error> {
        let mut todo = vec![card.card];
        if let Some(member) = card.member {
            // A card may come before its member does, and then speaks for the one registration it names.
            let ids = self.person(member)?.map_or_else(|| vec![member], |person| person.ids().collect());
            for id in ids {
                todo.extend(self.card_ids(OF_MEMBER, id.as_bytes())?);
            }
        }
        let mut cards = BTreeSet::new();
        while let Some(card) = todo.pop() {
            if cards.insert(card) {
                todo.extend(self.card_ids(REPLACED_BY, card.as_bytes())?);
            }
        }
        Ok(cards)
    }

    fn card_ids(&self, sql: &str, of: &[u8; 16]) -> Result<Vec<CardId>, Error> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([of.as_slice()], |row| Ok(CardId::from_bytes(id_column(row, 0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn no_table_is_read_whole() {
        let connection = Connection::open_in_memory().unwrap();
        for part in [include_str!("../../schema/001_start.sql"), include_str!("../../schema/002_money.sql")] {
            connection.execute_batch(part).unwrap();
        }
        for (sql, index) in [(OF_MEMBER, "card_of_member"), (REPLACED_BY, "card_replaced"), (BOUGHT, "card_money_of_card")] {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let values = vec![rusqlite::types::Null; statement.parameter_count()];
            let steps = statement.query_map(rusqlite::params_from_iter(values), |row| row.get(3)).unwrap();
            let steps: Vec<String> = steps.collect::<Result<_, _>>().unwrap();
            assert!(steps.iter().all(|step| step.starts_with("SEARCH") && step.contains(index)), "{sql}: {steps:?}");
        }
    }
}
