//! A sale: one operation with its lines, tender, points and postings, so that it commits or it does not (A1).

use serde::{Deserialize, Serialize};

use super::{Draft, Part};
use crate::{
    error::Code,
    ids::{DeviceId, MemberId, ProductId, RuleId, SaleId, StoreId},
    money::{Fen, Points},
    posting::{Account, Posting, Unit},
    quote::{CartItem, Off, Quote},
    rules::RulesInForce,
};

/// The head's body: what every store needs to know of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    pub sale: SaleId,
    pub receipt_no: String,
    /// The till's running number that the receipt number ends in.
    pub number: u64,
    pub till_no: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
    pub line_count: u32,
    pub quantity_milli: i64,
    /// At list price.
    pub goods_fen: Fen,
    pub off_fen: Fen,
    pub total_fen: Fen,
    pub points: Points,
    /// The rule versions it was priced and rewarded by.
    pub rules: Vec<RuleUsed>,
    /// The member's level then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    pub postings: Vec<Posting>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleUsed {
    pub rule: RuleId,
    pub version: u32,
}

/// The detail: what a receipt needs. Names and list prices as they were at the sale (C3 keeps the list price for ever).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleDetail {
    pub lines: Vec<SaleLine>,
    pub tenders: Vec<Tender>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleLine {
    pub no: u32,
    pub product: ProductId,
    pub name: String,
    pub barcode: String,
    pub unit: String,
    pub list_price_fen: Fen,
    pub quantity_milli: i64,
    pub amount_fen: Fen,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<Off>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tender", rename_all = "snake_case")]
pub enum Tender {
    Cash { given_fen: Fen, change_fen: Fen },
}

/// Everything a sale is made of, before it has a receipt number.
pub struct SaleParts<'a> {
    pub sale: SaleId,
    pub store: StoreId,
    pub store_code: &'a str,
    pub device: DeviceId,
    pub till_no: u32,
    pub member: Option<(MemberId, Fen)>,
    pub items: &'a [CartItem],
    pub quote: &'a Quote,
    pub rules: &'a RulesInForce,
    /// Cash handed over.
    pub cash_given: Fen,
}

impl SaleParts<'_> {
    /// The operation of this sale as the till's `number`-th. Errors: `cart.empty`, `tender.short`, `amount.*`.
    pub fn draft(&self, number: u64) -> Result<Draft, Code> {
        if self.items.is_empty() {
            return Err(Code::CartEmpty);
        }
        let quote = self.quote;
        if self.cash_given < quote.due_fen {
            return Err(Code::TenderShort);
        }
        let change_fen = self.cash_given.minus(quote.due_fen)?;
        let sale = Sale {
            sale: self.sale,
            receipt_no: receipt_no(self.store_code, self.till_no, number),
            number,
            till_no: self.till_no,
            member: self.member.map(|(member, _)| member),
            line_count: u32::try_from(self.items.len()).map_err(|_| Code::CartFull)?,
            quantity_milli: quote.quantity_milli,
            goods_fen: quote.goods_fen,
            off_fen: quote.off_fen,
            total_fen: quote.due_fen,
            points: quote.points_earned,
            rules: self.rules_used(),
            tier: self.member.and_then(|(_, spend)| self.rules.level_of(spend).0).map(|level| level.name.clone()),
            postings: self.postings()?,
        };
        let detail = SaleDetail { lines: self.lines()?, tenders: vec![Tender::Cash { given_fen: self.cash_given, change_fen }] };
        Draft { body: sale.into(), detail: Part::NONE, sealed: Part::NONE }.with_detail(&detail)
    }

    fn postings(&self) -> Result<Vec<Posting>, Code> {
        let due = self.quote.due_fen.get();
        let mut postings = vec![Posting::new(Account::Turnover(self.store), Account::Cash(self.device), Unit::Fen, due)?];
        if let Some((member, _)) = self.member {
            let points = self.quote.points_earned.get();
            if points > 0 {
                postings.push(Posting::new(Account::PointsIssued, Account::MemberPoints(member), Unit::Points, points)?);
            }
        }
        Ok(postings)
    }

    fn rules_used(&self) -> Vec<RuleUsed> {
        let points = self.rules.points.as_ref().map(|(rule, version, _)| RuleUsed { rule: *rule, version: *version });
        let tiers = self.rules.tiers.as_ref().map(|(rule, version, _)| RuleUsed { rule: *rule, version: *version });
        if self.member.is_some() { points.into_iter().chain(tiers).collect() } else { Vec::new() }
    }

    fn lines(&self) -> Result<Vec<SaleLine>, Code> {
        if self.items.len() != self.quote.lines.len() {
            return Err(Code::Internal);
        }
        let lines = self.items.iter().zip(&self.quote.lines).map(|(item, quoted)| SaleLine {
            no: item.no,
            product: item.product.product,
            name: item.product.name.clone(),
            barcode: item.barcode.clone(),
            unit: item.product.unit.clone(),
            list_price_fen: item.product.price_fen,
            quantity_milli: item.quantity_milli,
            amount_fen: quoted.amount_fen,
            off: quoted.off.clone(),
        });
        Ok(lines.collect())
    }
}

/// `NJX-01-000042`: store code, till, and the till's own running number (never reused, never used to tell sales apart).
pub fn receipt_no(store_code: &str, till_no: u32, number: u64) -> String {
    format!("{store_code}-{till_no:02}-{number:06}")
}
