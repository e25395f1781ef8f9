//! Goods: finding them by name, and entering new ones by hand.

use hefu_core::{barcode, catalogue::Product, error::Code, ids::ProductId, name, op::Draft};

use crate::{
    Desk, ErrorBody,
    desk::Caller,
    wire::{ProductAdd, ProductHit, ProductHits, SearchText},
};

/// Hits on one screen.
pub(crate) const HITS: usize = 50;
/// The longest text that is searched for, in characters.
pub(crate) const TEXT_MOST: usize = 100;

pub(crate) fn search(desk: &Desk, _: &Caller, request: SearchText) -> Result<ProductHits, ErrorBody> {
    if request.text.chars().count() > TEXT_MOST {
        return Err(Code::TextTooLong.into());
    }
    let code = barcode::clean(&request.text);
    let products = desk.replica.read(|book| {
        let exact = book.products_by_code(&code)?;
        if exact.is_empty() { book.search_products(&request.text, HITS) } else { Ok(exact) }
    })?;
    Ok(ProductHits { products: products.into_iter().map(hit).collect() })
}

pub(crate) fn add(desk: &Desk, caller: &Caller, request: ProductAdd) -> Result<ProductHit, ErrorBody> {
    let code = barcode::clean(&request.barcode);
    if barcode::why_unknown(&code) == Code::BarcodeDamaged {
        return Err(Code::BarcodeDamaged.into());
    }
    let unit = name::clean(&request.unit)?;
    let product = Product {
        product: ProductId::new(caller.now, desk.random()?),
        name: name::clean(&request.name)?,
        category: name::clean(&request.category)?,
        unit: if unit.is_empty() { "件".to_owned() } else { unit },
        price_fen: request.price_fen,
        brand: String::new(),
        tags: Vec::new(),
        barcodes: if code.is_empty() { Vec::new() } else { vec![code.clone()] },
    };
    product.check()?;
    let by = desk.by(caller);
    desk.replica.write(|book| {
        if !code.is_empty() && !book.products_by_code(&code)?.is_empty() {
            return Err(Code::BarcodeTaken.into());
        }
        book.append(by, &Draft::new(product.clone()))?;
        Ok(())
    })?;
    Ok(hit(product))
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
