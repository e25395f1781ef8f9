//! Stored-value cards (C3): one, those of a person, and the money that went onto and out of one.

use hefu_core::{
    card::CardState,
    ids::{CardId, MemberId, RuleId, SaleId, StaffId, StoreId, TopUpId},
    money::Fen,
    posting::{Account, Unit},
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

    pub fn on_card(&self, card: CardId) -> Result<OnCard, Error> {
        let to_come: i64 = self
            .connection
            .prepare_cached(
                "SELECT coalesce(sum(bonus_fen), 0) FROM bonus_part WHERE card = ?1
                 AND NOT EXISTS (SELECT 1 FROM bonus_given WHERE top_up = bonus_part.top_up AND part = bonus_part.part)",
            )?
            .query_row([card.as_bytes().as_slice()], |row| row.get(0))?;
        Ok(OnCard {
            principal: fen(self.balance(&Account::CardPrincipal(card), Unit::Fen)?)?,
            bonus: fen(self.balance(&Account::CardBonus(card), Unit::Fen)?)?,
            to_come: fen(to_come)?,
        })
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

    /// What a card has paid and had back, at list price too: `(sale, fen of the card's, list price of the goods, total)`.
    pub fn card_uses(&self, card: CardId) -> Result<Vec<CardUse>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT posting.op, posting.amount, sale.sale, sale.goods_fen, sale.total_fen, refund.sale
             FROM posting LEFT JOIN sale ON sale.op = posting.op LEFT JOIN refund ON refund.op = posting.op
             WHERE account IN (?1, ?2) AND unit = 1",
        )?;
        let accounts = [Account::CardPrincipal(card).key(), Account::CardBonus(card).key()];
        let mut rows = statement.query((accounts[0].as_slice(), accounts[1].as_slice()))?;
        let mut uses = Vec::new();
        while let Some(row) = rows.next()? {
            let sold: Option<i64> = row.get(3)?;
            let refunded_of = maybe_id(row, 5)?.map(SaleId::from_bytes);
            let (goods, total) = match (sold, refunded_of) {
                (Some(goods), None) => (goods, row.get(4)?),
                (_, Some(sale)) => self.sale(sale)?.map_or((0, 0), |sale| (sale.goods_fen.get(), sale.total_fen.get())),
                (None, None) => continue,
            };
            uses.push(CardUse { amount: row.get(1)?, goods: fen(goods)?, total: fen(total)? });
        }
        Ok(uses)
    }

    /// Parts of bonuses due by a business day and not given.
    pub fn bonus_parts_due(&self, day: &str) -> Result<Vec<PartDue>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT top_up, part, card, day, bonus_fen FROM bonus_part WHERE day <= ?1
             AND NOT EXISTS (SELECT 1 FROM bonus_given WHERE top_up = bonus_part.top_up AND part = bonus_part.part)
             ORDER BY day, top_up, part",
        )?;
        let mut rows = statement.query([day])?;
        let mut due = Vec::new();
        while let Some(row) = rows.next()? {
            due.push(PartDue {
                top_up: TopUpId::from_bytes(id_column(row, 0)?),
                part: row.get(1)?,
                card: CardId::from_bytes(id_column(row, 2)?),
                day: row.get(3)?,
                bonus_fen: fen(row.get(4)?)?,
            });
        }
        Ok(due)
    }
}

/// A movement of a card by a sale (below zero) or a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardUse {
    pub amount: i64,
    /// Of the sale: its goods at list price, and what was due for them.
    pub goods: Fen,
    pub total: Fen,
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
