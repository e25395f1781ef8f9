//! The detail part of a sale's JSON, as its format is documented: what the floor of `sync-fanout` reads of it.

use serde::Deserialize;
use uuid::Uuid;

#[derive(Deserialize)]
pub struct Detail<'a> {
    #[serde(borrow)]
    pub lines: Vec<Line<'a>>,
    pub tenders: Vec<Tender<'a>>,
}

#[derive(Deserialize)]
pub struct Line<'a> {
    pub no: i64,
    pub product: Uuid,
    pub name: &'a str,
    pub barcode: &'a str,
    pub unit: &'a str,
    pub list_price_fen: i64,
    pub quantity_milli: i64,
    pub amount_fen: i64,
}

#[derive(Deserialize)]
pub struct Tender<'a> {
    pub tender: &'a str,
    pub given_fen: i64,
    pub change_fen: i64,
}
