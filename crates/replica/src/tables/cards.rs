//! Stored-value cards (C3): one, those of a person, and the money that went onto and out of one.

use std::collections::{BTreeMap, BTreeSet};

use hefu_core::{
    card::{CardState, Holding},
    ids::{CardId, MemberId, RuleId, SaleId, StaffId, StoreId, TopUpId},
    money::Fen,
    op::{Body, Refund, Sale},
    posting::{Account, Posting, Unit},
};
use rusqlite::{OptionalExtension, Row};

use super::{PersonRow, Reading, fen, id_column, maybe_id};
use crate::{Error, fold::Half};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardRow {
    pub card: CardId,
    pub card_no: String,
    /// Its type, by the version it was opened under.
    pub kind: RuleId,
    pub kind_version: u32,
    /// `None` for an anonymous card.
    pub member: Option<MemberId>,
    pub state: CardState,
    pub opened_at: i64,
    pub opened_store: Option<StoreId>,
    /// The business day it was opened or last woken up.
    pub awake_day: String,
}

/// Principal and bonus on a card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnCard {
    pub principal: Fen,
    pub bonus: Fen,
    /// Promised in monthly parts, not yet given.
    pub to_come: Fen,
}

/// A top-up, or a card paid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardMoneyRow {
    pub op: i64,
    pub card: CardId,
    pub top_up: Option<TopUpId>,
    pub receipt_no: String,
    pub store: Option<StoreId>,
    pub cashier: Option<StaffId>,
    pub at: i64,
    pub day: String,
    pub plan: String,
    /// From the card's view.
    pub principal_fen: Fen,
    pub bonus_fen: Fen,
    pub sequenced: bool,
}

/// A part of a bonus that is due and not given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartDue {
    pub top_up: TopUpId,
    pub part: u32,
    pub card: CardId,
    pub day: String,
    pub bonus_fen: Fen,
}

const CARD: &str = "SELECT id, card_no, kind, kind_version, member, state, replaced_by, opened_at, opened_store, awake_day FROM card";
const MONEY: &str = "SELECT op, card, top_up, receipt_no, store, cashier, at, day, plan, principal_fen, bonus_fen FROM card_money";

impl Reading<'_> {
    pub fn card(&self, id: CardId) -> Result<Option<CardRow>, Error> {
        Ok(self.connection.prepare_cached(&format!("{CARD} WHERE id = ?1"))?.query_row([id.as_bytes().as_slice()], card_row).optional()?)
    }

    /// By number. Were one number given twice, the card that still lives, else the first opened.
    pub fn card_by_no(&self, card_no: &str) -> Result<Option<CardRow>, Error> {
        Ok(self
            .connection
            .prepare_cached(&format!("{CARD} WHERE card_no = ?1 ORDER BY state <> 'active', state <> 'lost', opened_at, id LIMIT 1"))?
            .query_row([card_no], card_row)
            .optional()?)
    }

    /// Oldest first; cards that were replaced or closed are left out.
    pub fn cards_of_person(&self, person: &PersonRow) -> Result<Vec<CardRow>, Error> {
        let mut cards: Vec<CardRow> = Vec::new();
        for id in person.ids() {
            let mut statement = self.connection.prepare_cached(&format!("{CARD} WHERE member = ?1 AND state IN ('active', 'lost')"))?;
            let rows = statement.query_map([id.as_bytes().as_slice()], card_row)?;
            for card in rows {
                cards.push(card?);
            }
        }
        cards.sort_by_key(|card| (card.opened_at, card.card));
        Ok(cards)
    }

    /// A card and those whose place it took, itself first: what reached one of them late is its own. None for a card that is
    /// replaced itself, for which the card in its place speaks.
    pub fn card_line(&self, card: CardId) -> Result<Vec<CardId>, Error> {
        let mut statement = self.connection.prepare_cached(
            "WITH RECURSIVE line (id) AS (
                SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM card WHERE id = ?1 AND replaced_by IS NOT NULL)
                UNION SELECT card.id FROM line JOIN card ON card.replaced_by = line.id)
             SELECT id FROM line",
        )?;
        let rows = statement.query_map([card.as_bytes().as_slice()], |row| Ok(CardId::from_bytes(id_column(row, 0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// As [`Self::card_line`], for looking back: of a card that is replaced itself, its own past alone.
    pub fn card_past(&self, card: CardId) -> Result<Vec<CardId>, Error> {
        let line = self.card_line(card)?;
        Ok(if line.is_empty() { vec![card] } else { line })
    }

    /// The card that lives in the place of one: itself, or what it was replaced by in the end; `None` when that was paid out.
    pub fn living_card(&self, card: CardId) -> Result<Option<CardId>, Error> {
        let mut id = card;
        let mut seen = BTreeSet::new();
        while seen.insert(id) {
            match self.card(id)?.map(|card| card.state) {
                Some(CardState::Replaced { by }) => id = by,
                Some(CardState::Closed) => return Ok(None),
                _ => return Ok(Some(id)),
            }
        }
        Ok(None)
    }

    /// What lies on a card and on those whose place it took, account by account.
    pub fn card_holdings(&self, card: CardId) -> Result<Vec<Holding>, Error> {
        let holding = |card| {
            Ok(Holding {
                card,
                principal: fen(self.balance(&Account::CardPrincipal(card), Unit::Fen)?)?,
                bonus: fen(self.balance(&Account::CardBonus(card), Unit::Fen)?)?,
            })
        };
        self.card_line(card)?.into_iter().map(holding).collect()
    }

    /// What a card can speak for, with what was promised to the cards whose place it took. A card that is closed is promised
    /// nothing more.
    pub fn on_card(&self, card: CardId) -> Result<OnCard, Error> {
        let mut on = OnCard::default();
        for held in self.card_holdings(card)? {
            let to_come: i64 = self
                .connection
                .prepare_cached(
                    "SELECT coalesce(sum(bonus_fen), 0) FROM bonus_part WHERE card = ?1
                     AND NOT EXISTS (SELECT 1 FROM bonus_given WHERE top_up = bonus_part.top_up AND part = bonus_part.part)
                     AND NOT EXISTS (SELECT 1 FROM card WHERE id = ?2 AND state = 'closed')",
                )?
                .query_row((held.card.as_bytes().as_slice(), card.as_bytes().as_slice()), |row| row.get(0))?;
            on.principal = on.principal.plus(held.principal)?;
            on.bonus = on.bonus.plus(held.bonus)?;
            on.to_come = on.to_come.plus(fen(to_come)?)?;
        }
        Ok(on)
    }

    /// Top-ups and pay-outs of a card, oldest first.
    pub fn card_money(&self, card: CardId) -> Result<Vec<CardMoneyRow>, Error> {
        let mut statement = self.connection.prepare_cached(&format!("{MONEY} WHERE card = ?1 ORDER BY at, op"))?;
        let mut rows = statement.query([card.as_bytes().as_slice()])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(self.money_row(row)?);
        }
        Ok(found)
    }

    pub fn top_up(&self, id: TopUpId) -> Result<Option<CardMoneyRow>, Error> {
        let mut statement = self.connection.prepare_cached(&format!("{MONEY} WHERE top_up = ?1 ORDER BY op LIMIT 1"))?;
        let mut rows = statement.query([id.as_bytes().as_slice()])?;
        rows.next()?.map(|row| self.money_row(row)).transpose()
    }

    /// How a card was paid out, and how much, once it was.
    pub fn card_paid_out(&self, card: CardId) -> Result<Option<(CardMoneyRow, Fen)>, Error> {
        let Some(money) = self.card_money(card)?.into_iter().find(|money| money.top_up.is_none()) else { return Ok(None) };
        match self.operation::<serde::de::IgnoredAny>(money.op)?.0 {
            Body::CardRefunded(refunded) => Ok(Some((money, refunded.refund_fen))),
            _ => Err(Error::Stored("card refund")),
        }
    }

    fn money_row(&self, row: &Row<'_>) -> Result<CardMoneyRow, Error> {
        let op = row.get(0)?;
        Ok(CardMoneyRow {
            op,
            card: CardId::from_bytes(id_column(row, 1)?),
            top_up: maybe_id(row, 2)?.map(TopUpId::from_bytes),
            receipt_no: row.get(3)?,
            store: maybe_id(row, 4)?.map(StoreId::from_bytes),
            cashier: maybe_id(row, 5)?.map(StaffId::from_bytes),
            at: row.get(6)?,
            day: row.get(7)?,
            plan: row.get(8)?,
            principal_fen: fen(row.get(9)?)?,
            bonus_fen: fen(row.get(10)?)?,
            sequenced: self.is_sequenced(op)?,
        })
    }

    /// By what a top-up was paid, or a card paid out.
    pub fn card_tenders(&self, money: &CardMoneyRow) -> Result<Vec<hefu_core::op::Tender>, Error> {
        let half = if money.top_up.is_some() { Half::Taken } else { Half::GivenBack };
        self.tenders_of(money.op, half)
    }

    /// The monthly parts that a top-up promised, first to last.
    pub fn bonus_parts(&self, top_up: TopUpId) -> Result<Vec<PartDue>, Error> {
        let mut statement =
            self.connection.prepare_cached("SELECT top_up, part, card, day, bonus_fen FROM bonus_part WHERE top_up = ?1 ORDER BY part")?;
        let rows = statement.query_map([top_up.as_bytes().as_slice()], part_row)?;
        rows.map(|row| row?.read()).collect()
    }

    /// What of the bonuses that a card was promised in parts has come.
    pub fn bonus_parts_given(&self, card: CardId) -> Result<Fen, Error> {
        let mut given = Fen::ZERO;
        for card in self.card_line(card)? {
            let sum: i64 = self
                .connection
                .prepare_cached("SELECT coalesce(sum(bonus_fen), 0) FROM bonus_part JOIN bonus_given USING (top_up, part) WHERE card = ?1")?
                .query_row([card.as_bytes().as_slice()], |row| row.get(0))?;
            given = given.plus(fen(sum)?)?;
        }
        Ok(given)
    }

    /// Parts of bonuses due by a business day and not given, in the order of their days, after one; each for the card that lives
    /// now. A card that was paid out gets none.
    pub fn bonus_parts_due(&self, day: &str, after: Option<&PartDue>, most: usize) -> Result<Vec<PartDue>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT top_up, part, card, day, bonus_fen FROM bonus_part WHERE day <= ?1 AND (day, top_up, part) > (?2, ?3, ?4)
             AND NOT EXISTS (SELECT 1 FROM bonus_given WHERE top_up = bonus_part.top_up AND part = bonus_part.part)
             ORDER BY day, top_up, part",
        )?;
        let none: &[u8] = &[];
        let (from, top_up, part) = after.map_or(("", none, 0), |part| (part.day.as_str(), part.top_up.as_bytes().as_slice(), part.part));
        let rows = statement.query_map((day, from, top_up, part), part_row)?;
        let mut due = Vec::new();
        for row in rows {
            if due.len() >= most {
                break;
            }
            let part = row?.read()?;
            if let Some(card) = self.living_card(part.card)? {
                due.push(PartDue { card, ..part });
            }
        }
        Ok(due)
    }

    /// Whether a part of a bonus was given.
    pub fn is_bonus_given(&self, top_up: TopUpId, part: u32) -> Result<bool, Error> {
        let mut statement = self.connection.prepare_cached("SELECT 1 FROM bonus_given WHERE top_up = ?1 AND part = ?2")?;
        Ok(statement.exists((top_up.as_bytes().as_slice(), part))?)
    }

    /// What a card and those whose place it took paid for, sale by sale, less what came back to it of the sale. From heads alone.
    pub fn card_uses(&self, card: CardId) -> Result<Vec<CardUse>, Error> {
        let cards: BTreeSet<CardId> = self.card_line(card)?.into_iter().collect();
        let mut todo = BTreeSet::new();
        for card in &cards {
            todo.extend(self.ops_of(&Account::CardPrincipal(*card))?);
            todo.extend(self.ops_of(&Account::CardBonus(*card))?);
        }
        let mut uses = Uses { cards, drawn: BTreeMap::new() };
        let mut done = BTreeSet::new();
        while let Some(op) = todo.pop_first() {
            if !done.insert(op) {
                continue;
            }
            let body = self.operation::<serde::de::IgnoredAny>(op)?.0;
            let (sale, refund) = match &body {
                Body::Sale(sale) => (Some(sale), None),
                Body::Refund(refund) => (None, Some(refund)),
                Body::Exchange(exchange) => (Some(&exchange.sale), Some(&exchange.refund)),
                _ => (None, None),
            };
            if let Some(sale) = sale {
                uses.sold(sale);
                // An exchange that takes as much as it gives back moves nothing on the card in all, and is found from its sale.
                todo.extend(self.refunds_of_sale(sale.sale)?.into_iter().map(|refund| refund.op));
            }
            if let Some(refund) = refund {
                uses.refunded(refund);
            }
        }
        uses.read()
    }

    fn ops_of(&self, account: &Account) -> Result<Vec<i64>, Error> {
        let mut statement = self.connection.prepare_cached("SELECT op FROM posting WHERE account = ?1 AND unit = 1")?;
        let rows = statement.query_map([account.key().as_slice()], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// What one sale has drawn on a card, refunds of it taken off. Below zero only where the sale itself is not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardUse {
    pub sale: SaleId,
    pub principal: Fen,
    pub bonus: Fen,
}

/// Movements of some cards by the sales that made them.
struct Uses {
    cards: BTreeSet<CardId>,
    drawn: BTreeMap<SaleId, (i64, i64)>,
}

impl Uses {
    fn sold(&mut self, sale: &Sale) {
        self.add(sale.sale, &sale.postings);
    }

    fn refunded(&mut self, refund: &Refund) {
        if let Some(sale) = refund.sale {
            self.add(sale, &refund.postings);
        }
    }

    fn add(&mut self, sale: SaleId, postings: &[Posting]) {
        for (account, gained) in postings.iter().flat_map(Posting::legs) {
            match account {
                Account::CardPrincipal(card) if self.cards.contains(&card) => self.drawn.entry(sale).or_default().0 -= gained,
                Account::CardBonus(card) if self.cards.contains(&card) => self.drawn.entry(sale).or_default().1 -= gained,
                _ => {}
            }
        }
    }

    fn read(self) -> Result<Vec<CardUse>, Error> {
        let one = |(sale, (principal, bonus))| Ok(CardUse { sale, principal: fen(principal)?, bonus: fen(bonus)? });
        self.drawn.into_iter().map(one).collect()
    }
}

/// A row of `bonus_part`, its amount still as it was stored.
struct StoredPart(PartDue, i64);

impl StoredPart {
    fn read(self) -> Result<PartDue, Error> {
        Ok(PartDue { bonus_fen: fen(self.1)?, ..self.0 })
    }
}

fn part_row(row: &Row<'_>) -> rusqlite::Result<StoredPart> {
    let part = PartDue {
        top_up: TopUpId::from_bytes(id_column(row, 0)?),
        part: row.get(1)?,
        card: CardId::from_bytes(id_column(row, 2)?),
        day: row.get(3)?,
        bonus_fen: Fen::ZERO,
    };
    Ok(StoredPart(part, row.get(4)?))
}

fn card_row(row: &Row<'_>) -> rusqlite::Result<CardRow> {
    let replaced_by = maybe_id(row, 6)?.map(CardId::from_bytes);
    let state = match (row.get_ref(5)?.as_str()?, replaced_by) {
        ("lost", _) => CardState::Lost,
        ("replaced", Some(by)) => CardState::Replaced { by },
        ("closed", _) => CardState::Closed,
        _ => CardState::Active,
    };
    Ok(CardRow {
        card: CardId::from_bytes(id_column(row, 0)?),
        card_no: row.get(1)?,
        kind: RuleId::from_bytes(id_column(row, 2)?),
        kind_version: row.get(3)?,
        member: maybe_id(row, 4)?.map(MemberId::from_bytes),
        state,
        opened_at: row.get(7)?,
        opened_store: maybe_id(row, 8)?.map(StoreId::from_bytes),
        awake_day: row.get(9)?,
    })
}
