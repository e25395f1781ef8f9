//! The engine against a table of cases, against every choice there is, and against a retailer's worst day.

mod every_choice;
mod naive;
mod shop;
mod table;

use std::collections::BTreeMap;

use crate::{
    ids::{ProductId, RuleId, StoreId},
    money::Fen,
    promo::{Buyer, Context, Goods, Used},
};

/// A line with its names of its own, which [`Goods`] borrows.
#[derive(Clone, Debug)]
pub struct Line {
    pub product: u16,
    pub category: String,
    pub brand: String,
    pub tags: Vec<String>,
    pub quantity_milli: i64,
    pub unit_price: i64,
    pub amount: i64,
    pub closed: bool,
}

pub fn product(no: u16) -> ProductId {
    let [high, low] = no.to_be_bytes();
    ProductId::from_bytes([7, high, low, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
}

pub fn store(no: u8) -> StoreId {
    StoreId::from_bytes([no; 16])
}

pub fn goods(lines: &[Line]) -> Vec<Goods<'_>> {
    fn one(line: &Line) -> Goods<'_> {
        Goods {
            product: product(line.product),
            category: &line.category,
            brand: &line.brand,
            tags: &line.tags,
            quantity_milli: line.quantity_milli,
            unit_price_fen: Fen::new(line.unit_price).unwrap(),
            amount_fen: Fen::new(line.amount).unwrap(),
            closed: line.closed,
        }
    }
    lines.iter().map(one).collect()
}

pub fn context<'a>(buyer: Option<&'a Buyer>, used: &'a BTreeMap<RuleId, Used>) -> Context<'a> {
    Context { at: 1_772_380_800_000, clock_frozen: false, store: store(1), buyer, used, held: false }
}
