//! Goods: finding them by name, and entering them by hand, new at a till, new or changed at head office.

use hefu_core::{barcode, catalogue::Product, error::Code, ids::ProductId, name, op::Draft};

use crate::{
    Desk, ErrorBody,
    desk::Caller,
    wire::{ProductAdd, ProductHit, ProductHits, ProductSet, SearchText},
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

/// New goods at a till. Errors: those of [`Product::check`], `barcode.damaged`, `barcode.taken`, `name.invalid`, `text.too_long`.
pub(crate) fn add(desk: &Desk, caller: &Caller, request: ProductAdd) -> Result<ProductHit, ErrorBody> {
    let set = ProductSet {
        product_id: ProductId::new(caller.now, desk.random()?),
        name: request.name,
        category: request.category,
        brand: request.brand,
        tags: request.tags,
        unit: request.unit,
        price_fen: request.price_fen,
        barcodes: vec![request.barcode],
    };
    put(desk, caller, read(set)?)
}

/// Goods at head office, new or changed. Errors as [`add`].
pub(crate) fn set(desk: &Desk, caller: &Caller, request: ProductSet) -> Result<ProductHit, ErrorBody> {
    put(desk, caller, read(request)?)
}

/// What was typed, as it is kept: names clean, no word and no code twice, and none that is empty.
fn read(request: ProductSet) -> Result<Product, Code> {
    let barcodes = each_once(request.barcodes.iter().map(|code| Ok(barcode::clean(code))))?;
    if barcodes.iter().any(|code| barcode::why_unknown(code) == Code::BarcodeDamaged) {
        return Err(Code::BarcodeDamaged);
    }
    let unit = name::clean(&request.unit)?;
    let product = Product {
        product: request.product_id,
        name: name::clean(&request.name)?,
        category: name::clean(&request.category)?,
        unit: if unit.is_empty() { "件".to_owned() } else { unit },
        price_fen: request.price_fen,
        brand: name::clean(&request.brand)?,
        tags: each_once(request.tags.iter().map(|tag| name::clean(tag)))?,
        barcodes,
    };
    product.check()?;
    Ok(product)
}

fn each_once(words: impl Iterator<Item = Result<String, Code>>) -> Result<Vec<String>, Code> {
    let mut kept: Vec<String> = Vec::new();
    for word in words {
        let word = word?;
        if !word.is_empty() && !kept.contains(&word) {
            kept.push(word);
        }
    }
    Ok(kept)
}

fn put(desk: &Desk, caller: &Caller, product: Product) -> Result<ProductHit, ErrorBody> {
    let by = desk.by(caller);
    desk.replica.write(|book| {
        if book.product(product.product)?.as_ref() == Some(&product) {
            return Ok(());
        }
        for code in &product.barcodes {
            if book.products_by_code(code)?.iter().any(|held| held.product != product.product) {
                return Err(Code::BarcodeTaken.into());
            }
        }
        book.append(by, &Draft::new(product.clone())).map(drop)
    })?;
    Ok(hit(product))
}

pub(crate) fn hit(product: Product) -> ProductHit {
    ProductHit {
        id: product.product,
        barcode: product.barcodes.first().cloned().unwrap_or_default(),
        barcodes: product.barcodes,
        name: product.name,
        category: product.category,
        brand: product.brand,
        tags: product.tags,
        unit: product.unit,
        price_fen: product.price_fen,
    }
}
