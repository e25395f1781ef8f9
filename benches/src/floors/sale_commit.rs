//! A sale's rows and its operation's bytes in one durable transaction: no second index, nothing read, computed or summed.

use rusqlite::{Connection, params_from_iter, types::Value};

/// Table, and the columns of a sale's rows in it; the first names the operation.
const TABLES: [(&str, &str, &str); 5] = [
    ("op", "id", "id, log, seq, hash, head, detail"),
    (
        "sale",
        "op",
        "op, sale, receipt_no, number, store, device, till_no, cashier, member, at, day, line_count, quantity_milli, goods_fen, off_fen,
         total_fen, points, tier",
    ),
    ("sale_line", "op", "op, no, product, name, barcode, unit, list_price_fen, quantity_milli, amount_fen, off"),
    ("tender", "op", "op, n, kind, given_fen, change_fen"),
    ("posting", "op", "op, n, account, unit, amount"),
];

/// One sale's rows, table by table.
pub struct Sale(Vec<Vec<Vec<Value>>>);
pub struct Floor(Connection);

impl Floor {
    pub fn make(connection: Connection) -> rusqlite::Result<Self> {
        for (table, key, columns) in TABLES {
            let (unique, end) = match (key, table) {
                ("id", _) | (_, "sale") => (key.to_owned(), ""),
                (_, "sale_line") => ("op, no".to_owned(), " WITHOUT ROWID"),
                _ => ("op, n".to_owned(), " WITHOUT ROWID"),
            };
            let columns = columns.replacen(key, &format!("{key} INTEGER"), 1);
            connection.execute_batch(&format!("CREATE TABLE {table} ({columns}, PRIMARY KEY ({unique})){end}"))?;
        }
        Ok(Self(connection))
    }

    /// The rows of a book's latest operation, a sale: read before the clock runs.
    pub fn latest(book: &Connection) -> rusqlite::Result<Sale> {
        let read = |(table, key, columns): &(&str, &str, &str)| {
            let mut rows = book.prepare_cached(&format!("SELECT {columns} FROM {table} WHERE {key} = (SELECT max(id) FROM op)"))?;
            let width = rows.column_count();
            rows.query_map([], |row| (0..width).map(|column| row.get(column)).collect())?.collect()
        };
        TABLES.iter().map(read).collect::<rusqlite::Result<_>>().map(Sale)
    }

    /// Number of rows written.
    pub fn commit(&self, sale: &Sale) -> rusqlite::Result<usize> {
        self.0.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let mut written = 0;
        for ((table, _, columns), rows) in TABLES.iter().zip(&sale.0) {
            let marks = vec!["?"; columns.split(',').count()].join(", ");
            let mut insert = self.0.prepare_cached(&format!("INSERT INTO {table} ({columns}) VALUES ({marks})"))?;
            for row in rows {
                written += insert.execute(params_from_iter(row))?;
            }
        }
        self.0.prepare_cached("COMMIT")?.execute([]).map(|_| written)
    }
}
