//! Figures that screens and limits read instead of adding up: a store's days, and what a member did in all and by month. A
//! row stands where at least one operation added to it, so that what moves to another day leaves nothing behind.

use hefu_core::{
    ids::{MemberId, StoreId},
    op::{Body, Refund, Sale, Stamp},
};
use rusqlite::Connection;

use super::{When, posting};
use crate::Error;

/// What an operation adds.
#[derive(Default)]
pub(super) struct Figures {
    sales: i64,
    amount_fen: i64,
    member_sales: i64,
    refunds: i64,
    refund_fen: i64,
    visits: Vec<Visit>,
}

/// What a member did. A refund is no visit and takes spend away.
struct Visit {
    member: MemberId,
    visits: i64,
    spend_fen: i64,
}

impl Figures {
    pub fn of(body: &Body) -> Self {
        let mut figures = Self::default();
        match body {
            Body::Sale(sale) => figures.sale(sale),
            Body::Refund(refund) => figures.refund(refund),
            Body::Exchange(exchange) => {
                figures.refund(&exchange.refund);
                figures.sale(&exchange.sale);
            }
            _ => {}
        }
        figures
    }

    fn sale(&mut self, sale: &Sale) {
        self.sales = 1;
        self.amount_fen = sale.total_fen.get();
        self.member_sales = i64::from(sale.member.is_some());
        // What was paid: a refund takes that away again, and what rounding left unpaid was never spent.
        let spend_fen = sale.total_fen.get() - sale.rounding_fen.get();
        self.visits.extend(sale.member.map(|member| Visit { member, visits: 1, spend_fen }));
    }

    fn refund(&mut self, refund: &Refund) {
        self.refunds = 1;
        self.refund_fen = refund.total_fen.get();
        // Without a receipt nobody knows that it was the member who spent it.
        let spender = refund.member.filter(|_| refund.sale.is_some());
        self.visits.extend(spender.map(|member| Visit { member, visits: 0, spend_fen: -refund.total_fen.get() }));
    }

    /// Adds all of it.
    pub fn add(&self, connection: &Connection, store: Option<StoreId>, when: &When) -> Result<(), Error> {
        let mut add = connection.prepare_cached(
            "INSERT INTO member_stat (member, visits, spend_fen, last_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (member) DO UPDATE SET visits = visits + excluded.visits, spend_fen = spend_fen + excluded.spend_fen,
                last_at = max(last_at, excluded.last_at)",
        )?;
        for visit in &self.visits {
            let at = if visit.visits > 0 { when.at } else { 0 };
            add.execute((visit.member.as_bytes().as_slice(), visit.visits, visit.spend_fen, at))?;
        }
        self.add_dated(connection, store, when, 1)
    }

    /// Takes what hangs on the day from one moment to another. The sales themselves are there already.
    pub fn move_to(&self, connection: &Connection, store: Option<StoreId>, before: &When, after: &When) -> Result<(), Error> {
        for visit in &self.visits {
            connection
                .prepare_cached(
                    "UPDATE member_stat SET last_at = (SELECT coalesce(max(at), 0) FROM sale WHERE sale.member = member_stat.member)
                     WHERE member = ?1",
                )?
                .execute([visit.member.as_bytes().as_slice()])?;
        }
        self.add_dated(connection, store, before, -1)?;
        self.add_dated(connection, store, after, 1)?;
        if let Some(store) = store {
            connection
                .prepare_cached("DELETE FROM store_day WHERE store = ?1 AND day = ?2 AND sales = 0 AND refunds = 0")?
                .execute((store.as_bytes().as_slice(), &before.day))?;
        }
        for visit in &self.visits {
            connection
                .prepare_cached("DELETE FROM member_month WHERE member = ?1 AND month = ?2 AND visits = 0 AND spend_fen = 0")?
                .execute((visit.member.as_bytes().as_slice(), before.month()))?;
        }
        Ok(())
    }

    fn add_dated(&self, connection: &Connection, store: Option<StoreId>, when: &When, times: i64) -> Result<(), Error> {
        if let Some(store) = store.filter(|_| self.sales + self.refunds > 0) {
            connection
                .prepare_cached(
                    "INSERT INTO store_day (store, day, sales, amount_fen, member_sales, refunds, refund_fen)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                     ON CONFLICT (store, day) DO UPDATE SET sales = sales + excluded.sales, amount_fen = amount_fen + excluded.amount_fen,
                        member_sales = member_sales + excluded.member_sales, refunds = refunds + excluded.refunds,
                        refund_fen = refund_fen + excluded.refund_fen",
                )?
                .execute((
                    store.as_bytes().as_slice(),
                    &when.day,
                    times * self.sales,
                    times * self.amount_fen,
                    times * self.member_sales,
                    times * self.refunds,
                    times * self.refund_fen,
                ))?;
        }
        let mut add = connection.prepare_cached(
            "INSERT INTO member_month (member, month, visits, spend_fen) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (member, month) DO UPDATE SET visits = visits + excluded.visits, spend_fen = spend_fen + excluded.spend_fen",
        )?;
        // A refund of nothing makes no month.
        for visit in self.visits.iter().filter(|visit| visit.visits != 0 || visit.spend_fen != 0) {
            add.execute((visit.member.as_bytes().as_slice(), when.month(), times * visit.visits, times * visit.spend_fen))?;
        }
        Ok(())
    }
}

/// Moves what an own operation added, from the moment that its till believed in to the one that its mark allows. `id` is its row.
pub(super) fn moved(connection: &Connection, id: i64, stamp: &Stamp, body: &Body, before: &When, after: &When) -> Result<(), Error> {
    posting::move_to(connection, id, &body.postings()?, before.at, after.at)?;
    let tables: &[&str] = match body {
        Body::Sale(_) => &["sale"],
        Body::Refund(_) => &["refund"],
        Body::Exchange(_) => &["refund", "sale"],
        Body::CardToppedUp(_) | Body::CardRefunded(_) => &["card_money"],
        _ => &[],
    };
    for table in tables {
        connection.prepare_cached(&format!("UPDATE {table} SET at = ?2, day = ?3 WHERE op = ?1"))?.execute((id, after.at, &after.day))?;
    }
    Figures::of(body).move_to(connection, stamp.store, before, after)
}
