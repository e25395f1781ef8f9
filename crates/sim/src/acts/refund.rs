//! Refunds: all of a sale at any till, or some of its lines.

use hefu_core::ids::RefundId;
use serde_json::{Value, json};

use super::{Act, Paid, Place, counted::cost_fen};
use crate::{
    breach::{Checked, Expect},
    dice::Dice,
    oracle::{Effects, Fact, Sold},
    world::World,
};

/// What comes back, by the numbers of its lines.
struct Back {
    lines: Vec<(u32, i64)>,
    total_fen: i64,
    effects: Effects,
    whole: bool,
}

impl World {
    pub(super) fn refund(&mut self, no: usize, dice: &mut Dice) -> Checked<bool> {
        let seen = self.seen(no)?;
        let sales = seen.sales();
        let Some(sold) = dice.one_of(&sales).map(|sold| (*sold).clone()) else { return Ok(false) };
        let (returned, whole) = seen.returned(sold.sale);
        let place = Place { device: self.tills[no].identity.device, store: self.tills[no].store };
        let back = match (whole, returned.is_empty()) {
            (true, _) => return Ok(false),
            (false, true) if dice.permille(600) || !sold.is_plain => all_of(&sold, place),
            _ => match some_of(&sold, place, &returned, dice) {
                Some(back) => back,
                None => return Ok(false),
            },
        };
        let sale = sold.sale;
        // A sale of which this book holds nothing more to give back is refused, and is not asked for here.
        let view = self.tills[no].ask("refund.start", &json!({ "sale_id": sale })).expected("refund.start")?;
        let refund: RefundId = serde_json::from_value(view["refund_id"].clone()).expected("a refund's name")?;
        let lines: Vec<Value> = back.lines.iter().map(|(line, pieces)| json!({ "no": line, "quantity_milli": pieces * 1_000 })).collect();
        let of = json!({ "refund_id": refund, "sale_id": sale, "lines": lines, "reason": "尺寸不合", "approval": null });
        let mut shown = self.tills[no].ask("refund.quote", &json!({ "sale_id": sale, "lines": of["lines"] })).expected("refund.quote")?;
        // Where the oracle counts otherwise, the desk is asked for what the oracle says, and refuses.
        shown["total_fen"] = json!(back.total_fen);
        let request = json!({ "of": of, "shown": shown });
        let fact = Fact::Refund { sale, lines: back.lines.clone(), whole: back.whole };
        let name = format!("refund {refund} of sale {sale}, {} fen, whole: {}", back.total_fen, back.whole);
        let act = Act { name, fact: &|_| Ok(fact.clone()), effects: back.effects };
        self.perform(no, &act, |till| till.ask("refund.pay", &request))?;
        Ok(true)
    }
}

/// Everything, and everything it was paid with.
fn all_of(sold: &Sold, place: Place) -> Back {
    let lines = (1..).zip(&sold.lines).map(|(line, (_, pieces))| (line, *pieces)).collect();
    let effects = sold.paid.effects(sold.sale, place, &sold.lines, -1);
    Back { lines, total_fen: sold.paid.total_fen(), effects, whole: true }
}

/// Some pieces of a sale that was paid in cash.
fn some_of(sold: &Sold, place: Place, returned: &std::collections::BTreeMap<u32, i64>, dice: &mut Dice) -> Option<Back> {
    if !sold.is_plain {
        return None;
    }
    let left: Vec<(u32, usize, i64)> = (1..)
        .zip(&sold.lines)
        .map(|(line, (good, pieces))| (line, *good, pieces - returned.get(&line).copied().unwrap_or(0)))
        .filter(|(_, _, left)| *left > 0)
        .collect();
    let (line, good, most) = *dice.one_of(&left)?;
    let pieces = i64::try_from(dice.between(1, usize::try_from(most).ok()?)).ok()?;
    let goods = [(good, pieces)];
    let paid = Paid { cash_fen: cost_fen(&goods), member: sold.paid.member, ..Paid::default() };
    let effects = paid.effects(sold.sale, place, &goods, -1);
    Some(Back { lines: vec![(line, pieces)], total_fen: paid.total_fen(), effects, whole: false })
}
