use hefu_core::{
    ids::{ProductId, SaleId},
    money::{Fen, Points},
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::MemberCard;

/// The open cart of one session, priced. Every cart command answers with the whole of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CartView {
    /// Becomes the sale's id, so that paying twice is one sale for ever.
    pub id: SaleId,
    /// Counts changes; `sale.pay` names the revision the cashier saw.
    pub revision: u64,
    pub lines: Vec<CartLine>,
    pub member: Option<MemberCard>,
    pub totals: Totals,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CartLine {
    /// From 1, stable while the line lives.
    pub no: u32,
    pub product_id: ProductId,
    pub name: String,
    /// The code that was scanned, or the product's first one.
    pub barcode: String,
    pub unit: String,
    pub list_price_fen: Fen,
    pub quantity_milli: i64,
    /// What all reasons together take off this line.
    pub off_fen: Fen,
    pub amount_fen: Fen,
    pub reasons: Vec<Reason>,
}

/// Why a line costs less than its list price: every yuan off has one (C5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Reason {
    pub label: String,
    pub off_fen: Fen,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Totals {
    /// Pieces, in thousandths.
    pub quantity_milli: i64,
    pub goods_fen: Fen,
    pub off_fen: Fen,
    pub due_fen: Fen,
    pub points_earned: Points,
}

/// What was typed or scanned into the one box: a code, a name, pinyin initials, or `3*` before any of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CartEnter {
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum CartEntered {
    /// One product was meant; it stands on `line_no`.
    Added { line_no: u32, cart: CartView },
    /// Several could be meant: choose one and send `cart.add`.
    Choose { quantity_milli: i64, products: Vec<ProductHit> },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CartAdd {
    pub product_id: ProductId,
    pub quantity_milli: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CartSetQuantity {
    pub line_no: u32,
    pub quantity_milli: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CartRemove {
    pub line_no: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CartSetMember {
    /// `null` takes the member off the cart.
    pub member_id: Option<hefu_core::ids::MemberId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SearchText {
    pub text: String,
}

/// A new product, entered by hand: an empty book sells its first goods this way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ProductAdd {
    pub barcode: String,
    pub name: String,
    pub category: String,
    /// 件, 瓶, 盒 …; 件 when empty.
    pub unit: String,
    /// Tax included.
    pub price_fen: Fen,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProductHits {
    pub products: Vec<ProductHit>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProductHit {
    pub id: ProductId,
    pub name: String,
    pub barcode: String,
    pub category: String,
    pub unit: String,
    pub price_fen: Fen,
}
