//! What one buyer bought of cards in a business day: the law looks at all of it together (C3).

use std::collections::{BTreeMap, BTreeSet};

use hefu_core::{
    card::Buyer,
    ids::{BuyerId, CardId, MemberId},
    money::Fen,
};

use super::{BuyerRow, CardRow, Reading, fen, id_column, maybe_id};
use crate::Error;

const OF_MEMBER: &str = "SELECT id FROM card WHERE member = ?1";
const REPLACED_BY: &str = "SELECT id FROM card WHERE replaced_by = ?1";
const ONTO_CARD: &str = "SELECT op, principal_fen, buyer FROM card_money WHERE card = ?1 AND day = ?2 AND top_up IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM buyer WHERE id = card_money.buyer AND party = 'company')";
const BUYERS_OF_CARD: &str = "SELECT buyer FROM card_money WHERE card = ?1 AND buyer IS NOT NULL ORDER BY at DESC, op DESC";
const BY_BUYER: &str = "SELECT op, principal_fen, buyer FROM card_money WHERE buyer = ?1 AND day = ?2 AND top_up IS NOT NULL";

/// Top-ups by their operation, so that none counts twice.
type Bought = BTreeMap<i64, Fen>;

impl Reading<'_> {
    /// Principal that the buyer of a top-up of this card has bought on a business day, as far as this book knows; what was given back
    /// since counts too, for it was bought. Errors with `amount.too_large`.
    ///
    /// - Nobody named: all that no company bought onto every card of the card's member by all registrations, or, where nobody is
    ///   known, onto this card alone; in either case with the cards whose place they took.
    /// - A person: all that names a record of the same document, with all that no company bought onto the cards of the members
    ///   whose document it is; and of an anonymous card what names nobody, which may have been theirs.
    /// - A company: what names a record of the same document. A buyer whose record cannot be read is as nobody.
    pub fn bought_on(&self, card: &CardRow, buyer: Option<&BuyerRow>, day: &str) -> Result<Fen, Error> {
        let mut bought = Bought::new();
        match buyer.and_then(|buyer| buyer.record.as_ref()) {
            None => {
                let cards = card.member.map_or_else(|| Ok(vec![card.card]), |member| self.cards_of_member(member))?;
                // A card that is passed on within the day counts for who holds it, and itself whoever that is.
                self.add_onto(&mut bought, cards.into_iter().chain([card.card]), day, |_| true)?;
            }
            Some(record) => {
                let records = self.buyers_by_document(&record.document)?;
                for id in records.iter().map(|row| row.id).chain(buyer.map(|buyer| buyer.id)) {
                    self.add(&mut bought, BY_BUYER, (id.as_bytes().as_slice(), day), &|_| true)?;
                }
                if record.party() == Buyer::Person {
                    for member in records.iter().filter_map(|row| row.member).collect::<BTreeSet<_>>() {
                        self.add_onto(&mut bought, self.cards_of_member(member)?, day, |_| true)?;
                    }
                    if card.member.is_none() {
                        self.add_onto(&mut bought, [card.card], day, |buyer| buyer.is_none())?;
                    }
                }
            }
        }
        Ok(bought.into_values().try_fold(Fen::ZERO, Fen::plus)?)
    }

    /// Whoever bought onto a card last, as recorded: named by the top-up, of this card before those whose place it took, or else its
    /// member by the own document. `None` where nobody is on record whose record can be read here.
    pub fn buyer_of_card(&self, card: &CardRow) -> Result<Option<BuyerRow>, Error> {
        for card in self.card_past(card.card)? {
            let mut statement = self.connection.prepare_cached(BUYERS_OF_CARD)?;
            for id in statement.query_map([card.as_bytes().as_slice()], |row| Ok(BuyerId::from_bytes(id_column(row, 0)?)))? {
                let named = self.buyer(id?)?.filter(|buyer| buyer.record.is_some());
                if named.is_some() {
                    return Ok(named);
                }
            }
        }
        match card.member.map(|id| self.person(id)).transpose()?.flatten() {
            Some(person) => self.buyer_of_person(&person),
            None => Ok(None),
        }
    }

    /// What no company bought onto these cards, in any state, and those whose place they took: a card that was replaced or paid out was
    /// bought all the same.
    fn add_onto(
        &self,
        bought: &mut Bought,
        cards: impl IntoIterator<Item = CardId>,
        day: &str,
        counts: impl Fn(Option<BuyerId>) -> bool,
    ) -> Result<(), Error> {
        let mut todo: Vec<CardId> = cards.into_iter().collect();
        let mut done = BTreeSet::new();
        while let Some(card) = todo.pop() {
            if done.insert(card) {
                self.add(bought, ONTO_CARD, (card.as_bytes().as_slice(), day), &counts)?;
                todo.extend(self.card_ids(REPLACED_BY, card.as_bytes())?);
            }
        }
        Ok(())
    }

    fn add(&self, bought: &mut Bought, sql: &str, of: (&[u8], &str), counts: &dyn Fn(Option<BuyerId>) -> bool) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(of)?;
        while let Some(row) = rows.next()? {
            if counts(maybe_id(row, 2)?.map(BuyerId::from_bytes)) {
                bought.insert(row.get(0)?, fen(row.get(1)?)?);
            }
        }
        Ok(())
    }

    /// By all registrations. A card may come before its member does, and then speaks for the one registration it names.
    fn cards_of_member(&self, member: MemberId) -> Result<Vec<CardId>, Error> {
        let ids: Vec<MemberId> = self.person(member)?.map_or_else(|| vec![member], |person| person.ids().collect());
        let mut cards = Vec::new();
        for id in ids {
            cards.extend(self.card_ids(OF_MEMBER, id.as_bytes())?);
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
    use super::{
        super::{
            buyers::{BY_DOCUMENT, BY_ID, OF_MEMBER as BUYERS_OF},
            plans,
        },
        *,
    };

    #[test]
    fn no_table_is_read_whole() {
        plans::check(OF_MEMBER, &["card_of_member"]).unwrap();
        plans::check(REPLACED_BY, &["card_replaced"]).unwrap();
        plans::check(ONTO_CARD, &["card_money_of_card", "PRIMARY KEY"]).unwrap();
        plans::check(BY_BUYER, &["card_money_of_buyer"]).unwrap();
        plans::check(BUYERS_OF_CARD, &["card_money_of_card"]).unwrap();
        for (of, index) in [(BY_ID, "PRIMARY KEY"), (BY_DOCUMENT, "buyer_by_document"), (BUYERS_OF, "buyer_of_member")] {
            plans::check(&format!("SELECT id FROM buyer {of}"), &[index]).unwrap();
        }
    }
}
