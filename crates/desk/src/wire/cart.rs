use hefu_core::{
    error::Code,
    ids::{CouponId, ProductId, SaleId},
    money::{Fen, Points},
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{MemberCard, RefundOf};

/// The open cart of one session, priced. Every cart command answers with the whole of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CartView {
    /// Becomes the sale's id, so that paying twice is one sale for ever.
    pub id: SaleId,
    /// Counts changes; `sale.pay` names the revision the cashier saw.
    pub revision: u64,
    pub lines: Vec<CartLine>,
    pub member: Option<MemberCard>,
    /// What the member could pay with besides money.
    pub wallet: Option<Wallet>,
    /// Coupons that lie on it, used where they help.
    pub coupons: Vec<CartCoupon>,
    /// Goods that come back with it.
    pub exchange: Option<CartExchange>,
    pub totals: Totals,
    /// Tax by rate, in the total or added to it.
    pub taxes: Vec<TaxView>,
    /// The search for the best price was cut short: a lower one may exist.
    pub unproved: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Wallet {
    /// On all cards that pay, principal and bonus.
    pub cards_fen: Fen,
    /// Coupons that can be used now.
    pub coupon_count: i64,
    /// What the points are worth as money; zero without a rule or enough of them.
    pub points_fen: Fen,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CartCoupon {
    pub coupon_id: CouponId,
    pub name: String,
    /// What it takes off here; zero while it does not help, and then it is not used up.
    pub off_fen: Fen,
}

/// The return half of an exchange: what comes back, and what of it pays for the new goods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CartExchange {
    pub receipt_no: String,
    pub line_count: i64,
    /// Worth in all.
    pub total_fen: Fen,
    /// The part that pays for the new goods; what was paid by points or card goes back there.
    pub credit_fen: Fen,
    /// `null` while it can be made; else why not any more, such as that another till was faster.
    pub why_not: Option<Code>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TaxView {
    /// Basis points: 1300 is 13 %.
    pub rate_bp: u32,
    pub net_fen: Fen,
    pub tax_fen: Fen,
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
    /// Its price was set by hand: no promotion touches it.
    pub by_hand: bool,
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
    /// Tax that is added; zero where prices include it.
    pub added_tax_fen: Fen,
    pub due_fen: Fen,
    pub points_earned: Points,
}

/// What was typed or scanned into the one box: a code, a name, pinyin initials, or `3*` before any of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CartEnter {
    pub text: String,
    /// A scanner read it: it is looked up as a code alone.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub scanned: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum CartEntered {
    /// One product was meant; it stands on `line_no`.
    Added { line_no: u32, cart: Box<CartView> },
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
    /// What was typed or scanned to find them. A whole phone number or a member card shows that they are here, and their cards pay
    /// without being shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
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
    #[serde(default)]
    pub brand: String,
    /// Marks that promotions can name.
    #[serde(default)]
    pub tags: Vec<String>,
    /// 件, 瓶, 盒 …; 件 when empty.
    pub unit: String,
    /// Tax included.
    pub price_fen: Fen,
}

/// A product as head office sets it, the whole of it. Under the id of goods there are it takes their place, under a fresh one it
/// is new; sent twice it is set once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ProductSet {
    pub product_id: ProductId,
    pub name: String,
    pub category: String,
    pub brand: String,
    pub tags: Vec<String>,
    /// 件, 瓶, 盒 …; 件 when empty.
    pub unit: String,
    /// Tax included.
    pub price_fen: Fen,
    /// The main one first.
    pub barcodes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProductHits {
    pub products: Vec<ProductHit>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProductHit {
    pub id: ProductId,
    pub name: String,
    /// The main code; empty where it has none.
    pub barcode: String,
    /// Every code it is found by.
    pub barcodes: Vec<String>,
    pub category: String,
    pub brand: String,
    pub tags: Vec<String>,
    pub unit: String,
    pub price_fen: Fen,
}

/// A coupon onto the cart, by its code as scanned or typed, or by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CartCouponAdd {
    pub code: Option<String>,
    pub coupon_id: Option<CouponId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CartCouponRemove {
    pub coupon_id: CouponId,
}

/// Someone with the right allows it here and now (A5).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    pub staff_id: hefu_core::ids::StaffId,
    pub pin: String,
}

/// A secret is never printed.
impl std::fmt::Debug for Approval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Approval").field("staff_id", &self.staff_id).finish_non_exhaustive()
    }
}

/// Another unit price for one line; `null` goes back to the list price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CartPrice {
    pub line_no: u32,
    pub price_fen: Option<Fen>,
    pub reason: String,
    pub approval: Option<Approval>,
}

/// A discount on the whole cart after everything else; an `off_fen` of zero takes it off again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CartDiscount {
    pub off_fen: Fen,
    pub reason: String,
    pub approval: Option<Approval>,
}

/// Makes the cart the second half of an exchange; `null` makes it a plain sale again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CartSetExchange {
    pub exchange: Option<RefundOf>,
}
