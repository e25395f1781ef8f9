//! The plainest sale: goods for cash, priced by the rules and nothing else. What histories are made of.

use std::collections::BTreeMap;

use super::{Counter, Drawn, SaleParts};
use crate::{
    error::Code,
    ids::{MemberId, RuleId, SaleId},
    money::Fen,
    op::Draft,
    promo::Used,
    quote::{Cart, CartItem, Member, Quote, quote},
    rules::RulesInForce,
    settle::{CashRounding, Given, settle},
};

pub struct CashSale<'a> {
    pub sale: SaleId,
    pub at: Counter<'a>,
    /// Milliseconds since 1970.
    pub at_ms: i64,
    pub member: Option<(MemberId, &'a Member)>,
    pub items: &'a [CartItem],
    pub rules: &'a RulesInForce,
}

/// No promotion with a limit is counted here.
static NONE: BTreeMap<RuleId, Used> = BTreeMap::new();

impl CashSale<'_> {
    fn cart(&self) -> Cart<'_> {
        Cart {
            items: self.items,
            coupons: &[],
            discount: None,
            member: self.member.map(|(_, member)| member),
            store: self.at.store,
            at: self.at_ms,
            clock_frozen: false,
            used: &NONE,
            rules: self.rules,
            held: false,
        }
    }

    pub fn quote(&self) -> Result<Quote, Code> {
        quote(&self.cart())
    }

    /// The operation when `given` is handed over. Errors: `cart.empty`, `tender.short`, `amount.*`.
    pub fn draft(&self, quote: &Quote, given: Fen) -> Result<Draft, Code> {
        let cash = [Given::Cash { given_fen: given }];
        let given = if quote.due_fen > Fen::ZERO { &cash[..] } else { &[] };
        let settled = settle(quote.due_fen, given, CashRounding::NONE)?;
        let parts = SaleParts {
            sale: self.sale,
            at: self.at,
            member: self.member.map(|(id, _)| id),
            tier: self.member.and_then(|(_, member)| member.level.as_ref()).map(|level| level.name.as_str()),
            items: self.items,
            quote,
            rules: self.rules,
            clock_frozen: false,
            used: &NONE,
            settled: &settled,
            drawn: &Drawn::new(),
            credit_from: &[],
            points_earned: quote.points_earned(&self.cart(), Fen::ZERO, Fen::ZERO)?,
            gifts: &[],
        };
        // Nothing here was priced by hand, so nothing was said that would need a key.
        let (sale, detail, _) = parts.sale()?;
        Draft::new(sale).with_detail(&detail)
    }
}
