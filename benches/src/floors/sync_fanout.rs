//! Frames of sales folded, each a durable transaction: bytes, rows, sums, cursor. No second index, network or check of a hash.

use super::{sale_detail_json::Detail, sale_head_json::Head};
use crate::error::Done;
use rusqlite::{Connection, params};

pub struct Op {
    pub seq: i64,
    pub gseq: i64,
    pub hash: [u8; 32],
    pub head: Vec<u8>,
    pub detail: Vec<u8>,
}
pub struct Floor(Connection);

impl Floor {
    pub fn make(connection: Connection) -> Done<Self> {
        connection.execute_batch(include_str!("sync_fanout.sql"))?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(Self(connection))
    }

    #[rustfmt::skip]
    pub fn fold(&mut self, frame: &[Op]) -> Done {
        let tx = self.0.transaction()?;
        let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| tx.prepare_cached(sql)?.execute(values);
        for op in frame {
            let (head, detail): (Head, Detail) = (serde_json::from_slice(&op.head)?, serde_json::from_slice(&op.detail)?);
            let (store, device, sale) = (head.store.as_bytes(), head.device.as_bytes(), &head.body);
            run("INSERT INTO op VALUES (NULL, ?, ?, ?, ?, ?)", params![op.seq, op.gseq, op.hash, op.head, op.detail])?;
            let id = tx.last_insert_rowid();
            run("INSERT INTO sale VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", params![id, sale.sale.as_bytes(),
                sale.receipt_no, sale.number, store, device, sale.till_no, head.who.as_bytes(), sale.member.as_ref().map(|id| id.as_bytes()),
                head.at, head.day, sale.line_count, sale.quantity_milli, sale.goods_fen, sale.off_fen, sale.total_fen, sale.points, sale.tier])?;
            for line in &detail.lines {
                run("INSERT INTO sale_line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", params![id, line.no, line.product.as_bytes(), line.name,
                    line.barcode, line.unit, line.list_price_fen, line.quantity_milli, line.amount_fen])?;
            }
            for (n, tender) in (0i64..).zip(&detail.tenders) {
                run("INSERT INTO tender VALUES (?, ?, ?, ?, ?)", params![id, n, tender.tender, tender.given_fen, tender.change_fen])?;
            }
            let legs = sale.postings.iter().flat_map(|moved| [(moved, moved.from, -moved.amount), (moved, moved.to, moved.amount)]);
            for (n, (moved, account, amount)) in (0i64..).zip(legs) {
                run("INSERT INTO posting VALUES (?, ?, ?, ?, ?)", params![id, n, account, moved.unit, amount])?;
                run("INSERT INTO balance VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
                    params![account, moved.unit, amount])?;
            }
            run("INSERT INTO store_day VALUES (?, ?, 1, ?) ON CONFLICT DO UPDATE SET sales = sales + 1,
                 amount_fen = amount_fen + excluded.amount_fen", params![store, head.day, sale.total_fen])?;
            if let Some(member) = sale.member {
                run("INSERT INTO member_stat VALUES (?, 1, ?, ?) ON CONFLICT DO UPDATE SET visits = visits + 1,
                     spend_fen = spend_fen + excluded.spend_fen, last_at = max(last_at, excluded.last_at)",
                    params![member.as_bytes(), sale.total_fen, head.at])?;
            }
            run("INSERT OR REPLACE INTO receipt VALUES (?, ?)", params![device, sale.number])?;
        }
        run("UPDATE cursor SET at = ?", params![frame.last().map(|op| op.gseq)])?;
        Ok(tx.commit()?)
    }
}
