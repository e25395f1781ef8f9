//! A sale's rows and its operation's bytes in one durable transaction: no second index, nothing read, computed or summed.

use rusqlite::{Connection, params_from_iter, types::Value};

/// Table (movements: a view of the book's), its primary key, the column that names the operation, all columns of a sale's rows in it.
const TABLES: [(&str, &str, &str, &str); 5] = [
    ("op", "id", "id", "id INTEGER, log, seq, entity, hash, head, detail"),
    (
        "sale",
        "op",
        "op",
        "op INTEGER, sale, receipt_no, number, store, device, till_no, cashier, member, at, day, line_count, quantity_milli, goods_fen,
         off_fen, total_fen, points, tier, rounding_fen, tax_fen",
    ),
    (
        "sale_line",
        "op, no",
        "op",
        "op, no, product, name, barcode, unit, list_price_fen, quantity_milli, amount_fen, off, category, brand, added_tax_fen",
    ),
    ("tender", "op, half, n", "op", "op, half, n, body"),
    ("movement", "account, unit, at, op", "op", "account, unit, at, op, amount"),
];

/// One sale's rows, by table.
pub struct Sale(Vec<Vec<Vec<Value>>>);
pub struct Floor(Connection);

impl Floor {
    pub fn make(connection: Connection) -> rusqlite::Result<Self> {
        for (table, key, _, columns) in TABLES {
            let end = if key.contains(',') { " WITHOUT ROWID" } else { "" };
            connection.execute_batch(&format!("CREATE TABLE {table} ({columns}, PRIMARY KEY ({key})){end}"))?;
        }
        Ok(Self(connection))
    }

    /// The rows of a book's latest sale: read before the clock runs. A coupon that it brought is an operation of its own.
    pub fn latest(book: &Connection) -> rusqlite::Result<Sale> {
        let read = |(table, _, op, columns): &(&str, &str, &str, &str)| {
            let columns = columns.replace(" INTEGER", "");
            let mut rows = book.prepare_cached(&format!("SELECT {columns} FROM {table} WHERE {op} = (SELECT max(op) FROM sale)"))?;
            let width = rows.column_count();
            rows.query_map([], |row| (0..width).map(|column| row.get(column)).collect())?.collect()
        };
        TABLES.iter().map(read).collect::<rusqlite::Result<_>>().map(Sale)
    }

    /// Number of rows written, table by table.
    pub fn commit(&self, sale: &Sale) -> rusqlite::Result<Vec<usize>> {
        self.0.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        for ((table, _, _, columns), rows) in TABLES.iter().zip(&sale.0) {
            let marks = vec!["?"; columns.split(',').count()].join(", ");
            let mut insert = self.0.prepare_cached(&format!("INSERT INTO {table} VALUES ({marks})"))?;
            rows.iter().try_for_each(|row| insert.execute(params_from_iter(row)).map(drop))?;
        }
        self.0.prepare_cached("COMMIT")?.execute([])?;
        Ok(sale.0.iter().map(Vec::len).collect())
    }
}
