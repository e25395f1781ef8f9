//! Goods: by exact code, by any part of a name, by pinyin.

use hefu_core::{catalogue::Product, ids::ProductId, name};
use rusqlite::{OptionalExtension, Row};

use super::{Reading, after_prefix, fen, id_column, spaced};
use crate::Error;

const PRODUCT: &str = "SELECT product.id, product.name, category, unit, price_fen, barcodes, n, brand, tags FROM product";

impl Reading<'_> {
    pub fn product(&self, id: ProductId) -> Result<Option<Product>, Error> {
        let found = self
            .connection
            .prepare_cached(&format!("{PRODUCT} WHERE id = ?1"))?
            .query_row([id.as_bytes().as_slice()], |row| Ok(product_row(row)))
            .optional()?;
        found.transpose()
    }

    /// Every product that carries exactly this code; more than one only where a code was given twice. Where head office gave it
    /// to goods, those of a store are left out: a scan rings up what head office says.
    pub fn products_by_code(&self, code: &str) -> Result<Vec<Product>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "{PRODUCT} JOIN barcode ON barcode.product = product.n WHERE code = ?1
             AND (store IS NULL OR NOT EXISTS (SELECT 1 FROM barcode AS other JOIN product AS chain ON chain.n = other.product
                  WHERE other.code = ?1 AND chain.store IS NULL)) ORDER BY product.id"
        ))?;
        collect(&mut statement.query([code])?)
    }

    /// Goods by name or pinyin, at most `most`: first names that begin with the text, then pinyin that does, then
    /// names and pinyin initials that hold it anywhere.
    pub fn search_products(&self, text: &str, most: usize) -> Result<Vec<Product>, Error> {
        let key = name::fold(text);
        if key.is_empty() {
            return Ok(Vec::new());
        }
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let mut found: Vec<Product> = Vec::new();
        for column in ["name_key", "pinyin"] {
            let mut statement = self
                .connection
                .prepare_cached(&format!("{PRODUCT} WHERE {column} >= ?1 AND {column} < ?2 ORDER BY {column}, n LIMIT ?3"))?;
            add(&mut found, collect(&mut statement.query((&key, after_prefix(&key), limit))?)?, most);
        }
        if found.len() < most {
            let mut statement = self.connection.prepare_cached(
                "SELECT product.id, product.name, category, unit, price_fen, barcodes, n, brand, tags FROM product_words
                 JOIN product ON product.n = product_words.rowid WHERE product_words MATCH ?1 LIMIT ?2",
            )?;
            let phrase = format!("\"{}\"", spaced(&key).replace('"', "\"\""));
            add(&mut found, collect(&mut statement.query((phrase, limit))?)?, most);
        }
        Ok(found)
    }

    pub fn product_count(&self) -> Result<i64, Error> {
        Ok(self.connection.query_row("SELECT count(*) FROM product", [], |row| row.get(0))?)
    }
}

fn add(found: &mut Vec<Product>, more: Vec<Product>, most: usize) {
    for product in more {
        if found.len() < most && !found.iter().any(|held| held.product == product.product) {
            found.push(product);
        }
    }
}

fn collect(rows: &mut rusqlite::Rows<'_>) -> Result<Vec<Product>, Error> {
    let mut products = Vec::new();
    while let Some(row) = rows.next()? {
        products.push(product_row(row)?);
    }
    Ok(products)
}

fn product_row(row: &Row<'_>) -> Result<Product, Error> {
    let barcodes: String = row.get(5)?;
    let tags: Option<String> = row.get(8)?;
    Ok(Product {
        product: ProductId::from_bytes(id_column(row, 0)?),
        name: row.get(1)?,
        category: row.get(2)?,
        unit: row.get(3)?,
        price_fen: fen(row.get(4)?)?,
        brand: row.get(7)?,
        tags: tags.map(|tags| serde_json::from_str(&tags)).transpose().map_err(|_| Error::Stored("tags"))?.unwrap_or_default(),
        barcodes: serde_json::from_str(&barcodes).map_err(|_| Error::Stored("barcodes"))?,
    })
}
