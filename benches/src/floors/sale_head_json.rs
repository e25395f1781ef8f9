//! The head of a sale's JSON, as its format is documented: what the floor of `sync-fanout` reads of it.

use serde::Deserialize;
use uuid::Uuid;

#[derive(Deserialize)]
pub struct Head<'a> {
    pub device: Uuid,
    pub store: Uuid,
    pub who: Uuid,
    pub at: i64,
    pub day: &'a str,
    #[serde(borrow)]
    pub body: Sale<'a>,
}

#[derive(Deserialize)]
pub struct Sale<'a> {
    pub sale: Uuid,
    pub receipt_no: &'a str,
    pub number: i64,
    pub till_no: i64,
    pub member: Option<Uuid>,
    pub line_count: i64,
    pub quantity_milli: i64,
    pub goods_fen: i64,
    pub off_fen: i64,
    pub total_fen: i64,
    pub points: i64,
    pub tier: Option<&'a str>,
    pub postings: Vec<Posting<'a>>,
}

#[derive(Deserialize)]
pub struct Posting<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub unit: &'a str,
    pub amount: i64,
}
