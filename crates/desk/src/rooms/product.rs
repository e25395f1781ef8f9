//! Finding goods by name.

use hefu_core::{catalogue::Product, error::Code};

use crate::{
    Desk, ErrorBody,
    desk::Caller,
    wire::{ProductHit, ProductHits, SearchText},
};

/// Hits on one screen.
pub(crate) const HITS: usize = 50;
/// The longest text that is searched for, in characters.
pub(crate) const TEXT_MOST: usize = 100;

pub(crate) fn search(desk: &Desk, _: &Caller, request: SearchText) -> Result<ProductHits, ErrorBody> {
    if request.text.chars().count() > TEXT_MOST {
        return Err(Code::TextTooLong.into());
    }
    let code = hefu_core::barcode::clean(&request.text);
    let products = desk.replica.read(|book| {
        let exact = book.products_by_code(&code)?;
        if exact.is_empty() { book.search_products(&request.text, HITS) } else { Ok(exact) }
    })?;
    Ok(ProductHits { products: products.into_iter().map(hit).collect() })
}

pub(crate) fn hit(product: Product) -> ProductHit {
    ProductHit {
        id: product.product,
        barcode: product.barcodes.into_iter().next().unwrap_or_default(),
        name: product.name,
        category: product.category,
        unit: product.unit,
        price_fen: product.price_fen,
    }
}
