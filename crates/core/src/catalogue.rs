//! Goods: what is sold, under which codes and at which list price.

use serde::{Deserialize, Serialize};

use crate::{barcode, error::Code, ids::ProductId, money::Fen};

/// A product as an operation sets it; a later one replaces the whole of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    pub product: ProductId,
    pub name: String,
    pub category: String,
    /// 件, 瓶, 盒 …
    pub unit: String,
    /// Tax included.
    pub price_fen: Fen,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub brand: String,
    /// Marks that promotions can name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Every code this product is found by, the main one first (A8).
    pub barcodes: Vec<String>,
}

impl Product {
    /// Whether the book may hold it. Errors name the field.
    pub fn check(&self) -> Result<(), Code> {
        if self.name.trim().is_empty() {
            return Err(Code::NameInvalid);
        }
        if self.name.chars().count() > 120 || self.category.chars().count() > 60 || self.unit.chars().count() > 12 {
            return Err(Code::TextTooLong);
        }
        if self.brand.chars().count() > 60 || self.tags.len() > 20 || self.tags.iter().any(|tag| tag.is_empty() || tag.chars().count() > 30)
        {
            return Err(Code::TextTooLong);
        }
        if self.price_fen < Fen::ZERO {
            return Err(Code::AmountInvalid);
        }
        if self.barcodes.len() > 32 || self.barcodes.iter().any(|code| code.is_empty() || code.len() > barcode::LONGEST) {
            return Err(Code::BarcodeUnknown);
        }
        Ok(())
    }
}
