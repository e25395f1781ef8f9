//! Ringing up: the open cart of a session. Every command answers with the whole cart, priced.

use hefu_core::{
    barcode,
    catalogue::Product,
    error::Code,
    money::Fen,
    op::{BYTES_MOST, SaleParts},
    quote::{CartItem, LINES_MOST, QUANTITY_MOST_MILLI, Quote, quote},
    rules::RulesInForce,
};
use hefu_replica::{PersonRow, Reading, Standing};

use super::{member, product};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    sessions::OpenCart,
    wire::{
        CartAdd, CartEnter, CartEntered, CartLine, CartRemove, CartSetMember, CartSetQuantity, CartView, CashSuggestions, Nothing, Reason,
        Totals,
    },
};

/// A cart as it is priced now.
pub(crate) struct Priced {
    pub quote: Quote,
    pub rules: RulesInForce,
    pub person: Option<(PersonRow, Standing)>,
}

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
    let scanned = !found.is_empty();
    if !scanned {
        found = desk.replica.read(|book| book.search_products(&text, product::HITS))?;
    }
    match found.len() {
        0 => Err(nothing_found(&code)),
        1 => {
            let product = found.remove(0);
            let code = if scanned { code } else { first_code(&product) };
            let mut line_no = 0;
            let cart = on_cart(desk, caller, |cart| {
                line_no = ring_up(cart, product, code, quantity_milli)?;
                Ok(())
            })?;
            Ok(CartEntered::Added { line_no, cart })
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
        line.quantity_milli = request.quantity_milli;
        cart.revision += 1;
        Ok(())
    })
}

pub(crate) fn remove(desk: &Desk, caller: &Caller, request: CartRemove) -> Result<CartView, ErrorBody> {
    on_cart(desk, caller, |cart| {
        let place = cart.items.iter().position(|item| item.no == request.line_no).ok_or(Code::LineUnknown)?;
        cart.items.remove(place);
        cart.revision += 1;
        Ok(())
    })
}

pub(crate) fn member(desk: &Desk, caller: &Caller, request: CartSetMember) -> Result<CartView, ErrorBody> {
    let lead = match request.member_id {
        None => None,
        Some(id) => {
            let person = desk.replica.read(|book| book.person(id))?.ok_or(Code::MemberUnknown)?;
            if desk.replica.read(|book| book.person_is_frozen(&person))? {
                return Err(Code::MemberFrozen.into());
            }
            Some(person.lead.id)
        }
    };
    on_cart(desk, caller, |cart| {
        cart.member = lead;
        cart.revision += 1;
        Ok(())
    })
}

pub(crate) fn clear(desk: &Desk, caller: &Caller, _: Nothing) -> Result<CartView, ErrorBody> {
    caller.session()?.cart = None;
    on_cart(desk, caller, |_| Ok(()))
}

pub(crate) fn cash(desk: &Desk, caller: &Caller, _: Nothing) -> Result<CashSuggestions, ErrorBody> {
    let due = on_cart(desk, caller, |_| Ok(()))?.totals.due_fen;
    Ok(CashSuggestions { given_fen: suggestions(due)? })
}

/// The exact amount, then what whole notes a customer is likely to hand over: the next 5, 10, 20, 50 and 100 yuan.
fn suggestions(due: Fen) -> Result<Vec<Fen>, Code> {
    let mut given = vec![due];
    for note in [500, 1000, 2000, 5000, 10_000] {
        let rounded = Fen::new((due.get() + note - 1) / note * note)?;
        if !given.contains(&rounded) {
            given.push(rounded);
        }
    }
    given.truncate(5);
    Ok(given)
}

/// Changes the session's cart, opening one if need be, and shows it.
fn on_cart(desk: &Desk, caller: &Caller, change: impl FnOnce(&mut OpenCart) -> Result<(), ErrorBody>) -> Result<CartView, ErrorBody> {
    let mut session = caller.session()?;
    let mut cart = match session.cart.take() {
        Some(cart) => cart,
        None => OpenCart::new(desk.new_sale_id(caller.now)?),
    };
    // Only a long cart can outgrow an operation, so only a long one is copied to be put back.
    let before = (cart.items.len() >= LONG).then(|| (cart.items.clone(), cart.member, cart.revision));
    let changed = change(&mut cart);
    let shown = changed.and_then(|()| view(desk, caller, &cart));
    let shown = shown.and_then(|shown| if cart.items.len() > LONG { fits(desk, caller, &cart).map(|()| shown) } else { Ok(shown) });
    if let (Err(_), Some((items, member, revision))) = (&shown, before) {
        (cart.items, cart.member, cart.revision) = (items, member, revision);
    }
    session.cart = Some(cart);
    shown
}

/// Lines from which on a cart is checked against the size of an operation, and what a sale's head may take of it.
const LONG: usize = 40;
const HEAD_BYTES: usize = 4 * 1024;

/// `cart.full` when the sale of this cart would not fit into one operation: said while ringing up, not while paying.
fn fits(desk: &Desk, caller: &Caller, cart: &OpenCart) -> Result<(), ErrorBody> {
    let moment = desk.moment(caller);
    let identity = desk.replica.identity();
    let priced = desk.replica.read(|book| price(book, moment, cart))?;
    let parts = SaleParts {
        sale: cart.id,
        store: identity.store.ok_or(Code::NotHere)?,
        store_code: "",
        device: identity.device,
        till_no: identity.till_no,
        member: priced.person.as_ref().map(|(person, standing)| (person.lead.id, standing.spend)),
        items: &cart.items,
        quote: &priced.quote,
        rules: &priced.rules,
        cash_given: priced.quote.due_fen,
    };
    let detail = parts.draft(0)?.detail.len();
    if detail + HEAD_BYTES > BYTES_MOST { Err(Code::CartFull.into()) } else { Ok(()) }
}

/// The cart at the rules of a moment.
pub(crate) fn price(book: &Reading<'_>, moment: i64, cart: &OpenCart) -> Result<Priced, hefu_replica::Error> {
    let person = match cart.member {
        Some(id) => book.person(id)?,
        None => None,
    };
    let person = person.map(|person| book.standing(&person).map(|standing| (person, standing))).transpose()?;
    let rules = book.rules_at(moment)?;
    let quote = quote(&cart.items, person.as_ref().map(|(_, standing)| standing.spend), &rules)?;
    Ok(Priced { quote, rules, person })
}

pub(crate) fn view(desk: &Desk, caller: &Caller, cart: &OpenCart) -> Result<CartView, ErrorBody> {
    let moment = desk.moment(caller);
    let priced = desk.replica.read(|book| price(book, moment, cart))?;
    let quote = &priced.quote;
    let mut lines = Vec::with_capacity(cart.items.len());
    for (item, quoted) in cart.items.iter().zip(&quote.lines) {
        lines.push(CartLine {
            no: item.no,
            product_id: item.product.product,
            name: item.product.name.clone(),
            barcode: item.barcode.clone(),
            unit: item.product.unit.clone(),
            list_price_fen: item.product.price_fen,
            quantity_milli: item.quantity_milli,
            off_fen: quoted.off_fen()?,
            amount_fen: quoted.amount_fen,
            reasons: quoted.off.iter().map(|off| Reason { label: off.label.clone(), off_fen: off.off_fen }).collect(),
        });
    }
    let member = priced.person.as_ref().map(|(person, standing)| member::card(caller, person, standing, &priced.rules));
    Ok(CartView {
        id: cart.id,
        revision: cart.revision,
        lines,
        member: member.transpose()?,
        totals: Totals {
            quantity_milli: quote.quantity_milli,
            goods_fen: quote.goods_fen,
            off_fen: quote.off_fen,
            due_fen: quote.due_fen,
            points_earned: quote.points_earned,
        },
    })
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
            item.no
        }
        None => {
            if cart.items.len() >= LINES_MOST {
                return Err(Code::CartFull.into());
            }
            let no = cart.next_no;
            cart.next_no += 1;
            cart.items.push(CartItem { no, product, barcode, quantity_milli });
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
    if count.is_empty() || rest.trim().is_empty() || !count.bytes().all(|b| b.is_ascii_digit()) {
        return Ok((1000, text.to_owned()));
    }
    let quantity_milli = count.parse::<i64>().ok().and_then(|count| count.checked_mul(1000)).ok_or(Code::QuantityInvalid)?;
    check_quantity(quantity_milli)?;
    Ok((quantity_milli, rest.to_owned()))
}

/// Digits of the length of a code were meant as one; anything else was a search.
fn nothing_found(code: &str) -> ErrorBody {
    let as_code = code.len() >= 6 && code.bytes().all(|b| b.is_ascii_digit());
    let why = if as_code { barcode::why_unknown(code) } else { Code::NothingFound };
    ErrorBody::new(why).with_text("code", code)
}
