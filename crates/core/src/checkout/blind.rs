//! Goods brought back that no sale is shown for (A4): paid out in cash, and nothing else. No points, since nobody knows what
//! they earned. Since nobody knows either what was paid for them, the list price and a cap of the chain's bound what they are worth.

use super::Counter;
use crate::{
    catalogue::Product,
    error::Code,
    ids::{MemberId, RefundId},
    money::{Fen, Points, Rounding, scale},
    op::{Refund, RefundLine, Tender},
    posting::{Account, Ledger},
    quote::{LINES_MOST, QUANTITY_MOST_MILLI},
    refund::{Part, PartKind},
};

/// The most that a chain may let pay out so, 1,000,000.00 yuan.
pub const BLIND_MOST: Fen = Fen::constant(100_000_000);

/// Goods on the counter and what a person says that one unit of them is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlindGoods {
    pub product: Product,
    /// Thousandths of the unit.
    pub quantity_milli: i64,
    pub price_fen: Fen,
}

/// Everything a refund without a receipt is made of.
pub struct BlindParts<'a> {
    pub refund: RefundId,
    pub at: Counter<'a>,
    pub member: Option<MemberId>,
    pub goods: &'a [BlindGoods],
    /// The most that one refund pays out.
    pub most_fen: Fen,
}

impl BlindParts<'_> {
    /// The refund, the lines of its detail and the cash that goes out. Errors: `refund.nothing`, `cart.full`, `quantity.invalid`,
    /// `amount.invalid` (a price or a line that is worth nothing), `refund.above_list`, `refund.above_cap`.
    pub fn refund(&self) -> Result<(Refund, Vec<RefundLine>, Tender), Code> {
        let lines = self.lines()?;
        let total_fen = Fen::sum(lines.iter().map(|line| line.amount_fen))?;
        if total_fen > self.most_fen {
            return Err(Code::RefundAboveCap);
        }
        let mut ledger = Ledger::new();
        ledger.fen(Account::Cash(self.at.device), Account::Turnover(self.at.store), total_fen)?;
        let refund = Refund {
            refund: self.refund,
            receipt_no: self.at.receipt_no(),
            number: self.at.number,
            till_no: self.at.till_no,
            sale: None,
            member: self.member,
            lines: lines.iter().map(|line| (line.no, line.quantity_milli)).collect(),
            quantity_milli: lines.iter().map(|line| line.quantity_milli).sum(),
            total_fen,
            points_taken: Points::ZERO,
            points_restored: Points::ZERO,
            parts: vec![Part::of(PartKind::Cash, total_fen)],
            taxes: Vec::new(),
            coupons: Vec::new(),
            gifts: Vec::new(),
            postings: ledger.done(),
        };
        Ok((refund, lines, Tender::Cash { given_fen: Fen::ZERO, change_fen: total_fen }))
    }

    fn lines(&self) -> Result<Vec<RefundLine>, Code> {
        if self.goods.is_empty() {
            return Err(Code::RefundNothing);
        }
        if self.goods.len() > LINES_MOST {
            return Err(Code::CartFull);
        }
        (1..).zip(self.goods).map(|(no, goods)| goods.line(no)).collect()
    }
}

impl BlindGoods {
    fn line(&self, no: u32) -> Result<RefundLine, Code> {
        if !(1..=QUANTITY_MOST_MILLI).contains(&self.quantity_milli) {
            return Err(Code::QuantityInvalid);
        }
        if self.price_fen > self.product.price_fen {
            return Err(Code::RefundAboveList);
        }
        let amount_fen = Fen::new(scale(self.price_fen.get(), self.quantity_milli, 1000, Rounding::HalfUp)?)?;
        if amount_fen <= Fen::ZERO {
            return Err(Code::AmountInvalid);
        }
        Ok(RefundLine {
            no,
            product: self.product.product,
            name: self.product.name.clone(),
            unit: self.product.unit.clone(),
            quantity_milli: self.quantity_milli,
            amount_fen,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{DeviceId, ProductId, StoreId};

    const LIST: i32 = 50_000;

    fn goods(quantity_milli: i64, price: i64) -> BlindGoods {
        let product = Product {
            product: ProductId::from_bytes([1; 16]),
            name: "碗".into(),
            category: String::new(),
            unit: "只".into(),
            price_fen: Fen::constant(LIST),
            brand: String::new(),
            tags: Vec::new(),
            barcodes: Vec::new(),
        };
        BlindGoods { product, quantity_milli, price_fen: Fen::new(price).unwrap() }
    }

    /// Lines of `(thousandths, price of one)` at a list price of 500.00 → what is paid out, 800.00 at most.
    #[track_caller]
    fn check(lines: &[(i64, i64)], expect: Result<i64, Code>) {
        let goods: Vec<BlindGoods> = lines.iter().map(|(milli, price)| goods(*milli, *price)).collect();
        let at =
            Counter { store: StoreId::from_bytes([2; 16]), store_code: "HB", device: DeviceId::from_bytes([3; 16]), till_no: 1, number: 7 };
        let parts = BlindParts { refund: RefundId::from_bytes([4; 16]), at, member: None, goods: &goods, most_fen: Fen::constant(80_000) };
        let found = parts.refund().map(|(refund, lines, tender)| {
            assert_eq!(Fen::sum(lines.iter().map(|line| line.amount_fen)).unwrap(), refund.total_fen);
            assert_eq!(tender, Tender::Cash { given_fen: Fen::ZERO, change_fen: refund.total_fen });
            let [posting] = refund.postings.as_slice() else { panic!("one posting: {refund:?}") };
            assert_eq!(
                posting.legs(),
                [(Account::Cash(at.device), -refund.total_fen.get()), (Account::Turnover(at.store), refund.total_fen.get())]
            );
            refund.total_fen.get()
        });
        assert_eq!(found, expect, "{lines:?}");
    }

    #[test]
    fn what_is_paid_out() {
        check(&[(1000, 990)], Ok(990));
        check(&[(2000, 990), (500, 333)], Ok(1980 + 167));
        check(&[(1000, 50_000)], Ok(50_000));
        check(&[(1600, 50_000)], Ok(80_000));
        check(&[], Err(Code::RefundNothing));
        check(&[(0, 990)], Err(Code::QuantityInvalid));
        check(&[(-1000, 990)], Err(Code::QuantityInvalid));
        check(&[(QUANTITY_MOST_MILLI + 1, 1)], Err(Code::QuantityInvalid));
        check(&[(1000, 0)], Err(Code::AmountInvalid));
        check(&[(1000, -1)], Err(Code::AmountInvalid));
        // Half a fen is one, less is nothing.
        check(&[(500, 1)], Ok(1));
        check(&[(1, 1)], Err(Code::AmountInvalid));
        check(&[(1000, 50_001)], Err(Code::RefundAboveList));
        check(&[(1000, 100), (1, 50_001)], Err(Code::RefundAboveList));
        check(&[(QUANTITY_MOST_MILLI, crate::money::LARGEST)], Err(Code::RefundAboveList));
        check(&[(1000, 50_000), (1000, 30_000)], Ok(80_000));
        check(&[(1000, 50_000), (1000, 30_001)], Err(Code::RefundAboveCap));
        check(&[(QUANTITY_MOST_MILLI, 50_000)], Err(Code::RefundAboveCap));
        check(&vec![(1000, 1); LINES_MOST], Ok(500));
        check(&vec![(1000, 1); LINES_MOST + 1], Err(Code::CartFull));
    }
}
