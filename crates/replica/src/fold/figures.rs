//! Figures that screens and limits read instead of adding up: a store's days, and what a member did in all and by month. A
//! store's day stands where at least one operation added to it, a member's month where something is left of it: so what moves to
//! another day leaves nothing behind.

use hefu_core::{
    ids::{MemberId, StoreId},
    op::{Body, Refund, Sale, Stamp},
};
use rusqlite::Connection;

use super::{Sums, When, posting, sale, sums::Day, visit};
use crate::Error;

/// What an operation adds.
#[derive(Default)]
pub(super) struct Figures {
    day: Day,
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
        self.day.sales = 1;
        self.day.amount_fen = sale.total_fen.get();
        self.day.member_sales = i64::from(sale.member.is_some());
        // What was paid: a refund takes that away again, and what rounding left unpaid was never spent.
        let spend_fen = sale.total_fen.get() - sale.rounding_fen.get();
        self.visits.extend(sale.member.map(|member| Visit { member, bought: true, visits: 1, spend_fen }));
    }

    fn no_visit(&mut self) {
        self.visits.iter_mut().for_each(|visit| visit.visits = 0);
    }

    fn refund(&mut self, refund: &Refund) {
        self.day.refunds = 1;
        self.day.refund_fen = refund.total_fen.get();
        // Without a receipt nobody knows that it was the member who spent it.
        let spender = refund.member.filter(|_| refund.sale.is_some());
        self.visits.extend(spender.map(|member| Visit { member, bought: false, visits: 0, spend_fen: -refund.total_fen.get() }));
    }

    /// Adds all of it.
    pub fn add(&self, sums: &mut Sums, store: Option<StoreId>, when: &When) {
        for visit in &self.visits {
            sums.member(visit.member.as_bytes(), visit.visits, visit.spend_fen, if visit.bought { when.at } else { 0 });
        }
        self.add_dated(sums, store, when, 1);
    }

    /// Takes what hangs on the day from one moment to another. The sales themselves are there already.
    pub fn move_to(
        &self,
        connection: &Connection,
        sums: &mut Sums,
        store: Option<StoreId>,
        before: &When,
        after: &When,
    ) -> Result<(), Error> {
        for visit in &self.visits {
            connection
                .prepare_cached(
                    "UPDATE member_stat SET last_at = (SELECT max(0, coalesce(max(at), 0)) FROM sale WHERE sale.member = member_stat.member)
                     WHERE member = ?1",
                )?
                .execute([visit.member.as_bytes().as_slice()])?;
        }
        self.add_dated(sums, store, before, -1);
        self.add_dated(sums, store, after, 1);
        Ok(())
    }

    fn add_dated(&self, sums: &mut Sums, store: Option<StoreId>, when: &When, times: i64) {
        if let Some(store) = store.filter(|_| self.day.sales + self.day.refunds > 0) {
            sums.store_day(store.as_bytes(), &when.day, times, self.day);
        }
        for visit in &self.visits {
            sums.month(visit.member.as_bytes(), when.month(), times * visit.visits, times * visit.spend_fen);
        }
    }
}

/// Moves what an own operation added, from the moment that its till believed in to the one that its mark allows. `id` is its row.
pub(super) fn moved(
    connection: &Connection,
    sums: &mut Sums,
    id: i64,
    stamp: &Stamp,
    body: &Body,
    before: &When,
    after: &When,
) -> Result<(), Error> {
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
    if matches!(body, Body::Sale(_)) && visit::is_back(connection, id)? {
        figures.no_visit();
    }
    figures.move_to(connection, sums, stamp.store, before, after)
}
