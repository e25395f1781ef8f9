//! Coupons given with a purchase (C4): what each hangs on, and who took it back. Only said here; whether it is kept is its account's
//! balance, and who came first, a use or a refund, is the sequence's to say when somebody asks (`tables::coupons`). So nothing of it
//! hangs on the order of arrival.

use hefu_core::{
    coupon::gift_of_sale,
    op::{Refund, Sale},
};
use rusqlite::Connection;

use super::Folding;
use crate::Error;

pub(super) fn given(connection: &Connection, folding: &Folding<'_>, sale: &Sale) -> Result<(), Error> {
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO sale_gift (op, coupon, sale, lines, given_by, rule, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for gift in &sale.gifts {
        let giver = gift.giver(sale.sale);
        let coupon = gift_of_sale(giver, gift.kind.rule);
        for goods in &gift.goods {
            let lines = serde_json::to_string(&goods.lines).map_err(|_| Error::Stored("sale_gift"))?;
            insert.execute((
                folding.id,
                coupon.as_bytes().as_slice(),
                goods.sale.unwrap_or(sale.sale).as_bytes().as_slice(),
                lines,
                giver.as_bytes().as_slice(),
                gift.kind.rule.as_bytes().as_slice(),
                gift.kind.version,
            ))?;
        }
    }
    Ok(())
}

pub(super) fn taken(connection: &Connection, folding: &Folding<'_>, refund: &Refund) -> Result<(), Error> {
    let mut insert = connection.prepare_cached("INSERT OR IGNORE INTO gift_taken (coupon, op) VALUES (?1, ?2)")?;
    for gift in &refund.gifts {
        insert.execute((gift.coupon().as_bytes().as_slice(), folding.id))?;
    }
    Ok(())
}
