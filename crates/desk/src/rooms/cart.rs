//! Ringing up: the open cart of a session. Every command answers with the whole cart, priced.

use hefu_core::{
    access::Permission,
    barcode,
    catalogue::Product,
    checkout::Drawn,
    coupon,
    error::Code,
    money::{Fen, Points},
    op::BYTES_MOST,
    quote::{CartItem, HandDiscount, HandPrice, LINES_MOST, QUANTITY_MOST_MILLI},
    settle::{CashRounding, Given, settle},
};

use super::{
    approval, payment,
    price::{self, Priced},
    product, refund, shown,
};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    sessions::OpenCart,
    wire::{
        CartAdd, CartCouponAdd, CartCouponRemove, CartDiscount, CartEnter, CartEntered, CartPrice, CartRemove, CartSetExchange,
        CartSetMember, CartSetQuantity, CartView, Nothing,
    },
};

/// Coupons that one cart may carry.
const COUPONS_MOST: usize = 20;

pub(crate) fn get(desk: &Desk, caller: &Caller, _: Nothing) -> Result<CartView, ErrorBody> {
    on_cart(desk, caller, |_| Ok(()))
}

pub(crate) fn enter(desk: &Desk, caller: &Caller, request: CartEnter) -> Result<CartEntered, ErrorBody> {
    if request.text.chars().count() > product::TEXT_MOST {
        return Err(Code::TextTooLong.into());
    }
    let whole = barcode::clean(&request.text);
    if whole.is_empty() {
        return Err(Code::NothingFound.into());
    }
    // A code may hold the sign for quantity itself: the exact code is looked up first (A8).
    let exact = by_code(desk, &whole)?;
    let (quantity_milli, text) = if exact.is_empty() { times(&request.text)? } else { (1000, request.text.clone()) };
    let code = barcode::clean(&text);
    let mut found = if exact.is_empty() { by_code(desk, &code)? } else { exact };
    let by_its_code = !found.is_empty();
    if !by_its_code && request.scanned {
        // What a scanner read is a code or nothing: digits of it may stand in the name of other goods.
        return Err(ErrorBody::new(barcode::why_unknown(&code)).with_text("code", &code));
    }
    if !by_its_code {
        found = desk.replica.read(|book| book.search_products(&text, product::HITS))?;
    }
    // Digits alone were meant as a code: that a name holds them is an offer, not an answer.
    let sure = by_its_code || !code.bytes().all(|b| b.is_ascii_digit());
    match found.len() {
        0 => Err(nothing_found(&code)),
        1 if sure => {
            let product = found.remove(0);
            let code = if by_its_code { code } else { first_code(&product) };
            let mut line_no = 0;
            let cart = on_cart(desk, caller, |cart| {
                line_no = ring_up(cart, product, code, quantity_milli)?;
                Ok(())
            })?;
            Ok(CartEntered::Added { line_no, cart: Box::new(cart) })
        }
        _ => Ok(CartEntered::Choose { quantity_milli, products: found.into_iter().map(product::hit).collect() }),
    }
}

pub(crate) fn add(desk: &Desk, caller: &Caller, request: CartAdd) -> Result<CartView, ErrorBody> {
    let product = desk.product(request.product_id)?;
    on_cart(desk, caller, |cart| {
        let code = first_code(&product);
        ring_up(cart, product, code, request.quantity_milli).map(|_| ())
    })
}

pub(crate) fn set_quantity(desk: &Desk, caller: &Caller, request: CartSetQuantity) -> Result<CartView, ErrorBody> {
    check_quantity(request.quantity_milli)?;
    on_cart(desk, caller, |cart| {
        let line = cart.items.iter_mut().find(|item| item.no == request.line_no).ok_or(Code::LineUnknown)?;
        let (before, after) = (line.quantity_milli, request.quantity_milli);
        line.quantity_milli = after;
        // A price by hand was allowed for so many, a discount for so much.
        if after > before {
            line.by_hand = None;
        } else if after < before {
            cart.discount = None;
            cart.cards_allowed.clear();
        }
        cart.revision += 1;
        Ok(())
    })
}

pub(crate) fn remove(desk: &Desk, caller: &Caller, request: CartRemove) -> Result<CartView, ErrorBody> {
    on_cart(desk, caller, |cart| {
        let place = cart.items.iter().position(|item| item.no == request.line_no).ok_or(Code::LineUnknown)?;
        cart.items.remove(place);
        cart.discount = None;
        cart.cards_allowed.clear();
        cart.revision += 1;
        Ok(())
    })
}

pub(crate) fn member(desk: &Desk, caller: &Caller, request: CartSetMember) -> Result<CartView, ErrorBody> {
    let (lead, said) = match request.member_id {
        None => (None, false),
        Some(id) => {
            let person = desk.replica.read(|book| book.person(id))?.ok_or(Code::MemberUnknown)?;
            if desk.replica.read(|book| book.person_is_frozen(&person))? {
                return Err(Code::MemberFrozen.into());
            }
            (Some(person.lead.id), request.said.is_some_and(|said| shown::names(&person, &said)))
        }
    };
    on_cart(desk, caller, |cart| {
        // Found again, by whatever name: they are here as before.
        let same = cart.member == lead;
        cart.member_said = said || (cart.member_said && same);
        if !same {
            cart.cards_allowed.clear();
        }
        cart.member = lead;
        cart.revision += 1;
        Ok(())
    })
}

pub(crate) fn clear(desk: &Desk, caller: &Caller, _: Nothing) -> Result<CartView, ErrorBody> {
    caller.session()?.cart = None;
    on_cart(desk, caller, |_| Ok(()))
}

/// A coupon onto the cart. One that cannot be used is refused with the reason; one that would not help now stays, and helps
/// when the cart has grown.
pub(crate) fn coupon(desk: &Desk, caller: &Caller, request: CartCouponAdd) -> Result<CartView, ErrorBody> {
    on_cart(desk, caller, |cart| {
        let moment = desk.moment(caller);
        let found = desk.replica.read(|book| {
            let found = match (&request.code, request.coupon_id) {
                (Some(code), _) => {
                    let code = coupon::read_code(code).ok_or(Code::CouponUnknown)??;
                    book.coupon_by_code(&code)?
                }
                (None, Some(id)) => book.coupon(id)?,
                (None, None) => None,
            };
            let members = match cart.member {
                Some(id) => book.person(id)?.map(|person| person.ids().collect()).unwrap_or_default(),
                None => Vec::new(),
            };
            let coupon = found.ok_or(Code::CouponUnknown)?;
            coupon.usable(&members, moment, desk.clock_frozen())?;
            let (_, rules) = desk.rules.at(book, moment)?;
            price::template(&rules, &coupon).ok_or(Code::CouponUnknown)?;
            Ok(coupon)
        })?;
        if cart.coupons.contains(&found.coupon) {
            return Err(Code::CouponTwice.into());
        }
        if cart.coupons.len() >= COUPONS_MOST {
            return Err(Code::CouponTooMany.into());
        }
        cart.coupons.push(found.coupon);
        cart.revision += 1;
        Ok(())
    })
}

pub(crate) fn coupon_remove(desk: &Desk, caller: &Caller, request: CartCouponRemove) -> Result<CartView, ErrorBody> {
    on_cart(desk, caller, |cart| {
        let place = cart.coupons.iter().position(|id| *id == request.coupon_id).ok_or(Code::CouponUnknown)?;
        cart.coupons.remove(place);
        cart.revision += 1;
        Ok(())
    })
}

/// Another unit price for a line (A5).
pub(crate) fn set_price(desk: &Desk, caller: &Caller, request: CartPrice) -> Result<CartView, ErrorBody> {
    let by_hand = match request.price_fen {
        None => None,
        Some(price_fen) if price_fen < Fen::ZERO => return Err(Code::AmountInvalid.into()),
        Some(price_fen) => {
            let reason = reason(&request.reason)?;
            let by = approval::allow(desk, caller, Permission::OverridePrice, request.approval.as_ref())?;
            Some(HandPrice { price_fen, by, reason })
        }
    };
    on_cart(desk, caller, |cart| {
        let line = cart.items.iter_mut().find(|item| item.no == request.line_no).ok_or(Code::LineUnknown)?;
        line.by_hand = by_hand;
        cart.revision += 1;
        Ok(())
    })
}

/// An amount off the whole (A5).
pub(crate) fn discount(desk: &Desk, caller: &Caller, request: CartDiscount) -> Result<CartView, ErrorBody> {
    let discount = match request.off_fen {
        off if off < Fen::ZERO => return Err(Code::AmountInvalid.into()),
        Fen::ZERO => None,
        off_fen => {
            let reason = reason(&request.reason)?;
            let by = approval::allow(desk, caller, Permission::OverridePrice, request.approval.as_ref())?;
            Some(HandDiscount { off_fen, by, reason })
        }
    };
    on_cart(desk, caller, |cart| {
        cart.discount = None;
        if let Some(discount) = discount {
            let moment = desk.moment(caller);
            let quote = desk.replica.read(|book| desk.price(book, moment, cart))?.quote;
            if discount.off_fen > quote.goods_fen.minus(quote.off_fen)? {
                return Err(Code::AmountTooLarge.into());
            }
            cart.discount = Some(discount);
        }
        cart.revision += 1;
        Ok(())
    })
}

/// What a person must say for an act that is asked about later. Errors: `reason.needed`, `text.too_long`.
pub(crate) fn reason(text: &str) -> Result<String, Code> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(Code::ReasonNeeded),
        1..=100 => Ok(text.to_owned()),
        _ => Err(Code::TextTooLong),
    }
}

/// Makes the cart the second half of an exchange (A4), or a plain sale again.
pub(crate) fn exchange(desk: &Desk, caller: &Caller, request: CartSetExchange) -> Result<CartView, ErrorBody> {
    let returning = request.exchange.map(|of| refund::returning(desk, caller, of)).transpose()?;
    if let Some(returning) = &returning {
        let moment = desk.moment(caller);
        desk.replica.read(|book| refund::work_out(desk, book, returning, moment))?;
    }
    on_cart(desk, caller, |cart| {
        cart.exchange = returning;
        cart.cards_allowed.clear();
        cart.revision += 1;
        Ok(())
    })
}

/// Changes the session's cart, opening one if need be, and shows it. What is refused changes nothing: a cart that cannot be
/// priced could not be paid either.
fn on_cart(desk: &Desk, caller: &Caller, change: impl FnOnce(&mut OpenCart) -> Result<(), ErrorBody>) -> Result<CartView, ErrorBody> {
    let mut session = caller.session()?;
    let mut cart = match &session.cart {
        Some(cart) => cart.clone(),
        None => OpenCart::new(desk.new_sale_id(caller.now)?),
    };
    let before = cart.revision;
    let changed = change(&mut cart).and_then(|()| show(desk, caller, &mut cart, before));
    match (&changed, &session.cart) {
        (Err(_), Some(_)) => {}
        (Err(_), None) => session.cart = Some(OpenCart::new(cart.id)),
        (Ok(_), _) => session.cart = Some(cart),
    }
    changed
}

/// Prices the cart and remembers what the screen is told. A total that has moved by itself is a change like any other.
fn show(desk: &Desk, caller: &Caller, cart: &mut OpenCart, before: u64) -> Result<CartView, ErrorBody> {
    let (mut view, shown) = price::view(desk, caller, cart, |priced| fits(desk, priced, cart))?;
    let moved = cart.shown.is_some_and(|known| known != shown);
    if moved && cart.revision == before {
        cart.revision += 1;
        view.revision = cart.revision;
    }
    cart.shown = Some(shown);
    Ok(view)
}

/// Lines from which on a cart is checked against the size of an operation, and what tenders and who sold it, or what comes back,
/// may take of it besides lines and promotions.
const LONG: usize = 40;
const REST_BYTES: usize = 4 * 1024;
/// A line that comes back, in a refund's head.
const LINE_BYTES: usize = 24;
/// A coupon that hangs on a sale, and a line that counts towards it.
const GIFT_BYTES: usize = 256;
const GIFT_LINE_BYTES: usize = 4;

impl OpenCart {
    /// Goods that come back are a part of the same operation.
    fn long(&self) -> bool {
        self.items.len() + self.exchange.as_ref().map_or(0, |of| of.lines.len()) > LONG
    }
}

/// `cart.full` when the sale of this cart would not fit into one operation: said while ringing up, not while paying.
fn fits(desk: &Desk, priced: &Priced, cart: &OpenCart) -> Result<(), Code> {
    if !cart.long() {
        return Ok(());
    }
    let cash = [Given::Cash { given_fen: priced.quote.due_fen }];
    let given = if priced.quote.due_fen > Fen::ZERO { &cash[..] } else { &[] };
    let settled = settle(priced.quote.due_fen, given, CashRounding::NONE)?;
    let (sale, detail, said) = payment::sale_parts(desk, priced, cart, &settled, &Drawn::new(), &[], Points::ZERO, &[], "", 0)?.sale()?;
    let back = priced.exchange.as_ref().map(refund::Worked::lines).unwrap_or_default();
    let bytes = serde_json::to_vec(&(sale, detail, said, back)).map_err(|_| Code::Internal)?.len();
    let rest = REST_BYTES + cart.exchange.as_ref().map_or(0, |of| REST_BYTES + LINE_BYTES * of.lines.len()) + gift_bytes(priced, cart);
    if bytes + rest > BYTES_MOST { Err(Code::CartFull) } else { Ok(()) }
}

/// What coupons that hang on the sale may take of it: each names the lines that count, also of a sale that goods come back of.
fn gift_bytes(priced: &Priced, cart: &OpenCart) -> usize {
    let kinds = priced.rules.coupons.values().filter(|kind| kind.body.on_sale.is_some()).count();
    let lines = cart.items.len() + priced.exchange.as_ref().map_or(0, |worked| worked.case.lines.len());
    kinds * (GIFT_BYTES + GIFT_LINE_BYTES * lines)
}

/// Puts goods on the cart: more of a line that is there already, or a new line. Answers with the line's number.
fn ring_up(cart: &mut OpenCart, product: Product, barcode: String, quantity_milli: i64) -> Result<u32, ErrorBody> {
    check_quantity(quantity_milli)?;
    let held = cart.items.iter_mut().find(|item| item.product.product == product.product && item.barcode == barcode);
    let no = match held {
        Some(item) => {
            let more = item.quantity_milli + quantity_milli;
            check_quantity(more)?;
            item.quantity_milli = more;
            item.by_hand = None;
            item.no
        }
        None => {
            if cart.items.len() >= LINES_MOST {
                return Err(Code::CartFull.into());
            }
            let no = cart.next_no;
            cart.next_no += 1;
            cart.items.push(CartItem { no, product, barcode, quantity_milli, by_hand: None });
            no
        }
    };
    cart.revision += 1;
    Ok(no)
}

fn check_quantity(quantity_milli: i64) -> Result<(), Code> {
    if (1..=QUANTITY_MOST_MILLI).contains(&quantity_milli) { Ok(()) } else { Err(Code::QuantityInvalid) }
}

fn by_code(desk: &Desk, code: &str) -> Result<Vec<Product>, ErrorBody> {
    Ok(desk.replica.read(|book| book.products_by_code(code))?)
}

fn first_code(product: &Product) -> String {
    product.barcodes.first().cloned().unwrap_or_default()
}

/// `3*6901234567892` → three of it. Text without a number and a star before it is one.
fn times(text: &str) -> Result<(i64, String), Code> {
    let narrow: String = text.chars().map(hefu_core::phone::narrow).collect();
    let Some((count, rest)) = narrow.split_once(['*', '×']) else { return Ok((1000, text.to_owned())) };
    let count = count.trim();
    let (whole, part) = count.split_once('.').unwrap_or((count, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if rest.trim().is_empty() || !digits(whole) || !digits(part) || part.len() > 3 {
        return Ok((1000, text.to_owned()));
    }
    // Three digits after the point at most, which are thousandths.
    let quantity_milli = format!("{whole}{part:0<3}").parse::<i64>().map_err(|_| Code::QuantityInvalid)?;
    check_quantity(quantity_milli)?;
    Ok((quantity_milli, rest.to_owned()))
}

/// Digits of the length of a code were meant as one; anything else was a search.
fn nothing_found(code: &str) -> ErrorBody {
    let as_code = code.len() >= 6 && code.bytes().all(|b| b.is_ascii_digit());
    let why = if as_code { barcode::why_unknown(code) } else { Code::NothingFound };
    ErrorBody::new(why).with_text("code", code)
}
