//! Figures that screens and limits read instead of adding up: a store's days, and what a member did in all and by month. A
//! store's day stands where at least one operation added to it, a member's month where something is left of it: so what moves to
//! another day leaves nothing behind.

use hefu_core::{
    ids::{MemberId, StoreId},
    op::{Body, Refund, Sale, Stamp},
};
use rusqlite::Connection;

use super::{When, posting, sale, visit};
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

/// What a member did. A refund takes spend away; what it takes of visits is [`visit`]'s to say.
struct Visit {
    member: MemberId,
    bought: bool,
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
                figures.sale(&exchange.sale);
                // Whoever exchanges has been counted when they bought.
                figures.no_visit();
                figures.refund(&exchange.refund);
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
        self.visits.extend(sale.member.map(|member| Visit { member, bought: true, visits: 1, spend_fen }));
    }

    fn no_visit(&mut self) {
        self.visits.iter_mut().for_each(|visit| visit.visits = 0);
    }

    fn refund(&mut self, refund: &Refund) {
        self.refunds = 1;
        self.refund_fen = refund.total_fen.get();
        // Without a receipt nobody knows that it was the member who spent it.
        let spender = refund.member.filter(|_| refund.sale.is_some());
        self.visits.extend(spender.map(|member| Visit { member, bought: false, visits: 0, spend_fen: -refund.total_fen.get() }));
    }

    /// Adds all of it.
    pub fn add(&self, connection: &Connection, store: Option<StoreId>, when: &When) -> Result<(), Error> {
        let mut add = connection.prepare_cached(
            "INSERT INTO member_stat (member, visits, spend_fen, last_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (member) DO UPDATE SET visits = visits + excluded.visits, spend_fen = spend_fen + excluded.spend_fen,
                last_at = max(last_at, excluded.last_at)",
        )?;
        for visit in &self.visits {
            let at = if visit.bought { when.at } else { 0 };
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
        for visit in &self.visits {
            add.execute((visit.member.as_bytes().as_slice(), when.month(), times * visit.visits, times * visit.spend_fen))?;
            visit::clear(connection, visit.member.as_bytes(), when.month())?;
        }
        Ok(())
    }
}

/// Moves what an own operation added, from the moment that its till believed in to the one that its mark allows. `id` is its row.
pub(super) fn moved(connection: &Connection, id: i64, stamp: &Stamp, body: &Body, before: &When, after: &When) -> Result<(), Error> {
    posting::move_to(connection, id, &body.postings()?, before.at, after.at)?;
    if let Some(store) = stamp.store {
        let detail: Option<Vec<u8>> =
            connection.prepare_cached("SELECT detail FROM op WHERE id = ?1")?.query_row([id], |row| row.get(0))?;
        let goods = sale::goods_of(body, &detail.unwrap_or_default());
        posting::move_goods(connection, id, store, goods.into_iter(), before.at, after.at)?;
    }
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
    let mut figures = Figures::of(body);
    if let Body::Sale(sale) = body
        && visit::is_back(connection, *sale.sale.as_bytes())?
    {
        figures.no_visit();
    }
    figures.move_to(connection, stamp.store, before, after)
}
