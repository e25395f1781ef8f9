//! What a choice means for each line of the cart: every fen off on a line, with the promotion it comes from.

use super::{
    apply::Plan,
    cart::{Cut, Item, Pieces},
    live::Candidate,
};
use crate::{
    error::Code,
    money::{Fen, allocate},
    promo::{Goods, Kind, LineOff, Promotion, Use},
};

/// Applies the choice once more, and spreads what comes off an item over its lines by what they then cost.
pub fn explain(
    goods: &[Goods<'_>],
    items: &[Item],
    mut pieces: Pieces,
    candidates: &[Candidate<'_>],
    chosen: &[usize],
) -> Result<(Vec<LineOff>, Vec<Use>), Code> {
    let mut amounts: Vec<i64> = goods.iter().map(|line| line.amount_fen.get()).collect();
    let mut plan = Plan::default();
    let (mut offs, mut uses) = (Vec::new(), Vec::new());
    for candidate in chosen.iter().filter_map(|place| candidates.get(*place)) {
        if !plan.make(&pieces, candidate)? {
            continue;
        }
        let label = label(candidate.promotion);
        let mut of_lines = off_lines(&plan.cuts, items, &mut amounts)?;
        of_lines.sort_unstable();
        for (line, off) in of_lines {
            offs.push(LineOff { line, source: candidate.source, label: label.clone(), off_fen: Fen::new(off)? });
        }
        uses.push(Use {
            source: candidate.source,
            times: u32::try_from(plan.times).unwrap_or(u32::MAX),
            pieces: u32::try_from(plan.cheaper()).unwrap_or(u32::MAX),
            off_fen: Fen::new(plan.off)?,
        });
        pieces.take(&plan.cuts, candidate.marks);
    }
    Ok((offs, uses))
}

/// What comes off each line, and lowers its amount.
fn off_lines(cuts: &[Cut], items: &[Item], amounts: &mut [i64]) -> Result<Vec<(usize, i64)>, Code> {
    let mut offs = Vec::new();
    for of_item in cuts.chunk_by(|a, b| a.item == b.item) {
        let off: i64 = of_item.iter().map(|cut| cut.off * cut.count).sum();
        let Some(item) = of_item.first().and_then(|cut| items.get(cut.item)) else { continue };
        let weights: Vec<i64> = item.lines.iter().filter_map(|line| amounts.get(*line)).copied().collect();
        for (line, part) in item.lines.iter().zip(allocate(off, &weights)?) {
            if part > 0
                && let Some(amount) = amounts.get_mut(*line)
            {
                *amount -= part;
                offs.push((*line, part));
            }
        }
    }
    Ok(offs)
}

/// The promotion's name; of a share of the price, with what that is called.
fn label(promotion: &Promotion) -> String {
    match promotion.kind {
        Kind::Price { permille } if (1..1000).contains(&permille) => format!("{} {}", promotion.name, discount_words(permille)),
        _ => promotion.name.clone(),
    }
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
    use super::discount_words;

    #[test]
    fn says_a_share_as_shops_do() {
        let check = |permille, expect: &str| assert_eq!(discount_words(permille), expect);
        check(950, "9.5折");
        check(900, "9折");
        check(885, "8.85折");
        check(905, "9.05折");
        check(50, "0.5折");
    }
}
