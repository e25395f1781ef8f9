//! Cart → quote: what each line costs and why, what is due, what it earns. The same for any order of scanning.

use serde::{Deserialize, Serialize};

use crate::{
    catalogue::Product,
    error::Code,
    money::{Fen, Points, Rounding, allocate, scale},
    points::{EarnLine, Earner, Paid},
    rules::{EarnPoints, Level, RulesInForce},
};

/// Lines a cart may have, and the pieces a line may have.
pub const LINES_MOST: usize = 500;
pub const QUANTITY_MOST_MILLI: i64 = 99_999_000;

/// One line as it was rung up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CartItem {
    pub no: u32,
    pub product: Product,
    /// The code that was scanned.
    pub barcode: String,
    /// Thousandths of the unit; positive.
    pub quantity_milli: i64,
}

/// Why a line costs less than its list price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Off {
    pub label: String,
    pub off_fen: Fen,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotedLine {
    pub no: u32,
    pub list_fen: Fen,
    pub off: Vec<Off>,
    pub amount_fen: Fen,
}

impl QuotedLine {
    pub fn off_fen(&self) -> Result<Fen, Code> {
        Fen::sum(self.off.iter().map(|off| off.off_fen))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub lines: Vec<QuotedLine>,
    pub quantity_milli: i64,
    /// At list price.
    pub goods_fen: Fen,
    pub off_fen: Fen,
    pub due_fen: Fen,
    /// Zero without a member.
    pub points_earned: Points,
}

/// Prices a cart. `member_spend` is what the member on it has spent so far, `None` without one.
pub fn quote(items: &[CartItem], member_spend: Option<Fen>, rules: &RulesInForce) -> Result<Quote, Code> {
    let mut lines = Vec::with_capacity(items.len());
    let mut quantity_milli = 0i64;
    for item in items {
        let list_fen = Fen::new(scale(item.product.price_fen.get(), item.quantity_milli, 1000, Rounding::HalfUp)?)?;
        quantity_milli += item.quantity_milli;
        lines.push(QuotedLine { no: item.no, list_fen, off: Vec::new(), amount_fen: list_fen });
    }
    let goods_fen = Fen::sum(lines.iter().map(|line| line.list_fen))?;
    if let Some(spend) = member_spend {
        tier_price(&mut lines, goods_fen, spend, rules)?;
    }
    let due_fen = Fen::sum(lines.iter().map(|line| line.amount_fen))?;
    let points_earned = match (&rules.points, member_spend) {
        (Some((_, _, earn)), Some(spend)) => points_earned(earn, items, &lines, due_fen, rules.level_of(spend).0)?,
        _ => Points::ZERO,
    };
    Ok(Quote { lines, quantity_milli, goods_fen, off_fen: goods_fen.minus(due_fen)?, due_fen, points_earned })
}

/// As of a sale that is paid in money. A quote knows no day, so multipliers of days and birthdays do not hold here.
fn points_earned(earn: &EarnPoints, items: &[CartItem], lines: &[QuotedLine], due: Fen, level: Option<&Level>) -> Result<Points, Code> {
    let both = items.iter().zip(lines);
    let lines: Vec<_> = both.map(|(item, line)| EarnLine { category: &item.product.category, amount_fen: line.amount_fen }).collect();
    earn.earned(&lines, &Paid { due, ..Paid::default() }, &Earner::of(level, ""), 0, true)
}

/// The tier's price is worked out once on the whole and then spread, so that neither the order nor the splitting of
/// lines changes the total. Half a fen goes to the customer.
fn tier_price(lines: &mut [QuotedLine], goods: Fen, spend: Fen, rules: &RulesInForce) -> Result<(), Code> {
    let Some(level) = rules.level_of(spend).0.filter(|level| level.price_permille < 1000) else { return Ok(()) };
    let off = scale(goods.get(), 1000 - level.price_permille, 1000, Rounding::HalfUp)?;
    let weights: Vec<i64> = lines.iter().map(|line| line.list_fen.get()).collect();
    for (line, part) in lines.iter_mut().zip(allocate(off, &weights)?) {
        if part > 0 {
            let off_fen = Fen::new(part)?;
            line.amount_fen = line.amount_fen.minus(off_fen)?;
            line.off.push(Off { label: format!("{} {}", level.name, discount_words(level.price_permille)), off_fen });
        }
    }
    Ok(())
}

/// 950 is `9.5折`, 880 is `8.8折`, 900 is `9折`.
fn discount_words(permille: i64) -> String {
    let (tenths, rest) = (permille / 100, permille % 100);
    match (rest / 10, rest % 10) {
        (0, 0) => format!("{tenths}折"),
        (tens, 0) => format!("{tenths}.{tens}折"),
        (tens, ones) => format!("{tenths}.{tens}{ones}折"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::{ProductId, RuleId},
        rules::{Rule, shipped},
    };
    use proptest::prelude::*;

    fn rules() -> RulesInForce {
        let id = RuleId::from_bytes([0; 16]);
        let rules: Vec<Rule> = shipped().into_iter().map(|body| Rule { rule: id, version: 1, valid_from: 0, body }).collect();
        RulesInForce::at(&rules, 1)
    }

    fn item(no: u32, price: i64, quantity_milli: i64) -> CartItem {
        let product = Product {
            product: ProductId::from_bytes([u8::try_from(no % 251).unwrap(); 16]),
            name: "碗".into(),
            category: "厨房".into(),
            unit: "只".into(),
            price_fen: Fen::new(price).unwrap(),
            barcodes: vec![],
        };
        CartItem { no, product, barcode: String::new(), quantity_milli }
    }

    /// due, off and points of carts of `(price, milli)` for a spend.
    #[track_caller]
    fn check(items: &[(i64, i64)], spend: Option<i32>, expect: (i32, i32, i32)) {
        let items: Vec<CartItem> = items.iter().zip(1..).map(|((price, milli), no)| item(no, *price, *milli)).collect();
        let quote = quote(&items, spend.map(Fen::constant), &rules()).unwrap();
        let found = (quote.due_fen, quote.off_fen, quote.points_earned);
        assert_eq!(found, (Fen::constant(expect.0), Fen::constant(expect.1), Points::constant(expect.2)));
    }

    #[test]
    fn quotes() {
        check(&[], None, (0, 0, 0));
        check(&[(990, 1000)], None, (990, 0, 0));
        check(&[(990, 1000)], Some(0), (990, 0, 9));
        check(&[(990, 3000), (1, 1000)], Some(0), (2971, 0, 29));
        check(&[(990, 1000)], Some(500_000), (940, 50, 9));
        check(&[(1999, 500)], None, (1000, 0, 0));
    }

    #[test]
    fn says_why() {
        let quote = quote(&[item(1, 1000, 1000)], Some(Fen::constant(600_000)), &rules()).unwrap();
        assert_eq!(quote.lines[0].off, [Off { label: "VIP 9.5折".into(), off_fen: Fen::constant(50) }]);
        assert_eq!(discount_words(885), "8.85折");
        assert_eq!(discount_words(905), "9.05折");
    }

    #[test]
    fn refuses_what_no_cart_can_hold() {
        let huge = item(1, crate::money::LARGEST, QUANTITY_MOST_MILLI);
        assert_eq!(quote(&[huge], None, &rules()), Err(Code::AmountTooLarge));
        assert_eq!(quote(&[item(1, 1, -1000)], None, &rules()), Err(Code::AmountInvalid));
    }

    proptest! {
        #[test]
        fn any_order_gives_the_same_total_and_every_fen_off_is_explained(
            lines in prop::collection::vec((0..1_000_000i64, 1..20_000i64), 1..30),
            spend in prop::option::of(0..1_000_000i32),
            shuffle in any::<prop::sample::Index>(),
        ) {
            let items: Vec<CartItem> = lines.iter().zip(1..).map(|((price, milli), no)| item(no, *price, *milli)).collect();
            let spend = spend.map(Fen::constant);
            let first = quote(&items, spend, &rules()).unwrap();
            let mut turned = items.clone();
            turned.rotate_left(shuffle.index(items.len()));
            turned.reverse();
            let second = quote(&turned, spend, &rules()).unwrap();
            prop_assert_eq!((first.due_fen, first.points_earned), (second.due_fen, second.points_earned));
            for line in &first.lines {
                prop_assert_eq!(line.list_fen.minus(line.off_fen().unwrap()).unwrap(), line.amount_fen);
                prop_assert!(line.amount_fen >= Fen::ZERO);
            }
            prop_assert_eq!(first.goods_fen.minus(first.off_fen).unwrap(), first.due_fen);
        }
    }
}
