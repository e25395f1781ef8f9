//! Whether what a body says can be folded: amounts that no shop has would spoil every sum that they add to, and figures that contradict
//! each other would be read here as the one and there as the other. A body that does not fit is taken like one of a newer kind, by every
//! replica and by the log alike.

use super::{Body, CardRefunded, CardToppedUp, Refund, Sale};
use crate::posting::{MOST, Posting};

/// The greatest running number of a receipt.
pub const NUMBER_MOST: u64 = (1 << 40) - 1;

pub fn in_bounds(amount: i64) -> bool {
    (0..=MOST).contains(&amount)
}

pub fn fits(body: &Body) -> bool {
    let parts = match body {
        Body::Sale(sale) => sale_fits(sale),
        Body::Refund(refund) => refund_fits(refund),
        Body::Exchange(exchange) => refund_fits(&exchange.refund) && sale_fits(&exchange.sale),
        Body::CardToppedUp(top_up) => top_up_fits(top_up),
        Body::CardRefunded(refunded) => card_refund_fits(refunded),
        _ => true,
    };
    parts && body.postings().is_ok_and(|postings| postings.iter().flat_map(Posting::legs).all(|(_, amount)| in_bounds(amount.abs())))
}

fn sale_fits(sale: &Sale) -> bool {
    let amounts = [
        sale.quantity_milli,
        sale.goods_fen.get(),
        sale.off_fen.get().abs(),
        sale.total_fen.get(),
        sale.rounding_fen.get(),
        sale.tax_fen.get(),
        sale.points.get(),
    ];
    let promotions = sale.promotions.iter().map(|used| used.off_fen.get().abs());
    sale.number <= NUMBER_MOST && amounts.into_iter().chain(promotions).all(in_bounds)
}

fn refund_fits(refund: &Refund) -> bool {
    let amounts = [refund.quantity_milli, refund.total_fen.get(), refund.points_taken.get(), refund.points_restored.get()];
    let lines = refund.lines.iter().map(|(_, milli)| *milli);
    // Whether all of a sale is back is asked of the quantity, what of it is back of the lines: they must not say two things.
    let is_sum = lines.clone().fold(0, i64::saturating_add) == refund.quantity_milli;
    // The parts are in no posting, but later refunds of the sale add them up.
    let parts = refund.parts.iter().map(|part| part.amount_fen.get());
    let taxes = refund.taxes.iter().flat_map(|tax| [tax.net_fen.get().abs(), tax.tax_fen.get()]);
    is_sum && refund.number <= NUMBER_MOST && amounts.into_iter().chain(lines).chain(parts).chain(taxes).all(in_bounds)
}

fn top_up_fits(top_up: &CardToppedUp) -> bool {
    let parts = top_up.parts.iter().map(|part| part.bonus_fen.get());
    let amounts = [top_up.principal_fen.get(), top_up.bonus_fen.get()];
    top_up.number <= NUMBER_MOST && amounts.into_iter().chain(parts).all(in_bounds)
}

fn card_refund_fits(refunded: &CardRefunded) -> bool {
    let amounts = [refunded.refund_fen.get(), refunded.principal_fen.get(), refunded.bonus_fen.get()];
    refunded.number <= NUMBER_MOST && amounts.into_iter().all(in_bounds)
}
