//! A sale: one operation with its lines, tenders, points, coupons and postings, so that it commits or it does not (A1).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Said;
use crate::{
    error::Code,
    ids::{CardId, CouponId, MemberId, ProductId, RuleId, SaleId, StaffId, TenderId},
    money::{Fen, Points},
    posting::Posting,
    promo::{Source, Used},
    tax::TaxAtRate,
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
    /// Due: goods less what is off, and the tax that is added.
    pub total_fen: Fen,
    /// What cash rounding left unpaid (A9).
    #[serde(default, skip_serializing_if = "Fen::is_zero")]
    pub rounding_fen: Fen,
    /// Tax in the total, or added to it.
    #[serde(default, skip_serializing_if = "Fen::is_zero")]
    pub tax_fen: Fen,
    /// Earned.
    pub points: Points,
    /// The rule versions it was priced and rewarded by.
    pub rules: Vec<RuleUsed>,
    /// The member's level then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// How often each promotion was used, for its limits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promotions: Vec<PromotionUsed>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<CouponId>,
    /// Coupons that hang on it: those it gives, and those of sales whose goods it was exchanged for (C4).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gifts: Vec<SaleGift>,
    /// The search for the best price was cut short: a lower one may exist (C5).
    #[serde(default, skip_serializing_if = "is_false")]
    pub unproved: bool,
    pub postings: Vec<Posting>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A coupon of a kind that goods were bought for, and which goods those are: it stays while enough of them does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleGift {
    /// The kind, by the version that says how much is enough.
    #[serde(flatten)]
    pub kind: RuleUsed,
    /// The sale that gave it; `None` where it is given here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_by: Option<SaleId>,
    /// Of this sale, and of one that it was an exchange with.
    pub goods: Vec<GiftGoods>,
}

impl SaleGift {
    /// The sale that gave it, of which `sale` is the one that says so.
    pub fn giver(&self, sale: SaleId) -> SaleId {
        self.given_by.unwrap_or(sale)
    }
}

/// Lines of a sale that count towards a coupon: those in its scope as they were sold. None where a sale has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiftGoods {
    /// `None` for the sale that says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale: Option<SaleId>,
    pub lines: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RuleUsed {
    pub rule: RuleId,
    pub version: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionUsed {
    pub rule: RuleId,
    pub version: u32,
    pub times: u32,
    pub pieces: u32,
    pub off_fen: Fen,
    /// Of one with limits: the lines it took something off, and their thousandths. Where they have come back, so has the use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goods: Vec<(u32, i64)>,
}

impl PromotionUsed {
    /// Times and pieces that still count against its limits when so much of each line is back: all times until nothing of its goods
    /// is kept, and no more pieces than are kept. A pure function of what is back in all.
    pub fn kept(&self, back: &BTreeMap<u32, i64>) -> (u32, u32) {
        if self.goods.is_empty() {
            return (self.times, self.pieces);
        }
        let left = |(no, sold): &(u32, i64)| sold.saturating_sub(back.get(no).copied().unwrap_or(0)).max(0);
        // A piece that is begun is kept.
        let pieces = self.goods.iter().map(|line| left(line).saturating_add(999) / 1000).fold(0, i64::saturating_add);
        let pieces = u32::try_from(pieces).unwrap_or(u32::MAX).min(self.pieces);
        (if self.goods.iter().all(|line| left(line) == 0) { 0 } else { self.times }, pieces)
    }
}

/// What a sale was priced by beside the rules that its head names: with those, what is kept of its goods is priced again as the
/// whole was (A4). Every promotion that could take something off a part of the goods could take something off the whole, so the
/// candidates of the whole are all that is ever needed; their windows, buyers, stores and limits have been looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricedBy {
    /// The clock was known to be wrong: what asks for a time waited.
    #[serde(default, skip_serializing_if = "is_false")]
    pub clock_frozen: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
}

/// A promotion that could take something off, in the version that the till knew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    pub rule: RuleId,
    pub version: u32,
    /// How often it had been used before, where its limits ask.
    #[serde(default, skip_serializing_if = "is_none_used")]
    pub used: Used,
}

fn is_none_used(used: &Used) -> bool {
    *used == Used::default()
}

/// The detail: what a receipt and a later refund need. Names and list prices as they were at the sale (C3 keeps the list price
/// for ever).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleDetail {
    pub lines: Vec<SaleLine>,
    pub tenders: Vec<Tender>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<TaxAtRate>,
    /// `None` in sales of programs that did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priced_by: Option<PricedBy>,
}

/// One line. Its movement of stock is `quantity_milli` of `product` out of the store: said once, by the line itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleLine {
    pub no: u32,
    pub product: ProductId,
    pub name: String,
    pub barcode: String,
    pub unit: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub brand: String,
    pub list_price_fen: Fen,
    pub quantity_milli: i64,
    /// After all that is off, without the tax that is added.
    pub amount_fen: Fen,
    /// Tax added to this line; zero where prices include it.
    #[serde(default, skip_serializing_if = "Fen::is_zero")]
    pub added_tax_fen: Fen,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<Off>,
}

/// Why a line costs less than its list price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Off {
    /// The promotion's name. What a person said is sealed: in a detail it is empty, and `said` names its place.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    pub off_fen: Fen,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// Of what was done by hand: its reason's place in [`Said`](super::Said).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<u32>,
}

impl Off {
    /// As it stands in a detail: what a person put into words goes to what is sealed.
    pub(crate) fn sealing(&self, said: &mut Said) -> Self {
        match self.why {
            Some(Why::Hand(_)) => Self { label: String::new(), said: Some(said.put_by_hand(self.label.clone())), ..self.clone() },
            _ => self.clone(),
        }
    }

    /// The other way round, where what was sealed is here and opens.
    pub fn unseal(&mut self, said: &Said) {
        if let Some(reason) = self.said.and_then(|place| said.by_hand.get(usize::try_from(place).ok()?)) {
            self.label.clone_from(reason);
        }
    }
}

/// What took it off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    By(Source),
    /// A person changed the price, or gave a discount, with the right to (A5). Negative when they made it dearer.
    Hand(StaffId),
}

/// What a sale kept of a tender, and what a refund gave back by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tender", rename_all = "snake_case")]
pub enum Tender {
    /// In a refund nothing is given and `change_fen` is paid out.
    Cash {
        given_fen: Fen,
        change_fen: Fen,
    },
    Card {
        card: CardId,
        principal_fen: Fen,
        bonus_fen: Fen,
        /// In a refund: what of it is not paid again, since the card was paid out with the goods counted as used.
        #[serde(default, skip_serializing_if = "Fen::is_zero")]
        settled_fen: Fen,
        /// In a sale: who allowed it on the spot, where the card was not shown and the cashier had not the right.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approved_by: Option<StaffId>,
    },
    Points {
        points: Points,
        amount_fen: Fen,
    },
    Named {
        #[serde(rename = "id")]
        tender: TenderId,
        name: String,
        amount_fen: Fen,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
    /// What goods brought back were worth, in an exchange: the same on both halves.
    Credit {
        amount_fen: Fen,
        /// What had paid for them, and is paid back when the new goods come back too. Sums to the amount.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        from: Vec<CreditFrom>,
    },
}

/// Money that goods brought back were paid with. Through any number of exchanges it stays what it was at the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tender", rename_all = "snake_case")]
pub enum CreditFrom {
    Cash {
        amount_fen: Fen,
    },
    Named {
        #[serde(rename = "id")]
        tender: TenderId,
        name: String,
        amount_fen: Fen,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
}

impl Tender {
    /// What it paid of what was due.
    pub fn amount(&self) -> Result<Fen, Code> {
        match self {
            Tender::Cash { given_fen, change_fen } => given_fen.minus(*change_fen),
            Tender::Card { principal_fen, bonus_fen, .. } => principal_fen.plus(*bonus_fen),
            Tender::Points { amount_fen, .. } | Tender::Named { amount_fen, .. } | Tender::Credit { amount_fen, .. } => Ok(*amount_fen),
        }
    }
}

/// `NJX-01-000042`: store code, till, and the till's own running number (never reused, never used to tell sales apart).
pub fn receipt_no(store_code: &str, till_no: u32, number: u64) -> String {
    format!("{store_code}-{till_no:02}-{number:06}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of a tender as they are written, and as they were before the field they end in.
    #[track_caller]
    fn check(tender: &Tender, written: &str, before: &str) {
        assert_eq!(serde_json::to_string(tender).unwrap(), written);
        assert_eq!(&serde_json::from_str::<Tender>(written).unwrap(), tender);
        assert_eq!(serde_json::to_string(&serde_json::from_str::<Tender>(before).unwrap()).unwrap(), before);
    }

    #[test]
    fn what_was_written_before_reads_and_is_written_again_as_it_was() {
        let named = CreditFrom::Named {
            tender: TenderId::from_bytes([0xbb; 16]),
            name: "银行卡".into(),
            amount_fen: Fen::constant(60),
            reference: Some("T1".into()),
        };
        let credit =
            Tender::Credit { amount_fen: Fen::constant(100), from: vec![CreditFrom::Cash { amount_fen: Fen::constant(40) }, named] };
        check(
            &credit,
            r#"{"tender":"credit","amount_fen":100,"from":[{"tender":"cash","amount_fen":40},{"tender":"named","id":"bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb","name":"银行卡","amount_fen":60,"reference":"T1"}]}"#,
            r#"{"tender":"credit","amount_fen":100}"#,
        );
        let card = CardId::from_bytes([0xca; 16]);
        let by_card = |settled: i32, approved_by| Tender::Card {
            card,
            principal_fen: Fen::ZERO,
            bonus_fen: Fen::ZERO,
            settled_fen: Fen::constant(settled),
            approved_by,
        };
        let settled = by_card(7, None);
        check(
            &settled,
            r#"{"tender":"card","card":"cacacaca-caca-caca-caca-cacacacacaca","principal_fen":0,"bonus_fen":0,"settled_fen":7}"#,
            r#"{"tender":"card","card":"cacacaca-caca-caca-caca-cacacacacaca","principal_fen":5,"bonus_fen":1}"#,
        );
        assert_eq!(settled.amount(), Ok(Fen::ZERO));
        check(
            &by_card(0, Some(StaffId::from_bytes([0x5a; 16]))),
            r#"{"tender":"card","card":"cacacaca-caca-caca-caca-cacacacacaca","principal_fen":0,"bonus_fen":0,"approved_by":"5a5a5a5a-5a5a-5a5a-5a5a-5a5a5a5a5a5a"}"#,
            r#"{"tender":"card","card":"cacacaca-caca-caca-caca-cacacacacaca","principal_fen":5,"bonus_fen":1}"#,
        );
    }
}
