//! One number for what is folded, so that two nodes can be compared (`verify`, I6).
//!
//! Each table's digest is the sum of the hashes of its rows, modulo 2^256, so that no row order is needed; rows name
//! things by the chain's ids, never by this file's row numbers. Keys and credentials have no part in it.

use hefu_core::{ids::LogId, op::Hash};
use rusqlite::{Connection, types::ValueRef};

use crate::{Error, Replica, meta};

/// The version of the fold: higher whenever the same operations make other rows. Digests compare only when it is equal.
pub const FOLD: u32 = 12;

/// The folded tables, each as a query of portable columns.
const TABLES: &[(&str, &str)] = &[
    ("chain", "SELECT chain, name, demo FROM chain"),
    ("store", "SELECT id, code, name, city FROM store"),
    ("device", "SELECT id, store, till_no, revoked FROM device"),
    (
        "staff",
        "SELECT staff.id, staff.store, role, active, name, login, log.log, op.seq
         FROM staff LEFT JOIN op ON op.id = login_op LEFT JOIN log ON log.id = op.log",
    ),
    ("rule", "SELECT id, version, valid_from, body FROM rule"),
    ("frozen", "SELECT entity, hq FROM frozen"),
    ("refused", "SELECT log.log, op.seq FROM refused JOIN op ON op.id = refused.op JOIN log ON log.id = op.log"),
    ("product", "SELECT id, name, category, unit, price_fen, barcodes, name_key, pinyin, brand, tags, store FROM product"),
    ("barcode", "SELECT barcode.code, product.id FROM barcode JOIN product ON product.n = barcode.product"),
    (
        "member",
        "SELECT id, phone, name, sex, birthday, card_no, owner, joined_at, joined_day, joined_store, last_four, name_key, given_key,
                pinyin, initials FROM member",
    ),
    ("member_stat", "SELECT member, visits, spend_fen, last_at FROM member_stat"),
    ("joined_day", "SELECT day, members FROM joined_day"),
    (
        "sale",
        "SELECT log.log, op.seq, sale, receipt_no, number, store, device, till_no, cashier, member, at, day, line_count, quantity_milli,
                goods_fen, off_fen, total_fen, points, tier, rounding_fen, tax_fen FROM sale JOIN op ON op.id = sale.op JOIN log ON log.id = op.log",
    ),
    (
        "sale_line",
        "SELECT log.log, op.seq, no, product, name, barcode, unit, list_price_fen, quantity_milli, amount_fen, off,
                category, brand, added_tax_fen
         FROM sale_line JOIN op ON op.id = sale_line.op JOIN log ON log.id = op.log",
    ),
    ("tender", "SELECT log.log, op.seq, half, n, body FROM tender JOIN op ON op.id = tender.op JOIN log ON log.id = op.log"),
    ("sale_tax", "SELECT log.log, op.seq, rate_bp, net_fen, tax_fen FROM sale_tax JOIN op ON op.id = sale_tax.op JOIN log ON log.id = op.log"),
    (
        "refund",
        "SELECT log.log, op.seq, refund, receipt_no, number, store, device, till_no, cashier, sale, member, at, day, quantity_milli,
                total_fen, points_taken, points_restored FROM refund JOIN op ON op.id = refund.op JOIN log ON log.id = op.log",
    ),
    (
        "refund_line",
        "SELECT log.log, op.seq, no, quantity_milli FROM refund_line JOIN op ON op.id = refund_line.op JOIN log ON log.id = op.log",
    ),
    ("store_day", "SELECT store, day, sales, amount_fen, member_sales, refunds, refund_fen FROM store_day"),
    ("receipt", "SELECT device, number FROM receipt"),
    ("member_month", "SELECT member, month, visits, spend_fen FROM member_month"),
    ("tier_review", "SELECT member, month, level, rule, version FROM tier_review"),
    ("promotion_use", "SELECT rule, member, times, pieces FROM promotion_use"),
    ("coupon", "SELECT id, code, template, version, member, from_at, until_at, batch FROM coupon"),
    (
        "sale_gift",
        "SELECT log.log, op.seq, coupon, sale, lines, given_by, rule, version
         FROM sale_gift JOIN op ON op.id = sale_gift.op JOIN log ON log.id = op.log",
    ),
    ("gift_taken", "SELECT log.log, op.seq, coupon FROM gift_taken JOIN op ON op.id = gift_taken.op JOIN log ON log.id = op.log"),
    ("batch", "SELECT id, keep, name, at FROM batch"),
    ("batch_issuer", "SELECT batch, device FROM batch_issuer"),
    ("card", "SELECT id, card_no, kind, kind_version, member, state, replaced_by, opened_at, opened_store, awake_day FROM card"),
    (
        "card_money",
        "SELECT log.log, op.seq, card, top_up, receipt_no, number, store, device, cashier, at, day, plan, principal_fen, bonus_fen,
                buyer
         FROM card_money JOIN op ON op.id = card_money.op JOIN log ON log.id = op.log",
    ),
    (
        "buyer",
        "SELECT id, member, at, party, document_kind, document, name, phone, agent_name, agent_document_kind, agent_document FROM buyer",
    ),
    ("bonus_part", "SELECT top_up, part, card, day, bonus_fen FROM bonus_part"),
    ("bonus_given", "SELECT top_up, part FROM bonus_given"),
    (
        "posting",
        "SELECT log.log, op.seq, account, unit, at, amount FROM movement JOIN op ON op.id = movement.op JOIN log ON log.id = op.log",
    ),
    ("balance", "SELECT account, unit, amount FROM balance"),
];

/// What is folded here, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// The chain's sequence it has read; comparable only when `unsent` is 0.
    pub at_seq: u64,
    pub unsent: u64,
    pub operations: u64,
    pub tables: Vec<(&'static str, [u8; 32])>,
}

impl Digest {
    /// One hash over all tables.
    pub fn whole(&self) -> Hash {
        let mut hasher = blake3::Hasher::new();
        for (name, sum) in &self.tables {
            hasher.update(name.as_bytes()).update(sum);
        }
        Hash(*hasher.finalize().as_bytes())
    }

    /// Names of the tables in which two digests differ.
    pub fn differing(&self, other: &Self) -> Vec<&'static str> {
        self.tables.iter().zip(&other.tables).filter(|(a, b)| a != b).map(|(a, _)| a.0).collect()
    }
}

impl Replica {
    /// Digests the folded tables, in one read of the book. Time grows with the book.
    pub fn digest(&self) -> Result<Digest, Error> {
        self.inner.files.read(|connection| take(connection, self.log()))
    }
}

/// The digest of the book as this connection sees it.
pub(crate) fn take(connection: &Connection, log: LogId) -> Result<Digest, Error> {
    let own = log.as_bytes().as_slice();
    let head: i64 = connection.query_row("SELECT head_seq FROM log WHERE log = ?1", [own], |row| row.get(0))?;
    let marked: i64 = connection.query_row(
        "SELECT coalesce(max(seq), 0) FROM op WHERE log = (SELECT id FROM log WHERE log = ?1) AND gseq IS NOT NULL",
        [own],
        |row| row.get(0),
    )?;
    Ok(Digest {
        at_seq: meta::number(connection, meta::CURSOR)?,
        unsent: (head - marked).max(0).unsigned_abs(),
        operations: connection.query_row("SELECT count(*) FROM op", [], |row| row.get::<_, i64>(0))?.unsigned_abs(),
        tables: tables(connection)?,
    })
}

pub(crate) fn tables(connection: &Connection) -> Result<Vec<(&'static str, [u8; 32])>, Error> {
    TABLES.iter().map(|(name, query)| Ok((*name, table(connection, query)?))).collect()
}

fn table(connection: &Connection, query: &str) -> Result<[u8; 32], Error> {
    let mut statement = connection.prepare(query)?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    let mut sum = [0u8; 32];
    while let Some(row) = rows.next()? {
        let mut hasher = blake3::Hasher::new();
        for column in 0..columns {
            feed(&mut hasher, row.get_ref(column)?);
        }
        add(&mut sum, hasher.finalize().as_bytes());
    }
    Ok(sum)
}

/// A value with its type and length, so that neighbours cannot be read as one another.
fn feed(hasher: &mut blake3::Hasher, value: ValueRef<'_>) {
    let (kind, bytes): (u8, &[u8]) = match value {
        ValueRef::Null => (0, &[]),
        ValueRef::Integer(number) => {
            hasher.update(&[1]).update(&number.to_be_bytes());
            return;
        }
        ValueRef::Real(_) => (2, &[]),
        ValueRef::Text(text) => (3, text),
        ValueRef::Blob(blob) => (4, blob),
    };
    hasher.update(&[kind]).update(&(bytes.len() as u64).to_be_bytes()).update(bytes);
}

/// `sum += term` modulo 2^256, big-endian.
fn add(sum: &mut [u8; 32], term: &[u8; 32]) {
    let mut carry = 0u16;
    for (digit, more) in sum.iter_mut().zip(term).rev() {
        let total = u16::from(*digit) + u16::from(*more) + carry;
        *digit = total.to_be_bytes()[1];
        carry = total >> 8;
    }
}

#[cfg(test)]
mod tests {
    use super::FOLD;
    use hefu_core::op::Body;

    /// A fold and the kinds it knows, as the beginning of a hash of their names and versions.
    const FOLDED: (u32, &str) = (12, "68a29d48fe247d65");

    /// What a file kept of a kind that was unknown to the program before is folded by the program that knows it: only a higher
    /// `FOLD` makes it do so.
    #[test]
    fn a_kind_that_is_new_raises_the_fold() {
        let kinds: String = Body::KINDS.iter().map(|(kind, version)| format!("{kind} {version}\n")).collect();
        let now = blake3::hash(kinds.as_bytes()).to_hex();
        assert_eq!((FOLD, &now[..16]), FOLDED, "raise FOLD, and put both here");
    }
}
